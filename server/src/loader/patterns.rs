//! Package patterns: `./...`, `std`, `example.com/...`, directories, import paths.
//!
//! Upstream: `cmd/go/internal/search`, `cmd/internal/pkgpattern`, `modload/search.go`.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use analysis::symbol::Symbol;

use super::PackageErrorKind;
use super::constraint::Context;
use super::dir::Dir;
use super::error::LoadError;
use super::find::{Finder, is_local_path, is_standard_path, slashes, strip_path_prefix};
use super::modules::{Source, join_clean};
use super::parallel;

/// What some patterns stand for.
#[derive(Debug, Default)]
pub(super) struct Matches {
    /// Import paths, each once, in the order of the patterns.
    pub(super) paths: Vec<Symbol>,
    /// `all` is among the patterns: what `paths` and their tests import belongs to it too.
    pub(super) all: bool,
    /// Patterns that match nothing, directories that could not be read.
    pub(super) warnings: Vec<String>,
}

/// Reads directories as packages; the loader remembers them.
pub(super) type ReadDir<'a> = &'a (dyn Fn(&Utf8Path) -> Option<std::sync::Arc<Dir>> + Sync);

/// Finds the packages that patterns stand for.
pub(super) struct Matcher<'a> {
    pub(super) finder: Finder<'a>,
    pub(super) context: &'a Context,
    /// Where relative patterns start.
    pub(super) dir: &'a Utf8Path,
    pub(super) read: ReadDir<'a>,
}

/// Which directories a walk leaves out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Skip {
    /// Those of other modules.
    Modules,
    /// Those of other modules, and vendored packages.
    ModulesAndVendor,
    /// Vendored packages.
    Vendor,
}

