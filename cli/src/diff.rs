//! `participants diff`.

use std::io::{BufWriter, Write, stdout};
use std::path::Path;

use crate::arguments::{ClientOptions, Diff};
use crate::failure::{ABSENT, Failure, INCOMPLETE, USAGE};
use crate::snapshot::Snapshot;
use crate::{changes, connect};

pub fn run(options: &Diff) -> Result<(), Failure> {
    if (options.old.as_str(), options.new.as_str()) == ("-", "-") {
        return Err(Failure::usage("standard input holds one list, not two"));
    }
    let old = read(&options.old, &options.client)?;
    let new = read(&options.new, &options.client)?;
    let found = changes::between(&old, &new);
    let mut out = BufWriter::new(stdout().lock());
    for change in &found {
        changes::print(&mut out, change, changes::format(options.format), None)?;
    }
    out.flush()?;
    for (name, list) in [(&options.old, &old), (&options.new, &new)] {
        if !list.is_complete {
            let what = format!("{name}: the list may not be complete ({} participants)", list.len());
            let todo = "Who is missing may count as added, and is not reported as removed. Only --format json without \
                        --filter and --page says that a list is complete.";
            return Err(Failure::new(INCOMPLETE, what, todo));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(Failure::Silent(ABSENT)) }
}

/// A file if there is one of this name, else a meeting.
fn read(name: &str, options: &ClientOptions) -> Result<Snapshot, Failure> {
    if name == "-" || Path::new(name).exists() || name.ends_with("json") {
        return Snapshot::read(name);
    }
    let meeting = connect::meeting(options, name).map_err(|failure| match failure {
        Failure::Reported { code: USAGE, what, todo } => {
            Failure::new(USAGE, what, format!("There is no file {name} either. {todo}"))
        }
        failure => failure,
    })?;
    Snapshot::of(&connect::client(options)?.get_participants(&meeting)?)
}
