//! From directories to packages: what each imports, its test variants, and their order.
//!
//! Loading has two halves. The first reads the directories of everything reachable, level by
//! level and in parallel ([`Nodes`]). The second is one thread's: it resolves names, reports what
//! is not allowed, makes the variants for tests, and puts dependencies first.
//!
//! A test recompiles more than the package under test: whatever the test needs that imports the
//! package has to see its test files' declarations too (`q [p.test]`).
//!
//! Upstream: `cmd/go/internal/load/{pkg,test}.go`.
//! Not yet: variants for profile-guided optimisation; `-cover`; snapshots of `GOFIPS140`;
//! `runtime/cgo` for programs that a platform only links as PIE externally.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use analysis::release::Release;
use analysis::symbol::Symbol;
use analysis::types::ty::PkgId;

use super::dir::{Dir, ImportPlace, Imports};
use super::find::{Found, strip_path_prefix};
use super::{Package, PackageError, PackageErrorKind, PackageGraph};

/// What every test program imports. Upstream: `load.TestMainDeps`.
const TEST_MAIN_IMPORTS: [&str; 4] = ["os", "reflect", "testing", "testing/internal/testdeps"];

/// What stands for the use of `simd` where processors have it. Upstream: `load.SimdBridgePkg`.
const SIMD_BRIDGE: &str = "simd/internal/bridge";

/// A package's directory, and where its imports lead.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) path: Symbol,
    pub(super) place: Found,
    pub(super) dir: Arc<Dir>,
    /// From each import path in its files, tests included, to the package's path.
    pub(super) targets: FxHashMap<String, Symbol>,
}

/// All that was read, or why it was not.
pub(super) type Nodes = FxHashMap<Symbol, Result<Arc<Node>, String>>;

/// What the build adds to imports.
#[derive(Debug, Clone)]
pub(super) struct BuildFacts {
    pub(super) release: Release,
    pub(super) goos: String,
    pub(super) goarch: String,
    pub(super) cgo: bool,
    /// `race`, `msan` or `asan`.
    pub(super) sanitizer: Option<String>,
    /// The language version of code without a module.
    pub(super) language: analysis::release::GoVersion,
}

impl BuildFacts {
    /// What every program is linked with. Upstream: `load.LinkerDeps`.
    fn linked(&self) -> Vec<&str> {
        let mut paths = vec!["runtime"];
        let external = match self.goos.as_str() {
            "android" => self.goarch != "arm64",
            "ios" => self.goarch == "arm64",
            _ => false,
        };
        if external && self.cgo {
            paths.push("runtime/cgo");
        }
        if self.goarch == "arm" {
            paths.push("math");
        }
        match self.sanitizer.as_deref() {
            Some("race") => paths.push("runtime/race"),
            Some("msan") => paths.push("runtime/msan"),
            Some("asan") => paths.push("runtime/asan"),
            _ => {}
        }
        paths
    }

    fn simd_bridge(&self, imports: &Imports) -> Option<&'static str> {
        let supported = matches!(self.goarch.as_str(), "amd64" | "arm64" | "wasm")
            && self.release >= Release::Go1_27;
        (supported && imports.contains_key("simd")).then_some(SIMD_BRIDGE)
    }

    /// What a package needs besides its imports. Upstream: `Package.load`.
    pub(super) fn implicit(&self, node: &Node) -> Vec<&str> {
        let mut paths = Vec::new();
        let (path, dir) = (node.path.as_str(), &node.dir);
        paths.extend(self.simd_bridge(&dir.imports));
        if dir.uses_cgo() || dir.has_swig {
            let runtime = matches!(path, "runtime/race" | "runtime/msan" | "runtime/asan");
            if path != "runtime/cgo" {
                paths.push("runtime/cgo");
                if !(node.place.standard && runtime) {
                    paths.push("syscall");
                }
            }
        }
        if dir.has_swig {
            paths.push("sync");
        }
        if dir.name == "main" {
            paths.extend(self.linked());
        }
        paths
    }

    /// What the test program of a package needs besides the package and its tests.
    pub(super) fn test_main(&self) -> Vec<&str> {
        TEST_MAIN_IMPORTS.into_iter().chain(self.linked()).collect()
    }

    /// What a package's tests need besides their imports.
    pub(super) fn test_implicit(&self, dir: &Dir) -> Option<&'static str> {
        self.simd_bridge(&dir.test_imports).or(self.simd_bridge(&dir.external_test_imports))
    }
}

