//! Defers `pthread_cancel`, which ends a thread in a system call by unwinding. Rust would abort the process for that.

/// Runs the body of an exported function. A cancellation of the thread takes effect when it has returned.
pub(crate) fn without_cancellation<T: Copy>(body: impl FnOnce() -> T) -> T {
    let before = pthread::set_state(pthread::DISABLE);
    let result = body();
    // With asynchronous cancellation the thread may end here. Nothing is left to drop.
    pthread::set_state(before);
    result
}

/// The crate libc does not declare this for every system.
#[cfg(all(unix, not(target_os = "android")))]
mod pthread {
    use std::ffi::c_int;

    /// Of `<pthread.h>`.
    pub const DISABLE: c_int = if cfg!(any(target_vendor = "apple", target_os = "hurd")) { 0 } else { 1 };

    unsafe extern "C-unwind" {
        fn pthread_setcancelstate(state: c_int, before: *mut c_int) -> c_int;
    }

    /// Sets whether this thread can be cancelled, and returns what was set before.
    pub fn set_state(state: c_int) -> c_int {
        let mut before = state;
        // SAFETY: the pointer is to a local variable, and the state is one of the two that there are.
        unsafe { pthread_setcancelstate(state, &mut before) };
        before
    }
}

/// These systems have no cancellation.
#[cfg(not(all(unix, not(target_os = "android"))))]
mod pthread {
    pub const DISABLE: () = ();

    pub fn set_state((): ()) {}
}
