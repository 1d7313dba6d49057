//! The language server end to end: the real service over a pipe, as an editor uses it.

use camino::Utf8Path;
use serde_json::{Value, json};

use tests::editor::{Editor, change, uri};
use tests::folder::Folder;

const MODULE: &str = "\
-- go.mod --
module ex.com/m

go 1.26
-- m.go --
package m

func F() *int {
	n := 3
	return &n
}
";

fn caps() -> Value {
    json!({ "general": { "positionEncodings": ["utf-16"] } })
}

fn labels(hints: &Value) -> Vec<(u64, u64, String)> {
    let label = |hint: &Value| match &hint["label"] {
        Value::Array(parts) => parts.iter().filter_map(|part| part["value"].as_str()).collect(),
        label => label.as_str().unwrap_or_default().to_owned(),
    };
    let place = |hint: &Value, of: &str| hint["position"][of].as_u64().unwrap();
    let hints = hints.as_array().expect("hints, not null: the file is in a package").iter();
    hints.map(|hint| (place(hint, "line"), place(hint, "character"), label(hint))).collect()
}

#[test]
fn the_server_says_what_it_does() {
    let (editor, answer) = Editor::meet(caps(), &[]);
    let said = &answer["capabilities"];
    assert_eq!(said["positionEncoding"], "utf-16");
    assert_eq!(said["textDocumentSync"]["change"], 2, "incremental");
    assert_eq!(said["hoverProvider"], true);
    assert_eq!(said["diagnosticProvider"], Value::Null, "this client does not pull");
    assert_eq!(said["workspace"]["workspaceFolders"]["supported"], true);
    assert_eq!(answer["serverInfo"]["name"], "goescape");
    drop(editor);
}

#[test]
fn an_opened_file_has_hints() {
    let folder = Folder::new(MODULE);
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let m = uri(&folder.path().join("m.go"));
    editor.open(&m, &folder.read("m.go"));
    let hints = editor.ask_hints(&m);
    let hints = labels(&editor.answer(hints).unwrap());
    assert_eq!(hints, [(3, 2, "heap 8 B".to_owned())]);
    assert_eq!(editor.file(&m)["package"], "ex.com/m");
}

#[test]
fn no_answer_misses_an_edit_sent_before_it() {
    const EDITS: usize = 300;
    let folder = Folder::new(MODULE);
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let m = uri(&folder.path().join("m.go"));
    let text = folder.read("m.go");
    editor.open(&m, &text);
    let end = text.lines().count() as u32;
    let mut asked = Vec::new();
    for number in 1..=EDITS {
        let line = format!("func f{number}() *int {{ n := 0; return &n }}\n");
        editor.edit(&m, number as i32 + 1, json!([change((end, 0), (end, 0), &line)]));
        let hints = editor.ask_hints(&m);
        asked.push((number, hints, editor.ask("goescape/fileText", json!({ "uri": m }))));
    }
    let mut answered = 0;
    for (number, hints, file) in asked {
        match editor.answer(hints) {
            // A function that F's hint comes on top of.
            Ok(hints) => {
                let count = labels(&hints).len();
                assert!(count > number, "{count} < {number}");
                answered += 1;
            }
            Err(error) => assert_eq!(error["code"], -32801, "only `content modified`"),
        }
        match editor.answer(file) {
            Ok(file) => {
                let has = file["text"].as_str().unwrap().matches("func f").count();
                assert!(has >= number, "an answer about {has} edits after {number}");
                assert_eq!(file["version"], has + 1);
            }
            Err(error) => assert_eq!(error["code"], -32801, "only `content modified`"),
        }
    }
    assert!(answered > 0);
    let last = editor.file(&m);
    assert_eq!(last["version"], EDITS + 1, "once typing stops, the newest text is answered about");
}

#[test]
fn an_edit_that_comes_too_late_is_left_out() {
    let folder = Folder::new(MODULE);
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let m = uri(&folder.path().join("m.go"));
    editor.open(&m, &folder.read("m.go"));
    editor.edit(&m, 3, json!([{ "text": "package m // newest\n" }]));
    editor.edit(&m, 2, json!([{ "text": "package m // late\n" }]));
    assert_eq!(editor.file(&m)["text"], "package m // newest\n");
}

