//! The texts that are open, and what is known of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use hcxrun_dsl::syntax::UseTarget;
use hcxrun_dsl::{Analysis, Diagnostic, Loader, ModuleText, Session, SourceId, Span, Type};
use lsp_types::{Location, Position, TextDocumentContentChangeEvent, Url};

use crate::Library;
use crate::index::Index;
use crate::place::Lines;

/// What is known of a text.
pub(crate) struct Known {
    pub(crate) analysis: Analysis,
    pub(crate) index: Index,
    /// The text among those of its program.
    pub(crate) source: SourceId,
    lines: Lines,
}

impl Known {
    fn new(mut analysis: Analysis, path: &Path) -> Self {
        analysis.types.sort_by_key(|(span, _)| *span);
        let own = path.display().to_string();
        let found = analysis.program.sources.iter().find(|(_, it)| *it.name == *own);
        let (source, lines) =
            found.map_or((SourceId(0), Lines::of("")), |(id, it)| (id, Lines::of(Arc::clone(&it.text))));
        Known { index: Index::new(&analysis.program), source, lines, analysis }
    }

    /// The text that was analysed.
    pub(crate) fn text(&self) -> &str {
        self.analysis.program.sources.get(self.source).map_or("", |source| &source.text)
    }

    pub(crate) fn lines(&self) -> &Lines {
        &self.lines
    }

    /// A byte of the text.
    pub(crate) fn at(&self, offset: usize) -> Span {
        self.span(offset..offset)
    }

    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        Span { source: self.source, start: number(range.start), end: number(range.end) }
    }

    /// The type of exactly this expression.
    pub(crate) fn type_at(&self, span: Span) -> Option<&Type> {
        let types = &self.analysis.types;
        let at = types.partition_point(|(known, _)| *known < span);
        types.get(at).filter(|(known, _)| *known == span).map(|(_, ty)| ty)
    }

    /// The type of the expression that ends at a byte: the longest, of several.
    pub(crate) fn type_before(&self, offset: usize) -> Option<&Type> {
        let ends = self
            .analysis
            .types
            .iter()
            .filter(|(span, _)| span.source == self.source && span.end as usize == offset);
        ends.min_by_key(|(span, _)| span.start).map(|(_, ty)| ty)
    }

    /// The word that a byte is in or behind.
    pub(crate) fn word(&self, offset: usize) -> (Span, &str) {
        let range = word(self.text(), offset);
        (self.span(range.clone()), self.text().get(range).unwrap_or_default())
    }

    /// How many errors the text itself has.
    pub(crate) fn errors(&self) -> usize {
        let is_own = |it: &&Diagnostic| it.is_error() && it.label.span.source == self.source;
        self.analysis.diagnostics.iter().filter(is_own).count()
    }
}

/// The word of a text that a byte is in or behind.
pub(crate) fn word(text: &str, offset: usize) -> Range<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let before = text.get(..offset).unwrap_or(text);
    let start = before.trim_end_matches(is_part).len();
    let after = text.get(before.len()..).unwrap_or_default();
    let rest = after.len() - after.trim_start_matches(is_part).len();
    start..before.len() + rest
}

struct Document {
    path: PathBuf,
    text: String,
    version: i32,
    sessions: Sessions,
    known: Option<Rc<Known>>,
    /// Whether the editor knows what is wrong with the text as it is now.
    is_told: bool,
}

/// All of them.
pub(crate) struct Documents<'l> {
    pub(crate) library: &'l dyn Library,
    open: BTreeMap<Url, Document>,
    /// Of files that are not open.
    closed: Sessions,
}

impl<'l> Documents<'l> {
    pub(crate) fn new(library: &'l dyn Library) -> Self {
        Self { library, open: BTreeMap::new(), closed: Sessions::default() }
    }

    pub(crate) fn open(&mut self, url: Url, text: String, version: i32) {
        let path = url.to_file_path().unwrap_or_else(|()| PathBuf::from(url.path()));
        let path = plain(&path.display().to_string());
        let document =
            Document { path, text, version, sessions: Sessions::default(), known: None, is_told: false };
        self.open.insert(url, document);
        self.open.values_mut().for_each(Document::forget);
    }

    pub(crate) fn close(&mut self, url: &Url) {
        self.open.remove(url);
        self.open.values_mut().for_each(Document::forget);
    }

    pub(crate) fn change(&mut self, url: &Url, changes: Vec<TextDocumentContentChangeEvent>, version: i32) {
        let Some(document) = self.open.get_mut(url) else { return };
        for change in changes {
            apply(&mut document.text, change);
        }
        document.version = version;
        document.forget();
        let path = document.path.clone();
        self.open.values_mut().filter(|it| it.reads(&path)).for_each(Document::forget);
    }

    /// What is known of an open text as it is now.
    pub(crate) fn known(&mut self, url: &Url) -> Option<Rc<Known>> {
        let texts = self.texts();
        let document = self.open.get_mut(url)?;
        if document.known.is_none() {
            let text = document.text.clone();
            let known = document.sessions.read(self.library, &document.path, text, texts);
            document.known = Some(Rc::new(known));
        }
        document.known.clone()
    }

    /// An open text of which the editor does not know what is wrong; from now on it is told.
    pub(crate) fn untold(&mut self) -> Option<(Url, i32)> {
        let (url, document) = self.open.iter_mut().find(|(_, it)| !it.is_told)?;
        document.is_told = true;
        Some((url.clone(), document.version))
    }

