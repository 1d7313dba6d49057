//! A file's text, cut into pieces that are parsed one by one.

use std::ops::Range;
use std::sync::Arc;

use super::ast::{DeclAt, File, Import, Pragmas, SyntaxError};
use super::directives;
use super::file::{Known, Parsed};
use super::pieces::{self, Piece};

/// The longest file that is looked at, in bytes.
const MAX_LEN: usize = 256 << 20;

/// A text with what it declares. An edit makes a new one that shares the pieces around the edit
/// with the old one; it is equal to what the new text gives when it is parsed alone.
#[derive(Debug, Clone)]
pub struct SourceTree {
    text: Arc<str>,
    pieces: Vec<PieceAt>,
}

/// A piece with what it declares.
#[derive(Debug, Clone)]
struct PieceAt {
    /// Where the piece before it ends.
    from: usize,
    piece: Piece,
    /// The directives between the piece before it and this one.
    pragmas: Pragmas,
    /// Whether there may be directives that act on more than a declaration, here or in front.
    has_directives: bool,
    parsed: Arc<Parsed>,
}

impl SourceTree {
    /// Parses a text.
    pub fn parse(text: Arc<str>) -> SourceTree {
        let pieces = cut(&text, &mut Old::default());
        SourceTree { text, pieces }
    }

    /// Parses a text that has come from this one, looking only at what differs.
    pub fn edit(&self, text: Arc<str>) -> SourceTree {
        let (changed, new_end) = changed_range(self.text.as_bytes(), text.as_bytes());
        let mut old = Old { pieces: &self.pieces, next: 0, changed, new_end };
        let pieces = cut(&text, &mut old);
        SourceTree { text, pieces }
    }

    /// The text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The file's declarations, with their places.
    pub fn file(&self) -> File {
        let text: &str = &self.text;
        let mut file = File::default();
        if text.len() > MAX_LEN {
            let message = format!("file too long: {} bytes", text.len());
            file.errors.push(SyntaxError { range: 0..0, message });
            return file;
        }
        let mut has_directives = false;
        let mut end = 0;
        file.decls.reserve(self.pieces.len());
        for PieceAt { piece, parsed, has_directives: has, .. } in &self.pieces {
            let start = piece.range.start as u32;
            has_directives |= has;
            end = piece.range.end;
            if let Some(name) = parsed.package.filter(|_| file.package.is_empty()) {
                file.package = name.name;
                file.package_pos = start + name.pos;
            }
            let imports = parsed.imports.iter().cloned();
            file.imports.extend(imports.map(|import| Import {
                start: start + import.start,
                end: start + import.end,
                ..import
            }));
            let decls = parsed.decls.iter().cloned();
            file.decls.extend(decls.map(|at| DeclAt { start: start + at.start, ..at }));
            let errors = parsed.errors.iter().cloned();
            file.errors.extend(errors.map(|error| SyntaxError {
                range: start + error.range.start..start + error.range.end,
                ..error
            }));
        }
        if has_directives || directives::may_hold(text.get(end..).unwrap_or_default()) {
            file.line_directives = directives::line_directives(text);
            file.linknames = directives::linknames(text);
        }
        let header = text.get(..file.package_pos as usize).unwrap_or_default();
        file.go_version = directives::build_version(header);
        file
    }
}

/// The pieces of a text; those of an earlier version are taken over.
fn cut(text: &str, old: &mut Old<'_>) -> Vec<PieceAt> {
    let mut found: Vec<PieceAt> = Vec::with_capacity(old.pieces.len() + 1);
    if text.len() > MAX_LEN {
        return found;
    }
    let mut known: Option<Known> = None;
    let mut from = 0;
    loop {
        if let Some(piece) = old.beginning_at(from) {
            from = piece.piece.range.end;
            found.push(piece);
            continue;
        }
        let Some(piece) = pieces::next(text.as_bytes(), from) else { return found };
        let slice = |range: Range<usize>| text.get(range).unwrap_or_default();
        let gap = slice(from..piece.range.start);
        let own = slice(piece.range.clone());
        let pragmas = directives::pragmas(gap);
        let parsed = old.same(&piece, pragmas).unwrap_or_else(|| {
            let known = known.get_or_insert_with(|| old.replaced());
            Arc::new(Parsed::new(own, piece.is_decl, pragmas, known))
        });
        let has_directives = directives::may_hold(gap) || directives::may_hold(own);
        let end = piece.range.end;
        found.push(PieceAt { from, piece, pragmas, has_directives, parsed });
        from = end;
    }
}

