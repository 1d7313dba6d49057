//! A declaration with everything that is known of it.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use super::prove::{self, Decision};
use super::tree::Tree;
use crate::compile::ParsedFile;
use crate::explain::finding::{Location, TextEdit};
use crate::ir::facts::{Facts, FuncFacts};
use crate::ir::func::{FuncId, FuncKey};
use crate::ir::node::{LocalId as IrLocal, Unit};
use crate::store::Built;
use crate::symbol::Symbol;
use crate::syntax::ast::{Decl, DeclAt, ExprId, ExprKind, Import, Offset};
use crate::types::cx::{Cx, Qualifier};
use crate::types::env::{FuncDef, World};
use crate::types::info::{Info, LocalId, Object};
use crate::types::ty::{DefId, PkgId, Ty, TyKind};

/// A declaration of a compiled package.
pub(super) struct Scope<'a> {
    pub(super) built: &'a Built,
    pub(super) file: usize,
    pub(super) at: &'a DeclAt,
    pub(super) decl: &'a Decl,
    pub(super) info: &'a Info,
    /// What is declared: one for each name.
    pub(super) defs: &'a [DefId],
    tree: OnceCell<Tree<'a>>,
}

/// Something on the heap that the text of a function puts there.
#[derive(Debug, Clone)]
pub(super) struct HeapValue {
    /// The node position in the declaration.
    pub(super) offset: Offset,
    /// The variable's name, if it is one.
    pub(super) variable: Option<Symbol>,
    pub(super) size: Option<i64>,
    pub(super) loops: u32,
    pub(super) decision: Decision,
}

impl<'a> Scope<'a> {
    /// All declarations of a package.
    pub(super) fn all(built: &'a Built) -> impl Iterator<Item = Scope<'a>> {
        let files = built.compiled.files.iter().enumerate();
        files.flat_map(move |(file, parsed)| {
            let decls = parsed.ast.decls.iter().enumerate();
            decls.filter_map(move |(index, at)| Scope::new(built, file, index, at))
        })
    }

    /// The declarations that a stretch touches.
    pub(super) fn at(built: &'a Built, place: Location) -> Vec<Scope<'a>> {
        let touches = |at: &DeclAt| at.start <= place.end && place.start <= at.start + at.decl.len;
        let mut found = Vec::new();
        for (file, parsed) in built.compiled.files.iter().enumerate() {
            if parsed.path != place.file {
                continue;
            }
            let decls = parsed.ast.decls.iter().enumerate().filter(|(_, at)| touches(at));
            found.extend(decls.filter_map(|(index, at)| Scope::new(built, file, index, at)));
        }
        found
    }

    fn new(built: &'a Built, file: usize, index: usize, at: &'a DeclAt) -> Option<Scope<'a>> {
        let info = built.compiled.checked.info(file, index)?;
        let header = built.compiled.checked.headers.decls.get(file)?.get(index)?;
        let (decl, defs) = (&*at.decl, &*header.defs);
        Some(Scope { built, file, at, decl, info, defs, tree: OnceCell::new() })
    }

    fn parsed(&self) -> &'a ParsedFile {
        &self.built.compiled.files[self.file]
    }

