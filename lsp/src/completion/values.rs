//! Values: members of what stands before a dot, words that are wanted, names.

use hcxrun_dsl::builtin::{Function, fields_of};
use hcxrun_dsl::syntax::{Input, TypeKind};
use hcxrun_dsl::{Type, methods_of};
use lsp_types::{CompletionItem, CompletionItemKind};

use super::Place;
use super::items::{item, word};

impl Place<'_> {
    pub(super) fn value(&self) -> Vec<CompletionItem> {
        if self.known.text().get(..self.start).is_some_and(|before| before.ends_with('.')) {
            return self.known.type_before(self.start - 1).map_or_else(Vec::new, members);
        }
        let mut found = self.wanted();
        found.extend(self.names().into_iter().filter(|it| it.kind != Some(CompletionItemKind::KEYWORD)));
        found.extend(Function::ALL.iter().map(|it| word(it.word(), CompletionItemKind::FUNCTION, it.doc())));
        found.extend(["true", "false", "null", "not", "if"].map(|it| item(it, CompletionItemKind::KEYWORD)));
        found
    }

    /// Words of a choice, without the quotes that are there already.
    pub(super) fn in_quotes(&self, opened: usize) -> Vec<CompletionItem> {
        let clause = self.known.text().get(..opened).unwrap_or_default();
        let is_compared = clause.trim_end().ends_with("==") || clause.trim_end().ends_with("!=");
        let words = if is_compared {
            let end = clause.trim_end().trim_end_matches(['=', '!']).trim_end().len();
            self.known.type_before(end).map(choice).unwrap_or_default()
        } else {
            self.words_wanted()
        };
        words.into_iter().map(|it| item(it, CompletionItemKind::ENUM_MEMBER)).collect()
    }

    /// The input that the argument gives which the place belongs to.
    fn input(&self) -> Option<&Input> {
        let (name, _) = self.context.clause.split_once('=')?;
        let name = name.trim();
        let (_, action) = self.known.analysis.program.action_of(self.step()?)?;
        action.inputs.iter().find(|it| *it.name.node == *name)
    }

    fn words_wanted(&self) -> Vec<String> {
        let Some(input) = self.input() else { return Vec::new() };
        let ty = match &input.ty.kind {
            TypeKind::Optional(of) => &of.kind,
            kind => kind,
        };
        match ty {
            TypeKind::Choice(words) => words.iter().map(|it| it.node.to_string()).collect(),
            TypeKind::Name(name) => {
                let modules = &self.known.analysis.program.modules;
                let declared = modules.iter().filter_map(|it| it.types.get(name)).map(|it| &it.ty.kind);
                let words = declared.filter_map(|kind| match kind {
                    TypeKind::Choice(words) => Some(words.iter().map(|it| it.node.to_string())),
                    _ => None,
                });
                words.flatten().collect()
            }
            _ => Vec::new(),
        }
    }

    /// What an argument may be, before what else is known.
    fn wanted(&self) -> Vec<CompletionItem> {
        let first = |it: String| CompletionItem {
            sort_text: Some(format!("0{it}")),
            ..item(it, CompletionItemKind::ENUM_MEMBER)
        };
        self.words_wanted().into_iter().map(|it| first(format!("\"{it}\""))).collect()
    }
}

fn choice(ty: &Type) -> Vec<String> {
    match ty.required() {
        Type::Choice(words) => words.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

/// Fields and methods of a value.
fn members(ty: &Type) -> Vec<CompletionItem> {
    let own = match ty.required() {
        Type::Record(fields) => fields.iter().map(|(name, ty)| (name.to_string(), ty.clone())).collect(),
        scalar => {
            fields_of(scalar).iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect::<Vec<_>>()
        }
    };
    let fields = own.into_iter().map(|(name, ty)| CompletionItem {
        detail: Some(ty.brief()),
        sort_text: Some(format!("0{name}")),
        ..item(name, CompletionItemKind::FIELD)
    });
    let methods = methods_of(ty).map(|it| word(it.word(), CompletionItemKind::METHOD, it.doc()));
    fields.chain(methods).collect()
}
