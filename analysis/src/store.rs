//! The inputs, and what has been worked out from them.
//!
//! The unit of work is a package. A package is compiled again when one of its files has changed, or
//! the summary of one it imports has; nothing else can make a difference. Packages outside of the
//! workspace change only with the list of packages, so a keystroke does not walk them; their
//! summaries are asked of [`Archives`] before they are compiled.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dashmap::DashMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use crate::archive;
use crate::cancel::{Answer, CancelToken};
use crate::cgo;
use crate::compile::{self, Compiled, ParsedFile};
use crate::explain::report::Reports;
use crate::host::{Archives, Change, Files, PackageSource};
use crate::key::{Key, KeyBuilder};
use crate::release::Target;
use crate::summary::{Imports, Summary};
use crate::symbol::Symbol;
use crate::types::ty::PkgId;

/// How many compiled packages are kept whole; of others only the summary stays.
const KEPT: usize = 32;

/// The inputs.
#[derive(Clone)]
pub struct World {
    files: Arc<dyn Files>,
    archives: Option<Arc<dyn Archives>>,
    /// The build.
    pub target: Target,
    /// Counts changes.
    revision: u64,
    /// The last change of the list of packages or of the build.
    rebuilt: u64,
    overlay: FxHashMap<Symbol, Arc<str>>,
    /// The last change of each file that has changed.
    changed: FxHashMap<Symbol, u64>,
    packages: FxHashMap<PkgId, Arc<PackageSource>>,
    by_file: FxHashMap<Symbol, Vec<PkgId>>,
}

impl World {
    /// No packages.
    pub fn new(files: Arc<dyn Files>, target: Target) -> World {
        World {
            files,
            archives: None,
            target,
            revision: 0,
            rebuilt: 0,
            overlay: FxHashMap::default(),
            changed: FxHashMap::default(),
            packages: FxHashMap::default(),
            by_file: FxHashMap::default(),
        }
    }

    /// Has summaries kept by `archives`.
    pub fn keep(&mut self, archives: Arc<dyn Archives>) {
        self.archives = Some(archives);
    }

    /// Applies a change.
    pub fn apply(&mut self, change: Change) {
        self.revision += 1;
        for (path, text) in change.files {
            self.changed.insert(path, self.revision);
            match text {
                Some(text) => self.overlay.insert(path, text),
                None => self.overlay.remove(&path),
            };
        }
        for path in change.touched {
            self.changed.insert(path, self.revision);
        }
        if let Some(packages) = change.packages {
            self.rebuilt = self.revision;
            self.packages = packages.into_iter().map(|p| (p.id, Arc::new(p))).collect();
            self.by_file.clear();
            for (&id, package) in &self.packages {
                for &file in &package.files {
                    self.by_file.entry(file).or_default().push(id);
                }
            }
        }
        if let Some(target) = change.target
            && target != self.target
        {
            self.target = target;
            self.rebuilt = self.revision;
        }
    }

    /// The number of this state: each change makes a greater one.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The packages that `file` belongs to.
    pub fn packages_of(&self, file: Symbol) -> Vec<PkgId> {
        let mut packages = self.by_file.get(&file).cloned().unwrap_or_default();
        packages.sort_by_key(|id| (id.test_of.as_str(), id.path.as_str()));
        packages
    }

    /// A package as the build sees it.
    pub fn package(&self, id: PkgId) -> Option<&Arc<PackageSource>> {
        self.packages.get(&id)
    }

    /// `of` and all packages that depend on one of them.
    pub fn dependents(&self, of: &[PkgId]) -> Vec<PkgId> {
        let mut importers: FxHashMap<PkgId, Vec<PkgId>> = FxHashMap::default();
        for (&id, package) in &self.packages {
            for &import in package.imports.values() {
                importers.entry(import).or_default().push(id);
            }
        }
        let mut found: FxHashSet<PkgId> = FxHashSet::default();
        let mut todo = of.to_vec();
        while let Some(id) = todo.pop() {
            if found.insert(id) {
                todo.extend(importers.get(&id).into_iter().flatten());
            }
        }
        let mut found: Vec<PkgId> = found.into_iter().collect();
        found.sort_by_key(|id| (id.path.as_str(), id.test_of.as_str()));
        found
    }

    /// The last change of a file.
    fn stamp(&self, path: Symbol) -> u64 {
        self.changed.get(&path).copied().unwrap_or_default()
    }

