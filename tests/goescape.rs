//! The command as it is installed, built where the tests find it.

fn main() -> std::process::ExitCode {
    server::cli::main()
}
