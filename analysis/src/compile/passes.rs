//! The passes from judging to dead locals, function by function.
//!
//! Each pass over a function is a step of [`crate::memo`]: done, or taken over from an earlier
//! version of the package.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Package, with_verdicts};
use crate::cancel::{Answer, CancelToken};
use crate::inline::interleave::Work;
use crate::inline::{Asked, Askers, Inliner, Question, Ready};
use crate::instances::{BoundMethod, Reader, bound_method, mentioned};
use crate::ir::build::is_interface;
use crate::ir::facts::Verdict;
use crate::ir::func::{FuncId, FuncKey, Ids};
use crate::ir::node::{FuncIdx, Unit};
use crate::ir::scc::{Mentions, Order};
use crate::ir::{bloop, lower};
use crate::memo::{Inlined, JudgeStep, Judged, Lowered, Memo, Reading, Wrapper};
use crate::shared::{List, Table};
use crate::types::ty::{DefId, Ty};

/// Whose questions a [`Memo`]'s askers are about: functions when they are judged, when calls in
/// them are replaced, and wrappers.
const JUDGED: usize = 0;
const INLINED: usize = 1;
const WRAPPED: usize = 2;

/// The passes over one package.
pub(super) struct Passes<'a> {
    package: &'a Package<'a>,
    inliner: Inliner<'a>,
    cancel: &'a CancelToken,
    embedded: &'a FxHashSet<DefId>,
    memo: Memo,
    /// The questions about functions that are answered otherwise than before, once all are judged;
    /// `None` if all may be.
    answers: Option<Vec<Question>>,
}

/// A unit while its functions are judged.
struct Judging {
    /// What was found out before, as long as all steps could be taken over.
    known: Option<Arc<Judged>>,
    unit: Arc<Unit>,
    steps: Vec<Arc<JudgeStep>>,
}

