//! Lowering: from a checked declaration to the IR that the compiler's middle end starts with.
//!
//! One pass does what the compiler does in three: it drops dead statements and writes implicit
//! conversions as the writer of unified IR does, builds nodes as its reader does, and completes
//! them as the back end's type checker does. A generic function is lowered for given shapes: types
//! are substituted as they are read from the checker's tables, and what depends on a type is
//! decided on the substituted one. Only two questions are asked of the type before substitution,
//! because the compiler asks them when it writes: whether a conversion is needed, and whether a
//! type is known from the dictionary only.
//!
//! Invariants: a variable has one node; literals come after the function around them in
//! `Unit::funcs`; nothing panics on a declaration with errors, though the result is then of no use.
//!
//! Not yet: the numbers of descriptors in dictionaries, which nothing shows.
//!
//! Upstream: `cmd/compile/internal/noder/writer.go`, `reader.go`.

mod call;
mod closure;
mod dictionary;
mod expr;
mod init;
mod params;
mod rangefunc;
mod shapes;
mod stmt;
mod wrappers;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::release::GoVersion;
use crate::symbol::Symbol;
use crate::syntax::ast::{Block, Decl, DeclKind, ExprId, FuncSig, Offset, Param};
use crate::types::cx::Cx;
use crate::types::env::FuncDef;
use crate::types::format_backend::{BackendFormat, PackageNames};
use crate::types::info::{self, Info};
use crate::types::predicates::default_type;
use crate::types::subst::{Subst, subst};
use crate::types::ty::{Basic, DefId, PkgId, Ty, TyKind};

use super::build::{Build, elem};
use super::func::{FuncId, FuncKey};
use super::node::{Class, Func, FuncIdx, Kind, LocalId, NodeId, Pos, Unit};

pub use dictionary::{Dictionary, dictionary_owner};
pub use init::{Initializer, package_init};
pub use params::{Params, Written, declared_params};
pub use shapes::{shape_of, shaped_type, shapes, type_params};
pub use wrappers::{WrapperInput, method_value, method_wrapper};

/// What lowering must know about packages.
pub trait Packages: PackageNames {
    /// The words of the dictionary of a generic function or type.
    fn dictionary(&self, owner: DefId) -> Option<Arc<Dictionary>>;
}

/// A declaration to be lowered, and who knows about the rest.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// Who knows the types.
    pub cx: &'a Cx<'a>,
    /// Who knows the packages.
    pub names: &'a dyn Packages,
    /// The package that declares it.
    pub package: PkgId,
    /// The package being compiled: another one for an instance of an imported function.
    pub compiled: PkgId,
    /// The declaration.
    pub decl: &'a Decl,
    /// What the checker found out about it.
    pub info: &'a Info,
    /// The language version of its file.
    pub version: Option<GoVersion>,
}

/// Lowers a declared function, or an instance of a generic one.
pub fn function(input: &Input<'_>, id: FuncId) -> Unit {
    let def = match id.key() {
        FuncKey::Declared(def) | FuncKey::Shaped(def, _) | FuncKey::Instance(def, _) => *def,
        _ => DefId::new(input.package, Symbol::EMPTY),
    };
    let mut lower = Lower::new(input, Unit::new(id, input.compiled, def));
    lower.root(id, def);
    lower.unit
}

/// Which variable is meant: one of the checker's, or one that lowering makes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Var {
    /// One that is declared in the text.
    Declared(info::LocalId),
    /// One without a name in the text.
    Made(u32),
}

/// A function whose body is being lowered.
struct Frame {
    func: FuncIdx,
    /// Its own variables and those it has captured so far.
    vars: FxHashMap<Var, LocalId>,
    /// The dictionary parameter, or the captured copy of it.
    dict: Option<LocalId>,
    /// The types of its results, before substitution.
    results: Vec<Ty>,
    /// The variables that hold its results.
    result_vars: Vec<Var>,
    /// What the compiler's current position is between statements (`base.Pos`).
    base_pos: Pos,
    /// How loops over functions in it are to be rewritten.
    plan: Rc<rangefunc::Plan>,
}

struct Lower<'a> {
    input: Input<'a>,
    unit: Unit,
    /// Which text positions count from.
    origin: u32,
    subst: Subst,
    /// Nodes of variables and functions at package level.
    globals: FxHashMap<DefId, NodeId>,
    /// Types after substitution.
    instances: RefCell<FxHashMap<Ty, Ty>>,
    frames: Vec<Frame>,
    /// Conditions of which only one side is left.
    replaced: FxHashMap<ExprId, ExprId>,
    /// Counts variables without a name.
    n_made: u32,
    /// Loops over functions around the statement at hand, outermost first.
    range_loops: Vec<rangefunc::Active>,
}

