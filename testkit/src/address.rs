//! Addresses on loopback without a service.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// An address that no other test gets as long as this lives.
pub struct ReservedAddress {
    pub address: SocketAddr,
    _socket: Socket,
    _waiting: Vec<TcpStream>,
}

impl ReservedAddress {
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the system says to whoever connects, if the address refuses connections.
    pub fn refusal(&self) -> String {
        TcpStream::connect(self.address).expect_err("nobody listens").to_string()
    }
}

fn bound(to: SocketAddr) -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, None).expect("a socket");
    socket.bind(&to.into()).expect("a port");
    let address = socket.local_addr().ok().and_then(|address| address.as_socket()).expect("an address");
    (socket, address)
}

/// Any port on loopback.
fn anywhere() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// Connections are refused.
pub fn refusing() -> ReservedAddress {
    refusing_at(anywhere())
}

pub fn refusing_at(address: SocketAddr) -> ReservedAddress {
    let (socket, address) = bound(address);
    ReservedAddress { address, _socket: socket, _waiting: Vec::new() }
}

/// Connections are neither made nor refused: the listener's queue is full, and nobody takes from it.
pub fn silent() -> ReservedAddress {
    silent_at(anywhere())
}

pub fn silent_at(address: SocketAddr) -> ReservedAddress {
    let (socket, address) = bound(address);
    socket.listen(0).expect("a listener");
    let waiting = std::iter::from_fn(|| TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok())
        .take(100)
        .collect();
    ReservedAddress { address, _socket: socket, _waiting: waiting }
}
