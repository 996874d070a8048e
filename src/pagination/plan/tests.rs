//! The promises of the plan, one by one: pages in, steps out.

use super::*;

/// What the service says on a page.
#[derive(Clone, Copy)]
struct Says {
    total: Option<u64>,
    start: Option<u64>,
}

fn total(total: u64) -> Says {
    Says { total: Some(total), start: Some(1) }
}

fn start(start: u64, total: u64) -> Says {
    Says { total: Some(total), start: Some(start) }
}

fn no_start(total: u64) -> Says {
    Says { total: Some(total), start: None }
}

const NOTHING: Says = Says { total: None, start: None };

fn plan() -> Plan {
    Plan::new(IdSet::default())
}

/// Tells the plan of the page that it asks for.
fn tell<const N: usize>(plan: &mut Plan, ids: [&str; N], says: Says) -> PageResult {
    let number = match plan.next_step() {
        Step::Fetch { page, .. } => page,
        Step::ProbePageZero(_) => 0,
        Step::Finish(outcome) => panic!("the walk is over: {outcome:?}"),
    };
    let paging = Paging { total_count: says.total, start_offset: says.start, end_offset: None };
    plan.page_arrived(number, ids.into_iter(), paging)
}

fn fetch(page: u64) -> Step {
    fetch_up_to(page, page)
}

fn fetch_up_to(page: u64, last: u64) -> Step {
    Step::Fetch { page, last }
}

fn probe(reason: ProbeReason) -> Step {
    Step::ProbePageZero(reason)
}

fn outcome(plan: &Plan) -> Outcome {
    match plan.next_step() {
        Step::Finish(outcome) => outcome,
        step => panic!("the walk is not over: {step:?}"),
    }
}

/// The answer, whether it is complete, and how many participants it has.
fn result(plan: &Plan) -> (Selection, bool, Option<u64>) {
    let Outcome { selection, is_complete, paging, .. } = outcome(plan);
    (selection, is_complete, paging.end_offset)
}

fn first_pass(rows: impl Into<Vec<u32>>, position: Position) -> PageResult {
    PageResult { rows: NewRows::FirstPass(rows.into()), position }
}

fn second_pass(rows: impl Into<Vec<u32>>, unseen: impl Into<Vec<u32>>) -> PageResult {
    PageResult { rows: NewRows::SecondPass { rows: rows.into(), unseen: unseen.into() }, position: Position::Back }
}

#[test]
fn a_list_that_holds_still_takes_one_pass() {
    let mut plan = plan();
    assert_eq!(plan.next_step(), fetch(1));
    assert_eq!(tell(&mut plan, ["a", "b"], start(1, 5)), first_pass([0, 1], Position::Back));
    // Page 1 tells how many pages there are.
    assert_eq!(plan.next_step(), fetch_up_to(2, 3));
    tell(&mut plan, ["c", "d"], start(3, 5));
    assert_eq!(plan.next_step(), fetch(3));
    tell(&mut plan, ["e"], start(5, 5));
    let expected = Outcome {
        selection: Selection::FirstPass,
        is_complete: true,
        paging: Paging { total_count: Some(5), start_offset: Some(1), end_offset: Some(5) },
        seen_is_complete: true,
    };
    assert_eq!(plan.next_step(), Step::Finish(expected));
}

#[test]
fn page_1_tells_whether_something_may_come_before_it() {
    use ProbeReason::{MayExist, MustExist};
    for (says, step) in [
        (start(1, 4), fetch_up_to(2, 2)),
        (start(0, 4), fetch_up_to(2, 2)),
        (start(2, 4), probe(MustExist)),
        (start(3, 2), probe(MustExist)),
        (no_start(4), probe(MayExist)),
        (NOTHING, probe(MayExist)),
    ] {
        let mut plan = plan();
        tell(&mut plan, ["a", "b"], says);
        assert_eq!(plan.next_step(), step);
    }
    let mut complete = plan();
    tell(&mut complete, ["a", "b"], no_start(2));
    assert_eq!(result(&complete), (Selection::FirstPass, true, Some(2)));
    for (says, reason) in [(start(1, 0), MayExist), (start(5, 0), MayExist), (start(1, 4), MustExist)] {
        let mut empty = plan();
        tell(&mut empty, [], says);
        assert_eq!(empty.next_step(), probe(reason));
    }
}

