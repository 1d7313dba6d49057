//! What stops a whole load. What is wrong with a single package is in its `errors`.

use camino::Utf8PathBuf;

/// Why nothing could be loaded. Every message names the file or the setting, and the way out.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The go command is not there.
    #[error(
        "cannot run `{command}`: {reason}; install Go, or name the go command or a GOROOT in the settings"
    )]
    NoGo {
        /// What was run.
        command: String,
        /// Why it did not work.
        reason: String,
    },
    /// The go command answered with an error.
    #[error("`{command}` failed: {message}")]
    GoEnv {
        /// What was run.
        command: String,
        /// What it wrote.
        message: String,
    },
    /// No Go distribution was found.
    #[error("no Go distribution found: {0}; install Go or set GOROOT")]
    NoGoroot(String),
    /// A setting has a value that the go command refuses.
    #[error("{setting}: {problem}")]
    Setting {
        /// The flag or variable with its value.
        setting: String,
        /// What is wrong, and what to do about it.
        problem: String,
    },
    /// The toolchain that go.mod asks for is not on this machine.
    #[error("{file} needs the toolchain {wanted}, which is not installed: {hint}")]
    Toolchain {
        /// The file whose `go` or `toolchain` line asks for it, or the setting.
        file: String,
        /// The toolchain.
        wanted: String,
        /// What to do about it.
        hint: String,
    },
    /// A file of the build could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not text.
    #[error("{0} is not UTF-8 text: Go source is; convert the file")]
    NotUtf8(Utf8PathBuf),
    /// go.mod, go.work or vendor/modules.txt cannot be understood.
    #[error("{path}:{line}: {message}")]
    Syntax {
        /// The file.
        path: Utf8PathBuf,
        /// The line, from 1.
        line: u32,
        /// What is wrong.
        message: String,
    },
    /// Neither a go.mod nor a go.work.
    #[error("no go.mod at or above {0}: run `go mod init` there, or name .go files")]
    NoModule(Utf8PathBuf),
    /// A dependency is not in the module cache.
    #[error("{module} is not in the module cache ({path} is missing): run `go mod download`")]
    NotDownloaded {
        /// Path and version.
        module: String,
        /// What was looked for.
        path: Utf8PathBuf,
    },
    /// The modules of the build contradict each other.
    #[error("{0}")]
    Modules(String),
    /// A pattern that cannot match.
    #[error("pattern {pattern}: {problem}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        problem: String,
    },
}
