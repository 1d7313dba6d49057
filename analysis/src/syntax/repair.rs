//! Go that the grammar does not know, covered up so that the rest of a declaration parses.
//!
//! Grammar 0.25 lacks some things. After `new(` and `make(` it takes a type only, but since Go 1.26
//! any expression may stand in the first: the word is made a name like any other where the operand
//! is no type. A method has no type parameters, which it may have since Go 1.27: they are blanked
//! out, and parsed on their own. The empty statement of `if ; x {` is blanked out, and so is a byte
//! order mark. Of several labels at the end of a block the last gets an empty statement. A
//! line's end before `(` or `{` does not always end a statement for the grammar, which may take
//! `x[i]` for a type: it is made the semicolon that it stands for.
//!
//! The masked text has the length of the original, so all offsets hold in both.

use std::ops::Range;

use super::pieces::{Kind, Lexer};

/// A masked text, and what was covered up.
#[derive(Debug, Clone, Default)]
pub(super) struct Masked {
    /// `None` if nothing had to be masked.
    text: Option<Box<[u8]>>,
    /// The type parameter lists of methods, brackets included.
    pub(super) method_tparams: Vec<Range<u32>>,
}

impl Masked {
    /// The masked text of `original`.
    pub(super) fn text<'a>(&'a self, original: &'a str) -> &'a [u8] {
        self.text.as_deref().unwrap_or(original.as_bytes())
    }

    fn cover(&mut self, original: &str, range: Range<usize>, with: u8) {
        let text = self.text.get_or_insert_with(|| original.as_bytes().into());
        for byte in text.get_mut(range).unwrap_or_default() {
            if *byte != b'\n' {
                *byte = with;
            }
        }
    }

    /// Replaces one byte.
    fn put(&mut self, original: &str, at: usize, with: u8) {
        let text = self.text.get_or_insert_with(|| original.as_bytes().into());
        if let Some(byte) = text.get_mut(at) {
            *byte = with;
        }
    }

    /// Puts a semicolon between two tokens, in place of line ends and comments.
    fn end_statement(&mut self, original: &str, between: Range<usize>) {
        let text = self.text.get_or_insert_with(|| original.as_bytes().into());
        if let Some([semicolon, rest @ ..]) = text.get_mut(between) {
            *semicolon = b';';
            rest.fill(b' ');
        }
    }
}

/// Masks a declaration.
pub(super) fn mask(text: &str) -> Masked {
    let mut masked = Masked::default();
    if text.starts_with('\u{feff}') {
        masked.cover(text, 0..3, b' ');
    }
    let tokens = Tokens::new(text.as_bytes());
    for at in 0..tokens.ranges.len() {
        let range = tokens.range(at);
        match tokens.text(at) {
            b"new" | b"make" if tokens.text(at + 1) == b"(" && !tokens.is_type(at + 2) => {
                let second = range.start + 1;
                let with = text.as_bytes()[second].to_ascii_uppercase();
                masked.cover(text, second..second + 1, with);
            }
            b"if" | b"switch" if tokens.text(at + 1) == b";" => {
                masked.cover(text, tokens.range(at + 1), b' ');
            }
            b":" if tokens.text(at + 1) == b"}" && tokens.is_label_on_label(at) => {
                let behind = range.end;
                if text.as_bytes().get(behind).is_some_and(u8::is_ascii_whitespace) {
                    masked.put(text, behind, b';');
                }
            }
            // A semicolon that is not written is a line's end, or a comment with one in it.
            [b'\n', ..] | [b'/', b'/' | b'*', ..] if matches!(tokens.text(at + 1), b"(" | b"{") => {
                let before = tokens.range(at.wrapping_sub(1)).end;
                masked.end_statement(text, before..tokens.range(at + 1).start);
            }
            _ => {}
        }
    }
    if let Some(list) = tokens.method_type_params() {
        masked.cover(text, list.clone(), b' ');
        masked.method_tparams.push(list.start as u32..list.end as u32);
    }
    masked
}

