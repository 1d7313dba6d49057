//! Fields and methods by name, through embedded fields; and which methods a type lacks.
//!
//! Upstream: `cmd/compile/internal/types2/lookup.go`.

use super::cx::{Cx, EXPANSION_LIMIT};
use super::env::FuncDef;
use super::format;
use super::predicates::{deref, is_type_param};
use super::subst::{Subst, subst};
use super::ty::{DefId, Method, Named, PkgId, Ty, TyKind};
use super::typeset::{TypeSet, same_name};
use crate::symbol::Symbol;

/// What a name after a dot means.
#[derive(Debug, Clone, PartialEq)]
pub enum LookupResult {
    /// A field.
    Field(FieldFound),
    /// A method.
    Method(MethodFound),
    /// Nothing.
    NotFound(NotFound),
}

/// A field and the way to it.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldFound {
    /// The field's index in each struct passed through, its own last.
    pub path: Vec<u32>,
    /// Its type.
    pub ty: Ty,
    /// Its name as declared.
    pub name: Symbol,
    /// Whether a pointer is followed on the way.
    pub indirect: bool,
}

/// A method and the way to it.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodFound {
    /// Which method.
    pub method: MethodRef,
    /// The embedded fields passed through.
    pub path: Vec<u32>,
    /// Whether a pointer is followed on the way; the receiver being a pointer counts.
    pub indirect: bool,
    /// Its type without receiver, for this receiver; still in terms of the method's own type
    /// parameters if it has any.
    pub sig: Ty,
    /// Its name as declared.
    pub name: Symbol,
}

/// A method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodRef {
    /// One with a body.
    Concrete {
        /// Its declaration.
        def: DefId,
        /// The type that it is declared for, with its arguments: a [`TyKind::Named`].
        recv: Ty,
        /// Whether its receiver is a pointer to that type.
        pointer: bool,
    },
    /// One of an interface or type parameter.
    Interface {
        /// The type that has it.
        recv: Ty,
        /// The package whose name it is; `None` if exported.
        package: Option<PkgId>,
    },
}

/// Why there is no such field or method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotFound {
    /// Nothing has that name.
    Missing,
    /// Two embedded fields have it at the same depth; the way to the second.
    Ambiguous(Vec<u32>),
    /// The method wants a pointer, and none can be had.
    PointerReceiver,
}

/// A method that a type lacks, or has in another form.
#[derive(Debug, Clone, PartialEq)]
pub struct Missing {
    /// The method asked for.
    pub method: Method,
    /// What is wrong.
    pub kind: MissingKind,
    /// The method that is there instead: its name and type.
    pub have: Option<(Symbol, Ty)>,
    /// What the compiler adds to its message, in parentheses.
    pub cause: String,
}

/// What is wrong with a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the compiler")]
pub enum MissingKind {
    NotFound,
    WrongName,
    Unexported,
    WrongSignature,
    Ambiguous,
    PointerReceiver,
    IsField,
}

/// How many types one type embeds at most; more are only in types that embed themselves in ever
/// new forms.
pub(super) const EMBEDDING_LIMIT: usize = 1000;

/// A type to look into.
struct Embedded {
    ty: Ty,
    path: Vec<u32>,
    indirect: bool,
    /// Whether it occurs more than once at this depth.
    multiples: bool,
}

/// How names are compared.
#[derive(Clone, Copy)]
enum Spelling {
    Exact,
    /// Upper and lower case, and the package, do not matter: for hints.
    Folded,
}

impl Spelling {
    fn matches(
        self,
        name: Symbol,
        declared: Option<PkgId>,
        wanted: Symbol,
        package: PkgId,
    ) -> bool {
        match self {
            Spelling::Exact => same_name(name, declared, wanted, package),
            Spelling::Folded => {
                name == wanted || name.as_str().to_lowercase() == wanted.as_str().to_lowercase()
            }
        }
    }
}

impl LookupResult {
    const MISSING: LookupResult = LookupResult::NotFound(NotFound::Missing);
}