/// The pieces of an earlier version, and what of its text has been replaced.
#[derive(Default)]
struct Old<'a> {
    pieces: &'a [PieceAt],
    /// The first piece that is still of use.
    next: usize,
    changed: Range<usize>,
    /// Where the replaced text ends in the new version.
    new_end: usize,
}

impl Old<'_> {
    /// Where the text at an offset stands now, unless it was replaced.
    fn moved(&self, at: usize) -> Option<usize> {
        if at < self.changed.start {
            return Some(at);
        }
        at.checked_sub(self.changed.end).map(|behind| self.new_end + behind)
    }

    /// The piece whose search began at a place, if nothing has changed for it.
    fn beginning_at(&mut self, from: usize) -> Option<PieceAt> {
        while let Some(old) = self.pieces.get(self.next) {
            match self.moved(old.from) {
                Some(now) if now > from => return None,
                Some(now) if now == from => {
                    let before = old.from < self.changed.start;
                    // A byte order mark counts at the beginning of a text only.
                    if before && old.piece.seen > self.changed.start || !before && old.from == 0 {
                        return None;
                    }
                    self.next += 1;
                    let moved = |at: usize| at - old.from + from;
                    let range = &old.piece.range;
                    return Some(PieceAt {
                        from,
                        piece: Piece {
                            range: moved(range.start)..moved(range.end),
                            is_decl: old.piece.is_decl,
                            seen: moved(old.piece.seen),
                        },
                        parsed: Arc::clone(&old.parsed),
                        ..*old
                    });
                }
                _ => self.next += 1,
            }
        }
        None
    }

    /// What a piece declares that was there before, though perhaps not as a piece that ended for
    /// the same reason.
    fn same(&self, piece: &Piece, pragmas: Pragmas) -> Option<Arc<Parsed>> {
        let range = &piece.range;
        let was = |at: usize| match at.checked_sub(self.new_end) {
            Some(behind) => self.changed.end + behind,
            None => at,
        };
        if range.start < self.new_end && range.end > self.changed.start {
            return None;
        }
        let start = was(range.start);
        let at = self.pieces.binary_search_by_key(&start, |old| old.piece.range.start).ok()?;
        let old = &self.pieces[at];
        let is_same = old.piece.range.len() == range.len()
            && (old.piece.range.end <= self.changed.start || start >= self.changed.end)
            && old.pragmas == pragmas
            && old.piece.is_decl == piece.is_decl;
        is_same.then(|| Arc::clone(&old.parsed))
    }

    /// The declarations of the pieces that the edit touched.
    fn replaced(&self) -> Known {
        let touched = self.pieces.iter().filter(|old| {
            let range = &old.piece.range;
            range.start <= self.changed.end && range.end >= self.changed.start
        });
        let decls = touched.flat_map(|old| &old.parsed.decls);
        decls.map(|at| ((at.decl.hash, at.decl.len), Arc::clone(&at.decl))).collect()
    }
}

/// What has been replaced in the old text, and where that ends in the new one.
fn changed_range(old: &[u8], new: &[u8]) -> (Range<usize>, usize) {
    let prefix = common_prefix(old, new);
    let most = old.len().min(new.len()) - prefix;
    let suffix = common_suffix(&old[old.len() - most..], &new[new.len() - most..]);
    (prefix..old.len() - suffix, new.len() - suffix)
}

/// So many bytes are compared at once.
const BLOCK: usize = 1024;

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK));
    let at = blocks.take_while(|(a, b)| a == b).count() * BLOCK;
    at + a[at..].iter().zip(&b[at..]).take_while(|(a, b)| a == b).count()
}

/// For slices of one length.
fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.rchunks_exact(BLOCK).zip(b.rchunks_exact(BLOCK));
    let at = blocks.take_while(|(a, b)| a == b).count() * BLOCK;
    let (a, b) = (&a[..a.len() - at], &b[..b.len() - at]);
    at + a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}
