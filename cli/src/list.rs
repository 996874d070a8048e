//! `participants list`.

use std::io::{BufWriter, StdoutLock, Write, stdout};

use participants::{PageRequest, Participant};

use crate::arguments::{Format, List};
use crate::columns::SortKey;
use crate::connect;
use crate::failure::Failure;
use crate::output::{self, Output, Paging};
use crate::progress::Progress;
use crate::safe::print_note;

pub fn run(options: &List) -> Result<(), Failure> {
    output::check(&options.output)?;
    let client = connect::client(&options.client)?;
    let meeting = connect::meeting(&options.client, &options.meeting.meeting)?;
    if let Some(page_no) = options.page {
        let per_page = connect::per_page(&options.client)?.map(u64::from);
        let page = client.get_participants_page(&meeting, PageRequest { page_no: Some(page_no), per_page })?;
        let mut rows = Rows::new(options)?;
        page.iter().try_for_each(|participant| rows.add(participant))?;
        return rows.finish(Paging::of_page(&page), page.len() as u64);
    }

    let mut progress = Progress::new(output::format(&options.output));
    let mut rows = Rows::new(options)?;
    let mut pages = client.iter_participants(&meeting);
    let mut found = 0;
    while let Some(page) = pages.next_page() {
        let page = page?;
        page.iter().try_for_each(|participant| rows.add(participant))?;
        // Before it waits for the next page: whoever reads this has the rows of this one.
        rows.flush()?;
        found += page.len() as u64;
        progress.update(found, pages.total_count());
    }
    drop(progress);
    let (total_count, is_complete) = (pages.total_count(), pages.is_complete());
    rows.finish(Paging { total_count, start_offset: found.min(1), end_offset: found, is_complete }, found)?;
    match is_complete {
        true => Ok(()),
        false => Err(Failure::incomplete(found, total_count)),
    }
}

/// What becomes of the participants that all filters accept.
struct Rows<'a> {
    options: &'a List,
    accepted: u64,
    destination: Destination,
}

enum Destination {
    Count,
    Sort(SortKey, Vec<Participant>),
    Output(Box<Output<BufWriter<StdoutLock<'static>>>>),
}

impl<'a> Rows<'a> {
    fn new(options: &'a List) -> Result<Self, Failure> {
        let destination = match options.sort {
            _ if options.count => Destination::Count,
            Some(key) => Destination::Sort(key, Vec::new()),
            None => Destination::Output(Box::new(Output::to_stdout(&options.output)?)),
        };
        Ok(Rows { options, accepted: 0, destination })
    }

    fn add(&mut self, participant: &Participant) -> Result<(), Failure> {
        if !self.options.filter.iter().all(|filter| filter.accepts(participant)) {
            return Ok(());
        }
        self.accepted += 1;
        match &mut self.destination {
            Destination::Count => {}
            Destination::Sort(_, kept) => kept.push(participant.clone()),
            Destination::Output(output) => output.write(participant)?,
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        match &mut self.destination {
            Destination::Output(output) => output.flush(),
            Destination::Count | Destination::Sort(..) => Ok(()),
        }
    }

    /// `paging` is of all participants that were found, also of those that a filter did not accept.
    fn finish(self, mut paging: Paging, found: u64) -> Result<(), Failure> {
        paging.is_complete &= self.accepted == found;
        if self.accepted == 0 && !self.options.count && output::format(&self.options.output) == Format::Table {
            print_note(&format!("participants: none of {found} participants"));
        }
        match self.destination {
            Destination::Count => Ok(writeln!(stdout(), "{}", self.accepted)?),
            Destination::Sort(key, mut kept) => {
                kept.sort_by(|a, b| key.compare(a, b));
                let mut output = Output::to_stdout(&self.options.output)?;
                kept.iter().try_for_each(|participant| output.write(participant))?;
                output.finish(&paging)
            }
            Destination::Output(output) => output.finish(&paging),
        }
    }
}