impl Matcher<'_> {
    /// Expands all patterns.
    pub(super) fn expand(&self, patterns: &[String]) -> Result<Matches, LoadError> {
        let mut matches = Matches::default();
        let mut known = FxHashSet::default();
        let here = [".".to_owned()];
        for pattern in if patterns.is_empty() { &here } else { patterns } {
            let pattern = clean(pattern);
            let before = matches.paths.len();
            let paths = self.pattern(&pattern, &mut matches)?;
            let is_empty = paths.is_empty();
            matches.paths.extend(paths.into_iter().filter(|path| known.insert(*path)));
            if before == matches.paths.len() && is_empty && pattern != "tool" {
                matches.warnings.push(format!("{pattern:?} matched no packages"));
            }
        }
        Ok(matches)
    }

    fn pattern(&self, pattern: &str, matches: &mut Matches) -> Result<Vec<Symbol>, LoadError> {
        let wild = pattern.contains("...");
        if is_local_path(pattern) || Utf8Path::new(pattern).is_absolute() {
            let pattern = &slashes(Utf8Path::new(pattern));
            return if wild { self.directories(pattern) } else { self.directory(pattern) };
        }
        let mains = &self.finder.modules.mains;
        Ok(match pattern {
            "std" => self.standard(pattern),
            // Vendored commands do not count, unless a pattern names them.
            "cmd" => self
                .standard(pattern)
                .into_iter()
                .filter(|path| !self.is_vendored_command(*path))
                .collect(),
            "all" => {
                matches.all = true;
                let mut paths = self.main_packages();
                paths.extend(self.tools());
                paths
            }
            "work" => self.main_packages(),
            "tool" => self.tools(),
            _ if wild => {
                let graph = self.finder.modules.graph(self.finder.disk);
                matches.warnings.extend(graph.problems.iter().cloned());
                self.everywhere(pattern)
            }
            _ if mains.is_empty() && !is_standard_path(pattern) => {
                return Err(LoadError::NoModule(self.dir.to_owned()));
            }
            _ => vec![Symbol::new(pattern)],
        })
    }

    fn tools(&self) -> Vec<Symbol> {
        let mains = self.finder.modules.mains.iter();
        mains.flat_map(|main| &main.file.tool).map(|tool| Symbol::new(tool)).collect()
    }

    /// One directory.
    fn directory(&self, pattern: &str) -> Result<Vec<Symbol>, LoadError> {
        let dir = join_clean(self.dir, pattern);
        let path = self
            .finder
            .import_path(&dir)
            .map_err(|problem| LoadError::Pattern { pattern: pattern.to_owned(), problem })?;
        Ok(vec![path])
    }

    /// `./...` and the like.
    fn directories(&self, pattern: &str) -> Result<Vec<Symbol>, LoadError> {
        let root = pattern.find("...").map_or(pattern, |at| &pattern[..at]);
        let root = root.rfind('/').map_or("", |at| &root[..=at]);
        let top = join_clean(self.dir, root);
        let modules = self.finder.modules;
        let error = |problem: String| LoadError::Pattern { pattern: pattern.to_owned(), problem };
        if !top.is_dir() && self.finder.disk.list(&top).is_none() {
            return Err(error(format!("{top} is no directory")));
        }
        let main = modules.mains.iter().find(|main| top.starts_with(&main.dir));
        if main.is_none() && !top.starts_with(self.finder.env.goroot().join("src")) {
            return Err(if modules.mains.is_empty() {
                LoadError::NoModule(self.dir.to_owned())
            } else {
                error(format!(
                    "directory {top} is outside the main modules: open its module, or add it to go.work"
                ))
            });
        }
        let whole = format!("{}/{}", slashes(&join_clean(self.dir, ".")), pattern);
        let whole = if Utf8Path::new(pattern).is_absolute() { pattern } else { &whole };
        let glob = Glob::new(&slashes(&join_clean(Utf8Path::new(""), whole)));
        let ignored = main.map(|main| Ignored::new(&main.file.ignore, &main.dir));
        let dirs =
            self.walk(&top, Skip::Modules, ignored.as_ref(), &|dir| glob.matches(&slashes(dir)));
        let paths = dirs.iter().filter_map(|dir| self.finder.import_path(dir).ok());
        Ok(paths.collect())
    }

    /// All packages of the main modules.
    fn main_packages(&self) -> Vec<Symbol> {
        let mut paths: Vec<Symbol> = Vec::new();
        for main in &self.finder.modules.mains {
            let ignored = Ignored::new(&main.file.ignore, &main.dir);
            let skip = Skip::ModulesAndVendor;
            paths.extend(self.below(&main.dir, main.prefix(), skip, Some(&ignored), &|_| true));
        }
        sort(&mut paths);
        paths
    }

    /// `std` or `cmd`. Upstream: `Match.MatchPackages`.
    fn standard(&self, pattern: &str) -> Vec<Symbol> {
        let src = self.finder.env.goroot().join("src");
        let top = if pattern == "cmd" { src.join("cmd") } else { src.clone() };
        let cmd = src.join("cmd");
        let cgo = self.context.cgo;
        let dirs = self.walk(&top, Skip::Vendor, None, &|_| true);
        let dirs = dirs.into_iter().filter(|dir| pattern == "cmd" || !dir.starts_with(&cmd));
        let paths = dirs.filter_map(|dir| {
            let path = slashes(dir.strip_prefix(&src).ok()?);
            let hidden = path.is_empty() || path == "builtin" || (path == "runtime/cgo" && !cgo);
            (!hidden).then(|| Symbol::new(&path))
        });
        let mut paths: Vec<Symbol> = paths.collect();
        sort(&mut paths);
        paths
    }

    fn is_vendored_command(&self, path: Symbol) -> bool {
        let dir = self.finder.env.goroot().join("src").join(path.as_str());
        path.as_str().starts_with("cmd/vendor/")
            && (self.read)(&dir).is_some_and(|dir| dir.name == "main")
    }

    /// Import paths with `...`. Upstream: `modload.matchPackages`.
    fn everywhere(&self, pattern: &str) -> Vec<Symbol> {
        let glob = Glob::new(pattern);
        let matches = |path: &str| glob.matches(path);
        let modules = self.finder.modules;
        let mut paths: Vec<Symbol> = Vec::new();
        for part in ["std", "cmd"] {
            if part == "std" || glob.may_match_below("cmd") {
                let all = self.standard(part).into_iter();
                paths.extend(all.filter(|path| matches(path.as_str())));
            }
        }
        for main in &modules.mains {
            if !main.in_goroot {
                let ignored = Ignored::new(&main.file.ignore, &main.dir);
                let skip = Skip::ModulesAndVendor;
                paths.extend(self.below(&main.dir, main.prefix(), skip, Some(&ignored), &matches));
            }
        }
        if let Source::Vendor { dir, .. } = &modules.source {
            paths.extend(self.below(dir, "", Skip::Vendor, None, &matches));
        } else {
            for module in modules.build_list(self.finder.disk) {
                let prefix = module.path.as_str();
                if glob.may_match_below(prefix)
                    && let Ok(place) = modules.place(module)
                {
                    let skip = if place.local { Skip::ModulesAndVendor } else { Skip::Vendor };
                    paths.extend(self.below(&place.dir, prefix, skip, None, &matches));
                }
            }
        }
        sort(&mut paths);
        paths
    }

    /// The packages below `root`, whose import paths begin with `prefix`.
    fn below(
        &self,
        root: &Utf8Path,
        prefix: &str,
        skip: Skip,
        ignored: Option<&Ignored>,
        wanted: &(dyn Fn(&str) -> bool + Sync),
    ) -> Vec<Symbol> {
        let path_of = |dir: &Utf8Path| {
            let rest = dir.strip_prefix(root).map(slashes).unwrap_or_default();
            match (prefix, rest.as_str()) {
                ("", path) | (path, "") => path.to_owned(),
                (prefix, rest) => format!("{prefix}/{rest}"),
            }
        };
        let dirs = self.walk(root, skip, ignored, &|dir| {
            let path = path_of(dir);
            !path.is_empty() && wanted(&path)
        });
        dirs.iter().map(|dir| Symbol::new(&path_of(dir))).collect()
    }

    /// The directories from `top` down that hold packages and are wanted, in the order of a walk.
    fn walk(
        &self,
        top: &Utf8Path,
        skip: Skip,
        ignored: Option<&Ignored>,
        wanted: &(dyn Fn(&Utf8Path) -> bool + Sync),
    ) -> Vec<Utf8PathBuf> {
        let disk = self.finder.disk;
        let mut found: Vec<Utf8PathBuf> = Vec::new();
        let mut frontier = vec![top.to_owned()];
        while !frontier.is_empty() {
            let visited = parallel::map(&frontier, |dir| {
                let Some(listing) = disk.list(dir) else { return (false, Vec::new()) };
                let elsewhere = skip != Skip::Vendor && dir != top && listing.has_file("go.mod");
                if elsewhere {
                    return (false, Vec::new());
                }
                let is_package = listing.has_go()
                    && wanted(dir)
                    && (self.read)(dir).is_some_and(|dir| exists(&dir));
                let is_vendor = dir.file_name() == Some("vendor") && dir != top;
                let below = if is_vendor && skip == Skip::ModulesAndVendor {
                    Vec::new()
                } else {
                    let names = listing.dirs.iter().filter(|name| is_walked(name));
                    let dirs = names.map(|name| dir.join(name));
                    dirs.filter(|dir| !ignored.is_some_and(|ignored| ignored.covers(dir))).collect()
                };
                (is_package, below)
            });
            let mut next = Vec::new();
            for (dir, (is_package, below)) in frontier.into_iter().zip(visited) {
                next.extend(below);
                if is_package {
                    found.push(dir);
                }
            }
            frontier = next;
        }
        found.sort_by(|a, b| a.components().cmp(b.components()));
        found
    }
}

