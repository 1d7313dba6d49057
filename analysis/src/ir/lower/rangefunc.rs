//! Loops over functions: the body becomes a literal that the function gets.
//!
//! Statements that leave the body say where to go in `#next` and return; checks after the call
//! continue from there. `#stateN` notices a function that calls the body when it must not. The
//! compiler rewrites the syntax tree before anything else; here a plan of the same rewriting is
//! made first for the whole function, because what a loop declares and checks depends on the
//! statements inside it, and lowering then carries it out.
//!
//! Upstream: `cmd/compile/internal/rangefunc/rewrite.go`, same names.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::symbol::Symbol;
use crate::syntax::ast::{Block, Decl, ExprId, ExprKind, StmtId, StmtKind};
use crate::types::constant::Value;
use crate::types::ty::{Basic, Ty, TyKind};

use super::super::closure_name::Why;
use super::super::node::{BinaryOp, Class, Flags, Kind, List, NodeId, Pos};
use super::{Lower, Var};

/// States of a loop's body. Upstream: `internal/abi/rangefuncconsts.go`.
mod state {
    pub(super) const DONE: i64 = 0;
    pub(super) const READY: i64 = 1;
    pub(super) const PANIC: i64 = 2;
    pub(super) const EXHAUSTED: i64 = 3;
    pub(super) const MISSING_PANIC: i64 = 4;
}

/// What `#next` counts by for each loop to leave. Upstream: `perLoopStep`.
const PER_LOOP_STEP: i64 = 2;

/// What `#next` is for `return`.
const NEXT_RETURN: i64 = -1;

/// How the loops over functions of one function are rewritten.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Whether results without a name get one, because a loop body assigns to them.
    pub(super) renames_results: bool,
    loops: FxHashMap<StmtId, Loop>,
    edits: FxHashMap<StmtId, Edit>,
    branch_next: FxHashMap<Branch, i64>,
}

/// A branch to a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Branch {
    tok: Tok,
    label: Symbol,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Tok {
    Break,
    Continue,
    Goto,
}

/// A variable that is declared before the outermost loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outer {
    Next,
    Defers,
}

#[derive(Debug, Default)]
struct Loop {
    /// 1 for the outermost.
    depth: usize,
    state_number: u32,
    yield_number: u32,
    /// For the outermost loop, what is declared before it, in order.
    outer: Vec<Outer>,
    check_return: bool,
    check_break: bool,
    check_continue: bool,
    check_branch: Vec<Branch>,
}

/// What becomes of a statement.
#[derive(Debug, Clone, Copy)]
enum Edit {
    Return,
    /// `break` or `continue` of the loop at hand.
    Leave {
        proceed: bool,
    },
    /// A branch out of the loop at hand.
    Jump {
        next: i64,
    },
    Defer,
}

/// A loop over a function that is being lowered.
pub(super) struct Active {
    id: StmtId,
    state: Var,
    /// The same for all loops of a nest.
    next: Option<Var>,
    defers: Option<Var>,
    /// What the function around the nest returns, and in which variables.
    results: Vec<Ty>,
    result_vars: Vec<Var>,
}

/// A statement that `break` or `continue` can mean.
struct Target {
    id: StmtId,
    label: Option<Symbol>,
    is_loop: bool,
}

struct Planner<'a, 'l> {
    lower: &'l Lower<'a>,
    decl: &'a Decl,
    plan: Plan,
    /// The loops over functions around the statement at hand.
    stack: Vec<StmtId>,
    targets: Vec<Target>,
    label_loop: Option<FxHashMap<Symbol, Option<StmtId>>>,
    body: &'a Block,
    n_states: u32,
    n_yields: u32,
}

impl<'a> Lower<'a> {
    /// Whether a statement is a loop over a function; asks only for types.
    fn ranges_over_func(&self, id: StmtId) -> bool {
        match &self.decl()[id].kind {
            StmtKind::Range { x, .. } => self
                .cx()
                .core_type(self.raw(*x))
                .is_some_and(|core| matches!(core.kind(), TyKind::Func(_))),
            _ => false,
        }
    }

