//! Where the parts of a text of data stand. JSON is YAML enough.

use std::collections::BTreeMap;
use std::ops::Range;

use super::path::{DataPath, Part};
use super::{table, walk};

/// Where one part stands, in bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its key, when it is a field.
    pub key: Option<Range<usize>>,
    /// Its value; of a record or a list no more than what stands on its first line.
    pub value: Range<usize>,
    /// Whether it is neither a record nor a list.
    pub scalar: bool,
}

/// The places of all parts of a text. Values are read elsewhere: this is for messages alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    pub(super) parts: BTreeMap<DataPath, Place>,
    pub(super) twice: Vec<(DataPath, Range<usize>)>,
}

impl Places {
    /// Finds those of YAML. What stands behind an error of syntax has no place.
    pub fn of(text: &str) -> Self {
        walk::walk(text)
    }

    /// Finds those of CSV: a list of rows with a field for each name in the first line.
    pub fn of_table(text: &str) -> Self {
        table::places(text)
    }

    /// Where a part stands.
    pub fn get(&self, path: &DataPath) -> Option<&Place> {
        self.parts.get(path)
    }

    /// Where a part stands, or else the smallest part around it that has a place.
    pub fn nearest(&self, path: &DataPath) -> Option<&Place> {
        self.get(path).or_else(|| self.nearest(&path.parent()?))
    }

    /// All parts with their places.
    pub fn iter(&self) -> impl Iterator<Item = (&DataPath, &Place)> {
        self.parts.iter()
    }

    /// Keys that stand in a record already, each with the place where it stands again.
    pub fn twice(&self) -> &[(DataPath, Range<usize>)] {
        &self.twice
    }

    pub(super) fn add(&mut self, path: DataPath, place: Place) {
        let is_key = matches!(path.parts().last(), Some(Part::Key(_)));
        match (self.parts.contains_key(&path), &place.key) {
            (true, Some(key)) if is_key => self.twice.push((path, key.clone())),
            (true, _) => {}
            (false, _) => {
                self.parts.insert(path, place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(parts: &[&str]) -> DataPath {
        let part = |it: &&str| it.parse().map_or_else(|_| Part::Key((*it).into()), Part::At);
        parts.iter().map(part).collect()
    }

    fn value<'t>(text: &'t str, parts: &[&str]) -> &'t str {
        &text[Places::of(text).get(&path(parts)).unwrap().value.clone()]
    }

    #[test]
    fn every_part_has_its_place() {
        let text = "mesh: prod # ours\nnetworks:\n  - name: größe\n    gateway: '10.0.0.0/24'\n  - { name: b, vlan: 7 }\nlast: |\n  two\n  lines\n";
        assert_eq!(value(text, &["mesh"]), "prod");
        assert_eq!(value(text, &["networks", "0", "gateway"]), "'10.0.0.0/24'");
        assert_eq!(value(text, &["networks", "0"]), "name: größe");
        assert_eq!(value(text, &["networks", "1"]), "{ name: b, vlan: 7 }");
        assert_eq!(value(text, &["networks", "1", "vlan"]), "7");
        assert_eq!(value(text, &["last"]), "two");
        let key = Places::of(text).get(&path(&["networks"])).unwrap().key.clone().unwrap();
        assert_eq!(&text[key], "networks");
    }

    #[test]
    fn json_has_places_too() {
        let text = "{\n\t\"networks\": [\n\t\t{ \"vlan\": \"x\" }\n\t]\n}";
        assert_eq!(value(text, &["networks", "0", "vlan"]), "\"x\"");
    }

    #[test]
    fn a_part_that_is_not_there_is_looked_for_around() {
        let text = "a:\n  b: 1\n";
        let places = Places::of(text);
        assert_eq!(places.nearest(&path(&["a", "c", "d"])), places.get(&path(&["a"])));
        assert_eq!(Places::of("").nearest(&path(&["a"])), None);
    }

    #[test]
    fn a_key_that_stands_twice_is_found() {
        let text = "a: { b: 1, b: { c: 2 } }\nd: [1, 1]\n";
        assert_eq!(Places::of(text).twice(), [(path(&["a", "b"]), 11..12)]);
    }

    #[test]
    fn what_stands_behind_an_error_has_no_place() {
        let places = Places::of("a: 1\nb: [\nc: }\n");
        assert!(places.get(&path(&["a"])).is_some() && places.get(&path(&["c"])).is_none());
    }
}
