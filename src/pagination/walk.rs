//! Page after page: everyone, the iterator, and how it is known whether that is everyone. The algorithm is told in DESIGN.md.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use crate::call::Call;
use crate::error::ErrorKind;
use crate::page::json::JsonList;
use crate::page::{Page, Paging};
use crate::pagination::id_set::Seen;
use crate::{Error, Meeting, PageRequest, Participant, Participants, retry, threads};

/// The most pages that one pass asks for, whatever the service claims.
const PAGES_MOST: u64 = 10_000;

/// One page, as the service gives it.
pub(crate) fn one_page(call: &Call, meeting: &Meeting, request: PageRequest) -> Result<Participants, Error> {
    let page = call.page(meeting, request)?;
    let mut seen = Seen::default();
    let distinct = (0..page.rows.len()).filter(|row| seen.insert(page.id(*row))).count() as u64;
    let (paging, complete) = (page.paging, page.paging.total_count == Some(distinct));
    let rows = 0..page.rows.len() as u32;
    let page = Arc::new(page);
    Ok(Participants::new(rows.map(|row| Participant::of(&page, row)).collect(), paging, complete))
}

/// Everyone.
pub(crate) fn everyone(call: &Call, meeting: &Meeting) -> Result<Participants, Error> {
    let (list, paging, complete) = collect::<Vec<Participant>>(call, meeting)?;
    Ok(Participants::new(list, paging, complete))
}

/// Everyone, as JSON. No page outlives its copy in the answer.
pub(crate) fn everyone_json(call: &Call, meeting: &Meeting) -> Result<String, Error> {
    let (json, paging, _) = collect::<JsonList>(call, meeting)?;
    json.finish(paging)
}

/// What is made of the pages.
trait Collection: Default {
    /// Adds some participants of a page, by their rows.
    fn add(&mut self, page: &Arc<Page>, rows: &[u32]);

    fn append(&mut self, more: Self);

    fn take(&mut self, arrival: &Arrival) {
        // Page 0 comes before what is there already.
        let behind = if arrival.number == 0 { std::mem::take(self) } else { Self::default() };
        self.add(&arrival.page, &arrival.rows);
        self.append(behind);
    }
}

impl Collection for Vec<Participant> {
    fn add(&mut self, page: &Arc<Page>, rows: &[u32]) {
        self.extend(rows.iter().map(|row| Participant::of(page, *row)));
    }

    fn append(&mut self, more: Self) {
        self.extend(more);
    }
}