    /// The plan for a function with this body.
    pub(super) fn range_plan(&self, body: &'a Block) -> Rc<Plan> {
        let within = |pos| (body.lbrace..=body.rbrace).contains(&pos);
        let any = (0u32..).zip(&self.decl().stmts).any(|(at, stmt)| {
            matches!(stmt.kind, StmtKind::Range { .. })
                && within(stmt.start)
                && self.ranges_over_func(StmtId(at))
        });
        if !any {
            return Rc::default();
        }
        let mut planner = Planner {
            lower: self,
            decl: self.decl(),
            plan: Plan::default(),
            stack: Vec::new(),
            targets: Vec::new(),
            label_loop: None,
            body,
            n_states: 0,
            n_yields: 0,
        };
        planner.list(&body.stmts);
        Rc::new(planner.plan)
    }

    fn plan(&self) -> Option<Rc<Plan>> {
        self.frames.last().map(|frame| frame.plan.clone())
    }

    /// Whether a statement is a loop that is rewritten.
    pub(super) fn is_range_func(&self, id: StmtId) -> bool {
        self.plan().is_some_and(|plan| plan.loops.contains_key(&id))
    }

    /// Whether a `break` or `continue` has become a `return`.
    pub(super) fn range_edited(&self, id: StmtId) -> bool {
        self.plan().is_some_and(|plan| plan.edits.contains_key(&id))
    }

    /// The token that a `defer` in a loop over a function carries.
    pub(super) fn defer_at(&mut self, pos: Pos) -> Option<NodeId> {
        let defers = self.range_loops.last()?.defers?;
        Some(self.use_var(defers, pos))
    }

    /// Gives a result without a name one. Upstream: `generateParamName`.
    pub(super) fn rename_result(&mut self, var: Var, index: usize) {
        let local = self.frames.last().and_then(|frame| frame.vars.get(&var).copied());
        if let Some(local) = local {
            self.unit[local].name = Symbol::new(&format!("#rv{}", index + 1));
        }
    }

    /// Lowers a statement that is rewritten because it leaves a loop's body; says whether it is.
    pub(super) fn range_edit(&mut self, id: StmtId, pos: Pos, out: &mut Vec<NodeId>) -> bool {
        let Some(edit) = self.plan().and_then(|plan| plan.edits.get(&id).copied()) else {
            return false;
        };
        match edit {
            Edit::Defer => return false,
            Edit::Leave { proceed } => {
                let to = if proceed { state::READY } else { state::DONE };
                self.set_state(self.range_loops.len(), to, pos, out);
                self.return_bool(proceed, pos, pos, out);
            }
            Edit::Jump { next } => {
                self.set_next(next, pos, out);
                self.set_state(self.range_loops.len(), state::DONE, pos, out);
                self.return_bool(false, pos, pos, out);
            }
            Edit::Return => {
                let decl = self.decl();
                if let StmtKind::Return(values) = &decl[id].kind
                    && !values.is_empty()
                {
                    self.assign_results(values, pos, out);
                }
                self.set_next(NEXT_RETURN, pos, out);
                self.set_state(self.range_loops.len(), state::DONE, pos, out);
                self.return_bool(false, pos, pos, out);
            }
        }
        true
    }

    /// Assigns what is returned to the results of the function around the loops.
    fn assign_results(&mut self, values: &[ExprId], pos: Pos, out: &mut Vec<NodeId>) {
        let Some(active) = self.range_loops.first() else { return };
        let (types, vars) = (active.results.clone(), active.result_vars.clone());
        let lhs: Vec<NodeId> = vars.iter().map(|var| self.use_var(*var, pos)).collect();
        let rhs = self.multi_expr(pos, values, &|i| types.get(i).copied());
        let node = match (&lhs[..], &rhs[..]) {
            ([x], [y]) => self.build().assign(*x, Some(*y), pos),
            _ => self.assign_list(&lhs, &rhs, pos),
        };
        out.push(node);
    }

    fn int_at(&mut self, value: i64, pos: Pos) -> NodeId {
        self.build().int(value, pos)
    }

    /// `#next = value`.
    fn set_next(&mut self, value: i64, pos: Pos, out: &mut Vec<NodeId>) {
        let Some(next) = self.range_loops.last().and_then(|active| active.next) else { return };
        let x = self.use_var(next, pos);
        let y = self.int_at(value, pos);
        out.push(self.build().assign(x, Some(y), pos));
    }

