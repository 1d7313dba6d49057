//! The integration tests: one binary, one module for each way of testing.

mod ast_dump;
mod ast_oracle;
mod cache;
mod cgo;
mod cli;
mod conformance;
mod constant_oracle;
mod escape;
mod fixes;
mod fixes_oracle;
mod incremental;
mod inline;
mod instances;
mod ir_oracle;
mod loader;
mod loader_oracle;
mod lsp;
mod mutation;
mod settings;
mod storm;
mod syntax_edits;
mod types_corpus;
mod types_oracle;
mod types_world;
