//! Fixes against the compiler: every action that is offered anywhere in a module is applied alone
//! and judged by the go command.
//!
//! After an action everything still compiles, tests too; `go vet` has no complaint that it did not
//! have; `-gcflags=-m` has fewer lines about the heap and none that is new; and the texts are as
//! gofmt writes them if they were before.
//!
//! Runs only if `GOESCAPE_SLOW` is set. `GOESCAPE_FIXES` names directories of modules, separated by
//! colons; without it copies of some packages of the standard library are the module. With
//! `GOESCAPE_FIXES_TEST` the modules' own tests have to pass after each action as before.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use analysis::explain::finding::{Action, Finding, Location, Place};
use analysis::host::{Change, Host, View};
use analysis::types::ty::PkgId;
use camino::{Utf8Path, Utf8PathBuf};
use server::files::Disk;
use server::loader::{Env, EnvOptions, Loader, PackageGraph};
use server::{packages, world};
use tests::folder::Folder;

use super::types_world::{go, is_slow};

/// Packages of the standard library that can be copied: they import nothing internal.
const STANDARD: &[&str] = &[
    "archive/tar",
    "container/list",
    "encoding/csv",
    "encoding/pem",
    "go/doc/comment",
    "go/scanner",
    "html/template",
    "index/suffixarray",
    "net/mail",
    "net/textproto",
    "regexp/syntax",
    "text/scanner",
    "text/tabwriter",
    "text/template/parse",
];

