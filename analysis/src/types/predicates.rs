//! What kind of type a type is, and when two types are the same.
//!
//! `is_…` does not look into type parameters; `all_…` asks it of each type that a type parameter
//! can stand for. Types that could not be worked out are identical to every type, so that nothing
//! is said twice about them.
//!
//! Upstream: `cmd/compile/internal/types2/predicates.go`.

use super::cx::{Cx, deep};
use super::ty::{Basic, Field, Interface, Ty, TyKind};
use super::typeset::Terms;

/// Whether a type is not that of an untyped constant or `nil`.
pub fn is_typed(ty: Ty) -> bool {
    !is_untyped(ty)
}

/// Whether a type is that of an untyped constant or `nil`.
pub fn is_untyped(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Basic(basic) if basic.is_untyped())
}

/// Whether a type is that of an untyped number.
pub fn is_untyped_numeric(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Basic(basic) if basic.is_untyped() && basic.is_numeric())
}

/// Whether a type has a name: predeclared, defined or a type parameter.
pub fn has_name(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Basic(_) | TyKind::Named(_) | TyKind::Param(_) | TyKind::Shape(_))
}

/// Whether a type is neither a defined type nor a type parameter.
pub fn is_type_lit(ty: Ty) -> bool {
    !matches!(ty.kind(), TyKind::Named(_) | TyKind::Param(_) | TyKind::Shape(_))
}

/// Whether a type is a type parameter.
pub fn is_type_param(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Param(_))
}

/// Whether a type is the one of the untyped `nil`.
pub fn is_untyped_nil(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Basic(Basic::UntypedNil))
}

/// The type that an untyped constant gets where nothing else decides; other types stay.
pub fn default_type(ty: Ty) -> Ty {
    let TyKind::Basic(basic) = ty.kind() else { return ty };
    Ty::basic(match basic {
        Basic::UntypedBool => Basic::Bool,
        Basic::UntypedInt => Basic::Int,
        Basic::UntypedRune => Basic::Rune,
        Basic::UntypedFloat => Basic::Float64,
        Basic::UntypedComplex => Basic::Complex128,
        Basic::UntypedString => Basic::String,
        _ => return ty,
    })
}

/// The untyped type that holds the values of both; `None` if there is none.
pub fn max_type(a: Ty, b: Ty) -> Option<Ty> {
    if a == b {
        return Some(a);
    }
    match (a.kind(), b.kind()) {
        (TyKind::Basic(x), TyKind::Basic(y)) if is_untyped_numeric(a) && is_untyped_numeric(b) => {
            Some(if x > y { a } else { b })
        }
        _ => None,
    }
}

/// The type that a pointer literal points to, or the type itself.
pub fn deref(ty: Ty) -> (Ty, bool) {
    match ty.kind() {
        TyKind::Pointer(elem) => (*elem, true),
        _ => (ty, false),
    }
}

/// How strictly two types are compared.
#[derive(Clone, Copy)]
struct Identity {
    ignore_tags: bool,
    ignore_invalid: bool,
}

/// The interfaces being compared further out.
struct Pairs<'p> {
    a: Ty,
    b: Ty,
    outer: Option<&'p Pairs<'p>>,
}

impl Pairs<'_> {
    fn contains(&self, a: Ty, b: Ty) -> bool {
        (self.a == a && self.b == b)
            || (self.a == b && self.b == a)
            || self.outer.is_some_and(|outer| outer.contains(a, b))
    }
}

