//! Values: members of what stands before a dot, words that are wanted, names.

use hcxrun_dsl::builtin::{Function, fields_of};
use hcxrun_dsl::{Type, fits, methods_of};
use lsp_types::{CompletionItem, CompletionItemKind};

use super::Place;
use super::items::{item, word};

/// What a value can begin with, from what fits best to what is wanted least.
#[derive(Debug, Clone, Copy)]
enum Rank {
    /// A word of the choice that the place wants.
    Word,
    /// A name of a type that the place wants.
    Fitting,
    Name,
    Function,
    Keyword,
}

impl Rank {
    /// That of a type where another may be wanted. What a system answers fits everywhere, which says nothing.
    fn of(ty: &Type, wanted: Option<&Type>, otherwise: Rank) -> Self {
        let is_known = !matches!(ty, Type::Json | Type::Unknown);
        if is_known && wanted.is_some_and(|wanted| fits(ty, wanted)) { Rank::Fitting } else { otherwise }
    }

    /// What an editor sorts by: the rank before an order within it.
    fn before(self, within: &str) -> String {
        format!("{}{within}", self as u8)
    }
}

impl Place<'_> {
    pub(super) fn value(&self) -> Vec<CompletionItem> {
        if self.known.text().get(..self.start).is_some_and(|before| before.ends_with('.')) {
            return self.known.type_before(self.start - 1).map_or_else(Vec::new, members);
        }
        let wanted = self.wanted();
        let mut found: Vec<_> = wanted.iter().flat_map(choice).map(|it| quoted(&it)).collect();
        found.extend(self.names_for(wanted.as_ref()));
        let functions =
            Function::ALL.iter().map(|it| word(it.word(), CompletionItemKind::FUNCTION, it.doc()));
        found.extend(functions.map(|it| ranked(Rank::Function, it)));
        found.extend(keywords_for(wanted.as_ref()));
        found
    }

    /// The names, among equals in the order of the text: the source stands before the cloud.
    fn names_for(&self, wanted: Option<&Type>) -> impl Iterator<Item = CompletionItem> {
        let names = self.names().into_iter().filter(|it| self.is_value(it.kind));
        names.map(move |it| {
            let rank = Rank::of(it.ty(self.known), wanted, Rank::Name);
            CompletionItem {
                sort_text: Some(rank.before(&format!("{:010}", it.start()))),
                ..it.item(self.known)
            }
        })
    }

    /// Whether a name of a sort is a value here: gates never are, and steps not where it is decided which there are.
    fn is_value(&self, kind: CompletionItemKind) -> bool {
        let is_header = self.context.clause.trim_start().starts_with("step ");
        kind != CompletionItemKind::KEYWORD && !(is_header && kind == CompletionItemKind::EVENT)
    }

    /// Words of a choice, without the quotes that are there already.
    pub(super) fn in_quotes(&self, opened: usize) -> Vec<CompletionItem> {
        let clause = self.known.text().get(..opened).unwrap_or_default();
        let is_compared = clause.trim_end().ends_with("==") || clause.trim_end().ends_with("!=");
        let words = if is_compared {
            let end = clause.trim_end().trim_end_matches(['=', '!']).trim_end().len();
            self.known.type_before(end).map(choice).unwrap_or_default()
        } else {
            self.wanted().iter().flat_map(choice).collect()
        };
        words.into_iter().map(|it| item(it, CompletionItemKind::ENUM_MEMBER)).collect()
    }

    /// The type of the input that the argument gives which the place belongs to.
    fn wanted(&self) -> Option<Type> {
        let (name, _) = self.context.clause.split_once('=')?;
        let name = name.trim();
        let program = &self.known.analysis.program;
        let (module, action) = program.action_of(self.step()?)?;
        let input = action.inputs.iter().find(|it| *it.name.node == *name)?;
        Some(program.resolve(module, &input.ty))
    }
}

fn ranked(rank: Rank, it: CompletionItem) -> CompletionItem {
    CompletionItem { sort_text: Some(rank.before(&it.label)), ..it }
}

/// A word of a choice.
fn quoted(it: &str) -> CompletionItem {
    ranked(Rank::Word, item(format!("\"{it}\""), CompletionItemKind::ENUM_MEMBER))
}

fn keywords_for(wanted: Option<&Type>) -> impl Iterator<Item = CompletionItem> {
    let constants = [("true", Type::Bool), ("false", Type::Bool), ("null", Type::Null)];
    let constants = constants.map(|(it, ty)| (it, Rank::of(&ty, wanted, Rank::Keyword)));
    let all = constants.into_iter().chain(["not", "if"].map(|it| (it, Rank::Keyword)));
    all.map(|(it, rank)| ranked(rank, item(it, CompletionItemKind::KEYWORD)))
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
