//! Where the declarations of a file begin and end.
//!
//! A lexer that knows brackets, strings, comments and automatic semicolons, and nothing else, cuts
//! a text into pieces that are parsed one by one. In correct Go a declaration ends at the first
//! semicolon outside of brackets. Where brackets or quotes do not match, a declaration also ends
//! before a line whose first column begins another: what is wrong with one costs no neighbour.
//!
//! A piece depends only on the text from where its search began to where its look ahead ended, so
//! an edit leaves the pieces around it as they are.

use std::ops::Range;

/// A top-level declaration, or text between declarations that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it stands, without comments and blanks around it.
    pub(super) range: Range<usize>,
    /// Whether it begins with the keyword of a declaration.
    pub(super) is_decl: bool,
    /// No byte from here on was looked at to find it; one past the text if its end was looked at.
    pub(super) seen: usize,
}

/// How many strings and comments are suspected of being left open for one piece.
const MAX_SUSPECTS: usize = 16;

/// So many sound declarations show that a text is no inside of a string.
const SOUND: usize = 3;

/// The first piece at or after `from`, which is the beginning of the text or the end of a piece.
pub(super) fn next(text: &[u8], from: usize) -> Option<Piece> {
    let mut lexer = Lexer::new(text, from);
    let first = loop {
        let token = lexer.next();
        match token.kind {
            Kind::Semicolon => {}
            Kind::End => {
                // Perhaps a comment is not closed.
                let open = lexer.open?;
                let end = match lexer.covered.last() {
                    Some(&(covering, line)) if covering == open => trimmed(text, open, line),
                    _ => text.len(),
                };
                return Some(Piece { range: open..end, is_decl: false, seen: text.len() + 1 });
            }
            _ => break token,
        }
    };
    let start = first.range.start;
    let is_decl = keyword(text, start).is_some();
    let scan = scan(text, start, is_decl);
    if scan.sound {
        let seen = line_end(text, scan.seen) + 1;
        return Some(Piece { range: start..scan.end, is_decl, seen });
    }
    let mut end = scan.weak.filter(|_| !scan.closed).unwrap_or(scan.end);
    let mut seen = line_end(text, scan.seen) + 1;
    if !scan.covered.is_empty() {
        seen = text.len() + 1;
        if let Some((open, line)) = stray(text, &scan)
            && open < end
        {
            end = trimmed(text, start.max(open), line);
        }
    }
    Some(Piece { range: start..end.max(first.range.end), is_decl, seen })
}

