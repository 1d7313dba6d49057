//! The command as it is installed, built where the tests find it.

fn main() -> std::process::ExitCode {
    // A user's own cache is none of a test's affairs.
    server::cli::main(server::cache::Cache::named())
}
