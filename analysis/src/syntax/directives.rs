//! Comments that speak to the compiler: `//go:` directives, `//line`, `//go:build`.
//!
//! Upstream: `cmd/compile/internal/noder/lex.go`, `noder.go`; `cmd/compile/internal/syntax/parser.go`
//! (`updateBase`); `go/build/constraint` (`GoVersion`).

use std::cell::LazyCell;

use super::ast::{LineDirective, Linkname, Pragmas};
use super::pieces;
use crate::release::GoVersion;
use crate::symbol::Symbol;

/// The directives in the text before a declaration.
pub(super) fn pragmas(gap: &str) -> Pragmas {
    let mut pragmas = Pragmas::default();
    if !gap.contains("//go:") {
        return pragmas;
    }
    for line in gap.lines() {
        let Some(directive) = line.trim_start().strip_prefix("//go:") else { continue };
        match directive.split_ascii_whitespace().next().unwrap_or_default() {
            "noinline" => pragmas.noinline = true,
            "noescape" => pragmas.noescape = true,
            "nosplit" => {
                pragmas.nosplit = true;
                pragmas.nocheckptr = true;
            }
            "norace" => pragmas.norace = true,
            "nocheckptr" => pragmas.nocheckptr = true,
            "systemstack" => pragmas.systemstack = true,
            "nowritebarrier" => pragmas.nowritebarrier = true,
            "nowritebarrierrec" => {
                pragmas.nowritebarrierrec = true;
                pragmas.nowritebarrier = true;
            }
            "yeswritebarrierrec" => pragmas.yeswritebarrierrec = true,
            "cgo_unsafe_args" => {
                pragmas.cgo_unsafe_args = true;
                pragmas.nocheckptr = true;
            }
            "uintptrkeepalive" => pragmas.uintptrkeepalive = true,
            "uintptrescapes" => {
                pragmas.uintptrescapes = true;
                pragmas.uintptrkeepalive = true;
            }
            "registerparams" => pragmas.registerparams = true,
            "notinheap" => pragmas.notinheap = true,
            "embed" => pragmas.embed = true,
            _ => {}
        }
    }
    pragmas
}

/// The `//go:linkname` lines of a file.
pub(super) fn linknames(text: &str) -> Vec<Linkname> {
    if !text.contains("//go:linkname ") {
        return Vec::new();
    }
    let lines = text.lines().filter_map(|line| line.strip_prefix("//go:linkname "));
    lines
        .filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let local = Symbol::new(words.next()?);
            Some(Linkname { local, target: words.next().map(Symbol::new) })
        })
        .collect()
}

/// Whether a text may hold directives that act on more than a declaration.
pub(super) fn may_hold(text: &str) -> bool {
    ["//line ", "/*line ", "//go:linkname "].into_iter().any(|mark| text.contains(mark))
}

/// The `//line` and `/*line*/` directives of a file.
pub(super) fn line_directives(text: &str) -> Vec<LineDirective> {
    let comments = LazyCell::new(|| pieces::comments(text.as_bytes()));
    let is_comment = |at: usize| comments.binary_search(&at).is_ok();
    let mut found = Vec::new();
    for (at, mark) in text.match_indices("//line ") {
        // It has to begin its line.
        if at > 0 && text.as_bytes()[at - 1] != b'\n' || !is_comment(at) {
            continue;
        }
        let rest = &text[at + mark.len()..];
        let end = rest.find('\n').unwrap_or(rest.len());
        let next_line = at + mark.len() + end + 1;
        found.extend(line_directive(rest[..end].trim_end_matches('\r'), next_line));
    }
    for (at, mark) in text.match_indices("/*line ") {
        let rest = &text[at + mark.len()..];
        let Some(end) = rest.find("*/") else { continue };
        if is_comment(at) {
            found.extend(line_directive(&rest[..end], at + mark.len() + end + 2));
        }
    }
    found.sort_by_key(|directive| directive.at);
    found
}

/// `file:line` or `file:line:column`.
fn line_directive(text: &str, at: usize) -> Option<LineDirective> {
    let (head, last) = text.rsplit_once(':')?;
    let last: u32 = last.parse().ok().filter(|&number| number > 0)?;
    let at = u32::try_from(at).ok()?;
    if let Some((file, line)) = head.rsplit_once(':')
        && let Ok(line) = line.parse::<u32>()
    {
        return (line > 0).then(|| LineDirective {
            at,
            file: file.into(),
            line,
            column: Some(last),
        });
    }
    Some(LineDirective { at, file: head.into(), line: last, column: None })
}

/// The language version that the `//go:build` line of a file's header asks for.
pub(super) fn build_version(header: &str) -> Option<GoVersion> {
    let line = header.lines().find_map(|line| line.strip_prefix("//go:build "))?;
    let mut parser = Constraint { rest: line };
    match parser.or(true)? {
        minor if minor < 0 => None,
        minor => Some(GoVersion::new(minor as u16)),
    }
}

/// A build constraint, evaluated to the lowest minor version that it implies, −1 for none.
struct Constraint<'a> {
    rest: &'a str,
}

impl Constraint<'_> {
    fn or(&mut self, positive: bool) -> Option<i32> {
        let mut least = self.and(positive)?;
        while self.eat("||") {
            let other = self.and(positive)?;
            least = if positive { least.min(other) } else { least.max(other) };
        }
        Some(least)
    }

    fn and(&mut self, positive: bool) -> Option<i32> {
        let mut least = self.not(positive)?;
        while self.eat("&&") {
            let other = self.not(positive)?;
            least = if positive { least.max(other) } else { least.min(other) };
        }
        Some(least)
    }

    fn not(&mut self, positive: bool) -> Option<i32> {
        if self.eat("!") {
            return crate::types::cx::deep(|| self.not(!positive));
        }
        if self.eat("(") {
            let inner = crate::types::cx::deep(|| self.or(positive))?;
            return self.eat(")").then_some(inner);
        }
        self.rest = self.rest.trim_start();
        let is_tag = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let end = self.rest.find(|c| !is_tag(c)).unwrap_or(self.rest.len());
        let (tag, rest) = self.rest.split_at(end);
        self.rest = rest;
        if tag.is_empty() {
            return None;
        }
        // A negated tag implies no version.
        let minor = tag.strip_prefix("go1").map(|rest| rest.strip_prefix('.').unwrap_or(rest));
        Some(match minor {
            Some("") if positive => 0,
            Some(minor) if positive => minor.parse().unwrap_or(-1),
            _ => -1,
        })
    }

    fn eat(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_line_implies_the_least_version_it_can_hold_for() {
        let version = |line: &str| build_version(&format!("//go:build {line}\n"));
        assert_eq!(version("go1.21"), Some(GoVersion::new(21)));
        assert_eq!(version("linux && go1.22"), Some(GoVersion::new(22)));
        assert_eq!(version("go1.20 || go1.22"), Some(GoVersion::new(20)));
        assert_eq!(version("linux || go1.22"), None);
        assert_eq!(version("!go1.22"), None);
        assert_eq!(version("linux"), None);
    }

    #[test]
    fn line_directives_name_a_file_a_line_and_perhaps_a_column() {
        let text = "//line a.go:10\nx /*line b.go:3:7*/ y\n //line c.go:1\n";
        let found = line_directives(text);
        let shown: Vec<_> =
            found.iter().map(|d| (d.at, d.file.as_str(), d.line, d.column)).collect();
        assert_eq!(shown, [(15, "a.go", 10, None), (34, "b.go", 3, Some(7))]);
    }
}
