//! From a text to a checked program: everything that `use` reaches is read, put together and checked at once.

mod module;

pub(crate) use module::declare;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check::{Units, check};
use crate::circles;
use crate::diagnostic::Diagnostic;
use crate::parse::parse;
use crate::program::{ModuleId, Program};
use crate::source::{SourceId, Sources, Span};
use crate::syntax::{File, Item, Use, UseTarget};

/// Where modules come from: the caller does the reading.
pub trait Loader {
    /// Name and text of what a `use` in the source `from` means. The same module must have the same name whoever
    /// asks for it.
    ///
    /// # Errors
    /// Why there is none, as the end of a sentence.
    fn module(&mut self, target: &UseTarget, from: &str) -> Result<(String, String), String>;
}

/// More modules than anybody has; a loader that gives one file ever new names would not end otherwise.
const MOST_MODULES: usize = 500;

/// Parses a text and everything that it reaches by `use`, and checks all of it. The program may be run when none of
/// the diagnostics is an error; they are sorted by place.
pub fn load(name: &str, text: &str, loader: &mut dyn Loader) -> (Program, Vec<Diagnostic>) {
    let mut loading = Loading::default();
    let own_name = name.rsplit('/').next().unwrap_or(name);
    loading.add(own_name.strip_suffix(".hcxrun").unwrap_or(own_name), name, text);
    let mut next = 0;
    while let Some(uses) = loading.files.get(next).map(File::uses) {
        for it in &uses {
            loading.bring_in(ModuleId(index(next)), it, loader);
        }
        next += 1;
    }
    loading.circles();
    loading.finish()
}

fn index(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

impl File {
    fn uses(&self) -> Vec<Use> {
        let uses = self.items.iter().filter_map(|item| match item {
            Item::Use(it) => Some(it.clone()),
            _ => None,
        });
        uses.collect()
    }
}

#[derive(Default)]
struct Loading {
    sources: Sources,
    /// One a module, as are the next two.
    files: Vec<File>,
    names: Vec<Arc<str>>,
    uses: Vec<BTreeMap<Arc<str>, ModuleId>>,
    found: Vec<Diagnostic>,
}

impl Loading {
    fn add(&mut self, module: &str, name: &str, text: &str) -> ModuleId {
        let id = ModuleId(index(self.files.len()));
        let source = self.sources.add(name, text);
        let (file, mut found) = parse(source, text);
        let taken = self.names.iter().any(|known| **known == *module);
        self.names.push(Arc::from(if taken { name } else { module }));
        self.files.push(file);
        self.uses.push(BTreeMap::new());
        self.found.append(&mut found);
        id
    }

    fn bring_in(&mut self, from: ModuleId, it: &Use, loader: &mut dyn Loader) {
        let source = self.sources.get(SourceId(from.0)).map(|source| Arc::clone(&source.name));
        match loader.module(&it.target.node, &source.unwrap_or_default()) {
            Ok((name, text)) => {
                let known = self.sources.iter().find(|(_, source)| *source.name == *name);
                let target = match known {
                    Some((id, _)) => ModuleId(id.0),
                    None if self.files.len() >= MOST_MODULES => {
                        return self.missing(it, &format!("a program has at most {MOST_MODULES} modules"));
                    }
                    None => self.add(&it.name.node, &name, &text),
                };
                if let Some(uses) = self.uses.get_mut(usize::from(from.0)) {
                    uses.entry(Arc::clone(&it.name.node)).or_insert(target);
                }
                self.only_modules(it, target);
            }
            Err(why) => self.missing(it, &why),
        }
    }

    fn missing(&mut self, it: &Use, why: &str) {
        let message = format!("the module `{}` cannot be brought in: {why}", it.name.node);
        self.found.push(Diagnostic::error("HR016", it.target.span, message));
    }

    fn only_modules(&mut self, it: &Use, target: ModuleId) {
        let items = self.files.get(usize::from(target.0)).map_or(&[][..], |file| &file.items);
        let is_runbook = items.iter().any(|item| matches!(item, Item::Runbook(_)));
        // The first file reached again is a circle, which is the one cause.
        if is_runbook && target != ModuleId(0) {
            let message = format!("`{}` is a runbook, and only modules are brought in", it.name.node);
            self.found.push(
                Diagnostic::error("HR013", it.target.span, message)
                    .help("move the actions and types that both need into a file of their own"),
            );
        }
    }

    fn circles(&mut self) {
        let needs: Vec<Vec<usize>> =
            self.uses.iter().map(|uses| uses.values().map(|id| usize::from(id.0)).collect()).collect();
        for circle in circles::sort(&needs).circles {
            let name = |at: &usize| self.sources.get(SourceId(index(*at))).map(|it| it.name.to_string());
            let mut path: Vec<String> = circle.iter().filter_map(name).collect();
            path.extend(path.first().cloned());
            let Some(span) = self.use_between(&circle) else { continue };
            let message = format!("modules need each other in a circle: {}", path.join(" → "));
            self.found.push(
                Diagnostic::error("HR014", span, message)
                    .label("closes the circle")
                    .help("move what both need into a file of its own"),
            );
        }
    }

    /// The `use` by which the last of a circle names the first.
    fn use_between(&self, circle: &[usize]) -> Option<Span> {
        let (last, first) = (*circle.last()?, *circle.first()?);
        let (file, uses) = (self.files.get(last)?, self.uses.get(last)?);
        let closes = |it: &Use| uses.get(&it.name.node) == Some(&ModuleId(index(first)));
        file.uses().into_iter().find(closes).map(|it| it.target.span)
    }

    fn finish(mut self) -> (Program, Vec<Diagnostic>) {
        let broken: Vec<Span> =
            self.found.iter().filter(|it| it.is_error()).map(|it| it.label.span).collect();
        let (mut modules, mut uses) = (Vec::new(), Vec::new());
        let parts = self.files.into_iter().zip(self.names).zip(self.uses);
        for (at, ((file, name), targets)) in parts.enumerate() {
            uses.push(file.uses());
            let source = SourceId(index(at));
            let whole = !broken.iter().any(|span| span.source == source);
            modules
                .push(module::build(module::Parts { name, source, targets, file, whole }, &mut self.found));
        }
        let program = Program { sources: self.sources, modules };
        let mut found = self.found;
        found.extend(check(&program, &Units { uses, broken }));
        found.sort_by_key(|it| it.label.span);
        found.dedup();
        (program, found)
    }
}
