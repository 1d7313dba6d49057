//! Assignability and convertibility of types.
//!
//! Whether the value of a constant fits its new type is for the checker to say; here an untyped
//! operand counts by its kind.
//!
//! Upstream: `cmd/compile/internal/types2/operand.go`, `conversions.go`, `expr.go`.

use super::cx::Cx;
use super::predicates::{default_type, has_name, is_type_param, is_untyped};
use super::ty::{Basic, ChanDir, Term, Ty, TyKind};

impl Cx<'_> {
    /// Whether a value of type `v` can be assigned to a variable of type `t`; if not, why, which
    /// may be empty.
    pub fn assignable_type(&self, v: Ty, t: Ty) -> Result<(), String> {
        if v.is_invalid() || t.is_invalid() || self.identical(v, t) {
            return Ok(());
        }
        let (v_under, t_under) = (self.under(v), self.under(t));
        let (v_param, t_param) = (is_type_param(v), is_type_param(t));
        if is_untyped(v_under) {
            let fits = if t_param {
                self.all_terms(t, &mut |term| {
                    term.is_some_and(|term| self.implicit_type(v, term.ty).is_some())
                })
            } else {
                self.implicit_type(v, t).is_some()
            };
            return if fits { Ok(()) } else { Err(String::new()) };
        }
        let unnamed = !has_name(v) || !has_name(t);
        if unnamed && !v_param && !t_param && self.identical(v_under, t_under) {
            return Ok(());
        }
        let to_interface = matches!(t_under.kind(), TyKind::Interface(_)) && !t_param;
        if to_interface || self.is_interface_pointer(t_under) {
            match self.implements(v, t, false) {
                Ok(()) => return Ok(()),
                // A type parameter may still be assignable type by type.
                Err(cause) if !v_param => return Err(cause),
                Err(_) => {}
            }
        }
        let from_interface = matches!(v_under.kind(), TyKind::Interface(_)) && !v_param;
        if from_interface && self.implements(t, v, false).is_ok() {
            return Err("need type assertion".into());
        }
        if let (TyKind::Chan(ChanDir::Both, x), TyKind::Chan(_, y)) =
            (v_under.kind(), t_under.kind())
            && self.identical(*x, *y)
        {
            return if unnamed { Ok(()) } else { Err(String::new()) };
        }
        if !has_name(v) && t_param {
            return self.each_term(t, &mut |term| {
                self.assignable_type(v, term.ty).map_err(|cause| {
                    let (v, each, t) = self.names3(v, term.ty, t);
                    add_cause(format!("cannot assign {v} to {each} (in {t})"), &cause)
                })
            });
        }
        if v_param && !has_name(t) {
            return self.each_term(v, &mut |term| {
                self.assignable_type(term.ty, t).map_err(|cause| {
                    let (v, each, t) = self.names3(v, term.ty, t);
                    add_cause(format!("cannot assign {each} (in {v}) to {t}"), &cause)
                })
            });
        }
        Err(String::new())
    }

    /// Whether a value of type `v` can be converted to type `t`; if not, why, which may be empty.
    pub fn convertible(&self, v: Ty, t: Ty) -> Result<(), String> {
        let Err(cause) = self.assignable_type(v, t) else { return Ok(()) };
        let (v_under, t_under) = (self.under(v), self.under(t));
        let (v_param, t_param) = (is_type_param(v), is_type_param(t));
        if !v_param && !t_param && self.identical_ignoring_tags(v_under, t_under) {
            return Ok(());
        }
        if let (TyKind::Pointer(x), TyKind::Pointer(y)) = (v.kind(), t.kind())
            && !is_type_param(*x)
            && !is_type_param(*y)
            && self.identical_ignoring_tags(self.under(*x), self.under(*y))
        {
            return Ok(());
        }
        if !v_param && !t_param {
            return match self.converts_underlying(v_under, t_under) {
                Some(result) => result,
                None => Err(cause),
            };
        }
        // An interface constraint never decides here: `convert each term` does.
        match (v_param, t_param) {
            (true, true) => self.each_term(v, &mut |from| {
                self.each_term(t, &mut |to| {
                    self.convertible(from.ty, to.ty).map_err(|cause| {
                        let (v, x, t) = self.names3(v, from.ty, t);
                        let y = self.type_string(to.ty);
                        let text = format!("cannot convert {x} (in {v}) to type {y} (in {t})");
                        add_cause(text, &cause)
                    })
                })
            }),
            (true, false) => self.each_term(v, &mut |from| {
                self.convertible(from.ty, t).map_err(|cause| {
                    let (v, x, t) = self.names3(v, from.ty, t);
                    add_cause(format!("cannot convert {x} (in {v}) to type {t}"), &cause)
                })
            }),
            _ => self.each_term(t, &mut |to| {
                self.convertible(v, to.ty).map_err(|cause| {
                    let (v, y, t) = self.names3(v, to.ty, t);
                    add_cause(format!("cannot convert {v} to type {y} (in {t})"), &cause)
                })
            }),
        }
    }

    /// The rules that look at underlying types only; `None` if none applies.
    fn converts_underlying(&self, v: Ty, t: Ty) -> Option<Result<(), String>> {
        let both = |test: &dyn Fn(&Self, Ty) -> bool| test(self, v) && test(self, t);
        let pointer_like = |ty: Ty| self.is_pointer(ty) || self.is_uintptr(ty);
        if both(&|cx, ty| cx.is_integer_or_float(ty))
            || both(&|cx, ty| cx.is_complex(ty))
            || ((self.is_integer(v) || self.is_bytes_or_runes(v)) && self.is_string(t))
            || (self.is_string(v) && self.is_bytes_or_runes(t))
            || (pointer_like(v) && self.is_unsafe_pointer(t))
            || (self.is_unsafe_pointer(v) && pointer_like(t))
        {
            return Some(Ok(()));
        }
        let TyKind::Slice(elem) = v.kind() else { return None };
        let (array, since, what) = match t.kind() {
            TyKind::Array(..) => (t, 20, "array"),
            TyKind::Pointer(to) => (self.under(*to), 17, "array pointer"),
            _ => return None,
        };
        let TyKind::Array(_, of) = array.kind() else { return None };
        if !self.identical(*elem, *of) {
            return None;
        }
        if self.allows(since) {
            return Some(Ok(()));
        }
        Some(Err(format!("conversion of slice to {what} requires go1.{since} or later")))
    }

    /// Whether `test` accepts each term of a type parameter, and there is one.
    fn each_term(
        &self,
        param: Ty,
        test: &mut dyn FnMut(Term) -> Result<(), String>,
    ) -> Result<(), String> {
        let set = self.type_set(param);
        let Some(terms) = set.specific() else { return Err(String::new()) };
        terms.iter().try_for_each(|term| test(*term))
    }

    /// The type that an untyped operand gets when `target` is wanted, going by its kind; `None` if
    /// that cannot be. For interfaces it is the operand's default type.
    ///
    /// Upstream: `cmd/compile/internal/types2/expr.go`, `implicitTypeAndValue`.
    pub fn implicit_type(&self, untyped: Ty, target: Ty) -> Option<Ty> {
        if target.is_invalid() || !is_untyped(untyped) {
            return Some(untyped);
        }
        let TyKind::Basic(kind) = untyped.kind() else { return None };
        if is_untyped(target) {
            return super::predicates::max_type(untyped, target);
        }
        let under = self.under(target);
        match under.kind() {
            TyKind::Basic(basic) => {
                let fits = match kind {
                    Basic::UntypedBool => basic.is_boolean(),
                    Basic::UntypedString => basic.is_string(),
                    Basic::UntypedNil => *basic == Basic::UnsafePointer,
                    _ => basic.is_numeric(),
                };
                fits.then_some(target)
            }
            TyKind::Interface(_) if is_type_param(target) => self
                .all_terms(target, &mut |term| {
                    term.is_some_and(|term| self.implicit_type(untyped, term.ty).is_some())
                })
                .then_some(target),
            _ if *kind == Basic::UntypedNil => self.has_nil(under).then_some(target),
            TyKind::Interface(_) => {
                // A value of an untyped constant has no methods.
                self.type_set(under).methods.is_empty().then(|| default_type(untyped))
            }
            _ => None,
        }
    }

    fn names3(&self, a: Ty, b: Ty, c: Ty) -> (String, String, String) {
        (self.type_string(a), self.type_string(b), self.type_string(c))
    }
}

