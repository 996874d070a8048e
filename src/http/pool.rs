//! The connections of a client, which are kept for the next request.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::connection::{Connection, ConnectionFactory};
use crate::sync::lock;

/// How long a connection is idle before it is closed.
pub(super) const MAX_IDLE_AGE: Duration = Duration::from_secs(15);

/// Hands out connections, those that are idle first.
pub(super) struct ConnectionPool {
    factory: ConnectionFactory,
    idle: Mutex<IdleConnections>,
}

struct IdleConnections {
    /// The process that opened them. A forked child must not use its parent's sockets.
    process: u32,
    /// Each connection, and since when it is idle.
    connections: Vec<(Connection, Instant)>,
}

impl ConnectionPool {
    pub fn new(factory: ConnectionFactory) -> Self {
        let idle = IdleConnections { process: std::process::id(), connections: Vec::new() };
        ConnectionPool { factory, idle: Mutex::new(idle) }
    }

    /// An empty pool whose connections share the TLS sessions of this one's.
    pub fn empty_copy(&self) -> Self {
        ConnectionPool::new(self.factory.clone())
    }

    /// An idle connection, or else a new one.
    pub fn take(&self) -> Connection {
        let mut idle = lock(&self.idle);
        if idle.process != std::process::id() {
            idle.process = std::process::id();
            idle.connections.clear();
        }
        let connection = idle.connections.pop();
        drop(idle);
        connection.map_or_else(|| self.open(), |(connection, _)| connection)
    }

    /// A new connection.
    pub fn open(&self) -> Connection {
        self.factory.create()
    }

    /// Keeps a connection for the next request.
    pub fn put_back(&self, connection: Connection) {
        let mut idle = lock(&self.idle);
        if idle.process == std::process::id() {
            let now = Instant::now();
            idle.connections.retain(|(_, since)| now.duration_since(*since) < MAX_IDLE_AGE);
            idle.connections.push((connection, now));
        }
    }

    pub fn close_idle(&self) {
        let idle = std::mem::take(&mut lock(&self.idle).connections);
        // Without the lock: closing a connection can take time.
        drop(idle);
    }
}
