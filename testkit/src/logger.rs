//! A logger that calls a function.

use log::{LevelFilter, Log, Metadata, Record};

/// Calls a function with each record up to this level.
pub struct Logger<F>(pub LevelFilter, pub F);

impl<F: Fn(&Record) + Send + Sync> Log for Logger<F> {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.level() <= self.0
    }

    fn log(&self, record: &Record) {
        self.1(record);
    }

    fn flush(&self) {}
}
