//! The command line: the command is run, and its output and exit code are looked at.

use std::io::{BufRead as _, Read as _, Write as _};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tests::folder::Folder;

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
    let commands = ["check", "explain", "verify"].map(|command| vec![command, "--help"]);
    for args in commands.iter().map(Vec::as_slice).chain([&["--help"][..]]) {
        let help = goescape(&folder, args);
        assert_eq!(code(&help), 0);
        let longest = out(&help).lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(80), "{args:?}: {longest:?} columns");
        assert!(out(&help).contains("Examples:\n  goescape "), "{}", out(&help));
    }
    let version = goescape(&folder, &["--version"]);
    let known = format!("goescape {} (rules of Go 1.26 and 1.27)\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(out(&version), known);
}

#[test]
fn check_tells_what_is_on_the_heap() {
    let folder = Folder::new(MODULE);
    let check = goescape(&folder, &["check"]);
    assert_eq!(code(&check), 0, "{}", err(&check));
    assert!(err(&check).is_empty(), "no progress bar without a terminal: {}", err(&check));
    let text = out(&check);
    assert!(!text.contains('\u{1b}'), "no colours without a terminal");
    let lines: Vec<&str> = text.lines().collect();
    let total = "2 packages: 2 heap allocations, 16 B where the size is known";
    assert_eq!(lines[lines.len() - 2], total);
    assert!(lines[lines.len() - 1].contains("returned-pointer 1"), "{text}");
    assert!(text.contains("lib/lib.go:8:2"), "{text}");
    assert!(text.contains("ex.com/m/lib: 1 heap allocation, 8 B where"), "{text}");
    let colored = out(&goescape(&folder, &["check", "--color=always", "./lib"]));
    assert!(colored.contains("\u{1b}["), "{colored}");
    assert!(!colored.contains("ex.com/m/lib: "), "of one package there is one sum: {colored}");
}

#[test]
fn findings_fail_only_where_a_flag_says_so() {
    let folder = Folder::new(MODULE);
    for format in ["pretty", "json", "gc"] {
        let format = format!("--format={format}");
        let with = |flag| code(&goescape(&folder, &["check", &format, flag, "./lib"]));
        assert_eq!(with("--exit-code"), 1, "{format}");
        assert_eq!(with("--fail"), 1, "{format}");
        assert_eq!(with("--tests"), 0, "{format}");
    }
}

#[test]
fn a_boxed_constant_is_no_allocation() {
    let folder = Folder::new(
        "-- go.mod --\nmodule ex.com/m\n\ngo 1.26\n-- m.go --\npackage m\n\nvar sink any\n\nfunc F() { sink = 300 }\n",
    );
    let check = goescape(&folder, &["check", "--exit-code"]);
    assert_eq!((code(&check), out(&check).as_str()), (0, "1 package: no heap allocations\n"));
    let all = out(&goescape(&folder, &["check", "--detail=2"]));
    assert!(all.contains("takes no memory") && all.contains("300 escapes to heap"), "{all}");
    let gc = out(&goescape(&folder, &["check", "--format=gc"]));
    assert!(gc.contains("./m.go:5:19: 300 escapes to heap\n"), "{gc}");
}

#[test]
fn whoever_stops_reading_is_not_complained_to() {
    let folder = Folder::new(MODULE);
    for format in ["pretty", "json", "gc"] {
        let mut check = Command::new(env!("CARGO_BIN_EXE_goescape-under-test"))
            .args(["check", "--format", format])
            .current_dir(folder.path())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(check.stdout.take());
        let output = check.wait_with_output().unwrap();
        assert_eq!((code(&output), err(&output).as_str()), (0, ""), "{format}");
    }
}

