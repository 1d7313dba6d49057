//! From nodes back to the user's text: where a decision stands, and how the text there reads.
//!
//! A node knows the declaration it was lowered from and an offset in it, which is that of some
//! expression or statement of the syntax tree. What came with inlined calls stands, for the user,
//! at the outermost of these calls.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::finding::Location;
use crate::compile::{Compiled, ParsedFile};
use crate::ir::node::{Callee, Pos, Unit};
use crate::syntax::ast::{Decl, Expr, ExprId, ExprKind, Offset, Stmt, StmtId, UnaryOp};
use crate::types::ty::DefId;

/// The longest text of an expression that is quoted whole.
const QUOTED: usize = 48;

/// Finds the text of nodes.
pub(super) struct Sources<'a> {
    compiled: &'a Compiled,
    nodes: RefCell<FxHashMap<(usize, usize), Rc<ByPosition>>>,
}

/// The syntax nodes of a declaration by their position.
#[derive(Default)]
struct ByPosition {
    exprs: FxHashMap<Offset, ExprId>,
    stmts: FxHashMap<Offset, StmtId>,
    /// Calls with one argument, by the argument's position.
    calls: FxHashMap<Offset, ExprId>,
}

/// A place in a declaration of the package.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    /// The file.
    pub(super) file: &'a ParsedFile,
    /// The declaration's first byte in the file.
    pub(super) start: u32,
    /// The declaration.
    pub(super) decl: &'a Decl,
    /// Where in the declaration.
    pub(super) offset: Offset,
    key: (usize, usize),
}

impl<'a> Spot<'a> {
    /// A stretch of the declaration as a stretch of the file.
    pub(super) fn location(&self, start: Offset, end: Offset) -> Location {
        let Range { start, end } = self.file.user_range(self.start + start, self.start + end);
        Location { file: self.file.path, start, end }
    }

    /// The text of a stretch of the declaration.
    pub(super) fn text(&self, start: Offset, end: Offset) -> &'a str {
        self.file.user_text(self.start + start, self.start + end)
    }

    /// The stretch of a name that stands here.
    pub(super) fn name(&self, name: &str) -> Option<Location> {
        let end = self.offset + name.len() as u32;
        (self.text(self.offset, end) == name).then(|| self.location(self.offset, end))
    }
}

impl<'a> Sources<'a> {
    pub(super) fn new(compiled: &'a Compiled) -> Sources<'a> {
        Sources { compiled, nodes: RefCell::default() }
    }

    /// An offset in a declaration of the package.
    pub(super) fn spot(&self, def: DefId, offset: Offset) -> Option<Spot<'a>> {
        let key = self.compiled.summary.places.index(def)?;
        let file = self.compiled.files.get(key.0)?;
        let at = file.ast.decls.get(key.1)?;
        Some(Spot { file, start: at.start, decl: &at.decl, offset, key })
    }

