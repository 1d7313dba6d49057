//! Replacing a call by the callee's body.
//!
//! The body is that of the callee as it was lowered, never as it was optimised since. Parameters
//! and results become variables of the caller, `return`s become assignments and jumps, and all of
//! it stands at the call's position. A literal in the body becomes a new literal of the caller,
//! whose own body keeps its original positions and is not optimised further.
//!
//! Upstream: `noder/reader.go` (`unifiedInlineCall`, `inlReturn`, `funcLit`).

use rustc_hash::FxHashMap;

use super::Body;
use crate::ir::closure_name::Why;
use crate::ir::facts::Verdict;
use crate::ir::func::func_package;
use crate::ir::node::{
    As2Op, Callee, Class, ConvOp, Flags, Func, FuncIdx, InlinedCall, Kind, List, Local, LocalId,
    MapNodes, Node, NodeId, Origin, Pos, Unit,
};
use crate::release::Release;
use crate::symbol::Symbol;
use crate::types::ty::PkgId;

/// Replaces `call`, in function `caller` of `unit`, by `body`.
pub(super) fn inline_call(
    unit: &mut Unit,
    caller: FuncIdx,
    call: NodeId,
    callee: Callee,
    body: &Body,
    release: Release,
) {
    let node = unit[call];
    let Kind::Call { fun, args, .. } = node.kind else { return };
    let parent =
        if node.pos.is_known() { unit.origins[node.pos.origin as usize].inl } else { None };
    let inl = unit.inl_tree.len() as u32;
    let source = &*body.unit;
    let func = &source[body.func];
    unit.inl_tree.push(InlinedCall {
        parent,
        pos: node.pos,
        callee,
        name: Symbol::new(&func.name),
    });
    let mut copy = Copy {
        unit,
        source,
        release,
        inl,
        caller,
        nodes: vec![None; source.nodes.len()],
        locals: vec![None; source.locals.len()],
        fresh: Vec::new(),
        origins: FxHashMap::default(),
        own_text: false,
        into: caller,
    };

    // A literal's captured variables are the caller's own.
    if let Callee::Literal(literal) = callee {
        let ours = copy.unit[literal].closure_vars.clone();
        for (&theirs, &ours) in func.closure_vars.iter().zip(&ours) {
            let outer = copy.unit[ours].outer.unwrap_or(ours);
            copy.locals[theirs.0 as usize] = Some(outer);
            copy.nodes[source[theirs].node.0 as usize] = Some(copy.unit[outer].node);
        }
    }

    let n_formals = (func.n_params + func.n_results) as usize;
    let formals: Vec<LocalId> = func.dcl[..n_formals].iter().map(|&at| copy.formal(at)).collect();
    let (params, results) = formals.split_at(func.n_params as usize);

    // What evaluating the call does first, then its operands.
    let mut init = copy.unit[node.init].to_vec();
    callee_effects(copy.unit, &mut init, fun);
    let lhs: Vec<NodeId> = params.iter().map(|&param| copy.unit[param].node).collect();
    let rhs = copy.unit[args].to_vec();
    let bind = copy.assign_list(node.pos, &lhs, &rhs);
    let mut declared = Vec::with_capacity(params.len());
    for &param in params {
        if copy.unit[param].name.is_blank() {
            continue;
        }
        declared.push(copy.declare(node.pos, param));
        copy.unit[param].defn = Some(bind);
    }
    copy.unit[bind].init = copy.unit.list(&declared);
    copy.unit[bind].flags = Flags::DEF;
    init.push(bind);

    let delay_results = func.can_delay_results;
    if !delay_results {
        for &result in results {
            init.push(copy.declare(node.pos, result));
            let x = copy.unit[result].node;
            init.push(copy.add(Kind::As { x, y: None }, node.pos));
        }
    }
    init.push(copy.add(Kind::InlMark(inl), node.pos));

    // Upstream: `typecheck.AutoLabel`.
    let label = Symbol::new(&format!(".i{}", copy.unit[caller].n_labels));
    copy.unit[caller].n_labels += 1;
    let mut statements: Vec<NodeId> =
        source[func.body].iter().map(|&statement| copy.node(statement)).collect();
    let result_nodes: Vec<NodeId> = results.iter().map(|&at| copy.unit[at].node).collect();
    for &statement in &statements {
        copy.edit_returns(statement, node.pos, results, &result_nodes, delay_results, label);
    }
    statements.push(copy.add(Kind::Label(label), node.pos));

    copy.finish_definitions();
    let body = copy.unit.list(&statements);
    let results = copy.unit.list(&result_nodes);
    let init = copy.unit.list(&init);
    let kept = Flags(node.flags.0 & Flags::RESHAPE.0);
    copy.unit[call] = Node { kind: Kind::InlinedCall { body, results }, init, flags: kept, ..node };
}

