//! What was found out about a package before, function by function, so that an edit costs what it
//! changes.
//!
//! Each pass over a function is a step: a pure function of what goes in and of what it asks about
//! other functions. A step is recorded with both, and its result is taken over if what goes in is
//! the very same and every question still has the answer it had. So an edit that changes neither
//! the body that callers would inline, nor how the parameters leak, ends at the function edited.
//!
//! What all steps may ask without record (types of the package, packages imported, flags) is
//! compared once: if it differs, nothing is taken over. See [`Ground`].

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::escape;
use crate::inline::{Asked, Askers, Event as InlineEvent, Known, Ready};
use crate::instances::{BoundMethod, Mentioned, Wrapped};
use crate::ir::facts::{FuncFacts, Verdict};
use crate::ir::func::{FuncId, Ids};
use crate::ir::lower::Dictionary;
use crate::ir::node::{FuncIdx, Unit};
use crate::ir::scc::{Mentions, Order};
use crate::ir::{bloop, lower};
use crate::release::{GoVersion, Target};
use crate::shared::{List, Table};
use crate::summary::{Source, Summary};
use crate::symbol::Symbol;
use crate::syntax::ast::ExprId;
use crate::types::env::PackageTypes;
use crate::types::initorder::Initializer;
use crate::types::ty::{DefId, PkgId, Ty};

/// The steps of one package.
///
/// Lists go by the places of functions in [`Memo::ids`], or of functions and wrappers in
/// [`Memo::all_ids`].
#[derive(Debug, Default)]
pub struct Memo {
    /// What they may ask of without record.
    pub ground: Option<Arc<Ground>>,
    /// What is declared.
    pub outline: Outline,
    /// The dictionaries of generic functions and types.
    pub dictionaries: Arc<FxHashMap<DefId, Arc<Words>>>,
    /// What was read.
    pub reading: Option<Arc<Reading>>,
    /// The functions.
    pub ids: Arc<Ids>,
    /// Functions as lowered.
    pub lowered: List<Arc<Lowered>>,
    /// The types whose descriptors are asked for, function by function, and the functions that
    /// compare and hash their values.
    pub described: Option<Arc<Described>>,
    /// The functions that run initialisers.
    pub init: Option<Arc<Init>>,
    /// In which order variables are initialised.
    pub init_order: Option<Arc<Vec<Initializer>>>,
    /// The instances that the package makes.
    pub instances: Vec<FuncId>,
    /// Instances that come up while bodies are inlined, and what is known of them.
    pub late: Table<FuncId, Arc<Late>>,
    /// What callers read of these.
    pub late_facts: Table<FuncId, Arc<LateFacts>>,
    /// In which order functions are judged.
    pub judging: Option<Arc<Order>>,
    /// In which order calls are replaced.
    pub inlining: Option<Arc<Order>>,
    /// Functions as judged.
    pub judged: List<Arc<Judged>>,
    /// What came of that.
    pub known: Known,
    /// Functions after inlining.
    pub inlined: List<Arc<Inlined>>,
    /// Wrappers of methods and method values; `None` where none is needed.
    pub wrappers: Table<FuncId, Option<Arc<Wrapper>>>,
    /// Which functions asked what when they were judged, which when calls in them were replaced,
    /// and which wrappers did.
    pub askers: [Askers; 3],
    /// Functions and wrappers.
    pub all_ids: Arc<Ids>,
    /// All of them as escape analysis gets them.
    pub ready: List<Arc<Ready>>,
    /// Functions after escape analysis.
    pub escaped: escape::Memo,
    /// What importers see of functions.
    pub facts: Table<FuncId, Arc<FuncFacts>>,
    /// The functions that were inlined, and the bodies that importers get to see.
    pub exports: Arc<Exports>,
    /// How much was done.
    pub done: Done,
}

/// The functions that were inlined, and the bodies that importers get to see.
pub type Exports = (FxHashSet<FuncId>, Arc<FxHashSet<FuncId>>);

/// The declarations that run initialisers, and the functions that do.
pub type Init = (Vec<InitSource>, Vec<Arc<Lowered>>);

