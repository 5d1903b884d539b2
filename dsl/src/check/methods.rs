//! Methods.

use std::sync::Arc;

use super::Checker;
use super::fit::{comparable, field_that, fits, is_ordered, join_all, list_of, one, optional};
use super::names::{elsewhere, list, suggestion};
use super::scope::{Entry, Scope};
use super::wanted::Wanted;
use crate::builtin::Method;
use crate::diagnostic::Diagnostic;
use crate::source::{Name, Span};
use crate::syntax::{Expr, ExprKind};
use crate::types::Type;

/// What a method is called on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A list; null counts as an empty one.
    List,
    /// A record or a map: a list of its values with names.
    Fields,
    Text,
    Network,
    System,
    /// What a system answered: anything but a system.
    Open,
    /// Its error has been told.
    Unknown,
    /// No method goes with it.
    Other,
}

fn kind_of(ty: &Type) -> Kind {
    match ty {
        Type::Json => Kind::Open,
        Type::Unknown => Kind::Unknown,
        Type::List(_) | Type::Null => Kind::List,
        Type::Map(_) | Type::Record(_) => Kind::Fields,
        Type::String | Type::Url | Type::Path | Type::Choice(_) => Kind::Text,
        Type::Cidr | Type::IfAddr => Kind::Network,
        Type::System { .. } => Kind::System,
        Type::Optional(inner) => kind_of(inner),
        Type::Bool
        | Type::Number
        | Type::Duration
        | Type::Time
        | Type::Version
        | Type::Ip
        | Type::Percent
        | Type::Size
        | Type::Secret => Kind::Other,
    }
}

/// Whether a method goes with a kind of value.
fn goes_with(method: Method, kind: Kind) -> bool {
    use Method as M;
    match kind {
        Kind::Unknown => true,
        Kind::Open => !method.is_read(),
        Kind::System => method.is_read(),
        Kind::Other => false,
        Kind::Network => matches!(method, M::Contains | M::Overlaps),
        Kind::Text => matches!(
            method,
            M::Contains
                | M::Count
                | M::Lower
                | M::Upper
                | M::Trim
                | M::StartsWith
                | M::EndsWith
                | M::Split
                | M::Replace
        ),
        Kind::Fields => is_of_lists(method) || matches!(method, M::Keys | M::Values),
        Kind::List => is_of_lists(method),
    }
}

/// The methods that go with a value.
pub fn methods_of(ty: &Type) -> impl Iterator<Item = Method> {
    let kind = kind_of(ty);
    Method::ALL.iter().copied().filter(move |method| goes_with(*method, kind))
}

/// How a value is asked for what was written as a field of it and is a method.
pub(super) fn as_method(ty: &Type, word: &str) -> Option<String> {
    let method =
        Method::from_word(elsewhere(word).unwrap_or(word)).filter(|it| goes_with(*it, kind_of(ty)))?;
    let arguments = if *method.arity().start() == 0 { "" } else { "…" };
    Some(format!("write `.{}({arguments})`", method.word()))
}

fn is_of_lists(method: Method) -> bool {
    use Method as M;
    matches!(
        method,
        M::Where
            | M::Map
            | M::First
            | M::Last
            | M::Only
            | M::Any
            | M::All
            | M::Count
            | M::Sort
            | M::Group
            | M::Sum
            | M::Min
            | M::Max
            | M::Flatten
            | M::Distinct
            | M::Join
            | M::Contains
    )
}

/// What a method does with its lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lambda {
    /// It decides.
    Condition,
    /// It makes something of an item.
    Makes,
    /// There is none: the arguments are values.
    None,
}

fn lambda_of(method: Method) -> Lambda {
    use Method as M;
    match method {
        M::Where | M::First | M::Last | M::Only | M::Any | M::All | M::Count => Lambda::Condition,
        M::Map | M::Sort | M::Group | M::Sum | M::Min | M::Max => Lambda::Makes,
        _ => Lambda::None,
    }
}

