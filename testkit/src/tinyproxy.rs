//! tinyproxy, a real proxy, each on a port of its own; and a tap before it that notes what passes.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

pub struct Tinyproxy {
    address: SocketAddr,
    child: Child,
    log: PathBuf,
}

impl Tinyproxy {
    /// `settings` are further lines of its configuration.
    pub fn start(settings: &str) -> Self {
        for _ in 0..5 {
            if let Some(proxy) = Tinyproxy::try_start(settings) {
                return proxy;
            }
        }
        panic!("tinyproxy does not start");
    }

    /// `None` if another program took the port.
    fn try_start(settings: &str) -> Option<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
        let name = format!("tinyproxy-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let file = |extension: &str| crate::build::scratch().join(format!("{name}.{extension}"));
        let (configuration, log) = (file("conf"), file("log"));
        let port = address.port();
        let lines = format!(
            "Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 600\nLogFile \"{}\"\nLogLevel Info\n",
            log.display()
        );
        std::fs::write(&configuration, lines + settings).expect("a scratch file");
        let mut command = Command::new("tinyproxy");
        command.arg("-d").arg("-c").arg(&configuration).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child =
            command.spawn().unwrap_or_else(|e| panic!("these tests need tinyproxy, which is a Debian package: {e}"));
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if child.try_wait().expect("a child").is_some() || began.elapsed() > Duration::from_secs(20) {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
            thread::sleep(Duration::from_millis(20));
        }
        Some(Tinyproxy { address, child, log })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it wrote so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).expect("its log")).into_owned()
    }

    /// The tunnels that it was asked for so far.
    pub fn tunnels(&self) -> usize {
        self.log().lines().filter(|line| line.contains("): CONNECT ")).count()
    }

    /// It takes connections, as the kernel does that for it, and does nothing more.
    pub fn hang(&self) {
        self.signal("-STOP");
    }

    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    pub fn end(&mut self) {
        let _ = self.child.kill();
        self.child.wait().expect("it ends");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(name).arg(self.child.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {name}");
    }
}

impl Drop for Tinyproxy {
    fn drop(&mut self) {
        self.end();
        let _ = std::fs::remove_file(&self.log);
        let _ = std::fs::remove_file(self.log.with_extension("conf"));
    }
}

/// Notes what clients say to a proxy, in the order of the connections.
pub struct Tap {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Tap {
    pub fn before(proxy: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&heard);
        thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                let (client, proxy) = (client.expect("a client"), TcpStream::connect(proxy).expect("the proxy"));
                let [back, forth] = [&client, &proxy].map(|stream| stream.try_clone().expect("a second handle"));
                noted.lock().expect("no panic").push(Vec::new());
                let noted = Arc::clone(&noted);
                thread::spawn(move || {
                    pass(client, proxy, |bytes| noted.lock().expect("no panic")[number].extend_from_slice(bytes))
                });
                thread::spawn(move || pass(forth, back, |_| {}));
            }
        });
        Tap { address, heard }
    }

    /// As of a proxy with this user and password, if they are not empty.
    pub fn url(&self, credentials: &str) -> String {
        format!("http://{credentials}{}", self.address)
    }

    /// What each connection said so far.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        self.heard.lock().expect("no panic").clone()
    }
}

/// Until one of the two has had enough.
fn pass(mut from: TcpStream, mut to: TcpStream, mut note: impl FnMut(&[u8])) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        note(&bytes[..length]);
        if to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
