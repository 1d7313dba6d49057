//! A file's text with tree-sitter's tree of it.

use std::ops::Range;
use std::sync::Arc;

use tree_sitter::{InputEdit, Parser, Point, Tree};

use super::kinds::language;
use super::repair::{self, Masked};

/// The longest file that is looked at, in bytes.
const MAX_LEN: usize = 256 << 20;

/// A text and its tree. An edit makes a new one that shares what it can with the old.
///
/// The tree is that of a masked text of equal length, in which Go that the grammar does not know
/// is covered up: see `repair`. Offsets are the same in both; text is always read from the
/// original.
#[derive(Debug, Clone)]
pub struct SourceTree {
    text: Arc<str>,
    masked: Masked,
    tree: Option<Tree>,
}

impl SourceTree {
    /// Parses a text.
    pub fn parse(text: Arc<str>) -> SourceTree {
        let masked = repair::mask(&text);
        let tree = if text.len() > MAX_LEN { None } else { parse(masked.text(&text), None) };
        SourceTree { text, masked, tree }
    }

    /// Parses a text that has come from this one, looking only at what differs.
    pub fn edit(&self, text: Arc<str>) -> SourceTree {
        let Some(tree) = &self.tree else { return SourceTree::parse(text) };
        if text.len() > MAX_LEN {
            return SourceTree::parse(text);
        }
        let masked = repair::mask(&text);
        let (old, new) = (self.masked.text(&self.text), masked.text(&text));
        let changed = changed_range(old, new);
        let mut tree = tree.clone();
        if let Some((old_range, new_end)) = changed {
            // Rows and columns are not used; offsets in one long line keep them in order.
            let point = |at| Point::new(0, at);
            tree.edit(&InputEdit {
                start_byte: old_range.start,
                old_end_byte: old_range.end,
                new_end_byte: new_end,
                start_position: point(old_range.start),
                old_end_position: point(old_range.end),
                new_end_position: point(new_end),
            });
        }
        let tree = parse(new, Some(&tree));
        SourceTree { text, masked, tree }
    }

    /// The text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The tree; `None` if the text is too long.
    pub(super) fn tree(&self) -> Option<&Tree> {
        self.tree.as_ref()
    }

    /// The text as the grammar sees it.
    pub(super) fn masked(&self) -> &[u8] {
        self.masked.text(&self.text)
    }

    /// The type parameter lists of methods, which are covered up.
    pub(super) fn method_tparams(&self) -> &[Range<u32>] {
        &self.masked.method_tparams
    }
}

/// Parses a text, given the edited tree of the one before.
pub(super) fn parse(text: &[u8], old: Option<&Tree>) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(language()).ok()?;
    parser.parse(text, old)
}

/// What has been replaced in the old text, and where that ends in the new one.
fn changed_range(old: &[u8], new: &[u8]) -> Option<(Range<usize>, usize)> {
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    if prefix == old.len() && prefix == new.len() {
        return None;
    }
    let most = old.len().min(new.len()) - prefix;
    let tails = old.iter().rev().zip(new.iter().rev()).take(most);
    let suffix = tails.take_while(|(a, b)| a == b).count();
    Some((prefix..old.len() - suffix, new.len() - suffix))
}
