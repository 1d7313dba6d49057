//! The beginning of a Go file: its package clause and imports, without parsing the rest.
//!
//! Reading stops at the first token behind the imports, so a few kilobytes of a file are enough.
//! Newlines and semicolons are not told apart: what only they make wrong is left to the parser.
//!
//! Upstream: `go/build/read.go`.

/// What stands at the beginning of a Go file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Header {
    /// The name in the package clause; empty if there is none.
    pub(super) package: String,
    /// The imports, in order, with their lines.
    pub(super) imports: Vec<(String, u32)>,
    /// The first thing that is wrong, with its line. What came before it is above.
    pub(super) error: Option<(u32, String)>,
    /// How many bytes belong to the header: constraints stand in these.
    pub(super) len: usize,
}

/// The outcome of reading the beginning of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// All there is to know.
    Done(Header),
    /// The header is longer than the text given.
    More,
    /// A NUL byte: this is not text.
    Nul,
}

/// Reads the header of `text`. With `whole`, there is no more text than this.
pub(super) fn scan(text: &[u8], whole: bool) -> Scan {
    let start = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut reader = Reader { text, at: start, nul: false };
    let mut header = Header::default();
    if let Err(problem) = reader.header(&mut header) {
        let line = line_at(text, problem.at);
        header.error = Some((line, problem.message));
    }
    header.len = reader.at;
    if reader.nul {
        return Scan::Nul;
    }
    if reader.at >= text.len() && !whole {
        return Scan::More;
    }
    if header.error.is_none()
        && let Err(error) = std::str::from_utf8(&text[..reader.at])
    {
        let line = line_at(text, error.valid_up_to());
        header.error = Some((line, "illegal UTF-8 encoding".to_owned()));
    }
    Scan::Done(header)
}

/// The comments at the beginning of a file that is not Go; `None` if the text ends too early.
pub(super) fn leading_comments(text: &[u8], whole: bool) -> Option<&[u8]> {
    let mut reader = Reader { text, at: 0, nul: false };
    let _ = reader.space();
    (whole || reader.at < text.len()).then(|| &text[..reader.at])
}

fn line_at(text: &[u8], at: usize) -> u32 {
    let newlines = text[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(newlines).unwrap_or(u32::MAX).saturating_add(1)
}

struct Problem {
    at: usize,
    message: String,
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    nul: bool,
}

impl<'a> Reader<'a> {
    fn header(&mut self, header: &mut Header) -> Result<(), Problem> {
        self.space()?;
        if !self.keyword("package") {
            return Err(self.expected("'package'"));
        }
        self.space()?;
        let name = self.ident();
        if name.is_empty() {
            return Err(self.expected("'IDENT'"));
        }
        if name == "_" {
            return Err(self.problem("invalid package name _".to_owned()));
        }
        name.clone_into(&mut header.package);
        loop {
            self.space()?;
            if !self.keyword("import") {
                return Ok(());
            }
            self.space()?;
            if self.peek() != Some(b'(') {
                self.import(header)?;
                continue;
            }
            self.at += 1;
            loop {
                self.space()?;
                match self.peek() {
                    Some(b')') => break,
                    Some(_) => self.import(header)?,
                    None => return Err(self.expected("')'")),
                }
            }
            self.at += 1;
        }
    }

    /// One import: an optional name and a path.
    fn import(&mut self, header: &mut Header) -> Result<(), Problem> {
        if self.peek() == Some(b'.') {
            self.at += 1;
        } else {
            self.ident();
        }
        self.space()?;
        let at = self.at;
        let path = self.string()?;
        if !is_valid_import(&path) {
            return Err(Problem { at, message: format!("invalid import path: {path}") });
        }
        header.imports.push((path, line_at(self.text, at)));
        Ok(())
    }

    /// Skips blanks, comments and semicolons.
    fn space(&mut self) -> Result<(), Problem> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' | b';') => self.at += 1,
                Some(b'/') => match self.text.get(self.at + 1) {
                    Some(b'/') => {
                        let rest = &self.text[self.at..];
                        let len = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                        self.skip(len);
                    }
                    Some(b'*') => {
                        let rest = &self.text[self.at + 2..];
                        match rest.windows(2).position(|pair| pair == b"*/") {
                            Some(len) => self.skip(len + 4),
                            None => {
                                let problem = self.problem("comment not terminated".to_owned());
                                self.at = self.text.len();
                                return Err(problem);
                            }
                        }
                    }
                    _ => return Ok(()),
                },
                _ => return Ok(()),
            }
        }
    }

    fn skip(&mut self, len: usize) {
        self.nul |= self.text[self.at..self.at + len].contains(&0);
        self.at += len;
    }

    fn peek(&mut self) -> Option<u8> {
        let byte = self.text.get(self.at).copied();
        self.nul |= byte == Some(0);
        byte
    }

    fn keyword(&mut self, word: &str) -> bool {
        let start = self.at;
        if self.ident() == word {
            return true;
        }
        // A word that the text given breaks off is not decided: stay at the end.
        if self.at < self.text.len() {
            self.at = start;
        }
        false
    }

    fn ident(&mut self) -> &'a str {
        let start = self.at;
        let is_part = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80;
        while self.text.get(self.at).is_some_and(is_part) {
            self.at += 1;
        }
        std::str::from_utf8(&self.text[start..self.at]).unwrap_or("")
    }

    fn string(&mut self) -> Result<String, Problem> {
        let start = self.at;
        let quote = self.peek();
        if !matches!(quote, Some(b'"' | b'`')) {
            return Err(Problem {
                at: start,
                message: "missing import path; require quoted string".to_owned(),
            });
        }
        self.at += 1;
        loop {
            match self.peek() {
                byte if byte.is_some() && byte == quote => break,
                Some(b'\\') if quote == Some(b'"') => self.at = (self.at + 2).min(self.text.len()),
                Some(b'\n') if quote == Some(b'"') => {
                    return Err(self.problem("string literal not terminated".to_owned()));
                }
                Some(_) => self.at += 1,
                None => return Err(self.problem("string literal not terminated".to_owned())),
            }
        }
        let inner = &self.text[start + 1..self.at];
        self.at += 1;
        let inner = std::str::from_utf8(inner)
            .map_err(|_| Problem { at: start, message: "illegal UTF-8 encoding".to_owned() })?;
        if quote == Some(b'"') && inner.contains('\\') {
            return unescape(inner).ok_or_else(|| Problem {
                at: start,
                message: "unknown escape sequence".to_owned(),
            });
        }
        Ok(inner.to_owned())
    }

    fn expected(&self, what: &str) -> Problem {
        let found = match self.text.get(self.at) {
            None => "'EOF'".to_owned(),
            Some(_) => {
                let rest = &self.text[self.at..];
                let len = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
                String::from_utf8_lossy(&rest[..len.min(40)]).into_owned()
            }
        };
        self.problem(format!("expected {what}, found {found}"))
    }

    fn problem(&self, message: String) -> Problem {
        Problem { at: self.at, message }
    }
}

