//! Services made up at random, with all that they may get wrong and all that may happen meanwhile, against the promises.

mod support;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use support::raw::{Answer, Everyone, Paged, Request, Server, WAYS};

/// How many services are made up. `PARTICIPANTS_TEST_SERVICES` asks for another number.
const SERVICES: u64 = 120;

/// Xorshift: for the same seed the same numbers.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Random((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// What a service makes of its list.
#[derive(Debug)]
struct Behaviour {
    count: u64,
    per_page: u32,
    connections: u32,
    counts_from_0: bool,
    cap: Option<u64>,
    heeds_page_no: bool,
    heeds_per_page: bool,
    offsets: bool,
    paging: bool,
    /// What it says in place of the true total, as JSON.
    total: Option<String>,
    empty_page: Option<[u64; 3]>,
    page_0_is_refused: Option<u16>,
    /// One request in so many finds the list changed.
    change: Option<(u64, Change)>,
    /// One request in so many fails before it is answered.
    trouble: Option<u64>,
}

/// A list does one of these only: of one that does both in the midst of a pass, no client can know.
#[derive(Debug, Clone, Copy)]
enum Change {
    Add,
    Remove,
}

impl Behaviour {
    fn new(random: &mut Random) -> Self {
        let count = random.of(&[0, 1, 9, 10, 30, 99, 100, 150, 300]) + random.below(3);
        let moves = random.once_in(3);
        // A list that moves is paged honestly: what it does can't be told from a lie.
        let mut lies = |times| !moves && random.once_in(times);
        let (heeds_page_no, paging, lies_of_total) = (!lies(8), !lies(10), lies(3));
        let wrong = random.below(2 * count + 3).to_string();
        let counts_from_0 = random.once_in(3);
        Behaviour {
            count,
            per_page: random.of(&[1, 3, 10, 33, 100]),
            connections: random.of(&[1, 2, 4, 8]),
            counts_from_0,
            cap: random.once_in(3).then(|| 1 + random.below(40)),
            heeds_page_no,
            heeds_per_page: !random.once_in(8),
            offsets: !random.once_in(4),
            paging,
            total: lies_of_total.then(|| random.of(&["", "null", "-3", "1e300", "\"10\"", "10.5", &wrong, &wrong, &wrong]).to_string()),
            empty_page: random.once_in(2).then(|| random.of(&[[1, 0, 0], [0, 0, 0]])),
            page_0_is_refused: (!counts_from_0 && random.once_in(2)).then(|| random.of(&[400, 404, 500])),
            change: moves.then(|| (1 + random.below(8), random.of(&[Change::Add, Change::Remove]))),
            trouble: random.once_in(4).then(|| 2 + random.below(10)),
        }
    }

    fn page_size(&self) -> u64 {
        let asked = if self.heeds_per_page { self.per_page.into() } else { u64::MAX };
        asked.min(self.cap.unwrap_or(u64::MAX))
    }

    fn start(&self, history: &Arc<Mutex<History>>) -> Server {
        let (change, trouble) = (self.change, self.trouble);
        let list = Arc::clone(history);
        let mut pages = Paged::changing(move |request| lock(&list).at(request, change)).first_page(u64::from(!self.counts_from_0));
        if let Some(cap) = self.cap {
            pages = pages.cap(cap);
        }
        if !self.heeds_page_no {
            pages = pages.ignoring_page_no();
        }
        if !self.heeds_per_page {
            pages = pages.ignoring_per_page();
        }
        if !self.offsets {
            pages = pages.without_offsets();
        }
        if !self.paging {
            pages = pages.without_paging();
        }
        if let Some(total) = &self.total {
            pages = pages.total_count(total);
        }
        if let Some(figures) = self.empty_page {
            pages = pages.empty_page_says(figures);
        }
        if let Some(status) = self.page_0_is_refused {
            pages = pages.page_zero(Answer::whole(status, &[], "{}"));
        }
        let history = Arc::clone(history);
        Server::start(move |request| {
            // One of four attempts at the same page succeeds for certain.
            let fails = request.time % 4 != 0 && trouble.is_some_and(|times| lock(&history).random.once_in(times));
            if fails { Answer::whole(503, &[], "{}") } else { pages.answer(request) }
        })
    }
}

/// The list, now and at every request that was answered.
struct History {
    random: Random,
    list: Vec<u64>,
    newcomer: u64,
    answered: Vec<(Option<u64>, Vec<u64>)>,
}