/// The tokens of a declaration.
struct Tokens<'a> {
    text: &'a [u8],
    ranges: Vec<Range<usize>>,
    /// For each opening bracket, the token that closes it.
    closing: Vec<usize>,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a [u8]) -> Tokens<'a> {
        let mut lexer = Lexer::new(text, 0);
        let (mut ranges, mut closing, mut open) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let token = lexer.next();
            match token.kind {
                Kind::End => return Tokens { text, ranges, closing },
                Kind::Open => open.push(ranges.len()),
                Kind::Close => {
                    if let Some(open) = open.pop() {
                        closing[open] = ranges.len();
                    }
                }
                Kind::Word | Kind::Semicolon | Kind::Other => {}
            }
            ranges.push(token.range);
            closing.push(usize::MAX - 1);
        }
    }

    fn range(&self, at: usize) -> Range<usize> {
        self.ranges.get(at).cloned().unwrap_or_default()
    }

    /// The text of a token; empty behind the last one.
    fn text(&self, at: usize) -> &'a [u8] {
        &self.text[self.range(at)]
    }

    /// The token behind the bracket that closes the one at `at`.
    fn behind(&self, at: usize) -> usize {
        self.closing.get(at).map_or(usize::MAX, |&close| close + 1)
    }

    fn is_name(&self, at: usize) -> bool {
        let first = self.text(at).first();
        first.is_some_and(|&byte| byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80)
    }

    /// Whether the label whose colon is at `at` stands behind another one: `L: M:`.
    fn is_label_on_label(&self, at: usize) -> bool {
        at >= 3 && self.is_name(at - 1) && self.text(at - 2) == b":" && self.is_name(at - 3)
    }

    /// Whether a type begins at a token, and a comma or the end of the arguments behind it.
    fn is_type(&self, mut at: usize) -> bool {
        let mut parens = 0;
        loop {
            at = match self.text(at) {
                b"(" => {
                    parens += 1;
                    at + 1
                }
                b"*" | b"chan" => at + 1,
                b"<-" if self.text(at.wrapping_sub(1)) == b"chan" => at + 1,
                b"<-" if self.text(at + 1) == b"chan" => at + 2,
                b"map" => self.behind(at + 1),
                b"[" => self.behind(at),
                b"func" => {
                    let result = self.behind(at + 1);
                    match self.text(result) {
                        b"," | b")" => {
                            at = result;
                            break;
                        }
                        b"(" => {
                            at = self.behind(result);
                            break;
                        }
                        _ => result,
                    }
                }
                b"struct" | b"interface" => {
                    at = self.behind(at + 1);
                    break;
                }
                _ if self.is_name(at) => {
                    let qualified = self.text(at + 1) == b"." && self.is_name(at + 2);
                    at += if qualified { 3 } else { 1 };
                    if self.text(at) == b"[" {
                        at = self.behind(at);
                    }
                    break;
                }
                _ => return false,
            }
        }
        while parens > 0 && self.text(at) == b")" {
            parens -= 1;
            at += 1;
        }
        parens == 0 && matches!(self.text(at), b"," | b")")
    }

    /// The type parameter list of a method: `func (r T) name[…](`.
    fn method_type_params(&self) -> Option<Range<usize>> {
        if self.text(0) != b"func" || self.text(1) != b"(" {
            return None;
        }
        let name = self.behind(1);
        let list = name.checked_add(1)?;
        let params = self.behind(list);
        let is_list = self.is_name(name) && self.text(list) == b"[" && self.text(params) == b"(";
        is_list.then(|| self.range(list).start..self.range(params - 1).end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        String::from_utf8(mask(text).text(text).to_vec()).unwrap()
    }

    #[test]
    fn new_of_a_value_becomes_an_ordinary_call() {
        assert_eq!(masked("p := new(f(x))"), "p := nEw(f(x))");
        assert_eq!(masked("p := new(5)"), "p := nEw(5)");
        assert_eq!(masked("p := new([]int{1})"), "p := nEw([]int{1})");
        assert_eq!(masked("p := new([]byte(s))"), "p := nEw([]byte(s))");
        assert_eq!(masked("p := new(struct{ x int }{1})"), "p := nEw(struct{ x int }{1})");
        assert_eq!(masked("p := new([...]int{1}[0])"), "p := nEw([...]int{1}[0])");
        assert_eq!(masked("p := new(func() {}())"), "p := nEw(func() {}())");
    }

    #[test]
    fn new_of_a_type_that_is_no_expression_stays() {
        for text in [
            "new([]int)",
            "new(map[K]V)",
            "new(struct{ x int })",
            "new(*[]T)",
            "renew(5)",
            "new(a.B[T])",
            "new(func(int) (a T))",
            "new((T))",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn type_parameters_of_methods_are_blanked_out() {
        let text = "func (b Box[T]) Map[U any](f func(T) U) Box[U] {}";
        assert_eq!(masked(text), "func (b Box[T]) Map       (f func(T) U) Box[U] {}");
        assert_eq!(mask(text).method_tparams, vec![19..26]);
    }

    #[test]
    fn the_last_of_several_labels_gets_a_statement() {
        assert_eq!(masked("{ L: M: }"), "{ L: M:;}");
        assert_eq!(masked("{ L:\nM:\n}"), "{ L:\nM:;}");
        for text in ["{ L: }", "{ L: M: x() }", "{ case a: }"] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn the_end_of_a_line_before_a_bracket_is_a_semicolon() {
        assert_eq!(masked("v := x[i]\n\t(*p)()"), "v := x[i]; (*p)()");
        assert_eq!(masked("_ = t.y // why\n\n{}"), "_ = t.y;        {}");
        assert_eq!(masked("_ = t.y /*\n*/ {}"), "_ = t.y;      {}");
        for text in ["f(\n(x))", "x = a +\n(b)", "x /* a */ (b)", "v := x[i]\nf()"] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn an_empty_statement_in_a_header_is_blanked_out() {
        assert_eq!(masked("if ; x {}"), "if   x {}");
        assert_eq!(masked("switch ; x := y; {}"), "switch   x := y; {}");
    }
}
