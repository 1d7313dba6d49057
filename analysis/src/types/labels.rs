//! Labels and the jumps to them.
//!
//! Upstream: `cmd/compile/internal/types2/labels.go`.

use super::check::Checker;
use crate::symbol::Symbol;
use crate::syntax::ast::{Ident, Offset, StmtId, StmtKind};

/// A label of the function.
struct Label {
    name: Symbol,
    pos: Offset,
    used: bool,
}

/// A block on the way to the statement at hand.
#[derive(Default)]
struct Frame {
    /// The labelled statement that the block belongs to.
    labeled: Option<(Symbol, StmtId)>,
    /// The labels declared in it so far.
    labels: Vec<Symbol>,
    /// Jumps forward that are still open.
    forward: Vec<Ident>,
    /// Where a variable was declared last, and the open jumps before it.
    var_decl: Option<Offset>,
    over_var: Vec<Ident>,
}

struct Labels {
    all: Vec<Label>,
    frames: Vec<Frame>,
}

impl Checker<'_> {
    /// Checks the labels of a function with this body.
    pub(super) fn labels(&mut self, body: &[StmtId]) {
        let mut labels = Labels { all: Vec::new(), frames: Vec::new() };
        let open = self.block_branches(&mut labels, None, body);
        for jump in open {
            let name = jump.name;
            let message = match labels.all.iter_mut().find(|label| label.name == name) {
                Some(label) => {
                    label.used = true;
                    format!("goto {name} jumps into block")
                }
                None => format!("label {name} not declared"),
            };
            self.error(jump.pos, message);
        }
        for label in labels.all.iter().filter(|label| !label.used) {
            self.error(label.pos, format!("label {} declared and not used", label.name));
        }
    }

    /// The jumps in a block whose labels are not found in it.
    fn block_branches(
        &mut self,
        labels: &mut Labels,
        labeled: Option<(Symbol, StmtId)>,
        list: &[StmtId],
    ) -> Vec<Ident> {
        labels.frames.push(Frame { labeled, ..Frame::default() });
        for s in list {
            self.branches(labels, None, *s);
        }
        labels.frames.pop().map(|frame| frame.forward).unwrap_or_default()
    }

    fn branches(&mut self, labels: &mut Labels, labeled: Option<(Symbol, StmtId)>, s: StmtId) {
        let decl = self.decl;
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &decl[s].kind {
            StmtKind::Var(specs) => {
                for spec in specs {
                    let pos = spec.names.first().map_or(decl[s].start, |ident| ident.pos);
                    record_var_decl(labels, pos);
                }
            }
            StmtKind::Define { .. } => record_var_decl(labels, decl[s].pos),
            StmtKind::Labeled { label, stmt } => {
                let mut labeled = labeled;
                if !label.name.is_blank() {
                    self.declare_label(labels, *label);
                    labeled = Some((label.name, *stmt));
                }
                self.branches(labels, labeled, *stmt);
            }
            StmtKind::Break(Some(name)) => self.labeled_branch(labels, *name, true),
            StmtKind::Continue(Some(name)) => self.labeled_branch(labels, *name, false),
            StmtKind::Goto(name) => {
                if labels.frames.iter().any(|frame| frame.labels.contains(&name.name)) {
                    mark_used(labels, name.name);
                } else if let Some(frame) = labels.frames.last_mut() {
                    frame.forward.push(*name);
                }
            }
            StmtKind::Block(block) => self.nested(labels, labeled, &block.stmts),
            StmtKind::If { then, els, .. } => {
                self.nested(labels, labeled, &then.stmts);
                if let Some(els) = els {
                    self.branches(labels, labeled, *els);
                }
            }
            StmtKind::Switch { clauses, .. } | StmtKind::TypeSwitch { clauses, .. } => {
                self.arms(labels, labeled, &mut clauses.iter().map(|c| &c.body.stmts[..]));
            }
            StmtKind::Select { clauses } => {
                self.arms(labels, labeled, &mut clauses.iter().map(|c| &c.body.stmts[..]));
            }
            StmtKind::For { body, .. } | StmtKind::Range { body, .. } => {
                self.nested(labels, labeled, &body.stmts);
            }
            _ => {}
        });
    }

    fn nested(&mut self, labels: &mut Labels, labeled: Option<(Symbol, StmtId)>, list: &[StmtId]) {
        let open = self.block_branches(labels, labeled, list);
        if let Some(frame) = labels.frames.last_mut() {
            frame.forward.extend(open);
        }
    }

    fn arms(
        &mut self,
        labels: &mut Labels,
        labeled: Option<(Symbol, StmtId)>,
        arms: &mut dyn Iterator<Item = &[StmtId]>,
    ) {
        labels.frames.push(Frame { labeled, ..Frame::default() });
        for arm in arms {
            self.nested(labels, None, arm);
        }
        let open = labels.frames.pop().map(|frame| frame.forward).unwrap_or_default();
        if let Some(frame) = labels.frames.last_mut() {
            frame.forward.extend(open);
        }
    }

    fn declare_label(&mut self, labels: &mut Labels, label: Ident) {
        let name = label.name;
        if labels.all.iter().any(|known| known.name == name) {
            self.error(label.pos, format!("label {name} already declared"));
        } else {
            labels.all.push(Label { name, pos: label.pos, used: false });
            if let Some(frame) = labels.frames.last_mut() {
                frame.labels.push(name);
            }
        }
        // Jumps from above in this block, or from blocks in it, end here.
        let Some(frame) = labels.frames.last_mut() else { return };
        let (ends, open): (Vec<Ident>, Vec<Ident>) =
            frame.forward.iter().partition(|jump| jump.name == name);
        frame.forward = open;
        let over: Vec<Ident> =
            ends.iter().filter(|jump| frame.over_var.contains(jump)).copied().collect();
        let var_decl = frame.var_decl;
        if !ends.is_empty() {
            mark_used(labels, name);
        }
        for jump in over {
            let at = var_decl.unwrap_or_default();
            let line = 1 + self.decl.line_starts.iter().filter(|start| **start <= at).count();
            let message = format!("goto {name} jumps over variable declaration at line {line}");
            self.error(jump.pos, message);
        }
    }

    fn labeled_branch(&mut self, labels: &mut Labels, label: Ident, is_break: bool) {
        let decl = self.decl;
        let name = label.name;
        let target = labels
            .frames
            .iter()
            .rev()
            .filter_map(|frame| frame.labeled)
            .find(|(known, _)| *known == name);
        let valid = target.is_some_and(|(_, s)| match decl[s].kind {
            StmtKind::For { .. } | StmtKind::Range { .. } => true,
            StmtKind::Switch { .. } | StmtKind::TypeSwitch { .. } | StmtKind::Select { .. } => {
                is_break
            }
            _ => false,
        });
        if valid {
            mark_used(labels, name);
        } else {
            let what = if is_break { "break" } else { "continue" };
            self.error(label.pos, format!("invalid {what} label {name}"));
        }
    }
}

fn record_var_decl(labels: &mut Labels, at: Offset) {
    if let Some(frame) = labels.frames.last_mut() {
        frame.var_decl = Some(at);
        frame.over_var.clone_from(&frame.forward);
    }
}

fn mark_used(labels: &mut Labels, name: Symbol) {
    if let Some(label) = labels.all.iter_mut().find(|label| label.name == name) {
        label.used = true;
    }
}
