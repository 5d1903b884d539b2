//! What can stand at a place. The text is mostly broken there: the signs before it say what is wanted, and the names and
//! types come from the text as it would be with a word in that place.

mod items;
mod values;

use std::sync::Arc;

use hcxrun_dsl::builtin::{POLICIES, TYPES};
use hcxrun_dsl::syntax::{Member, Step};
use hcxrun_dsl::{Module, ModuleId, Span, forms};
use lsp_types::{CompletionItem, CompletionItemKind, Url};

use crate::context::{Context, Within};
use crate::documents::{Documents, Known, word};
use items::{item, of_actions, of_apis, of_members, of_module, of_types, words};

pub(crate) fn completion(documents: &mut Documents<'_>, url: &Url, offset: usize) -> Vec<CompletionItem> {
    let Some(text) = documents.text(url).map(str::to_owned) else { return Vec::new() };
    let start = word(&text, offset).start;
    let context = Context::at(&text, start);
    if context.within == Within::Comment {
        return Vec::new();
    }
    let names = documents.library.names();
    let Some(known) = documents.supposed(url, with_a_word(&text, start, offset)) else { return Vec::new() };
    let place = Place { known: &known, context: &context, start };
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
            "after" => self.named(&[CompletionItemKind::EVENT]),
            "approve" => self.named(&[CompletionItemKind::KEYWORD]),
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
        let (word, _) = self.block();
        let mut found = self.arguments();
        found.extend(forms(self.known.text(), self.start, word).into_iter().map(|it| CompletionItem {
            detail: Some(it.form),
            // Behind the arguments, which belong to this step alone.
            sort_text: Some(format!("5{}", it.title)),
            ..items::word(it.title, CompletionItemKind::KEYWORD, it.doc)
        }));
        found
    }

    /// The step around the place.
    fn step(&self) -> Option<&'p Step> {
        let (block, header) = self.context.block()?;
        matches!(header.split_whitespace().next(), Some("step" | "check")).then_some(())?;
        let opened = u32::try_from(block.start).ok()?;
        let is_it =
            |span: Span| span.source == self.known.source && span.start <= opened && opened < span.end;
        let body = self.module()?.runbook.as_ref();
        let tests = self.module()?.tests.iter().flat_map(|test| &test.members);
        let members = body.into_iter().flat_map(|body| &body.members).chain(tests);
        let watched = body.into_iter().flat_map(|body| &body.invariants).map(|it| &*it.step);
        steps(members).into_iter().chain(watched).find(|step| is_it(step.span))
    }

    /// The arguments that the step does not give yet, those that it must give first.
    fn arguments(&self) -> Vec<CompletionItem> {
        let Some(step) = self.step() else { return Vec::new() };
        let program = &self.known.analysis.program;
        let Some((_, action)) = program.action_of(step) else { return Vec::new() };
        let is_given = |name: &str| step.arguments.iter().any(|it| *it.name.node == *name);
        let missing = action.inputs.iter().filter(|it| !is_given(&it.name.node));
        missing.map(|it| items::argument(&program.sources, it)).collect()
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
        let used = module.uses.get(name).and_then(|id| self.known.analysis.program.module(*id));
        used.map_or_else(Vec::new, offers)
    }

    fn action(&self, clause: &str) -> Vec<CompletionItem> {
        let of_used = |(name, id): (&Arc<str>, &ModuleId)| {
            let module = self.known.analysis.program.module(*id)?;
            Some(of_actions(module, Some(name)))
        };
        self.offered(
            clause,
            |it| of_actions(it, None),
            |own| {
                let used = own.uses.iter().filter_map(of_used).flatten();
                of_actions(own, None).into_iter().chain(used).collect()
            },
        )
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
    fn named(&self, kinds: &[CompletionItemKind]) -> Vec<CompletionItem> {
        let mut found = self.names();
        found.retain(|it| it.kind.is_some_and(|kind| kinds.contains(&kind)));
        found
    }

    fn names(&self) -> Vec<CompletionItem> {
        let (_, header) = self.block();
        self.module().map_or_else(Vec::new, |module| of_members(self.known, module, header, self.start))
    }
}

/// All steps among members.
fn steps<'m>(members: impl Iterator<Item = &'m Member>) -> Vec<&'m Step> {
    let mut found = Vec::new();
    for member in members {
        match member {
            Member::Phase(it) => found.extend(steps(it.members.iter())),
            Member::Parallel(it) => found.extend(steps(it.members.iter())),
            Member::Gate(_) => {}
            Member::Step(it) => found.push(it),
        }
    }
    found
}

/// The name before a dot at the end of a clause.
fn of(clause: &str) -> Option<&str> {
    let before = clause.strip_suffix('.')?;
    Some(before.get(word(before, before.len()))?).filter(|name| !name.is_empty())
}
