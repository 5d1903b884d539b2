//! Types as written.

use std::sync::Arc;

use pest::iterators::{Pair, Pairs};

use super::{Reader, Rule};
use crate::source::Span;
use crate::syntax::{TypeExpr, TypeKind};

impl Reader<'_> {
    /// The type that the grammar promises next.
    pub(super) fn next_type(&mut self, pairs: &mut Pairs<'_, Rule>, near: Span) -> TypeExpr {
        match pairs.next() {
            Some(pair) => self.type_(pair),
            None => TypeExpr { kind: TypeKind::Name(Arc::from("json")), span: near },
        }
    }

    fn type_(&mut self, pair: Pair<'_, Rule>) -> TypeExpr {
        let span = self.span(&pair);
        let mut parts = pair.into_inner();
        let ty = match parts.next() {
            Some(of) => TypeExpr { span: self.span(&of), kind: self.type_kind(of) },
            None => return self.next_type(&mut parts, span),
        };
        match parts.next() {
            Some(_) => TypeExpr { kind: TypeKind::Optional(Box::new(ty)), span },
            None => ty,
        }
    }

    fn type_kind(&mut self, pair: Pair<'_, Rule>) -> TypeKind {
        let (rule, text, span) = (pair.as_rule(), pair.as_str(), self.span(&pair));
        let mut inner = pair.into_inner();
        match rule {
            Rule::list_type => TypeKind::List(Box::new(self.next_type(&mut inner, span))),
            Rule::map_type => TypeKind::Map(Box::new(self.next_type(&mut inner, span))),
            Rule::path_type => TypeKind::Path(self.next_name(&mut inner), self.next_name(&mut inner)),
            Rule::choice => TypeKind::Choice(inner.map(|word| self.plain(word)).collect()),
            Rule::record_type => {
                let fields = inner.map(|field| {
                    let mut parts = field.into_inner();
                    (self.next_name(&mut parts), self.next_type(&mut parts, span))
                });
                TypeKind::Record(fields.collect())
            }
            _ => TypeKind::Name(Arc::from(text)),
        }
    }
}
