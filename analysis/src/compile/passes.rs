//! The passes from judging to dead locals, function by function.
//!
//! Each pass over a function is a step of [`crate::memo`]: done, or taken over from an earlier
//! version of the package.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Package, with_verdicts};
use crate::cancel::{Answer, CancelToken};
use crate::inline::interleave::Work;
use crate::inline::{Asked, Event as InlineEvent, Inliner, What as InlineWhat};
use crate::instances::{BoundMethod, Reader, Wrapped, bound_method, mentioned};
use crate::ir::build::is_interface;
use crate::ir::facts::Verdict;
use crate::ir::func::{FuncId, FuncKey};
use crate::ir::node::{Callee, FuncIdx, Unit};
use crate::ir::scc::{Mentions, Order};
use crate::ir::{bloop, lower};
use crate::memo::{Inlined, JudgeStep, Judged, Lowered, Memo, Reading, Wrapper};
use crate::types::ty::{DefId, Ty};

/// The functions of a package, ready for escape analysis.
pub(super) struct Passed {
    pub(super) units: Vec<Arc<Unit>>,
    pub(super) mentions: Vec<Arc<Mentions>>,
    /// Own functions as lowered, with verdicts.
    pub(super) originals: FxHashMap<FuncId, Arc<Unit>>,
    pub(super) kept_alive: Vec<Arc<[bloop::Event]>>,
    pub(super) inlined: Vec<Arc<[InlineEvent]>>,
    pub(super) memo: Memo,
}