fn add_cause(text: String, cause: &str) -> String {
    if cause.is_empty() { text } else { format!("{text}\n\t{cause}") }
}

#[cfg(test)]
mod tests {
    use crate::types::fixture::Fixture;

    const TEXT: &str = "type My []int
        type I interface { M() }
        type T struct { }
        func (*T) M()
        type A struct { x int `a` }
        type B struct { x int `b` }
        type C chan int
        type D <-chan int
        func F[P ~int | ~int8, Q ~string, R ~[]byte | ~string, S ~[]int](P)";

    #[track_caller]
    fn check(v: &str, t: &str, assign: Result<(), &str>, convert: Result<(), &str>) {
        let fixture = Fixture::new(TEXT);
        let cx = fixture.cx();
        let (from, to) = (fixture.ty_in("F", v), fixture.ty_in("F", t));
        let text = |result: Result<(), String>| result.err();
        let want = |result: Result<(), &str>| result.err().map(String::from);
        assert_eq!(text(cx.assignable_type(from, to)), want(assign), "assign {v} to {t}");
        assert_eq!(text(cx.convertible(from, to)), want(convert), "convert {v} to {t}");
    }

    #[test]
    fn one_side_without_a_name_makes_equal_underlying_types_assignable() {
        check("[]int", "My", Ok(()), Ok(()));
        check("C", "<-chan int", Ok(()), Ok(()));
        check("C", "D", Err(""), Err(""));
        check("chan int", "D", Ok(()), Ok(()));
        check("A", "B", Err(""), Ok(()));
        check("*A", "*B", Err(""), Ok(()));
    }

