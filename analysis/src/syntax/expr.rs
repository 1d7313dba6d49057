//! Expressions and types.
//!
//! The grammar tells types from expressions where the text does not; here both come to one kind of
//! node, so it does not matter which way an ambiguity was resolved: `a[b](c)` is a call of an index
//! expression whether it was parsed as a call, a conversion or an instance.

use tree_sitter::Node;

use super::ast::{
    BinaryOp, ChanDir, Expr, ExprId, ExprKind, Field, FuncLit, FuncSig, Ident, InterfaceElem,
    LitKind, Offset, Param, TypeParam, UnaryOp,
};
use super::build::{Builder, Child, unquote};
use super::kinds::{F, K, kind};
use crate::symbol::Symbol;
use crate::types::cx::deep;

/// The children in a field.
fn of_field<'t>(children: &[Child<'t>], field: F) -> Option<Node<'t>> {
    children.iter().find(|child| child.0 == field).map(|child| child.2)
}

/// The first child whose text begins with this punctuation.
fn token<'t>(children: &[Child<'t>], token: &str) -> Option<Node<'t>> {
    children.iter().find(|(_, _, node)| node.kind() == token).map(|child| child.2)
}

impl<'t> Builder<'t> {
    /// An expression or type.
    pub(super) fn expr(&mut self, node: Node<'t>) -> ExprId {
        deep(|| self.any_expr(node))
    }

    fn optional(&mut self, node: Option<Node<'t>>) -> Option<ExprId> {
        node.map(|node| self.expr(node))
    }

    /// The expressions among the children, without punctuation.
    pub(super) fn exprs_in(&mut self, node: Node<'t>) -> Box<[ExprId]> {
        let children = self.children(node);
        let operands = children.into_iter().filter(|child| child.1 != K::Other);
        operands.map(|(_, _, child)| self.expr(child)).collect()
    }

    fn any_expr(&mut self, node: Node<'t>) -> ExprId {
        if node.is_missing() {
            return self.bad_expr(node);
        }
        let what = kind(node);
        let at = self.at(node);
        match what {
            K::Ident => {
                let name = Symbol::new(self.text_of(node));
                self.expr_at(node, ExprKind::Name(name), at)
            }
            K::Int => self.literal(node, LitKind::Int),
            K::Float => self.literal(node, LitKind::Float),
            K::Imaginary => self.literal(node, LitKind::Imag),
            K::Rune => self.literal(node, LitKind::Rune),
            K::String | K::RawString => self.literal(node, LitKind::String),
            K::ParenType => {
                let children = self.children(node);
                match children.iter().find(|child| child.1 != K::Other) {
                    Some(&(_, _, inner)) => {
                        let inner = self.expr(inner);
                        self.expr_at(node, ExprKind::Paren(inner), at)
                    }
                    None => self.bad_expr(node),
                }
            }
            K::Unary => self.unary(node),
            K::PointerType => match self.only_operand(node) {
                Some(x) => self.expr_at(node, ExprKind::Star(x), at),
                None => self.bad_expr(node),
            },
            K::NegatedType => match self.only_operand(node) {
                Some(x) => self.expr_at(node, ExprKind::Unary { op: UnaryOp::Tilde, x }, at),
                None => self.bad_expr(node),
            },
            K::Binary => self.binary(node),
            K::Selector | K::QualifiedType => self.selector(node),
            K::Index | K::GenericType | K::Instantiation => self.index(node),
            K::Slice => self.slice(node),
            K::Call => self.call(node),
            K::Conversion => self.conversion(node),
            K::TypeAssert => {
                let children = self.children(node);
                let (Some(x), Some(ty)) =
                    (of_field(&children, F::Operand), of_field(&children, F::Type))
                else {
                    return self.bad_expr(node);
                };
                let pos = token(&children, ".").map_or(at, |dot| self.at(dot));
                let x = self.expr(x);
                let ty = Some(self.expr(ty));
                self.postfix(node, x, pos, |x| ExprKind::TypeAssert { x, ty })
            }
            K::CompositeLit => {
                let children = self.children(node);
                let (Some(ty), Some(body)) =
                    (of_field(&children, F::Type), of_field(&children, F::Body))
                else {
                    return self.bad_expr(node);
                };
                let ty = self.expr(ty);
                self.literal_value(node, body, Some(ty))
            }
            K::LiteralValue => self.literal_value(node, node, None),
            K::LiteralElement => match self.only_operand(node) {
                Some(x) => x,
                None => self.bad_expr(node),
            },
            K::FuncLit => {
                let children = self.children(node);
                let sig = self.signature(&children);
                let Some(body) = of_field(&children, F::Body) else { return self.bad_expr(node) };
                let body = self.block(body);
                self.expr_at(node, ExprKind::FuncLit(Box::new(FuncLit { sig, body })), at)
            }
            K::FuncType => {
                let children = self.children(node);
                let sig = self.signature(&children);
                self.expr_at(node, ExprKind::FuncType(Box::new(sig)), at)
            }
            K::ArrayType | K::ImplicitArray => {
                let children = self.children(node);
                let len = of_field(&children, F::Length);
                let Some(elem) = of_field(&children, F::Element) else {
                    return self.bad_expr(node);
                };
                let len = self.optional(len);
                let elem = self.expr(elem);
                self.expr_at(node, ExprKind::ArrayType { len, elem }, at)
            }
            K::SliceType => {
                let children = self.children(node);
                let Some(elem) = of_field(&children, F::Element) else {
                    return self.bad_expr(node);
                };
                let elem = self.expr(elem);
                self.expr_at(node, ExprKind::SliceType(elem), at)
            }
            K::MapType => {
                let children = self.children(node);
                let (Some(key), Some(value)) =
                    (of_field(&children, F::Key), of_field(&children, F::Value))
                else {
                    return self.bad_expr(node);
                };
                let key = self.expr(key);
                let value = self.expr(value);
                self.expr_at(node, ExprKind::MapType { key, value }, at)
            }
            K::ChanType => self.chan_type(node, false),
            K::StructType => self.struct_type(node),
            K::InterfaceType => self.interface_type(node),
            K::TypeElem => self.type_elem(node),
            _ => self.bad_expr(node),
        }
    }