    /// The text of a file.
    pub fn text(&self, path: Symbol) -> Result<Arc<str>, String> {
        match self.overlay.get(&path) {
            Some(text) => Ok(Arc::clone(text)),
            None => self.files.read(path),
        }
    }
}

/// A compiled package with what it depends on.
#[derive(Debug)]
pub struct Built {
    /// The package.
    pub compiled: Compiled,
    /// What it depends on.
    pub imports: Arc<Imports>,
    /// Files that could not be read, and why.
    pub unreadable: Vec<(Symbol, String)>,
    /// What was told of its files.
    pub reports: Reports,
}

/// What has been worked out.
#[derive(Default)]
pub struct Store {
    slots: DashMap<PkgId, Arc<Mutex<Slot>>, FxBuildHasher>,
    /// The packages kept whole, the one used last at the end.
    kept: Mutex<Vec<PkgId>>,
}

/// What is known of one package.
#[derive(Default, Clone)]
struct Slot {
    /// What it was made of.
    key: Option<Made>,
    /// The revision of the world for which that was found to be so.
    verified: u64,
    /// The revision that verifying went through with, for packages that only `rebuilt` changes.
    summary: Option<Arc<Summary>>,
    built: Option<Arc<Built>>,
    files: Vec<(u64, Arc<ParsedFile>)>,
}

/// What a package was made of.
#[derive(PartialEq, Clone)]
struct Made {
    source: Arc<PackageSource>,
    target: Target,
    /// The last change of each file.
    stamps: Vec<u64>,
    /// The summaries of its imports, by address: they live as long as the slot holds them.
    imports: Vec<(PkgId, usize)>,
    held: Vec<Arc<Summary>>,
}

