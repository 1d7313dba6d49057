//! Events in the compiler's words, as `-m` and `-m=2` print them.
//!
//! Upstream: the `Warnf` and `Printf` calls of `cmd/compile/internal/escape`.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::ir::fmt::NodeFormat;
use crate::ir::node::{Kind, LocalId, NodeId, Pos, Unit};
use crate::types::format_backend::BackendFormat;

use crate::shared::List;

use super::event::{BatchResult, Endpoint, Event, EventKind, LeaksTo, Path, Site};

/// A message without its position, which is that of its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The least `-m` that shows it; 0 for an error.
    pub level: u8,
    /// What it says.
    pub text: String,
}

/// Gives words to the events of batches.
pub struct Messages<'p> {
    /// Prints types, knows packages.
    pub types: &'p BackendFormat<'p, 'p>,
    /// The units that the batches are of.
    pub units: &'p List<Arc<Unit>>,
    /// Prints a position in a unit.
    pub place: &'p dyn Fn(&Unit, Pos) -> String,
}

impl<'p> Messages<'p> {
    /// Gives words to the events of one batch.
    pub fn of<'m>(&'m self, result: &'m BatchResult) -> BatchMessages<'m, 'p> {
        let mut before: Before = FxHashMap::default();
        for &(site, kind) in &result.rewrites {
            before.entry(site.unit).or_default().insert(site.node, kind);
        }
        BatchMessages { messages: self, result, before }
    }
}

/// Rewritten nodes as they were, by unit.
type Before = FxHashMap<usize, FxHashMap<NodeId, Kind>>;

/// Gives words to the events of one batch.
pub struct BatchMessages<'m, 'p> {
    messages: &'m Messages<'p>,
    result: &'m BatchResult,
    before: Before,
}

impl BatchMessages<'_, '_> {
    /// The lines of one event; all stand at the event's position.
    pub fn lines(&self, index: usize) -> Vec<Line> {
        let Some(event) = self.result.events.get(index) else { return Vec::new() };
        let before = (index < self.result.before_rewrites).then_some(&self.before);
        Words { messages: self.messages, before }.event(event)
    }
}

struct Words<'w, 'p> {
    messages: &'w Messages<'p>,
    /// Nodes as they were when the event came up.
    before: Option<&'w Before>,
}

impl Words<'_, '_> {
    fn format(&self, unit: usize) -> NodeFormat<'_> {
        NodeFormat {
            types: self.messages.types,
            unit: &self.messages.units[unit],
            before: self.before.and_then(|before| before.get(&unit)),
        }
    }

    fn node(&self, site: Site) -> String {
        self.format(site.unit).node(site.node)
    }

    /// The bare name of a parameter.
    fn param(&self, unit: usize, local: LocalId) -> &'static str {
        self.messages.units[unit][local].name.as_str()
    }

    fn event(&self, event: &Event) -> Vec<Line> {
        let unit = event.unit;
        let print = self.format(unit);
        let decision = |text: String| vec![Line { level: 1, text }];
        let error = |text: String| vec![Line { level: 0, text }];
        match &event.kind {
            EventKind::MovedToHeap(local) => {
                decision(format!("moved to heap: {}", print.local(*local)))
            }
            EventKind::Escapes(node) => {
                decision(format!("{} escapes to heap", self.decided(unit, *node)))
            }
            EventKind::DoesNotEscape(node) => {
                decision(format!("{} does not escape", self.decided(unit, *node)))
            }
            EventKind::ZeroCopy(_) => decision("zero-copy string->[]byte conversion".into()),
            EventKind::LeakingParam { local, to } => {
                let name = self.param(unit, *local);
                decision(match to {
                    LeaksTo::Heap => format!("leaking param: {name}"),
                    LeaksTo::HeapContent => format!("leaking param content: {name}"),
                    LeaksTo::Result { result, level } => {
                        format!("leaking param: {name} to result {result} level={level}")
                    }
                })
            }
            EventKind::ParamDoesNotEscape(local) => {
                decision(format!("{} does not escape", self.param(unit, *local)))
            }
            EventKind::AssumingUnsafeUintptr(local) => {
                decision(format!("assuming {} is unsafe uintptr", self.param(unit, *local)))
            }
            EventKind::MarkingUintptr { local, variadic } => {
                let name = self.param(unit, *local);
                let dots = if *variadic { "..." } else { "" };
                decision(format!("marking {name} as escaping {dots}uintptr"))
            }
            EventKind::IgnoringSelfAssignment { func, stmt } => {
                let (func, stmt) = (print.func(*func), print.node(*stmt));
                decision(format!("{func} ignoring self-assignment in {stmt}"))
            }
            EventKind::Capturing { local, by_value, addrtaken, reassigned, width } => {
                let func = print.func(self.messages.units[unit][*local].func);
                let how = if *by_value { "value" } else { "ref" };
                let name = print.local(*local);
                let text = format!(
                    "{func} capturing by {how}: {name} \
                     (addr={addrtaken} assign={reassigned} width={width})"
                );
                vec![Line { level: 2, text }]
            }
            EventKind::EscapeFlow { node, func, path } => {
                let func = &self.messages.units[unit][*func].name;
                self.path(format!("{} escapes to heap in {func}:", print.node(*node)), path)
            }
            EventKind::LeakFlow { local, func, to, derefs, path } => {
                let func = &self.messages.units[unit][*func].name;
                let (name, to) = (print.local(*local), self.endpoint(*to));
                let head =
                    format!("parameter {name} leaks to {to} for {func} with derefs={derefs}:");
                self.path(head, path)
            }
            EventKind::Unallocatable(ty) => {
                let ty = self.messages.types.go_string(*ty);
                error(format!("{ty} is incomplete (or unallocatable); stack allocation disallowed"))
            }
            EventKind::NotAllowedInRuntime(local) => {
                error(format!("{} escapes to heap, not allowed in runtime", print.local(*local)))
            }
        }
    }

    /// An expression in a decision: an append is not shown with its operands.
    fn decided(&self, unit: usize, node: NodeId) -> String {
        match self.messages.units[unit][node].kind {
            Kind::Append { .. } => "append".into(),
            _ => self.format(unit).node(node),
        }
    }

    fn path(&self, head: String, path: &Path) -> Vec<Line> {
        let line = |text| Line { level: 2, text };
        let mut lines = vec![line(head)];
        for flow in &path.flows {
            let (dst, src) = (self.endpoint(flow.dst), self.endpoint(flow.src));
            let ops = match usize::try_from(flow.derefs) {
                Ok(derefs) => "*".repeat(derefs),
                Err(_) => "&".into(),
            };
            lines.push(line(format!("  flow: {dst} ← {ops}{src}:")));
            for &(site, reason) in &flow.notes {
                let unit = &self.messages.units[site.unit];
                let at = (self.messages.place)(unit, unit[site.node].pos);
                let (node, reason) = (self.node(site), reason.as_str());
                lines.push(line(format!("    from {node} ({reason}) at {at}")));
            }
        }
        if path.truncated {
            lines.push(line(
                "  warning: truncated explanation due to assignment cycle; \
                 see golang.org/issue/35518"
                    .into(),
            ));
        }
        lines
    }

    fn endpoint(&self, endpoint: Endpoint) -> String {
        match endpoint {
            Endpoint::Heap => "{heap}".into(),
            Endpoint::Temp => "{temp}".into(),
            Endpoint::Variable(site) => self.node(site),
            Endpoint::Storage(site) => format!("{{storage for {}}}", self.node(site)),
        }
    }
}