    fn literal(&mut self, node: Node<'t>, kind: LitKind) -> ExprId {
        let text = Symbol::new(self.text_of(node));
        self.expr_at(node, ExprKind::BasicLit { kind, text }, self.at(node))
    }

    /// The one operand of a node that has only punctuation besides.
    fn only_operand(&mut self, node: Node<'t>) -> Option<ExprId> {
        let children = self.children(node);
        let &(_, _, operand) = children.iter().find(|child| child.1 != K::Other)?;
        Some(self.expr(operand))
    }

    fn unary(&mut self, node: Node<'t>) -> ExprId {
        let children = self.children(node);
        let (Some(op), Some(x)) =
            (of_field(&children, F::Operator), of_field(&children, F::Operand))
        else {
            return self.bad_expr(node);
        };
        let at = self.at(node);
        let x = self.expr(x);
        let op = match op.kind() {
            "+" => UnaryOp::Plus,
            "-" => UnaryOp::Neg,
            "!" => UnaryOp::Not,
            "^" => UnaryOp::BitNot,
            "&" => UnaryOp::Addr,
            "<-" => UnaryOp::Recv,
            _ => return self.expr_at(node, ExprKind::Star(x), at),
        };
        self.expr_at(node, ExprKind::Unary { op, x }, at)
    }

    fn binary(&mut self, node: Node<'t>) -> ExprId {
        let children = self.children(node);
        let (Some(x), Some(op), Some(y)) = (
            of_field(&children, F::Left),
            of_field(&children, F::Operator),
            of_field(&children, F::Right),
        ) else {
            return self.bad_expr(node);
        };
        let pos = self.at(op);
        let Some(op) = binary_op(op.kind()) else { return self.bad_expr(node) };
        let x = self.expr(x);
        let y = self.expr(y);
        self.expr_at(node, ExprKind::Binary { op, x, y }, pos)
    }

