//! Type inference: the type arguments that are not written.
//!
//! Typed arguments come first, then the constraints, then the default types of untyped constants.
//! The parameters looked for must not occur in the arguments of a call from within the same
//! function: [`Cx::rename_tparams`] makes new ones.
//!
//! Upstream: `cmd/compile/internal/types2/infer.go`.

use super::cx::{Cx, EXPANSION_LIMIT};
use super::env::TypeParamDef;
use super::predicates::{default_type, is_typed, is_untyped_nil, max_type};
use super::subst::{Subst, subst};
use super::ty::{Term, Ty, TyKind, TypeParam};
use super::unify::{Mode, Unifier};
use crate::symbol::Symbol;

/// What is to be inferred from what.
pub struct Inference<'q> {
    /// The parameters looked for: those of the function called, then those of generic functions
    /// among the arguments.
    pub tparams: &'q [TypeParamDef],
    /// The type arguments known; the list may be shorter.
    pub targs: &'q [Option<Ty>],
    /// The types of the function's parameters, one for each argument.
    pub params: &'q [Ty],
    /// The types of the arguments, perhaps untyped; invalid if the argument is.
    pub args: &'q [Ty],
    /// Whether a function is assigned to a variable of a function type, which is then the only
    /// argument.
    pub reverse: bool,
    /// An argument as written, for messages.
    pub describe: &'q dyn Fn(usize) -> String,
}

/// Why types could not be inferred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InferError {
    /// Something is wrong that has been reported.
    Silent,
    /// This is to be reported.
    Message {
        /// The argument at fault; `None` if it is the call.
        arg: Option<usize>,
        /// The compiler's words.
        message: String,
    },
    /// Nothing says what this parameter is: `cannot infer T (declared at …)`.
    Unknown {
        /// The index of the parameter.
        tparam: usize,
    },
}

