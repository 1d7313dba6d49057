//! The text of go.mod, go.work and vendor/modules.txt.
//!
//! A dependency's go.mod is read leniently: what a newer go command may have written there is
//! skipped, as are its `replace` and `exclude` lines, which only count in the main module.
//!
//! Upstream: `golang.org/x/mod/modfile`, `cmd/go/internal/modload/vendor.go`.

use camino::Utf8Path;
use rustc_hash::FxHashMap;

use analysis::symbol::Symbol;

use super::error::LoadError;
use super::version::{is_go_version, is_semver};

/// A module and its version; the version is empty for a main module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct ModVersion {
    pub(super) path: Symbol,
    pub(super) version: Symbol,
}

impl ModVersion {
    pub(super) fn new(path: &str, version: &str) -> ModVersion {
        ModVersion { path: Symbol::new(path), version: Symbol::new(version) }
    }
}

impl std::fmt::Display for ModVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.version.is_empty() {
            write!(f, "{}", self.path)
        } else {
            write!(f, "{}@{}", self.path, self.version)
        }
    }
}

/// What go.mod or go.work says, as far as it matters to a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ModFile {
    pub(super) module: String,
    /// The version in the `go` line; empty if there is none.
    pub(super) go: String,
    /// The `toolchain` line; empty if there is none.
    pub(super) toolchain: String,
    pub(super) require: Vec<Require>,
    pub(super) exclude: Vec<ModVersion>,
    pub(super) replace: Vec<Replace>,
    /// Import paths of tools.
    pub(super) tool: Vec<String>,
    /// Directories that patterns skip.
    pub(super) ignore: Vec<String>,
    /// The modules of a go.work.
    pub(super) used: Vec<String>,
}

/// A `require` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Require {
    pub(super) module: ModVersion,
    pub(super) indirect: bool,
}

/// A `replace` line. Without a version, `old` stands for every version and `new` is a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Replace {
    pub(super) old: ModVersion,
    pub(super) new: ModVersion,
}

/// Who is asking, and so how strict to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The go.mod of a main module.
    Main,
    /// The go.mod of a dependency.
    Dependency,
    /// go.work.
    Work,
}

/// Reads `text`; `path` names it in errors.
pub(super) fn parse(path: &Utf8Path, text: &str, role: Role) -> Result<ModFile, LoadError> {
    let mut file = ModFile::default();
    let mut block: Option<String> = None;
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let error = |message: String| LoadError::Syntax {
            path: path.to_owned(),
            line: u32::try_from(at + 1).unwrap_or(u32::MAX),
            message,
        };
        let (words, comment) = split_line(line).map_err(&error)?;
        let Some(first) = words.first() else { continue };
        let outcome = match (&block, words.as_slice()) {
            (Some(_), [word]) if word == ")" => {
                block = None;
                Ok(())
            }
            (Some(verb), args) => file.line(verb, args, comment, role),
            (None, [verb, open]) if open == "(" => {
                block = Some(verb.clone());
                Ok(())
            }
            (None, [verb, open, close]) if open == "(" && close == ")" => {
                let _ = verb;
                Ok(())
            }
            (None, args) => file.line(first, &args[1..], comment, role),
        };
        outcome.map_err(error)?;
    }
    if let Some(verb) = block {
        return Err(LoadError::Syntax {
            path: path.to_owned(),
            line: u32::try_from(text.lines().count()).unwrap_or(u32::MAX),
            message: format!("the block of `{verb}` is not closed: add a `)`"),
        });
    }
    Ok(file)
}

impl ModFile {
    fn line(
        &mut self,
        verb: &str,
        args: &[String],
        comment: &str,
        role: Role,
    ) -> Result<(), String> {
        let usage = |usage: &str| Err(format!("usage: {usage}"));
        match (verb, args) {
            ("module", [path]) if role != Role::Work => self.module.clone_from(path),
            ("module", _) if role != Role::Work => return usage("module module/path"),
            ("go", [version]) => {
                if is_go_version(version) {
                    self.go.clone_from(version);
                } else if role == Role::Dependency {
                    version_prefix(version).clone_into(&mut self.go);
                } else {
                    return Err(format!("invalid go version '{version}': must match format 1.23"));
                }
            }
            ("go", _) if role != Role::Dependency => return usage("go 1.23"),
            ("toolchain", [name]) => self.toolchain.clone_from(name),
            ("require", [path, version]) if role != Role::Work => {
                if !is_semver(version) && role == Role::Main {
                    return Err(format!(
                        "{path}: version {version:?} is not one that go.mod can keep: run `go mod tidy`"
                    ));
                }
                let indirect = comment == "indirect" || comment.starts_with("indirect;");
                self.require.push(Require { module: ModVersion::new(path, version), indirect });
            }
            ("require", _) if role != Role::Work => return usage("require module/path v1.2.3"),
            // The rest has no effect in a dependency, so it cannot be wrong there.
            _ if role == Role::Dependency => {}
            ("exclude", [path, version]) if role == Role::Main => {
                self.exclude.push(ModVersion::new(path, version));
            }
            ("replace", args) => match parse_replace(args) {
                Some(replace) => self.replace.push(replace),
                None => {
                    return usage(
                        "replace module/path [v1.2.3] => other/module v1.4 or ../local/directory",
                    );
                }
            },
            ("tool", [path]) if role == Role::Main => self.tool.push(path.clone()),
            ("ignore", [path]) if role == Role::Main => self.ignore.push(path.clone()),
            ("use", [path]) if role == Role::Work => self.used.push(path.clone()),
            ("use", _) if role == Role::Work => return usage("use local/dir"),
            ("godebug", _) | ("retract", _) => {}
            _ => return Err(format!("unknown directive: {verb}")),
        }
        Ok(())
    }
}