    /// `#state = value`, for the loop of that depth.
    fn set_state(&mut self, depth: usize, value: i64, pos: Pos, out: &mut Vec<NodeId>) {
        let Some(active) = depth.checked_sub(1).and_then(|at| self.range_loops.get(at)) else {
            return;
        };
        let state = active.state;
        let x = self.use_var(state, pos);
        let y = self.int_at(value, pos);
        out.push(self.build().assign(x, Some(y), pos));
    }

    /// `return value`, where the value is the predeclared constant.
    fn return_bool(&mut self, value: bool, pos: Pos, at: Pos, out: &mut Vec<NodeId>) {
        let ty = Ty::basic(Basic::Bool);
        let x = self.build().literal(Value::Bool(value), ty, Pos::NONE);
        let conv = self.build().conv(x, ty, at);
        self.build().flag(conv, Flags::IMPLICIT);
        let results = self.unit.list(&[conv]);
        out.push(self.build().stmt(Kind::Return { results }, pos));
    }

    /// `if x op value { then }`.
    fn check(&mut self, var: Var, op: BinaryOp, value: i64, then: &[NodeId], pos: Pos) -> NodeId {
        let x = self.use_var(var, pos);
        let y = self.int_at(value, pos);
        let cond = self.build().add(Kind::Binary { op, x, y }, Ty::basic(Basic::Bool), pos);
        let then = self.unit.list(then);
        self.build().stmt(Kind::If { cond, then, els: List::EMPTY }, pos)
    }

    fn panic_state(&mut self, arg: NodeId, pos: Pos) -> NodeId {
        let sig = Ty::func(&[Ty::basic(Basic::Int)], &[], false);
        self.runtime_call("panicrangestate", &[arg], sig, pos)
    }

    /// Lowers a loop over a function. Upstream: `endLoop`.
    pub(super) fn range_func(&mut self, id: StmtId, out: &mut Vec<NodeId>) {
        let decl = self.decl();
        let (Some(plan), StmtKind::Range { x, body, .. }) = (self.plan(), &decl[id].kind) else {
            return;
        };
        let Some(this) = plan.loops.get(&id) else { return };
        let (start, end) = (self.pos(decl[id].start), self.pos(body.rbrace));
        let (next, defers) = match self.range_loops.last() {
            Some(outer) => (outer.next, outer.defers),
            None => self.outer_vars(this, start, out),
        };
        let (results, result_vars) = match (self.range_loops.first(), self.frames.last()) {
            (Some(outer), _) => (outer.results.clone(), outer.result_vars.clone()),
            (None, Some(frame)) => (frame.results.clone(), frame.result_vars.clone()),
            (None, None) => (Vec::new(), Vec::new()),
        };
        let int = Ty::basic(Basic::Int);
        let state = self.made_var();
        let name = Symbol::new(&format!("#state{}", this.state_number));
        let local = self.add_local(name, int, Class::Auto, start);
        self.bind(state, local);
        let ready = self.int_at(state::READY, start);
        self.define_var(local, ready, start, out);
        self.range_loops.push(Active { id, state, next, defers, results, result_vars });

        let (closure, raw_yield) = self.body_func(id, *x, start, end);
        let ty = self.unit[closure].ty;
        let name = Symbol::new(&format!("#yield{}", this.yield_number));
        let local = self.add_local(name, ty, Class::Auto, Pos::NONE);
        self.define_var(local, closure, start, out);

        let raw_sig = self.cx().core_type(self.raw(*x)).unwrap_or_else(Ty::invalid);
        let mut args = Vec::new();
        let fun = self.callee(*x, raw_sig, &mut args);
        let arg = self.unit[local].node;
        let param = self.subst(raw_yield);
        args.push(self.build().assign_conv(arg, param, start));
        let func = self.func();
        out.push(self.build().call(func, fun, args, false, start));

        let missing = self.int_at(state::MISSING_PANIC, end);
        let missing = self.panic_state(missing, end);
        out.push(self.check(state, BinaryOp::Eq, state::PANIC, &[missing], end));
        self.set_state(self.range_loops.len(), state::EXHAUSTED, end, out);
        self.checks(&plan, this, end, out);
        debug_assert!(self.range_loops.last().is_some_and(|active| active.id == id));
        self.range_loops.pop();
    }

