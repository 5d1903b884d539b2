//! What is told of the place under the pointer.

use hcxrun_dsl::builtin::{Function, Method};
use hcxrun_dsl::{Module, Program, Span, Type};
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};

use crate::context::item;
use crate::documents::{Documents, Known};
use crate::index::{Kind, Occurrence};

pub(crate) fn hover(documents: &Documents<'_>, known: &Known, offset: usize) -> Option<Hover> {
    let (span, value) = name(documents, known, offset)
        .or_else(|| builtin(known, offset))
        .or_else(|| word(known, offset))
        .or_else(|| expression(known, offset).map(|(span, ty)| (span, code(&ty.to_string()))))?;
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value });
    Some(Hover { contents, range: Some(known.lines().range(span)) })
}

fn code(text: &str) -> String {
    format!("```hcxrun\n{text}\n```")
}

fn name(documents: &Documents<'_>, known: &Known, offset: usize) -> Option<(Span, String)> {
    let it = known.index.at(known.at(offset))?;
    let program = &known.analysis.program;
    if it.kind == Kind::Action
        && let Some(page) = documents.library.action(program, it.target)
    {
        return Some((it.span, page));
    }
    let doc = it.doc.as_deref().map_or_else(String::new, |doc| format!("\n{doc}\n"));
    Some((it.span, code(&declaration(known, it)) + &doc))
}

/// What declares a name, on one line; of a value with its type, when the text does not tell it.
fn declaration(known: &Known, it: &Occurrence) -> String {
    let ty = || known.type_at(it.span).or_else(|| known.type_at(it.target));
    match it.kind {
        Kind::Module => format!("use {}", it.name),
        Kind::Let | Kind::Variable | Kind::Output if let Some(ty) = ty() => {
            format!("{} {}: {ty}", it.kind.word(), it.name)
        }
        _ => written(known, it.target),
    }
}

/// The declaration of a name as its author wrote it.
fn written(known: &Known, target: Span) -> String {
    let sources = &known.analysis.program.sources;
    if let Some(span) = whole(&known.analysis.program, target) {
        return one_line(sources.slice(span));
    }
    let line = sources.get(target.source).map_or("", |source| source.line(target.start));
    one_line(line).trim_end_matches('{').trim().to_owned()
}

/// The whole declaration of an input or of a type, which may go over several lines.
fn whole(program: &Program, target: Span) -> Option<Span> {
    let of_module = |it: &Module| {
        let runbook = it.runbook.iter().flat_map(|it| &it.inputs);
        let actions = it.actions.values().flat_map(|it| &it.inputs);
        let apis = it.apis.values().flat_map(|it| &it.inputs);
        let inputs = runbook.chain(actions).chain(apis).map(|it| (it.name.span, it.span));
        let types = it.types.values().map(|it| (it.name.span, it.span));
        inputs.chain(types).find(|(name, _)| *name == target)
    };
    program.modules.iter().find_map(of_module).map(|(_, whole)| whole)
}

/// A text without its comments, and with single blanks outside of quotes.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    let (mut rest, mut in_quotes) = (text, false);
    while let Some(c) = rest.chars().next() {
        in_quotes ^= c == '"';
        let length = match c {
            '\\' if in_quotes => rest.chars().take(2).map(char::len_utf8).sum(),
            '/' if !in_quotes && rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (part, behind) = rest.split_at(length);
        rest = behind;
        if in_quotes || !(c.is_whitespace() || part.starts_with("//")) {
            line.push_str(part);
        } else if !line.ends_with(' ') {
            line.push(' ');
        }
    }
    line.trim().to_owned()
}

/// A function or a method.
fn builtin(known: &Known, offset: usize) -> Option<(Span, String)> {
    let (span, word) = known.word(offset);
    let text = known.text();
    let before = text.get(..span.start as usize)?.trim_end();
    let is_called = text.get(span.end as usize..)?.trim_start().starts_with('(');
    let told = |doc: &str| (span, format!("{}\n{doc}", code(&format!("{word}(…)"))));
    if !is_called {
        return None;
    }
    if before.ends_with('.') {
        return Method::from_word(word).map(|it| told(it.doc()));
    }
    Function::from_word(word).map(|it| told(it.doc()))
}

/// A word of the language: how that is written which it belongs to, and what it says.
fn word(known: &Known, offset: usize) -> Option<(Span, String)> {
    let item = item(known.text(), offset);
    let it = hcxrun_dsl::word_at(known.text().get(item.clone())?, offset.saturating_sub(item.start))?;
    let range = item.start + it.range.start..item.start + it.range.end;
    Some((known.span(range), format!("{}\n{}", code(&it.form), it.doc)))
}

/// The innermost expression around a place.
fn expression(known: &Known, offset: usize) -> Option<(Span, &Type)> {
    let around = known.analysis.types.iter().filter(|(span, _)| {
        span.source == known.source && (span.start as usize) <= offset && offset <= span.end as usize
    });
    let (span, ty) = around.min_by_key(|(span, _)| span.end - span.start)?;
    (!matches!(ty, Type::Unknown)).then_some((*span, ty))
}