#[test]
fn an_empty_list_is_complete() {
    for refused in [true, false] {
        let mut plan = plan();
        tell(&mut plan, [], total(0));
        match refused {
            true => plan.page_zero_refused(),
            false => drop(tell(&mut plan, [], total(0))),
        }
        assert_eq!(result(&plan), (Selection::FirstPass, true, Some(0)));
        assert_eq!(outcome(&plan).paging.start_offset, Some(0));
    }
}

#[test]
fn a_page_0_that_exists_comes_first() {
    let mut plan = plan();
    tell(&mut plan, ["c", "d"], start(3, 5));
    assert_eq!(tell(&mut plan, ["a", "b"], start(1, 5)), first_pass([0, 1], Position::Front));
    // Of three pages, number 2 is the last.
    assert_eq!(plan.next_step(), fetch(2));
    tell(&mut plan, ["e"], start(5, 5));
    assert_eq!(result(&plan), (Selection::FirstPass, true, Some(5)));
}

#[test]
fn page_0_equal_to_page_1_adds_no_duplicates() {
    let mut plan = plan();
    tell(&mut plan, ["a", "b"], no_start(3));
    assert_eq!(tell(&mut plan, ["a", "b"], no_start(3)), first_pass([], Position::Front));
    assert_eq!(plan.next_step(), fetch(2));
    tell(&mut plan, ["c"], no_start(3));
    assert_eq!(result(&plan), (Selection::FirstPass, true, Some(3)));
}

#[test]
fn page_0_equal_to_page_1_can_change_the_total() {
    let mut plan = plan();
    tell(&mut plan, ["a", "b"], no_start(3));
    tell(&mut plan, ["a", "b"], no_start(2));
    assert_eq!(plan.next_step(), fetch(1), "a second pass");
}

#[test]
fn a_page_0_that_repeats_some_participants_shows_a_change() {
    let mut plan = plan();
    tell(&mut plan, ["a", "b"], no_start(3));
    assert_eq!(tell(&mut plan, ["new", "a"], no_start(3)), first_pass([0], Position::Front));
    assert_eq!(plan.next_step(), fetch(1), "a second pass");
}

#[test]
fn page_0_is_tried_when_the_list_ends_early() {
    for says in [total(9), Says { total: None, start: Some(1) }] {
        let mut plan = plan();
        tell(&mut plan, ["a", "b"], says);
        tell(&mut plan, ["b"], says);
        assert_eq!(plan.next_step(), probe(ProbeReason::EndedEarly));
    }
    // Not if there are more than the total, and not twice.
    let mut enough = plan();
    tell(&mut enough, ["a", "b"], total(1));
    tell(&mut enough, [], total(1));
    assert_eq!(result(&enough), (Selection::FirstPass, false, Some(2)));
    let mut tried = plan();
    tell(&mut tried, ["a", "b"], NOTHING);
    tell(&mut tried, ["a", "b"], NOTHING);
    tell(&mut tried, [], NOTHING);
    assert_eq!(result(&tried), (Selection::FirstPass, false, Some(2)));
}

#[test]
fn second_pass_skips_a_refused_page_0_and_retries_a_repeated_one() {
    for refused in [true, false] {
        let mut plan = plan();
        tell(&mut plan, ["a"], no_start(2));
        match refused {
            true => plan.page_zero_refused(),
            false => drop(tell(&mut plan, ["a"], no_start(2))),
        }
        tell(&mut plan, ["b"], no_start(3));
        tell(&mut plan, [], NOTHING);
        assert_eq!(plan.next_step(), fetch(1), "a second pass");
        tell(&mut plan, ["a"], no_start(3));
        assert_eq!(plan.next_step(), if refused { fetch_up_to(2, 3) } else { probe(ProbeReason::MayExist) });
    }
}

#[test]
fn a_change_is_another_total_an_id_twice_or_too_few_ids() {
    type Pages = [(&'static [&'static str], u64); 3];
    let changes: [Pages; 4] = [
        // Another total, though it is reached in the end.
        [(&["a", "b"], 4), (&["c", "d"], 5), (&["e"], 5)],
        [(&["a", "b"], 5), (&["b", "c"], 5), (&["d", "e"], 5)],
        [(&["a", "a"], 5), (&["b", "c"], 5), (&["d", "e"], 5)],
        [(&["a", "b"], 5), (&["c", "d"], 5), (&[], 5)],
    ];
    for pages in changes {
        let mut plan = plan();
        for (number, (ids, total)) in (1..).zip(pages) {
            assert!(matches!(plan.next_step(), Step::Fetch { page, .. } if page == number));
            let paging = Paging { total_count: Some(total), start_offset: Some(1), end_offset: None };
            plan.page_arrived(number, ids.iter().copied(), paging);
        }
        if plan.next_step() == probe(ProbeReason::EndedEarly) {
            plan.page_zero_refused();
        }
        assert_eq!(plan.next_step(), fetch(1), "a second pass: {pages:?}");
    }
}

