//! `participants watch`.

use std::io::{Write, stdout};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};

use jiff::Timestamp;
use participants::{Error, ErrorKind};

use crate::arguments::Watch;
use crate::failure::{FILE, Failure};
use crate::safe::print_note;
use crate::snapshot::Snapshot;
use crate::{changes, connect};

pub fn run(options: &Watch) -> Result<(), Failure> {
    let client = Arc::new(connect::client(&options.client)?);
    let meeting = connect::meeting(&options.client, &options.meeting.meeting)?;
    let format = changes::format(options.format);

    let (ended, is_ended) = mpsc::channel();
    let ending = Arc::clone(&client);
    ctrlc::set_handler(move || {
        let _ = ended.send(());
        ending.shutdown();
    })
    .map_err(|error| Failure::new(FILE, format!("signals: {error}"), "Please report this as a bug."))?;

    let mut known: Option<Snapshot> = None;
    let mut last_error = None;
    for round in 1_u64.. {
        let mut wait = options.every;
        match client.get_participants(&meeting) {
            Ok(list) => {
                let mut now = Snapshot::of(&list)?;
                match &known {
                    None => {
                        note(&format!("watching {} participants, every {} s", now.len(), options.every.as_secs_f64()));
                        if !now.is_complete {
                            note("the list may not be complete: who is missing may be reported as added later");
                        }
                    }
                    Some(known) => {
                        let time = Timestamp::now();
                        let mut out = stdout().lock();
                        for change in changes::between(known, &now) {
                            changes::print(&mut out, &change, format, Some(time))?;
                        }
                        out.flush()?;
                    }
                }
                if let Some(known) = known.as_ref().filter(|_| !now.is_complete) {
                    note("the list may not be complete: no removal is reported");
                    now.keep_missing(known);
                }
                known = Some(now);
            }
            // By a signal.
            Err(error) if error.status() == ErrorKind::Cancelled => return Ok(()),
            Err(error) if known.is_none() && is_final(&error) => return Err(error.into()),
            Err(error) => {
                note(&error.to_string());
                wait = wait.max(error.retry_after().unwrap_or_default());
                last_error = Some(error);
            }
        }
        if options.times.is_some_and(|times| round >= times) {
            break;
        }
        match is_ended.recv_timeout(wait) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
    match last_error.filter(|_| known.is_none()) {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// Whether asking again can't help.
fn is_final(error: &Error) -> bool {
    use ErrorKind::*;
    matches!(error.status(), InvalidArgument | Authentication | PermissionDenied | NotFound)
}

fn note(text: &str) {
    print_note(&format!("participants: {text}"));
}
