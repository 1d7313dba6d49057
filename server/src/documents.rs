//! Texts that positions are computed in: those an editor has open, and those on disk.
//!
//! A [`Document`] never changes; an edit makes a new one. So whoever holds one can convert between
//! its offsets and a client's positions while the next edit is applied.
//!
//! Invariant: offsets are those of the text that is analysed, which has no byte order mark. A client
//! that sends the mark counts it as a character of the first line, so `whole` keeps it.

use std::sync::Arc;

use tower_lsp::ls_types::{Position, Range, TextDocumentContentChangeEvent, Uri};

use crate::lines::{Encoding, Lines};

/// The byte order mark, which Go ignores at the beginning of a file.
const MARK: char = '\u{feff}';

/// A text at one time.
#[derive(Debug, Clone)]
pub struct Document {
    /// As the client spells it.
    pub uri: Uri,
    /// The client's number for this state; none for a text on disk.
    pub version: Option<i32>,
    /// The text as the client has it.
    whole: Arc<str>,
    /// The text without its mark.
    text: Arc<str>,
    lines: Lines,
}

impl Document {
    /// A text with its lines found.
    pub fn new(uri: Uri, version: Option<i32>, whole: Arc<str>) -> Document {
        let text = match whole.strip_prefix(MARK) {
            Some(rest) => rest.into(),
            None => Arc::clone(&whole),
        };
        let lines = Lines::new(&whole);
        Document { uri, version, whole, text, lines }
    }

    /// The text to analyse.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The document after the client's edits, each of which counts on those before it.
    pub fn edited(
        &self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Document {
        let mut whole = String::from(&*self.whole);
        let mut lines = self.lines.clone();
        for change in changes {
            match change.range {
                Some(range) => {
                    let offset =
                        |at: Position| lines.offset(&whole, at.line, at.character, encoding);
                    let (start, end) = (offset(range.start), offset(range.end));
                    whole.replace_range(start.min(end)..end.max(start), &change.text);
                }
                None => whole = change.text,
            }
            lines = Lines::new(&whole);
        }
        Document::new(self.uri.clone(), Some(version), whole.into())
    }

    /// The client's position of a byte offset.
    pub fn position(&self, offset: u32, encoding: Encoding) -> Position {
        let offset = offset as usize + self.mark();
        let (line, character) = self.lines.position(&self.whole, offset, encoding);
        Position { line, character }
    }

    /// The client's range of a stretch of bytes.
    pub fn range(&self, start: u32, end: u32, encoding: Encoding) -> Range {
        Range { start: self.position(start, encoding), end: self.position(end, encoding) }
    }

    /// The byte offset of a client's position.
    pub fn offset(&self, at: Position, encoding: Encoding) -> u32 {
        let offset = self.lines.offset(&self.whole, at.line, at.character, encoding);
        u32::try_from(offset.saturating_sub(self.mark())).unwrap_or(u32::MAX)
    }

    /// Line and column, both from 1, as the compiler counts them.
    pub fn go_position(&self, offset: u32) -> (u32, u32) {
        let (line, column) = self.lines.go_position(offset as usize + self.mark());
        (line, if line == 1 { column - u32::try_from(self.mark()).unwrap_or(0) } else { column })
    }

    /// Where the line that `offset` is on ends, without its line end.
    pub fn line_end(&self, offset: u32) -> u32 {
        let line = self.lines.line_of(offset as usize + self.mark());
        let end = self.lines.range_of(line, &self.whole).end;
        u32::try_from(end.saturating_sub(self.mark())).unwrap_or(u32::MAX)
    }

    fn mark(&self) -> usize {
        self.whole.len() - self.text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document::new("file:///a.go".parse().unwrap(), Some(1), text.into())
    }

    fn edit(from: (u32, u32), to: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let position = |(line, character)| Position { line, character };
        TextDocumentContentChangeEvent {
            range: Some(Range { start: position(from), end: position(to) }),
            range_length: None,
            text: text.to_owned(),
        }
    }

    #[test]
    fn each_edit_counts_on_the_one_before() {
        let edited = document("one\ntwo\n").edited(
            2,
            vec![
                edit((0, 0), (0, 3), "α\nβ"),
                edit((1, 1), (2, 0), "😀\r\n"),
                edit((1, 3), (1, 3), "!"),
            ],
            Encoding::Utf16,
        );
        assert_eq!(&**edited.text(), "α\nβ😀!\r\ntwo\n");
        assert_eq!(edited.version, Some(2));
    }

    #[test]
    fn an_edit_without_a_range_is_the_whole_text() {
        let whole = TextDocumentContentChangeEvent {
            range: None,
            range_length: None,
            text: "new".to_owned(),
        };
        let edited =
            document("old\n").edited(2, vec![whole, edit((0, 3), (0, 3), "!")], Encoding::Utf8);
        assert_eq!(&**edited.text(), "new!");
    }

    #[test]
    fn a_reversed_or_outlying_range_does_no_harm() {
        let edited = document("abc").edited(2, vec![edit((7, 9), (0, 1), "x")], Encoding::Utf16);
        assert_eq!(&**edited.text(), "ax");
    }

    #[test]
    fn the_byte_order_mark_counts_for_the_client_only() {
        let marked = document("\u{feff}package a\nvar x int\n");
        assert_eq!(&**marked.text(), "package a\nvar x int\n");
        assert_eq!(marked.position(8, Encoding::Utf16), Position { line: 0, character: 9 });
        assert_eq!(marked.offset(Position { line: 0, character: 9 }, Encoding::Utf16), 8);
        assert_eq!(marked.offset(Position { line: 1, character: 4 }, Encoding::Utf8), 14);
        assert_eq!(marked.go_position(8), (1, 9));
        assert_eq!(marked.go_position(14), (2, 5));
    }
}
