//! Keeps this library loaded: a name look-up may outlive its call, and its thread runs the library's code.

use std::sync::atomic::{AtomicBool, Ordering};

/// From now on, unloading the library leaves its code in memory.
pub(crate) fn keep() {
    // No lock, which a fork could copy: keeping it loaded twice is harmless.
    static KEPT: AtomicBool = AtomicBool::new(false);
    if !KEPT.load(Ordering::Relaxed) {
        platform::keep(keep as *const std::ffi::c_void);
        KEPT.store(true, Ordering::Relaxed);
    }
}

#[cfg(windows)]
mod platform {
    use std::ffi::c_void;

    const FROM_ADDRESS: u32 = 4;
    const PIN: u32 = 1;

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetModuleHandleExW(flags: u32, address: *const c_void, module: *mut *mut c_void) -> i32;
    }

    /// Pins the module with this address until the process ends.
    pub fn keep(address: *const c_void) {
        let mut module = std::ptr::null_mut();
        // SAFETY: with FROM_ADDRESS the address is only looked up, and the other pointer is to a local variable.
        unsafe { GetModuleHandleExW(FROM_ADDRESS | PIN, address, &mut module) };
    }
}

/// Apple's linker has no `-z nodelete`.
#[cfg(target_vendor = "apple")]
mod platform {
    use std::ffi::{c_char, c_int, c_void};

    // Of `<dlfcn.h>`.
    const RTLD_LAZY: c_int = 0x1;
    const RTLD_NOLOAD: c_int = 0x10;

    #[repr(C)]
    struct DlInfo {
        dli_fname: *const c_char,
        dli_fbase: *mut c_void,
        dli_sname: *const c_char,
        dli_saddr: *mut c_void,
    }

    unsafe extern "C" {
        fn dladdr(address: *const c_void, info: *mut DlInfo) -> c_int;
        fn dlopen(path: *const c_char, mode: c_int) -> *mut c_void;
    }

    /// Opens the library with this address once more, and never closes it.
    pub fn keep(address: *const c_void) {
        let null = std::ptr::null_mut();
        let mut info = DlInfo { dli_fname: null, dli_fbase: null.cast(), dli_sname: null, dli_saddr: null.cast() };
        // SAFETY: the address is only looked up, and the name that is found lives as long as its library.
        unsafe {
            if dladdr(address, &mut info) != 0 && !info.dli_fname.is_null() {
                dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
            }
        }
    }
}

/// The linker does it, see build.rs; musl's `dlclose` unloads nothing.
#[cfg(not(any(windows, target_vendor = "apple")))]
mod platform {
    pub fn keep(_: *const std::ffi::c_void) {}
}