/// The offset of the brace that opens the body of a function declaration.
pub(super) fn body(text: &[u8]) -> Option<usize> {
    let mut lexer = Lexer::new(text, 0);
    let mut depth = 0_usize;
    let mut is_type = false;
    loop {
        let token = lexer.next();
        let word = &text[token.range.clone()];
        match token.kind {
            Kind::End => return None,
            Kind::Open if depth == 0 && word == b"{" && !is_type => return Some(token.range.start),
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        is_type = matches!(word, b"struct" | b"interface");
    }
}

/// The offsets at which comments begin.
pub(super) fn comments(text: &[u8]) -> Vec<usize> {
    let mut lexer = Lexer::new(text, 0);
    lexer.comments = Some(Vec::new());
    while lexer.next().kind != Kind::End {}
    lexer.comments.unwrap_or_default()
}

/// What a search for the end of a piece has found.
struct Scan {
    /// Where its last token ends.
    end: usize,
    /// Whether it ends at a semicolon.
    closed: bool,
    /// Whether also all its brackets and quotes match.
    sound: bool,
    /// Where its last token ends before a line that may begin another declaration.
    weak: Option<usize>,
    /// Strings and comments with a line in them that may begin a declaration: where they begin,
    /// and the line.
    covered: Vec<(usize, usize)>,
    /// The string or comment that is not closed, if there is one.
    open: Option<usize>,
    seen: usize,
}

fn scan(text: &[u8], start: usize, is_decl: bool) -> Scan {
    let mut lexer = Lexer::new(text, start);
    let (mut depth, mut end) = (0_usize, start);
    let mut weak = None;
    let (mut sound, mut closed) = (is_decl, false);
    loop {
        let token = lexer.next();
        let at = token.range.start;
        match token.kind {
            Kind::End => {
                closed = depth == 0;
                end = lexer.open.map_or(end, |_| text.len());
                break;
            }
            Kind::Semicolon if depth == 0 && is_decl => {
                closed = true;
                break;
            }
            Kind::Semicolon => continue,
            Kind::Open => depth += 1,
            Kind::Close if depth == 0 => sound = false,
            Kind::Close => depth -= 1,
            Kind::Word if at > start && text[at - 1] == b'\n' => match keyword(text, at) {
                Some(Keyword::Strong) => break,
                Some(_) if !is_decl => break,
                Some(Keyword::Weak) if depth == 0 => break,
                Some(_) if weak.is_none() => weak = Some(end),
                _ => {}
            },
            Kind::Word | Kind::Other => {}
        }
        end = token.range.end;
    }
    sound &= closed && !lexer.broken && lexer.open.is_none();
    Scan { end, closed, sound, weak, covered: lexer.covered, open: lexer.open, seen: lexer.at }
}

/// The string or comment that is left open, if that is what is wrong: if the text is sound from the
/// first declaration that it covers.
fn stray(text: &[u8], scan: &Scan) -> Option<(usize, usize)> {
    let suspects = scan.covered.iter().take(MAX_SUSPECTS).copied();
    let found = suspects.into_iter().find(|&(_, line)| {
        let enough = if scan.open.is_some() { SOUND } else { usize::MAX };
        is_sound(text, line, scan.end, enough)
    });
    found.or_else(|| scan.covered.last().copied().filter(|last| Some(last.0) == scan.open))
}

/// Whether sound declarations follow each other from `at` to `end`, or at least `enough` of them.
fn is_sound(text: &[u8], mut at: usize, end: usize, enough: usize) -> bool {
    for _ in 0..enough {
        let mut lexer = Lexer::new(text, at);
        let first = loop {
            let token = lexer.next();
            match token.kind {
                Kind::Semicolon => {}
                Kind::End => return lexer.open.is_none(),
                _ => break token.range.start,
            }
        };
        if first >= end {
            return true;
        }
        if keyword(text, first).is_none() {
            return false;
        }
        let scan = scan(text, first, true);
        if !scan.sound {
            return false;
        }
        at = scan.end;
    }
    true
}

/// Where the text in front of a line ends that begins a declaration: before its comment.
fn trimmed(text: &[u8], start: usize, line: usize) -> usize {
    let mut end = line;
    while end > start {
        let before = &text[start..end - 1];
        let above =
            before.iter().rposition(|&byte| byte == b'\n').map_or(start, |at| start + at + 1);
        if above <= start || !text[above..].starts_with(b"//") {
            break;
        }
        end = above;
    }
    start + text[start..end].trim_ascii_end().len()
}

fn line_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len())
}

/// What a keyword at the beginning of a line means when brackets are open before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keyword {
    /// In no case can it stand inside of a declaration.
    Strong,
    /// It begins a declaration, perhaps one in a function.
    Weak,
    /// It begins a method whose name is still missing, or a function literal.
    Func,
}

/// The keyword of a declaration at an offset.
fn keyword(text: &[u8], at: usize) -> Option<Keyword> {
    let rest = &text[at..];
    let len = rest.iter().take_while(|&&byte| is_word(byte)).count();
    let (word, rest) = rest.split_at(len);
    match word {
        b"import" | b"package" => Some(Keyword::Strong),
        b"type" | b"var" | b"const" => Some(Keyword::Weak),
        b"func" => {
            let blanks = blanks(rest);
            let rest = &rest[blanks..];
            let named = blanks > 0 && rest.first().copied().is_some_and(is_word);
            Some(if named || is_method(rest) { Keyword::Strong } else { Keyword::Func })
        }
        _ => None,
    }
}

