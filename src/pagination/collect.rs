//! One page as a list, and everyone as a list or as JSON.

use std::sync::Arc;

use crate::call::Call;
use crate::page::Page;
use crate::page::json::JsonList;
use crate::pagination::id_set::IdSet;
use crate::pagination::plan::{NewRows, Outcome, PageResult, Plan, Position, Selection};
use crate::pagination::reorder_buffer::FailureOrder;
use crate::pagination::walker::Walker;
use crate::{Error, Meeting, PageRequest, Participant, Participants};

/// One page, as the service gives it.
pub(crate) fn one_page(call: &Call, meeting: &Meeting, request: PageRequest) -> Result<Participants, Error> {
    let page = call.page(meeting, request)?;
    let mut ids = IdSet::default();
    let distinct = ids.insert_all(page.ids()).filter(|is_new| *is_new).count() as u64;
    let (paging, complete) = (page.paging, page.paging.total_count == Some(distinct));
    let rows = 0..page.rows.len() as u32;
    let page = Arc::new(page);
    Ok(Participants::new(rows.map(|row| Participant::of(&page, row)).collect(), paging, complete))
}

/// Everyone.
pub(crate) fn everyone(call: Call, meeting: &Meeting) -> Result<Participants, Error> {
    let (list, outcome) = collect::<Vec<Participant>>(call, meeting)?;
    Ok(Participants::new(list, outcome.paging, outcome.is_complete))
}

/// Everyone, as JSON. No page outlives its copy in the JSON.
pub(crate) fn everyone_json(call: Call, meeting: &Meeting) -> Result<String, Error> {
    let (json, outcome) = collect::<JsonList>(call, meeting)?;
    json.finish(outcome.paging)
}

fn collect<C: Collection<Page = Arc<Page>>>(call: Call, meeting: &Meeting) -> Result<(C, Outcome), Error> {
    let mut collected = Collected::<C>::default();
    let mut walker = Walker::new(call, meeting.clone(), Plan::new(IdSet::default()), FailureOrder::AtOnce);
    loop {
        if let Some(outcome) = walker.step(&mut |page, result| collected.take(&page, &result))? {
            if !outcome.is_complete {
                walker.log_incomplete(outcome.paging.end_offset.unwrap_or(0));
            }
            return Ok((collected.select(outcome.selection), outcome));
        }
    }
}

/// Participants of many pages, in order.
pub(super) trait Collection: Default {
    type Page;

    /// Adds participants of a page at the end, by their rows.
    fn add(&mut self, page: &Self::Page, rows: &[u32]);

    fn append(&mut self, more: Self);

    fn put(&mut self, position: Position, page: &Self::Page, rows: &[u32]) {
        match position {
            Position::Back => self.add(page, rows),
            Position::Front => {
                let rest = std::mem::take(self);
                self.add(page, rows);
                self.append(rest);
            }
        }
    }
}

impl Collection for Vec<Participant> {
    type Page = Arc<Page>;

    fn add(&mut self, page: &Arc<Page>, rows: &[u32]) {
        self.extend(rows.iter().map(|row| Participant::of(page, *row)));
    }

    fn append(&mut self, more: Self) {
        self.extend(more);
    }
}

impl Collection for JsonList {
    type Page = Arc<Page>;

    fn add(&mut self, page: &Arc<Page>, rows: &[u32]) {
        for run in rows.chunk_by(|a, b| a + 1 == *b) {
            if let (Some(first), Some(last)) = (run.first(), run.last()) {
                self.push(page, *first..last + 1);
            }
        }
    }

    fn append(&mut self, more: Self) {
        JsonList::append(self, &more);
    }
}

/// The participants of each pass, until the outcome selects the result.
#[derive(Default)]
pub(super) struct Collected<C> {
    first_pass: C,
    second_pass: C,
    /// Those that only the second pass saw.
    unseen: C,
}

impl<C: Collection> Collected<C> {
    pub fn take(&mut self, page: &C::Page, result: &PageResult) {
        match &result.rows {
            NewRows::FirstPass(rows) => self.first_pass.put(result.position, page, rows),
            NewRows::SecondPass { rows, unseen } => {
                self.second_pass.put(result.position, page, rows);
                self.unseen.put(result.position, page, unseen);
            }
        }
    }

    pub fn select(mut self, selection: Selection) -> C {
        match selection {
            Selection::FirstPass => self.first_pass,
            Selection::SecondPass => self.second_pass,
            Selection::BothPasses => {
                self.first_pass.append(self.unseen);
                self.first_pass
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pagination::simulation::Page;

    #[test]
    fn page_0_of_the_second_pass_comes_before_its_other_pages() {
        let page = |numbers: &[u64]| Page { numbers: numbers.to_vec(), total_count: None, start_offset: None };
        let mut collected = Collected::<Vec<u64>>::default();
        let first = PageResult { rows: NewRows::FirstPass(vec![0]), position: Position::Back };
        collected.take(&page(&[1]), &first);
        for (numbers, position) in [([2, 3], Position::Back), ([4, 5], Position::Front)] {
            let rows = NewRows::SecondPass { rows: vec![0, 1], unseen: vec![0, 1] };
            collected.take(&page(&numbers), &PageResult { rows, position });
        }
        assert_eq!(collected.select(Selection::BothPasses), [1, 4, 5, 2, 3]);
    }
}
