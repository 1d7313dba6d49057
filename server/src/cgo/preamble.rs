//! The comment before `import "C"`: C text, and flags for the C compiler.
//!
//! Upstream: `cmd/cgo/ast.go`, `ParseGo`; `go/build/build.go`, `saveCgo`.

use analysis::syntax::ast::File;
use camino::Utf8Path;

use crate::loader::Context;

/// The C text before the imports of "C" in a file, without `#cgo` lines.
pub(super) fn c_text(text: &str, file: &File) -> String {
    let mut c = String::new();
    for line in comments(text, file).lines() {
        if !is_directive(line.trim()) {
            c.push_str(line);
        }
        c.push('\n');
    }
    c
}

/// What the `#cgo` lines of a file say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Directives {
    /// Flags of the C compiler.
    pub(super) flags: Vec<String>,
    /// Flags of the linker.
    pub(super) link: Vec<String>,
    /// Names to ask pkg-config about.
    pub(super) pkg_config: Vec<String>,
    /// Functions that are said not to keep their arguments.
    pub(super) noescape: Vec<String>,
    /// Functions that are said not to call back into Go.
    pub(super) nocallback: Vec<String>,
}

impl Directives {
    /// Adds those of one file of the package in `dir`.
    pub(super) fn add(&mut self, text: &str, file: &File, dir: &Utf8Path, context: &Context) {
        let comments = comments(text, file);
        for line in comments.lines().map(str::trim).filter(|line| is_directive(line)) {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                [_, "noescape", name] => self.noescape.push(name.to_owned()),
                [_, "nocallback", name] => self.nocallback.push(name.to_owned()),
                _ => self.add_flags(&line[4..], dir, context),
            }
        }
    }

    fn add_flags(&mut self, line: &str, dir: &Utf8Path, context: &Context) {
        let Some((head, values)) = line.split_once(':') else { return };
        let mut conditions: Vec<&str> = head.split_whitespace().collect();
        let Some(verb) = conditions.pop() else { return };
        let holds = |condition: &&str| {
            condition.split(',').all(|tag| match tag.strip_prefix('!') {
                Some(tag) => !context.matches_tag(tag),
                None => context.matches_tag(tag),
            })
        };
        if !conditions.is_empty() && !conditions.iter().any(holds) {
            return;
        }
        let values = split_quoted(values);
        let values = values.into_iter().map(|value| value.replace("${SRCDIR}", dir.as_str()));
        match verb {
            "CFLAGS" | "CPPFLAGS" => self.flags.extend(values),
            "LDFLAGS" => self.link.extend(values),
            "pkg-config" => self.pkg_config.extend(values),
            _ => {}
        }
    }
}

/// Whether a flag of the C compiler can change what C names are. All others are left out, for some
/// make it run programs, and the text may be a stranger's.
fn is_harmless(flag: &str) -> bool {
    const WHOLE: [&str; 7] = [
        "-ansi",
        "-pthread",
        "-nostdinc",
        "-fshort-enums",
        "-fsigned-char",
        "-funsigned-char",
        "-fpack-struct",
    ];
    const BEGINNINGS: [&str; 9] =
        ["-D", "-U", "-I", "-isystem", "-iquote", "-idirafter", "-std=", "-m", "-fpack-struct="];
    WHOLE.contains(&flag) || BEGINNINGS.iter().any(|beginning| flag.starts_with(beginning))
}

/// The flags that are passed on, with what belongs to them.
pub(super) fn harmless(flags: &[String]) -> Vec<String> {
    const WITH_VALUE: [&str; 6] = ["-D", "-U", "-I", "-isystem", "-iquote", "-idirafter"];
    let mut kept = Vec::new();
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        if WITH_VALUE.contains(&flag.as_str()) {
            kept.push(flag.clone());
            kept.extend(flags.next().cloned());
        } else if is_harmless(flag) {
            kept.push(flag.clone());
        }
    }
    kept
}

fn is_directive(line: &str) -> bool {
    line.strip_prefix("#cgo").is_some_and(|rest| rest.starts_with([' ', '\t']))
}

/// Words, of which quotes and backslashes keep spaces. Upstream: `splitQuoted`.
pub(super) fn split_quoted(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match (quote, char) {
            (_, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some(open), _) if char == open => quote = None,
            (Some(_), _) => word.get_or_insert_default().push(char),
            (None, '"' | '\'') => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            (None, _) if char.is_whitespace() => words.extend(word.take()),
            (None, _) => word.get_or_insert_default().push(char),
        }
    }
    words.extend(word);
    words
}

