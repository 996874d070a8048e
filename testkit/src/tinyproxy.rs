//! tinyproxy, a real proxy, each on a port of its own.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::build;

pub struct Tinyproxy {
    address: SocketAddr,
    child: Child,
    log: PathBuf,
}

impl Tinyproxy {
    /// `settings` are more lines of its configuration.
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
        let file = |extension: &str| build::scratch().join(format!("{name}.{extension}"));
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

    /// What it has logged.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).expect("its log")).into_owned()
    }

    /// How many tunnels it was asked for.
    pub fn tunnels(&self) -> usize {
        self.log().lines().filter(|line| line.contains("): CONNECT ")).count()
    }

    /// Stops the process. The kernel still makes connections for it.
    pub fn stop(&self) {
        self.signal("-STOP");
    }

    pub fn resume(&self) {
        self.signal("-CONT");
    }

    pub fn kill(&mut self) {
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
        self.kill();
        let _ = std::fs::remove_file(&self.log);
        let _ = std::fs::remove_file(self.log.with_extension("conf"));
    }
}
