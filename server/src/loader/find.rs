//! Where a package is: from an import path to a directory, and back.
//!
//! Upstream: `cmd/go/internal/modload/{import,load}.go`.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use analysis::symbol::Symbol;

use super::Module;
use super::disk::Disk;
use super::env::Env;
use super::modfile::ModVersion;
use super::modules::{Modules, Source};

/// A package's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) dir: Utf8PathBuf,
    /// `None` in the standard library.
    pub(super) module: Option<Arc<Module>>,
    pub(super) standard: bool,
    /// The module, if go.mod does not require it itself: packages of the main module must not
    /// import from it.
    pub(super) unrequired: Option<ModVersion>,
}

/// What a search needs to know.
#[derive(Clone, Copy)]
pub(super) struct Finder<'a> {
    pub(super) env: &'a Env,
    pub(super) disk: &'a Disk,
    pub(super) modules: &'a Modules,
}

/// Whether `path` could belong to the standard library: its first element has no dot.
pub(super) fn is_standard_path(path: &str) -> bool {
    !path.split('/').next().unwrap_or(path).contains('.')
}

/// What `path` is relative to `root`, if it is below or equal (both with `/`).
pub(super) fn strip_path_prefix<'a>(path: &'a str, root: &str) -> Option<&'a str> {
    if root.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(root)?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
}

