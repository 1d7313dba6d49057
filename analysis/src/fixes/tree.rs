//! Which node of a declaration stands in which.

use crate::syntax::ast::{
    Block, Decl, DeclKind, ExprId, ExprKind, FuncSig, InterfaceElem, Offset, StmtId, StmtKind,
};

/// What a node is directly part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parent {
    /// The declaration itself.
    Decl,
    /// An expression; for a statement, the function literal.
    Expr(ExprId),
    /// A statement.
    Stmt(StmtId),
}

/// The parents of all nodes of a declaration.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    decl: &'a Decl,
    exprs: Vec<Parent>,
    stmts: Vec<Parent>,
}

impl<'a> Tree<'a> {
    /// Finds out who is whose parent.
    pub(super) fn new(decl: &'a Decl) -> Tree<'a> {
        let mut tree = Tree {
            decl,
            exprs: vec![Parent::Decl; decl.exprs.len()],
            stmts: vec![Parent::Decl; decl.stmts.len()],
        };
        for id in (0..decl.exprs.len() as u32).map(ExprId) {
            tree.children_of_expr(id);
        }
        for id in (0..decl.stmts.len() as u32).map(StmtId) {
            tree.children_of_stmt(id);
        }
        tree
    }

    /// What an expression is part of.
    pub(super) fn parent(&self, id: ExprId) -> Parent {
        self.exprs[id.0 as usize]
    }

    /// What a statement is part of.
    pub(super) fn parent_of_stmt(&self, id: StmtId) -> Parent {
        self.stmts[id.0 as usize]
    }

    /// All expressions.
    pub(super) fn exprs(&self) -> impl Iterator<Item = ExprId> + use<> {
        (0..self.decl.exprs.len() as u32).map(ExprId)
    }

    /// All statements.
    pub(super) fn stmts(&self) -> impl Iterator<Item = StmtId> + use<> {
        (0..self.decl.stmts.len() as u32).map(StmtId)
    }

    /// The list of statements that a statement is one of; none for the parts of other statements.
    pub(super) fn block_of(&self, stmt: StmtId) -> Option<&'a Block> {
        let decl = self.decl;
        let body = func_decl(decl).and_then(|func| func.body.as_ref());
        let literals = decl.exprs.iter().filter_map(|expr| match &expr.kind {
            ExprKind::FuncLit(literal) => Some(&literal.body),
            _ => None,
        });
        let inner = decl.stmts.iter().flat_map(|stmt| blocks_of(&stmt.kind));
        body.into_iter().chain(literals).chain(inner).find(|block| block.stmts.contains(&stmt))
    }

    /// The function literals around a place, outermost first.
    pub(super) fn literals_around(&self, at: Offset) -> Vec<ExprId> {
        let around = |&id: &ExprId| {
            let expr = &self.decl[id];
            matches!(expr.kind, ExprKind::FuncLit(_)) && (expr.start..expr.end).contains(&at)
        };
        let mut found: Vec<ExprId> = self.exprs().filter(around).collect();
        found.sort_by_key(|&id| self.decl[id].start);
        found
    }

