//! What a keystroke costs, from the edit to the hints of the file, beside what the compiler takes for
//! the same package in the same run: for an edit in the body of a function, for one of a type that
//! the package uses, and for one in a generated file of 10,000 lines.
//!
//! `cargo bench -p tests --bench keystroke [-- PACKAGE FILE]`; the default is `net/http` `server.go`.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use analysis::host::{Change, Host};
use analysis::symbol::Symbol;
use analysis::types::ty::PkgId;
use camino::Utf8PathBuf;
use server::files::Disk;
use server::loader::{Env, EnvOptions, Loader};
use server::packages;
use tests::folder::Folder;

/// How many keystrokes in a body are measured.
const KEYSTROKES: usize = 100;

/// How many edits of a type are measured.
const TYPE_EDITS: usize = 5;

/// How many lines the generated file has at least.
const GENERATED: usize = 10_000;

/// Analysis follows the nesting of the text.
const STACK_SIZE: usize = 512 << 20;

fn main() {
    let worker = std::thread::Builder::new().stack_size(STACK_SIZE).spawn(run);
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(message))) => fail(&message),
        Ok(Err(_)) => fail("the analysis failed"),
        Err(error) => fail(&format!("cannot start a thread: {error}")),
    }
}

fn fail(message: &str) -> ! {
    eprintln!("keystroke: {message}");
    std::process::exit(2)
}

fn run() -> Result<(), String> {
    // Cargo passes `--bench`.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let package = args.first().map_or("net/http", String::as_str);
    let file = args.get(1).map_or("server.go", String::as_str);

    let sample = Utf8PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/sample"));
    let folder = Folder::new(&generated());

    println!("{:<34}{:>9}{:>9}{:>9}{:>9}{:>9}", "ms", "first", "p50", "p99", "go build", "ratio");
    let mut package = Package::load(&sample, package, file)?;
    package.measure("edit of a body", KEYSTROKES, |text, count| {
        // In the function that is nearest to the middle of the file.
        let middle = text[..text.len() / 2].rfind("\nfunc ")?;
        let body = middle + text[middle..].find("{\n")? + 2;
        Some(format!("{}\t_ = {count}\n{}", &text[..body], &text[body..]))
    })?;
    package.measure("edit of a type", TYPE_EDITS, |text, count| {
        // The struct that is nearest to the middle of the file.
        let ends = " struct {\n";
        let fields = text[..text.len() / 2].rfind(ends)? + ends.len();
        Some(format!("{}\tadded{count} int\n{}", &text[..fields], &text[fields..]))
    })?;
    let mut package = Package::load(&folder.path().to_owned(), ".", "generated.go")?;
    package.measure("edit of a body", KEYSTROKES, |text, count| {
        let middle = text[..text.len() / 2].rfind("\nfunc ")?;
        let body = middle + text[middle..].find("{\n")? + 2;
        Some(format!("{}\t_ = {count}\n{}", &text[..body], &text[body..]))
    })
}

