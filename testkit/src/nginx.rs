//! nginx, a real server, in front of a service.

use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::certificates;
use crate::daemon::Daemon;

pub struct Nginx {
    daemon: Daemon,
    tls: bool,
}

/// What it says of a request.
#[derive(Debug)]
pub struct Logged {
    pub status: u16,
    /// `HTTP/1.1`
    pub http: String,
    /// `TLSv1.3`, or `-` without TLS.
    pub tls: String,
    /// `gzip`, or `-` for none.
    pub coding: String,
    /// How many requests came on the same connection by then.
    pub requests_on_connection: u64,
}

impl Nginx {
    /// Passes requests on to a service. The settings are more lines of its configuration. `limit_req zone=all` limits
    /// the rate to 5 requests a second.
    pub fn start(service: SocketAddr, settings: &str) -> Self {
        Nginx::start_listening(service, settings, "")
    }

    /// The same with TLS, and the certificate of [`certificates::certificate`]. `listen` may hold more parameters of
    /// `listen`, such as `http2`.
    pub fn start_tls(service: SocketAddr, settings: &str, listen: &str) -> Self {
        let (certificate, key) = (certificates::certificate(), certificates::key());
        let files = format!("ssl_certificate {};\nssl_certificate_key {};\n", certificate.display(), key.display());
        Nginx::start_listening(service, &format!("{files}{settings}"), &format!(" ssl {listen}"))
    }

    fn start_listening(service: SocketAddr, settings: &str, listen: &str) -> Self {
        let daemon = Daemon::start(
            "nginx",
            |port, folder| {
                let folder = folder.display();
                format!(
                    "daemon off;
                     master_process off;
                     pid {folder}/pid;
                     events {{}}
                     http {{
                     map $ssl_protocol $tls {{ '' -; default $ssl_protocol; }}
                     map $sent_http_content_encoding $coding {{ '' -; default $sent_http_content_encoding; }}
                     log_format facts '$status $server_protocol $tls $coding $connection_requests';
                     access_log {folder}/log facts;
                     client_body_temp_path {folder}/body;
                     proxy_temp_path {folder}/proxy;
                     fastcgi_temp_path {folder}/fastcgi;
                     uwsgi_temp_path {folder}/uwsgi;
                     scgi_temp_path {folder}/scgi;
                     limit_req_zone $binary_remote_addr zone=all:64k rate=5r/s;
                     server {{
                     listen 127.0.0.1:{port}{listen};
                     {settings}
                     location / {{ proxy_pass http://{service}; proxy_set_header Accept-Encoding ''; }} }} }}"
                )
            },
            |configuration, folder| {
                let mut command = Command::new("nginx");
                command.arg("-p").arg(folder).arg("-e").arg(folder.join("errors")).arg("-c").arg(configuration);
                command
            },
        );
        Nginx { daemon, tls: !listen.is_empty() }
    }

    pub fn url(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.daemon.address())
    }

    /// The requests that it has answered, at least this many: it logs one shortly after its response is sent.
    pub fn logged(&self, at_least: usize) -> Vec<Logged> {
        let began = Instant::now();
        loop {
            let log = self.daemon.log();
            if log.lines().count() >= at_least || began.elapsed() > Duration::from_secs(20) {
                return log.lines().map(Logged::read).collect();
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Logged {
    fn read(line: &str) -> Self {
        let fields: Vec<&str> = line.split(' ').collect();
        let [status, http, tls, coding, requests_on_connection] = fields[..] else { panic!("an odd line: {line}") };
        Logged {
            status: status.parse().expect("a status"),
            http: http.to_string(),
            tls: tls.to_string(),
            coding: coding.to_string(),
            requests_on_connection: requests_on_connection.parse().expect("a number"),
        }
    }
}
