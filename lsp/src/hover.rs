//! What is told of the place under the pointer.

use hcxrun_dsl::builtin::{Function, Method};
use hcxrun_dsl::{Span, Type};
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};

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

/// The line that declares a name; of a value with its type, when the line does not tell it.
fn declaration(known: &Known, it: &Occurrence) -> String {
    let source = known.analysis.program.sources.get(it.target.source);
    let line = || {
        source
            .map_or("", |source| source.line(it.target.start))
            .trim()
            .trim_end_matches('{')
            .trim_end()
            .to_owned()
    };
    match it.kind {
        Kind::Module => format!("use {}", it.name),
        Kind::Let | Kind::Variable | Kind::Output => match type_of(known, it) {
            Some(ty) => format!("{} {}: {}", it.kind.word(), it.name, ty),
            None => line(),
        },
        _ => line(),
    }
}

/// The type of a name where it stands or, of a `let`, that of its value.
fn type_of(known: &Known, it: &Occurrence) -> Option<Type> {
    let exactly = |span: Span| known.type_at(span).cloned();
    exactly(it.span).or_else(|| {
        let body = known.analysis.program.runbook()?;
        let value = body.lets.iter().find(|known| known.name.span == it.target).map(|it| it.value.span)?;
        exactly(value)
    })
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
    let it = hcxrun_dsl::word_at(known.text(), offset)?;
    Some((known.span(it.range), format!("{}\n{}", code(&it.form), it.doc)))
}

/// The innermost expression around a place.
fn expression(known: &Known, offset: usize) -> Option<(Span, &Type)> {
    let around = known.analysis.types.iter().filter(|(span, _)| {
        span.source == known.source && (span.start as usize) <= offset && offset <= span.end as usize
    });
    let (span, ty) = around.min_by_key(|(span, _)| span.end - span.start)?;
    (!matches!(ty, Type::Unknown)).then_some((*span, ty))
}
