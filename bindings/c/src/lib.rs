//! The C interface. Its manual is `include/participants.h`, which is generated from the comments here.
//!
//! A handle is a box that C holds by a pointer. [`guard::into_handle`] hands it out with `Box::into_raw`, the `_free`
//! functions take it back with `Box::from_raw`, and everything else borrows it. The Rust API does the work.

#![allow(non_camel_case_types)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

// The groups of the header, in its order. Blank lines keep rustfmt from sorting them.
mod status;

mod config;

mod logging;

mod client;

mod calls;

mod list;

mod participant;

mod iter;

mod error;

mod version;

// What all of them use.
mod cancellation;
mod guard;
mod loaded;
#[cfg(target_os = "linux")]
mod memory;
mod silence;

/// Rule 6 of the header: any handle may move to another thread, and several threads may use a `const` handle.
const _: () = {
    const fn moves_and_is_shared<T: Send + Sync>() {}
    moves_and_is_shared::<client::rtk_client>();
    moves_and_is_shared::<config::rtk_config>();
    moves_and_is_shared::<error::rtk_error>();
    moves_and_is_shared::<iter::rtk_iter>();
    moves_and_is_shared::<list::rtk_participants>();
    moves_and_is_shared::<participants::Participant>();
};
