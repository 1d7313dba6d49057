//! A storm of random edits: whatever was typed, deleted, pasted, broken and repaired, and whatever
//! was asked and withdrawn meanwhile, the server answers like one that has only ever seen the
//! present text.
//!
//! Each test runs the seeds that it names; `GOESCAPE_SLOW=1` runs more and longer storms, and
//! `GOESCAPE_SEED=N` one of them. No clock decides anything.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use tests::editor::{Editor, Pending, uri};
use tests::folder::Folder;
use tests::random::Random;

const MODULE: &str = "\
-- go.mod --
module ex.com/m

go 1.26
-- lib/lib.go --
package lib

var kept *int

type Box struct {
	Value *int
	next  *Box
}

type Putter interface{ Put(any) }

func Keep(p *int) { kept = p }

func New() *int {
	n := 3
	return &n
}

func (b *Box) Set(p *int) { b.Value = p }

func Same[T any](x T) *T { return &x }

func Chain(n int) *Box {
	var first *Box
	for i := 0; i < n; i++ {
		first = &Box{next: first}
	}
	return first
}
-- lib/more.go --
package lib

func Sum(values []int) (sum int) {
	for _, value := range values {
		sum += value
	}
	return sum
}

func Grow(values []string, more ...string) []string {
	return append(values, more...)
}
-- app/app.go --
package app

import \"ex.com/m/lib\"

var sink any

func local() int {
	x := 1
	p := &x
	return *p
}

func shared() *int {
	x, y := 1, 2
	lib.Keep(&x)
	lib.Keep(lib.New())
	return lib.Same(y)
}

func counter() func() int {
	n := 0
	return func() int { n++; return n }
}
-- app/more.go --
package app

import l \"ex.com/m/lib\"

type list struct{ items []*l.Box }

func (l *list) add(n int) {
	for i := range n {
		b := makeBox(&i)
		l.items = append(l.items, b)
		defer func() { sink = i }()
	}
}

func makeBox(p *int) *l.Box {
	b := new(l.Box)
	b.Set(p)
	return b
}