impl Finder<'_> {
    /// Where the packages of the standard library are: in the main module if that is it, which may
    /// be reached by another path than GOROOT.
    fn standard_dir(&self, path: &str) -> Utf8PathBuf {
        for main in self.modules.mains.iter().filter(|main| main.in_goroot) {
            if let Some(rest) = strip_path_prefix(path, main.prefix()) {
                return if rest.is_empty() { main.dir.clone() } else { main.dir.join(rest) };
            }
        }
        self.env.goroot().join("src").join(path)
    }

    /// The path of the package that `path` means in a package of the standard library, which has
    /// vendored packages of its own. Upstream: `stdVendor`.
    pub(super) fn standard_import(&self, importer: &str, path: &str) -> Symbol {
        if !is_standard_path(path) {
            let vendor =
                if strip_path_prefix(importer, "cmd").is_some() { "cmd/vendor" } else { "vendor" };
            let vendored = format!("{vendor}/{path}");
            if self.disk.list(&self.standard_dir(&vendored)).is_some() {
                return Symbol::new(&vendored);
            }
        }
        Symbol::new(path)
    }

    /// The place of the package `path`, or why it has none, in the go command's words.
    /// Upstream: `importFromModules`.
    pub(super) fn package(&self, path: &str) -> Result<Found, String> {
        if path.contains('@') {
            return Err(format!("import path {path:?} should not have @version"));
        }
        if is_local_path(path) {
            return Err(format!(
                "{path:?} is relative, but relative import paths are not supported in module mode"
            ));
        }
        if path.starts_with('/') {
            return Err(format!("{path:?} is not a package path; see 'go help packages'"));
        }
        if matches!(path, "std" | "cmd" | "all" | "tool" | "work") && path != "cmd" {
            return Err(format!("{path:?} is not an importable package; see 'go help packages'"));
        }
        if let Some(problem) = malformed(path) {
            return Err(format!("malformed import path {path:?}: {problem}"));
        }
        let standard = self.standard_package(path);
        match &self.modules.source {
            Source::Vendor { .. } => self.vendored(path, standard),
            Source::Cache => self.in_modules(path, standard),
        }
    }

    fn standard_package(&self, path: &str) -> Option<Found> {
        if !is_standard_path(path) {
            return None;
        }
        let dir = self.standard_dir(path);
        let has_go = self.disk.list(&dir).is_some_and(|listing| listing.has_go());
        has_go.then_some(Found { dir, module: None, standard: true, unrequired: None })
    }

    fn vendored(&self, path: &str, standard: Option<Found>) -> Result<Found, String> {
        let Source::Vendor { dir: vendor, list } = &self.modules.source else {
            return Err(self.missing(path));
        };
        let mut found: Vec<Found> = standard.into_iter().collect();
        for main in &self.modules.mains {
            if let Some(dir) = self.dir_in_module(path, main.prefix(), &main.dir, true) {
                let module = Some(Arc::clone(&main.info));
                found.push(Found { dir, module, standard: false, unrequired: None });
            }
        }
        if let Some(dir) = self.dir_in_module(path, "", vendor, false) {
            // Since Go 1.23 a directory that modules.txt does not name does not count.
            if let Some(module) = list.packages.get(path) {
                let unrequired = self.unrequired(*module);
                let module = Some(self.modules.info(*module, self.disk));
                found.push(Found { dir, module, standard: false, unrequired });
            }
        }
        match found.as_slice() {
            [_] => Ok(found.remove(0)),
            [] => Err(self.missing(path)),
            _ => {
                let dirs: Vec<String> =
                    found.iter().map(|found| format!("\n\t{}", found.dir)).collect();
                Err(format!(
                    "ambiguous import: found package {path} in multiple directories:{}",
                    dirs.concat()
                ))
            }
        }
    }

    fn in_modules(&self, path: &str, standard: Option<Found>) -> Result<Found, String> {
        // First only what go.mod requires itself; the whole graph only where that does not do.
        let lazy = self.modules.pruned;
        let passes: &[bool] = if lazy { &[false, true] } else { &[true] };
        let mut unavailable = None;
        for whole_graph in passes {
            // A package of the standard library is nearly always found there alone.
            if *whole_graph && lazy && self.modules.mains.is_empty() {
                break;
            }
            let mut found: Vec<(Option<ModVersion>, Found)> =
                standard.clone().into_iter().map(|found| (None, found)).collect();
            unavailable = None;
            for prefix in prefixes(path) {
                let selected = if *whole_graph {
                    self.modules.selected(prefix, self.disk)
                } else {
                    self.modules.root_selected(prefix)
                };
                let Some(module) = selected else { continue };
                let in_goroot = self.modules.main(prefix).is_some_and(|main| main.in_goroot);
                if in_goroot && standard.is_some() {
                    continue;
                }
                let place = match self.modules.place(module) {
                    Ok(place) => place,
                    Err(problem) => {
                        unavailable.get_or_insert(problem);
                        continue;
                    }
                };
                if let Some(dir) = self.dir_in_module(path, prefix, &place.dir, place.local) {
                    let info = Some(self.modules.info(module, self.disk));
                    let unrequired = self.unrequired(module);
                    let place = Found { dir, module: info, standard: false, unrequired };
                    found.push((Some(module), place));
                }
            }
            match found.len() {
                0 => {}
                1 => return Ok(found.remove(0).1),
                _ => return Err(ambiguous(path, &found)),
            }
            if unavailable.is_some() {
                break;
            }
        }
        if let Some(problem) = unavailable {
            return Err(format!("cannot find package {path}: module {problem}"));
        }
        let graph_problem = self.modules.graph(self.disk).problems.first();
        match graph_problem {
            Some(problem) if !is_standard_path(path) => {
                Err(format!("{}; the module graph is incomplete: {problem}", self.missing(path)))
            }
            _ => Err(self.missing(path)),
        }
    }

    /// `module`, unless go.mod requires this version of it. Upstream:
    /// `DirectImportFromImplicitDependencyError`.
    fn unrequired(&self, module: ModVersion) -> Option<ModVersion> {
        let may_be = self.modules.work.is_none() && self.env.flags.mod_mode != "mod";
        let required = || self.modules.root_selected(module.path.as_str()) == Some(module);
        (may_be && !required()).then_some(module)
    }

    /// Upstream: `ImportMissingError`.
    fn missing(&self, path: &str) -> String {
        if is_standard_path(path) {
            return format!(
                "package {path} is not in std ({})",
                self.env.goroot().join("src").join(path)
            );
        }
        if self.modules.mains.is_empty() {
            return format!(
                "no required module provides package {path}: go.mod file not found in current \
                 directory or any parent directory; run `go mod init` first"
            );
        }
        if let Source::Vendor { dir, .. } = &self.modules.source {
            return format!(
                "cannot find package {path} in {dir}: run `go mod vendor`, or use -mod=mod"
            );
        }
        format!("no required module provides package {path}; to add it:\n\tgo get {path}")
    }

    /// The directory of the package `path` in the module `module` at `root`, if Go files are
    /// there and no nested module claims it. Upstream: `dirInModule`.
    fn dir_in_module(
        &self,
        path: &str,
        module: &str,
        root: &Utf8Path,
        local: bool,
    ) -> Option<Utf8PathBuf> {
        let rest = strip_path_prefix(path, module)?;
        let dir = if rest.is_empty() { root.to_owned() } else { root.join(rest) };
        let listing = self.disk.list(&dir).filter(|listing| listing.has_go())?;
        drop(listing);
        if local && self.has_nested_module(&dir, root) {
            return None;
        }
        Some(dir)
    }

    /// Whether a go.mod stands between `dir` and `root`, excluding that of `root` itself.
    fn has_nested_module(&self, dir: &Utf8Path, root: &Utf8Path) -> bool {
        dir.ancestors()
            .take_while(|dir| *dir != root)
            .any(|dir| self.disk.list(dir).is_some_and(|listing| listing.has_file("go.mod")))
    }

    /// The import path of the package in `dir`, or why it has none. Upstream:
    /// `resolveLocalPackage`.
    pub(super) fn import_path(&self, dir: &Utf8Path) -> Result<Symbol, String> {
        let Some(listing) = self.disk.list(dir) else {
            return Err(match dir.read_dir_utf8() {
                Ok(_) => format!("directory {dir} not found"),
                Err(error) => format!("cannot read directory {dir}: {error}"),
            });
        };
        if !listing.has_go() {
            return Err(format!("no Go files in {dir}"));
        }
        let mut outside = None;
        for main in &self.modules.mains {
            let Ok(rest) = dir.strip_prefix(&main.dir) else { continue };
            let rest = slashes(rest);
            if rest.contains('@') {
                continue;
            }
            if rest.is_empty() && main.prefix().is_empty() {
                return Err("GOROOT/src is not an importable package".to_owned());
            }
            if main.in_goroot {
                if rest == "builtin" {
                    return Err("\"builtin\" is a pseudo-package, not an importable package".into());
                }
                return Ok(join(main.prefix(), &rest));
            }
            if let Some(vendored) = rest.strip_prefix("vendor/") {
                return match &self.modules.source {
                    Source::Vendor { list, .. } if list.packages.contains_key(vendored) => {
                        Ok(Symbol::new(vendored))
                    }
                    Source::Vendor { .. } => Err(format!(
                        "directory {dir} is not a package listed in vendor/modules.txt"
                    )),
                    Source::Cache => {
                        Err(format!("without -mod=vendor, directory {dir} has no package path"))
                    }
                };
            }
            let path = join(main.prefix(), &rest);
            if !self.has_nested_module(dir, &main.dir) {
                return Ok(path);
            }
            outside = Some(path);
        }
        if let Source::Vendor { dir: vendor, list } = &self.modules.source
            && let Ok(rest) = dir.strip_prefix(vendor)
            && list.packages.contains_key(&slashes(rest))
        {
            return Ok(Symbol::new(&slashes(rest)));
        }
        if let Some(path) = outside {
            return Err(format!(
                "main module does not contain package {path}: {dir} is in a module of its own; open \
                 that module, or add it to go.work with `go work use`"
            ));
        }
        if let Ok(rest) = dir.strip_prefix(self.env.goroot().join("src"))
            && !rest.as_str().is_empty()
        {
            let path = slashes(rest);
            if path == "builtin" {
                return Err("\"builtin\" is a pseudo-package, not an importable package".into());
            }
            return Ok(Symbol::new(&path));
        }
        self.path_in_dependency(dir).ok_or_else(|| {
            if self.modules.work.is_some() {
                format!(
                    "directory {dir} outside modules listed in go.work or their selected dependencies; \
                     to add its module: go work use"
                )
            } else if self.modules.mains.is_empty() {
                format!("no go.mod at or above {dir}: run `go mod init` there")
            } else {
                format!("directory {dir} outside main module or its selected dependencies")
            }
        })
    }

    /// The import path of a directory in the module cache or in a replacement.
    fn path_in_dependency(&self, dir: &Utf8Path) -> Option<Symbol> {
        for (path, root) in self.modules.local_replacements() {
            if let Ok(rest) = dir.strip_prefix(&root)
                && !self.has_nested_module(dir, &root)
            {
                return Some(join(path.as_str(), &slashes(rest)));
            }
        }
        let rest = slashes(dir.strip_prefix(&self.env.gomodcache).ok()?);
        let (module, rest) = rest.split_once('@')?;
        let (version, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let module = ModVersion::new(&unescape(module), &unescape(version));
        let used_as = std::iter::once(module.path).chain(self.modules.replaced_by(module));
        used_as
            .filter(|path| {
                let chosen = self
                    .modules
                    .root_selected(path.as_str())
                    .or_else(|| self.modules.selected(path.as_str(), self.disk));
                let place = chosen.and_then(|chosen| self.modules.place(chosen).ok());
                place.is_some_and(|place| dir.starts_with(&place.dir))
            })
            .map(|path| join(path.as_str(), rest))
            .next()
    }
}

