//! `for b.Loop()`: what the loop of a benchmark computes is kept alive.
//!
//! Each statement of such a loop is followed by calls that keep its variables alive. Escape
//! analysis ignores their arguments, but the variables count as having their address taken, which
//! is why the same code can allocate in a benchmark and not elsewhere. Only packages that import
//! `testing` themselves are touched.
//!
//! Upstream: `cmd/compile/internal/bloop/bloop.go`.

use super::func::{FuncId, FuncKey};
use super::node::{
    As2Op, CallOp, CompLitOp, ConvOp, Flags, FuncIdx, Kind, List, NodeId, Pos, SliceOp, Unit,
};
use crate::symbol::Symbol;
use crate::types::cx::{Cx, deep};
use crate::types::format_backend::BackendFormat;
use crate::types::ty::{Basic, DefId, PkgId, Ty, TyKind};

/// Something that the compiler reports at `-m=2`.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Where.
    pub pos: Pos,
    /// What.
    pub what: What,
}

/// What the pass found in a loop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    /// This variable is kept alive.
    Variable {
        /// The package whose name it is.
        package: PkgId,
        /// Its name.
        name: Symbol,
    },
    /// What a call gives is kept alive.
    Results {
        /// Whether it gives several values.
        several: bool,
    },
    /// An argument of a call is kept alive.
    Argument,
    /// What a pointer points to should be kept alive.
    Dereference,
    /// The assignment is to nothing that could be kept alive.
    Unknown,
}

impl Event {
    /// The compiler's words for it.
    pub fn text(&self, types: &BackendFormat<'_, '_>) -> String {
        match self.what {
            What::Variable { package, name } => {
                format!("{}.{name} will be kept alive", types.link_prefix(package))
            }
            What::Results { several: false } => "function result will be kept alive".to_owned(),
            What::Results { several: true } => "function results will be kept alive".to_owned(),
            What::Argument => "function arg will be kept alive".to_owned(),
            What::Dereference => "dereference will be kept alive".to_owned(),
            What::Unknown => "expr is unknown to bloop pass".to_owned(),
        }
    }
}

/// Marks what the `b.Loop` loops of a unit compute as alive.
pub fn run(cx: &Cx<'_>, unit: &mut Unit) -> Vec<Event> {
    let is_loop = |at: u32| is_b_loop(unit, NodeId(at));
    if !(0..unit.nodes.len() as u32).any(is_loop) {
        return Vec::new();
    }
    let mut events = Vec::new();
    for func in (0..unit.funcs.len() as u32).map(FuncIdx) {
        let mut pass = Pass { cx, func, events: &mut events, unit };
        for statement in pass.unit[pass.unit[func].body].to_vec() {
            pass.edit(statement, false);
        }
    }
    events
}

/// Whether a node is a loop whose condition is a call of `(*testing.B).Loop`.
fn is_b_loop(unit: &Unit, id: NodeId) -> bool {
    let Kind::For { cond: Some(cond), .. } = unit[id].kind else { return false };
    let Kind::Call { op: CallOp::Func, fun, .. } = unit[cond].kind else { return false };
    let Kind::MethodExpr { func: Some(func), .. } = unit[fun].kind else { return false };
    let b = DefId::new(PkgId::new("testing"), Symbol::new("B"));
    func.def() == Some(b.child(Symbol::new("Loop"), 0))
}

struct Pass<'a> {
    cx: &'a Cx<'a>,
    unit: &'a mut Unit,
    func: FuncIdx,
    events: &'a mut Vec<Event>,
}

