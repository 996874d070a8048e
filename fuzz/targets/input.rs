//! A service made up by the fuzzer, for the model of the test kit.

use arbitrary::Arbitrary;
use testkit::model::{self, FAILURES, REFUSALS, Service, UNUSABLE_TOTALS};

/// The most participants, page numbers and events. All that a walk does shows with few.
const MAX: u64 = 16;

#[derive(Debug, Arbitrary)]
pub struct Input {
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
    Unusable(u8),
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
        let few = |number: u8| u64::from(number) % MAX;
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
            total: match total {
                Total::Unusable(which) => model::Total::Unusable(one_of(&UNUSABLE_TOTALS, which)),
                Total::Wrong(total) => model::Total::Count(u64::from(total) % (2 * MAX)),
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
            events: input.events.into_iter().take(MAX as usize).map(event).collect(),
        }
    }
}

fn one_of<T: Copy>(choices: &[T], which: u8) -> T {
    choices[usize::from(which) % choices.len()]
}
