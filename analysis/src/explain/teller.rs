//! Names things for the user: by their own text where there is some, else as the compiler would.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::source::{self, Sources, Spot};
use crate::compile::Compiled;
use crate::escape::event::Site;
use crate::ir::fmt::NodeFormat;
use crate::ir::func::FuncKey;
use crate::ir::node::{Callee, Flags, FuncIdx, Kind, LocalId, NodeId, Pos, Unit};
use crate::ir::reassign::static_callee;
use crate::summary::Imports;
use crate::syntax::ast::ExprKind;
use crate::types::cx::Cx;
use crate::types::format_backend::BackendFormat;
use crate::types::ty::{DefId, PkgId, Ty, TyKind};

/// What is needed to talk about a package.
pub(super) struct Teller<'a> {
    pub(super) compiled: &'a Compiled,
    pub(super) imports: &'a Imports,
    pub(super) cx: &'a Cx<'a>,
    pub(super) types: &'a BackendFormat<'a, 'a>,
    pub(super) sources: Sources<'a>,
    /// The function values of `go` and `defer` statements, by unit.
    handed_over: RefCell<FxHashMap<usize, FxHashMap<NodeId, NodeId>>>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(
        compiled: &'a Compiled,
        imports: &'a Imports,
        types: &'a BackendFormat<'a, 'a>,
    ) -> Teller<'a> {
        let sources = Sources::new(compiled);
        Teller { compiled, imports, cx: types.cx, types, sources, handed_over: RefCell::default() }
    }

    /// A type as the user would write it here.
    pub(super) fn ty(&self, ty: Ty) -> String {
        match ty.kind() {
            // What a type parameter stands for is the compiler's business.
            TyKind::Interface(..) if self.types.go_string(ty) == "interface {}" => "any".to_owned(),
            _ => self.types.go_string(ty),
        }
    }

    pub(super) fn is_array(&self, ty: Ty) -> bool {
        matches!(self.cx.under(ty).kind(), TyKind::Array(..))
    }

    fn package(&self, id: PkgId) -> String {
        if id == self.compiled.summary.id {
            String::new()
        } else {
            format!("{}.", self.types.names.name(id))
        }
    }

    /// A declared function.
    pub(super) fn def(&self, def: DefId) -> String {
        let package = self.package(def.package);
        match def.parent {
            Some(parent) => format!("{package}{}.{}", parent.name, def.name),
            None => format!("{package}{}", def.name),
        }
    }

    /// A function of a unit.
    pub(super) fn func(&self, unit: &Unit, func: FuncIdx) -> String {
        let mut at = func;
        let mut literal = false;
        while unit[at].closure.is_some() {
            // A loop's body is part of the function that has the loop.
            literal |= unit[at].range_parent.is_none() && !unit[at].wrapper;
            match unit[at].parent {
                Some(parent) => at = parent,
                None => break,
            }
        }
        let name = match unit.id.key() {
            FuncKey::MethodWrapper { name, .. } | FuncKey::MethodValue { name, .. } => {
                name.to_string()
            }
            _ => unit.id.def().map(|def| self.def(def)).unwrap_or_default(),
        };
        match (literal, name.is_empty()) {
            (true, true) => "the function literal".to_owned(),
            (true, false) => format!("the function literal in {name}"),
            (false, true) => "the initialization of the package".to_owned(),
            (false, false) => name,
        }
    }

    /// A function through whose inlining something came.
    pub(super) fn inlinee(&self, unit: &Unit, callee: Callee) -> String {
        match callee {
            Callee::Func(id) => match id.def() {
                Some(def) => self.def(def),
                None => crate::ir::fmt::func_name(self.types, id),
            },
            Callee::Literal(func) => self.func(unit, func),
        }
    }

    /// The function whose statement a node is: the innermost inlined one.
    pub(super) fn enclosing(&self, unit: &Unit, site: Site) -> String {
        let inlined = self.sources.inlined(unit, unit[site.node].pos);
        match inlined.first() {
            Some(&callee) => self.inlinee(unit, callee),
            None => self.func(unit, FuncIdx::ROOT),
        }
    }

    /// Whether a node came with an inlined call.
    pub(super) fn is_inlined(&self, unit: &Unit, node: NodeId) -> bool {
        !self.sources.inlined(unit, unit[node].pos).is_empty()
    }

    /// A variable; one without a name of the user's by what is at its place or what it holds.
    pub(super) fn variable(&self, unit: &Unit, local: LocalId) -> String {
        let local = &unit[unit.canonical(local)];
        if !local.autotemp && !local.name.as_str().starts_with(['~', '.', '#']) {
            return local.name.to_string();
        }
        let text = self.at(unit, unit[local.node].pos);
        match local.defn.map(|defn| unit[defn].kind) {
            Some(Kind::As { y: Some(y), .. }) if text.is_empty() => self.printed(unit, y),
            _ => text,
        }
    }

    /// The inlined function whose result without a name a variable is.
    pub(super) fn result_of(&self, unit: &Unit, node: NodeId) -> Option<String> {
        let Kind::Name(local) = unit[node].kind else { return None };
        let local = &unit[unit.canonical(local)];
        let inlined = self.sources.inlined(unit, unit[local.node].pos);
        let callee = inlined.first().filter(|_| local.name.as_str().starts_with("~r"))?;
        Some(self.inlinee(unit, *callee))
    }

    /// What the compiler prints for an expression in the package that it was written in.
    fn printed(&self, unit: &Unit, node: NodeId) -> String {
        let origin = unit.origins.get(unit[node].pos.origin as usize);
        let local = origin.map_or(self.types.local, |origin| origin.decl.package);
        let types = BackendFormat { cx: self.types.cx, names: self.types.names, local };
        let text = NodeFormat { types: &types, unit, before: None }.node(node);
        text.replace("{...}", "{…}")
    }

    /// A package-level variable.
    pub(super) fn global(&self, unit: &Unit, def: DefId) -> String {
        let _ = unit;
        format!("{}{}", self.package(def.package), def.name)
    }

    /// What the user wrote at a position; nothing if it is in another package.
    pub(super) fn at(&self, unit: &Unit, pos: Pos) -> String {
        let spot = self.sources.innermost(unit, pos);
        spot.and_then(|spot| self.sources.quote(&spot)).unwrap_or_default()
    }

    /// An expression: as the user wrote it, or else as the compiler prints it.
    pub(super) fn expr(&self, unit: &Unit, node: NodeId) -> String {
        match unit[node].kind {
            // A variable's node stands where it is declared.
            Kind::Name(local) => return self.variable(unit, local),
            Kind::Global(def) => return self.global(unit, def),
            Kind::Paren { x } => return self.expr(unit, x),
            Kind::Addr { x } | Kind::Deref { x } | Kind::Conv { x, .. }
                if unit[node].flags.has(Flags::IMPLICIT) =>
            {
                return self.expr(unit, x);
            }
            _ => {}
        }
        let pos = unit[node].pos;
        let text = match unit[node].kind {
            Kind::Conv { op, .. } if !op.is_to_interface() => {
                let spot = self.sources.innermost(unit, pos);
                let expr = spot.and_then(|spot| Some((spot, self.sources.conversion(&spot)?)));
                expr.map_or_else(|| self.at(unit, pos), |(spot, expr)| source::quote(&spot, expr))
            }
            _ => self.at(unit, pos),
        };
        if text.is_empty() { self.printed(unit, node) } else { text }
    }

    /// What an allocation is called in another one's sentence.
    pub(super) fn subject(&self, unit: &Unit, node: NodeId) -> String {
        match unit[node].kind {
            Kind::CompLit { .. } if unit[node].flags.has(Flags::IMPLICIT) => {
                format!("the slice of the arguments of {}", self.callee_at(unit, unit[node].pos))
            }
            Kind::Conv { x, .. } if unit[node].flags.has(Flags::IMPLICIT) => {
                format!("the interface value made of `{}`", self.expr(unit, x))
            }
            _ => format!("`{}`", self.expr(unit, node)),
        }
    }

    /// The function that a call calls, as written; for one that came with an inlined call, the
    /// function that the user called.
    pub(super) fn callee(&self, unit: &Unit, call: NodeId) -> String {
        let own = self.sources.innermost(unit, unit[call].pos);
        let own = own.and_then(|spot| self.called(&spot));
        let name = own.unwrap_or_else(|| self.callee_at(unit, unit[call].pos));
        match unit[call].kind {
            Kind::Call { fun, .. } if name.is_empty() => match static_callee(unit, fun) {
                Some(callee) => self.inlinee(unit, callee),
                None => self.expr(unit, fun),
            },
            _ => name,
        }
    }

    /// The function of the call at a position.
    pub(super) fn callee_at(&self, unit: &Unit, pos: Pos) -> String {
        let spot = self.sources.outermost(unit, pos);
        spot.and_then(|spot| self.called(&spot)).unwrap_or_default()
    }

    fn called(&self, spot: &Spot<'a>) -> Option<String> {
        match &self.sources.expr(spot)?.kind {
            ExprKind::Call { fun, .. } => Some(source::quote(spot, &spot.decl[*fun])),
            _ => None,
        }
    }

    /// Whether a function value is a variable that only ever holds functions known by name.
    pub(super) fn holds_known_function(&self, unit: &Unit, fun: NodeId) -> bool {
        let Kind::Name(local) = unit[fun].kind else { return false };
        let local = &unit[unit.canonical(local)];
        let Some(defn) = local.defn else { return false };
        match unit[defn].kind {
            Kind::As { y: Some(y), .. } => static_callee(unit, y).is_some(),
            _ => false,
        }
    }

    /// The `go` or `defer` statement that a function value is handed to.
    pub(super) fn go_or_defer(&self, site: Site) -> Option<NodeId> {
        let mut known = self.handed_over.borrow_mut();
        let of_unit = known.entry(site.unit).or_insert_with(|| {
            let unit = &self.compiled.units[site.unit];
            let mut made = FxHashMap::default();
            for func in (0..unit.funcs.len() as u32).map(FuncIdx) {
                unit.each_node(unit[func].body, &mut |id| {
                    let (Kind::Go { call } | Kind::Defer { call, .. }) = unit[id].kind else {
                        return;
                    };
                    if let Kind::Call { fun, .. } = unit[call].kind {
                        made.insert(fun, id);
                    }
                });
            }
            made
        });
        of_unit.get(&site.node).copied()
    }
}
