//! The loader against the go command: same packages, files, imports, language versions, variants.
//!
//! Runs with `GOESCAPE_SLOW=1`, with the go command on `PATH` or the one in `GOESCAPE_GO`. The
//! modules come through the Go module proxy.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use analysis::release::GoVersion;
use server::loader::{Env, EnvOptions, Loader, PackageGraph};

/// What both sides say about one package.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    name: String,
    files: Vec<String>,
    imports: BTreeMap<String, String>,
    go_version: GoVersion,
    standard: bool,
    has_asm: bool,
    has_errors: bool,
}

impl Facts {
    /// The lines of `self` that `other` does not have.
    fn lines_not_in(&self, other: &Facts) -> String {
        let (ours, theirs) = (format!("{self:#?}"), format!("{other:#?}"));
        let known: Vec<&str> = theirs.lines().collect();
        let more: Vec<&str> = ours.lines().filter(|line| !known.contains(line)).collect();
        more.join("\n")
    }
}

#[test]
fn std_is_loaded_as_the_go_command_does() {
    check_outside_modules(&["std"]);
}

#[test]
fn cmd_is_loaded_as_the_go_command_does() {
    check_outside_modules(&["cmd"]);
}

#[test]
fn patterns_match_as_the_go_command_says() {
    check_outside_modules(&["net/...", "vendor/golang.org/x/...", "fmt"]);
    check_outside_modules(&["cmd/vendor/..."]);
}

#[test]
fn the_standard_librarys_own_modules_are_loaded_as_the_go_command_does() {
    if !is_slow() {
        return;
    }
    let root = String::from_utf8(run(&temp_dir("root"), &["env", "GOROOT"])).unwrap();
    let src = Utf8PathBuf::from(root.trim()).join("src");
    // Where GOROOT is reached through a link, the go command names some files by one path and some
    // by the other.
    if src.canonicalize_utf8().unwrap() != src {
        return;
    }
    check(&src, &[], &["./encoding/...", "net/http"]);
    check(&src.join("fmt"), &[], &["."]);
    check(&src.join("cmd"), &[], &["./go/..."]);
}

