//! Changes of the user's text that take a value off the heap.
//!
//! Each fix starts from a decision of escape analysis at the place asked about, and proposes edits
//! that keep the program's meaning. A proposal becomes an [`Action`] only after [`prove`] has
//! analysed the changed text and found the gain to be real.
//!
//! Editors ask each time the cursor moves: what was proved is remembered until the world changes.
//!
//! Not yet: generic functions; alignment of comments that stand in columns behind an edited line.

mod capture;
mod constant_size;
mod format;
mod guard;
mod prove;
mod return_value;
mod scope;
mod tree;
mod value;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use crate::cancel::{Answer, CancelToken};
use crate::explain::finding::{Action, Location, TextEdit};
use crate::store::{Built, Store, World};
use crate::symbol::Symbol;
use crate::types::ty::{DefId, PkgId};

use prove::Decision;
use scope::{HeapValue, Scope};

/// The world in which a fix is looked for.
#[derive(Clone, Copy)]
struct Workspace<'a> {
    world: &'a World,
    store: &'a Store,
    cancel: &'a CancelToken,
}

impl Workspace<'_> {
    fn built(&self, package: PkgId) -> Answer<Option<Arc<Built>>> {
        self.store.built(self.world, package, self.cancel)
    }

    fn text(&self, file: Symbol) -> Option<Arc<str>> {
        self.world.text(file).ok()
    }

    /// Whether a package may be changed.
    fn is_mutable(&self, package: PkgId) -> bool {
        self.world.package(package).is_some_and(|source| source.mutable)
    }

    /// The packages in which `func`, declared in `file`, can be called, its own first; nothing if
    /// one of them must not be changed.
    fn users(&self, file: Symbol, func: DefId) -> Option<Vec<PkgId>> {
        let own = self.world.packages_of(file);
        if !own.iter().all(|&id| self.is_mutable(id)) {
            return None;
        }
        if !func.name.as_str().starts_with(char::is_uppercase) {
            return Some(own);
        }
        let mut users = own.clone();
        for id in self.world.dependents(&own) {
            if own.contains(&id) {
                continue;
            }
            // A method is also called where only an interface with it is mentioned.
            if func.parent.is_some() || self.mentions(id, func.name) {
                if !self.is_mutable(id) {
                    return None;
                }
                users.push(id);
            }
        }
        Some(users)
    }

    /// Whether the text of a package contains a name. What cannot be read counts as doing so.
    fn mentions(&self, package: PkgId, name: Symbol) -> bool {
        let Some(source) = self.world.package(package) else { return true };
        let has_name =
            |&file: &Symbol| self.text(file).is_none_or(|text| text.contains(name.as_str()));
        source.files.iter().any(has_name)
    }
}

/// The function in which a fix is looked for.
struct Place<'a> {
    workspace: Workspace<'a>,
    scope: Scope<'a>,
    /// What is on the heap in its own text.
    heap: Vec<HeapValue>,
    /// The lines asked about, as offsets in the declaration.
    lines: std::ops::Range<u32>,
}

/// A change that ought to help.
struct Proposal {
    /// What it does: `Return Point by value`.
    title: String,
    edits: Vec<TextEdit>,
    /// What will be gone.
    gone: Vec<HeapValue>,
    /// What is declared otherwise afterwards.
    names: Vec<DefId>,
}

/// Finds changes for a value.
type Fix = fn(&Place<'_>) -> Answer<Vec<Proposal>>;

const FIXES: [Fix; 4] =
    [return_value::propose, capture::propose, constant_size::propose, format::propose];

/// What has been asked and proved about one state of the world.
#[derive(Debug, Default)]
pub struct Memory {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    revision: u64,
    answers: FxHashMap<(PkgId, Location), Vec<Action>>,
    proofs: FxHashMap<(Vec<TextEdit>, Vec<Decision>), bool>,
}

impl Memory {
    /// What is known of the state with that number, of which others are older.
    fn of(&self, revision: u64) -> Option<MutexGuard<'_, Known>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.revision < revision {
            *known = Known { revision, ..Known::default() };
        }
        (known.revision == revision).then_some(known)
    }
}