#[test]
fn positions_are_counted_as_agreed() {
    // Each character of the middle word takes another number of units in each encoding.
    let text = "package m\r\n\r\nvar s = \"aä世😀\"; var end = 1\r\n";
    for (encoding, column) in [("utf-8", 19), ("utf-16", 14), ("utf-32", 13)] {
        let folder = Folder::new("-- go.mod --\nmodule ex.com/m\n");
        let path = folder.write("m.go", text);
        let caps = json!({ "general": { "positionEncodings": [encoding] } });
        let (mut editor, said) = Editor::meet(caps, &[folder.path()]);
        assert_eq!(said["capabilities"]["positionEncoding"], encoding);
        let m = uri(&path);
        editor.open(&m, text);
        editor.edit(
            &m,
            2,
            json!([change((2, column), (2, column), "é"), change((0, 8), (0, 9), "n")]),
        );
        let file = editor.file(&m);
        assert_eq!(file["text"], "package n\r\n\r\nvar s = \"aä世😀é\"; var end = 1\r\n");
    }
}

#[test]
fn a_byte_order_mark_is_counted_by_the_client_alone() {
    let folder = Folder::new(MODULE);
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let m = uri(&folder.path().join("m.go"));
    editor.open(&m, "\u{feff}package m\n");
    editor.edit(&m, 2, json!([change((0, 9), (0, 10), "x")]));
    assert_eq!(editor.file(&m)["text"], "package x\n");
}

#[test]
fn a_question_waits_for_the_settings_and_can_be_withdrawn() {
    let folder = Folder::new(MODULE);
    let mut editor = Editor::start();
    editor.set_settings(None);
    let caps = json!({ "workspace": { "configuration": true } });
    editor.initialize(caps, &[folder.path()], Value::Null);
    let m = uri(&folder.path().join("m.go"));
    editor.open(&m, &folder.read("m.go"));
    let asked = editor.said("workspace/configuration", |_| true);
    assert_eq!(asked["items"][0]["section"], "goescape");
    let (withdrawn, kept) = (editor.ask_hints(&m), editor.ask_hints(&m));
    editor.withdraw(withdrawn);
    assert_eq!(editor.answer(withdrawn).unwrap_err()["code"], -32800);
    assert!(!editor.is_answered(kept));
    // The server gives a silent client up after a while.
    assert!(editor.answer(kept).unwrap().is_array());
}

#[test]
fn settings_are_pulled_and_pushed() {
    let folder = Folder::new(MODULE);
    let mut editor = Editor::start();
    editor.set_settings(Some(json!({ "diagnostics": { "severity": "deafening" } })));
    let caps = json!({ "workspace": { "configuration": true } });
    editor.initialize(caps, &[folder.path()], Value::Null);
    let shown = editor.said("window/showMessage", |_| true);
    let text =
        "setting goescape.diagnostics.severity: \"deafening\" is not hint, information or off";
    assert_eq!(shown["message"], text);

    let (mut editor, _) = Editor::meet(json!({}), &[folder.path()]);
    let settings = json!({ "settings": { "goescape": { "tests": 3 } } });
    editor.notify("workspace/didChangeConfiguration", settings);
    let shown = editor.said("window/showMessage", |_| true);
    assert_eq!(shown["message"], "setting goescape.tests: 3 is not true or false");
}

#[test]
fn the_end_is_good_only_after_shutdown() {
    let mut editor = Editor::meet(caps(), &[]).0;
    assert_eq!(editor.request("shutdown", Value::Null), Ok(Value::Null));
    let late = editor.ask_hints("file:///a.go");
    assert_eq!(editor.answer(late).unwrap_err()["code"], -32600);
    editor.notify("exit", Value::Null);
    assert!(editor.end_by_itself());

    let mut editor = Editor::meet(caps(), &[]).0;
    editor.notify("exit", Value::Null);
    assert!(!editor.end_by_itself(), "exit without shutdown");

    let editor = Editor::meet(caps(), &[]).0;
    assert!(!editor.end(), "the client went away");
}

