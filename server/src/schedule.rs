//! Work on packages by all cores, dependencies first.
//!
//! A package is begun when all that it imports is done, so no thread waits for another in the
//! middle of its work.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use analysis::types::ty::PkgId;

use crate::loader::{Package, PackageGraph};
use crate::world::STACK_SIZE;

/// Runs `work` on `roots` and all that they import, and `meanwhile` on the calling thread. No
/// package is begun any more once `work` breaks off.
pub fn run<R>(
    graph: &PackageGraph,
    roots: &[PkgId],
    work: impl Fn(&Arc<Package>) -> ControlFlow<()> + Sync,
    meanwhile: impl FnOnce() -> R,
) -> std::io::Result<R> {
    let plan = Plan::new(graph, roots);
    let queue = Queue::new(&plan);
    let worker = || {
        // Whatever happens to this thread, the others must not wait for it.
        let _stop = StopOnUnwind(&queue);
        while let Some(at) = queue.next() {
            match work(plan.packages[at]) {
                ControlFlow::Continue(()) => queue.done(&plan, at),
                ControlFlow::Break(()) => queue.stop(),
            }
        }
    };
    let worker = &worker;
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        for number in 0..cores.min(plan.packages.len().max(1)) {
            let thread = std::thread::Builder::new().name(format!("analysis {number}"));
            if let Err(error) = thread.stack_size(STACK_SIZE).spawn_scoped(scope, worker) {
                queue.stop();
                return Err(error);
            }
        }
        Ok(meanwhile())
    })
}

/// How many packages `roots` and all that they import are.
pub fn count(graph: &PackageGraph, roots: &[PkgId]) -> usize {
    needed(graph, roots).into_iter().filter(|id| graph.get(*id).is_some()).count()
}

fn needed(graph: &PackageGraph, roots: &[PkgId]) -> FxHashSet<PkgId> {
    let mut needed: FxHashSet<PkgId> = FxHashSet::default();
    let mut stack = roots.to_vec();
    while let Some(id) = stack.pop() {
        if needed.insert(id)
            && let Some(package) = graph.get(id)
        {
            stack.extend(package.imports.values());
        }
    }
    needed
}

struct StopOnUnwind<'a>(&'a Queue);

impl Drop for StopOnUnwind<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

/// The packages to analyse, and who waits for whom.
struct Plan<'a> {
    packages: Vec<&'a Arc<Package>>,
    importers: Vec<Vec<usize>>,
    missing: Vec<usize>,
}

impl<'a> Plan<'a> {
    fn new(graph: &'a PackageGraph, roots: &[PkgId]) -> Plan<'a> {
        let needed = needed(graph, roots);
        let packages: Vec<&Arc<Package>> =
            graph.packages.iter().filter(|package| needed.contains(&package.id)).collect();
        let index: FxHashMap<PkgId, usize> =
            packages.iter().enumerate().map(|(at, package)| (package.id, at)).collect();
        let mut plan = Plan {
            importers: vec![Vec::new(); packages.len()],
            missing: vec![0; packages.len()],
            packages: Vec::new(),
        };
        for (at, package) in packages.iter().enumerate() {
            let imports: FxHashSet<usize> =
                package.imports.values().filter_map(|id| index.get(id).copied()).collect();
            plan.missing[at] = imports.len();
            for import in imports {
                plan.importers[import].push(at);
            }
        }
        plan.packages = packages;
        plan
    }
}

/// The packages that can be begun, in the order of the graph.
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    ready: BinaryHeap<Reverse<usize>>,
    missing: Vec<usize>,
    /// Not yet done.
    left: usize,
}

impl Queue {
    fn new(plan: &Plan<'_>) -> Queue {
        let free = plan.missing.iter().enumerate().filter(|(_, missing)| **missing == 0);
        let state = State {
            ready: free.map(|(at, _)| Reverse(at)).collect(),
            missing: plan.missing.clone(),
            left: plan.packages.len(),
        };
        Queue { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// A package to begin; none when all is done.
    fn next(&self) -> Option<usize> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if state.left == 0 {
                return None;
            }
            if let Some(Reverse(at)) = state.ready.pop() {
                return Some(at);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn done(&self, plan: &Plan<'_>, at: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.left = state.left.saturating_sub(1);
        for importer in &plan.importers[at] {
            state.missing[*importer] -= 1;
            if state.missing[*importer] == 0 {
                state.ready.push(Reverse(*importer));
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).left = 0;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use analysis::release::GoVersion;

    use super::*;

    /// Packages named by letters: `"c: a b"` imports `a` and `b`.
    fn graph(lines: &[&str]) -> PackageGraph {
        let package = |line: &&str| {
            let (name, imports) = line.split_once(':').unwrap();
            let imports = imports.split_whitespace();
            Arc::new(Package {
                id: PkgId::new(name),
                name: name.to_owned(),
                dir: name.into(),
                files: Vec::new(),
                cgo_files: Vec::new(),
                imports: imports.map(|path| (path.to_owned(), PkgId::new(path))).collect(),
                implicit: Vec::new(),
                go_version: GoVersion::new(27),
                module: None,
                standard: false,
                has_asm: false,
                errors: Vec::new(),
            })
        };
        PackageGraph::new(lines.iter().map(package).collect(), Vec::new(), Vec::new())
    }

    #[test]
    fn imports_are_done_before_their_importers_and_nothing_else_is() {
        let graph = graph(&["a:", "b: a", "c: a", "d: b c", "e: d", "f:"]);
        for _ in 0..50 {
            let done = Mutex::new(Vec::new());
            let work = |package: &Arc<Package>| {
                let mut done = done.lock().unwrap();
                assert!(package.imports.values().all(|id| done.contains(id)));
                done.push(package.id);
                ControlFlow::Continue(())
            };
            run(&graph, &[PkgId::new("d")], work, || ()).unwrap();
            assert_eq!(done.into_inner().unwrap().len(), 4);
        }
        assert_eq!(count(&graph, &[PkgId::new("d"), PkgId::new("f")]), 5);
    }

    #[test]
    fn breaking_off_ends_the_run() {
        let graph = graph(&["a:", "b: a", "c: b"]);
        let done = Mutex::new(0);
        let work = |_: &Arc<Package>| {
            *done.lock().unwrap() += 1;
            ControlFlow::Break(())
        };
        run(&graph, &[PkgId::new("c")], work, || ()).unwrap();
        assert_eq!(*done.lock().unwrap(), 1);
    }
}
