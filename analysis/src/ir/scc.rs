//! The order in which functions are analysed: callees before callers, and functions that reach
//! each other together.
//!
//! A batch is a strongly connected component of the graph whose edges are mentions: names of
//! functions, method expressions, method values and literals, called or not. Two things differ
//! from the textbook. A literal that captures something belongs to the batch of the function
//! around it, whatever it mentions. And a batch says whether its functions can reach themselves,
//! since a lone function that does not is analysed more precisely.
//!
//! Upstream: `cmd/compile/internal/ir/scc.go`.

use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::func::FuncId;
use super::node::{FuncIdx, Kind, Unit};
use crate::shared::List;

/// A function: the unit's place in the list of units, and which of its functions.
pub type Member = (usize, FuncIdx);

/// Functions to be analysed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The functions, in the order in which they were found; literals that capture are among them.
    pub members: Vec<Member>,
    /// Whether they reach themselves.
    pub recursive: bool,
}

/// The functions that a unit mentions: all that the order depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mentions {
    id: FuncId,
    funcs: Vec<MentionsOf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct MentionsOf {
    /// Whether it is a literal that captures something.
    is_closure: bool,
    /// In the order of the text, each once.
    mentions: Vec<Mention>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Mention {
    Func(FuncId),
    Literal(FuncIdx),
}

impl Mentions {
    /// Those of a unit.
    pub fn of(unit: &Unit) -> Mentions {
        let funcs = unit.funcs.iter().map(|func| {
            let mut seen = FxHashSet::default();
            let mut mentions = Vec::new();
            unit.each_node(func.body, &mut |id| {
                let mention = match unit[id].kind {
                    Kind::Func(func)
                    | Kind::MethodExpr { func: Some(func), .. }
                    | Kind::MethValue { func: Some(func), .. } => Mention::Func(func),
                    Kind::Closure { func } => Mention::Literal(func),
                    // Nothing else names a function.
                    _ => return,
                };
                if seen.insert(mention) {
                    mentions.push(mention);
                }
            });
            MentionsOf { is_closure: func.is_closure(), mentions }
        });
        Mentions { id: unit.id, funcs: funcs.collect() }
    }
}

/// The order of the functions of a package, with what it was worked out from.
#[derive(Debug, Default)]
pub struct Order {
    mentions: List<Arc<Mentions>>,
    /// Callees first.
    pub batches: Vec<Batch>,
    by_unit: OnceLock<Vec<OfUnit>>,
}

/// The functions of a unit in the order of their batches.
#[derive(Debug, Clone, Default)]
pub struct OfUnit {
    /// The batches that hold one of them.
    pub batches: Vec<usize>,
    /// Those in each of these batches.
    pub groups: Vec<Vec<FuncIdx>>,
}

impl OfUnit {
    /// The batch of a function.
    pub fn batch_of(&self, func: FuncIdx) -> Option<usize> {
        let group = self.groups.iter().position(|group| group.contains(&func))?;
        self.batches.get(group).copied()
    }

    /// The batches after one.
    pub fn after(&self, batch: usize) -> impl Iterator<Item = usize> + '_ {
        self.batches.iter().copied().filter(move |&one| one > batch)
    }
}

impl Order {
    /// That of units with these mentions: the one known, if it is of the same.
    pub fn of(mentions: List<Arc<Mentions>>, known: Option<&Arc<Order>>) -> Arc<Order> {
        let same = |known: &&Arc<Order>| {
            let differences = mentions.differences(&known.mentions);
            differences
                .is_some_and(|places| places.iter().all(|&at| mentions[at] == known.mentions[at]))
        };
        if let Some(known) = known.filter(same) {
            return Arc::clone(known);
        }
        let batches = bottom_up(&mentions.iter().cloned().collect::<Vec<_>>());
        Arc::new(Order { mentions, batches, by_unit: OnceLock::new() })
    }

    /// The order once some units mention other functions than they did: the same if none does.
    pub fn changed(
        known: &Arc<Order>,
        changes: impl Iterator<Item = (usize, Arc<Mentions>)>,
    ) -> Arc<Order> {
        let mut mentions = known.mentions.clone();
        for (at, now) in changes {
            if mentions[at] != now {
                mentions.set(at, now);
            }
        }
        Order::of(mentions, Some(known))
    }