#[test]
fn nothing_is_answered_before_initialize() {
    let mut editor = Editor::start();
    let early = editor.ask_hints("file:///a.go");
    assert_eq!(editor.answer(early).unwrap_err()["code"], -32002);
    assert!(!editor.end());
}

#[test]
fn diagnostics_are_pushed_with_the_version_they_are_about() {
    let folder = Folder::new(MODULE);
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let m = uri(&folder.path().join("m.go"));
    editor.open(&m, &folder.read("m.go"));
    let method = "textDocument/publishDiagnostics";
    let first = editor.said(method, |params| params["version"] == 1);
    assert_eq!(first["uri"], m.as_str());
    assert_eq!(first["diagnostics"].as_array().unwrap().len(), 1);
    editor.edit(&m, 2, json!([change((4, 8), (4, 10), "nil")]));
    let second = editor.said(method, |params| params["version"] == 2);
    assert_eq!(second["diagnostics"], json!([]));
    editor.notify("textDocument/didClose", json!({ "textDocument": { "uri": m } }));
    let closed = editor.said(method, |params| params["version"].is_null());
    assert_eq!(closed["diagnostics"], json!([]));
}

#[test]
fn diagnostics_are_pulled_by_a_client_that_can() {
    let folder = Folder::new(MODULE);
    let refreshes = json!({ "diagnostics": { "refreshSupport": true } });
    let caps = json!({ "textDocument": { "diagnostic": {} }, "workspace": refreshes });
    let (mut editor, said) = Editor::meet(caps, &[folder.path()]);
    assert_eq!(said["capabilities"]["diagnosticProvider"]["interFileDependencies"], true);
    let m = uri(&folder.path().join("m.go"));
    editor.open(&m, &folder.read("m.go"));
    let params = json!({ "textDocument": { "uri": m } });
    let report = editor.request("textDocument/diagnostic", params).unwrap();
    assert_eq!(report["kind"], "full");
    assert_eq!(report["items"].as_array().unwrap().len(), 1);
    assert_eq!(editor.count("textDocument/publishDiagnostics", |_| true), 0);
}

#[test]
fn a_file_in_no_module_is_analysed_alone_and_said_so_once() {
    let folder = Folder::new("-- a.go --\npackage main\n\nfunc main() {}\n");
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let a = uri(&folder.path().join("a.go"));
    editor.open(&a, &folder.read("a.go"));
    assert_eq!(editor.file(&a)["package"], "command-line-arguments");
    let said = editor.said("window/showMessage", |_| true);
    assert!(said["message"].as_str().unwrap().contains("is in no module"), "{said}");
    editor.edit(&a, 2, json!([change((0, 0), (0, 0), "// comment\n")]));
    assert_eq!(editor.file(&a)["version"], 2);
    assert_eq!(editor.count("window/showMessage", |_| true), 0);
}

#[test]
fn a_go_mod_that_appears_makes_a_module() {
    let folder = Folder::new("-- a.go --\npackage main\n\nfunc main() {}\n");
    let caps = json!({
        "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } },
    });
    let (mut editor, _) = Editor::meet(caps, &[folder.path()]);
    let registered = editor.said("client/registerCapability", |_| true).to_string();
    for glob in ["**/*.go", "**/go.mod", "**/go.work", "**/vendor/modules.txt"] {
        assert!(registered.contains(glob), "{glob} in {registered}");
    }
    let a = uri(&folder.path().join("a.go"));
    editor.open(&a, &folder.read("a.go"));
    assert_eq!(editor.file(&a)["package"], "command-line-arguments");
    let path = folder.write("go.mod", "module ex.com/made\n");
    let event = json!({ "uri": uri(&path), "type": 1 });
    editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [event] }));
    assert_eq!(editor.file(&a)["package"], "ex.com/made");
    std::fs::remove_file(&path).unwrap();
    let event = json!({ "uri": uri(&path), "type": 3 });
    editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [event] }));
    assert_eq!(editor.file(&a)["package"], "command-line-arguments");
}

