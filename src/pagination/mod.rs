//! From pages to everyone. This module never sees a socket.

mod collect;
mod id_set;
mod iterator;
mod plan;
mod read_ahead;
mod reorder_buffer;
#[cfg(any(test, fuzzing))]
pub mod simulation;
mod walker;

pub(crate) use collect::{everyone, everyone_json, one_page};
pub use iterator::ParticipantIter;
