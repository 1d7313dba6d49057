//! Asks about packages on all cores; answers come in the order in which they were asked for.

use std::any::Any;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustc_hash::{FxHashMap, FxHashSet};

use analysis::host::View;
use analysis::types::ty::PkgId;

use super::{Failure, complain};
use crate::loader::{Package, PackageGraph};
use crate::schedule;

/// Asks `ask` about each of `roots`, and hands the answers to `take` in the order of `roots`. A
/// package on which the analysis itself fails has no answer, and is named on stderr.
pub(super) fn each<T: Send>(
    graph: &PackageGraph,
    view: &View,
    roots: &[PkgId],
    ask: impl Fn(&View, &Arc<Package>) -> T + Sync,
    mut take: impl FnMut(&Arc<Package>, Option<T>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let bar = progress_bar(schedule::count(graph, roots));
    let asked: FxHashSet<PkgId> = roots.iter().copied().collect();
    let unread = AtomicBool::new(false);
    let (answers, answer) = mpsc::channel();
    let work = |package: &Arc<Package>| {
        if unread.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        bar.set_message(package.id.to_string());
        let done = catch_unwind(AssertUnwindSafe(|| {
            if asked.contains(&package.id) {
                return Some(ask(view, package));
            }
            // The view of a command is never cancelled.
            let _ = view.prepare(package.id);
            None
        }));
        bar.inc(1);
        let answer = done.unwrap_or_else(|cause| {
            bar.suspend(|| complain(&failed(package, &*cause)));
            None
        });
        if asked.contains(&package.id) && answers.send((package.id, answer)).is_err() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    };
    let hand_out = || {
        let mut early = FxHashMap::default();
        for package in roots.iter().filter_map(|root| graph.get(*root)) {
            let answer = loop {
                if let Some(answer) = early.remove(&package.id) {
                    break answer;
                }
                let Ok((id, answer)) = answer.recv() else { return Ok(()) };
                early.insert(id, answer);
            };
            let result = bar.suspend(|| take(package, answer));
            if result.is_err() {
                // Nobody reads on: what is queued need not be done.
                unread.store(true, Ordering::Relaxed);
                return result;
            }
        }
        Ok(())
    };
    let result = schedule::run(graph, roots, work, hand_out)
        .map_err(|error| Failure::other(format!("cannot start a thread: {error}")))?;
    bar.finish_and_clear();
    result
}

fn failed(package: &Package, cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
    format!("goescape: package {}: internal error, please report it: {text}", package.id)
}

/// A bar on a terminal; nothing elsewhere.
fn progress_bar(len: usize) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(10);
    let bar = ProgressBar::with_draw_target(Some(len as u64), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg:.dim}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
