//! Statements, and the declarations among them.

use tree_sitter::Node;

use super::ast::{
    BinaryOp, Block, CaseClause, CommClause, ConstSpec, ExprId, ExprKind, Ident, Offset, Stmt,
    StmtId, StmtKind, TypeParam, TypeSpec, VarSpec,
};
use super::build::{Builder, Child};
use super::expr::binary_op;
use super::kinds::{F, K, kind};
use crate::types::cx::deep;

fn of_field<'t>(children: &[Child<'t>], field: F) -> Option<Node<'t>> {
    children.iter().find(|child| child.0 == field).map(|child| child.2)
}

impl<'t> Builder<'t> {
    /// A block in braces.
    pub(super) fn block(&mut self, node: Node<'t>) -> Block {
        let lbrace = self.at(node);
        let rbrace = self.end(node).saturating_sub(1);
        let mut stmts = Vec::new();
        for (_, what, child) in self.children(node) {
            self.stmt_or_list(what, child, &mut stmts);
        }
        Block { stmts: stmts.into(), lbrace, rbrace }
    }

    fn stmt_or_list(&mut self, what: K, node: Node<'t>, stmts: &mut Vec<StmtId>) {
        match what {
            K::Other => {}
            K::StatementList => {
                for (_, what, child) in self.children(node) {
                    if what != K::Other {
                        stmts.push(self.stmt(child));
                    }
                }
            }
            _ => stmts.push(self.stmt(node)),
        }
    }

