//! The threads that the library starts, and whose panics are told.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::thread::Builder;

/// What the threads of this library are called.
const NAME: &str = "participants";

/// As Rust has it, which would take it from the host's `RUST_MIN_STACK` otherwise.
const STACK: usize = 2 * 1024 * 1024;

thread_local! {
    /// Whether a panic of this thread becomes a status of the C interface, and is not for the standard error.
    static SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Whether panics of this thread are told to nobody.
pub(crate) fn is_silent() -> bool {
    SILENT.get()
}

/// Sets that, and gives what was set before.
pub(crate) fn set_silent(silent: bool) -> bool {
    SILENT.replace(silent)
}

/// A thread to be, whose work comes from [`work`].
pub(crate) fn builder() -> Builder {
    Builder::new().name(NAME.into()).stack_size(STACK)
}

/// The body of a thread that this one starts: as silent as this one, and with the caller's hook run first.
pub(crate) fn work<T>(hook: ThreadHook, work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let silent = is_silent();
    move || {
        set_silent(silent);
        hook.run();
        work()
    }
}

/// What the caller wants to run first on each thread that the library starts.
#[derive(Clone, Default)]
pub(crate) struct ThreadHook(Option<Arc<dyn Fn() + Send + Sync>>);

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