/// The passes over one package.
pub(super) struct Passes<'a> {
    package: &'a Package<'a>,
    inliner: Inliner<'a>,
    cancel: &'a CancelToken,
    embedded: &'a FxHashSet<DefId>,
    originals: FxHashMap<FuncId, Arc<Unit>>,
    memo: Memo,
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
        let (originals, memo) = (FxHashMap::default(), Memo::default());
        Passes { package, inliner, cancel, embedded, originals, memo }
    }

    pub(super) fn run(
        mut self,
        lowered: &[Arc<Lowered>],
        instances: Vec<FuncId>,
        reader: Option<Reader<'a>>,
    ) -> Answer<Passed> {
        let judged = self.judge(lowered)?;
        let inlined = self.inline(&judged)?;
        drop(judged);
        let mut kept_alive: Vec<_> =
            lowered.iter().map(|lowered| Arc::clone(&lowered.kept_alive)).collect();
        let reading = self.read_inlined(lowered, &inlined, instances, reader);
        let wrappers = self.wrappers(&reading.wrapped);
        self.memo.reading = Some(reading);
        kept_alive.resize(inlined.len() + wrappers.len(), Vec::new().into());

        let of_functions = inlined.iter().map(|one| (&one.unit, &one.mentions, &one.events));
        let of_wrappers = wrappers.iter().map(|one| (&one.unit, &one.mentions, &one.events));
        let (mut units, mut mentions, mut events) = (Vec::new(), Vec::new(), Vec::new());
        for (unit, names, said) in of_functions.chain(of_wrappers) {
            units.push(Arc::clone(unit));
            mentions.push(Arc::clone(names));
            events.push(Arc::clone(said));
        }
        let Passes { originals, memo, .. } = self;
        Ok(Passed { units, mentions, originals, kept_alive, inlined: events, memo })
    }

    /// Judges all functions, callees first.
    fn judge(&mut self, lowered: &[Arc<Lowered>]) -> Answer<Vec<Arc<Judged>>> {
        for lowered in lowered {
            self.inliner.add(Arc::clone(&lowered.unit));
            self.originals.insert(lowered.unit.id, Arc::clone(&lowered.unit));
        }
        let mut units: Vec<Judging> = lowered
            .iter()
            .map(|lowered| {
                let known = self.package.previous.judged.get(&lowered.unit.id);
                let known = known.filter(|known| Arc::ptr_eq(&known.before, &lowered.prepared));
                let unit = Arc::clone(&lowered.prepared);
                Judging { known: known.cloned(), unit, steps: Vec::new() }
            })
            .collect();
        if !self.package.input.target.no_inline {
            let mentions: Vec<_> =
                lowered.iter().map(|lowered| Arc::clone(&lowered.mentions)).collect();
            let order = Order::of(mentions, self.package.previous.judging.as_ref());
            for batch in &order.batches {
                self.cancel.check()?;
                for &(at, func) in &batch.members {
                    self.judge_one(&mut units[at], func);
                }
            }
            self.memo.judging = Some(order);
        }
        let done = units.into_iter().zip(lowered).map(|(unit, lowered)| {
            let judged = match unit.known {
                Some(known) => known,
                None => Arc::new(Judged {
                    before: Arc::clone(&lowered.prepared),
                    unit: unit.unit,
                    steps: unit.steps,
                }),
            };
            if self.package.input.remember {
                self.memo.judged.insert(judged.unit.id, Arc::clone(&judged));
            }
            judged
        });
        Ok(done.collect())
    }

    fn judge_one(&mut self, judging: &mut Judging, func: FuncIdx) {
        let known = judging.known.as_ref().and_then(|known| known.steps.get(judging.steps.len()));
        let known = known.filter(|step| step.func == func && self.inliner.holds(&step.asked));
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
            self.originals.insert(id, Arc::clone(original));
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
        let original = matches!(unit[func].verdict, Verdict::Can(_))
            .then(|| Arc::new(with_verdicts(&self.originals[&unit.id], unit)));
        JudgeStep { func, asked, verdicts, events, original }
    }

    /// Devirtualizes and inlines, and does all up to escape analysis.
    fn inline(&mut self, judged: &[Arc<Judged>]) -> Answer<Vec<Arc<Inlined>>> {
        let mut started: Vec<Option<(Work, Asked)>> = Vec::with_capacity(judged.len());
        let mut mentions = Vec::with_capacity(judged.len());
        for judged in judged {
            match self.known_inlined(judged) {
                Some(known) => {
                    mentions.push(Arc::clone(&known.started));
                    started.push(None);
                }
                None => {
                    let work = self.start(judged);
                    mentions.push(Arc::new(Mentions::of(&work.0.unit)));
                    started.push(Some(work));
                }
            }
        }
        // Bodies that replace calls are those of before, so units do not depend on each other's
        // progress; what counts is the order of the functions within a unit.
        let order = Order::of(mentions.clone(), self.package.previous.inlining.as_ref());
        let mut all = Vec::with_capacity(judged.len());
        for (((judged, started), mentions), order) in
            judged.iter().zip(started).zip(mentions).zip(order.by_unit())
        {
            self.cancel.check()?;
            let known = self.known_inlined(judged).filter(|known| {
                started.is_none() && known.order == *order && self.inliner.holds(&known.asked)
            });
            let inlined = match known {
                Some(known) => Arc::clone(known),
                None => {
                    let work = started.unwrap_or_else(|| self.start(judged));
                    Arc::new(self.inline_anew(judged, work, mentions, order.clone()))
                }
            };
            if self.package.input.remember {
                self.memo.inlined.insert(judged.unit.id, Arc::clone(&inlined));
            }
            all.push(inlined);
        }
        self.memo.inlining = Some(order);
        Ok(all)
    }

    fn known_inlined(&self, judged: &Judged) -> Option<&'a Arc<Inlined>> {
        let known = self.package.previous.inlined.get(&judged.unit.id)?;
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
        Inlined {
            before: Arc::clone(&judged.unit),
            started,
            order,
            asked,
            mentions: Arc::new(Mentions::of(&unit)),
            unit: Arc::new(unit),
            events: imprecise.into_iter().chain(said).chain(events).collect(),
        }
    }

    /// Reads the imported bodies that were inlined. `reader` has read the rest of the package;
    /// without it the same as before would be read there.
    fn read_inlined(
        &self,
        lowered: &[Arc<Lowered>],
        inlined: &[Arc<Inlined>],
        instances: Vec<FuncId>,
        reader: Option<Reader<'a>>,
    ) -> Arc<Reading> {
        let package = self.package;
        let mut imported = Vec::new();
        let mut seen = FxHashSet::default();
        for event in inlined.iter().flat_map(|inlined| inlined.events.iter()) {
            let InlineWhat::Inlining(Callee::Func(func)) = event.what else { continue };
            if seen.insert(func) && self.inliner.original(func).is_none() {
                imported.push(func);
            }
        }
        let known = package.previous.reading.as_ref();
        let known = known.filter(|known| reader.is_none() && known.inlined == imported);
        if let Some(known) = known {
            return Arc::clone(known);
        }
        let own = package.read_from(lowered);
        let mut reader = reader.unwrap_or_else(|| package.read(own).1);
        for &func in &imported {
            if let Some(unit) = self.inliner.lowered(func) {
                reader.body(unit.id, &mentioned(&unit), package);
                reader.bodies(package);
            }
        }
        Arc::new(Reading {
            declared: package.declarations().collect(),
            bodies: own.iter().map(|own| (own.unit.id, Arc::clone(&own.read))).collect(),
            generics: package.generics.clone(),
            instances,
            inlined: imported,
            wrapped: reader.wrapped(),
        })
    }

    /// Makes the wrappers of methods and method values, and inlines what they wrap.
    ///
    /// Upstream: `noder/reader.go`, `MakeWrappers`.
    fn wrappers(&mut self, wrapped: &Wrapped) -> Vec<Arc<Wrapper>> {
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
                    let (name, of) = (entry.name, entry.package);
                    let id = FuncId::new(FuncKey::MethodWrapper { recv, name, package: of });
                    if made.insert(id)
                        && let Some(wrapper) =
                            self.wrapper(id, |input| lower::method_wrapper(input, recv, name, of))
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
            if let Some(wrapper) =
                self.wrapper(id, |input| lower::method_value(input, recv, name, package))
            {
                values.extend(&wrapper.values);
                all.push(wrapper);
            }
        }
        all
    }

    /// A wrapper, made anew if it has to be.
    fn wrapper(
        &mut self,
        id: FuncId,
        make: impl FnOnce(&lower::WrapperInput<'_>) -> Option<Unit>,
    ) -> Option<Arc<Wrapper>> {
        let package = self.package;
        let holds = |known: &Wrapper| {
            let mut params = known.params.iter();
            self.inliner.holds(&known.asked)
                && params.all(|(def, before)| package.params(*def) == *before)
        };
        let wrapper = match package.previous.wrappers.get(&id) {
            Some(None) => None,
            Some(Some(known)) if holds(known) => Some(Arc::clone(known)),
            _ => self.wrapper_anew(make).map(Arc::new),
        };
        if package.input.remember {
            self.memo.wrappers.insert(id, wrapper.clone());
        }
        wrapper
    }

    fn wrapper_anew(
        &mut self,
        make: impl FnOnce(&lower::WrapperInput<'_>) -> Option<Unit>,
    ) -> Option<Wrapper> {
        let (package, inliner) = (self.package, &self.inliner);
        let params = RefCell::new(Vec::new());
        let (made, asked) = inliner.recorded(|| {
            let unit = make(&lower::WrapperInput {
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
            })?;
            let mut works = [inliner.start(unit)];
            inliner.fixpoint(&mut works, &[(0, FuncIdx::ROOT)]);
            let [work] = works;
            Some(work)
        });
        let Work { mut unit, events, .. } = made?;
        self.memo.done.wrappers += 1;
        let values = unit.nodes.iter().filter_map(|node| bound_method(&unit, node)).collect();
        package.finish_body(self.embedded, &mut unit);
        Some(Wrapper {
            asked,
            params: params.into_inner(),
            mentions: Arc::new(Mentions::of(&unit)),
            unit: Arc::new(unit),
            values,
            events: events.into(),
        })
    }
}
