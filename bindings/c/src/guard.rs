//! What every exported function does at the boundary: check pointers, catch panics, write out-parameters.

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::cancellation::without_cancellation;
use crate::error::rtk_error;
use crate::silence;
use crate::status::{RTK_STATUS_OK, rtk_status};

/// Runs the body of an exported function. A panic in it returns `fallback`, and prints nothing.
pub(crate) fn guard<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    silence::install_hook();
    let outer = silence::set(true);
    let result = catch_unwind(AssertUnwindSafe(body)).map_err(|payload| {
        // Dropping the payload may panic in turn. Then its payload leaks.
        catch_unwind(AssertUnwindSafe(|| drop(payload))).unwrap_or_else(std::mem::forget);
    });
    silence::set(outer);
    result.unwrap_or(fallback)
}

/// Runs the body of an exported function that returns a value through `out` and a failure through `err`.
///
/// # Safety
/// `out` and `err` are NULL or writable.
pub(crate) unsafe fn guard_call<T>(
    out: *mut *mut T,
    err: *mut *mut rtk_error,
    body: impl FnOnce() -> Result<*mut T, rtk_error>,
) -> rtk_status {
    // SAFETY: the caller keeps the rules of this function.
    unsafe { guard_step(out, err, || body().map(|value| (RTK_STATUS_OK, value))) }
}

/// Like [`guard_call`], for a body that can succeed in more than one way.
///
/// # Safety
/// `out` and `err` are NULL or writable.
pub(crate) unsafe fn guard_step<T>(
    out: *mut *mut T,
    err: *mut *mut rtk_error,
    body: impl FnOnce() -> Result<(rtk_status, *mut T), rtk_error>,
) -> rtk_status {
    without_cancellation(|| {
        // SAFETY: the caller keeps the rules of this function.
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
        // SAFETY: the caller keeps the rules of this function.
        unsafe { finish(result.unwrap_or_else(|| Err(rtk_error::panicked())), out, err) }
    })
}

/// Writes the result of a call.
///
/// # Safety
/// `out` and `err` are NULL or writable.
unsafe fn finish<T>(
    result: Result<(rtk_status, *mut T), rtk_error>,
    out: *mut *mut T,
    err: *mut *mut rtk_error,
) -> rtk_status {
    match result {
        Ok((status, value)) => {
            // SAFETY: the caller keeps the rules of this function.
            unsafe { write(out, value) };
            status
        }
        Err(error) => {
            let status = error.status();
            if !err.is_null() {
                // SAFETY: the caller keeps the rules of this function.
                unsafe { write(err, into_handle(error)) };
            }
            status
        }
    }
}

/// Hands a value to C, which frees it with its `_free` function.
pub(crate) fn into_handle<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// Frees a handle that [`into_handle`] made.
///
/// # Safety
/// `handle` is NULL, or came from [`into_handle`] and was not freed yet.
pub(crate) unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: the caller keeps the rules of this function.
        without_cancellation(|| guard((), || drop(unsafe { Box::from_raw(handle) })));
    }
}

/// Writes an out-parameter, if it is not NULL.
///
/// # Safety
/// `out` is NULL or writable.
pub(crate) unsafe fn write<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: the caller keeps the rules of this function.
        unsafe { out.write(value) };
    }
}

/// Borrows a required handle.
///
/// # Safety
/// `handle` is NULL, or points to a `T` that lives and is not changed for `'a`.
pub(crate) unsafe fn borrow<'a, T>(handle: *const T, name: &str) -> Result<&'a T, rtk_error> {
    // SAFETY: the caller keeps the rules of this function.
    unsafe { handle.as_ref() }.ok_or_else(|| rtk_error::null(name))
}

