//! Expressions.

use std::sync::{Arc, LazyLock};

use pest::iterators::{Pair, Pairs};
use pest::pratt_parser::{Assoc, Op, PrattParser};

use super::{Reader, Rule};
use crate::diagnostic::Diagnostic;
use crate::source::{Name, Span, Spanned};
use crate::syntax::{BinaryOp, Expr, ExprKind, UnaryOp};

/// Weakest first.
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(Op::infix(Rule::coalesce, Assoc::Right))
        .op(left(Rule::or))
        .op(left(Rule::and))
        .op(Op::prefix(Rule::not))
        .op(left(Rule::equal)
            | left(Rule::not_equal)
            | left(Rule::less)
            | left(Rule::less_equal)
            | left(Rule::greater)
            | left(Rule::greater_equal))
        .op(left(Rule::add) | left(Rule::subtract))
        .op(left(Rule::multiply) | left(Rule::divide))
        .op(Op::prefix(Rule::negate))
        .op(Op::postfix(Rule::arguments)
            | Op::postfix(Rule::lambda)
            | Op::postfix(Rule::field)
            | Op::postfix(Rule::method_call)
            | Op::postfix(Rule::index)
            | Op::postfix(Rule::with))
});

/// Operands and operators of one expression: a longer chain is no condition that anybody reads, and its tree would be
/// too deep to walk.
const LONGEST: usize = 400;