    /// Adds what stands behind an operand: a selector, an index, arguments. Operators in front of the
    /// operand, which the grammar may have taken for a part of a conversion, apply to all of it:
    /// `*(*T)(x).f` means `*((*T)(x).f)`.
    fn postfix(
        &mut self,
        node: Node<'t>,
        mut x: ExprId,
        pos: Offset,
        make: impl FnOnce(ExprId) -> ExprKind,
    ) -> ExprId {
        let mut operators = Vec::new();
        loop {
            let Expr { kind, pos, .. } = &self.exprs[x.0 as usize];
            let (ExprKind::Star(inner) | ExprKind::Unary { op: UnaryOp::Recv, x: inner }) = kind
            else {
                break;
            };
            operators.push((matches!(kind, ExprKind::Star(_)), *pos));
            x = *inner;
        }
        let end = self.end(node);
        let mut whole = self.push(make(x), pos, self.start_of(x)..end);
        for (is_star, at) in operators.into_iter().rev() {
            let kind = match is_star {
                true => ExprKind::Star(whole),
                false => ExprKind::Unary { op: UnaryOp::Recv, x: whole },
            };
            whole = self.push(kind, at, at..end);
        }
        whole
    }

    fn selector(&mut self, node: Node<'t>) -> ExprId {
        let children = self.children(node);
        let x = of_field(&children, F::Operand).or(of_field(&children, F::Package));
        let sel = of_field(&children, F::Field).or(of_field(&children, F::Name));
        let (Some(x), Some(sel)) = (x, sel) else { return self.bad_expr(node) };
        let pos = token(&children, ".").map_or(self.at(node), |dot| self.at(dot));
        let x = self.expr(x);
        let sel = self.ident(sel);
        self.postfix(node, x, pos, |x| ExprKind::Selector { x, sel })
    }

    /// `x[i]`, `T[A, B]`.
    fn index(&mut self, node: Node<'t>) -> ExprId {
        let children = self.children(node);
        let mut operands = children.iter().filter(|child| child.1 != K::Other);
        let Some(&(_, _, x)) = operands.next() else { return self.bad_expr(node) };
        let rest: Vec<Child<'t>> = operands.copied().collect();
        let x = self.expr(x);
        let (bracket, indices) = match &*rest {
            [(_, K::TypeArgs, list)] => self.type_args(*list),
            _ => {
                let bracket = token(&children, "[").map_or(self.at(node), |at| self.at(at));
                (bracket, rest.iter().map(|child| self.expr(child.2)).collect())
            }
        };
        self.postfix(node, x, bracket, |x| ExprKind::Index { x, indices })
    }

    /// `[A, B]`: where it begins, and its types.
    fn type_args(&mut self, list: Node<'t>) -> (Offset, Box<[ExprId]>) {
        (self.at(list), self.exprs_in(list))
    }

    fn slice(&mut self, node: Node<'t>) -> ExprId {
        let children = self.children(node);
        let Some(x) = of_field(&children, F::Operand) else { return self.bad_expr(node) };
        let pos = token(&children, "[").map_or(self.at(node), |at| self.at(at));
        let x = self.expr(x);
        let lo = self.optional(of_field(&children, F::Start));
        let hi = self.optional(of_field(&children, F::End));
        let max = self.optional(of_field(&children, F::Capacity));
        let three = children.iter().filter(|(_, _, node)| node.kind() == ":").count() == 2;
        self.postfix(node, x, pos, |x| ExprKind::Slice { x, lo, hi, max, three })
    }

    fn call(&mut self, node: Node<'t>) -> ExprId {
        let children = self.children(node);
        let (Some(fun), Some(list)) =
            (of_field(&children, F::Function), of_field(&children, F::Arguments))
        else {
            return self.bad_expr(node);
        };
        let mut fun_id = self.expr(fun);
        if let Some(args) = of_field(&children, F::TypeArguments) {
            let (bracket, indices) = self.type_args(args);
            let span = self.at(fun)..self.end(args);
            fun_id = self.push(ExprKind::Index { x: fun_id, indices }, bracket, span);
        }
        let mut spread = false;
        let mut args = Vec::new();
        for (_, what, arg) in self.children(list) {
            match what {
                K::Other => {}
                K::VariadicArg => {
                    spread = true;
                    args.extend(self.only_operand(arg));
                }
                _ => args.push(self.expr(arg)),
            }
        }
        let pos = self.at(list);
        self.postfix(node, fun_id, pos, |fun| ExprKind::Call { fun, args: args.into(), spread })
    }

