//! The events of this library, as log records of one line each.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use log::{Level, Log, Metadata, Record, log};

use crate::error::{seconds, truncate};
use crate::page::Page;
use crate::{Error, Meeting};

/// The target of all records.
const TARGET: &str = "participants";

/// The longest line, in bytes. The message of an error repeats what the service said.
const MAX_LINE: usize = 2000;

/// Where the records of a client go: to a logger of its own, or else to the logger of the crate `log`.
#[derive(Clone, Default)]
pub(crate) struct Logger(Option<Arc<dyn Log>>);

/// A logger serves all threads, also after one of them panicked while it logged.
impl UnwindSafe for Logger {}
impl RefUnwindSafe for Logger {}

impl Logger {
    pub fn new(logger: impl Log + 'static) -> Self {
        Logger(Some(Arc::new(logger)))
    }

    pub fn page(&self, meeting: &Meeting, name: &str, page: &Page, took: Duration) {
        self.log(Level::Debug, meeting, || {
            let of_total = page.paging.total_count.map_or_else(String::new, |total| format!(" of {total}"));
            format!("{name}: {}{of_total} participants in {} ms", page.rows.len(), took.as_millis())
        });
    }

    pub fn retry(&self, meeting: &Meeting, name: &str, error: &Error, failed_attempts: u32, delay: Duration) {
        self.log(Level::Warn, meeting, || {
            format!("{name}: attempt {failed_attempts} failed, retrying in {}: {error}", seconds(delay))
        });
    }

    pub fn quota(&self, meeting: &Meeting, name: &str, wait: Duration) {
        self.log(Level::Info, meeting, || {
            format!("{name}: the service accepts no requests for now: waiting {}", seconds(wait))
        });
    }

    pub fn list_changed(&self, meeting: &Meeting) {
        self.log(Level::Info, meeting, || "the list changed while it was read: reading it a second time".to_string());
    }

    /// `found` is the number of participants of a result that is not certain to be everyone.
    pub fn incomplete(&self, meeting: &Meeting, found: u64, total: Option<u64>) {
        self.log(Level::Warn, meeting, || {
            let total = total.map_or("not how many there are".to_string(), |total| total.to_string());
            format!("the list may be incomplete: found {found} participants, the service says {total}")
        });
    }

    pub fn connection_reopened(&self, meeting: &Meeting) {
        self.log(Level::Debug, meeting, || {
            "the service had closed a kept connection: sent the request on a new one".to_string()
        });
    }

    /// Logs a line, which begins with the meeting. The line is made only if somebody wants it.
    fn log(&self, level: Level, meeting: &Meeting, text: impl FnOnce() -> String) {
        let line = || {
            let mut line = format!("meeting {}: {}", meeting.meeting_id(), text());
            truncate(&mut line, MAX_LINE);
            line
        };
        let Some(logger) = &self.0 else {
            log!(target: TARGET, level, "{}", line());
            return;
        };
        let metadata = Metadata::builder().target(TARGET).level(level).build();
        if logger.enabled(&metadata) {
            let (mut record, module) = (Record::builder(), Some(TARGET));
            logger.log(&record.metadata(metadata).module_path_static(module).args(format_args!("{}", line())).build());
        }
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "set" } else { "none" })
    }
}