/// The name of the dictionary parameter. Upstream: `typecheck.LocalDictName`.
const DICT: &str = ".dict";

/// The type of the address of a dictionary of so many words.
fn dict_type(len: i64) -> Ty {
    Ty::pointer(Ty::array(len, Ty::basic(Basic::Uintptr)))
}

impl<'a> Lower<'a> {
    fn new(input: &Input<'a>, unit: Unit) -> Lower<'a> {
        Lower {
            input: *input,
            unit,
            origin: 0,
            subst: Subst::default(),
            globals: FxHashMap::default(),
            instances: RefCell::default(),
            frames: Vec::new(),
            replaced: FxHashMap::default(),
            n_made: 0,
            range_loops: Vec::new(),
        }
    }

    fn cx(&self) -> &'a Cx<'a> {
        self.input.cx
    }

    fn build(&mut self) -> Build<'_, 'a> {
        Build { cx: self.input.cx, unit: &mut self.unit, package: self.input.package }
    }

    fn format(&self) -> BackendFormat<'a, 'a> {
        BackendFormat { cx: self.input.cx, names: self.input.names, local: self.input.compiled }
    }

    fn decl(&self) -> &'a Decl {
        self.input.decl
    }

    fn info(&self) -> &'a Info {
        self.input.info
    }

    fn pos(&self, offset: Offset) -> Pos {
        Pos { origin: self.origin, offset }
    }

    /// Where an expression stands.
    fn pos_of(&self, e: ExprId) -> Pos {
        self.pos(self.decl()[e].pos)
    }

    /// The type of an expression before substitution.
    fn raw(&self, e: ExprId) -> Ty {
        self.info().types.get(e.0 as usize).copied().unwrap_or_else(Ty::invalid)
    }

    /// The type of an expression; that of the value alone if it is read with comma-ok.
    fn ty(&self, e: ExprId) -> Ty {
        match self.raw(e).kind() {
            TyKind::Tuple(types) if types.is_empty() => Ty::invalid(),
            _ => self.subst(default_type(self.raw(e))),
        }
    }

    fn subst(&self, ty: Ty) -> Ty {
        if self.subst.is_empty() || !ty.has_tparams() {
            return ty;
        }
        if let Some(known) = self.instances.borrow().get(&ty) {
            return *known;
        }
        let instance = shapes::shaped_type(self.cx(), subst(ty, &self.subst), &mut Vec::new());
        self.instances.borrow_mut().insert(ty, instance);
        instance
    }

    /// The function whose body is being lowered.
    fn func(&self) -> FuncIdx {
        self.frames.last().map_or(FuncIdx::ROOT, |frame| frame.func)
    }

    fn made_var(&mut self) -> Var {
        self.n_made += 1;
        Var::Made(self.n_made)
    }

    /// Lowers the unit's own function.
    fn root(&mut self, id: FuncId, def: DefId) {
        let Some(func_def) = self.cx().defs.func(def) else {
            self.unit.funcs.push(Func::new(id, def.name.to_string(), Ty::invalid(), Pos::NONE));
            return;
        };
        let args: &[Ty] = match id.key() {
            FuncKey::Shaped(_, args) | FuncKey::Instance(_, args) => args,
            _ => &[],
        };
        self.subst = self.instance_subst(&func_def, args);
        let name = self.func_name(&func_def, args);
        let decl = self.decl();
        let DeclKind::Func(func_decl) = &decl.kind else {
            self.unit.funcs.push(Func::new(id, name, func_def.sig, Pos::NONE));
            return;
        };
        let pos = self.pos(func_decl.pos);
        let sig = self.subst(func_def.sig);
        let wrapper = matches!(id.key(), FuncKey::Instance(..));
        let func = Func {
            pragmas: decl.pragmas,
            dupok: !args.is_empty(),
            ..Func::new(id, name, sig, pos)
        };
        self.unit.funcs.push(func);
        let plan = match &func_decl.body {
            Some(body) if !wrapper => self.range_plan(body),
            _ => Rc::default(),
        };
        self.open(FuncIdx::ROOT, func_def.sig, plan);
        if let (Some(recv), Some(recv_ty)) = (&func_decl.recv, func_def.recv) {
            let at = recv.name.map_or(decl[recv.ty].start, |name| name.pos);
            let ty = self.subst(recv_ty);
            self.param(recv.name.map(|name| (name.name, name.pos)), ty, at, Class::Param);
        }
        if matches!(id.key(), FuncKey::Shaped(..)) {
            let local = self.add_local(DICT.into(), self.dict_type(def), Class::Param, pos);
            self.set_dict(local);
        }
        self.params(&func_decl.sig, func_def.sig);
        if wrapper {
            self.call_shaped(def, args);
        } else if let Some(body) = &func_decl.body {
            self.body(body);
        }
        self.close();
    }

    /// Starts a function's body.
    fn open(&mut self, func: FuncIdx, raw_sig: Ty, plan: Rc<rangefunc::Plan>) {
        let results = match raw_sig.kind() {
            TyKind::Func(sig) => sig.results.to_vec(),
            _ => Vec::new(),
        };
        let base_pos = self.unit[func].pos;
        self.frames.push(Frame {
            func,
            vars: FxHashMap::default(),
            dict: None,
            results,
            result_vars: Vec::new(),
            base_pos,
            plan,
        });
    }

    fn set_dict(&mut self, local: LocalId) {
        if let Some(frame) = self.frames.last_mut() {
            frame.dict = Some(local);
        }
    }

    /// Ends a function's body. Among captured variables the dictionary is the last.
    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        let vars = &mut self.unit[frame.func].closure_vars;
        if let Some(dict) = frame.dict
            && let Some(at) = vars.iter().position(|var| *var == dict)
        {
            vars.remove(at);
            vars.push(dict);
        }
    }

    /// Adds a variable to the function at hand.
    fn add_local(&mut self, name: Symbol, ty: Ty, class: Class, pos: Pos) -> LocalId {
        let func = self.func();
        let local = self.build().local(func, name, ty, class, pos);
        let func = &mut self.unit[func];
        func.dcl.push(local);
        match class {
            Class::Param => func.n_params += 1,
            Class::Result => func.n_results += 1,
            Class::Auto | Class::Captured => {}
        }
        local
    }

    fn bind(&mut self, var: Var, local: LocalId) {
        if let Some(frame) = self.frames.last_mut() {
            frame.vars.insert(var, local);
        }
    }

    /// Adds a receiver, parameter or result. One without a name is numbered by its place.
    /// Upstream: `ir.Func.DeclareParams`.
    fn param(&mut self, name: Option<(Symbol, Offset)>, ty: Ty, at: Offset, class: Class) -> Var {
        let func = &self.unit[self.func()];
        let (prefix, index) = match class {
            Class::Result => ("~r", func.n_results),
            _ => ("~p", func.n_params),
        };
        let blank = name.is_some_and(|(name, _)| name.is_blank());
        let name = name.filter(|(name, _)| !name.is_blank() && !name.is_empty());
        let known = name.and_then(|(_, offset)| self.info().decls.get(&offset));
        let var = match known {
            Some(local) => Var::Declared(*local),
            None => self.made_var(),
        };
        let symbol = match name {
            Some((symbol, _)) => symbol,
            None => Symbol::new(&format!("{prefix}{index}")),
        };
        let pos = self.pos(at);
        let local = self.add_local(symbol, ty, class, pos);
        self.unit[local].blank = blank;
        self.bind(var, local);
        var
    }

    /// Adds parameters and results.
    fn params(&mut self, sig: &FuncSig, raw_sig: Ty) {
        let TyKind::Func(types) = raw_sig.kind() else { return };
        for (param, ty) in sig.params.iter().zip(&types.params) {
            let ty = self.subst(*ty);
            let at = param_offset(self.decl(), param);
            self.param(param.name.map(|n| (n.name, n.pos)), ty, at, Class::Param);
        }
        let func = self.func();
        self.unit[func].variadic = types.variadic;
        let rename = self.frames.last().is_some_and(|frame| frame.plan.renames_results);
        for (index, (result, ty)) in sig.results.iter().zip(&types.results).enumerate() {
            let ty = self.subst(*ty);
            let name = result.name.map(|n| (n.name, n.pos));
            let unnamed = name.is_none_or(|(name, _)| name.is_blank());
            let at = param_offset(self.decl(), result);
            let var = self.param(name, ty, at, Class::Result);
            if rename && unnamed {
                self.rename_result(var, index);
            }
            if let Some(frame) = self.frames.last_mut() {
                frame.result_vars.push(var);
            }
        }
    }

    /// Lowers a body into the function at hand.
    fn body(&mut self, body: &Block) {
        let mut list = self.stmts(&body.stmts);
        if list.is_empty() {
            let empty = Kind::Block { list: super::node::List::EMPTY };
            let pos = self.frames.last().map_or(Pos::NONE, |frame| frame.base_pos);
            list.push(self.build().stmt(empty, pos));
        }
        let func = self.func();
        let list = self.unit.list(&list);
        let end_pos = self.pos(body.rbrace);
        let func = &mut self.unit[func];
        func.body = list;
        func.has_body = true;
        func.end_pos = end_pos;
    }

    /// A variable where it is used: the function's own, or a copy captured on the way in.
    fn use_var(&mut self, var: Var, pos: Pos) -> NodeId {
        let found = self.frames.iter().rposition(|frame| frame.vars.contains_key(&var));
        let Some(from) = found else {
            return self.build().add(Kind::Blank, Ty::invalid(), pos);
        };
        let mut local = self.frames[from].vars[&var];
        for at in from + 1..self.frames.len() {
            let func = self.frames[at].func;
            local = self.build().capture(func, local, pos);
            self.frames[at].vars.insert(var, local);
        }
        self.unit[local].node
    }

    /// The words of the dictionary that a generic function takes.
    fn dictionary_of(&self, def: DefId) -> Option<Arc<Dictionary>> {
        self.input.names.dictionary(dictionary_owner(self.cx(), def))
    }

    /// The type of the dictionary's address that a generic function takes.
    fn dict_type(&self, def: DefId) -> Ty {
        dict_type(self.dictionary_of(def).map_or(0, |words| words.len()))
    }

    /// The word of this function's dictionary that an expression uses.
    fn dict_word_of(&mut self, e: ExprId, pos: Pos) -> NodeId {
        let def = self.unit.id.def();
        let at = def.and_then(|def| self.dictionary_of(def)?.word(def, e));
        self.dict_word(at.unwrap_or(0), pos)
    }

    /// A word of this function's dictionary.
    fn dict_word(&mut self, at: i64, pos: Pos) -> NodeId {
        let Some(dict) = self.frames.last().and_then(|frame| frame.dict) else {
            return self.build().add(Kind::Nil, dict_type(0), pos);
        };
        let x = self.unit[dict].node;
        let mut build = self.build();
        let x = build.implicit_star(x, pos);
        let index = build.int(at, pos);
        build.add(Kind::Index { x, index }, Ty::basic(Basic::Uintptr), pos)
    }

    /// How a function's name prints. Upstream: `ir.FuncName`, `ir.MethodSym`, `readerDict.mangle`.
    fn func_name(&self, def: &FuncDef, args: &[Ty]) -> String {
        let name = def.def.name;
        let Some(recv) = def.recv else {
            return match name.as_str() {
                "init" => format!("init.{}", def.def.nth),
                _ if args.is_empty() => name.to_string(),
                _ => format!("{name}{}", self.format().type_args(args, 0)),
            };
        };
        let (base, pointer) = match recv.kind() {
            TyKind::Pointer(base) => (*base, true),
            _ => (recv, false),
        };
        let TyKind::Named(named) = base.kind() else { return name.to_string() };
        let (recv_args, own) = args.split_at(named.args.len().min(args.len()));
        let mut ty = named.def.name.to_string();
        if !recv_args.is_empty() {
            ty.push_str(&self.format().type_args(recv_args, 0));
        }
        let mut out = if pointer { format!("(*{ty}).{name}") } else { format!("{ty}.{name}") };
        if !own.is_empty() {
            out.push_str(&self.format().type_args(own, 0));
        }
        out
    }
}

/// Where a parameter stands: its name, or the first byte of what is written.
fn param_offset(decl: &Decl, param: &Param) -> Offset {
    param.name.map_or_else(|| param.pos.min(decl[param.ty].start), |name| name.pos)
}

/// The key type of a map type.
fn map_key(cx: &Cx<'_>, ty: Ty) -> Option<Ty> {
    match cx.core_type(ty)?.kind() {
        TyKind::Map(key, _) => Some(*key),
        _ => None,
    }
}

/// The element type of what a type's values all are, also of a type parameter.
fn core_elem(cx: &Cx<'_>, ty: Ty) -> Ty {
    cx.core_type(ty).map_or_else(Ty::invalid, |core| elem(cx, core))
}
