//! Loop variables: one for each iteration, where that can be noticed.
//!
//! A loop of a file whose language is Go 1.22 or newer carries `DISTINCT_VARS`. Only variables
//! whose address is taken in the loop, or that a literal in it captures, are made anew; and not if
//! that happens inside a `return`, which leaves the loop. The flag stays with a loop through
//! inlining, so a function keeps the meaning its own module gave it.
//!
//! Upstream: `cmd/compile/internal/loopvar/loopvar.go`, `ForCapture`.

use rustc_hash::FxHashMap;

use super::node::{Flags, FuncIdx, Kind, List, LocalId, NodeId, Pos, UnaryOp, Unit};
use super::values::outer_local;
use crate::symbol::Symbol;
use crate::types::constant::Value;
use crate::types::cx::{Cx, deep};
use crate::types::ty::{Basic, Ty};

/// Gives the loops of every function of the unit their variables.
pub fn run(cx: &Cx<'_>, unit: &mut Unit) {
    let has_loops = unit.nodes.iter().any(|node| node.flags.has(Flags::DISTINCT_VARS));
    if !has_loops {
        return;
    }
    for func in (0..unit.funcs.len() as u32).map(FuncIdx) {
        let mut pass = Pass {
            cx,
            func,
            leaked: FxHashMap::default(),
            depth: 0,
            return_depth: 0,
            n_loops: 0,
            unit,
        };
        for statement in pass.unit[pass.unit[func].body].to_vec() {
            pass.scan(statement);
        }
    }
}

struct Pass<'a> {
    cx: &'a Cx<'a>,
    unit: &'a mut Unit,
    func: FuncIdx,
    /// The variables of the loops around, and whether they can be noticed.
    leaked: FxHashMap<LocalId, bool>,
    depth: u32,
    /// The depth of the `return` around; what is in no loop inside it leaves all loops.
    return_depth: u32,
    /// Counts transformed three-clause loops, for labels.
    n_loops: u32,
}

