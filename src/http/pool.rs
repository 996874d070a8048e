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
    /// Each idle connection, and since when it is idle; `None` once the pool is closed.
    idle: Mutex<Option<Vec<(Connection, Instant)>>>,
}

impl ConnectionPool {
    pub fn new(factory: ConnectionFactory) -> Self {
        ConnectionPool { factory, idle: Mutex::new(Some(Vec::new())) }
    }

    pub fn unconnected_copy(&self) -> Self {
        ConnectionPool::new(self.factory.unconnected_copy())
    }

    /// An idle connection, or else a new one.
    pub fn take(&self) -> Connection {
        let connection = lock(&self.idle).as_mut().and_then(Vec::pop);
        connection.map_or_else(|| self.open(), |(connection, _)| connection)
    }

    /// A new connection.
    pub fn open(&self) -> Connection {
        self.factory.create()
    }

    /// Keeps a connection for the next request.
    pub fn put_back(&self, connection: Connection) {
        if let Some(idle) = lock(&self.idle).as_mut() {
            let now = Instant::now();
            idle.retain(|(_, since)| now.duration_since(*since) < MAX_IDLE_AGE);
            idle.push((connection, now));
        }
    }

    /// Closes the idle connections, and keeps no others.
    pub fn close(&self) {
        let idle = lock(&self.idle).take();
        // Without the lock: closing a connection can take time.
        drop(idle);
    }
}
