//! What the integration tests share. The tests themselves are one binary, `it/main.rs`.

pub mod editor;
pub mod folder;
pub mod random;