/// Makes the graph of `roots`; those in `tested` with the variants for their tests.
pub(super) fn build(
    nodes: &Nodes,
    facts: &BuildFacts,
    roots: &[Symbol],
    tested: &FxHashSet<Symbol>,
    warnings: Vec<String>,
) -> PackageGraph {
    let mut builder = Builder {
        nodes,
        facts,
        packages: FxHashMap::default(),
        order: Vec::new(),
        numbers: FxHashMap::default(),
        plain: Vec::new(),
        edges: Vec::new(),
        stamps: Vec::new(),
        stamp: 0,
        linked: Vec::new(),
    };
    builder.add_plain(roots, tested);
    let mut ids = Vec::new();
    for root in roots {
        let Some(number) = builder.numbers.get(root).copied() else { continue };
        let Some(id) = builder.plain.get(number).copied() else { continue };
        ids.push(id);
        if tested.contains(root) {
            ids.extend(builder.add_tests(*root, number));
        }
    }
    builder.finish(ids, warnings)
}

struct Builder<'a> {
    nodes: &'a Nodes,
    facts: &'a BuildFacts,
    packages: FxHashMap<PkgId, Package>,
    /// Plain packages, dependencies first; then variants as they are made.
    order: Vec<PkgId>,
    /// Numbers of plain packages; `plain` and `edges` are indexed by them.
    numbers: FxHashMap<Symbol, usize>,
    plain: Vec<PkgId>,
    edges: Vec<Vec<usize>>,
    /// Which walk has visited a package last.
    stamps: Vec<u32>,
    stamp: u32,
    /// What the test programs import themselves.
    linked: Vec<PkgId>,
}

/// Which of a directory's files make up a package.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Plain,
    /// With the test files of the same package.
    Test,
    /// The package `p_test`.
    ExternalTest,
}

impl Part {
    fn files(self, dir: &Dir) -> Vec<Utf8PathBuf> {
        let lists: &[&Vec<String>] = match self {
            Part::Plain => &[&dir.go, &dir.cgo],
            Part::Test => &[&dir.go, &dir.test, &dir.cgo],
            Part::ExternalTest => &[&dir.external_test],
        };
        lists.iter().flat_map(|list| list.iter()).map(|name| dir.path.join(name)).collect()
    }

    fn imports(self, dir: &Dir) -> impl Iterator<Item = (&String, &ImportPlace)> {
        let (first, second) = match self {
            Part::Plain => (Some(&dir.imports), None),
            Part::Test => (Some(&dir.test_imports), Some(&dir.imports)),
            Part::ExternalTest => (Some(&dir.external_test_imports), None),
        };
        first.into_iter().chain(second).flatten()
    }
}