impl Cx<'_> {
    /// The field or method that `name`, written in `package`, selects from a value of type `ty`.
    pub fn lookup(&self, ty: Ty, addressable: bool, package: PkgId, name: Symbol) -> LookupResult {
        self.lookup_spelled(ty, addressable, package, name, Spelling::Exact)
    }

    /// A field or method of nearly that name, for the hint that the other is meant.
    pub fn lookup_folded(&self, ty: Ty, package: PkgId, name: Symbol) -> LookupResult {
        self.lookup_spelled(ty, false, package, name, Spelling::Folded)
    }

    fn lookup_spelled(
        &self,
        ty: Ty,
        addressable: bool,
        package: PkgId,
        name: Symbol,
        spelling: Spelling,
    ) -> LookupResult {
        // A named pointer type has the fields but not the methods of what it points to.
        if let TyKind::Named(_) = ty.kind() {
            let under = self.under(ty);
            if let TyKind::Pointer(_) = under.kind() {
                return match self.lookup_in(under, false, package, name, spelling) {
                    LookupResult::Method(_) => LookupResult::MISSING,
                    other => other,
                };
            }
        }
        self.lookup_in(ty, addressable, package, name, spelling)
    }

    fn lookup_in(
        &self,
        ty: Ty,
        addressable: bool,
        package: PkgId,
        name: Symbol,
        spelling: Spelling,
    ) -> LookupResult {
        if name.is_blank() {
            return LookupResult::MISSING;
        }
        let (ty, indirect) = deref(ty);
        if indirect && self.is_interface(ty) {
            return LookupResult::MISSING;
        }
        let mut current = vec![Embedded { ty, path: Vec::new(), indirect, multiples: false }];
        let mut seen: Vec<Ty> = Vec::new();
        for _ in 0..EXPANSION_LIMIT {
            if current.is_empty() || seen.len() > EMBEDDING_LIMIT {
                break;
            }
            let mut next = Vec::new();
            let mut found: Option<LookupResult> = None;
            for at in &current {
                // Where a type was found before, at a shallower depth, it hides this one.
                if matches!(at.ty.kind(), TyKind::Named(_)) {
                    if seen.iter().any(|known| self.surely_identical(*known, at.ty)) {
                        continue;
                    }
                    seen.push(at.ty);
                }
                let searching = found.is_none();
                let hits = self.hits(at, package, name, spelling, searching, &mut next);
                for (path, hit) in hits {
                    if found.is_some() || at.multiples {
                        return LookupResult::NotFound(NotFound::Ambiguous(path));
                    }
                    found = Some(hit);
                }
            }
            match found {
                Some(LookupResult::Method(found)) => {
                    let pointer = matches!(found.method, MethodRef::Concrete { pointer: true, .. });
                    if pointer && !found.indirect && !addressable {
                        return LookupResult::NotFound(NotFound::PointerReceiver);
                    }
                    return LookupResult::Method(found);
                }
                Some(found) => return found,
                None => current = self.consolidate(next),
            }
        }
        LookupResult::MISSING
    }

    /// What of that name is directly in a type. Embedded fields go to `next` while nothing is
    /// found.
    fn hits(
        &self,
        at: &Embedded,
        package: PkgId,
        name: Symbol,
        spelling: Spelling,
        mut searching: bool,
        next: &mut Vec<Embedded>,
    ) -> Vec<(Vec<u32>, LookupResult)> {
        if let TyKind::Named(named) = at.ty.kind() {
            let methods = self.defs.methods(named.def);
            let declared = methods
                .iter()
                .find(|m| spelling.matches(m.name, Some(named.def.package), name, package));
            if let Some(def) = declared {
                return vec![(at.path.clone(), self.concrete(at, named, *def))];
            }
        }
        let mut hits = Vec::new();
        match self.under(at.ty).kind() {
            TyKind::Struct(fields) => {
                for (index, field) in (0u32..).zip(fields) {
                    let path = || at.path.iter().copied().chain([index]).collect::<Vec<u32>>();
                    if spelling.matches(field.name, field.package, name, package) {
                        let found = FieldFound {
                            path: path(),
                            ty: field.ty,
                            name: field.name,
                            indirect: at.indirect,
                        };
                        hits.push((path(), LookupResult::Field(found)));
                        searching = false;
                    } else if searching && field.embedded {
                        let (ty, pointer) = deref(field.ty);
                        let indirect = at.indirect || pointer;
                        next.push(Embedded { ty, path: path(), indirect, ..*at });
                    }
                }
            }
            TyKind::Interface(_) => {
                let set = self.type_set(at.ty);
                let found = match spelling {
                    Spelling::Exact => set.method(package, name),
                    Spelling::Folded => set
                        .methods
                        .iter()
                        .find(|m| spelling.matches(m.name, m.package, name, package)),
                };
                if let Some(method) = found {
                    let found = MethodFound {
                        method: MethodRef::Interface { recv: at.ty, package: method.package },
                        path: at.path.clone(),
                        indirect: at.indirect,
                        sig: method.sig,
                        name: method.name,
                    };
                    hits.push((at.path.clone(), LookupResult::Method(found)));
                }
            }
            _ => {}
        }
        hits
    }

    fn concrete(&self, at: &Embedded, named: &Named, def: DefId) -> LookupResult {
        let func = self.defs.func(def);
        LookupResult::Method(MethodFound {
            method: MethodRef::Concrete {
                def,
                recv: at.ty,
                pointer: func.as_deref().is_some_and(has_pointer_receiver),
            },
            path: at.path.clone(),
            indirect: at.indirect,
            sig: func.map_or_else(Ty::invalid, |func| self.for_receiver(func.sig, named)),
            name: def.name,
        })
    }

    /// A type in terms of a type's parameters, for an instance of that type.
    pub fn for_receiver(&self, ty: Ty, named: &Named) -> Ty {
        if named.args.is_empty() || !ty.has_tparams() {
            return ty;
        }
        subst(ty, &Subst::of_params(&self.defs.type_params(named.def), &named.args))
    }

    /// Types that occur twice at one depth become one entry.
    fn consolidate(&self, list: Vec<Embedded>) -> Vec<Embedded> {
        let mut unique: Vec<Embedded> = Vec::with_capacity(list.len());
        for each in list {
            match unique.iter_mut().find(|known| self.surely_identical(known.ty, each.ty)) {
                Some(known) => known.multiples = true,
                None => unique.push(each),
            }
        }
        unique
    }

    /// The first method of the interface `t` that `v` lacks. If `v` is an interface and `fully` is
    /// not set, methods that it does not mention are taken to be there.
    pub fn missing_method(&self, v: Ty, t: Ty, fully: bool) -> Option<Missing> {
        self.missing_method_by(v, t, fully, &mut |a, b| self.identical(a, b))
    }

    /// As [`Cx::missing_method`], with another notion of equal signatures.
    pub(super) fn missing_method_by(
        &self,
        v: Ty,
        t: Ty,
        fully: bool,
        equivalent: &mut dyn FnMut(Ty, Ty) -> bool,
    ) -> Option<Missing> {
        let wanted = self.type_set(t);
        if wanted.methods.is_empty() {
            return None;
        }
        let of_interface = self.is_interface(v).then(|| self.type_set(v));
        for method in &wanted.methods {
            let state = match &of_interface {
                Some(set) => interface_state(set, method, fully, equivalent),
                None => self.concrete_state(v, method, equivalent),
            };
            if let Some((kind, have)) = state {
                let have_sig = have.as_ref().map(|(name, sig, _)| (*name, *sig));
                let cause = self.missing_cause(v, t, method, kind, have);
                return Some(Missing { method: *method, kind, have: have_sig, cause });
            }
        }
        None
    }

    fn concrete_state(
        &self,
        v: Ty,
        method: &Method,
        equivalent: &mut dyn FnMut(Ty, Ty) -> bool,
    ) -> Option<(MissingKind, Have)> {
        let package = method.package.unwrap_or_else(PkgId::universe);
        match self.lookup_in(v, false, package, method.name, Spelling::Exact) {
            LookupResult::Field(_) => Some((MissingKind::IsField, None)),
            LookupResult::Method(found) => {
                let generic = self.method_tparams(&found.method);
                if generic.is_none() && equivalent(found.sig, method.sig) {
                    return None;
                }
                Some((MissingKind::WrongSignature, Some((found.name, found.sig, generic))))
            }
            LookupResult::NotFound(NotFound::Ambiguous(_)) => Some((MissingKind::Ambiguous, None)),
            LookupResult::NotFound(NotFound::PointerReceiver) => {
                Some((MissingKind::PointerReceiver, None))
            }
            LookupResult::NotFound(NotFound::Missing) => {
                match self.lookup_in(v, false, package, method.name, Spelling::Folded) {
                    LookupResult::Method(found) => {
                        let kind = if found.name == method.name {
                            MissingKind::Unexported
                        } else {
                            MissingKind::WrongName
                        };
                        let generic = self.method_tparams(&found.method);
                        Some((kind, Some((found.name, found.sig, generic))))
                    }
                    _ => Some((MissingKind::NotFound, None)),
                }
            }
        }
    }

    /// The declaration of a generic method.
    fn method_tparams(&self, method: &MethodRef) -> Option<std::sync::Arc<FuncDef>> {
        match method {
            MethodRef::Concrete { def, .. } => {
                self.defs.func(*def).filter(|func| !func.tparams.is_empty())
            }
            MethodRef::Interface { .. } => None,
        }
    }

    fn missing_cause(
        &self,
        v: Ty,
        t: Ty,
        method: &Method,
        kind: MissingKind,
        have: Have,
    ) -> String {
        let name = method.name;
        let have_want = |cx: &Cx<'_>, full: bool| {
            let want = format::func_string(cx, name, method.sig, &[], full);
            let have = have.as_ref().map_or_else(String::new, |(name, sig, generic)| {
                let tparams = generic.as_ref().map_or(&[][..], |func| &func.tparams);
                format::func_string(cx, *name, *sig, tparams, full)
            });
            (have, want)
        };
        match kind {
            MissingKind::NotFound if self.is_interface_pointer(v) => {
                format!("({})", self.interface_pointer_error(v))
            }
            MissingKind::NotFound if self.is_interface_pointer(t) => {
                format!("({})", self.interface_pointer_error(t))
            }
            MissingKind::NotFound => format!("(missing method {name})"),
            MissingKind::WrongName => {
                let (have, want) = have_want(self, false);
                format!("(missing method {name})\n\t\thave {have}\n\t\twant {want}")
            }
            MissingKind::Unexported => format!("(unexported method {name})"),
            MissingKind::WrongSignature => {
                let (mut have, mut want) = have_want(self, false);
                if have == want {
                    (have, want) = have_want(self, true);
                }
                if have == want {
                    return format!("(wrong type for method {name})");
                }
                format!("(wrong type for method {name})\n\t\thave {have}\n\t\twant {want}")
            }
            MissingKind::Ambiguous => {
                format!("(ambiguous selector {}.{name})", self.type_string(v))
            }
            MissingKind::PointerReceiver => format!("(method {name} has pointer receiver)"),
            MissingKind::IsField => {
                format!("({}.{name} is a field, not a method)", self.type_string(v))
            }
        }
    }

    /// What is wrong with a pointer to an interface where an interface is wanted.
    pub fn interface_pointer_error(&self, ty: Ty) -> String {
        let to_param = match self.under(ty).kind() {
            TyKind::Pointer(elem) => is_type_param(*elem),
            _ => false,
        };
        let what = if to_param { "type parameter" } else { "interface" };
        format!("type {} is pointer to {what}, not {what}", self.type_string(ty))
    }

    /// Whether a struct embeds something unknown, which might have any method.
    pub(super) fn has_invalid_embedded(&self, ty: Ty, seen: &mut Vec<Ty>) -> bool {
        let under = match self.under(ty).kind() {
            TyKind::Pointer(elem) => self.under(*elem),
            _ => self.under(ty),
        };
        let TyKind::Struct(fields) = under.kind() else { return false };
        if seen.contains(&under) || seen.len() > EXPANSION_LIMIT {
            return false;
        }
        seen.push(under);
        fields
            .iter()
            .any(|f| f.embedded && (f.ty.is_invalid() || self.has_invalid_embedded(f.ty, seen)))
    }

    /// The names of the fields on a path, joined by dots.
    pub fn field_path(&self, ty: Ty, path: &[u32]) -> String {
        let mut names = Vec::new();
        let mut ty = ty;
        for index in path {
            let under = match self.under(ty).kind() {
                TyKind::Pointer(elem) => self.under(*elem),
                _ => self.under(ty),
            };
            let TyKind::Struct(fields) = under.kind() else { break };
            let Some(field) = fields.get(*index as usize) else { break };
            names.push(field.name.as_str());
            ty = field.ty;
        }
        names.join(".")
    }
}

