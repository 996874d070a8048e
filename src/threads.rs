//! The threads that the library starts.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::thread::Builder;

const NAME: &str = "participants";

/// Rust's default, in bytes. Without it, `RUST_MIN_STACK` in the host's environment would decide.
const STACK_SIZE: usize = 2 * 1024 * 1024;

/// A builder for a thread. Wrap what the thread runs in [`work`].
pub(crate) fn builder() -> Builder {
    Builder::new().name(NAME.into()).stack_size(STACK_SIZE)
}

/// Makes a thread call the caller's hook first.
pub(crate) fn work<T>(hook: ThreadHook, work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    move || {
        hook.run();
        work()
    }
}

/// The caller's function to call first on each thread that the library starts.
#[derive(Clone, Default)]
pub(crate) struct ThreadHook(Option<Arc<dyn Fn() + Send + Sync>>);

/// By its contract the hook does not panic, so a panic can't leave it half changed.
impl UnwindSafe for ThreadHook {}
impl RefUnwindSafe for ThreadHook {}

impl ThreadHook {
    pub fn new(hook: impl Fn() + Send + Sync + 'static) -> Self {
        ThreadHook(Some(Arc::new(hook)))
    }

    fn run(&self) {
        if let Some(hook) = &self.0 {
            hook();
        }
    }
}

impl fmt::Debug for ThreadHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "set" } else { "none" })
    }
}
