//! From a text to a checked program: everything that `use` reaches is read, put together and checked at once.

mod causes;
mod module;
mod session;

pub(crate) use module::declare;
pub use session::{Analysis, Session};

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::check::{Types, Units, check, nearest};
use crate::circles;
use crate::diagnostic::Diagnostic;
use crate::parse::parse;
use crate::program::{ModuleId, Program};
use crate::source::{SourceId, Sources, Span};
use crate::syntax::{File, Item, Use, UseTarget};

/// The texts of a module: one file, or the files of a folder, which share their names.
#[derive(Debug, Clone)]
pub struct ModuleText {
    /// The path of the file or of the folder.
    pub name: String,
    /// Path and text of each file.
    pub files: Vec<(String, String)>,
}

impl ModuleText {
    /// A module that is one file.
    pub fn file(name: impl Into<String>, text: impl Into<String>) -> Self {
        let name = name.into();
        Self { name: name.clone(), files: vec![(name, text.into())] }
    }
}

/// Where modules come from: the caller does the reading.
pub trait Loader {
    /// What a `use` in the source `from` means. The same module must have the same name whoever asks for it.
    ///
    /// # Errors
    /// Why there is none, as the end of a sentence.
    fn module(&mut self, target: &UseTarget, from: &str) -> Result<ModuleText, String>;

    /// The names of the standard library, one of which may have been meant.
    fn names(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

/// More modules than anybody has; a loader that gives one file ever new names would not end otherwise.
const MOST_MODULES: usize = 500;

/// Parses a module and everything that it reaches by `use`, and checks all of it. The program may be run when none of
/// the diagnostics is an error; they are sorted by place.
pub fn load(main: &ModuleText, loader: &mut dyn Loader) -> (Program, Vec<Diagnostic>) {
    read(main, loader, &mut parse_all).finish(None)
}

/// Parses all the files of a module.
type ParseAll<'p> = &'p mut dyn FnMut(&[SourceId], &[(String, String)]) -> Vec<Parsed>;

type Parsed = (File, Vec<Diagnostic>);

fn read<'p>(main: &ModuleText, loader: &mut dyn Loader, parse_all: ParseAll<'p>) -> Loading<'p> {
    let mut loading =
        Loading { parse_all, sources: Sources::default(), modules: Vec::new(), found: Vec::new() };
    let own_name = main.name.rsplit('/').next().unwrap_or(&main.name);
    loading.add(own_name.strip_suffix(".hcxrun").unwrap_or(own_name), main);
    let mut next = 0;
    while let Some(uses) = loading.modules.get(next).map(Unit::uses) {
        for it in &uses {
            loading.bring_in(next, it, loader);
        }
        next += 1;
    }
    loading.circles();
    loading
}

fn id(at: usize) -> ModuleId {
    ModuleId(u16::try_from(at).unwrap_or(u16::MAX))
}

/// A path without its detours, so that `./a/../b` and `b` are one module.
fn one_form(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            (".", _) | ("", Some(_)) => {}
            ("..", Some(last)) if !matches!(*last, "" | "..") => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Parses the files of a module, on all cores when there are several.
fn parse_all(sources: &[SourceId], files: &[(String, String)]) -> Vec<Parsed> {
    let next = AtomicUsize::new(0);
    let some = || {
        let places = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let files = places.map_while(|at| Some((at, *sources.get(at)?, &files.get(at)?.1)));
        files.map(|(at, source, text)| (at, parse(source, text))).collect::<Vec<_>>()
    };
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get).min(files.len());
    let mut parsed = std::thread::scope(|scope| {
        let others: Vec<_> = (1..cores).map(|_| scope.spawn(some)).collect();
        let mut parsed = some();
        for other in others {
            parsed.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        parsed
    });
    parsed.sort_by_key(|(at, _)| *at);
    parsed.into_iter().map(|(_, parsed)| parsed).collect()
}

/// A module that was read.
struct Unit {
    /// As its loader calls it, in one form.
    path: String,
    name: Arc<str>,
    sources: Vec<SourceId>,
    items: Vec<Item>,
    /// The parts of its texts that were not understood.
    lost: Vec<Span>,
    /// What its names for other modules mean.
    targets: BTreeMap<Arc<str>, ModuleId>,
}

impl Unit {
    fn uses(&self) -> Vec<Use> {
        let uses = self.items.iter().filter_map(|item| match item {
            Item::Use(it) => Some(it.clone()),
            _ => None,
        });
        uses.collect()
    }
}

struct Loading<'p> {
    parse_all: ParseAll<'p>,
    sources: Sources,
    modules: Vec<Unit>,
    found: Vec<Diagnostic>,
}

