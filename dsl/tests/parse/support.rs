//! What these tests share: messages and trees as one can read them in a diff.

use hcxrun_dsl::syntax::{Expr, ExprKind, File, Item, Literal, TextPart};
use hcxrun_dsl::{Diagnostic, SourceId, Sources, parse};

/// A text with all that was said of it.
pub(crate) struct Parsed {
    pub(crate) sources: Sources,
    pub(crate) file: File,
    pub(crate) found: Vec<Diagnostic>,
}

pub(crate) fn parsed(text: &str) -> Parsed {
    let mut sources = Sources::default();
    let id: SourceId = sources.add("a.hcxrun", text);
    let (file, found) = parse(id, text);
    Parsed { sources, file, found }
}

/// Every message in one line: `line:column CODE message | label | help`.
pub(crate) fn messages(text: &str) -> String {
    let Parsed { sources, found, .. } = parsed(text);
    found.iter().map(|it| message(&sources, it)).collect::<Vec<_>>().join("\n")
}

fn message(sources: &Sources, it: &Diagnostic) -> String {
    let place = |span| sources.position(span).trim_start_matches("a.hcxrun:").to_owned();
    let mut line = format!("{} {} {}", place(it.label.span), it.code, it.message);
    if !it.label.text.is_empty() {
        line += &format!(" | {}", it.label.text);
    }
    for label in &it.related {
        line += &format!(" | {} {}", place(label.span), label.text);
    }
    if let Some(help) = &it.help {
        line += &format!(" | help: {help}");
    }
    line
}

/// Texts, each with what was said of it.
pub(crate) fn table(texts: &[&str]) -> String {
    let rows = texts.iter().map(|text| {
        let lines: Vec<_> =
            text.trim().lines().enumerate().map(|(n, line)| format!("{:2} {line}", n + 1)).collect();
        format!("{}\n── {}\n", lines.join("\n"), messages(text.trim()).replace('\n', "\n   "))
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// The value of the last `let` of a text that parses.
pub(crate) fn value(expression: &str) -> Expr {
    let text = format!("edition 1\nlet a = {expression}\n");
    let Parsed { file, found, .. } = parsed(&text);
    assert!(found.is_empty(), "{}", messages(&text));
    match file.items.into_iter().next_back() {
        Some(Item::Let(it)) => it.value,
        other => panic!("{expression} gave {other:?}"),
    }
}

/// An expression with a bracket around everything that has parts.
pub(crate) fn show(expr: &Expr) -> String {
    let all = |exprs: &[Expr]| exprs.iter().map(show).collect::<Vec<_>>().join(" ");
    let fields = |fields: &[(hcxrun_dsl::Name, Expr)]| {
        let fields = fields.iter().map(|(name, value)| format!("{}: {}", name.node, show(value)));
        fields.collect::<Vec<_>>().join(" ")
    };
    match &expr.kind {
        ExprKind::Literal(literal) => show_literal(literal),
        ExprKind::Text(parts) => {
            let parts = parts.iter().map(|part| match part {
                TextPart::Plain(text) => format!("{text:?}"),
                TextPart::Expr(value) => show(value),
            });
            format!("(text {})", parts.collect::<Vec<_>>().join(" "))
        }
        ExprKind::List(items) => format!("[{}]", all(items)),
        ExprKind::Record(of) => format!("{{{}}}", fields(of)),
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Field(of, name) => format!("(. {} {})", show(of), name.node),
        ExprKind::Index(of, index) => format!("(index {} {})", show(of), show(index)),
        ExprKind::Call(name, arguments) => format!("({} {})", name.node, all(arguments)),
        ExprKind::Method(of, name, arguments) => format!("(.{} {} {})", name.node, show(of), all(arguments)),
        ExprKind::Lambda(name, body) => format!("({} => {})", name.node, show(body)),
        ExprKind::Unary(op, of) => format!("({op:?} {})", show(of)),
        ExprKind::Binary(op, a, b) => format!("({} {} {})", op.as_str(), show(a), show(b)),
        ExprKind::If(a, b, c) => format!("(if {} {} {})", show(a), show(b), show(c)),
        ExprKind::With(of, changes) => format!("(with {} {{{}}})", show(of), fields(changes)),
        ExprKind::Broken => "broken".to_owned(),
    }
}

fn show_literal(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(it) => it.to_string(),
        Literal::Number(it) => it.to_string(),
        Literal::Duration(it) => format!("duration:{it:?}"),
        Literal::Time(it) => format!("time:{it}"),
        Literal::Version(it) => format!("version:{it}"),
        Literal::Ip(it) => format!("ip:{it}"),
        Literal::Prefix(it) => format!("prefix:{it}"),
        Literal::Percent(it) => format!("percent:{it}"),
        Literal::Size(it) => format!("size:{it}"),
    }
}
