//! Types as written to types.

use std::sync::Arc;

use crate::program::{ModuleId, Program};
use crate::syntax::{TypeExpr, TypeKind};
use crate::types::Type;

impl Program {
    /// The type that a type as written means in a module; [`Type::Unknown`] for one whose error the checker reports.
    pub fn resolve(&self, module: ModuleId, ty: &TypeExpr) -> Type {
        self.resolve_within(module, ty, 0)
    }

    fn resolve_within(&self, module: ModuleId, ty: &TypeExpr, depth: usize) -> Type {
        // A type that means itself has no end; the checker says so, here it only must not hang.
        if depth > 64 {
            return Type::Unknown;
        }
        let inner = |ty: &TypeExpr| self.resolve_within(module, ty, depth + 1);
        match &ty.kind {
            TypeKind::Name(name) => Type::from_word(name).unwrap_or_else(|| self.named(module, name, depth)),
            TypeKind::Path(of, name) => {
                let target = self.module(module).and_then(|it| it.uses.get(&of.node));
                target.map_or(Type::Unknown, |target| self.named(*target, &name.node, depth))
            }
            TypeKind::List(item) => Type::List(Arc::new(inner(item))),
            TypeKind::Map(item) => Type::Map(Arc::new(inner(item))),
            TypeKind::Optional(of) => Type::Optional(Arc::new(inner(of))),
            TypeKind::Record(fields) => Type::Record(Arc::new(
                fields.iter().map(|(name, ty)| (Arc::clone(&name.node), inner(ty))).collect(),
            )),
            TypeKind::Choice(words) => {
                Type::Choice(words.iter().map(|word| Arc::clone(&word.node)).collect())
            }
        }
    }

    fn named(&self, module: ModuleId, name: &str, depth: usize) -> Type {
        let Some(found) = self.module(module) else { return Type::Unknown };
        if let Some(declared) = found.types.get(name) {
            return self.resolve_within(module, &declared.ty, depth + 1);
        }
        if found.apis.contains_key(name) {
            return Type::System { module: Arc::clone(&found.name), api: Arc::from(name) };
        }
        Type::Unknown
    }
}
