//! From text that was made back to the text it was made from.

/// Which text came from where: stretches in order, without gaps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceMap {
    stretches: Vec<Stretch>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    /// Its first byte in the text made.
    at: u32,
    /// Its first byte in the user's text.
    from: u32,
    /// Whether it is the user's own text; if not, all of it stands for one byte there.
    copied: bool,
}

impl SourceMap {
    /// The stretch that a byte of the text made is in.
    fn stretch(&self, offset: u32) -> Option<Stretch> {
        let after = self.stretches.partition_point(|stretch| stretch.at <= offset);
        after.checked_sub(1).map(|at| self.stretches[at])
    }

    /// Whether a byte of the text made is the user's own.
    pub fn is_own(&self, offset: u32) -> bool {
        self.stretch(offset).is_none_or(|stretch| stretch.copied)
    }

    /// Where a byte of the text made stands in the user's text.
    pub fn origin(&self, offset: u32) -> u32 {
        match self.stretch(offset) {
            Some(Stretch { at, from, copied: true }) => from + (offset - at),
            Some(Stretch { from, .. }) => from,
            None => offset,
        }
    }
}

/// Text in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct Made {
    pub(super) text: String,
    pub(super) map: SourceMap,
}

impl Made {
    /// Text of the user.
    pub(super) fn copy(&mut self, text: &str, from: usize) {
        self.push(text, from, true);
    }

    /// Text that stands for a byte of the user's.
    pub(super) fn write(&mut self, text: &str, from: usize) {
        self.push(text, from, false);
    }

    fn push(&mut self, text: &str, from: usize, copied: bool) {
        if !text.is_empty() {
            let at = self.text.len() as u32;
            self.map.stretches.push(Stretch { at, from: from as u32, copied });
            self.text.push_str(text);
        }
    }

    /// More text that was made.
    pub(super) fn append(&mut self, other: &Made) {
        let shift = self.text.len() as u32;
        let stretches = other.map.stretches.iter();
        self.map.stretches.extend(stretches.map(|one| Stretch { at: one.at + shift, ..*one }));
        self.text.push_str(&other.text);
    }
}