fn is_walked(name: &str) -> bool {
    !name.starts_with(['.', '_']) && name != "testdata"
}

/// Whether a package is there, be it broken.
fn exists(dir: &Dir) -> bool {
    dir.is_package() || dir.errors.iter().any(|error| error.kind != PackageErrorKind::NoFiles)
}

fn sort(paths: &mut Vec<Symbol>) {
    paths.sort_by_key(|path| path.as_str());
    paths.dedup();
}

/// A pattern in canonical form. Upstream: `search.CleanPatterns`.
fn clean(pattern: &str) -> String {
    if Utf8Path::new(pattern).is_absolute() {
        return join_clean(Utf8Path::new(""), pattern).into_string();
    }
    let pattern = if cfg!(windows) { pattern.replace('\\', "/") } else { pattern.to_owned() };
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match joined.as_str() {
        "" => ".".to_owned(),
        _ if pattern.starts_with("./") && !joined.starts_with("..") => format!("./{joined}"),
        // `...` alone is a pattern of import paths.
        _ if joined.starts_with("...") && pattern.starts_with("./") => format!("./{joined}"),
        _ => joined,
    }
}

/// The directories that go.mod's `ignore` lines leave out. Upstream: `search.IgnorePatterns`.
struct Ignored {
    root: Utf8PathBuf,
    /// From the root of the module.
    fixed: Vec<String>,
    /// Anywhere.
    anywhere: Vec<String>,
}

impl Ignored {
    fn new(patterns: &[String], root: &Utf8Path) -> Ignored {
        let mut ignored =
            Ignored { root: root.to_owned(), fixed: Vec::new(), anywhere: Vec::new() };
        for pattern in patterns {
            match pattern.strip_prefix("./") {
                Some(path) => ignored.fixed.push(format!("/{}/", path.trim_matches('/'))),
                None => ignored.anywhere.push(format!("/{}/", pattern.trim_matches('/'))),
            }
        }
        ignored
    }

