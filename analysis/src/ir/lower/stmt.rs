//! Statements. What cannot be reached is not lowered.
//!
//! Upstream: `noder/writer.go`, `stmts`; `noder/reader.go`, `stmt1`; `typecheck/stmt.go`.

use crate::release::GoVersion;
use crate::symbol::Symbol;
use crate::syntax::ast::{
    self, BinaryOp as AstOp, Block, CaseClause, CommClause, ExprId, ExprKind, Ident, InterfaceElem,
    StmtId, StmtKind, VarSpec,
};
use crate::types::constant::Value;
use crate::types::info::{Builtin, LocalKind, Object};
use crate::types::ty::{Basic, Ty, TyKind};

use super::super::build::is_interface;
use super::super::closure_name::Why;
use super::super::node::{
    As2Op, BinaryOp, Class, ConvOp, Flags, Kind, List, LocalId, NodeId, Pos, UnaryOp,
};
use super::expr::binary_op;
use super::{Lower, Var};

/// What an assignment assigns to.
enum Place {
    Blank,
    /// A variable that the statement declares.
    New(LocalId),
    Old(NodeId),
}

impl Lower<'_> {
    /// Lowers a list of statements.
    pub(super) fn stmts(&mut self, list: &[StmtId]) -> Vec<NodeId> {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || {
            let mut out = Vec::with_capacity(list.len());
            self.stmts_into(list, &mut out);
            out
        })
    }

    /// Lowers a list of statements; says whether what comes after it cannot be reached.
    pub(super) fn stmts_into(&mut self, list: &[StmtId], out: &mut Vec<NodeId>) -> bool {
        let labeled = |id: StmtId| matches!(self.decl()[id].kind, StmtKind::Labeled { .. });
        let last_label = list.iter().rposition(|id| labeled(*id));
        let mut dead = false;
        for (at, id) in list.iter().enumerate() {
            let is_label = matches!(self.decl()[*id].kind, StmtKind::Labeled { .. });
            if dead && !is_label && last_label.is_none_or(|last| at > last) {
                continue;
            }
            self.stmt(*id, out);
            dead = self.terminates(*id);
        }
        dead
    }

    /// Lowers an optional statement to at most one. Upstream: `reader.stmt`, `block`.
    fn one_stmt(&mut self, id: Option<StmtId>) -> Option<NodeId> {
        let mut out = Vec::new();
        if let Some(id) = id {
            self.stmt(id, &mut out);
        }
        self.as_block(&out)
    }

    fn as_block(&mut self, list: &[NodeId]) -> Option<NodeId> {
        match list {
            [] => None,
            [one] => Some(*one),
            [first, ..] => {
                let pos = self.unit[*first].pos;
                let list = self.unit.list(list);
                Some(self.build().stmt(Kind::Block { list }, pos))
            }
        }
    }

    fn block_list(&mut self, block: &Block) -> List {
        let list = self.stmts(&block.stmts);
        self.unit.list(&list)
    }

    pub(super) fn stmt(&mut self, id: StmtId, out: &mut Vec<NodeId>) {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.stmt1(id, out));
    }

    fn stmt1(&mut self, id: StmtId, out: &mut Vec<NodeId>) {
        let decl = self.decl();
        let stmt = &decl[id];
        let pos = self.pos(stmt.pos);
        if self.range_edit(id, pos, out) {
            return;
        }
        match &stmt.kind {
            StmtKind::Bad | StmtKind::Empty | StmtKind::Const(_) | StmtKind::Type(_) => {}
            StmtKind::Expr(e) => {
                let node = self.expr(*e);
                out.push(node);
            }
            StmtKind::Send { chan, value } => {
                let elem = super::core_elem(self.cx(), self.raw(*chan));
                let chan = self.expr(*chan);
                let value = self.implicit_conv(Some(elem), *value);
                out.push(self.build().stmt(Kind::Send { chan, value }, pos));
            }
            StmtKind::IncDec { x, inc } => {
                let x = self.expr(*x);
                let ty = self.unit[x].ty;
                let one = self.fix_value(Value::from(1i64), ty);
                let y = self.build().literal(one, ty, pos);
                let op = if *inc { BinaryOp::Add } else { BinaryOp::Sub };
                let node = self.build().stmt(Kind::AsOp { op, x, y }, pos);
                out.push(self.build().flag(node, Flags::INC_DEC));
            }
            StmtKind::OpAssign { op, x, y } => {
                let shift = matches!(op, AstOp::Shl | AstOp::Shr);
                let ty = (!shift).then(|| self.raw(*x));
                let x = self.expr(*x);
                let y = self.implicit_conv(ty, *y);
                out.push(self.build().stmt(Kind::AsOp { op: binary_op(*op), x, y }, pos));
            }
            StmtKind::Assign { lhs, rhs } | StmtKind::Define { lhs, rhs } => {
                let places: Vec<Place> = lhs.iter().map(|e| self.place(*e)).collect();
                self.assign_stmt(pos, &places, rhs, &|lower, i| lower.place_type(lhs[i]), out);
            }
            StmtKind::Var(specs) => specs.iter().for_each(|spec| self.var_spec(spec, out)),
            StmtKind::Go(call) => {
                let node = self.go_defer(*call, Why::Go, pos);
                out.push(node);
            }
            StmtKind::Defer(call) => {
                let node = self.go_defer(*call, Why::Defer, pos);
                out.push(node);
            }
            StmtKind::Return(values) => {
                let types = self.frames.last().map_or(Vec::new(), |frame| frame.results.clone());
                let results = self.multi_expr(pos, values, &|i| types.get(i).copied());
                self.return_stmt(&results, pos, out);
            }
            StmtKind::Break(label) => self.branch(Kind::Break(label_of(*label)), pos, out),
            StmtKind::Continue(label) => self.branch(Kind::Continue(label_of(*label)), pos, out),
            StmtKind::Goto(label) => self.branch(Kind::Goto(label.name), pos, out),
            StmtKind::Fallthrough => self.branch(Kind::Fall, pos, out),
            StmtKind::Block(block) => {
                self.stmts_into(&block.stmts, out);
            }
            StmtKind::If { init, cond, then, els } => {
                self.if_stmt(*init, *cond, then, *els, pos, out);
            }
            StmtKind::Switch { init, tag, clauses } => {
                self.switch_stmt(*init, *tag, clauses, pos, out);
            }
            StmtKind::TypeSwitch { init, name, x, clauses } => {
                self.type_switch(id, *init, *name, *x, clauses, pos, out);
            }
            StmtKind::Select { clauses } => self.select_stmt(clauses, pos, out),
            StmtKind::For { init, cond, post, body } => {
                self.for_stmt(*init, *cond, *post, body, pos, out);
            }
            StmtKind::Range { lhs, define, x, range_pos, body } => {
                if self.is_range_func(id) {
                    self.range_func(id, out);
                } else {
                    self.range_stmt(lhs, *define, *x, self.pos(*range_pos), body, out);
                }
            }
            StmtKind::Labeled { label, stmt } => {
                let colon = label.pos + label.name.as_str().len() as u32;
                let pos = self.pos(colon);
                let kind = match label.name.is_blank() {
                    true => Kind::Block { list: List::EMPTY },
                    false => Kind::Label(label.name),
                };
                out.push(self.build().stmt(kind, pos));
                self.stmt(*stmt, out);
            }
        }
    }

    fn branch(&mut self, kind: Kind, pos: Pos, out: &mut Vec<NodeId>) {
        out.push(self.build().stmt(kind, pos));
    }

    /// `return results`.
    pub(super) fn return_stmt(&mut self, results: &[NodeId], pos: Pos, out: &mut Vec<NodeId>) {
        let types = self.frames.last().map_or(Vec::new(), |frame| frame.results.clone());
        let mut results = results.to_vec();
        let mut at = pos;
        for (node, ty) in results.iter_mut().zip(types) {
            let ty = self.subst(ty);
            if self.build().has_unique_pos(*node) {
                at = self.unit[*node].pos;
            }
            *node = self.build().assign_conv(*node, ty, at);
        }
        let results = self.unit.list(&results);
        out.push(self.build().stmt(Kind::Return { results }, pos));
    }

    /// The left side of an assignment. Upstream: `assign`.
    fn place(&mut self, e: ExprId) -> Place {
        let e = self.unparen(e);
        if let ExprKind::Name(name) = self.decl()[e].kind {
            if name.is_blank() {
                return Place::Blank;
            }
            let at = self.decl()[e].pos;
            if let Some(local) = self.declare(name, at) {
                return Place::New(local);
            }
        }
        Place::Old(self.expr(e))
    }

    /// Declares the variable whose name stands at an offset, if one is declared there.
    pub(super) fn declare(&mut self, name: Symbol, at: ast::Offset) -> Option<LocalId> {
        let id = *self.info().decls.get(&at)?;
        let declared = self.info().locals.get(id.0 as usize)?;
        if !matches!(declared.kind, LocalKind::Var | LocalKind::Param) {
            return None;
        }
        let ty = self.subst(declared.ty);
        let pos = self.pos(at);
        if let Some(frame) = self.frames.last_mut() {
            frame.base_pos = pos;
        }
        let local = self.add_local(name, ty, Class::Auto, pos);
        self.bind(Var::Declared(id), local);
        Some(local)
    }

    /// The type to which a value is converted that is assigned to `e`.
    fn place_type(&self, e: ExprId) -> Option<Ty> {
        let e = self.unparen(e);
        if let ExprKind::Name(name) = self.decl()[e].kind {
            if name.is_blank() {
                return None;
            }
            if let Some(local) = self.info().decls.get(&self.decl()[e].pos) {
                return self.info().locals.get(local.0 as usize).map(|local| local.ty);
            }
            if let Some(Object::Local(local)) = self.object(e) {
                return self.info().locals.get(local.0 as usize).map(|local| local.ty);
            }
        }
        Some(self.raw(e))
    }

    fn assign_stmt(
        &mut self,
        pos: Pos,
        places: &[Place],
        rhs: &[ExprId],
        dst: &dyn Fn(&Self, usize) -> Option<Ty>,
        out: &mut Vec<NodeId>,
    ) {
        let types: Vec<Option<Ty>> = (0..places.len()).map(|i| dst(self, i)).collect();
        let values = self.multi_expr(pos, rhs, &|i| types.get(i).copied().flatten());
        let mut new = Vec::new();
        let mut lhs = Vec::new();
        for place in places {
            lhs.push(match place {
                Place::Blank => self.build().add(Kind::Blank, Ty::invalid(), Pos::NONE),
                Place::New(local) => {
                    new.push(*local);
                    self.unit[*local].node
                }
                Place::Old(node) => *node,
            });
        }
        let node = match (&lhs[..], &values[..]) {
            ([x], [y]) => self.build().assign(*x, Some(*y), pos),
            _ => self.assign_list(&lhs, &values, pos),
        };
        self.build().define(node, &new);
        out.push(node);
    }

    /// `var x, y T = a, b`.
    fn var_spec(&mut self, spec: &VarSpec, out: &mut Vec<NodeId>) {
        let Some(first) = spec.names.first() else { return };
        let pos = self.pos(first.pos);
        let mut places = Vec::new();
        let mut types = Vec::new();
        for name in &spec.names {
            let local = if name.name.is_blank() { None } else { self.declare(name.name, name.pos) };
            let declared = self.info().decls.get(&name.pos);
            let ty = declared.and_then(|id| self.info().locals.get(id.0 as usize)).map(|l| l.ty);
            types.push(if name.name.is_blank() { None } else { ty });
            places.push(local.map_or(Place::Blank, Place::New));
        }
        if !spec.values.is_empty() {
            return self.assign_stmt(pos, &places, &spec.values, &|_, i| types[i], out);
        }
        for place in places {
            if let Place::New(local) = place {
                self.zero_var(local, pos, out);
            }
        }
    }

    /// `var x T`.
    pub(super) fn zero_var(&mut self, local: LocalId, pos: Pos, out: &mut Vec<NodeId>) {
        let x = self.unit[local].node;
        let node = self.build().assign(x, None, pos);
        let dcl = self.build().dcl(local, pos);
        self.build().prepend_init(node, &[dcl]);
        out.push(node);
    }

    /// `var x = y` of a variable that lowering makes up.
    pub(super) fn define_var(
        &mut self,
        local: LocalId,
        value: NodeId,
        pos: Pos,
        out: &mut Vec<NodeId>,
    ) {
        let x = self.unit[local].node;
        let node = self.build().assign(x, Some(value), pos);
        self.build().define(node, &[local]);
        out.push(node);
    }

    /// Upstream: `typecheck.tcGoDefer`.
    fn go_defer(&mut self, call: ExprId, why: Why, pos: Pos) -> NodeId {
        let call = self.expr(call);
        let at = if why == Why::Defer { self.defer_at(pos) } else { None };
        let func = self.func();
        let mut init = Vec::new();
        let call = self.build().normalize_go_defer(func, why, call, pos, &mut init);
        self.build().flag(call, Flags::GO_DEFER);
        let kind = match why {
            Why::Go => Kind::Go { call },
            _ => Kind::Defer { call, at },
        };
        let node = self.build().stmt(kind, pos);
        self.build().prepend_init(node, &init);
        node
    }

    fn if_stmt(
        &mut self,
        init: Option<StmtId>,
        cond: ExprId,
        then: &Block,
        els: Option<StmtId>,
        pos: Pos,
        out: &mut Vec<NodeId>,
    ) {
        let known = self.static_bool(cond);
        let mut init_list = Vec::new();
        if let Some(init) = init {
            self.stmt(init, &mut init_list);
        }
        let cond = self.expr(cond);
        let then = if known >= 0 { self.stmts(&then.stmts) } else { Vec::new() };
        let mut els_list = Vec::new();
        if known <= 0
            && let Some(els) = els
        {
            self.stmt(els, &mut els_list);
        }
        if known != 0 {
            if !matches!(self.unit[cond].kind, Kind::Literal(_)) {
                let x = self.build().add(Kind::Blank, Ty::invalid(), Pos::NONE);
                init_list.push(self.build().assign(x, Some(cond), pos));
            }
            init_list.extend(then);
            init_list.extend(els_list);
            out.extend(self.as_block(&init_list));
            return;
        }
        let (then, els) = (self.unit.list(&then), self.unit.list(&els_list));
        let node = self.build().stmt(Kind::If { cond, then, els }, pos);
        self.build().prepend_init(node, &init_list);
        out.push(node);
    }

    /// Whether the condition is known: 1 if it always holds, -1 if it never does. Leaves in its
    /// place only the side that decides. Upstream: `staticBool`.
    pub(super) fn static_bool(&mut self, slot: ExprId) -> i32 {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.static_bool1(slot))
    }

    fn static_bool1(&mut self, slot: ExprId) -> i32 {
        let e = self.resolve(slot);
        if let Some(Value::Bool(value)) = self.constant(e) {
            return if *value { 1 } else { -1 };
        }
        let (op, x, y) = match self.decl()[e].kind {
            // As upstream, the sign is not turned round: without parentheses only constants can
            // stand here, and these are known as a whole.
            ExprKind::Unary { op: ast::UnaryOp::Not, x } => return self.static_bool(x),
            ExprKind::Binary { op: op @ (AstOp::LAnd | AstOp::LOr), x, y } => (op, x, y),
            _ => return 0,
        };
        // What decides `&&` if false decides `||` if true.
        let decides = if op == AstOp::LAnd { -1 } else { 1 };
        let known_x = self.static_bool(x);
        if known_x == decides {
            self.replaced.insert(slot, self.resolve(x));
            return known_x;
        }
        let known_y = self.static_bool(y);
        if known_x == -decides || known_y == decides {
            if self.constant(self.resolve(x)).is_some() {
                self.replaced.insert(slot, self.resolve(y));
            }
            return known_y;
        }
        0
    }

    /// Whether nothing after a statement can be reached. Upstream: `terminates`.
    pub(super) fn terminates(&mut self, id: StmtId) -> bool {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.terminates1(id))
    }

    fn terminates1(&mut self, id: StmtId) -> bool {
        let decl = self.decl();
        match &decl[id].kind {
            StmtKind::Goto(_) | StmtKind::Return(_) => true,
            // In a loop over a function these may have become returns.
            StmtKind::Break(_) | StmtKind::Continue(_) => self.range_edited(id),
            StmtKind::Expr(e) => {
                let e = self.unparen(*e);
                let ExprKind::Call { fun, .. } = decl[e].kind else { return false };
                self.object(self.unparen(fun)) == Some(Object::Builtin(Builtin::Panic))
            }
            StmtKind::If { cond, then, els, .. } => {
                let known = self.static_bool(*cond);
                (known < 0 || self.block_terminates(then))
                    && (known > 0 || els.is_some_and(|els| self.terminates(els)))
            }
            StmtKind::Block(block) => self.block_terminates(block),
            _ => false,
        }
    }

    fn block_terminates(&mut self, block: &Block) -> bool {
        let last = last_non_empty(self.decl(), &block.stmts);
        last.is_some_and(|last| self.terminates(last))
    }

    fn for_stmt(
        &mut self,
        init: Option<StmtId>,
        cond: Option<ExprId>,
        post: Option<StmtId>,
        body: &Block,
        pos: Pos,
        out: &mut Vec<NodeId>,
    ) {
        let never = cond.is_some_and(|cond| self.static_bool(cond) < 0);
        let init = self.one_stmt(init);
        let cond = self.opt_expr(cond);
        let post = if never { None } else { self.one_stmt(post) };
        let body = if never { List::EMPTY } else { self.block_list(body) };
        if let Some(cond) = cond
            && let Kind::Literal(index) = self.unit[cond].kind
            && self.unit.consts[index as usize] == Value::Bool(false)
        {
            out.extend(init);
            return;
        }
        let label = self.label_before(out);
        let node = self.build().stmt(Kind::For { label, cond, post, body }, pos);
        if let Some(init) = init {
            self.build().prepend_init(node, &[init]);
        }
        self.flag_distinct(node);
        out.push(node);
    }

    /// The label that stands before the statement to be added.
    fn label_before(&self, out: &[NodeId]) -> Option<Symbol> {
        match self.unit[*out.last()?].kind {
            Kind::Label(label) => Some(label),
            _ => None,
        }
    }

    /// Since Go 1.22 loop variables are made anew for each iteration.
    fn flag_distinct(&mut self, node: NodeId) {
        if self.input.version.is_none_or(|version| version >= GoVersion::new(22)) {
            self.build().flag(node, Flags::DISTINCT_VARS);
        }
    }

    fn range_stmt(
        &mut self,
        lhs: &[ExprId],
        define: bool,
        x: ExprId,
        pos: Pos,
        body: &Block,
        out: &mut Vec<NodeId>,
    ) {
        let mut new = Vec::new();
        let mut nodes = Vec::new();
        for e in lhs {
            let place = self.place(*e);
            nodes.push(match place {
                Place::Blank => self.build().add(Kind::Blank, Ty::invalid(), Pos::NONE),
                Place::New(local) => {
                    new.push(local);
                    self.unit[local].node
                }
                Place::Old(node) => node,
            });
        }
        debug_assert!(define || new.is_empty());
        let x = self.expr(x);
        let body = self.block_list(body);
        let (key, value) = (nodes.first().copied(), nodes.get(1).copied());
        let node = self.build().stmt(Kind::Range { x, key, value, body }, pos);
        self.build().define(node, &new);
        self.flag_distinct(node);
        out.push(node);
    }

    fn switch_stmt(
        &mut self,
        init: Option<StmtId>,
        tag: Option<ExprId>,
        clauses: &[CaseClause],
        pos: Pos,
        out: &mut Vec<NodeId>,
    ) {
        let init = self.one_stmt(init);
        let mut tag = tag;
        let mut tag_type = tag.map_or(Ty::basic(Basic::Bool), |tag| self.raw(tag));
        let tag_is_chan = matches!(self.cx().under(tag_type).kind(), TyKind::Chan(..));
        // Which clauses are left, and whether they are all `default`.
        let mut live: Vec<&CaseClause> = clauses.iter().collect();
        let mut only_default = false;
        if let Some(target) = self.constant_clause(tag, clauses) {
            live = target.into_iter().collect();
            only_default = true;
            tag = None;
            tag_type = Ty::basic(Basic::Bool);
        }
        if !tag_is_chan && !only_default {
            let differs = |case: &ExprId| {
                let case_type = self.raw(*case);
                self.cx().assignable_type(case_type, tag_type).is_err()
                    && (is_interface(self.cx(), case_type) || is_interface(self.cx(), tag_type))
            };
            let mut cases = live.iter().flat_map(|clause| clause.cases.as_deref().unwrap_or(&[]));
            if cases.any(differs) {
                tag_type = Ty::any();
            }
        }
        let tag = tag.map(|tag| self.implicit_conv(Some(tag_type), tag));
        let mut nodes = Vec::new();
        for clause in live {
            let mut list = Vec::new();
            if !only_default {
                for case in clause.cases.as_deref().unwrap_or(&[]) {
                    list.push(self.implicit_conv((!tag_is_chan).then_some(tag_type), *case));
                }
            }
            let list = self.unit.list(&list);
            let body = self.block_list(&clause.body);
            let pos = self.pos(clause.pos);
            nodes.push(self.build().stmt(Kind::Case { var: None, list, body }, pos));
        }
        let cases = self.unit.list(&nodes);
        let node = self.build().stmt(Kind::Switch { tag, cases }, pos);
        if let Some(init) = init {
            self.build().prepend_init(node, &[init]);
        }
        out.push(node);
    }

    /// The one clause that a switch on a constant can reach: `Some(None)` if it reaches none,
    /// `None` if that is not known.
    fn constant_clause<'c>(
        &self,
        tag: Option<ExprId>,
        clauses: &'c [CaseClause],
    ) -> Option<Option<&'c CaseClause>> {
        let value = match tag {
            Some(tag) => self.constant(tag)?.clone(),
            None => Value::Bool(true),
        };
        let mut target = None;
        'search: for clause in clauses {
            let Some(cases) = &clause.cases else {
                target = Some(clause);
                continue;
            };
            for case in cases {
                if value.compare(AstOp::Eql, self.constant(*case)?) {
                    target = Some(clause);
                    break 'search;
                }
            }
        }
        match target {
            Some(clause) if self.falls_through(&clause.body) => None,
            target => Some(target),
        }
    }

    fn falls_through(&self, block: &Block) -> bool {
        let mut last = last_non_empty(self.decl(), &block.stmts);
        while let Some(id) = last {
            match self.decl()[id].kind {
                StmtKind::Labeled { stmt, .. } => last = Some(stmt),
                StmtKind::Fallthrough => return true,
                _ => return false,
            }
        }
        false
    }

    #[allow(clippy::too_many_arguments, reason = "they are the parts of one statement")]
    fn type_switch(
        &mut self,
        id: StmtId,
        init: Option<StmtId>,
        name: Option<Ident>,
        x: ExprId,
        clauses: &[CaseClause],
        pos: Pos,
        out: &mut Vec<NodeId>,
    ) {
        let init = self.one_stmt(init);
        // The guard stands at its dot, which follows the operand.
        let guard_pos = self.pos(self.decl()[x].end);
        let ident = name
            .map(|name| (name.name, self.pos(name.pos)))
            .map(|(name, at)| self.build().add(Kind::Ident(name), Ty::invalid(), at));
        let iface = self.raw(x);
        let x = self.expr(x);
        let guard = self.build().stmt(Kind::TypeSw { tag: ident, x }, guard_pos);
        let mut nodes = Vec::new();
        for (at, clause) in (0u32..).zip(clauses) {
            let pos = self.pos(clause.pos);
            let cases = clause.cases.as_deref().unwrap_or(&[]);
            let mut list = Vec::new();
            for case in cases {
                list.push(if self.object(self.unparen(*case)) == Some(Object::Nil) {
                    let nil = Ty::basic(Basic::UntypedNil);
                    self.build().add(Kind::Nil, nil, Pos::NONE)
                } else {
                    self.type_expr(Some(iface), *case)
                });
            }
            let list = self.unit.list(&list);
            let var = name.and_then(|name| {
                let local = *self.info().implicits.get(&(id, at))?;
                let declared = self.info().locals.get(local.0 as usize)?;
                let ty = self.subst(declared.ty);
                let at = match cases.last() {
                    Some(last) => self.pos(self.type_end(*last)),
                    None => pos,
                };
                let var = self.add_local(name.name, ty, Class::Auto, at);
                self.unit[var].defn = Some(guard);
                self.bind(Var::Declared(local), var);
                Some(self.unit[var].node)
            });
            let body = self.block_list(&clause.body);
            nodes.push(self.build().stmt(Kind::Case { var, list, body }, pos));
        }
        let cases = self.unit.list(&nodes);
        let node = self.build().stmt(Kind::Switch { tag: Some(guard), cases }, pos);
        if let Some(init) = init {
            self.build().prepend_init(node, &[init]);
        }
        out.push(node);
    }

    /// Where a type ends, in the sense of `noder/quirks.go`, `typeExprEndPos`.
    fn type_end(&self, e: ExprId) -> ast::Offset {
        let mut e = e;
        loop {
            let last = match &self.decl()[e].kind {
                ExprKind::Selector { x, .. } => return self.decl()[*x].pos,
                ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::SliceType(x) => Some(*x),
                ExprKind::ArrayType { elem, .. } | ExprKind::ChanType { elem, .. } => Some(*elem),
                ExprKind::MapType { value, .. } => Some(*value),
                ExprKind::InterfaceType(elems) => elems.last().map(|elem| match elem {
                    InterfaceElem::Method(_, ty) | InterfaceElem::Embedded(ty) => *ty,
                }),
                ExprKind::FuncType(sig) => {
                    sig.results.last().or(sig.params.last()).map(|param| param.ty)
                }
                ExprKind::Index { indices, .. } => indices.last().copied(),
                _ => None,
            };
            match last {
                Some(last) => e = last,
                None => return self.decl()[e].pos,
            }
        }
    }

    fn select_stmt(&mut self, clauses: &[CommClause], pos: Pos, out: &mut Vec<NodeId>) {
        let mut nodes = Vec::new();
        for clause in clauses {
            let pos = self.pos(clause.pos);
            let mut comm = self.one_stmt(clause.comm);
            let mut body = self.stmts(&clause.body.stmts);
            if let Some(stmt) = comm {
                comm = Some(self.comm(stmt, pos, &mut body));
            }
            let body = self.unit.list(&body);
            nodes.push(self.build().stmt(Kind::Comm { comm, body }, pos));
        }
        let cases = self.unit.list(&nodes);
        out.push(self.build().stmt(Kind::Select { cases }, pos));
    }

    /// A send or receive in the form that a select has; what else the statement does moves to the
    /// front of the body. Upstream: `reader.selectStmt`, `typecheck.tcSelect`.
    fn comm(&mut self, stmt: NodeId, clause_pos: Pos, body: &mut Vec<NodeId>) -> NodeId {
        let mut stmt = stmt;
        if let Kind::As { y: Some(y), .. } = self.unit[stmt].kind
            && !self.unit[stmt].flags.has(Flags::DEF)
            && let Kind::Conv { op: ConvOp::ConvIface, x: recv } = self.unit[y].kind
        {
            let ty = self.unit[recv].ty;
            let func = self.func();
            let tmp = self.build().temp(func, ty, clause_pos);
            let name = self.unit[tmp].node;
            let receive = self.build().assign(name, Some(recv), clause_pos);
            self.build().flag(receive, Flags::DEF);
            let dcl = self.build().dcl(tmp, clause_pos);
            self.build().prepend_init(receive, &[dcl]);
            self.unit[y].kind = Kind::Conv { op: ConvOp::ConvIface, x: name };
            body.insert(0, stmt);
            stmt = receive;
        }
        if let Kind::As2 { op: As2Op::List, rhs, .. } = self.unit[stmt].kind
            && let Some(first) = self.unit[rhs].first().copied()
        {
            let init = self.build().take_init(first);
            if let [receive] = init[..] {
                body.insert(0, stmt);
                stmt = receive;
            }
        }
        let pos = self.unit[stmt].pos;
        let (dst, recv, def) = match self.unit[stmt].kind {
            Kind::As { x, y: Some(y) } => {
                let recv = match self.unit[y].kind {
                    Kind::Conv { op: ConvOp::ConvNop | ConvOp::ConvIface, x }
                        if self.unit[y].flags.has(Flags::IMPLICIT) =>
                    {
                        x
                    }
                    _ => y,
                };
                (x, recv, self.unit[stmt].flags.has(Flags::DEF))
            }
            Kind::As2 { op: As2Op::Recv, lhs, rhs } => {
                self.unit[stmt].kind = Kind::As2 { op: As2Op::SelRecv2, lhs, rhs };
                return stmt;
            }
            Kind::Unary { op: UnaryOp::Recv, .. } => {
                (self.build().add(Kind::Blank, Ty::invalid(), Pos::NONE), stmt, false)
            }
            _ => return stmt,
        };
        let blank = self.build().add(Kind::Blank, Ty::invalid(), Pos::NONE);
        let (lhs, rhs) = (self.unit.list(&[dst, blank]), self.unit.list(&[recv]));
        let kind = Kind::As2 { op: As2Op::SelRecv2, lhs, rhs };
        let node = self.build().stmt(kind, pos);
        if def {
            self.build().flag(node, Flags::DEF);
        }
        if recv != stmt {
            let init = self.build().take_init(stmt);
            self.build().prepend_init(node, &init);
        }
        node
    }
}

fn label_of(label: Option<Ident>) -> Option<Symbol> {
    label.map(|label| label.name)
}

/// The last statement that is more than a semicolon.
fn last_non_empty(decl: &ast::Decl, list: &[StmtId]) -> Option<StmtId> {
    list.iter().rev().copied().find(|id| decl[*id].kind != StmtKind::Empty)
}
