//! The compiler's output as lines that can be compared.
//!
//! Both sides are read by the same code from the same form, text as `go build` prints it. Lines are
//! compared as multisets per package: the compiler's order is that of its work and says nothing.
//! Three things in a line are names that the compiler makes up, and are not compared: the number
//! of a temporary, the hash that stands for a long name, and that which tells copies of a function
//! literal apart, made of the copy's number in the compiler's list of all inlined calls. Nor are the directories of files: the go
//! command repeats from its cache what it printed before, with paths as seen from where it was
//! then (`showStdout` in `cmd/go/internal/work/buildid.go`).

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Class {
    /// `moved to heap: x`, `x escapes to heap`.
    Heap,
    /// `x does not escape`.
    Stack,
    /// `leaking param: p`.
    Leak,
    /// `inlining call to f`.
    Inlined,
    /// `can inline f`.
    CanInline,
    /// The cost of a function that can be inlined.
    InlineCost,
    /// Its body, as the compiler prints it.
    InlineBody,
    /// `cannot inline f: …`.
    CannotInline,
    /// `devirtualizing x.f to T`.
    Devirtualized,
    /// `zero-copy string->[]byte conversion`.
    ZeroCopy,
    /// The explanations of the escape analysis, line by line.
    Flow,
    /// `F capturing by ref: x (addr=true assign=false width=8)`.
    Capture,
    /// `F ignoring self-assignment in x = y`.
    SelfAssignment,
    /// Anything else.
    Other,
}

impl Class {
    /// In the order of the table.
    pub(super) const ALL: [Class; 14] = [
        Class::Heap,
        Class::Stack,
        Class::Leak,
        Class::Inlined,
        Class::CanInline,
        Class::InlineCost,
        Class::InlineBody,
        Class::CannotInline,
        Class::Devirtualized,
        Class::ZeroCopy,
        Class::Flow,
        Class::Capture,
        Class::SelfAssignment,
        Class::Other,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Class::Heap => "heap",
            Class::Stack => "stack",
            Class::Leak => "leak",
            Class::Inlined => "inlined",
            Class::CanInline => "can-inline",
            Class::InlineCost => "inline-cost",
            Class::InlineBody => "inline-body",
            Class::CannotInline => "cannot-inline",
            Class::Devirtualized => "devirtualized",
            Class::ZeroCopy => "zero-copy",
            Class::Flow => "flow",
            Class::Capture => "capture",
            Class::SelfAssignment => "self-assign",
            Class::Other => "other",
        }
    }

    fn of(message: &str) -> Class {
        let begins = |prefix| message.starts_with(prefix);
        if begins("  flow: ") || begins("    from ") {
            Class::Flow
        } else if begins("inlining call to ") {
            Class::Inlined
        } else if begins("cannot inline ") {
            Class::CannotInline
        } else if begins("devirtualizing ") || begins("partially devirtualizing ") {
            Class::Devirtualized
        } else if begins("leaking param") {
            Class::Leak
        } else if begins("moved to heap: ") || message.ends_with(" escapes to heap") {
            Class::Heap
        } else if message.ends_with(" does not escape") {
            Class::Stack
        } else if begins("zero-copy ") {
            Class::ZeroCopy
        } else if message.ends_with(':')
            && (message.contains(" escapes to heap in ") || message.contains(" leaks to "))
        {
            Class::Flow
        } else if message.contains(" capturing by ref: ")
            || message.contains(" capturing by value: ")
        {
            Class::Capture
        } else if message.contains(" ignoring self-assignment in ") {
            Class::SelfAssignment
        } else {
            Class::Other
        }
    }
}

/// A line, ready to be compared and shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Line {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) class: Class,
    pub(super) text: String,
}

/// How often each line occurs, for each package.
pub(super) type Lines = BTreeMap<String, FxHashMap<Line, usize>>;

/// What cgo writes for a package that imports "C". Nobody reads it, so its lines do not count.
/// Upstream: `cmd/cgo/out.go`.
const CGO_TYPES: &str = "_cgo_gotypes.go";

