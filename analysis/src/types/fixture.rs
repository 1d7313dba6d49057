//! Declarations for tests, read from Go text.
//!
//! Knows just what tests of types need: `type` and `func` declarations without bodies, one per
//! line, parameters by type only. Everything else panics.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::cx::{Cx, comparable_constraint, error_type};
use super::env::{Def, Defs, FuncDef, TypeParamDef};
use super::predicates::deref;
use super::ty::{
    Basic, ChanDir, DefId, Field, Interface, Method, PkgId, Term, Ty, TyKind, TypeParam,
};
use crate::release::Target;
use crate::symbol::Symbol;
use crate::syntax::ast::Pragmas;

/// The declarations of one package.
#[derive(Default)]
pub(crate) struct Fixture {
    path: String,
    types: FxHashMap<DefId, Ty>,
    tparams: FxHashMap<DefId, Arc<[TypeParamDef]>>,
    methods: FxHashMap<DefId, Arc<[DefId]>>,
    funcs: FxHashMap<DefId, Arc<FuncDef>>,
}

impl Fixture {
    /// Reads declarations of package `p`.
    pub(crate) fn new(text: &str) -> Fixture {
        Fixture::of_package("p", text)
    }

    /// Reads declarations of a package; other lines are skipped.
    pub(crate) fn of_package(path: &str, text: &str) -> Fixture {
        Fixture { path: path.into(), ..Fixture::default() }.with(path, text)
    }

    /// Reads declarations of another package. Types of `example.com/q` are written `q.T`.
    pub(crate) fn with(mut self, path: &str, text: &str) -> Fixture {
        for line in text.lines().map(str::trim) {
            if line.starts_with("type ") || line.starts_with("func ") {
                Reader::new(path, line).declaration(&mut self);
            }
        }
        self
    }

    /// A context for these declarations.
    pub(crate) fn cx(&self) -> Cx<'_> {
        Cx::new(self, Target::DEFAULT)
    }

    /// The package.
    pub(crate) fn package(&self) -> PkgId {
        PkgId::new(&self.path)
    }

    /// A type as written outside of any declaration.
    pub(crate) fn ty(&self, text: &str) -> Ty {
        let mut reader = Reader::new(&self.path, text);
        let ty = reader.ty();
        assert!(reader.rest().is_empty(), "`{}` is left of `{text}`", reader.rest());
        ty
    }

    /// A type as written in a generic function of the package.
    pub(crate) fn ty_in(&self, func: &str, text: &str) -> Ty {
        let mut reader = Reader::new(&self.path, text);
        reader.scope = self.tparams_of(func).iter().map(|def| def.ty).collect();
        reader.ty()
    }

    /// A function of the package.
    pub(crate) fn func_named(&self, name: &str) -> Arc<FuncDef> {
        Arc::clone(&self.funcs[&DefId::new(self.package(), name.into())])
    }

    /// The type parameters of a function of the package.
    pub(crate) fn tparams_of(&self, name: &str) -> Arc<[TypeParamDef]> {
        Arc::clone(&self.tparams[&DefId::new(self.package(), name.into())])
    }
}

impl Defs for Fixture {
    fn underlying(&self, def: DefId) -> Ty {
        let ty = self.types.get(&def).copied().unwrap_or_else(Ty::invalid);
        match ty.kind() {
            TyKind::Named(_) => self.cx().under(ty),
            _ => ty,
        }
    }

    fn type_params(&self, def: DefId) -> Arc<[TypeParamDef]> {
        self.tparams.get(&def).cloned().unwrap_or_default()
    }

    fn methods(&self, def: DefId) -> Arc<[DefId]> {
        self.methods.get(&def).cloned().unwrap_or_default()
    }

    fn func(&self, def: DefId) -> Option<Arc<FuncDef>> {
        self.funcs.get(&def).cloned()
    }

    fn lookup(&self, _: PkgId, _: Symbol) -> Option<Def> {
        None
    }
}

struct Reader<'t> {
    package: PkgId,
    text: &'t str,
    at: usize,
    scope: Vec<Ty>,
}