#[test]
fn unsaved_text_decides_whether_a_file_is_compiled() {
    let folder = Folder::new(MODULE);
    folder.write("x.go", "//go:build never\n\npackage m\n");
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let x = uri(&folder.path().join("x.go"));
    editor.open(&x, &folder.read("x.go"));
    assert_eq!(editor.file(&x)["package"], Value::Null);
    let said = editor.said("window/showMessage", |_| true)["message"].to_string();
    assert!(said.contains("x.go is not analysed: build constraints exclude"), "{said}");
    let hints = editor.ask_hints(&x);
    assert_eq!(editor.answer(hints), Ok(Value::Null));
    editor.edit(&x, 2, json!([change((0, 0), (0, 16), "")]));
    assert_eq!(editor.file(&x)["package"], "ex.com/m");
    // A file that exists in the editor only.
    let new = uri(&folder.path().join("sub/new_test.go"));
    editor.open(&new, "package sub_test\n");
    assert_eq!(editor.file(&new)["package"], "ex.com/m/sub_test [ex.com/m/sub.test]");
}

#[test]
fn each_folder_has_its_own_module() {
    let (one, two) = (Folder::new(MODULE), Folder::new(MODULE));
    two.write("go.mod", "module ex.com/two\n");
    let (mut editor, _) = Editor::meet(caps(), &[one.path()]);
    let file = |folder: &Folder| uri(&folder.path().join("m.go"));
    for folder in [&one, &two] {
        editor.open(&file(folder), &folder.read("m.go"));
    }
    let added = json!({ "uri": uri(two.path()), "name": "two" });
    let event = json!({ "event": { "added": [added], "removed": [] } });
    editor.notify("workspace/didChangeWorkspaceFolders", event);
    assert_eq!(editor.file(&file(&one))["package"], "ex.com/m");
    assert_eq!(editor.file(&file(&two))["package"], "ex.com/two");
}

#[test]
#[cfg(unix)]
fn links_and_encoded_paths_lead_to_the_file_of_the_folder() {
    let folder = Folder::new("-- a b/ü/go.mod --\nmodule ex.com/m\n-- a b/ü/m.go --\npackage m\n");
    let module = folder.path().join("a b/ü");
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&module, &link).unwrap();
    let (mut editor, _) = Editor::meet(caps(), &[&module]);
    let direct = uri(&module.join("m.go"));
    assert!(direct.contains("a%20b/%C3%BC"));
    editor.open(&direct, "package m\n");
    assert_eq!(editor.file(&direct)["package"], "ex.com/m");
    let linked = uri(&link.join("n.go"));
    editor.open(&linked, "package m\n");
    let file = editor.file(&linked);
    assert_eq!(file["path"], module.join("n.go").as_str(), "known by its name in the folder");
    assert_eq!(file["package"], "ex.com/m");
}

#[test]
fn what_is_not_a_file_is_left_alone() {
    let (mut editor, _) = Editor::meet(caps(), &[]);
    editor.open("untitled:Untitled-1", "package main\n");
    let hints = editor.ask_hints("untitled:Untitled-1");
    assert_eq!(editor.answer(hints), Ok(Value::Null));
    let params = json!({
        "textDocument": { "uri": "untitled:Untitled-1" },
        "position": { "line": 0, "character": 0 },
    });
    assert_eq!(editor.request("textDocument/hover", params), Ok(Value::Null));
}

#[test]
fn without_a_go_command_the_server_says_so_once_and_stays() {
    let folder = Folder::new(MODULE);
    let mut editor = Editor::start();
    let options = json!({ "go": { "path": "/nowhere/go" } });
    editor.initialize(caps(), &[folder.path()], options);
    let m = uri(&folder.path().join("m.go"));
    editor.open(&m, &folder.read("m.go"));
    let said = editor.said("window/showMessage", |_| true)["message"].to_string();
    assert!(said.contains("cannot run `/nowhere/go env -json`"), "{said}");
    assert!(said.contains("install Go, or name the go command"), "{said}");
    for _ in 0..3 {
        assert_eq!(editor.file(&m)["version"], 1);
    }
    assert_eq!(editor.count("window/showMessage", |_| true), 0);
}