    /// The loops around a place within `Decl`, also those of functions around it.
    pub(super) fn loops_around(&self, at: Offset) -> impl Iterator<Item = StmtId> + '_ {
        self.stmts().filter(move |&id| {
            let stmt = &self.decl[id];
            matches!(stmt.kind, StmtKind::For { .. } | StmtKind::Range { .. })
                && (stmt.start..stmt.end).contains(&at)
        })
    }

    fn expr(&mut self, id: ExprId, parent: Parent) {
        if let Some(slot) = self.exprs.get_mut(id.0 as usize) {
            *slot = parent;
        }
    }

    fn all(&mut self, ids: impl IntoIterator<Item = ExprId>, parent: Parent) {
        ids.into_iter().for_each(|id| self.expr(id, parent));
    }

    fn stmt(&mut self, id: StmtId, parent: Parent) {
        if let Some(slot) = self.stmts.get_mut(id.0 as usize) {
            *slot = parent;
        }
    }

    fn block(&mut self, block: &Block, parent: Parent) {
        block.stmts.iter().for_each(|&id| self.stmt(id, parent));
    }

    fn sig(&mut self, sig: &FuncSig, parent: Parent) {
        self.all(sig.params.iter().chain(&sig.results).map(|param| param.ty), parent);
    }

    fn children_of_expr(&mut self, id: ExprId) {
        let up = Parent::Expr(id);
        let decl = self.decl;
        match &decl[id].kind {
            ExprKind::Bad | ExprKind::Name(_) | ExprKind::BasicLit { .. } => {}
            ExprKind::CompositeLit { ty, elems, .. } => {
                self.all(*ty, up);
                self.all(elems.iter().copied(), up);
            }
            ExprKind::KeyValue { key, value } | ExprKind::MapType { key, value } => {
                self.all([*key, *value], up);
            }
            ExprKind::FuncLit(literal) => {
                self.sig(&literal.sig, up);
                self.block(&literal.body, up);
            }
            ExprKind::Paren(x)
            | ExprKind::Selector { x, .. }
            | ExprKind::Star(x)
            | ExprKind::Unary { x, .. }
            | ExprKind::SliceType(x)
            | ExprKind::ChanType { elem: x, .. } => self.expr(*x, up),
            ExprKind::Index { x, indices } => {
                self.expr(*x, up);
                self.all(indices.iter().copied(), up);
            }
            ExprKind::Slice { x, lo, hi, max, .. } => {
                self.expr(*x, up);
                self.all([*lo, *hi, *max].into_iter().flatten(), up);
            }
            ExprKind::TypeAssert { x, ty } => {
                self.expr(*x, up);
                self.all(*ty, up);
            }
            ExprKind::Call { fun, args, .. } => {
                self.expr(*fun, up);
                self.all(args.iter().copied(), up);
            }
            ExprKind::Binary { x, y, .. } => self.all([*x, *y], up),
            ExprKind::ArrayType { len, elem } => {
                self.all(*len, up);
                self.expr(*elem, up);
            }
            ExprKind::StructType(fields) => self.all(fields.iter().map(|field| field.ty), up),
            ExprKind::FuncType(sig) => self.sig(sig, up),
            ExprKind::InterfaceType(elems) => {
                let types = elems.iter().map(|elem| match elem {
                    InterfaceElem::Method(_, ty) | InterfaceElem::Embedded(ty) => *ty,
                });
                self.all(types, up);
            }
        }
    }

    fn children_of_stmt(&mut self, id: StmtId) {
        let up = Parent::Stmt(id);
        let decl = self.decl;
        match &decl[id].kind {
            StmtKind::Bad
            | StmtKind::Empty
            | StmtKind::Break(_)
            | StmtKind::Continue(_)
            | StmtKind::Goto(_)
            | StmtKind::Fallthrough => {}
            StmtKind::Expr(x)
            | StmtKind::IncDec { x, .. }
            | StmtKind::Go(x)
            | StmtKind::Defer(x) => self.expr(*x, up),
            StmtKind::Send { chan: x, value: y } | StmtKind::OpAssign { x, y, .. } => {
                self.all([*x, *y], up);
            }
            StmtKind::Assign { lhs, rhs } | StmtKind::Define { lhs, rhs } => {
                self.all(lhs.iter().chain(rhs).copied(), up);
            }
            StmtKind::Return(values) => self.all(values.iter().copied(), up),
            StmtKind::Block(block) => self.block(block, up),
            StmtKind::If { init, cond, then, els } => {
                init.iter().chain(els).for_each(|&stmt| self.stmt(stmt, up));
                self.expr(*cond, up);
                self.block(then, up);
            }
            StmtKind::Switch { init, tag, clauses } => {
                init.iter().for_each(|&stmt| self.stmt(stmt, up));
                self.all(*tag, up);
                for clause in clauses {
                    self.all(clause.cases.iter().flatten().copied(), up);
                    self.block(&clause.body, up);
                }
            }
            StmtKind::TypeSwitch { init, x, clauses, .. } => {
                init.iter().for_each(|&stmt| self.stmt(stmt, up));
                self.expr(*x, up);
                for clause in clauses {
                    self.all(clause.cases.iter().flatten().copied(), up);
                    self.block(&clause.body, up);
                }
            }
            StmtKind::Select { clauses } => {
                for clause in clauses {
                    clause.comm.iter().for_each(|&stmt| self.stmt(stmt, up));
                    self.block(&clause.body, up);
                }
            }
            StmtKind::For { init, cond, post, body } => {
                init.iter().chain(post).for_each(|&stmt| self.stmt(stmt, up));
                self.all(*cond, up);
                self.block(body, up);
            }
            StmtKind::Range { lhs, x, body, .. } => {
                self.all(lhs.iter().copied(), up);
                self.expr(*x, up);
                self.block(body, up);
            }
            StmtKind::Labeled { stmt, .. } => self.stmt(*stmt, up),
            StmtKind::Const(specs) => {
                let exprs = specs.iter().flat_map(|spec| spec.ty.iter().chain(&spec.values));
                self.all(exprs.copied(), up);
            }
            StmtKind::Var(specs) => {
                let exprs = specs.iter().flat_map(|spec| spec.ty.iter().chain(&spec.values));
                self.all(exprs.copied(), up);
            }
            StmtKind::Type(specs) => {
                for spec in specs {
                    self.all(spec.tparams.iter().map(|param| param.constraint), up);
                    self.expr(spec.ty, up);
                }
            }
        }
    }
}

/// The lists of statements directly in a statement.
fn blocks_of(stmt: &StmtKind) -> Vec<&Block> {
    match stmt {
        StmtKind::Block(body)
        | StmtKind::If { then: body, .. }
        | StmtKind::For { body, .. }
        | StmtKind::Range { body, .. } => vec![body],
        StmtKind::Switch { clauses, .. } | StmtKind::TypeSwitch { clauses, .. } => {
            clauses.iter().map(|clause| &clause.body).collect()
        }
        StmtKind::Select { clauses } => clauses.iter().map(|clause| &clause.body).collect(),
        _ => Vec::new(),
    }
}

/// Whether a declaration is that of a function, and of which.
pub(super) fn func_decl(decl: &Decl) -> Option<&crate::syntax::ast::FuncDecl> {
    match &decl.kind {
        DeclKind::Func(func) => Some(func),
        DeclKind::Const(_) | DeclKind::Var(_) | DeclKind::Type(_) | DeclKind::Bad => None,
    }
}
