//! Findings in words: as Markdown, or as plain text for clients that show nothing else.

use std::fmt::Write as _;

use camino::Utf8Path;
use tower_lsp::ls_types::{MarkupContent, MarkupKind};

use analysis::explain::finding::{Code, Finding, Function, Inline, Location, Place};
use analysis::inline::MAX_BUDGET;

use super::allocations;
use crate::snapshot::Snapshot;

/// The text in the kind of markup that it was made for.
pub(super) fn content(snapshot: &Snapshot, value: String) -> MarkupContent {
    let kind = if snapshot.client.markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
    MarkupContent { kind, value }
}

/// A number of bytes.
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    let mut unit = 0;
    let mut scaled = size;
    while scaled >= 10 * 1024 && unit + 1 < UNITS.len() {
        scaled /= 1024;
        unit += 1;
    }
    format!("{scaled} {}", UNITS[unit])
}

/// What the hint of a value tells.
pub(super) fn finding(snapshot: &Snapshot, finding: &Finding) -> String {
    facts(snapshot, finding) + &quoted(snapshot, &finding.compiler[..])
}

/// Everything about a value, with what its code means and how such an allocation is avoided.
pub(super) fn finding_explained(snapshot: &Snapshot, finding: &Finding) -> String {
    let mut text = facts(snapshot, finding);
    for paragraph in finding.code.map(Code::explanation).unwrap_or_default().lines() {
        let _ = write!(text, "\n\n{}", prose(snapshot, paragraph));
    }
    text + &quoted(snapshot, &finding.compiler[..])
}

fn facts(snapshot: &Snapshot, finding: &Finding) -> String {
    let mut text = prose(snapshot, &finding.reason);
    if let Some(code) = finding.code {
        let _ = write!(text, " ({})", verbatim(snapshot, code.as_str()));
    }
    let mut facts = Vec::new();
    match (finding.size, finding.size_class) {
        (Some(size), _) if finding.tiny => {
            facts.push(format!("{size} bytes of a block of 16 that small values share"));
        }
        (Some(size), Some(class)) if size != class => {
            facts.push(format!("{size} bytes, allocated as {class}"));
        }
        (Some(size), _) => facts.push(format!("{size} bytes")),
        (None, _) if finding.place == Place::Heap => {
            facts.push("size not known when compiling".to_owned());
        }
        (None, _) => {}
    }
    match finding.loop_depth {
        0 => {}
        1 => facts.push("inside a loop".to_owned()),
        depth => facts.push(format!("inside {depth} loops")),
    }
    if !finding.inlined_from.is_empty() {
        let names: Vec<String> =
            finding.inlined_from.iter().map(|name| verbatim(snapshot, name)).collect();
        facts.push(format!("inlined from {}", names.join(", in turn from ")));
    }
    if !facts.is_empty() {
        let _ = write!(text, "\n\n{}", facts.join(" · "));
    }
    if !finding.flow.is_empty() {
        text.push('\n');
        for (number, step) in finding.flow.iter().enumerate() {
            let _ = write!(text, "\n{}. {}", number + 1, prose(snapshot, &step.text));
            if let Some(link) = step.at.and_then(|at| link(snapshot, at)) {
                let _ = write!(text, " ({link})");
            }
            if finding.cause == Some(number) {
                text.push_str(" ← the cause");
            }
        }
    }
    text
}

/// Everything about a function.
pub(super) fn function(snapshot: &Snapshot, function: &Function, findings: &[Finding]) -> String {
    let (heap, count) = allocations(function, findings);
    let mut text = format!("{}: {count}", verbatim(snapshot, &function.name));
    if !heap.is_empty() {
        text.push('\n');
    }
    for finding in &heap {
        let size = finding.size.map(|size| format!("{}: ", bytes(size))).unwrap_or_default();
        let _ = write!(text, "\n- {size}{}", prose(snapshot, &finding.reason));
        if let Some(link) = link(snapshot, finding.at) {
            let _ = write!(text, " ({link})");
        }
    }
    match &function.inline {
        Inline::Can { cost } => {
            let _ = write!(text, "\n\nCalls are inlined: cost {cost} of at most {MAX_BUDGET}.");
        }
        Inline::Cannot { reason } => {
            let _ = write!(text, "\n\nCalls are not inlined: {}.", plain(snapshot, reason));
        }
    }
    if !function.params.is_empty() {
        text.push('\n');
    }
    for param in &function.params {
        let _ = write!(text, "\n- {}", prose(snapshot, &param.text));
    }
    let words: Vec<&str> = function.params.iter().map(|param| &*param.compiler).collect();
    text + &quoted(snapshot, &words)
}