impl Collection for JsonList {
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

/// What a page brought: the rows of those whom no page before had.
struct Arrival {
    number: u64,
    page: Arc<Page>,
    rows: Vec<u32>,
}

/// All pages, twice if need be; and whether that is certain to be everyone.
fn collect<C: Collection>(call: &Call, meeting: &Meeting) -> Result<(C, Paging, bool), Error> {
    let mut first = Pass::default();
    let mut all = C::default();
    walk(call, meeting, &mut first, &mut |arrival| all.take(&arrival))?;
    if !first.changed() {
        return Ok((all, first.paging(first.seen.len()), first.complete()));
    }
    let mut second = first.again();
    let (mut again, mut late) = (C::default(), C::default());
    walk(call, meeting, &mut second, &mut |mut arrival| {
        again.take(&arrival);
        arrival.rows.retain(|row| first.seen.insert(arrival.page.id(*row as usize)));
        late.take(&arrival);
    })?;
    if second.complete() {
        return Ok((again, second.paging(second.seen.len()), true));
    }
    all.append(late);
    Ok((all, second.paging(first.seen.len()), false))
}

/// One pass over the pages, several at the same time once it is known how many there are.
fn walk(call: &Call, meeting: &Meeting, pass: &mut Pass, take: &mut dyn FnMut(Arrival)) -> Result<(), Error> {
    let mut connections = call.settings().max_connections;
    while let Some(number) = pass.wanted() {
        match pass.known_last().filter(|last| number > 0 && *last > number && connections > 1) {
            Some(last) => {
                let has_threads = at_the_same_time(call, meeting, number..=last, connections, |number, page| {
                    take(pass.take(number, page));
                    pass.wanted() == Some(number + 1)
                })?;
                if !has_threads {
                    connections = 1;
                }
            }
            None => {
                let Some(page) = fetch(call, meeting, pass, number)? else { continue };
                take(pass.take(number, page));
            }
        }
    }
    Ok(())
}

/// A page of a pass; `None` if the service has no page 0, which some count from.
fn fetch(call: &Call, meeting: &Meeting, pass: &mut Pass, number: u64) -> Result<Option<Page>, Error> {
    let request = PageRequest { page_no: Some(number), per_page: Some(call.settings().per_page) };
    if number > 0 {
        return call.page(meeting, request).map(Some);
    }
    pass.zero_tried = true;
    // A service that fails over a page it never spoke of has no such page, and asking again for what makes it crash is no use.
    let may_crash = !pass.zero_expected;
    let worth_retrying = |e: &Error| retry::worth_retrying(e) && !(may_crash && e.http_status() == Some(500));
    let page = match call.page_with_retries(meeting, request, worth_retrying) {
        Ok(page) => Some(page),
        Err(e) if matches!(e.status(), ErrorKind::Api | ErrorKind::NotFound) => None,
        Err(e) if may_crash && e.status() == ErrorKind::Server => None,
        Err(e) => return Err(e),
    };
    pass.zero_refused = page.is_none();
    Ok(page)
}

/// What one pass over the list has seen, and what it wants to see next. It begins with page 1.
struct Pass {
    next: u64,
    pages: u64,
    /// Rows of the longest page.
    size: u64,
    /// Page 1 leaves open whether something comes before it.
    zero_hinted: bool,
    /// More than a hint: by the service's own figures, page 0 must exist.
    zero_expected: bool,
    zero_tried: bool,
    zero_refused: bool,
    /// Page 0 brought somebody: the service counts from 0.
    zero_found: bool,
    /// As the service last said.
    total: Option<u64>,
    /// A page with participants said it; what an empty one says is not to be relied on.
    total_meant: bool,
    /// All pages gave the same total.
    still: bool,
    /// Somebody was seen twice.
    twice: bool,
    /// A page brought nothing new: this is the end, or the service ignores the page number.
    ended: bool,
    seen: Seen,
}

impl Default for Pass {
    fn default() -> Self {
        Pass {
            next: 1,
            pages: 0,
            size: 0,
            zero_hinted: false,
            zero_expected: false,
            zero_tried: false,
            zero_refused: false,
            zero_found: false,
            total: None,
            total_meant: false,
            still: true,
            twice: false,
            ended: false,
            seen: Seen::default(),
        }
    }
}

impl Pass {
    /// A second pass. It does not ask once more for a page 0 that was refused; one that brought nobody new may do so now.
    fn again(&self) -> Self {
        Pass { zero_tried: self.zero_refused, seen: self.seen.another(), ..Pass::default() }
    }

    /// Notes a page.
    fn take(&mut self, number: u64, page: Page) -> Arrival {
        let rows = page.rows.len();
        self.seen.expect(page.paging.total_count.unwrap_or(0));
        let new = self.seen.insert_all((0..rows).map(|row| page.id(row)));
        let fresh: Vec<u32> = (0..rows as u32).zip(new).filter_map(|(row, new)| new.then_some(row)).collect();
        if number < self.next {
            self.note_total(&page);
            // Page 0 of a service that counts from 1 may well be page 1 once more, which means nothing but what it says of the total.
            if !fresh.is_empty() {
                self.zero_found = true;
                self.twice |= fresh.len() < rows;
            }
        } else {
            if self.pages == 0 {
                self.look_for_page_zero(&page);
            }
            self.note_total(&page);
            self.twice |= fresh.len() < rows;
            self.ended |= fresh.is_empty();
            self.next = number + 1;
        }
        self.pages += 1;
        self.size = self.size.max(rows as u64);
        Arrival { number, page: Arc::new(page), rows: fresh }
    }

    fn look_for_page_zero(&mut self, first: &Page) {
        let Paging { total_count, start_offset, .. } = first.paging;
        let empty = first.rows.is_empty();
        let something_before = !empty && start_offset.is_some_and(|start| start > 1);
        let somewhere = start_offset.is_none() && total_count != Some(self.seen.len());
        self.zero_hinted = empty || something_before || somewhere;
        self.zero_expected = something_before || (empty && total_count.is_some_and(|total| total > 0));
    }

    fn note_total(&mut self, page: &Page) {
        let said = page.paging.total_count;
        let meant = !page.rows.is_empty();
        if self.total_meant {
            if meant && said != self.total {
                self.still = false;
                self.total = said.or(self.total);
            }
        } else if meant || self.pages == 0 {
            self.total = said;
            self.total_meant = meant;
        }
    }

