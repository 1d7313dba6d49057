//! Our trees in the form in which `oracle/ast` prints those of `go/parser`.

use std::fmt::Write;

use analysis::syntax::ast::{
    BinaryOp, Block, CaseClause, ChanDir, CommClause, ConstSpec, Decl, DeclAt, DeclKind, ExprId,
    ExprKind, Field, File, FuncDecl, FuncSig, Ident, InterfaceElem, LitKind, Param, StmtId,
    StmtKind, TypeParam, TypeSpec, UnaryOp, VarSpec,
};

/// A file's header: its package clause and its imports.
pub(crate) fn header(file: &File) -> String {
    let mut out = format!("{}@{}", file.package, file.package_pos);
    for import in &file.imports {
        out.push_str("import");
        out.push_str(import.name.map_or("", |name| name.as_str()));
        hex(&mut out, import.path.as_str());
        write!(out, "@{}", import.start).unwrap();
    }
    out
}

/// A declaration: its start and end in the file, and its form.
pub(crate) fn declaration(at: &DeclAt) -> (u32, u32, String) {
    let mut dumper = Dumper { decl: &at.decl, base: at.start, out: String::new() };
    match &at.decl.kind {
        DeclKind::Func(func) => dumper.function(func),
        DeclKind::Const(spec) => dumper.const_spec(spec),
        DeclKind::Var(spec) => dumper.var_spec(spec),
        DeclKind::Type(spec) => dumper.type_spec(spec),
        DeclKind::Bad => dumper.put("bad"),
    }
    (at.start, at.start + at.decl.len, dumper.out)
}

fn hex(out: &mut String, text: &str) {
    text.bytes().for_each(|byte| write!(out, "{byte:02x}").unwrap());
}

struct Dumper<'a> {
    decl: &'a Decl,
    base: u32,
    out: String,
}