    fn conversion(&mut self, node: Node<'t>) -> ExprId {
        let children = self.children(node);
        let (Some(ty), Some(x)) = (of_field(&children, F::Type), of_field(&children, F::Operand))
        else {
            return self.bad_expr(node);
        };
        let pos = children
            .iter()
            .rfind(|(field, _, node)| *field == F::None && node.kind() == "(")
            .map_or(self.at(node), |child| self.at(child.2));
        // `*T(x)` means `*(T(x))` and `<-chan T(x)` means `<-(chan T(x))`, but the grammar takes all
        // that stands in front of the parenthesis for the type.
        let mut ty = ty;
        let mut stars = Vec::new();
        while kind(ty) == K::PointerType {
            let children = self.children(ty);
            let Some(&(_, _, elem)) = children.iter().find(|child| child.1 != K::Other) else {
                break;
            };
            stars.push(self.at(ty));
            ty = elem;
        }
        let end = self.end(node);
        let outer = self.at(ty);
        let received = is_receive_chan(ty);
        let fun = if received { deep(|| self.chan_type(ty, true)) } else { self.expr(ty) };
        let start = self.start_of(fun);
        let x = self.expr(x);
        let call = ExprKind::Call { fun, args: Box::new([x]), spread: false };
        let mut whole = self.push(call, pos, start..end);
        if received {
            let receive = ExprKind::Unary { op: UnaryOp::Recv, x: whole };
            whole = self.push(receive, outer, outer..end);
        }
        for star in stars.into_iter().rev() {
            whole = self.push(ExprKind::Star(whole), star, star..end);
        }
        whole
    }

    fn literal_value(&mut self, whole: Node<'t>, body: Node<'t>, ty: Option<ExprId>) -> ExprId {
        let mut elems = Vec::new();
        for (_, what, element) in self.children(body) {
            match what {
                K::Other => {}
                K::KeyedElement => {
                    let children = self.children(element);
                    let (Some(key), Some(value)) =
                        (of_field(&children, F::Key), of_field(&children, F::Value))
                    else {
                        elems.push(self.bad_expr(element));
                        continue;
                    };
                    let colon = token(&children, ":").map_or(self.at(element), |at| self.at(at));
                    let key = self.expr(key);
                    let value = self.expr(value);
                    elems.push(self.expr_at(element, ExprKind::KeyValue { key, value }, colon));
                }
                _ => elems.push(self.expr(element)),
            }
        }
        let rbrace = self.end(body).saturating_sub(1);
        let kind = ExprKind::CompositeLit { ty, elems: elems.into(), rbrace };
        self.expr_at(whole, kind, self.at(body))
    }

    /// A channel type. An arrow belongs to the leftmost `chan` that can have it, `chan<- chan T`,
    /// where the grammar gives it to the one behind, `chan (<-chan T)`; `without_arrow` is for that
    /// one.
    fn chan_type(&mut self, node: Node<'t>, without_arrow: bool) -> ExprId {
        let children = self.children(node);
        let Some(elem) = of_field(&children, F::Value) else { return self.bad_expr(node) };
        let keyword = token(&children, "chan").map_or(self.at(node), |at| self.at(at));
        let arrow = token(&children, "<-").map(|arrow| self.at(arrow));
        let dir = match arrow {
            Some(arrow) if arrow > keyword => ChanDir::Send,
            Some(_) if !without_arrow => ChanDir::Recv,
            _ => ChanDir::Both,
        };
        let takes_arrow = dir == ChanDir::Both && is_receive_chan(elem);
        let (dir, elem) = match takes_arrow {
            true => (ChanDir::Send, deep(|| self.chan_type(elem, true))),
            false => (dir, self.expr(elem)),
        };
        let at = if without_arrow { keyword } else { self.at(node) };
        let span = at..self.end(node);
        self.push(ExprKind::ChanType { dir, elem }, at, span)
    }

