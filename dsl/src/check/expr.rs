//! The type of an expression.

use std::sync::Arc;

use super::Checker;
use super::fit::{either, fits, join_all, list_of, one, optional, record};
use super::methods::as_method;
use super::names::{list, suggestion};
use super::scope::{Entry, Scope};
use super::wanted::Wanted;
use crate::builtin::fields_of;
use crate::diagnostic::Diagnostic;
use crate::program::ModuleId;
use crate::scalar::{Cidr, IfAddr};
use crate::source::{Name, Span};
use crate::syntax::{Expr, ExprKind, Literal, TextPart};
use crate::types::Type;

impl Checker<'_> {
    /// The type of an expression; reports what is wrong inside it.
    pub(super) fn infer(&mut self, expr: &Expr, scope: &Scope<'_>) -> Type {
        let ty = self.deeper(expr.span, Type::Unknown, |checker| checker.infer_part(expr, scope));
        if self.module == ModuleId(0) {
            self.keep_type(expr.span, &ty);
        }
        ty
    }

    fn infer_part(&mut self, expr: &Expr, scope: &Scope<'_>) -> Type {
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(literal, expr.span),
            ExprKind::Text(parts) => {
                self.text(parts, expr.span, scope);
                Type::String
            }
            ExprKind::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.infer(item, scope)).collect();
                list_of(join_all(items))
            }
            ExprKind::Record(fields) => record(self.fields(fields, scope)),
            ExprKind::Name(_) if self.starts_lost(expr.span) => Type::Unknown,
            ExprKind::Name(name) => self.name(name, expr.span, scope),
            ExprKind::Field(of, name) => {
                let ty = self.infer(of, scope);
                self.mark_before(of, name, scope);
                self.field(&ty, name)
            }
            ExprKind::Index(of, index) => self.index(of, index, scope),
            ExprKind::Call(name, arguments) => self.call(name, arguments, expr.span, scope),
            ExprKind::Method(of, name, arguments) => self.method(of, name, arguments, scope),
            ExprKind::Lambda(parameter, body) => self.stray_lambda(parameter, body, expr.span, scope),
            ExprKind::Unary(op, of) => self.unary(*op, of, scope),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, expr.span, scope),
            ExprKind::If(condition, then, otherwise) => {
                self.condition(condition, scope, "the condition of `if`");
                let then = self.infer(then, &scope.with(self.narrowed(condition, true, scope)));
                let otherwise = self.infer(otherwise, &scope.with(self.narrowed(condition, false, scope)));
                either(then, otherwise)
            }
            ExprKind::With(of, changes) => self.with(of, changes, scope),
            ExprKind::Broken => Type::Unknown,
        }
    }

    fn literal(&mut self, literal: &Literal, span: Span) -> Type {
        match literal {
            Literal::Null => Type::Null,
            Literal::Bool(_) => Type::Bool,
            Literal::Number(_) => Type::Number,
            Literal::Duration(_) => Type::Duration,
            Literal::Time(_) => Type::Time,
            Literal::Version(_) => Type::Version,
            Literal::Ip(_) => Type::Ip,
            Literal::Percent(_) => Type::Percent,
            Literal::Size(_) => Type::Size,
            // Without a wish it is a network when it can be one.
            Literal::Prefix(net) => match (Cidr::new(*net), IfAddr::new(*net)) {
                (Ok(_), _) => Type::Cidr,
                (_, Ok(_)) => Type::IfAddr,
                (Err(error), Err(_)) => {
                    self.report(Diagnostic::error("HR021", span, error.to_string()));
                    Type::Unknown
                }
            },
        }
    }

    /// The parts of a text: any value but a secret.
    pub(super) fn text(&mut self, parts: &[TextPart], span: Span, scope: &Scope<'_>) {
        for part in parts {
            match part {
                TextPart::Expr(expr) => drop(self.shown(expr, scope, "a text")),
                TextPart::Plain(plain) => {
                    self.no_hole(plain, span, scope);
                    self.no_credentials(plain, span);
                }
            }
        }
    }

    /// An expression whose value people may read.
    pub(super) fn shown(&mut self, expr: &Expr, scope: &Scope<'_>, what: &str) -> Type {
        let ty = self.infer(expr, scope);
        if !ty.holds_secret() {
            return ty;
        }
        let message = format!("{what} would make a secret readable");
        self.report(
            Diagnostic::error("HR028", expr.span, message)
                .label("holds a secret")
                .origin(
                    "a secret goes only into an input declared `secret`, a header, or the body of a change",
                )
                .help("leave it out"),
        );
        Type::Unknown
    }

    /// The types of a record's fields; a name that stands twice is told with both places.
    fn fields(&mut self, fields: &[(Name, Expr)], scope: &Scope<'_>) -> Vec<(Arc<str>, Type)> {
        self.distinct_fields(fields);
        fields.iter().map(|(name, value)| (Arc::clone(&name.node), self.infer(value, scope))).collect()
    }

    pub(super) fn distinct_fields(&mut self, fields: &[(Name, Expr)]) {
        for (at, (name, value)) in fields.iter().enumerate() {
            self.written_out(&name.node, value);
            let first = fields.iter().take(at).find(|(other, _)| other.node == name.node);
            if let Some((first, _)) = first {
                let message = format!("the record has the field `{}` twice", name.node);
                self.report(
                    Diagnostic::error("HR015", name.span, message)
                        .related(first.span, "the first")
                        .help("remove one"),
                );
            }
        }
    }

    /// `before.x` uses `x`.
    fn mark_before(&mut self, of: &Expr, name: &Name, scope: &Scope<'_>) {
        let is_before = matches!(&of.kind, ExprKind::Name(word) if &**word == "before");
        if is_before && let Some(entry) = scope.find(&name.node) {
            self.used.extend(entry.declared);
        }
    }

    fn field(&mut self, of: &Type, name: &Name) -> Type {
        let of_scalar =
            |ty: &Type| fields_of(ty).iter().find(|(field, _)| *field == &*name.node).map(|it| it.1.clone());
        match of {
            Type::Json | Type::Unknown | Type::Null => of.clone(),
            Type::Optional(inner) => optional(self.field(inner, name)),
            Type::Map(item) => item.as_ref().clone(),
            Type::Record(fields) => match fields.get(&name.node) {
                Some(ty) => ty.clone(),
                None => self.no_field(of, name),
            },
            scalar => of_scalar(scalar).unwrap_or_else(|| self.no_field(of, name)),
        }
    }

    fn no_field(&mut self, of: &Type, name: &Name) -> Type {
        if self.lost(&name.node) {
            return Type::Unknown;
        }
        let error =
            Diagnostic::error("HR011", name.span, format!("{} has no field `{}`", one(of), name.node));
        let help = match of {
            _ if let Some(method) = as_method(of, &name.node) => Some(method),
            Type::Record(fields) => suggestion(&name.node, fields.keys().map(|it| &**it), "it has"),
            Type::List(_) => Some(format!(
                "its items have: `.map(it => it.{0})`, or `.only().{0}` when there is one",
                name.node
            )),
            Type::System { .. } => Some("what a system knows is read: `.get(\"/path\")`".to_owned()),
            scalar => suggestion(&name.node, fields_of(scalar).iter().map(|(field, _)| *field), "it has"),
        };
        self.report(Diagnostic { help, ..error });
        Type::Unknown
    }

    fn index(&mut self, of: &Expr, index: &Expr, scope: &Scope<'_>) -> Type {
        let ty = self.infer(of, scope);
        let by = self.shown(index, scope, "an index");
        match (ty.required(), &index.kind) {
            (Type::Json | Type::Unknown | Type::Null, _) => ty,
            (Type::Map(item), _) => item.as_ref().clone(),
            (Type::Record(_), ExprKind::Text(parts)) if let [TextPart::Plain(word)] = parts.as_slice() => {
                self.field(&ty, &Name { node: Arc::clone(word), span: index.span })
            }
            (Type::Record(fields), _) => join_all(fields.values().cloned().chain([Type::Json])),
            (Type::List(item), _) => {
                if !fits(&by, &Type::Number) {
                    let wanted = Wanted::new(Type::Number, "a list is indexed by a number, from 0");
                    self.mismatch(index.span, &by, &wanted, None);
                }
                optional(item.as_ref().clone())
            }
            (other, _) => {
                let message = format!("{} has nothing to be indexed", one(other));
                self.report(
                    Diagnostic::error("HR022", of.span, message)
                        .origin("lists, maps and records are indexed"),
                );
                Type::Unknown
            }
        }
    }

    fn with(&mut self, of: &Expr, changes: &[(Name, Expr)], scope: &Scope<'_>) -> Type {
        let ty = self.infer(of, scope);
        let changes = self.fields(changes, scope);
        match &ty {
            Type::Record(fields) => {
                let own = fields.iter().map(|(name, ty)| (Arc::clone(name), ty.clone()));
                record(own.chain(changes))
            }
            Type::Unknown => Type::Unknown,
            Type::Json if changes.iter().any(|(_, ty)| ty.holds_secret()) => Type::Secret,
            Type::Json | Type::Null => Type::Json,
            Type::Map(item) => Type::Map(Arc::new(join_all(
                changes.into_iter().map(|(_, ty)| ty).chain([item.as_ref().clone()]),
            ))),
            Type::Optional(inner) if matches!(**inner, Type::Record(_) | Type::Map(_)) => {
                let wanted = Wanted::new(inner.as_ref().clone(), "`with` changes fields of a record");
                self.mismatch(of.span, &ty, &wanted, None);
                Type::Unknown
            }
            other => {
                let message = format!("`with` changes fields of a record, and this is {}", one(other));
                self.report(Diagnostic::error("HR022", of.span, message));
                Type::Unknown
            }
        }
    }

    fn stray_lambda(&mut self, parameter: &Name, body: &Expr, span: Span, scope: &Scope<'_>) -> Type {
        self.infer(body, &scope.with([(Arc::clone(&parameter.node), Entry::new(Type::Unknown))]));
        let lambdas = ["where", "map", "first", "any", "all", "count", "sort"];
        self.report(
            Diagnostic::error("HR023", span, "a lambda stands only as the argument of a method")
                .help(format!("methods that take one are {}; greater or equal is `>=`", list(&lambdas))),
        );
        Type::Unknown
    }
}
