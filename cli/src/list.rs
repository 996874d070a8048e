//! `participants list`.

use std::io::{BufWriter, Write, stdout};

use participants::{PageRequest, Participant};

use crate::arguments::{List, OutputOptions};
use crate::connect;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::progress::Progress;

pub fn run(options: &List) -> Result<(), Failure> {
    let client = connect::client(&options.client)?;
    let meeting = connect::meeting(&options.client, &options.meeting.meeting)?;
    let accepts = |participant: &&Participant| options.output.filter.iter().all(|filter| filter.accepts(participant));
    if let Some(page_no) = options.page {
        let per_page = options.client.per_page.map(u64::from);
        let page = client.get_participants_page(&meeting, PageRequest { page_no: Some(page_no), per_page })?;
        if options.count {
            return print_count(page.iter().filter(accepts).count() as u64);
        }
        let mut rows: Vec<_> = page.iter().filter(accepts).cloned().collect();
        return write_sorted(&mut rows, page.total_count(), &options.output);
    }

    let mut progress = Progress::new(output::format(&options.output));
    let mut pages = client.iter_participants(&meeting);
    let (mut found, mut accepted, mut kept) = (0, 0, Vec::new());
    let keeps_all = options.output.sort.is_some();
    let mut output = match options.count || keeps_all {
        true => None,
        false => Some(Output::new(BufWriter::new(stdout().lock()), &options.output)?),
    };
    while let Some(page) = pages.next_page() {
        let page = page?;
        found += page.len() as u64;
        for participant in page.iter().filter(accepts) {
            accepted += 1;
            match &mut output {
                Some(output) => output.write(participant)?,
                None if keeps_all && !options.count => kept.push(participant.clone()),
                None => {}
            }
        }
        // Before the next page is asked for: whoever reads this has the rows of this one.
        if let Some(output) = &mut output {
            output.flush()?;
        }
        progress.update(found, pages.total_count());
    }
    drop(progress);
    match output {
        _ if options.count => print_count(accepted)?,
        Some(output) => output.finish(pages.total_count())?,
        None => write_sorted(&mut kept, pages.total_count(), &options.output)?,
    }
    match pages.is_complete() {
        true => Ok(()),
        false => Err(Failure::incomplete(found, pages.total_count())),
    }
}

fn print_count(count: u64) -> Result<(), Failure> {
    Ok(writeln!(stdout(), "{count}")?)
}

fn write_sorted(rows: &mut [Participant], total_count: u64, options: &OutputOptions) -> Result<(), Failure> {
    if let Some(key) = &options.sort {
        rows.sort_by(|a, b| key.compare(a, b));
    }
    let mut output = Output::new(BufWriter::new(stdout().lock()), options)?;
    rows.iter().try_for_each(|participant| output.write(participant))?;
    output.finish(total_count)
}