impl Dumper<'_> {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn pos(&mut self, at: u32) {
        write!(self.out, "@{}", self.base + at).unwrap();
    }

    /// The position of the last byte of what ends at `end`.
    fn last(&mut self, end: u32) {
        self.pos(end.saturating_sub(1));
    }

    fn ident(&mut self, id: Ident) {
        self.put(id.name.as_str());
        self.pos(id.pos);
    }

    fn idents(&mut self, ids: &[Ident]) {
        for &id in ids {
            self.ident(id);
            self.put(",");
        }
    }

    fn function(&mut self, func: &FuncDecl) {
        self.put("func");
        if let Some(recv) = &func.recv {
            self.put("(");
            if let Some(name) = recv.name {
                self.idents(&[name]);
            }
            self.expr(recv.ty);
            self.put(")");
        }
        self.ident(func.name);
        self.type_params(&func.tparams);
        self.signature(&func.sig);
        if let Some(body) = &func.body {
            self.block(body);
        }
    }

    fn const_spec(&mut self, spec: &ConstSpec) {
        write!(self.out, "const{} ", spec.iota).unwrap();
        self.idents(&spec.names);
        let own = |e: Option<ExprId>| e.filter(|_| !spec.inherited);
        self.optional(own(spec.ty));
        self.put("=");
        self.exprs(if spec.inherited { &[] } else { &spec.values });
    }

    fn var_spec(&mut self, spec: &VarSpec) {
        self.put("var ");
        self.idents(&spec.names);
        self.optional(spec.ty);
        self.put("=");
        self.exprs(&spec.values);
    }

    fn type_spec(&mut self, spec: &TypeSpec) {
        self.put("type ");
        self.ident(spec.name);
        self.type_params(&spec.tparams);
        if spec.alias {
            self.put("=");
        }
        self.expr(spec.ty);
    }

    fn type_params(&mut self, list: &[TypeParam]) {
        if list.is_empty() {
            return;
        }
        self.put("[");
        for param in list {
            self.ident(param.name);
            self.expr(param.constraint);
        }
        self.put("]");
    }

    fn signature(&mut self, sig: &FuncSig) {
        self.put("(");
        for (at, param) in sig.params.iter().enumerate() {
            self.param(param, sig.variadic && at + 1 == sig.params.len());
        }
        self.put(")(");
        for param in &sig.results {
            self.param(param, false);
        }
        self.put(")");
    }

    fn param(&mut self, param: &Param, variadic: bool) {
        if let Some(name) = param.name {
            self.ident(name);
            self.put(" ");
        }
        if variadic {
            self.put("...");
        }
        self.expr(param.ty);
        self.put(";");
    }

    fn exprs(&mut self, list: &[ExprId]) {
        self.put("(");
        for (at, &e) in list.iter().enumerate() {
            if at > 0 {
                self.put(",");
            }
            self.expr(e);
        }
        self.put(")");
    }

    fn optional(&mut self, e: Option<ExprId>) {
        match e {
            Some(e) => self.expr(e),
            None => self.put("_"),
        }
    }

    fn expr(&mut self, e: ExprId) {
        let decl = self.decl;
        let expr = &decl[e];
        match &expr.kind {
            ExprKind::Bad => self.put("bad"),
            ExprKind::Name(name) => self.ident(Ident { name: *name, pos: expr.pos }),
            ExprKind::BasicLit { kind, text } => {
                self.put(match kind {
                    LitKind::Int => "INT",
                    LitKind::Float => "FLOAT",
                    LitKind::Imag => "IMAG",
                    LitKind::Rune => "CHAR",
                    LitKind::String => "STRING",
                });
                self.pos(expr.pos);
                hex(&mut self.out, &text.as_str().replace('\r', ""));
            }
            ExprKind::CompositeLit { ty, elems, rbrace } => {
                self.put("C");
                self.optional(*ty);
                self.pos(expr.pos);
                self.exprs(elems);
                self.pos(*rbrace);
            }
            ExprKind::KeyValue { key, value } => {
                self.put("K");
                self.pos(expr.pos);
                self.expr(*key);
                self.put(":");
                self.expr(*value);
            }
            ExprKind::FuncLit(lit) => {
                self.put("F");
                self.pos(expr.pos);
                self.signature(&lit.sig);
                self.block(&lit.body);
            }
            ExprKind::Paren(x) => {
                self.put("P");
                self.pos(expr.pos);
                self.expr(*x);
                self.last(expr.end);
            }
            ExprKind::Selector { x, sel } => {
                self.put("S");
                self.expr(*x);
                self.put(".");
                self.ident(*sel);
            }
            ExprKind::Index { x, indices } => {
                self.put("I");
                self.expr(*x);
                self.pos(expr.pos);
                self.exprs(indices);
                self.last(expr.end);
            }
            ExprKind::Slice { x, lo, hi, max, three } => {
                self.put("L");
                self.expr(*x);
                self.pos(expr.pos);
                for index in [lo, hi, max] {
                    self.optional(*index);
                    self.put(":");
                }
                if *three {
                    self.put("3");
                }
                self.last(expr.end);
            }
            ExprKind::TypeAssert { x, ty } => {
                self.put("A");
                self.expr(*x);
                self.put(".");
                self.optional(*ty);
                self.last(expr.end);
            }
            ExprKind::Call { fun, args, spread } => {
                self.put("c");
                self.expr(*fun);
                self.pos(expr.pos);
                self.exprs(args);
                if *spread {
                    self.put("...");
                }
                self.last(expr.end);
            }
            ExprKind::Star(x) => {
                self.put("*");
                self.pos(expr.pos);
                self.expr(*x);
            }
            ExprKind::Unary { op, x } => {
                self.put(unary(*op));
                self.pos(expr.pos);
                self.expr(*x);
            }
            ExprKind::Binary { op, x, y } => {
                self.put("(");
                self.expr(*x);
                self.put(binary(*op));
                self.pos(expr.pos);
                self.expr(*y);
                self.put(")");
            }
            ExprKind::ArrayType { len, elem } => {
                self.put("[");
                match len {
                    Some(len) => self.expr(*len),
                    None => self.put("..."),
                }
                self.put("]");
                self.pos(expr.pos);
                self.expr(*elem);
            }
            ExprKind::SliceType(elem) => {
                self.put("[]");
                self.pos(expr.pos);
                self.expr(*elem);
            }
            ExprKind::StructType(fields) => {
                self.put("struct");
                self.pos(expr.pos);
                fields.iter().for_each(|field| self.field(field));
                self.put("}");
            }
            ExprKind::FuncType(sig) => {
                self.put("func");
                self.pos(expr.pos);
                self.signature(sig);
            }
            ExprKind::InterfaceType(elems) => {
                self.put("interface");
                self.pos(expr.pos);
                for elem in elems {
                    match elem {
                        InterfaceElem::Method(name, ty) => {
                            self.put(".");
                            self.ident(*name);
                            self.expr(*ty);
                        }
                        InterfaceElem::Embedded(ty) => {
                            self.put("|");
                            self.expr(*ty);
                        }
                    }
                }
                self.put("}");
            }
            ExprKind::MapType { key, value } => {
                self.put("map");
                self.pos(expr.pos);
                self.expr(*key);
                self.put("]");
                self.expr(*value);
            }
            ExprKind::ChanType { dir, elem } => {
                self.put(match dir {
                    ChanDir::Both => "chan",
                    ChanDir::Send => "chan<-",
                    ChanDir::Recv => "<-chan",
                });
                self.pos(expr.pos);
                self.expr(*elem);
            }
        }
    }

    fn field(&mut self, field: &Field) {
        self.ident(field.name);
        self.put(if field.embedded { "! " } else { " " });
        self.expr(field.ty);
        if let Some(tag) = field.tag {
            self.put("`");
            hex(&mut self.out, tag.as_str());
        }
        self.put(";");
    }

    fn block(&mut self, block: &Block) {
        self.pos(block.lbrace);
        self.stmts(&block.stmts);
        self.pos(block.rbrace);
    }

    fn stmts(&mut self, list: &[StmtId]) {
        self.put("{");
        for &s in list {
            if !matches!(self.decl[s].kind, StmtKind::Empty) {
                self.stmt(s);
                self.put(";");
            }
        }
        self.put("}");
    }

    fn maybe(&mut self, s: Option<StmtId>) {
        if let Some(s) = s {
            self.stmt(s);
        }
        self.put(";");
    }

    fn branch(&mut self, word: &str, at: u32, label: Option<Ident>) {
        self.put(word);
        self.pos(at);
        if let Some(label) = label {
            self.ident(label);
        }
    }

    fn stmt(&mut self, s: StmtId) {
        let decl = self.decl;
        let stmt = &decl[s];
        let at = stmt.pos;
        match &stmt.kind {
            StmtKind::Bad => self.put("bad"),
            StmtKind::Empty => self.put("empty"),
            StmtKind::Expr(x) => {
                self.put("x");
                self.expr(*x);
            }
            StmtKind::Send { chan, value } => {
                self.put("send");
                self.expr(*chan);
                self.pos(at);
                self.expr(*value);
            }
            StmtKind::IncDec { x, inc } => {
                self.put(if *inc { "++" } else { "--" });
                self.expr(*x);
                self.pos(at);
            }
            StmtKind::Assign { lhs, rhs } => self.assign("=", at, lhs, rhs),
            StmtKind::Define { lhs, rhs } => self.assign(":=", at, lhs, rhs),
            StmtKind::OpAssign { op, x, y } => {
                self.assign(&format!("{}=", binary(*op)), at, &[*x], &[*y]);
            }
            StmtKind::Go(call) => {
                self.branch("go", at, None);
                self.expr(*call);
            }
            StmtKind::Defer(call) => {
                self.branch("defer", at, None);
                self.expr(*call);
            }
            StmtKind::Return(results) => {
                self.branch("return", at, None);
                self.exprs(results);
            }
            StmtKind::Break(label) => self.branch("break", at, *label),
            StmtKind::Continue(label) => self.branch("continue", at, *label),
            StmtKind::Goto(label) => self.branch("goto", at, Some(*label)),
            StmtKind::Fallthrough => self.branch("fallthrough", at, None),
            StmtKind::Block(block) => {
                self.put("block");
                self.block(block);
            }
            StmtKind::If { init, cond, then, els } => {
                self.branch("if", at, None);
                self.maybe(*init);
                self.expr(*cond);
                self.block(then);
                if let Some(els) = els {
                    self.put("else");
                    self.stmt(*els);
                }
            }
            StmtKind::Switch { init, tag, clauses } => {
                self.branch("switch", at, None);
                self.maybe(*init);
                self.optional(*tag);
                self.cases(clauses);
            }
            StmtKind::TypeSwitch { init, name, x, clauses } => {
                self.branch("typeswitch", at, None);
                self.maybe(*init);
                if let Some(name) = name {
                    self.ident(*name);
                }
                self.expr(*x);
                self.cases(clauses);
            }
            StmtKind::Select { clauses } => {
                self.branch("select", at, None);
                self.put("{");
                for CommClause { pos, comm, body } in clauses {
                    self.pos(*pos);
                    if let Some(comm) = comm {
                        self.put("case");
                        self.stmt(*comm);
                    }
                    self.pos(body.lbrace);
                    self.stmts(&body.stmts);
                }
                self.put("}");
            }
            StmtKind::For { init, cond, post, body } => {
                self.branch("for", at, None);
                self.maybe(*init);
                self.optional(*cond);
                self.put(";");
                self.maybe(*post);
                self.block(body);
            }
            StmtKind::Range { lhs, define, x, range_pos, body } => {
                self.branch("range", at, None);
                self.exprs(lhs);
                if *define {
                    self.put(":=");
                }
                self.pos(*range_pos);
                self.expr(*x);
                self.block(body);
            }
            StmtKind::Labeled { label, stmt } => {
                self.put("label");
                self.ident(*label);
                self.stmt(*stmt);
            }
            StmtKind::Const(specs) => {
                self.branch("decl", at, None);
                for spec in specs {
                    self.const_spec(spec);
                    self.put(";");
                }
            }
            StmtKind::Var(specs) => {
                self.branch("decl", at, None);
                for spec in specs {
                    self.var_spec(spec);
                    self.put(";");
                }
            }
            StmtKind::Type(specs) => {
                self.branch("decl", at, None);
                for spec in specs {
                    self.type_spec(spec);
                    self.put(";");
                }
            }
        }
    }

    fn assign(&mut self, op: &str, at: u32, lhs: &[ExprId], rhs: &[ExprId]) {
        self.branch(op, at, None);
        self.exprs(lhs);
        self.exprs(rhs);
    }

    fn cases(&mut self, clauses: &[CaseClause]) {
        self.put("{");
        for CaseClause { pos, cases, body } in clauses {
            self.pos(*pos);
            if let Some(cases) = cases {
                self.put("case");
                self.exprs(cases);
            }
            self.pos(body.lbrace);
            self.stmts(&body.stmts);
        }
        self.put("}");
    }
}

fn unary(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Plus => "+",
        UnaryOp::Neg => "-",
        UnaryOp::Not => "!",
        UnaryOp::BitNot => "^",
        UnaryOp::Addr => "&",
        UnaryOp::Recv => "<-",
        UnaryOp::Tilde => "~",
    }
}

fn binary(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::LOr => "||",
        BinaryOp::LAnd => "&&",
        BinaryOp::Eql => "==",
        BinaryOp::Neq => "!=",
        BinaryOp::Lss => "<",
        BinaryOp::Leq => "<=",
        BinaryOp::Gtr => ">",
        BinaryOp::Geq => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Or => "|",
        BinaryOp::Xor => "^",
        BinaryOp::Mul => "*",
        BinaryOp::Quo => "/",
        BinaryOp::Rem => "%",
        BinaryOp::And => "&",
        BinaryOp::AndNot => "&^",
        BinaryOp::Shl => "<<",
        BinaryOp::Shr => ">>",
    }
}
