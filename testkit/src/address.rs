//! Addresses on loopback where no service is to be had.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// An address that is held, so that no other test gets it, for as long as this lives.
pub struct Held {
    pub address: SocketAddr,
    _socket: Socket,
    _waiting: Vec<TcpStream>,
}

impl Held {
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
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
pub fn refusing() -> Held {
    refusing_at(anywhere())
}

pub fn refusing_at(address: SocketAddr) -> Held {
    let (socket, address) = bound(address);
    Held { address, _socket: socket, _waiting: Vec::new() }
}

/// Connections are neither made nor refused: the queue of the listener is full, and nobody takes from it.
pub fn silent() -> Held {
    silent_at(anywhere())
}

pub fn silent_at(address: SocketAddr) -> Held {
    let (socket, address) = bound(address);
    socket.listen(0).expect("a listener");
    let waiting = std::iter::from_fn(|| TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok())
        .take(100)
        .collect();
    Held { address, _socket: socket, _waiting: waiting }
}
