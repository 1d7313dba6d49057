//! Expressions as messages show them.
//!
//! Upstream: `cmd/compile/internal/syntax/printer.go` in its short form: bodies and elements of
//! literals are an ellipsis.

use crate::syntax::ast::{
    BinaryOp, ChanDir, Decl, ExprId, ExprKind, FuncSig, InterfaceElem, Param, UnaryOp,
};

/// The text of `e` as messages show it.
pub(super) fn expr_string(decl: &Decl, e: ExprId) -> String {
    let mut out = String::new();
    Writer { decl, out: &mut out }.expr(e);
    out
}

struct Writer<'a> {
    decl: &'a Decl,
    out: &'a mut String,
}

impl Writer<'_> {
    fn expr(&mut self, e: ExprId) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.form(e));
    }

    fn form(&mut self, e: ExprId) {
        let decl = self.decl;
        match &decl[e].kind {
            ExprKind::Bad => self.out.push_str("<bad expr>"),
            ExprKind::Name(name) => self.out.push_str(name.as_str()),
            ExprKind::BasicLit { text, .. } => self.out.push_str(text.as_str()),
            ExprKind::CompositeLit { ty, elems, .. } => {
                if let Some(ty) = ty {
                    self.expr(*ty);
                }
                self.out.push_str(if elems.is_empty() { "{}" } else { "{…}" });
            }
            ExprKind::KeyValue { key, value } => {
                self.expr(*key);
                self.out.push_str(": ");
                self.expr(*value);
            }
            ExprKind::FuncLit(lit) => {
                self.out.push_str("func");
                self.signature(&lit.sig);
                self.out.push_str(if lit.body.stmts.is_empty() { " {}" } else { " {…}" });
            }
            ExprKind::Paren(x) => {
                self.out.push('(');
                self.expr(*x);
                self.out.push(')');
            }
            ExprKind::Selector { x, sel } => {
                self.expr(*x);
                self.out.push('.');
                self.out.push_str(sel.name.as_str());
            }
            ExprKind::Index { x, indices } => {
                self.expr(*x);
                self.out.push('[');
                self.list(indices);
                self.out.push(']');
            }
            ExprKind::Slice { x, lo, hi, max, three } => {
                self.expr(*x);
                self.out.push('[');
                self.optional(*lo);
                self.out.push(':');
                self.optional(*hi);
                if *three {
                    self.out.push(':');
                    self.optional(*max);
                }
                self.out.push(']');
            }
            ExprKind::TypeAssert { x, ty } => {
                self.expr(*x);
                self.out.push_str(".(");
                match ty {
                    Some(ty) => self.expr(*ty),
                    None => self.out.push_str("type"),
                }
                self.out.push(')');
            }
            ExprKind::Call { fun, args, spread } => {
                self.expr(*fun);
                self.out.push('(');
                self.list(args);
                if *spread {
                    self.out.push_str("...");
                }
                self.out.push(')');
            }
            ExprKind::Star(x) => {
                self.out.push('*');
                self.expr(*x);
            }
            ExprKind::Unary { op, x } => {
                self.out.push_str(unary_str(*op));
                self.expr(*x);
            }
            ExprKind::Binary { op, x, y } => {
                self.expr(*x);
                self.out.push(' ');
                self.out.push_str(binary_str(*op));
                self.out.push(' ');
                self.expr(*y);
            }
            ExprKind::ArrayType { len, elem } => {
                self.out.push('[');
                match len {
                    Some(len) => self.expr(*len),
                    None => self.out.push_str("..."),
                }
                self.out.push(']');
                self.expr(*elem);
            }
            ExprKind::SliceType(elem) => {
                self.out.push_str("[]");
                self.expr(*elem);
            }
            ExprKind::StructType(fields) => {
                self.out.push_str(if fields.is_empty() { "struct{}" } else { "struct{…}" });
            }
            ExprKind::FuncType(sig) => {
                self.out.push_str("func");
                self.signature(sig);
            }
            ExprKind::InterfaceType(elems) => match &elems[..] {
                [] => self.out.push_str("interface{}"),
                [InterfaceElem::Embedded(x)] => {
                    self.out.push_str("interface{");
                    self.expr(*x);
                    self.out.push('}');
                }
                _ => self.out.push_str("interface{…}"),
            },
            ExprKind::MapType { key, value } => {
                self.out.push_str("map[");
                self.expr(*key);
                self.out.push(']');
                self.expr(*value);
            }
            ExprKind::ChanType { dir, elem } => {
                self.out.push_str(match dir {
                    ChanDir::Both => "chan ",
                    ChanDir::Send => "chan<- ",
                    ChanDir::Recv => "<-chan ",
                });
                self.expr(*elem);
            }
        }
    }

    fn optional(&mut self, e: Option<ExprId>) {
        if let Some(e) = e {
            self.expr(e);
        }
    }

    fn list(&mut self, list: &[ExprId]) {
        for (i, e) in list.iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            self.expr(*e);
        }
    }

    fn signature(&mut self, sig: &FuncSig) {
        self.params(&sig.params, sig.variadic);
        match &sig.results[..] {
            [] => {}
            [one] if one.name.is_none() => {
                self.out.push(' ');
                self.expr(one.ty);
            }
            results => {
                self.out.push(' ');
                self.params(results, false);
            }
        }
    }

    fn params(&mut self, params: &[Param], variadic: bool) {
        self.out.push('(');
        for (i, param) in params.iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            if let Some(name) = param.name {
                self.out.push_str(name.name.as_str());
                // Neighbours that share their type show it once.
                if params.get(i + 1).is_some_and(|next| next.ty == param.ty) {
                    continue;
                }
                self.out.push(' ');
            }
            if variadic && i + 1 == params.len() {
                self.out.push_str("...");
            }
            self.expr(param.ty);
        }
        self.out.push(')');
    }
}

/// The operator as written.
pub(super) fn unary_str(op: UnaryOp) -> &'static str {
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

/// The operator as written.
pub(super) fn binary_str(op: BinaryOp) -> &'static str {
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