impl Builder<'_> {
    /// Adds the plain packages reachable from the roots, dependencies first, without cycles.
    fn add_plain(&mut self, roots: &[Symbol], tested: &FxHashSet<Symbol>) {
        let mut starts: Vec<Symbol> = roots.to_vec();
        for root in roots.iter().filter(|root| tested.contains(*root)) {
            if let Some(Ok(node)) = self.nodes.get(root) {
                starts.extend(self.test_targets(node));
            }
        }
        if !tested.is_empty() {
            starts.extend(self.facts.test_main().into_iter().map(Symbol::new));
        }
        let mut walk = Walk { path: Vec::new(), open: FxHashSet::default() };
        let mut done = FxHashSet::default();
        for start in starts {
            self.visit(start, &mut walk, &mut done);
        }
    }

    /// Depth first without recursion: import chains can be long.
    fn visit(&mut self, start: Symbol, walk: &mut Walk, done: &mut FxHashSet<Symbol>) {
        if !self.enter(start, walk, done) {
            return;
        }
        while let Some(top) = walk.path.last_mut() {
            if let Some(next) = top.targets.pop() {
                if walk.open.contains(&next) {
                    top.cycles.push(next);
                } else {
                    self.enter(next, walk, done);
                }
                continue;
            }
            let Some(top) = walk.path.pop() else { break };
            walk.open.remove(&top.symbol);
            done.insert(top.symbol);
            let cycles: Vec<(Symbol, String)> = top
                .cycles
                .iter()
                .map(|target| (*target, walk.describe(top.symbol, *target)))
                .collect();
            self.add_package(top.symbol, &cycles);
        }
    }

    fn enter(&self, symbol: Symbol, walk: &mut Walk, done: &FxHashSet<Symbol>) -> bool {
        let Some(Ok(node)) = self.nodes.get(&symbol) else { return false };
        if done.contains(&symbol) || !walk.open.insert(symbol) {
            return false;
        }
        let mut targets: Vec<Symbol> = self.plain_targets(node);
        // The last is visited first.
        targets.sort_by_key(|target| std::cmp::Reverse(target.as_str()));
        targets.dedup();
        walk.path.push(Step { symbol, targets, cycles: Vec::new() });
        true
    }

    fn plain_targets(&self, node: &Node) -> Vec<Symbol> {
        let written = node.dir.imports.keys().filter_map(|path| node.targets.get(path).copied());
        written.chain(self.facts.implicit(node).into_iter().map(Symbol::new)).collect()
    }

    fn test_targets(&self, node: &Node) -> Vec<Symbol> {
        let dir = &node.dir;
        let written = dir.test_imports.keys().chain(dir.external_test_imports.keys());
        let written = written.filter_map(|path| node.targets.get(path).copied());
        written.chain(self.facts.test_implicit(dir).map(Symbol::new)).collect()
    }

    fn add_package(&mut self, symbol: Symbol, cycles: &[(Symbol, String)]) {
        let Some(Ok(node)) = self.nodes.get(&symbol) else { return };
        let node = Arc::clone(node);
        let id = PkgId::new(symbol.as_str());
        let mut package =
            self.package(&node, Part::Plain, id, &|target| PkgId::new(target.as_str()));
        for (target, chain) in cycles {
            let place =
                node.dir.imports.iter().find(|(path, _)| node.targets.get(*path) == Some(target));
            package.errors.push(error_at(
                place.map(|(_, place)| place),
                format!("import cycle not allowed: {chain}"),
                PackageErrorKind::Cycle,
            ));
            let closing = PkgId::new(target.as_str());
            package.imports.retain(|_, id| *id != closing);
            package.implicit.retain(|id| *id != closing);
        }
        let edges = package
            .dependencies()
            .iter()
            .filter_map(|id| self.numbers.get(&id.path).copied())
            .collect();
        self.numbers.insert(symbol, self.plain.len());
        self.plain.push(id);
        self.edges.push(edges);
        self.stamps.push(0);
        self.order.push(id);
        self.packages.insert(id, package);
    }

    /// The package that `part` of a directory makes; `variant` chooses among variants of imports.
    fn package(
        &self,
        node: &Node,
        part: Part,
        id: PkgId,
        variant: &dyn Fn(Symbol) -> PkgId,
    ) -> Package {
        let dir = &node.dir;
        let files = part.files(dir);
        let mut errors: Vec<PackageError> = dir
            .errors
            .iter()
            .filter(|error| match &error.file {
                // A file that could not be read belongs to no list.
                Some(file) => {
                    let is_test = file.as_str().ends_with("_test.go");
                    files.contains(file)
                        || (part != Part::ExternalTest && is_test == (part == Part::Test))
                }
                None => part == Part::Plain || error.kind != PackageErrorKind::NoFiles,
            })
            .cloned()
            .collect();
        let mut imports = FxHashMap::default();
        for (path, place) in part.imports(dir) {
            let Some(target) = node.targets.get(path) else { continue };
            if *target == Symbol::new("unsafe") {
                imports.insert(path.clone(), PkgId::unsafe_());
                continue;
            }
            match self.nodes.get(target) {
                Some(Ok(imported)) => {
                    imports.insert(path.clone(), variant(*target));
                    errors.extend(disallowed(node, part, path, place, imported));
                }
                Some(Err(problem)) => {
                    errors.push(error_at(Some(place), problem.clone(), PackageErrorKind::Import));
                }
                None => {}
            }
        }
        let mut implicit: Vec<PkgId> = match part {
            Part::Plain => self.facts.implicit(node),
            Part::Test => {
                let more = self.facts.simd_bridge(&dir.test_imports);
                self.facts.implicit(node).into_iter().chain(more).collect()
            }
            Part::ExternalTest => {
                self.facts.simd_bridge(&dir.external_test_imports).into_iter().collect()
            }
        }
        .into_iter()
        .map(Symbol::new)
        .filter(|path| matches!(self.nodes.get(path), Some(Ok(_))))
        .map(variant)
        .collect();
        sort(&mut implicit);
        let external = part == Part::ExternalTest;
        let module = node.place.module.clone();
        Package {
            id,
            name: if external { format!("{}_test", dir.name) } else { dir.name.clone() },
            dir: dir.path.clone(),
            cgo_files: if external {
                Vec::new()
            } else {
                dir.cgo.iter().map(|name| dir.path.join(name)).collect()
            },
            files,
            imports,
            implicit,
            go_version: module.as_ref().map_or(self.facts.language, |module| module.go_version),
            module,
            standard: node.place.standard && !external,
            has_asm: dir.has_asm && !external,
            errors,
        }
    }

    /// Adds the test variants of a package and of what its tests need.
    fn add_tests(&mut self, root: Symbol, number: usize) -> Vec<PkgId> {
        let Some(Ok(node)) = self.nodes.get(&root) else { return Vec::new() };
        let node = Arc::clone(node);
        let dir = &node.dir;
        if dir.test.is_empty() && dir.external_test.is_empty() {
            return Vec::new();
        }
        let path = root.as_str();
        let plain_id = self.plain[number];
        // Without test files in the package itself, its plain form serves the tests too; but a
        // command has to become a library.
        let distinct = !dir.test.is_empty() || dir.name == "main";
        let test_id = if distinct { PkgId::for_test(path, path) } else { plain_id };
        let mut made = Vec::new();
        let recompiled = if distinct { self.recompiled(&node, number) } else { Vec::new() };
        let copies: FxHashSet<Symbol> = recompiled.iter().map(|n| self.plain[*n].path).collect();
        let variant = |target: Symbol| {
            if target == root {
                test_id
            } else if copies.contains(&target) {
                PkgId::for_test(target.as_str(), path)
            } else {
                PkgId::new(target.as_str())
            }
        };
        self.linked
            .extend(self.facts.test_main().into_iter().map(|path| variant(Symbol::new(path))));
        if distinct {
            let mut package = self.package(&node, Part::Test, test_id, &variant);
            self.cut_test_cycles(&mut package, &node, plain_id);
            self.order.push(test_id);
            self.packages.insert(test_id, package);
            made.push(test_id);
        }
        for copied in recompiled {
            let Some(package) = self.packages.get(&self.plain[copied]) else { continue };
            let mut package = package.clone();
            package.id = PkgId::for_test(package.id.path.as_str(), path);
            for id in package.imports.values_mut().chain(&mut package.implicit) {
                *id = variant(id.path);
            }
            self.order.push(package.id);
            self.packages.insert(package.id, package);
        }
        if !dir.external_test.is_empty() {
            let id = PkgId::for_test(&format!("{path}_test"), path);
            let package = self.package(&node, Part::ExternalTest, id, &variant);
            self.order.push(id);
            self.packages.insert(id, package);
            made.push(id);
        }
        made
    }

    /// The packages that the tests of a package need and that import it, dependencies first.
    /// Upstream: `recompileForTest`.
    fn recompiled(&mut self, node: &Node, number: usize) -> Vec<usize> {
        let mut starts: Vec<usize> = self
            .facts
            .test_main()
            .into_iter()
            .map(Symbol::new)
            .chain(self.test_targets(node))
            .chain(self.plain_targets(node))
            .filter_map(|path| self.numbers.get(&path).copied())
            .collect();
        starts.sort_unstable();
        starts.dedup();
        self.stamp += 1;
        let mut reachable = Vec::new();
        let mut stack = starts;
        while let Some(at) = stack.pop() {
            // Dependencies have lower numbers, so nothing below the package's own can import it.
            if at <= number || self.stamps[at] == self.stamp {
                continue;
            }
            self.stamps[at] = self.stamp;
            reachable.push(at);
            stack.extend(&self.edges[at]);
        }
        reachable.sort_unstable();
        let mut copied: Vec<usize> = Vec::new();
        for at in reachable {
            let imports = &self.edges[at];
            if imports.iter().any(|to| *to == number || copied.binary_search(to).is_ok()) {
                copied.push(at);
            }
        }
        copied
    }

    /// A test file inside a package cannot import what imports the package.
    fn cut_test_cycles(&self, package: &mut Package, node: &Node, plain: PkgId) {
        let test = package.id;
        let mut closing: Vec<String> = package
            .imports
            .iter()
            .filter(|(_, id)| id.test_of == test.test_of || **id == plain)
            .map(|(path, _)| path.clone())
            .collect();
        closing.sort();
        for path in closing {
            package.imports.remove(&path);
            package.errors.push(error_at(
                node.dir.test_imports.get(&path),
                format!("import cycle not allowed in test: {} imports {path}", plain.path),
                PackageErrorKind::Cycle,
            ));
        }
    }

    /// The packages that are needed, dependencies first. What is only needed as recompiled for
    /// tests has served as their pattern and is left out.
    fn finish(mut self, roots: Vec<PkgId>, warnings: Vec<String>) -> PackageGraph {
        let mut needed = FxHashSet::default();
        let mut stack: Vec<PkgId> = roots.iter().chain(&self.linked).copied().collect();
        while let Some(id) = stack.pop() {
            if let Some(package) = self.packages.get(&id)
                && needed.insert(id)
            {
                stack.extend(package.imports.values().chain(&package.implicit));
            }
        }
        // Plain packages are in order; each test adds its own package, what is recompiled in
        // order, and the external test, so all of these are in order too.
        let order = self.order.iter().filter(|id| needed.contains(*id));
        let packages = order.filter_map(|id| self.packages.remove(id)).map(Arc::new).collect();
        PackageGraph::new(packages, roots, warnings)
    }
}

