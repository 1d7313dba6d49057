//! The `goescape` command.

fn main() -> std::process::ExitCode {
    server::cli::main(server::cache::Cache::of_user())
}