impl Cx<'_> {
    /// The basic type that a type is underneath.
    pub fn as_basic(&self, ty: Ty) -> Option<Basic> {
        match self.under(ty).kind() {
            TyKind::Basic(basic) => Some(*basic),
            _ => None,
        }
    }

    fn is_basic(&self, ty: Ty, test: impl Fn(Basic) -> bool) -> bool {
        self.as_basic(ty).is_some_and(test)
    }

    fn all_basic(&self, ty: Ty, test: impl Fn(Basic) -> bool) -> bool {
        if !is_type_param(ty) {
            return self.is_basic(ty, test);
        }
        match &self.type_set(ty).terms {
            Terms::List(terms) if !terms.is_empty() => {
                terms.iter().all(|term| self.is_basic(term.ty, &test))
            }
            _ => false,
        }
    }

    /// Whether this is a boolean type.
    pub fn is_boolean(&self, ty: Ty) -> bool {
        self.is_basic(ty, Basic::is_boolean)
    }

    /// Whether this is an integer type.
    pub fn is_integer(&self, ty: Ty) -> bool {
        self.is_basic(ty, Basic::is_integer)
    }

    /// Whether this is an unsigned integer type.
    pub fn is_unsigned(&self, ty: Ty) -> bool {
        self.is_basic(ty, Basic::is_unsigned)
    }

    /// Whether this is a floating-point type.
    pub fn is_float(&self, ty: Ty) -> bool {
        self.is_basic(ty, Basic::is_float)
    }

    /// Whether this is a complex type.
    pub fn is_complex(&self, ty: Ty) -> bool {
        self.is_basic(ty, Basic::is_complex)
    }

    /// Whether this is a type of numbers.
    pub fn is_numeric(&self, ty: Ty) -> bool {
        self.is_basic(ty, Basic::is_numeric)
    }

    /// Whether this is a string type.
    pub fn is_string(&self, ty: Ty) -> bool {
        self.is_basic(ty, Basic::is_string)
    }

    /// Whether this is an integer or floating-point type.
    pub fn is_integer_or_float(&self, ty: Ty) -> bool {
        self.is_basic(ty, |basic| basic.is_integer() || basic.is_float())
    }

    /// Whether constants can have this type.
    pub fn is_const_type(&self, ty: Ty) -> bool {
        self.is_basic(ty, is_const)
    }

    /// Whether this is `uintptr` underneath.
    pub fn is_uintptr(&self, ty: Ty) -> bool {
        self.is_basic(ty, |basic| basic == Basic::Uintptr)
    }

    /// Whether this is `unsafe.Pointer` underneath.
    pub fn is_unsafe_pointer(&self, ty: Ty) -> bool {
        self.is_basic(ty, |basic| basic == Basic::UnsafePointer)
    }

    /// Whether this is a pointer type.
    pub fn is_pointer(&self, ty: Ty) -> bool {
        matches!(self.under(ty).kind(), TyKind::Pointer(_))
    }

    /// Whether this is a slice of bytes or runes.
    pub fn is_bytes_or_runes(&self, ty: Ty) -> bool {
        match self.under(ty).kind() {
            TyKind::Slice(elem) => {
                self.is_basic(*elem, |basic| matches!(basic, Basic::Uint8 | Basic::Int32))
            }
            _ => false,
        }
    }

    /// Whether all types meant are boolean.
    pub fn all_boolean(&self, ty: Ty) -> bool {
        self.all_basic(ty, Basic::is_boolean)
    }

    /// Whether all types meant are integers.
    pub fn all_integer(&self, ty: Ty) -> bool {
        self.all_basic(ty, Basic::is_integer)
    }

    /// Whether all types meant are unsigned integers.
    pub fn all_unsigned(&self, ty: Ty) -> bool {
        self.all_basic(ty, Basic::is_unsigned)
    }

    /// Whether all types meant are numbers.
    pub fn all_numeric(&self, ty: Ty) -> bool {
        self.all_basic(ty, Basic::is_numeric)
    }

    /// Whether all types meant are strings.
    pub fn all_string(&self, ty: Ty) -> bool {
        self.all_basic(ty, Basic::is_string)
    }

    /// Whether all types meant have an order.
    pub fn all_ordered(&self, ty: Ty) -> bool {
        self.all_basic(ty, |basic| basic.is_integer() || basic.is_float() || basic.is_string())
    }

    /// Whether all types meant are numbers or strings.
    pub fn all_numeric_or_string(&self, ty: Ty) -> bool {
        self.all_basic(ty, |basic| basic.is_numeric() || basic.is_string())
    }

    /// Whether this is an interface or a type parameter.
    pub fn is_interface(&self, ty: Ty) -> bool {
        matches!(self.under(ty).kind(), TyKind::Interface(_))
    }

    /// Whether this is an interface and no type parameter.
    pub fn is_non_tparam_interface(&self, ty: Ty) -> bool {
        self.as_interface(ty).is_some()
    }

    /// Whether this is a pointer to an interface or type parameter.
    pub fn is_interface_pointer(&self, ty: Ty) -> bool {
        match self.under(ty).kind() {
            TyKind::Pointer(elem) => self.is_interface(*elem),
            _ => false,
        }
    }

    /// Whether this is a generic type without arguments of its own.
    pub fn is_generic(&self, ty: Ty) -> bool {
        match ty.kind() {
            TyKind::Named(named) => named.args.len() < self.defs.type_params(named.def).len(),
            _ => false,
        }
    }

    /// Whether `nil` is a value of this type.
    pub fn has_nil(&self, ty: Ty) -> bool {
        match self.under(ty).kind() {
            TyKind::Basic(basic) => *basic == Basic::UnsafePointer,
            TyKind::Slice(_)
            | TyKind::Pointer(_)
            | TyKind::Func(_)
            | TyKind::Map(..)
            | TyKind::Chan(..) => true,
            TyKind::Interface(_) if is_type_param(ty) => match &self.type_set(ty).terms {
                Terms::List(terms) if !terms.is_empty() => {
                    terms.iter().all(|term| self.has_nil(term.ty))
                }
                _ => false,
            },
            TyKind::Interface(_) => true,
            _ => false,
        }
    }

    /// Whether values of this type can be compared with `==`. With `dynamic`, interfaces count,
    /// although comparing their values may panic.
    pub fn comparable_type(&self, ty: Ty, dynamic: bool) -> bool {
        self.comparable_within(ty, dynamic, &mut Vec::new())
    }

    pub(super) fn comparable_within(&self, ty: Ty, dynamic: bool, seen: &mut Vec<Ty>) -> bool {
        if seen.contains(&ty) || seen.len() > super::cx::EXPANSION_LIMIT {
            return true;
        }
        seen.push(ty);
        match self.under(ty).kind() {
            TyKind::Basic(basic) => *basic != Basic::UntypedNil,
            TyKind::Pointer(_) | TyKind::Chan(..) => true,
            TyKind::Struct(fields) => {
                fields.iter().all(|f| deep(|| self.comparable_within(f.ty, dynamic, seen)))
            }
            TyKind::Array(_, elem) => deep(|| self.comparable_within(*elem, dynamic, seen)),
            TyKind::Interface(_) => {
                (dynamic && !is_type_param(ty)) || self.type_set(ty).is_comparable(self, seen)
            }
            _ => false,
        }
    }

    /// Why values of this type cannot be compared; `None` if they can. The reason may be empty.
    pub fn incomparable_cause(&self, ty: Ty, dynamic: bool) -> Option<String> {
        if self.comparable_type(ty, dynamic) {
            return None;
        }
        Some(match self.under(ty).kind() {
            TyKind::Struct(fields) => fields
                .iter()
                .find(|field| !self.comparable_type(field.ty, dynamic))
                .map(|field| {
                    format!("struct containing {} cannot be compared", self.type_string(field.ty))
                })
                .unwrap_or_default(),
            TyKind::Array(..) => format!("{} cannot be compared", self.type_string(ty)),
            TyKind::Interface(_) if self.type_set(ty).terms.is_empty() => "empty type set".into(),
            TyKind::Interface(_) => "incomparable types in type set".into(),
            _ => String::new(),
        })
    }

    /// Whether two types are the same.
    pub fn identical(&self, a: Ty, b: Ty) -> bool {
        let rules = Identity { ignore_tags: false, ignore_invalid: true };
        self.identical_by(rules, a, b, None)
    }

    /// Whether two types are the same but for the tags of fields.
    pub fn identical_ignoring_tags(&self, a: Ty, b: Ty) -> bool {
        let rules = Identity { ignore_tags: true, ignore_invalid: true };
        self.identical_by(rules, a, b, None)
    }

    /// Whether two types are surely the same: what is unknown is only the same as itself.
    pub(crate) fn surely_identical(&self, a: Ty, b: Ty) -> bool {
        let rules = Identity { ignore_tags: false, ignore_invalid: false };
        self.identical_by(rules, a, b, None)
    }

    fn identical_by(&self, rules: Identity, a: Ty, b: Ty, outer: Option<&Pairs<'_>>) -> bool {
        let (a, b) = (a.canon(), b.canon());
        if a == b || (rules.ignore_invalid && (a.is_invalid() || b.is_invalid())) {
            return true;
        }
        let same = |a: Ty, b: Ty| self.identical_by(rules, a, b, outer);
        let same_list =
            |a: &[Ty], b: &[Ty]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(*a, *b));
        deep(|| match (a.kind(), b.kind()) {
            // A length below zero is unknown because of an error said elsewhere.
            (TyKind::Array(m, x), TyKind::Array(n, y)) => {
                (m == n || *m < 0 || *n < 0) && same(*x, *y)
            }
            (TyKind::Slice(x), TyKind::Slice(y))
            | (TyKind::Pointer(x), TyKind::Pointer(y))
            | (TyKind::Shape(x), TyKind::Shape(y)) => same(*x, *y),
            (TyKind::Struct(x), TyKind::Struct(y)) => {
                x.len() == y.len()
                    && x.iter()
                        .zip(y)
                        .all(|(f, g)| same_field(f, g, rules.ignore_tags) && same(f.ty, g.ty))
            }
            (TyKind::Tuple(x), TyKind::Tuple(y)) => same_list(x, y),
            (TyKind::Func(x), TyKind::Func(y)) => {
                x.variadic == y.variadic
                    && same_list(&x.params, &y.params)
                    && same_list(&x.results, &y.results)
            }
            (TyKind::Map(k, v), TyKind::Map(l, w)) => same(*k, *l) && same(*v, *w),
            (TyKind::Chan(d, x), TyKind::Chan(e, y)) => d == e && same(*x, *y),
            (TyKind::Named(x), TyKind::Named(y)) => x.def == y.def && same_list(&x.args, &y.args),
            (TyKind::Union(_), TyKind::Union(_)) => {
                self.union_terms(a).equal(self, &self.union_terms(b))
            }
            (TyKind::Interface(x), TyKind::Interface(y)) => {
                self.same_interface(rules, (a, x), (b, y), outer)
            }
            _ => false,
        })
    }

    /// Two interfaces are identical if they mean the same set of types.
    fn same_interface(
        &self,
        rules: Identity,
        (a, x): (Ty, &Interface),
        (b, y): (Ty, &Interface),
        outer: Option<&Pairs<'_>>,
    ) -> bool {
        // Methods can mention an interface that embeds the one at hand; what is being compared
        // further out may be taken to be the same.
        if outer.is_some_and(|pairs| pairs.contains(a, b)) {
            return true;
        }
        let plain = x.embeds.is_empty() && y.embeds.is_empty();
        if plain && (x.methods.len() != y.methods.len() || x.comparable != y.comparable) {
            return false;
        }
        let pairs = Pairs { a, b, outer };
        let (xs, ys) = (self.type_set(a), self.type_set(b));
        xs.comparable == ys.comparable
            && xs.methods.len() == ys.methods.len()
            && xs.methods.iter().zip(&ys.methods).all(|(m, n)| {
                m.name == n.name
                    && m.package == n.package
                    && self.identical_by(rules, m.sig, n.sig, Some(&pairs))
            })
            && xs.terms.equal(self, &ys.terms)
    }
}