/// The import chain being visited.
struct Walk {
    path: Vec<Step>,
    open: FxHashSet<Symbol>,
}

struct Step {
    symbol: Symbol,
    /// Still to visit.
    targets: Vec<Symbol>,
    /// Imports that lead back.
    cycles: Vec<Symbol>,
}

impl Walk {
    /// The chain from `target` to `from` and back.
    fn describe(&self, from: Symbol, target: Symbol) -> String {
        let chain = self.path.iter().map(|step| step.symbol).skip_while(|symbol| *symbol != target);
        let names: Vec<&str> = chain
            .filter(|symbol| *symbol != from)
            .chain([from, target])
            .map(Symbol::as_str)
            .collect();
        names.join(" imports ")
    }
}

fn sort(ids: &mut Vec<PkgId>) {
    ids.sort_by_key(|id| (id.path.as_str(), id.test_of.as_str()));
    ids.dedup();
}

fn error_at(place: Option<&ImportPlace>, message: String, kind: PackageErrorKind) -> PackageError {
    PackageError {
        file: place.map(|place| place.file.clone()),
        line: place.map_or(0, |place| place.line),
        message,
        kind,
    }
}

/// What forbids `importer` to import `imported` as `path`.
fn disallowed(
    importer: &Node,
    part: Part,
    path: &str,
    place: &ImportPlace,
    imported: &Node,
) -> Option<PackageError> {
    let visibility =
        |message: String| Some(error_at(Some(place), message, PackageErrorKind::Visibility));
    let name = imported.path.as_str();
    if !internal_is_visible(importer, imported) {
        return visibility(format!("use of internal package {name} not allowed"));
    }
    if let Some(at) = find_vendor(name)
        && !below_parent(&importer.dir.path, imported, at)
    {
        return visibility("use of vendored package not allowed".to_owned());
    }
    if let Some(at) = find_vendor(path) {
        let short = &path[at + "vendor/".len()..];
        return visibility(format!("{path} must be imported as {short}"));
    }
    if imported.dir.name == "main" && importer.dir.path != imported.dir.path {
        return visibility(format!("import {path:?} is a program, not an importable package"));
    }
    if let Some(module) = imported.place.unrequired
        && importer.place.module.as_ref().is_some_and(|module| module.main)
    {
        let message = format!(
            "package {} imports {name} from implicitly required module; to add missing requirements, \
             run:\n\tgo get {module}",
            importer.path
        );
        return Some(error_at(Some(place), message, PackageErrorKind::Import));
    }
    let dir = &imported.dir;
    let own_test = part == Part::ExternalTest && importer.path == imported.path;
    if dir.go.is_empty() && dir.cgo.is_empty() && dir.errors.is_empty() && !own_test {
        let message = format!("no non-test Go files in {}", dir.path);
        return Some(error_at(Some(place), message, PackageErrorKind::Import));
    }
    None
}

