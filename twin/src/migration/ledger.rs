//! All migrations, in the order of their starts, and what finds them when there are ten thousand.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::Migration;

/// All migrations.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Migration>", into = "Vec<Migration>")]
pub(crate) struct Migrations {
    all: Vec<Migration>,
    /// Places in `all`, as everything below.
    by_id: HashMap<String, usize>,
    by_machine: HashMap<String, Vec<usize>>,
    by_group: HashMap<String, Vec<usize>>,
    active: BTreeSet<usize>,
}

impl Migrations {
    pub(crate) fn push(&mut self, it: Migration) {
        let at = self.all.len();
        self.by_id.insert(it.id.clone(), at);
        self.by_machine.entry(it.vm.clone()).or_default().push(at);
        it.group.iter().for_each(|group| self.by_group.entry(group.clone()).or_default().push(at));
        self.active.extend(it.is_active().then_some(at));
        self.all.push(it);
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Migration> {
        self.by_id.get(id).and_then(|at| self.all.get(*at))
    }

    /// Changes one that is there; neither its id nor what it is about.
    pub(crate) fn change<T>(&mut self, id: &str, change: impl FnOnce(&mut Migration) -> T) -> Option<T> {
        let at = self.by_id.get(id).copied()?;
        let it = self.all.get_mut(at)?;
        let changed = change(it);
        if it.is_active() {
            self.active.insert(at);
        } else {
            self.active.remove(&at);
        }
        Some(changed)
    }

    fn places<'a>(
        &'a self,
        places: impl IntoIterator<Item = &'a usize>,
    ) -> impl Iterator<Item = &'a Migration> {
        places.into_iter().filter_map(|at| self.all.get(*at))
    }

    /// Those that have not ended.
    pub(crate) fn active(&self) -> impl Iterator<Item = &Migration> {
        self.places(&self.active)
    }

    /// Those with these ids, and of these groups; where neither is said all. In the order of their starts.
    pub(crate) fn named(
        &self,
        ids: Option<&[String]>,
        groups: Option<&[String]>,
    ) -> impl Iterator<Item = &Migration> {
        let of_ids = |ids: &[String]| -> BTreeSet<usize> {
            ids.iter().filter_map(|id| self.by_id.get(id)).copied().collect()
        };
        let of_groups = |groups: &[String]| -> BTreeSet<usize> {
            groups.iter().filter_map(|id| self.by_group.get(id)).flatten().copied().collect()
        };
        let places = match (ids, groups) {
            (None, None) => (0..self.all.len()).collect(),
            (Some(ids), None) => of_ids(ids),
            (None, Some(groups)) => of_groups(groups),
            (Some(ids), Some(groups)) => &of_ids(ids) & &of_groups(groups),
        };
        places.into_iter().filter_map(|at| self.all.get(at))
    }

    /// Those of a virtual machine.
    pub(crate) fn of_machine(&self, name: &str) -> impl Iterator<Item = &Migration> {
        self.places(self.by_machine.get(name).into_iter().flatten())
    }

    /// Those of a mobility group.
    pub(crate) fn of_group(&self, id: &str) -> impl Iterator<Item = &Migration> {
        self.places(self.by_group.get(id).into_iter().flatten())
    }
}

impl FromIterator<Migration> for Migrations {
    fn from_iter<T: IntoIterator<Item = Migration>>(all: T) -> Self {
        let mut migrations = Migrations::default();
        all.into_iter().for_each(|it| migrations.push(it));
        migrations
    }
}

impl From<Vec<Migration>> for Migrations {
    fn from(all: Vec<Migration>) -> Self {
        all.into_iter().collect()
    }
}

impl From<Migrations> for Vec<Migration> {
    fn from(migrations: Migrations) -> Self {
        migrations.all
    }
}
