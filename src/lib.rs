//! Lists the participants of a Cloudflare RealtimeKit meeting: everyone who was *added* to it, that is, who may join
//! it.
//!
//! The list does not say who is connected right now. For that, ask RealtimeKit for the meeting's active session (`GET
//! …/meetings/{meeting_id}/active-session`), and then for the participants of that session (`GET
//! …/sessions/{session_id}/participants`).
//!
//! All calls block; there is no async runtime. The crate `participants-capi` wraps this one in a C interface, which C++
//! and Python use.
//!
//! [`Client`] makes the calls, [`Meeting`] says which meeting, [`Participants`] and [`Participant`] are the result, and
//! [`Error`] with its [`ErrorKind`] says what went wrong.
//!
//! List everyone, in one call:
//!
//! ```no_run
//! use participants::{Client, Meeting};
//!
//! # fn main() -> Result<(), participants::Error> {
//! let client = Client::from_env()?; // CLOUDFLARE_API_TOKEN
//! let meeting = Meeting::new(
//!     "023e105f4ecef8ad9ca31a8372d0c353",
//!     "14a396e7-ca44-4937-bf1f-050a69118543",
//!     "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e",
//! )?;
//! let everyone = client.get_participants(&meeting)?;
//! println!("{} of {}", everyone.len(), everyone.total_count());
//! # Ok(()) }
//! ```
//!
//! Find one participant by the id that your own application gave them. The iterator requests no more pages than the
//! program reads:
//!
//! ```no_run
//! # use participants::{Client, Error, Meeting, Participant};
//! fn find(client: &Client, meeting: &Meeting, custom_id: &str) -> Result<Option<Participant>, Error> {
//!     for participant in client.iter_participants(meeting) {
//!         let participant = participant?;
//!         if participant.custom_participant_id() == Some(custom_id) {
//!             return Ok(Some(participant));
//!         }
//!     }
//!     Ok(None)
//! }
//! ```

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod call;
mod cancel;
mod client;
mod client_state;
mod date;
mod deadline;
mod environment;
mod error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod interpret;
mod logger;
mod meeting;
mod page;
mod pagination;
mod participants;
mod pasted;
mod per_process;
mod quota;
mod retry;
mod secret;
mod settings;
mod sync;
mod threads;

pub use client::{Builder, Client, PageRequest};
pub use error::{Error, ErrorKind, ServiceError};
pub use meeting::Meeting;
pub use page::Field;
pub use pagination::ParticipantIter;
pub use participants::{Participant, Participants};

/// Compiles the README's Rust code.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
