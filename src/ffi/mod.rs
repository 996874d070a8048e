//! The C interface. Its manual is `include/participants.h`, which is generated from the comments here.
//!
//! Handles are boxes that C holds by pointer: made by `Box::into_raw` in one place ([`guard::give`]), ended by `Box::from_raw` in the
//! `_free` functions, and borrowed in between.

#![allow(unsafe_code, non_camel_case_types)]

mod client;
mod config;
mod error;
mod guard;
mod iter;
mod participant;
mod participants;
mod status;