    fn struct_type(&mut self, node: Node<'t>) -> ExprId {
        let mut fields = Vec::new();
        let lists = self.children(node);
        for (_, _, list) in lists.into_iter().filter(|child| child.1 == K::Fields) {
            for (_, what, declaration) in self.children(list) {
                if what == K::FieldDecl {
                    self.field_decl(declaration, &mut fields);
                }
            }
        }
        self.expr_at(node, ExprKind::StructType(fields.into()), self.at(node))
    }

    fn field_decl(&mut self, node: Node<'t>, fields: &mut Vec<Field>) {
        let children = self.children(node);
        let Some(ty_node) = of_field(&children, F::Type) else { return };
        let tag = of_field(&children, F::Tag);
        let tag = tag.map(|tag| Symbol::new(&unquote(self.text_of(tag))));
        let names: Vec<Node<'t>> =
            children.iter().filter(|child| child.0 == F::Name).map(|child| child.2).collect();
        let mut ty = self.expr(ty_node);
        if !names.is_empty() {
            for name in names {
                let name = self.ident(name);
                fields.push(Field { name, ty, embedded: false, tag });
            }
            return;
        }
        let name = self.embedded_name(ty);
        if let Some(star) = token(&children, "*") {
            let span = self.at(star)..self.end(ty_node);
            ty = self.push(ExprKind::Star(ty), span.start, span);
        }
        fields.push(Field { name, ty, embedded: true, tag });
    }

    /// The name of an embedded field: that of its type.
    fn embedded_name(&self, ty: ExprId) -> Ident {
        let expr = &self.exprs[ty.0 as usize];
        match &expr.kind {
            ExprKind::Name(name) => Ident { name: *name, pos: expr.start },
            ExprKind::Selector { sel, .. } => *sel,
            ExprKind::Index { x, .. } | ExprKind::Star(x) | ExprKind::Paren(x) => {
                self.embedded_name(*x)
            }
            _ => Ident { name: Symbol::EMPTY, pos: expr.start },
        }
    }

    fn interface_type(&mut self, node: Node<'t>) -> ExprId {
        let mut elems = Vec::new();
        for (_, what, elem) in self.children(node) {
            match what {
                K::MethodElem => {
                    let children = self.children(elem);
                    let Some(name) = of_field(&children, F::Name) else { continue };
                    let name = self.ident(name);
                    let sig = self.signature(&children);
                    let pos = of_field(&children, F::Parameters)
                        .map_or(self.at(elem), |params| self.at(params));
                    let span = pos..self.end(elem);
                    let ty = self.push(ExprKind::FuncType(Box::new(sig)), pos, span);
                    elems.push(InterfaceElem::Method(name, ty));
                }
                K::TypeElem => elems.push(InterfaceElem::Embedded(self.type_elem(elem))),
                _ => {}
            }
        }
        self.expr_at(node, ExprKind::InterfaceType(elems.into()), self.at(node))
    }

    /// `A | ~B | C`, as binary expressions; a single type is just itself.
    fn type_elem(&mut self, node: Node<'t>) -> ExprId {
        let children = self.children(node);
        let mut union: Option<ExprId> = None;
        let mut bar = self.at(node);
        for (_, what, term) in children {
            if what == K::Other {
                bar = self.at(term);
                continue;
            }
            let end = self.end(term);
            let y = self.expr(term);
            union = Some(match union {
                None => y,
                Some(x) => {
                    let span = self.start_of(x)..end;
                    self.push(ExprKind::Binary { op: BinaryOp::Or, x, y }, bar, span)
                }
            });
        }
        union.unwrap_or_else(|| self.bad_expr(node))
    }