/// Keeps what evaluating a callee's expression does besides naming a function.
///
/// Upstream: `inline.CalleeEffects`.
fn callee_effects(unit: &mut Unit, init: &mut Vec<NodeId>, mut callee: NodeId) {
    loop {
        let node = unit[callee];
        init.extend_from_slice(&unit[node.init]);
        if !node.init.is_empty() {
            unit[callee].init = List::EMPTY;
        }
        callee = match node.kind {
            Kind::Conv { op: ConvOp::ConvNop, x } | Kind::Paren { x } => x,
            Kind::InlinedCall { body, results } => {
                init.extend_from_slice(&unit[body]);
                unit[callee].kind = Kind::InlinedCall { body: List::EMPTY, results };
                match unit[results] {
                    [result] => result,
                    _ => return,
                }
            }
            _ => return,
        };
    }
}

/// A copy of (part of) one unit into another.
struct Copy<'a> {
    unit: &'a mut Unit,
    source: &'a Unit,
    release: Release,
    /// The call that the copied text is inlined for.
    inl: u32,
    /// The function that the call is in.
    caller: FuncIdx,
    /// Copied nodes.
    nodes: Vec<Option<NodeId>>,
    /// Copied locals.
    locals: Vec<Option<LocalId>>,
    /// The locals made by copying, with what they are copies of.
    fresh: Vec<(LocalId, LocalId)>,
    /// Copied origins: with the call for text that is inlined, without for a literal's own text.
    origins: FxHashMap<(u32, bool), u32>,
    /// Whether the text being copied is a literal's, which keeps its own position.
    own_text: bool,
    /// The function that is copied into: the caller, or a literal in the copied text.
    into: FuncIdx,
}