impl Memo {
    /// A function as it was lowered.
    pub fn lowered(&self, id: FuncId) -> Option<&Arc<Lowered>> {
        self.lowered.get(self.ids.place(id)?)
    }
}

/// What is declared in a package, as far as the passes care.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// Functions with a body of their own, in source order.
    pub declared: Arc<Vec<DefId>>,
    /// Checked declarations.
    pub sources: Table<DefId, Arc<Source>>,
    /// Generic functions.
    pub generics: Arc<FxHashMap<DefId, Arc<Source>>>,
    /// How the parameters of methods are written.
    pub params: Table<DefId, Arc<lower::Params>>,
    /// Declarations that are left out because of errors.
    pub left_out: Arc<FxHashSet<DefId>>,
    /// Declarations in which something is of unknown type.
    pub guessed: Arc<FxHashSet<DefId>>,
}

/// How much had to be worked out: counts of functions, or of batches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Bodies checked.
    pub checked: usize,
    /// Functions lowered.
    pub lowered: usize,
    /// Functions judged, literals among them.
    pub judged: usize,
    /// Functions in which calls were replaced.
    pub inlined: usize,
    /// Wrappers made.
    pub wrappers: usize,
    /// Batches of functions analysed for escapes.
    pub escaped: usize,
    /// How often a function or batch was looked at after it was lowered, if only to find that what
    /// was known of it still holds.
    pub looked_at: usize,
}

/// What every step may ask without record.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The declarations of the package.
    pub types: Arc<PackageTypes>,
    /// All packages it depends on.
    pub imports: FxHashMap<PkgId, Arc<Summary>>,
    /// What its imports mean.
    pub import_map: FxHashMap<Symbol, PkgId>,
    /// The language version.
    pub go_version: Option<GoVersion>,
    /// The build.
    pub target: Target,
    /// Variables filled in by `//go:embed`.
    pub embedded: Arc<FxHashSet<DefId>>,
}

/// Whether packages tell the same.
pub fn same_imports(
    known: &FxHashMap<PkgId, Arc<Summary>>,
    now: &FxHashMap<PkgId, Arc<Summary>>,
) -> bool {
    known.len() == now.len()
        && now
            .iter()
            .all(|(id, summary)| known.get(id).is_some_and(|before| before.tells_the_same(summary)))
}

/// A dictionary.
#[derive(Debug)]
pub struct Words {
    /// The functions that take it.
    pub sources: Vec<(DefId, Arc<Source>)>,
    /// What stands in it.
    pub words: Arc<Dictionary>,
}

impl Words {
    /// Whether it is the dictionary of these functions.
    pub fn is_of(&self, sources: &[(DefId, Arc<Source>)]) -> bool {
        let mut pairs = self.sources.iter().zip(sources);
        self.sources.len() == sources.len()
            && pairs.all(|((a, x), (b, y))| a == b && Arc::ptr_eq(x, y))
    }

    /// Whether callers and the functions that are the same in both find the same in both.
    pub fn serves(&self, now: &Words) -> bool {
        let same = |(def, source): &(DefId, Arc<Source>)| {
            let before = self.sources.iter().find(|(before, _)| before == def);
            before.is_some_and(|(_, before)| Arc::ptr_eq(before, source))
        };
        let kept = now.sources.iter().filter(|source| same(source)).map(|(def, _)| *def);
        Arc::ptr_eq(&self.words, &now.words)
            || (self.words.len() == now.words.len()
                && self.words.has_same_words(&now.words, &kept.collect::<FxHashSet<_>>()))
    }
}

/// A function as lowered.
#[derive(Debug)]
pub struct Lowered {
    /// What it was made from; `None` for the function that runs initialisers.
    pub source: Option<Arc<Source>>,
    /// The function, before anything is done to it.
    pub unit: Arc<Unit>,
    /// The function as the following passes get it.
    pub prepared: Arc<Unit>,
    /// What there is to say of its `b.Loop` loops.
    pub kept_alive: Arc<[bloop::Event]>,
    /// The functions that `prepared` mentions.
    pub mentions: Arc<Mentions>,
    /// What its body names.
    pub read: Arc<[Mentioned]>,
    /// The types whose descriptors it asks for.
    pub described: Arc<[Ty]>,
}