impl Cx<'_> {
    /// Finds the type arguments for all parameters.
    pub fn infer(&self, query: &Inference<'_>) -> Result<Vec<Ty>, InferError> {
        let n = query.tparams.len();
        if query.targs.len() == n && query.targs.iter().all(Option::is_some) {
            return Ok(query.targs.iter().copied().flatten().collect());
        }
        if query.args.iter().any(|arg| arg.is_invalid()) {
            return Err(InferError::Silent);
        }
        let names: Vec<Ty> = query.tparams.iter().map(|def| def.ty).collect();
        let mut given = Subst::default();
        for (name, targ) in names.iter().zip(query.targs) {
            if let Some(targ) = targ {
                given.insert(*name, *targ);
            }
        }
        let params: Vec<Ty> = query.params.iter().map(|ty| subst(*ty, &given)).collect();
        let mut unifier = Unifier::new(self, &names, query.targs);

        let mut untyped = Vec::new();
        for (index, (param, arg)) in params.iter().zip(query.args).enumerate() {
            if !is_parameterized(&names, *param) && !is_parameterized(&names, *arg) {
                continue;
            }
            if is_typed(*arg) {
                if !unifier.unify(*param, *arg, Mode::ASSIGN) {
                    return Err(self.mismatch(query, &names, &unifier, index, *param));
                }
            } else if let Some(at) = names.iter().position(|name| name == param)
                && !is_untyped_nil(*arg)
            {
                untyped.push((at, index));
            }
        }
        self.use_constraints(query, &names, &mut unifier)?;
        self.use_defaults(query, &untyped, &mut unifier)?;
        self.simplify(query, &names, unifier.inferred())
    }

    /// What types and constraints say about each other, until nothing new comes out.
    fn use_constraints(
        &self,
        query: &Inference<'_>,
        names: &[Ty],
        unifier: &mut Unifier<'_, '_>,
    ) -> Result<(), InferError> {
        let fail = |tparam: &TypeParamDef, known: Ty, cause: &str| {
            let constraint = self.type_string(tparam.constraint);
            let (name, known) = (self.type_string(tparam.ty), self.type_string(known));
            let space = if cause.is_empty() { "" } else { " " };
            let message =
                format!("{name} (type {known}) does not satisfy {constraint}{space}{cause}");
            Err(InferError::Message { arg: None, message })
        };
        loop {
            let before = unifier.unknowns();
            for (index, tparam) in query.tparams.iter().enumerate() {
                let known = unifier.at(index);
                let constraint = self.as_constraint(tparam.constraint);
                match (self.core_term(constraint), known) {
                    (Some((core, _)), Some(known))
                        if !unifier.unify(known, core.ty, Mode::INEXACT) =>
                    {
                        return fail(tparam, known, "");
                    }
                    (Some((core, true)), None) if !core.tilde => unifier.set(index, core.ty),
                    _ => {}
                }
                let Some(known) = known.filter(|ty| !is_parameterized(names, *ty)) else {
                    continue;
                };
                // The methods of the type must be those of the constraint, which may teach more.
                let missing = self.missing_method_by(known, constraint, true, &mut |x, y| {
                    unifier.unify(x, y, Mode::EXACT)
                });
                if let Some(missing) = missing
                    && !known.is_invalid()
                    && !self.has_invalid_embedded(known, &mut Vec::new())
                {
                    return fail(tparam, known, &missing.cause);
                }
            }
            if unifier.unknowns() == before {
                return Ok(());
            }
        }
    }

    /// Parameters that only untyped constants speak of get the default type of the largest.
    fn use_defaults(
        &self,
        query: &Inference<'_>,
        untyped: &[(usize, usize)],
        unifier: &mut Unifier<'_, '_>,
    ) -> Result<(), InferError> {
        let mut largest: Vec<(usize, Ty)> = Vec::new();
        for (at, arg) in untyped.iter().filter(|(at, _)| unifier.at(*at).is_none()) {
            let ty = query.args[*arg];
            let Some((_, max)) = largest.iter_mut().find(|(known, _)| known == at) else {
                largest.push((*at, ty));
                continue;
            };
            let Some(both) = max_type(*max, ty) else {
                let (a, b) = (self.type_string(*max), self.type_string(ty));
                let name = self.type_string(query.tparams[*at].ty);
                let message = format!("mismatched types {a} and {b} (cannot infer {name})");
                return Err(InferError::Message { arg: Some(*arg), message });
            };
            *max = both;
        }
        for (at, ty) in largest {
            unifier.set(at, default_type(ty));
        }
        Ok(())
    }

    /// Inferred types may still speak of other parameters: they are put in until none is left.
    fn simplify(
        &self,
        query: &Inference<'_>,
        names: &[Ty],
        mut inferred: Vec<Option<Ty>>,
    ) -> Result<Vec<Ty>, InferError> {
        for index in 0..names.len() {
            let mut open = Vec::new();
            kill_cycles(names[index], names, &mut inferred, &mut open);
        }
        for _ in 0..EXPANSION_LIMIT {
            let mut map = Subst::default();
            for (name, ty) in names.iter().zip(&inferred) {
                if let Some(ty) = ty {
                    map.insert(*name, *ty);
                }
            }
            let mut changed = false;
            for (index, slot) in inferred.iter_mut().enumerate() {
                let is_given = query.targs.get(index).is_some_and(Option::is_some);
                if let Some(ty) = slot
                    && !is_given
                {
                    let simpler = subst(*ty, &map);
                    changed |= simpler != *ty;
                    *slot = Some(simpler);
                }
            }
            if !changed {
                break;
            }
        }
        let known = |(index, ty): (usize, Option<Ty>)| match ty {
            Some(ty) if !is_parameterized(names, ty) => Ok(ty),
            _ => Err(InferError::Unknown { tparam: index }),
        };
        inferred.into_iter().enumerate().map(known).collect()
    }

    fn mismatch(
        &self,
        query: &Inference<'_>,
        names: &[Ty],
        unifier: &Unifier<'_, '_>,
        index: usize,
        param: Ty,
    ) -> InferError {
        let arg = (query.describe)(index);
        let (arg_ty, param_ty) = (self.type_string(query.args[index]), self.type_string(param));
        let inferred = unifier.inferred();
        let message = if inferred.iter().all(Option::is_none) {
            let names: Vec<String> = names.iter().map(|name| self.type_string(*name)).collect();
            let list = enumerate(&names);
            format!("type {arg_ty} of {arg} does not match {param_ty} (cannot infer {list})")
        } else {
            let mut map = Subst::default();
            for (name, ty) in names.iter().zip(&inferred) {
                if let Some(ty) = ty {
                    map.insert(*name, *ty);
                }
            }
            let partly = subst(param, &map);
            let partly_ty = self.type_string(partly);
            if partly == param {
                format!("type {arg_ty} of {arg} does not match {param_ty}")
            } else if query.reverse {
                format!(
                    "inferred type {partly_ty} for {param_ty} does not match type {arg_ty} of {arg}"
                )
            } else {
                format!(
                    "type {arg_ty} of {arg} does not match inferred type {partly_ty} for {param_ty}"
                )
            }
        };
        InferError::Message { arg: Some(index), message }
    }

    /// The one type that a constraint allows, and `true`; or else its core type, with a tilde if
    /// any of its terms has one.
    fn core_term(&self, constraint: Ty) -> Option<(Term, bool)> {
        let set = self.type_set(constraint);
        let terms = set.specific()?;
        if let [single] = terms {
            return Some((*single, true));
        }
        let tilde = terms.iter().any(|term| term.tilde);
        let core = self.common_of_terms(terms)?;
        Some((Term { tilde, ty: core }, false))
    }

    /// New type parameters in place of `tparams`, so that they can be told from those of the
    /// function that makes the call. `nth` tells apart several renamings for one call.
    pub fn rename_tparams(&self, tparams: &[TypeParamDef], nth: u32) -> (Vec<TypeParamDef>, Subst) {
        let fresh = |ty: Ty| match ty.kind() {
            TyKind::Param(param) => {
                let owner = param.owner.child(Symbol::new("·"), nth);
                Ty::new(TyKind::Param(TypeParam { owner, ..*param }))
            }
            _ => ty,
        };
        let mut map = Subst::default();
        for def in tparams {
            map.insert(def.ty, fresh(def.ty));
        }
        let renamed = tparams
            .iter()
            .map(|def| TypeParamDef { ty: fresh(def.ty), constraint: subst(def.constraint, &map) })
            .collect();
        (renamed, map)
    }
}

