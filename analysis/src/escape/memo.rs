//! Which batches need not be analysed again.
//!
//! A batch is looked at if one of its units is not what it was, or if something is told otherwise
//! of a function that it asked about; it is analysed if it is not what it was then.
//!
//! Analysing a batch changes the units of its functions, and several batches may share a unit. A
//! unit is left as it is while results of its batches are taken over; only when one of them cannot
//! be, the batches before it are done again to get at the unit as that one finds it.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{Asked, BatchResult, State, batch};
use crate::inline::Ready;
use crate::ir::facts::{Facts, Leaks};
use crate::ir::func::{FuncId, Ids};
use crate::ir::node::{FuncIdx, Unit};
use crate::ir::scc::{Member, Order};
use crate::shared::{List, Table};
use crate::types::cx::Cx;

/// What was found out about the functions of a package.
#[derive(Debug, Default)]
pub struct Memo {
    /// The batches, in their order.
    pub order: Arc<Order>,
    /// The functions after all batches.
    pub units: List<Arc<Unit>>,
    /// What was found out, batch by batch.
    pub results: List<Arc<BatchResult>>,
    /// How many batches were analysed.
    pub work: usize,
    /// How many batches were looked at.
    pub looked_at: usize,
    ids: Arc<Ids>,
    ready: List<Arc<Ready>>,
    batches: List<Arc<Batch>>,
    leaks: Table<Member, Arc<[Leaks]>>,
    /// The batches that asked about a function.
    askers: Table<FuncId, Arc<FxHashSet<usize>>>,
}

/// A batch that was analysed.
#[derive(Debug)]
struct Batch {
    members: Vec<Member>,
    asked: Asked,
    result: Arc<BatchResult>,
}

impl Memo {
    /// How the parameters of a function leak.
    pub fn leaks(&self, member: Member) -> Option<&Arc<[Leaks]>> {
        self.leaks.get(&member)
    }

    /// The functions of which something else is known than was; `None` if others are here.
    pub fn differences(&self, before: &Memo) -> Option<Vec<usize>> {
        if !Arc::ptr_eq(&self.ids, &before.ids) {
            return None;
        }
        let mut found = self.units.differences(&before.units)?;
        let leaks = self.leaks.differences(&before.leaks, PartialEq::eq);
        found.extend(leaks.into_iter().map(|member| member.0));
        Some(found)
    }
}

/// Analyses all functions, callees first. What `facts` knows of them does not count.
///
/// Results that stand in `previous` and still hold are taken over; without it nothing is remembered
/// either.
pub fn analyze(
    cx: &Cx<'_>,
    facts: &dyn Facts,
    ids: &Arc<Ids>,
    ready: &List<Arc<Ready>>,
    previous: Option<&Memo>,
) -> Memo {
    let nothing = Memo::default();
    let known = previous.unwrap_or(&nothing);
    let same_ids = Arc::ptr_eq(ids, &known.ids);
    let differences = ready.differences(&known.ready).filter(|_| same_ids);
    let order = match &differences {
        Some(places) => {
            let mentions = places.iter().map(|&at| (at, Arc::clone(&ready[at].mentions)));
            Order::changed(&known.order, mentions)
        }
        None => Order::of(ready.iter().map(|ready| Arc::clone(&ready.mentions)).collect(), None),
    };
    let mut now = Memo {
        order: Arc::clone(&order),
        ids: Arc::clone(ids),
        ready: ready.clone(),
        ..Memo::default()
    };
    let mut work = BTreeSet::new();
    match differences.filter(|_| Arc::ptr_eq(&order, &known.order)) {
        Some(differences) => {
            now.units = known.units.clone();
            now.results = known.results.clone();
            now.batches = known.batches.clone();
            now.leaks = known.leaks.clone();
            now.askers = known.askers.clone();
            for at in differences {
                now.units.set(at, Arc::clone(&ready[at].unit));
                work.extend(&order.by_unit()[at].batches);
                let told = |list: &List<Arc<Ready>>| {
                    let root = &list[at].unit[FuncIdx::ROOT];
                    (root.pragmas, root.has_body)
                };
                if told(ready) != told(&known.ready) {
                    work.extend(known.askers.get(&ids.list[at]).iter().flat_map(|who| who.iter()));
                }
            }
        }
        None => {
            now.units = ready.iter().map(|ready| Arc::clone(&ready.unit)).collect();
            work.extend(0..order.batches.len());
        }
    }
    let state = State { leaks: std::mem::take(&mut now.leaks), ..State::new(ids) };
    let remember = previous.is_some();
    let touched = FxHashSet::default();
    let mut pass = Pass { cx, facts, known, order, now, state, touched, work, remember };
    while let Some(number) = pass.work.pop_first() {
        pass.batch(number);
    }
    let Pass { mut now, state, touched, .. } = pass;
    now.leaks = state.leaks;
    if !Arc::ptr_eq(&now.order, &known.order) || !same_ids {
        let kept = (0..ready.len()).filter(|at| !touched.contains(at));
        for (at, unit) in kept.filter_map(|at| Some((at, known.units.get(at)?))) {
            now.units.set(at, Arc::clone(unit));
        }
    }
    now
}