/// What the operators are applied to, before the reader is at hand again: the parser's closures cannot share it.
enum Tree<'i> {
    Leaf(Pair<'i, Rule>),
    Prefix(Pair<'i, Rule>, Box<Tree<'i>>),
    Postfix(Box<Tree<'i>>, Pair<'i, Rule>),
    Infix(Box<Tree<'i>>, Pair<'i, Rule>, Box<Tree<'i>>),
}

impl Reader<'_> {
    pub(super) fn expr(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let mut inner = pair.into_inner();
        match inner.peek() {
            Some(first) if inner.len() > LONGEST => {
                let span = self.span(&first);
                let message = format!("this expression has more than {} parts", LONGEST / 2);
                let message = Diagnostic::error("HR001", span, message);
                self.diagnostics.push(message.help("give parts of it names with `let`, or join a list"));
                broken(span)
            }
            Some(_) => {
                // Most expressions are one operand; those need no tree.
                let tree = PRECEDENCE
                    .map_primary(Tree::Leaf)
                    .map_prefix(|op, of| Tree::Prefix(op, Box::new(of)))
                    .map_postfix(|of, op| Tree::Postfix(Box::new(of), op))
                    .map_infix(|a, op, b| Tree::Infix(Box::new(a), op, Box::new(b)))
                    .parse(&mut inner);
                self.tree(tree)
            }
            None => broken(self.at(0, 0)),
        }
    }

    /// The expression that the grammar promises next.
    pub(super) fn next_expr(&mut self, pairs: &mut Pairs<'_, Rule>, near: Span) -> Expr {
        match pairs.next() {
            Some(pair) => self.expr(pair),
            None => broken(near),
        }
    }

    fn tree(&mut self, tree: Tree<'_>) -> Expr {
        match tree {
            Tree::Leaf(pair) => self.primary(pair),
            Tree::Prefix(op, of) => {
                let span = self.span(&op);
                let of = self.tree(*of);
                let op = if op.as_rule() == Rule::not { UnaryOp::Not } else { UnaryOp::Negate };
                let span = span.to(of.span);
                Expr { kind: ExprKind::Unary(op, Box::new(of)), span }
            }
            Tree::Postfix(of, op) => {
                let of = self.tree(*of);
                self.postfix(of, op)
            }
            Tree::Infix(a, op, b) => {
                if let Tree::Infix(_, first, _) = &*a
                    && is_comparison(first.as_rule())
                    && is_comparison(op.as_rule())
                {
                    let message = Diagnostic::error("HR001", self.span(&op), "comparisons do not chain");
                    let first = self.span(first);
                    let message = message.related(first, "the first one");
                    self.diagnostics.push(message.help("write `a < b and b < c`"));
                }
                let (a, b) = (self.tree(*a), self.tree(*b));
                let span = a.span.to(b.span);
                Expr { kind: ExprKind::Binary(operator(op.as_rule()), Box::new(a), Box::new(b)), span }
            }
        }
    }

    fn postfix(&mut self, of: Expr, op: Pair<'_, Rule>) -> Expr {
        let op_span = self.span(&op);
        let span = of.span.to(op_span);
        let (rule, mut inner) = (op.as_rule(), op.into_inner());
        let kind = match (rule, of.kind) {
            (Rule::arguments, ExprKind::Name(name)) => {
                ExprKind::Call(Spanned::new(name, of.span), inner.map(|pair| self.expr(pair)).collect())
            }
            (Rule::lambda, ExprKind::Name(name)) => {
                let body = self.next_expr(&mut inner, op_span);
                ExprKind::Lambda(Spanned::new(name, of.span), Box::new(body))
            }
            (_, kind) => self.access(rule, Box::new(Expr { kind, ..of }), inner, op_span),
        };
        Expr { kind, span }
    }

    /// A part of a value.
    fn access(&mut self, rule: Rule, of: Box<Expr>, mut inner: Pairs<'_, Rule>, near: Span) -> ExprKind {
        match rule {
            Rule::field => ExprKind::Field(of, self.next_name(&mut inner)),
            Rule::method_call => {
                let name = self.next_name(&mut inner);
                let arguments = inner.next().map(|pair| self.exprs(pair)).unwrap_or_default();
                ExprKind::Method(of, name, arguments)
            }
            Rule::index => ExprKind::Index(of, Box::new(self.next_expr(&mut inner, near))),
            _ => ExprKind::With(of, inner.next().map(|record| self.fields(record)).unwrap_or_default()),
        }
    }

    fn exprs(&mut self, pair: Pair<'_, Rule>) -> Vec<Expr> {
        pair.into_inner().map(|pair| self.expr(pair)).collect()
    }

    fn fields(&mut self, pair: Pair<'_, Rule>) -> Vec<(Name, Expr)> {
        pair.into_inner()
            .map(|field| {
                let span = self.span(&field);
                let mut inner = field.into_inner();
                let name = match inner.next() {
                    Some(text) if text.as_rule() == Rule::text => self.plain(text),
                    Some(ident) => self.name(&ident),
                    None => self.nameless(),
                };
                (name, self.next_expr(&mut inner, span))
            })
            .collect()
    }

    pub(super) fn text(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let span = self.span(&pair);
        Expr { kind: ExprKind::Text(self.text_parts(pair)), span }
    }

    fn primary(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::paren => {
                let mut inner = pair.into_inner();
                return Expr { span, ..self.next_expr(&mut inner, span) };
            }
            Rule::if_ => {
                let mut inner = pair.into_inner();
                let mut next = || Box::new(self.next_expr(&mut inner, span));
                ExprKind::If(next(), next(), next())
            }
            Rule::text | Rule::block => return self.text(pair),
            Rule::list => ExprKind::List(self.exprs(pair)),
            Rule::record => ExprKind::Record(self.fields(pair)),
            Rule::name => ExprKind::Name(Arc::from(pair.as_str())),
            _ => self.literal(&pair),
        };
        Expr { kind, span }
    }
}

fn broken(span: Span) -> Expr {
    Expr { kind: ExprKind::Broken, span }
}

fn is_comparison(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::equal | Rule::not_equal | Rule::less | Rule::less_equal | Rule::greater | Rule::greater_equal
    )
}

fn operator(rule: Rule) -> BinaryOp {
    match rule {
        Rule::or => BinaryOp::Or,
        Rule::and => BinaryOp::And,
        Rule::equal => BinaryOp::Equal,
        Rule::not_equal => BinaryOp::NotEqual,
        Rule::less => BinaryOp::Less,
        Rule::less_equal => BinaryOp::LessEqual,
        Rule::greater => BinaryOp::Greater,
        Rule::greater_equal => BinaryOp::GreaterEqual,
        Rule::add => BinaryOp::Add,
        Rule::subtract => BinaryOp::Subtract,
        Rule::multiply => BinaryOp::Multiply,
        Rule::divide => BinaryOp::Divide,
        _ => BinaryOp::Coalesce,
    }
}