/// A package as generators make them: many types, each with the same methods.
fn generated() -> String {
    let mut text = "-- go.mod --\nmodule generated\n\ngo 1.26\n-- generated.go --\n".to_owned();
    text += "package generated\n\nimport \"fmt\"\n";
    for n in 0.. {
        if text.lines().count() > GENERATED {
            break;
        }
        let next = n + 1;
        text += &format!(
            "
type Message{n} struct {{
	Name  string
	Count int64
	Tags  []string
	Next  *Message{next}
}}

func NewMessage{n}(name string) *Message{n} {{
	return &Message{n}{{Name: name, Tags: make([]string, 0, 4)}}
}}

func (m *Message{n}) GetName() string {{
	if m != nil {{
		return m.Name
	}}
	return \"\"
}}

func (m *Message{n}) GetNext() *Message{next} {{
	if m != nil {{
		return m.Next
	}}
	return nil
}}

func (m *Message{n}) String() string {{
	return fmt.Sprintf(\"%s %d %v\", m.Name, m.Count, m.Tags)
}}

func (m *Message{n}) Clone() *Message{n} {{
	other := *m
	other.Tags = append([]string(nil), m.Tags...)
	if m.Next != nil {{
		other.Next = NewMessage{next}(m.GetNext().GetName())
	}}
	return &other
}}
"
        );
    }
    let last = text.matches("\ntype ").count();
    text += &format!(
        "
type Message{last} struct{{ Name string }}

func NewMessage{last}(name string) *Message{last} {{ return &Message{last}{{Name: name}} }}

func (m *Message{last}) GetName() string {{ return m.Name }}
"
    );
    text
}

/// A package in which keystrokes are measured.
struct Package {
    name: String,
    host: Host,
    id: PkgId,
    file: Symbol,
    text: String,
    first: Duration,
    compiler: Duration,
}

impl Package {
    fn load(dir: &Utf8PathBuf, name: &str, file: &str) -> Result<Package, String> {
        let env = Arc::new(Env::load(dir, &EnvOptions::default()).map_err(|e| e.to_string())?);
        let loader = Loader::new(dir.clone(), Arc::clone(&env));
        let graph = loader.load(&[name.to_owned()]).map_err(|e| e.to_string())?;
        let id = *graph.roots.first().ok_or("no such package")?;
        let mut sources = packages::sources(&graph);
        for source in &mut sources {
            source.mutable |= source.id == id;
        }
        let path = graph
            .get(id)
            .and_then(|package| package.files.iter().find(|path| path.file_name() == Some(file)))
            .ok_or_else(|| format!("package {name} has no file {file}"))?
            .clone();
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
        let mut host = Host::new(Arc::new(Disk::new(&env)), packages::target(&env));
        host.apply(Change { packages: Some(sources), ..Change::default() });
        let file = Symbol::new(path.as_str());
        let start = Instant::now();
        ask(&host, id, file)?;
        let first = start.elapsed();
        let compiler = compile(&env, dir, name)?;
        let name = format!("{name} {}", path.file_name().unwrap_or_default());
        Ok(Package { name, host, id, file, text, first, compiler })
    }

    /// Measures edits of the text that was loaded, made of a count.
    fn measure(
        &mut self,
        what: &str,
        times: usize,
        edit: impl Fn(&str, usize) -> Option<String>,
    ) -> Result<(), String> {
        let mut measured = Vec::with_capacity(times);
        for count in 1..=times {
            let text = edit(&self.text, count).ok_or("nothing to edit")?;
            let start = Instant::now();
            let files = vec![(self.file, Some(Arc::from(text)))];
            self.host.apply(Change { files, ..Change::default() });
            ask(&self.host, self.id, self.file)?;
            measured.push(start.elapsed());
        }
        // So that the next measurement begins with what was loaded.
        let files = vec![(self.file, Some(Arc::from(self.text.as_str())))];
        self.host.apply(Change { files, ..Change::default() });
        ask(&self.host, self.id, self.file)?;
        measured.sort();
        let at = |percent: usize| measured[(times * percent).div_ceil(100) - 1];
        let (p50, p99) = (at(50), at(99));
        println!(
            "{:<34}{:>9.0}{:>9.1}{:>9.1}{:>9.0}{:>9.0}",
            format!("{}: {what}", self.name),
            millis(self.first),
            millis(p50),
            millis(p99),
            millis(self.compiler),
            millis(self.compiler) / millis(p50),
        );
        Ok(())
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// How many values are shown in the file.
fn ask(host: &Host, package: PkgId, file: Symbol) -> Result<usize, String> {
    let report = host.view().file(package, file).map_err(|_| "cancelled")?;
    Ok(report.findings.len())
}

/// What the compiler takes for the package, with its imports in the build cache.
fn compile(env: &Env, dir: &Utf8PathBuf, package: &str) -> Result<Duration, String> {
    let go = env.goroot().join("bin/go");
    let build = |number: u32| {
        // Flags that were not used before make the go command compile the package again.
        let flags = format!("-gcflags=-m=2 -trimpath=x{number}");
        let start = Instant::now();
        let status = Command::new(&go)
            .args(["build", &flags, "-o", "/dev/null", package])
            .current_dir(dir)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        match status {
            Ok(status) if status.success() => Ok(start.elapsed()),
            Ok(status) => Err(format!("go build {package}: {status}")),
            Err(error) => Err(format!("{go}: {error}")),
        }
    };
    let seed = std::process::id();
    build(seed)?;
    build(seed + 1)
}