/// The compiler's own words, set apart.
pub(super) fn quoted(snapshot: &Snapshot, lines: &[impl AsRef<str>]) -> String {
    let dir = Utf8Path::new(snapshot.file.as_str()).parent().unwrap_or(Utf8Path::new(""));
    let lines: Vec<String> = lines
        .iter()
        .flat_map(|line| line.as_ref().lines())
        .filter(|line| !line.trim().is_empty())
        // As the compiler names files that lie where it is called.
        .map(|line| line.replace(&format!(" at {dir}/"), " at ./"))
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n\n");
    if snapshot.client.markdown {
        // A fence must be longer than any in the text: Go's raw strings have backquotes.
        let fence =
            "`".repeat(lines.iter().map(|line| longest_run(line)).max().unwrap_or(0).max(2) + 1);
        let _ = writeln!(text, "---\n{fence}text");
        lines.iter().for_each(|line| text.extend([line.as_str(), "\n"]));
        text.push_str(&fence);
    } else {
        text.push_str("The compiler:");
        lines.iter().for_each(|line| text.extend(["\n  ", line.as_str()]));
    }
    text
}

/// A place: a link where links are shown.
pub(super) fn link(snapshot: &Snapshot, at: Location) -> Option<String> {
    let document = snapshot.text_of(at.file)?;
    let (line, column) = document.go_position(at.start);
    let name = Utf8Path::new(at.file.as_str()).file_name().unwrap_or_default();
    let place = format!("{name}:{line}:{column}");
    if !snapshot.client.markdown {
        return Some(place);
    }
    let position = document.position(at.start, snapshot.encoding());
    let uri = document.uri.as_str();
    Some(format!("[{}](<{uri}#L{line},{}>)", escaped(&place), position.character + 1))
}

/// A sentence; what it quotes in backquotes is code.
pub(super) fn prose(snapshot: &Snapshot, text: &str) -> String {
    if snapshot.client.markdown { markdown(text) } else { text.to_owned() }
}

fn markdown(sentence: &str) -> String {
    let mut text = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, quoted)) = rest.split_once('`') {
        // Code may have backquotes of its own: the one that ends it ends a word, too.
        let end = quoted
            .match_indices('`')
            .map(|(at, _)| at)
            .find(|at| quoted[at + 1..].chars().next().is_none_or(|next| " ,;:.)".contains(next)));
        let Some(end) = end else { break };
        text += &escaped(before);
        text += &code(&quoted[..end]);
        rest = &quoted[end + 1..];
    }
    text + &escaped(rest)
}

/// Text that is to be shown as it is.
fn plain(snapshot: &Snapshot, text: &str) -> String {
    if snapshot.client.markdown { escaped(text) } else { text.to_owned() }
}

/// A name or an expression.
fn verbatim(snapshot: &Snapshot, text: &str) -> String {
    if snapshot.client.markdown { code(text) } else { text.to_owned() }
}

fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// No more is escaped than has to be, for some editors show the backslashes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut in_word = false;
    for (at, char) in text.char_indices() {
        let next = text[at + char.len_utf8()..].chars().next();
        let joins = char == '_' && in_word && next.is_some_and(char::is_alphanumeric);
        if matches!(char, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '~') && !joins {
            escaped.push('\\');
        }
        escaped.push(char);
        in_word = char.is_alphanumeric();
    }
    escaped
}

/// The length of the longest run of backquotes.
fn longest_run(text: &str) -> usize {
    text.split(|char| char != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        assert_eq!(bytes(24), "24 B");
        assert_eq!(bytes(8192), "8192 B");
        assert_eq!(bytes(65_536), "64 KiB");
        assert_eq!(bytes(10 << 20), "10 MiB");
    }

    #[test]
    fn go_text_does_not_turn_into_markup() {
        assert_eq!(escaped("*p_q[0] <- _"), r"\*p_q\[0\] \<- \_");
        assert_eq!(markdown("`&p` goes to (*T).f"), r"`&p` goes to (\*T).f");
        assert_eq!(markdown("the string `a + `b`` is"), "the string `` a + `b` `` is");
        assert_eq!(markdown("one ` alone"), r"one \` alone");
        assert_eq!(longest_run("a ``b`` `c`"), 2);
    }
}
