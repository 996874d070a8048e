//! Requests and their responses. Only this folder knows ureq, rustls and sockets; it knows no participants.

mod content_coding;
mod credential;
mod happy_eyeballs;
mod head;
mod pem;
pub(crate) mod proxy;
mod resolver;
mod tcp;
mod tls;
pub(crate) mod transport;
mod tunnel;