#[test]
#[cfg(unix)]
fn an_unknown_release_is_said_to_be_one() {
    let folder = Folder::new(MODULE);
    let mut editor = Editor::start();
    let options = json!({ "go": { "path": folder.go_of("go1.99.1").as_str() } });
    editor.initialize(caps(), &[folder.path()], options);
    let m = uri(&folder.path().join("m.go"));
    editor.open(&m, &folder.read("m.go"));
    let said = editor.said("window/showMessage", |_| true)["message"].to_string();
    assert!(said.contains("go1.99.1 is not a release whose rules are known"), "{said}");
    assert_eq!(editor.file(&m)["version"], 1);
}

#[test]
fn loading_shows_progress() {
    let folder = Folder::new(MODULE);
    let caps = json!({ "window": { "workDoneProgress": true } });
    let (mut editor, _) = Editor::meet(caps, &[folder.path()]);
    let token = editor.said("window/workDoneProgress/create", |_| true)["token"].clone();
    let of = |kind: &'static str| {
        let token = token.clone();
        move |params: &Value| params["token"] == token && params["value"]["kind"] == kind
    };
    let begin = editor.said("$/progress", of("begin"));
    assert_eq!(begin["value"]["title"], "goescape: loading packages");
    editor.said("$/progress", of("end"));
}

#[test]
fn garbage_does_not_end_the_server() {
    let folder = Folder::new(MODULE);
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let m = uri(&folder.path().join("m.go"));
    editor.edit(&m, 2, json!([change((0, 0), (9, 9), "never opened")]));
    editor.open(&m, "package m\nfunc (((((( \u{0} `");
    editor.edit(&m, 2, json!([change((90, 90), (1, 200), "}}}\r\n\"")]));
    editor.notify("textDocument/didChange", json!({ "textDocument": 3 }));
    assert!(editor.request("textDocument/inlayHint", json!({})).is_err());
    assert_eq!(editor.request("goescape/nothing", json!({})).unwrap_err()["code"], -32601);
    assert_eq!(editor.file(&m)["version"], 2);
    let outside = Utf8Path::new("/nowhere/at/all.go");
    editor.open(&uri(outside), "package all\n");
    assert_eq!(editor.file(&uri(outside))["version"], 1);
}

const THREE: &str = "\
-- go.mod --
module ex.com/m

go 1.26
-- m.go --
package m

func a() *int { n := 1; return &n }

func b() *int { n := 2; return &n }

func c() *int { n := 3; return &n }
";

/// The lines of all hints of a file, which all say that an `int` is on the heap.
fn heap_lines(editor: &mut Editor, uri: &str) -> Vec<u64> {
    let hints = editor.ask_hints(uri);
    let hints = labels(&editor.answer(hints).expect("hints"));
    for (line, character, label) in &hints {
        assert_eq!((*character, label.as_str()), (17, "heap 8 B"), "line {line}");
    }
    hints.into_iter().map(|(line, _, _)| line).collect()
}

#[test]
fn while_a_function_is_broken_the_others_keep_their_hints_in_the_right_places() {
    let folder = Folder::new(THREE);
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let m = uri(&folder.path().join("m.go"));
    let text = folder.read("m.go");
    editor.open(&m, &text);
    assert_eq!(heap_lines(&mut editor, &m), [2, 4, 6]);
    // What is whole in spite of the error stays; nothing is shown of what is not.
    let broken: [(&str, &[u64]); 10] = [
        ("n := ; return &n }", &[2, 6]),
        ("n := \"x\"; return &n }", &[2, 6]),
        ("n := 2; return &n", &[2, 6]),
        ("n := 2; return &n }}", &[2, 6]),
        ("n := 2; return &unknown }", &[2, 6]),
        ("n := 2; return &n }; func", &[2, 4, 6]),
        ("n := `2; return &n }", &[2, 6]),
        ("n := 2; /* return &n }", &[2, 6]),
        ("n := 2; return &n.gone }", &[2, 6]),
        ("return b(1) }", &[2, 6]),
    ];
    let mut version = 1;
    for (body, wanted) in broken {
        let mut ask = |text: &str| {
            version += 1;
            editor.edit(&m, version, json!([{ "text": text }]));
            heap_lines(&mut editor, &m)
        };
        let edited = text.replace("n := 2; return &n }", body);
        assert_eq!(ask(&edited), wanted, "{body}");
        let moved: Vec<u64> = wanted.iter().map(|line| line + 2).collect();
        assert_eq!(ask(&format!("// é\n\n{edited}")), moved, "{body}, moved");
        assert_eq!(ask(&text), [2, 4, 6], "after {body}");
    }
}

