//! HTTP requests and responses. Only this room knows ureq, rustls, httparse and sockets; it knows no participants.
//!
//! A request goes from [`HttpClient`] to a connection of its pool, and comes back as a [`Response`]. A connection is a
//! ureq agent with a chain of connectors. The first makes a connection, and each of the others wraps the one before it:
//!
//! 1. `tunnel`: if there is a proxy, connects to it and opens a tunnel to the service.
//! 2. `tcp`: without a tunnel, connects to the service. Uses `happy_eyeballs` for the addresses of `resolver`.
//! 3. `tls`: if the base URL is `https://`, encrypts.
//! 4. `credential`: replaces a placeholder by the credential. It comes after TLS, so that only the service sees the
//!    credential, and before ureq, which may log what it writes.
//! 5. `head`: corrects the heads of responses. It comes last, so that ureq sees nothing else.

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
mod resolver;
mod response;
mod roots;
mod tcp;
mod tls;
mod tunnel;

pub(crate) use base_url::BaseUrl;
pub(crate) use client::HttpClient;
pub(crate) use proxy::Proxy;
pub(crate) use response::Response;