/// The method found instead: name, type, and declaration if it is generic.
type Have = Option<(Symbol, Ty, Option<std::sync::Arc<FuncDef>>)>;

fn interface_state(
    set: &TypeSet,
    method: &Method,
    fully: bool,
    equivalent: &mut dyn FnMut(Ty, Ty) -> bool,
) -> Option<(MissingKind, Have)> {
    let package = method.package.unwrap_or_else(PkgId::universe);
    match set.method(package, method.name) {
        None if fully => Some((MissingKind::NotFound, None)),
        None => None,
        Some(have) if equivalent(have.sig, method.sig) => None,
        Some(have) => Some((MissingKind::WrongSignature, Some((have.name, have.sig, None)))),
    }
}

/// Whether a method's receiver is a pointer.
pub fn has_pointer_receiver(func: &FuncDef) -> bool {
    func.recv.is_some_and(|recv| matches!(recv.kind(), TyKind::Pointer(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::fixture::Fixture;

    fn find(declarations: &str, ty: &str, name: &str) -> String {
        let fixture = Fixture::new(declarations);
        let cx = fixture.cx();
        match cx.lookup(fixture.ty(ty), false, fixture.package(), name.into()) {
            LookupResult::Field(f) => {
                format!("field {:?} {}{}", f.path, cx.type_string(f.ty), arrow(f.indirect))
            }
            LookupResult::Method(m) => {
                format!("method {:?} {}{}", m.path, cx.type_string(m.sig), arrow(m.indirect))
            }
            LookupResult::NotFound(reason) => format!("{reason:?}"),
        }
    }

    fn arrow(indirect: bool) -> &'static str {
        if indirect { " by pointer" } else { "" }
    }

    #[test]
    fn fields_are_found_through_embedded_structs() {
        let text = "type A struct { X int; *B }
            type B struct { Y string; X bool }";
        assert_eq!(find(text, "A", "X"), "field [0] int");
        assert_eq!(find(text, "*A", "X"), "field [0] int by pointer");
        assert_eq!(find(text, "A", "Y"), "field [1, 0] string by pointer");
        assert_eq!(find(text, "**A", "X"), "Missing");
    }

    #[test]
    fn the_same_name_twice_at_one_depth_is_ambiguous() {
        let text = "type A struct { B; C }
            type B struct { X int; Z int }
            type C struct { X int }
            type D struct { B; E }
            type E struct { B }
            type F struct { G; H }
            type G struct { B }
            type H struct { B }";
        assert_eq!(find(text, "A", "X"), "Ambiguous([1, 0])");
        assert_eq!(find(text, "A", "Z"), "field [0, 1] int");
        assert_eq!(find(text, "D", "X"), "field [0, 0] int");
        assert_eq!(find(text, "F", "X"), "Ambiguous([0, 0, 0])");
    }

    #[test]
    fn a_pointer_method_needs_an_address_or_a_pointer_on_the_way() {
        let text = "type T struct { x int }
            func (*T) P(int) error
            func (T) V()
            type S struct { T }
            type R struct { *T }
            type N *T";
        assert_eq!(find(text, "T", "P"), "PointerReceiver");
        assert_eq!(find(text, "*T", "P"), "method [] func(int) error by pointer");
        assert_eq!(find(text, "S", "P"), "PointerReceiver");
        assert_eq!(find(text, "R", "P"), "method [0] func(int) error by pointer");
        assert_eq!(find(text, "S", "V"), "method [0] func()");
        assert_eq!(find(text, "N", "V"), "Missing");
        assert_eq!(find(text, "N", "x"), "field [0] int by pointer");
    }

    #[test]
    fn methods_of_instances_speak_of_the_arguments() {
        let text = "type List[T any] struct { head *T }
            func (*List[T]) Push(T, ...T) []T
            type Ints struct { List[int] }
            type Box[T any] interface { Get() T }";
        assert_eq!(find(text, "*Ints", "Push"), "method [0] func(int, ...int) []int by pointer");
        assert_eq!(find(text, "List[string]", "head"), "field [0] *string");
        assert_eq!(find(text, "Box[bool]", "Get"), "method [] func() bool");
        assert_eq!(find(text, "*Box[bool]", "Get"), "Missing");
    }

    #[test]
    fn types_that_embed_themselves_end_the_search() {
        let text = "type T struct { *T }
            type G[P any] struct { *G[[]P] }
            type H[P any] struct { *H[[]P]; *H[*P] }
            type U struct { *V; x int }
            type V struct { *U; y int }";
        assert_eq!(find(text, "T", "missing"), "Missing");
        assert_eq!(find(text, "G[int]", "missing"), "Missing");
        assert_eq!(find(text, "H[int]", "missing"), "Missing");
        assert_eq!(find(text, "U", "y"), "field [0, 1] int by pointer");
        assert_eq!(find(text, "U", "z"), "Missing");
    }

    fn missing(declarations: &str, v: &str, t: &str) -> String {
        let fixture = Fixture::new(declarations);
        let cx = fixture.cx();
        cx.missing_method(fixture.ty(v), fixture.ty(t), true)
            .map_or_else(String::new, |missing| missing.cause)
    }

    #[test]
    fn missing_methods_are_explained_as_the_compiler_does() {
        let text = "type I interface { M(int) string }
            type A struct { }
            type B struct { }
            func (B) M(int)
            type C struct { }
            func (*C) M(int) string
            type D struct { M int }
            type E struct { }
            func (E) m(int) string
            type F struct { A; B; C }
            type G struct { }
            func (G) M[T any](T) string";
        assert_eq!(missing(text, "A", "I"), "(missing method M)");
        assert_eq!(
            missing(text, "B", "I"),
            "(wrong type for method M)\n\t\thave M(int)\n\t\twant M(int) string"
        );
        assert_eq!(missing(text, "C", "I"), "(method M has pointer receiver)");
        assert_eq!(missing(text, "*C", "I"), "");
        assert_eq!(missing(text, "D", "I"), "(p.D.M is a field, not a method)");
        assert_eq!(
            missing(text, "E", "I"),
            "(missing method M)\n\t\thave m(int) string\n\t\twant M(int) string"
        );
        assert_eq!(missing(text, "F", "I"), "(ambiguous selector p.F.M)");
        assert_eq!(missing(text, "*I", "I"), "(type *p.I is pointer to interface, not interface)");
        assert_eq!(
            missing(text, "G", "I"),
            "(wrong type for method M)\n\t\thave M[T any](T) string\n\t\twant M(int) string"
        );
    }
}
