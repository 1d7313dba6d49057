//! Findings for people: the source, what is on the heap in it, and why.

use std::fmt;
use std::sync::Arc;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use analysis::explain::finding::{Code, Finding, Location, Place};
use analysis::symbol::Symbol;

use super::project::shorten;
use crate::files::read_lossy;
use crate::lines::{Lines, floor_char_boundary};
use crate::to_proto::{allocates, bytes};

/// How much to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// The value and the cause.
    Short,
    /// Each step, and the compiler's words.
    Full,
}

/// Draws findings.
pub(super) struct Pretty {
    dir: Utf8PathBuf,
    detail: Detail,
    colors: bool,
    renderer: Renderer,
    texts: FxHashMap<Symbol, Option<Text>>,
}

/// A file that findings are in.
#[derive(Clone)]
struct Text {
    text: Arc<str>,
    lines: Arc<Lines>,
}

impl Pretty {
    /// For someone in `dir`.
    pub(super) fn new(dir: &Utf8Path, detail: Detail, colors: bool) -> Pretty {
        let renderer = if colors { Renderer::styled() } else { Renderer::plain() };
        Pretty {
            dir: dir.to_owned(),
            detail,
            colors,
            renderer: renderer.decor_style(DecorStyle::Unicode),
            texts: FxHashMap::default(),
        }
    }

    /// Text that stands out where there are colours.
    pub(super) fn strong(&self, text: &str) -> String {
        if self.colors { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A finding with its source.
    pub(super) fn finding(&mut self, finding: &Finding) -> String {
        let mut marks =
            vec![Mark { at: finding.at, label: label(finding), kind: AnnotationKind::Primary }];
        for (number, step) in finding.flow.iter().enumerate() {
            let cause = finding.cause == Some(number);
            if let Some(at) = step.at
                && (cause || self.detail == Detail::Full)
            {
                let label = if cause && self.detail == Detail::Full {
                    format!("{} (the cause)", step.text)
                } else {
                    step.text.to_string()
                };
                marks.push(Mark { at, label, kind: AnnotationKind::Context });
            }
        }
        let windows = self.windows(&marks);
        let level = match finding.place {
            Place::Heap => Level::WARNING.with_name("heap"),
            Place::Stack => Level::NOTE.with_name("stack"),
        };
        let mut title = level.primary_title(&*finding.reason);
        if let Some(code) = finding.code {
            title = title.id(code.as_str());
        }
        let mut group: Group<'_> = title.elements(windows.iter().map(Window::snippet));
        if !finding.inlined_from.is_empty() {
            let from = format!("inlined from {}", finding.inlined_from.join(", in turn from "));
            group = group.element(Level::NOTE.message(from));
        }
        if self.detail == Detail::Full && !finding.compiler.is_empty() {
            let words = format!("the compiler: {}", finding.compiler.join("\n"));
            group = group.element(Level::NOTE.message(words));
        }
        self.renderer.render(&[group])
    }

    /// The parts of files that the marks are in, in the marks' order.
    fn windows(&mut self, marks: &[Mark]) -> Vec<Window> {
        let mut windows: Vec<Window> = Vec::new();
        for mark in marks {
            let Some(text) = self.text(mark.at.file) else { continue };
            match windows.iter_mut().find(|window| window.file == mark.at.file) {
                Some(window) => window.marks.push(mark.clone()),
                None => {
                    let path = shorten(&self.dir, mark.at.file.as_str()).to_owned();
                    let file = mark.at.file;
                    windows.push(Window { path, file, text, marks: vec![mark.clone()] });
                }
            }
        }
        windows
    }

    fn text(&mut self, file: Symbol) -> Option<Text> {
        let read = || {
            let text = read_lossy(file.as_str())?;
            let text: Arc<str> = text.strip_prefix('\u{feff}').map_or(text.clone(), Arc::from);
            let lines = Arc::new(Lines::new(&text));
            Some(Text { text, lines })
        };
        self.texts.entry(file).or_insert_with(read).clone()
    }
}

#[derive(Clone)]
struct Mark {
    at: Location,
    label: String,
    kind: AnnotationKind,
}

struct Window {
    path: String,
    file: Symbol,
    text: Text,
    marks: Vec<Mark>,
}

impl Window {
    /// The lines from the first mark to the last: the renderer reads all that it is given.
    fn snippet(&self) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let Text { text, lines } = &self.text;
        let line = |offset: u32| lines.line_of(offset as usize);
        let first = self.marks.iter().map(|mark| line(mark.at.start)).min().unwrap_or(0);
        let last = self.marks.iter().map(|mark| line(mark.at.start)).max().unwrap_or(0);
        let start = lines.start_of(first, text);
        let end = lines.range_of(last, text).end;
        let inside = |offset: usize| floor_char_boundary(text, offset).clamp(start, end) - start;
        let annotations = self.marks.iter().map(|mark| {
            // A value that goes over several lines is marked on its first.
            let line_end = lines.range_of(line(mark.at.start), text).end;
            let from = inside(mark.at.start as usize);
            let to = inside((mark.at.end as usize).min(line_end)).max(from);
            mark.kind.span(from..to).label(mark.label.as_str())
        });
        Snippet::source(text.get(start..end).unwrap_or_default())
            .line_start(first + 1)
            .path(self.path.as_str())
            .annotations(annotations)
    }
}

fn label(finding: &Finding) -> String {
    if finding.place == Place::Heap && !allocates(finding) {
        return "takes no memory".to_owned();
    }
    let place = match finding.place {
        Place::Heap => "on the heap",
        Place::Stack => "on the stack",
    };
    let size = match (finding.size, finding.size_class) {
        (Some(1), _) => ", 1 byte".to_owned(),
        (Some(size), _) if finding.tiny => format!(", {size} bytes of a shared block of 16"),
        (Some(size), Some(class)) if class != size => {
            format!(", {size} bytes, allocated as {class}")
        }
        (Some(size), _) => format!(", {size} bytes"),
        (None, _) => String::new(),
    };
    let loops = match finding.loop_depth {
        0 => "",
        1 => ", in a loop",
        _ => ", in nested loops",
    };
    format!("{place}{size}{loops}")
}

/// Counts findings.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Allocations.
    pub(super) heap: usize,
    in_loops: usize,
    /// What they take, each made once, as far as known.
    bytes: u64,
    codes: FxHashMap<Code, usize>,
}