    fn covers(&self, dir: &Utf8Path) -> bool {
        let Ok(rest) = dir.strip_prefix(&self.root) else { return false };
        let path = format!("/{}/", slashes(rest));
        self.fixed.iter().any(|pattern| path.starts_with(pattern))
            || self.anywhere.iter().any(|pattern| path.contains(pattern))
    }
}

/// A pattern in which `...` stands for any text. Two rules of `go help packages`: `x/...` also
/// matches `x`, and `...` does not match an element `vendor` with something behind it.
struct Glob {
    /// The texts between the dots; the second list is for the pattern without its `/...`.
    alternatives: Vec<Vec<String>>,
    /// What comes before the first dots.
    fixed: String,
}

/// Stands for an element `vendor`, which dots do not match.
const VENDOR: char = '\0';

impl Glob {
    fn new(pattern: &str) -> Glob {
        let pieces = |pattern: &str| {
            mark_vendor(pattern).split("...").map(str::to_owned).collect::<Vec<_>>()
        };
        let mut alternatives = vec![pieces(pattern)];
        alternatives.extend(pattern.strip_suffix("/...").map(pieces));
        let fixed = pattern.split("...").next().unwrap_or_default().to_owned();
        Glob { alternatives, fixed }
    }

    fn matches(&self, name: &str) -> bool {
        let name = mark_vendor(name);
        self.alternatives.iter().any(|pieces| matches_pieces(pieces, &name))
    }

    /// Whether `name`, or something below it, can match. Upstream: `TreeCanMatchPattern`.
    fn may_match_below(&self, name: &str) -> bool {
        let fixed = self.fixed.trim_end_matches('/');
        strip_path_prefix(fixed, name).is_some() || name.starts_with(&self.fixed)
    }
}

fn matches_pieces(pieces: &[String], name: &str) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return false };
    if !name.starts_with(first.as_str()) {
        return false;
    }
    // All the places where the pieces so far can end.
    let mut ends = FxHashSet::from_iter([first.len()]);
    for piece in rest {
        let mut next = FxHashSet::default();
        for end in ends {
            let gap = &name[end..];
            let reach = gap.find(VENDOR).unwrap_or(gap.len());
            let starts = gap.char_indices().map(|(at, _)| at).chain([gap.len()]);
            for start in starts.take_while(|at| *at <= reach) {
                if gap[start..].starts_with(piece.as_str()) {
                    next.insert(end + start + piece.len());
                }
            }
        }
        ends = next;
    }
    ends.contains(&name.len())
}

/// `path` with each element `vendor` but the last replaced by [`VENDOR`].
fn mark_vendor(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    let last = parts.len() - 1;
    for part in &mut parts[..last] {
        if *part == "vendor" {
            *part = "\0";
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_match_any_text_except_vendored_packages() {
        for (pattern, name, expected) in [
            ("./...", "./a/b", true),
            ("net/...", "net", true),
            ("net/...", "net/http", true),
            ("net/...", "netip", false),
            ("net...", "netip", true),
            ("a/.../d", "a/b/c/d", true),
            ("a/.../d", "a/d", false),
            ("...", "a/b", true),
            ("./...", "./vendor/x", false),
            ("./...", "./vendor", true),
            ("./vendor/...", "./vendor/x", true),
            ("./vendor/...", "./vendor", true),
            ("a/vendor/...", "a/vendor/b/vendor/c", false),
            ("...a...b", "xaab", true),
            ("...a...b", "xab/c", false),
        ] {
            assert_eq!(Glob::new(pattern).matches(name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_tree_is_walked_only_where_something_can_match() {
        assert!(Glob::new("cmd/...").may_match_below("cmd"));
        assert!(Glob::new("a.b/c/...").may_match_below("a.b/c"));
        assert!(Glob::new("a.b/c/...").may_match_below("a.b"));
        assert!(Glob::new("a...").may_match_below("a.b/c"));
        assert!(!Glob::new("a.b/c/...").may_match_below("x.y"));
    }

    #[test]
    fn patterns_have_a_canonical_form() {
        for (pattern, expected) in [
            ("./", "."),
            ("./a/../b/", "./b"),
            ("./...", "./..."),
            ("../x/./y", "../x/y"),
            ("net//http", "net/http"),
            ("/a/b/../c/...", "/a/c/..."),
        ] {
            assert_eq!(clean(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn ignored_directories_are_below_the_root_or_anywhere() {
        let ignored = Ignored::new(&["./dist".into(), "node_modules".into()], "/m".into());
        assert!(ignored.covers("/m/dist/a".into()));
        assert!(!ignored.covers("/m/a/dist".into()));
        assert!(ignored.covers("/m/a/node_modules".into()));
        assert!(!ignored.covers("/m/a/my_node_modules".into()));
    }
}
