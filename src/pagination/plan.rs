//! The plan of a walk: which page to fetch next, and which participants are the result. Pure: it fetches nothing.
//!
//! A walk is one pass over the list. If the list changed meanwhile, a second pass follows, and never a third. The
//! walker asks for the [`next step`](Plan::next_step), takes it, and passes what it got to the plan.

use crate::page::Paging;
use crate::pagination::id_set::IdSet;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

/// The most pages that one pass fetches, whatever the service claims.
const MAX_PAGES: u64 = 10_000;

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Fetch `page`. All pages up to `last` may be fetched at the same time, but must be passed to
    /// [`page_arrived`](Plan::page_arrived) in order, each only if the next step asks for it.
    Fetch {
        page: u64,
        last: u64,
    },
    /// Request page 0, which exists where pages are counted from 0. A refusal does not fail the walk.
    ProbePageZero(ProbeReason),
    Finish(Outcome),
}

impl Step {
    /// Whether this step may fetch a page that comes before page 1. The iterator returns nothing before it is taken.
    pub fn precedes_page_one(self) -> bool {
        matches!(self, Step::ProbePageZero(ProbeReason::MustExist | ProbeReason::MayExist))
    }
}

/// Why page 0 is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProbeReason {
    /// By the service's own figures there must be a page 0. Even a 500 does not mean that there is none.
    MustExist,
    /// Page 1 leaves open whether something comes before it.
    MayExist,
    /// The list ended too early, or without saying how many participants there are.
    EndedEarly,
}

/// The result of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub selection: Selection,
    /// Whether the result is everyone.
    pub is_complete: bool,
    /// The total, and the offsets of the result.
    pub paging: Paging,
    /// Whether the participants of both passes together are everyone: for the iterator, which can't take any back.
    pub seen_is_complete: bool,
}

/// Which of the collected participants are the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selection {
    /// Those of the only pass.
    FirstPass,
    /// Those of the second pass alone.
    SecondPass,
    /// Those of the first pass, then those that only the second pass saw.
    BothPasses,
}

/// The new participants of a page, and whether they go before or after those of the earlier pages.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PageResult {
    pub rows: NewRows,
    pub position: Position,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NewRows {
    FirstPass(Vec<u32>),
    SecondPass {
        /// The rows that are new in the second pass.
        rows: Vec<u32>,
        /// Those of them that the first pass did not see.
        unseen: Vec<u32>,
    },
}

