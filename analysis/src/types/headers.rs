//! The headers of a package: its names, and the types of what they stand for.
//!
//! Declarations are checked when they are first asked for, so that they may stand in any order.
//! While one is being checked, [`HeaderCheck`] remembers that on a path; a declaration that comes
//! back to one on the path is a cycle, which is fine if it goes through a defined type.
//!
//! Upstream: `cmd/compile/internal/types2/resolver.go`, `decl.go` (`objDecl`, `validCycle`),
//! `cycles.go`.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::check::{Checker, Delayed, Env, NameKind, Place, Recorder, Work};
use super::constant::Value;
use super::cx::Cx;
use super::env::{Def, Defs, FuncDef, PackageTypes, TypeParamDef, World};
use super::info::{Info, TypeError};
use super::package::{Headers, Object, PackageInput, PackageScope};
use super::ty::{DefId, PkgId, Ty, TyKind};
use crate::symbol::Symbol;
use crate::syntax::ast::{Decl, DeclKind, Offset};

/// How far a declaration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    New,
    Active,
    Done,
}

/// What is known of a declaration so far.
struct State {
    status: Cell<Status>,
    def: RefCell<Option<Def>>,
    /// What stands on the right of a type declaration.
    rhs: Cell<Option<Ty>>,
    underlying: Cell<Option<Ty>>,
    /// Whether the underlying type is being looked for.
    looking: Cell<bool>,
    /// How often an alias is being worked out.
    depth: Cell<u32>,
    tparams: RefCell<Arc<[TypeParamDef]>>,
}

/// Works out the headers of a package.
pub(super) struct HeaderCheck<'a> {
    input: &'a PackageInput<'a>,
    world: &'a World,
    scope: &'a PackageScope,
    states: Vec<State>,
    path: RefCell<Vec<usize>>,
    in_tparams: Cell<bool>,
    /// What is put off, by when its declaration was begun.
    pending: RefCell<Vec<(u32, usize, Work)>>,
    begun: Cell<u32>,
    infos: RefCell<FxHashMap<(u32, u32), Info>>,
    deps: RefCell<FxHashMap<DefId, Vec<DefId>>>,
    /// Messages about cycles, by declaration.
    errors: RefCell<Vec<((u32, u32), TypeError)>>,
    claimed: RefCell<FxHashSet<DefId>>,
}

/// Checks everything of a package but the bodies of its functions.
pub fn check_headers(input: &PackageInput<'_>, world: &World) -> Headers {
    let scope = PackageScope::collect(input, world);
    let check = HeaderCheck::new(input, world, &scope);
    check.direct_cycles();
    check.resolve_all();
    check.run_pending();
    let (types, infos, deps, late) = check.results();
    Headers::new(input, scope, types, infos, deps, late)
}

