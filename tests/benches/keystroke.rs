//! What a keystroke costs, from the edit to the hints of the file, beside what the compiler takes for
//! the same package in the same run.
//!
//! `cargo bench -p tests --bench keystroke [-- PACKAGE FILE]`; the default is `net/http` `server.go`.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use analysis::host::{Change, Host};
use analysis::symbol::Symbol;
use camino::Utf8PathBuf;
use server::files::Disk;
use server::loader::{Env, EnvOptions, Loader};
use server::packages;

/// How many keystrokes are measured.
const KEYSTROKES: usize = 30;

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

    let dir = Utf8PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/sample"));
    let env = Arc::new(Env::load(&dir, &EnvOptions::default()).map_err(|e| e.to_string())?);
    let loader = Loader::new(dir.clone(), Arc::clone(&env));
    let graph = loader.load(&[package.to_owned()]).map_err(|e| e.to_string())?;
    let id = *graph.roots.first().ok_or("no such package")?;
    let mut sources = packages::sources(&graph);
    for source in &mut sources {
        source.mutable |= source.id == id;
    }
    let path = graph
        .get(id)
        .and_then(|package| package.files.iter().find(|path| path.file_name() == Some(file)))
        .ok_or_else(|| format!("package {package} has no file {file}"))?
        .clone();
    let symbol = Symbol::new(path.as_str());
    let original = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;

    let mut host = Host::new(Arc::new(Disk::new(&env)), packages::target(&env));
    host.apply(Change { packages: Some(sources), ..Change::default() });
    let start = Instant::now();
    let first = ask(&host, id, symbol)?;
    let cold = start.elapsed();

    // Keystrokes go into the body of the function that is nearest to the middle of the file.
    let middle = original[..original.len() / 2].rfind("\nfunc ").ok_or("no function")?;
    let body = middle + original[middle..].find("{\n").ok_or("no body")? + 2;
    let mut times = Vec::with_capacity(KEYSTROKES);
    for count in 1..=KEYSTROKES {
        let mut text = original.clone();
        text.insert_str(body, &format!("\t_ = {count}\n"));
        let start = Instant::now();
        let files = vec![(symbol, Some(Arc::from(text)))];
        host.apply(Change { files, ..Change::default() });
        ask(&host, id, symbol)?;
        times.push(start.elapsed());
    }
    times.sort();
    let compiler = compile(&env, &dir, package)?;

    let p50 = times[times.len() / 2];
    println!("{package} {file}: {} lines, {first} values shown", original.lines().count());
    println!("first answer, nothing cached   {:>9.1} ms", millis(cold));
    println!("keystroke to hints, p50        {:>9.1} ms", millis(p50));
    println!("keystroke to hints, p99        {:>9.1} ms", millis(times[times.len() - 1]));
    println!("go build -gcflags=-m=2         {:>9.1} ms", millis(compiler));
    println!("ratio                          {:>9.1}", millis(compiler) / millis(p50));
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// How many values are shown in the file.
fn ask(host: &Host, package: analysis::types::ty::PkgId, file: Symbol) -> Result<usize, String> {
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