/// Reads what `go build` prints.
pub(super) fn parse(output: &str) -> Lines {
    let mut lines = Lines::default();
    let mut package = String::new();
    let mut open: Option<(String, u32, u32, String)> = None;
    for line in output.lines() {
        if let Some(heading) = line.strip_prefix("# ") {
            flush(&mut lines, &package, open.take());
            if !heading.starts_with('[') {
                heading.clone_into(&mut package);
            }
        } else if let Some((file, number, column, message)) = split(line) {
            flush(&mut lines, &package, open.take());
            open = Some((file.to_owned(), number, column, message.to_owned()));
        } else if let Some((.., message)) = open.as_mut().filter(|_| line.starts_with('\t')) {
            // The message itself has several lines.
            message.push('\n');
            message.push_str(line);
        } else {
            flush(&mut lines, &package, open.take());
            open = Some((String::new(), 0, 0, line.to_owned()));
        }
    }
    flush(&mut lines, &package, open.take());
    lines
}

fn flush(lines: &mut Lines, package: &str, open: Option<(String, u32, u32, String)>) {
    let Some((file, line, column, message)) = open else { return };
    if base(&file) == CGO_TYPES {
        return;
    }
    let known = lines.entry(package.to_owned()).or_default();
    let file = base(&file);
    for (class, text) in items(&normalise(&without_directories(&message))) {
        let line = Line { file: file.to_owned(), line, column, class, text };
        *known.entry(line).or_default() += 1;
    }
}

/// What a message says: for a function that can be inlined several things in one.
fn items(message: &str) -> Vec<(Class, String)> {
    let Some(rest) = message.strip_prefix("can inline ") else {
        return vec![(Class::of(message), message.to_owned())];
    };
    // The body may mention a cost too, in a string: the first one counts.
    let cost = rest.split_once(" with cost ");
    let Some((name, (cost, _))) =
        cost.and_then(|(name, cost)| Some((name, cost.split_once(" as: ")?)))
    else {
        return vec![(Class::CanInline, message.to_owned())];
    };
    vec![
        (Class::CanInline, format!("can inline {name}")),
        (Class::InlineCost, format!("can inline {name} with cost {cost}")),
        (Class::InlineBody, message.to_owned()),
    ]
}

/// `file:line:column: message` or `file:line: message`.
fn split(text: &str) -> Option<(&str, u32, u32, &str)> {
    let number = |text: &str| -> Option<(u32, usize)> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        Some((text[..digits].parse().ok()?, digits))
    };
    for (at, _) in text.match_indices(':') {
        let rest = &text[at + 1..];
        let Some((line, digits)) = number(rest) else { continue };
        let rest = &rest[digits..];
        if let Some(message) = rest.strip_prefix(": ") {
            return Some((&text[..at], line, 0, message));
        }
        let Some(rest) = rest.strip_prefix(':') else { continue };
        let Some((column, digits)) = number(rest) else { continue };
        if let Some(message) = rest[digits..].strip_prefix(": ") {
            return Some((&text[..at], line, column, message));
        }
    }
    None
}

/// The last part of a path.
fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The message with positions in it (`at a/b.go:3:4`) cut down to the file's name.
fn without_directories(message: &str) -> String {
    if !message.contains(".go:") {
        return message.to_owned();
    }
    let cut = |word: &str| match word.split_once(".go:") {
        Some((path, place)) if place.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("{}.go:{place}", base(path))
        }
        _ => word.to_owned(),
    };
    message.split(' ').map(cut).collect::<Vec<_>>().join(" ")
}

/// The message without made-up names.
fn normalise(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    loop {
        let temporary = rest.find(".autotmp_").map(|at| (at, at + ".autotmp_".len()));
        let hash = rest.find('#').map(|at| (at, at + 1));
        let next = match (temporary, hash) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let Some((start, end)) = next else { break };
        text.push_str(&rest[..end]);
        let tail = &rest[end..];
        let name = if rest[start..].starts_with('#') { hash_len(tail) } else { number_len(tail) };
        match name {
            Some(len) => {
                text.push_str(if rest[start..].starts_with('#') { "HASH#" } else { "N" });
                rest = &tail[len..];
            }
            None => rest = tail,
        }
    }
    text + rest
}