impl<'a> Passes<'a> {
    pub(super) fn new(
        package: &'a Package<'a>,
        cancel: &'a CancelToken,
        embedded: &'a FxHashSet<DefId>,
    ) -> Passes<'a> {
        let inliner = Inliner::new(package.cx, package.input.id, package);
        let ids = Arc::clone(&package.next.borrow().ids);
        let memo = Memo { ids, ..Memo::default() };
        Passes { package, inliner, cancel, embedded, memo, answers: None }
    }

    pub(super) fn run(
        mut self,
        lowered: &List<Arc<Lowered>>,
        reader: Option<Reader<'a>>,
    ) -> Answer<Memo> {
        self.judge(lowered)?;
        self.inline(lowered)?;
        self.read_inlined(lowered, reader);
        if !self.changed_wrappers() {
            self.wrappers();
        }
        self.memo.known = self.inliner.known();
        self.memo.lowered = lowered.clone();
        Ok(self.memo)
    }

    /// The functions that are not what they were in a list; `None` if others are here.
    fn differences<T>(&self, now: &List<Arc<T>>, before: &List<Arc<T>>) -> Option<Vec<usize>> {
        let same_ids = Arc::ptr_eq(&self.memo.ids, &self.package.previous.ids);
        now.differences(before).filter(|_| same_ids)
    }

    /// Where a function stood before.
    fn before(&self, at: usize) -> Option<usize> {
        let (now, before) = (&self.memo.ids, &self.package.previous.ids);
        if Arc::ptr_eq(now, before) { Some(at) } else { before.place(now.list[at]) }
    }

    /// The order of functions with other mentions at some places, or of others altogether.
    fn order(
        &self,
        known: Option<&Arc<Order>>,
        differences: Option<&[usize]>,
        mentions: impl Fn(usize) -> Arc<Mentions>,
    ) -> Arc<Order> {
        match (known, differences) {
            (Some(known), Some(places)) => {
                Order::changed(known, places.iter().map(|&at| (at, mentions(at))))
            }
            _ => Order::of((0..self.memo.ids.list.len()).map(mentions).collect(), known),
        }
    }

    /// Judges functions, callees first: those that have changed, and those that asked about others
    /// that are judged otherwise now.
    fn judge(&mut self, lowered: &List<Arc<Lowered>>) -> Answer<()> {
        let before = self.package.previous;
        let differences = self.differences(lowered, &before.lowered);
        if self.package.input.target.no_inline {
            lowered.iter().for_each(|lowered| self.inliner.add(Arc::clone(&lowered.unit)));
            let places = lowered.iter().enumerate();
            let all = places.map(|(at, lowered)| judged(lowered, self.judging(lowered, at)));
            self.memo.judged = all.collect();
            return Ok(());
        }
        let mentions = |at: usize| Arc::clone(&lowered[at].mentions);
        let order = self.order(before.judging.as_ref(), differences.as_deref(), mentions);
        let same_order = before.judging.as_ref().is_some_and(|known| Arc::ptr_eq(known, &order));
        let mut work = BTreeSet::new();
        let differences = differences.filter(|_| same_order);
        match &differences {
            Some(places) => {
                self.inliner.go_on_from(before.known.clone());
                self.memo.judged = before.judged.clone();
                self.memo.askers[JUDGED] = before.askers[JUDGED].clone();
                for &at in places {
                    self.inliner.forget(&lowered[at].unit);
                    work.extend(&order.by_unit()[at].batches);
                }
            }
            None => {
                lowered.iter().for_each(|lowered| self.inliner.add(Arc::clone(&lowered.unit)));
                work.extend(0..order.batches.len());
            }
        }
        let partly = differences.is_some();
        let mut judging: FxHashMap<usize, Judging> = FxHashMap::default();
        let mut answers = Vec::new();
        while let Some(number) = work.pop_first() {
            self.cancel.check()?;
            let members = &order.batches[number].members;
            for &(at, func) in members {
                let of_unit = &order.by_unit()[at];
                judging.entry(at).or_insert_with(|| {
                    let mut one = self.judging(&lowered[at], at);
                    let is_done =
                        |step: &&Arc<JudgeStep>| of_unit.batch_of(step.func) < Some(number);
                    let known = one.known.iter().filter(|_| partly).flat_map(|one| &one.steps);
                    one.steps = known.take_while(is_done).cloned().collect();
                    // Those who ask before it is judged must not know what came of it last time.
                    if of_unit.batch_of(FuncIdx::ROOT) > Some(number) {
                        self.inliner.forget(&lowered[at].unit);
                    }
                    work.extend(of_unit.after(number));
                    one
                });
                if func == FuncIdx::ROOT {
                    self.inliner.forget(&lowered[at].unit);
                }
            }
            for &(at, func) in members {
                let Some(one) = judging.get_mut(&at) else { continue };
                let as_known = one.known.is_some();
                self.judge_one(one, at, func, partly);
                if as_known && one.known.is_none() {
                    work.extend(order.by_unit()[at].after(number));
                }
                if func != FuncIdx::ROOT || !partly {
                    continue;
                }
                let differences = self.inliner.differences(one.unit.id, &before.known);
                for &question in &differences {
                    let who = self.memo.askers[JUDGED].of(question);
                    for &asker in who.into_iter().flatten() {
                        let later = order.by_unit()[asker].after(number);
                        // Not only the batch that asked: which one did is not known.
                        work.extend(later);
                    }
                }
                answers.extend(differences);
            }
        }
        self.memo.done.looked_at += judging.len();
        if partly {
            let now = judging.into_iter().map(|(at, one)| (at, judged(&lowered[at], one)));
            now.for_each(|(at, now)| self.memo.judged.set(at, now));
        } else {
            let all = lowered.iter().enumerate().map(|(at, lowered)| {
                let one = judging.remove(&at).unwrap_or_else(|| self.judging(lowered, at));
                judged(lowered, one)
            });
            self.memo.judged = all.collect();
        }
        self.memo.judging = Some(order);
        self.answers = partly.then_some(answers);
        Ok(())
    }

    /// The beginning of the judgement of a unit.
    fn judging(&self, lowered: &Lowered, at: usize) -> Judging {
        let known = self.before(at).and_then(|at| self.package.previous.judged.get(at));
        let known = known.filter(|known| Arc::ptr_eq(&known.before, &lowered.prepared));
        let unit = Arc::clone(&lowered.prepared);
        Judging { known: known.cloned(), unit, steps: Vec::new() }
    }

    fn judge_one(&mut self, judging: &mut Judging, at: usize, func: FuncIdx, partly: bool) {
        let known = judging.known.as_ref().and_then(|known| known.steps.get(judging.steps.len()));
        let known = known.filter(|step| step.func == func && self.inliner.holds(&step.asked));
        let is_known = known.is_some();
        let step = match known {
            Some(known) => Arc::clone(known),
            None => {
                if judging.known.take().is_some() {
                    let unit = Arc::make_mut(&mut judging.unit);
                    for &(func, verdict, delay) in judging.steps.iter().flat_map(|s| &s.verdicts) {
                        unit[func].verdict = verdict;
                        unit[func].can_delay_results = delay;
                    }
                }
                Arc::new(self.judge_anew(Arc::make_mut(&mut judging.unit), func))
            }
        };
        let id = judging.unit.id;
        if let Some(&(_, verdict, _)) = step.verdicts.iter().find(|(at, ..)| *at == FuncIdx::ROOT) {
            self.inliner.set_verdict(id, verdict);
        }
        if let Some(original) = &step.original {
            self.inliner.add(Arc::clone(original));
        }
        if self.package.input.remember && !(is_known && partly) {
            self.memo.askers[JUDGED].note(&step.asked, at);
        }
        judging.steps.push(step);
    }

    fn judge_anew(&mut self, unit: &mut Unit, func: FuncIdx) -> JudgeStep {
        self.memo.done.judged += 1;
        let unjudged: Vec<FuncIdx> = (0..unit.funcs.len() as u32)
            .map(FuncIdx)
            .filter(|&func| unit[func].verdict == Verdict::Unchecked)
            .collect();
        let mut events = Vec::new();
        let ((), asked) = self.inliner.recorded(|| self.inliner.judge(unit, &[func], &mut events));
        let verdicts = unjudged
            .into_iter()
            .map(|func| (func, unit[func].verdict, unit[func].can_delay_results))
            .filter(|(_, verdict, _)| *verdict != Verdict::Unchecked)
            .collect();
        // What is inlined later is the function as lowered, with its verdict.
        let original = self.inliner.original(unit.id);
        let original = original
            .filter(|_| matches!(unit[func].verdict, Verdict::Can(_)))
            .map(|original| Arc::new(with_verdicts(&original, unit)));
        JudgeStep { func, asked, verdicts, events, original }
    }

    /// Devirtualizes and inlines, and does all up to escape analysis: in functions that were judged
    /// anew, and in those that asked about others that are judged otherwise now.
    fn inline(&mut self, lowered: &List<Arc<Lowered>>) -> Answer<()> {
        let before = self.package.previous;
        let judged = self.memo.judged.clone();
        let differences = self.differences(&judged, &before.judged);
        let partly = differences.is_some() && self.answers.is_some();
        let mut work: BTreeSet<usize> = match differences.filter(|_| partly) {
            Some(differences) => {
                self.memo.inlined = before.inlined.clone();
                self.memo.askers[INLINED] = before.askers[INLINED].clone();
                let asked = self.answers.iter().flatten();
                let askers = asked.filter_map(|&question| before.askers[INLINED].of(question));
                differences.into_iter().chain(askers.flatten().copied()).collect()
            }
            None => (0..judged.len()).collect(),
        };
        // What calls are devirtualized to at first says in which order functions are done.
        let mut started: FxHashMap<usize, (Work, Asked)> = FxHashMap::default();
        let mut mentions: FxHashMap<usize, Arc<Mentions>> = FxHashMap::default();
        for &at in &work {
            let of_unit = match self.known_inlined(&judged[at], at) {
                Some(known) => Arc::clone(&known.started),
                None => {
                    let begun = self.start(&judged[at]);
                    let of_unit = Arc::new(Mentions::of(&begun.0.unit));
                    started.insert(at, begun);
                    of_unit
                }
            };
            mentions.insert(at, of_unit);
        }
        // Bodies that replace calls are those of before, so units do not depend on each other's
        // progress; what counts is the order of the functions within a unit.
        let places: Option<Vec<usize>> = partly.then(|| work.iter().copied().collect());
        let order = self
            .order(before.inlining.as_ref(), places.as_deref(), |at| Arc::clone(&mentions[&at]));
        if partly && before.inlining.as_ref().is_none_or(|known| !Arc::ptr_eq(known, &order)) {
            let other = |at: &usize| before.inlined[*at].order != order.by_unit()[*at].groups;
            work.extend((0..judged.len()).filter(other));
        }
        for &at in &work {
            self.cancel.check()?;
            self.memo.done.looked_at += 1;
            let groups = &order.by_unit()[at].groups;
            let begun = started.remove(&at);
            let known = self.known_inlined(&judged[at], at).filter(|known| {
                begun.is_none() && known.order == *groups && self.inliner.holds(&known.asked)
            });
            let is_known = known.is_some();
            let inlined = match known {
                Some(known) => Arc::clone(known),
                None => {
                    let work = begun.unwrap_or_else(|| self.start(&judged[at]));
                    let started = match mentions.remove(&at) {
                        Some(mentions) => mentions,
                        None => Arc::new(Mentions::of(&work.0.unit)),
                    };
                    let kept_alive = Arc::clone(&lowered[at].kept_alive);
                    let order = groups.clone();
                    Arc::new(self.inline_anew(&judged[at], work, started, order, kept_alive))
                }
            };
            if self.package.input.remember && !(is_known && partly) {
                self.memo.askers[INLINED].note(&inlined.asked, at);
            }
            match partly {
                true => self.memo.inlined.set(at, inlined),
                false => self.memo.inlined.push(inlined),
            }
        }
        self.memo.inlining = Some(order);
        Ok(())
    }

    fn known_inlined(&self, judged: &Judged, at: usize) -> Option<&'a Arc<Inlined>> {
        let known = self.package.previous.inlined.get(self.before(at)?)?;
        Arc::ptr_eq(&known.before, &judged.unit).then_some(known)
    }

    fn start(&self, judged: &Judged) -> (Work, Asked) {
        self.inliner.recorded(|| self.inliner.start(Unit::clone(&judged.unit)))
    }

    fn inline_anew(
        &mut self,
        judged: &Judged,
        (work, mut asked): (Work, Asked),
        started: Arc<Mentions>,
        order: Vec<Vec<FuncIdx>>,
        kept_alive: Arc<[bloop::Event]>,
    ) -> Inlined {
        self.memo.done.inlined += 1;
        let imprecise = self.inliner.imprecise_calls(&judged.before);
        let mut works = [work];
        let ((), also) = self.inliner.recorded(|| {
            for group in &order {
                let members: Vec<_> = group.iter().map(|&func| (0, func)).collect();
                self.inliner.fixpoint(&mut works, &members);
            }
        });
        asked.append(also);
        let [Work { mut unit, events, .. }] = works;
        self.package.finish_body(self.embedded, &mut unit);
        let said = judged.steps.iter().flat_map(|step| step.events.iter().copied());
        let events = imprecise.into_iter().chain(said).chain(events).collect();
        let ready = Arc::new(Ready {
            mentions: Arc::new(Mentions::of(&unit)),
            unit: Arc::new(unit),
            events,
            kept_alive,
        });
        Inlined { before: Arc::clone(&judged.unit), started, order, asked, ready }
    }

    /// Reads the imported bodies that were inlined. `reader` has read the rest of the package;
    /// without it the same as before would be read there.
    fn read_inlined(&mut self, lowered: &List<Arc<Lowered>>, reader: Option<Reader<'a>>) {
        let package = self.package;
        let before = package.previous;
        let known = before.reading.as_ref().filter(|_| reader.is_none());
        if let Some(known) = known
            && let Some(places) = self.differences(&self.memo.inlined, &before.inlined)
        {
            // Each function has the same inlined as it had.
            let inlined = |memo: &Memo, at: usize| Arc::clone(&memo.inlined[at].ready);
            let same =
                |at: usize| inlined(&self.memo, at).inlined().eq(inlined(before, at).inlined());
            if places.into_iter().all(same) {
                self.memo.reading = Some(Arc::clone(known));
                return;
            }
        }
        let mut imported = Vec::new();
        let mut seen = FxHashSet::default();
        for func in self.memo.inlined.iter().flat_map(|inlined| inlined.ready.inlined()) {
            if seen.insert(func) && self.inliner.original(func).is_none() {
                imported.push(func);
            }
        }
        if let Some(known) = known.filter(|known| known.inlined == imported) {
            self.memo.reading = Some(Arc::clone(known));
            return;
        }
        let own = package.read_from(lowered);
        let mut reader = reader.unwrap_or_else(|| package.read(&own).1);
        for &func in &imported {
            if let Some(unit) = self.inliner.lowered(func) {
                reader.body(unit.id, &mentioned(&unit), package);
                reader.bodies(package);
            }
        }
        self.memo.reading = Some(Arc::new(Reading {
            declared: package.declarations().collect(),
            bodies: own.iter().map(|own| (own.unit.id, Arc::clone(&own.read))).collect(),
            generics: Arc::clone(&package.outline.generics),
            instances: package.next.borrow().instances.clone(),
            inlined: imported,
            wrapped: reader.wrapped(),
        }));
    }

    /// Makes those wrappers anew that are made from something that has changed; `false` if others
    /// may be needed.
    fn changed_wrappers(&mut self) -> bool {
        let before = self.package.previous;
        let same_reading = match (&self.memo.reading, &before.reading) {
            (Some(now), Some(before)) => Arc::ptr_eq(now, before),
            _ => false,
        };
        let inlined = self.differences(&self.memo.inlined, &before.inlined);
        let (Some(answers), Some(inlined)) = (&self.answers, inlined) else { return false };
        if !same_reading || !self.package.same_params {
            return false;
        }
        let askers =
            answers.iter().filter_map(|&question| before.askers[WRAPPED].of(question)).flatten();
        let work: BTreeSet<usize> = askers.copied().collect();
        self.memo.wrappers = before.wrappers.clone();
        self.memo.askers[WRAPPED] = before.askers[WRAPPED].clone();
        self.memo.all_ids = Arc::clone(&before.all_ids);
        self.memo.ready = before.ready.clone();
        for at in inlined {
            self.memo.ready.set(at, Arc::clone(&self.memo.inlined[at].ready));
        }
        for at in work {
            let id = self.memo.all_ids.list[at];
            let values = |memo: &Memo| {
                memo.wrappers.get(&id).cloned().flatten().map(|wrapper| wrapper.values.clone())
            };
            let Some(wrapper) = self.wrapper(id) else { return false };
            if values(before) != Some(wrapper.values.clone()) {
                return false;
            }
            self.memo.ready.set(at, Arc::clone(&wrapper.ready));
            self.memo.askers[WRAPPED].note(&wrapper.asked, at);
        }
        true
    }

    /// Makes the wrappers of methods and method values, and inlines what they wrap.
    ///
    /// Upstream: `noder/reader.go`, `MakeWrappers`.
    fn wrappers(&mut self) {
        let Some(reading) = self.memo.reading.clone() else { return };
        let wrapped = &reading.wrapped;
        self.memo.wrappers = Table::default();
        self.memo.askers[WRAPPED] = Askers::default();
        let package = self.package;
        let mut all = Vec::new();
        let mut values = Vec::new();
        let mut made = FxHashSet::default();
        for &ty in &wrapped.types {
            if !package.emits(ty) {
                continue;
            }
            let interface = is_interface(package.cx, ty);
            for entry in package.cx.all_methods(ty) {
                let pointer = (!interface).then(|| Ty::pointer(ty));
                let direct = (!entry.needs_pointer).then_some(ty);
                let outside_heap = pointer.filter(|_| package.cx.not_in_heap(ty)).map(Ty::pointer);
                for recv in direct.into_iter().chain(pointer).chain(outside_heap) {
                    let (name, package) = (entry.name, entry.package);
                    let id = FuncId::new(FuncKey::MethodWrapper { recv, name, package });
                    if made.insert(id)
                        && let Some(wrapper) = self.wrapper(id)
                    {
                        values.extend(&wrapper.values);
                        all.push(wrapper);
                    }
                }
            }
        }
        values.extend(&wrapped.values);
        let mut seen = wrapped.have_values.clone();
        let mut at = 0;
        while let Some(&value) = values.get(at) {
            at += 1;
            if !seen.insert(value) {
                continue;
            }
            let BoundMethod { recv, name, package } = value;
            let id = FuncId::new(FuncKey::MethodValue { recv, name, package });
            if let Some(wrapper) = self.wrapper(id) {
                values.extend(&wrapper.values);
                all.push(wrapper);
            }
        }
        let first = self.memo.inlined.len();
        let ids = all.iter().map(|wrapper| wrapper.ready.unit.id);
        let ids = self.memo.ids.list.iter().copied().chain(ids).collect();
        self.memo.all_ids = Ids::of(ids, &package.previous.all_ids);
        let functions = self.memo.inlined.iter().map(|inlined| Arc::clone(&inlined.ready));
        let of_wrappers = all.iter().map(|wrapper| Arc::clone(&wrapper.ready));
        self.memo.ready = functions.chain(of_wrappers).collect();
        if package.input.remember {
            for (at, wrapper) in all.iter().enumerate() {
                self.memo.askers[WRAPPED].note(&wrapper.asked, first + at);
            }
        }
    }

    /// A wrapper, made anew if it has to be; `None` if none is needed.
    fn wrapper(&mut self, id: FuncId) -> Option<Arc<Wrapper>> {
        self.memo.done.looked_at += 1;
        let package = self.package;
        let holds = |known: &Wrapper| {
            let mut params = known.params.iter();
            self.inliner.holds(&known.asked)
                && params.all(|(def, before)| package.params(*def) == *before)
        };
        let wrapper = match package.previous.wrappers.get(&id) {
            Some(None) => None,
            Some(Some(known)) if holds(known) => Some(Arc::clone(known)),
            _ => self.wrapper_anew(id).map(Arc::new),
        };
        if package.input.remember {
            self.memo.wrappers.insert(id, wrapper.clone());
        }
        wrapper
    }

    fn wrapper_anew(&mut self, id: FuncId) -> Option<Wrapper> {
        let (package, inliner) = (self.package, &self.inliner);
        let params = RefCell::new(Vec::new());
        let (made, asked) = inliner.recorded(|| {
            let input = lower::WrapperInput {
                cx: package.cx,
                names: package,
                package: package.input.id,
                params: &|def| {
                    let written = package.params(def);
                    params.borrow_mut().push((def, written.clone()));
                    written
                },
                interface: &|ty| package.interface(ty),
                inlinable: &|func| inliner.inlines(func),
            };
            let unit = match *id.key() {
                FuncKey::MethodWrapper { recv, name, package } => {
                    lower::method_wrapper(&input, recv, name, package)
                }
                FuncKey::MethodValue { recv, name, package } => {
                    lower::method_value(&input, recv, name, package)
                }
                _ => None,
            }?;
            let mut works = [inliner.start(unit)];
            inliner.fixpoint(&mut works, &[(0, FuncIdx::ROOT)]);
            let [work] = works;
            Some(work)
        });
        let Work { mut unit, events, .. } = made?;
        self.memo.done.wrappers += 1;
        let values = unit.nodes.iter().filter_map(|node| bound_method(&unit, node)).collect();
        package.finish_body(self.embedded, &mut unit);
        let ready = Arc::new(Ready {
            mentions: Arc::new(Mentions::of(&unit)),
            unit: Arc::new(unit),
            events: events.into(),
            kept_alive: Vec::new().into(),
        });
        Some(Wrapper { asked, params: params.into_inner(), ready, values })
    }
}

/// The end of the judgement of a unit.
fn judged(lowered: &Lowered, judging: Judging) -> Arc<Judged> {
    let Judging { known, unit, steps } = judging;
    known.unwrap_or_else(|| Arc::new(Judged { before: Arc::clone(&lowered.prepared), unit, steps }))
}
