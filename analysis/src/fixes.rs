//! Changes of the user's text that take a value off the heap.
//!
//! Each fix starts from a decision of escape analysis at the place asked about, and proposes edits
//! that keep the program's meaning. A proposal becomes an [`Action`] only after [`prove`] has
//! analysed the changed text and found the gain to be real.
//!
//! Not yet: generic functions; alignment of comments that stand in columns behind an edited line.

mod capture;
mod constant_size;
mod prove;
mod return_value;
mod scope;
mod tree;
mod value;

use std::sync::Arc;

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

    /// The packages in which a declaration of `file` can be mentioned, compiled; nothing if one of
    /// them must not be changed.
    fn users(&self, file: Symbol) -> Answer<Option<Vec<Arc<Built>>>> {
        let mut users = Vec::new();
        for id in self.world.dependents(&self.world.packages_of(file)) {
            let mutable = self.world.package(id).is_some_and(|source| source.mutable);
            match self.built(id)? {
                Some(built) if mutable => users.push(built),
                _ => return Ok(None),
            }
        }
        Ok(Some(users))
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
}

const FIXES: [fn(&Place<'_>) -> Answer<Vec<Proposal>>; 3] =
    [return_value::propose, capture::propose, constant_size::propose];

/// The proved fixes for what is on the heap in the lines of `at`.
pub fn actions(
    world: &World,
    store: &Store,
    cancel: &CancelToken,
    package: PkgId,
    at: Location,
) -> Answer<Vec<Action>> {
    cancel.check()?;
    let workspace = Workspace { world, store, cancel };
    let Some(built) = workspace.built(package)? else { return Ok(Vec::new()) };
    let mut actions: Vec<Action> = Vec::new();
    for scope in Scope::at(&built, at) {
        let Some(lines) = scope.lines(at) else { continue };
        let heap = scope.heap();
        let place = Place { workspace, scope, heap, lines };
        for fix in FIXES {
            for mut proposal in fix(&place)? {
                // A file that belongs to several packages was changed once for each of them.
                let place_of =
                    |edit: &TextEdit| (edit.at.file.as_str(), edit.at.start, edit.at.end);
                proposal.edits.sort_by_key(place_of);
                proposal.edits.dedup();
                cancel.check()?;
                let gone: Vec<Decision> =
                    proposal.gone.iter().map(|value| value.decision.clone()).collect();
                if prove::holds(&workspace, &proposal.edits, &gone)? {
                    actions.push(proposal.into_action());
                }
            }
        }
    }
    Ok(actions)
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
        Action { title, edits: self.edits }
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
