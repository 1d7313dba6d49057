//! tree-sitter's parse of one declaration.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, ParseState, Parser, Point, Tree};

use super::kinds::language;

/// How many hundreds of steps the parser may take to make sense of a text with errors: so many, and
/// one more for each [`BYTES_PER_STEP`] bytes. Its search grows faster than the text.
const STEPS: usize = 500;
const BYTES_PER_STEP: usize = 20;

thread_local! {
    static PARSER: RefCell<Option<Parser>> = RefCell::new(parser());
}

fn parser() -> Option<Parser> {
    let mut parser = Parser::new();
    parser.set_language(language()).ok()?;
    Some(parser)
}

/// Parses a text, with a line feed put at its end; `None` if it has errors of which no sense can be made.
pub(super) fn parse(text: &[u8]) -> Option<Tree> {
    let mut left = STEPS + text.len() / BYTES_PER_STEP;
    let mut progress = |state: &ParseState| {
        left -= usize::from(state.has_error() && left > 0);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    PARSER.with_borrow_mut(|parser| {
        let parser = parser.as_mut()?;
        parser.reset();
        let options = ParseOptions::new().progress_callback(&mut progress);
        let mut read = |at: usize, _: Point| match at.cmp(&text.len()) {
            Ordering::Less => &text[at..],
            Ordering::Equal => b"\n",
            Ordering::Greater => &[],
        };
        parser.parse_with_options(&mut read, None, Some(options))
    })
}