    pub(crate) fn text(&self, url: &Url) -> Option<&str> {
        self.open.get(url).map(|document| &*document.text)
    }

    /// The byte of a place in an open text.
    pub(crate) fn offset(&self, url: &Url, position: Position) -> Option<usize> {
        self.text(url).map(|text| Lines::of(text).offset(position))
    }

    /// What would be known of an open text if it were another.
    pub(crate) fn supposed(&mut self, url: &Url, text: String) -> Option<Known> {
        let texts = self.texts();
        let document = self.open.get_mut(url)?;
        Some(document.sessions.read(self.library, &document.path, text, texts))
    }

    /// What is known of a file, open or not, when its text speaks of a name.
    pub(crate) fn speaking_of(&mut self, name: &str, path: &Path) -> Option<Rc<Known>> {
        let texts = self.texts();
        let text = texts.get(path).cloned().or_else(|| std::fs::read_to_string(path).ok())?;
        if !text.contains(name) {
            return None;
        }
        match self.url_of(path) {
            Some(url) => self.known(&url),
            None => Some(Rc::new(self.closed.read(self.library, path, text, texts))),
        }
    }

    /// What would be known of a file if it and others had these texts.
    pub(crate) fn supposing(&mut self, path: &Path, others: &Texts) -> Option<Known> {
        let mut texts = self.texts();
        texts.extend(others.clone());
        let text = texts.get(path)?.clone();
        let url = self.url_of(path);
        let open = url.and_then(|url| self.open.get_mut(&url)).map(|it| &mut it.sessions);
        Some(open.unwrap_or(&mut self.closed).read(self.library, path, text, texts))
    }

    fn url_of(&self, path: &Path) -> Option<Url> {
        self.open.iter().find(|(_, it)| it.path == path).map(|(url, _)| url.clone())
    }

    /// The files that are open, and all that lie below the folders of the editor.
    pub(crate) fn files(&self, folders: &[PathBuf]) -> BTreeSet<PathBuf> {
        let below = folders.iter().flat_map(|folder| self.library.below(folder));
        self.open.values().map(|it| it.path.clone()).chain(below).collect()
    }

    fn texts(&self) -> Texts {
        self.open.values().map(|it| (it.path.clone(), it.text.clone())).collect()
    }

    /// The place of a span in a file that an editor can open.
    pub(crate) fn location(&self, known: &Known, span: Span) -> Option<Location> {
        let source = known.analysis.program.sources.get(span.source)?;
        let path =
            if is_std(&source.name) { self.library.on_disk(&source.name)? } else { plain(&source.name) };
        let lines = Lines::of(Arc::clone(&source.text));
        Some(Location::new(Url::from_file_path(path).ok()?, lines.range(span)))
    }
}

impl Document {
    fn forget(&mut self) {
        self.known = None;
        self.is_told = false;
    }

    /// Whether a file is a part of its program, as far as that is known.
    fn reads(&self, path: &Path) -> bool {
        let Some(known) = &self.known else { return true };
        known.analysis.program.sources.iter().any(|(_, it)| plain(&it.name) == path)
    }
}

/// The one path of a file, however a `use` goes to it; the standard library keeps its names.
pub(crate) fn plain(name: &str) -> PathBuf {
    let mut path = PathBuf::new();
    let whole =
        if is_std(name) { name.into() } else { std::path::absolute(name).unwrap_or_else(|_| name.into()) };
    for part in whole.components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}

/// Whether a text came with the program.
pub(crate) fn is_std(name: &str) -> bool {
    name.starts_with("stdlib/")
}

pub(crate) type Texts = BTreeMap<PathBuf, String>;

/// The programs that a text may belong to: it alone, and the files of its folder.
#[derive(Default)]
struct Sessions {
    alone: Session,
    together: Session,
}

impl Sessions {
    /// A file that means nothing alone is read as a part of its folder when it means more there: as `hcxrun test`
    /// does.
    fn read(&mut self, library: &dyn Library, path: &Path, text: String, mut open: Texts) -> Known {
        open.insert(path.to_owned(), text.clone());
        let mut overlay = Overlay { library, open };
        let file = ModuleText::file(path.display().to_string(), text);
        let alone = Known::new(self.alone.analyse(&file, &mut overlay), path);
        if alone.errors() == 0 || alone.analysis.program.runbook().is_some() {
            return alone;
        }
        let Some(folder) = library.together(path) else { return alone };
        let together = Known::new(self.together.analyse(&overlay.over(folder), &mut overlay), path);
        if together.errors() < alone.errors() { together } else { alone }
    }
}

/// The library, with the texts of open files in the place of those on the disk.
struct Overlay<'l> {
    library: &'l dyn Library,
    open: Texts,
}

impl Overlay<'_> {
    fn over(&self, mut module: ModuleText) -> ModuleText {
        for (name, text) in &mut module.files {
            if let Some(open) = self.open.get(&plain(name)) {
                text.clone_from(open);
            }
        }
        module
    }
}

impl Loader for Overlay<'_> {
    fn module(&mut self, target: &UseTarget, from: &str) -> Result<ModuleText, String> {
        self.library.module(target, from).map(|module| self.over(module))
    }

    fn names(&self) -> Vec<&'static str> {
        self.library.names()
    }
}

fn apply(text: &mut String, change: TextDocumentContentChangeEvent) {
    let Some(range) = change.range else {
        *text = change.text;
        return;
    };
    let lines = Lines::of(text.as_str());
    let (start, end) = (lines.offset(range.start), lines.offset(range.end));
    text.replace_range(start..end.max(start), &change.text);
}
