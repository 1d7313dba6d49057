//! Go's own tests of escape analysis and inlining: for each program of Go's `test` folder that says
//! `// errorcheck -0 … -m …`, our lines are those that the compiler prints with the same flags.
//!
//! The compiler is the judge, so that the expectations in the programs need not be read. Runs only
//! if `GOESCAPE_SLOW` is set, on the folder that `GOESCAPE_GOTEST` names (Debian has it in the
//! packages `golang-1.x-src`), else on `GOROOT/test` if the distribution has one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use tests::folder::Folder;

use super::types_world::{go, goroot, is_slow};

#[test]
fn programs_of_go_s_own_tests_get_the_compiler_s_lines() {
    if !is_slow() {
        return;
    }
    let dir = std::env::var("GOESCAPE_GOTEST").map_or(goroot().join("test"), Utf8PathBuf::from);
    let programs = programs(&dir);
    if programs.is_empty() {
        return;
    }
    let config = import_config();
    let version = Command::new(go()).args(["env", "GOVERSION"]).output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let module = format!("-- go.mod --\nmodule p\n\n{}\n", version.trim().replacen("go", "go ", 1));
    let mut text = String::new();
    for (name, flags) in &programs {
        let differences = compare(&dir.join(name), flags, &module, &config);
        if !differences.is_empty() {
            let _ = writeln!(text, "{name} {}:", flags.join(" "));
            for line in differences.iter().take(12) {
                let _ = writeln!(text, "\t{line}");
            }
        }
    }
    assert!(text.is_empty(), "`-` is missed, `+` is invented:\n{text}");
}

/// Programs of one file, with the flags of their `errorcheck` line. Those for experiments that are
/// off, or for the standard library itself (`-p`), are left out.
fn programs(dir: &Utf8Path) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for folder in ["", "fixedbugs"] {
        let Ok(entries) = dir.join(folder).read_dir_utf8() else { continue };
        for entry in entries.flatten() {
            let name = Utf8Path::new(folder).join(entry.file_name());
            let Ok(text) = fs::read_to_string(dir.join(&name)) else { continue };
            let header = |prefix: &str| text.lines().find_map(|line| line.strip_prefix(prefix));
            let flags = header("// errorcheck -0 ").or_else(|| header("// errorcheckwithauto -0 "));
            let Some(flags) = flags else { continue };
            // What parameters change and call is asked of the compiler by its own tests only.
            let flags = flags.replace("escapemutationscalls,", "");
            let flags: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
            let is_about_us = flags.iter().any(|flag| flag == "-m" || flag.starts_with("-m="));
            let is_std = flags.iter().any(|flag| flag.starts_with("-p="));
            let is_experiment =
                header("//go:build ").is_some_and(|when| when.contains("goexperiment."));
            if is_about_us && !is_std && !is_experiment {
                found.push((name.into_string(), flags));
            }
        }
    }
    found.sort();
    found
}

/// Where the compiler finds the packages of the standard library.
fn import_config() -> String {
    let format = "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}";
    let output = Command::new(go()).args(["list", "-export", "-f", format, "std"]).output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

/// Which lines only one side has: `-` for the compiler's, `+` for ours.
fn compare(program: &Utf8Path, flags: &[String], module: &str, config: &str) -> Vec<String> {
    let folder = Folder::new(module);
    folder.write("p.go", &fs::read_to_string(program).unwrap());
    let config = folder.write("importcfg", config);
    let theirs = Command::new(go())
        .args(["tool", "compile", "-p=p", "-o", "p.a", "-importcfg", config.as_str()])
        .args(flags)
        .arg("p.go")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let theirs = String::from_utf8([theirs.stdout, theirs.stderr].concat()).unwrap();
    let (detail, others): (Vec<&str>, Vec<&str>) =
        flags.iter().map(String::as_str).partition(|flag| flag.starts_with("-m"));
    let detail = detail[0].strip_prefix("-m=").unwrap_or("1");
    let ours = Command::new(env!("CARGO_BIN_EXE_goescape-under-test"))
        .args(["check", "--format=gc", "--detail", detail, "--go", &go()])
        .arg(format!("--build-flag=-gcflags={}", others.join(" ")))
        .current_dir(folder.path())
        .env("PWD", folder.path())
        .env_remove("GOFLAGS")
        .output()
        .unwrap();
    let ours = String::from_utf8(ours.stdout).unwrap();
    let mut balance: BTreeMap<String, i32> = BTreeMap::new();
    for (text, by) in [(theirs, -1), (ours, 1)] {
        let here = format!("{}/", folder.path());
        // The go command's heading is not the compiler's.
        let text = text.replace(&here, "").replace("./p.go", "p.go");
        for line in text.lines().filter(|line| *line != "# p") {
            *balance.entry(line.to_owned()).or_default() += by;
        }
    }
    balance
        .into_iter()
        .filter(|(line, count)| *count != 0 && !is_told_by_ssa(line))
        .map(|(line, count)| format!("{} {line}", if count < 0 { '-' } else { '+' }))
        .collect()
}

/// Whether a line comes from behind the walk, of which nothing is repeated: what is alive where, for
/// `-live`.
fn is_told_by_ssa(line: &str) -> bool {
    [": live at ", ": stack object "].iter().any(|what| line.contains(what))
}
