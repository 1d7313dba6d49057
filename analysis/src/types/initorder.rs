//! What is known of a package once all its bodies are checked: the order in which its variables
//! get their values, and which imports are not used.
//!
//! Upstream: `cmd/compile/internal/types2/initorder.go`, `resolver.go` (`unusedImports`).

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::body::Bodies;
use super::check::NameKind;
use super::info::{Info, Object, SelectionKind};
use super::package::{Headers, PackageError, PackageInput};
use super::scope::Imported;
use super::ty::PkgId;
use super::universe;
use crate::symbol::Symbol;
use crate::syntax::ast::{Decl, DeclKind, ExprId, ExprKind, FuncDecl};

/// A variable declaration that gives a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Initializer {
    /// The index of the file.
    pub file: u32,
    /// The index of the declaration.
    pub decl: u32,
    /// Which name and value; 0 if one value is for all names.
    pub index: u32,
}

/// The order of initialisation, and what is wrong with the package as a whole.
pub fn finish(
    input: &PackageInput<'_>,
    headers: &Headers,
    bodies: &[Bodies],
) -> (Vec<Initializer>, Vec<PackageError>) {
    let mut errors = Vec::new();
    let order = init_order(input, headers, bodies, &mut errors);
    unused_imports(input, headers, bodies, &mut errors);
    errors.sort_by_key(|error| (error.file, error.pos));
    (order, errors)
}

/// Whether two versions of a function mean the same to the package as a whole: they mention the
/// same declarations and packages.
pub fn same_uses(headers: &Headers, a: (&Decl, &Info), b: (&Decl, &Info)) -> bool {
    let uses = |(decl, info): (&Decl, &Info)| {
        let deps: BTreeSet<usize> = body_deps(headers, decl, info).into_iter().collect();
        let (mut names, mut dotted) = (FxHashSet::default(), FxHashSet::default());
        note_uses(decl, info, headers.id, &mut names, &mut dotted);
        (deps, names, dotted, decl.errors.is_empty())
    };
    uses(a) == uses(b)
}

/// The constants, variables and functions of the package that a function mentions.
fn body_deps(headers: &Headers, decl: &Decl, info: &Info) -> Vec<usize> {
    let scope = &headers.scope;
    let DeclKind::Func(FuncDecl { body: Some(body), .. }) = &decl.kind else { return Vec::new() };
    // What a signature mentions is needed at compile time only.
    let in_body = |e: &ExprId| decl[*e].start > body.lbrace;
    let named = info.uses.iter().filter_map(|(e, object)| match object {
        Object::Global(def) if in_body(e) => Some(*def),
        _ => None,
    });
    let selected = info.selections.iter().filter_map(|(e, selection)| match selection.kind {
        SelectionKind::Method(def) | SelectionKind::MethodExpr(def) if in_body(e) => Some(def),
        _ => None,
    });
    named
        .chain(selected)
        .filter(|def| scope.is_dependency(*def))
        .filter_map(|def| scope.index_of(def))
        .collect()
}

fn init_order(
    input: &PackageInput<'_>,
    headers: &Headers,
    bodies: &[Bodies],
    errors: &mut Vec<PackageError>,
) -> Vec<Initializer> {
    let scope = &headers.scope;
    let objects = &scope.objects;
    let mut deps: Vec<Vec<usize>> = vec![Vec::new(); objects.len()];
    for (index, object) in objects.iter().enumerate() {
        deps[index] = match object.kind {
            NameKind::Type => continue,
            NameKind::Func => {
                let list = bodies.get(object.file as usize);
                let info = list.and_then(|list| list.get(object.decl as usize)?.as_ref());
                let decl = &input.files[object.file as usize].decls[object.decl as usize].decl;
                info.map(|info| body_deps(headers, decl, info)).unwrap_or_default()
            }
            NameKind::Const | NameKind::Var => {
                let list = headers.deps.get(&object.def);
                let list = list.map(Vec::as_slice).unwrap_or_default();
                list.iter().filter_map(|def| scope.index_of(*def)).collect()
            }
        };
        deps[index].sort_unstable();
        deps[index].dedup();
    }
    share_deps(headers, &mut deps);
    // Functions have no value of their own: what they mention counts for who mentions them.
    let reach = |start: usize| -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut seen: FxHashSet<usize> = FxHashSet::default();
        let mut open = deps[start].clone();
        while let Some(at) = open.pop() {
            if objects[at].kind != NameKind::Func {
                found.insert(at);
            } else if seen.insert(at) {
                open.extend(&deps[at]);
            }
        }
        found
    };
    let values: Vec<usize> = (0..objects.len())
        .filter(|index| matches!(objects[*index].kind, NameKind::Const | NameKind::Var))
        .collect();
    let mut waits: Vec<usize> = vec![0; objects.len()];
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); objects.len()];
    for index in &values {
        for dep in reach(*index) {
            waits[*index] += 1;
            users[dep].push(*index);
        }
    }
    // Constants first, then what waits for least, then source order.
    let rank = |index: usize, waits: &[usize]| {
        (objects[index].kind != NameKind::Const, waits[index], index)
    };
    let mut queue: BTreeSet<(bool, usize, usize)> =
        values.iter().map(|index| rank(*index, &waits)).collect();
    let mut order = Vec::new();
    let mut emitted: FxHashSet<(u32, u32, u32)> = FxHashSet::default();
    while let Some((_, waiting, index)) = queue.pop_first() {
        if waiting > 0
            && let Some(cycle) = find_path(&deps, index)
        {
            report_cycle(input, headers, &cycle, errors);
        }
        for user in std::mem::take(&mut users[index]) {
            if queue.remove(&rank(user, &waits)) {
                waits[user] -= 1;
                queue.insert(rank(user, &waits));
            }
        }
        let object = &objects[index];
        let decl = &input.files[object.file as usize].decls[object.decl as usize].decl;
        let DeclKind::Var(spec) = &decl.kind else { continue };
        if spec.values.is_empty() {
            continue;
        }
        let shared = spec.values.len() == 1 && spec.names.len() > 1;
        let which = if shared { 0 } else { object.index };
        if emitted.insert((object.file, object.decl, which)) {
            order.push(Initializer { file: object.file, decl: object.decl, index: which });
        }
    }
    order
}