    /// Declares what the loops of a nest share.
    fn outer_vars(
        &mut self,
        this: &Loop,
        start: Pos,
        out: &mut Vec<NodeId>,
    ) -> (Option<Var>, Option<Var>) {
        let (mut next, mut defers) = (None, None);
        for outer in &this.outer {
            let var = self.made_var();
            match outer {
                Outer::Next => {
                    let ty = Ty::basic(Basic::Int);
                    let local = self.add_local("#next".into(), ty, Class::Auto, Pos::NONE);
                    self.bind(var, local);
                    self.zero_var(local, start, out);
                    next = Some(var);
                }
                Outer::Defers => {
                    let local = self.add_local("#defers".into(), Ty::any(), Class::Auto, Pos::NONE);
                    self.bind(var, local);
                    let sig = Ty::func(&[], &[Ty::empty_interface()], false);
                    let call = self.runtime_call("deferrangefunc", &[], sig, start);
                    self.define_var(local, call, start, out);
                    defers = Some(var);
                }
            }
        }
        (next, defers)
    }

    /// The loop's body as a literal; and the type that the function wants for it.
    /// Upstream: `bodyFunc`.
    fn body_func(&mut self, id: StmtId, x: ExprId, start: Pos, end: Pos) -> (NodeId, Ty) {
        let decl = self.decl();
        let StmtKind::Range { lhs, define, body, .. } = &decl[id].kind else {
            return (self.bad(start), Ty::invalid());
        };
        let core = self.cx().core_type(self.raw(x)).unwrap_or_else(Ty::invalid);
        let raw_yield = match core.kind() {
            TyKind::Func(sig) => sig.params.first().copied().unwrap_or_else(Ty::invalid),
            _ => Ty::invalid(),
        };
        let raw_sig = self.cx().core_type(raw_yield).unwrap_or_else(Ty::invalid);
        let TyKind::Func(yield_sig) = raw_sig.kind() else {
            return (self.bad(start), raw_yield);
        };
        let bool_type = Ty::basic(Basic::Bool);
        let params: Vec<Ty> = yield_sig.params.iter().map(|ty| self.subst(*ty)).collect();
        let sig = Ty::func(&params, &[bool_type], yield_sig.variadic);
        let raw = Ty::func(&yield_sig.params, &[bool_type], yield_sig.variadic);
        let parent = self.func();
        let func = self.build().closure_func(parent, Why::Range, sig, start);
        let plan = self.plan().unwrap_or_default();
        self.open(func, raw, plan);
        self.capture_dict();
        let mut given = Vec::new();
        for (i, ty) in params.iter().enumerate() {
            let name = match lhs.get(i).map(|e| (&decl[*e].kind, decl[*e].pos)) {
                Some((ExprKind::Name(name), at)) if *define => Some((*name, at)),
                _ => None,
            };
            if let Some((name, at)) = name {
                self.param(Some((name, at)), *ty, at, Class::Param);
                continue;
            }
            let name = Symbol::new(&format!("#p{}", i + 1));
            let local = self.add_local(name, *ty, Class::Param, start);
            if let Some(e) = lhs.get(i) {
                given.push((*e, local, yield_sig.params[i]));
            }
        }
        self.unit[func].variadic = yield_sig.variadic;
        self.add_local("#r".into(), bool_type, Class::Result, start);

        let mut out = Vec::new();
        for (e, local, raw) in given {
            self.assign_given(e, local, raw, &mut out);
        }
        self.enter_body(start, &mut out);
        let dead = self.stmts_into(&body.stmts, &mut out);
        if !dead {
            self.set_state(self.range_loops.len(), state::READY, end, &mut out);
            self.return_bool(true, end, Pos::NONE, &mut out);
        }
        let list = self.unit.list(&out);
        let data = &mut self.unit[func];
        data.body = list;
        data.has_body = true;
        data.end_pos = end;
        self.close();
        let closure = self.unit[func].closure.unwrap_or_else(|| self.bad(start));
        (closure, raw_yield)
    }

