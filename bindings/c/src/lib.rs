//! The C interface. Its manual is `include/participants.h`, which is generated from the comments here.
//!
//! Handles are boxes that C holds by pointer: made by `Box::into_raw` in one place ([`guard::give`]), ended by `Box::from_raw` in the
//! `_free` functions, and borrowed in between.

#![allow(non_camel_case_types)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod cancellation;
mod client;
mod config;
mod error;
mod guard;
mod iter;
mod list;
mod participant;
mod silence;
mod status;

/// Rule 6 of the header: any handle may move to another thread, and what functions take as `const` may be used by several at a time.
const _: () = {
    const fn moves_and_is_shared<T: Send + Sync>() {}
    moves_and_is_shared::<client::rtk_client>();
    moves_and_is_shared::<config::rtk_config>();
    moves_and_is_shared::<error::rtk_error>();
    moves_and_is_shared::<iter::rtk_iter>();
    moves_and_is_shared::<list::rtk_participants>();
    moves_and_is_shared::<participants::Participant>();
};
