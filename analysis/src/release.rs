//! What the rules depend on besides the source: the release of Go and the machine compiled for.

use std::fmt;

/// A release of Go whose compiler's rules are known, oldest first: write
/// `release >= Release::Go1_27` for what holds since 1.27.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    /// Go 1.26.
    Go1_26,
    /// Go 1.27.
    Go1_27,
}

impl Release {
    /// The newest release whose rules are known.
    pub const NEWEST: Release = Release::Go1_27;

    /// The newest language version that its compiler takes.
    pub fn language(self) -> GoVersion {
        match self {
            Release::Go1_26 => GoVersion::new(26),
            Release::Go1_27 => GoVersion::new(27),
        }
    }

    /// The rules for a toolchain that calls itself `version` (`go1.27.3`, `go1.28rc1`,
    /// `devel go1.29-abc`): those of its release, or of the nearest one known. The flag says
    /// whether the release is known.
    pub fn of_toolchain(version: &str) -> (Release, bool) {
        match GoVersion::parse(version) {
            Some(v) if v.minor < 26 => (Release::Go1_26, false),
            Some(GoVersion { minor: 26, .. }) => (Release::Go1_26, true),
            Some(GoVersion { minor: 27, .. }) => (Release::Go1_27, true),
            _ => (Release::NEWEST, false),
        }
    }
}

/// `go1.27`.
impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GoVersion { major, minor } = self.language();
        write!(f, "go{major}.{minor}")
    }
}

/// A version of the Go language, as in a `go` line of go.mod or a `//go:build go1.21` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoVersion {
    /// Always 1 so far.
    pub major: u16,
    /// The release: 27 for Go 1.27.
    pub minor: u16,
}

impl GoVersion {
    /// The version `1.minor`.
    pub const fn new(minor: u16) -> GoVersion {
        GoVersion { major: 1, minor }
    }

    /// Reads `1.21`, `go1.21.3`, `go1.27rc1` or a longer text with such a word in it; patch
    /// numbers and suffixes do not matter to the language.
    pub fn parse(text: &str) -> Option<GoVersion> {
        let text = text.find("go1").map_or(text, |at| &text[at + 2..]);
        let (major, rest) = text.split_once('.').unwrap_or((text, "0"));
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        Some(GoVersion { major: major.parse().ok()?, minor: rest[..digits].parse().ok()? })
    }
}

/// The processor compiled for, as `GOARCH` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of GOARCH")]
pub enum Arch {
    I386,
    Amd64,
    Arm,
    Arm64,
    Loong64,
    Mips,
    Mipsle,
    Mips64,
    Mips64le,
    Ppc64,
    Ppc64le,
    Riscv64,
    S390x,
    Wasm,
}

impl Arch {
    /// The processor that `GOARCH=name` names.
    pub fn from_goarch(name: &str) -> Option<Arch> {
        Some(match name {
            "386" => Arch::I386,
            "amd64" => Arch::Amd64,
            "arm" => Arch::Arm,
            "arm64" => Arch::Arm64,
            "loong64" => Arch::Loong64,
            "mips" => Arch::Mips,
            "mipsle" => Arch::Mipsle,
            "mips64" => Arch::Mips64,
            "mips64le" => Arch::Mips64le,
            "ppc64" => Arch::Ppc64,
            "ppc64le" => Arch::Ppc64le,
            "riscv64" => Arch::Riscv64,
            "s390x" => Arch::S390x,
            "wasm" => Arch::Wasm,
            _ => return None,
        })
    }

    /// The size of a pointer in bytes (`cmd/compile/internal/types.PtrSize`).
    pub fn ptr_size(self) -> i64 {
        match self {
            Arch::I386 | Arch::Arm | Arch::Mips | Arch::Mipsle => 4,
            _ => 8,
        }
    }

    /// The largest alignment that gc gives 64-bit numbers (`types.RegSize`).
    pub fn reg_size(self) -> i64 {
        self.ptr_size()
    }
}

/// Everything about a build, besides the sources, that changes what the compiler decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    /// Whose rules.
    pub release: Release,
    /// The processor compiled for.
    pub arch: Arch,
    /// `-l`: no inlining.
    pub no_inline: bool,
    /// `-N`: no optimisation.
    pub no_optimize: bool,
    /// `-race`.
    pub race: bool,
    /// `-d=checkptr`, which `-race`, `-msan` and `-asan` imply.
    pub checkptr: bool,
    /// What holds for packages that are not asked about: `-gcflags` reaches them only if it is
    /// meant for all.
    pub elsewhere: Elsewhere,
}

/// The flags of the compiler for packages that are not asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Elsewhere {
    /// `-l`.
    pub no_inline: bool,
    /// `-N`.
    pub no_optimize: bool,
    /// `-d=checkptr`.
    pub checkptr: bool,
}

impl Target {
    /// A plain build for amd64 with the newest known release.
    pub const DEFAULT: Target = Target {
        release: Release::NEWEST,
        arch: Arch::Amd64,
        no_inline: false,
        no_optimize: false,
        race: false,
        checkptr: false,
        elsewhere: Elsewhere { no_inline: false, no_optimize: false, checkptr: false },
    };

    /// The build as packages see it that are not asked about.
    #[must_use]
    pub fn elsewhere(self) -> Target {
        let Elsewhere { no_inline, no_optimize, checkptr } = self.elsewhere;
        Target { no_inline, no_optimize, checkptr, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_go_mod_and_from_toolchain_names() {
        assert_eq!(GoVersion::parse("1.21"), Some(GoVersion::new(21)));
        assert_eq!(GoVersion::parse("go1.27.3"), Some(GoVersion::new(27)));
        assert_eq!(GoVersion::parse("1.27rc1"), Some(GoVersion::new(27)));
        assert_eq!(GoVersion::parse("go version go1.26.8 linux/amd64"), Some(GoVersion::new(26)));
        assert_eq!(GoVersion::parse("1"), Some(GoVersion::new(0)));
        assert_eq!(GoVersion::parse("tip"), None);
    }

    #[test]
    fn an_unknown_release_gets_the_nearest_rules() {
        assert_eq!(Release::of_toolchain("go1.27.3"), (Release::Go1_27, true));
        assert_eq!(Release::of_toolchain("go1.26.8"), (Release::Go1_26, true));
        assert_eq!(Release::of_toolchain("go1.31.0"), (Release::NEWEST, false));
        assert_eq!(Release::of_toolchain("go1.25.9"), (Release::Go1_26, false));
        assert_eq!(Release::of_toolchain("devel go1.27-0123abc"), (Release::Go1_27, true));
    }
}
