//! The events of this library, as log records of one line each.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use log::{Level, Log, Metadata, Record, log};

use crate::error::seconds;
use crate::page::{Page, Paging};
use crate::{Error, Meeting};

/// The target of all records.
const TARGET: &str = "participants";

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
        let (meeting, len, milliseconds) = (meeting.meeting_id(), page.rows.len(), took.as_millis());
        let of_total = page.paging.total_count.map_or_else(String::new, |total| format!(" of {total}"));
        self.log(
            Level::Debug,
            format_args!("meeting {meeting}: {name}: {len}{of_total} participants in {milliseconds} ms"),
        );
    }

    pub fn retry(&self, meeting: &Meeting, name: &str, error: &Error, failed_attempts: u32, delay: Duration) {
        let (meeting, delay) = (meeting.meeting_id(), seconds(delay));
        self.log(
            Level::Warn,
            format_args!("meeting {meeting}: {name}: attempt {failed_attempts} failed, the next in {delay}: {error}"),
        );
    }

    pub fn quota(&self, meeting: &Meeting, name: &str, wait: Duration) {
        let (meeting, wait) = (meeting.meeting_id(), seconds(wait));
        self.log(
            Level::Info,
            format_args!("meeting {meeting}: {name}: the service accepts no requests for now: waiting {wait}"),
        );
    }

    pub fn list_changed(&self, meeting: &Meeting) {
        let meeting = meeting.meeting_id();
        self.log(
            Level::Info,
            format_args!("meeting {meeting}: the list changed while it was read: reading it a second time"),
        );
    }

    /// `paging` is that of a result that is not certain to be everyone.
    pub fn incomplete(&self, meeting: &Meeting, paging: Paging) {
        let (meeting, found) = (meeting.meeting_id(), paging.end_offset.unwrap_or(0));
        let total = paging.total_count.map_or("an unknown number".to_string(), |total| total.to_string());
        self.log(
            Level::Warn,
            format_args!("meeting {meeting}: perhaps not everyone: {found} participants of {total} were found"),
        );
    }

    pub fn connection_reopened(&self) {
        self.log(Level::Debug, format_args!("a connection that was kept is closed: sending the request on a new one"));
    }

    fn log(&self, level: Level, message: fmt::Arguments<'_>) {
        let Some(logger) = &self.0 else {
            log!(target: TARGET, level, "{message}");
            return;
        };
        let metadata = Metadata::builder().target(TARGET).level(level).build();
        if logger.enabled(&metadata) {
            logger.log(&Record::builder().metadata(metadata).args(message).module_path_static(Some(TARGET)).build());
        }
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "set" } else { "none" })
    }
}