#[test]
fn more_participants_than_the_total_show_no_change() {
    let mut plan = plan();
    tell(&mut plan, ["a", "b"], total(1));
    assert_eq!(plan.next_step(), fetch(2));
    tell(&mut plan, ["c"], total(1));
    tell(&mut plan, [], total(1));
    assert_eq!(result(&plan), (Selection::FirstPass, false, Some(3)));
}

/// A plan whose first pass saw `a`, `b` and `c`, and a change.
fn second_plan() -> Plan {
    let mut plan = plan();
    tell(&mut plan, ["a", "b"], total(4));
    tell(&mut plan, ["c", "b"], total(3));
    assert_eq!(plan.next_step(), fetch(1), "a second pass");
    assert_eq!(plan.total_count(), Some(3), "what the service said last");
    plan
}

#[test]
fn a_second_pass_that_is_complete_is_the_answer() {
    let mut plan = second_plan();
    assert_eq!(tell(&mut plan, ["d", "a"], total(4)), second_pass([0, 1], [0]));
    assert_eq!(plan.next_step(), fetch(2));
    assert_eq!(tell(&mut plan, ["b", "c"], total(4)), second_pass([0, 1], []));
    assert_eq!(result(&plan), (Selection::SecondPass, true, Some(4)));
    assert!(outcome(&plan).seen_is_complete);
}

#[test]
fn the_iterator_is_not_complete_if_it_gave_a_participant_who_left() {
    let mut plan = second_plan();
    tell(&mut plan, ["a", "b"], total(2));
    assert_eq!(result(&plan), (Selection::SecondPass, true, Some(2)));
    assert!(!outcome(&plan).seen_is_complete);
}

#[test]
fn a_second_change_gives_what_both_passes_saw_and_there_is_no_third_pass() {
    let mut plan = second_plan();
    assert_eq!(tell(&mut plan, ["d", "d", "a"], total(5)), second_pass([0, 2], [0]));
    assert_eq!(tell(&mut plan, ["a", "e"], total(4)), second_pass([1], [1]));
    assert_eq!(tell(&mut plan, [], total(4)), second_pass([], []));
    plan.page_zero_refused();
    assert_eq!(result(&plan), (Selection::BothPasses, false, Some(5)));
    assert_eq!(plan.total_count(), Some(4));
    assert!(!outcome(&plan).seen_is_complete);
}

#[test]
fn a_second_pass_with_two_totals_is_not_complete_though_the_last_one_is_reached() {
    let mut plan = second_plan();
    tell(&mut plan, ["a", "b"], total(4));
    tell(&mut plan, ["c"], total(3));
    assert_eq!(result(&plan), (Selection::BothPasses, false, Some(3)));
}

#[test]
fn total_of_a_later_empty_page_is_ignored() {
    let mut first = plan();
    tell(&mut first, [], total(1));
    assert_eq!(first.total_count(), Some(1));
    tell(&mut first, ["a", "b"], total(2));
    assert_eq!(first.total_count(), Some(2), "what a page with participants says replaces it");
    assert_eq!(result(&first), (Selection::FirstPass, true, Some(2)));

    let mut later = plan();
    tell(&mut later, ["a"], total(2));
    tell(&mut later, [], total(1));
    assert_eq!(later.total_count(), Some(2));
}

#[test]
fn a_total_that_is_missing_on_one_page_is_a_change() {
    let mut plan = plan();
    tell(&mut plan, ["a"], total(2));
    tell(&mut plan, ["b"], NOTHING);
    assert_eq!(plan.total_count(), Some(2));
    assert_eq!(plan.next_step(), fetch(1), "a second pass");
}

#[test]
fn a_pass_ends_after_10_000_pages_and_no_other_follows() {
    let mut plan = plan();
    let paging = Paging { total_count: Some(1 << 50), start_offset: Some(1), end_offset: None };
    for number in 1..=10_000_u64 {
        let last = if number == 1 { 1 } else { 10_000 };
        assert_eq!(plan.next_step(), fetch_up_to(number, last));
        plan.page_arrived(number, [number.to_string().as_str()].into_iter(), paging);
    }
    assert_eq!(result(&plan), (Selection::FirstPass, false, Some(10_000)));
}