    /// `x = #p1`, where the loop assigns to what is there already.
    fn assign_given(&mut self, e: ExprId, local: super::LocalId, raw: Ty, out: &mut Vec<NodeId>) {
        let at = self.pos_of(e);
        let y = self.unit[local].node;
        let target = self.unparen(e);
        let blank = matches!(self.decl()[target].kind, ExprKind::Name(name) if name.is_blank());
        let (x, y) = if blank {
            (self.build().add(Kind::Blank, Ty::invalid(), Pos::NONE), y)
        } else {
            let x = self.expr(target);
            let dst = self.raw(target);
            let y = if self.cx().identical(raw, dst) {
                y
            } else {
                let dst = self.subst(dst);
                let conv = self.build().conv(y, dst, at);
                self.build().flag(conv, Flags::IMPLICIT)
            };
            (x, y)
        };
        out.push(self.build().assign(x, Some(y), at));
    }

    /// What a body does first: it notes that it runs, and panics if it must not.
    fn enter_body(&mut self, start: Pos, out: &mut Vec<NodeId>) {
        let Some(state) = self.range_loops.last().map(|active| active.state) else { return };
        let int = Ty::basic(Basic::Int);
        let tmp = self.made_var();
        let local = self.add_local("#tmpState".into(), int, Class::Auto, Pos::NONE);
        self.bind(tmp, local);
        let value = self.use_var(state, Pos::NONE);
        self.define_var(local, value, Pos::NONE, out);
        self.set_state(self.range_loops.len(), state::PANIC, start, out);
        let arg = self.unit[local].node;
        let panic = self.panic_state(arg, start);
        out.push(self.check(tmp, BinaryOp::Ne, state::READY, &[panic], start));
    }

    /// What comes after the call. Upstream: `checks`.
    fn checks(&mut self, plan: &Plan, this: &Loop, pos: Pos, out: &mut Vec<NodeId>) {
        let next = self.range_loops.last().and_then(|active| active.next);
        let Some(next) = next else { return };
        let mut done = FxHashSet::default();
        for branch in &this.check_branch {
            if !done.insert(*branch) {
                continue;
            }
            let code = plan.branch_next.get(branch).copied().unwrap_or(0);
            self.use_var(next, pos);
            let mut then = Vec::new();
            self.set_next(0, pos, &mut then);
            let kind = match branch.tok {
                Tok::Break => Kind::Break(Some(branch.label)),
                Tok::Continue => Kind::Continue(Some(branch.label)),
                Tok::Goto => Kind::Goto(branch.label),
            };
            then.push(self.build().stmt(kind, pos));
            let node = self.check(next, BinaryOp::Eq, code, &then, pos);
            out.push(node);
        }
        if this.depth == 1 {
            if this.check_return {
                let ret = self.build().stmt(Kind::Return { results: List::EMPTY }, pos);
                let node = self.check(next, BinaryOp::Eq, NEXT_RETURN, &[ret], pos);
                out.push(node);
            }
            return;
        }
        let outer = this.depth - 1;
        let step = PER_LOOP_STEP * outer as i64;
        if this.check_return {
            self.check_leave(next, BinaryOp::Lt, 0, false, state::DONE, (outer, pos), out);
        }
        let done = self.int_at(state::DONE, pos);
        let panic = self.panic_state(done, pos);
        let node = self.check(next, BinaryOp::Gt, step, &[panic], pos);
        out.push(node);
        if this.check_continue {
            self.check_leave(next, BinaryOp::Eq, step - 1, true, state::READY, (outer, pos), out);
        }
        if this.check_break {
            self.check_leave(next, BinaryOp::Eq, step, true, state::DONE, (outer, pos), out);
        }
        if this.check_continue || this.check_break {
            self.check_leave(next, BinaryOp::Gt, 0, false, state::DONE, (outer, pos), out);
        }
    }

    /// `if #next op code { [#next = 0;] #state = to; return }`, in the body of the loop `outer`.
    #[allow(clippy::too_many_arguments, reason = "they are the parts of one statement")]
    fn check_leave(
        &mut self,
        next: Var,
        op: BinaryOp,
        code: i64,
        clear: bool,
        to: i64,
        (outer, pos): (usize, Pos),
        out: &mut Vec<NodeId>,
    ) {
        // The condition captures first.
        self.use_var(next, pos);
        let mut then = Vec::new();
        if clear {
            self.set_next(0, pos, &mut then);
        }
        self.set_state(outer, to, pos, &mut then);
        self.return_bool(to == state::READY, pos, pos, &mut then);
        let node = self.check(next, op, code, &then, pos);
        out.push(node);
    }
}

