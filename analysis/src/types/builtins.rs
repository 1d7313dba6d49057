//! Calls of built-in functions.
//!
//! Upstream: `cmd/compile/internal/types2/builtins.go`.

use super::check::Checker;
use super::constant::Value;
use super::exprstring::expr_string;
use super::info::{Builtin, Mode, Selection, SelectionKind};
use super::lookup::LookupResult;
use super::operand::Operand;
use super::predicates::{default_type, is_type_param, is_untyped};
use super::signature::unparen;
use super::ty::{Basic, ChanDir, Ty, TyKind};
use super::universe;
use crate::syntax::ast::{BinaryOp, ExprId, ExprKind};

/// A call of a built-in function.
struct Call<'d> {
    e: ExprId,
    fun: ExprId,
    builtin: Builtin,
    args: &'d [ExprId],
    spread: bool,
}

impl Checker<'_> {
    /// Upstream: `builtin`.
    pub(super) fn builtin_call(
        &mut self,
        e: ExprId,
        fun: ExprId,
        builtin: Builtin,
        args: &[ExprId],
        spread: bool,
    ) -> Operand {
        let call = Call { e, fun, builtin, args, spread };
        let shape = universe::shape(builtin);
        if spread && builtin != Builtin::Append {
            let message =
                format!("invalid operation: invalid use of ... with built-in {}", shape.name);
            self.error_at(e, message);
            self.use_exprs(args);
            return Operand::invalid(e);
        }
        // Whether len and cap are constant depends on calls in their own argument only.
        let has_call = self.ctx.has_call;
        let measure = matches!(builtin, Builtin::Len | Builtin::Cap);
        if measure {
            self.ctx.has_call = false;
        }
        let result = self.evaluated_builtin(&call);
        if measure {
            self.ctx.has_call = has_call;
        }
        result.unwrap_or_else(|| Operand::invalid(e))
    }

    fn evaluated_builtin(&mut self, call: &Call<'_>) -> Option<Operand> {
        let shape = universe::shape(call.builtin);
        let unevaluated =
            matches!(call.builtin, Builtin::Make | Builtin::New | Builtin::UnsafeOffsetof);
        let mut args = Vec::new();
        let mut count = call.args.len();
        if !unevaluated {
            args = self.expr_list(call.args);
            count = args.len();
            if args.iter().any(|x| !x.is_valid() || self.cx.under(x.ty).is_invalid()) {
                return None;
            }
        }
        let qualifier = if count < shape.args {
            "not enough"
        } else if !shape.variadic && count > shape.args {
            "too many"
        } else {
            ""
        };
        if !qualifier.is_empty() {
            if unevaluated {
                self.use_exprs(call.args);
            }
            let text = expr_string(self.decl, call.e);
            let want = shape.args;
            let message = format!(
                "invalid operation: {qualifier} arguments for {text} (expected {want}, found \
                 {count})"
            );
            self.error_at(call.e, message);
            return None;
        }
        match call.builtin {
            Builtin::Append => self.append(call, args),
            Builtin::Len | Builtin::Cap => self.measure(call, args.pop()?),
            Builtin::Clear => self.clear(call, args.pop()?),
            Builtin::Close => self.close(call, args.pop()?),
            Builtin::Complex => {
                let y = args.pop()?;
                self.complex(call, args.pop()?, y)
            }
            Builtin::Copy => {
                let y = args.pop()?;
                self.copy(call, args.pop()?, y)
            }
            Builtin::Delete => {
                let y = args.pop()?;
                self.delete(call, args.pop()?, y)
            }
            Builtin::Real | Builtin::Imag => self.complex_part(call, args.pop()?),
            Builtin::Make => self.make(call),
            Builtin::Max | Builtin::Min => self.min_max(call, args),
            Builtin::New => self.new_value(call),
            Builtin::Panic => {
                let mut x = args.pop()?;
                self.assignment(&mut x, Some(Ty::empty_interface()), "argument to panic");
                x.is_valid().then(|| self.no_value(call, &[Ty::empty_interface()]))
            }
            Builtin::Print | Builtin::Println => self.print(call, args),
            Builtin::Recover => Some(self.value(call, Ty::empty_interface(), &[])),
            Builtin::UnsafeAdd => {
                let mut y = args.pop()?;
                let mut x = args.pop()?;
                self.require_fun(call, 17, "unsafe.Add");
                let pointer = Ty::basic(Basic::UnsafePointer);
                self.assignment(&mut x, Some(pointer), "argument to unsafe.Add");
                if !x.is_valid() || !self.is_valid_index(&mut y, "length", true) {
                    return None;
                }
                Some(self.value(call, pointer, &[pointer, y.ty]))
            }
            Builtin::UnsafeAlignof | Builtin::UnsafeSizeof => self.size(call, args.pop()?),
            Builtin::UnsafeOffsetof => self.offset(call),
            Builtin::UnsafeSlice => {
                let y = args.pop()?;
                self.unsafe_slice(call, args.pop()?, y)
            }
            Builtin::UnsafeSliceData => {
                let x = args.pop()?;
                self.require_fun(call, 20, "unsafe.SliceData");
                let core = self.cx.core_type(x.ty);
                let Some(TyKind::Slice(elem)) = core.map(Ty::kind) else {
                    self.bad_argument(&x, "is not a slice");
                    return None;
                };
                Some(self.value(call, Ty::pointer(*elem), &[Ty::slice(*elem)]))
            }
            Builtin::UnsafeString => {
                let mut y = args.pop()?;
                let mut x = args.pop()?;
                self.require_fun(call, 20, "unsafe.String");
                let pointer = Ty::pointer(Ty::basic(Basic::Byte));
                self.assignment(&mut x, Some(pointer), "argument to unsafe.String");
                if !x.is_valid() || !self.is_valid_index(&mut y, "length", false) {
                    return None;
                }
                Some(self.value(call, Ty::basic(Basic::String), &[pointer, y.ty]))
            }
            Builtin::UnsafeStringData => {
                let mut x = args.pop()?;
                self.require_fun(call, 20, "unsafe.StringData");
                let string = Ty::basic(Basic::String);
                self.assignment(&mut x, Some(string), "argument to unsafe.StringData");
                if !x.is_valid() {
                    return None;
                }
                Some(self.value(call, Ty::pointer(Ty::basic(Basic::Byte)), &[string]))
            }
        }
    }

    fn require_fun(&mut self, call: &Call<'_>, minor: u16, what: &str) {
        let at = self.decl[call.fun].start;
        self.require(at, minor, |_| what.to_owned());
    }

    fn bad_argument(&mut self, x: &Operand, problem: &str) {
        let text = self.operand_string(x);
        let at = self.pos_of(x);
        self.error(at, format!("invalid argument: {text} {problem}"));
    }

    /// Takes down the type that the function has in this call. Upstream: `recordBuiltinType`.
    fn record_signature(&mut self, call: &Call<'_>, params: &[Ty], result: Option<Ty>, dots: bool) {
        let params: Vec<Ty> = params.iter().map(|ty| default_type(*ty)).collect();
        let sig = Ty::func(&params, result.as_slice(), dots);
        let mut fun = call.fun;
        loop {
            self.record(fun, Mode::Builtin, sig, None);
            match self.decl[fun].kind {
                ExprKind::Paren(inner) => fun = inner,
                _ => return,
            }
        }
    }

    fn value(&mut self, call: &Call<'_>, ty: Ty, params: &[Ty]) -> Operand {
        self.record_signature(call, params, Some(ty), false);
        Operand::new(call.e, Mode::Value, ty)
    }

    fn no_value(&mut self, call: &Call<'_>, params: &[Ty]) -> Operand {
        self.record_signature(call, params, None, false);
        Operand::new(call.e, Mode::NoValue, Ty::tuple(&[]))
    }

    fn constant(&self, call: &Call<'_>, ty: Ty, val: Value) -> Operand {
        let mut x = Operand::new(call.e, Mode::Constant, ty);
        x.val = Some(val);
        x
    }

    /// The type of the elements of the slices that an operand can be.
    fn slice_elem(&mut self, x: &Operand) -> Result<Ty, String> {
        let mut elem: Option<Ty> = None;
        let mut problem = None;
        self.cx.all_types(x.ty, &mut |each| {
            let Some(TyKind::Slice(each)) = each.map(|(_, under)| under.kind()) else {
                let have = if x.is_nil() { "untyped nil".into() } else { self.operand_string(x) };
                problem = Some(format!("argument must be a slice; have {have}"));
                return false;
            };
            if let Some(known) = elem
                && !self.cx.identical(known, *each)
            {
                let (a, b) = (self.type_string(known), self.type_string(*each));
                let text = self.operand_string(x);
                problem = Some(format!("mismatched slice element types {a} and {b} in {text}"));
                return false;
            }
            elem = Some(*each);
            true
        });
        match (problem, elem) {
            (Some(problem), _) => Err(problem),
            (None, elem) => Ok(elem.unwrap_or_else(Ty::invalid)),
        }
    }

    /// Whether an operand can only be bytes or strings, and whether it can be a string.
    fn bytes_or_string(&self, y: &Operand) -> Option<bool> {
        let byte = Ty::basic(Basic::Byte);
        let mut has_string = false;
        let fine = self.cx.all_types(y.ty, &mut |each| match each.map(|(_, under)| under.kind()) {
            Some(TyKind::Slice(elem)) => self.cx.identical(*elem, byte),
            Some(TyKind::Basic(basic)) if basic.is_string() => {
                has_string = true;
                true
            }
            _ => false,
        });
        fine.then_some(has_string)
    }

    fn takes_bytes(&self, x: &Operand) -> bool {
        self.assignable(x, Ty::slice(Ty::basic(Basic::Byte))).is_ok()
    }

    fn append(&mut self, call: &Call<'_>, args: Vec<Operand>) -> Option<Operand> {
        let x = args.first()?.clone();
        let elem = match self.slice_elem(&x) {
            Ok(elem) => elem,
            Err(cause) => {
                let at = self.pos_of(&x);
                self.error(at, format!("invalid append: {cause}"));
                return None;
            }
        };
        let string_to_bytes = call.spread
            && args.len() == 2
            && self.takes_bytes(&x)
            && self.bytes_or_string(&args[1]) == Some(true);
        if string_to_bytes {
            let params = [x.ty, args[1].ty];
            self.record_signature(call, &params, Some(x.ty), true);
        } else {
            let params = [x.ty, Ty::slice(elem)];
            let sig = Ty::func(&params, &[x.ty], true);
            self.append_arguments(call.e, call.fun, sig, call.args, call.spread, args);
            self.record_signature(call, &params, Some(x.ty), true);
        }
        Some(Operand::new(call.e, Mode::Value, x.ty))
    }

    /// A pointer to an array counts as the array.
    fn array_behind(&self, under: Ty) -> Ty {
        if let TyKind::Pointer(to) = under.kind() {
            let to = self.cx.under(*to);
            if matches!(to.kind(), TyKind::Array(..)) {
                return to;
            }
        }
        under
    }

    fn measure(&mut self, call: &Call<'_>, x: Operand) -> Option<Operand> {
        let int = Ty::basic(Basic::Int);
        let is_len = call.builtin == Builtin::Len;
        let under = self.array_behind(self.cx.under(x.ty));
        let measurable = |under: Ty| match under.kind() {
            TyKind::Basic(basic) => basic.is_string() && is_len,
            TyKind::Array(..) | TyKind::Slice(_) | TyKind::Chan(..) => true,
            TyKind::Map(..) => is_len,
            _ => false,
        };
        let fine = if is_type_param(x.ty) {
            self.cx.all_types(x.ty, &mut |each| {
                each.is_some_and(|(_, under)| measurable(self.array_behind(under)))
            })
        } else {
            measurable(under)
        };
        if !fine {
            let text = self.operand_string(&x);
            let name = universe::shape(call.builtin).name;
            let at = self.pos_of(&x);
            self.error(at, format!("invalid argument: {text} for built-in {name}"));
            return None;
        }
        if let Some(val) = &x.val
            && let Some(len) = val.string_len()
        {
            let len = i64::try_from(len).unwrap_or(i64::MAX);
            return Some(self.constant(call, int, Value::from(len)));
        }
        if let TyKind::Array(len, _) = under.kind()
            && !is_type_param(x.ty)
            && !self.ctx.has_call
        {
            let val = if *len >= 0 { Value::from(*len) } else { Value::Unknown };
            return Some(self.constant(call, int, val));
        }
        Some(self.value(call, int, &[x.ty]))
    }

    fn clear(&mut self, call: &Call<'_>, x: Operand) -> Option<Operand> {
        self.require_fun(call, 21, "clear");
        let fine = self.cx.all_types(x.ty, &mut |each| {
            matches!(each.map(|(_, under)| under.kind()), Some(TyKind::Map(..) | TyKind::Slice(_)))
        });
        if !fine {
            let text = self.operand_string(&x);
            let message = format!(
                "invalid argument: cannot clear {text}: argument must be (or constrained by) map \
                 or slice"
            );
            let at = self.pos_of(&x);
            self.error(at, message);
            return None;
        }
        Some(self.no_value(call, &[x.ty]))
    }

    fn close(&mut self, call: &Call<'_>, x: Operand) -> Option<Operand> {
        let mut problem = None;
        self.cx.all_types(x.ty, &mut |each| {
            problem = match each.map(|(_, under)| under.kind()) {
                Some(TyKind::Chan(ChanDir::Recv, _)) => Some("receive-only channel"),
                Some(TyKind::Chan(..)) => None,
                _ => Some("non-channel"),
            };
            problem.is_none()
        });
        if let Some(what) = problem {
            let text = self.operand_string(&x);
            let at = self.pos_of(&x);
            self.error(at, format!("invalid operation: cannot close {what} {text}"));
            return None;
        }
        Some(self.no_value(call, &[x.ty]))
    }

    fn complex(&mut self, call: &Call<'_>, mut x: Operand, mut y: Operand) -> Option<Operand> {
        match (is_untyped(x.ty), is_untyped(y.ty)) {
            (false, false) => {}
            (true, false) => self.convert_untyped(&mut x, y.ty),
            (false, true) => self.convert_untyped(&mut y, x.ty),
            (true, true) if x.is_const() && y.is_const() => {
                for x in [&mut x, &mut y] {
                    let real = x.val.as_ref().is_some_and(|val| val.imag().sign() == 0);
                    if self.cx.is_numeric(x.ty) && real {
                        x.ty = Ty::basic(Basic::UntypedFloat);
                    }
                }
            }
            (true, true) => {
                let float = Ty::basic(Basic::Float64);
                self.convert_untyped(&mut x, float);
                self.convert_untyped(&mut y, float);
            }
        }
        if !x.is_valid() || !y.is_valid() {
            return None;
        }
        if !self.cx.identical(x.ty, y.ty) {
            let text = expr_string(self.decl, call.e);
            let (a, b) = (self.type_string(x.ty), self.type_string(y.ty));
            let message = format!("invalid operation: {text} (mismatched types {a} and {b})");
            let at = self.pos_of(&x);
            self.error(at, message);
            return None;
        }
        let result = self.cx.as_basic(x.ty).and_then(|basic| match basic {
            Basic::Float32 => Some(Basic::Complex64),
            Basic::Float64 => Some(Basic::Complex128),
            Basic::UntypedFloat => Some(Basic::UntypedComplex),
            _ => None,
        });
        let Some(result) = result.map(Ty::basic) else {
            let name = self.type_string(x.ty);
            let message =
                format!("invalid argument: arguments have type {name}, expected floating-point");
            let at = self.pos_of(&x);
            self.error(at, message);
            return None;
        };
        if let (Some(re), Some(im)) = (&x.val, &y.val) {
            let val = Value::make_complex(re.to_float(), im.to_float());
            return Some(self.constant(call, result, val));
        }
        Some(self.value(call, result, &[x.ty, x.ty]))
    }

    fn complex_part(&mut self, call: &Call<'_>, mut x: Operand) -> Option<Operand> {
        if is_untyped(x.ty) {
            if x.is_const() {
                if self.cx.is_numeric(x.ty) {
                    x.ty = Ty::basic(Basic::UntypedComplex);
                }
            } else {
                self.convert_untyped(&mut x, Ty::basic(Basic::Complex128));
                if !x.is_valid() {
                    return None;
                }
            }
        }
        let result = self.cx.as_basic(x.ty).and_then(|basic| match basic {
            Basic::Complex64 => Some(Basic::Float32),
            Basic::Complex128 => Some(Basic::Float64),
            Basic::UntypedComplex => Some(Basic::UntypedFloat),
            _ => None,
        });
        let Some(result) = result.map(Ty::basic) else {
            let name = self.type_string(x.ty);
            let message =
                format!("invalid argument: argument has type {name}, expected complex type");
            let at = self.pos_of(&x);
            self.error(at, message);
            return None;
        };
        if let Some(val) = &x.val {
            let part = if call.builtin == Builtin::Real { val.real() } else { val.imag() };
            return Some(self.constant(call, result, part));
        }
        Some(self.value(call, result, &[x.ty]))
    }

    fn copy(&mut self, call: &Call<'_>, x: Operand, y: Operand) -> Option<Operand> {
        let dst = match self.slice_elem(&x) {
            Ok(elem) => elem,
            Err(cause) => {
                let at = self.pos_of(&x);
                self.error(at, format!("invalid copy: {cause}"));
                return None;
            }
        };
        let special = self.takes_bytes(&x) && self.bytes_or_string(&y).is_some();
        if !special {
            let src = match self.slice_elem(&y) {
                Ok(elem) => elem,
                Err(_) if self.cx.all_string(y.ty) => Ty::basic(Basic::Byte),
                Err(cause) => {
                    let at = self.pos_of(&y);
                    self.error(at, format!("invalid copy: {cause}"));
                    return None;
                }
            };
            if !self.cx.identical(dst, src) {
                let (a, b) = (self.operand_string(&x), self.operand_string(&y));
                let (d, s) = (self.type_string(dst), self.type_string(src));
                let message = format!(
                    "invalid copy: arguments {a} and {b} have different element types {d} and {s}"
                );
                let at = self.pos_of(&x);
                self.error(at, message);
                return None;
            }
        }
        Some(self.value(call, Ty::basic(Basic::Int), &[x.ty, y.ty]))
    }

    fn delete(&mut self, call: &Call<'_>, x: Operand, mut y: Operand) -> Option<Operand> {
        let mut key: Option<Ty> = None;
        let mut problem = None;
        self.cx.all_types(x.ty, &mut |each| {
            let Some(TyKind::Map(each, _)) = each.map(|(_, under)| under.kind()) else {
                problem = Some(false);
                return false;
            };
            if key.is_some_and(|key| !self.cx.identical(key, *each)) {
                problem = Some(true);
                return false;
            }
            key = Some(*each);
            true
        });
        if let Some(mixed) = problem {
            if mixed {
                let text = self.operand_string(&x);
                let at = self.pos_of(&x);
                let message =
                    format!("invalid argument: maps of {text} must have identical key types");
                self.error(at, message);
            } else {
                self.bad_argument(&x, "is not a map");
            }
            return None;
        }
        self.assignment(&mut y, key, "argument to delete");
        if !y.is_valid() {
            return None;
        }
        Some(self.no_value(call, &[x.ty, key?]))
    }

    fn make(&mut self, call: &Call<'_>) -> Option<Operand> {
        let (first, sizes) = call.args.split_first()?;
        let ty = self.var_type(*first);
        if ty.is_invalid() || self.cx.under(ty).is_invalid() {
            self.use_exprs(sizes);
            return None;
        }
        let common = self.cx.common_under_if(ty, &mut |each| match each {
            None => Some("no specific type".into()),
            Some((_, under)) => match under.kind() {
                TyKind::Slice(_) | TyKind::Map(..) | TyKind::Chan(..) => None,
                _ => Some("type must be slice, map, or channel".into()),
            },
        });
        let under = match common {
            Ok(under) => under,
            Err(cause) => {
                let text = expr_string(self.decl, *first);
                let message = format!("invalid argument: cannot make {text}: {cause}");
                self.error_at(*first, message);
                self.use_exprs(sizes);
                return None;
            }
        };
        let min = if matches!(under.kind(), TyKind::Slice(_)) { 2 } else { 1 };
        let count = call.args.len();
        if count < min || min + 1 < count {
            let text = expr_string(self.decl, call.e);
            let more = min + 1;
            let message = format!(
                "invalid operation: {text} expects {min} or {more} arguments; found {count}"
            );
            self.error_at(call.e, message);
            self.use_exprs(sizes);
            return None;
        }
        let mut params = vec![ty];
        let mut known = Vec::new();
        for size in sizes {
            let (ty, val) = self.index(*size, None);
            params.push(ty);
            known.extend(val);
        }
        if let [len, cap] = known[..]
            && len > cap
        {
            self.error_at(sizes[0], "invalid argument: length and capacity swapped");
        }
        Some(self.value(call, ty, &params))
    }

    fn min_max(&mut self, call: &Call<'_>, mut args: Vec<Operand>) -> Option<Operand> {
        let name = universe::shape(call.builtin).name;
        self.require_fun(call, 21, &format!("built-in {name}"));
        let op = if call.builtin == Builtin::Max { BinaryOp::Gtr } else { BinaryOp::Lss };
        let mut x: Option<Operand> = None;
        for y in &mut args {
            if !self.cx.all_ordered(y.ty) {
                self.bad_argument(y, "cannot be ordered");
                return None;
            }
            let Some(best) = &mut x else {
                x = Some(y.clone());
                continue;
            };
            self.match_types(best, y);
            if !best.is_valid() {
                return None;
            }
            if !self.cx.identical(best.ty, y.ty) {
                let (a, b) = (self.type_string(best.ty), self.type_string(y.ty));
                let text = self.source_string(y);
                let message = format!(
                    "invalid argument: mismatched types {a} (previous argument) and {b} (type of \
                     {text})"
                );
                let at = self.pos_of(y);
                self.error(at, message);
                return None;
            }
            match (&best.val, &y.val) {
                (Some(a), Some(b)) => {
                    if b.compare(op, a) {
                        *best = y.clone();
                    }
                }
                _ => best.set_value(),
            }
        }
        let mut x = x?;
        if !x.is_const() {
            x.set_value();
            // The type of untyped arguments is the default one.
            let what = format!("argument to built-in {name}");
            self.assignment(&mut x, Some(Ty::empty_interface()), &what);
            if !x.is_valid() {
                return None;
            }
        }
        for y in &args {
            self.update_type(y, x.ty, true);
        }
        if let Some(val) = x.val {
            return Some(self.constant(call, x.ty, val));
        }
        let params = vec![x.ty; args.len()];
        Some(self.value(call, x.ty, &params))
    }

    fn new_value(&mut self, call: &Call<'_>) -> Option<Operand> {
        let arg = *call.args.first()?;
        let mut x = self.expr_or_type(arg, false);
        self.exclude_builtin(&mut x);
        match x.mode {
            Mode::Invalid => return None,
            Mode::TypeExpr => self.valid_var_type(arg, x.ty),
            _ => {
                if is_untyped(x.ty) {
                    self.assignment(&mut x, None, "argument to new");
                    if !x.is_valid() {
                        return None;
                    }
                }
                let at = self.decl[call.fun].start;
                self.require(at, 26, |check| format!("new({})", expr_string(check.decl, arg)));
            }
        }
        if x.ty.is_invalid() {
            return None;
        }
        Some(self.value(call, Ty::pointer(x.ty), &[x.ty]))
    }

    fn print(&mut self, call: &Call<'_>, args: Vec<Operand>) -> Option<Operand> {
        let name = universe::shape(call.builtin).name;
        let mut params = Vec::with_capacity(args.len());
        for mut x in args {
            self.assignment(&mut x, None, &format!("argument to built-in {name}"));
            if !x.is_valid() {
                return None;
            }
            params.push(x.ty);
        }
        Some(self.no_value(call, &params))
    }

    /// Whether the size of a type depends on type parameters. Upstream: `hasVarSize`.
    fn has_var_size(&self, ty: Ty) -> bool {
        self.has_var_size_within(ty, &mut Vec::new())
    }

    fn has_var_size_within(&self, ty: Ty, seen: &mut Vec<Ty>) -> bool {
        if is_type_param(ty) {
            return true;
        }
        if matches!(ty.kind(), TyKind::Named(_)) {
            if seen.contains(&ty) || seen.len() > super::cx::EXPANSION_LIMIT {
                return false;
            }
            seen.push(ty);
        }
        let varies = match self.cx.under(ty).kind() {
            TyKind::Array(_, elem) => self.has_var_size_within(*elem, seen),
            TyKind::Struct(fields) => {
                fields.iter().any(|field| self.has_var_size_within(field.ty, seen))
            }
            _ => false,
        };
        let vector = match ty.kind() {
            TyKind::Named(named) => {
                named.def.name.as_str() == "_simd" && named.def.package.path.as_str() == "simd"
            }
            _ => false,
        };
        varies || vector
    }

    fn size(&mut self, call: &Call<'_>, mut x: Operand) -> Option<Operand> {
        let align = call.builtin == Builtin::UnsafeAlignof;
        let what = if align { "argument to unsafe.Alignof" } else { "argument to unsafe.Sizeof" };
        self.assignment(&mut x, None, what);
        if !x.is_valid() || !self.is_complete(x.ty) {
            return None;
        }
        let uintptr = Ty::basic(Basic::Uintptr);
        if self.has_var_size(x.ty) {
            return Some(self.value(call, uintptr, &[x.ty]));
        }
        let size = if align { self.cx.align_of(x.ty) } else { self.cx.size_of(x.ty) };
        Some(self.constant(call, uintptr, Value::from(size)))
    }

    fn offset(&mut self, call: &Call<'_>) -> Option<Operand> {
        let arg = *call.args.first()?;
        let decl = self.decl;
        let at = unparen(decl, arg);
        let ExprKind::Selector { x: of, sel } = decl[at].kind else {
            let text = expr_string(decl, arg);
            let message = format!("invalid argument: {text} is not a selector expression");
            self.error_at(arg, message);
            self.use_expr(arg);
            return None;
        };
        let x = self.expr(None, of);
        if !x.is_valid() {
            return None;
        }
        let base = match self.cx.under(x.ty).kind() {
            TyKind::Pointer(to) if matches!(self.cx.under(*to).kind(), TyKind::Struct(_)) => *to,
            _ => x.ty,
        };
        let found = match self.cx.lookup(base, false, self.package(), sel.name) {
            LookupResult::Field(found) => found,
            LookupResult::Method(_) => {
                let text = expr_string(decl, arg);
                let message = format!("invalid argument: {text} is a method value");
                self.error_at(arg, message);
                return None;
            }
            LookupResult::NotFound(_) => {
                if !self.cx.under(base).is_invalid()
                    && !self.cx.has_invalid_embedded(base, &mut Vec::new())
                {
                    let name = self.type_string(base);
                    let message =
                        format!("invalid argument: {name} has no single field {}", sel.name);
                    self.error_at(of, message);
                }
                return None;
            }
        };
        if found.indirect {
            let name = self.type_string(base);
            let message =
                format!("invalid argument: field {} is embedded via a pointer in {name}", sel.name);
            self.error_at(of, message);
            return None;
        }
        let selection = Selection {
            kind: SelectionKind::Field,
            recv: base,
            path: found.path.clone().into(),
            indirect: false,
        };
        self.info.selections.insert(at, selection);
        let mode = if x.mode == Mode::Variable { Mode::Variable } else { Mode::Value };
        self.record(at, mode, found.ty, None);
        let uintptr = Ty::basic(Basic::Uintptr);
        if self.has_var_size(base) {
            return Some(self.value(call, uintptr, &[found.ty]));
        }
        let mut offset = 0;
        let mut ty = base;
        for index in &found.path {
            let index = *index as usize;
            offset += self.cx.offsets_of(ty).get(index).copied().unwrap_or(0);
            let TyKind::Struct(fields) = self.cx.under(ty).kind() else { break };
            ty = fields.get(index)?.ty;
        }
        Some(self.constant(call, uintptr, Value::from(offset)))
    }

    fn unsafe_slice(&mut self, call: &Call<'_>, x: Operand, mut y: Operand) -> Option<Operand> {
        self.require_fun(call, 17, "unsafe.Slice");
        let core = self.cx.core_type(x.ty);
        let Some(TyKind::Pointer(elem)) = core.map(Ty::kind) else {
            self.bad_argument(&x, "is not a pointer");
            return None;
        };
        if !self.is_valid_index(&mut y, "length", false) {
            return None;
        }
        Some(self.value(call, Ty::slice(*elem), &[Ty::pointer(*elem), y.ty]))
    }
}
