//! From pages to everyone. This module never sees a socket.

mod collect;
mod id_set;
mod iterator;
mod parallel;
mod plan;
mod reorder_buffer;
#[cfg(any(test, fuzzing))]
pub mod simulation;
mod step;

pub(crate) use collect::{everyone, everyone_json, one_page};
pub use iterator::ParticipantIter;