fn same_field(f: &Field, g: &Field, ignore_tags: bool) -> bool {
    f.embedded == g.embedded
        && (ignore_tags || f.tag == g.tag)
        && f.name == g.name
        && f.package == g.package
}

fn is_const(basic: Basic) -> bool {
    basic.is_boolean() || basic.is_numeric() || basic.is_string()
}

#[cfg(test)]
mod tests {
    use crate::types::fixture::Fixture;

    #[track_caller]
    fn identical(declarations: &str, a: &str, b: &str, want: bool) {
        let fixture = Fixture::new(declarations);
        let same = fixture.cx().identical(fixture.ty(a), fixture.ty(b));
        assert_eq!(same, want, "{a} and {b}");
    }

    #[test]
    fn identity_looks_at_structure_and_names() {
        let text = "type T struct { x int }
            type A[P any] struct { p P }";
        identical(text, "[]byte", "[]uint8", true);
        identical(text, "struct { x int }", "T", false);
        identical(text, "struct { x int `a` }", "struct { x int }", false);
        identical(text, "func(int, ...string)", "func(int, []string)", false);
        identical(text, "chan int", "<-chan int", false);
        identical(text, "A[[]rune]", "A[[]int32]", true);
        identical(text, "A[int]", "A[uint]", false);
        identical(text, "map[string]any", "map[string]interface{}", true);
        identical(text, "[]invalid", "[]T", true);
    }

