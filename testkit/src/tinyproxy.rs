//! tinyproxy, a real proxy.

use std::net::SocketAddr;
use std::process::Command;

use crate::daemon::Daemon;

pub struct Tinyproxy(Daemon);

impl Tinyproxy {
    /// `settings` are more lines of its configuration.
    pub fn start(settings: &str) -> Self {
        Tinyproxy(Daemon::start(
            "tinyproxy",
            |port, folder| {
                let log = folder.join("log");
                let lines = "Listen 127.0.0.1\nAllow 127.0.0.1\nTimeout 600\nLogLevel Info\n";
                format!("Port {port}\nLogFile \"{}\"\n{lines}{settings}", log.display())
            },
            |configuration, _| {
                let mut command = Command::new("tinyproxy");
                command.arg("-d").arg("-c").arg(configuration);
                command
            },
        ))
    }

    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.0.log()
    }

    /// How many tunnels it was asked for.
    pub fn tunnels(&self) -> usize {
        self.log().lines().filter(|line| line.contains("): CONNECT ")).count()
    }

    /// Stops the process. The kernel still makes connections for it.
    pub fn stop(&self) {
        self.0.signal("-STOP");
    }

    pub fn resume(&self) {
        self.0.signal("-CONT");
    }

    pub fn kill(&mut self) {
        self.0.kill();
    }
}