/// `path`, its parent, and so on.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |prefix| prefix.rfind('/').map(|at| &prefix[..at]))
}

fn ambiguous(path: &str, found: &[(Option<ModVersion>, Found)]) -> String {
    let mut text = format!("ambiguous import: found package {path} in multiple modules:");
    // From the shortest module path to the longest.
    for (module, place) in found.iter().rev() {
        let (name, version) = module.map_or(("", ""), |m| (m.path.as_str(), m.version.as_str()));
        let gap = if version.is_empty() { "" } else { " " };
        text.push_str(&format!("\n\t{name}{gap}{version} ({})", place.dir));
    }
    text
}

/// Whether an import path is relative.
pub(super) fn is_local_path(path: &str) -> bool {
    path == "." || path == ".." || path.starts_with("./") || path.starts_with("../")
}

/// What is wrong with the form of an import path. Upstream: `module.CheckImportPath`.
fn malformed(path: &str) -> Option<String> {
    if path.starts_with('-') {
        return Some("leading dash".to_owned());
    }
    if path.contains("//") {
        return Some("double slash".to_owned());
    }
    if path.ends_with('/') {
        return Some("trailing slash".to_owned());
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    if let Some(bad) = path.chars().find(|c| !allowed(*c)) {
        return Some(format!("invalid char {bad:?}"));
    }
    path.split('/').find_map(|element| {
        if element.bytes().all(|byte| byte == b'.') {
            Some(format!("invalid path element {element:?}"))
        } else if element.ends_with('.') {
            Some("trailing dot in path element".to_owned())
        } else {
            None
        }
    })
}

fn join(prefix: &str, rest: &str) -> Symbol {
    match (prefix, rest) {
        ("", path) | (path, "") => Symbol::new(path),
        _ => Symbol::new(&format!("{prefix}/{rest}")),
    }
}

/// A relative path as it stands in import paths.
pub(super) fn slashes(path: &Utf8Path) -> String {
    if cfg!(windows) { path.as_str().replace('\\', "/") } else { path.as_str().to_owned() }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut upper = false;
    for c in text.chars() {
        if c == '!' {
            upper = true;
        } else {
            out.push(if std::mem::take(&mut upper) { c.to_ascii_uppercase() } else { c });
        }
    }
    out
}
