//! Lines of a text, and columns as each side counts them.
//!
//! Inside, a place is a byte offset. A client counts lines from 0 and columns in UTF-8, UTF-16 or
//! UTF-32 units, whichever was agreed on; the compiler counts both from 1 and columns in bytes.
//!
//! Invariants: only `\n` ends a line (Go's rule, and what editors send); the `\r` before it is not
//! part of the line for a client. No place makes any function panic: what lies outside the text
//! means the nearest place in it.

/// In which units a client counts columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// 16-bit code units: what the protocol assumes unless agreed otherwise.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// How many units `text` takes.
    pub fn len(self, text: &str) -> usize {
        match self {
            Encoding::Utf8 => text.len(),
            Encoding::Utf16 if text.is_ascii() => text.len(),
            Encoding::Utf16 => text.chars().map(char::len_utf16).sum(),
            Encoding::Utf32 => text.chars().count(),
        }
    }

    /// The byte offset in `text` after `units`; in front of a character that it would split.
    fn offset(self, text: &str, units: usize) -> usize {
        let mut left = units;
        for (at, char) in text.char_indices() {
            let width = match self {
                Encoding::Utf8 => char.len_utf8(),
                Encoding::Utf16 => char.len_utf16(),
                Encoding::Utf32 => 1,
            };
            if left < width {
                return at;
            }
            left -= width;
        }
        text.len()
    }
}

/// Where the lines of a text begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    /// The lines of `text`.
    pub fn new(text: &str) -> Lines {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let after = ends.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX));
        Lines { starts: std::iter::once(0).chain(after).collect() }
    }

    /// How many lines there are; at least one.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line, from 0, that the byte at `offset` is on.
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start as usize <= offset).saturating_sub(1)
    }

    /// The first byte of a line, from 0; the end of the text if there are fewer lines.
    pub fn start_of(&self, line: usize, text: &str) -> usize {
        self.starts.get(line).map_or(text.len(), |start| *start as usize)
    }

    /// The bytes of a line without its end.
    pub fn range_of(&self, line: usize, text: &str) -> std::ops::Range<usize> {
        let start = self.start_of(line, text);
        let end = self.start_of(line + 1, text).max(start);
        let content = text.get(start..end).unwrap_or_default();
        let ended = content.strip_suffix("\r\n").or_else(|| content.strip_suffix('\n'));
        start..start + ended.unwrap_or(content).len()
    }

    /// Line and column, both from 0, of a byte offset.
    pub fn position(&self, text: &str, offset: usize, encoding: Encoding) -> (u32, u32) {
        let offset = floor_char_boundary(text, offset);
        let line = self.line_of(offset);
        let range = self.range_of(line, text);
        let before = text.get(range.start..offset.min(range.end)).unwrap_or_default();
        (to_u32(line), to_u32(encoding.len(before)))
    }

    /// The byte offset of line and column, both from 0.
    pub fn offset(&self, text: &str, line: u32, column: u32, encoding: Encoding) -> usize {
        if line as usize >= self.count() {
            return text.len();
        }
        let range = self.range_of(line as usize, text);
        let content = text.get(range.clone()).unwrap_or_default();
        range.start + encoding.offset(content, column as usize)
    }

    /// Line and column as the compiler counts them: from 1, columns in bytes.
    pub fn go_position(&self, offset: usize) -> (u32, u32) {
        let line = self.line_of(offset);
        let start = self.starts.get(line).map_or(0, |start| *start as usize);
        (to_u32(line + 1), to_u32(offset.saturating_sub(start) + 1))
    }
}

/// The last boundary of a character at or before `offset`.
pub fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "ab\r\nä世😀x\n";

    #[test]
    fn columns_are_counted_in_the_units_agreed_on() {
        let lines = Lines::new(TEXT);
        let x = TEXT.find('x').unwrap();
        assert_eq!(lines.position(TEXT, x, Encoding::Utf8), (1, 9));
        assert_eq!(lines.position(TEXT, x, Encoding::Utf16), (1, 4));
        assert_eq!(lines.position(TEXT, x, Encoding::Utf32), (1, 3));
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            for (at, _) in TEXT.char_indices().filter(|(_, char)| *char != '\n') {
                let (line, column) = lines.position(TEXT, at, encoding);
                assert_eq!(lines.offset(TEXT, line, column, encoding), at, "{encoding:?} {at}");
            }
        }
    }

    #[test]
    fn a_column_past_the_end_means_the_end_without_the_carriage_return() {
        let lines = Lines::new(TEXT);
        assert_eq!(lines.offset(TEXT, 0, 99, Encoding::Utf16), 2);
        assert_eq!(lines.offset(TEXT, 99, 0, Encoding::Utf16), TEXT.len());
        assert_eq!(lines.position(TEXT, 3, Encoding::Utf16), (0, 2), "between \\r and \\n");
    }

    #[test]
    fn a_carriage_return_alone_ends_no_line() {
        for text in ["a\rb", "ab\r", "a\r\r\n"] {
            let lines = Lines::new(text);
            assert_eq!(lines.offset(text, 0, 2, Encoding::Utf16), 2, "{text:?}");
            assert_eq!(lines.position(text, 2, Encoding::Utf16), (0, 2), "{text:?}");
        }
    }

    #[test]
    fn a_column_inside_a_character_means_its_beginning() {
        let lines = Lines::new(TEXT);
        let smile = TEXT.find('😀').unwrap();
        assert_eq!(lines.offset(TEXT, 1, 3, Encoding::Utf16), smile);
        assert_eq!(lines.offset(TEXT, 1, 7, Encoding::Utf8), smile);
        assert_eq!(lines.position(TEXT, smile + 2, Encoding::Utf16), (1, 2));
    }

    #[test]
    fn the_compiler_counts_from_one_and_in_bytes() {
        let lines = Lines::new(TEXT);
        assert_eq!(lines.go_position(TEXT.find('x').unwrap()), (2, 10));
        assert_eq!(lines.go_position(0), (1, 1));
    }
}