#[test]
fn a_broken_header_of_a_file_costs_what_depends_on_it() {
    let folder = Folder::new(THREE);
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let m = uri(&folder.path().join("m.go"));
    let text = folder.read("m.go");
    editor.open(&m, &text);
    let headers = [
        "import \"ex.com/gone\"\n",
        "import \"ex.com/m\"\n",
        "import \"\n",
        "import (\n",
        "import fmt\n",
        "type T struct { gone.T }\n",
        "var v = gone()\n",
        "const huge = 1 << gone\n",
    ];
    for (at, header) in headers.into_iter().enumerate() {
        let edited = text.replacen("\n\n", &format!("\n{header}\n"), 1);
        editor.edit(&m, at as i32 + 2, json!([{ "text": edited }]));
        let by = header.matches('\n').count() as u64;
        assert_eq!(heap_lines(&mut editor, &m), [2 + by, 4 + by, 6 + by], "{header}");
    }
}

#[test]
fn a_broken_go_mod_keeps_what_was_known() {
    let folder = Folder::new(THREE);
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let m = uri(&folder.path().join("m.go"));
    editor.open(&m, &folder.read("m.go"));
    assert_eq!(heap_lines(&mut editor, &m), [2, 4, 6]);
    let good = folder.read("go.mod");
    let path = folder.write("go.mod", "modul ex.com/m\n");
    let event = json!({ "changes": [{ "uri": uri(&path), "type": 2 }] });
    editor.notify("workspace/didChangeWatchedFiles", event.clone());
    assert_eq!(heap_lines(&mut editor, &m), [2, 4, 6], "the module as it was");
    let said = editor.said("window/showMessage", |_| true)["message"].to_string();
    assert!(said.contains("go.mod:1"), "{said}");
    editor.edit(&m, 2, json!([change((2, 0), (2, 0), "\n")]));
    assert_eq!(heap_lines(&mut editor, &m), [3, 5, 7], "typing goes on");
    folder.write("go.mod", &good);
    editor.notify("workspace/didChangeWatchedFiles", event);
    assert_eq!(heap_lines(&mut editor, &m), [3, 5, 7]);
    assert_eq!(editor.file(&m)["package"], "ex.com/m");
}

const TWO_PACKAGES: &str = "\
-- go.mod --
module ex.com/m

go 1.26
-- lib/lib.go --
package lib

var kept *int

//go:noinline
func Use(p *int) {}
-- app/app.go --
package app

import \"ex.com/m/lib\"

func f() { n := 1; lib.Use(&n) }
-- app/more.go --
package app

func more() *int { return nil }
";

#[test]
fn unsaved_text_counts_across_files_and_packages() {
    let folder = Folder::new(TWO_PACKAGES);
    let caps = json!({ "workspace": { "inlayHint": { "refreshSupport": true } } });
    let (mut editor, _) = Editor::meet(caps, &[folder.path()]);
    let [app, lib] = ["app/app.go", "lib/lib.go"].map(|name| uri(&folder.path().join(name)));
    editor.open(&app, &folder.read("app/app.go"));
    editor.open(&lib, &folder.read("lib/lib.go"));
    let hints = |editor: &mut Editor| {
        let hints = editor.ask_hints(&app);
        labels(&editor.answer(hints).expect("hints"))
    };
    assert_eq!(hints(&mut editor), []);
    // The files were looked at before the edit: what it does to the other one is then news.
    editor.said("textDocument/publishDiagnostics", |params| params["uri"] == app.as_str());
    editor.edit(&lib, 2, json!([change((5, 18), (5, 18), " kept = p ")]));
    assert_eq!(hints(&mut editor), [(4, 12, "heap 8 B".to_owned())]);
    let news = editor.said("textDocument/publishDiagnostics", |params| {
        params["uri"] == app.as_str() && params["diagnostics"] != json!([])
    });
    assert_eq!(news["version"], 1);
    editor.said("workspace/inlayHint/refresh", |_| true);
    editor.notify("textDocument/didClose", json!({ "textDocument": { "uri": lib } }));
    assert_eq!(hints(&mut editor), [], "the text on disk counts again");
}

