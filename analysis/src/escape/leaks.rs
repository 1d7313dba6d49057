//! How parameters leak: the only thing that a caller reads of a function that it does not inline.
//!
//! A leak is the least number of dereferences on any way from the parameter to a sink.
//!
//! Upstream: `cmd/compile/internal/escape/leaks.go`.

use crate::ir::facts::{Leaks, NUM_ESC_RESULTS};

/// The largest number of dereferences that a leak can tell from the next. Upstream they are
/// stored, plus one, in a byte.
const MAX_DEREFS: i32 = 254;

/// What a parameter can leak to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sink {
    Heap,
    Mutator,
    Callee,
    Result(usize),
}

impl Leaks {
    /// Nothing flows anywhere, except that what the parameter points to may be written to and, if
    /// it is a function, called: `//go:noescape`.
    pub(super) const NOESCAPE: Leaks =
        Leaks { heap: None, mutator: Some(0), callee: Some(0), results: [None; NUM_ESC_RESULTS] };

    /// Adds a flow to `sink` with `derefs` dereferences, which are never negative.
    pub(super) fn add(&mut self, sink: Sink, derefs: i32) {
        let slot = match sink {
            Sink::Heap => &mut self.heap,
            Sink::Mutator => &mut self.mutator,
            Sink::Callee => &mut self.callee,
            Sink::Result(index) => &mut self.results[index],
        };
        let derefs = derefs.clamp(0, MAX_DEREFS) as u8;
        *slot = Some(slot.map_or(derefs, |known| known.min(derefs)));
    }

    /// These without the flows that are no shorter than the one to the heap, which they add
    /// nothing to.
    #[must_use]
    pub fn optimized(self) -> Leaks {
        let Some(heap) = self.heap else { return self };
        let shorter = |derefs: Option<u8>| derefs.filter(|&derefs| derefs < heap);
        Leaks {
            heap: self.heap,
            mutator: shorter(self.mutator),
            callee: shorter(self.callee),
            results: self.results.map(shorter),
        }
    }

    /// The flows in the order in which the compiler tries them.
    pub(super) fn sinks(self) -> impl Iterator<Item = (Sink, i32)> {
        let first =
            [(Sink::Heap, self.heap), (Sink::Mutator, self.mutator), (Sink::Callee, self.callee)];
        let results = (0..).map(Sink::Result).zip(self.results);
        first.into_iter().chain(results).filter_map(|(sink, d)| Some((sink, i32::from(d?))))
    }

    /// The tag that the compiler writes to export data; equal to that of an unknown function for
    /// a parameter that itself flows to the heap.
    pub fn encode(self) -> Vec<u8> {
        if self.heap == Some(0) {
            return Vec::new();
        }
        let slots = [self.heap, self.mutator, self.callee].into_iter().chain(self.results);
        let mut bytes: Vec<u8> = slots.map(|slot| slot.map_or(0, |derefs| derefs + 1)).collect();
        while bytes.last() == Some(&0) {
            bytes.pop();
        }
        [b"esc:".as_slice(), &bytes].concat()
    }

    /// Reads what [`Leaks::encode`] wrote; anything else means that nothing is known.
    pub fn decode(tag: &[u8]) -> Leaks {
        let Some(bytes) = tag.strip_prefix(b"esc:") else { return Leaks::UNKNOWN };
        let slot = |at: usize| bytes.get(at).and_then(|byte| byte.checked_sub(1));
        Leaks {
            heap: slot(0),
            mutator: slot(1),
            callee: slot(2),
            results: std::array::from_fn(|at| slot(3 + at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leak_keeps_the_shortest_way() {
        let mut leaks = Leaks::default();
        leaks.add(Sink::Result(4), 2);
        leaks.add(Sink::Result(4), 1);
        leaks.add(Sink::Result(4), 3);
        assert_eq!(leaks.results[4], Some(1));
    }

    #[test]
    fn long_ways_count_as_254_dereferences() {
        let mut leaks = Leaks::default();
        leaks.add(Sink::Heap, 1000);
        assert_eq!(leaks.heap, Some(254));
    }

    #[test]
    fn ways_no_shorter_than_the_one_to_the_heap_are_dropped() {
        let results = [Some(0), Some(1), Some(2), None, None];
        let leaks = Leaks { heap: Some(1), mutator: Some(0), callee: Some(1), results };
        let expected = Leaks { callee: None, results: [Some(0), None, None, None, None], ..leaks };
        assert_eq!(leaks.optimized(), expected);
    }

    #[test]
    fn tags_are_written_and_read() {
        let results = [None, Some(0), None, None, None];
        let leaks = Leaks { heap: Some(2), mutator: None, callee: None, results };
        assert_eq!(leaks.encode(), b"esc:\x03\x00\x00\x00\x01");
        assert_eq!(Leaks::decode(&leaks.encode()), leaks);
        assert_eq!(Leaks::default().encode(), b"esc:");
        assert_eq!(Leaks::decode(b""), Leaks::UNKNOWN);
        assert_eq!(Leaks::UNKNOWN.encode(), b"");
    }
}
