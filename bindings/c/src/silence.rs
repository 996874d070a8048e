//! Whether panics of a thread are printed. The library prints nothing: a panic in a call becomes a status, and its
//! message does not go to standard error.

use std::cell::Cell;
use std::sync::Once;
use std::thread;

thread_local! {
    static SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Sets whether panics of this thread are silent, and returns what was set before.
pub(crate) fn set(silent: bool) -> bool {
    SILENT.replace(silent)
}

/// Installs a panic hook that skips silent threads and passes all other panics on.
pub(crate) fn install_hook() {
    static ONCE: Once = Once::new();
    // A thread that panics must not change the hook: the next call does.
    if ONCE.is_completed() || thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !SILENT.get() {
                others(panic);
            }
        }));
    });
}
