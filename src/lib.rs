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
//! ```no_run
//! use participants::{Client, Meeting};
//!
//! fn main() -> Result<(), participants::Error> {
//!     let client = Client::from_env()?; // CLOUDFLARE_API_TOKEN
//!     let meeting = Meeting::new(
//!         "023e105f4ecef8ad9ca31a8372d0c353",     // account
//!         "14a396e7-ca44-4937-bf1f-050a69118543", // app
//!         "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e", // meeting
//!     )?;
//!     let everyone = client.get_participants(&meeting)?;
//!     for participant in &everyone {
//!         println!("{} {}", participant.id(), participant.name().unwrap_or("(no name)"));
//!     }
//!     if !everyone.is_complete() {
//!         println!("perhaps not everyone");
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # One by one
//!
//! [`Client::iter_participants`] keeps a few pages in memory, however long the list is, and sends one request if the
//! program stops on page 1, as it may here:
//!
//! ```no_run
//! # use participants::{Client, Error, Meeting};
//! /// `None` means unknown: the list may be incomplete.
//! fn is_on_list(client: &Client, meeting: &Meeting, custom_id: &str) -> Result<Option<bool>, Error> {
//!     let mut participants = client.iter_participants(meeting);
//!     for participant in participants.by_ref() {
//!         if participant?.custom_participant_id() == Some(custom_id) {
//!             return Ok(Some(true));
//!         }
//!     }
//!     Ok(participants.is_complete().then_some(false))
//! }
//! ```
//!
//! For a progress bar, [`ParticipantIter::total_count`] says how many there are, from the first page on.
//!
//! # Settings and environment variables
//!
//! [`Builder`] has a method for each setting, which says its default. What is not set comes from the environment:
//!
//! | variable | what |
//! | --- | --- |
//! | `CLOUDFLARE_API_TOKEN` | the [API token](Builder::api_token) |
//! | `CLOUDFLARE_EMAIL`, `CLOUDFLARE_API_KEY` | the older [API key](Builder::api_key), used only if there is no token |
//! | `CLOUDFLARE_BASE_URL` | the [URL of the API](Builder::base_url) |
//! | `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` | the [proxy](Builder::proxy), as curl reads them |
//! | `SSL_CERT_FILE` | a [file of authorities](Builder::ca_file) to trust |
//! | `SSL_CERT_DIR` | on Linux, folders of authorities, with [`native_ca`](Builder::native_ca) |
//!
//! # Retries and time limits
//!
//! A request that fails in a way that may pass (no connection, a cut-off response, a timeout, HTTP 408, 409, 429 and
//! 5xx) is sent again, three times by default. The waits grow, or are what the service's `Retry-After` asks for. One
//! request may take 60 s. A whole call with its pages, retries and waits may take any time, unless you set a deadline:
//!
//! ```no_run
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), participants::Error> {
//! let client = participants::Client::builder()
//!     .timeout(Duration::from_secs(10)) // of one request
//!     .deadline(Duration::from_secs(60)) // of one call
//!     .max_retries(5)
//!     .build()?;
//! # Ok(()) }
//! ```
//!
//! # TLS and proxies
//!
//! TLS is rustls, which needs no TLS library of the system. By default the bundled authorities of Mozilla are trusted;
//! with [`Builder::ca_file`] those of a PEM file instead, such as a company's own; with [`Builder::native_ca`] those of
//! the operating system. `http://` is accepted only for a loopback host. [`Builder::proxy`] takes the URL of an
//! `http://` or `https://` proxy, and an empty text for none.
//!
//! # Errors
//!
//! [`Error::status`] is the kind of an error. Its other methods return what is known of the failure, such as the HTTP
//! status, Cloudflare's codes, the Ray ID and the number of attempts. Its message is one line with all of that, and
//! never has a credential.
//!
//! ```no_run
//! use participants::{Client, Error, ErrorKind, Meeting, Participants};
//!
//! /// Everyone, or nobody where the meeting does not exist any more.
//! fn list(client: &Client, meeting: &Meeting) -> Result<Option<Participants>, Error> {
//!     match client.get_participants(meeting) {
//!         Ok(everyone) => Ok(Some(everyone)),
//!         Err(error) => match error.status() {
//!             ErrorKind::NotFound => Ok(None),
//!             ErrorKind::Authentication | ErrorKind::PermissionDenied => {
//!                 eprintln!("check the token");
//!                 Err(error)
//!             }
//!             _ => Err(error),
//!         },
//!     }
//! }
//! ```
//!
//! # Logging
//!
//! Pages, retries, waits and changes of the list are records of the crate [`log`], with the target `participants`. Any
//! logger shows them; with env_logger, run the program with `RUST_LOG=participants=debug`. [`Builder::logger`] lists
//! the records by level, and gives a client a logger of its own:
//!
//! ```
//! struct Warnings;
//!
//! impl log::Log for Warnings {
//!     fn enabled(&self, metadata: &log::Metadata) -> bool {
//!         metadata.level() <= log::Level::Warn
//!     }
//!
//!     fn log(&self, record: &log::Record) {
//!         eprintln!("{}: {}", record.level(), record.args());
//!     }
//!
//!     fn flush(&self) {}
//! }
//!
//! # fn main() -> Result<(), participants::Error> {
//! let client = participants::Client::builder()
//!     .api_token("Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY")
//!     .logger(Warnings)
//!     .build()?;
//! # Ok(()) }
//! ```
//!
//! # Cancelling a call
//!
//! [`Client::shutdown`] ends all calls of a client from another thread, within a second, with [`ErrorKind::Cancelled`].
//! [`Client::child`] makes a client for that: it shares the settings and the connections of its parent, and a shutdown
//! ends only its own calls.
//!
//! ```no_run
//! # use participants::{Client, Meeting};
//! # fn example(client: &Client, meeting: &Meeting, user_gave_up: impl Fn() -> bool) {
//! use std::thread;
//! use std::time::Duration;
//!
//! let child = client.child();
//! thread::scope(|scope| {
//!     let call = scope.spawn(|| child.get_participants(meeting));
//!     while !call.is_finished() {
//!         if user_gave_up() {
//!             child.shutdown();
//!         }
//!         thread::sleep(Duration::from_millis(50));
//!     }
//!     println!("{:?}", call.join());
//! });
//! # }
//! ```
//!
//! # Threads
//!
//! All types are `Send` and `Sync`. Make one client and share it, by reference or as a clone, which is a handle to the
//! same client: threads that call at the same time share its connections and what it knows of the service's quota. A
//! call fetches up to [`max_connections`](Builder::max_connections) pages at the same time, on threads that end with
//! the call or the iterator. [`Builder::on_thread_start`] runs first on each.
//!
//! # Features
//!
//! `serde`, off by default: [`Participant`], [`Participants`], [`ServiceError`] and [`ErrorKind`] implement
//! `serde::Serialize`. It adds no dependency. Without it, there is `to_json`.

#![cfg_attr(docsrs, feature(doc_cfg))]
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

/// Compiles the guide's Rust code.
#[cfg(doctest)]
#[doc = include_str!("../docs/guide.md")]
struct Guide;
