//! Go that the grammar does not know, covered up so that the rest of a file parses.
//!
//! Grammar 0.25 lacks two things. After `new(` it takes a type only, but since Go 1.26 any
//! expression may stand there: the word `new` is made a name like any other where the operand does
//! not begin as only a type can. And a method has no type parameters, which it may have since Go
//! 1.27: they are blanked out, and parsed on their own. A byte order mark is blanked out too.
//!
//! The masked text has the length of the original, so all offsets hold in both. The search looks
//! into comments and strings as well, which does no harm: their text is read from the original.

use std::ops::Range;

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
}

/// Masks a text.
pub(super) fn mask(text: &str) -> Masked {
    let bytes = text.as_bytes();
    let mut masked: Option<Box<[u8]>> = None;
    let mut cover = |range: Range<usize>, with: &dyn Fn(u8) -> u8| {
        let masked = masked.get_or_insert_with(|| bytes.into());
        masked[range].iter_mut().for_each(|byte| *byte = with(*byte));
    };
    if text.starts_with('\u{feff}') {
        cover(0..3, &|_| b' ');
    }
    for (at, _) in text.match_indices("new(") {
        let is_word = at == 0 || !is_ident_byte(bytes[at - 1]);
        if is_word && !holds_type_only(&bytes[at + 4..]) {
            cover(at + 1..at + 2, &|_| b'E');
        }
    }
    let mut method_tparams = Vec::new();
    for at in method_starts(text) {
        if let Some(list) = method_type_params(bytes, at) {
            cover(list.clone(), &|byte| if byte == b'\n' { byte } else { b' ' });
            method_tparams.push(list.start as u32..list.end as u32);
        }
    }
    Masked { text: masked, method_tparams }
}

fn is_ident_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether what follows `new(` can only be parsed as a type: it begins with a bracket or a keyword
/// of a type and is not a literal or conversion of that type.
fn holds_type_only(rest: &[u8]) -> bool {
    let mut at = 0;
    while let Some(b' ' | b'\t' | b'*' | b'(') = rest.get(at) {
        at += 1;
    }
    let begin = &rest[at..];
    let starts = |word: &str| {
        begin.starts_with(word.as_bytes())
            && !begin.get(word.len()).is_some_and(|&byte| is_ident_byte(byte))
    };
    let is_type = begin.first() == Some(&b'[')
        || begin.starts_with(b"<-chan")
        || ["map", "chan", "struct", "interface", "func"].into_iter().any(starts);
    if !is_type {
        return false;
    }
    let Some(close) = closing(rest, b'(', b')', 1) else { return true };
    let operand = rest[..close].trim_ascii_end();
    let operand = operand.strip_suffix(b",").unwrap_or(operand).trim_ascii_end();
    let has = |word: &[u8]| operand.windows(word.len()).any(|window| window == word);
    match operand.last() {
        // `[]T{…}`; but `struct{…}` and `interface{…}` end so as well.
        Some(b'}') => has(b"struct") || has(b"interface"),
        // `[]byte(s)`, `func() T {…}()`; but `func(int)` and `chan (T)` end so as well.
        Some(b')') => !has(b"}(") && (has(b"func") || has(b"chan")),
        _ => true,
    }
}

/// The offset of the bracket that closes the `depth` open ones.
fn closing(bytes: &[u8], open: u8, close: u8, mut depth: usize) -> Option<usize> {
    for (at, &byte) in bytes.iter().enumerate() {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// The offsets of the parentheses of lines that begin with `func (`.
fn method_starts(text: &str) -> impl Iterator<Item = usize> + '_ {
    let bytes = text.as_bytes();
    text.match_indices("func").filter_map(move |(at, _)| {
        let begins_line = at == 0 || matches!(bytes[at - 1], b'\n' | b';' | b'\xbf' | b'/');
        let rest = &bytes[at + 4..];
        let blank = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        (begins_line && rest.get(blank) == Some(&b'(')).then_some(at + 4 + blank)
    })
}

/// The type parameter list of the method whose receiver begins at `open`.
fn method_type_params(bytes: &[u8], open: usize) -> Option<Range<usize>> {
    let blanks =
        |at: usize| at + bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let recv = &bytes[open + 1..];
    let name = blanks(open + 1 + closing(recv, b'(', b')', 1)? + 1);
    let len = bytes[name..].iter().take_while(|&&byte| is_ident_byte(byte)).count();
    let list = blanks(name + len);
    if len == 0 || bytes.get(list) != Some(&b'[') {
        return None;
    }
    let end = list + 1 + closing(&bytes[list + 1..], b'[', b']', 1)? + 1;
    // Only a parameter list follows.
    (bytes.get(blanks(end)) == Some(&b'(')).then_some(list..end)
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
    }

    #[test]
    fn new_of_a_type_that_is_no_expression_stays() {
        for text in ["new([]int)", "new(map[K]V)", "new(struct{ x int })", "new(*[]T)", "renew(5)"]
        {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn type_parameters_of_methods_are_blanked_out() {
        let text = "func (b Box[T]) Map[U any](f func(T) U) Box[U] {}";
        assert_eq!(masked(text), "func (b Box[T]) Map       (f func(T) U) Box[U] {}");
        assert_eq!(mask(text).method_tparams, [19..26]);
    }
}