#[test]
fn a_client_that_watches_no_files_sees_changes_on_disk_after_typing() {
    let folder = Folder::new(TWO_PACKAGES);
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let app = uri(&folder.path().join("app/app.go"));
    editor.open(&app, &folder.read("app/app.go"));
    let method = "textDocument/publishDiagnostics";
    assert_eq!(editor.said(method, |_| true)["diagnostics"], json!([]));
    folder.write("lib/lib.go", &folder.read("lib/lib.go").replace("{}", "{ kept = p }"));
    editor.edit(&app, 2, json!([change((0, 0), (0, 0), "// typed\n")]));
    let news = editor.said(method, |params| params["diagnostics"] != json!([]));
    assert_eq!(news["version"], 2);
    // One file goes and another comes.
    std::fs::remove_file(folder.path().join("lib/lib.go")).unwrap();
    folder.write("lib/other.go", "package lib\n\n//go:noinline\nfunc Use(p *int) {}\n");
    editor.edit(&app, 3, json!([change((0, 0), (0, 0), "// typed\n")]));
    editor.said(method, |params| params["version"] == 3 && params["diagnostics"] == json!([]));
}

#[test]
fn a_file_that_is_not_utf_8_costs_its_own_declarations() {
    let folder = Folder::new(THREE);
    std::fs::write(folder.path().join("latin1.go"), b"package m\n\nvar s = \"caf\xe9\"\n").unwrap();
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let m = uri(&folder.path().join("m.go"));
    editor.open(&m, &folder.read("m.go"));
    assert_eq!(heap_lines(&mut editor, &m), [2, 4, 6]);
}

#[test]
fn line_ends_of_windows_move_nothing() {
    let folder = Folder::new(THREE);
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let m = uri(&folder.path().join("m.go"));
    editor.open(&m, &format!("\u{feff}{}", folder.read("m.go").replace('\n', "\r\n")));
    assert_eq!(heap_lines(&mut editor, &m), [2, 4, 6]);
    editor.edit(&m, 2, json!([change((1, 0), (1, 0), "// 世😀\r\n\r\n")]));
    assert_eq!(heap_lines(&mut editor, &m), [4, 6, 8]);
}

#[test]
fn what_is_no_message_is_passed_over() {
    let folder = Folder::new(THREE);
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let m = uri(&folder.path().join("m.go"));
    editor.open(&m, &folder.read("m.go"));
    let frames: [&[u8]; 6] = [
        b"Content-Length: 1\r\n\r\n{",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 99999999999999\r\n\r\n",
        b"Content-Length: lots\r\n\r\n",
        b"Content-Length: 4\r\n\r\n\xff\xfe\xfd\xfc",
        b"hello?\r\n\r\n",
    ];
    for frame in frames {
        editor.send_bytes(frame);
        assert_eq!(editor.file(&m)["version"], 1);
    }
    assert_eq!(heap_lines(&mut editor, &m), [2, 4, 6]);
    assert_eq!(editor.request("shutdown", Value::Null), Ok(Value::Null));
    editor.notify("exit", Value::Null);
    assert!(editor.end_by_itself());
}

#[test]
fn the_end_does_not_wait_for_answers() {
    let folder = Folder::new("-- go.mod --\nmodule ex.com/m\n-- m.go --\npackage m\n");
    let (mut editor, _) = Editor::meet(caps(), &[folder.path()]);
    let m = uri(&folder.path().join("m.go"));
    editor.open(&m, "package m\n\nimport _ \"net/http\"\n");
    for _ in 0..20 {
        editor.ask_hints(&m);
    }
    editor.notify("exit", Value::Null);
    assert!(!editor.end_by_itself());
}