impl<'a> HeaderCheck<'a> {
    fn new(
        input: &'a PackageInput<'a>,
        world: &'a World,
        scope: &'a PackageScope,
    ) -> HeaderCheck<'a> {
        let state = |_| State {
            status: Cell::new(Status::New),
            def: RefCell::new(None),
            rhs: Cell::new(None),
            underlying: Cell::new(None),
            looking: Cell::new(false),
            depth: Cell::new(0),
            tparams: RefCell::default(),
        };
        HeaderCheck {
            input,
            world,
            scope,
            states: scope.objects.iter().map(state).collect(),
            path: RefCell::default(),
            in_tparams: Cell::new(false),
            pending: RefCell::default(),
            begun: Cell::new(0),
            infos: RefCell::default(),
            deps: RefCell::default(),
            errors: RefCell::default(),
            claimed: RefCell::default(),
        }
    }

    fn decl(&self, object: &Object) -> &'a Decl {
        &self.input.files[object.file as usize].decls[object.decl as usize].decl
    }

    /// Types that are nothing but other names of each other: `type A B; type B A`.
    fn direct_cycles(&self) {
        let mut done = vec![false; self.states.len()];
        for start in 0..self.states.len() {
            let mut path: Vec<usize> = Vec::new();
            let mut at = start;
            while !done[at] {
                if let Some(first) = path.iter().position(|known| *known == at) {
                    let cycle = &path[first..];
                    for index in cycle {
                        self.set_invalid_type(*index);
                    }
                    self.report_cycle(cycle);
                    break;
                }
                path.push(at);
                match self.scope.plain_name(self.input, at) {
                    Some(next) => at = next,
                    None => break,
                }
            }
            path.iter().for_each(|index| done[*index] = true);
        }
    }

    fn set_invalid_type(&self, index: usize) {
        let state = &self.states[index];
        let object = &self.scope.objects[index];
        let def = if object.alias {
            Def::Alias { def: object.def, target: Ty::invalid() }
        } else {
            Def::Type(object.def)
        };
        state.def.replace(Some(def));
        state.rhs.set(Some(Ty::invalid()));
        state.status.set(Status::Done);
    }

    /// Defined types first, then aliases, then the rest: so fewer cycles begin at an alias.
    fn resolve_all(&self) {
        let rank = |object: &Object| match (object.kind, object.alias) {
            (NameKind::Type, false) => 0,
            (NameKind::Type, true) => 1,
            _ => 2,
        };
        for wanted in 0..3 {
            for (index, object) in self.scope.objects.iter().enumerate() {
                if rank(object) == wanted {
                    self.ensure(index);
                }
            }
        }
    }

    fn ensure(&self, index: usize) {
        if self.states[index].status.get() == Status::New {
            self.work_out(index);
        }
    }

    /// Checks the declaration of an object.
    fn work_out(&self, index: usize) {
        let state = &self.states[index];
        if state.status.get() != Status::Done {
            state.status.set(Status::Active);
        }
        self.path.borrow_mut().push(index);
        let begun = self.begun.get();
        self.begun.set(begun + 1);
        let before = self.in_tparams.replace(false);
        let object = &self.scope.objects[index];
        let decl = self.decl(object);
        let file = &self.scope.files[object.file as usize];
        let recorder = Recorder::new(self);
        let cx =
            Cx::new(&recorder, self.input.target).with_version(file.version).with_names(self.scope);
        let mut checker = Checker::new(&cx, &recorder, self, decl, file, object.def);
        stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || {
            self.check_object(index, object, decl, &mut checker);
        });
        state.status.set(Status::Done);
        self.in_tparams.set(before);
        self.path.borrow_mut().pop();
        let work = checker.suspend();
        self.pending.borrow_mut().push((begun, index, work));
    }

    fn check_object(&self, index: usize, object: &Object, decl: &Decl, check: &mut Checker<'_>) {
        let state = &self.states[index];
        let keep = |tparams: Arc<[TypeParamDef]>| {
            state.tparams.replace(tparams);
        };
        match &decl.kind {
            DeclKind::Const(spec) => {
                if object.index == 0 {
                    check.arity(&spec.names, &spec.values, Some(spec));
                }
                let (ty, value) = check.const_decl(spec, object.index as usize);
                self.set_unless_known(index, Def::Const { ty, value });
            }
            DeclKind::Var(spec) => {
                if object.index == 0 && (spec.ty.is_none() || !spec.values.is_empty()) {
                    check.arity(&spec.names, &spec.values, None);
                }
                if let Some(e) = spec.ty {
                    // Who comes back here finds the type, if it is written.
                    let ty = check.var_type(e);
                    for i in 0..spec.names.len() {
                        self.set_var(object, i, ty, false);
                    }
                }
                let first = object.index as usize;
                for (i, ty) in check.var_decl(spec, first) {
                    self.set_var(object, i, ty, true);
                }
            }
            DeclKind::Type(spec) if spec.alias => {
                if state.depth.get() > 1 {
                    return;
                }
                state.depth.set(state.depth.get() + 1);
                let (target, tparams) = check.alias_decl(object.def, spec, &keep);
                state.depth.set(state.depth.get() - 1);
                state.tparams.replace(tparams);
                let known = state.def.borrow().is_some();
                if !known {
                    state.def.replace(Some(Def::Alias { def: object.def, target }));
                }
            }
            DeclKind::Type(spec) => {
                state.def.replace(Some(Def::Type(object.def)));
                check.open_block();
                if let Some(first) = spec.tparams.first() {
                    check.require(first.name.pos, 18, |_| "type parameter".into());
                }
                check.type_params(object.def, 0, &spec.tparams, &[], &keep);
                let rhs = check.defined_rhs(spec);
                check.close_block();
                if state.rhs.get().is_none() {
                    state.rhs.set(Some(rhs));
                }
                let args: Vec<Ty> = state.tparams.borrow().iter().map(|def| def.ty).collect();
                let (def, at) = (object.def, spec.name.pos);
                check.later(Delayed::ValidType { at, def, ty: Ty::named(def, &args) });
                check.later(Delayed::Fields { def });
            }
            DeclKind::Func(func) => {
                let guard = FuncDef {
                    def: object.def,
                    sig: Ty::func(&[], &[], false),
                    recv: None,
                    tparams: Arc::default(),
                    recv_name: None,
                    param_names: Box::default(),
                    result_names: Box::default(),
                    pragmas: decl.pragmas,
                    has_body: func.body.is_some(),
                };
                state.def.replace(Some(Def::Func(Arc::new(guard))));
                let (header, _) = check.func_header(object.def, func, decl.pragmas, &keep);
                state.def.replace(Some(Def::Func(Arc::new(header))));
            }
            DeclKind::Bad => {}
        }
    }

    /// A cycle may have settled what an object is before its declaration is through.
    fn set_unless_known(&self, index: usize, def: Def) {
        let state = &self.states[index];
        let known = state.def.borrow().is_some();
        if !known {
            state.def.replace(Some(def));
        }
    }

    fn set_var(&self, object: &Object, name: usize, ty: Ty, done: bool) {
        let Ok(name) = u32::try_from(name) else { return };
        let Some(index) = self.scope.sibling(object, name) else { return };
        let def = self.scope.objects[index].def;
        self.set_unless_known(index, Def::Var { def, ty });
        if done && self.states[index].status.get() == Status::New {
            self.states[index].status.set(Status::Done);
        }
    }

    /// What an object is, worked out if need be.
    fn definition(&self, index: usize) -> Option<Def> {
        self.ensure(index);
        self.states[index].def.borrow().clone()
    }

    /// Says that the declarations on a cycle refer to each other, at the first one.
    fn report_cycle(&self, cycle: &[usize]) {
        let place = |index: &usize| {
            let object = &self.scope.objects[*index];
            let start = self.input.files[object.file as usize].decls[object.decl as usize].start;
            (object.file, start + object.pos)
        };
        let start = (0..cycle.len()).min_by_key(|at| place(&cycle[*at])).unwrap_or(0);
        let Some(first) = cycle.get(start).map(|index| &self.scope.objects[*index]) else { return };
        let is_type = first.kind == NameKind::Type;
        let mut message = match (cycle.len(), is_type) {
            (1, true) => format!("invalid recursive type: {} refers to itself", first.name),
            (1, false) => format!("invalid cycle in declaration: {} refers to itself", first.name),
            (_, true) => format!("invalid recursive type {}", first.name),
            (_, false) => format!("invalid cycle in declaration of {}", first.name),
        };
        if cycle.len() > 1 {
            for i in 0..cycle.len() {
                let name = |at: usize| self.scope.objects[cycle[at % cycle.len()]].name;
                message.push_str(&format!(
                    "\n\t{} refers to {}",
                    name(start + i),
                    name(start + i + 1)
                ));
            }
        }
        let pos: Offset = first.pos;
        let at = (first.file, first.decl);
        self.errors.borrow_mut().push((at, TypeError { pos, message }));
        let mut claimed = self.claimed.borrow_mut();
        claimed.extend(cycle.iter().map(|index| self.scope.objects[*index].def));
    }

    /// Whether a declaration may lead back to this object, which is being worked out.
    ///
    /// Upstream: `validCycle`.
    fn valid_cycle(&self, index: usize) -> bool {
        let path = self.path.borrow();
        let Some(start) = path.iter().position(|known| *known == index) else { return true };
        let cycle: Vec<usize> = path[start..].to_vec();
        drop(path);
        let (mut values, mut types) = (0, 0);
        for each in &cycle {
            let object = &self.scope.objects[*each];
            match object.kind {
                NameKind::Const | NameKind::Var => values += 1,
                NameKind::Type => {
                    let generic = !self.states[*each].tparams.borrow().is_empty();
                    if self.in_tparams.get() && generic {
                        return true;
                    }
                    types += usize::from(!object.alias);
                }
                NameKind::Func => {}
            }
        }
        // Cycles of values alone are found when they are put in order.
        if values == cycle.len() || (values == 0 && types > 0) {
            return true;
        }
        self.report_cycle(&cycle);
        false
    }

    fn run_pending(&self) {
        loop {
            let mut batch = std::mem::take(&mut *self.pending.borrow_mut());
            if batch.is_empty() {
                return;
            }
            batch.sort_by_key(|(begun, ..)| *begun);
            for (_, index, work) in batch {
                self.finish(index, work);
            }
        }
    }

    fn finish(&self, index: usize, work: Work) {
        let object = &self.scope.objects[index];
        let decl = self.decl(object);
        let file = &self.scope.files[object.file as usize];
        let recorder = Recorder::new(self);
        let cx =
            Cx::new(&recorder, self.input.target).with_version(file.version).with_names(self.scope);
        let mut checker = Checker::new(&cx, &recorder, self, decl, file, object.def);
        if object.kind == NameKind::Func {
            // Signatures are checked again with the body, which then says what is wrong.
            return;
        }
        checker.resume(work);
        let (mut info, deps) = checker.finish();
        let mut infos = self.infos.borrow_mut();
        let place = (object.file, object.decl);
        if let Some(before) = infos.remove(&place) {
            info = merge(before, info);
        }
        infos.insert(place, info);
        drop(infos);
        if object.kind != NameKind::Type {
            let mut all = self.deps.borrow_mut();
            all.entry(object.def).or_default().extend(deps);
        }
    }

    #[allow(clippy::type_complexity, reason = "taken apart at once")]
    fn results(
        self,
    ) -> (
        PackageTypes,
        FxHashMap<(u32, u32), Info>,
        FxHashMap<DefId, Vec<DefId>>,
        Vec<((u32, u32), TypeError)>,
    ) {
        let mut types = PackageTypes {
            name: self.scope.name,
            go_version: self.input.go_version,
            ..PackageTypes::default()
        };
        for (index, object) in self.scope.objects.iter().enumerate() {
            let Some(def) = self.definition(index) else { continue };
            let tparams = Arc::clone(&self.states[index].tparams.borrow());
            if !tparams.is_empty() {
                types.type_params.insert(object.def, tparams);
            }
            match &def {
                Def::Type(id) => {
                    types.underlying.insert(*id, self.underlying(*id));
                    types.methods.insert(*id, self.methods(*id));
                }
                Def::Func(func) => {
                    types.funcs.insert(object.def, Arc::clone(func));
                }
                Def::Const { .. } | Def::Var { .. } | Def::Alias { .. } => {}
            }
            if self.scope.by_name.get(&object.name) == Some(&index) {
                types.scope.insert(object.name, def);
            }
        }
        let infos = self.infos.into_inner();
        for info in infos.values() {
            types.underlying.extend(&info.underlying);
        }
        (types, infos, self.deps.into_inner(), self.errors.into_inner())
    }
}