    /// The number of the page to ask for next; `None` when this pass is over.
    fn wanted(&self) -> Option<u64> {
        let count = self.seen.len();
        if self.zero_hinted && !self.zero_tried {
            return Some(0);
        }
        if self.total == Some(count) {
            return None;
        }
        if !self.ended {
            return (self.pages < PAGES_MOST).then_some(self.next);
        }
        let too_few = self.total.is_none_or(|total| count < total);
        (too_few && !self.zero_tried).then_some(0)
    }

    /// The number of the last page, as far as the total and the size of the pages tell.
    fn known_last(&self) -> Option<u64> {
        let total = self.total.filter(|total| *total > self.seen.len())?;
        let pages = total.checked_next_multiple_of(self.size)? / self.size;
        Some(pages.min(PAGES_MOST) - u64::from(self.zero_found))
    }

    /// The place of everyone that was found.
    fn paging(&self, found: u64) -> Paging {
        Paging { total_count: self.total, start_offset: Some(found.min(1)), end_offset: Some(found) }
    }

    /// Whether this was everyone.
    fn complete(&self) -> bool {
        self.still && self.total == Some(self.seen.len())
    }

    /// Whether the list changed while it was walked.
    fn changed(&self) -> bool {
        let too_few = self.total.is_some_and(|total| self.seen.len() < total);
        (!self.still || self.twice || too_few) && self.pages < PAGES_MOST
    }
}

/// Fetches pages on several threads and hands them to `take` in their order, until it says that it wants no more. `false` if the system has no
/// thread to give.
fn at_the_same_time(
    call: &Call,
    meeting: &Meeting,
    pages: RangeInclusive<u64>,
    connections: usize,
    mut take: impl FnMut(u64, Page) -> bool,
) -> Result<bool, Error> {
    let threads = pages.clone().take(connections).count();
    let window = Window {
        state: Mutex::new(WindowState {
            next: *pages.start(),
            taken: *pages.start(),
            arrived: BTreeMap::new(),
            failed: None,
            over: false,
        }),
        changed: Condvar::new(),
        last: *pages.end(),
        // A slow page must not let the others run far ahead of it.
        ahead: 2 * threads as u64,
    };
    let has_threads = thread::scope(|scope| {
        let _ender = EndOnPanic { window: &window, call };
        let worker = || {
            let ender = EndOnPanic { window: &window, call };
            let work = move || {
                // The closure must own the whole guard (not copies of its two references), so that a panic of the
                // caller's hook, which runs before this, ends the call as well.
                let ender = ender;
                ender.window.work(ender.call, meeting);
            };
            threads::builder().spawn_scoped(scope, threads::work(call.settings().on_thread_start.clone(), work))
        };
        if (0..threads).take_while(|_| worker().is_ok()).count() == 0 {
            return false;
        }
        for number in pages {
            let Some(page) = window.await_page(number) else { break };
            if !take(number, page) {
                break;
            }
        }
        window.end(call, None);
        true
    });
    call.resume();
    window.state.into_inner().unwrap_or_else(PoisonError::into_inner).failed.map_or(Ok(has_threads), Err)
}

/// The pages that are fetched at the same time.
struct Window {
    state: Mutex<WindowState>,
    changed: Condvar,
    last: u64,
    ahead: u64,
}

struct WindowState {
    /// The next page to ask for.
    next: u64,
    /// The next page to be taken.
    taken: u64,
    arrived: BTreeMap<u64, Page>,
    failed: Option<Error>,
    over: bool,
}

impl Window {
    fn work(&self, call: &Call, meeting: &Meeting) {
        while let Some(number) = self.claim() {
            let request = PageRequest { page_no: Some(number), per_page: Some(call.settings().per_page) };
            match call.page(meeting, request) {
                Ok(page) => {
                    self.lock().arrived.insert(number, page);
                    self.changed.notify_all();
                }
                Err(error) => self.end(call, Some(error)),
            }
        }
    }

