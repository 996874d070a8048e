//! Servers for what no HTTP library would do.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use socket2::{Domain, SockRef, Socket, Type};

/// A server that hands every connection, with its number from 0, to `serve` on a thread of its own. It runs as long as the process.
pub fn server(serve: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let (stream, serve) = (stream.expect("a connection"), Arc::clone(&serve));
            thread::spawn(move || serve(stream, number));
        }
    });
    url
}

/// Reads one request; its head, or `None` if the client hung up.
pub fn request(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

/// Answers with JSON, whole, and keeps the connection.
pub fn answer(stream: &mut TcpStream, body: &str) {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
    // The client may be gone.
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

/// Hangs up before the client has said anything, with an end and a reset.
pub fn resetting() -> String {
    server(|stream, _| {
        let _ = stream.shutdown(Shutdown::Write);
        let _ = SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO));
    })
}

/// Answers with a part of what its Content-Length promises.
pub fn cut_short() -> String {
    server(|mut stream, _| {
        if request(&mut stream).is_some() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"data\":[");
        }
    })
}

/// Takes connections and requests, and never answers.
pub fn silent() -> String {
    server(|mut stream, _| while request(&mut stream).is_some() {})
}

/// A port that refuses connections, as long as this lives.
pub struct Refusing(Socket);

impl Refusing {
    pub fn bind() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port");
        Refusing(socket)
    }

    pub fn url(&self) -> String {
        let address = self.0.local_addr().expect("an address").as_socket().expect("of IP");
        format!("http://{address}")
    }
}