/// Two parts of what was found out about one declaration.
fn merge(mut a: Info, b: Info) -> Info {
    use super::info::{LocalId, Mode, Object};
    let shift = u32::try_from(a.locals.len()).unwrap_or(u32::MAX);
    let moved = |id: LocalId| LocalId(id.0 + shift);
    let len = a.types.len().max(b.types.len());
    a.types.resize(len, Ty::invalid());
    a.modes.resize(len, Mode::Invalid);
    for (i, mode) in b.modes.iter().enumerate() {
        if *mode != Mode::Invalid {
            a.types[i] = b.types[i];
            a.modes[i] = *mode;
        }
    }
    a.consts.extend(b.consts);
    a.uses.extend(b.uses.into_iter().map(|(e, object)| match object {
        Object::Local(id) => (e, Object::Local(moved(id))),
        other => (e, other),
    }));
    a.selections.extend(b.selections);
    a.instances.extend(b.instances);
    a.locals.extend(b.locals);
    a.decls.extend(b.decls.into_iter().map(|(at, id)| (at, moved(id))));
    a.implicits.extend(b.implicits.into_iter().map(|(at, id)| (at, moved(id))));
    a.underlying.extend(b.underlying);
    a.errors.extend(b.errors);
    a.errors.sort_by_key(|error| error.pos);
    a.errors.dedup();
    a.reads.extend(b.reads);
    a
}

