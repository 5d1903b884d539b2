//! The same program read again and again while somebody writes it.

use std::collections::BTreeMap;

use super::{Loader, ModuleText, Parsed, parse_all, read};
use crate::diagnostic::Diagnostic;
use crate::program::Program;
use crate::source::{SourceId, Span};
use crate::types::Type;

/// Remembers what it has parsed: of a program of which one file was changed only that file is parsed again.
#[derive(Debug, Default)]
pub struct Session {
    parsed: BTreeMap<SourceId, (String, Parsed)>,
}

/// All that is known of a text, whatever is wrong with it.
#[derive(Debug)]
pub struct Analysis {
    /// What was understood.
    pub program: Program,
    /// What is wrong, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The types of the expressions of the main module, an inner one before the one around it, and of the names of all
    /// modules where they are declared.
    pub types: Vec<(Span, Type)>,
}

impl Session {
    /// As [`load`](super::load), and with the types of the expressions.
    pub fn analyse(&mut self, main: &ModuleText, loader: &mut dyn Loader) -> Analysis {
        let mut types = Vec::new();
        let mut parse = |sources: &[SourceId], files: &[(String, String)]| self.parse(sources, files);
        let (program, diagnostics) = read(main, loader, &mut parse).finish(Some(&mut types));
        Analysis { program, diagnostics, types }
    }

    fn parse(&mut self, sources: &[SourceId], files: &[(String, String)]) -> Vec<Parsed> {
        let is_known = |(id, (_, text)): &(&SourceId, &(String, String))| {
            self.parsed.get(id).is_some_and(|(known, _)| known == text)
        };
        let changed = sources.iter().zip(files).filter(|it| !is_known(it));
        let (ids, texts): (Vec<SourceId>, Vec<(String, String)>) =
            changed.map(|(id, file)| (*id, file.clone())).unzip();
        for ((id, (_, text)), parsed) in ids.iter().zip(&texts).zip(parse_all(&ids, &texts)) {
            self.parsed.insert(*id, (text.clone(), parsed));
        }
        sources.iter().filter_map(|id| self.parsed.get(id)).map(|(_, parsed)| parsed.clone()).collect()
    }
}
