//! What the inliner reports, in the compiler's words.
//!
//! Upstream: the `Printf` and `WarnfAt` calls of `cmd/compile/internal/{inline,devirtualize}`.

use super::{Event, Inliner, What};
use crate::ir::closure_name::trim_hash;
use crate::ir::fmt::{NodeFormat, func_name};
use crate::ir::func::FuncKey;
use crate::ir::func::func_package;
use crate::ir::node::{Callee, FuncIdx, Unit};
use crate::types::format_backend::BackendFormat;
use crate::types::ty::{Ty, TyKind};

/// A message without its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The least `-m` that shows it.
    pub level: u8,
    /// What it says at `-m=2`.
    pub text: String,
    /// What it says at `-m`, if that is less.
    pub short: Option<String>,
}

/// Gives words to the events of one unit.
pub struct Messages<'p> {
    /// Prints types, knows packages.
    pub types: &'p BackendFormat<'p, 'p>,
    /// The pass, which knows the functions as they were lowered.
    pub inliner: &'p Inliner<'p>,
    /// The unit.
    pub unit: &'p Unit,
}

impl Messages<'_> {
    /// The line of an event.
    pub fn line(&self, event: &Event) -> Line {
        let print = NodeFormat { types: self.types, unit: self.unit, before: None };
        let line = |level, text| Line { level, text, short: None };
        match event.what {
            What::Can { func, cost } => {
                let name = trim_hash(&print.func(func)).into_owned();
                let (ty, body) = self.as_lowered(func);
                Line {
                    level: 1,
                    text: format!("can inline {name} with cost {cost} as: {ty} {{ {body} }}"),
                    short: Some(format!("can inline {name}")),
                }
            }
            What::Cannot { func, why } => {
                line(2, format!("cannot inline {}: {why}", print.func(func)))
            }
            What::Inlining(callee) => {
                line(1, format!("inlining call to {}", trim_hash(&self.callee(callee))))
            }
            What::RepeatedCycle { callee, caller } => {
                let caller = &self.unit[caller].name;
                let callee = self.callee(callee);
                line(2, format!("cannot inline {callee} into {caller}: repeated recursive cycle"))
            }
            What::Big(func) => line(
                2,
                format!(
                    "function {} considered 'big'; reducing max cost of inlinees",
                    print.func(func)
                ),
            ),
            What::ImpreciseCall => line(1, "imprecise interface call".to_owned()),
            What::Devirtualized { sel, ty, partially } => {
                let how = if partially { "partially devirtualizing" } else { "devirtualizing" };
                line(1, format!("{how} {} to {}", print.node(sel), self.types.go_string(ty)))
            }
            What::CannotDevirtualize { call, ty, interface } => {
                let what = if interface { "interface" } else { "receiver" };
                let (call, ty) = (print.node(call), self.types.go_string(ty));
                line(1, format!("cannot devirtualize {call}: shaped {what} {ty}"))
            }
        }
    }

    fn callee(&self, callee: Callee) -> String {
        match callee {
            Callee::Func(func) => {
                let package = func_package(func);
                let name = func_name(self.types, func);
                if package == self.types.local {
                    name
                } else {
                    format!("{}.{name}", self.types.names.name(package))
                }
            }
            Callee::Literal(func) => {
                NodeFormat { types: self.types, unit: self.unit, before: None }.func(func)
            }
        }
    }

    /// The type and the body of a function before anything was inlined into it.
    fn as_lowered(&self, func: FuncIdx) -> (String, String) {
        let (id, idx) = self.unit[func].source;
        let Some(original) = self.inliner.lowered(id) else { return Default::default() };
        let print = NodeFormat { types: self.types, unit: &original, before: None };
        if idx != FuncIdx::ROOT {
            let ty = self.types.go_string(original[idx].sig);
            return (ty, print.stmts(original[idx].body));
        }
        let root = &original[idx];
        let mut params = root.dcl[..root.n_params as usize].iter().map(|&local| original[local].ty);
        let is_method = id.def().is_some_and(|def| def.parent.is_some());
        if is_method {
            params.next();
        }
        let mut sig = root.sig;
        if let (FuncKey::Shaped(..), Some(dict), TyKind::Func(of)) =
            (id.key(), params.next(), root.sig.kind())
        {
            let params: Vec<Ty> = std::iter::once(dict).chain(of.params.iter().copied()).collect();
            sig = Ty::func(&params, &of.results, of.variadic);
        }
        let mut ty = self.types.go_string(sig);
        if let Some(recv) = self.inliner.receiver(id).filter(|_| is_method) {
            ty = format!("method({}) {ty}", self.types.go_string(recv));
        }
        (ty, print.stmts(original[idx].body))
    }
}