impl Loading<'_> {
    fn add(&mut self, name: &str, text: &ModuleText) -> ModuleId {
        let taken = self.modules.iter().any(|known| *known.name == *name);
        let mut unit = Unit {
            path: one_form(&text.name),
            name: Arc::from(if taken { &text.name } else { name }),
            sources: Vec::new(),
            items: Vec::new(),
            lost: Vec::new(),
            targets: BTreeMap::new(),
        };
        let sources = text.files.iter().map(|(name, text)| self.sources.add(name.as_str(), text.as_str()));
        unit.sources.extend(sources);
        for (mut file, mut found) in (self.parse_all)(&unit.sources, &text.files) {
            unit.items.append(&mut file.items);
            unit.lost.append(&mut file.lost);
            self.found.append(&mut found);
        }
        self.modules.push(unit);
        id(self.modules.len() - 1)
    }

    fn bring_in(&mut self, from: usize, it: &Use, loader: &mut dyn Loader) {
        let source = self.sources.get(it.target.span.source).map(|source| Arc::clone(&source.name));
        match loader.module(&it.target.node, &source.unwrap_or_default()) {
            Ok(text) => {
                let path = one_form(&text.name);
                let known = self.modules.iter().position(|known| known.path == path);
                let target = match known {
                    Some(at) => id(at),
                    None if self.modules.len() >= MOST_MODULES => {
                        let why = format!("a program has at most {MOST_MODULES} modules");
                        return self.missing(it, &why, loader);
                    }
                    None => self.add(&it.name.node, &text),
                };
                if let Some(from) = self.modules.get_mut(from) {
                    from.targets.entry(Arc::clone(&it.name.node)).or_insert(target);
                }
                self.only_modules(it, target);
            }
            Err(why) => self.missing(it, &why, loader),
        }
    }

    fn missing(&mut self, it: &Use, why: &str, loader: &dyn Loader) {
        if causes::same_line(&self.found, it.target.span, &self.sources) {
            return;
        }
        let message = format!("the module `{}` cannot be brought in: {why}", it.name.node);
        let help = match &it.target.node {
            UseTarget::Std(name) => nearest(name, loader.names()).map_or_else(
                || "`use hcx` is the standard library; a file is `use \"./name.hcxrun\" as name`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            ),
            UseTarget::File(_) => "a path goes out from the folder of this file".to_owned(),
        };
        self.found.push(Diagnostic::error("HR016", it.target.span, message).help(help));
    }

    fn only_modules(&mut self, it: &Use, target: ModuleId) {
        let items = self.modules.get(usize::from(target.0)).map_or(&[][..], |unit| &unit.items);
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
        let needs: Vec<Vec<usize>> = self
            .modules
            .iter()
            .map(|unit| unit.targets.values().map(|id| usize::from(id.0)).collect())
            .collect();
        for circle in circles::sort(&needs).circles {
            let name = |at: &usize| self.modules.get(*at).map(|it| it.path.clone());
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
        let last = self.modules.get(last)?;
        let closes = |it: &Use| last.targets.get(&it.name.node) == Some(&id(first));
        last.uses().into_iter().find(closes).map(|it| it.target.span)
    }

    /// Checks what was read; the types of the expressions go to `types`.
    fn finish(mut self, types: Option<&mut Types>) -> (Program, Vec<Diagnostic>) {
        let broken: Vec<Span> =
            self.found.iter().filter(|it| it.is_error()).map(|it| it.label.span).collect();
        let (mut modules, mut lost) = (Vec::new(), Vec::new());
        for unit in self.modules {
            lost.extend(&unit.lost);
            let whole = !broken.iter().any(|span| unit.sources.contains(&span.source));
            modules.push(module::build(unit, whole, &mut self.found));
        }
        let mut program = Program { sources: self.sources, modules };
        let mut found = self.found;
        let units = Units { broken, lost };
        let checked = check(&program, &units, types);
        found.extend(causes::on_whole_lines(checked.found, &units.broken, &program.sources));
        for ((module, action), result) in checked.results {
            if let Some(module) = program.modules.get_mut(usize::from(module.0)) {
                module.results.insert(action, result);
            }
        }
        found.sort_by_key(|it| it.label.span);
        found.dedup();
        (program, causes::once(causes::used_or_misnamed(found)))
    }
}

#[cfg(test)]
mod tests {
    use super::one_form;

    #[test]
    fn a_path_has_one_form() {
        for (path, form) in [
            ("././t.hcxrun", "t.hcxrun"),
            ("a/../b//t.hcxrun", "b/t.hcxrun"),
            ("../../t.hcxrun", "../../t.hcxrun"),
            ("/a/./../../t.hcxrun", "/../t.hcxrun"),
        ] {
            assert_eq!(one_form(path), form, "{path}");
        }
    }
}