impl NewRows {
    /// The rows that no pass saw before.
    pub fn into_unseen(self) -> Vec<u32> {
        match self {
            NewRows::FirstPass(rows) => rows,
            NewRows::SecondPass { unseen, .. } => unseen,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    Front,
    Back,
}

pub(crate) struct Plan {
    pass: Pass,
    walk: Walk,
}

/// The pass that a walk is in.
enum Walk {
    FirstPass,
    SecondPass {
        /// The ids that any pass saw.
        seen: IdSet,
    },
}

impl Plan {
    /// A plan that keeps its ids in sets of this kind.
    pub fn new(ids: IdSet) -> Self {
        Plan { pass: Pass::new(PageZero::Unknown, ids), walk: Walk::FirstPass }
    }

    /// What to do next. Unchanged until [`page_arrived`](Self::page_arrived) or
    /// [`page_zero_refused`](Self::page_zero_refused) is called.
    pub fn next_step(&self) -> Step {
        self.pass.next_step().unwrap_or_else(|| match &self.walk {
            Walk::FirstPass if self.list_changed() => Step::Fetch { page: 1, last: 1 },
            Walk::FirstPass => Step::Finish(Outcome {
                selection: Selection::FirstPass,
                is_complete: self.pass.is_complete(),
                paging: self.paging(self.pass.ids.len()),
                seen_is_complete: self.pass.is_complete(),
            }),
            Walk::SecondPass { seen } if self.pass.is_complete() => Step::Finish(Outcome {
                selection: Selection::SecondPass,
                is_complete: true,
                paging: self.paging(self.pass.ids.len()),
                seen_is_complete: seen.len() == self.pass.ids.len(),
            }),
            Walk::SecondPass { seen } => Step::Finish(Outcome {
                selection: Selection::BothPasses,
                is_complete: false,
                paging: self.paging(seen.len()),
                seen_is_complete: false,
            }),
        })
    }

    /// Records the page that the last step requested: its number, the ids of its participants in order, and what the
    /// service says about its place in the list.
    pub fn page_arrived<'a>(
        &mut self,
        number: u64,
        ids: impl Iterator<Item = &'a str> + Clone,
        paging: Paging,
    ) -> PageResult {
        if matches!(self.walk, Walk::FirstPass) && self.pass.next_step().is_none() {
            let second = self.pass.second();
            let first = std::mem::replace(&mut self.pass, second);
            self.walk = Walk::SecondPass { seen: first.ids };
        }
        let rows = self.pass.page_arrived(number, ids.clone(), paging);
        let rows = match &mut self.walk {
            Walk::FirstPass => NewRows::FirstPass(rows),
            Walk::SecondPass { seen } => {
                let mut new = rows.iter().peekable();
                let is_unseen = |(row, id): &(u32, &str)| new.next_if_eq(&row).is_some() && seen.insert(id);
                let unseen = (0..).zip(ids).filter(is_unseen).map(|(row, _)| row).collect();
                NewRows::SecondPass { rows, unseen }
            }
        };
        PageResult { rows, position: if number == 0 { Position::Front } else { Position::Back } }
    }

    /// How many different participants arrived in both passes together.
    pub fn seen(&self) -> u64 {
        match &self.walk {
            Walk::FirstPass => self.pass.ids.len(),
            Walk::SecondPass { seen } => seen.len(),
        }
    }

    /// Whether the list changed during the first pass, so that the next step begins the second.
    pub fn list_changed(&self) -> bool {
        matches!(self.walk, Walk::FirstPass) && self.pass.next_step().is_none() && self.pass.shows_change()
    }

    /// Records that the service has no page 0.
    pub fn page_zero_refused(&mut self) {
        self.pass.page_zero = PageZero::Refused;
    }

    /// How many participants there are, as the service last said.
    pub fn total_count(&self) -> Option<u64> {
        self.pass.total.count()
    }

    /// How many participants have not arrived yet, by the total; `None` if it is not known or wrong, or the list has
    /// changed.
    pub fn missing(&self) -> Option<u64> {
        match (&self.walk, self.pass.total) {
            (Walk::FirstPass, Total::Consistent(Some(total))) if !self.pass.has_repeats => {
                total.checked_sub(self.pass.ids.len())
            }
            _ => None,
        }
    }

    fn paging(&self, len: u64) -> Paging {
        Paging { total_count: self.total_count(), start_offset: Some(len.min(1)), end_offset: Some(len) }
    }
}

/// One pass over the list, from page 1 on.
struct Pass {
    ids: IdSet,
    pages: u64,
    longest_page: u64,
    /// `None` once a page had no new participants: either the list ended, or the service ignores the page number.
    next_page: Option<u64>,
    page_zero: PageZero,
    total: Total,
    /// Whether an id was seen twice.
    has_repeats: bool,
}

/// What is known of a page before page 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PageZero {
    Unknown,
    Suspected(ProbeReason),
    /// The service has none.
    Refused,
    /// It had no new participants. Probably the service takes it for page 1.
    Repeated,
    /// It had new participants: pages are counted from 0.
    Found,
}

/// How many participants there are, as the service says; `None` where it says nothing usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Total {
    /// No page arrived yet.
    Unknown,
    /// What the first page said, if all pages so far are empty: the total of an empty page is not reliable.
    FromEmptyPage(Option<u64>),
    /// What all pages with participants said.
    Consistent(Option<u64>),
    /// Two pages disagree: the last usable one.
    Changed(Option<u64>),
}

impl Total {
    fn count(self) -> Option<u64> {
        match self {
            Total::Unknown => None,
            Total::FromEmptyPage(count) | Total::Consistent(count) | Total::Changed(count) => count,
        }
    }

    fn after_page(self, is_empty: bool, said: Option<u64>) -> Total {
        match self {
            Total::Unknown if is_empty => Total::FromEmptyPage(said),
            _ if is_empty => self,
            Total::Unknown | Total::FromEmptyPage(_) => Total::Consistent(said),
            Total::Consistent(count) if count == said => self,
            Total::Consistent(count) | Total::Changed(count) => Total::Changed(said.or(count)),
        }
    }
}