    fn claim(&self) -> Option<u64> {
        let mut state = self.lock();
        while !state.over && state.next <= self.last && state.next >= state.taken + self.ahead {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.over || state.next > self.last {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    /// `None` if a page failed.
    fn await_page(&self, number: u64) -> Option<Page> {
        let mut state = self.lock();
        loop {
            if state.over {
                return None;
            }
            if let Some(page) = state.arrived.remove(&number) {
                state.taken = number + 1;
                drop(state);
                self.changed.notify_all();
                return Some(page);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends what is under way. Only the first failure counts: the others come of ending.
    fn end(&self, call: &Call, failure: Option<Error>) {
        let mut state = self.lock();
        if !state.over {
            state.over = true;
            state.failed = failure;
            drop(state);
            call.cancel();
            self.changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, WindowState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a panic of one thread from leaving the others waiting.
struct EndOnPanic<'a> {
    window: &'a Window,
    call: &'a Call,
}

impl Drop for EndOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.window.end(self.call, Some(Error::internal("a thread panicked")));
        }
    }
}

/// Everyone, one by one, made by [`Client::iter_participants`](crate::Client::iter_participants).
///
/// One page is in memory at a time, and 8 bytes for every participant given, to give none twice. Pages are asked for when they
/// are needed: the time the caller takes does not count towards the deadline. After an error there is nothing more.
pub struct ParticipantIter {
    call: Call,
    meeting: Meeting,
    pass: Pass,
    /// The first pass, while the second one is made.
    before: Option<Pass>,
    ready: std::vec::IntoIter<Participant>,
    spent: std::time::Duration,
    over: bool,
    complete: bool,
}

impl ParticipantIter {
    pub(crate) fn new(call: Call, meeting: Meeting) -> Self {
        ParticipantIter {
            call,
            meeting,
            pass: Pass { seen: Seen::small(), ..Pass::default() },
            before: None,
            ready: Vec::new().into_iter(),
            spent: std::time::Duration::ZERO,
            over: false,
            complete: false,
        }
    }

    /// Once the iterator has ended: whether it gave everyone. Before that, and after an error, false.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// How many participants the meeting has, as the service last said; 0 where it said nothing usable, or was not asked yet.
    pub fn total_count(&self) -> u64 {
        self.pass.total.unwrap_or(0)
    }

    /// The participants of the next page that were not given yet, at least one; `None` at the end.
    ///
    /// The list says how many participants the meeting has, as the service last said, and nothing else about its place: it is never complete.
    pub fn next_page(&mut self) -> Option<Result<Participants, Error>> {
        if let Err(error) = self.make_ready() {
            return Some(Err(error));
        }
        let page: Vec<Participant> = std::mem::take(&mut self.ready).collect();
        let paging = Paging { total_count: self.pass.total, ..Paging::default() };
        (!page.is_empty()).then(|| Ok(Participants::new(page, paging, false)))
    }

    /// Sees to it that there is a participant to give, unless this is over.
    fn make_ready(&mut self) -> Result<(), Error> {
        let is_shut_down = self.call.is_shut_down();
        if self.over || (self.ready.len() > 0 && !is_shut_down) {
            return Ok(());
        }
        let began = Instant::now();
        self.call.restart_deadline(self.spent);
        let filled = if is_shut_down { Err(Error::cancelled()) } else { self.fill() };
        self.spent += began.elapsed();
        if filled.is_err() {
            self.over = true;
            // A page may have come already when the one before it failed.
            self.ready = Vec::new().into_iter();
        }
        filled
    }

    /// Fetches until there is a participant to give, or none is left.
    fn fill(&mut self) -> Result<(), Error> {
        loop {
            let looking_back = self.pass.zero_hinted && !self.pass.zero_tried;
            if !looking_back && self.ready.len() > 0 {
                return Ok(());
            }
            let Some(number) = self.pass.wanted() else {
                if self.before.is_some() || !self.pass.changed() {
                    self.over = true;
                    self.complete = self.pass.complete() && self.gave_just_these();
                    return Ok(());
                }
                let again = self.pass.again();
                self.before = Some(std::mem::replace(&mut self.pass, again));
                continue;
            };
            let Some(page) = fetch(&self.call, &self.meeting, &mut self.pass, number)? else { continue };
            let mut arrival = self.pass.take(number, page);
            if let Some(before) = &mut self.before {
                arrival.rows.retain(|row| before.seen.insert(arrival.page.id(*row as usize)));
            }
            let mut ready: Vec<Participant> = std::mem::take(&mut self.ready).collect();
            ready.take(&arrival);
            self.ready = ready.into_iter();
        }
    }

    /// Whether nobody was given whom the second pass no longer saw.
    fn gave_just_these(&self) -> bool {
        self.before.as_ref().is_none_or(|before| before.seen.len() == self.pass.seen.len())
    }
}

impl Iterator for ParticipantIter {
    type Item = Result<Participant, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.make_ready() {
            Ok(()) => self.ready.next().map(Ok),
            Err(error) => Some(Err(error)),
        }
    }
}

impl std::iter::FusedIterator for ParticipantIter {}

impl std::fmt::Debug for ParticipantIter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParticipantIter")
            .field("meeting", &self.meeting)
            .field("over", &self.over)
            .finish_non_exhaustive()
    }
}