struct Pass<'a> {
    cx: &'a Cx<'a>,
    facts: &'a dyn Facts,
    known: &'a Memo,
    order: Arc<Order>,
    now: Memo,
    state: State,
    /// The units of which a batch was analysed, so that they are as that left them.
    touched: FxHashSet<usize>,
    /// The batches to look at.
    work: BTreeSet<usize>,
    remember: bool,
}

impl Pass<'_> {
    fn batch(&mut self, number: usize) {
        self.now.looked_at += 1;
        let order = Arc::clone(&self.order);
        let members = &order.batches[number].members;
        let mut own: Vec<usize> = members.iter().map(|member| member.0).collect();
        own.sort_unstable();
        own.dedup();
        members.iter().for_each(|member| self.state.leaks.remove(member));
        let batch = match self.reuse(number, members, &own) {
            Some(batch) => {
                for (member, leaks) in &batch.result.leaks {
                    self.state.leaks.insert(*member, Arc::clone(leaks));
                }
                batch
            }
            None => {
                self.touch(number, &own);
                let (result, asked) = self.analyse(members);
                if self.remember {
                    for &func in asked.keys() {
                        let askers = self.now.askers.get_or_default(func);
                        if !askers.contains(&number) {
                            Arc::make_mut(askers).insert(number);
                        }
                    }
                }
                Arc::new(Batch { members: members.clone(), asked, result: Arc::new(result) })
            }
        };
        self.wake_askers(number, &batch.result);
        if number < self.now.batches.len() {
            self.now.results.set(number, Arc::clone(&batch.result));
            self.now.batches.set(number, batch);
        } else {
            self.now.results.push(Arc::clone(&batch.result));
            self.now.batches.push(batch);
        }
    }

    /// Has those looked at again that asked about functions whose parameters leak otherwise now.
    fn wake_askers(&mut self, number: usize, result: &BatchResult) {
        for (member, leaks) in &result.leaks {
            if member.1 != FuncIdx::ROOT || self.known.leaks.get(member) == Some(leaks) {
                continue;
            }
            let askers = self.now.askers.get(&self.now.ids.list[member.0]);
            let later = askers.into_iter().flat_map(|askers| askers.iter()).copied();
            self.work.extend(later.filter(|&asker| asker > number));
        }
    }

    /// The batch as it was found before, if it would be found so again.
    fn reuse(&self, number: usize, members: &[Member], own: &[usize]) -> Option<Arc<Batch>> {
        let mut found: Option<usize> = None;
        for &unit in own {
            let same = self.known.ids.list.get(unit) == Some(&self.now.ids.list[unit])
                && Arc::ptr_eq(&self.known.ready.get(unit)?.unit, &self.now.ready[unit].unit);
            if !same || self.touched.contains(&unit) {
                return None;
            }
            let nth = self.order.by_unit()[unit].batches.iter().position(|&one| one == number)?;
            let next = *self.known.order.by_unit().get(unit)?.batches.get(nth)?;
            if found.is_some_and(|found| found != next) {
                return None;
            }
            found = Some(next);
        }
        let found = self.known.batches.get(found?).filter(|batch| batch.members == members)?;
        let holds = found
            .asked
            .iter()
            .all(|(func, told)| self.state.told(&self.now.units, self.facts, *func) == *told);
        holds.then(|| Arc::clone(found))
    }

    /// Brings units to the state that their batches before one lead to.
    fn touch(&mut self, number: usize, own: &[usize]) {
        let order = Arc::clone(&self.order);
        let mut todo = own.to_vec();
        let mut again = BTreeSet::new();
        while let Some(unit) = todo.pop() {
            if !self.touched.insert(unit) {
                continue;
            }
            self.now.units.set(unit, Arc::clone(&self.now.ready[unit].unit));
            let batches = &order.by_unit()[unit];
            self.work.extend(batches.after(number));
            for &earlier in batches.batches.iter().filter(|&&one| one < number) {
                again.insert(earlier);
                todo.extend(order.batches[earlier].members.iter().map(|member| member.0));
            }
        }
        for earlier in again {
            self.analyse(&order.batches[earlier].members);
        }
    }

    fn analyse(&mut self, members: &[Member]) -> (BatchResult, Asked) {
        self.now.work += 1;
        batch(self.cx, self.facts, &mut self.now.units, members, &mut self.state)
    }
}