/// The proved fixes for what is on the heap in the lines of `at`.
pub fn actions(
    world: &World,
    store: &Store,
    cancel: &CancelToken,
    memory: &Memory,
    package: PkgId,
    at: Location,
) -> Answer<Vec<Action>> {
    cancel.check()?;
    let workspace = Workspace { world, store, cancel };
    let question = (package, workspace.lines(at));
    let known = memory.of(world.revision());
    if let Some(answer) = known.and_then(|known| known.answers.get(&question).cloned()) {
        return Ok(answer);
    }
    let actions = workspace.actions(memory, package, question.1)?;
    if let Some(mut known) = memory.of(world.revision()) {
        known.answers.insert(question, actions.clone());
    }
    Ok(actions)
}

impl Workspace<'_> {
    /// The whole lines of a stretch, so that it does not matter where in them the cursor is.
    fn lines(&self, at: Location) -> Location {
        let text = self.text(at.file).unwrap_or_default();
        let before = text.get(..at.start as usize).unwrap_or_default();
        let after = text.get(at.end as usize..).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |end| end as u32 + 1);
        let end = at.end + after.find('\n').unwrap_or(after.len()) as u32;
        Location { start, end, ..at }
    }

    fn actions(&self, memory: &Memory, package: PkgId, at: Location) -> Answer<Vec<Action>> {
        let mut actions: Vec<Action> = Vec::new();
        let Some(built) = self.built(package)? else { return Ok(actions) };
        for scope in Scope::at(&built, at) {
            let Some(lines) = scope.lines(at) else { continue };
            let heap = scope.heap();
            let place = Place { workspace: *self, scope, heap, lines };
            for fix in FIXES {
                for mut proposal in fix(&place)? {
                    // A file that belongs to several packages was changed once for each of them.
                    let place_of =
                        |edit: &TextEdit| (edit.at.file.as_str(), edit.at.start, edit.at.end);
                    proposal.edits.sort_by_key(place_of);
                    proposal.edits.dedup();
                    let is_new = actions.iter().all(|action| action.edits != proposal.edits);
                    if is_new && self.holds(memory, &proposal)? {
                        actions.push(proposal.into_action());
                    }
                }
            }
        }
        Ok(actions)
    }

    fn holds(&self, memory: &Memory, proposal: &Proposal) -> Answer<bool> {
        self.cancel.check()?;
        let gone: Vec<Decision> =
            proposal.gone.iter().map(|value| value.decision.clone()).collect();
        let proof = (proposal.edits.clone(), gone);
        let known = memory.of(self.world.revision());
        if let Some(holds) = known.and_then(|known| known.proofs.get(&proof).copied()) {
            return Ok(holds);
        }
        let holds = prove::holds(self, &proof.0, &proof.1)?;
        if let Some(mut known) = memory.of(self.world.revision()) {
            known.proofs.insert(proof, holds);
        }
        Ok(holds)
    }
}

impl Place<'_> {
    /// What is on the heap in the lines asked about.
    fn here(&self) -> impl Iterator<Item = &HeapValue> {
        self.heap.iter().filter(|value| self.lines.contains(&value.offset))
    }

    fn is_here(&self, offset: u32) -> bool {
        self.lines.contains(&offset)
    }
}

impl Proposal {
    fn into_action(self) -> Action {
        let size = self.gone.iter().filter_map(|value| value.size).max();
        let size = size.map(|size| format!(" of {size} B")).unwrap_or_default();
        let in_loop = self.gone.iter().all(|value| value.loops > 0);
        let each = if in_loop { "iteration" } else { "call" };
        let title = format!("{}: saves 1 heap allocation{size} per {each}", self.title);
        Action { title, edits: self.edits, names: self.names }
    }
}

/// Whether two declarations are one in the text: a package has other names for them when it is
/// compiled for a test.
fn same_text(a: DefId, b: DefId) -> bool {
    a.name == b.name
        && a.nth == b.nth
        && a.package.path == b.package.path
        && match (a.parent, b.parent) {
            (Some(a), Some(b)) => same_text(a, b),
            (None, None) => true,
            _ => false,
        }
}
