//! The library leaves nothing behind in the process of a C program.
//!
//! `RTK_SHUTDOWN_ROUNDS=10000 cargo test --test process shutdown -- --nocapture` runs more rounds.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use testkit::address;
use testkit::flaky::{self, FlakyService, Problem};
use testkit::paged_list::PagedList;
use testkit::program::{self, Linkage, Program};
use testkit::tls::TlsService;

/// How much more memory may be allocated after all shutdowns than after a tenth of them. The C library keeps some for
/// every thread of the largest number at one time: about 100 KiB in all, after 3,000 and after 10,000 rounds.
const GROWTH_KIB: i64 = 256;

/// Runs a program, and returns what it printed.
fn run(source: &str, arguments: &[&str]) -> String {
    let program = Program::build(&format!("tests/c/{source}"), Linkage::Shared);
    let output = program::output(program.command().args(arguments));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{out}");
    assert!(output.status.success() && err.is_empty(), "{source}: {}\n{out}{err}", output.status);
    out.into_owned()
}

/// The number after this word.
fn figure(said: &str, word: &str) -> i64 {
    let figure = said.split_whitespace().skip_while(|said| *said != word).nth(1);
    figure.and_then(|figure| figure.parse().ok()).unwrap_or_else(|| panic!("no {word} in {said:?}"))
}

#[test]
fn shutdown_at_a_random_moment_ends_every_call_and_leaks_nothing() {
    let set = std::env::var("RTK_SHUTDOWN_ROUNDS").ok();
    let usual = if program::under_valgrind() { 20 } else { 300 };
    let rounds: i64 = set.map_or(usual, |rounds| rounds.parse().expect("RTK_SHUTDOWN_ROUNDS is a number"));
    let service = FlakyService::start(6, &[Problem::Stall, Problem::Slow, Problem::Unmeasured]);
    let said = run("shutdown.c", &[&service.url(), &flaky::COUNT.to_string(), &rounds.to_string()]);
    assert_eq!((figure(&said, "rounds"), figure(&said, "cancelled")), (rounds, 3 * rounds));
    // Under valgrind, a round ends before a list arrives.
    assert!(
        program::under_valgrind() || figure(&said, "lists") > 0,
        "the shutdown was always too early to disturb anything"
    );
    assert!(rounds < 100 || service.counts().contains_key(&Some(Problem::Stall)));
    assert!(figure(&said, "growth") <= GROWTH_KIB, "{said}");
}

#[test]
fn no_thread_or_descriptor_leaks_however_a_call_ends() {
    let right = [Problem::Slow, Problem::Unmeasured];
    let services: Vec<FlakyService> = flaky::PROBLEMS
        .iter()
        .filter(|one| !right.contains(one))
        .map(|one| FlakyService::start(100, std::slice::from_ref(one)))
        .collect();
    let (good, refusing, stalling) =
        (FlakyService::start(0, &[]), address::refusing(), FlakyService::start(100, &[Problem::Stall]));
    let untrusted = TlsService::start("127.0.0.1", String::new());
    let mut failing: Vec<String> = services.iter().map(FlakyService::url).chain([refusing.url()]).collect();
    if !program::under_valgrind() {
        // valgrind reports the cryptography of TLS.
        failing.extend([format!("https://{}", untrusted.address()), good.url().replace("http:", "https:")]);
    }
    let count = flaky::COUNT.to_string();
    let mut arguments = vec![count, stalling.url(), good.url()];
    arguments.extend(failing.iter().cloned());
    let said = run("leftovers.c", &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    // Each is asked in five ways, and the stalling one with a deadline, too.
    assert_eq!(figure(&said, "failed"), 5 * (failing.len() as i64 + 1));
    assert!(failing.len() >= 14);
}

#[test]
fn only_a_new_connection_waits_for_a_dns_lookup_and_only_in_time() {
    let service = PagedList::of(250).start();
    run("look_up.c", &[&service.address().port().to_string()]);
}

#[test]
fn interrupting_signals_change_no_result() {
    let [good, slow] = [FlakyService::start(0, &[]), FlakyService::start(100, &[Problem::Slow])];
    let [unavailable, stalling] =
        [FlakyService::start(100, &[Problem::Unavailable]), FlakyService::start(100, &[Problem::Stall])];
    let (localhost, refusing) = (good.url().replace("127.0.0.1", "localhost"), address::refusing());
    let count = flaky::COUNT.to_string();
    run(
        "interrupted.c",
        &[&count, &good.url(), &slow.url(), &localhost, &unavailable.url(), &stalling.url(), &refusing.url()],
    );
}
