//! The threads that the library starts, and whose panics are told.

use std::cell::Cell;
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

/// What a thread that this one starts does, as silent as this one.
pub(crate) fn work<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let silent = is_silent();
    move || {
        set_silent(silent);
        work()
    }
}
