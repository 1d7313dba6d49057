//! Index and slice expressions.
//!
//! Upstream: `cmd/compile/internal/types2/index.go`.

use super::check::Checker;
use super::info::Mode;
use super::operand::Operand;
use super::predicates::{is_type_param, is_untyped};
use super::ty::{Basic, Ty, TyKind};
use crate::syntax::ast::{ExprId, ExprKind};

/// What indexing a type gives.
struct Indexed {
    mode: Mode,
    elem: Ty,
    /// The type of the keys of a map.
    key: Option<Ty>,
    /// The length, if it is known.
    len: Option<i64>,
}

impl Checker<'_> {
    /// `of[indices]`, and whether that is a generic function with type arguments, which are then
    /// still to be looked at. Upstream: `indexExpr`.
    pub(super) fn index_expr(
        &mut self,
        e: ExprId,
        of: ExprId,
        indices: &[ExprId],
    ) -> (Operand, bool) {
        let mut x = self.expr_or_type(of, true);
        match x.mode {
            Mode::Invalid => {
                self.use_exprs(indices);
                return (x, false);
            }
            Mode::TypeExpr => {
                let ty = self.var_type(e);
                let mode = if ty.is_invalid() { Mode::Invalid } else { Mode::TypeExpr };
                return (Operand::new(e, mode, ty), false);
            }
            Mode::Value if x.func_tparams().is_some() => return (x, true),
            _ => {}
        }
        self.non_generic(None, &mut x);
        if !x.is_valid() || !self.is_complete(x.ty) {
            self.use_exprs(indices);
            return (Operand::invalid(e), false);
        }
        let under = self.cx.under(x.ty);
        if under.is_invalid() {
            self.use_exprs(indices);
            return (Operand::invalid(e), false);
        }
        let indexed = if is_type_param(x.ty) {
            self.index_type_param(&x)
        } else {
            self.index_type(&x, under)
        };
        let Some(indexed) = indexed else {
            let text = self.operand_string(&x);
            self.error(self.decl[e].pos, format!("cannot index {text}"));
            self.use_exprs(indices);
            return (Operand::invalid(e), false);
        };
        let Some(index) = self.single_index(indices) else {
            return (Operand::invalid(e), false);
        };
        if let Some(key_type) = indexed.key {
            let mut key = self.generic_expr(index, None);
            self.assignment(&mut key, Some(key_type), "map index");
            return (Operand::new(e, Mode::MapIndex, indexed.elem), false);
        }
        self.index(index, indexed.len);
        let mode = if indexed.elem.is_invalid() { Mode::Invalid } else { indexed.mode };
        (Operand::new(e, mode, indexed.elem), false)
    }

    fn index_type(&mut self, x: &Operand, under: Ty) -> Option<Indexed> {
        let byte = Ty::basic(Basic::Byte);
        Some(match under.kind() {
            TyKind::Basic(basic) if basic.is_string() => {
                Indexed { mode: Mode::Value, elem: byte, key: None, len: constant_len(x) }
            }
            TyKind::Array(len, elem) => Indexed {
                mode: if x.mode == Mode::Variable { Mode::Variable } else { Mode::Value },
                elem: *elem,
                key: None,
                len: Some(*len).filter(|len| *len >= 0),
            },
            TyKind::Pointer(to) => {
                if !self.is_complete(*to) {
                    return Some(Indexed {
                        mode: Mode::Invalid,
                        elem: Ty::invalid(),
                        key: None,
                        len: None,
                    });
                }
                let TyKind::Array(len, elem) = self.cx.under(*to).kind() else { return None };
                let len = Some(*len).filter(|len| *len >= 0);
                Indexed { mode: Mode::Variable, elem: *elem, key: None, len }
            }
            TyKind::Slice(elem) => {
                Indexed { mode: Mode::Variable, elem: *elem, key: None, len: None }
            }
            TyKind::Map(key, elem) => {
                Indexed { mode: Mode::MapIndex, elem: *elem, key: Some(*key), len: None }
            }
            _ => return None,
        })
    }

    /// All types of the set must be indexed alike.
    fn index_type_param(&mut self, x: &Operand) -> Option<Indexed> {
        let mut all: Option<Indexed> = None;
        let mut mode = Mode::Variable;
        let fine = self.cx.all_types(x.ty, &mut |each| {
            let Some((_, under)) = each else { return false };
            let (key, elem, len) = match under.kind() {
                TyKind::Basic(basic) if basic.is_string() => {
                    mode = Mode::Value;
                    (None, Ty::basic(Basic::Byte), None)
                }
                TyKind::Array(len, elem) => {
                    if x.mode != Mode::Variable {
                        mode = Mode::Value;
                    }
                    (None, *elem, Some(*len))
                }
                TyKind::Pointer(to) => match self.cx.under(*to).kind() {
                    TyKind::Array(len, elem) => (None, *elem, Some(*len)),
                    _ => return false,
                },
                TyKind::Slice(elem) => (None, *elem, None),
                TyKind::Map(key, elem) => (Some(*key), *elem, None),
                _ => return false,
            };
            let Some(known) = &mut all else {
                all = Some(Indexed { mode, elem, key, len });
                return true;
            };
            let same_keys = match (known.key, key) {
                (Some(a), Some(b)) => self.cx.identical(a, b),
                (None, None) => true,
                _ => false,
            };
            if !same_keys || !self.cx.identical(known.elem, elem) {
                return false;
            }
            // The shortest array counts.
            if let Some(len) = len
                && known.len.is_none_or(|known| len < known)
            {
                known.len = Some(len);
            }
            true
        });
        let mut indexed = all.filter(|_| fine)?;
        indexed.mode = if indexed.key.is_some() { Mode::MapIndex } else { mode };
        Some(indexed)
    }

    fn single_index(&mut self, indices: &[ExprId]) -> Option<ExprId> {
        if let Some(second) = indices.get(1) {
            self.error_at(*second, "invalid operation: more than one index");
        }
        indices.first().copied()
    }

    /// `x[lo:hi:max]`. Upstream: `sliceExpr`.
    pub(super) fn slice_expr(&mut self, e: ExprId) -> Operand {
        let decl = self.decl;
        let ExprKind::Slice { x: of, lo, hi, max, three } = decl[e].kind else {
            return Operand::invalid(e);
        };
        let indices = [lo, hi, max];
        let mut x = self.expr(None, of);
        if !x.is_valid() || self.cx.under(x.ty).is_invalid() {
            self.use_exprs(&indices.into_iter().flatten().collect::<Vec<_>>());
            return Operand::invalid(e);
        }
        let Some(common) = self.sliced_type(&x) else {
            self.use_exprs(&indices.into_iter().flatten().collect::<Vec<_>>());
            return Operand::invalid(e);
        };
        if let TyKind::Pointer(to) = common.kind()
            && !self.is_complete(*to)
        {
            return Operand::invalid(e);
        }
        let mut ty = x.ty;
        let len = match common.kind() {
            TyKind::Basic(basic) if basic.is_string() => {
                if three {
                    let at = max.unwrap_or(e);
                    self.error_at(at, "invalid operation: 3-index slice of string");
                    return Operand::invalid(e);
                }
                if is_untyped(x.ty) {
                    ty = Ty::basic(Basic::String);
                }
                constant_len(&x)
            }
            TyKind::Array(len, elem) => {
                if x.mode != Mode::Variable {
                    let text = self.operand_string(&x);
                    self.error_at(of, format!("cannot slice unaddressable value {text}"));
                    return Operand::invalid(e);
                }
                ty = Ty::slice(*elem);
                Some(*len).filter(|len| *len >= 0)
            }
            TyKind::Pointer(to) if matches!(self.cx.under(*to).kind(), TyKind::Array(..)) => {
                let TyKind::Array(len, elem) = self.cx.under(*to).kind() else {
                    return Operand::invalid(e);
                };
                ty = Ty::slice(*elem);
                Some(*len).filter(|len| *len >= 0)
            }
            TyKind::Slice(_) => None,
            _ => {
                let text = self.operand_string(&x);
                self.error_at(of, format!("cannot slice {text}"));
                return Operand::invalid(e);
            }
        };
        x.set_value();
        x.ty = ty;
        if three && (hi.is_none() || max.is_none()) {
            // Said by the parser.
            return Operand::invalid(e);
        }
        self.slice_indices(indices, len);
        x
    }

    /// What is sliced, which all types of a type set must share; strings count as such if one of
    /// them is.
    fn sliced_type(&mut self, x: &Operand) -> Option<Ty> {
        let mut common: Option<(Ty, Ty)> = None;
        let mut has_string = false;
        let mut problem = None;
        self.cx.all_types(x.ty, &mut |each| {
            let Some((ty, under)) = each else {
                problem = Some(format!("no specific type in {}", self.type_string(x.ty)));
                return false;
            };
            let under = match under.kind() {
                TyKind::Basic(basic) if basic.is_string() => {
                    has_string = true;
                    Ty::slice(Ty::basic(Basic::Uint8))
                }
                _ => under,
            };
            match common {
                None => common = Some((ty, under)),
                Some((first, known)) if !self.cx.identical(known, under) => {
                    let (a, b) = (self.type_string(first), self.type_string(ty));
                    problem = Some(format!("{a} and {b} have different underlying types"));
                    return false;
                }
                Some(_) => {}
            }
            true
        });
        if let Some(problem) = problem {
            let text = self.operand_string(x);
            let at = self.pos_of(x);
            self.error(at, format!("cannot slice {text}: {problem}"));
            return None;
        }
        if has_string {
            return Some(Ty::basic(Basic::String));
        }
        common.map(|(_, under)| under)
    }

    fn slice_indices(&mut self, indices: [Option<ExprId>; 3], len: Option<i64>) {
        let mut values: [Option<i64>; 3] = [None; 3];
        for (i, index) in indices.into_iter().enumerate() {
            values[i] = match index {
                Some(index) => self.index(index, len.map(|len| len + 1)).1,
                None if i == 0 => Some(0),
                None => len,
            };
        }
        // Constant indices must be in order; the first mistake is enough.
        for (i, low) in values.into_iter().enumerate() {
            let Some(low) = low.filter(|low| *low > 0) else { continue };
            for j in i + 1..3 {
                if let Some(high) = values[j].filter(|high| *high < low) {
                    if let Some(at) = indices[j] {
                        self.error_at(at, format!("invalid slice indices: {high} < {low}"));
                    }
                    return;
                }
            }
        }
    }

    /// An index, which must be below `max`: its type, and its value if it is constant.
    pub(super) fn index(&mut self, e: ExprId, max: Option<i64>) -> (Ty, Option<i64>) {
        let mut x = self.expr(None, e);
        if !self.is_valid_index(&mut x, "index", false) {
            return (Ty::invalid(), None);
        }
        let Some(val) = &x.val else { return (x.ty, None) };
        let Some(value) = val.int64() else { return (Ty::invalid(), None) };
        if let Some(max) = max
            && value >= max
        {
            let message = format!("invalid argument: index {val} out of bounds [0:{max}]");
            self.error_at(e, message);
            return (Ty::invalid(), None);
        }
        (x.ty, Some(value))
    }

    /// Whether an operand can be an index or length. Upstream: `isValidIndex`.
    pub(super) fn is_valid_index(
        &mut self,
        x: &mut Operand,
        what: &str,
        allow_negative: bool,
    ) -> bool {
        if !x.is_valid() {
            return false;
        }
        // The spec wants a constant index to be representable as an int.
        self.convert_untyped(x, Ty::basic(Basic::Int));
        if !x.is_valid() || self.cx.under(x.ty).is_invalid() {
            return false;
        }
        let problem = if !self.cx.all_integer(x.ty) {
            Some("must be integer")
        } else if let Some(val) = &x.val {
            let int = val.representable(Basic::Int, self.cx.target.arch.ptr_size());
            if !allow_negative && !val.is_unknown() && val.sign() < 0 {
                Some("must not be negative")
            } else if let Some(int) = int {
                x.val = Some(int);
                None
            } else {
                Some("overflows int")
            }
        } else {
            None
        };
        let Some(problem) = problem else { return true };
        let text = self.operand_string(x);
        let at = self.pos_of(x);
        self.error(at, format!("invalid argument: {what} {text} {problem}"));
        false
    }
}

fn constant_len(x: &Operand) -> Option<i64> {
    let len = x.val.as_ref()?.string_len()?;
    i64::try_from(len).ok()
}
