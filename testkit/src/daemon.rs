//! Programs of the system that listen on a port of their own.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::build;

pub struct Daemon {
    address: SocketAddr,
    child: Child,
    /// Has its configuration, its log, and what else it writes. Removed at the end.
    folder: PathBuf,
}

impl Daemon {
    /// Starts a program. `configure` gives the text of its configuration, which says that the program listens on this
    /// port of 127.0.0.1 and writes `log` in this folder; `command` starts it with that file.
    pub fn start(
        name: &str,
        configure: impl Fn(u16, &Path) -> String,
        command: impl Fn(&Path, &Path) -> Command,
    ) -> Self {
        // Another program may take the port before this one does.
        let started = (0..5).find_map(|_| Daemon::try_start(name, &configure, &command));
        started.unwrap_or_else(|| panic!("{name} does not start"))
    }

    fn try_start(
        name: &str,
        configure: &impl Fn(u16, &Path) -> String,
        command: &impl Fn(&Path, &Path) -> Command,
    ) -> Option<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = build::scratch().join(format!("{name}-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a scratch folder");
        let configuration = folder.join("configuration");
        std::fs::write(&configuration, configure(address.port(), &folder)).expect("a scratch file");
        let mut command = command(&configuration, &folder);
        let spawned = command.stdout(Stdio::null()).spawn();
        let child = spawned.unwrap_or_else(|e| panic!("these tests need {name}, which is a Debian package: {e}"));
        let mut daemon = Daemon { address, child, folder };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if daemon.child.try_wait().expect("a child").is_some() || began.elapsed() > Duration::from_secs(20) {
                return None;
            }
            thread::sleep(Duration::from_millis(20));
        }
        Some(daemon)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.join("log")).expect("its log")).into_owned()
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(name).arg(self.child.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {name}");
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        self.child.wait().expect("it ends");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