impl Defs for HeaderCheck<'_> {
    fn underlying(&self, def: DefId) -> Ty {
        let Some(index) = self.scope.index_of(def) else { return self.world.underlying(def) };
        self.ensure(index);
        let state = &self.states[index];
        if let Some(known) = state.underlying.get() {
            return known;
        }
        let Some(rhs) = state.rhs.get() else { return Ty::invalid() };
        if state.looking.replace(true) {
            return Ty::invalid();
        }
        let underlying = Cx::new(self, self.input.target).under(rhs);
        state.looking.set(false);
        // What leads to something unfinished is asked again.
        if !underlying.is_invalid() || self.path.borrow().is_empty() {
            state.underlying.set(Some(underlying));
        }
        underlying
    }

    fn type_params(&self, def: DefId) -> Arc<[TypeParamDef]> {
        let Some(index) = self.scope.index_of(def) else { return self.world.type_params(def) };
        self.ensure(index);
        Arc::clone(&self.states[index].tparams.borrow())
    }

    fn methods(&self, def: DefId) -> Arc<[DefId]> {
        if self.scope.index_of(def).is_none() {
            return self.world.methods(def);
        }
        self.scope.methods.get(&def).cloned().unwrap_or_default()
    }

    fn func(&self, def: DefId) -> Option<Arc<FuncDef>> {
        let Some(index) = self.scope.index_of(def) else { return self.world.func(def) };
        match self.definition(index)? {
            Def::Func(func) => Some(func),
            _ => None,
        }
    }

    fn lookup(&self, package: PkgId, name: Symbol) -> Option<Def> {
        if package != self.input.id {
            return self.world.lookup(package, name);
        }
        self.definition(*self.scope.by_name.get(&name)?)
    }
}

