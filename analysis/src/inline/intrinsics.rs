//! Functions that the compiler replaces by instructions: calls of them count like an operator and
//! are never inlined.
//!
//! The table is a fact of the compiler: `cmd/compile/internal/ssagen/intrinsics.go`, as its test
//! spells it out for each processor. `GOAMD64` and the like change how an intrinsic is compiled,
//! not whether it is one.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::ir::func::{FuncId, FuncKey};
use crate::release::{Arch, Release, Target};
use crate::symbol::Symbol;

/// For each function, by package path and name, a bit for each processor: for 1.26 and for 1.27.
type Table = FxHashMap<(Symbol, Symbol), (u32, u32)>;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let lines = include_str!("intrinsics.txt").lines().filter(|line| !line.starts_with('#'));
    let mut table = Table::default();
    for line in lines {
        let mut words = line.split_ascii_whitespace();
        let (Some(package), Some(name)) = (words.next(), words.next()) else { continue };
        let (mut go1_26, mut go1_27) = (0, 0);
        for word in words {
            let bit = |name| Arch::from_goarch(name).map_or(0, |arch| 1 << arch as u32);
            match word.split_at(1) {
                ("+", arch) => go1_27 |= bit(arch),
                ("-", arch) => go1_26 |= bit(arch),
                _ => {
                    go1_26 |= bit(word);
                    go1_27 |= bit(word);
                }
            }
        }
        table.insert((Symbol::new(package), Symbol::new(name)), (go1_26, go1_27));
    }
    table
});

/// Whether calls of `func` become instructions.
///
/// Upstream: `ssagen/intrinsics.go`, `findIntrinsic`.
pub fn is_intrinsic(func: FuncId, target: Target) -> bool {
    let (package, name) = match func.key() {
        FuncKey::Declared(def) | FuncKey::Shaped(def, _) | FuncKey::Instance(def, _) => {
            // No method is among them.
            if def.parent.is_some() {
                return false;
            }
            (def.package.path, def.name)
        }
        FuncKey::Runtime(name) => (Symbol::new("runtime"), *name),
        FuncKey::MethodWrapper { .. }
        | FuncKey::MethodValue { .. }
        | FuncKey::Init(_)
        | FuncKey::MapInit(..) => return false,
    };
    if target.race && package.as_str() == "sync/atomic" {
        return false;
    }
    let Some(&(go1_26, go1_27)) = TABLE.get(&(package, name)) else { return false };
    let archs = if target.release >= Release::Go1_27 { go1_27 } else { go1_26 };
    archs & (1 << target.arch as u32) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ty::{DefId, PkgId};

    fn intrinsic(package: &str, name: &str, target: Target) -> bool {
        let def = DefId::new(PkgId::new(package), Symbol::new(name));
        is_intrinsic(FuncId::declared(def), target)
    }

    #[test]
    fn trailing_zeros_is_an_instruction_and_its_neighbours_are_calls() {
        assert!(intrinsic("math/bits", "TrailingZeros64", Target::DEFAULT));
        assert!(!intrinsic("math/bits", "Rem64", Target::DEFAULT));
        assert!(!intrinsic("mine", "TrailingZeros64", Target::DEFAULT));
    }

    #[test]
    fn atomics_are_calls_under_the_race_detector() {
        assert!(intrinsic("sync/atomic", "AddInt64", Target::DEFAULT));
        assert!(!intrinsic("sync/atomic", "AddInt64", Target { race: true, ..Target::DEFAULT }));
    }

    #[test]
    fn an_intrinsic_may_come_and_go_with_a_release() {
        let old = Target { release: Release::Go1_26, ..Target::DEFAULT };
        assert!(intrinsic("internal/runtime/math", "Mul64", old));
        assert!(!intrinsic("internal/runtime/math", "Mul64", Target::DEFAULT));
    }
}
