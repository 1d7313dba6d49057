//! The loader on small workspaces, with a standard library of a few files and no go command.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

use analysis::release::GoVersion;
use server::loader::{Env, EnvOptions, LoadError, Loader, PackageErrorKind, PackageGraph};

/// A directory that is removed with its test.
struct Workspace {
    root: Utf8PathBuf,
}

impl Workspace {
    /// Writes files given as `-- path --` headers, each with its text below, next to a GOROOT.
    fn new(files: &str) -> Workspace {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let temp = Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap();
        let root = temp.join(format!("goescape-loader-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        let workspace = Workspace { root: root.canonicalize_utf8().unwrap() };
        workspace.write("goroot/VERSION", "go1.27.3\ntime 2026-10-19T22:20:36Z\n");
        for path in ["runtime", "os", "reflect", "testing", "testing/internal/testdeps", "fmt"] {
            let name = path.rsplit('/').next().unwrap();
            workspace.write(&format!("goroot/src/{path}/x.go"), &format!("package {name}\n"));
        }
        workspace.write("goroot/src/internal/abi/x.go", "package abi\n");
        workspace.write(
            "goroot/src/net/http/x.go",
            "package http\nimport (\n\t\"golang.org/x/net/idna\"\n\t\"internal/abi\"\n)\n",
        );
        workspace.write("goroot/src/vendor/golang.org/x/net/idna/x.go", "package idna\n");
        let mut name = None;
        let mut text = String::new();
        for line in files.lines().chain(["-- end --"]) {
            if let Some(next) = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
                if let Some(name) = name.replace(next) {
                    workspace.write(&format!("w/{name}"), &text);
                }
                text.clear();
            } else {
                text.push_str(line);
                text.push('\n');
            }
        }
        workspace
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn dir(&self) -> Utf8PathBuf {
        self.root.join("w")
    }

    fn env(&self, vars: &[(&str, &str)]) -> Result<Env, LoadError> {
        let goroot = self.root.join("goroot").into_string();
        let cache = self.root.join("cache").into_string();
        let mut all = vec![
            ("GOROOT".to_owned(), goroot),
            ("GOMODCACHE".to_owned(), cache),
            ("GOENV".to_owned(), self.root.join("env").into_string()),
            ("GOTOOLCHAIN".to_owned(), "local".to_owned()),
            ("GOFLAGS".to_owned(), String::new()),
            ("GOOS".to_owned(), "linux".to_owned()),
            ("GOARCH".to_owned(), "amd64".to_owned()),
            ("CGO_ENABLED".to_owned(), "0".to_owned()),
        ];
        all.extend(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let go = Some(self.root.join("no-such-go"));
        Env::load(&self.dir(), &EnvOptions { go, vars: all, flags: Vec::new() })
    }

    fn loader(&self, vars: &[(&str, &str)]) -> Loader {
        Loader::new(self.dir(), Arc::new(self.env(vars).unwrap()))
    }

    fn load(&self, patterns: &[&str]) -> Result<PackageGraph, LoadError> {
        self.loader(&[]).load_with_tests(&strings(patterns))
    }

    /// The errors of all packages: kind and message, with this directory as `$W`.
    fn errors(&self, patterns: &[&str]) -> Vec<String> {
        let graph = self.load(patterns).unwrap();
        let errors = graph.packages.iter().flat_map(|package| {
            package.errors.iter().map(move |error| {
                let file = error.file.as_ref().map_or("-", |file| file.file_name().unwrap());
                format!("{} {file}:{} {:?}: {}", package.id, error.line, error.kind, error.message)
            })
        });
        errors.map(|error| error.replace(self.root.as_str(), "$W")).collect()
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn ids(graph: &PackageGraph) -> Vec<String> {
    graph.roots.iter().map(ToString::to_string).collect()
}

fn import(graph: &PackageGraph, package: &str, path: &str) -> String {
    let package = graph.packages.iter().find(|known| known.id.to_string() == package).unwrap();
    package.imports[path].to_string()
}

#[test]
fn a_test_sees_recompiled_packages_between_it_and_the_package() {
    let workspace = Workspace::new(
        "-- go.mod --\nmodule m\ngo 1.26\n-- p/p.go --\npackage p\n-- p/in_test.go --\npackage p\n\
         -- p/out_test.go --\npackage p_test\nimport (\n\t\"m/p\"\n\t\"m/q\"\n\t\"m/r\"\n)\n\
         -- q/q.go --\npackage q\nimport \"m/p\"\n-- r/r.go --\npackage r\nimport \"fmt\"\n",
    );
    let graph = workspace.load(&["./p"]).unwrap();
    assert_eq!(ids(&graph), ["m/p", "m/p [m/p.test]", "m/p_test [m/p.test]"]);
    let test = "m/p_test [m/p.test]";
    assert_eq!(import(&graph, test, "m/p"), "m/p [m/p.test]");
    assert_eq!(import(&graph, test, "m/q"), "m/q [m/p.test]");
    assert_eq!(import(&graph, test, "m/r"), "m/r");
    assert_eq!(import(&graph, "m/q [m/p.test]", "m/p"), "m/p [m/p.test]");
    assert_eq!(graph.get(graph.roots[0]).unwrap().go_version, GoVersion::new(26));
    assert!(graph.packages.iter().all(|package| package.id.to_string() != "m/q"));
}

#[test]
fn the_standard_library_has_vendored_packages_and_the_toolchains_language() {
    let workspace = Workspace::new("-- go.mod --\nmodule m\n-- x.go --\npackage m\n");
    let graph = workspace.load(&["net/http"]).unwrap();
    let vendored = "vendor/golang.org/x/net/idna";
    assert_eq!(import(&graph, "net/http", "golang.org/x/net/idna"), vendored);
    let http = graph.get(graph.roots[0]).unwrap();
    assert!(http.standard && http.errors.is_empty());
    assert_eq!(http.go_version, GoVersion::new(27));
    let graph = workspace.load(&["."]).unwrap();
    assert_eq!(graph.get(graph.roots[0]).unwrap().go_version, GoVersion::new(16));
}

#[test]
fn what_is_wrong_with_a_package_is_said_in_the_go_commands_words() {
    let workspace = Workspace::new(
        "-- go.mod --\nmodule m\ngo 1.26\n\
         -- a/a.go --\npackage a\n\nimport (\n\t\"m/missing\"\n\t\"nowhere\"\n\t\"other.org/x\"\n\t\"m/cmd\"\n\
         \t\"internal/abi\"\n\t\"net/http\"\n\t\"m/onlytest\"\n)\n\
         -- cmd/main.go --\npackage main\n-- onlytest/x_test.go --\npackage onlytest\n\
         -- two/a.go --\npackage one\n-- two/b.go --\npackage two\n\
         -- broken/x.go --\npackage\n-- tag/x.go --\n//go:build (linux\n\npackage tag\n",
    );
    assert_eq!(
        workspace.errors(&["./a"]),
        [
            "m/a a.go:8 Visibility: use of internal package internal/abi not allowed",
            "m/a a.go:7 Visibility: import \"m/cmd\" is a program, not an importable package",
            "m/a a.go:4 Import: package m/missing is not in std ($W/goroot/src/m/missing)",
            "m/a a.go:10 Import: no non-test Go files in $W/w/onlytest",
            "m/a a.go:5 Import: package nowhere is not in std ($W/goroot/src/nowhere)",
            "m/a a.go:6 Import: no required module provides package other.org/x; to add it:\n\tgo get other.org/x",
        ]
        .map(str::to_owned)
    );
    assert_eq!(
        workspace.errors(&["./two", "./broken", "./tag"]),
        [
            "m/two b.go:0 Names: found packages one (a.go) and two (b.go) in $W/w/two",
            "m/broken x.go:2 Syntax: expected 'IDENT', found 'EOF'",
            "m/tag x.go:0 Syntax: x.go: parsing //go:build line: missing close paren",
        ]
        .map(str::to_owned)
    );
}

#[test]
fn import_cycles_are_cut_where_they_close() {
    let workspace = Workspace::new(
        "-- go.mod --\nmodule m\ngo 1.26\n-- a/a.go --\npackage a\nimport \"m/b\"\n\
         -- b/b.go --\npackage b\nimport \"m/c\"\n-- c/c.go --\npackage c\nimport \"m/a\"\n\
         -- d/d.go --\npackage d\n-- d/d_test.go --\npackage d\nimport \"m/e\"\n\
         -- e/e.go --\npackage e\nimport \"m/d\"\n",
    );
    assert_eq!(
        workspace.errors(&["./a", "./d"]),
        [
            "m/c c.go:2 Cycle: import cycle not allowed: m/a imports m/b imports m/c imports m/a",
            "m/d [m/d.test] d_test.go:2 Cycle: import cycle not allowed in test: m/d imports m/e",
        ]
        .map(str::to_owned)
    );
}

#[test]
fn constraints_choose_files_and_loose_files_escape_them() {
    let workspace = Workspace::new(
        "-- go.mod --\nmodule m\ngo 1.26\n-- a.go --\npackage m\n-- a_windows.go --\npackage m\n\
         -- b_linux.go --\npackage m\n-- gen.go --\n//go:build ignore\n\npackage main\nimport \"fmt\"\n\
         -- c.go --\n//go:build mytag\n\npackage m\n-- cgo.go --\npackage m\nimport \"C\"\n-- x.s --\n",
    );
    let files = |vars: &[(&str, &str)], pattern: &str| {
        let graph = workspace.loader(vars).load(&strings(&[pattern])).unwrap();
        let package = graph.get(graph.roots[0]).unwrap();
        assert!(package.has_asm || pattern != ".");
        let names = package.files.iter().map(|file| file.file_name().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(files(&[], "."), ["a.go", "b_linux.go"]);
    assert_eq!(files(&[("GOFLAGS", "-tags=mytag")], "."), ["a.go", "b_linux.go", "c.go"]);
    assert_eq!(files(&[("GOOS", "windows")], "."), ["a.go", "a_windows.go"]);
    assert_eq!(files(&[("CGO_ENABLED", "1")], "."), ["a.go", "b_linux.go", "cgo.go"]);
    assert_eq!(files(&[], "gen.go"), ["gen.go"]);
}

#[test]
fn dependencies_come_from_the_module_cache_and_from_replacements() {
    let workspace = Workspace::new(
        "-- go.mod --\nmodule m\ngo 1.26\nrequire (\n\tA.org/x v1.2.0\n\tb.org/y v1.0.0\n\tc.org/z v1.0.0\n)\n\
         replace b.org/y => ./local\n\
         -- m.go --\npackage m\nimport (\n\t_ \"A.org/x/sub\"\n\t_ \"b.org/y\"\n\t_ \"c.org/z\"\n\t_ \"d.org/deep\"\n)\n\
         -- local/go.mod --\nmodule b.org/y\ngo 1.24\n-- local/y.go --\npackage y\n",
    );
    workspace.write("cache/!a.org/x@v1.2.0/sub/x.go", "package sub\n");
    let go_mod = "module A.org/x\ngo 1.21\nrequire d.org/deep v1.1.0\n";
    workspace.write("cache/cache/download/!a.org/x/@v/v1.2.0.mod", go_mod);
    workspace.write("cache/d.org/deep@v1.1.0/x.go", "package deep\n");
    workspace.write("cache/cache/download/d.org/deep/@v/v1.1.0.mod", "module d.org/deep\n");
    let graph = workspace.load(&["."]).unwrap();
    let version = |path: &str| {
        let package = graph.packages.iter().find(|package| package.id.to_string() == path).unwrap();
        (package.module.as_ref().unwrap().version.clone(), package.go_version.minor)
    };
    assert_eq!(version("A.org/x/sub"), ("v1.2.0".to_owned(), 21));
    assert_eq!(version("b.org/y"), ("v1.0.0".to_owned(), 24));
    assert_eq!(version("d.org/deep"), ("v1.1.0".to_owned(), 16));
    assert_eq!(
        workspace.errors(&["."]),
        [
            "m m.go:5 Import: cannot find package c.org/z: module c.org/z@v1.0.0 is not in the module cache \
             ($W/cache/c.org/z@v1.0.0 is missing): run `go mod download`",
            "m m.go:6 Import: package m imports d.org/deep from implicitly required module; to add missing \
             requirements, run:\n\tgo get d.org/deep@v1.1.0",
        ]
        .map(str::to_owned)
    );
}

#[test]
fn a_nested_module_is_not_part_of_its_parent() {
    let workspace = Workspace::new(
        "-- go.mod --\nmodule m\ngo 1.26\n-- a/a.go --\npackage a\n-- n/go.mod --\nmodule n\n\
         -- n/n.go --\npackage n\n-- testdata/t.go --\npackage t\n-- _u/u.go --\npackage u\n\
         -- vendored.go --\npackage m\n",
    );
    assert_eq!(ids(&workspace.load(&["./..."]).unwrap()), ["m", "m/a"]);
    let error = workspace.load(&["./n"]).unwrap_err().to_string();
    assert!(error.contains("is in a module of its own"), "{error}");
    workspace.write("w/go.work", "go 1.26\nuse (\n\t.\n\t./n\n)\n");
    assert_eq!(ids(&workspace.load(&["./...", "./n/..."]).unwrap()), ["m", "m/a", "n"]);
}

#[test]
fn a_package_in_two_modules_is_ambiguous() {
    let workspace = Workspace::new(
        "-- go.mod --\nmodule m\ngo 1.26\nrequire (\n\ta.org/x v1.0.0\n\ta.org/x/y v1.0.0\n)\n\
         -- m.go --\npackage m\nimport _ \"a.org/x/y\"\n",
    );
    workspace.write("cache/a.org/x@v1.0.0/y/y.go", "package y\n");
    workspace.write("cache/a.org/x/y@v1.0.0/y.go", "package y\n");
    assert_eq!(
        workspace.errors(&["."]),
        ["m m.go:2 Import: ambiguous import: found package a.org/x/y in multiple modules:\
          \n\ta.org/x v1.0.0 ($W/cache/a.org/x@v1.0.0/y)\
          \n\ta.org/x/y v1.0.0 ($W/cache/a.org/x/y@v1.0.0)"
            .to_owned()]
    );
}

#[test]
fn unsaved_buffers_count_and_reloading_follows_them() {
    let workspace = Workspace::new("-- go.mod --\nmodule m\ngo 1.26\n-- a/a.go --\npackage a\n");
    let mut loader = workspace.loader(&[]);
    let all = strings(&["./..."]);
    assert_eq!(ids(&loader.load(&all).unwrap()), ["m/a"]);
    let file = workspace.dir().join("b/b.go");
    loader.set_buffer(&file, Some("package b\nimport \"m/a\"\n".into()));
    assert_eq!(loader.package_of_file(&file).unwrap().pattern, "m/b");
    let graph = loader.load(&strings(&["m/b"])).unwrap();
    assert_eq!(import(&graph, "m/b", "m/a"), "m/a");
    loader.set_buffer(&file, Some("package b\nimport \"fmt\"\n".into()));
    let graph = loader.load(&strings(&["m/b"])).unwrap();
    assert_eq!(import(&graph, "m/b", "fmt"), "fmt");
    loader.set_buffer(&file, None);
    assert!(loader.load(&strings(&["m/b"])).is_err());
    workspace.write("w/c/c.go", "package c\n");
    loader.file_changed(&workspace.dir().join("c/c.go"));
    assert_eq!(ids(&loader.load(&all).unwrap()), ["m/a", "m/c"]);
}

#[test]
fn a_file_knows_its_packages() {
    let workspace = Workspace::new(
        "-- go.mod --\nmodule m\ngo 1.26\n-- a.go --\npackage m\n-- a_test.go --\npackage m\n\
         -- b_test.go --\npackage m_test\n-- c_windows.go --\npackage m\n",
    );
    let loader = workspace.loader(&[]);
    let ids = |name: &str| {
        let found = loader.package_of_file(&workspace.dir().join(name)).unwrap();
        found.ids.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(ids("a.go"), ["m", "m [m.test]"]);
    assert_eq!(ids("a_test.go"), ["m [m.test]"]);
    assert_eq!(ids("b_test.go"), ["m_test [m.test]"]);
    let left_out = loader.package_of_file(&workspace.dir().join("c_windows.go")).unwrap();
    assert_eq!(
        left_out.left_out.as_deref(),
        Some("build constraints exclude c_windows.go from package m")
    );
    assert!(left_out.pattern.ends_with("c_windows.go"));
}

#[test]
fn without_a_go_command_the_usual_places_must_do() {
    let workspace = Workspace::new("-- go.mod --\nmodule m\ngo 1.99\n-- m.go --\npackage m\n");
    let env = workspace.env(&[]).unwrap();
    assert_eq!(env.toolchain.version, "go1.27.3");
    assert!(env.problems[0].contains("install Go, or name the go command"), "{:?}", env.problems);
    assert!(env.problems[1].contains("requires go >= 1.99"), "{:?}", env.problems);
    let report = env.to_string();
    assert!(report.contains("GOROOT") && report.contains("go1.27.3"), "{report}");
    let error = workspace.env(&[("GOROOT", "/nonexistent")]).unwrap_err();
    assert!(error.to_string().contains("install Go or set GOROOT"), "{error}");
}

#[test]
fn the_toolchain_that_go_mod_asks_for_is_used_where_it_is_installed() {
    let workspace = Workspace::new("-- go.mod --\nmodule m\ngo 1.28.1\n-- m.go --\npackage m\n");
    let auto = [("GOTOOLCHAIN", "auto")];
    let env = workspace.env(&auto).unwrap();
    assert_eq!(env.toolchain.version, "go1.27.3");
    let problem = env.problems.iter().find(|problem| problem.contains("go1.28.1")).unwrap();
    assert!(problem.contains("is not installed; go1.27.3 is used instead"), "{problem}");
    let host = format!("{}-{}", env.vars["GOHOSTOS"], env.vars["GOHOSTARCH"]);
    let cached = format!("cache/golang.org/toolchain@v0.0.1-go1.28.1.{host}");
    workspace.write(&format!("{cached}/VERSION"), "go1.28.1\n");
    workspace.write(&format!("{cached}/src/runtime/x.go"), "package runtime\n");
    let env = workspace.env(&auto).unwrap();
    assert_eq!(env.goroot(), workspace.root.join(cached));
    assert_eq!(env.language(), GoVersion::new(28));
    assert!(!env.release().1);
}

#[test]
fn a_broken_workspace_is_an_error_with_a_way_out() {
    let workspace = Workspace::new("-- x.txt --\n");
    let message = |error: LoadError| error.to_string().replace(workspace.root.as_str(), "$W");
    assert_eq!(
        message(workspace.load(&["./..."]).unwrap_err()),
        "no go.mod at or above $W/w: run `go mod init` there, or name .go files"
    );
    workspace.write("w/go.mod", "module m\nrequire x\n");
    assert_eq!(
        message(workspace.load(&["."]).unwrap_err()),
        "$W/w/go.mod:2: usage: require module/path v1.2.3"
    );
    workspace.write("w/go.mod", "module m\n");
    let off = workspace.loader(&[("GO111MODULE", "off")]);
    assert!(off.load(&strings(&["."])).unwrap_err().to_string().starts_with("GO111MODULE=off: "));
}

#[test]
fn files_that_are_no_text_are_named() {
    let workspace = Workspace::new("-- go.mod --\nmodule m\ngo 1.26\n-- a.go --\npackage m\n");
    std::fs::write(workspace.dir().join("b.go"), b"package m // \xff\n").unwrap();
    std::fs::write(workspace.dir().join("c.go"), b"package\0m\n").unwrap();
    assert_eq!(
        workspace.errors(&["."]),
        [
            "m b.go:1 Syntax: illegal UTF-8 encoding",
            "m c.go:0 Read: unexpected NUL in input: is this text?",
        ]
        .map(str::to_owned)
    );
    let loader = workspace.loader(&[]);
    let error = loader.text(Utf8Path::new(&workspace.dir().join("b.go"))).unwrap_err();
    assert!(error.to_string().ends_with("b.go is not UTF-8 text: Go source is; convert the file"));
    let kinds = [PackageErrorKind::Syntax, PackageErrorKind::Read];
    let graph = loader.load(&[]).unwrap();
    let errors = &graph.get(graph.roots[0]).unwrap().errors;
    assert_eq!(errors.iter().map(|error| error.kind).collect::<Vec<_>>(), kinds);
}