/// Upstream: `disallowInternal`.
fn internal_is_visible(importer: &Node, imported: &Node) -> bool {
    let name = imported.path.as_str();
    let Some(at) = find_internal(name) else { return true };
    let from = importer.path.as_str();
    const FIPS: &str = "crypto/internal/fips140";
    if strip_path_prefix(from, "crypto").is_some() && strip_path_prefix(name, FIPS).is_some() {
        return true;
    }
    if strip_path_prefix(from, FIPS).is_some() {
        return strip_path_prefix(name, "crypto/internal").is_some();
    }
    match &imported.place.module {
        None => below_parent(&importer.dir.path, imported, at),
        Some(module) => {
            let parent = name[..at].trim_end_matches('/');
            // Files named on the command line count as their directory's package.
            let loose;
            let from = if from == super::COMMAND_LINE {
                let rest = importer.dir.path.strip_prefix(&module.dir).map(super::find::slashes);
                loose = rest.map(|rest| format!("{}/{rest}", module.path)).unwrap_or_default();
                loose.trim_end_matches('/')
            } else {
                from
            };
            strip_path_prefix(from, parent).is_some()
        }
    }
}

/// Whether `dir` is below the directory that holds the element at `at` of `imported`'s path.
fn below_parent(dir: &Utf8Path, imported: &Node, at: usize) -> bool {
    let up = imported.path.as_str()[at..].split('/').count();
    let parent = imported.dir.path.ancestors().nth(up);
    parent.is_some_and(|parent| dir.starts_with(parent))
}

/// Where the last element `internal` of a path is.
fn find_internal(path: &str) -> Option<usize> {
    if path.ends_with("/internal") {
        return Some(path.len() - "internal".len());
    }
    if let Some(at) = path.rfind("/internal/") {
        return Some(at + 1);
    }
    (path == "internal" || path.starts_with("internal/")).then_some(0)
}

/// Where the last element `vendor` that has something behind it is.
fn find_vendor(path: &str) -> Option<usize> {
    if let Some(at) = path.rfind("/vendor/") {
        return Some(at + 1);
    }
    path.starts_with("vendor/").then_some(0)
}