    /// Parameters and results among the children of a function.
    pub(super) fn signature(&mut self, children: &[Child<'t>]) -> FuncSig {
        let mut sig = FuncSig::default();
        if let Some(list) = of_field(children, F::Parameters) {
            sig.params = self.params(list, &mut sig.variadic);
        }
        let result = children.iter().find(|child| child.0 == F::Result);
        match result {
            Some(&(_, K::Params, list)) => {
                let mut variadic = false;
                sig.results = self.params(list, &mut variadic);
                if variadic {
                    self.error(list, "can only use ... with final parameter in list");
                }
            }
            Some(&(_, _, ty)) => {
                let ty = self.expr(ty);
                let pos = self.exprs[ty.0 as usize].pos;
                sig.results.push(Param { name: None, ty, pos });
            }
            None => {}
        }
        sig
    }

    pub(super) fn params(&mut self, list: Node<'t>, variadic: &mut bool) -> Vec<Param> {
        let mut declarations = Vec::new();
        for (_, what, declaration) in self.children(list) {
            if !matches!(what, K::Param | K::VariadicParam) {
                continue;
            }
            let children = self.children(declaration);
            let Some(ty) = of_field(&children, F::Type) else {
                self.error(declaration, "missing parameter type");
                continue;
            };
            *variadic |= what == K::VariadicParam;
            let names = children.iter().filter(|child| child.0 == F::Name);
            let names: Vec<Node<'t>> = names.map(|child| child.2).collect();
            let dots = token(&children, "...").map(|dots| self.at(dots));
            declarations.push((names, ty, dots));
        }
        let are_named = declarations.iter().any(|(names, ..)| !names.is_empty());
        let mut params = Vec::new();
        let mut waiting: Vec<Node<'t>> = Vec::new();
        for (names, ty, dots) in declarations {
            // Of a long list the grammar may take the first names for types.
            if are_named && names.is_empty() && kind(ty) == K::Ident {
                waiting.push(ty);
                continue;
            }
            let ty = self.expr(ty);
            for name in waiting.drain(..).chain(names.iter().copied()) {
                let name = self.ident(name);
                params.push(Param { name: Some(name), ty, pos: name.pos });
            }
            if names.is_empty() {
                let pos = dots.unwrap_or(self.exprs[ty.0 as usize].pos);
                params.push(Param { name: None, ty, pos });
            }
        }
        if let Some(name) = waiting.first() {
            self.error(*name, "mixed named and unnamed parameters");
        }
        params
    }

    /// `[P, Q C, R D]`.
    pub(super) fn type_params(&mut self, list: Node<'t>) -> Vec<TypeParam> {
        let mut params = Vec::new();
        for (_, what, declaration) in self.children(list) {
            if what != K::TypeParamDecl {
                continue;
            }
            let children = self.children(declaration);
            let Some(constraint) = of_field(&children, F::Type) else { continue };
            let constraint = self.expr(constraint);
            for &(_, _, name) in children.iter().filter(|child| child.0 == F::Name) {
                let name = self.ident(name);
                params.push(TypeParam { name, constraint });
            }
        }
        params
    }
}

/// Whether this is a channel type that begins with an arrow.
fn is_receive_chan(node: Node<'_>) -> bool {
    kind(node) == K::ChanType && node.child(0).is_some_and(|first| first.kind() == "<-")
}

/// The operator of a token.
pub(super) fn binary_op(token: &str) -> Option<BinaryOp> {
    Some(match token {
        "||" => BinaryOp::LOr,
        "&&" => BinaryOp::LAnd,
        "==" => BinaryOp::Eql,
        "!=" => BinaryOp::Neq,
        "<" => BinaryOp::Lss,
        "<=" => BinaryOp::Leq,
        ">" => BinaryOp::Gtr,
        ">=" => BinaryOp::Geq,
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Sub,
        "|" => BinaryOp::Or,
        "^" => BinaryOp::Xor,
        "*" => BinaryOp::Mul,
        "/" => BinaryOp::Quo,
        "%" => BinaryOp::Rem,
        "&" => BinaryOp::And,
        "&^" => BinaryOp::AndNot,
        "<<" => BinaryOp::Shl,
        ">>" => BinaryOp::Shr,
        _ => return None,
    })
}
