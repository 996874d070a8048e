//! Version.

use std::ffi::c_char;

/// Returns the version of the loaded library, such as `"0.1.0"`. `RTK_VERSION` is the version that the program was
/// compiled with. Static: never free it. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn rtk_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}
