//! Functions.

use super::Checker;
use super::fit::{one, optional};
use super::names::{elsewhere, suggestion};
use super::scope::Scope;
use super::wanted::Wanted;
use crate::builtin::{Function, Method};
use crate::diagnostic::Diagnostic;
use crate::eval::coerce;
use crate::source::{Name, Span};
use crate::syntax::{Expr, ExprKind, TextPart};
use crate::types::Type;
use crate::value::Value;

impl Checker<'_> {
    pub(super) fn call(&mut self, name: &Name, arguments: &[Expr], span: Span, scope: &Scope<'_>) -> Type {
        let Some(function) = Function::from_word(&name.node) else {
            arguments.iter().for_each(|it| drop(self.infer(it, scope)));
            let error =
                Diagnostic::error("HR011", name.span, format!("there is no function `{}`", name.node));
            let all = Function::ALL.iter().map(|it| it.word());
            let help = match elsewhere(&name.node).unwrap_or(&name.node) {
                method if Method::ALL.iter().any(|it| it.word() == method) => {
                    Some(format!("it is a method: write `value.{method}(…)`"))
                }
                "int" | "integer" | "float" | "Number" | "to_number" => Some("write `number`".to_owned()),
                "str" | "string" | "String" | "to_string" => Some("write `text`".to_owned()),
                "env" | "getenv" => Some(
                    "a value from outside is an input: `input NAME: TYPE`, given when it is run".to_owned(),
                ),
                _ => suggestion(&name.node, all, "functions are").or_else(|| Some(all_functions())),
            };
            self.report(Diagnostic { help, ..error });
            return Type::Unknown;
        };
        if !self.arity(name, function.arity(), arguments.len(), function.doc()) {
            arguments.iter().for_each(|it| drop(self.infer(it, scope)));
            return result_of(function);
        }
        match function {
            Function::Csv | Function::Yaml | Function::Json => self.file(function, arguments, span, scope),
            Function::IfAddr if arguments.len() == 2 => {
                for it in arguments {
                    let ty = self.infer(it, scope);
                    self.takes(function, it, &ty, &[Type::Ip, Type::String]);
                }
                result_of(function)
            }
            _ => self.conversion(function, arguments, scope),
        }
    }

    /// Whether the number of arguments is right.
    pub(super) fn arity(
        &mut self,
        name: &Name,
        wanted: std::ops::RangeInclusive<usize>,
        given: usize,
        doc: &str,
    ) -> bool {
        if wanted.contains(&given) {
            return true;
        }
        let count = |n: &usize| if *n == 1 { "1 argument".to_owned() } else { format!("{n} arguments") };
        let wants = match (wanted.start(), wanted.end()) {
            (0, 0) => "no argument".to_owned(),
            (least, most) if least == most => count(least),
            (least, most) => format!("{least} to {}", count(most)),
        };
        let message = format!("`{}` takes {wants}, and this gives {given}", name.node);
        self.report(Diagnostic::error("HR023", name.span, message).origin(format!("`{}`: {doc}", name.node)));
        false
    }

    fn file(&mut self, function: Function, arguments: &[Expr], span: Span, scope: &Scope<'_>) -> Type {
        if !scope.place.reads_files() {
            let message = format!("{} reads no file", scope.place.word());
            self.report(
                Diagnostic::error("HR031", span, message)
                    .origin("files are read before a run, by the inputs and the `for`s of a runbook")
                    .help("read it in an `input` of the runbook, and give an action what it needs"),
            );
        }
        let origin = format!("`{}` reads a file: its argument is a path or a text", function.word());
        arguments.iter().for_each(|it| self.expect(it, &Wanted::new(Type::String, origin.clone()), scope));
        Type::Json
    }

    fn conversion(&mut self, function: Function, arguments: &[Expr], scope: &Scope<'_>) -> Type {
        let Some(argument) = arguments.first() else { return result_of(function) };
        let ty = self.infer(argument, scope);
        let made = match ty {
            Type::Optional(_) => optional(result_of(function)),
            _ => result_of(function),
        };
        match function {
            Function::Text if ty.holds_secret() => {
                let wanted = Wanted::new(Type::String, "a text can be read by everybody");
                self.mismatch(argument.span, &ty, &wanted, None);
            }
            Function::Text => {}
            _ if self.written_wrong(function, argument) => {}
            Function::Version if matches!(ty.required(), Type::Record(_) | Type::Map(_)) => {}
            Function::Version => self.takes(function, argument, &ty, &[Type::String, Type::Version]),
            Function::Number => self.takes(function, argument, &ty, &[Type::String, Type::Number]),
            _ => self.takes(function, argument, &ty, &[Type::String, Type::Ip, Type::Cidr, Type::IfAddr]),
        }
        made
    }

    /// A text that is written out is read at once.
    fn written_wrong(&mut self, function: Function, argument: &Expr) -> bool {
        let ExprKind::Text(parts) = &argument.kind else { return false };
        let [TextPart::Plain(text)] = parts.as_slice() else { return false };
        let wrong = match function {
            Function::Number => text.parse::<crate::scalar::Number>().err().map(|it| it.to_string()),
            _ => coerce(&Value::Text(text.clone()), &result_of(function)).err().map(|it| it.message),
        };
        let Some(why) = wrong else { return false };
        let message = format!("\"{text}\" is not {}", one(&result_of(function)));
        self.report(Diagnostic::error("HR021", argument.span, message).label(why));
        true
    }

    fn takes(&mut self, function: Function, argument: &Expr, found: &Type, kinds: &[Type]) {
        let fits = |kind: &Type| super::fit::fits(found.required(), kind);
        if kinds.iter().any(fits) || found == &Type::Null {
            return;
        }
        let origin = format!("`{}`: {}", function.word(), function.doc());
        self.mismatch(argument.span, found, &Wanted::new(Type::String, origin), None);
    }
}

fn result_of(function: Function) -> Type {
    match function {
        Function::Csv | Function::Yaml | Function::Json => Type::Json,
        Function::Version => Type::Version,
        Function::Ip => Type::Ip,
        Function::Cidr => Type::Cidr,
        Function::IfAddr => Type::IfAddr,
        Function::Number => Type::Number,
        Function::Text => Type::String,
    }
}

fn all_functions() -> String {
    let words: Vec<_> = Function::ALL.iter().map(|it| it.word()).collect();
    format!("functions are {}", super::names::list(&words))
}