/// Whether this is a receiver with a name and a list of parameters after it, on one line.
fn is_method(rest: &[u8]) -> bool {
    let line = &rest[..line_end(rest, 0)];
    let Some(close) = line.iter().position(|&byte| byte == b')') else { return false };
    if line.first() != Some(&b'(') {
        return false;
    }
    let name = &line[close + 1..];
    let name = &name[blanks(name)..];
    let len = name.iter().take_while(|&&byte| is_word(byte)).count();
    let after = &name[len..];
    len > 0 && matches!(after[blanks(after)..].first(), Some(b'(' | b'['))
}

fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The kinds of tokens that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Open,
    Close,
    /// Also one that the end of a line stands for.
    Semicolon,
    Other,
    End,
}

/// A token and where it stands.
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

/// Splits a text into tokens.
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    /// Whether the end of the line counts as a semicolon.
    semicolon: bool,
    covered: Vec<(usize, usize)>,
    /// The string or comment in which the text ended.
    open: Option<usize>,
    /// Whether a string or rune ended with its line.
    broken: bool,
    comments: Option<Vec<usize>>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a [u8], at: usize) -> Lexer<'a> {
        let bom = if at == 0 && text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let covered = Vec::new();
        Lexer {
            text,
            at: at + bom,
            semicolon: false,
            covered,
            open: None,
            broken: false,
            comments: None,
        }
    }

    pub(super) fn next(&mut self) -> Token {
        let text = self.text;
        loop {
            let start = self.at;
            let rest = &text[start..];
            let (kind, len, semicolon) = match rest {
                [] => (Kind::End, 0, false),
                [b' ' | b'\t' | b'\r', ..] => {
                    self.at += 1;
                    continue;
                }
                [b'\n', ..] => {
                    self.at += 1;
                    if std::mem::take(&mut self.semicolon) {
                        return Token { kind: Kind::Semicolon, range: start..self.at };
                    }
                    continue;
                }
                [b'/', b'/' | b'*', ..] => {
                    if self.comment() && std::mem::take(&mut self.semicolon) {
                        return Token { kind: Kind::Semicolon, range: start..self.at };
                    }
                    continue;
                }
                [b'`', ..] => {
                    self.at += 1;
                    self.close(start, b"`");
                    self.semicolon = true;
                    return Token { kind: Kind::Other, range: start..self.at };
                }
                [quote @ (b'"' | b'\''), ..] => {
                    let len = quoted_len(rest, *quote);
                    self.broken |= len < 2 || rest[len - 1] != *quote;
                    (Kind::Other, len, true)
                }
                [b'(' | b'[' | b'{', ..] => (Kind::Open, 1, false),
                [b')' | b']' | b'}', ..] => (Kind::Close, 1, true),
                [b';', ..] => (Kind::Semicolon, 1, false),
                [b'+', b'+', ..] | [b'-', b'-', ..] => (Kind::Other, 2, true),
                [b'<', b'-', ..] => (Kind::Other, 2, false),
                [b'0'..=b'9', ..] => {
                    let is_part = |byte: &u8| is_word(*byte) || *byte == b'.';
                    (Kind::Other, rest.iter().take_while(|&byte| is_part(byte)).count(), true)
                }
                [byte, ..] if is_word(*byte) => {
                    let len = rest.iter().take_while(|&&byte| is_word(byte)).count();
                    (Kind::Word, len, ends_statement(&rest[..len]))
                }
                _ => (Kind::Other, 1, false),
            };
            self.at += len;
            self.semicolon = semicolon;
            return Token { kind, range: start..self.at };
        }
    }

    /// Skips a comment; whether it counts as the end of a line.
    fn comment(&mut self) -> bool {
        let start = self.at;
        if let Some(comments) = &mut self.comments {
            comments.push(start);
        }
        if self.text[start + 1] == b'/' {
            // The end of the line comes next.
            self.at = line_end(self.text, start);
            return false;
        }
        self.at += 2;
        self.close(start, b"*/");
        self.text[start..self.at].contains(&b'\n')
    }

    /// Goes on to behind what closes the string or comment that begins at `start`.
    fn close(&mut self, start: usize, mark: &[u8]) {
        let body = &self.text[self.at..];
        let mut line = None;
        let mut at = 0;
        loop {
            match body.get(at) {
                None => {
                    self.open = Some(start);
                    break;
                }
                Some(&byte) if byte == mark[0] && body[at..].starts_with(mark) => {
                    at += mark.len();
                    break;
                }
                Some(b'\n') if line.is_none() => {
                    let next = self.at + at + 1;
                    line = keyword(self.text, next).map(|_| next);
                }
                Some(_) => {}
            }
            at += 1;
        }
        self.at += at;
        if let Some(line) = line
            && line < self.at
        {
            self.covered.push((start, line));
        }
    }
}

