//! `for … range`.
//!
//! Upstream: `cmd/compile/internal/types2/range.go`.

use super::assignments::NewVar;
use super::check::Checker;
use super::constant::Value;
use super::exprstring::expr_string;
use super::info::{LocalId, LocalKind, Mode};
use super::operand::Operand;
use super::scope::Entry;
use super::signature::unparen;
use super::stmt::StmtContext;
use super::ty::{Basic, ChanDir, Ty, TyKind};
use crate::symbol::Symbol;
use crate::syntax::ast::{Block, ExprId, ExprKind, Offset};

/// A range clause as written.
pub(super) struct RangeClause<'d> {
    pub(super) lhs: &'d [ExprId],
    pub(super) define: bool,
    pub(super) x: ExprId,
    /// The `for`.
    pub(super) at: Offset,
}

impl Checker<'_> {
    /// Upstream: `rangeStmt`.
    pub(super) fn range_stmt(
        &mut self,
        inner: StmtContext,
        clause: &RangeClause<'_>,
        body: &Block,
    ) {
        let decl = self.decl;
        self.ctx.has_call = false;
        let mut x = self.expr(None, clause.x);
        let mut lhs = clause.lhs.iter().copied();
        let (key_expr, value_expr, extra) = (lhs.next(), lhs.next(), lhs.next());
        if x.is_valid() && value_expr.is_none() && !self.ctx.has_call {
            self.record_array_length(clause.x, &x);
        }
        let (mut key, mut value) = (None, None);
        if x.is_valid() && !self.cx.under(x.ty).is_invalid() {
            match self.range_types(x.ty) {
                Err(cause) => {
                    let text = self.operand_string(&x);
                    let cause = if cause.is_empty() { cause } else { format!(": {cause}") };
                    self.error_at(clause.x, format!("cannot range over {text}{cause}"));
                    (key, value) = (Some(Ty::invalid()), Some(Ty::invalid()));
                }
                Ok((k, v)) => {
                    let over = |check: &Self| check.operand_string(&x);
                    if k.is_none()
                        && let Some(e) = key_expr
                    {
                        let message =
                            format!("range over {} permits no iteration variables", over(self));
                        self.error_at(e, message);
                    } else if v.is_none()
                        && let Some(e) = value_expr
                    {
                        let message = format!(
                            "range over {} permits only one iteration variable",
                            over(self)
                        );
                        self.error_at(e, message);
                    } else if let Some(e) = extra {
                        let message = "range clause permits at most two iteration variables";
                        self.error_at(e, message);
                    }
                    (key, value) = (k, v);
                }
            }
        }
        self.open_block();
        let over_int = self.cx.is_integer(x.ty);
        let sides = [(key_expr, key), (value_expr, value)];
        if clause.define {
            self.define_range_vars(&sides, &mut x, over_int, clause.at);
        } else if key_expr.is_some() {
            for (lhs, ty) in sides {
                let Some(lhs) = lhs else { continue };
                let Some(ty) = ty.filter(|ty| !ty.is_invalid()) else {
                    self.use_lhs(&[lhs]);
                    continue;
                };
                if over_int {
                    self.assign_operand(lhs, &mut x, "range clause");
                    if x.is_valid() && !self.cx.is_integer(x.ty) {
                        let name = self.type_string(x.ty);
                        let message = format!("cannot use iteration variable of type {name}");
                        self.error_at(lhs, message);
                    }
                } else {
                    let mut y = value_for(decl[lhs].start, ty);
                    self.assign_operand(lhs, &mut y, "assignment");
                }
            }
        } else if over_int {
            // The number gets the type that a variable would have.
            self.assignment(&mut x, None, "range clause");
        }
        self.block_stmt(inner, body);
        self.close_block();
    }

    /// Ranging over an array for its indices alone does not evaluate it: it counts as its length.
    fn record_array_length(&mut self, e: ExprId, x: &Operand) {
        let under = match self.cx.under(x.ty).kind() {
            TyKind::Pointer(to) => self.cx.under(*to),
            _ => self.cx.under(x.ty),
        };
        if let TyKind::Array(len, _) = under.kind() {
            let e = unparen(self.decl, e);
            let len = Value::from(*len);
            self.record(e, Mode::Constant, Ty::basic(Basic::Int), Some(&len));
        }
    }

    fn define_range_vars(
        &mut self,
        sides: &[(Option<ExprId>, Option<Ty>)],
        x: &mut Operand,
        over_int: bool,
        at: Offset,
    ) {
        let decl = self.decl;
        let mut fresh: Vec<(Symbol, Offset, LocalId)> = Vec::new();
        for (lhs, ty) in sides {
            let Some(lhs) = *lhs else { continue };
            let pos = decl[lhs].start;
            let name = match decl[lhs].kind {
                ExprKind::Name(name) => name,
                _ => {
                    let text = expr_string(decl, lhs);
                    self.error_at(lhs, format!("cannot declare {text}"));
                    Symbol::new("_")
                }
            };
            let local = self.new_local(name, pos, Ty::invalid(), LocalKind::Var);
            self.info.decls.insert(pos, local);
            if !name.is_blank() {
                fresh.push((name, pos, local));
            }
            let Some(ty) = ty.filter(|ty| !ty.is_invalid()) else {
                self.mark_used(local);
                continue;
            };
            let mut var = NewVar { name, ty: None, local: Some(local) };
            if over_int {
                self.init_var(&mut var, x, "range clause");
            } else {
                let mut y = value_for(pos, ty);
                self.init_var(&mut var, &mut y, "assignment");
            }
            self.set_var_types(&[var]);
        }
        if fresh.is_empty() {
            self.error(at, "no new variables on left side of :=");
        }
        for (name, pos, local) in fresh {
            self.declare(name, pos, Entry::Local(local));
        }
    }

    /// The types of the iteration variables, as many as there can be; or why there are none,
    /// which may be empty. Upstream: `rangeKeyVal`.
    fn range_types(&self, ty: Ty) -> Result<(Option<Ty>, Option<Ty>), String> {
        let common = self.cx.common_under_if(ty, &mut |each| {
            let (ty, under) = each?;
            matches!(under.kind(), TyKind::Chan(ChanDir::Send, _))
                .then(|| format!("receive from send-only channel {}", self.type_string(ty)))
        })?;
        let int = Some(Ty::basic(Basic::Int));
        let common = match common.kind() {
            TyKind::Pointer(to) if matches!(self.cx.under(*to).kind(), TyKind::Array(..)) => {
                self.cx.under(*to)
            }
            _ => common,
        };
        match common.kind() {
            TyKind::Basic(basic) if basic.is_string() => Ok((int, Some(Ty::basic(Basic::Rune)))),
            TyKind::Basic(basic) if basic.is_integer() => {
                if self.allows(22) {
                    Ok((Some(ty), None))
                } else {
                    Err("requires go1.22 or later".into())
                }
            }
            TyKind::Array(_, elem) | TyKind::Slice(elem) => Ok((int, Some(*elem))),
            TyKind::Map(key, elem) => Ok((Some(*key), Some(*elem))),
            TyKind::Chan(_, elem) => Ok((Some(*elem), None)),
            TyKind::Func(sig) => {
                if !self.allows(23) {
                    return Err("requires go1.23 or later".into());
                }
                let bad =
                    |what: &str| Err(format!("func must be func(yield func(...) bool): {what}"));
                let [yield_type] = sig.params[..] else { return bad("wrong argument count") };
                if !sig.results.is_empty() {
                    return bad("unexpected results");
                }
                let callback = match self.cx.common_under(yield_type) {
                    Ok(under) => under,
                    Err(cause) => return bad(&format!("in yield type, {cause}")),
                };
                let TyKind::Func(callback) = callback.kind() else {
                    return bad("argument is not func");
                };
                if callback.params.len() > 2 {
                    return bad("yield func has too many parameters");
                }
                match callback.results[..] {
                    [one] if self.cx.identical(one, Ty::basic(Basic::Bool)) => {}
                    [one] if self.cx.is_boolean(one) => {
                        return bad("yield func returns user-defined boolean, not bool");
                    }
                    _ => return bad("yield func does not return bool"),
                }
                if callback.variadic {
                    let name = self.type_string(yield_type);
                    return Err(format!("yield func of type {name} cannot be variadic"));
                }
                let mut params = callback.params.iter().copied();
                Ok((params.next(), params.next()))
            }
            _ => Err(String::new()),
        }
    }
}

fn value_for(at: Offset, ty: Ty) -> Operand {
    Operand::text(at, "value", ty)
}
