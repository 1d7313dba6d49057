//! Giving up work that nobody waits for any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The work was given up because the world has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

/// What work gives unless it is given up.
pub type Answer<T> = Result<T, Cancelled>;

/// Tells work to give up.
#[derive(Debug, Clone, Default)]
pub struct CancelToken {
    own: Arc<AtomicBool>,
    /// The request that asks, which may be withdrawn while the world stays as it is.
    request: Option<Arc<AtomicBool>>,
}

impl CancelToken {
    /// Makes all work that holds this token give up.
    pub fn cancel(&self) {
        self.own.store(true, Ordering::Relaxed);
    }

    /// Gives up if told so; asked between functions.
    pub fn check(&self) -> Answer<()> {
        let told = |flag: &Arc<AtomicBool>| flag.load(Ordering::Relaxed);
        if told(&self.own) || self.request.as_ref().is_some_and(told) {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }

    /// A token that is told by this one, and by `request` too.
    #[must_use]
    pub fn on_behalf_of(&self, request: &CancelToken) -> CancelToken {
        let request = Some(Arc::clone(&request.own));
        CancelToken { own: Arc::clone(&self.own), request }
    }
}