impl Tally {
    /// What is in `findings`.
    pub(super) fn of(findings: &[Finding]) -> Tally {
        let mut tally = Tally::default();
        for finding in findings.iter().filter(|finding| allocates(finding)) {
            tally.heap += 1;
            tally.in_loops += usize::from(finding.loop_depth > 0);
            tally.bytes += finding.size_class.or(finding.size).unwrap_or_default();
            if let Some(code) = finding.code {
                *tally.codes.entry(code).or_default() += 1;
            }
        }
        tally
    }

    /// Adds the counts of `other`.
    pub(super) fn add(&mut self, other: &Tally) {
        self.heap += other.heap;
        self.in_loops += other.in_loops;
        self.bytes += other.bytes;
        for (code, count) in &other.codes {
            *self.codes.entry(*code).or_default() += count;
        }
    }
}

impl Tally {
    /// How often each cause occurs, the most frequent first.
    pub(super) fn causes(&self) -> String {
        let mut codes: Vec<(Code, usize)> =
            self.codes.iter().map(|(code, count)| (*code, *count)).collect();
        codes.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), code.as_str()));
        let codes: Vec<String> =
            codes.iter().map(|(code, count)| format!("{} {count}", code.as_str())).collect();
        codes.join(", ")
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.heap {
            0 => return f.write_str("no heap allocations"),
            1 => f.write_str("1 heap allocation")?,
            several => write!(f, "{several} heap allocations")?,
        }
        if self.in_loops > 0 {
            write!(f, ", {} in loops", self.in_loops)?;
        }
        if self.bytes > 0 {
            write!(f, ", {} where the size is known", bytes(self.bytes))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use analysis::explain::finding::Step;
    use expect_test::expect;

    use super::*;

    const TEXT: &str = "package m\n\nfunc F() *int {\n\tcafé := 3\n\treturn &café\n}\n";

    fn show(detail: Detail) -> String {
        let dir = Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap();
        let dir = dir.join(format!("goescape-pretty-{}-{detail:?}", std::process::id()));
        std::fs::create_dir_all(dir.join("sub")).unwrap();
        let path = dir.join("sub/m.go");
        std::fs::write(&path, TEXT).unwrap();
        let at = |text: &str| {
            let start = TEXT.find(text).unwrap() as u32;
            let end = start + text.len() as u32;
            Location { file: Symbol::new(path.as_str()), start, end }
        };
        let step =
            |text: &str, word, place: &str| Step { text: text.into(), word, at: Some(at(place)) };
        let finding = Finding {
            at: Location { end: at("café").start + 5, ..at("café") },
            place: Place::Heap,
            code: Some(Code::ReturnedPointer),
            reason: "café is on the heap because its address is returned".into(),
            subject: "café".into(),
            size: Some(8),
            size_class: Some(8),
            tiny: false,
            loop_depth: 0,
            inlined_from: Arc::default(),
            flow: vec![
                step("its address is taken", "address-of", "&café"),
                step("returned from F", "return", "return &café"),
            ],
            cause: Some(1),
            compiler: Arc::new(["moved to heap: café".to_owned()]),
        };
        let shown = Pretty::new(&dir, detail, false).finding(&finding);
        std::fs::remove_dir_all(dir).unwrap();
        shown
    }

    #[test]
    fn a_finding_is_shown_with_its_source_and_its_cause() {
        expect![[r#"
            heap[returned-pointer]: café is on the heap because its address is returned
              ╭▸ sub/m.go:4:2
              │
            4 │     café := 3
              │     ━━━━ on the heap, 8 bytes
            5 │     return &café
              ╰╴    ──────────── returned from F"#]]
        .assert_eq(&show(Detail::Short));
    }

    #[test]
    fn in_full_each_step_is_shown_and_the_compilers_words() {
        expect![[r#"
            heap[returned-pointer]: café is on the heap because its address is returned
              ╭▸ sub/m.go:4:2
              │
            4 │     café := 3
              │     ━━━━ on the heap, 8 bytes
            5 │     return &café
              │     ┬──────┬────
              │     │      │
              │     │      its address is taken
              │     returned from F (the cause)
              │
              ╰ note: the compiler: moved to heap: café"#]]
        .assert_eq(&show(Detail::Full));
    }

    #[test]
    fn a_tally_names_the_most_frequent_causes_first() {
        assert_eq!(Tally::default().to_string(), "no heap allocations");
        let tally = Tally {
            heap: 4,
            in_loops: 1,
            bytes: 2000,
            codes: [(Code::Panic, 1), (Code::Oversize, 2), (Code::MethodValue, 1)]
                .into_iter()
                .collect(),
        };
        let text = "4 heap allocations, 1 in loops, 2000 B where the size is known";
        assert_eq!(tally.to_string(), text);
        assert_eq!(tally.causes(), "oversize 2, method-value 1, panic 1");
    }
}
