//! The command line: what its parts are called, and which code runs them.
//!
//! Results go to stdout; progress, problems and the log go to stderr. Exit codes: 0, or 1 where a
//! flag asks for it and something was found, or 2 when the work could not be done.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use camino::Utf8PathBuf;
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::cache::{self, Cache};
use crate::loader::LoadError;
use crate::world::STACK_SIZE;

mod analyse;
mod check;
mod doctor;
mod explain;
mod gc_text;
mod json;
mod pretty;
mod project;
mod text;
mod verify;
mod verify_lines;

/// The version, and whose rules are known.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (rules of Go 1.26 and 1.27)");

const EXAMPLES: &str = "\
Examples:
  goescape check                         heap allocations of the module you are in
  goescape check --format=gc ./... | less
                                         what `go build -gcflags=-m ./...` prints
  goescape explain server.go:42:10       everything known about one place
  goescape verify std                    compare with the installed compiler
  goescape lsp                           what an editor starts
  goescape completions bash > /etc/bash_completion.d/goescape";

const CHECK_EXAMPLES: &str = "\
Examples:
  goescape check ./internal/... --tests
  goescape check --exit-code ./...       exit 1 if anything is on the heap
  goescape check --format=json | jq -r 'select(.size > 1024) | .reason'
  goescape check --format=gc --detail=2 net/http
                                         as `go build -gcflags=-m=2 net/http`
  GOOS=windows goescape check --tags=integration main.go";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  goescape explain server.go:42          what is decided on this line
  goescape explain server.go:42:10       what is decided at this place
  goescape explain closure-capture       what this code means, what helps";

const VERIFY_EXAMPLES: &str = "\
Examples:
  goescape verify ./...
  goescape verify --list --class=heap net/http
                                         each difference: - missed, + invented
  goescape verify --at-least=99.5 std    exit 1 below 99.5 %";

/// Shows what Go code allocates on the heap, and why: the compiler's own escape analysis, without
/// a build.
#[derive(Debug, Parser)]
#[command(name = "goescape", bin_name = "goescape", version = VERSION, after_help = EXAMPLES)]
#[command(max_term_width = 80)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Log to stderr: -v what is done, -vv each step.
    #[arg(short, long, action = ArgAction::Count, global = true)]
    verbose: u8,
    /// What to log to stderr: off, error, warn, info, debug or trace; per module as in
    /// `server=debug,analysis=info`.
    #[arg(long, global = true, value_name = "LEVEL")]
    log: Option<String>,
    /// Whether to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    Always,
    Never,
}

impl Color {
    fn on_stdout(self) -> bool {
        match self {
            Color::Auto => {
                let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                !unwanted && !dumb && std::io::stdout().is_terminal()
            }
            Color::Always => true,
            Color::Never => false,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the heap allocations of packages.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(check::CheckArgs),
    /// Tell everything known about a place, or what a code means.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(explain::ExplainArgs),
    /// Compare with the installed compiler, line by line.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(verify::VerifyArgs),
    /// Say which Go, which module and which rules are in force, and what is missing.
    Doctor(doctor::DoctorArgs),
    /// Print a script that completes this command in a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Serve an editor over stdin and stdout, in the language server protocol.
    Lsp {
        /// For editors that insist on saying so; stdin and stdout are used anyway.
        #[arg(long, hide = true)]
        stdio: bool,
    },
}

/// What decides which files are compiled and by whose rules.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Build")]
struct BuildArgs {
    /// Work in this directory.
    #[arg(short = 'C', value_name = "DIR")]
    dir: Option<Utf8PathBuf>,
    /// The go command, or the GOROOT of a Go distribution [default: go]
    #[arg(long, value_name = "PATH")]
    go: Option<Utf8PathBuf>,
    /// Build tags, separated by commas.
    #[arg(long, value_name = "TAGS")]
    tags: Option<String>,
    /// A flag of the go command on top of GOFLAGS, such as --build-flag=-race.
    #[arg(long = "build-flag", value_name = "FLAG", allow_hyphen_values = true)]
    build_flags: Vec<String>,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("cannot write: {0}")]
    Write(#[from] std::io::Error),
    #[error("{0}")]
    Other(String),
}

impl Failure {
    fn other(text: impl Into<String>) -> Failure {
        Failure::Other(text.into())
    }
}

/// What a command that has done its work has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Good,
    /// What a flag was told to fail on.
    Found,
    /// Some of it could not be done; why was said.
    Partly,
}

/// Runs the command that the process's arguments name, with summaries kept in `cache`.
pub fn main(cache: Option<Cache>) -> ExitCode {
    let cli = Cli::parse();
    start_log(&cli);
    cache::begin(cache);
    let colors = cli.color.on_stdout();
    let outcome = match cli.command {
        Command::Check(args) => check::run(&args, colors),
        Command::Explain(args) => explain::run(&args, colors),
        Command::Verify(args) => verify::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "goescape", &mut script);
            std::io::stdout().write_all(&script).map(|()| Outcome::Good).map_err(Failure::from)
        }
        Command::Lsp { stdio: _ } => return serve(),
    };
    match outcome {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(1),
        Ok(Outcome::Partly) => ExitCode::from(2),
        // Whoever reads has seen enough: `goescape check | head`.
        Err(Failure::Write(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(failure) => {
            complain(&format!("goescape: {failure}"));
            ExitCode::from(2)
        }
    }
}

fn serve() -> ExitCode {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .thread_stack_size(STACK_SIZE)
        // Two of them read stdin and write stdout.
        .max_blocking_threads(2 + 2 * cores)
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("goescape: cannot start threads: {error}"));
            return ExitCode::from(2);
        }
    };
    let code = runtime.block_on(crate::backend::serve(tokio::io::stdin(), tokio::io::stdout()));
    // A thread may still wait for input that never comes.
    runtime.shutdown_background();
    code
}

/// Writes a line to stderr.
fn complain(text: &str) {
    // There is nobody to tell that stderr is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn start_log(cli: &Cli) {
    let level = match cli.verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = match &cli.log {
        Some(filter) => EnvFilter::try_new(filter).unwrap_or_else(|error| {
            complain(&format!("goescape: --log={filter}: {error}; logging warnings"));
            EnvFilter::new("warn")
        }),
        None => EnvFilter::new(level),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal() && cli.color != Color::Never)
        .with_writer(std::io::stderr);
    // Only the first start counts; there is no other.
    let _ = log.try_init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