/// Variables that share a value depend on the same things.
fn share_deps(headers: &Headers, deps: &mut [Vec<usize>]) {
    let objects = &headers.scope.objects;
    for (index, object) in objects.iter().enumerate() {
        if object.kind != NameKind::Var || object.index == 0 || !deps[index].is_empty() {
            continue;
        }
        let own = headers.deps.contains_key(&object.def);
        if let Some(first) = headers.scope.sibling(object, 0)
            && !own
        {
            deps[index] = deps[first].clone();
        }
    }
}

/// A way from a declaration back to itself.
fn find_path(deps: &[Vec<usize>], start: usize) -> Option<Vec<usize>> {
    let mut seen: FxHashSet<usize> = FxHashSet::default();
    let mut path: Vec<(usize, usize)> = vec![(start, 0)];
    while let Some((at, next)) = path.last_mut() {
        let Some(dep) = deps[*at].get(*next).copied() else {
            path.pop();
            continue;
        };
        *next += 1;
        if dep == start {
            return Some(path.iter().map(|(at, _)| *at).collect());
        }
        if seen.insert(dep) {
            path.push((dep, 0));
        }
    }
    None
}

fn report_cycle(
    input: &PackageInput<'_>,
    headers: &Headers,
    cycle: &[usize],
    errors: &mut Vec<PackageError>,
) {
    let objects = &headers.scope.objects;
    let Some(first) = cycle.first().map(|index| &objects[*index]) else { return };
    let name = |at: usize| objects[cycle[at % cycle.len()]].def.name;
    let mut message = if cycle.len() == 1 {
        format!("initialization cycle: {} refers to itself", first.def.name)
    } else {
        format!("initialization cycle for {}", first.def.name)
    };
    if cycle.len() > 1 {
        for at in 0..cycle.len() {
            message.push_str(&format!("\n\t{} refers to {}", name(at), name(at + 1)));
        }
    }
    let start = input.files[first.file as usize].decls[first.decl as usize].start;
    errors.push(PackageError { file: first.file, pos: start + first.pos, message });
}

/// The imports of each file that no declaration of it uses.
fn unused_imports(
    input: &PackageInput<'_>,
    headers: &Headers,
    bodies: &[Bodies],
    errors: &mut Vec<PackageError>,
) {
    for (at, file) in input.files.iter().enumerate() {
        if file.imports.is_empty() {
            continue;
        }
        let mut names: FxHashSet<Symbol> = FxHashSet::default();
        let mut dotted: FxHashSet<PkgId> = FxHashSet::default();
        let mut broken = !file.errors.is_empty();
        for (index, decl) in file.decls.iter().enumerate() {
            broken |= !decl.decl.errors.is_empty();
            let body = bodies[at].get(index).and_then(Option::as_ref);
            let Some(info) = body.or(headers.decls[at][index].info.as_ref()) else { continue };
            note_uses(&decl.decl, info, headers.id, &mut names, &mut dotted);
        }
        // A use may be in what could not be parsed.
        if broken {
            continue;
        }
        let known: &FxHashMap<Symbol, Imported> = &headers.files[at].imports;
        for import in &file.imports {
            let path = import.path;
            let written = import.name;
            let unused = match written.map(Symbol::as_str) {
                Some("_") => false,
                Some(".") => headers.files[at].dots.iter().any(|dot| match dot {
                    Imported::Package(id) => {
                        let known = input.imports.get(&path) == Some(id);
                        (known || *id == PkgId::unsafe_() && path.as_str() == "unsafe")
                            && !dotted.contains(id)
                    }
                    Imported::Unknown(_) => false,
                }),
                _ => {
                    let id = input.imports.get(&path).copied();
                    let unsafe_ = path.as_str() == "unsafe";
                    let id = id.or_else(|| unsafe_.then(PkgId::unsafe_));
                    known.iter().any(|(name, imported)| {
                        id.is_some_and(|id| *imported == Imported::Package(id))
                            && written.is_none_or(|written| written == *name)
                            && !names.contains(name)
                    })
                }
            };
            if unused {
                let last = path.as_str().rsplit('/').next().unwrap_or_default();
                let message = match written {
                    Some(name) if name.as_str() != "." && name.as_str() != last => {
                        format!("\"{path}\" imported as {name} and not used")
                    }
                    _ => format!("\"{path}\" imported and not used"),
                };
                errors.push(PackageError {
                    file: u32::try_from(at).unwrap_or(u32::MAX),
                    pos: import.start,
                    message,
                });
            }
        }
    }
}

fn note_uses(
    decl: &Decl,
    info: &Info,
    own: PkgId,
    names: &mut FxHashSet<Symbol>,
    dotted: &mut FxHashSet<PkgId>,
) {
    for (e, object) in &info.uses {
        match (object, &decl[*e].kind) {
            (Object::Package(_), ExprKind::Name(name)) => {
                names.insert(*name);
            }
            (Object::Global(def), ExprKind::Name(_)) if def.package != own => {
                dotted.insert(def.package);
            }
            (Object::Type(_) | Object::Builtin(_), ExprKind::Name(name))
                if universe::unsafe_member(*name).is_some() =>
            {
                dotted.insert(PkgId::unsafe_());
            }
            _ => {}
        }
    }
}
