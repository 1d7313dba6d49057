//! Findings made by hand, and what a client gets of them.

use std::sync::Arc;

use expect_test::expect;
use serde_json::{Value, json};
use tower_lsp::ls_types::{CodeActionContext, InlayHint, Uri};

use analysis::explain::finding::{
    self, Action, Code, Finding, Function, Inline, Location, ParamFact, Place, Step,
};
use analysis::host::{FileReport, Freshness, Host};
use analysis::release::Target;
use analysis::symbol::Symbol;
use analysis::types::ty::PkgId;

use crate::capabilities::Client;
use crate::config::Config;
use crate::documents::Document;
use crate::files::Disk;
use crate::loader::PackageGraph;
use crate::snapshot::{Documents, Packages, Snapshot};
use crate::to_proto;

/// `é` is two bytes and one UTF-16 unit, `😀` four bytes and two units.
const A: &str =
    "package m\n\n/* é😀 */ func F(p *T) *T {\n\tt := T{\n\t\tp,\n\t}\n\treturn &t // *p\n}\n";
const B: &str = "package m\n\ntype T struct{ next *T }\n\nfunc use() { /* 😀 */ F(nil) }\n";

fn at(name: &str, text: &str, part: &str) -> Location {
    let start = text.find(part).unwrap() as u32;
    Location { file: Symbol::new(name), start, end: start + part.len() as u32 }
}

fn in_a(part: &str) -> Location {
    at("/w/a.go", A, part)
}

fn in_b(part: &str) -> Location {
    at("/w/b.go", B, part)
}

fn everything() -> Client {
    Client {
        related_information: true,
        code_description: true,
        markdown: true,
        document_changes: true,
        ..Client::default()
    }
}

fn snapshot(client: Client, config: Config) -> Snapshot {
    let document = |name: &str, version, text: &str| {
        let uri: Uri = format!("file://{name}").parse().unwrap();
        Arc::new(Document::new(uri, Some(version), text.into()))
    };
    let a = document("/w/a.go", 7, A);
    let documents: Documents = [
        (Symbol::new("/w/a.go"), Arc::clone(&a)),
        (Symbol::new("/w/b.go"), document("/w/b.go", 3, B)),
    ]
    .into_iter()
    .collect();
    Snapshot {
        packages: Arc::new(Packages::new(PackageGraph::default(), None)),
        view: Host::new(Arc::new(Disk::default()), Target::DEFAULT).view(),
        file: Symbol::new("/w/a.go"),
        package: Some(PkgId::new("m")),
        document: a,
        config: Arc::new(config),
        client,
        documents: Arc::new(documents),
        disk: Arc::default(),
    }
}

fn report() -> FileReport {
    let step = |text: &str, word, at| Step { text: text.into(), word, at: Some(at) };
    let moved = Finding {
        at: in_a("t"),
        place: Place::Heap,
        code: Some(Code::ReturnedPointer),
        reason: "t is on the heap because its address is returned".into(),
        subject: "t".into(),
        size: Some(24),
        size_class: Some(32),
        tiny: false,
        loop_depth: 0,
        inlined_from: Arc::default(),
        flow: vec![
            step("its address is taken", "address-of", in_a("&t")),
            step("*T is returned to use", "return", in_b("F(nil)")),
        ],
        cause: Some(1),
        compiler: Arc::new(["moved to heap: t".into(), "t escapes to heap in F:".into()]),
    };
    let moved = Finding {
        at: Location { start: in_a("t := T{").start, end: in_a("t := T{").start + 1, ..moved.at },
        ..moved
    };
    let stays = Finding {
        at: in_a("T{\n\t\tp,\n\t}"),
        place: Place::Stack,
        code: None,
        reason: "T{…} stays on the stack".into(),
        subject: "T{…}".into(),
        loop_depth: 2,
        inlined_from: Arc::new(["G".into()]),
        flow: Vec::new(),
        cause: None,
        compiler: Arc::new(["T{...} does not escape".into()]),
        ..moved.clone()
    };
    let function = Function {
        name: "F".into(),
        at: Location { end: in_a("F(").start + 1, ..in_a("F(") },
        whole: Location { end: A.len() as u32, ..in_a("func F") },
        inline: Inline::Can { cost: 12 },
        params: vec![ParamFact {
            name: "p".into(),
            at: Location { end: in_a("p *T").start + 1, ..in_a("p *T") },
            text: "p leaks: it is stored in t".into(),
            compiler: "leaking param: p".into(),
            leaks_to_heap: true,
        }],
    };
    FileReport {
        findings: vec![moved, stays],
        functions: vec![function],
        freshness: Freshness::Current,
        problems: Vec::new(),
    }
}