#[test]
fn broken_packages_are_broken_for_both() {
    if !is_slow() {
        return;
    }
    let dir = temp_dir("broken");
    for (name, text) in [
        ("go.mod", "module example.com/m\n\ngo 1.26\n"),
        ("cycle/a/a.go", "package a\nimport _ \"example.com/m/cycle/b\"\n"),
        ("cycle/b/b.go", "package b\nimport _ \"example.com/m/cycle/a\"\n"),
        ("names/a.go", "package one\n"),
        ("names/b.go", "package two\n"),
        ("names/b_test.go", "package three_test\n"),
        ("missing/a.go", "package a\nimport _ \"example.com/m/nothing\"\nimport _ \"nothing\"\n"),
        ("internals/a.go", "package a\nimport _ \"internal/abi\"\n"),
        ("x/internal/y/y.go", "package y\n"),
        ("hidden/a.go", "package a\nimport _ \"example.com/m/x/internal/y\"\n"),
        ("x/seen/a.go", "package a\nimport _ \"example.com/m/x/internal/y\"\n"),
        ("excluded/a_windows.go", "package a\n"),
        ("excluded/a_test.go", "package a\n"),
        ("program/main.go", "package main\n"),
        ("importer/a.go", "package a\nimport _ \"example.com/m/program\"\n"),
        ("syntax/a.go", "package a\nimport fmt\n"),
        ("syntax/b.go", "package a\nimport \"os\"\n"),
        ("tags/a.go", "//go:build linux &&\n\npackage a\n"),
        ("tags/b.go", "package a\n"),
        ("c/a.go", "package a\n"),
        ("c/a.c", "int x;\n"),
        ("doc/a.go", "package a\n"),
        ("doc/b.go", "package documentation\n"),
        ("relative/a.go", "package a\nimport _ \"./sub\"\n"),
        ("vendored/a.go", "package a\nimport _ \"vendor/golang.org/x/net/idna\"\n"),
        ("versioned/a.go", "package a\nimport _ \"example.com/m@v1\"\n"),
        ("nofile/only_windows.go", "package a\n"),
        ("usesnofile/a.go", "package a\nimport _ \"example.com/m/nofile\"\n"),
    ] {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let listed = run(&dir, &["list", "-e", "-json=ImportPath,Error,DepsErrors", "./..."]);
    let listed = serde_json::Deserializer::from_slice(&listed).into_iter::<Value>();
    let expected: BTreeMap<String, bool> = listed
        .map(|package| {
            let package = package.unwrap();
            let broken = package["Error"] != Value::Null || package["DepsErrors"] != Value::Null;
            (text(&package["ImportPath"]), broken)
        })
        .collect();
    let options = EnvOptions { go: Some(go()), ..EnvOptions::default() };
    let loader = Loader::new(dir.clone(), Arc::new(Env::load(&dir, &options).unwrap()));
    let graph = loader.load(&["./...".to_owned()]).unwrap();
    let mut broken = BTreeMap::new();
    for package in &graph.packages {
        let mut needs = package.dependencies().into_iter();
        let is_broken = !package.errors.is_empty() || needs.any(|id| broken[&id.to_string()]);
        broken.insert(package.id.to_string(), is_broken);
    }
    broken.retain(|id, _| graph.roots.iter().any(|root| root.to_string() == *id));
    assert_eq!(broken, expected);
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn another_system_is_loaded_as_the_go_command_does() {
    let vars = [("GOOS", "windows"), ("GOARCH", "arm64"), ("GOFLAGS", "-tags=netgo,osusergo")];
    check_with(&vars, &["std"]);
    check_with(&[("GOOS", "ios"), ("GOARCH", "arm64"), ("CGO_ENABLED", "1")], &["net", "os/user"]);
    check_with(&[("GOFLAGS", "-race"), ("GOEXPERIMENT", "simd,nojsonv2")], &["std"]);
}

#[test]
fn a_pruned_module_is_loaded_as_the_go_command_does() {
    check_module("k8s.io/apimachinery@v0.37.2", &["./..."]);
    check_module("google.golang.org/protobuf@v1.36.12", &["./..."]);
}

#[test]
fn a_large_module_is_loaded_as_the_go_command_does() {
    check_module("helm.sh/helm/v3@v3.16.0", &["./...", "golang.org/x/text/..."]);
    check_module("github.com/caddyserver/caddy/v2@v2.9.1", &["./..."]);
}

#[test]
fn all_is_what_the_main_module_needs() {
    check_module("google.golang.org/protobuf@v1.36.12", &["all"]);
}

#[test]
fn an_unpruned_module_is_loaded_as_the_go_command_does() {
    check_module("github.com/spf13/viper@v1.8.0", &["./..."]);
}

#[test]
fn a_vendored_module_is_loaded_as_the_go_command_does() {
    with_module("google.golang.org/protobuf@v1.36.12", |dir| {
        run(dir, &["mod", "vendor"]);
        check(dir, &[], &["./..."]);
    });
    with_module("github.com/spf13/cobra@v1.8.0", |dir| {
        run(dir, &["mod", "vendor"]);
        check(dir, &[], &["./...", "github.com/..."]);
    });
}

#[test]
fn a_workspace_is_loaded_as_the_go_command_does() {
    with_module("github.com/spf13/cobra@v1.8.0", |dir| {
        let other = Utf8PathBuf::from(format!("{dir}-pflag"));
        copy_module("github.com/spf13/pflag@v1.0.6", &other);
        run(dir, &["work", "init", "."]);
        run(dir, &["work", "use", other.as_str()]);
        check(dir, &[], &["./...", "github.com/spf13/pflag/..."]);
        run(dir, &["work", "vendor"]);
        check(dir, &[], &["./..."]);
    });
}

fn check_outside_modules(patterns: &[&str]) {
    check_with(&[], patterns);
}

fn check_with(vars: &[(&str, &str)], patterns: &[&str]) {
    if !is_slow() {
        return;
    }
    let dir = temp_dir("none");
    check(&dir, vars, patterns);
    std::fs::remove_dir_all(&dir).unwrap();
}

fn check_module(module: &str, patterns: &[&str]) {
    with_module(module, |dir| check(dir, &[], patterns));
}

/// Runs `test` in a writable copy of a module.
fn with_module(module: &str, test: impl Fn(&Utf8Path)) {
    if !is_slow() {
        return;
    }
    let dir = temp_dir("module");
    copy_module(module, &dir.join("m"));
    test(&dir.join("m"));
    std::fs::remove_dir_all(&dir).unwrap();
}

fn copy_module(module: &str, to: &Utf8Path) {
    std::fs::create_dir_all(to).unwrap();
    let text = run(to, &["mod", "download", "-json", module]);
    let answer: Value = serde_json::from_slice(&text).unwrap();
    copy_tree(Utf8Path::new(answer["Dir"].as_str().unwrap()), to);
}

/// Copies a tree of the module cache, which is read-only.
fn copy_tree(from: &Utf8Path, to: &Utf8Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(entry.path(), &target);
        } else {
            std::fs::write(&target, std::fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

fn is_slow() -> bool {
    std::env::var_os("GOESCAPE_SLOW").is_some()
}

fn temp_dir(name: &str) -> Utf8PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let temp = Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap();
    let dir = temp.join(format!("goescape-{}-{name}-{number}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    dir.canonicalize_utf8().unwrap()
}

fn go() -> Utf8PathBuf {
    std::env::var("GOESCAPE_GO").unwrap_or_else(|_| "go".to_owned()).into()
}

fn run(dir: &Utf8Path, args: &[&str]) -> Vec<u8> {
    let output = Command::new(go()).args(args).current_dir(dir).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "go {args:?}: {errors}");
    output.stdout
}

/// Compares both sides on `patterns`, with tests.
fn check(dir: &Utf8Path, vars: &[(&str, &str)], patterns: &[&str]) {
    let options = EnvOptions {
        go: Some(go()),
        vars: vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        flags: Vec::new(),
    };
    let listed = Command::new(go())
        .args(["list", "-e", "-deps", "-test", "-pgo=off"])
        .arg("-json=ImportPath,Name,Dir,GoFiles,CgoFiles,SFiles,Imports,ImportMap,Module,Standard,Error,DepOnly")
        .arg("--")
        .args(patterns)
        .envs(vars.iter().copied())
        .current_dir(dir)
        .output()
        .unwrap();
    let env = Arc::new(Env::load(dir, &options).unwrap());
    let (expected, expected_roots) = listed_facts(&listed.stdout, env.language());
    assert!(!expected.is_empty(), "{}", String::from_utf8_lossy(&listed.stderr));
    let loader = Loader::new(dir, Arc::clone(&env));
    let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    let graph = loader.load_with_tests(&patterns).unwrap();
    check_order(&graph);
    let found = loaded_facts(&graph);
    let mut differences = Vec::new();
    for (id, facts) in &expected {
        match found.get(id) {
            None => differences.push(format!("missing: {id}")),
            Some(ours) if ours != facts => {
                let (theirs, mine) = (facts.lines_not_in(ours), ours.lines_not_in(facts));
                differences.push(format!("{id}:\n  go:\n{theirs}\n  ours:\n{mine}"));
                let errors = graph.packages.iter().filter(|package| package.id.to_string() == *id);
                differences.extend(errors.flat_map(|p| &p.errors).map(|e| format!("{e:?}")));
            }
            Some(_) => {}
        }
    }
    let invented = found.keys().filter(|id| !expected.contains_key(*id));
    differences.extend(invented.map(|id| format!("invented: {id}")));
    let mut roots: Vec<String> = graph.roots.iter().map(ToString::to_string).collect();
    roots.sort();
    if roots != expected_roots {
        differences.push(format!("roots:\n  go:   {expected_roots:?}\n  ours: {roots:?}"));
    }
    let shown = differences.iter().take(10).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(
        differences.is_empty(),
        "{patterns:?}: {} of {} packages differ:\n{shown}",
        differences.len(),
        expected.len(),
    );
    println!("{patterns:?}: {} packages agree", expected.len());
}

fn check_order(graph: &PackageGraph) {
    let mut seen = std::collections::BTreeSet::new();
    for package in &graph.packages {
        for id in package.dependencies() {
            assert!(seen.contains(&id.to_string()), "{} comes before {id}", package.id);
        }
        seen.insert(package.id.to_string());
    }
}

fn listed_facts(json: &[u8], toolchain: GoVersion) -> (BTreeMap<String, Facts>, Vec<String>) {
    let mut all = BTreeMap::new();
    let mut roots = Vec::new();
    for package in serde_json::Deserializer::from_slice(json).into_iter::<Value>() {
        let package = package.unwrap();
        let id = text(&package["ImportPath"]);
        let go_files = list(&package["GoFiles"]);
        // The main package of a test is made up; unsafe has no text that counts.
        if (id.ends_with(".test") && package["Name"] == "main") || id == "unsafe" {
            continue;
        }
        let written: BTreeMap<String, String> = package["ImportMap"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(path, target)| (text(target), path.clone()))
            .collect();
        let imports = list(&package["Imports"])
            .into_iter()
            .filter(|path| path != "C")
            .map(|target| (written.get(&target).unwrap_or(&target).clone(), target))
            .collect();
        let dir = Utf8PathBuf::from(text(&package["Dir"]));
        let files = go_files.into_iter().chain(list(&package["CgoFiles"]));
        let go_version = match &package["Module"] {
            Value::Null => toolchain,
            module => {
                let version = module["GoVersion"].as_str().unwrap_or("1.16");
                GoVersion::parse(version).unwrap()
            }
        };
        if package["DepOnly"] != Value::Bool(true) {
            roots.push(id.clone());
        }
        let facts = Facts {
            name: text(&package["Name"]),
            files: files.map(|name| dir.join(name).into_string()).collect(),
            imports,
            go_version,
            standard: package["Standard"] == Value::Bool(true),
            has_asm: !list(&package["SFiles"]).is_empty() && !id.contains("_test ["),
            has_errors: package["Error"] != Value::Null,
        };
        all.insert(id, facts);
    }
    roots.sort();
    (all, roots)
}

fn loaded_facts(graph: &PackageGraph) -> BTreeMap<String, Facts> {
    let facts = graph.packages.iter().map(|package| {
        let imports = package.imports.iter();
        let facts = Facts {
            name: package.name.clone(),
            files: package.files.iter().map(ToString::to_string).collect(),
            imports: imports.map(|(path, id)| (path.clone(), id.to_string())).collect(),
            go_version: package.go_version,
            standard: package.standard,
            has_asm: package.has_asm,
            has_errors: !package.errors.is_empty(),
        };
        (package.id.to_string(), facts)
    });
    facts.collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}