/// What the compiler prints, in its order, with its heading.
#[test]
fn gc_format_is_the_compilers_output_to_the_byte() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/sample");
    for detail in ["1", "2"] {
        let run = |command: &mut Command| {
            command.current_dir(sample).env("PWD", sample).env_remove("GOFLAGS").output().unwrap()
        };
        let flag = format!("-gcflags=-m={detail}");
        let theirs = run(Command::new("go").args(["build", &flag, "."]));
        let flag = format!("--detail={detail}");
        let mut ours = Command::new(env!("CARGO_BIN_EXE_goescape-under-test"));
        let ours = run(ours.args(["check", "--format=gc", &flag, "."]));
        assert!(err(&theirs).starts_with("# example.com/sample\n"), "{}", err(&theirs));
        assert_eq!(out(&ours), err(&theirs));
    }
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
    assert_eq!(findings.len(), 1);
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
        (&folder, &["explain", "main.go"], &["FILE:LINE", "main.go:12:3", "closure-capture"]),
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
fn what_is_wrong_with_a_package_is_named() {
    let cases: [(&str, &[&str], &[&str]); 5] = [
        (
            "-- a/a.go --\npackage a\nimport _ \"ex.com/m/b\"\n\
             -- b/b.go --\npackage b\nimport _ \"ex.com/m/a\"\n",
            &[],
            &["b/b.go:2: import cycle not allowed: ex.com/m/a imports ex.com/m/b"],
        ),
        (
            "-- a/a.go --\npackage a\n-- a/b.go --\npackage b\n",
            &[],
            &["found packages a (a.go) and b (b.go) in "],
        ),
        (
            "-- a/a.go --\npackage a\nimport _ \"github.com/nosuch/thing\"\n",
            &[],
            &["a/a.go:2: ", "github.com/nosuch/thing", "go get"],
        ),
        ("-- a/a.go --\npackage a\n", &["--build-flag=tags=x"], &["tags=x", "begin with `-`"]),
        ("-- a/a.go --\npackage a\n", &["--build-flag=-mod=none"], &["-mod=none", "readonly"]),
    ];
    for (files, args, wanted) in cases {
        let folder = Folder::new(&format!("-- go.mod --\nmodule ex.com/m\n\ngo 1.26\n{files}"));
        let output = goescape(&folder, &[&["check"], args].concat());
        let text = err(&output);
        assert_eq!(code(&output), 2, "{text}");
        for wanted in wanted {
            assert!(text.contains(wanted), "{wanted:?} in {text}");
        }
    }
}

#[test]
fn files_that_are_not_text_are_named_and_large_ones_are_read() {
    let folder = Folder::new("-- go.mod --\nmodule ex.com/m\n\ngo 1.26\n");
    let large = format!(
        "package large\nconst text = `{}`\nfunc New() *int {{ n := 1; return &n }}\n",
        "0123456789abcde\n".repeat(400_000)
    );
    folder.write("large/large.go", &large);
    let check = goescape(&folder, &["check", "--format=gc", "./large"]);
    assert_eq!(code(&check), 0, "{}", err(&check));
    assert!(out(&check).contains("large/large.go:400003:19: moved to heap: n"), "{}", out(&check));

    for (name, bytes, wanted) in [
        ("latin1", &b"package latin1\nvar s = \"\xe9\"\n"[..], "latin1.go:2: not UTF-8"),
        ("utf16", b"\xff\xfep\0a\0", "utf16.go"),
        ("nul", b"package nul\0\n", "nul.go: unexpected NUL"),
    ] {
        let file = folder.write(&format!("{name}/{name}.go"), "");
        std::fs::write(&file, bytes).unwrap();
        let check = goescape(&folder, &["check", &format!("./{name}")]);
        assert_eq!(code(&check), 2, "{name}");
        assert!(err(&check).contains(wanted), "{name}: {}", err(&check));
    }
}