impl<'t> Reader<'t> {
    fn new(path: &str, text: &'t str) -> Reader<'t> {
        Reader { package: PkgId::new(path), text, at: 0, scope: Vec::new() }
    }

    fn rest(&self) -> &'t str {
        self.text[self.at..].trim_start()
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at = self.text.len() - self.rest().len() + token.len();
        }
        found
    }

    fn expect(&mut self, token: &str) {
        assert!(self.eat(token), "want `{token}` at `{}` in `{}`", self.rest(), self.text);
    }

    fn name(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.expect(&rest[..end]);
        assert!(end > 0, "want a name at `{rest}` in `{}`", self.text);
        &rest[..end]
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let follows = self.rest().strip_prefix(word).and_then(|rest| rest.chars().next());
        let is_word = self.rest().starts_with(word)
            && follows.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        is_word && self.eat(word)
    }

    fn declaration(&mut self, fixture: &mut Fixture) {
        if self.eat_word("type") {
            let def = DefId::new(self.package, self.name().into());
            let tparams = self.tparams(def);
            self.scope = tparams.iter().map(|def| def.ty).collect();
            fixture.tparams.insert(def, tparams.into());
            let ty = self.ty();
            fixture.types.insert(def, ty);
            return;
        }
        self.expect("func");
        let mut recv = None;
        let mut def = None;
        if self.eat("(") {
            let pointer = self.eat("*");
            let of = DefId::new(self.package, self.name().into());
            let tparams = Defs::type_params(fixture, of);
            // A receiver's parameters have the names of the type's own in tests.
            self.scope = tparams.iter().map(|def| def.ty).collect();
            if self.eat("[") {
                while !self.eat("]") {
                    self.at += 1;
                }
            }
            self.expect(")");
            let base = Ty::named(of, &self.scope);
            recv = Some(if pointer { Ty::pointer(base) } else { base });
            let method = of.child(self.name().into(), 0);
            let mut list = Defs::methods(fixture, of).to_vec();
            list.push(method);
            fixture.methods.insert(of, list.into());
            def = Some(method);
        }
        let def = def.unwrap_or_else(|| DefId::new(self.package, self.name().into()));
        let tparams: Arc<[TypeParamDef]> = self.tparams(def).into();
        self.scope.extend(tparams.iter().map(|def| def.ty));
        fixture.tparams.insert(def, Arc::clone(&tparams));
        let sig = self.signature();
        let func = FuncDef {
            def,
            sig,
            recv,
            tparams,
            recv_name: None,
            param_names: Box::default(),
            result_names: Box::default(),
            pragmas: Pragmas::default(),
            has_body: true,
        };
        fixture.funcs.insert(def, Arc::new(func));
    }

    /// `[P any, Q interface{ *P }]`, if there; every parameter has its own constraint.
    fn tparams(&mut self, owner: DefId) -> Vec<TypeParamDef> {
        let looks_generic =
            self.rest().starts_with('[') && self.rest()[1..].starts_with(char::is_uppercase);
        if !looks_generic {
            return Vec::new();
        }
        // Names first: constraints may speak of all parameters.
        let (start, outer) = (self.at, self.scope.len());
        let mut defs = Vec::new();
        for _ in 0..2 {
            self.at = start;
            defs.clear();
            self.expect("[");
            for index in 0.. {
                let name = self.name().into();
                let ty = Ty::new(TyKind::Param(TypeParam { owner, index, name }));
                let constraint = self.element();
                defs.push(TypeParamDef { ty, constraint });
                if !self.eat(",") {
                    break;
                }
            }
            self.expect("]");
            self.scope.truncate(outer);
            self.scope.extend(defs.iter().map(|def| def.ty));
        }
        self.scope.truncate(outer);
        defs
    }

    /// A type or union of terms.
    fn element(&mut self) -> Ty {
        let mut terms = Vec::new();
        loop {
            let tilde = self.eat("~");
            terms.push(Term { tilde, ty: self.ty() });
            if !self.eat("|") {
                break;
            }
        }
        match terms[..] {
            [Term { tilde: false, ty }] => ty,
            _ => Ty::new(TyKind::Union(terms.into())),
        }
    }

    fn types(&mut self, end: &str) -> (Vec<Ty>, bool) {
        let mut types = Vec::new();
        let mut variadic = false;
        while !self.eat(end) {
            variadic = self.eat("...");
            let ty = self.ty();
            types.push(if variadic { Ty::slice(ty) } else { ty });
            self.eat(",");
        }
        (types, variadic)
    }

    fn signature(&mut self) -> Ty {
        self.expect("(");
        let (params, variadic) = self.types(")");
        let results = if self.eat("(") {
            self.types(")").0
        } else if self.rest().is_empty()
            || self.rest().starts_with([')', ',', ';', '}', ']', '`', '"', '|'])
        {
            Vec::new()
        } else {
            vec![self.ty()]
        };
        Ty::func(&params, &results, variadic)
    }

    fn unexported(&self, name: Symbol) -> Option<PkgId> {
        (!name.is_exported()).then_some(self.package)
    }

    fn ty(&mut self) -> Ty {
        if self.eat("*") {
            return Ty::pointer(self.ty());
        }
        if self.eat("(") {
            let ty = self.ty();
            self.expect(")");
            return ty;
        }
        if self.eat("[]") {
            return Ty::slice(self.ty());
        }
        if self.eat("[") {
            let len = self.name().parse().expect("an array's length");
            self.expect("]");
            return Ty::array(len, self.ty());
        }
        if self.eat("<-chan") {
            return Ty::new(TyKind::Chan(ChanDir::Recv, self.ty()));
        }
        if self.eat_word("chan") {
            let dir = if self.eat("<-") { ChanDir::Send } else { ChanDir::Both };
            return Ty::new(TyKind::Chan(dir, self.ty()));
        }
        if self.eat_word("map") {
            self.expect("[");
            let key = self.ty();
            self.expect("]");
            return Ty::new(TyKind::Map(key, self.ty()));
        }
        if self.eat_word("func") {
            return self.signature();
        }
        if self.eat_word("struct") {
            return self.fields();
        }
        if self.eat_word("interface") {
            return self.interface();
        }
        let name = self.name();
        self.named(name)
    }

    fn fields(&mut self) -> Ty {
        self.expect("{");
        let mut fields = Vec::new();
        while !self.eat("}") {
            let start = self.at;
            let embedded_pointer = self.eat("*");
            let name = Symbol::new(self.name());
            let embedded = embedded_pointer
                || self.rest().starts_with([';', '}', '`', '"', '.'])
                || (self.rest().starts_with('[')
                    && !self.rest().starts_with("[]")
                    && !self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()));
            let mut name = name;
            if embedded {
                self.at = start;
            }
            let ty = self.ty();
            if embedded && let TyKind::Named(named) = deref(ty).0.kind() {
                name = named.def.name;
            }
            let mut tag = Symbol::EMPTY;
            let quote = if self.eat("`") { '`' } else { '"' };
            if quote == '`' || self.eat("\"") {
                let end = self.text[self.at..].find(quote).expect("the end of the tag");
                tag = self.text[self.at..self.at + end].into();
                self.at += end + 1;
            }
            self.eat(";");
            fields.push(Field { name, package: self.unexported(name), ty, embedded, tag });
        }
        Ty::new(TyKind::Struct(fields.into()))
    }

    fn interface(&mut self) -> Ty {
        self.expect("{");
        let (mut methods, mut embeds) = (Vec::new(), Vec::new());
        while !self.eat("}") {
            let start = self.at;
            let is_method = self.rest().starts_with(char::is_alphabetic) && {
                let name = self.name();
                self.rest().starts_with('(') && !matches!(name, "func" | "chan")
            };
            self.at = start;
            if is_method {
                let name = Symbol::new(self.name());
                let sig = self.signature();
                methods.push(Method { name, package: self.unexported(name), sig });
            } else {
                embeds.push(self.element());
            }
            self.eat(";");
        }
        methods.sort_by_key(|method| method.name.as_str());
        Ty::new(TyKind::Interface(Interface {
            methods: methods.into(),
            embeds: embeds.into(),
            ..Interface::default()
        }))
    }

    fn named(&mut self, name: &str) -> Ty {
        let in_scope = self.scope.iter().rev().find(|ty| match ty.kind() {
            TyKind::Param(param) => param.name.as_str() == name,
            _ => false,
        });
        if let Some(param) = in_scope {
            return *param;
        }
        if let Some(basic) = basic(name) {
            return Ty::basic(basic);
        }
        match name {
            "any" => Ty::any(),
            "error" => error_type(),
            "comparable" => comparable_constraint(),
            "unsafe" => {
                self.expect(".Pointer");
                Ty::basic(Basic::UnsafePointer)
            }
            "untyped" => {
                let kind = self.name();
                Ty::basic(match kind {
                    "int" => Basic::UntypedInt,
                    "rune" => Basic::UntypedRune,
                    "float" => Basic::UntypedFloat,
                    "string" => Basic::UntypedString,
                    "bool" => Basic::UntypedBool,
                    "nil" => Basic::UntypedNil,
                    other => panic!("untyped {other}"),
                })
            }
            "invalid" => Ty::invalid(),
            _ => {
                let mut def = DefId::new(self.package, name.into());
                if self.eat(".") {
                    let package = PkgId::new(&format!("example.com/{name}"));
                    def = DefId::new(package, self.name().into());
                }
                let has_args = self.text[self.at..].starts_with('[') && self.eat("[");
                let args = if has_args { self.types("]").0 } else { Vec::new() };
                Ty::named(def, &args)
            }
        }
    }
}

fn basic(name: &str) -> Option<Basic> {
    let all = [
        Basic::Bool,
        Basic::Int,
        Basic::Int8,
        Basic::Int16,
        Basic::Int32,
        Basic::Int64,
        Basic::Uint,
        Basic::Uint8,
        Basic::Uint16,
        Basic::Uint32,
        Basic::Uint64,
        Basic::Uintptr,
        Basic::Float32,
        Basic::Float64,
        Basic::Complex64,
        Basic::Complex128,
        Basic::String,
        Basic::Byte,
        Basic::Rune,
    ];
    all.into_iter().find(|basic| super::format::basic_name(*basic) == name)
}
