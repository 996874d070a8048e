//! What the library leaves behind in the process of a C program: nothing.
//!
//! `RTK_SHUTDOWN_ROUNDS=10000 cargo test --test process shutdown -- --nocapture` plays more rounds than the suite has time for.

mod support;

use support::program::{self, Linkage, Program};
use support::trouble::{self, Service, Trouble};

/// Runs a program that prints what it did.
fn run(source: &str, arguments: &[&str]) -> String {
    let program = Program::build(&format!("tests/c/{source}"), Linkage::Shared);
    let output = program::output(program.command().args(arguments));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{out}");
    assert!(output.status.success() && err.is_empty(), "{source}: {}\n{out}{err}", output.status);
    out.into_owned()
}

/// The figure that follows this word.
fn figure(said: &str, word: &str) -> u64 {
    let figure = said.split_whitespace().skip_while(|said| *said != word).nth(1);
    figure.and_then(|figure| figure.parse().ok()).unwrap_or_else(|| panic!("no {word} in {said:?}"))
}

#[test]
fn a_shutdown_at_a_random_moment_ends_every_call_and_leaves_nothing() {
    let set = std::env::var("RTK_SHUTDOWN_ROUNDS").ok();
    let usual = if program::under_valgrind() { 20 } else { 300 };
    let rounds: u64 = set.map_or(usual, |rounds| rounds.parse().expect("RTK_SHUTDOWN_ROUNDS is a number"));
    let service = Service::start(6, &[Trouble::Stall, Trouble::Slow, Trouble::Unmeasured]);
    let said = run("shutdown.c", &[service.url(), &trouble::COUNT.to_string(), &rounds.to_string()]);
    assert_eq!((figure(&said, "rounds"), figure(&said, "cancelled")), (rounds, 3 * rounds));
    assert!(figure(&said, "lists") >= rounds / 10, "the shutdown was always too early to disturb anything");
    assert!(service.met().contains_key(&Some(Trouble::Stall)));
}
