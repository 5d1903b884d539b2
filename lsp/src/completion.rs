//! What can stand at a place. The text is mostly broken there: the signs before it say what is wanted, and the names and
//! types come from the text as it would be with a word in that place.

mod items;
mod names;
mod values;

use std::sync::Arc;

use hcxrun_dsl::builtin::{POLICIES, TYPES};
use hcxrun_dsl::syntax::{Action, Step};
use hcxrun_dsl::{Clause, Module, ModuleId, Span, forms};
use lsp_types::{CompletionItem, CompletionItemKind, InsertTextFormat, Url};

use crate::context::{self, Context, Within};
use crate::documents::{Documents, Known, word};
use crate::steps::steps;
use items::{item, of_apis, of_module, of_types, words};
use names::{Named, names};

/// `snippets` says whether the editor goes through the places of what it inserts.
pub(crate) fn completion(
    documents: &mut Documents<'_>,
    url: &Url,
    offset: usize,
    snippets: bool,
) -> Vec<CompletionItem> {
    let Some(text) = documents.text(url).map(str::to_owned) else { return Vec::new() };
    let start = word(&text, offset).start;
    let context = Context::at(&text, start);
    if context.within == Within::Comment {
        return Vec::new();
    }
    let names = documents.library.names();
    let Some(known) = documents.supposed(url, with_a_word(&text, start, offset)) else { return Vec::new() };
    let place = Place { known: &known, context: &context, start, snippets };
    match context.within {
        Within::Quotes(opened) => place.in_quotes(opened),
        _ if context.clause.trim() == "use" => {
            names.into_iter().map(|it| item(it, CompletionItemKind::MODULE)).collect()
        }
        _ => place.in_code(),
    }
}

/// The text with a word where none has been begun: a name is wanted there, and the parser needs one.
fn with_a_word(text: &str, start: usize, offset: usize) -> String {
    let mut text = text.to_owned();
    let is_behind_dot = text.get(..start).is_some_and(|before| before.ends_with('.'));
    if start == offset && is_behind_dot {
        text.insert(offset, '_');
    }
    text
}

struct Place<'p> {
    known: &'p Known,
    context: &'p Context<'p>,
    /// Where the word starts that is completed.
    start: usize,
    snippets: bool,
}

