//! The maker of one declaration's nodes, and what expressions and statements share.

use std::ops::Range;

use tree_sitter::{Node, TreeCursor};

use super::ast::{Expr, ExprId, ExprKind, Ident, Offset, Stmt, StmtId, StmtKind, SyntaxError};
use super::kinds::{F, K, field, kind};
use crate::symbol::Symbol;

/// Makes the nodes of one declaration out of tree-sitter's.
pub(super) struct Builder<'t> {
    /// The text of the tree, unmasked.
    pub(super) text: &'t str,
    /// The first byte of the declaration in `text`.
    pub(super) start: usize,
    /// For a repeated line of a constant declaration: where all of it stands.
    pub(super) fixed: Option<Offset>,
    pub(super) exprs: Vec<Expr>,
    pub(super) stmts: Vec<Stmt>,
    pub(super) errors: Vec<SyntaxError>,
    pub(super) cursor: TreeCursor<'t>,
}

/// A child of a node, with its field.
pub(super) type Child<'t> = (F, K, Node<'t>);

impl<'t> Builder<'t> {
    /// The children of a node, without comments. Punctuation is among them.
    pub(super) fn children(&mut self, node: Node<'t>) -> Vec<Child<'t>> {
        let mut children = Vec::with_capacity(node.child_count() as usize);
        self.cursor.reset(node);
        if self.cursor.goto_first_child() {
            loop {
                let child = self.cursor.node();
                let what = kind(child);
                if what != K::Comment {
                    if what == K::Error {
                        self.error(child, "syntax error");
                    }
                    children.push((field(self.cursor.field_id()), what, child));
                }
                if !self.cursor.goto_next_sibling() {
                    break;
                }
            }
        }
        children
    }

    /// The text of a node.
    pub(super) fn text_of(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// Where a node begins, in the declaration.
    pub(super) fn at(&self, node: Node<'_>) -> Offset {
        self.fixed.unwrap_or_else(|| self.offset(node.start_byte()))
    }

    /// Where a node ends, in the declaration.
    pub(super) fn end(&self, node: Node<'_>) -> Offset {
        self.fixed.unwrap_or_else(|| self.offset(node.end_byte()))
    }

    fn offset(&self, byte: usize) -> Offset {
        byte.saturating_sub(self.start) as Offset
    }

    pub(super) fn error(&mut self, node: Node<'_>, message: &str) {
        let range = self.at(node)..self.end(node);
        self.errors.push(SyntaxError { range, message: message.to_owned() });
    }

    pub(super) fn ident(&mut self, node: Node<'_>) -> Ident {
        if node.is_missing() {
            self.error(node, "missing name");
            return Ident { name: Symbol::EMPTY, pos: self.at(node) };
        }
        Ident { name: Symbol::new(self.text_of(node)), pos: self.at(node) }
    }

    pub(super) fn push(&mut self, kind: ExprKind, pos: Offset, span: Range<Offset>) -> ExprId {
        self.exprs.push(Expr { kind, pos, start: span.start, end: span.end });
        ExprId(self.exprs.len() as u32 - 1)
    }

    /// Adds an expression that stands where `node` does.
    pub(super) fn expr_at(&mut self, node: Node<'_>, kind: ExprKind, pos: Offset) -> ExprId {
        let span = self.at(node)..self.end(node);
        self.push(kind, pos, span)
    }

    /// Adds what cannot be understood.
    pub(super) fn bad_expr(&mut self, node: Node<'_>) -> ExprId {
        self.error(node, "syntax error: expected expression");
        self.expr_at(node, ExprKind::Bad, self.at(node))
    }

    /// Adds a statement that stands where `node` does.
    pub(super) fn stmt_at(&mut self, node: Node<'_>, kind: StmtKind, pos: Offset) -> StmtId {
        self.stmts.push(Stmt { kind, pos, start: self.at(node), end: self.end(node) });
        StmtId(self.stmts.len() as u32 - 1)
    }

    /// The start of an expression made before.
    pub(super) fn start_of(&self, e: ExprId) -> Offset {
        self.exprs[e.0 as usize].start
    }
}

/// The text of a string literal without its quotes; escapes stay as they are unless the literal
/// has none that matter.
pub(super) fn unquote(literal: &str) -> String {
    if let Some(raw) = literal.strip_prefix('`') {
        return raw.trim_end_matches('`').replace('\r', "");
    }
    let value = crate::types::constant::Value::from_literal(super::ast::LitKind::String, literal);
    match value.string() {
        Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        None => literal.trim_matches('"').to_owned(),
    }
}