#[test]
fn every_action_passes_the_go_command() {
    if !is_slow() {
        return;
    }
    let modules = std::env::var("GOESCAPE_FIXES").unwrap_or_default();
    let modules: Vec<&str> = modules.split(':').filter(|module| !module.is_empty()).collect();
    let mut wrong = Vec::new();
    if modules.is_empty() {
        let folder = Folder::new("-- go.mod --\nmodule m\n");
        let goroot = Utf8PathBuf::from(text(&run(folder.path(), &["env", "GOROOT"]).stdout).trim());
        for package in STANDARD {
            let is_source = |name: &str| name.ends_with(".go") && !name.ends_with("_test.go");
            copy(&goroot.join("src").join(package), &folder.path().join(package), &is_source);
        }
        judge(&folder, &mut wrong);
    }
    for module in modules {
        let folder = Folder::new("");
        copy(Utf8Path::new(module), folder.path(), &|_| true);
        eprintln!("{module}");
        judge(&folder, &mut wrong);
    }
    assert!(wrong.is_empty(), "{} actions are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Applies every action in a module, and says which ones the go command does not like.
fn judge(folder: &Folder, wrong: &mut Vec<String>) {
    let dir = folder.path();
    let workspace = Workspace::load(dir);
    let before = Verdict::of(dir);
    assert!(before.compiles, "{dir} does not compile:\n{}", before.complaints());
    let (asked, offered) = workspace.actions();
    let at_finding = asked.iter().filter(|&&count| count > 0).count();
    eprintln!("{} findings, {at_finding} with an action, {} actions", asked.len(), offered.len());
    for (place, action) in offered {
        let originals = apply(&action);
        let after = Verdict::of(dir);
        let mut faults = after.faults(&before, action.title.starts_with("Make "));
        let unformatted = gofmt(originals.keys());
        for (file, old) in &originals {
            let diff = diff(old, &fs::read_to_string(file).unwrap());
            eprintln!("{place}: {}\n{}{diff}", action.title, file.strip_prefix(dir).unwrap());
            fs::write(file, old).unwrap();
        }
        let before = gofmt(originals.keys());
        faults.extend(unformatted.difference(&before).map(|file| format!("not gofmt's: {file}")));
        if !faults.is_empty() {
            let faults = faults.join("\n    ");
            eprintln!("    WRONG: {faults}");
            wrong.push(format!("{place}: {}\n    {faults}", action.title));
        }
    }
}

/// A module as the server sees it.
struct Workspace {
    dir: Utf8PathBuf,
    graph: PackageGraph,
    view: View,
}

impl Workspace {
    fn load(dir: &Utf8Path) -> Workspace {
        let vars = vec![("GOFLAGS".to_owned(), "-mod=mod".to_owned())];
        let options = EnvOptions { go: Some(go().into()), vars, flags: Vec::new() };
        let env = Arc::new(Env::load(dir, &options).unwrap());
        let mut host = Host::new(Arc::new(Disk::new(&env)), packages::target(&env));
        let graph = Loader::new(dir, env).load_with_tests(&["./...".to_owned()]).unwrap();
        host.apply(Change { packages: Some(packages::sources(&graph)), ..Change::default() });
        Workspace { dir: dir.to_owned(), graph, view: host.view() }
    }

    /// For each finding the number of actions at its place, and the different actions.
    fn actions(&self) -> (Vec<usize>, Vec<(String, Action)>) {
        let ids = self.graph.packages.iter().filter(|package| package.dir.starts_with(&self.dir));
        let ids: Vec<PkgId> = ids.map(|package| package.id).collect();
        let (asked, offered) = (Mutex::default(), Mutex::new(BTreeMap::new()));
        let next = AtomicUsize::new(0);
        let worker = || {
            while let Some(&id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                for (at, place) in self.findings(id) {
                    let start = Instant::now();
                    let actions = self.view.actions(id, at).unwrap();
                    let took = start.elapsed().as_millis();
                    if took > 300 {
                        eprintln!("{place}: {took} ms for {} actions", actions.len());
                    }
                    let asked: &Mutex<Vec<usize>> = &asked;
                    asked.lock().unwrap().push(actions.len());
                    for action in actions {
                        let key = format!("{:?}", action.edits);
                        offered.lock().unwrap().entry(key).or_insert((place.clone(), action));
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..2 {
                let thread = std::thread::Builder::new().stack_size(world::STACK_SIZE);
                thread.spawn_scoped(scope, worker).unwrap();
            }
        });
        let mut offered: Vec<_> = offered.into_inner().unwrap().into_values().collect();
        offered.sort_by(|a: &(String, Action), b| a.0.cmp(&b.0));
        (asked.into_inner().unwrap(), offered)
    }

    /// What is on the heap in a package: once for files that tests share.
    fn findings(&self, id: PkgId) -> Vec<(Location, String)> {
        let mut found = Vec::new();
        for file in &self.graph.get(id).unwrap().files {
            let file = analysis::symbol::Symbol::new(file.as_str());
            if self.view.packages_of(file).first() != Some(&id) {
                continue;
            }
            let Ok(text) = fs::read_to_string(file.as_str()) else { continue };
            let report = self.view.file(id, file).unwrap();
            let is_heap = |finding: &&Finding| {
                finding.place == Place::Heap && finding.inlined_from.is_empty()
            };
            for finding in report.findings.iter().filter(is_heap) {
                let line = text[..finding.at.start as usize].matches('\n').count() + 1;
                let name = Utf8Path::new(file.as_str()).strip_prefix(&self.dir);
                let name = name.map_or(file.as_str(), Utf8Path::as_str);
                found.push((finding.at, format!("{name}:{line:04}: {}", finding.subject)));
            }
        }
        found
    }
}

/// What the go command says of a module.
struct Verdict {
    compiles: bool,
    /// Lines of `-m` about the heap, without their places, and how many there are of each.
    heap: BTreeMap<String, usize>,
    /// What `go vet` says, and which tests fail, without places.
    complaints: BTreeSet<String>,
}

impl Verdict {
    fn of(dir: &Utf8Path) -> Verdict {
        let listed = run(dir, &["list", "-mod=mod", "-test", "-export", "-gcflags=-m", "./..."]);
        let mut heap = BTreeMap::new();
        for line in text(&listed.stderr).lines() {
            if line.ends_with(" escapes to heap") || line.contains(": moved to heap: ") {
                *heap.entry(without_place(line)).or_default() += 1;
            }
        }
        let vetted = run(dir, &["vet", "-mod=mod", "./..."]);
        let mut complaints: BTreeSet<String> =
            text(&vetted.stderr).lines().map(without_place).collect();
        if std::env::var_os("GOESCAPE_FIXES_TEST").is_some() {
            let tested = run(dir, &["test", "-mod=mod", "-vet=off", "-short", "./..."]);
            let said = text(&tested.stdout);
            let failed = said.lines().filter(|line| line.trim_start().starts_with("--- FAIL"));
            complaints.extend(failed.filter_map(|line| Some(line.split(" (").next()?.to_owned())));
        }
        Verdict { compiles: listed.status.success(), heap, complaints }
    }

    fn complaints(&self) -> String {
        self.complaints.iter().map(|line| format!("{line}\n")).collect()
    }

    /// What is worse than it was. The compiler says nothing of a slice whose size only running
    /// tells, so `is_silent` is for what takes only such a one off the heap.
    fn faults(&self, before: &Verdict, is_silent: bool) -> Vec<String> {
        let new = self.complaints.difference(&before.complaints);
        let mut faults: Vec<String> = new.map(|line| format!("go: {line}")).collect();
        if !self.compiles {
            faults.push("does not compile".to_owned());
            return faults;
        }
        for (line, &count) in &self.heap {
            let had = before.heap.get(line).copied().unwrap_or(0);
            if count > had {
                faults.push(format!("{count} instead of {had} times: {line}"));
            }
        }
        let total = |verdict: &Verdict| verdict.heap.values().sum::<usize>();
        if total(self) >= total(before) && !is_silent {
            faults.push("as much on the heap as before".to_owned());
        }
        faults
    }
}

fn run(dir: &Utf8Path, args: &[&str]) -> Output {
    Command::new(go()).args(args).current_dir(dir).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `./a.go:3:4: x escapes to heap` without line and column.
fn without_place(line: &str) -> String {
    let is_number = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    line.split(':').filter(|word| !is_number(word)).collect::<Vec<_>>().join(":")
}

/// The files that gofmt would write differently.
fn gofmt<'a>(files: impl Iterator<Item = &'a Utf8PathBuf>) -> BTreeSet<String> {
    let gofmt = Utf8Path::new(&go()).with_file_name("gofmt");
    let out = Command::new(gofmt).arg("-l").args(files).output().unwrap();
    text(&out.stdout).lines().map(str::to_owned).collect()
}

/// Writes the files as they are after an action; the texts before.
fn apply(action: &Action) -> BTreeMap<Utf8PathBuf, String> {
    let mut originals = BTreeMap::new();
    for edit in &action.edits {
        let file = Utf8PathBuf::from(edit.at.file.as_str());
        originals.entry(file.clone()).or_insert_with(|| fs::read_to_string(file).unwrap());
    }
    for (file, old) in &originals {
        let mut edits: Vec<_> =
            action.edits.iter().filter(|edit| edit.at.file.as_str() == file).collect();
        edits.sort_by_key(|edit| std::cmp::Reverse((edit.at.start, edit.at.end)));
        let mut new = old.clone();
        for edit in edits {
            new.replace_range(edit.at.start as usize..edit.at.end as usize, &edit.text);
        }
        fs::write(file, new).unwrap();
    }
    originals
}

/// The lines in which two texts differ, for who reads what the test did.
fn diff(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if old.len() != new.len() {
        return format!(": {} lines instead of {}\n", new.len(), old.len());
    }
    let pairs = old.iter().zip(&new).enumerate().filter(|(_, (old, new))| old != new);
    let lines = pairs.map(|(at, (old, new))| format!("  {}\n  - {old}\n  + {new}\n", at + 1));
    format!("\n{}", lines.collect::<String>())
}

fn copy(from: &Utf8Path, to: &Utf8Path, is_wanted: &dyn Fn(&str) -> bool) {
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            if is_wanted("") {
                copy(entry.path(), &target, is_wanted);
            }
        } else if is_wanted(entry.file_name()) {
            // Not `fs::copy`: files of the module cache are read-only.
            fs::write(&target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}