/// The text of the comments that belong to imports of "C", without the marks of comments.
fn comments(text: &str, file: &File) -> String {
    let mut found = String::new();
    for import in file.imports.iter().filter(|import| import.path.as_str() == "C") {
        let before = text.get(..import.start as usize).unwrap_or_default();
        // The comment may stand before the keyword, if nothing else is imported with it.
        let line = before.trim_end();
        let own = comment_before(before);
        let outer = line.strip_suffix("import").or_else(|| {
            let group = line.strip_suffix('(')?.trim_end().strip_suffix("import")?;
            let after =
                text.get(import.end as usize..)?.trim_start_matches([' ', '\t', '\r', '\n', ';']);
            after.starts_with(')').then_some(group)
        });
        found += &own.or_else(|| comment_before(outer?)).unwrap_or_default();
        found.push('\n');
    }
    found
}

/// The group of comments at the end of `text`, if nothing but the end of its line is between.
fn comment_before(text: &str) -> Option<String> {
    let mut groups: Vec<(String, usize)> = Vec::new();
    let mut at = 0;
    // Where the last comment ended; lines between decide what belongs together.
    while at < text.len() {
        let rest = &text[at..];
        let comment = if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            Some((end, format!("{}\n", rest[2..end].trim_end_matches('\r'))))
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
            Some((end, rest[2..end].trim_end_matches("*/").to_owned()))
        } else {
            None
        };
        match comment {
            Some((len, inner)) => {
                match groups.last_mut() {
                    Some((group, end)) if adjoins(&text[*end..at]) => {
                        group.push_str(&inner);
                        *end = at + len;
                    }
                    _ => groups.push((inner, at + len)),
                }
                at += len;
            }
            None => {
                let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '`'));
                let len = match quote {
                    Some(quote) => rest[1..].find(quote).map_or(rest.len(), |end| end + 2),
                    None => rest.chars().next().map_or(1, char::len_utf8),
                };
                at += len;
            }
        }
    }
    let (group, end) = groups.pop()?;
    adjoins(&text[end..]).then_some(group)
}

/// Whether at most the end of one line is between two things.
fn adjoins(between: &str) -> bool {
    between.trim().is_empty() && between.matches('\n').count() <= 1
}

#[cfg(test)]
mod tests {
    use analysis::syntax::SourceTree;

    use super::*;

    fn c_of(text: &str) -> String {
        c_text(text, &SourceTree::parse(text.into()).file())
    }

    #[test]
    fn the_comment_right_before_the_import_is_c() {
        let text = "// Package p.\npackage p\n\n// not this\n\n/*\n#cgo CFLAGS: -DX\nint x;\n*/\nimport \"C\"\n";
        assert_eq!(c_of(text).trim(), "int x;");
        assert_eq!(
            c_of("package p\n\n// int y;\n// int z;\nimport \"C\"\n").trim(),
            "int y;\n int z;"
        );
        assert_eq!(c_of("package p\n\n// int y;\n\nimport \"C\"\n").trim(), "");
        assert_eq!(c_of("package p\n/* int y; */\nimport (\n\t\"C\"\n)\n").trim(), "int y;");
        let grouped = "package p\nimport (\n\t\"fmt\"\n\t// int y;\n\t\"C\"\n)\n";
        assert_eq!(c_of(grouped).trim(), "int y;");
    }

    #[test]
    fn flags_hold_where_their_conditions_do() {
        let text = "package p\n/*\n#cgo linux,!arm64 CFLAGS: -DA=1 -I${SRCDIR}/inc\n\
                    #cgo windows CFLAGS: -DB\n#cgo noescape f\n#cgo pkg-config: x y\n*/\nimport \"C\"\n";
        let context =
            Context { goos: "linux".into(), goarch: "amd64".into(), ..Context::default() };
        let mut directives = Directives::default();
        let file = SourceTree::parse(text.into()).file();
        directives.add(text, &file, "/d".into(), &context);
        assert_eq!(directives.flags, ["-DA=1", "-I/d/inc"]);
        assert_eq!(directives.pkg_config, ["x", "y"]);
        assert_eq!(directives.noescape, ["f"]);
    }

    #[test]
    fn only_flags_that_change_types_are_passed_on() {
        let flags = ["-DX", "-fplugin=evil.so", "-I", "inc", "-O2", "-m32", "-wrapper", "sh"];
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        assert_eq!(harmless(&flags), ["-DX", "-I", "inc", "-m32"]);
        assert_eq!(split_quoted(r#"a b:"c d" 'e''f'  "g\"""#), ["a", "b:c d", "ef", "g\""]);
    }
}