fn whole_file() -> Location {
    Location { file: Symbol::new("/w/a.go"), start: 0, end: A.len() as u32 }
}

fn hints(snapshot: &Snapshot, within: Location) -> Vec<(u32, u32, String)> {
    let hints = to_proto::hints(snapshot, &report(), within);
    let text = |hint: &InlayHint| match serde_json::to_value(&hint.label).unwrap() {
        Value::Array(parts) => parts.iter().map(|part| part["value"].as_str().unwrap()).collect(),
        label => label.as_str().unwrap().to_owned(),
    };
    hints.iter().map(|hint| (hint.position.line, hint.position.character, text(hint))).collect()
}

#[test]
fn a_hint_stands_behind_what_is_on_the_heap() {
    let snapshot = snapshot(everything(), Config::default());
    assert_eq!(hints(&snapshot, whole_file()), [(3, 2, "heap 24 B".to_owned())]);
    let elsewhere = Location { start: 0, end: in_a("func").start, ..whole_file() };
    assert_eq!(hints(&snapshot, elsewhere), []);
}

#[test]
fn settings_choose_the_hints() {
    let off = snapshot(everything(), Config { hints: false, ..Config::default() });
    assert_eq!(hints(&off, whole_file()), []);
    let all = Config { stack_hints: true, inlining_hints: true, ..Config::default() };
    assert_eq!(
        hints(&snapshot(everything(), all), whole_file()),
        [
            // Behind the name, counted in UTF-16 units.
            (2, 16, "inlined, cost 12".to_owned()),
            (3, 2, "heap 24 B".to_owned()),
            // A literal of several lines: behind its first one.
            (3, 8, "stack".to_owned()),
        ]
    );
}

#[test]
fn a_part_of_the_hint_leads_to_the_cause() {
    let snapshot = snapshot(everything(), Config::default());
    let hints = to_proto::hints(&snapshot, &report(), whole_file());
    let hints = serde_json::to_value(hints).unwrap();
    let cause = &hints[0]["label"][0]["location"];
    let place = |character: u32| json!({ "line": 4, "character": character });
    assert_eq!(cause["uri"], "file:///w/b.go");
    assert_eq!(cause["range"], json!({ "start": place(22), "end": place(28) }));
    assert!(hints[0]["tooltip"]["value"].as_str().unwrap().contains("its address is returned"));
}

#[test]
fn a_tooltip_is_resolved_only_for_the_text_it_was_promised_for() {
    let client = Client { resolves_tooltips: true, ..everything() };
    let now = snapshot(client, Config::default());
    let hint = to_proto::hints(&now, &report(), whole_file()).remove(0);
    assert!(hint.tooltip.is_none());
    assert_eq!(to_proto::uri_of(&hint).unwrap().as_str(), "file:///w/a.go");
    let resolved = to_proto::resolve_hint(&now, &report(), hint.clone());
    assert!(resolved.tooltip.is_some() && resolved.data.is_none());
    let mut later = now.clone();
    later.document = Arc::new(now.document.edited(8, Vec::new(), now.encoding()));
    assert!(to_proto::resolve_hint(&later, &report(), hint).tooltip.is_none());
}

