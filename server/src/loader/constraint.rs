//! Build constraints: which files belong to a build.
//!
//! A [`Context`] knows which tags hold. It decides by a file's name (`x_linux.go`) and by the
//! `//go:build` or `// +build` lines above its package clause.
//!
//! Expressions are evaluated while they are read; no tree is made. Their nesting is bounded by
//! [`MAX_SIZE`], so reading them cannot exhaust the stack.
//!
//! Upstream: `go/build/constraint`, `go/build/build.go` (`shouldBuild`, `matchTag`,
//! `goodOSArchFile`), `internal/syslist`.

use rustc_hash::FxHashSet;

/// Names that a file's suffix may use for an operating system. Upstream: `syslist.KnownOS`.
const KNOWN_OS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

/// The systems that the tag `unix` stands for. Upstream: `syslist.UnixOS`.
const UNIX_OS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "linux",
    "netbsd",
    "openbsd",
    "solaris",
];

/// Names that a file's suffix may use for a processor. Upstream: `syslist.KnownArch`.
const KNOWN_ARCH: &[&str] = &[
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// How many operators and tags one expression may have. Upstream: `constraint.maxSize`.
const MAX_SIZE: u32 = 1000;

/// Which tags hold in a build.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// `GOOS`.
    pub goos: String,
    /// `GOARCH`.
    pub goarch: String,
    /// Whether cgo is on.
    pub cgo: bool,
    /// The minor version of the toolchain: all of `go1.1` to `go1.N` hold.
    pub release: u16,
    /// The tags of `-tags` and those of the toolchain: `goexperiment.x`, `amd64.v1`, `race`.
    pub tags: FxHashSet<String>,
}

impl Context {
    /// Whether the tag `name` holds.
    pub fn matches_tag(&self, name: &str) -> bool {
        if (name == "cgo" && self.cgo) || name == self.goos || name == self.goarch || name == "gc" {
            return true;
        }
        match (self.goos.as_str(), name) {
            ("android", "linux") | ("illumos", "solaris") | ("ios", "darwin") => return true,
            (goos, "unix") if UNIX_OS.contains(&goos) => return true,
            _ => {}
        }
        let name = if name == "boringcrypto" { "goexperiment.boringcrypto" } else { name };
        self.tags.contains(name) || self.is_release_tag(name)
    }

    fn is_release_tag(&self, name: &str) -> bool {
        let Some(digits) = name.strip_prefix("go1.") else { return false };
        !digits.starts_with(['0', '+'])
            && digits.parse::<u16>().is_ok_and(|minor| minor <= self.release)
    }

    /// Whether the name of a file lets it into the build: `x_windows_amd64_test.go` needs both.
    pub fn matches_name(&self, name: &str) -> bool {
        let stem = name.split('.').next().unwrap_or(name);
        // `linux.go` is no constraint: only what follows the first underscore counts.
        let Some(at) = stem.find('_') else { return true };
        let mut parts: Vec<&str> = stem[at..].split('_').collect();
        if parts.last() == Some(&"test") {
            parts.pop();
        }
        match parts.as_slice() {
            [.., os, arch] if KNOWN_OS.contains(os) && KNOWN_ARCH.contains(arch) => {
                self.matches_tag(os) && self.matches_tag(arch)
            }
            [.., last] if KNOWN_OS.contains(last) || KNOWN_ARCH.contains(last) => {
                self.matches_tag(last)
            }
            _ => true,
        }
    }

    /// Whether the comments at the beginning of a file let it into the build.
    pub fn matches_comments(&self, header: &[u8]) -> Result<bool, String> {
        let lines = constraint_lines(header)?;
        match lines.go_build {
            Some(line) => self.matches_go_build(line),
            None => Ok(lines.plus_build.iter().all(|text| self.matches_plus_build(text))),
        }
    }

    /// Evaluates the text behind `//go:build`.
    fn matches_go_build(&self, text: &str) -> Result<bool, String> {
        let mut reader = Reader { text, at: 0, size: 0, context: self };
        let value = reader.or().and_then(|value| match reader.peek()? {
            Token::End => Ok(value),
            token => Err(format!("unexpected token {}", token.text())),
        });
        value.map_err(|problem| format!("parsing //go:build line: {problem}"))
    }