fn parse_replace(args: &[String]) -> Option<Replace> {
    let arrow = args.iter().position(|word| word == "=>")?;
    let old = match &args[..arrow] {
        [path] => ModVersion::new(path, ""),
        [path, version] if is_semver(version) => ModVersion::new(path, version),
        _ => return None,
    };
    let new = match &args[arrow + 1..] {
        [dir] if is_directory(dir) => ModVersion::new(dir, ""),
        [path, version] if !is_directory(path) => ModVersion::new(path, version),
        _ => return None,
    };
    Some(Replace { old, new })
}

/// Whether the right side of a `replace` is a directory rather than a module path.
fn is_directory(text: &str) -> bool {
    text == "."
        || text == ".."
        || ["./", "../", "/", ".\\", "..\\", "\\"].iter().any(|start| text.starts_with(start))
        || text.as_bytes().get(1) == Some(&b':')
}

/// `1.21` in `1.21-custom`: what a lenient reader makes of a `go` line.
fn version_prefix(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let version = text[..end].trim_end_matches('.');
    if is_go_version(version) { version } else { "" }
}

/// The words of a line and the comment behind them.
fn split_line(line: &str) -> Result<(Vec<String>, &str), String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            return Ok((words, comment.trim()));
        }
        let end = match first {
            '"' | '`' => {
                let Some(len) = rest[1..].find(first) else {
                    return Err("a quoted string is not closed".to_owned());
                };
                words.push(rest[1..=len].to_owned());
                len + 2
            }
            '(' | ')' | ',' => {
                words.push(first.to_string());
                1
            }
            _ => {
                let end = rest
                    .char_indices()
                    .find(|(at, c)| {
                        c.is_whitespace()
                            || matches!(c, '(' | ')' | ',' | '"' | '`')
                            || rest[*at..].starts_with("//")
                    })
                    .map_or(rest.len(), |(at, _)| at);
                words.push(rest[..end].to_owned());
                end
            }
        };
        rest = rest[end..].trim_start();
    }
    Ok((words, ""))
}

/// What vendor/modules.txt says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct VendorList {
    /// Whether it was written by `go work vendor`.
    pub(super) workspace: bool,
    /// The module of each vendored package.
    pub(super) packages: FxHashMap<String, ModVersion>,
    /// The modules, with what is known about them.
    pub(super) modules: FxHashMap<ModVersion, VendorModule>,
}

/// A module in vendor/modules.txt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct VendorModule {
    /// Whether the main module requires it itself.
    pub(super) explicit: bool,
    /// Its `go` line; empty if it has none.
    pub(super) go: String,
    pub(super) replaced_by: Option<ModVersion>,
}

/// Reads the text of vendor/modules.txt. Lines that make no sense are skipped, as upstream.
pub(super) fn parse_vendor_list(text: &str) -> VendorList {
    let mut list = VendorList::default();
    let mut current: Option<ModVersion> = None;
    for (at, line) in text.lines().enumerate() {
        if at == 0 && line.strip_prefix("## ").is_some_and(|rest| has_note(rest, "workspace")) {
            list.workspace = true;
        }
        if let Some(rest) = line.strip_prefix("# ") {
            let words: Vec<&str> = rest.split_whitespace().collect();
            let (module, rest) = match words.as_slice() {
                [path, version, rest @ ..] if is_semver(version) => {
                    (ModVersion::new(path, version), rest)
                }
                [path, rest @ ..] if rest.first() == Some(&"=>") => {
                    (ModVersion::new(path, ""), rest)
                }
                [_, _, ..] => {
                    current = None;
                    continue;
                }
                _ => continue,
            };
            current = Some(module);
            let entry = list.modules.entry(module).or_default();
            match rest {
                ["=>", dir] => entry.replaced_by = Some(ModVersion::new(dir, "")),
                ["=>", path, version] if is_semver(version) => {
                    entry.replaced_by = Some(ModVersion::new(path, version));
                }
                _ => {}
            }
            continue;
        }
        let Some(module) = current else { continue };
        if let Some(notes) = line.strip_prefix("## ") {
            let entry = list.modules.entry(module).or_default();
            entry.explicit |= has_note(notes, "explicit");
            if let Some(go) = notes.split(';').find_map(|note| note.trim().strip_prefix("go ")) {
                go.clone_into(&mut entry.go);
            }
        } else if let [package] = line.split_whitespace().collect::<Vec<_>>().as_slice() {
            list.packages.insert((*package).to_owned(), module);
        }
    }
    list
}