/// The length of a number.
fn number_len(text: &str) -> Option<usize> {
    Some(text.bytes().take_while(u8::is_ascii_digit).count()).filter(|&len| len > 0)
}

/// The length of a hash and the `#` behind it: hexadecimal for a long name, 8 bytes in base64 for a
/// copy of a literal.
fn hash_len(text: &str) -> Option<usize> {
    let hex = text.bytes().take_while(u8::is_ascii_hexdigit).count();
    if hex > 0 && text[hex..].starts_with('#') {
        return Some(hex + 1);
    }
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let base64 = text.bytes().take_while(is_base64).count();
    (base64 == 11 && text[base64..].starts_with("=#")).then_some(base64 + 2)
}

/// How two sides compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Count {
    pub(super) compiler: usize,
    pub(super) ours: usize,
    pub(super) agreed: usize,
}

impl Count {
    pub(super) fn missed(self) -> usize {
        self.compiler - self.agreed
    }

    pub(super) fn invented(self) -> usize {
        self.ours - self.agreed
    }

    /// Agreed of all that either side says, in hundredths of a percent, rounded down: only
    /// identity is 100.
    pub(super) fn share(self) -> u64 {
        let all = self.compiler + self.invented();
        if all == 0 { 10_000 } else { (self.agreed as u64) * 10_000 / (all as u64) }
    }

    pub(super) fn add(&mut self, other: Count) {
        self.compiler += other.compiler;
        self.ours += other.ours;
        self.agreed += other.agreed;
    }
}

/// A line that only one side has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    pub(super) line: Line,
    /// The compiler's times minus ours.
    pub(super) surplus: isize,
}