/// Whether one of `tparams` occurs in a type.
pub fn is_parameterized(tparams: &[Ty], ty: Ty) -> bool {
    if !ty.has_tparams() {
        return false;
    }
    if let TyKind::Param(_) = ty.kind() {
        return tparams.contains(&ty);
    }
    let mut found = false;
    super::cx::deep(|| {
        ty.kind().each_child(&mut |child| found = found || is_parameterized(tparams, child));
    });
    found
}

/// Forgets what was inferred for a parameter in terms of itself, which would never end.
fn kill_cycles(ty: Ty, names: &[Ty], inferred: &mut [Option<Ty>], open: &mut Vec<Ty>) {
    if !ty.has_tparams() {
        return;
    }
    if let TyKind::Param(_) = ty.kind() {
        let Some(index) = names.iter().position(|name| *name == ty) else { return };
        if open.contains(&ty) {
            inferred[index] = None;
            return;
        }
        if let Some(value) = inferred[index] {
            open.push(ty);
            kill_cycles(value, names, inferred, open);
            open.pop();
        }
        return;
    }
    super::cx::deep(|| {
        ty.kind().each_child(&mut |child| kill_cycles(child, names, inferred, open));
    });
}

/// `A`, `A and B`, `A, B, and C`.
fn enumerate(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [a, b] => format!("{a} and {b}"),
        [init @ .., last] => format!("{}, and {last}", init.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::fixture::Fixture;

    /// The type arguments inferred for a call of `F` with arguments of these types.
    fn infer(declarations: &str, args: &[&str]) -> String {
        let fixture = Fixture::new(declarations);
        let cx = fixture.cx();
        let func = fixture.func_named("F");
        let (tparams, map) = cx.rename_tparams(&func.tparams, 0);
        let TyKind::Func(sig) = func.sig.kind() else { return "no function".into() };
        let params: Vec<Ty> = sig.params.iter().map(|ty| subst(*ty, &map)).collect();
        let args: Vec<Ty> = args.iter().map(|arg| fixture.ty_in("F", arg)).collect();
        let query = Inference {
            tparams: &tparams,
            targs: &[],
            params: &params,
            args: &args,
            reverse: false,
            describe: &|index| format!("arg{index}"),
        };
        match cx.infer(&query) {
            Ok(types) => {
                types.into_iter().map(|ty| cx.type_string(ty)).collect::<Vec<_>>().join(", ")
            }
            Err(InferError::Message { message, .. }) => message,
            Err(InferError::Unknown { tparam }) => format!("cannot infer #{tparam}"),
            Err(InferError::Silent) => "silent".into(),
        }
    }

    #[test]
    fn arguments_decide() {
        assert_eq!(
            infer("func F[K comparable, V any](map[K]V)", &["map[string][]int"]),
            "string, []int"
        );

        assert_eq!(
            infer("func F[P any](P, P)", &["int", "string"]),
            "type string of arg1 does not match inferred type int for P"
        );
        assert_eq!(
            infer("func F[P any]([]P)", &["int"]),
            "type int of arg0 does not match []P (cannot infer P)"
        );
        assert_eq!(infer("func F[P any]()", &[]), "cannot infer #0");
    }

    #[test]
    fn a_defined_type_is_kept_and_its_underlying_type_matches() {
        let text = "type L []int
            func F[S ~[]E, E any](S)";
        assert_eq!(infer(text, &["L"]), "p.L, int");
        let text = "type L []int
            func F[P any](P, P)";
        assert_eq!(infer(text, &["[]int", "L"]), "p.L");
        let text = "type L []int
            func F[E any]([]E)";
        assert_eq!(infer(text, &["L"]), "int");
    }

    #[test]
    fn untyped_constants_come_last_and_the_largest_kind_wins() {
        let text = "func F[P any](P, P)";
        assert_eq!(infer(text, &["untyped int", "untyped float"]), "float64");
        assert_eq!(infer(text, &["untyped int", "untyped rune"]), "rune");
        assert_eq!(infer(text, &["untyped int", "int8"]), "int8");
        assert_eq!(
            infer(text, &["untyped int", "untyped string"]),
            "mismatched types untyped int and untyped string (cannot infer P)"
        );
        assert_eq!(infer(text, &["untyped nil", "untyped nil"]), "cannot infer #0");
    }

    #[test]
    fn constraints_teach_parameters_that_no_argument_mentions() {
        let text = "type T struct { }
            func (*T) Set(string)
            func F[P any, Q interface { *P; Set(string) }](P)";
        assert_eq!(infer(text, &["T"]), "p.T, *p.T");
        let text = "type T struct { }
            func (T) Get() []string
            func F[P interface { Get() []E }, E any](P)";
        assert_eq!(infer(text, &["T"]), "p.T, string");
        assert_eq!(infer("func F[P interface { *P }]()", &[]), "cannot infer #0");
        let text = "func F[P interface { ~[]Q }, Q interface { ~[]P }](P)";
        assert_eq!(infer(text, &["int"]), "P (type int) does not satisfy interface{~[]Q}");
    }

    #[test]
    fn a_function_may_call_itself_with_its_own_parameters() {
        assert_eq!(infer("func F[P any](P)", &["[]P"]), "[]P");
        assert_eq!(infer("func F[P any, Q any](P, Q)", &["Q", "P"]), "Q, P");
    }

    #[test]
    fn interfaces_match_by_their_methods() {
        let text = "type R interface { Read([]byte) int }
            type X[T any] interface { Get() T }
            type Y struct { }
            func (Y) Get() string
            func F[T any](X[T])";
        assert_eq!(infer(text, &["Y"]), "string");
        assert_eq!(infer(text, &["interface { Get() bool; Put() }"]), "bool");
    }
}