impl Copy<'_> {
    fn add(&mut self, kind: Kind, pos: Pos) -> NodeId {
        self.unit.add(kind, crate::types::ty::Ty::invalid(), pos)
    }

    fn declare(&mut self, pos: Pos, local: LocalId) -> NodeId {
        let x = self.unit[local].node;
        self.add(Kind::Dcl { x }, pos)
    }

    fn assign_list(&mut self, pos: Pos, lhs: &[NodeId], rhs: &[NodeId]) -> NodeId {
        let lhs = self.unit.list(lhs);
        let rhs = self.unit.list(rhs);
        self.add(Kind::As2 { op: As2Op::List, lhs, rhs }, pos)
    }

    fn pos(&mut self, pos: Pos) -> Pos {
        if !pos.is_known() {
            return pos;
        }
        let from = self.source.origins[pos.origin as usize];
        let inl = if self.own_text { from.inl } else { Some(self.inl) };
        let key = (pos.origin, self.own_text);
        let unit = &mut *self.unit;
        let origin = *self.origins.entry(key).or_insert_with(|| {
            unit.origins.push(Origin { decl: from.decl, inl });
            unit.origins.len() as u32 - 1
        });
        Pos { origin, offset: pos.offset }
    }

    /// A parameter or result of the callee as a variable of the caller.
    fn formal(&mut self, local: LocalId) -> LocalId {
        let copy = self.local(local);
        self.unit[copy].inl_formal = true;
        self.unit[copy].class = Class::Auto;
        // One without a name is given one in the caller's package (`ir.Func.DeclareParams`).
        if self.unit[copy].name.as_str().starts_with('~') {
            self.unit[copy].package = func_package(self.unit.id);
        }
        copy
    }

    fn local(&mut self, local: LocalId) -> LocalId {
        if let Some(copy) = self.locals[local.0 as usize] {
            return copy;
        }
        let from = &self.source[local];
        let id = LocalId(self.unit.locals.len() as u32);
        let pos = self.pos(self.source[from.node].pos);
        let node = self.unit.add(Kind::Name(id), from.ty, pos);
        self.locals[local.0 as usize] = Some(id);
        self.nodes[from.node.0 as usize] = Some(node);
        let inl_local = from.class == Class::Auto && !self.own_text;
        let copy =
            Local { node, func: self.into, inl_local, outer: None, defn: None, ..from.clone() };
        self.unit.locals.push(copy);
        if self.unit[id].autotemp {
            // Temporaries belong to the package being compiled (`typecheck.TempAt`).
            self.unit[id].package = self.unit.package;
        }
        self.fresh.push((local, id));
        let into = self.into;
        if self.source[local].class != Class::Captured {
            self.unit[into].dcl.push(id);
        }
        id
    }

    fn list(&mut self, list: List) -> List {
        if list.is_empty() {
            return list;
        }
        let source = self.source;
        let copies: Vec<NodeId> = source[list].iter().map(|&node| self.node(node)).collect();
        self.unit.list(&copies)
    }

    fn option(&mut self, node: Option<NodeId>) -> Option<NodeId> {
        node.map(|node| self.node(node))
    }

    fn node(&mut self, id: NodeId) -> NodeId {
        if let Some(copy) = self.nodes[id.0 as usize] {
            return copy;
        }
        crate::types::cx::deep(|| self.fresh_node(id))
    }

    fn fresh_node(&mut self, id: NodeId) -> NodeId {
        let from = self.source[id];
        if let Kind::Name(local) = from.kind {
            let local = self.local(local);
            return self.unit[local].node;
        }
        let pos = self.pos(from.pos);
        // The copy is made first so that definitions and cycles find it.
        let copy = self.unit.add(Kind::Nil, from.ty, pos);
        self.nodes[id.0 as usize] = Some(copy);
        let init = self.list(from.init);
        let kind = self.kind(from.kind, copy);
        let node = &mut self.unit[copy];
        node.kind = kind;
        node.init = init;
        node.flags = from.flags;
        copy
    }

    fn kind(&mut self, kind: Kind, copy: NodeId) -> Kind {
        match kind {
            Kind::Literal(value) => {
                self.unit.consts.push(self.source.consts[value as usize].clone());
                Kind::Literal(self.unit.consts.len() as u32 - 1)
            }
            Kind::Closure { func } => Kind::Closure { func: self.literal(func, copy) },
            Kind::For { label, cond, post, body } => Kind::For {
                label: label.map(|label| self.label(label)),
                cond: self.option(cond),
                post: self.option(post),
                body: self.list(body),
            },
            Kind::Break(label) => Kind::Break(label.map(|label| self.label(label))),
            Kind::Continue(label) => Kind::Continue(label.map(|label| self.label(label))),
            Kind::Goto(label) => Kind::Goto(self.label(label)),
            Kind::Label(label) => Kind::Label(self.label(label)),
            other => other.map(&mut Mapper { copy: self }),
        }
    }

    /// Labels are the caller's now, and must not meet its own.
    ///
    /// Upstream: `reader.label`.
    fn label(&self, label: Symbol) -> Symbol {
        if self.own_text || label.is_blank() {
            return label;
        }
        Symbol::new(&format!("~{label}·{}", self.inl))
    }

    /// A literal of the copied text, as a new literal of the caller.
    fn literal(&mut self, func: FuncIdx, closure: NodeId) -> FuncIdx {
        let source = self.source;
        let from = &source[func];
        let idx = FuncIdx(self.unit.funcs.len() as u32);
        let outer_into = self.into;
        let (name, package) = self.literal_name(from);
        let outer_own_text = std::mem::replace(&mut self.own_text, true);
        let pos = self.pos(from.pos);
        let end_pos = self.pos(from.end_pos);
        self.unit.funcs.push(Func {
            name,
            package,
            parent: Some(outer_into),
            pos,
            end_pos,
            dcl: Vec::new(),
            closure_vars: Vec::new(),
            body: List::EMPTY,
            closure: Some(closure),
            range_parent: from
                .range_parent
                .map(|_| self.unit[outer_into].range_parent.unwrap_or(outer_into)),
            n_func_lits: 0,
            n_labels: 0,
            n_range_lits: 0,
            n_go_defers: 0,
            dupok: self.unit[self.caller].dupok,
            verdict: Verdict::Unchecked,
            ..from.clone()
        });

        // Captured variables stand at the call, like the literal's expression.
        self.own_text = outer_own_text;
        let mut captured = Vec::with_capacity(from.closure_vars.len());
        for &var in &from.closure_vars {
            let outer = source[var].outer.map(|outer| self.local(outer));
            self.into = idx;
            let copy = self.local(var);
            self.into = outer_into;
            self.unit[copy].outer = outer;
            captured.push(copy);
        }
        self.unit[idx].closure_vars = captured;

        self.own_text = true;
        self.into = idx;
        let n_formals = (from.n_params + from.n_results) as usize;
        for &formal in &from.dcl[..n_formals] {
            self.local(formal);
        }
        let body = self.list(from.body);
        self.unit[idx].body = body;
        self.into = outer_into;
        self.own_text = outer_own_text;
        idx
    }

    fn literal_name(&mut self, from: &Func) -> (String, PkgId) {
        if self.own_text {
            // A literal inside a copied literal follows that one's name.
            let why = from.why.unwrap_or(Why::Literal);
            return self.unit.closure_name(self.release, self.into, why);
        }
        self.unit.inlined_closure_name(self.release, self.into, from, self.inl)
    }

    /// Turns the `return`s of the copied text into assignments and jumps.
    ///
    /// Upstream: `reader.inlReturn`.
    fn edit_returns(
        &mut self,
        root: NodeId,
        pos: Pos,
        results: &[LocalId],
        result_nodes: &[NodeId],
        delay_results: bool,
        label: Symbol,
    ) {
        let mut todo = vec![root];
        while let Some(id) = todo.pop() {
            if let Kind::Return { results: values } = self.unit[id].kind {
                let mut block = self.unit[self.unit[id].init].to_vec();
                let values = self.unit[values].to_vec();
                if !values.is_empty() {
                    let assign = self.assign_list(pos, result_nodes, &values);
                    if delay_results {
                        for &result in results {
                            block.push(self.declare(pos, result));
                            self.unit[result].defn = Some(assign);
                        }
                    }
                    block.push(assign);
                }
                block.push(self.add(Kind::Goto(label), pos));
                let list = self.unit.list(&block);
                let node = &mut self.unit[id];
                node.kind = Kind::Block { list };
                node.init = List::EMPTY;
                node.pos = pos;
            }
            self.unit.each_child(id, &mut |child| todo.push(child));
        }
    }

    /// Points the copied variables at the copies of the statements that define them.
    fn finish_definitions(&mut self) {
        for (from, copy) in std::mem::take(&mut self.fresh) {
            if self.unit[copy].defn.is_none() {
                let defn = self.source[from].defn;
                self.unit[copy].defn = defn.and_then(|defn| self.nodes[defn.0 as usize]);
            }
        }
    }
}

/// Copies what a node consists of.
struct Mapper<'m, 'a> {
    copy: &'m mut Copy<'a>,
}

impl MapNodes for Mapper<'_, '_> {
    fn node(&mut self, node: NodeId) -> NodeId {
        self.copy.node(node)
    }

    fn list(&mut self, list: List) -> List {
        self.copy.list(list)
    }
}
