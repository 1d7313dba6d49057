//! The command line: the command is run, and its output and exit code are looked at.

use std::process::{Command, Output};

use serde_json::Value;
use tests::folder::Folder;

/// Whether decisions are explained already. FIXME: they are not, and nothing is found anywhere; set
/// this when that changes, and the expectations below become strict.
const FINDINGS: bool = true;

const MODULE: &str = "\
-- go.mod --
module ex.com/m

go 1.26
-- main.go --
package main

import \"ex.com/m/lib\"

func main() {
	x := 1
	lib.Keep(&x)
	println(*lib.New())
}
-- lib/lib.go --
package lib

var kept *int

func Keep(p *int) { kept = p }

func New() *int {
	n := 3
	return &n
}
";

fn goescape(folder: &Folder, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goescape-under-test"))
        .args(args)
        .current_dir(folder.path())
        .env("PWD", folder.path())
        .env_remove("GOFLAGS")
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn help_shows_examples_and_version_a_number() {
    let folder = Folder::new("");
    for args in [&["--help"][..], &["check", "--help"], &["verify", "--help"]] {
        let help = goescape(&folder, args);
        assert_eq!(code(&help), 0);
        assert!(out(&help).contains("Examples:\n  goescape "), "{}", out(&help));
    }
    let version = goescape(&folder, &["--version"]);
    assert_eq!(out(&version), format!("goescape {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn check_tells_what_is_on_the_heap() {
    let folder = Folder::new(MODULE);
    let check = goescape(&folder, &["check"]);
    assert_eq!(code(&check), 0, "{}", err(&check));
    assert!(err(&check).is_empty(), "no progress bar without a terminal: {}", err(&check));
    let text = out(&check);
    assert!(!text.contains('\u{1b}'), "no colours without a terminal");
    let last = text.lines().last().unwrap();
    if FINDINGS {
        assert!(last.starts_with("2 packages: 2 heap allocations ("), "{last}");
        assert!(text.contains("lib/lib.go:8:2"), "{text}");
        assert!(text.contains("ex.com/m/lib: 1 heap allocation"), "{text}");
    } else {
        assert_eq!(last, "2 packages: no heap allocations");
    }
}

#[test]
fn findings_fail_only_where_a_flag_says_so() {
    let folder = Folder::new(MODULE);
    let found = i32::from(FINDINGS);
    assert_eq!(code(&goescape(&folder, &["check", "--exit-code", "./lib"])), found);
    assert_eq!(code(&goescape(&folder, &["check", "--fail", "./lib"])), found);
    assert_eq!(code(&goescape(&folder, &["check", "./lib"])), 0);
}

#[test]
fn gc_format_is_what_the_go_command_prints() {
    let folder = Folder::new(MODULE);
    for detail in ["1", "2"] {
        let flag = format!("--detail={detail}");
        let ours = goescape(&folder, &["check", "--format=gc", &flag, "./..."]);
        assert_eq!(code(&ours), 0, "{}", err(&ours));
        let theirs = Command::new("go")
            .args(["build", &format!("-gcflags=-m={detail}"), "-o", "/dev/null", "./..."])
            .current_dir(folder.path())
            .env("PWD", folder.path())
            .env_remove("GOFLAGS")
            .output()
            .unwrap();
        let sorted = |text: String| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        let theirs = sorted(err(&theirs));
        assert!(theirs.contains(&"# ex.com/m/lib".to_owned()), "{theirs:?}");
        assert_eq!(sorted(out(&ours)), theirs);
    }
}

#[test]
fn json_is_one_object_a_line() {
    let folder = Folder::new(MODULE);
    let check = goescape(&folder, &["check", "--format=json", "./lib"]);
    assert_eq!(code(&check), 0, "{}", err(&check));
    let findings: Vec<Value> =
        out(&check).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(findings.len(), usize::from(FINDINGS));
    for finding in findings {
        assert_eq!(finding["package"], "ex.com/m/lib");
        assert_eq!(finding["at"]["file"], "lib/lib.go");
        assert_eq!((&finding["at"]["line"], &finding["at"]["column"]), (&8.into(), &2.into()));
        assert_eq!(finding["code"], "returned-pointer");
        assert_eq!(finding["size"], 8);
    }
}

#[test]
fn what_could_not_be_done_is_named_with_the_way_out() {
    let folder = Folder::new(MODULE);
    let empty = Folder::new("");
    let broken = Folder::new("-- go.mod --\nmodule\n-- a.go --\npackage a\n");
    let cases: &[(&Folder, &[&str], &[&str])] = &[
        (&folder, &["check", "./nowhere"], &["./nowhere"]),
        (&folder, &["check", "ex.com/other"], &["ex.com/other"]),
        (&folder, &["check", "nofile.go"], &["nofile.go"]),
        (&folder, &["-v", "check", "-C", "nowhere"], &["-C", "no such directory"]),
        (&empty, &["check"], &["go.mod", "go mod init"]),
        (&broken, &["check"], &["go.mod:1:"]),
        (&folder, &["check", "--format=xml"], &["--format", "pretty, gc, json"]),
        (&folder, &["check", "--detail=3"], &["--detail"]),
        (&folder, &["verify", "--class=heaps"], &["--class", "the classes are heap"]),
        (&folder, &["verify", "--at-least=lots"], &["--at-least", "99.5"]),
        (&folder, &["explain", "main.go"], &["FILE:LINE", "main.go:12:3"]),
        (&folder, &["explain", "gone.go:3"], &["gone.go", "is the path right"]),
        (&folder, &["explain", "main.go:300"], &["main.go has 10 lines"]),
    ];
    for (folder, args, wanted) in cases {
        let output = goescape(folder, args);
        let text = err(&output);
        assert_eq!(code(&output), 2, "{args:?}: {text}");
        assert_eq!(out(&output), "", "{args:?}");
        for wanted in *wanted {
            assert!(text.contains(wanted), "{args:?}: {wanted:?} in {text}");
        }
    }
}

#[test]
fn a_broken_package_is_named_and_the_others_are_checked() {
    let folder = Folder::new(MODULE);
    folder.write("bad/bad.go", "package bad\n\nimport _ \"ex.com/gone\"\n");
    let check = goescape(&folder, &["check", "./bad", "./lib"]);
    assert_eq!(code(&check), 2);
    assert!(err(&check).contains("bad/bad.go:3"), "{}", err(&check));
    assert!(out(&check).contains("2 packages: "), "{}", out(&check));
}

#[test]
fn verify_counts_the_compilers_lines() {
    let folder = Folder::new(MODULE);
    let verify = goescape(&folder, &["verify", "--json", "./..."]);
    assert_eq!(code(&verify), 0, "{}", err(&verify));
    let figures: Value = serde_json::from_str(&out(&verify)).unwrap();
    let heap = &figures["classes"]["heap"];
    assert_eq!(heap["compiler"], 2, "{figures}");
    assert_eq!(heap["ours"], 2);
    assert_eq!(heap["percent"], 100.0);
    assert_eq!(figures["total"]["percent"], 100.0);
    assert_eq!(figures["classes"]["leak"]["compiler"], 1);
    assert_eq!(figures["classes"]["can-inline"]["compiler"], 3);
    assert_eq!(figures["classes"]["inline-cost"]["compiler"], 3);
    assert_eq!(figures["packages"], 2);

    let table = goescape(&folder, &["verify", "--list", "--class=heap", "--at-least=100"]);
    assert_eq!(code(&table), 0);
    let text = out(&table);
    let head = "class           compiler      ours    agreed   missed  invented        %\n";
    assert!(text.contains(head), "{text}");
    let row = "\nheap                   2         2         2        0         0   100.00\n";
    assert!(text.contains(row), "{text}");
    assert!(!text.contains("\nleak"), "only the class asked for: {text}");
}

/// A go command that says what the real one says, but for one line.
#[test]
#[cfg(unix)]
fn verify_lists_what_is_missed_and_what_is_invented() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new(MODULE);
    let script = "#!/bin/sh
test \"$1\" = build || exec go \"$@\"
go \"$@\" 2>&1 | sed 's/heap: n$/heap: m/' >&2
";
    let go = folder.write("mygo", script);
    std::fs::set_permissions(&go, std::fs::Permissions::from_mode(0o755)).unwrap();
    let args = ["verify", "--list", "--class=heap", "--at-least=50", "--go"];
    let verify = goescape(&folder, &[&args[..], &[go.as_str(), "./lib", "."]].concat());
    let text = out(&verify);
    assert_eq!(code(&verify), 1, "{text}{}", err(&verify));
    let listed =
        "# ex.com/m/lib\n- lib/lib.go:8:2: moved to heap: m\n+ lib/lib.go:8:2: moved to heap: n\n";
    assert!(text.contains(listed), "{text}");
    assert!(text.contains("    33.33\n"), "{text}");
}

#[test]
fn explain_answers_about_a_line() {
    let folder = Folder::new(MODULE);
    for place in ["lib/lib.go:8", "lib/lib.go:8:2"] {
        let explain = goescape(&folder, &["explain", place]);
        assert_eq!(code(&explain), 0, "{}", err(&explain));
        let text = out(&explain);
        assert!(text.contains("moved to heap: n\n"), "{text}");
        assert!(text.contains("from return &n (return) at lib/lib.go:9:2\n"), "{text}");
    }
    let explain = goescape(&folder, &["explain", "lib/lib.go:1"]);
    let nothing = "lib/lib.go:1: nothing is allocated here and nothing is decided here\n";
    assert_eq!(out(&explain), nothing);
}

#[test]
fn doctor_names_toolchain_and_module() {
    let folder = Folder::new(MODULE);
    let doctor = goescape(&folder, &["doctor"]);
    assert_eq!(code(&doctor), 0, "{}", err(&doctor));
    let text = out(&doctor);
    let module = format!("module root  {}\n", folder.path());
    for wanted in ["toolchain    go1.", "GOROOT       ", "rules        go1.", &module] {
        assert!(text.contains(wanted), "{wanted:?} in {text}");
    }
    assert!(text.contains("packages     2, "), "{text}");
}

#[test]
fn completions_are_for_the_shell_that_was_named() {
    let folder = Folder::new("");
    let bash = goescape(&folder, &["completions", "bash"]);
    assert!(out(&bash).contains("complete -F _goescape"), "{}", out(&bash));
    let fish = goescape(&folder, &["completions", "fish"]);
    assert!(out(&fish).contains("complete -c goescape"), "{}", out(&fish));
}

#[test]
fn the_servers_exit_code_is_the_protocols() {
    use std::io::{BufRead as _, Read as _, Write as _};
    let run = |messages: &[&str]| {
        let mut server = Command::new(env!("CARGO_BIN_EXE_goescape-under-test"))
            .args(["lsp", "--log=off"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // Stdin stays open: the server ends because it is told to.
        let mut stdin = server.stdin.take().unwrap();
        let mut stdout = std::io::BufReader::new(server.stdout.take().unwrap());
        for message in messages {
            write!(stdin, "Content-Length: {}\r\n\r\n{message}", message.len()).unwrap();
            stdin.flush().unwrap();
            if message.contains("\"id\"") {
                let mut header = String::new();
                stdout.read_line(&mut header).unwrap();
                let length = header.trim().strip_prefix("Content-Length: ").unwrap();
                let mut body = vec![0; length.parse::<usize>().unwrap() + "\r\n".len()];
                stdout.read_exact(&mut body).unwrap();
            }
        }
        let code = server.wait().unwrap().code().unwrap();
        drop(stdin);
        code
    };
    let initialize =
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}"#;
    let shutdown = r#"{"jsonrpc":"2.0","id":2,"method":"shutdown"}"#;
    let exit = r#"{"jsonrpc":"2.0","method":"exit"}"#;
    assert_eq!(run(&[initialize, shutdown, exit]), 0);
    assert_eq!(run(&[initialize, exit]), 1);
}