/// Whether a semicolon is put in after this word at the end of a line.
fn ends_statement(word: &[u8]) -> bool {
    !matches!(
        word,
        b"case"
            | b"chan"
            | b"const"
            | b"default"
            | b"defer"
            | b"else"
            | b"for"
            | b"func"
            | b"go"
            | b"goto"
            | b"if"
            | b"import"
            | b"interface"
            | b"map"
            | b"package"
            | b"range"
            | b"select"
            | b"struct"
            | b"switch"
            | b"type"
            | b"var"
    )
}

/// The length of a string or rune, which ends with its line at the latest.
fn quoted_len(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' if text.get(at + 1).is_some_and(|&byte| byte != b'\n') => at += 1,
            b'\n' => return at,
            byte if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(piece) = next(text.as_bytes(), at) {
            found.push(&text[piece.range.clone()]);
            assert!(piece.range.end > at && piece.seen >= piece.range.end);
            at = piece.range.end;
        }
        found
    }

    #[test]
    fn a_declaration_ends_at_the_first_semicolon_outside_of_brackets() {
        let text = "package p; import \"a\"\n// c\nvar x =\n1 /*\n*/ func f() {\n\tg(`\nfunc h() {}`)\n}\n";
        let wanted =
            ["package p", "import \"a\"", "var x =\n1", "func f() {\n\tg(`\nfunc h() {}`)\n}"];
        assert_eq!(pieces(text), wanted);
    }

    #[test]
    fn nested_declarations_may_begin_a_line() {
        let text = "func f() {\nvar x int\ntype T int\ng(\nfunc(a int) {})\n}\nfunc g() {}";
        assert_eq!(pieces(text), [&text[..text.len() - 12], "func g() {}"]);
    }

    #[test]
    fn an_open_bracket_ends_before_the_next_declaration() {
        let text = "func f() {\n\tif x {\n}\n\n// T is.\ntype T struct{}\n\nfunc (t T) g() {}\n";
        let wanted = ["func f() {\n\tif x {\n}", "type T struct{}", "func (t T) g() {}"];
        assert_eq!(pieces(text), wanted);
        assert_eq!(pieces("var x = \nfunc (\nfunc f()"), ["var x =", "func (", "func f()"]);
    }

    #[test]
    fn an_open_string_ends_before_the_next_declaration() {
        let rest = "func g() {}\n\nfunc h() { x(`\nfunc`) }\n\nfunc i() {}\n\nfunc j() {}";
        let text = format!("func f() {{\n\tx(`)\n}}\n\n//go:noinline\n{rest}");
        let wanted = ["func f() {\n\tx(`)\n}", "func g() {}", "func h() { x(`\nfunc`) }"];
        assert_eq!(pieces(&text)[..3], wanted);
        let text = format!("func f() {{\n\tx(/*)\n}}\n\n{rest}");
        assert_eq!(pieces(&text)[1], "func g() {}");
        let text = format!("/*\n\n{rest}");
        assert_eq!(pieces(&text)[..2], ["/*", "func g() {}"]);
    }

    #[test]
    fn text_that_declares_nothing_ends_before_the_next_declaration() {
        let text = "func f() {}\n}\n<<<<<<< HEAD\nfunc g() {}\n=======\nvar x int\n";
        let wanted = ["func f() {}", "}\n<<<<<<< HEAD", "func g() {}", "=======", "var x int"];
        assert_eq!(pieces(text), wanted);
    }
}