    /// Each unit's functions in that order.
    pub fn by_unit(&self) -> &[OfUnit] {
        self.by_unit.get_or_init(|| self.split_by_unit())
    }

    fn split_by_unit(&self) -> Vec<OfUnit> {
        let mut by_unit = vec![OfUnit::default(); self.mentions.len()];
        for (number, batch) in self.batches.iter().enumerate() {
            for &(at, func) in &batch.members {
                let of: &mut OfUnit = &mut by_unit[at];
                if of.batches.last() != Some(&number) {
                    of.batches.push(number);
                    of.groups.push(Vec::new());
                }
                of.groups.last_mut().into_iter().for_each(|group| group.push(func));
            }
        }
        by_unit
    }
}

/// All functions of `units`, callees first. The order of `units` decides only what the call graph
/// leaves open.
pub fn bottom_up(units: &[Arc<Mentions>]) -> Vec<Batch> {
    let by_id = units.iter().enumerate().map(|(at, unit)| (unit.id, at)).collect();
    let mut search = Search { units, by_id, ..Search::default() };
    for (at, unit) in units.iter().enumerate() {
        for (idx, func) in (0..).map(FuncIdx).zip(&unit.funcs) {
            if !func.is_closure {
                search.from((at, idx));
            }
        }
    }
    search.batches
}

/// Number of a function whose batch is complete.
const DONE: u32 = u32::MAX;

/// Tarjan's algorithm, with a frame for each function that the search is inside of.
#[derive(Default)]
struct Search<'a> {
    units: &'a [Arc<Mentions>],
    by_id: FxHashMap<FuncId, usize>,
    /// Numbers given so far: each function takes two, its own and the one it is searched from, so
    /// that a way back to itself can be told from none.
    last_number: u32,
    numbers: FxHashMap<Member, u32>,
    stack: Vec<Member>,
    batches: Vec<Batch>,
}

struct Frame {
    member: Member,
    number: u32,
    lowest: u32,
    mentions: std::vec::IntoIter<Member>,
}

impl Search<'_> {
    fn from(&mut self, root: Member) {
        if self.numbers.contains_key(&root) {
            return;
        }
        let mut frames = vec![self.enter(root)];
        while let Some(frame) = frames.last_mut() {
            let Some(next) = frame.mentions.next() else {
                let lowest = frame.lowest;
                let frame = frames.pop();
                frame.into_iter().for_each(|frame| self.leave(&frame));
                if let Some(outer) = frames.last_mut() {
                    outer.lowest = outer.lowest.min(lowest);
                }
                continue;
            };
            match self.numbers.get(&next) {
                Some(&number) => frame.lowest = frame.lowest.min(number),
                None => frames.push(self.enter(next)),
            }
        }
    }

    fn enter(&mut self, member: Member) -> Frame {
        let number = self.last_number + 1;
        self.last_number += 2;
        self.numbers.insert(member, number);
        self.stack.push(member);
        let mentions = self.mentions(member).into_iter();
        Frame { member, number, lowest: number + 1, mentions }
    }

    fn leave(&mut self, frame: &Frame) {
        let (unit, func) = frame.member;
        if frame.lowest < frame.number || self.units[unit].funcs[func.0 as usize].is_closure {
            return;
        }
        let first = self.stack.iter().rposition(|&m| m == frame.member).unwrap_or_default();
        let members = self.stack.split_off(first);
        for &member in &members {
            self.numbers.insert(member, DONE);
        }
        self.batches.push(Batch { members, recursive: frame.lowest == frame.number });
    }

    /// The functions at hand that a body mentions, in order.
    fn mentions(&self, (at, func): Member) -> Vec<Member> {
        let mentions = &self.units[at].funcs[func.0 as usize].mentions;
        let member = |mention: &Mention| match mention {
            Mention::Func(func) => self.by_id.get(func).map(|&unit| (unit, FuncIdx::ROOT)),
            Mention::Literal(func) => Some((at, *func)),
        };
        mentions.iter().filter_map(member).collect()
    }
}
