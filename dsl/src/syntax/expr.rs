//! Expressions.

use std::sync::Arc;
use std::time::Duration;

use crate::scalar::{Number, Percent, Size, Version};
use crate::source::{Name, Span};

/// An expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// `null`, `true`, `90s`, `4.3.0`, …
    Literal(Literal),
    /// `"text ${expression} text"`
    Text(Vec<TextPart>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{ a: x, "b-c": y }`
    Record(Vec<(Name, Expr)>),
    /// A name of the file, the step or the action.
    Name(Arc<str>),
    /// `of.name`
    Field(Box<Expr>, Name),
    /// `of[index]`
    Index(Box<Expr>, Box<Expr>),
    /// `function(arguments)`
    Call(Name, Vec<Expr>),
    /// `of.method(arguments)`
    Method(Box<Expr>, Name, Vec<Expr>),
    /// `name => body`; only as an argument of a method.
    Lambda(Name, Box<Expr>),
    /// `not a`, `-a`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`, …
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `if c then a else b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `record with { a: x }`
    With(Box<Expr>, Vec<(Name, Expr)>),
    /// Stood in for something that could not be parsed; its error has been reported.
    Broken,
}

/// A value written out.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `2`, `2.5`
    Number(Number),
    /// `1h30m`
    Duration(Duration),
    /// `2026-11-28T22:00+01:00`, with an offset or `Z`
    Time(jiff::Timestamp),
    /// `4.3.0`
    Version(Version),
    /// `10.20.30.1`
    Ip(std::net::Ipv4Addr),
    /// `10.20.30.0/24` or `10.20.30.1/24`: a network or an address with its prefix; what is wanted decides
    Prefix(ipnet::Ipv4Net),
    /// `5%`
    Percent(Percent),
    /// `20GiB`
    Size(Size),
}

/// A piece of a string.
#[derive(Debug, Clone)]
pub enum TextPart {
    /// As it is.
    Plain(Arc<str>),
    /// `${expression}`
    Expr(Expr),
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Negate,
}

/// Operators with two operands, weakest first: `??`, `or`, `and`, comparisons, `+ -`, `* /`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `??`: the right one when the left one is null
    Coalesce,
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl BinaryOp {
    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            BinaryOp::Coalesce => "??",
            BinaryOp::Or => "or",
            BinaryOp::And => "and",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
        }
    }

    /// Whether what it gives is true or false.
    fn gives_bool(self) -> bool {
        use BinaryOp::{And, Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual, Or};
        matches!(self, Or | And | Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual)
    }
}

impl Expr {
    /// What a condition compares, or asks: the parts whose values tell why it holds. Not what is written as a value.
    pub fn compared(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Binary(op, left, right) if op.gives_bool() => {
                [left, right].into_iter().flat_map(|it| it.compared()).collect()
            }
            ExprKind::Unary(UnaryOp::Not, of) => of.compared(),
            ExprKind::Method(of, _, arguments) if matches!(of.kind, ExprKind::List(_)) => {
                arguments.iter().flat_map(Expr::compared).collect()
            }
            ExprKind::Literal(_) | ExprKind::List(_) => Vec::new(),
            ExprKind::Text(parts) if parts.len() <= 1 => Vec::new(),
            _ => vec![self],
        }
    }

    /// Calls `visit` with every direct part of it.
    pub fn for_each_part<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Name(_) | ExprKind::Broken => {}
            ExprKind::Text(parts) => parts.iter().for_each(|part| match part {
                TextPart::Expr(expr) => visit(expr),
                TextPart::Plain(_) => {}
            }),
            ExprKind::List(items) | ExprKind::Call(_, items) => items.iter().for_each(visit),
            ExprKind::Record(fields) => fields.iter().for_each(|(_, value)| visit(value)),
            ExprKind::Field(of, _) | ExprKind::Lambda(_, of) | ExprKind::Unary(_, of) => visit(of),
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
                [a, b].into_iter().for_each(|part| visit(part));
            }
            ExprKind::Method(of, _, arguments) => {
                visit(of);
                arguments.iter().for_each(visit);
            }
            ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|part| visit(part)),
            ExprKind::With(of, changes) => {
                visit(of);
                changes.iter().for_each(|(_, value)| visit(value));
            }
        }
    }
}