impl PartialEq for Summary {
    fn eq(&self, other: &Summary) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Store {
    /// What importers of a package need.
    pub fn summary(
        &self,
        world: &World,
        id: PkgId,
        cancel: &CancelToken,
    ) -> Answer<Option<Arc<Summary>>> {
        let mut work = Work { store: self, world, cancel, active: FxHashSet::default() };
        work.summary(id)
    }

    /// A package after all passes.
    pub fn built(
        &self,
        world: &World,
        id: PkgId,
        cancel: &CancelToken,
    ) -> Answer<Option<Arc<Built>>> {
        let mut work = Work { store: self, world, cancel, active: FxHashSet::default() };
        work.built(id)
    }

    /// A store that begins with what this one knows and goes its own way: for trying out a change
    /// that never becomes part of the world.
    #[must_use]
    pub fn fork(&self) -> Store {
        // The slots are collected first: no lock of the table is held while waiting for a package.
        let slots: Vec<_> =
            self.slots.iter().map(|slot| (*slot.key(), Arc::clone(slot.value()))).collect();
        let copies = slots.into_iter().map(|(id, slot)| {
            let copy = lock(&slot).clone();
            (id, Arc::new(Mutex::new(copy)))
        });
        Store { slots: copies.collect(), kept: Mutex::default() }
    }

    fn slot(&self, id: PkgId) -> Arc<Mutex<Slot>> {
        Arc::clone(&self.slots.entry(id).or_default())
    }

    /// Notes that a package was asked for; the ones not asked for longest are let go.
    fn keep(&self, id: PkgId) {
        let mut kept = lock(&self.kept);
        kept.retain(|&other| other != id);
        kept.push(id);
        if kept.len() > KEPT {
            let gone = kept.remove(0);
            drop(kept);
            let slot = self.slot(gone);
            // A package that is being compiled right now stays.
            if let Ok(mut slot) = slot.try_lock() {
                slot.built = None;
                slot.files = Vec::new();
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One question.
struct Work<'a> {
    store: &'a Store,
    world: &'a World,
    cancel: &'a CancelToken,
    /// The packages whose imports are being looked at: an import cycle ends here.
    active: FxHashSet<PkgId>,
}

impl Work<'_> {
    fn summary(&mut self, id: PkgId) -> Answer<Option<Arc<Summary>>> {
        let Some(source) = self.world.packages.get(&id) else { return Ok(None) };
        let slot = self.store.slot(id);
        {
            let slot = lock(&slot);
            // What is outside of the workspace changes only with everything.
            let since = if source.mutable { self.world.revision } else { self.world.rebuilt };
            if slot.key.is_some() && slot.verified >= since {
                return Ok(slot.summary.clone());
            }
        }
        self.make(id, source, &slot, false)?;
        Ok(lock(&slot).summary.clone())
    }

    fn built(&mut self, id: PkgId) -> Answer<Option<Arc<Built>>> {
        let Some(source) = self.world.packages.get(&id) else { return Ok(None) };
        let slot = self.store.slot(id);
        let built = self.make(id, source, &slot, true)?;
        self.store.keep(id);
        Ok(built)
    }

    /// Brings a package up to date.
    fn make(
        &mut self,
        id: PkgId,
        source: &Arc<PackageSource>,
        slot: &Mutex<Slot>,
        whole: bool,
    ) -> Answer<Option<Arc<Built>>> {
        // Imports come first and without this slot's lock, so that threads never wait in a circle.
        if !self.active.insert(id) {
            return Ok(None);
        }
        let mut direct: Vec<PkgId> = source.imports.values().copied().collect();
        direct.sort_by_key(|id| (id.path.as_str(), id.test_of.as_str()));
        direct.dedup();
        let mut held = Vec::with_capacity(direct.len());
        for &import in &direct {
            held.extend(self.summary(import)?);
        }
        self.active.remove(&id);

        let target = self.world.target;
        let target = if source.asked { target } else { target.elsewhere() };
        let mut slot = lock(slot);
        let key = Made {
            source: Arc::clone(source),
            target,
            stamps: source.files.iter().map(|&file| self.world.stamp(file)).collect(),
            imports: held.iter().map(|s| (s.id, Arc::as_ptr(s) as usize)).collect(),
            held,
        };
        if slot.key.as_ref() == Some(&key) && (!whole || slot.built.is_some()) {
            slot.verified = self.world.revision;
            return Ok(slot.built.clone());
        }
        self.cancel.check()?;
        let archive = self.archive_key(&key);
        let archived = archive.and_then(|archive| self.archived(id, &archive));
        let is_archived = archived.is_some();
        if !whole && is_archived {
            let verified = self.world.revision;
            let summary = archived.map(Arc::new);
            *slot = Slot { key: Some(key), verified, summary, ..Slot::default() };
            return Ok(None);
        }
        let (files, unreadable) = self.parse(source, &mut slot);
        // What could not be read may be readable the next time.
        let archive = archive.filter(|_| unreadable.is_empty());
        let find = |id: PkgId| match key.held.iter().find(|summary| summary.id == id) {
            Some(summary) => Some(Arc::clone(summary)),
            // What imports import was made when they were.
            None => lock(&self.store.slot(id)).summary.clone(),
        };
        let known = slot
            .built
            .as_ref()
            .filter(|_| slot.key.as_ref().is_some_and(|before| before.imports == key.imports));
        let imports = match known {
            Some(known) => Arc::clone(&known.imports),
            None => Arc::new(Imports::new(&direct, &find)),
        };
        let input = compile::Input {
            id,
            files: &files,
            import_map: &source.imports,
            imports: &imports,
            go_version: source.go_version,
            target,
            key: archive,
            remember: source.mutable,
        };
        let previous = slot.built.clone();
        let reports = previous.as_ref().map(|built| built.reports.clone()).unwrap_or_default();
        let previous = previous.as_ref().map(|built| &built.compiled);
        let compiled = compile::compile(&input, previous, self.cancel)?;
        if let (Some(archives), Some(archive), false) =
            (&self.world.archives, &archive, is_archived)
        {
            archives.save(archive, &archive::encode(archive, &compiled.summary));
        }
        // Importers keep what they know where that says the same.
        if slot.key.as_ref() != Some(&key) || slot.summary.is_none() {
            slot.summary = Some(Arc::clone(&compiled.summary));
        }
        slot.key = Some(key);
        slot.verified = self.world.revision;
        if whole || source.mutable {
            slot.built = Some(Arc::new(Built { compiled, imports, unreadable, reports }));
        } else {
            slot.files = Vec::new();
        }
        Ok(slot.built.clone())
    }

    /// The hash of everything that a package is compiled from, if none of that is meant to change.
    ///
    /// The keys of its imports are part of it and not what these say: so it is known before any
    /// archive is opened, and all of this changes with the release of a module or of Go only.
    fn archive_key(&self, made: &Made) -> Option<Key> {
        let archives = self.world.archives.as_ref().filter(|_| !made.source.mutable)?;
        let PackageSource { id, files, imports, go_version, .. } = &*made.source;
        let mut key = KeyBuilder::default();
        key.part(id.path.as_str().as_bytes());
        key.part(id.test_of.as_str().as_bytes());
        key.part(format!("{:?} {go_version:?} {}", made.target, files.len()).as_bytes());
        if !made.source.cgo_files.is_empty() {
            key.part(self.world.files.c_compiler().as_bytes());
        }
        for &file in files {
            if self.world.overlay.contains_key(&file) {
                return None;
            }
            let (len, time) = archives.stamp(file)?;
            key.part(file.as_str().as_bytes());
            key.part(&len.to_le_bytes());
            key.part(&time.to_le_bytes());
        }
        let mut imports: Vec<(Symbol, PkgId)> =
            imports.iter().map(|(&path, &id)| (path, id)).collect();
        imports.sort_by_key(|(path, _)| path.as_str());
        for (path, id) in imports {
            key.part(path.as_str().as_bytes());
            match made.held.iter().find(|summary| summary.id == id) {
                Some(summary) => key.part(summary.key?.bytes()),
                // It is part of a circle, and depends on where that was entered.
                None if self.world.packages.contains_key(&id) => return None,
                None => key.part(id.path.as_str().as_bytes()),
            }
        }
        Some(key.key())
    }

    fn archived(&self, id: PkgId, key: &Key) -> Option<Summary> {
        let bytes = self.world.archives.as_ref()?.load(key)?;
        archive::decode(key, bytes).filter(|summary| summary.id == id)
    }

    /// Parses the files that have changed.
    #[allow(clippy::type_complexity, reason = "two lists")]
    fn parse(
        &self,
        source: &PackageSource,
        slot: &mut Slot,
    ) -> (Vec<Arc<ParsedFile>>, Vec<(Symbol, String)>) {
        let mut unreadable = Vec::new();
        let mut files = Vec::with_capacity(source.files.len() + 1);
        let before = std::mem::take(&mut slot.files);
        let known = |path: Symbol| before.iter().find(|(_, file)| file.path == path);
        let own = source.files.iter().copied().filter(|path| !source.cgo_files.contains(path));
        for path in own {
            let stamp = self.world.stamp(path);
            if let Some((at, file)) = known(path)
                && *at == stamp
            {
                files.push((stamp, Arc::clone(file)));
                continue;
            }
            match self.world.text(path) {
                Ok(text) => {
                    let before = known(path).map(|(_, file)| &**file);
                    files.push((stamp, Arc::new(ParsedFile::new(path, text, before))));
                }
                Err(message) => unreadable.push((path, message)),
            }
        }
        if !source.cgo_files.is_empty() {
            files.extend(self.parse_with_c(source, &before, &mut unreadable));
        }
        slot.files = files;
        (slot.files.iter().map(|(_, file)| Arc::clone(file)).collect(), unreadable)
    }

    /// What cgo makes of the files that import "C", its own file first.
    fn parse_with_c(
        &self,
        source: &PackageSource,
        before: &[(u64, Arc<ParsedFile>)],
        unreadable: &mut Vec<(Symbol, String)>,
    ) -> Vec<(u64, Arc<ParsedFile>)> {
        let stamp = |path| self.world.stamp(path);
        let newest = source.cgo_files.iter().copied().map(stamp).max().unwrap_or_default();
        let first = source.files.len() - source.cgo_files.len();
        let first = before.get(first..).filter(|known| {
            known.first().is_some_and(|(at, _)| *at == newest)
                && known.len() == source.cgo_files.len() + 1
        });
        if let Some(known) = first {
            return known.to_vec();
        }
        let mut texts = Vec::with_capacity(source.cgo_files.len());
        for &path in &source.cgo_files {
            match self.world.text(path) {
                Ok(text) => texts.push(text),
                Err(message) => unreadable.push((path, message)),
            }
        }
        let cgo = match self.world.files.cgo(source, &texts) {
            Ok(cgo) if texts.len() == source.cgo_files.len() => cgo,
            answer => {
                unreadable.extend(answer.err().map(|message| (source.cgo_files[0], message)));
                let parsed = source.cgo_files.iter().zip(texts);
                let parsed = parsed.map(|(&path, text)| ParsedFile::new(path, text, None));
                return parsed.map(|file| (stamp(file.path), Arc::new(file))).collect();
            }
        };
        let dir = source.cgo_files[0].as_str().rsplit_once('/').map_or("", |(dir, _)| dir);
        let path = Symbol::new(&format!("{dir}/{}", cgo::TYPES_FILE));
        let types = ParsedFile::new(path, Arc::clone(&cgo.types), None);
        let mut files = vec![(newest, Arc::new(types))];
        for ((&path, text), names) in source.cgo_files.iter().zip(&texts).zip(&cgo.files) {
            files.push((stamp(path), Arc::new(ParsedFile::with_c(path, text, names))));
        }
        files
    }
}
