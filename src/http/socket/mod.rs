//! TCP sockets whose operations end in time, and which another thread can end. What differs between platforms is here.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io;

#[cfg(unix)]
pub(super) use unix::Socket;
#[cfg(windows)]
pub(super) use windows::Socket;

/// Whether this machine has no addresses of that family, such as IPv6.
pub(super) fn is_family_missing(error: &io::Error) -> bool {
    #[cfg(unix)]
    const NO_FAMILY: i32 = libc::EAFNOSUPPORT;
    #[cfg(windows)]
    const NO_FAMILY: i32 = 10047; // WSAEAFNOSUPPORT
    error.raw_os_error() == Some(NO_FAMILY)
}
