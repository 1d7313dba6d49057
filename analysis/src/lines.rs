//! Lines and columns as the compiler prints them.

use crate::symbol::Symbol;
use crate::syntax::ast::LineDirective;

/// The columns that the compiler can hold: from this one on it prints none.
///
/// Upstream: `cmd/internal/src/pos.go`, `colMax`.
const COL_MAX: u32 = 255;

/// Where a file's lines begin, and what `//line` directives say about them.
#[derive(Debug, Default)]
pub struct FileLines {
    /// The file's path.
    pub path: Symbol,
    /// The offset of each line's first byte.
    pub(crate) starts: Box<[u32]>,
    pub(crate) directives: Box<[LineDirective]>,
}

/// A place as the compiler prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// The file, which a `//line` directive may have named.
    pub file: Symbol,
    /// The line, from 1.
    pub line: u32,
    /// The column in bytes, from 1; 0 where the compiler prints none.
    pub column: u32,
}

impl FileLines {
    /// The lines of `text`.
    pub fn new(path: Symbol, text: &str, directives: &[LineDirective]) -> FileLines {
        let feeds = text.match_indices('\n');
        let starts = std::iter::once(0).chain(feeds.map(|(at, _)| at as u32 + 1)).collect();
        FileLines { path, starts, directives: directives.into() }
    }

    /// Line and column of a byte as the text has them, both from 1.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        (line as u32, offset - start + 1)
    }

    /// The first byte of a line counted from 1; the last line's for one that is too high.
    pub fn line_start(&self, line: u32) -> u32 {
        let at = (line.max(1) as usize - 1).min(self.starts.len().saturating_sub(1));
        self.starts.get(at).copied().unwrap_or_default()
    }

    /// What the compiler prints for a byte.
    ///
    /// Upstream: `cmd/internal/src/pos.go`, `RelLine`, `RelCol`.
    pub fn position(&self, offset: u32) -> Position {
        let (line, column) = self.line_column(offset);
        let shown = |column| if column < COL_MAX { column } else { 0 };
        let before = self.directives.partition_point(|directive| directive.at <= offset);
        let Some(directive) = before.checked_sub(1).map(|at| &self.directives[at]) else {
            return Position { file: self.path, line, column: shown(column) };
        };
        let (base_line, base_column) = self.line_column(directive.at);
        // Columns that the compiler cannot hold count as the greatest that it can.
        let (column, base_column) = (column.min(COL_MAX), base_column.min(COL_MAX));
        // Without a name, the directive goes on with the file named before it.
        let named = self.directives[..before].iter().rev().find(|one| !one.file.is_empty());
        Position {
            file: named.map_or(self.path, |one| one.file),
            line: directive.line + (line - base_line),
            column: match directive.column {
                None => 0,
                Some(first) if line == base_line => shown(first + (column - base_column)),
                Some(_) => shown(column),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lines: &FileLines, offset: u32) -> (&'static str, u32, u32) {
        let position = lines.position(offset);
        (position.file.as_str(), position.line, position.column)
    }

    #[test]
    fn lines_and_columns_count_bytes_from_one() {
        let lines = FileLines::new("a.go".into(), "ä b\nc", &[]);
        assert_eq!(at(&lines, 0), ("a.go", 1, 1));
        assert_eq!(at(&lines, 3), ("a.go", 1, 4));
        assert_eq!(at(&lines, 5), ("a.go", 2, 1));
    }

    #[test]
    fn columns_from_255_on_are_not_printed() {
        let lines = FileLines::new("a.go".into(), &"x".repeat(300), &[]);
        assert_eq!(at(&lines, 253), ("a.go", 1, 254));
        assert_eq!(at(&lines, 254), ("a.go", 1, 0));
    }

    #[test]
    fn a_line_directive_without_column_hides_columns() {
        let text = "//line foo.go:100\nab\ncd\n";
        let directive = LineDirective { at: 18, file: "foo.go".into(), line: 100, column: None };
        let lines = FileLines::new("a.go".into(), text, &[directive]);
        assert_eq!(at(&lines, 19), ("foo.go", 100, 0));
        assert_eq!(at(&lines, 21), ("foo.go", 101, 0));
    }

    #[test]
    fn a_line_directive_with_column_counts_on_in_its_line_only() {
        let text = "/*line bar.go:200:5*/ab\ncd\n";
        let directive = LineDirective { at: 21, file: "bar.go".into(), line: 200, column: Some(5) };
        let lines = FileLines::new("a.go".into(), text, &[directive]);
        assert_eq!(at(&lines, 22), ("bar.go", 200, 6));
        assert_eq!(at(&lines, 25), ("bar.go", 201, 2));
    }
}
