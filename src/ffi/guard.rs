//! What every exported function does at the boundary: check pointers, catch panics, write the out-pointers.

use std::cell::Cell;
use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use super::cancellation::held_off;
use super::error::rtk_error;
use super::status::{RTK_STATUS_OK, rtk_status};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs the body of an exported function; a panic in it becomes `fallback`, in silence.
pub(super) fn guard<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    silence_panics();
    let outer = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(body)).map_err(|payload| {
        // Dropping what a panic carries may panic in its turn; what that one carries is left alone.
        catch_unwind(AssertUnwindSafe(|| drop(payload))).unwrap_or_else(std::mem::forget);
    });
    GUARDED.set(outer);
    result.unwrap_or(fallback)
}

/// Runs the body of an exported function that gives a value through `out` and a failure through `err`.
///
/// # Safety
/// `out` and `err` are NULL or writable.
pub(super) unsafe fn guard_call<T>(
    out: *mut *mut T,
    err: *mut *mut rtk_error,
    body: impl FnOnce() -> Result<*mut T, rtk_error>,
) -> rtk_status {
    // SAFETY: as of this function.
    unsafe { guard_step(out, err, || body().map(|value| (RTK_STATUS_OK, value))) }
}

/// As [`guard_call`], of a body that may succeed in more than one way.
///
/// # Safety
/// `out` and `err` are NULL or writable.
pub(super) unsafe fn guard_step<T>(
    out: *mut *mut T,
    err: *mut *mut rtk_error,
    body: impl FnOnce() -> Result<(rtk_status, *mut T), rtk_error>,
) -> rtk_status {
    held_off(|| {
        // SAFETY: as of this function.
        unsafe {
            write(out, std::ptr::null_mut());
            write(err, std::ptr::null_mut());
        }
        let result = guard(None, || {
            Some(match out.is_null() {
                true => Err(rtk_error::null("the out-pointer")),
                false => body(),
            })
        });
        // SAFETY: as of this function.
        unsafe { finish(result.unwrap_or_else(|| Err(rtk_error::panicked())), out, err) }
    })
}

/// Writes what a call came to.
///
/// # Safety
/// `out` and `err` are NULL or writable.
unsafe fn finish<T>(result: Result<(rtk_status, *mut T), rtk_error>, out: *mut *mut T, err: *mut *mut rtk_error) -> rtk_status {
    match result {
        Ok((status, value)) => {
            // SAFETY: as of this function.
            unsafe { write(out, value) };
            status
        }
        Err(error) => {
            let status = error.status();
            if !err.is_null() {
                // SAFETY: as of this function.
                unsafe { write(err, give(error)) };
            }
            status
        }
    }
}

/// Hands a value to C, which ends it with its `_free` function.
pub(super) fn give<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// Ends a handle that [`give`] made.
///
/// # Safety
/// `handle` is NULL, or came from [`give`] and was not ended yet.
pub(super) unsafe fn end<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: as of this function.
        held_off(|| guard((), || drop(unsafe { Box::from_raw(handle) })));
    }
}

/// Writes through an out-pointer, if there is one.
///
/// # Safety
/// `out` is NULL or writable.
pub(super) unsafe fn write<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: as of this function.
        unsafe { out.write(value) };
    }
}

/// Borrows a required handle.
///
/// # Safety
/// `handle` is NULL, or points to a `T` that lives and is not changed for `'a`.
pub(super) unsafe fn borrow<'a, T>(handle: *const T, name: &str) -> Result<&'a T, rtk_error> {
    // SAFETY: as of this function.
    unsafe { handle.as_ref() }.ok_or_else(|| rtk_error::null(name))
}

/// Borrows a required text.
///
/// # Safety
/// `text` is NULL, or points to a NUL-terminated string that lives and is not changed for `'a`.
pub(super) unsafe fn borrow_text<'a>(text: *const c_char, name: &str) -> Result<&'a str, rtk_error> {
    if text.is_null() {
        return Err(rtk_error::null(name));
    }
    // SAFETY: as of this function, and not NULL.
    unsafe { CStr::from_ptr(text) }.to_str().map_err(|_| rtk_error::invalid(format!("{name} is not UTF-8")))
}

/// A library in another's process prints nothing: panics that become a status are no one's to read on its standard error.
fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let ours = GUARDED.get() || std::thread::current().name() == Some(crate::THREAD_NAME);
            if !ours {
                others(panic);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::super::status::RTK_STATUS_INTERNAL;
    use super::*;

    #[test]
    fn a_panic_becomes_a_status_with_a_message_and_leaves_null_in_the_out_pointer() {
        let mut out: *mut u8 = std::ptr::dangling_mut();
        let mut err: *mut rtk_error = std::ptr::null_mut();
        // SAFETY: both pointers are to local variables.
        let status = unsafe { guard_call(&mut out, &mut err, || panic!("on purpose")) };
        assert_eq!(status, RTK_STATUS_INTERNAL);
        assert!(out.is_null());
        // SAFETY: the error was just given, and is ended once.
        unsafe {
            let message = CStr::from_ptr(super::super::error::rtk_error_message(err)).to_str().expect("UTF-8");
            assert!(message.contains("bug"), "{message}");
            end(err);
        }
    }

    #[test]
    fn a_panic_of_ours_prints_nothing_and_one_of_others_does() {
        match std::env::var("PANIC_OF").as_deref() {
            Ok("ours") => guard((), || panic!("on purpose")),
            Ok(_) => {
                guard((), || ());
                panic!("on purpose");
            }
            Err(_) => {
                let stderr_of_a_panic_of = |whom| {
                    let mut child = std::process::Command::new(std::env::current_exe().expect("this test has a path"));
                    child.args(["a_panic_of_ours_prints_nothing_and_one_of_others_does", "--nocapture"]).env("PANIC_OF", whom);
                    String::from_utf8(child.output().expect("a child").stderr).expect("UTF-8")
                };
                assert_eq!(stderr_of_a_panic_of("ours"), "");
                let stderr = stderr_of_a_panic_of("others");
                assert!(stderr.contains("on purpose"), "{stderr}");
            }
        }
    }
}