/// Borrows a required text.
///
/// # Safety
/// `text` is NULL, or points to a NUL-terminated string that lives and is not changed for `'a`.
pub(crate) unsafe fn borrow_text<'a>(text: *const c_char, name: &str) -> Result<&'a str, rtk_error> {
    if text.is_null() {
        return Err(rtk_error::null(name));
    }
    // SAFETY: not NULL, and the caller keeps the rules of this function.
    unsafe { CStr::from_ptr(text) }.to_str().map_err(|_| rtk_error::invalid(format!("{name} is not UTF-8")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::RTK_STATUS_INTERNAL;
    use std::thread;
    use testkit::credentials::TOKEN;
    use testkit::paged_list::PagedList;

    #[test]
    fn panic_becomes_a_status_with_a_message_and_a_null_out_parameter() {
        let mut out: *mut u8 = std::ptr::dangling_mut();
        let mut err: *mut rtk_error = std::ptr::null_mut();
        // SAFETY: both pointers are to local variables.
        let status = unsafe { guard_call(&mut out, &mut err, || panic!("on purpose")) };
        assert_eq!(status, RTK_STATUS_INTERNAL);
        assert!(out.is_null());
        // SAFETY: the call has just returned the error, and it is freed once.
        unsafe {
            let message = CStr::from_ptr(super::super::error::rtk_error_message(err)).to_str().expect("UTF-8");
            assert!(message.contains("bug"), "{message}");
            free(err);
        }
    }

    /// Runs this test in a child process with PANIC_OF=case, and returns its standard error.
    fn stderr_of(test: &str, case: &str) -> String {
        let mut child = testkit::build::this_program();
        child.args([test, "--nocapture"]).env("PANIC_OF", case).env("RUST_BACKTRACE", "0");
        String::from_utf8(child.output().expect("a child").stderr).expect("UTF-8")
    }

    fn case() -> Option<String> {
        std::env::var("PANIC_OF").ok()
    }

    #[test]
    fn panic_in_a_call_is_silent_and_other_panics_are_not() {
        let name = "panic_in_a_call_is_silent_and_other_panics_are_not";
        let named = || thread::Builder::new().name("participants".into()).spawn(|| panic!("on purpose"));
        match case().as_deref() {
            Some("call") => guard((), || panic!("on purpose")),
            Some("outside a call") => {
                guard((), || ());
                panic!("on purpose");
            }
            Some("other thread with the name of the library's threads") => {
                guard((), || ());
                drop(named().expect("a thread").join());
            }
            Some("other thread during a call") => guard((), || drop(named().expect("a thread").join())),
            _ => {
                assert_eq!(stderr_of(name, "call"), "");
                for case in [
                    "outside a call",
                    "other thread with the name of the library's threads",
                    "other thread during a call",
                ] {
                    let said = stderr_of(name, case);
                    assert!(said.contains("on purpose"), "{case}: {said}");
                }
            }
        }
    }

    /// Panics in a thread that the library started.
    struct PanickingLogger;

    impl log::Log for PanickingLogger {
        fn enabled(&self, _: &log::Metadata) -> bool {
            true
        }

        fn log(&self, _: &log::Record) {
            assert!(thread::current().name() != Some("participants"), "on purpose");
        }

        fn flush(&self) {}
    }

    #[test]
    fn panic_of_a_library_thread_is_silent_in_c_only() {
        let name = "panic_of_a_library_thread_is_silent_in_c_only";
        let Some(case) = case() else {
            assert_eq!(stderr_of(name, "C"), "");
            let said = stderr_of(name, "Rust");
            assert!(said.contains("on purpose"), "{said}");
            return;
        };
        let server = PagedList::of(9).cap(1).start();
        let builder = match case.as_str() {
            "C" => crate::config::builder(),
            _ => participants::Client::builder(),
        };
        let client = builder.api_token(TOKEN).base_url(&server.url()).proxy("").build().expect("good settings");
        let meeting = testkit::meeting();
        assert!(guard(false, || client.get_participants(&meeting).is_ok()));
        log::set_logger(&PanickingLogger).expect("no logger was set");
        log::set_max_level(log::LevelFilter::Trace);
        match case.as_str() {
            "C" => assert!(!guard(false, || client.get_participants(&meeting).is_ok())),
            _ => drop(
                catch_unwind(AssertUnwindSafe(|| client.get_participants(&meeting))).expect_err("a thread panicked"),
            ),
        }
        log::set_max_level(log::LevelFilter::Off);
    }

    /// A Rust program with the static library may end a handle while it unwinds.
    #[test]
    fn first_call_may_come_from_a_thread_that_unwinds() {
        struct Caller;
        impl Drop for Caller {
            fn drop(&mut self) {
                guard((), || ());
            }
        }
        let name = "first_call_may_come_from_a_thread_that_unwinds";
        match case() {
            Some(_) => {
                let _caller = Caller;
                panic!("on purpose");
            }
            None => {
                let said = stderr_of(name, "outside a call");
                assert!(said.contains("on purpose") && !said.contains("hook") && !said.contains("abort"), "{said}");
            }
        }
    }
}
