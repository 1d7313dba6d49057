//! Which batches need not be analysed again.
//!
//! Analysing a batch changes the units of its functions, and several batches may share a unit. A
//! unit is left as it is while results of its batches are taken over; only when one of them cannot
//! be, the batches before it are done again to get at the unit as that one finds it.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Asked, BatchResult, State, batch};
use crate::ir::facts::Facts;
use crate::ir::func::FuncId;
use crate::ir::node::Unit;
use crate::ir::scc::{Member, Mentions, Order};
use crate::types::cx::Cx;

/// What was found out about the functions of a package.
#[derive(Debug, Default)]
pub struct Memo {
    order: Option<Arc<Order>>,
    units: FxHashMap<FuncId, Known>,
}

/// A unit with its batches.
#[derive(Debug)]
struct Known {
    /// The unit before.
    before: Arc<Unit>,
    /// The unit after all of its batches.
    after: Arc<Unit>,
    /// The batches that hold one of its functions, in order.
    batches: Vec<Arc<Batch>>,
}

/// A batch that was analysed.
#[derive(Debug)]
struct Batch {
    members: Vec<Member>,
    asked: Asked,
    result: Arc<BatchResult>,
}

/// Analyses all functions of `units`, callees first. What `facts` knows of them does not count.
///
/// `mentions` are those of the units. Results that stand in `previous` and still hold are taken
/// over; without it nothing is remembered either. Gives the results batch by batch, what to
/// remember, and how many batches were analysed.
pub fn analyze(
    cx: &Cx<'_>,
    facts: &dyn Facts,
    units: &mut [Arc<Unit>],
    mentions: &[Arc<Mentions>],
    previous: Option<&Memo>,
) -> (Vec<Arc<BatchResult>>, Memo, usize) {
    let order = previous.and_then(|previous| previous.order.as_ref());
    let order = Order::of(mentions.to_vec(), order);
    let before = previous.map(|_| units.to_vec()).unwrap_or_default();
    let known = units.iter().map(|unit| {
        let known = previous.and_then(|previous| previous.units.get(&unit.id));
        known.filter(|known| Arc::ptr_eq(&known.before, unit))
    });
    let known = known.collect();
    let state = State::new(units);
    let done = vec![Vec::new(); units.len()];
    let touched = vec![false; units.len()];
    let mut pass = Pass { cx, facts, units, state, known, done, touched, all: Vec::new(), work: 0 };
    let results = order.batches.iter().map(|one| pass.batch(&one.members)).collect();
    let Pass { known, done, touched, work, .. } = pass;
    let mut memo = Memo { order: previous.map(|_| order), ..Memo::default() };
    for (at, (before, batches)) in before.into_iter().zip(done).enumerate() {
        if let (Some(known), false) = (known[at], touched[at]) {
            units[at] = Arc::clone(&known.after);
        }
        let after = Arc::clone(&units[at]);
        memo.units.insert(before.id, Known { before, after, batches });
    }
    (results, memo, work)
}

struct Pass<'a, 'b> {
    cx: &'a Cx<'a>,
    facts: &'a dyn Facts,
    units: &'b mut [Arc<Unit>],
    state: State,
    /// What is known of each unit.
    known: Vec<Option<&'a Known>>,
    /// The batches of each unit so far.
    done: Vec<Vec<Arc<Batch>>>,
    /// Whether all batches of a unit so far were analysed here, so that it is as they left it.
    touched: Vec<bool>,
    /// All batches so far.
    all: Vec<Arc<Batch>>,
    /// How many were analysed.
    work: usize,
}

impl Pass<'_, '_> {
    fn batch(&mut self, members: &[Member]) -> Arc<BatchResult> {
        let mut own: Vec<usize> = members.iter().map(|member| member.0).collect();
        own.sort_unstable();
        own.dedup();
        let batch = match self.reuse(members, &own) {
            Some(batch) => {
                for (member, leaks) in &batch.result.leaks {
                    self.state.leaks.insert(*member, Arc::clone(leaks));
                }
                batch
            }
            None => {
                self.touch(&own);
                let (result, asked) = self.analyse(members);
                Arc::new(Batch { members: members.to_vec(), asked, result: Arc::new(result) })
            }
        };
        for &unit in &own {
            self.done[unit].push(Arc::clone(&batch));
        }
        self.all.push(Arc::clone(&batch));
        Arc::clone(&batch.result)
    }

    /// The batch as it was found before, if it would be found so again.
    fn reuse(&self, members: &[Member], own: &[usize]) -> Option<Arc<Batch>> {
        let mut found: Option<&Arc<Batch>> = None;
        for &unit in own {
            if self.touched[unit] {
                return None;
            }
            let next = self.known[unit]?.batches.get(self.done[unit].len())?;
            if found.is_some_and(|found| !Arc::ptr_eq(found, next)) {
                return None;
            }
            found = Some(next);
        }
        let found = found.filter(|batch| batch.members == members)?;
        let holds = found
            .asked
            .iter()
            .all(|(func, told)| self.state.told(self.units, self.facts, *func) == *told);
        holds.then(|| Arc::clone(found))
    }

    /// Brings units to the state that their batches so far lead to.
    fn touch(&mut self, own: &[usize]) {
        let mut todo: Vec<usize> =
            own.iter().copied().filter(|&unit| !self.touched[unit]).collect();
        let mut again: FxHashSet<*const Batch> = FxHashSet::default();
        while let Some(unit) = todo.pop() {
            if std::mem::replace(&mut self.touched[unit], true) {
                continue;
            }
            for batch in &self.done[unit] {
                again.insert(Arc::as_ptr(batch));
                todo.extend(batch.members.iter().map(|member| member.0));
            }
        }
        if again.is_empty() {
            return;
        }
        let again: Vec<Arc<Batch>> =
            self.all.iter().filter(|batch| again.contains(&Arc::as_ptr(batch))).cloned().collect();
        for batch in again {
            self.analyse(&batch.members);
        }
    }

    fn analyse(&mut self, members: &[Member]) -> (BatchResult, Asked) {
        self.work += 1;
        batch(self.cx, self.facts, self.units, members, &mut self.state)
    }
}
