//! Proxies and relays between a client and a server, which record what clients send.

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::certificates::Identity;
use crate::request::Head;
use crate::server::is_timeout;

/// Runs as long as the process.
pub struct Proxy {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// Sends bytes of the server to the client. They begin at this offset of what the server sent.
type Deliver = dyn Fn(&mut dyn Write, &mut [u8], usize) -> io::Result<()> + Send + Sync;

impl Proxy {
    /// Opens the tunnels it is asked for.
    pub fn tunnel() -> Self {
        Proxy::start(None, None, Box::new(send_all))
    }

    /// Opens the tunnels it is asked for, over TLS.
    pub fn tls_tunnel() -> Self {
        Proxy::start(None, Some(Identity::from_files().config()), Box::new(send_all))
    }

    /// Passes everything to and from this server.
    pub fn relay_to(server: SocketAddr) -> Self {
        Proxy::start(Some(server), None, Box::new(send_all))
    }

    /// Passes everything to this server, and what it sends to the client as `deliver` does that.
    pub fn altering(
        server: SocketAddr,
        deliver: impl Fn(&mut dyn Write, &mut [u8], usize) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Proxy::start(Some(server), None, Box::new(deliver))
    }

    fn start(server: Option<SocketAddr>, tls: Option<ServerConfig>, deliver: Box<Deliver>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let received = Arc::new(Mutex::new(Vec::new()));
        let (recorded, tls, deliver) = (Arc::clone(&received), tls.map(Arc::new), Arc::new(deliver));
        thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                let client = client.expect("a client");
                recorded.lock().expect("no panic").push(Vec::new());
                let (recorded, tls, deliver) = (Arc::clone(&recorded), tls.clone(), Arc::clone(&deliver));
                thread::spawn(move || {
                    let record = |bytes: &[u8]| recorded.lock().expect("no panic")[number].extend_from_slice(bytes);
                    // However it ends, the connection is over: one of the two has hung up, or the client trusts nobody.
                    let _ = match tls {
                        None => pass(&client, &client, server, record, &**deliver),
                        Some(config) => {
                            let tls = ServerConnection::new(config).expect("a good configuration");
                            pass(StreamOwned::new(tls, &client), &client, server, record, &**deliver)
                        }
                    };
                });
            }
        });
        Proxy { address, received }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What clients sent so far, by connection; inside TLS, where the proxy speaks that.
    pub fn received(&self) -> Vec<Vec<u8>> {
        self.received.lock().expect("no panic").clone()
    }
}

fn send_all(client: &mut dyn Write, bytes: &mut [u8], _: usize) -> io::Result<()> {
    client.write_all(bytes)
}

/// Passes bytes between a client and a server until one of them hangs up. Without a server, the client asks for one.
fn pass(
    client: impl Read + Write,
    client_socket: &TcpStream,
    server: Option<SocketAddr>,
    record: impl Fn(&[u8]),
    deliver: &Deliver,
) -> io::Result<()> {
    let mut client = BufReader::new(client);
    let mut server = match server {
        Some(server) => TcpStream::connect(server)?,
        None => {
            let head = Head::read(&mut client)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            record(head.to_string().as_bytes());
            let server = TcpStream::connect(head.target())?;
            client.get_mut().write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            server
        }
    };
    client_socket.set_nodelay(true)?;
    // One thread has both, as TLS can't be divided: it looks at each in turn.
    let turn = Some(Duration::from_millis(2));
    client_socket.set_read_timeout(turn)?;
    server.set_read_timeout(turn)?;
    let (mut bytes, mut offset) = ([0; 16 * 1024], 0);
    loop {
        match client.read(&mut bytes) {
            Ok(0) => return server.shutdown(Shutdown::Both),
            Ok(length) => {
                record(&bytes[..length]);
                server.write_all(&bytes[..length])?;
            }
            Err(e) if is_timeout(&e) => {}
            Err(e) => return Err(e),
        }
        match server.read(&mut bytes) {
            Ok(0) => return client_socket.shutdown(Shutdown::Both),
            Ok(length) => {
                deliver(client.get_mut(), &mut bytes[..length], offset)?;
                offset += length;
            }
            Err(e) if is_timeout(&e) => {}
            Err(e) => return Err(e),
        }
    }
}