    #[test]
    fn interfaces_take_what_implements_them() {
        check("*T", "I", Ok(()), Ok(()));
        let cause = "p.T does not implement p.I (method M has pointer receiver)";
        check("T", "I", Err(cause), Err(cause));
        check("I", "*T", Err("need type assertion"), Err("need type assertion"));
        check("T", "any", Ok(()), Ok(()));
    }

    #[test]
    fn conversions_between_kinds() {
        check("int", "float32", Err(""), Ok(()));
        check("int", "string", Err(""), Ok(()));
        check("string", "[]rune", Err(""), Ok(()));
        check("float64", "string", Err(""), Err(""));
        check("*int", "unsafe.Pointer", Err(""), Ok(()));
        check("[]int", "[4]int", Err(""), Ok(()));
        check("[]int", "*[4]int", Err(""), Ok(()));
        check("[]int", "[4]uint", Err(""), Err(""));
    }

    #[test]
    fn type_parameters_are_tried_type_by_type() {
        check("P", "int64", Err(""), Ok(()));
        check("Q", "R", Err(""), Ok(()));
        check("[]int", "S", Ok(()), Ok(()));
        check("S", "[]int", Ok(()), Ok(()));
        let cause = "cannot convert int (in P) to type bool";
        check("P", "bool", Err(""), Err(cause));
    }

    #[test]
    fn untyped_operands_count_by_their_kind() {
        check("untyped nil", "My", Ok(()), Ok(()));
        check("untyped nil", "int", Err(""), Err(""));
        check("untyped rune", "float64", Ok(()), Ok(()));
        check("untyped string", "[]byte", Err(""), Ok(()));
        check("untyped int", "I", Err(""), Err(""));
    }
}
