//! Statements.
//!
//! Upstream: `cmd/compile/internal/types2/stmt.go`.

use rustc_hash::FxHashMap;

use super::assignments::{NewVar, Purpose};
use super::check::{Checker, Found};
use super::constant::Value;
use super::expr::ExprClass;
use super::info::{LocalId, LocalKind, Mode};
use super::literals::key_value;
use super::operand::Operand;
use super::predicates::is_type_param;
use super::range::RangeClause;
use super::scope::Entry;
use super::signature::unparen;
use super::ty::{Basic, Ty};
use super::universe::Predeclared;
use crate::symbol::Symbol;
use crate::syntax::ast::{
    BinaryOp, Block, CaseClause, CommClause, ExprId, ExprKind, Ident, Offset, StmtId, StmtKind,
    UnaryOp,
};

/// What a statement may do because of where it stands.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "the rules are independent")]
pub(super) struct StmtContext {
    can_break: bool,
    can_continue: bool,
    can_fall: bool,
    last_case: bool,
    in_type_switch: bool,
}

impl StmtContext {
    /// For statements inside a statement.
    fn inner(self) -> StmtContext {
        StmtContext { can_fall: false, last_case: false, in_type_switch: false, ..self }
    }
}

impl Checker<'_> {
    /// The body of a function, in the block of its parameters. Upstream: `funcBody`.
    pub(super) fn func_body(&mut self, body: &Block) {
        self.stmt_list(StmtContext::default(), &body.stmts);
        if self.ctx.has_label {
            self.labels(&body.stmts);
        }
        let wants_result = self.ctx.results.as_ref().is_some_and(|results| !results.is_empty());
        if wants_result && !self.is_terminating_list(&body.stmts) {
            self.error(body.rbrace, "missing return");
        }
    }

    fn stmt_list(&mut self, ctx: StmtContext, list: &[StmtId]) {
        let decl = self.decl;
        let inner = StmtContext { can_fall: false, ..ctx };
        // Empty statements at the end do not count for fallthrough.
        let last = list.iter().rposition(|s| !matches!(decl[*s].kind, StmtKind::Empty));
        for (i, s) in list.iter().enumerate() {
            let ctx = if Some(i) == last { ctx } else { inner };
            self.stmt(ctx, *s);
        }
    }

    /// A block with a scope of its own.
    pub(super) fn block_stmt(&mut self, ctx: StmtContext, block: &Block) {
        self.open_block();
        self.stmt_list(ctx.inner(), &block.stmts);
        self.close_block();
    }

    fn stmt(&mut self, ctx: StmtContext, s: StmtId) {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || {
            let top = self.delayed.len();
            self.stmt_form(ctx, s);
            self.process_delayed(top);
        });
    }

    fn stmt_form(&mut self, ctx: StmtContext, s: StmtId) {
        let decl = self.decl;
        let inner = ctx.inner();
        let at = decl[s].start;
        match &decl[s].kind {
            StmtKind::Bad | StmtKind::Empty => {}
            StmtKind::Expr(e) => self.expr_stmt(*e),
            StmtKind::Send { chan, value } => {
                let chan = self.expr(None, *chan);
                let mut value = self.generic_expr(*value, None);
                if !chan.is_valid() || !value.is_valid() {
                    return;
                }
                if let Some(elem) = self.chan_elem(at, &chan, false) {
                    self.assignment(&mut value, Some(elem), "send");
                }
            }
            StmtKind::IncDec { x: e, inc } => {
                let mut x = self.expr(None, *e);
                if !x.is_valid() || self.cx.under(x.ty).is_invalid() {
                    return;
                }
                if !self.cx.all_numeric(x.ty) {
                    let text = self.source_string(&x);
                    let name = self.type_string(x.ty);
                    let op = if *inc { "++" } else { "--" };
                    let message =
                        format!("invalid operation: {text}{op} (non-numeric type {name})");
                    self.error_at(*e, message);
                    return;
                }
                self.assign_operand(*e, &mut x, "assignment");
            }
            StmtKind::Assign { lhs, rhs } => self.assign_vars(lhs, rhs),
            StmtKind::Define { lhs, rhs } => self.short_var_decl(decl[s].pos, lhs, rhs),
            StmtKind::OpAssign { op, x, y } => {
                let mut operand = self.binary(None, *x, *y, *op);
                self.assign_operand(*x, &mut operand, "assignment");
            }
            StmtKind::Go(e) => self.suspended_call("go", *e),
            StmtKind::Defer(e) => self.suspended_call("defer", *e),
            StmtKind::Return(values) => self.return_stmt(at, values),
            StmtKind::Break(None) => {
                if !ctx.can_break {
                    self.error(at, "break not in for, switch, or select statement");
                }
            }
            StmtKind::Continue(None) => {
                if !ctx.can_continue {
                    self.error(at, "continue not in for statement");
                }
            }
            StmtKind::Break(Some(_)) | StmtKind::Continue(Some(_)) | StmtKind::Goto(_) => {
                self.ctx.has_label = true;
            }
            StmtKind::Fallthrough => {
                if !ctx.can_fall {
                    self.error(
                        at,
                        if ctx.last_case {
                            "cannot fallthrough final case in switch"
                        } else if ctx.in_type_switch {
                            "cannot fallthrough in type switch"
                        } else {
                            "fallthrough statement out of place"
                        },
                    );
                }
            }
            StmtKind::Block(block) => self.block_stmt(ctx, block),
            StmtKind::If { init, cond, then, els } => {
                self.open_block();
                self.simple_stmt(*init);
                self.condition(*cond, "if");
                self.block_stmt(inner, then);
                if let Some(els) = els {
                    self.stmt(inner, *els);
                }
                self.close_block();
            }
            StmtKind::Switch { init, tag, clauses } => {
                self.open_block();
                self.simple_stmt(*init);
                self.switch_stmt(StmtContext { can_break: true, ..inner }, s, *tag, clauses);
                self.close_block();
            }
            StmtKind::TypeSwitch { init, name, x, clauses } => {
                self.open_block();
                self.simple_stmt(*init);
                let inner = StmtContext { can_break: true, in_type_switch: true, ..inner };
                self.type_switch_stmt(inner, s, *name, *x, clauses);
                self.close_block();
            }
            StmtKind::Select { clauses } => {
                self.select_stmt(StmtContext { can_break: true, ..inner }, clauses);
            }
            StmtKind::For { init, cond, post, body } => {
                self.open_block();
                self.simple_stmt(*init);
                if let Some(cond) = cond {
                    self.condition(*cond, "for");
                }
                self.simple_stmt(*post);
                let inner = StmtContext { can_break: true, can_continue: true, ..inner };
                self.block_stmt(inner, body);
                self.close_block();
            }
            StmtKind::Range { lhs, define, x, range_pos: _, body } => {
                let inner = StmtContext { can_break: true, can_continue: true, ..inner };
                let clause = RangeClause { lhs, define: *define, x: *x, at };
                self.range_stmt(inner, &clause, body);
            }
            StmtKind::Labeled { label: _, stmt } => {
                self.ctx.has_label = true;
                self.stmt(ctx, *stmt);
            }
            StmtKind::Const(specs) => specs.iter().for_each(|spec| self.const_stmt(spec)),
            StmtKind::Var(specs) => specs.iter().for_each(|spec| self.var_stmt(spec)),
            StmtKind::Type(specs) => specs.iter().for_each(|spec| self.type_stmt(spec)),
        }
    }

    fn simple_stmt(&mut self, s: Option<StmtId>) {
        if let Some(s) = s {
            self.stmt(StmtContext::default(), s);
        }
    }

    fn condition(&mut self, cond: ExprId, what: &str) {
        if matches!(self.decl[cond].kind, ExprKind::Bad) {
            return;
        }
        let x = self.expr(None, cond);
        if x.is_valid() && !self.cx.under(x.ty).is_invalid() && !self.cx.all_boolean(x.ty) {
            self.error_at(cond, format!("non-boolean condition in {what} statement"));
        }
    }

    fn expr_stmt(&mut self, e: ExprId) {
        let (x, class) = self.raw_expr(None, e, None, false);
        let problem = match x.mode {
            Mode::Invalid => return,
            Mode::Builtin => "must be called",
            Mode::TypeExpr => "is not an expression",
            _ if class == ExprClass::Statement => return,
            _ => "is not used",
        };
        let text = self.operand_string(&x);
        self.error_at(e, format!("{text} {problem}"));
    }

    /// `go` or `defer`. Upstream: `suspendedCall`.
    fn suspended_call(&mut self, keyword: &str, e: ExprId) {
        if !matches!(self.decl[e].kind, ExprKind::Call { .. }) {
            if !matches!(self.decl[e].kind, ExprKind::Bad) {
                let message = format!("expression in {keyword} must be function call");
                self.error_at(e, message);
                self.use_expr(e);
            }
            return;
        }
        let (x, class) = self.raw_expr(None, e, None, false);
        let problem = match class {
            _ if !x.is_valid() => return,
            ExprClass::Conversion => "requires function call, not conversion",
            ExprClass::Expression => "discards result of",
            ExprClass::Statement => return,
        };
        let text = self.operand_string(&x);
        self.error_at(e, format!("{keyword} {problem} {text}"));
    }

    fn return_stmt(&mut self, at: Offset, values: &[ExprId]) {
        let Some(results) = self.ctx.results.clone() else {
            self.use_exprs(values);
            return;
        };
        let named = results.first().is_some_and(|result| result.name.is_some());
        if values.is_empty() && named {
            for result in results.iter() {
                let Some(name) = result.name.filter(|name| !name.is_blank()) else { continue };
                let found = self.scopes.lookup(self.ctx.block, name);
                let own = result.local.map(Entry::Local);
                if found.is_some() && found != own {
                    let message = format!("result parameter {name} not in scope at return");
                    self.error(at, message);
                }
            }
            return;
        }
        if values.is_empty() && results.is_empty() {
            return;
        }
        let mut vars: Vec<NewVar> = results
            .iter()
            .map(|result| NewVar {
                name: result.name.unwrap_or_default(),
                ty: Some(result.ty),
                local: None,
            })
            .collect();
        self.init_vars(&mut vars, values, Purpose::Return(at));
    }

    fn multiple_defaults(&mut self, defaults: impl Iterator<Item = Offset>) {
        let extra: Vec<Offset> = defaults.skip(1).collect();
        for at in extra {
            self.error(at, "multiple defaults");
        }
    }

    fn switch_stmt(
        &mut self,
        inner: StmtContext,
        s: StmtId,
        tag: Option<ExprId>,
        clauses: &[CaseClause],
    ) {
        let decl = self.decl;
        let mut x = match tag {
            Some(tag) => {
                let mut x = self.expr(None, tag);
                self.assignment(&mut x, None, "switch expression");
                let known = x.is_valid() && !self.cx.under(x.ty).is_invalid();
                if !known {
                    x.invalidate();
                } else if !self.cx.comparable_type(x.ty, true) && !self.cx.has_nil(x.ty) {
                    let text = self.operand_string(&x);
                    let name = self.type_string(x.ty);
                    let message = format!("cannot switch on {text} ({name} is not comparable)");
                    self.error_at(tag, message);
                    x.invalidate();
                }
                x
            }
            None => {
                let at = clauses.first().map_or(decl[s].start, |clause| clause.pos);
                let mut x = Operand::text(at, "true", Ty::basic(Basic::Bool));
                x.mode = Mode::Constant;
                x.val = Some(Value::Bool(true));
                x
            }
        };
        let defaults = clauses.iter().filter(|c| c.cases.is_none()).map(|c| c.pos);
        self.multiple_defaults(defaults);
        let mut seen: FxHashMap<String, Vec<Ty>> = FxHashMap::default();
        for (i, clause) in clauses.iter().enumerate() {
            let last = i + 1 == clauses.len();
            let inner = StmtContext { can_fall: !last, last_case: last, ..inner };
            self.case_values(&mut x, clause.cases.as_deref().unwrap_or_default(), &mut seen);
            self.open_block();
            self.stmt_list(inner, &clause.body.stmts);
            self.close_block();
        }
    }

    /// Upstream: `caseValues`.
    fn case_values(
        &mut self,
        x: &mut Operand,
        values: &[ExprId],
        seen: &mut FxHashMap<String, Vec<Ty>>,
    ) {
        for e in values {
            let mut v = self.expr(None, *e);
            if !x.is_valid() || !v.is_valid() {
                continue;
            }
            self.convert_untyped(&mut v, x.ty);
            if !v.is_valid() {
                continue;
            }
            let mut result = v.clone();
            let mut tag = x.clone();
            self.comparison(&mut result, &mut tag, BinaryOp::Eql, true);
            if !result.is_valid() {
                continue;
            }
            let Some(val) = &v.val else { continue };
            // Like the compiler, this tells numbers, floats and strings apart, not booleans.
            if matches!(val, Value::Bool(_) | Value::Complex(_)) {
                continue;
            }
            let Some(key) = key_value(val) else { continue };
            let types = seen.entry(key).or_default();
            if types.iter().any(|ty| self.cx.identical(*ty, v.ty)) {
                let text = self.operand_string(&v);
                self.error_at(*e, format!("duplicate case {text} in expression switch"));
            } else {
                types.push(v.ty);
            }
        }
    }

    fn type_switch_stmt(
        &mut self,
        inner: StmtContext,
        s: StmtId,
        name: Option<Ident>,
        e: ExprId,
        clauses: &[CaseClause],
    ) {
        let mut name = name;
        if let Some(ident) = name.filter(|ident| ident.name.is_blank()) {
            self.error(ident.pos, "no new variable on left side of :=");
            name = None;
        }
        let x = self.expr(None, e);
        let mut over = None;
        if x.is_valid() && !self.cx.under(x.ty).is_invalid() {
            let text = |check: &Self| check.operand_string(&x);
            if is_type_param(x.ty) {
                let message =
                    format!("cannot use type switch on type parameter value {}", text(self));
                self.error_at(e, message);
            } else if self.cx.is_interface(x.ty) {
                over = Some(x);
            } else {
                let message = format!("{} is not an interface", text(self));
                self.error_at(e, message);
            }
        }
        let defaults = clauses.iter().filter(|c| c.cases.is_none()).map(|c| c.pos);
        self.multiple_defaults(defaults);
        let mut vars: Vec<LocalId> = Vec::new();
        let mut seen: Vec<Option<Ty>> = Vec::new();
        let mut known: rustc_hash::FxHashSet<Option<Ty>> = rustc_hash::FxHashSet::default();
        for (i, clause) in clauses.iter().enumerate() {
            let cases = clause.cases.as_deref().unwrap_or_default();
            let ty = self.case_types(over.as_ref(), cases, &mut seen, &mut known);
            self.open_block();
            if let Some(ident) = name {
                let local = self.new_local(ident.name, ident.pos, ty, LocalKind::Var);
                let index = u32::try_from(i).unwrap_or(u32::MAX);
                self.info.implicits.insert((s, index), local);
                self.declare(ident.name, ident.pos, Entry::Local(local));
                vars.push(local);
            }
            self.stmt_list(inner, &clause.body.stmts);
            self.close_block();
        }
        if let Some(ident) = name {
            let mut used = false;
            for local in vars {
                let state = &mut self.scopes.locals[local.0 as usize];
                used |= state.used;
                // One message is enough for all of them.
                state.used = true;
            }
            if !used && !self.unknown {
                self.error(ident.pos, format!("{} declared and not used", ident.name));
            }
        }
    }

    /// The type of the variable in a clause. Upstream: `caseTypes`.
    fn case_types(
        &mut self,
        x: Option<&Operand>,
        cases: &[ExprId],
        seen: &mut Vec<Option<Ty>>,
        known: &mut rustc_hash::FxHashSet<Option<Ty>>,
    ) -> Ty {
        let mut last: Option<Ty> = None;
        for e in cases {
            let ty = if self.is_nil(*e) {
                self.expr(None, *e);
                None
            } else {
                let ty = self.var_type(*e);
                last = Some(ty);
                if ty.is_invalid() {
                    continue;
                }
                Some(ty)
            };
            last = ty;
            // Canonical forms decide, but for interfaces that embed others.
            let twice = !known.insert(ty.map(Ty::canon))
                || ty.is_some_and(|ty| {
                    ty.has_embeds()
                        && seen.iter().flatten().any(|other| self.cx.identical(*other, ty))
                });
            if twice {
                let name = ty.map_or_else(|| "nil".into(), |ty| self.type_string(ty));
                self.error_at(*e, format!("duplicate case {name} in type switch"));
                continue;
            }
            seen.push(ty);
            if let (Some(x), Some(ty)) = (x, ty) {
                self.type_assertion(*e, x, ty, true);
            }
        }
        match last {
            Some(ty) if cases.len() == 1 => ty,
            _ => x.map_or_else(Ty::invalid, |x| x.ty),
        }
    }

    fn is_nil(&mut self, e: ExprId) -> bool {
        match self.decl[unparen(self.decl, e)].kind {
            ExprKind::Name(name) if name.as_str() == "nil" => {
                matches!(self.find(name), Some(Found::Predeclared(Predeclared::Nil)))
            }
            _ => false,
        }
    }

    fn select_stmt(&mut self, inner: StmtContext, clauses: &[CommClause]) {
        let decl = self.decl;
        let defaults = clauses.iter().filter(|c| c.comm.is_none()).map(|c| c.pos);
        self.multiple_defaults(defaults);
        for clause in clauses {
            if let Some(comm) = clause.comm
                && !self.is_communication(comm)
            {
                let message = "select case must be send or receive (possibly with assignment)";
                self.error(decl[comm].start, message);
                continue;
            }
            self.open_block();
            if let Some(comm) = clause.comm {
                self.stmt(inner, comm);
            }
            self.stmt_list(inner, &clause.body.stmts);
            self.close_block();
        }
    }

    fn is_communication(&self, s: StmtId) -> bool {
        let decl = self.decl;
        let receive = |e: ExprId| {
            matches!(decl[unparen(decl, e)].kind, ExprKind::Unary { op: UnaryOp::Recv, .. })
        };
        match &decl[s].kind {
            StmtKind::Send { .. } | StmtKind::Bad => true,
            StmtKind::Expr(e) => receive(*e),
            StmtKind::Assign { rhs, .. } | StmtKind::Define { rhs, .. } => {
                matches!(&rhs[..], [one] if receive(*one))
            }
            _ => false,
        }
    }

    /// Whether a list of statements ends in one that never goes on. Upstream: `return.go`.
    pub(super) fn is_terminating_list(&self, list: &[StmtId]) -> bool {
        let decl = self.decl;
        let last = list.iter().rev().find(|s| !matches!(decl[**s].kind, StmtKind::Empty));
        last.is_some_and(|s| self.is_terminating(*s, Symbol::EMPTY))
    }

    fn is_terminating(&self, s: StmtId, label: Symbol) -> bool {
        let decl = self.decl;
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &decl[s].kind {
            // What could not be parsed may be anything.
            StmtKind::Bad | StmtKind::Return(_) | StmtKind::Goto(_) | StmtKind::Fallthrough => true,
            StmtKind::Labeled { label, stmt } => self.is_terminating(*stmt, label.name),
            StmtKind::Expr(e) => self.is_panic(*e),
            StmtKind::Block(block) => self.is_terminating_list(&block.stmts),
            StmtKind::If { then, els, .. } => els.is_some_and(|els| {
                self.is_terminating_list(&then.stmts) && self.is_terminating(els, Symbol::EMPTY)
            }),
            StmtKind::Switch { clauses, .. } | StmtKind::TypeSwitch { clauses, .. } => {
                clauses.iter().any(|clause| clause.cases.is_none())
                    && clauses.iter().all(|clause| self.ends_arm(&clause.body, label))
            }
            StmtKind::Select { clauses } => {
                clauses.iter().all(|clause| self.ends_arm(&clause.body, label))
            }
            StmtKind::For { cond: None, body, .. } => {
                !self.has_break_list(&body.stmts, label, true)
            }
            _ => false,
        })
    }

    fn ends_arm(&self, body: &Block, label: Symbol) -> bool {
        self.is_terminating_list(&body.stmts) && !self.has_break_list(&body.stmts, label, true)
    }

    fn is_panic(&self, e: ExprId) -> bool {
        let decl = self.decl;
        let ExprKind::Call { fun, .. } = decl[unparen(decl, e)].kind else { return false };
        let object = self.info.uses.get(&unparen(decl, fun));
        matches!(object, Some(super::info::Object::Builtin(super::info::Builtin::Panic)))
    }

    fn has_break_list(&self, list: &[StmtId], label: Symbol, implicit: bool) -> bool {
        list.iter().any(|s| self.has_break(*s, label, implicit))
    }

    /// Whether a statement holds a `break` out of the statement around; `implicit` if one without
    /// a label would do.
    fn has_break(&self, s: StmtId, label: Symbol, implicit: bool) -> bool {
        let decl = self.decl;
        let arms = |blocks: &mut dyn Iterator<Item = &Block>| {
            let mut found = false;
            for block in blocks {
                found = found || self.has_break_list(&block.stmts, label, false);
            }
            found && !label.is_empty()
        };
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &decl[s].kind {
            StmtKind::Labeled { stmt, .. } => self.has_break(*stmt, label, implicit),
            StmtKind::Break(None) => implicit,
            StmtKind::Break(Some(name)) => name.name == label,
            StmtKind::Block(block) => self.has_break_list(&block.stmts, label, implicit),
            StmtKind::If { then, els, .. } => {
                self.has_break_list(&then.stmts, label, implicit)
                    || els.is_some_and(|els| self.has_break(els, label, implicit))
            }
            StmtKind::Switch { clauses, .. } | StmtKind::TypeSwitch { clauses, .. } => {
                arms(&mut clauses.iter().map(|clause| &clause.body))
            }
            StmtKind::Select { clauses } => arms(&mut clauses.iter().map(|clause| &clause.body)),
            StmtKind::For { body, .. } | StmtKind::Range { body, .. } => {
                arms(&mut std::iter::once(body))
            }
            _ => false,
        })
    }
}