    /// Which node stands in which.
    pub(super) fn tree(&self) -> &Tree<'a> {
        self.tree.get_or_init(|| Tree::new(self.decl))
    }

    /// The file's path.
    pub(super) fn path(&self) -> Symbol {
        self.parsed().path
    }

    /// The lines of a stretch of the file, as offsets in this declaration.
    pub(super) fn lines(&self, place: Location) -> Option<Range<Offset>> {
        let parsed = self.parsed();
        let first = parsed.lines.line_start(parsed.lines.line_column(place.start).0);
        let text = parsed.source.text().get(place.end as usize..)?;
        let last = place.end + text.find('\n').unwrap_or(text.len()) as u32;
        Some(first.saturating_sub(self.at.start)..last.saturating_sub(self.at.start))
    }

    /// A stretch of the declaration's text.
    pub(super) fn text(&self, range: Range<Offset>) -> &'a str {
        let (start, end) = (self.at.start + range.start, self.at.start + range.end);
        self.parsed().source.text().get(start as usize..end as usize).unwrap_or_default()
    }

    /// The text of the file before the declaration.
    pub(super) fn text_before(&self) -> &'a str {
        self.parsed().source.text().get(..self.at.start as usize).unwrap_or_default()
    }

    /// The text of an expression.
    pub(super) fn text_of(&self, id: ExprId) -> &'a str {
        let expr = &self.decl[id];
        self.text(expr.start..expr.end)
    }

    /// A replacement of a stretch of the declaration.
    pub(super) fn replace(&self, range: Range<Offset>, text: impl Into<String>) -> TextEdit {
        let (start, end) = (self.at.start + range.start, self.at.start + range.end);
        TextEdit { at: Location { file: self.parsed().path, start, end }, text: text.into() }
    }

    /// A replacement of a stretch of the file.
    pub(super) fn replace_in_file(&self, range: Range<u32>, text: impl Into<String>) -> TextEdit {
        let at = Location { file: self.parsed().path, start: range.start, end: range.end };
        TextEdit { at, text: text.into() }
    }

    /// Text put in at a place of the declaration.
    pub(super) fn insert(&self, at: Offset, text: impl Into<String>) -> TextEdit {
        self.replace(at..at, text)
    }

    /// What the function's own text puts on the heap, in source order.
    pub(super) fn heap(&self) -> Vec<HeapValue> {
        let Some(&def) = self.defs.first() else { return Vec::new() };
        let compiled = &self.built.compiled;
        let mut heap = Vec::new();
        for allocation in compiled.escapes.iter().flat_map(|batch| &batch.allocations) {
            let unit = &compiled.units[allocation.site.unit];
            if !prove::is_allocated(unit, allocation) || *unit.id.key() != FuncKey::Declared(def) {
                continue;
            }
            let pos = unit[allocation.site.node].pos;
            let own = unit.origins.get(pos.origin as usize);
            if own.is_none_or(|origin| origin.decl != def || origin.inl.is_some()) {
                continue;
            }
            heap.push(HeapValue {
                offset: pos.offset,
                variable: allocation.local.and_then(|local| written(unit, local)),
                size: allocation.size,
                loops: allocation.loops,
                decision: Decision::new(compiled.summary.id, unit, allocation),
            });
        }
        heap.sort_by_key(|value| value.offset);
        heap
    }

    /// What a name stands for.
    pub(super) fn object(&self, id: ExprId) -> Option<Object> {
        self.info.uses.get(&id).copied()
    }

    /// The places where a local is used, in source order.
    pub(super) fn uses_of(&self, local: LocalId) -> Vec<ExprId> {
        let object = Object::Local(local);
        let uses = self.info.uses.iter().filter(|(_, used)| **used == object);
        let mut uses: Vec<ExprId> = uses.map(|(&id, _)| id).collect();
        uses.sort_by_key(|&id| self.decl[id].start);
        uses
    }

    /// The local that a name declares, if it declares one.
    pub(super) fn declares(&self, id: ExprId) -> Option<LocalId> {
        match self.decl[id].kind {
            ExprKind::Name(_) => self.info.decls.get(&self.decl[id].start).copied(),
            _ => None,
        }
    }

    /// Whether a name is `_`.
    pub(super) fn is_blank(&self, id: ExprId) -> bool {
        matches!(self.decl[id].kind, ExprKind::Name(name) if name.is_blank())
    }

    /// The type of an expression.
    pub(super) fn ty(&self, id: ExprId) -> Ty {
        self.info.types.get(id.0 as usize).copied().unwrap_or_else(Ty::invalid)
    }

    /// The header of a function.
    pub(super) fn func(&self, def: DefId) -> Option<&'a FuncDef> {
        let compiled = &self.built.compiled;
        let types = if def.package == compiled.summary.id {
            &compiled.summary.types
        } else {
            self.built.imports.world.packages.get(&def.package)?
        };
        types.funcs.get(&def).map(|func| &**func)
    }

    /// What callers know of a function.
    pub(super) fn facts(&self, func: FuncId) -> Option<Arc<FuncFacts>> {
        let own = self.built.compiled.summary.facts.get(&func).cloned();
        own.or_else(|| self.built.imports.facts(func))
    }

    /// Answers a question about types.
    pub(super) fn with_cx<R>(&self, ask: impl FnOnce(&Cx<'_>) -> R) -> R {
        let compiled = &self.built.compiled;
        let mut world = World { packages: self.built.imports.world.packages.clone() };
        world.packages.insert(compiled.summary.id, compiled.summary.types.clone());
        let names = FileNames { scope: self };
        ask(&Cx::new(&world, compiled.target).with_names(&names))
    }

    /// A type as it has to be written in this file; nothing if it needs a package that the file
    /// does not import.
    pub(super) fn type_text(&self, ty: Ty) -> Option<String> {
        let text = self.with_cx(|cx| cx.type_string(ty));
        (!ty.is_invalid() && !text.contains(NOT_IMPORTED)).then_some(text)
    }

    /// What to write before the names of a package of the standard library, and the edit that
    /// imports it if the file does not.
    pub(super) fn qualifier(&self, path: &str) -> Option<(String, Option<TextEdit>)> {
        match self.name_of(PkgId::new(path)) {
            Some(name) if name.is_empty() => Some((String::new(), None)),
            Some(name) => Some((format!("{name}."), None)),
            None => Some((format!("{path}."), Some(self.import(path)?))),
        }
    }

    /// The edit that imports a package of the standard library, in the order of gofmt; nothing if
    /// the file imports none yet.
    fn import(&self, path: &str) -> Option<TextEdit> {
        let parsed = self.parsed();
        let (text, imports) = (parsed.source.text(), &parsed.ast.imports);
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let first = imports.first()?;
        if !text.get(..first.start as usize)?.trim_end().ends_with('(') {
            let import = format!("{line_end}import \"{path}\"");
            return Some(self.replace_in_file(first.end..first.end, import));
        }
        // An empty line ends a group.
        let is_same_group = |pair: &&[Import]| {
            let between = text.get(pair[0].end as usize..pair[1].start as usize);
            between
                .is_some_and(|between| between.matches('\n').count() == 1 && !between.contains(')'))
        };
        let n_others = imports.windows(2).take_while(is_same_group).count();
        let group = &imports[..=n_others];
        if group.iter().any(|import| is_of_module(import.path)) {
            return None;
        }
        Some(match group.iter().find(|import| import.path.as_str() > path) {
            Some(next) => {
                let import = format!("\"{path}\"{line_end}\t");
                self.replace_in_file(next.start..next.start, import)
            }
            None => {
                let end = group[n_others].end;
                let rest = text.get(end as usize..)?;
                let end = end + rest.find(['\r', '\n']).unwrap_or(rest.len()) as u32;
                self.replace_in_file(end..end, format!("{line_end}\t\"{path}\""))
            }
        })
    }

    /// What a package is called in this file; empty for the package itself.
    fn name_of(&self, package: PkgId) -> Option<Symbol> {
        if package == self.built.compiled.summary.id {
            return Some(Symbol::EMPTY);
        }
        let file = self.built.compiled.checked.headers.files.get(self.file)?;
        if file.dots.iter().any(|imported| imported.package() == package) {
            return Some(Symbol::EMPTY);
        }
        let mut names: Vec<Symbol> = file
            .imports
            .iter()
            .filter(|(_, imported)| imported.package() == package)
            .map(|(&name, _)| name)
            .collect();
        names.sort_by_key(|name| name.as_str());
        names.first().copied()
    }
}

/// Whether a path is not one of the standard library: it begins with a domain.
fn is_of_module(path: Symbol) -> bool {
    path.as_str().split('/').next().is_some_and(|domain| domain.contains('.'))
}

/// Stands for the name of a package that a file does not import; no type is written so.
const NOT_IMPORTED: &str = "?";

struct FileNames<'s, 'a> {
    scope: &'s Scope<'a>,
}

impl Qualifier for FileNames<'_, '_> {
    fn qualifier(&self, package: PkgId) -> Symbol {
        self.scope.name_of(package).unwrap_or_else(|| Symbol::new(NOT_IMPORTED))
    }
}

/// The name of a variable that stands in the text.
fn written(unit: &Unit, local: IrLocal) -> Option<Symbol> {
    let var = &unit[local];
    (!var.autotemp && !var.name.as_str().starts_with(['~', '.', '#'])).then_some(var.name)
}

/// What a pointer points to.
pub(super) fn pointed_to(ty: Ty) -> Option<Ty> {
    match ty.kind() {
        TyKind::Pointer(elem) => Some(*elem),
        _ => None,
    }
}
