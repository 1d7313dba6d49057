//! The compiler's intermediate representation: what it counts, inlines and analyses.
//!
//! One IR serves the cost model, the inliner and escape analysis, as in the compiler. It is what
//! the unified IR reader gives the compiler's middle end: implicit conversions are nodes, dead
//! statements are gone, temporaries have names.

pub mod alg;
pub mod bloop;
pub mod bounds;
pub mod build;
pub mod closure_name;
pub mod deadlocals;
pub mod dump;
pub mod facts;
pub mod fmt;
pub mod func;
pub mod loopvar;
pub mod lower;
pub mod node;
pub mod reassign;
pub mod scc;
pub mod staticinit;
pub mod values;
