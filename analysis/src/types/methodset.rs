//! All methods of a type, those of embedded fields included.
//!
//! Upstream: `cmd/compile/internal/typecheck/typecheck.go`, `CalcMethods`;
//! `cmd/compile/internal/typecheck/dcl.go`.

use super::cx::{Cx, EXPANSION_LIMIT};
use super::lookup::{EMBEDDING_LIMIT, LookupResult, MethodFound, MethodRef};
use super::predicates::deref;
use super::ty::{PkgId, Ty, TyKind};
use super::typeset::compare_names;
use crate::symbol::Symbol;

/// A method of a type or of a pointer to it.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodEntry {
    /// The name.
    pub name: Symbol,
    /// The package whose name it is; `None` if exported.
    pub package: Option<PkgId>,
    /// The method and the way to it.
    pub found: MethodFound,
    /// Whether only a pointer to the type has it.
    pub needs_pointer: bool,
}

impl MethodEntry {
    /// Whether it comes from an embedded field.
    pub fn is_promoted(&self) -> bool {
        !self.found.path.is_empty()
    }
}

impl Cx<'_> {
    /// The methods that values of type `ty` have, sorted as the compiler sorts them. For the
    /// methods of pointers to `T` ask for `*T`.
    pub fn method_set(&self, ty: Ty) -> Vec<MethodEntry> {
        let is_pointer = matches!(ty.kind(), TyKind::Pointer(_));
        let mut entries = self.all_methods(ty);
        entries.retain(|entry| is_pointer || !entry.needs_pointer);
        entries
    }

    /// The methods that values of type `ty` or pointers to it have, sorted as the compiler sorts
    /// them.
    pub fn all_methods(&self, ty: Ty) -> Vec<MethodEntry> {
        let (base, _) = deref(ty);
        let mut names: Vec<(Symbol, PkgId)> = Vec::new();
        self.collect_names(base, &mut names);
        let mut entries = Vec::new();
        for (name, package) in names {
            // A pointer to a type has the methods of both; the type itself is asked so that the
            // way to a method counts only pointers inside it.
            let subject = if self.is_interface(base) { ty } else { base };
            let LookupResult::Method(found) = self.lookup(subject, true, package, name) else {
                continue;
            };
            if self.is_generic_method(&found.method) {
                continue;
            }
            let pointer = matches!(found.method, MethodRef::Concrete { pointer: true, .. });
            let package = (!name.is_exported()).then_some(package);
            let needs_pointer = pointer && !found.indirect;
            entries.push(MethodEntry { name, package, found, needs_pointer });
        }
        entries.sort_by(|a, b| compare_names((a.name, a.package), (b.name, b.package)));
        entries
    }

    /// Whether a method has type parameters of its own: those are no part of a type's methods.
    /// Upstream: `noder/writer.go`, `typeExt`.
    fn is_generic_method(&self, method: &MethodRef) -> bool {
        let MethodRef::Concrete { def, .. } = method else { return false };
        self.defs.func(*def).is_some_and(|func| !func.tparams.is_empty())
    }

    /// The names of all methods in a type and what it embeds, hidden ones included.
    fn collect_names(&self, ty: Ty, names: &mut Vec<(Symbol, PkgId)>) {
        let mut add = |name: Symbol, package: PkgId| {
            let known =
                names.iter().any(|(n, p)| *n == name && (*p == package || name.is_exported()));
            if !known && !name.is_blank() {
                names.push((name, package));
            }
        };
        let mut seen: Vec<Ty> = Vec::new();
        let mut current = vec![ty];
        for _ in 0..EXPANSION_LIMIT {
            if current.is_empty() || seen.len() > EMBEDDING_LIMIT {
                return;
            }
            let mut next = Vec::new();
            for ty in current {
                if seen.contains(&ty) {
                    continue;
                }
                seen.push(ty);
                if let TyKind::Named(named) = ty.kind() {
                    for method in self.defs.methods(named.def).iter() {
                        add(method.name, method.package);
                    }
                }
                match self.under(ty).kind() {
                    TyKind::Struct(fields) => {
                        let embedded = fields.iter().filter(|field| field.embedded);
                        next.extend(embedded.map(|field| deref(field.ty).0));
                    }
                    TyKind::Interface(_) => {
                        for method in &self.type_set(ty).methods {
                            add(method.name, method.package.unwrap_or_else(PkgId::universe));
                        }
                    }
                    _ => {}
                }
            }
            current = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::types::fixture::Fixture;

    /// The methods of a type: promoted ones with their path, and `*` where a pointer is needed.
    fn methods(text: &str, ty: &str) -> String {
        let fixture = Fixture::new(text);
        let cx = fixture.cx();
        let show = |entry: super::MethodEntry| {
            let star = if entry.needs_pointer { "*" } else { "" };
            format!("{star}{}{:?}", entry.name, entry.found.path)
        };
        let list: Vec<String> = cx.all_methods(fixture.ty(ty)).into_iter().map(show).collect();
        list.join(" ")
    }

    #[test]
    fn promoted_methods_are_listed_in_the_order_of_the_compiler() {
        let text = "type A struct { }
            func (A) z()
            func (*A) B()
            type E interface { M(); a() }
            type S struct { E; *T; A }
            type T struct { }
            func (*T) M()
            func (*T) P()";
        assert_eq!(methods(text, "S"), "*B[2] P[1] a[0] z[2]");
        assert_eq!(methods(text, "*S"), "*B[2] P[1] a[0] z[2]");
        assert_eq!(methods(text, "E"), "M[] a[]");
        assert_eq!(methods(text, "*E"), "");
        assert_eq!(methods("type H[P any] struct { *H[[]P]; *H[*P] }", "H[int]"), "");
    }
}