    /// Where a node's own text stands.
    pub(super) fn innermost(&self, unit: &Unit, pos: Pos) -> Option<Spot<'a>> {
        self.spot(unit.origins.get(pos.origin as usize)?.decl, pos.offset)
    }

    /// Where a node stands for the user: at the outermost inlined call.
    pub(super) fn outermost(&self, unit: &Unit, mut pos: Pos) -> Option<Spot<'a>> {
        while let Some(inl) = unit.origins.get(pos.origin as usize)?.inl {
            pos = unit.inl_tree.get(inl as usize)?.pos;
        }
        self.innermost(unit, pos)
    }

    /// Whether a callee is a literal that the user did not write: cgo puts some around calls.
    fn is_made(&self, unit: &Unit, callee: Callee) -> bool {
        let Callee::Literal(func) = callee else { return false };
        let spot = self.innermost(unit, unit[func].pos);
        let user = spot.and_then(|spot| Some((spot, spot.file.user.as_ref()?)));
        user.is_some_and(|(spot, user)| !user.map.is_own(spot.start + spot.offset))
    }

    /// The functions through whose inlining a node came, innermost first.
    pub(super) fn inlined(&self, unit: &Unit, mut pos: Pos) -> Vec<Callee> {
        let mut callees = Vec::new();
        while let Some(inl) = unit.origins.get(pos.origin as usize).and_then(|origin| origin.inl) {
            let Some(call) = unit.inl_tree.get(inl as usize) else { break };
            if !self.is_made(unit, call.callee) {
                callees.push(call.callee);
            }
            pos = call.pos;
        }
        callees
    }

    fn by_position(&self, spot: &Spot<'_>) -> Rc<ByPosition> {
        let mut nodes = self.nodes.borrow_mut();
        let made = nodes.entry(spot.key).or_insert_with(|| {
            let mut made = ByPosition::default();
            // Children have smaller ids: of two nodes in one place the outer one counts.
            for (id, expr) in spot.decl.exprs.iter().enumerate() {
                made.exprs.insert(expr.pos, ExprId(id as u32));
                if let ExprKind::Call { args, .. } = &expr.kind
                    && let [arg] = **args
                {
                    made.calls.entry(spot.decl[arg].pos).or_insert(ExprId(id as u32));
                }
            }
            for (id, stmt) in spot.decl.stmts.iter().enumerate() {
                made.stmts.insert(stmt.pos, StmtId(id as u32));
            }
            Rc::new(made)
        });
        Rc::clone(made)
    }

    /// The expression with that position.
    pub(super) fn expr(&self, spot: &Spot<'a>) -> Option<&'a Expr> {
        Some(&spot.decl[*self.by_position(spot).exprs.get(&spot.offset)?])
    }

    /// The conversion whose operand has that position, which is the conversion's own.
    pub(super) fn conversion(&self, spot: &Spot<'a>) -> Option<&'a Expr> {
        Some(&spot.decl[*self.by_position(spot).calls.get(&spot.offset)?])
    }

    /// The statement with that position.
    pub(super) fn stmt(&self, spot: &Spot<'a>) -> Option<&'a Stmt> {
        Some(&spot.decl[*self.by_position(spot).stmts.get(&spot.offset)?])
    }

    /// The stretch of what stands at a spot: an expression, or the first line of a statement.
    pub(super) fn location(&self, spot: &Spot<'a>) -> Location {
        if let Some(expr) = self.expr(spot) {
            return spot.location(expr.start, expr.end);
        }
        match self.stmt(spot) {
            Some(stmt) => {
                let text = spot.text(stmt.start, stmt.end);
                let line = text.lines().next().unwrap_or_default();
                let line = line.trim_end_matches(['{', ' ', '\t']);
                spot.location(stmt.start, stmt.start + line.len() as u32)
            }
            None => spot.location(spot.offset, spot.offset),
        }
    }

    /// What stands at a spot, in few words of the user's own.
    pub(super) fn quote(&self, spot: &Spot<'a>) -> Option<String> {
        if let Some(expr) = self.expr(spot) {
            return Some(quote(spot, expr));
        }
        let stmt = self.stmt(spot)?;
        let text = spot.text(stmt.start, stmt.end);
        let line = text.lines().next().unwrap_or_default();
        let mut line = line.trim_end().to_owned();
        if line.len() < text.trim_end().len() && line.ends_with('{') {
            line.push_str("…}");
        }
        Some(shorten(&line))
    }
}

/// An expression in few words.
pub(super) fn quote(spot: &Spot<'_>, expr: &Expr) -> String {
    let text = |from, to| one_line(spot.text(from, to));
    let short = match &expr.kind {
        ExprKind::CompositeLit { elems, .. } if !elems.is_empty() => {
            format!("{}{{…}}", text(expr.start, expr.pos))
        }
        ExprKind::FuncLit(lit) => {
            format!("{}{{…}}", text(expr.start, lit.body.lbrace).trim_end().to_owned() + " ")
        }
        ExprKind::Unary { op: UnaryOp::Addr, x } => {
            crate::types::cx::deep(|| format!("&{}", quote(spot, &spot.decl[*x])))
        }
        ExprKind::Call { args, .. } if !args.is_empty() => {
            let whole = text(expr.start, expr.end);
            if whole.len() <= QUOTED {
                whole
            } else {
                format!("{}(…)", text(expr.start, expr.pos))
            }
        }
        _ => text(expr.start, expr.end),
    };
    shorten(&short)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shorten(text: &str) -> String {
    if text.len() <= QUOTED {
        return text.to_owned();
    }
    text.chars().take(QUOTED - 1).chain(['…']).collect()
}
