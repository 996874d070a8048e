//! A service on loopback that speaks TLS.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::certificates::{Authority, Identity, for_loopback};
use crate::server::{Response, Server};
use crate::{build, whole_list};

/// Sends the same response to every request.
pub struct TlsService {
    server: Server,
    hang_up: Arc<AtomicBool>,
}

impl TlsService {
    /// A service with the certificate of the file. `host` is a loopback address of this machine.
    pub fn start(host: &str, body: String) -> Self {
        TlsService::start_with(Identity::from_files(), host, body)
    }

    /// A service with this certificate.
    pub fn start_with(identity: Identity, host: &str, body: String) -> Self {
        let hang_up = Arc::new(AtomicBool::new(false));
        let hangs_up = Arc::clone(&hang_up);
        let server =
            Server::start_tls(host, identity.config(), move |_| match hangs_up.swap(false, Ordering::SeqCst) {
                true => Response::new().close(),
                false => Response::whole(200, &[], &body),
            });
        TlsService { server, hang_up }
    }

    /// The response to the next request is the end of its connection.
    pub fn hang_up_on_next_request(&self) {
        self.hang_up.store(true, Ordering::SeqCst);
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// How many connections resumed the session of an earlier one.
    pub fn resumed(&self) -> usize {
        self.server.resumed_count()
    }

    /// The request lines and headers that came, by connection.
    pub fn connections(&self) -> Vec<Vec<String>> {
        let mut connections = vec![Vec::new(); self.server.connection_count()];
        for request in self.server.requests() {
            let head = request.head.to_string();
            connections[request.connection - 1].extend(head.trim_end().lines().map(str::to_string));
        }
        connections
    }
}

/// A service whose authority is in a file, which is alone in its folder.
pub struct TrustedService {
    pub service: TlsService,
    pub ca_file: PathBuf,
}

impl TrustedService {
    /// A list of three participants. No other test may use this name.
    pub fn start(name: &str) -> Self {
        let authority = Authority::new(name);
        // As long as paths can be: messages name them whole.
        let long = "a-folder-with-a-long-name-".repeat(9);
        let folder = build::scratch().join(format!("authority-{name}")).join(long);
        std::fs::create_dir_all(&folder).expect("a scratch folder");
        let ca_file = folder.join("authority.pem");
        std::fs::write(&ca_file, authority.pem()).expect("a scratch file");
        let identity = authority.issue(&for_loopback());
        TrustedService { service: TlsService::start_with(identity, "127.0.0.1", whole_list(3)), ca_file }
    }

    pub fn folder(&self) -> &Path {
        self.ca_file.parent().expect("a folder")
    }
}
