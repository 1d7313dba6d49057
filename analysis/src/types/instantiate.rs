//! Whether a type implements an interface or satisfies a constraint.
//!
//! Upstream: `cmd/compile/internal/types2/instantiate.go`.

use super::cx::Cx;
use super::env::TypeParamDef;
use super::predicates::is_type_param;
use super::subst::{Subst, subst};
use super::ty::{Interface, Term, Ty, TyKind};
use super::typeset::{Terms, TypeSet, term_includes};

/// Why type arguments do not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsatisfied {
    /// The index of the type argument.
    pub index: usize,
    /// Why, in the compiler's words.
    pub cause: String,
}

impl Cx<'_> {
    /// Whether type arguments satisfy the constraints of the parameters.
    pub fn verify(&self, tparams: &[TypeParamDef], targs: &[Ty]) -> Result<(), Unsatisfied> {
        let map = Subst::of_params(tparams, targs);
        for (index, (tparam, targ)) in tparams.iter().zip(targs).enumerate() {
            // The constraint may speak of the other parameters.
            let bound = subst(self.written_constraint(tparam.constraint), &map);
            self.implements(*targ, bound, true).map_err(|cause| Unsatisfied { index, cause })?;
        }
        Ok(())
    }

    /// A constraint that is not an interface becomes one, otherwise it stays as written.
    fn written_constraint(&self, bound: Ty) -> Ty {
        if self.under(bound).is_invalid() || self.is_non_tparam_interface(bound) {
            bound
        } else {
            self.as_constraint(bound)
        }
    }

    /// Whether `v` implements the interface `t`, or satisfies it as a constraint; if not, why, in
    /// the compiler's words.
    pub fn implements(&self, v: Ty, t: Ty, constraint: bool) -> Result<(), String> {
        let (v_under, t_under) = (self.under(v), self.under(t));
        if v_under.is_invalid() || t_under.is_invalid() {
            return Ok(());
        }
        if let TyKind::Pointer(elem) = v_under.kind()
            && self.under(*elem).is_invalid()
        {
            return Ok(());
        }
        let verb = if constraint { "satisfy" } else { "implement" };
        let does_not = |detail: &str| {
            let (v, t) = (self.type_string(v), self.type_string(t));
            Err(format!("{v} does not {verb} {t} {detail}"))
        };
        let TyKind::Interface(iface) = t_under.kind() else {
            return if self.is_interface_pointer(t_under) {
                does_not(&format!("({})", self.interface_pointer_error(t)))
            } else {
                does_not(&format!("({} is not an interface)", self.type_string(t)))
            };
        };
        let wanted = self.type_set(t_under);
        if wanted.is_all() {
            return Ok(());
        }
        let given = matches!(v_under.kind(), TyKind::Interface(_)).then(|| self.type_set(v_under));
        // The empty set is a subset of any.
        if given.as_ref().is_some_and(|set| set.terms.is_empty()) {
            return Ok(());
        }
        if wanted.terms.is_empty() {
            return Err(format!("cannot {verb} {} (empty type set)", self.type_string(t)));
        }
        if let Some(missing) = self.missing_method(v, t, true)
            && !self.has_invalid_embedded(v, &mut Vec::new())
        {
            return does_not(&missing.cause);
        }
        let Some(terms) = wanted.specific() else {
            return self.comparable_for(v, &wanted, constraint, verb);
        };
        if let Some(given) = &given {
            if !given.terms.subset_of(self, &wanted.terms) {
                let (v, t) = (self.type_string(v), self.type_string(t));
                return Err(format!("{v} does not {verb} {t}"));
            }
        } else if !wanted.terms.includes(self, v) {
            return does_not(&self.excluded(v, t, iface, terms));
        }
        self.comparable_for(v, &wanted, constraint, verb)
    }

    /// Why `v` is none of `terms`.
    fn excluded(&self, v: Ty, t: Ty, iface: &Interface, terms: &[Term]) -> String {
        let (v_name, t_name) = (self.type_string(v), self.type_string(t));
        let nearly = terms.iter().find(|term| {
            !term.tilde
                && self.identical(term.ty, self.under(term.ty))
                && term_includes(self, Term { tilde: true, ..**term }, v)
        });
        if let Some(term) = nearly {
            let term = self.type_string(term.ty);
            return format!("(possibly missing ~ for {term} in {t_name})");
        }
        if iface.embeds.iter().any(|embed| self.mentions(*embed, v)) {
            return format!(
                "({t_name} mentions {v_name}, but {v_name} is not in the type set of {t_name})"
            );
        }
        let list: Vec<String> = terms
            .iter()
            .map(|t| format!("{}{}", if t.tilde { "~" } else { "" }, self.type_string(t.ty)))
            .collect();
        format!("({v_name} missing in {})", list.join(" | "))
    }

    /// Whether an element of an interface names `ty`.
    fn mentions(&self, element: Ty, ty: Ty) -> bool {
        match element.kind() {
            TyKind::Interface(it) => it.embeds.iter().any(|embed| self.mentions(*embed, ty)),
            TyKind::Union(terms) => terms.iter().any(|term| self.mentions(term.ty, ty)),
            _ => self.identical(element, ty),
        }
    }

    fn comparable_for(
        &self,
        v: Ty,
        wanted: &TypeSet,
        constraint: bool,
        verb: &str,
    ) -> Result<(), String> {
        let asked = match &wanted.terms {
            Terms::All => wanted.comparable,
            Terms::List(_) => wanted.is_comparable(self, &mut Vec::new()),
        };
        if !asked || self.comparable_type(v, false) {
            return Ok(());
        }
        // Interfaces satisfy `comparable`, though they do not implement it.
        if constraint && self.comparable_type(v, true) {
            if self.allows(20) {
                return Ok(());
            }
            let v = self.type_string(v);
            return Err(format!("{v} to {verb} comparable requires go1.20 or later"));
        }
        Err(format!("{} does not {verb} comparable", self.type_string(v)))
    }

    /// Whether a value of the interface type `v` can be asserted to have type `t`; if not, why.
    pub fn assertable(&self, v: Ty, t: Ty) -> Result<(), String> {
        if self.is_interface(t) || t.is_invalid() {
            return Ok(());
        }
        match self.missing_method(t, v, false) {
            Some(missing) if !self.has_invalid_embedded(t, &mut Vec::new()) => Err(missing.cause),
            _ => Ok(()),
        }
    }

    /// Whether a type parameter's constraint cannot be satisfied.
    pub fn has_empty_type_set(&self, ty: Ty) -> bool {
        is_type_param(ty) && self.type_set(ty).terms.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use crate::types::fixture::Fixture;

    /// The cause why `args` do not satisfy the constraints of function `F`.
    fn cause(declarations: &str, args: &[&str]) -> String {
        let fixture = Fixture::new(declarations);
        let args: Vec<_> = args.iter().map(|arg| fixture.ty(arg)).collect();
        match fixture.cx().verify(&fixture.tparams_of("F"), &args) {
            Ok(()) => String::new(),
            Err(unsatisfied) => unsatisfied.cause,
        }
    }

    #[test]
    fn causes_are_those_of_the_compiler() {
        let text = "type My int
            type N interface { int | string }
            type S interface { String() string }
            func F[P N](P)";
        assert_eq!(cause(text, &["int"]), "");
        assert_eq!(
            cause(text, &["My"]),
            "p.My does not satisfy p.N (possibly missing ~ for int in p.N)"
        );
        assert_eq!(
            cause(text, &["bool"]),
            "bool does not satisfy p.N (bool missing in int | string)"
        );
        let text = "type S interface { String() string }
            func F[P S](P)";
        assert_eq!(cause(text, &["int"]), "int does not satisfy p.S (missing method String)");
        assert_eq!(cause("func F[P comparable](P)", &["any"]), "");
        assert_eq!(
            cause("func F[P comparable](P)", &["[]int"]),
            "[]int does not satisfy comparable"
        );
        assert_eq!(
            cause("func F[P interface { int; string }](P)", &["int"]),
            "cannot satisfy interface{int; string} (empty type set)"
        );
    }

    #[test]
    fn constraints_speak_of_other_parameters() {
        let text = "type T struct { }
            func (*T) Set(string)
            func F[P any, Q interface { *P; Set(string) }](P, Q)";
        assert_eq!(cause(text, &["T", "*T"]), "");
        assert_eq!(
            cause(text, &["T", "T"]),
            "p.T does not satisfy interface{Set(string); *p.T} (method Set has pointer receiver)"
        );
    }
}