impl<'a> Planner<'a, '_> {
    /// Walks a list of statements, then decides about each of them: what is inside a statement is
    /// decided first.
    fn list(&mut self, list: &'a [StmtId]) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            for id in list {
                self.walk(*id, None);
            }
            for id in list {
                self.edit(*id);
            }
        });
    }

    fn walk(&mut self, id: StmtId, label: Option<Symbol>) {
        let decl = self.decl;
        match &decl[id].kind {
            StmtKind::Block(block) => self.list(&block.stmts),
            StmtKind::If { then, els, .. } => {
                self.list(&then.stmts);
                if let Some(els) = els {
                    stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.walk(*els, None));
                }
            }
            StmtKind::Switch { clauses, .. } | StmtKind::TypeSwitch { clauses, .. } => {
                self.targets.push(Target { id, label, is_loop: false });
                clauses.iter().for_each(|clause| self.list(&clause.body.stmts));
                self.targets.pop();
            }
            StmtKind::Select { clauses } => {
                self.targets.push(Target { id, label, is_loop: false });
                clauses.iter().for_each(|clause| self.list(&clause.body.stmts));
                self.targets.pop();
            }
            StmtKind::For { body, .. } => {
                self.targets.push(Target { id, label, is_loop: true });
                self.list(&body.stmts);
                self.targets.pop();
            }
            StmtKind::Range { body, .. } => {
                self.targets.push(Target { id, label, is_loop: true });
                if self.lower.ranges_over_func(id) {
                    self.range(id, body);
                } else {
                    self.list(&body.stmts);
                }
                self.targets.pop();
            }
            StmtKind::Labeled { label, stmt } => {
                self.walk(*stmt, Some(label.name));
                self.edit(*stmt);
            }
            _ => {}
        }
    }

    fn range(&mut self, id: StmtId, body: &'a Block) {
        self.n_states += 1;
        let depth = self.stack.len() + 1;
        let entry = Loop { depth, state_number: self.n_states, ..Loop::default() };
        self.plan.loops.insert(id, entry);
        self.stack.push(id);
        self.list(&body.stmts);
        self.n_yields += 1;
        if depth > 1 {
            // The checks after an inner loop always look at it.
            self.outer(Outer::Next);
        }
        if let Some(entry) = self.plan.loops.get_mut(&id) {
            entry.yield_number = self.n_yields;
        }
        self.stack.pop();
    }

    /// Makes sure that the outermost loop declares a variable.
    fn outer(&mut self, outer: Outer) {
        if let Some(entry) = self.stack.first().and_then(|id| self.plan.loops.get_mut(id))
            && !entry.outer.contains(&outer)
        {
            entry.outer.push(outer);
        }
    }

    fn at(&mut self, index: usize) -> Option<&mut Loop> {
        self.plan.loops.get_mut(self.stack.get(index)?)
    }

    /// Upstream: `editStmt`.
    fn edit(&mut self, id: StmtId) {
        if self.stack.is_empty() || self.plan.edits.contains_key(&id) {
            return;
        }
        let edit = match &self.decl[id].kind {
            StmtKind::Defer(_) => {
                self.outer(Outer::Defers);
                Some(Edit::Defer)
            }
            StmtKind::Return(values) => {
                self.plan.renames_results |= !values.is_empty();
                for index in 0..self.stack.len() {
                    if let Some(entry) = self.at(index) {
                        entry.check_return = true;
                    }
                }
                self.outer(Outer::Next);
                Some(Edit::Return)
            }
            StmtKind::Break(label) => self.branch(Tok::Break, label.map(|label| label.name)),
            StmtKind::Continue(label) => self.branch(Tok::Continue, label.map(|label| label.name)),
            StmtKind::Goto(label) => self.branch(Tok::Goto, Some(label.name)),
            _ => None,
        };
        if let Some(edit) = edit {
            self.plan.edits.insert(id, edit);
        }
    }

    /// The statement that a branch means.
    fn target(&self, tok: Tok, label: Option<Symbol>) -> Option<StmtId> {
        let meant = |target: &&Target| match label {
            Some(_) => target.label == label,
            None => target.is_loop || tok == Tok::Break,
        };
        match tok {
            Tok::Goto => None,
            _ => self.targets.iter().rev().find(meant).map(|target| target.id),
        }
    }

    /// Upstream: `editBranch`.
    fn branch(&mut self, tok: Tok, label: Option<Symbol>) -> Option<Edit> {
        let target = self.target(tok, label);
        let innermost = self.stack.last().copied();
        if label.is_none() && innermost != target {
            return None;
        }
        let found = self.stack.iter().rposition(|id| Some(*id) == target);
        let n = self.stack.len();
        let Some(at) = found else {
            return self.branch_out(Branch { tok, label: label? });
        };
        if at + 1 == n {
            return Some(Edit::Leave { proceed: tok == Tok::Continue });
        }
        let mut exit_from = at + 1;
        if tok == Tok::Continue {
            self.at(exit_from)?.check_continue = true;
        } else {
            exit_from = at;
            self.at(exit_from)?.check_break = true;
        }
        for index in exit_from + 1..n {
            self.at(index)?.check_break = true;
        }
        let next = PER_LOOP_STEP * (at as i64 + 1) - i64::from(tok == Tok::Continue);
        self.outer(Outer::Next);
        Some(Edit::Jump { next })
    }

    /// A branch to a label that is no loop over a function.
    fn branch_out(&mut self, branch: Branch) -> Option<Edit> {
        self.number_branches();
        let inside = self.label_loop.as_ref()?.get(&branch.label).copied().flatten();
        if self.stack.last().copied() == inside {
            return None;
        }
        let next = *self.plan.branch_next.get(&branch)?;
        let exit_from = match self.stack.iter().rposition(|id| Some(*id) == inside) {
            Some(at) => at + 1,
            None => 0,
        };
        self.at(exit_from)?.check_branch.push(branch);
        for index in exit_from + 1..self.stack.len() {
            self.at(index)?.check_return = true;
        }
        self.outer(Outer::Next);
        Some(Edit::Jump { next })
    }

    /// Numbers the branches to all labels, and finds the loop that each label is in.
    /// Upstream: `computeBranchNext`.
    fn number_branches(&mut self) {
        if self.label_loop.is_some() {
            return;
        }
        let decl = self.decl;
        let body = self.body.lbrace..=self.body.rbrace;
        let mut labels = Vec::new();
        for stmt in &decl.stmts {
            if let StmtKind::Labeled { label, .. } = &stmt.kind
                && body.contains(&stmt.start)
            {
                labels.push((label.pos, label.name));
            }
        }
        labels.sort_by_key(|(pos, _)| *pos);
        let mut loops = FxHashMap::default();
        let mut used = NEXT_RETURN;
        for (pos, label) in labels {
            used -= 3;
            let mut number = |tok, next| {
                self.plan.branch_next.insert(Branch { tok, label }, next);
            };
            number(Tok::Break, used);
            number(Tok::Continue, used + 1);
            number(Tok::Goto, used + 2);
            let around = self.innermost_loop_at(pos);
            loops.entry(label).or_insert(around);
        }
        self.label_loop = Some(loops);
    }

    /// The innermost loop over a function whose body holds a place.
    fn innermost_loop_at(&self, pos: u32) -> Option<StmtId> {
        let mut best: Option<(u32, StmtId)> = None;
        for (at, stmt) in (0u32..).zip(&self.decl.stmts) {
            let StmtKind::Range { body, .. } = &stmt.kind else { continue };
            let within = (body.lbrace..=body.rbrace).contains(&pos);
            let inside_function = (self.body.lbrace..=self.body.rbrace).contains(&stmt.start);
            let id = StmtId(at);
            if within
                && inside_function
                && best.is_none_or(|(start, _)| stmt.start > start)
                && self.lower.ranges_over_func(id)
            {
                best = Some((stmt.start, id));
            }
        }
        best.map(|(_, id)| id)
    }
}