#[test]
fn a_diagnostic_is_quiet_and_tells_the_way() {
    let snapshot = snapshot(everything(), Config::default());
    let diagnostics = to_proto::diagnostics(&snapshot, Some(&report()));
    let expected = expect![[r#"
        [
          {
            "range": {
              "start": {
                "line": 3,
                "character": 1
              },
              "end": {
                "line": 3,
                "character": 2
              }
            },
            "severity": 4,
            "code": "returned-pointer",
            "source": "goescape",
            "message": "t is on the heap because its address is returned",
            "relatedInformation": [
              {
                "location": {
                  "uri": "file:///w/a.go",
                  "range": {
                    "start": {
                      "line": 6,
                      "character": 8
                    },
                    "end": {
                      "line": 6,
                      "character": 10
                    }
                  }
                },
                "message": "its address is taken"
              },
              {
                "location": {
                  "uri": "file:///w/b.go",
                  "range": {
                    "start": {
                      "line": 4,
                      "character": 22
                    },
                    "end": {
                      "line": 4,
                      "character": 28
                    }
                  }
                },
                "message": "*T is returned to use"
              }
            ]
          }
        ]"#]];
    expected.assert_eq(&serde_json::to_string_pretty(&diagnostics).unwrap());
}

#[test]
fn a_client_gets_only_what_it_understands() {
    let snapshot = snapshot(Client::default(), Config::default());
    let diagnostics = to_proto::diagnostics(&snapshot, Some(&report()));
    let diagnostic = serde_json::to_value(&diagnostics[0]).unwrap();
    assert_eq!(diagnostic.get("relatedInformation"), None);
    assert_eq!(diagnostic.get("codeDescription"), None);
    let off = Config { severity: crate::config::Severity::Off, ..Config::default() };
    assert!(to_proto::diagnostics(&self::snapshot(everything(), off), Some(&report())).is_empty());
}

fn hover(client: Client, place: Location) -> Option<String> {
    let snapshot = snapshot(client, Config::default());
    let hover = to_proto::hover(&snapshot, &report(), place.start)?;
    let hover = serde_json::to_value(hover).unwrap();
    Some(hover["contents"]["value"].as_str().unwrap().to_owned())
}

#[test]
fn hovering_a_value_tells_reason_flow_and_the_compilers_words() {
    let expected = expect![[r#"
        t is on the heap because its address is returned (`returned-pointer`)

        24 bytes, allocated as 32

        1. its address is taken ([a.go:7:9](<file:///w/a.go#L7,9>))
        2. \*T is returned to use ([b.go:5:25](<file:///w/b.go#L5,23>)) ← the cause

        A pointer to the value is returned, so the value must outlive the function.

        Return the value itself if it is small, or fill in a value that the caller passes. Where the function is inlined, each caller decides anew: look at the findings there.

        ---
        ```text
        moved to heap: t
        t escapes to heap in F:
        ```"#]];
    expected.assert_eq(&hover(everything(), in_a("t := T{")).unwrap());
    let expected = expect![[r#"
        t is on the heap because its address is returned (returned-pointer)

        24 bytes, allocated as 32

        1. its address is taken (a.go:7:9)
        2. *T is returned to use (b.go:5:25) ← the cause

        A pointer to the value is returned, so the value must outlive the function.

        Return the value itself if it is small, or fill in a value that the caller passes. Where the function is inlined, each caller decides anew: look at the findings there.

        The compiler:
          moved to heap: t
          t escapes to heap in F:"#]];
    expected.assert_eq(&hover(Client::default(), in_a("t := T{")).unwrap());
}

#[test]
fn hovering_a_function_tells_what_it_allocates_and_leaks() {
    let expected = expect![[r#"
        `F`: 1 heap allocation

        - 24 B: t is on the heap because its address is returned ([a.go:4:2](<file:///w/a.go#L4,2>))

        Calls are inlined: cost 12 of at most 80.

        - p leaks: it is stored in t

        ---
        ```text
        leaking param: p
        ```"#]];
    expected.assert_eq(&hover(everything(), in_a("F(p")).unwrap());
    assert!(hover(everything(), in_a("p *T")).unwrap().starts_with("p leaks: it is stored in t"));
    assert_eq!(hover(everything(), in_a("package")), None);
}

fn actions(client: Client, only: &[&str], diagnosed: bool) -> Value {
    let snapshot = snapshot(client, Config::default());
    let edit = |at, text: &str| finding::TextEdit { at, text: text.to_owned() };
    let action = Action {
        title: "Return T by value: saves 24 bytes each call".to_owned(),
        edits: vec![edit(in_a("&t"), "t"), edit(in_b("F(nil)"), "ptr(F(nil))")],
        names: Vec::new(),
    };
    let diagnostics =
        if diagnosed { to_proto::diagnostics(&snapshot, Some(&report())) } else { Vec::new() };
    let context = json!({
        "diagnostics": diagnostics,
        "only": (!only.is_empty()).then_some(only),
    });
    let context: CodeActionContext = serde_json::from_value(context).unwrap();
    serde_json::to_value(to_proto::actions(&snapshot, vec![action], &context)).unwrap()
}

#[test]
fn an_action_edits_all_its_files_in_the_versions_it_was_made_for() {
    let actions = actions(everything(), &[], true);
    assert_eq!(actions[0]["kind"], "quickfix");
    assert_eq!(actions[0]["diagnostics"][0]["code"], "returned-pointer");
    let changes = &actions[0]["edit"]["documentChanges"];
    assert_eq!(changes[0]["textDocument"], json!({ "uri": "file:///w/a.go", "version": 7 }));
    assert_eq!(changes[1]["textDocument"], json!({ "uri": "file:///w/b.go", "version": 3 }));
    assert_eq!(changes[1]["edits"][0]["range"]["start"], json!({ "line": 4, "character": 22 }));
}

#[test]
fn an_older_client_gets_its_edits_without_versions() {
    let actions = actions(Client::default(), &[], false);
    assert_eq!(actions[0]["kind"], "refactor.rewrite");
    let edit = &actions[0]["edit"];
    assert_eq!(edit["changes"]["file:///w/a.go"][0]["newText"], "t");
    assert_eq!(edit.get("documentChanges"), None);
}

#[test]
fn only_the_kinds_asked_for_are_offered() {
    let count =
        |only: &[&str], diagnosed| actions(everything(), only, diagnosed).as_array().unwrap().len();
    assert_eq!(count(&["quickfix"], true), 1);
    assert_eq!(count(&["refactor"], false), 1);
    assert_eq!(count(&["source.organizeImports"], true), 0);
    assert_eq!(count(&["refactor.rewr"], false), 0);
}

#[test]
fn what_takes_no_memory_is_told_when_hovering_and_not_shown_otherwise() {
    let snapshot = snapshot(everything(), Config::default());
    let mut report = report();
    report.findings[0].size = Some(0);
    assert!(to_proto::hints(&snapshot, &report, whole_file()).is_empty());
    assert!(to_proto::diagnostics(&snapshot, Some(&report)).is_empty());
    assert!(to_proto::hover(&snapshot, &report, in_a("t := T{").start).is_some());
}

#[test]
fn a_code_leads_to_its_page_only_if_there_is_one() {
    assert!(to_proto::href("", Code::Panic).is_none());
    let page = to_proto::href("https://example.com/codes", Code::Panic).unwrap();
    assert_eq!(page.as_str(), "https://example.com/codes#panic");
}

#[test]
fn go_text_in_a_sentence_is_set_as_such() {
    let hover = |client, reason: &str| {
        let mut report = report();
        report.findings[0].reason = reason.into();
        let snapshot = snapshot(client, Config::default());
        let hover = to_proto::hover(&snapshot, &report, in_a("t := T{").start).unwrap();
        serde_json::to_value(hover).unwrap()["contents"]["value"].as_str().unwrap().to_owned()
    };
    let quoted = "`*p_q` is on the heap, not a_b";
    assert!(hover(everything(), quoted).starts_with(r"`*p_q` is on the heap, not a_b ("));
    assert!(hover(Client::default(), quoted).starts_with("`*p_q` is on the heap, not a_b ("));
    let odd = hover(everything(), "``raw` is on the heap");
    assert!(odd.starts_with("`` `raw `` is"), "{odd}");
}
