//! Calls, instances of generic functions, conversions.
//!
//! Upstream: `cmd/compile/internal/types2/call.go`, `conversions.go`.

use std::sync::Arc;

use super::check::{Checker, Found};
use super::constant::Value;
use super::env::TypeParamDef;
use super::expr::{ExprClass, Target, results};
use super::exprstring::expr_string;
use super::infer::{InferError, Inference, is_parameterized};
use super::info::Mode;
use super::operand::{Generic, Operand, Source};
use super::predicates::{default_type, is_type_param, is_untyped};
use super::signature::unparen;
use super::subst::{Subst, subst, subst_list};
use super::ty::{Basic, Ty, TyKind};
use super::universe::{self, CallKind};
use crate::syntax::ast::{ExprId, ExprKind};

/// The arguments of a call: operands, and for generic functions among them the type arguments
/// that are written.
struct Args {
    list: Vec<Operand>,
    targs: Vec<Vec<Ty>>,
}

impl Checker<'_> {
    /// Instantiates a generic function with the type arguments in brackets, and those that the
    /// target tells. With `infer` unset, the written ones are returned if they are not all.
    ///
    /// Upstream: `funcInst`.
    pub(super) fn func_inst(
        &mut self,
        target: Option<&Target>,
        e: ExprId,
        x: &mut Operand,
        indices: Option<&[ExprId]>,
        infer: bool,
    ) -> Option<Vec<Ty>> {
        let name = self.instantiated_name(e);
        let at = self.decl[e].pos;
        x.source = Source::Expr(e);
        let tparams = x.func_tparams().cloned()?;
        let versioned = self.require(at, 18, |_| "function instantiation".into());
        let list = indices.unwrap_or_default();
        let targs = match self.type_list(list) {
            Some(targs) => targs,
            None => {
                x.invalidate();
                x.generic = None;
                return None;
            }
        };
        let (got, want) = (targs.len(), tparams.len());
        if got > want {
            let message = format!("got {got} type arguments but want {want}");
            self.error_at(list[got - 1], message);
            x.invalidate();
            x.generic = None;
            return None;
        }
        let targs = if got == want {
            targs
        } else if !infer {
            return Some(targs);
        } else {
            if versioned && target.is_some() && !self.allows(21) {
                let what = if indices.is_some() { "partially" } else { "implicitly" };
                self.require(at, 21, |_| format!("{what} instantiated function in assignment"));
            }
            match self.infer_for_target(target, e, x, &tparams, &targs) {
                Some(targs) => targs,
                None => {
                    x.invalidate();
                    x.generic = None;
                    return None;
                }
            }
        };
        x.ty = self.instantiate_func(name, e, x.ty, &tparams, &targs, list);
        x.generic = None;
        x.set_value();
        None
    }

    fn infer_for_target(
        &mut self,
        target: Option<&Target>,
        e: ExprId,
        x: &Operand,
        tparams: &[TypeParamDef],
        targs: &[Ty],
    ) -> Option<Vec<Ty>> {
        let (renamed, map) = self.cx.rename_tparams(tparams, 0);
        let given: Vec<Option<Ty>> = targs.iter().map(|ty| Some(*ty)).collect();
        let (params, args, what) = match target {
            Some(target) => (vec![subst(x.ty, &map)], vec![target.sig], target.what.clone()),
            None => (Vec::new(), Vec::new(), String::new()),
        };
        let found = self.cx.infer(&Inference {
            tparams: &renamed,
            targs: &given,
            params: &params,
            args: &args,
            reverse: target.is_some(),
            describe: &|_| what.clone(),
        });
        let at = self.decl[e].pos;
        match found {
            Ok(targs) => Some(targs),
            Err(InferError::Silent) => None,
            Err(InferError::Message { message, .. }) => {
                self.error(at, message);
                None
            }
            Err(InferError::Unknown { tparam }) => {
                let name = self.tparam_name(tparams, tparam);
                self.error(
                    at,
                    format!("in call to {}, cannot infer {name}", self.source_string(x)),
                );
                None
            }
        }
    }

    fn tparam_name(&self, tparams: &[TypeParamDef], index: usize) -> String {
        tparams.get(index).map_or_else(String::new, |def| self.type_string(def.ty))
    }

    /// The name or selector that an instance is of.
    fn instantiated_name(&self, e: ExprId) -> ExprId {
        match self.decl[e].kind {
            ExprKind::Index { x, .. } => x,
            _ => e,
        }
    }

    /// The type of an instance. Upstream: `instantiateSignature`.
    fn instantiate_func(
        &mut self,
        name: ExprId,
        at: ExprId,
        sig: Ty,
        tparams: &[TypeParamDef],
        targs: &[Ty],
        list: &[ExprId],
    ) -> Ty {
        self.info.instances.insert(name, targs.into());
        self.verify_later(self.decl[at].pos, list, tparams, targs);
        subst(sig, &Subst::of_params(tparams, targs))
    }

    /// A call, conversion or use of a built-in function. Upstream: `callExpr`.
    pub(super) fn call_expr(&mut self, e: ExprId) -> (Operand, ExprClass) {
        let decl = self.decl;
        let ExprKind::Call { fun, args, spread } = &decl[e].kind else {
            return (Operand::invalid(e), ExprClass::Statement);
        };
        let (fun, spread) = (*fun, *spread);
        let mut inst = None;
        let mut x = if let ExprKind::Index { x: of, indices } = &decl[fun].kind {
            let (mut x, is_inst) = self.index_expr(fun, *of, indices);
            x.source = Source::Expr(fun);
            if is_inst {
                inst = Some(&indices[..]);
            }
            self.record_operand(&x);
            x
        } else {
            self.expr_or_type(fun, true)
        };
        match x.mode {
            Mode::Invalid => {
                self.use_exprs(args);
                return (Operand::invalid(e), ExprClass::Statement);
            }
            Mode::TypeExpr => {
                self.non_generic(None, &mut x);
                if !x.is_valid() {
                    self.use_exprs(args);
                    return (Operand::invalid(e), ExprClass::Conversion);
                }
                return (self.conversion_call(e, x.ty, args, spread), ExprClass::Conversion);
            }
            Mode::Builtin => {
                let Some(builtin) = x.builtin else {
                    return (Operand::invalid(e), ExprClass::Statement);
                };
                let x = self.builtin_call(e, fun, builtin, args, spread);
                if x.is_valid() && !x.is_const() {
                    self.ctx.has_call = true;
                }
                let class = match universe::shape(builtin).kind {
                    CallKind::Expression => ExprClass::Expression,
                    CallKind::Statement => ExprClass::Statement,
                };
                return (x, class);
            }
            _ => {}
        }
        let result = self.func_call(e, fun, &x, inst, args, spread);
        (result.unwrap_or_else(|| Operand::invalid(e)), ExprClass::Statement)
    }

    /// The function type that is called.
    fn called_sig(&mut self, x: &Operand) -> Option<Ty> {
        if self.cx.under(x.ty).is_invalid() {
            self.info.guessed = true;
            return None;
        }
        let common = self.cx.common_under_if(x.ty, &mut |each| {
            let (ty, under) = each?;
            let function = matches!(under.kind(), TyKind::Func(_));
            (!function).then(|| format!("{} is not a function", self.type_string(ty)))
        });
        match common {
            Ok(sig) => Some(sig),
            Err(cause) => {
                let text = self.operand_string(x);
                let at = self.pos_of(x);
                self.error(at, format!("invalid operation: cannot call {text}: {cause}"));
                None
            }
        }
    }

    fn func_call(
        &mut self,
        e: ExprId,
        fun: ExprId,
        x: &Operand,
        inst: Option<&[ExprId]>,
        args: &[ExprId],
        spread: bool,
    ) -> Option<Operand> {
        let Some(mut sig) = self.called_sig(x) else {
            self.use_exprs(args);
            return None;
        };
        let mut tparams: Arc<[TypeParamDef]> = x.func_tparams().cloned().unwrap_or_default();
        let was_generic = !tparams.is_empty();
        let mut targs = Vec::new();
        let mut list: &[ExprId] = &[];
        if let Some(indices) = inst {
            list = indices;
            let Some(written) = self.type_list(indices) else {
                self.use_exprs(args);
                return None;
            };
            let (got, want) = (written.len(), tparams.len());
            if got > want {
                let message = format!("got {got} type arguments but want {want}");
                self.error_at(indices[want], message);
                self.use_exprs(args);
                return None;
            }
            if got == want {
                let at = self.decl[fun].pos;
                self.require(at, 18, |_| "function instantiation".into());
                let name = self.instantiated_name(fun);
                sig = self.instantiate_func(name, fun, sig, &tparams, &written, indices);
                tparams = Arc::default();
                list = &[];
            } else {
                targs = written;
            }
        }
        let arguments = self.generic_expr_list(args);
        let call = Call { e, fun, spread, args };
        let done = self.arguments(&call, sig, &tparams, targs, list, arguments);
        let known = done.is_some() || tparams.is_empty();
        let sig = done.unwrap_or(sig);
        if was_generic && known {
            self.record(fun, Mode::Value, sig, None);
        }
        let TyKind::Func(func) = sig.kind() else { return None };
        self.ctx.has_call = true;
        match &func.results[..] {
            [] => Some(Operand::new(e, Mode::NoValue, Ty::tuple(&[]))),
            [one] => {
                if !self.is_complete(*one) {
                    return None;
                }
                let names: Vec<Ty> = tparams.iter().map(|def| def.ty).collect();
                if one.is_invalid() || (!known && is_parameterized(&names, *one)) {
                    return None;
                }
                Some(Operand::new(e, Mode::Value, *one))
            }
            many => {
                let names: Vec<Ty> = tparams.iter().map(|def| def.ty).collect();
                if !known && many.iter().any(|ty| is_parameterized(&names, *ty)) {
                    return None;
                }
                Some(Operand::new(e, Mode::Value, Ty::tuple(many)))
            }
        }
    }

    fn conversion_call(&mut self, e: ExprId, target: Ty, args: &[ExprId], spread: bool) -> Operand {
        if target.is_invalid() || !self.is_complete(target) {
            self.use_exprs(args);
            return Operand::invalid(e);
        }
        let name = || self.type_string(target);
        let arg = match args {
            [] => {
                let message = format!("missing argument in conversion to {}", name());
                self.error_at(e, message);
                return Operand::invalid(e);
            }
            [one] => *one,
            [.., last] => {
                let message = format!("too many arguments in conversion to {}", name());
                self.use_exprs(args);
                self.error_at(*last, message);
                return Operand::invalid(e);
            }
        };
        let wanted = self.target(Some(target), || "conversion".into());
        let mut x = self.expr(wanted.as_ref(), arg);
        if !x.is_valid() {
            return Operand::invalid(e);
        }
        if self.cx.is_non_tparam_interface(target) && !self.cx.type_set(target).is_method_set() {
            let name = self.type_string(target);
            let message = format!(
                "cannot use interface {name} in conversion (contains specific type constraints \
                 or is comparable)"
            );
            self.error_at(e, message);
            return Operand::invalid(e);
        }
        if spread {
            let name = self.type_string(target);
            self.error_at(arg, format!("invalid use of ... in conversion to {name}"));
            return Operand::invalid(e);
        }
        self.convert(&mut x, target);
        x.source = Source::Expr(e);
        x
    }

    /// Converts an operand to a type. Upstream: `conversion`.
    fn convert(&mut self, x: &mut Operand, target: Ty) {
        let cx = self.cx;
        if cx.under(target).is_invalid() || cx.under(x.ty).is_invalid() {
            self.info.guessed = true;
            x.invalidate();
            return;
        }
        let was_const = x.is_const();
        let to_const = cx.is_const_type(target);
        let mut cause = String::new();
        let fine = if was_const && to_const {
            let fits = self.convert_constant(x, target);
            if !fits && cx.is_integer(x.ty) && cx.is_integer(target) {
                let name = self.type_string(target);
                let val = x.val.as_ref().map(Value::to_string).unwrap_or_default();
                let at = self.pos_of(x);
                self.error(at, format!("constant {val} overflows {name}"));
                x.invalidate();
                return;
            }
            fits
        } else if was_const && is_type_param(target) {
            self.constant_fits_all(x, target, &mut cause)
        } else {
            let convertible = self.operand_convertible(x, target);
            if let Err(why) = &convertible {
                cause.clone_from(why);
            }
            convertible.is_ok()
        };
        if !fine {
            let text = self.operand_string(x);
            let name = self.type_string(target);
            let at = self.pos_of(x);
            let cause = if cause.is_empty() { cause } else { format!(": {cause}") };
            self.error(at, format!("cannot convert {text} to type {name}{cause}"));
            x.invalidate();
            return;
        }
        if !(was_const && to_const) {
            x.set_value();
        }
        if is_untyped(x.ty) {
            // Conversions to interfaces and of integers to strings leave the operand its default
            // type; nil keeps the type it is converted to.
            let last = if x.ty == Ty::basic(Basic::UntypedNil) {
                target
            } else if cx.is_non_tparam_interface(target) || (was_const && !to_const) {
                default_type(x.ty)
            } else if x.is_const() && cx.is_integer(x.ty) && cx.all_string(target) {
                x.ty
            } else {
                target
            };
            self.update_type(x, last, true);
        }
        x.ty = target;
    }

    fn convert_constant(&mut self, x: &mut Operand, target: Ty) -> bool {
        let Some(basic) = self.cx.as_basic(target) else { return false };
        let Some(val) = x.val.clone() else { return false };
        if let Some(val) = val.representable(basic, self.cx.target.arch.ptr_size()) {
            x.val = Some(val);
            return true;
        }
        if self.cx.is_integer(x.ty) && basic.is_string() {
            x.val = Some(val.rune_to_string());
            return true;
        }
        false
    }

    /// A constant converted to a type parameter must be convertible to each type of its set.
    fn constant_fits_all(&mut self, x: &Operand, target: Ty, cause: &mut String) -> bool {
        let cx = self.cx;
        cx.all_types(target, &mut |each| {
            let param = || self.type_string(target);
            let Some((ty, under)) = each else {
                *cause = format!("{} does not contain specific types", param());
                return false;
            };
            if cx.is_string(x.ty) && cx.is_bytes_or_runes(under) {
                return true;
            }
            let fits = match under.kind() {
                TyKind::Basic(basic) => x.val.as_ref().is_some_and(|val| {
                    val.representable(*basic, cx.target.arch.ptr_size()).is_some()
                        || (cx.is_integer(x.ty) && basic.is_string())
                }),
                _ => false,
            };
            if !fits {
                let name = self.type_string(ty);
                *cause = if cx.is_integer(x.ty) && cx.is_integer(under) {
                    let val = x.val.as_ref().map(Value::to_string).unwrap_or_default();
                    format!("constant {val} overflows {name} (in {})", param())
                } else {
                    let text = self.operand_string(x);
                    format!("cannot convert {text} to type {name} (in {})", param())
                };
            }
            fits
        })
    }

    fn operand_convertible(&self, x: &Operand, target: Ty) -> Result<(), String> {
        let Err(cause) = self.assignable(x, target) else { return Ok(()) };
        if is_untyped(x.ty) {
            return self.cx.convertible(x.ty, target);
        }
        let converted = self.cx.convertible(x.ty, target);
        converted.map_err(|why| if why.is_empty() { cause } else { why })
    }

    /// Upstream: `genericExprList`.
    fn generic_expr_list(&mut self, list: &[ExprId]) -> Args {
        let decl = self.decl;
        let infer = list.is_empty() || !self.allows(21);
        let mut args = Args { list: Vec::with_capacity(list.len()), targs: Vec::new() };
        args.targs.resize(list.len(), Vec::new());
        for (i, e) in list.iter().enumerate() {
            if let ExprKind::Index { x: of, indices } = &decl[*e].kind {
                let (mut x, inst) = self.index_expr(*e, *of, indices);
                x.source = Source::Expr(*e);
                if inst {
                    if let Some(targs) = self.func_inst(None, *e, &mut x, Some(indices), infer) {
                        args.targs[i] = targs;
                    } else {
                        self.record_operand(&x);
                    }
                    args.list.push(x);
                    continue;
                }
                self.record_operand(&x);
                if list.len() > 1 {
                    self.argument_value(&mut x);
                    args.list.push(x);
                    continue;
                }
                self.only_argument(*e, x, &mut args);
                continue;
            }
            if list.len() > 1 {
                let x = self.generic_expr(*e, None);
                args.list.push(x);
            } else {
                let (x, _) = self.raw_expr(None, *e, None, true);
                self.only_argument(*e, x, &mut args);
            }
        }
        args
    }

    fn only_argument(&mut self, e: ExprId, mut x: Operand, args: &mut Args) {
        self.exclude_non_values(&mut x);
        match x.ty.kind() {
            TyKind::Tuple(types) if x.is_valid() => args.list.extend(results(e, types)),
            _ => args.list.push(x),
        }
    }

    fn argument_value(&mut self, x: &mut Operand) {
        self.exclude_non_values(x);
        self.single_value(x);
    }

    /// Checks the arguments of a call against the parameters; gives the function's type with type
    /// arguments in place, or `None` if that could not be found out. Upstream: `arguments`.
    fn arguments(
        &mut self,
        call: &Call<'_>,
        sig: Ty,
        tparams: &[TypeParamDef],
        targs: Vec<Ty>,
        list: &[ExprId],
        args: Args,
    ) -> Option<Ty> {
        let TyKind::Func(func) = sig.kind() else { return None };
        let Args { list: mut operands, targs: arg_targs } = args;
        let mut params: Vec<Ty> = func.params.to_vec();
        let nargs = operands.len();
        let mut want = params.len();
        if func.variadic {
            if call.spread {
                if call.args.len() == 1 && nargs > 1 {
                    let text = expr_string(self.decl, call.args[0]);
                    self.error_at(call.e, format!("cannot use ... with {nargs}-valued {text}"));
                    return None;
                }
            } else if nargs + 1 >= want {
                let elem = params.pop().map(|last| match last.kind() {
                    TyKind::Slice(elem) => *elem,
                    _ => Ty::invalid(),
                });
                params.resize(nargs, elem.unwrap_or_else(Ty::invalid));
                want = nargs;
            } else {
                want -= 1;
            }
        } else if call.spread {
            let text = expr_string(self.decl, call.fun);
            let message = format!("cannot use ... in call to non-variadic {text}");
            self.error_at(call.e, message);
            return None;
        }
        if nargs != want {
            self.wrong_arg_count(call, sig, &operands, want);
            return None;
        }
        let n = tparams.len();
        if n > 0 && !self.allows(18) {
            let at = self.decl[call.e].start;
            self.require(at, 18, |_| "implicit function instantiation".into());
        }
        let mut renamed: Vec<TypeParamDef> = Vec::new();
        let mut given: Vec<Option<Ty>> = targs.into_iter().map(Some).collect();
        if n > 0 {
            let (fresh, map) = self.cx.rename_tparams(tparams, 0);
            params = subst_list(&params, &map);
            renamed = fresh;
            given.resize(n, None);
        }
        let generic = self.add_generic_args(&mut operands, &arg_targs, &mut renamed, &mut given);
        let mut result = sig;
        if !renamed.is_empty() {
            let Some(found) = self.infer_call(call, &renamed, &given, &params, &operands, tparams)
            else {
                for x in &operands {
                    self.settle(x);
                }
                return None;
            };
            if n > 0 {
                let map = Subst::of_params(&renamed[..n], &found[..n]);
                params = subst_list(&params, &map);
                let name = self.instantiated_name(call.fun);
                result = self.instantiate_func(name, call.e, sig, tparams, &found[..n], list);
            }
            let mut at = n;
            for (i, tparams) in generic {
                let count = tparams.len();
                let targs = &found[at..at + count];
                at += count;
                let x = &mut operands[i];
                if let Some(e) = x.expr() {
                    let name = self.instantiated_name(e);
                    x.ty = self.instantiate_func(name, call.e, x.ty, &tparams, targs, &[]);
                    x.generic = None;
                    let x = x.clone();
                    self.record_operand(&x);
                }
            }
        }
        if !operands.is_empty() {
            let fun = call.fun;
            for (x, ty) in operands.iter_mut().zip(&params) {
                self.assignment_to(x, Some(*ty), &|check: &Self| {
                    format!("argument to {}", expr_string(check.decl, fun))
                });
            }
        }
        Some(result)
    }

    /// An operand that nothing more will be said about.
    fn settle(&mut self, x: &Operand) {
        if x.is_valid() && is_untyped(x.ty) {
            self.update_type(x, default_type(x.ty), true);
        }
    }

    /// Generic functions among the arguments have their type parameters inferred with those of
    /// the function called.
    fn add_generic_args(
        &mut self,
        operands: &mut [Operand],
        arg_targs: &[Vec<Ty>],
        renamed: &mut Vec<TypeParamDef>,
        given: &mut Vec<Option<Ty>>,
    ) -> Vec<(usize, Vec<TypeParamDef>)> {
        let mut generic = Vec::new();
        for (i, x) in operands.iter_mut().enumerate() {
            let Some(tparams) = x.func_tparams().cloned() else { continue };
            let nth = u32::try_from(i + 1).unwrap_or(u32::MAX);
            let (fresh, map) = self.cx.rename_tparams(&tparams, nth);
            x.ty = subst(x.ty, &map);
            x.generic = Some(Generic::Func(fresh.clone().into()));
            renamed.extend(fresh.iter().copied());
            if let Some(targs) = arg_targs.get(i) {
                given.extend(targs.iter().map(|ty| Some(*ty)));
            }
            given.resize(renamed.len(), None);
            generic.push((i, fresh));
        }
        if let Some((first, _)) = generic.first() {
            let at = self.pos_of(&operands[*first]);
            self.require(at, 21, |_| "implicitly instantiated function as argument".into());
        }
        generic
    }

    fn infer_call(
        &mut self,
        call: &Call<'_>,
        renamed: &[TypeParamDef],
        given: &[Option<Ty>],
        params: &[Ty],
        operands: &[Operand],
        tparams: &[TypeParamDef],
    ) -> Option<Vec<Ty>> {
        let types: Vec<Ty> =
            operands.iter().map(|x| if x.is_valid() { x.ty } else { Ty::invalid() }).collect();
        let found = self.cx.infer(&Inference {
            tparams: renamed,
            targs: given,
            params,
            args: &types,
            reverse: false,
            describe: &|i| operands.get(i).map_or_else(String::new, |x| self.source_string(x)),
        });
        let (at, message) = match found {
            Ok(targs) => return Some(targs),
            Err(InferError::Silent) => return None,
            Err(InferError::Message { arg, message }) => {
                let at = arg.and_then(|i| operands.get(i)).map(|x| self.pos_of(x));
                (at.unwrap_or(self.decl[call.e].pos), message)
            }
            Err(InferError::Unknown { tparam }) => {
                let name = match renamed.get(tparam) {
                    Some(def) if tparam >= tparams.len() => self.type_string(def.ty),
                    _ => self.tparam_name(tparams, tparam),
                };
                (self.decl[call.e].pos, format!("cannot infer {name}"))
            }
        };
        let fun = expr_string(self.decl, call.fun);
        self.error(at, format!("in call to {fun}, {message}"));
        None
    }

    fn wrong_arg_count(&mut self, call: &Call<'_>, sig: Ty, operands: &[Operand], want: usize) {
        let TyKind::Func(func) = sig.kind() else { return };
        let nargs = operands.len();
        let (qualifier, at) = if nargs > want {
            ("too many", self.pos_of(&operands[want]))
        } else if let Some(last) = operands.last() {
            ("not enough", self.pos_of(last))
        } else {
            ("not enough", self.decl[call.e].end.saturating_sub(1))
        };
        if self.unknown && operands.iter().any(|x| !x.is_valid()) {
            // What is unknown may stand for several values.
            return;
        }
        let have: Vec<Ty> = operands.iter().map(|x| x.ty).collect();
        let fun = expr_string(self.decl, call.fun);
        let have = self.types_summary(&have, false, call.spread);
        let want = self.types_summary(&func.params, func.variadic, false);
        let message =
            format!("{qualifier} arguments in call to {fun}\n\thave {have}\n\twant {want}");
        self.error(at, message);
    }

    /// Types as messages about counts show them. Upstream: `typesSummary`.
    pub(super) fn types_summary(&self, types: &[Ty], variadic: bool, spread: bool) -> String {
        let mut parts = Vec::with_capacity(types.len());
        for (i, ty) in types.iter().enumerate() {
            let last = i + 1 == types.len();
            let mut text = match ty.kind() {
                _ if ty.is_invalid() => "unknown type".into(),
                TyKind::Slice(elem) if last && variadic => self.type_string(*elem),
                TyKind::Basic(basic) if basic.is_untyped() && basic.is_numeric() => "number".into(),
                TyKind::Basic(basic) if basic.is_untyped() => {
                    self.type_string(*ty).replace("untyped ", "")
                }
                _ => self.type_string(*ty),
            };
            if last && variadic {
                text.insert_str(0, "...");
            } else if last && spread {
                text.push_str("...");
            }
            parts.push(text);
        }
        format!("({})", parts.join(", "))
    }

    /// Looks at expressions whose values will not be used. Upstream: `use`.
    pub(super) fn use_exprs(&mut self, list: &[ExprId]) -> bool {
        let mut fine = true;
        for e in list {
            fine &= self.use_one(*e, false);
        }
        fine
    }

    /// Looks at an expression whose value will not be used.
    pub(super) fn use_expr(&mut self, e: ExprId) {
        self.use_one(e, false);
    }

    /// As [`Checker::use_exprs`] for what is assigned to, which is no use of a variable.
    pub(super) fn use_lhs(&mut self, list: &[ExprId]) -> bool {
        let mut fine = true;
        for e in list {
            fine &= self.use_one(*e, true);
        }
        fine
    }

    fn use_one(&mut self, e: ExprId, lhs: bool) -> bool {
        let decl = self.decl;
        let ExprKind::Name(name) = decl[unparen(decl, e)].kind else {
            return match decl[e].kind {
                ExprKind::KeyValue { key, value } => {
                    self.use_one(key, lhs) & self.use_one(value, lhs)
                }
                _ => self.raw_expr(None, e, None, true).0.is_valid(),
            };
        };
        if name.is_blank() {
            return true;
        }
        let before = match self.find(name) {
            Some(Found::Local(local)) if lhs => {
                Some((local, self.scopes.locals[local.0 as usize].used))
            }
            _ => None,
        };
        let x = self.expr_or_type(unparen(decl, e), true);
        if let Some((local, used)) = before {
            self.scopes.locals[local.0 as usize].used = used;
        }
        x.is_valid()
    }

    /// Checks the arguments of `append` as those of a function.
    pub(super) fn append_arguments(
        &mut self,
        e: ExprId,
        fun: ExprId,
        sig: Ty,
        args: &[ExprId],
        spread: bool,
        operands: Vec<Operand>,
    ) {
        let call = Call { e, fun, spread, args };
        let targs = vec![Vec::new(); operands.len()];
        let list = Args { list: operands, targs };
        self.arguments(&call, sig, &[], Vec::new(), &[], list);
    }
}

/// A call as written.
struct Call<'d> {
    e: ExprId,
    fun: ExprId,
    spread: bool,
    args: &'d [ExprId],
}
