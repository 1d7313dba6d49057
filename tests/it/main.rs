//! The integration tests: one binary, one module for each way of testing.

mod cli;
mod constant_oracle;
mod escape;
mod fixes;
mod ir_oracle;
mod loader;
mod loader_oracle;
mod lsp;
mod types_corpus;
mod types_oracle;
mod types_world;
