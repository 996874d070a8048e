//! HTTP requests and responses. Only this module knows ureq, rustls, httparse and sockets; it knows no participants.
//!
//! [`HttpClient`] takes a connection from its pool, sends a request over it and reads the [`Response`]. A connection is
//! a ureq agent with a chain of connectors. The first of them opens a connection, and each later one wraps the
//! connection of the one before it. What ureq writes passes the wrappers from the last to the first:
//!
//! 1. `tunnel`: if there is a proxy, connects to it and has it open a tunnel to the service.
//! 2. `tcp`: if there is no tunnel, connects to the service; `resolver` looks up its addresses, `happy_eyeballs`
//!    chooses among them, `socket` is the platform's socket.
//! 3. `tls`: if the base URL is `https://`, encrypts.
//! 4. `credential`: adds the credential. It wraps TLS, so that the credential is encrypted. ureq, which may log what it
//!    writes, does not see it.
//! 5. `receive`: receives responses. It comes last, so that ureq sees only heads that it can read.

mod base_url;
mod client;
mod connection;
mod content_coding;
mod credential;
mod failure;
mod happy_eyeballs;
mod head;
mod no_proxy;
mod pem;
mod pool;
mod proxy;
mod receive;
mod resolver;
mod response;
mod roots;
mod socket;
mod tcp;
mod time_limit;
mod tls;
mod tunnel;

pub(crate) use base_url::BaseUrl;
pub(crate) use client::HttpClient;
pub(crate) use proxy::Proxy;
pub(crate) use response::Response;
