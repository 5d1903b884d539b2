//! What the nights came to.

use std::collections::BTreeMap;

use super::{Cell, Ending, Mishap, Place, Story};
use crate::run::Todo;

/// How many nights that do not hold are told.
const STORIES: usize = 20;

#[derive(Default)]
pub(super) struct Found {
    pub(super) matrix: BTreeMap<(Place, Mishap), Cell>,
    /// One a place and a mishap.
    stories: BTreeMap<(Place, Mishap), Story>,
    pub(super) by_hand: Vec<Todo>,
}

impl Found {
    pub(super) fn add(&mut self, place: &Place, mishap: Mishap, ending: Ending, story: Option<Story>) {
        let key = (place.clone(), mishap);
        let cell = self.matrix.entry(key.clone()).or_default();
        cell.nights += 1;
        match ending {
            Ending::Broken(_) => cell.broken += 1,
            Ending::ByHand(list) => {
                cell.by_hand += 1;
                let new: Vec<_> = list.into_iter().filter(|it| !self.by_hand.contains(it)).collect();
                self.by_hand.extend(new);
            }
            Ending::Finished | Ending::TakenBack | Ending::Tolerated | Ending::Held | Ending::ListHolds => {}
        }
        // The earliest is told, whichever thread was first.
        let Some(story) = story else { return };
        let told = self.stories.entry(key).or_insert_with(|| story.clone());
        if story.at < told.at {
            *told = story;
        }
    }

    /// The stories in the order of the nights, as many as anybody reads.
    pub(super) fn stories(&mut self) -> Vec<Story> {
        let mut stories: Vec<_> = std::mem::take(&mut self.stories).into_values().collect();
        stories.sort_by_key(|story| story.at);
        stories.truncate(STORIES);
        stories
    }
}