impl Checker<'_> {
    pub(super) fn method(&mut self, of: &Expr, name: &Name, arguments: &[Expr], scope: &Scope<'_>) -> Type {
        let receiver = self.infer(of, scope);
        let Some(method) = Method::from_word(&name.node) else {
            self.arguments_of_nothing(arguments, scope);
            self.no_method(&receiver, name);
            return Type::Unknown;
        };
        let kind = kind_of(&receiver);
        if !goes_with(method, kind) {
            self.arguments_of_nothing(arguments, scope);
            self.does_not_go(&receiver, kind, method, name);
            return Type::Unknown;
        }
        if matches!((&receiver, kind), (Type::Optional(_), Kind::Text | Kind::Network | Kind::System)) {
            let wanted = Wanted::new(
                receiver.required().clone(),
                format!("`{}` goes with {}", name.node, plural(kind)),
            );
            self.mismatch(of.span, &receiver, &wanted, None);
        }
        if !self.arity(name, method.arity(), arguments.len(), method.doc()) {
            self.arguments_of_nothing(arguments, scope);
            return Type::Unknown;
        }
        let item = item_of(receiver.required());
        let made = match (lambda_of(method), arguments) {
            (Lambda::None, _) | (_, []) => {
                self.values(method, &receiver, &item, arguments, scope);
                None
            }
            (lambda, [argument, ..]) => Some(self.lambda(lambda, name, argument, &item, scope)),
        };
        if method.is_read() && !scope.place.reads_systems() {
            self.no_read(name, scope);
        }
        let at = arguments.first().filter(|_| made.is_some()).map_or(of.span, |it| it.span);
        self.gathered(method, made.as_ref().unwrap_or(&item), at);
        result_of(method, receiver.required(), item, made)
    }

    /// What one value is made of: texts, what can be added, what has an order.
    fn gathered(&mut self, method: Method, part: &Type, at: Span) {
        use Method as M;
        let ty = part.required();
        let is_many = matches!(ty, Type::Record(_) | Type::Map(_) | Type::List(_));
        let is_sum = matches!(ty, Type::Number | Type::Duration | Type::Size | Type::Json | Type::Unknown);
        let (wanted, origin) = match method {
            M::Join if part.holds_secret() || is_many || matches!(ty, Type::System { .. }) => {
                (Type::String, "`join` makes a text of the items")
            }
            M::Sum if !is_sum => (Type::Number, "`sum` adds numbers, durations and sizes"),
            M::Sort | M::Min | M::Max if !is_ordered(part) => return self.no_order(method, part, at),
            _ => return,
        };
        let told = self.found.len();
        self.mismatch(at, part, &Wanted::new(wanted, origin), None);
        if let Some(help) = by_field(method, ty) {
            self.found.iter_mut().skip(told).for_each(|it| it.help = Some(help.clone()));
        }
    }

    fn no_order(&mut self, method: Method, part: &Type, at: Span) {
        let error = Diagnostic::error("HR022", at, format!("{} has no order", one(part))).origin(format!(
            "`{}`: {}",
            method.word(),
            method.doc()
        ));
        self.report(Diagnostic { help: by_field(method, part.required()), ..error });
    }

    /// Arguments of a method that does not exist: only their own mistakes are told.
    fn arguments_of_nothing(&mut self, arguments: &[Expr], scope: &Scope<'_>) {
        for argument in arguments {
            match &argument.kind {
                ExprKind::Lambda(parameter, body) => {
                    self.infer(body, &scope.with([(Arc::clone(&parameter.node), Entry::new(Type::Unknown))]));
                }
                _ => drop(self.infer(argument, scope)),
            }
        }
    }

    fn no_method(&mut self, receiver: &Type, name: &Name) {
        if matches!(&*name.node, "post" | "put" | "patch" | "delete") {
            let message = format!("`{}` changes something, and an expression only reads", name.node);
            return self.report(
                Diagnostic::error("HR030", name.span, message)
                    .origin("reading and changing never mix: a dry run could not be trusted otherwise")
                    .help("a request that changes something stands behind the sentence of `change` or `undo`; a read that travels as a POST is `query`"),
            );
        }
        let error = Diagnostic::error("HR011", name.span, format!("there is no method `{}`", name.node));
        let kind = kind_of(receiver);
        let words: Vec<_> =
            Method::ALL.iter().filter(|it| goes_with(**it, kind)).map(|it| it.word()).collect();
        let help = suggestion(&name.node, words.iter().copied(), &format!("with {} go", plural(kind)));
        self.report(Diagnostic { help, ..error });
    }

    fn does_not_go(&mut self, receiver: &Type, kind: Kind, method: Method, name: &Name) {
        let message = format!("`{}` does not go with {}", name.node, one(receiver));
        let error = Diagnostic::error("HR011", name.span, message).origin(format!(
            "`{}`: {}",
            name.node,
            method.doc()
        ));
        let words: Vec<_> =
            Method::ALL.iter().filter(|it| goes_with(**it, kind)).map(|it| it.word()).collect();
        let help = match (kind, method.is_read()) {
            (_, true) => Some("only a system is read".to_owned()),
            (Kind::System, _) => Some("read something of it first: `.get(\"/path\")`".to_owned()),
            (_, _) if words.is_empty() => None,
            _ => Some(format!("with {} go {}", plural(kind), list(&words))),
        };
        self.report(Diagnostic { help, ..error });
    }

    fn no_read(&mut self, name: &Name, scope: &Scope<'_>) {
        let message = format!("{} reads no system", scope.place.word());
        self.report(
            Diagnostic::error("HR031", name.span, message)
                .origin("only an action reads systems, so that each read belongs to a step")
                .help("read it in an action and hand it on as an `output`"),
        );
    }

    /// The lambda of a method: what it makes of an item.
    fn lambda(
        &mut self,
        lambda: Lambda,
        name: &Name,
        argument: &Expr,
        item: &Type,
        scope: &Scope<'_>,
    ) -> Type {
        let ExprKind::Lambda(parameter, body) = &argument.kind else {
            // Its names are those of an item, and mean nothing here.
            let told = self.found.len();
            self.infer(argument, scope);
            self.found.truncate(told);
            let message = format!("`{}` takes a lambda, and this is a value", name.node);
            self.report(
                Diagnostic::error("HR023", argument.span, message)
                    .help(format!("write `{}(it => …)`, where `it` is an item", name.node)),
            );
            return Type::Unknown;
        };
        self.keep_type(parameter.span, item);
        self.hides(parameter, scope);
        let inner = scope.with([(Arc::clone(&parameter.node), Entry::new(item.clone()))]);
        if lambda == Lambda::Condition {
            self.condition(body, &inner, &format!("the condition of `{}`", name.node));
            return Type::Bool;
        }
        if &*name.node == "group" {
            self.shown(body, &inner, "the key of a group")
        } else {
            self.infer(body, &inner)
        }
    }

    /// The arguments of a method that takes values.
    fn values(&mut self, method: Method, of: &Type, item: &Type, arguments: &[Expr], scope: &Scope<'_>) {
        let text = Wanted::new(Type::String, format!("`{}`: {}", method.word(), method.doc()));
        match (method, arguments) {
            (_, [Expr { kind: ExprKind::Lambda(..), span }, ..]) => self.no_lambda(method, *span),
            (Method::Contains, [argument]) => self.contained(of, item, argument, scope),
            (Method::Overlaps, [argument]) => {
                self.expect(argument, &Wanted { ty: Type::Cidr, ..text }, scope);
            }
            (Method::Get, [path]) => self.path(path, &text.origin, scope),
            (Method::Query, [path, body]) => {
                self.path(path, &text.origin, scope);
                self.shown(body, scope, "the body of a read");
            }
            _ => arguments.iter().for_each(|argument| self.expect(argument, &text, scope)),
        }
    }

    fn no_lambda(&mut self, method: Method, span: Span) {
        let message = format!("`{}` takes a value, and this is a lambda", method.word());
        let help = match method {
            Method::Contains => "to ask for items by a condition, write `any(it => …)`",
            _ => "write the value itself",
        };
        self.report(Diagnostic::error("HR023", span, message).help(help));
    }

    fn contained(&mut self, of: &Type, item: &Type, argument: &Expr, scope: &Scope<'_>) {
        let origin = format!("`contains`: {}", Method::Contains.doc());
        match kind_of(of) {
            Kind::Text | Kind::Fields => self.expect(argument, &Wanted::new(Type::String, origin), scope),
            Kind::Network => {
                let found = self.infer(argument, scope);
                let kinds = [Type::Ip, Type::IfAddr, Type::Cidr, Type::String];
                if !kinds.iter().any(|kind| fits(&found, kind)) {
                    self.mismatch(
                        argument.span,
                        &found,
                        &Wanted::new(Type::Ip, origin),
                        Some(&argument.kind),
                    );
                }
            }
            _ if matches!(item.required(), Type::Choice(_) | Type::Cidr | Type::IfAddr) => {
                self.expect(argument, &Wanted::new(item.clone(), origin), scope);
            }
            _ => {
                let found = self.infer(argument, scope);
                if !comparable(&found, item) {
                    self.mismatch(
                        argument.span,
                        &found,
                        &Wanted::new(item.clone(), origin),
                        Some(&argument.kind),
                    );
                }
            }
        }
    }
}