fn has_note(notes: &str, wanted: &str) -> bool {
    notes.split(';').any(|note| note.trim() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_main(text: &str) -> Result<ModFile, String> {
        parse("go.mod".into(), text, Role::Main).map_err(|error| error.to_string())
    }

    #[test]
    fn a_go_mod_is_read() {
        let file = parse_main(
            "// A comment.\nmodule \"example.com/m\" // deprecated\n\ngo 1.24.1\ntoolchain go1.27.3\n\
             require (\n\ta.b/c v1.2.3\n\td.e/f/v2 v2.0.0-rc1 // indirect\n)\n\
             exclude a.b/c v1.2.4\nretract [v1.0.0, v1.1.0]\n\
             replace a.b/c => ../c\nreplace d.e/f/v2 v2.0.0-rc1 => g.h/f/v2 v2.0.1\n\
             tool a.b/c/cmd\nignore ./node_modules\ngodebug default=go1.21\n",
        )
        .unwrap();
        assert_eq!(file.module, "example.com/m");
        assert_eq!((file.go.as_str(), file.toolchain.as_str()), ("1.24.1", "go1.27.3"));
        let c = ModVersion::new("a.b/c", "v1.2.3");
        let f = ModVersion::new("d.e/f/v2", "v2.0.0-rc1");
        assert_eq!(
            file.require,
            [Require { module: c, indirect: false }, Require { module: f, indirect: true }]
        );
        assert_eq!(file.exclude, [ModVersion::new("a.b/c", "v1.2.4")]);
        assert_eq!(
            file.replace,
            [
                Replace { old: ModVersion::new("a.b/c", ""), new: ModVersion::new("../c", "") },
                Replace { old: f, new: ModVersion::new("g.h/f/v2", "v2.0.1") },
            ]
        );
        assert_eq!(file.tool, ["a.b/c/cmd"]);
        assert_eq!(file.ignore, ["./node_modules"]);
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_line() {
        assert_eq!(
            parse_main("module m\n\ngo latest\n"),
            Err("go.mod:3: invalid go version 'latest': must match format 1.23".into())
        );
        assert_eq!(
            parse_main("module m\nrequire x\n"),
            Err("go.mod:2: usage: require module/path v1.2.3".into())
        );
        assert_eq!(parse_main("use ./a\n"), Err("go.mod:1: unknown directive: use".into()));
        assert_eq!(
            parse_main("require (\n\ta v1.0.0\n"),
            Err("go.mod:2: the block of `require` is not closed: add a `)`".into())
        );
    }

    #[test]
    fn a_dependency_may_say_what_this_release_does_not_know() {
        let text = "module m\ngo 1.30-new\nfuture x y\nreplace nonsense\n";
        let file = parse("go.mod".into(), text, Role::Dependency).unwrap();
        assert_eq!(file.go, "1.30");
        assert_eq!(file.replace, []);
    }

    #[test]
    fn a_go_work_lists_its_modules() {
        let text = "go 1.27\nuse (\n\t.\n\t./tools\n)\nuse ../other\nreplace a.b/c => ./c\n";
        let file = parse("go.work".into(), text, Role::Work).unwrap();
        assert_eq!(file.used, [".", "./tools", "../other"]);
        assert_eq!(file.replace.len(), 1);
    }

    #[test]
    fn a_vendor_list_says_which_module_a_package_is_from() {
        let list = parse_vendor_list(
            "## workspace\n# a.b/c v1.2.3\n## explicit; go 1.21\na.b/c\na.b/c/d\n\
             # e.f/g v1.0.0 => ../g\ne.f/g\n# h.i/j => k.l/m v1.1.0\n",
        );
        assert!(list.workspace);
        let c = ModVersion::new("a.b/c", "v1.2.3");
        assert_eq!(list.packages["a.b/c/d"], c);
        assert_eq!(
            list.modules[&c],
            VendorModule { explicit: true, go: "1.21".into(), replaced_by: None }
        );
        let g = ModVersion::new("e.f/g", "v1.0.0");
        assert_eq!(list.modules[&g].replaced_by, Some(ModVersion::new("../g", "")));
        let j = ModVersion::new("h.i/j", "");
        assert_eq!(list.modules[&j].replaced_by, Some(ModVersion::new("k.l/m", "v1.1.0")));
    }
}
