//! What happens, line by line on stderr: for `--verbose`.

use std::io::{Write, stderr};

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::safe::on_one_line;

pub struct LogLines(LevelFilter);

impl LogLines {
    pub fn new(verbose: u8) -> Self {
        LogLines(if verbose > 1 { LevelFilter::Debug } else { LevelFilter::Info })
    }
}

impl Log for LogLines {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.level() <= self.0
    }

    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) {
            let level = match record.level() {
                Level::Error => "error",
                Level::Warn => "warning",
                Level::Info => "info",
                Level::Debug | Level::Trace => "debug",
            };
            // Nobody may read it.
            let _ = writeln!(stderr(), "{level}: {}", on_one_line(&record.args().to_string()));
        }
    }

    fn flush(&self) {}
}
