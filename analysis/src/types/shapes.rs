//! Shapes: which type arguments share the code of a generic function.
//!
//! Upstream: `cmd/compile/internal/noder/reader.go`, `Shapify`; `writer.go` for which constraints
//! are basic.

use super::cx::{Cx, deep};
use super::ty::{Basic, Interface, Ty, TyKind};

/// Whether a type parameter's constraint asks for methods only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstraintKind {
    /// Methods only: all pointers look the same.
    Basic,
    /// Particular types, or `comparable`.
    General,
}

impl Cx<'_> {
    /// What a constraint asks for.
    pub fn constraint_kind(&self, constraint: Ty) -> ConstraintKind {
        let set = self.type_set(self.as_constraint(constraint));
        if set.is_method_set() { ConstraintKind::Basic } else { ConstraintKind::General }
    }

    /// The shape of a type argument for a parameter with such a constraint. Arguments with the
    /// same shape share code; equal shapes are one [`Ty`].
    pub fn shapify(&self, arg: Ty, constraint: ConstraintKind) -> Ty {
        let under = self.under(arg);
        match under.kind() {
            // Shaping an instance of an interface twice would make signatures differ.
            TyKind::Interface(_)
                if arg.has_shapes()
                    && matches!(arg.kind(), TyKind::Named(named) if !named.args.is_empty()) =>
            {
                arg
            }
            TyKind::Pointer(elem)
                if constraint == ConstraintKind::Basic && !self.not_in_heap(*elem) =>
            {
                Ty::new(TyKind::Shape(Ty::pointer(Ty::basic(Basic::Uint8))))
            }
            _ => Ty::new(TyKind::Shape(self.flatten(under))),
        }
    }

    /// The one form that all types identical to this one share.
    pub fn flatten(&self, ty: Ty) -> Ty {
        let ty = ty.canon();
        if !ty.has_embeds() {
            return ty;
        }
        deep(|| match ty.kind() {
            TyKind::Interface(it) => {
                let set = self.type_set(ty);
                // Constraints are not types of values: they have no other form.
                if !set.is_method_set() {
                    return ty;
                }
                let mut methods = set.methods.clone();
                methods.sort_by_key(|method| method.name.as_str());
                for method in &mut methods {
                    // A method that leads back to its interface stays as it is written.
                    let leads_back = it.embeds.iter().any(|embed| mentions(method.sig, *embed));
                    if !leads_back {
                        method.sig = self.flatten(method.sig);
                    }
                }
                Ty::new(TyKind::Interface(Interface {
                    methods: methods.into(),
                    ..Interface::default()
                }))
                .canon()
            }
            kind => Ty::new(kind.map_children(&mut |child| self.flatten(child))),
        })
    }
}

/// Whether `part` occurs in `ty`.
fn mentions(ty: Ty, part: Ty) -> bool {
    if ty == part {
        return true;
    }
    let mut found = false;
    deep(|| ty.kind().each_child(&mut |child| found = found || mentions(child, part)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::fixture::Fixture;

    #[test]
    fn pointers_share_code_if_only_methods_are_asked_for() {
        let fixture = Fixture::new("type A struct { } \n func F[P any, Q *A](P, Q)");
        let cx = fixture.cx();
        let tparams = fixture.tparams_of("F");
        let shape = |index: usize, arg| {
            let kind = cx.constraint_kind(tparams[index].constraint);
            format!("{:?}", cx.shapify(fixture.ty(arg), kind))
        };
        assert_eq!(shape(0, "*A"), shape(0, "*int"));
        assert_ne!(shape(1, "*A"), shape(0, "*A"));
    }

    #[test]
    fn types_with_one_underlying_type_share_code() {
        let text = "type A []byte
            type I interface { M() }
            type J interface { I; N() }";
        let fixture = Fixture::new(text);
        let cx = fixture.cx();
        let shape = |arg| cx.shapify(fixture.ty(arg), ConstraintKind::Basic);
        assert_eq!(shape("A"), shape("[]uint8"));
        assert_eq!(shape("J"), shape("interface { N(); M() }"));
        assert_eq!(shape("[]interface { I }"), shape("[]interface { M() }"));
        assert_ne!(shape("[]A"), shape("[][]byte"));
        assert_eq!(cx.shapify(shape("A"), ConstraintKind::Basic), shape("A"));
    }
}