impl History {
    fn at(&mut self, request: &Request, change: Option<(u64, Change)>) -> Vec<u64> {
        let length = self.list.len() as u64;
        match change {
            Some((times, Change::Add)) if self.random.once_in(times) => {
                self.newcomer += 1;
                self.list.insert(self.random.below(length + 1) as usize, self.newcomer);
            }
            Some((times, Change::Remove)) if length > 0 && self.random.once_in(times) => {
                self.list.remove(self.random.below(length) as usize);
            }
            _ => {}
        }
        self.answered.push((request.page_no(), self.list.clone()));
        self.list.clone()
    }

    fn passes(&self) -> usize {
        self.answered.iter().filter(|(page, _)| *page == Some(1)).count()
    }

    /// The list at each request of the last pass.
    fn last_pass(&self) -> impl Iterator<Item = &Vec<u64>> {
        let start = self.answered.iter().rposition(|(page, _)| *page == Some(1)).unwrap_or_default();
        self.answered[start..].iter().map(|(_, list)| list)
    }

    fn longest(&self) -> u64 {
        self.answered.iter().map(|(_, list)| list.len() as u64).max().unwrap_or(0)
    }
}

fn lock(history: &Mutex<History>) -> MutexGuard<'_, History> {
    history.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Holds an answer against what is promised of it.
fn check(behaviour: &Behaviour, everyone: &Everyone, history: &History, requests: u64) {
    let Everyone { numbers, is_complete, .. } = everyone;
    let size = behaviour.page_size();
    let set = HashSet::<u64>::from_iter(numbers.iter().copied());
    assert_eq!(set.len(), numbers.len(), "nobody twice");
    assert!(numbers.iter().all(|number| history.answered.iter().any(|(_, list)| list.contains(number))), "nobody made up");
    assert!(history.passes() <= 2, "two passes at most");

    // Of each pass: the pages that hold somebody, what is under way when the end shows, page 0.
    let pages = history.longest().div_ceil(size) + 2 * u64::from(behaviour.connections) + 2;
    let attempts = if behaviour.trouble.is_some() { 4 } else { 1 };
    assert!(requests <= 2 * pages * attempts, "{requests} requests");

    if *is_complete {
        assert_eq!(numbers.len() as u64, everyone.total_count, "as many as the service says");
    }
    let honest = behaviour.heeds_page_no && behaviour.paging && behaviour.total.is_none();
    match (honest, behaviour.change) {
        (true, None) => {
            assert_eq!(*numbers, Vec::from_iter(0..behaviour.count), "everyone, in order");
            assert!(is_complete);
            assert!(requests <= (behaviour.count.div_ceil(size).max(1) + 1) * attempts, "{requests} requests");
        }
        (true, Some(_)) if *is_complete => {
            let is_it = |list: &Vec<u64>| match everyone.way {
                "at once" => list == numbers,
                // The newcomers of a second pass come last.
                _ => HashSet::from_iter(list.iter().copied()) == set,
            };
            assert!(history.last_pass().any(is_it), "complete, but never the list");
        }
        (true, Some(_)) => {
            let still = history.last_pass().all(|list| list.len() == history.list.len());
            let nobody_left = matches!(behaviour.change, Some((_, Change::Add)));
            assert!(!still || (everyone.way == "one by one" && !nobody_left), "the list held still, which was not noticed");
        }
        (false, _) if behaviour.heeds_page_no && !is_complete => {
            assert_eq!(set, HashSet::from_iter(0..behaviour.count), "everyone, though it can't be known");
        }
        (false, _) => {}
    }
}

#[test]
fn whatever_a_service_gets_wrong_the_promises_hold() {
    let services = std::env::var("PARTICIPANTS_TEST_SERVICES").ok().and_then(|number| number.parse().ok()).unwrap_or(SERVICES);
    for seed in 0..services {
        let behaviour = Behaviour::new(&mut Random::new(seed));
        for way in WAYS {
            let list = Vec::from_iter(0..behaviour.count);
            let history = History { random: Random::new(seed), list, newcomer: 1_000_000, answered: Vec::new() };
            let history = Arc::new(Mutex::new(history));
            let server = behaviour.start(&history);
            let settings = server.builder().per_page(behaviour.per_page).max_connections(behaviour.connections);
            let everyone = way(&settings.build().expect("a client")).unwrap_or_else(|e| panic!("seed {seed}: {e}: {behaviour:#?}"));
            let (pages, requests) = (server.pages(), server.request_count() as u64);
            // Whatever is under way is over now.
            drop(server);
            let history = lock(&history);
            let checked = std::panic::catch_unwind(|| check(&behaviour, &everyone, &history, requests));
            assert!(checked.is_ok(), "seed {seed}: {behaviour:#?}\n{everyone:?}\npages {pages:?}");
        }
    }
}
