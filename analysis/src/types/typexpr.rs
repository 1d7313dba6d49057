//! Names and type expressions.
//!
//! Upstream: `cmd/compile/internal/types2/typexpr.go`, `struct.go`, `interface.go`, `union.go`.

use std::sync::Arc;

use super::check::{Checker, Delayed, Found, NameKind, Place};
use super::constant::Value;
use super::env::{Def, TypeParamDef};
use super::exprstring::expr_string;
use super::info::{LocalKind, Mode, Object};
use super::operand::{Generic, GenericForm, GenericType, Operand};
use super::predicates::{is_type_param, is_untyped};
use super::scope::Imported;
use super::subst::{Subst, subst};
use super::ty::{self, Basic, DefId, Interface, Method, PkgId, Term, Ty, TyKind};
use super::typeset::MAX_TERM_COUNT;
use super::universe::Predeclared;
use crate::symbol::Symbol;
use crate::syntax::ast::{BinaryOp, ExprId, ExprKind, Field, InterfaceElem, Offset, UnaryOp};

impl Checker<'_> {
    /// Where a name stands, for [`super::check::Env::resolve`].
    fn place(&self, want_type: bool) -> Place {
        match (want_type, self.ctx.in_tparams) {
            (_, true) => Place::Constraint,
            (true, false) => Place::Type,
            (false, false) => Place::Value,
        }
    }

    /// A name. Upstream: `ident`.
    pub(super) fn ident(&mut self, e: ExprId, name: Symbol, want_type: bool) -> Operand {
        let mut x = Operand::invalid(e);
        let Some(found) = self.find(name) else {
            if name.is_blank() {
                self.error_at(e, "cannot use _ as value or type");
            } else if !self.unknown_dot_import(name) && !name.is_empty() {
                self.error_at(e, format!("undefined: {name}"));
            }
            return x;
        };
        if let Some(what) = self.not_a_type(found).filter(|_| want_type) {
            self.error_at(e, format!("{name} ({what}) is not a type"));
            if let Found::Local(local) = found {
                self.mark_used(local);
            }
            return x;
        }
        match found {
            Found::Import(imported) => {
                self.record_use(e, Object::Package(imported.package()));
                self.error_at(e, format!("use of package {name} not in selector"));
            }
            Found::Local(local) => self.local_operand(&mut x, e, local),
            Found::TypeParam(ty) => {
                self.record_use(e, Object::Type(ty));
                if !ty.is_invalid() {
                    x.mode = Mode::TypeExpr;
                    x.ty = ty;
                }
            }
            Found::Own(_) => {
                let place = self.place(want_type);
                if let Some(def) = self.env.resolve(name, place) {
                    self.def_operand(&mut x, e, self.package(), name, def);
                }
            }
            Found::Dot(package) => {
                if let Some(def) = self.cx.defs.lookup(package, name) {
                    self.def_operand(&mut x, e, package, name, def);
                }
            }
            Found::Predeclared(what) => self.predeclared(&mut x, e, name, what),
        }
        x
    }

    /// Whether a name may come from a package that is not known.
    fn unknown_dot_import(&mut self, name: Symbol) -> bool {
        let may = name.is_exported()
            && self.file.dots.iter().any(|dot| matches!(dot, Imported::Unknown(_)));
        self.unknown |= may;
        may
    }

    /// What a name stands for, unless it is a type.
    fn not_a_type(&self, found: Found) -> Option<&'static str> {
        Some(match found {
            Found::Import(_) => "package name",
            Found::Local(local) => match self.info.locals[local.0 as usize].kind {
                LocalKind::Type => return None,
                LocalKind::Const(_) => "constant",
                LocalKind::Var => "local variable",
                LocalKind::Param => "parameter",
            },
            Found::TypeParam(_) => return None,
            Found::Own(NameKind::Type) => return None,
            Found::Own(NameKind::Const) => "constant",
            Found::Own(NameKind::Var) => "package-level variable",
            Found::Own(NameKind::Func) => "function",
            // Checked once it is resolved.
            Found::Dot(_) => return None,
            Found::Predeclared(Predeclared::Type(_)) => return None,
            Found::Predeclared(Predeclared::Bool(_) | Predeclared::Iota) => "constant",
            Found::Predeclared(Predeclared::Nil) => "untyped nil",
            Found::Predeclared(Predeclared::Builtin(_)) => "built-in function",
        })
    }

    fn local_operand(&mut self, x: &mut Operand, e: ExprId, local: super::info::LocalId) {
        self.record_use(e, Object::Local(local));
        let at = local.0 as usize;
        let known = &self.info.locals[at];
        let ty = known.ty;
        match &known.kind {
            LocalKind::Var | LocalKind::Param => {
                self.scopes.locals[at].used = true;
                if ty.is_invalid() {
                    return;
                }
                x.mode = Mode::Variable;
            }
            LocalKind::Const(val) => {
                if ty.is_invalid() {
                    return;
                }
                x.mode = Mode::Constant;
                x.val = Some(val.clone());
            }
            LocalKind::Type => {
                if let Some(tparams) = self.scopes.locals[at].tparams.clone() {
                    let (form, def) = match ty.kind() {
                        TyKind::Named(named) if !self.scopes.locals[at].alias => {
                            let outer = named.args.len().saturating_sub(tparams.len());
                            (GenericForm::Defined(named.args[..outer].into()), named.def)
                        }
                        _ => (GenericForm::Alias(ty), self.owner),
                    };
                    x.generic = Some(Generic::Type(Arc::new(GenericType { tparams, form, def })));
                }
                if ty.is_invalid() {
                    return;
                }
                x.mode = Mode::TypeExpr;
            }
        }
        x.ty = ty;
    }

    fn predeclared(&mut self, x: &mut Operand, e: ExprId, name: Symbol, what: Predeclared) {
        match what {
            Predeclared::Type(ty) => {
                self.record_use(e, Object::Type(ty));
                let newer = ty == Ty::any() || ty == super::cx::comparable_constraint();
                if newer && !self.require(self.decl[e].start, 18, |_| format!("predeclared {name}"))
                {
                    return;
                }
                x.mode = Mode::TypeExpr;
                x.ty = ty;
            }
            Predeclared::Bool(value) => {
                self.record_use(e, Object::Const);
                x.mode = Mode::Constant;
                x.ty = Ty::basic(Basic::UntypedBool);
                x.val = Some(Value::Bool(value));
            }
            Predeclared::Iota => {
                self.record_use(e, Object::Const);
                let Some(iota) = self.ctx.iota else {
                    self.error_at(e, "cannot use iota outside constant declaration");
                    return;
                };
                x.mode = Mode::Constant;
                x.ty = Ty::basic(Basic::UntypedInt);
                x.val = Some(Value::from(i64::from(iota)));
            }
            Predeclared::Nil => {
                self.record_use(e, Object::Nil);
                x.mode = Mode::Nil;
                x.ty = Ty::basic(Basic::UntypedNil);
            }
            Predeclared::Builtin(builtin) => {
                self.record_use(e, Object::Builtin(builtin));
                x.mode = Mode::Builtin;
                x.builtin = Some(builtin);
            }
        }
    }

    /// What a declaration at package level, here or elsewhere, makes of an expression.
    pub(super) fn def_operand(
        &mut self,
        x: &mut Operand,
        e: ExprId,
        package: PkgId,
        name: Symbol,
        def: Def,
    ) {
        let id = match &def {
            Def::Const { .. } => DefId::new(package, name),
            Def::Var { def, .. } | Def::Type(def) | Def::Alias { def, .. } => *def,
            Def::Func(func) => func.def,
        };
        self.record_use(e, Object::Global(id));
        match def {
            Def::Const { ty, value } => {
                self.add_dependency(id);
                if ty.is_invalid() {
                    self.info.guessed = true;
                    return;
                }
                x.mode = Mode::Constant;
                x.ty = ty;
                x.val = Some(value);
            }
            Def::Var { ty, .. } => {
                self.add_dependency(id);
                if ty.is_invalid() {
                    self.info.guessed = true;
                    return;
                }
                x.mode = Mode::Variable;
                x.ty = ty;
            }
            Def::Func(func) => {
                self.add_dependency(id);
                x.mode = Mode::Value;
                x.ty = func.sig;
                if !func.tparams.is_empty() {
                    x.generic = Some(Generic::Func(Arc::clone(&func.tparams)));
                }
            }
            Def::Type(def) => {
                x.mode = Mode::TypeExpr;
                x.ty = Ty::named(def, &[]);
                self.generic_type_operand(x, def, GenericForm::Defined(Arc::default()));
            }
            Def::Alias { def, target } => {
                if target.is_invalid() {
                    self.info.guessed = true;
                    return;
                }
                x.mode = Mode::TypeExpr;
                x.ty = target;
                self.generic_type_operand(x, def, GenericForm::Alias(target));
            }
        }
    }

    fn generic_type_operand(&mut self, x: &mut Operand, def: DefId, form: GenericForm) {
        let tparams = self.cx.defs.type_params(def);
        if tparams.is_empty() {
            return;
        }
        if let GenericForm::Defined(_) = form {
            // Within its declaration, a generic type is the one with its own parameters.
            let own: Vec<Ty> = tparams.iter().map(|def| def.ty).collect();
            x.ty = Ty::named(def, &own);
        }
        x.generic = Some(Generic::Type(Arc::new(GenericType { tparams, form, def })));
    }

    /// A type. Upstream: `typ`.
    pub(super) fn typ(&mut self, e: ExprId) -> Ty {
        let ty = stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.type_form(e, false));
        self.record_type(e, ty);
        ty
    }

    /// The type of a variable, which no constraint can be. Upstream: `varType`.
    pub(super) fn var_type(&mut self, e: ExprId) -> Ty {
        let ty = self.typ(e);
        self.valid_var_type(e, ty);
        ty
    }

    /// Has it checked later that a type is not a constraint.
    pub(super) fn valid_var_type(&mut self, e: ExprId, ty: Ty) {
        if matches!(ty.kind(), TyKind::Named(_) | TyKind::Interface(_)) {
            self.later(Delayed::VarType { at: self.decl[e].start, ty });
        }
    }

    /// As [`Checker::typ`], but a generic type may be left as it is.
    fn type_operand(&mut self, e: ExprId) -> Option<Operand> {
        let decl = self.decl;
        let x = match &decl[e].kind {
            ExprKind::Name(name) => self.ident(e, *name, true),
            ExprKind::Selector { .. } => self.selector(e, true),
            ExprKind::Paren(inner) => {
                let x = self.type_operand(*inner);
                if let Some(x) = &x {
                    self.record_type(*inner, x.ty);
                }
                return x;
            }
            _ => {
                let ty = self.typ(e);
                return (!ty.is_invalid()).then(|| Operand::new(e, Mode::TypeExpr, ty));
            }
        };
        match x.mode {
            Mode::TypeExpr => Some(x),
            Mode::Invalid => None,
            Mode::NoValue => {
                let text = self.operand_string(&x);
                self.error_at(e, format!("{text} used as type"));
                None
            }
            _ => {
                let text = self.operand_string(&x);
                self.error_at(e, format!("{text} is not a type"));
                None
            }
        }
    }

    fn type_form(&mut self, e: ExprId, _in_paren: bool) -> Ty {
        let decl = self.decl;
        match &decl[e].kind {
            ExprKind::Bad => Ty::invalid(),
            ExprKind::Name(_) | ExprKind::Selector { .. } => {
                let Some(x) = self.type_operand(e) else { return Ty::invalid() };
                if x.generic.is_some() {
                    let name = expr_string(decl, e);
                    self.error_at(
                        e,
                        format!("cannot use generic type {name} without instantiation"),
                    );
                    return Ty::invalid();
                }
                x.ty
            }
            ExprKind::Index { x, indices } => {
                self.require(decl[e].start, 18, |_| "type instantiation".into());
                self.instantiated_type(*x, indices)
            }
            ExprKind::Paren(inner) => self.typ(*inner),
            ExprKind::ArrayType { len, elem } => {
                let len = match len {
                    Some(len) => self.array_length(*len),
                    None => {
                        let message = "invalid use of [...] array (outside a composite literal)";
                        self.error_at(e, message);
                        None
                    }
                };
                let elem = self.var_type(*elem);
                len.map_or_else(Ty::invalid, |len| Ty::array(len, elem))
            }
            ExprKind::SliceType(elem) => Ty::slice(self.var_type(*elem)),
            ExprKind::StructType(fields) => self.struct_type(fields),
            ExprKind::Star(elem) => {
                let elem = self.var_type(*elem);
                if elem.is_invalid() { elem } else { Ty::pointer(elem) }
            }
            ExprKind::FuncType(sig) => self.func_type(sig),
            ExprKind::InterfaceType(elems) => self.interface_type(e, elems),
            ExprKind::MapType { key, value } => {
                let key_type = self.var_type(*key);
                let value_type = self.var_type(*value);
                self.later(Delayed::MapKey { at: decl[*key].start, key: key_type });
                Ty::new(TyKind::Map(key_type, value_type))
            }
            ExprKind::ChanType { dir, elem } => {
                let elem = self.var_type(*elem);
                Ty::new(TyKind::Chan(*dir, elem))
            }
            _ => {
                let text = expr_string(decl, e);
                self.error_at(e, format!("{text} is not a type"));
                self.use_expr(e);
                Ty::invalid()
            }
        }
    }

    /// `x[list]`, a type. Upstream: `instantiatedType`.
    fn instantiated_type(&mut self, x: ExprId, list: &[ExprId]) -> Ty {
        let decl = self.decl;
        let operand = self.type_operand(x);
        let generic = match operand {
            Some(Operand { generic: Some(Generic::Type(generic)), ty, .. }) => {
                self.record_type(x, ty);
                generic
            }
            Some(x) => {
                let (name, ty) = (self.source_string(&x), self.type_string(x.ty));
                let list: Vec<String> = list.iter().map(|e| expr_string(decl, *e)).collect();
                let list = list.join(", ");
                let message =
                    format!("invalid operation: {name}[{list}] ({ty} is not a generic type)");
                let at = self.pos_of(&x);
                self.error(at, message);
                return Ty::invalid();
            }
            None => {
                self.type_list(list);
                return Ty::invalid();
            }
        };
        let Some(targs) = self.type_list(list) else { return Ty::invalid() };
        let (got, want) = (targs.len(), generic.tparams.len());
        if got != want {
            let name = generic.def.name;
            let qualifier = if got < want { "not enough" } else { "too many" };
            let message =
                format!("{qualifier} type arguments for type {name}: have {got}, want {want}");
            self.error_at(x, message);
            return Ty::invalid();
        }
        self.info.instances.insert(x, targs.clone().into());
        self.verify_later(decl[x].start, list, &generic.tparams, &targs);
        instantiate(&generic, &targs)
    }

    /// The generic type that `e` names; says so if it is none.
    pub(super) fn generic_operand(&mut self, e: ExprId) -> Option<Arc<GenericType>> {
        match self.type_operand(e)? {
            Operand { generic: Some(Generic::Type(generic)), .. } => Some(generic),
            x => {
                let ty = self.type_string(x.ty);
                self.error_at(e, format!("{ty} is not a generic type"));
                None
            }
        }
    }

    /// Type arguments; `None` if one of them is invalid.
    pub(super) fn type_list(&mut self, list: &[ExprId]) -> Option<Vec<Ty>> {
        let types: Vec<Ty> = list.iter().map(|e| self.var_type(*e)).collect();
        (!types.iter().any(|ty| ty.is_invalid())).then_some(types)
    }

    fn array_length(&mut self, e: ExprId) -> Option<i64> {
        let decl = self.decl;
        if let ExprKind::Name(name) = decl[e].kind {
            match self.find(name) {
                None => {
                    if !self.unknown_dot_import(name) {
                        let message =
                            format!("undefined array length {name} or missing type constraint");
                        self.error_at(e, message);
                    }
                    return None;
                }
                Some(found) if !self.is_constant_name(found, name) => {
                    if let Found::Local(local) = found {
                        self.mark_used(local);
                    }
                    self.error_at(e, format!("invalid array length {name}"));
                    return None;
                }
                Some(_) => {}
            }
        }
        let x = self.expr(None, e);
        if !x.is_const() {
            if x.is_valid() {
                let text = self.operand_string(&x);
                self.error_at(e, format!("array length {text} must be constant"));
            }
            return None;
        }
        let integer = self.cx.is_integer(x.ty);
        if (is_untyped(x.ty) || integer)
            && let Some(val) = x.val.as_ref().map(Value::to_int)
        {
            let fits = val.representable(Basic::Int, self.cx.target.arch.ptr_size()).is_some();
            if let Some(len) = val.int64().filter(|len| fits && *len >= 0) {
                return Some(len);
            }
        }
        let text = self.operand_string(&x);
        self.error_at(
            e,
            if integer {
                format!("invalid array length {text}")
            } else {
                format!("array length {text} must be integer")
            },
        );
        None
    }

    fn is_constant_name(&self, found: Found, name: Symbol) -> bool {
        match found {
            Found::Local(local) => {
                matches!(self.info.locals[local.0 as usize].kind, LocalKind::Const(_))
            }
            Found::Own(kind) => kind == NameKind::Const,
            Found::Dot(package) => {
                matches!(self.cx.defs.lookup(package, name), Some(Def::Const { .. }))
            }
            Found::Predeclared(what) => {
                matches!(what, Predeclared::Bool(_) | Predeclared::Iota)
            }
            Found::TypeParam(_) | Found::Import(_) => false,
        }
    }

    /// Upstream: `structType`.
    fn struct_type(&mut self, fields: &[Field]) -> Ty {
        let package = self.package();
        let mut list: Vec<ty::Field> = Vec::with_capacity(fields.len());
        let mut known: Option<(ExprId, Ty)> = None;
        for field in fields {
            let ty = match known {
                Some((e, ty)) if e == field.ty => ty,
                _ => self.var_type(field.ty),
            };
            known = Some((field.ty, ty));
            let name = field.name.name;
            if field.embedded && !ty.is_invalid() {
                self.later(Delayed::Embedded { at: self.decl[field.ty].start, ty });
            }
            if !name.is_blank() && list.iter().any(|f| f.name == name) {
                self.error(field.name.pos, format!("{name} redeclared"));
                continue;
            }
            list.push(ty::Field {
                name,
                package: (!name.is_exported()).then_some(package),
                ty,
                embedded: field.embedded,
                tag: field.tag.unwrap_or_default(),
            });
        }
        Ty::new(TyKind::Struct(list.into()))
    }

    /// Upstream: `interfaceType`.
    fn interface_type(&mut self, e: ExprId, elems: &[InterfaceElem]) -> Ty {
        let package = self.package();
        let mut it = Interface::default();
        let mut methods: Vec<Method> = Vec::new();
        let mut embeds = Vec::new();
        for elem in elems {
            match elem {
                InterfaceElem::Embedded(x) => {
                    let ty = self.union(*x);
                    if !self.allows(18) {
                        self.later(Delayed::Embed { at: self.decl[*x].start, ty });
                    }
                    embeds.push(ty);
                }
                InterfaceElem::Method(ident, sig) => {
                    let name = ident.name;
                    if name.is_blank() {
                        self.error(ident.pos, "methods must have a unique non-blank name");
                        continue;
                    }
                    let sig = self.typ(*sig);
                    if !matches!(sig.kind(), TyKind::Func(_)) {
                        continue;
                    }
                    if methods.iter().any(|m| m.name == name) {
                        self.error(ident.pos, format!("duplicate method {name}"));
                        continue;
                    }
                    let package = (!name.is_exported()).then_some(package);
                    methods.push(Method { name, package, sig });
                }
            }
        }
        methods.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
        it.methods = methods.into();
        it.embeds = embeds.into();
        let check = !it.embeds.is_empty();
        let ty = Ty::new(TyKind::Interface(it));
        if check {
            self.check_embeds_later(e, elems, ty);
        }
        ty
    }

    fn check_embeds_later(&mut self, e: ExprId, elems: &[InterfaceElem], ty: Ty) {
        let at = elems
            .iter()
            .find_map(|elem| match elem {
                InterfaceElem::Embedded(x) => Some(self.decl[*x].start),
                InterfaceElem::Method(..) => None,
            })
            .unwrap_or(self.decl[e].start);
        self.later(Delayed::Interface { at, ty });
    }

    /// An element of an interface: a type, or `A | ~B`. Upstream: `parseUnion`.
    pub(super) fn union(&mut self, e: ExprId) -> Ty {
        let decl = self.decl;
        let mut parts = Vec::new();
        let mut joined = Vec::new();
        let mut rest = e;
        while let ExprKind::Binary { op: BinaryOp::Or, x, y } = &decl[rest].kind {
            parts.push(*y);
            joined.push(rest);
            rest = *x;
        }
        parts.push(rest);
        parts.reverse();
        joined.reverse();
        let mut terms: Vec<Term> = Vec::new();
        let mut checked = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            let (tilde, x) = match decl[*part].kind {
                ExprKind::Unary { op: UnaryOp::Tilde, x } => (true, x),
                _ => (false, *part),
            };
            let mut ty = self.typ(x);
            if parts.len() == 1 && !tilde {
                if is_type_param(ty) {
                    self.error_at(x, "term cannot be a type parameter");
                    return Ty::invalid();
                }
                return ty;
            }
            if is_type_param(ty) {
                let message = if tilde {
                    let term = expr_string(decl, *part);
                    format!("type in term {term} cannot be a type parameter")
                } else {
                    "term cannot be a type parameter".to_owned()
                };
                self.error_at(x, message);
                ty = Ty::invalid();
            }
            if terms.len() == MAX_TERM_COUNT {
                let message = format!(
                    "cannot handle more than {MAX_TERM_COUNT} union terms (implementation \
                     limitation)"
                );
                self.error_at(*part, message);
                return Ty::invalid();
            }
            let term = Term { tilde, ty };
            terms.push(term);
            checked.push((*part, tilde, ty));
            if tilde {
                self.record_type(*part, Ty::new(TyKind::Union(Box::new([term]))));
            }
            if i > 0 {
                let so_far = Ty::new(TyKind::Union(terms.clone().into()));
                self.record_type(joined[i - 1], so_far);
            }
        }
        self.later(Delayed::Union { terms: checked.into() });
        Ty::new(TyKind::Union(terms.into()))
    }

    /// The constraint of a type parameter. Upstream: `bound`.
    pub(super) fn constraint_type(&mut self, e: ExprId) -> Ty {
        let implicit = matches!(
            self.decl[e].kind,
            ExprKind::Unary { op: UnaryOp::Tilde, .. } | ExprKind::Binary { op: BinaryOp::Or, .. }
        );
        if !implicit {
            return self.typ(e);
        }
        let union = self.union(e);
        Ty::new(TyKind::Interface(Interface {
            embeds: Box::new([union]),
            implicit: true,
            ..Interface::default()
        }))
    }

    /// Has it checked that type arguments satisfy their constraints.
    pub(super) fn verify_later(
        &mut self,
        at: Offset,
        list: &[ExprId],
        tparams: &[TypeParamDef],
        targs: &[Ty],
    ) {
        self.later(Delayed::Instance {
            at,
            args: list.iter().map(|e| self.decl[*e].start).collect(),
            tparams: tparams.into(),
            targs: targs.into(),
        });
    }
}

/// The instance of a generic type.
fn instantiate(generic: &GenericType, targs: &[Ty]) -> Ty {
    match &generic.form {
        GenericForm::Defined(outer) => {
            let mut args: Vec<Ty> = outer.to_vec();
            args.extend_from_slice(targs);
            Ty::named(generic.def, &args)
        }
        GenericForm::Alias(target) => subst(*target, &Subst::of_params(&generic.tparams, targs)),
    }
}