impl Pass<'_> {
    fn edit(&mut self, id: NodeId, inside: bool) {
        let inside = inside || is_b_loop(self.unit, id);
        let mut children = Vec::new();
        self.unit.each_child(id, &mut |child| children.push(child));
        for child in children {
            deep(|| self.edit(child, inside));
        }
        if !inside {
            return;
        }
        match self.unit[id].kind {
            Kind::For { body, .. }
            | Kind::Range { body, .. }
            | Kind::Comm { body, .. }
            | Kind::Block { list: body } => self.preserve_all(body),
            Kind::If { then, els, .. } => {
                self.preserve_all(then);
                self.preserve_all(els);
            }
            Kind::Case { list, body, .. } => {
                self.preserve_all(list);
                self.preserve_all(body);
            }
            _ => {}
        }
    }

    fn preserve_all(&mut self, list: List) {
        for at in 0..list.len() {
            let kept = self.preserve(self.unit[list][at]);
            self.unit[list][at] = kept;
        }
    }

    /// Upstream: `preserveStmt`.
    fn preserve(&mut self, statement: NodeId) -> NodeId {
        let pos = self.unit[statement].pos;
        match self.unit[statement].kind {
            Kind::As { x, y } => {
                let x = match (self.unit[x].kind, y) {
                    (Kind::Blank, Some(value)) => {
                        let temp = self.temp_in_loop(statement, self.unit[value].ty, pos);
                        self.unit[statement].kind = Kind::As { x: temp, y };
                        temp
                    }
                    _ => x,
                };
                let names = self.kept_by(pos, x);
                self.keep_alive(names.as_slice(), statement)
            }
            Kind::As2 { lhs, rhs, .. } => {
                let mut names = Vec::new();
                for at in 0..lhs.len() {
                    let x = self.unit[lhs][at];
                    if let Kind::Blank = self.unit[x].kind {
                        let Some(ty) = self.value_type(rhs, lhs.len(), at) else { continue };
                        let temp = self.temp_in_loop(statement, ty, pos);
                        self.unit[lhs][at] = temp;
                    }
                    names.extend(self.kept_by(pos, self.unit[lhs][at]));
                }
                self.keep_alive(names.as_slice(), statement)
            }
            Kind::AsOp { x, .. } => {
                let names = self.kept_by(pos, x);
                self.keep_alive(names.as_slice(), statement)
            }
            Kind::Call { fun, .. } => match self.cx.under(self.unit[fun].ty).kind() {
                TyKind::Func(sig) if !sig.results.is_empty() => {
                    self.preserve_results(statement, &sig.results)
                }
                _ => self.preserve_args(statement),
            },
            _ => statement,
        }
    }

    /// The type of the value that goes to a blank in a list.
    fn value_type(&self, rhs: List, n: usize, at: usize) -> Option<Ty> {
        match &self.unit[rhs] {
            &[only] => match self.unit[only].ty.kind() {
                TyKind::Tuple(types) if types.len() == n => types.get(at).copied(),
                _ if n == 1 => Some(self.unit[only].ty),
                _ => None,
            },
            several if several.len() == n => Some(self.unit[several[at]].ty),
            _ => None,
        }
    }

    /// Assigns the results of a call statement to temporaries.
    fn preserve_results(&mut self, call: NodeId, results: &[Ty]) -> NodeId {
        let pos = self.unit[call].pos;
        let temps: Vec<NodeId> =
            results.iter().map(|&ty| self.unit.temp(self.func, ty, pos)).collect();
        self.report(pos, What::Results { several: results.len() > 1 });
        let lhs = self.unit.list(&temps);
        let rhs = self.unit.list(&[call]);
        let op = if temps.len() > 1 { As2Op::Func } else { As2Op::List };
        let assign = self.unit.add(Kind::As2 { op, lhs, rhs }, Ty::invalid(), pos);
        for &temp in &temps {
            self.declare(assign, temp, pos);
        }
        self.keep_alive(&temps, assign)
    }

    /// Keeps the operands of a call statement without results alive.
    fn preserve_args(&mut self, call: NodeId) -> NodeId {
        let Kind::Call { args, .. } = self.unit[call].kind else { return call };
        let pos = self.unit[call].pos;
        let mut names = Vec::new();
        let mut statements = Vec::new();
        for at in 0..args.len() {
            let arg = self.unit[args][at];
            if let Some(name) = self.name_of(arg) {
                self.report_name(pos, name);
                names.push(name);
            } else if let Kind::CompLit { op: CompLitOp::Slice, list, .. } = self.unit[arg].kind {
                // The operands of a variadic call.
                let mut direct = Vec::new();
                for element in 0..list.len() {
                    let value = self.unit[list][element];
                    if let Some(name) = self.name_of(value) {
                        self.report_name(pos, name);
                        direct.push(name);
                    } else {
                        let at = self.unit[value].pos;
                        let temp = self.assign_temp(value, at, &mut statements);
                        self.report(pos, What::Argument);
                        names.push(temp);
                        self.unit[list][element] = temp;
                    }
                }
                names.append(&mut direct);
            } else {
                let temp = self.assign_temp(arg, pos, &mut statements);
                self.report(pos, What::Argument);
                names.push(temp);
                self.unit[args][at] = temp;
            }
        }
        if statements.is_empty() {
            return self.keep_alive(&names, call);
        }
        statements.push(call);
        let list = self.unit.list(&statements);
        let block = self.unit.add(Kind::Block { list }, Ty::invalid(), pos);
        self.keep_alive(&names, block)
    }

    fn assign_temp(&mut self, value: NodeId, pos: Pos, statements: &mut Vec<NodeId>) -> NodeId {
        let temp = self.unit.temp(self.func, self.unit[value].ty, pos);
        let kind = Kind::As { x: temp, y: Some(value) };
        let assign = self.unit.add(kind, Ty::invalid(), pos);
        self.declare(assign, temp, pos);
        statements.push(assign);
        temp
    }

    fn temp_in_loop(&mut self, statement: NodeId, ty: Ty, pos: Pos) -> NodeId {
        let temp = self.unit.temp(self.func, ty, pos);
        self.declare(statement, temp, pos);
        temp
    }

    /// Declares a temporary in front of a statement, which defines it.
    fn declare(&mut self, statement: NodeId, temp: NodeId, pos: Pos) {
        let declare = self.unit.add(Kind::Dcl { x: temp }, Ty::invalid(), pos);
        let mut init = self.unit[self.unit[statement].init].to_vec();
        init.push(declare);
        let init = self.unit.list(&init);
        let node = &mut self.unit[statement];
        node.init = init;
        node.flags = node.flags.with(Flags::DEF);
    }

    /// What an assignment to `x` keeps alive. Upstream: `getKeepAliveNodes`.
    fn kept_by(&mut self, pos: Pos, x: NodeId) -> Option<NodeId> {
        if let Some(name) = self.name_of(x) {
            self.report_name(pos, name);
            return Some(name);
        }
        if let Kind::Deref { .. } = self.unit[x].kind {
            self.report(pos, What::Dereference);
        } else {
            self.report(pos, What::Unknown);
        }
        // The compiler asks what is kept alive for its name, which a dereference has not.
        None
    }

    /// The variable that an expression comes from. Upstream: `getAddressableNameFromNode`.
    fn name_of(&self, mut x: NodeId) -> Option<NodeId> {
        loop {
            x = match self.unit[x].kind {
                Kind::Name(_) | Kind::Global(_) => return Some(x),
                Kind::Slice { op: SliceOp::Slice | SliceOp::Slice3, x, .. }
                | Kind::Dot { x, .. }
                | Kind::DotPtr { x, .. }
                | Kind::Addr { x }
                | Kind::Index { x, .. }
                | Kind::IndexMap { x, .. }
                | Kind::Conv { op: ConvOp::Conv | ConvOp::ConvIface | ConvOp::ConvNop, x } => x,
                _ => return None,
            };
        }
    }

    /// Upstream: `keepAliveAt`.
    fn keep_alive(&mut self, names: &[NodeId], statement: NodeId) -> NodeId {
        if names.is_empty() {
            return statement;
        }
        let pos = self.unit[statement].pos;
        let keep_alive = FuncId::new(FuncKey::Runtime(Symbol::new("KeepAlive")));
        let mut statements = vec![statement];
        for &name in names {
            let ty = self.unit[name].ty;
            if let Kind::Name(local) = self.unit[name].kind {
                let canonical = self.unit.canonical(local);
                self.unit[local].addrtaken = true;
                self.unit[canonical].addrtaken = true;
            }
            let addr = self.unit.add(Kind::Addr { x: name }, Ty::pointer(ty), pos);
            let pointer = Ty::basic(Basic::UnsafePointer);
            let arg = self.unit.add(Kind::Conv { op: ConvOp::Conv, x: addr }, pointer, pos);
            let args = self.unit.list(&[arg]);
            let sig = Ty::func(&[Ty::any()], &[], false);
            let fun = self.unit.add(Kind::Func(keep_alive), sig, pos);
            let call = Kind::Call { op: CallOp::Func, fun, args };
            let call = self.unit.add(call, Ty::invalid(), pos);
            self.unit[call].flags = Flags::COMPILER_VAR_LIVE.with(Flags::NO_INLINE);
            statements.push(call);
        }
        let list = self.unit.list(&statements);
        self.unit.add(Kind::Block { list }, Ty::invalid(), pos)
    }

    fn report(&mut self, pos: Pos, what: What) {
        self.events.push(Event { pos, what });
    }

    fn report_name(&mut self, pos: Pos, name: NodeId) {
        let what = match self.unit[name].kind {
            Kind::Name(local) => {
                let local = &self.unit[local];
                What::Variable { package: local.package, name: local.name }
            }
            Kind::Global(def) => What::Variable { package: def.package, name: def.name },
            _ => return,
        };
        self.report(pos, what);
    }
}