    /// Evaluates the text behind `+build`: any of the fields, all of the parts between commas.
    fn matches_plus_build(&self, text: &str) -> bool {
        // What is no tag stands for `ignore`, which nobody sets.
        let tag = |name: &str| {
            self.matches_tag(if name.chars().all(is_tag_char) && !name.is_empty() {
                name
            } else {
                "ignore"
            })
        };
        text.split_whitespace().any(|field| {
            field.split(',').all(|part| match part.strip_prefix('!') {
                Some(rest) if rest.is_empty() || rest.starts_with('!') => tag("ignore"),
                Some(rest) => !tag(rest),
                None => tag(part),
            })
        })
    }
}

fn is_tag_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

/// The constraints at the beginning of a file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lines<'a> {
    go_build: Option<&'a str>,
    plus_build: Vec<&'a str>,
}

/// Finds the constraint lines. `//go:build` counts anywhere above the first code; `// +build` only
/// within the leading `//` comments, and only if a blank line follows.
fn constraint_lines(header: &[u8]) -> Result<Lines<'_>, String> {
    let mut lines = Lines::default();
    let mut pending = Vec::new();
    let mut leading = true;
    let mut in_comment = false;
    for line in header.split(|byte| *byte == b'\n') {
        let mut line = line.trim_ascii();
        if line.is_empty() && leading {
            lines.plus_build.append(&mut pending);
            continue;
        }
        if !line.starts_with(b"//") {
            leading = false;
        }
        if !in_comment
            && let Some(text) = go_build_text(line)
            && lines.go_build.replace(text).is_some()
        {
            return Err("multiple //go:build comments".to_owned());
        }
        if leading && let Some(text) = plus_build_text(line) {
            pending.push(text);
        }
        while !line.is_empty() {
            if in_comment {
                let Some(end) = line.windows(2).position(|pair| pair == b"*/") else { break };
                in_comment = false;
                line = line[end + 2..].trim_ascii();
            } else if line.starts_with(b"//") {
                break;
            } else if line.starts_with(b"/*") {
                in_comment = true;
                line = line[2..].trim_ascii();
            } else {
                return Ok(lines);
            }
        }
    }
    Ok(lines)
}

fn go_build_text(line: &[u8]) -> Option<&str> {
    let rest = line.strip_prefix(b"//go:build")?;
    let separated = rest.first().is_none_or(u8::is_ascii_whitespace);
    if separated { std::str::from_utf8(rest).ok().map(str::trim) } else { None }
}

fn plus_build_text(line: &[u8]) -> Option<&str> {
    let rest = line.strip_prefix(b"//")?.trim_ascii().strip_prefix(b"+build")?;
    let separated = rest.first().is_none_or(u8::is_ascii_whitespace);
    if separated { std::str::from_utf8(rest).ok().map(str::trim) } else { None }
}

/// Reads one `//go:build` expression, evaluating it.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    size: u32,
    context: &'a Context,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Open,
    Close,
    Not,
    And,
    Or,
    Tag(&'a str),
    End,
}

impl<'a> Token<'a> {
    fn text(self) -> &'a str {
        match self {
            Token::Open => "(",
            Token::Close => ")",
            Token::Not => "!",
            Token::And => "&&",
            Token::Or => "||",
            Token::Tag(tag) => tag,
            Token::End => "end of line",
        }
    }
}

impl<'a> Reader<'a> {
    fn or(&mut self) -> Result<bool, String> {
        let mut value = self.and()?;
        while self.eat(Token::Or)? {
            // Not short-circuited: the right side has to be read.
            value |= self.and()?;
        }
        Ok(value)
    }

    fn and(&mut self) -> Result<bool, String> {
        let mut value = self.not()?;
        while self.eat(Token::And)? {
            value &= self.not()?;
        }
        Ok(value)
    }

    fn not(&mut self) -> Result<bool, String> {
        if !self.eat(Token::Not)? {
            return self.atom();
        }
        if self.peek()? == Token::Not {
            return Err("double negation not allowed".to_owned());
        }
        Ok(!self.atom()?)
    }

    fn atom(&mut self) -> Result<bool, String> {
        if self.eat(Token::Open)? {
            let value = self.or()?;
            return if self.eat(Token::Close)? {
                Ok(value)
            } else {
                Err("missing close paren".into())
            };
        }
        match self.next()? {
            Token::Tag(tag) => Ok(self.context.matches_tag(tag)),
            token => Err(format!("unexpected token {}", token.text())),
        }
    }