/// How a field of the items is taken in their place, for the first that would do.
fn by_field(method: Method, item: &Type) -> Option<String> {
    let Type::Record(fields) = item else { return None };
    let would_do = |ty: &Type| match method {
        Method::Sum => matches!(ty, Type::Number | Type::Duration | Type::Size),
        Method::Join => fits(ty, &Type::String),
        _ => is_ordered(ty),
    };
    let field = field_that(fields, would_do)?;
    Some(match method {
        Method::Join => format!("write `.map(it => it.{field}).join(…)`"),
        _ => format!("write `.{}(it => it.{field})`", method.word()),
    })
}

/// The items of what a list method is called on.
fn item_of(ty: &Type) -> Type {
    match ty {
        Type::List(item) | Type::Map(item) => item.as_ref().clone(),
        Type::Record(fields) => join_all(fields.values().cloned()),
        Type::Json => Type::Json,
        _ => Type::Unknown,
    }
}

fn result_of(method: Method, of: &Type, item: Type, made: Option<Type>) -> Type {
    use Method as M;
    match method {
        M::Where | M::Sort | M::Distinct | M::Values => list_of(item),
        M::Map => list_of(made.unwrap_or(Type::Unknown)),
        M::First | M::Last | M::Min | M::Max => optional(item),
        M::Only => item,
        M::Any | M::All | M::Contains | M::Overlaps | M::StartsWith | M::EndsWith => Type::Bool,
        M::Count => Type::Number,
        M::Group => Type::Map(Arc::new(list_of(item))),
        M::Sum => sum_of(made.unwrap_or(item)),
        M::Flatten => match item.required() {
            Type::List(_) => item.required().clone(),
            _ => list_of(if matches!(of, Type::Json) { Type::Json } else { item }),
        },
        M::Keys | M::Split => list_of(Type::String),
        M::Join | M::Lower | M::Upper | M::Trim | M::Replace => Type::String,
        M::Get | M::Query => Type::Json,
    }
}

fn sum_of(item: Type) -> Type {
    match item {
        Type::Number | Type::Duration | Type::Size => item,
        _ => Type::Json,
    }
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::List => "lists",
        Kind::Fields => "records and maps",
        Kind::Text => "texts",
        Kind::Network => "networks",
        Kind::System => "systems",
        Kind::Open | Kind::Unknown | Kind::Other => "values",
    }
}
