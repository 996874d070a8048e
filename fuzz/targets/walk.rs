//! A service made up by the fuzzer, which lies, changes and fails, against the promises of a walk over a real socket.

#![no_main]

mod input;

use std::cell::RefCell;

use input::Input;
use libfuzzer_sys::fuzz_target;
<<<<<<< HEAD
use testkit::model::{self, FAILURES, NO_TOTALS, REFUSALS, Service, Stage};

/// The most participants, pages of interest and events: what the walk does shows with few.
const MOST: u64 = 64;

#[derive(Debug, Arbitrary)]
struct Input {
    count: u8,
    per_page: u8,
    connections: u8,
    counts_from_0: bool,
    cap: Option<u8>,
    ignores_page_no: bool,
    ignores_per_page: bool,
    no_paging: bool,
    offsets: Offsets,
    total: Option<(Option<u8>, Total)>,
    empty: Option<[u8; 3]>,
    odd_pages: Vec<(u8, Odd)>,
    events: Vec<Event>,
}

#[derive(Debug, Arbitrary)]
enum Offsets {
    True,
    Missing,
    Always(u8),
}

#[derive(Debug, Arbitrary)]
enum Total {
    None(u8),
    Wrong(u8),
}

#[derive(Debug, Arbitrary)]
enum Odd {
    Empty,
    Repeats(u8),
    Refused(u8),
}

#[derive(Debug, Arbitrary)]
enum Event {
    Nothing,
    Join(u8),
    Leave(u8),
    Fail(u8),
}

impl From<Input> for Service {
    fn from(input: Input) -> Service {
        let few = |number: u8| u64::from(number) % MOST;
        let odd = |(page, odd): (u8, Odd)| match odd {
            Odd::Empty => (few(page), model::Odd::Empty),
            Odd::Repeats(other) => (few(page), model::Odd::Repeats(few(other))),
            Odd::Refused(status) => (few(page), model::Odd::Refused(one_of(&REFUSALS, status))),
        };
        let event = |event: Event| match event {
            Event::Nothing => model::Event::Nothing,
            Event::Join(place) => model::Event::Join(few(place)),
            Event::Leave(place) => model::Event::Leave(few(place)),
            Event::Fail(status) => model::Event::Fail(one_of(&FAILURES, status)),
        };
        let lie = |(page, total): (Option<u8>, Total)| model::Lie {
            page: page.map(few),
            says: match total {
                Total::None(which) => one_of(&NO_TOTALS, which).to_string(),
                Total::Wrong(total) => (u64::from(total) % (2 * MOST)).to_string(),
            },
        };
        Service {
            count: few(input.count),
            per_page: 1 + u32::from(input.per_page) % 40,
            connections: 1 + u32::from(input.connections) % 6,
            first_page: u64::from(!input.counts_from_0),
            cap: input.cap.map(|cap| 1 + few(cap)),
            heeds_page_no: !input.ignores_page_no,
            heeds_per_page: !input.ignores_per_page,
            paging: !input.no_paging,
            offsets: match input.offsets {
                Offsets::True => model::Offsets::True,
                Offsets::Missing => model::Offsets::Missing,
                Offsets::Always(place) => model::Offsets::Always(few(place)),
            },
            total: input.total.map(lie),
            empty: input.empty.map(|figures| figures.map(few)),
            odd_pages: input.odd_pages.into_iter().take(4).map(odd).collect(),
            events: input.events.into_iter().take(MOST as usize).map(event).collect(),
        }
    }
}

fn one_of<T: Copy>(choices: &[T], which: u8) -> T {
    choices[usize::from(which) % choices.len()]
}
=======
use testkit::model::{Service, Stage};
>>>>>>> 153af7b (Fuzz the plan in memory, and test its promises one by one)

thread_local! {
    static STAGE: RefCell<Stage> = RefCell::new(Stage::start());
}

fuzz_target!(|input: Input| {
    let service = Service::from(input);
    if let Err(broken) = STAGE.with_borrow_mut(|stage| stage.play(&service)) {
        panic!("{broken}\n{service:#?}");
    }
});
