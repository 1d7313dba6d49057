//! What a user is told: decisions turned into findings, hints and the compiler's own lines.
//!
//! Everything here is in byte offsets and plain strings; editors' protocols are not known.

mod cause;
mod codes;
pub mod finding;
mod functions;
pub mod gc;
pub mod report;
mod size_class;
mod source;
mod teller;
mod words;

#[cfg(test)]
mod tests;