impl Env for HeaderCheck<'_> {
    fn package(&self) -> PkgId {
        self.input.id
    }

    fn kind(&self, name: Symbol) -> Option<NameKind> {
        self.scope.kind(name)
    }

    fn resolve(&self, name: Symbol, place: Place) -> Option<Def> {
        let index = *self.scope.by_name.get(&name)?;
        let object = &self.scope.objects[index];
        let state = &self.states[index];
        if state.status.get() == Status::Active {
            let known = state.def.borrow().clone();
            let before = self.in_tparams.replace(place == Place::Constraint);
            let found = match (object.kind, object.alias, known) {
                (NameKind::Type, false, _) => {
                    if place == Place::Value || self.valid_cycle(index) {
                        Some(Def::Type(object.def))
                    } else {
                        state.rhs.set(Some(Ty::invalid()));
                        None
                    }
                }
                (NameKind::Type, true, _) => {
                    if self.valid_cycle(index) && state.depth.get() <= 1 {
                        // The way back goes through a defined type, so this ends.
                        self.work_out(index);
                        state.status.set(Status::Active);
                        state.def.borrow_mut().take()
                    } else {
                        state
                            .def
                            .replace(Some(Def::Alias { def: object.def, target: Ty::invalid() }));
                        None
                    }
                }
                (_, _, Some(known)) => Some(known),
                (NameKind::Const, _, None) => {
                    self.valid_cycle(index);
                    let def = Def::Const { ty: Ty::invalid(), value: Value::Unknown };
                    state.def.replace(Some(def.clone()));
                    Some(def)
                }
                (_, _, None) => {
                    self.valid_cycle(index);
                    let def = Def::Var { def: object.def, ty: Ty::invalid() };
                    state.def.replace(Some(def.clone()));
                    Some(def)
                }
            };
            self.in_tparams.set(before);
            return found;
        }
        let before = self.in_tparams.replace(place == Place::Constraint);
        let found = self.definition(index);
        self.in_tparams.set(before);
        found
    }

    fn incomplete(&self, def: DefId) -> bool {
        let mut def = def;
        for _ in 0..super::cx::EXPANSION_LIMIT {
            let Some(index) = self.scope.index_of(def) else { return false };
            let state = &self.states[index];
            let on_path = self.path.borrow().contains(&index);
            if on_path && state.rhs.get().is_none() && state.status.get() == Status::Active {
                let path = self.path.borrow();
                let mut start = path.iter().position(|known| *known == index).unwrap_or(0);
                // Aliases that led here belong to the cycle.
                while start > 0
                    && self.scope.objects[path[start - 1]].alias
                    && self.scope.plain_name(self.input, path[start - 1]) == Some(path[start])
                {
                    start -= 1;
                }
                let cycle = path[start..].to_vec();
                drop(path);
                self.report_cycle(&cycle);
                return true;
            }
            match state.rhs.get().map(Ty::kind) {
                Some(TyKind::Named(named)) => def = named.def,
                _ => return false,
            }
        }
        false
    }

    fn is_dependency(&self, def: DefId) -> bool {
        self.scope.is_dependency(def)
    }

    fn claim_cycle(&self, cycle: &[DefId]) -> bool {
        let mut claimed = self.claimed.borrow_mut();
        if cycle.iter().any(|def| claimed.contains(def)) {
            return false;
        }
        claimed.extend(cycle);
        if let Some(index) = cycle.first().and_then(|def| self.scope.index_of(*def)) {
            self.states[index].rhs.set(Some(Ty::invalid()));
            self.states[index].underlying.set(Some(Ty::invalid()));
        }
        true
    }

    fn rhs(&self, def: DefId) -> Option<Ty> {
        self.states[self.scope.index_of(def)?].rhs.get()
    }

    fn report(&self, def: DefId, message: String) {
        let Some(index) = self.scope.index_of(def) else { return };
        let object = &self.scope.objects[index];
        let error = TypeError { pos: object.pos, message };
        self.errors.borrow_mut().push(((object.file, object.decl), error));
    }
}