    /// What follows the colon of a clause.
    fn clause_body(&mut self, node: Node<'t>, children: &[Child<'t>]) -> Block {
        let colon = children.iter().find(|(_, _, child)| child.kind() == ":");
        let lbrace = colon.map_or(self.end(node), |child| self.at(child.2));
        let mut stmts = Vec::new();
        let after = children.iter().skip_while(|(_, _, child)| child.kind() != ":");
        for &(_, what, child) in after {
            self.stmt_or_list(what, child, &mut stmts);
        }
        Block { stmts: stmts.into(), lbrace, rbrace: self.end(node) }
    }

    /// A statement.
    pub(super) fn stmt(&mut self, node: Node<'t>) -> StmtId {
        deep(|| self.any_stmt(node))
    }

    fn any_stmt(&mut self, node: Node<'t>) -> StmtId {
        let what = kind(node);
        let children = self.children(node);
        let at = self.at(node);
        let built = match what {
            K::EmptyStmt => Some((StmtKind::Empty, at)),
            K::ExprStmt => self.operand(&children).map(|x| {
                let pos = self.exprs[x.0 as usize].pos;
                (StmtKind::Expr(x), pos)
            }),
            K::SendStmt => self.send(&children),
            K::ReceiveStmt => self.receive(&children),
            K::IncStmt | K::DecStmt => self.operand(&children).map(|x| {
                let operator = children.last().map_or(at, |child| self.at(child.2));
                (StmtKind::IncDec { x, inc: what == K::IncStmt }, operator)
            }),
            K::AssignStmt => self.assignment(&children),
            K::ShortVarDecl => self.define(&children),
            K::LabeledStmt => self.labeled(node, &children),
            K::Fallthrough => Some((StmtKind::Fallthrough, at)),
            K::BreakStmt => Some((StmtKind::Break(self.label(&children)), at)),
            K::ContinueStmt => Some((StmtKind::Continue(self.label(&children)), at)),
            K::GotoStmt => self.label(&children).map(|label| (StmtKind::Goto(label), at)),
            K::ReturnStmt => {
                let list = children.iter().find(|child| child.1 == K::ExprList);
                let results = list.map(|child| self.exprs_in(child.2)).unwrap_or_default();
                Some((StmtKind::Return(results), at))
            }
            K::GoStmt => self.operand(&children).map(|call| (StmtKind::Go(call), at)),
            K::DeferStmt => self.operand(&children).map(|call| (StmtKind::Defer(call), at)),
            K::Block => Some((StmtKind::Block(self.block(node)), at)),
            K::IfStmt => self.if_stmt(&children).map(|stmt| (stmt, at)),
            K::ForStmt => self.for_stmt(&children).map(|stmt| (stmt, at)),
            K::SwitchStmt => Some((self.switch(&children), at)),
            K::TypeSwitchStmt => self.type_switch(&children).map(|stmt| (stmt, at)),
            K::SelectStmt => Some((self.select(&children), at)),
            K::ConstDecl => {
                let mut specs = Vec::new();
                let lines = self.const_lines(node);
                for line in &lines {
                    specs.extend(self.const_spec(line));
                }
                Some((StmtKind::Const(specs.into()), at))
            }
            K::VarDecl => {
                let specs = spec_nodes(self, node, K::VarSpec);
                let specs = specs.into_iter().map(|spec| self.var_spec(spec)).collect();
                Some((StmtKind::Var(specs), at))
            }
            K::TypeDecl => {
                let mut specs = Vec::new();
                for (_, what, spec) in children {
                    if matches!(what, K::TypeSpec | K::TypeAlias) {
                        specs.extend(self.type_spec(spec));
                    }
                }
                Some((StmtKind::Type(specs.into()), at))
            }
            _ => None,
        };
        match built {
            Some((kind, pos)) => self.stmt_at(node, kind, pos),
            None => {
                self.error(node, "syntax error: expected statement");
                self.stmt_at(node, StmtKind::Bad, at)
            }
        }
    }

    /// The one operand of a statement.
    fn operand(&mut self, children: &[Child<'t>]) -> Option<ExprId> {
        let &(_, _, node) = children.iter().find(|child| child.1 != K::Other)?;
        Some(self.expr(node))
    }

    fn label(&mut self, children: &[Child<'t>]) -> Option<Ident> {
        let &(_, _, node) = children.iter().find(|child| child.1 == K::Ident)?;
        Some(self.ident(node))
    }

    fn send(&mut self, children: &[Child<'t>]) -> Option<(StmtKind, u32)> {
        let chan = of_field(children, F::Channel)?;
        let value = of_field(children, F::Value)?;
        let arrow = children.iter().find(|(_, _, child)| child.kind() == "<-")?;
        let pos = self.at(arrow.2);
        Some((StmtKind::Send { chan: self.expr(chan), value: self.expr(value) }, pos))
    }

    /// The receive of a select's clause: with `=`, with `:=` or alone.
    fn receive(&mut self, children: &[Child<'t>]) -> Option<(StmtKind, u32)> {
        let right = of_field(children, F::Right)?;
        let Some(left) = of_field(children, F::Left) else {
            let x = self.expr(right);
            return Some((StmtKind::Expr(x), self.exprs[x.0 as usize].pos));
        };
        let operator = children.iter().find(|(_, _, child)| matches!(child.kind(), "=" | ":="))?;
        let lhs = self.exprs_in(left);
        let rhs = Box::new([self.expr(right)]);
        let pos = self.at(operator.2);
        let kind = match operator.2.kind() {
            "=" => StmtKind::Assign { lhs, rhs },
            _ => StmtKind::Define { lhs, rhs },
        };
        Some((kind, pos))
    }

    fn assignment(&mut self, children: &[Child<'t>]) -> Option<(StmtKind, u32)> {
        let (left, right) = (of_field(children, F::Left)?, of_field(children, F::Right)?);
        let operator = of_field(children, F::Operator)?;
        let lhs = self.exprs_in(left);
        let rhs = self.exprs_in(right);
        let pos = self.at(operator);
        let kind = match operator.kind().strip_suffix('=')? {
            "" => StmtKind::Assign { lhs, rhs },
            op => {
                let (&[x], &[y]) = (&*lhs, &*rhs) else { return None };
                StmtKind::OpAssign { op: binary_op(op)?, x, y }
            }
        };
        Some((kind, pos))
    }

    fn define(&mut self, children: &[Child<'t>]) -> Option<(StmtKind, u32)> {
        let (left, right) = (of_field(children, F::Left)?, of_field(children, F::Right)?);
        let operator = children.iter().find(|(_, _, child)| child.kind() == ":=")?;
        let pos = self.at(operator.2);
        let lhs = self.exprs_in(left);
        let rhs = self.exprs_in(right);
        Some((StmtKind::Define { lhs, rhs }, pos))
    }

    fn labeled(&mut self, node: Node<'t>, children: &[Child<'t>]) -> Option<(StmtKind, u32)> {
        let label = self.label(children)?;
        let after = children.iter().skip_while(|(_, _, child)| child.kind() != ":").skip(1);
        let statement = after.clone().find(|child| child.1 != K::Other);
        let stmt = match statement {
            Some(&(_, _, statement)) => self.stmt(statement),
            None => {
                // `L: }`
                let end = self.end(node);
                self.stmts.push(Stmt { kind: StmtKind::Empty, pos: end, start: end, end });
                StmtId(self.stmts.len() as u32 - 1)
            }
        };
        Some((StmtKind::Labeled { label, stmt }, label.pos))
    }

    fn if_stmt(&mut self, children: &[Child<'t>]) -> Option<StmtKind> {
        let init = of_field(children, F::Initializer).map(|init| self.stmt(init));
        let cond = of_field(children, F::Condition)?;
        let cond = self.expr(cond);
        let then = of_field(children, F::Consequence)?;
        let then = self.block(then);
        let els = of_field(children, F::Alternative).map(|els| self.stmt(els));
        Some(StmtKind::If { init, cond, then, els })
    }

    fn for_stmt(&mut self, children: &[Child<'t>]) -> Option<StmtKind> {
        let body = of_field(children, F::Body)?;
        let header = children.iter().find(|child| child.1 != K::Other && child.0 != F::Body);
        let (mut init, mut cond, mut post) = (None, None, None);
        match header.copied() {
            Some((_, K::RangeClause, clause)) => {
                let parts = self.children(clause);
                let keyword = parts.iter().find(|(_, _, child)| child.kind() == "range")?;
                let range_pos = self.at(keyword.2);
                let define = parts.iter().any(|(_, _, child)| child.kind() == ":=");
                let lhs = of_field(&parts, F::Left);
                let lhs = lhs.map(|lhs| self.exprs_in(lhs)).unwrap_or_default();
                let x = of_field(&parts, F::Right)?;
                let x = self.expr(x);
                let body = self.block(body);
                return Some(StmtKind::Range { lhs, define, x, range_pos, body });
            }
            Some((_, K::ForClause, clause)) => {
                let parts = self.children(clause);
                init = of_field(&parts, F::Initializer).map(|node| self.stmt(node));
                cond = of_field(&parts, F::Condition).map(|node| self.expr(node));
                post = of_field(&parts, F::Update).map(|node| self.stmt(node));
            }
            Some((_, _, node)) => cond = Some(self.expr(node)),
            None => {}
        }
        let body = self.block(body);
        Some(StmtKind::For { init, cond, post, body })
    }

    fn switch(&mut self, children: &[Child<'t>]) -> StmtKind {
        let init = of_field(children, F::Initializer).map(|init| self.stmt(init));
        let tag = of_field(children, F::Value).map(|tag| self.expr(tag));
        let clauses = self.case_clauses(children);
        StmtKind::Switch { init, tag, clauses }
    }

    fn case_clauses(&mut self, children: &[Child<'t>]) -> Box<[CaseClause]> {
        let mut clauses = Vec::new();
        for &(_, what, clause) in children {
            let parts = match what {
                K::ExprCase | K::TypeCase | K::DefaultCase => self.children(clause),
                _ => continue,
            };
            let cases = match what {
                K::ExprCase => {
                    let list = of_field(&parts, F::Value);
                    Some(list.map(|list| self.exprs_in(list)).unwrap_or_default())
                }
                K::TypeCase => {
                    let types = parts.iter().filter(|part| part.0 == F::Type);
                    // Commas stand in the field as well.
                    let types: Vec<Node<'t>> =
                        types.filter(|part| part.1 != K::Other).map(|part| part.2).collect();
                    Some(types.into_iter().map(|ty| self.expr(ty)).collect())
                }
                _ => None,
            };
            let pos = self.at(clause);
            let body = self.clause_body(clause, &parts);
            clauses.push(CaseClause { pos, cases, body });
        }
        clauses.into()
    }

    fn type_switch(&mut self, children: &[Child<'t>]) -> Option<StmtKind> {
        let init = of_field(children, F::Initializer).map(|init| self.stmt(init));
        let name = match of_field(children, F::Alias) {
            Some(list) => {
                let names = self.children(list);
                names.iter().find(|child| child.1 == K::Ident).map(|child| self.ident(child.2))
            }
            None => None,
        };
        let x = of_field(children, F::Value)?;
        let x = self.expr(x);
        let clauses = self.case_clauses(children);
        Some(StmtKind::TypeSwitch { init, name, x, clauses })
    }

    fn select(&mut self, children: &[Child<'t>]) -> StmtKind {
        let mut clauses = Vec::new();
        for &(_, what, clause) in children {
            if !matches!(what, K::CommCase | K::DefaultCase) {
                continue;
            }
            let parts = self.children(clause);
            let comm = of_field(&parts, F::Communication).map(|comm| self.stmt(comm));
            let pos = self.at(clause);
            let body = self.clause_body(clause, &parts);
            clauses.push(CommClause { pos, comm, body });
        }
        StmtKind::Select { clauses: clauses.into() }
    }

    pub(super) fn var_spec(&mut self, node: Node<'t>) -> VarSpec {
        let children = self.children(node);
        let names = self.names(&children);
        let ty = of_field(&children, F::Type).map(|ty| self.expr(ty));
        let values = of_field(&children, F::Value);
        let values = values.map(|list| self.exprs_in(list).into_vec()).unwrap_or_default();
        VarSpec { names, ty, values }
    }

    pub(super) fn type_spec(&mut self, node: Node<'t>) -> Option<TypeSpec> {
        let children = self.children(node);
        let name = of_field(&children, F::Name)?;
        let name = self.ident(name);
        let list = of_field(&children, F::TypeParameters);
        let tparams = list.map(|list| self.type_params(list)).unwrap_or_default();
        let ty = of_field(&children, F::Type)?;
        let ty = self.expr(ty);
        let alias = kind(node) == K::TypeAlias;
        if let Some(list) = list
            && let Some(len) = self.array_len(list, &tparams)
        {
            let span = self.at(list)..self.end(node);
            let ty = self.push(ExprKind::ArrayType { len: Some(len), elem: ty }, span.start, span);
            return Some(TypeSpec { name, tparams: Vec::new(), alias, ty });
        }
        Some(TypeSpec { name, tparams, alias, ty })
    }

    /// The length of an array type that the grammar takes for a type parameter: `[P *C[T]]E`.
    ///
    /// Upstream: `cmd/compile/internal/syntax/parser.go` (`extractTypeParam`).
    fn array_len(&mut self, list: Node<'t>, tparams: &[TypeParam]) -> Option<ExprId> {
        let [TypeParam { name, constraint }] = *tparams else { return None };
        let star = &self.exprs[constraint.0 as usize];
        let (at, ExprKind::Star(y)) = (star.pos, &star.kind) else { return None };
        let (y, end) = (*y, star.end);
        let is_operand = matches!(
            self.exprs[y.0 as usize].kind,
            ExprKind::Name(_) | ExprKind::Selector { .. } | ExprKind::Index { .. }
        );
        let has_comma = self.children(list).iter().any(|(_, _, child)| child.kind() == ",");
        if !is_operand || has_comma {
            return None;
        }
        let span = name.pos..name.pos + name.name.as_str().len() as Offset;
        let x = self.push(ExprKind::Name(name.name), name.pos, span);
        Some(self.push(ExprKind::Binary { op: BinaryOp::Mul, x, y }, at, name.pos..end))
    }

    fn names(&mut self, children: &[Child<'t>]) -> Vec<Ident> {
        let names = children.iter().filter(|child| child.1 == K::Ident && child.0 == F::Name);
        names.map(|child| child.2).collect::<Vec<_>>().into_iter().map(|n| self.ident(n)).collect()
    }

    /// The lines of a constant declaration.
    pub(super) fn const_lines(&mut self, node: Node<'t>) -> Vec<ConstLine<'t>> {
        let mut lines: Vec<ConstLine<'t>> = Vec::new();
        for spec in spec_nodes(self, node, K::ConstSpec) {
            let children = self.children(spec);
            let own_values = of_field(&children, F::Value);
            let inherits = own_values.is_none();
            let (ty, values) = match lines.last() {
                Some(above) if inherits => (above.ty, above.values),
                _ => (of_field(&children, F::Type), own_values),
            };
            let iota = lines.len() as u32;
            lines.push(ConstLine { node: spec, ty, values, iota, inherits });
        }
        lines
    }

    /// A line of a constant declaration. One without values repeats those of the line above it, at
    /// the place of its first name.
    pub(super) fn const_spec(&mut self, line: &ConstLine<'t>) -> Option<ConstSpec> {
        let children = self.children(line.node);
        let names = self.names(&children);
        let first = names.first()?;
        let outer = self.fixed;
        if line.inherits {
            self.fixed = Some(first.pos);
        }
        let ty = line.ty.map(|ty| self.expr(ty));
        let values = line.values.map(|list| self.exprs_in(list).into_vec()).unwrap_or_default();
        self.fixed = outer;
        Some(ConstSpec { names, ty, values, iota: line.iota, inherited: line.inherits })
    }
}

/// A line of a constant declaration with what it inherits.
#[derive(Clone, Copy)]
pub(super) struct ConstLine<'t> {
    pub(super) node: Node<'t>,
    pub(super) ty: Option<Node<'t>>,
    pub(super) values: Option<Node<'t>>,
    pub(super) iota: u32,
    pub(super) inherits: bool,
}

/// The specifications of a declaration, in parentheses or not.
pub(super) fn spec_nodes<'t>(
    builder: &mut Builder<'t>,
    node: Node<'t>,
    wanted: K,
) -> Vec<Node<'t>> {
    let mut found = Vec::new();
    for (_, what, child) in builder.children(node) {
        if what == K::VarSpecList {
            found.extend(spec_nodes(builder, child, wanted));
        } else if what == wanted {
            found.push(child);
        }
    }
    found
}
