//! From a name to where it is declared, and to where else it stands.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use hcxrun_dsl::{SourceId, Span};
use lsp_types::{Location, Url};

use crate::documents::{Documents, Known, is_std, plain};

pub(crate) fn definition(documents: &Documents<'_>, known: &Known, offset: usize) -> Option<Location> {
    let it = known.index.at(known.at(offset))?;
    documents.location(known, it.target)
}

/// What is declared somewhere, told so that every program finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) name: String,
    /// The file as programs call it.
    file: PathBuf,
    start: u32,
}

impl Declared {
    /// What the name at a place means.
    pub(crate) fn at(known: &Known, offset: usize) -> Option<Self> {
        let it = known.index.at(known.at(offset))?;
        let source = known.analysis.program.sources.get(it.target.source)?;
        let file = plain(&source.name);
        // What a text is called by those who use it says nothing of the text.
        (!it.name.is_empty()).then(|| Self { name: it.name.to_string(), file, start: it.target.start })
    }

    /// The places of its name in a file.
    pub(crate) fn places(&self, known: &Known) -> Vec<Span> {
        let own = known.index.in_source(known.source).filter(|it| *it.name == *self.name);
        let Some(source) = self.source(known) else { return Vec::new() };
        own.filter(|it| it.target.source == source && it.target.start == self.start)
            .map(|it| it.span)
            .collect()
    }

    /// Whether it is declared exactly there.
    pub(crate) fn is_at(&self, known: &Known, span: Span) -> bool {
        span.start == self.start && self.source(known) == Some(span.source)
    }

    /// The text of a program that declares it.
    fn source(&self, known: &Known) -> Option<SourceId> {
        known.analysis.program.sources.iter().find(|(_, it)| plain(&it.name) == self.file).map(|(id, _)| id)
    }

    /// Whether it comes with the program.
    pub(crate) fn is_std(&self) -> bool {
        is_std(&self.file.display().to_string())
    }
}

/// Where a declared name stands, in all files below the folders: each with its path.
pub(crate) fn references(
    documents: &mut Documents<'_>,
    declared: &Declared,
    folders: &[PathBuf],
) -> Vec<(PathBuf, Vec<Span>, Rc<Known>)> {
    let files = documents.files(folders).into_iter();
    let found = files.filter_map(|path| {
        let known = documents.speaking_of(&declared.name, &path)?;
        let places = declared.places(&known);
        (!places.is_empty()).then_some((path, places, known))
    });
    found.collect()
}

pub(crate) fn url(path: &Path) -> Option<Url> {
    Url::from_file_path(std::path::absolute(path).ok()?).ok()
}