impl Pass {
    fn new(page_zero: PageZero, ids: IdSet) -> Self {
        Pass {
            ids,
            pages: 0,
            longest_page: 0,
            next_page: Some(1),
            page_zero,
            total: Total::Unknown,
            has_repeats: false,
        }
    }

    /// The second pass. It skips page 0 if the service refused it, and tries it again if it had no new participants.
    fn second(&self) -> Self {
        let page_zero = if self.page_zero == PageZero::Refused { PageZero::Refused } else { PageZero::Unknown };
        Pass::new(page_zero, self.ids.empty_clone())
    }

    /// `None` when this pass is over.
    fn next_step(&self) -> Option<Step> {
        if let PageZero::Suspected(reason) = self.page_zero {
            return Some(Step::ProbePageZero(reason));
        }
        let (found, total) = (self.ids.len(), self.total.count());
        if total == Some(found) {
            return None;
        }
        match self.next_page {
            Some(page) if self.pages < MAX_PAGES => {
                Some(Step::Fetch { page, last: self.last_page().unwrap_or(page).max(page) })
            }
            Some(_) => None,
            None => (self.page_zero == PageZero::Unknown && total.is_none_or(|total| found < total))
                .then_some(Step::ProbePageZero(ProbeReason::EndedEarly)),
        }
    }

    /// The number of the last page, by the total and the length of the pages.
    fn last_page(&self) -> Option<u64> {
        let total = self.total.count().filter(|total| *total > self.ids.len())?;
        let pages = total.checked_next_multiple_of(self.longest_page)? / self.longest_page;
        Some(pages.min(MAX_PAGES) - u64::from(self.page_zero == PageZero::Found))
    }

    /// The rows with new ids.
    fn page_arrived<'a>(&mut self, number: u64, ids: impl Iterator<Item = &'a str>, paging: Paging) -> Vec<u32> {
        self.ids.reserve(paging.total_count.unwrap_or(0));
        let are_new = self.ids.insert_all(ids);
        let len = are_new.len();
        let rows: Vec<u32> = (0..).zip(are_new).filter_map(|(row, is_new)| is_new.then_some(row)).collect();
        let has_repeats = rows.len() < len;
        if number == 0 {
            self.page_zero = if rows.is_empty() { PageZero::Repeated } else { PageZero::Found };
            // If it is page 1 once more, the repeats mean nothing.
            self.has_repeats |= has_repeats && self.page_zero == PageZero::Found;
        } else {
            if self.pages == 0 && self.page_zero == PageZero::Unknown {
                self.page_zero = self.suspect_page_zero(len == 0, paging);
            }
            self.has_repeats |= has_repeats;
            self.next_page = (!rows.is_empty()).then_some(number + 1);
        }
        self.total = self.total.after_page(len == 0, paging.total_count);
        self.longest_page = self.longest_page.max(len as u64);
        self.pages += 1;
        rows
    }

    /// Whether page 1 suggests that a page comes before it.
    fn suspect_page_zero(&self, is_empty: bool, paging: Paging) -> PageZero {
        let Paging { total_count, start_offset, .. } = paging;
        let must_exist = match is_empty {
            true => total_count.is_some_and(|total| total > 0),
            false => start_offset.is_some_and(|start| start > 1),
        };
        let may_exist = is_empty || (start_offset.is_none() && total_count != Some(self.ids.len()));
        match (must_exist, may_exist) {
            (true, _) => PageZero::Suspected(ProbeReason::MustExist),
            (false, true) => PageZero::Suspected(ProbeReason::MayExist),
            (false, false) => PageZero::Unknown,
        }
    }

    /// Whether all pages agree on the total and the pass saw that many ids.
    fn is_complete(&self) -> bool {
        !matches!(self.total, Total::Changed(_)) && self.total.count() == Some(self.ids.len())
    }

    /// Whether the list changed during this pass, so that another pass is worth it.
    fn shows_change(&self) -> bool {
        let has_too_few = self.total.count().is_some_and(|total| self.ids.len() < total);
        let has_changed = matches!(self.total, Total::Changed(_)) || self.has_repeats || has_too_few;
        has_changed && self.pages < MAX_PAGES
    }
}