    #[test]
    fn interfaces_are_identical_if_their_type_sets_are() {
        let text = "type A interface { M(); N() }
            type B interface { N() }
            type C interface { m() interface { C } }
            type D interface { m() interface { D } }";
        identical(text, "interface { B; M() }", "interface { M(); N() }", true);
        identical(text, "interface { A }", "interface { B; M() }", true);
        identical(text, "interface { A }", "A", false);
        identical(text, "interface { C }", "interface { D }", true);
        identical(text, "interface { m() interface { C } }", "interface { C }", true);
        identical(text, "interface { int | string }", "interface { string | int }", true);
    }

    #[track_caller]
    fn comparable(declarations: &str, ty: &str, want: Option<&str>) {
        let fixture = Fixture::new(declarations);
        let cause = fixture.cx().incomparable_cause(fixture.ty(ty), true);
        assert_eq!(cause.as_deref(), want, "{ty}");
    }

    #[test]
    fn comparability_follows_parts_and_ends_on_cycles() {
        let text = "type S struct { f []int }
            type T struct { next *T; any }
            type R struct { R }";
        comparable(text, "T", None);
        comparable(text, "R", None);
        comparable(text, "S", Some("struct containing []int cannot be compared"));
        comparable(text, "[2]func()", Some("[2]func() cannot be compared"));
        comparable(text, "map[int]int", Some(""));
    }
}