#[test]
fn verify_compares_tests_too() {
    let folder = Folder::new(MODULE);
    let test = "package lib\n\nimport \"testing\"\n\nfunc TestNew(t *testing.T) {\n\
                \tq := 1\n\tKeep(&q)\n\tt.Log(*New())\n}\n";
    folder.write("lib/lib_test.go", test);
    let external = "package lib_test\n\nimport (\n\t\"testing\"\n\n\t\"ex.com/m/lib\"\n)\n\n\
                    func TestKeep(t *testing.T) { lib.Keep(new(int)) }\n";
    folder.write("lib/x_test.go", external);
    let verify = goescape(&folder, &["verify", "--tests", "--json", "./..."]);
    assert_eq!(code(&verify), 0, "{}", err(&verify));
    let figures: Value = serde_json::from_str(&out(&verify)).unwrap();
    assert_eq!(figures["packages"], 4, "main, lib, lib [lib.test], lib_test [lib.test]");
    let heap = &figures["classes"]["heap"];
    // Those of the packages, of the copy with tests, and of the tests themselves.
    assert_eq!((&heap["compiler"], &heap["percent"]), (&6.into(), &100.0.into()), "{figures}");
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

#[test]
fn what_has_errors_is_not_said_to_have_no_allocations() {
    let folder = Folder::new(
        "-- go.mod --\nmodule ex.com/m\n\ngo 1.26\n-- m.go --\npackage m\n\nimport \"ex.com/m/no\"\n\nvar X = no.Y\n",
    );
    let check = goescape(&folder, &["check"]);
    assert_eq!(code(&check), 2);
    let total = "1 package: no heap allocations, not counting what has errors\n";
    assert_eq!(out(&check), total);
    let said = err(&check);
    let of_import: Vec<&str> = said.lines().filter(|line| line.starts_with("m.go:3")).collect();
    assert_eq!(of_import.len(), 1, "an import is complained of once: {said}");
    let last =
        "goescape: nothing is said of what has errors, in ex.com/m: the lines above say which";
    assert_eq!(said.lines().last(), Some(last));
}

#[test]
fn an_unknown_flag_and_an_unknown_system_are_named() {
    let folder = Folder::new(MODULE);
    let with = |name: &str, value: &str| {
        let mut check = Command::new(env!("CARGO_BIN_EXE_goescape-under-test"));
        check.arg("check").current_dir(folder.path()).env("PWD", folder.path());
        check.env_remove("GOFLAGS").env(name, value).output().unwrap()
    };
    for (name, value, cause, way_out) in [
        ("GOFLAGS", "-v -flavor=1", "-flavor: the go command has no such flag", "go env GOFLAGS"),
        ("GOOS", "plan10", "GOOS/GOARCH plan10/", "go tool dist list"),
        ("GOARCH", "z80", "/z80", "go tool dist list"),
    ] {
        let check = with(name, value);
        let said = err(&check);
        assert_eq!(code(&check), 2, "{name}={value}: {said}");
        assert!(said.contains(cause) && said.contains(way_out), "{said}");
    }
    assert_eq!(code(&with("GOFLAGS", "-v '-ldflags=-s -w' -count=1")), 0);
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
    let explain = goescape(&folder, &["explain", "lib/lib.go:7"]);
    let function = "New: 1 heap allocation; calls are inlined: cost 8 of at most 80\n  \
                    8:2: `n` is on the heap because its address is returned by New\n";
    assert!(out(&explain).starts_with(function), "{}", out(&explain));
    let explain = goescape(&folder, &["explain", "lib/lib.go:1"]);
    let nothing = "lib/lib.go:1: nothing is allocated here and nothing is decided here\n";
    assert_eq!(out(&explain), nothing);
}

#[test]
#[cfg(unix)]
fn an_unknown_release_gets_the_nearest_rules_and_a_note() {
    let folder = Folder::new(&MODULE.replace("go 1.26", "go 1.21"));
    for (version, nearest) in [("go1.99.1", "go1.27"), ("go1.25.4", "go1.26")] {
        let go = folder.go_of(version);
        let note = format!(
            "{version} is not a release whose rules are known: those of {nearest}, the nearest one, are used"
        );
        let check = goescape(&folder, &["check", "--go", go.as_str(), "./lib"]);
        assert!(err(&check).contains(&note), "{}", err(&check));
        assert!(out(&check).contains("lib/lib.go:8:2"), "{}", out(&check));
        let doctor = out(&goescape(&folder, &["doctor", "--go", go.as_str()]));
        assert!(doctor.contains(&note), "{doctor}");
        assert!(doctor.contains(&format!("{nearest} (nearest known)")), "{doctor}");
    }
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

/// The server as an editor starts it.
struct Served {
    child: std::process::Child,
    stdin: Option<std::process::ChildStdin>,
    stdout: std::io::BufReader<std::process::ChildStdout>,
}

impl Served {
    fn start() -> Served {
        let mut child = Command::new(env!("CARGO_BIN_EXE_goescape-under-test"))
            .args(["lsp", "--log=off"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let stdout = std::io::BufReader::new(child.stdout.take().unwrap());
        Served { child, stdin, stdout }
    }

    fn say(&mut self, message: &Value) {
        let text = message.to_string();
        let stdin = self.stdin.as_mut().unwrap();
        write!(stdin, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        stdin.flush().unwrap();
    }

    /// Says a request and waits for its answer.
    fn ask(&mut self, id: u32, method: &str, params: Value) -> Value {
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                assert_ne!(self.stdout.read_line(&mut line).unwrap(), 0, "the server has ended");
                if line == "\r\n" {
                    break;
                }
                let value = line.trim().strip_prefix("Content-Length: ").unwrap();
                length = value.parse::<usize>().unwrap();
            }
            let mut body = vec![0; length];
            self.stdout.read_exact(&mut body).unwrap();
            let message: Value = serde_json::from_slice(&body).unwrap();
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
        }
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.say(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn initialize(&mut self) {
        self.ask(1, "initialize", json!({ "capabilities": {} }));
        self.notify("initialized", json!({}));
    }

    /// The exit code once the server ends; stdin stays open meanwhile.
    fn code(mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap()
    }
}

#[test]
fn the_servers_exit_code_is_the_protocols() {
    let mut polite = Served::start();
    polite.initialize();
    polite.ask(2, "shutdown", Value::Null);
    polite.notify("exit", Value::Null);
    assert_eq!(polite.code(), 0);

    let mut rude = Served::start();
    rude.initialize();
    rude.notify("exit", Value::Null);
    assert_eq!(rude.code(), 1);

    let mut gone = Served::start();
    gone.initialize();
    gone.stdin = None;
    assert_eq!(gone.code(), 1, "the editor went away");
}

#[test]
#[cfg(target_os = "linux")]
fn ten_thousand_edits_leave_the_server_as_large_as_it_was() {
    const EDITS: u32 = 10_000;
    let folder = Folder::new(MODULE);
    let uri = tests::editor::uri(&folder.path().join("lib/lib.go"));
    let mut server = Served::start();
    server.initialize();
    let text = folder.read("lib/lib.go");
    let document = json!({ "uri": uri, "languageId": "go", "version": 0, "text": text });
    server.notify("textDocument/didOpen", json!({ "textDocument": document }));
    let kilobytes = |server: &Served| {
        let status = format!("/proc/{}/status", server.child.id());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap()
    };
    let mut before = 0;
    for edit in 1..=EDITS {
        // A name is typed and taken away again, letter by letter.
        let (start, end, letter) = match edit % 20 {
            column @ 0..10 => (column, column, "x"),
            column => (19 - column, 20 - column, ""),
        };
        let at = |character: u32| json!({ "line": 1, "character": character });
        let change = json!({ "range": { "start": at(start), "end": at(end) }, "text": letter });
        let params = json!({
            "textDocument": { "uri": uri, "version": edit },
            "contentChanges": [change],
        });
        server.notify("textDocument/didChange", params);
        if edit % 20 == 19 {
            let range = json!({
                "start": { "line": 0, "character": 0 },
                "end": { "line": 99, "character": 0 },
            });
            let params = json!({ "textDocument": { "uri": uri }, "range": range });
            let hints = server.ask(edit + 9, "textDocument/inlayHint", params);
            assert_eq!(hints["result"].as_array().map(Vec::len), Some(1), "{hints}");
        }
        if edit == EDITS / 5 {
            before = kilobytes(&server);
        }
    }
    let after = kilobytes(&server);
    assert!(after < before + 16 * 1024, "from {before} kB to {after} kB");
}

#[test]
fn flags_of_the_compiler_reach_dependencies_only_if_they_are_for_all() {
    let folder = Folder::new(
        "-- go.mod --\nmodule ex.com/m\n\ngo 1.26\n\
         -- main.go --\npackage main\n\nimport \"ex.com/m/lib\"\n\n\
         func main() {\n\tx := 1\n\tlib.Do(&x)\n\tprintln(x)\n}\n\
         -- lib/lib.go --\npackage lib\n\ntype Doer interface{ M(p *int) }\n\ntype T struct{}\n\n\
         func (T) M(p *int) { *p++ }\n\nfunc doer() Doer { return T{} }\n\n\
         func Do(p *int) { doer().M(p) }\n",
    );
    // Where doer is inlined into Do, it is known whose method M is.
    for (flag, moved) in [("-gcflags=-l", false), ("-gcflags=all=-l", true)] {
        let check = goescape(&folder, &["check", "--format=gc", "--build-flag", flag, "."]);
        assert_eq!(code(&check), 0, "{}", err(&check));
        assert_eq!(out(&check).contains("moved to heap: x"), moved, "{}", out(&check));
    }
}

#[test]
fn a_profile_that_would_be_used_is_named() {
    let folder = Folder::new(
        "-- go.mod --\nmodule ex.com/m\n\ngo 1.26\n-- main.go --\npackage main\n\nfunc main() {}\n\
         -- default.pgo --\n",
    );
    let check = goescape(&folder, &["check"]);
    assert!(err(&check).contains("default.pgo is not used"), "{}", err(&check));
    let check = goescape(&folder, &["check", "--build-flag=-pgo=off"]);
    assert_eq!(err(&check), "");
}

#[test]
fn explain_tells_what_a_code_means() {
    let folder = Folder::new("");
    let explain = goescape(&folder, &["explain", "append-growth"]);
    assert_eq!(code(&explain), 0, "{}", err(&explain));
    let text = out(&explain);
    assert!(text.starts_with("append-growth\n\nappend makes a new array"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}
