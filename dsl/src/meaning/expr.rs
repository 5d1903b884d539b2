//! Expressions and types in one layout.

use crate::format_duration;
use crate::source::Name;
use crate::syntax::{Expr, ExprKind, Literal, TextPart, TypeExpr, TypeKind, UnaryOp};

/// An expression; every operation stands in brackets, so that no rule of precedence is needed to read it.
pub fn expr(of: &Expr) -> String {
    match &of.kind {
        ExprKind::Literal(literal) => literal_text(literal),
        ExprKind::Text(parts) => format!("\"{}\"", parts.iter().map(part).collect::<String>()),
        ExprKind::List(items) => format!("[{}]", list(items)),
        ExprKind::Record(items) => format!("{{ {} }}", fields(items)),
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Field(of, name) => format!("{}.{}", expr(of), name.node),
        ExprKind::Index(of, index) => format!("{}[{}]", expr(of), expr(index)),
        ExprKind::Call(name, arguments) => format!("{}({})", name.node, list(arguments)),
        ExprKind::Method(of, name, arguments) => format!("{}.{}({})", expr(of), name.node, list(arguments)),
        ExprKind::Lambda(name, body) => format!("{} => {}", name.node, expr(body)),
        ExprKind::Unary(UnaryOp::Not, of) => format!("(not {})", expr(of)),
        ExprKind::Unary(UnaryOp::Negate, of) => format!("(-{})", expr(of)),
        ExprKind::Binary(op, left, right) => format!("({} {} {})", expr(left), op.as_str(), expr(right)),
        ExprKind::If(condition, then, otherwise) => {
            format!("(if {} then {} else {})", expr(condition), expr(then), expr(otherwise))
        }
        ExprKind::With(of, changes) => format!("({} with {{ {} }})", expr(of), fields(changes)),
        ExprKind::Broken => "broken".to_owned(),
    }
}

fn part(part: &TextPart) -> String {
    match part {
        TextPart::Plain(plain) => plain.escape_debug().to_string().replace("${", "\\${"),
        TextPart::Expr(inner) => format!("${{{}}}", expr(inner)),
    }
}

fn list(items: &[Expr]) -> String {
    items.iter().map(expr).collect::<Vec<_>>().join(", ")
}

fn fields(items: &[(Name, Expr)]) -> String {
    let field = |(name, value): &(Name, Expr)| format!("{:?}: {}", name.node, expr(value));
    items.iter().map(field).collect::<Vec<_>>().join(", ")
}

fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(it) => it.to_string(),
        Literal::Number(it) => it.to_string(),
        Literal::Duration(it) => format_duration(*it),
        Literal::Time(it) => it.to_string(),
        Literal::Version(it) => it.to_string(),
        Literal::Ip(it) => it.to_string(),
        Literal::Prefix(it) => it.to_string(),
        Literal::Percent(it) => it.to_string(),
        Literal::Size(it) => it.to_string(),
    }
}

/// A type as it would be written.
pub fn type_of(of: &TypeExpr) -> String {
    match &of.kind {
        TypeKind::Name(name) => name.to_string(),
        TypeKind::Path(module, name) => format!("{}.{}", module.node, name.node),
        TypeKind::List(item) => format!("list<{}>", type_of(item)),
        TypeKind::Map(item) => format!("map<{}>", type_of(item)),
        TypeKind::Record(fields) => {
            let field = |(name, ty): &(Name, TypeExpr)| format!("{:?}: {}", name.node, type_of(ty));
            format!("{{ {} }}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        TypeKind::Choice(words) => {
            words.iter().map(|it| format!("{:?}", it.node)).collect::<Vec<_>>().join(" | ")
        }
        TypeKind::Optional(of) => format!("{}?", type_of(of)),
    }
}
