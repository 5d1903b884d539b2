//! The name of a part of a value.

use std::fmt;
use std::sync::Arc;

/// Which part of a value is meant: `networks[2].gateway`; empty for the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataPath(Vec<Part>);

/// One level of a [`DataPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A field of a record.
    Key(Arc<str>),
    /// An element of a list, counted from 0.
    At(usize),
}

impl DataPath {
    /// The part below this one.
    #[must_use]
    pub fn then(&self, part: Part) -> Self {
        Self(self.0.iter().cloned().chain([part]).collect())
    }

    /// The field below this one.
    #[must_use]
    pub fn key(&self, name: &str) -> Self {
        self.then(Part::Key(Arc::from(name)))
    }

    /// The same part, seen from one level further out.
    #[must_use]
    pub fn inside(mut self, part: Part) -> Self {
        self.0.insert(0, part);
        self
    }

    /// The name of the outermost record's field that it is in.
    pub fn first_key(&self) -> Option<&str> {
        match self.0.first()? {
            Part::Key(name) => Some(name),
            Part::At(_) => None,
        }
    }

    /// Without the outermost level.
    #[must_use]
    pub fn without_first(&self) -> Self {
        Self(self.0.iter().skip(1).cloned().collect())
    }

    /// What it is a part of; `None` for the whole.
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// Its levels, the outermost first.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }
}

impl FromIterator<Part> for DataPath {
    fn from_iter<T: IntoIterator<Item = Part>>(parts: T) -> Self {
        Self(parts.into_iter().collect())
    }
}

impl fmt::Display for DataPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(at, part)| match part {
            Part::Key(name) if at == 0 => f.write_str(name),
            Part::Key(name) => write!(f, ".{name}"),
            Part::At(index) => write!(f, "[{index}]"),
        })
    }
}