func text(b []byte) string { return string(b) + \"é世😀\" }

func boxed(n int) { sink = n; go shared() }
";

const FILES: &[&str] = &["lib/lib.go", "lib/more.go", "app/app.go", "app/more.go"];

/// What is typed or pasted beside [`tests::random::FRAGMENTS`].
const SNIPPETS: &[&str] = &[
    "\tq := 7\n\tsink = &q\n",
    "\tkept = new(int)\n",
    "\tdefer func() { println(1) }()\n",
    "\tfor i := range 3 { f := func() int { return i }; sink = f }\n",
    "\tgo func() { sink = 1 }()\n",
    "\tvar wide [1 << 20]int; _ = wide\n",
    "\t_ = make([]int, 10)\n",
    "\tm := map[string]*int{\"ä\": new(int)}; _ = m\n",
    "\ts := []any{1, \"世界\", nil}; println(len(s))\n",
    "\tif x := any(3); x != nil { panic(x) }\n",
    "func extra() *string { s := \"😀\"; return &s }\n",
    "func extra[T any](t T) any { return t }\n",
    "type extraType struct{ a, b *extraType }\n",
    "var extraVar = func() *int { n := 1; return &n }()\n",
    "import \"ex.com/m/lib\"\n",
    "import \"ex.com/gone\"\n",
];

#[test]
fn a_storm_of_edits_leaves_answers_like_those_of_a_fresh_server() {
    let rounds = if std::env::var_os("GOESCAPE_SLOW").is_some() { 200 } else { 6 };
    let seeds = match std::env::var("GOESCAPE_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => seed..seed + 1,
        None => 1..5,
    };
    for seed in seeds {
        let mut storm = Storm::new(seed);
        for round in 1..=rounds {
            storm.rage();
            storm.compare(round);
        }
        storm.end();
    }
}

/// A file as the client has it open.
struct Open {
    text: String,
    version: i32,
    undo: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Units {
    Utf8,
    Utf16,
}

struct Storm {
    seed: u64,
    random: Random,
    folder: Folder,
    editor: Editor,
    caps: Value,
    units: Units,
    pulls: bool,
    open: BTreeMap<&'static str, Open>,
    /// Questions in flight about hints, with the version that the file then had.
    asked: Vec<(Pending, &'static str, i32)>,
    edits: usize,
    /// The last version given; a file that is opened again does not begin anew.
    version: i32,
    /// The files as they were in the beginning.
    sound: BTreeMap<&'static str, String>,
}

impl Storm {
    fn new(seed: u64) -> Storm {
        let mut random = Random::new(seed);
        let folder = Folder::new(MODULE);
        let units = random.pick(&[Units::Utf8, Units::Utf16]);
        let encoding = if units == Units::Utf8 { "utf-8" } else { "utf-16" };
        let pulls = random.one_in(2);
        let mut caps = json!({
            "general": { "positionEncodings": [encoding] },
            "workspace": { "workspaceEdit": { "documentChanges": true } },
            "textDocument": {
                "codeAction": { "codeActionLiteralSupport": { "codeActionKind": { "valueSet": [] } } },
                "hover": { "contentFormat": ["markdown"] },
                "inlayHint": { "resolveSupport": { "properties": ["tooltip"] } },
                "publishDiagnostics": { "relatedInformation": true },
            },
        });
        if pulls {
            caps["textDocument"]["diagnostic"] = json!({});
        }
        let (editor, _) = Editor::meet(caps.clone(), &[folder.path()]);
        let mut storm = Storm {
            seed,
            random,
            folder,
            editor,
            caps,
            units,
            pulls,
            open: BTreeMap::new(),
            asked: Vec::new(),
            edits: 0,
            version: 0,
            sound: BTreeMap::new(),
        };
        for file in FILES {
            storm.sound.insert(file, storm.folder.read(file));
            storm.open(file);
        }
        storm
    }

    fn uri(&self, file: &str) -> String {
        uri(&self.folder.path().join(file))
    }

    fn open(&mut self, file: &'static str) {
        let text = self.folder.read(file);
        self.version += 1;
        let document = document(&self.uri(file), self.version, &text);
        self.editor.notify("textDocument/didOpen", json!({ "textDocument": document }));
        self.open.insert(file, Open { text, version: self.version, undo: Vec::new() });
    }

    /// Edits, questions and withdrawals without waiting for any answer.
    fn rage(&mut self) {
        for _ in 0..5 + self.random.below(30) {
            let file = self.random.pick(FILES);
            match self.random.below(24) {
                0 => self.close_and_open(file),
                1 => self.write_on_disk(file),
                2..=4 => self.ask(file),
                5 => self.withdraw(),
                _ => self.edit(file),
            }
        }
        for (pending, file, version) in std::mem::take(&mut self.asked) {
            self.check_late(pending, file, version);
        }
    }

    /// An answer that came in the middle of the storm is about no older text than the question.
    fn check_late(&mut self, pending: Pending, file: &str, version: i32) {
        match self.editor.answer(pending) {
            Ok(Value::Array(hints)) => {
                for hint in hints {
                    let of = hint["data"]["version"].as_i64().expect("a version");
                    assert!(of >= i64::from(version), "{}: {file}: {of} < {version}", self.seed);
                }
            }
            // A file that was closed, or that was in no package, meanwhile.
            Ok(other) => assert_eq!(other, Value::Null),
            Err(error) => {
                let code = error["code"].as_i64().expect("a code");
                assert!([-32800, -32801].contains(&code), "{}: {error}", self.seed);
            }
        }
    }

    fn ask(&mut self, file: &'static str) {
        let uri = self.uri(file);
        let version = self.open.get(file).map_or(0, |open| open.version);
        match self.random.below(4) {
            0 => {
                let at =
                    json!({ "line": self.random.below(40), "character": self.random.below(20) });
                let params = json!({ "textDocument": { "uri": uri }, "position": at });
                self.editor.ask("textDocument/hover", params);
            }
            1 if self.pulls => {
                let params = json!({ "textDocument": { "uri": uri } });
                self.editor.ask("textDocument/diagnostic", params);
            }
            _ => {
                let pending = self.editor.ask_hints(&uri);
                self.asked.push((pending, file, version));
            }
        }
    }

    fn withdraw(&mut self) {
        if !self.asked.is_empty() {
            let at = self.random.below(self.asked.len());
            self.editor.withdraw(self.asked[at].0);
        }
    }

    fn close_and_open(&mut self, file: &'static str) {
        if self.open.remove(file).is_some() {
            let params = json!({ "textDocument": { "uri": self.uri(file) } });
            self.editor.notify("textDocument/didClose", params);
        } else {
            self.open(file);
        }
    }

    /// Saves a buffer, or lets another program write the file.
    fn write_on_disk(&mut self, file: &'static str) {
        let text = match self.open.get(file) {
            Some(open) if self.random.one_in(2) => open.text.clone(),
            _ => self.typed(&self.folder.read(file)),
        };
        let path = self.folder.write(file, &text);
        let event = json!({ "uri": uri(&path), "type": 2 });
        self.editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [event] }));
    }

    /// `text` with something pasted or deleted.
    fn typed(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        let at = self.random.place(&text);
        match self.random.below(8) {
            0 => {
                let end = (at + self.random.below(12)).min(text.len());
                let end = (at..=end).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(at);
                text.replace_range(at..end, "");
            }
            1 => {
                // A whole line goes.
                let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
                let end = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
                text.replace_range(start..end, "");
            }
            2 => text = text.replace("\r\n", "\n").replace('\n', "\r\n"),
            3 => text = text.replace("\r\n", "\n"),
            4 => text.insert_str(at, self.snippet()),
            _ => {
                let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
                text.insert_str(start, self.snippet());
            }
        }
        text
    }

    fn snippet(&mut self) -> &'static str {
        self.random.typed(SNIPPETS)
    }

    fn edit(&mut self, file: &'static str) {
        let Some(before) = self.open.get(file).map(|open| open.text.clone()) else { return };
        match self.random.below(12) {
            0..=4 => self.type_slowly(file),
            5 | 6 => {
                // Undo, as far back as chance wants.
                let known = self.open.get(file).map_or(0, |open| open.undo.len());
                let back = self.random.below(known.max(1));
                let text = self.open.get(file).and_then(|open| open.undo.get(back).cloned());
                self.send(file, &[text.unwrap_or(before)]);
            }
            // Back to what is sound.
            7 => {
                let text = self.sound.get(file).cloned();
                self.send(file, &[text.unwrap_or(before)]);
            }
            8 => {
                // Several changes in one message, each on top of the one before.
                let one = self.typed(&before);
                let two = self.typed(&one);
                self.send(file, &[one, two]);
            }
            9 => {
                let text = self.typed(&before);
                self.send_whole(file, text);
            }
            _ => {
                let text = self.typed(&before);
                self.send(file, &[text]);
            }
        }
    }

    /// A snippet, each character an edit of its own.
    fn type_slowly(&mut self, file: &'static str) {
        let Some(mut text) = self.open.get(file).map(|open| open.text.clone()) else { return };
        let mut at = self.random.place(&text);
        if self.random.one_in(2) {
            at = text[..at].rfind('\n').map_or(0, |end| end + 1);
        }
        for char in self.snippet().chars() {
            text.insert(at, char);
            at += char.len_utf8();
            self.send(file, &[text.clone()]);
            if self.random.one_in(6) {
                self.ask(file);
            }
        }
    }

    /// Sends the way from the present text over each of `texts` as one message of least edits.
    fn send(&mut self, file: &'static str, texts: &[String]) {
        let uri = self.uri(file);
        let Some(open) = self.open.get_mut(file) else { return };
        let mut changes = Vec::new();
        for text in texts {
            changes.push(least_edit(&open.text, text, self.units));
            open.undo.push(std::mem::replace(&mut open.text, text.clone()));
        }
        self.version += 1;
        open.version = self.version;
        self.edits += 1;
        self.editor.edit(&uri, open.version, Value::Array(changes));
    }

    fn send_whole(&mut self, file: &'static str, text: String) {
        let uri = self.uri(file);
        let Some(open) = self.open.get_mut(file) else { return };
        open.undo.push(std::mem::replace(&mut open.text, text));
        self.version += 1;
        open.version = self.version;
        self.edits += 1;
        self.editor.edit(&uri, open.version, json!([{ "text": open.text }]));
    }

    /// Compares all that can be asked with the answers of a server that is started now.
    fn compare(&mut self, round: usize) {
        let (mut fresh, _) = Editor::meet(self.caps.clone(), &[self.folder.path()]);
        for (file, open) in &self.open {
            let document = document(&self.uri(file), open.version, &open.text);
            fresh.notify("textDocument/didOpen", json!({ "textDocument": document }));
        }
        let files: Vec<&'static str> = self.open.keys().copied().collect();
        for file in files {
            let uri = self.uri(file);
            let text = self.open.get(file).map(|open| open.text.clone()).unwrap_or_default();
            assert_eq!(self.editor.file(&uri)["text"], text, "the text of {file}");
            let mut questions = self.questions(&uri);
            while let Some((method, params)) = questions.pop() {
                let ours = self.editor.request(method, params.clone());
                let theirs = fresh.request(method, params.clone());
                if ours != theirs {
                    let (seed, edits) = (self.seed, self.edits);
                    let name = format!("goescape-storm-{seed}-{round}");
                    let kept = std::env::temp_dir().join(name);
                    for (file, open) in &self.open {
                        let path = kept.join(file);
                        let _ = std::fs::create_dir_all(path.parent().unwrap_or(&kept));
                        let _ = std::fs::write(path, &open.text);
                    }
                    panic!(
                        "seed {seed}, round {round}, {edits} edits: {method} {params}\n\
                         after the storm: {ours:?}\nfresh: {theirs:?}\ntexts in {}",
                        kept.display()
                    );
                }
                if let (true, Ok(Value::Array(items))) = (method.ends_with("inlayHint"), &ours) {
                    questions.extend(items.iter().flat_map(|hint| self.about(&uri, hint)));
                }
            }
        }
        assert!(!fresh.end(), "no goodbye was said");
    }

    fn questions(&mut self, uri: &str) -> Vec<(&'static str, Value)> {
        let document = json!({ "uri": uri });
        let (start, end) =
            (json!({ "line": 0, "character": 0 }), json!({ "line": 9999, "character": 0 }));
        let whole = json!({ "start": start, "end": end });
        let mut questions =
            vec![("textDocument/inlayHint", json!({ "textDocument": document, "range": whole }))];
        if self.pulls {
            questions.push(("textDocument/diagnostic", json!({ "textDocument": document })));
        }
        for _ in 0..3 {
            let at = json!({ "line": self.random.below(40), "character": self.random.below(20) });
            questions
                .push(("textDocument/hover", json!({ "textDocument": document, "position": at })));
        }
        questions
    }

    /// What an editor asks next about a hint.
    fn about(&self, uri: &str, hint: &Value) -> Vec<(&'static str, Value)> {
        let document = json!({ "uri": uri });
        let at = hint["position"].clone();
        let range = json!({ "start": at, "end": at });
        let actions = json!({
            "textDocument": document, "range": range, "context": { "diagnostics": [] },
        });
        vec![
            ("textDocument/hover", json!({ "textDocument": document, "position": at })),
            ("inlayHint/resolve", hint.clone()),
            ("textDocument/codeAction", actions),
        ]
    }

    fn end(mut self) {
        assert_eq!(self.editor.request("shutdown", Value::Null), Ok(Value::Null));
        self.editor.notify("exit", Value::Null);
        assert!(self.editor.end_by_itself(), "seed {}: a clean end", self.seed);
    }
}

fn document(uri: &str, version: i32, text: &str) -> Value {
    json!({ "uri": uri, "languageId": "go", "version": version, "text": text })
}

/// The change from one text to another as an editor sends it.
fn least_edit(from: &str, to: &str, units: Units) -> Value {
    let common = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| {
        a.zip(b).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum::<usize>()
    };
    let mut start = common(&mut from.chars(), &mut to.chars());
    // Between \r and \n there is no position.
    if from[..start].ends_with('\r') {
        start -= 1;
    }
    let mut end = common(&mut from[start..].chars().rev(), &mut to[start..].chars().rev());
    if from[from.len() - end..].starts_with('\n') {
        let back = |text: &str| text[..text.len() - end].ends_with('\r');
        end -= usize::from(back(from) || back(to));
    }
    let range = json!({
        "start": position(from, start, units),
        "end": position(from, from.len() - end, units),
    });
    json!({ "range": range, "text": &to[start..to.len() - end] })
}

fn position(text: &str, offset: usize, units: Units) -> Value {
    let before = &text[..offset];
    let line = before.matches('\n').count();
    let column = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    let character = match units {
        Units::Utf8 => column.len(),
        Units::Utf16 => column.encode_utf16().count(),
    };
    json!({ "line": line, "character": character })
}
