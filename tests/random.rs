//! What storms of edits are made of.

/// Numbers that look random and are the same in every run (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The numbers that begin with a seed.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number less than `limit`, or 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit.max(1) as u64) as usize
    }

    /// Yes once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// A place in a text, between characters.
    pub fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// Something to type: one of `sound`, or a fragment that breaks most texts.
    pub fn typed(&mut self, sound: &[&'static str]) -> &'static str {
        let at = self.below(sound.len() + FRAGMENTS.len());
        sound.get(at).copied().unwrap_or_else(|| FRAGMENTS[at - sound.len()])
    }
}

/// What is left of Go while it is typed, and where its text is easily misread.
pub const FRAGMENTS: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "'",
    "`",
    "/* ",
    " */",
    "// Übung 😀\n",
    "//go:noinline\n",
    "\n",
    "\n\n",
    "\r\n",
    ";",
    "x",
    " ",
    ".",
    ", ",
    " := ",
    "*",
    "&",
    "[]",
    "é",
    "😀",
    "func ",
    "func (",
    "if x {",
    "return ",
    "import \"errors\"\n",
    "\n<<<<<<< HEAD\n",
    "\n=======\n",
    "\nfunc f(",
    "\nfunc f() {\n",
];
