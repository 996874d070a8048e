//! Services made up at random, always the same ones.

use std::collections::BTreeMap;

use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use super::{Event, FAILURES, Lie, Odd, Offsets, REFUSALS, Service, Total, UNUSABLE_TOTALS};

/// Runs a test on this many services. Panics with the simplest service that proptest finds if the test fails.
pub fn run(services_to_try: u32, test: impl Fn(&Service) -> Result<(), String>) {
    let config =
        Config { cases: services_to_try, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    if let Err(failure) = runner.run(&services(), |service| test(&service).map_err(TestCaseError::fail)) {
        panic!("{failure:#}");
    }
}

/// What a service does with its pages and says of them, honest or not.
type Paging = (bool, bool, bool, Offsets, Option<Lie>, Option<[u64; 3]>, BTreeMap<u64, Odd>);

/// Services of all kinds: honest ones and ones that lie, with lists that hold still or change.
pub fn services() -> impl Strategy<Value = Service> {
    let count = prop_oneof![3 => 0..12_u64, 3 => 12..120_u64, 1 => 120..300_u64];
    let per_page = prop_oneof![3 => 1..=4_u32, 2 => 5..=40_u32, 1 => Just(100)];
    let asked = (per_page, prop_oneof![Just(1), 2..=8_u32]);
    let pages = (option::weighted(0.3, 1..40_u64), 0..=1_u64);
    let paging = prop_oneof![honest(), honest(), lying()];
    (count, asked, pages, paging, events()).prop_map(
        |(count, (per_page, connections), (cap, first_page), paging, events)| {
            let (heeds_page_no, heeds_per_page, paging, offsets, total, empty, odd_pages) = paging;
            Service {
                count,
                per_page,
                connections,
                first_page,
                cap,
                heeds_page_no,
                heeds_per_page,
                paging,
                offsets,
                total,
                empty,
                odd_pages,
                events,
            }
        },
    )
}

fn honest() -> BoxedStrategy<Paging> {
    let empty = option::of(prop::sample::select(vec![[1, 0, 0], [0, 0, 0]]));
    let odd_pages =
        option::weighted(0.15, refusal()).prop_map(|refused| refused.map(|odd| (0, odd)).into_iter().collect());
    (prop::bool::weighted(0.9), offsets(), empty, odd_pages)
        .prop_map(|(heeds_per_page, offsets, empty, odd_pages)| {
            (true, heeds_per_page, true, offsets, None, empty, odd_pages)
        })
        .boxed()
}

fn lying() -> BoxedStrategy<Paging> {
    let total = prop_oneof![
        prop::sample::select(UNUSABLE_TOTALS.to_vec()).prop_map(Total::Unusable),
        (0..300_u64).prop_map(Total::Count)
    ];
    let lie = (option::weighted(0.3, 0..6_u64), total).prop_map(|(page, total)| Lie { page, total });
    let empty = option::weighted(0.3, [0..5_u64, 0..5_u64, 0..5_u64]);
    let odd = prop_oneof![Just(Odd::Empty), (0..6_u64).prop_map(Odd::Repeats), refusal()];
    let odd_pages = prop::collection::btree_map(0..8_u64, odd, 0..3);
    let (heeds_page_no, heeds_per_page, paging) =
        (prop::bool::weighted(0.8), prop::bool::weighted(0.8), prop::bool::weighted(0.9));
    (heeds_page_no, heeds_per_page, paging, offsets(), option::of(lie), empty, odd_pages).boxed()
}

fn offsets() -> impl Strategy<Value = Offsets> {
    prop_oneof![3 => Just(Offsets::True), 1 => Just(Offsets::Missing), 1 => (0..12_u64).prop_map(Offsets::Always)]
}

fn refusal() -> impl Strategy<Value = Odd> {
    prop::sample::select(REFUSALS.to_vec()).prop_map(Odd::Refused)
}

/// A list that holds still, grows, shrinks, or both.
fn events() -> BoxedStrategy<Vec<Event>> {
    let place = || prop_oneof![0..4_u64, 0..300_u64];
    let (join, leave) = (place().prop_map(Event::Join), place().prop_map(Event::Leave));
    let failures =
        prop_oneof![5 => Just(Event::Nothing), 1 => prop::sample::select(FAILURES.to_vec()).prop_map(Event::Fail)]
            .boxed();
    let some = |event: BoxedStrategy<Event>| prop::collection::vec(event, 0..30);
    let moving = |event: BoxedStrategy<Event>| some(prop_oneof![2 => failures.clone(), 1 => event].boxed());
    prop_oneof![
        3 => Just(Vec::new()),
        2 => some(failures.clone()),
        2 => moving(join.clone().boxed()),
        2 => moving(leave.clone().boxed()),
        1 => moving(prop_oneof![join, leave].boxed()),
    ]
    .boxed()
}