    fn eat(&mut self, wanted: Token<'_>) -> Result<bool, String> {
        let found = self.peek()? == wanted;
        if found {
            self.next()?;
        }
        Ok(found)
    }

    fn peek(&mut self) -> Result<Token<'a>, String> {
        let (at, size) = (self.at, self.size);
        let token = self.next();
        (self.at, self.size) = (at, size);
        token
    }

    fn next(&mut self) -> Result<Token<'a>, String> {
        self.size += 1;
        if self.size > MAX_SIZE {
            return Err("build expression too large".to_owned());
        }
        let rest = self.text[self.at..].trim_start_matches([' ', '\t']);
        self.at = self.text.len() - rest.len();
        let (token, len) = match rest.chars().next() {
            None => (Token::End, 0),
            Some('(') => (Token::Open, 1),
            Some(')') => (Token::Close, 1),
            Some('!') => (Token::Not, 1),
            Some('&') if rest.starts_with("&&") => (Token::And, 2),
            Some('|') if rest.starts_with("||") => (Token::Or, 2),
            Some(c) => {
                let len = rest.find(|c| !is_tag_char(c)).unwrap_or(rest.len());
                if len == 0 {
                    return Err(format!("invalid syntax at {c}"));
                }
                (Token::Tag(&rest[..len]), len)
            }
        };
        self.at += len;
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linux() -> Context {
        Context {
            goos: "linux".into(),
            goarch: "amd64".into(),
            cgo: true,
            release: 27,
            tags: ["mytag", "goexperiment.regabiargs"].map(String::from).into_iter().collect(),
        }
    }

    fn holds(line: &str) -> Result<bool, String> {
        linux().matches_comments(format!("{line}\n\npackage p\n").as_bytes())
    }

    #[test]
    fn go_build_lines_are_boolean_expressions_over_tags() {
        for (line, expected) in [
            ("//go:build linux", true),
            ("//go:build linux && !cgo", false),
            ("//go:build (darwin || linux) && amd64", true),
            ("//go:build unix && gc && go1.27 && !go1.28", true),
            ("//go:build mytag || nothing", true),
            ("//go:build goexperiment.regabiargs", true),
            ("//go:build ignore", false),
            ("//go:build go1.027", false),
            ("/* note */ //go:build ignore", true),
            ("//go:buildignore", true),
        ] {
            assert_eq!(holds(line), Ok(expected), "{line}");
        }
    }

    #[test]
    fn a_broken_go_build_line_is_an_error() {
        for (line, problem) in [
            ("//go:build", "unexpected token end of line"),
            ("//go:build linux &", "invalid syntax at &"),
            ("//go:build !!linux", "double negation not allowed"),
            ("//go:build (linux", "missing close paren"),
            ("//go:build linux amd64", "unexpected token amd64"),
        ] {
            assert_eq!(holds(line), Err(format!("parsing //go:build line: {problem}")), "{line}");
        }
        assert!(holds(&format!("//go:build {}", "(".repeat(100_000))).is_err());
        assert!(holds("//go:build linux\n//go:build amd64").is_err());
    }

    #[test]
    fn plus_build_lines_count_without_a_go_build_line_and_before_a_blank_line() {
        assert_eq!(holds("// +build darwin linux,amd64"), Ok(true));
        assert_eq!(holds("// +build !linux"), Ok(false));
        assert_eq!(holds("// +build linux\n// +build ignore"), Ok(false));
        assert_eq!(holds("//go:build linux\n// +build ignore"), Ok(true));
        assert_eq!(linux().matches_comments(b"// +build ignore\npackage p\n"), Ok(true));
        assert_eq!(linux().matches_comments(b"//go:build ignore\npackage p\n"), Ok(false));
    }

    #[test]
    fn names_of_files_constrain_by_their_last_parts() {
        for (name, expected) in [
            ("a.go", true),
            ("linux.go", true),
            ("a_windows.go", false),
            ("a_linux.go", true),
            ("a_linux_arm64.go", false),
            ("a_linux_amd64_test.go", true),
            ("a_windows_test.go", false),
            ("a_windows_b.go", true),
            ("a_arm.s", false),
            ("a_unix.go", true),
            ("a_linux.1_windows.go", true),
        ] {
            assert_eq!(linux().matches_name(name), expected, "{name}");
        }
        let android = Context { goos: "android".into(), ..linux() };
        assert!(android.matches_name("a_linux.go"));
    }
}
