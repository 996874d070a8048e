//! What happens, line by line on stderr: for `--verbose`.

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::safe::print_note;

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
            print_note(&format!("{level}: {}", record.args()));
        }
    }

    fn flush(&self) {}
}