impl Pass<'_> {
    fn scan(&mut self, id: NodeId) {
        deep(|| self.node(id));
    }

    fn children(&mut self, id: NodeId) {
        let mut children = Vec::new();
        self.unit.each_child(id, &mut |child| children.push(child));
        for child in children {
            self.scan(child);
        }
    }

    fn node(&mut self, id: NodeId) {
        let flags = self.unit[id].flags;
        match self.unit[id].kind {
            Kind::Closure { func } if self.return_depth < self.depth => {
                for var in self.unit[func].closure_vars.clone() {
                    self.leak(self.unit.canonical(var));
                }
            }
            Kind::Addr { x } if self.return_depth < self.depth => {
                if let Some(local) = outer_local(self.cx, self.unit, x) {
                    self.leak(local);
                }
            }
            Kind::Return { .. } => {
                let outer = std::mem::replace(&mut self.return_depth, self.depth);
                self.children(id);
                self.return_depth = outer;
                return;
            }
            Kind::Range { key, value, .. } => {
                self.unit[id].flags = flags.without(Flags::DISTINCT_VARS);
                if flags.has(Flags::DEF) && flags.has(Flags::DISTINCT_VARS) {
                    self.watch([key, value].into_iter().flatten());
                    self.depth += 1;
                    self.children(id);
                    self.depth -= 1;
                    self.split_range(id);
                    return;
                }
            }
            Kind::For { .. } if flags.has(Flags::DISTINCT_VARS) => {
                self.unit[id].flags = flags.without(Flags::DISTINCT_VARS);
                let defined = self.defined_in_init(id);
                self.watch(defined.iter().copied());
                self.depth += 1;
                self.children(id);
                self.depth -= 1;
                let leaked: Vec<LocalId> = defined
                    .iter()
                    .filter_map(|&x| name(self.unit, x))
                    .filter(|local| self.leaked.get(local) == Some(&true))
                    .collect();
                if !leaked.is_empty() {
                    self.split_for(id, &leaked);
                }
                return;
            }
            _ => {}
        }
        self.children(id);
    }

    fn watch(&mut self, names: impl Iterator<Item = NodeId>) {
        for local in names.filter_map(|x| name(self.unit, x)).collect::<Vec<_>>() {
            self.leaked.insert(local, false);
        }
    }

    fn leak(&mut self, local: LocalId) {
        if let Some(leaked) = self.leaked.get_mut(&local) {
            *leaked = true;
        }
    }

    /// What the init statement of a loop defines.
    fn defined_in_init(&self, id: NodeId) -> Vec<NodeId> {
        let unit = &*self.unit;
        let mut names = Vec::new();
        for &statement in &unit[unit[id].init] {
            if !unit[statement].flags.has(Flags::DEF) {
                continue;
            }
            match unit[statement].kind {
                Kind::As { x, .. } => names.push(x),
                Kind::As2 { lhs, .. } => names.extend_from_slice(&unit[lhs]),
                _ => {}
            }
        }
        names
    }

    /// `for k, v := range x { … }` becomes `for t1, t2 := range x { v := t2; k := t1; … }` for
    /// those variables that can be noticed. They keep the loop as their definition.
    fn split_range(&mut self, id: NodeId) {
        let Kind::Range { x, key, value, body } = self.unit[id].kind else { return };
        let pos = self.unit[id].pos;
        let mut statements = self.unit[body].to_vec();
        let mut replace = |pass: &mut Self, at: Option<NodeId>| {
            let Some(local) = at.and_then(|at| name(pass.unit, at)) else { return at };
            if pass.leaked.get(&local) != Some(&true) {
                return at;
            }
            let temp = pass.temp(pass.unit[local].ty, pos);
            let define = pass.define(local, temp, pos);
            pass.move_declaration(id, local, define);
            statements.insert(0, define);
            Some(temp)
        };
        let key = replace(self, key);
        let value = replace(self, value);
        let body = self.unit.list(&statements);
        self.unit[id].kind = Kind::Range { x, key, value, body };
    }

    /// A three-clause loop keeps the values from iteration to iteration in temporaries:
    ///
    /// ```text
    /// for z' := …, first := true; ; {
    ///     z := z'
    ///     if first { first = false } else { post }
    ///     if !cond { break }
    ///     body, with `goto next` for `continue`
    /// next:
    ///     z' = z
    /// }
    /// ```
    fn split_for(&mut self, id: NodeId, leaked: &[LocalId]) {
        let Kind::For { label, cond, post, body } = self.unit[id].kind else { return };
        let pos = self.unit[id].pos;
        let mut head = Vec::new();
        let mut tail = Vec::new();
        let mut temps = Vec::new();
        for &local in leaked {
            let temp = self.temp(self.unit[local].ty, pos);
            let define = self.define(local, temp, pos);
            self.unit[local].defn = Some(define);
            head.push(define);
            let x = self.unit[local].node;
            tail.push(self.statement(Kind::As { x: temp, y: Some(x) }, pos));
            temps.push((local, x, temp, define));
        }

        let next = Symbol::new(&format!(".3clNext_{}", self.n_loops + 1));
        self.n_loops += 1;
        for statement in self.unit[body].to_vec() {
            self.edit_continues(statement, label, next, 0);
        }

        for statement in self.unit[self.unit[id].init].to_vec() {
            for &(local, x, temp, define) in &temps {
                self.move_declaration(statement, local, define);
                match self.unit[statement].kind {
                    Kind::As { x: of, y } if of == x => {
                        self.unit[statement].kind = Kind::As { x: temp, y };
                    }
                    Kind::As2 { lhs, .. } => {
                        for of in &mut self.unit[lhs] {
                            if *of == x {
                                *of = temp;
                            }
                        }
                    }
                    _ => {}
                }
            }
        }

        if let Some(post) = post {
            let first = self.temp(Ty::basic(Basic::Bool), pos);
            let yes = self.bool(true, pos);
            let no = self.bool(false, pos);
            let start = self.statement(Kind::As { x: first, y: Some(yes) }, pos);
            let clear = self.statement(Kind::As { x: first, y: Some(no) }, pos);
            let then = self.unit.list(&[clear]);
            let els = self.unit.list(&[post]);
            let declare = self.statement(Kind::Dcl { x: first }, pos);
            let step = self.statement(Kind::If { cond: first, then, els }, pos);
            self.unit[step].init = self.unit.list(&[declare]);
            head.push(step);
            let mut init = self.unit[self.unit[id].init].to_vec();
            init.push(start);
            self.unit[id].init = self.unit.list(&init);
        }
        if let Some(cond) = cond {
            let (ty, at) = (self.unit[cond].ty, self.unit[cond].pos);
            let not = self.unit.add(Kind::Unary { op: UnaryOp::Not, x: cond }, ty, at);
            let stop = self.statement(Kind::Break(None), pos);
            let then = self.unit.list(&[stop]);
            head.push(self.statement(Kind::If { cond: not, then, els: List::EMPTY }, pos));
        }
        head.extend_from_slice(&self.unit[body]);
        head.push(self.statement(Kind::Label(next), pos));
        head.extend_from_slice(&tail);
        let body = self.unit.list(&head);
        self.unit[id].kind = Kind::For { label, cond: None, post: None, body };
    }

    /// `continue` of the loop in hand becomes a jump to `next`.
    fn edit_continues(&mut self, id: NodeId, label: Option<Symbol>, next: Symbol, depth: u32) {
        let inner = match self.unit[id].kind {
            Kind::Continue(to) => {
                if (depth == 0 && to.is_none()) || (to.is_some() && to == label) {
                    self.unit[id].kind = Kind::Goto(next);
                }
                return;
            }
            Kind::For { .. } | Kind::Range { .. } => depth + 1,
            _ => depth,
        };
        let mut children = Vec::new();
        self.unit.each_child(id, &mut |child| children.push(child));
        for child in children {
            deep(|| self.edit_continues(child, label, next, inner));
        }
    }

    fn temp(&mut self, ty: Ty, pos: Pos) -> NodeId {
        self.unit.temp(self.func, ty, pos)
    }

    fn statement(&mut self, kind: Kind, pos: Pos) -> NodeId {
        self.unit.add(kind, Ty::invalid(), pos)
    }

    fn define(&mut self, local: LocalId, value: NodeId, pos: Pos) -> NodeId {
        let x = self.unit[local].node;
        let define = self.statement(Kind::As { x, y: Some(value) }, pos);
        self.unit[define].flags = Flags::DEF;
        define
    }

    fn bool(&mut self, value: bool, pos: Pos) -> NodeId {
        self.unit.consts.push(Value::Bool(value));
        let kind = Kind::Literal(self.unit.consts.len() as u32 - 1);
        self.unit.add(kind, Ty::basic(Basic::Bool), pos)
    }

    /// Moves the declaration of `local` from the init list of `from` to that of `to`.
    fn move_declaration(&mut self, from: NodeId, local: LocalId, to: NodeId) {
        let mut kept = self.unit[self.unit[from].init].to_vec();
        let node = self.unit[local].node;
        let is_its = |&at: &NodeId| matches!(self.unit[at].kind, Kind::Dcl { x } if x == node);
        let Some(at) = kept.iter().position(is_its) else { return };
        let declare = kept.remove(at);
        self.unit[from].init = self.unit.list(&kept);
        let mut init = vec![declare];
        init.extend_from_slice(&self.unit[self.unit[to].init]);
        self.unit[to].init = self.unit.list(&init);
    }
}

fn name(unit: &Unit, node: NodeId) -> Option<LocalId> {
    match unit[node].kind {
        Kind::Name(local) => Some(local),
        _ => None,
    }
}