/// The types whose descriptors are asked for, function by function, and what that leads to.
pub type Described = (Vec<Arc<[Ty]>>, Vec<Arc<Lowered>>);

/// What was read of a package and of its imports, and on account of what.
#[derive(Debug)]
pub struct Reading {
    /// The declarations of the package.
    pub declared: Vec<DefId>,
    /// Its functions with what their bodies name.
    pub bodies: Vec<(FuncId, Arc<[Mentioned]>)>,
    /// Its generic functions.
    pub generics: Arc<FxHashMap<DefId, Arc<Source>>>,
    /// The instances that it makes.
    pub instances: Vec<FuncId>,
    /// The imported functions whose bodies were inlined.
    pub inlined: Vec<FuncId>,
    /// What needs wrappers after all that.
    pub wrapped: Wrapped,
}

/// An initialiser as it was lowered.
#[derive(Debug, Clone)]
pub struct InitSource {
    /// The declaration.
    pub source: Arc<Source>,
    /// The variables and their types.
    pub lhs: Vec<(DefId, Ty)>,
    /// The value.
    pub rhs: ExprId,
}

impl InitSource {
    /// What lowering takes.
    pub fn initializer(&self) -> lower::Initializer<'_> {
        lower::Initializer {
            decl: &self.source.decl,
            info: &self.source.info,
            version: self.source.version,
            lhs: self.lhs.clone(),
            rhs: self.rhs,
        }
    }
}

impl PartialEq for InitSource {
    fn eq(&self, other: &InitSource) -> bool {
        Arc::ptr_eq(&self.source, &other.source) && self.lhs == other.lhs && self.rhs == other.rhs
    }
}

/// An instance that comes up while bodies are inlined.
#[derive(Debug)]
pub struct Late {
    /// What it was made from.
    pub source: Arc<Source>,
    /// The function as lowered.
    pub unit: Arc<Unit>,
    /// What its body names.
    pub read: Arc<[Mentioned]>,
}

/// What callers read of such an instance.
#[derive(Debug)]
pub struct LateFacts {
    /// The function as lowered.
    pub unit: Arc<Unit>,
    /// What was asked.
    pub asked: Asked,
    /// What callers read.
    pub facts: Arc<FuncFacts>,
}

/// A function with the verdicts on it and on its literals.
#[derive(Debug)]
pub struct Judged {
    /// The function before.
    pub before: Arc<Unit>,
    /// The function.
    pub unit: Arc<Unit>,
    /// How that came about, in order.
    pub steps: Vec<Arc<JudgeStep>>,
}

/// The judgement of a function or literal.
#[derive(Debug)]
pub struct JudgeStep {
    /// Which function of the unit.
    pub func: FuncIdx,
    /// What was asked.
    pub asked: Asked,
    /// The verdicts, and whether results can be delayed, of the functions judged on the way.
    pub verdicts: Vec<(FuncIdx, Verdict, bool)>,
    /// What there is to say.
    pub events: Vec<InlineEvent>,
    /// What replaces calls of the function from now on, if it can be inlined.
    pub original: Option<Arc<Unit>>,
}

/// A function after inlining, and all up to escape analysis.
#[derive(Debug)]
pub struct Inlined {
    /// The function before.
    pub before: Arc<Unit>,
    /// The functions that it mentions once its calls were devirtualized for the first time.
    pub started: Arc<Mentions>,
    /// The unit's functions in the order in which they were done, batch by batch.
    pub order: Vec<Vec<FuncIdx>>,
    /// What was asked.
    pub asked: Asked,
    /// The function.
    pub ready: Arc<Ready>,
}

/// A wrapper of a method or method value.
#[derive(Debug)]
pub struct Wrapper {
    /// What was asked.
    pub asked: Asked,
    /// The parameters that it takes names and positions from.
    pub params: Vec<(DefId, Option<Arc<lower::Params>>)>,
    /// The wrapper.
    pub ready: Arc<Ready>,
    /// The method values in it.
    pub values: Vec<BoundMethod>,
}