/// Compares by class; the differences are sorted by package and place.
pub(super) fn compare(
    compiler: &Lines,
    ours: &Lines,
) -> (BTreeMap<Class, Count>, BTreeMap<String, Vec<Difference>>) {
    let mut counts: BTreeMap<Class, Count> = BTreeMap::new();
    let mut differences: BTreeMap<String, Vec<Difference>> = BTreeMap::new();
    let none = FxHashMap::default();
    let packages: std::collections::BTreeSet<&String> =
        compiler.keys().chain(ours.keys()).collect();
    for package in packages {
        let theirs = compiler.get(package).unwrap_or(&none);
        let mine = ours.get(package).unwrap_or(&none);
        let mut differ = Vec::new();
        let all = theirs.keys().chain(mine.keys().filter(|line| !theirs.contains_key(*line)));
        for line in all {
            let times = |lines: &FxHashMap<Line, usize>| lines.get(line).copied().unwrap_or(0);
            let (compiler, ours) = (times(theirs), times(mine));
            let count = Count { compiler, ours, agreed: compiler.min(ours) };
            counts.entry(line.class).or_default().add(count);
            if compiler != ours {
                let surplus = compiler.cast_signed() - ours.cast_signed();
                differ.push(Difference { line: line.clone(), surplus });
            }
        }
        if !differ.is_empty() {
            differ.sort();
            differences.insert(package.clone(), differ);
        }
    }
    (counts, differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
# ex.com/m
./m.go:3:6: can inline F with cost 8 as: func() *int { n := \" with cost 9\"; return &n }
./m.go:4:2: n escapes to heap in F:
./m.go:4:2:   flow: ~r0 ← &n:
./m.go:4:2:     from &n (address-of) at ./m.go:5:9
./m.go:4:2: moved to heap: n
./m.go:9:6: cannot inline G: function too complex: cost 95 exceeds budget 80
./m.go:9:2: parameter p leaks to {heap} for G with derefs=0:
./m.go:9:8: leaking param: p
<autogenerated>:1: inlining call to T.M
# ex.com/m/b [ex.com/m.test]
b/b.go:1:1: devirtualizing x.f to T
b/b.go:1:1: .autotmp_12 does not escape
b/b.go:1:1: zero-copy string->[]byte conversion
";

    #[test]
    fn the_compilers_lines_are_told_apart() {
        let lines = parse(OUTPUT);
        let classes = |package: &str| {
            let mut classes: Vec<(u32, Class)> =
                lines[package].keys().map(|line| (line.line, line.class)).collect();
            classes.sort_unstable();
            classes
        };
        use Class::*;
        assert_eq!(
            classes("ex.com/m"),
            [
                (1, Inlined),
                (3, CanInline),
                (3, InlineCost),
                (3, InlineBody),
                (4, Heap),
                (4, Flow),
                (4, Flow),
                (4, Flow),
                (9, Leak),
                (9, CannotInline),
                (9, Flow),
            ]
        );
        assert_eq!(
            classes("ex.com/m/b [ex.com/m.test]"),
            [(1, Stack), (1, Devirtualized), (1, ZeroCopy)]
        );
    }

    #[test]
    fn a_cost_is_compared_apart_from_the_body() {
        let cost = |text: &str| items(text).into_iter().find(|(c, _)| *c == Class::InlineCost);
        assert_eq!(
            cost("can inline F with cost 8 as: func() { g(\" with cost 9 as: \") }"),
            Some((Class::InlineCost, "can inline F with cost 8".to_owned()))
        );
        assert_eq!(items("can inline F"), [(Class::CanInline, "can inline F".to_owned())]);
    }

    #[test]
    fn what_cgo_writes_does_not_count() {
        let lines =
            parse("# p\n_cgo_gotypes.go:5:6: p0 escapes to heap\n./a.go:1:1: x escapes to heap\n");
        let files: Vec<&str> = lines["p"].keys().map(|line| line.file.as_str()).collect();
        assert_eq!(files, ["a.go"]);
    }

    #[test]
    fn made_up_names_do_not_differ() {
        assert_eq!(normalise("a .autotmp_12 and .autotmp_x"), "a .autotmp_N and .autotmp_x");
        assert_eq!(normalise("T[go.shape.#0a1b2c#] #1"), "T[go.shape.#HASH#] #1");
        assert_eq!(normalise("f.func1#3x3vq5/+Zzg=#.2 x"), "f.func1#HASH#.2 x");
        assert_eq!(normalise("#rv1 = nil, '#'"), "#rv1 = nil, '#'");
    }

    #[test]
    fn it_does_not_matter_from_where_a_file_was_seen() {
        let seen_from_its_module = "# p\n./a.go:1:1:     from &n (address-of) at ../q/b.go:2:3\n";
        let seen_from_elsewhere = "# p\n/w/p/a.go:1:1:     from &n (address-of) at /w/q/b.go:2:3\n";
        assert_eq!(parse(seen_from_its_module), parse(seen_from_elsewhere));
        assert_eq!(without_directories("x.go: a/b.go:x"), "x.go: a/b.go:x");
    }

    #[test]
    fn lines_are_compared_as_multisets() {
        let compiler = parse("# p\na.go:1:1: moved to heap: x\na.go:1:1: moved to heap: x\n");
        let ours = parse("# p\na.go:1:1: moved to heap: x\na.go:2:1: moved to heap: y\n");
        let (counts, differences) = compare(&compiler, &ours);
        let heap = counts[&Class::Heap];
        assert_eq!((heap.compiler, heap.ours, heap.agreed), (2, 2, 1));
        assert_eq!((heap.missed(), heap.invented(), heap.share()), (1, 1, 3333));
        let surplus: Vec<isize> = differences["p"].iter().map(|d| d.surplus).collect();
        assert_eq!(surplus, [1, -1]);
    }

    #[test]
    fn only_identity_is_a_hundred_percent() {
        let count = Count { compiler: 1_000_000, ours: 999_999, agreed: 999_999 };
        assert_eq!(count.share(), 9_999);
        assert_eq!(Count::default().share(), 10_000);
    }
}