/// The value of an interpreted string literal, given without its quotes.
fn unescape(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = *rest.as_bytes().get(at + 1)?;
        let mut number = |from: usize, digits: usize, radix: u32| {
            let value =
                u32::from_str_radix(rest.get(at + from..at + from + digits)?, radix).ok()?;
            rest = &rest[at + from + digits..];
            Some(value)
        };
        match escape {
            b'x' => out.push(u8::try_from(number(2, 2, 16)?).ok()?),
            b'0'..=b'7' => out.push(u8::try_from(number(1, 3, 8)?).ok()?),
            b'u' | b'U' => {
                let value = number(2, if escape == b'u' { 4 } else { 8 }, 16)?;
                out.extend(char::from_u32(value)?.to_string().bytes());
            }
            _ => {
                out.push(match escape {
                    b'a' => 7,
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'v' => 11,
                    b'\\' | b'"' => escape,
                    _ => return None,
                });
                rest = &rest[at + 2..];
            }
        }
    }
    out.extend_from_slice(rest.as_bytes());
    String::from_utf8(out).ok()
}

/// Spec, "Import declarations": the characters that an implementation may exclude.
fn is_valid_import(path: &str) -> bool {
    !path.is_empty()
        && path.chars().all(|c| {
            !c.is_control()
                && !c.is_whitespace()
                && !"!\"#$%&'()*,:;<=>?[\\]^{|}`\u{FFFD}".contains(c)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Header {
        match scan(text.as_bytes(), true) {
            Scan::Done(header) => header,
            other => panic!("{other:?}"),
        }
    }

    fn imports(text: &str) -> Vec<(String, u32)> {
        header(text).imports
    }

    #[test]
    fn imports_are_read_in_every_form() {
        let text = "\u{feff}// Package p.\npackage p // here\nimport \"a\"; import b `b/c`\n\
                    /* ) */ import (\n\t. \"d\"\n\t_ \"\\x65\" // e\n)\nvar x = \"import\"\n";
        let expected = [("a", 3), ("b/c", 3), ("d", 5), ("e", 6)];
        assert_eq!(imports(text), expected.map(|(path, line)| (path.to_owned(), line)));
        assert_eq!(header(text).package, "p");
        assert_eq!(header(text).error, None);
    }

    #[test]
    fn reading_stops_behind_the_imports() {
        assert_eq!(header("package p\n\nfunc f() { \"unclosed }").error, None);
        assert_eq!(header("package p\nimportant := 1").imports, []);
        assert_eq!(scan(b"package p\nimp", false), Scan::More);
        assert_eq!(scan(b"package p // and then", false), Scan::More);
        assert_eq!(scan(b"package p\n\0", true), Scan::Nul);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let error = |text: &str| header(text).error.unwrap();
        assert_eq!(error(""), (1, "expected 'package', found 'EOF'".into()));
        assert_eq!(error("\nfunc f() {}"), (2, "expected 'package', found func".into()));
        assert_eq!(
            error("package p\nimport x"),
            (2, "missing import path; require quoted string".into())
        );
        assert_eq!(error("package p\nimport \"a b\""), (2, "invalid import path: a b".into()));
        assert_eq!(error("package p /*"), (1, "comment not terminated".into()));
        let Scan::Done(broken) = scan(b"package p // \xff\n", true) else { panic!() };
        assert_eq!(broken.error, Some((1, "illegal UTF-8 encoding".into())));
    }
}