impl<'p> Place<'p> {
    fn module(&self) -> Option<&'p Module> {
        self.known.analysis.program.main()
    }

    /// The word of the block around, and its header.
    fn block(&self) -> (Option<&'p str>, &'p str) {
        let header = self.context.block().map_or("", |(_, header)| header);
        (header.split_whitespace().next(), header)
    }

    fn in_code(&self) -> Vec<CompletionItem> {
        let clause = self.context.clause.trim_start();
        let first = clause.split_whitespace().next().unwrap_or_default();
        if self.context.is_in_value() {
            return self.value();
        }
        let wants_action =
            matches!(first, "step" | "check") && clause.contains(if first == "step" { ":" } else { " " });
        match first {
            "" => self.clauses(),
            _ if wants_action && !clause.contains('=') => self.action(clause),
            "system" if clause.contains(':') => self.api(clause),
            "input" if clause.contains(':') && !clause.contains('=') => self.ty(clause),
            "type" if clause.contains('=') => self.ty(clause),
            "after" => self.named(CompletionItemKind::EVENT),
            "approve" => self.named(CompletionItemKind::KEYWORD),
            "on" | "need" | "every"
                if matches!(clause.trim_end(), "on failure") || clause.trim_end().ends_with("else") =>
            {
                words(&POLICIES, CompletionItemKind::ENUM_MEMBER)
            }
            _ => self.value(),
        }
    }

    /// What a clause can begin with.
    fn clauses(&self) -> Vec<CompletionItem> {
        let mut found = self.arguments();
        found.extend(self.forms().into_iter().map(|it| CompletionItem {
            detail: Some(it.form),
            // Behind the arguments, which belong to this step alone.
            sort_text: Some(format!("5{}", it.title)),
            ..items::word(it.title, CompletionItemKind::KEYWORD, it.doc)
        }));
        found
    }

    /// What the block can still take; of what a file can take only its runbook stands once.
    fn forms(&self) -> Vec<Clause> {
        let (word, _) = self.block();
        if word.is_none() {
            let header = self.module().and_then(|it| it.runbook.as_ref()).map(|it| it.header.span);
            let header = header.map_or("", |span| self.known.analysis.program.sources.slice(span));
            return forms(header, header.len(), None);
        }
        let item = context::item(self.known.text(), self.start);
        let text = self.known.text().get(item.clone()).unwrap_or_default();
        forms(text, self.start.saturating_sub(item.start), word)
    }

    /// The step around the place.
    fn step(&self) -> Option<&'p Step> {
        let (block, header) = self.context.block()?;
        matches!(header.split_whitespace().next(), Some("step" | "check")).then_some(())?;
        let opened = u32::try_from(block.start).ok()?;
        let is_it =
            |span: Span| span.source == self.known.source && span.start <= opened && opened < span.end;
        steps(self.module()?).find(|step| is_it(step.span))
    }

    /// The arguments that the step does not give yet, those that it must give first.
    fn arguments(&self) -> Vec<CompletionItem> {
        let Some(step) = self.step() else { return Vec::new() };
        let program = &self.known.analysis.program;
        let Some((module, action)) = program.action_of(step) else { return Vec::new() };
        let needed: Vec<_> = program.needed(module, action).map(|it| &it.name).collect();
        let is_given = |name: &str| step.arguments.iter().any(|it| *it.name.node == *name);
        let missing = action.inputs.iter().filter(|it| !is_given(&it.name.node));
        missing.map(|it| items::argument(&program.sources, it, needed.contains(&&it.name))).collect()
    }

    /// The module that has a name in the file.
    fn used(&self, name: &str) -> Option<ModuleId> {
        self.module()?.uses.get(name).copied()
    }

    /// What the module offers that the clause names before a dot, or the file itself without one.
    fn offered(
        &self,
        clause: &str,
        offers: impl Fn(&Module) -> Vec<CompletionItem>,
        own: impl Fn(&Module) -> Vec<CompletionItem>,
    ) -> Vec<CompletionItem> {
        let Some(module) = self.module() else { return Vec::new() };
        let Some(name) = of(clause) else { return own(module) };
        let used = self.used(name).and_then(|id| self.known.analysis.program.module(id));
        used.map_or_else(Vec::new, offers)
    }

    /// The actions of the module before the dot; without one those of the file, and of all modules by their names.
    fn action(&self, clause: &str) -> Vec<CompletionItem> {
        if let Some(name) = of(clause) {
            return self.used(name).map_or_else(Vec::new, |id| self.actions(id, ""));
        }
        let mut found = self.actions(ModuleId(0), "");
        for (name, id) in self.module().into_iter().flat_map(|own| &own.uses) {
            found.extend(self.actions(*id, &format!("{name}.")));
        }
        found
    }

    fn actions(&self, id: ModuleId, before: &str) -> Vec<CompletionItem> {
        let actions = self.known.analysis.program.module(id).into_iter().flat_map(|it| it.actions.values());
        let item = |it: &Arc<Action>| {
            let label = format!("{before}{}", it.name.node);
            let block = self.block_of(id, it);
            CompletionItem {
                insert_text: block.as_ref().map(|block| format!("{label} {block}")),
                insert_text_format: block.map(|_| InsertTextFormat::SNIPPET),
                ..items::documented(&label, CompletionItemKind::FUNCTION, &it.doc)
            }
        };
        actions.map(item).collect()
    }

    /// The block of a step with the arguments that it must give, where nothing stands behind the action yet.
    fn block_of(&self, id: ModuleId, action: &Action) -> Option<String> {
        let (word, _) = self.known.word(self.start);
        let line = self.known.text().get(word.range().end..)?.lines().next().unwrap_or_default();
        if !self.snippets || !line.trim().is_empty() {
            return None;
        }
        let needed = (1..).zip(self.known.analysis.program.needed(id, action));
        let arguments: Vec<_> = needed.map(|(at, it)| format!("  {} = ${at}\n", it.name.node)).collect();
        Some(if arguments.is_empty() { "{ $0 }".to_owned() } else { format!("{{\n{}}}", arguments.concat()) })
    }

    fn api(&self, clause: &str) -> Vec<CompletionItem> {
        self.offered(clause, of_apis, of_module)
    }

    fn ty(&self, clause: &str) -> Vec<CompletionItem> {
        let own = |own: &Module| {
            [words(&TYPES, CompletionItemKind::KEYWORD), of_types(own), of_module(own)].concat()
        };
        self.offered(clause, of_types, own)
    }

    /// The names of a sort that are known at the place.
    fn named(&self, kind: CompletionItemKind) -> Vec<CompletionItem> {
        self.names().into_iter().filter(|it| it.kind == kind).map(|it| it.item(self.known)).collect()
    }

    fn names(&self) -> Vec<Named<'p>> {
        self.module().map_or_else(Vec::new, |module| names(module, self.known.at(self.start)))
    }
}

/// The name before a dot at the end of a clause.
fn of(clause: &str) -> Option<&str> {
    let before = clause.strip_suffix('.')?;
    Some(before.get(word(before, before.len()))?).filter(|name| !name.is_empty())
}
