//! From pages to everyone. This folder knows no sockets.

mod id_set;
pub(crate) mod walk;

pub use walk::ParticipantIter;
