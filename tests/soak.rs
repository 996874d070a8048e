//! Threads of a C program call a service that has a problem with a fifth of all requests. Every call returns the true
//! list or an error, and the use of memory, descriptors and threads does not grow.
//!
//! `RTK_SOAK_SECONDS=1800 cargo test --test soak -- --nocapture` runs for half an hour, and prints the measurements.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::collections::BTreeMap;

use testkit::flaky::{self, FlakyService};
use testkit::program::{self, Linkage, Program};

/// The most connections that one call has at the same time.
const CONNECTIONS: i64 = 4;

/// How much more may be allocated at the end than at the beginning: buffers of the C library, and what is allocated
/// once (53 KiB).
const LEFT_KIB: i64 = 128;

/// How much the allocated memory may vary for each calling thread: a connection takes 72 KiB, and their number varies.
const FLUCTUATION_KIB: i64 = 128;

/// How much more memory may be resident later than in the first fifth of the time, for each calling thread: its arena
/// of the allocator fills up slowly. A list here takes 30 KiB.
const GROWTH_KIB: i64 = 1024;

#[derive(Debug, Clone, Copy)]
struct Sample {
    resident_kib: i64,
    allocated_kib: i64,
    descriptors: i64,
    threads: i64,
}

struct Soak {
    samples: Vec<Sample>,
    /// What was not freed at the end.
    left_kib: i64,
    /// The number of calls by their status.
    calls: BTreeMap<String, i64>,
}

impl Soak {
    fn run(service: &FlakyService, threads: i64, seconds: i64, pause_ms: i64) -> Self {
        let localhost = service.url().replace("127.0.0.1", "localhost");
        let program = Program::build("tests/c/soak.c", Linkage::Shared);
        let figures = [flaky::COUNT as i64, threads, seconds, pause_ms].map(|figure| figure.to_string());
        // The C library's caches of threads count as allocated, and fill up slowly: without them, the figures are
        // exact.
        let exact = ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0");
        let output = program::output(program.command().args([&service.url(), &localhost]).args(figures).envs([exact]));
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        println!("{out}");
        assert!(output.status.success() && err.is_empty(), "{}: {err}", output.status);
        let mut soak = Soak { samples: Vec::new(), left_kib: 0, calls: BTreeMap::new() };
        for line in out.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let figure = |at: usize| words[at].parse().unwrap_or_else(|_| panic!("{line}"));
            match words[0] {
                "sample" => {
                    let [resident_kib, allocated_kib, descriptors, threads] = [2, 3, 4, 5].map(figure);
                    soak.samples.push(Sample { resident_kib, allocated_kib, descriptors, threads });
                }
                "left" => soak.left_kib = figure(1),
                "status" => drop(soak.calls.insert(words[1].to_string(), figure(2))),
                _ => panic!("{line}"),
            }
        }
        soak.check(service, threads);
        soak
    }

    fn ended(&self, status: &str) -> i64 {
        self.calls.get(status).copied().unwrap_or_else(|| panic!("{status} is not printed"))
    }

    fn check(&self, service: &FlakyService, threads: i64) {
        let met = service.counts();
        println!("requests by problem: {met:?}");
        let requests: usize = met.values().sum();
        let troubled = requests - met.get(&None).copied().unwrap_or(0);
        let calls = self.calls.values().sum::<i64>();
        println!("{calls} calls, {requests} requests, {troubled} with a problem");
        let failures = ["CONNECTION", "TIMEOUT", "RATE_LIMITED", "SERVER", "API", "DECODE"]
            .map(|name| format!("RTK_STATUS_{name}"));
        for (status, calls) in &self.calls {
            assert!(
                *calls == 0 || status == "RTK_STATUS_OK" || failures.contains(status),
                "{calls} calls ended with {status}"
            );
        }
        // With fewer calls, a problem may not have been drawn.
        if calls > 1000 {
            assert!((requests * 3 / 20..requests / 4).contains(&troubled), "a fifth should have a problem");
            assert!(flaky::PROBLEMS.iter().all(|problem| met.contains_key(&Some(*problem))), "{met:?}");
        }
        // A call fails with TIMEOUT if both of its attempts had a problem and the second one was a stall: some five of
        // a thousand calls, and by chance none.
        if calls > 10_000 {
            assert!(failures.iter().all(|status| self.ended(status) > 0), "{:?}", self.calls);
        }

        let base = self.samples[0];
        for sample in &self.samples {
            // Each thread may have a call and a DNS lookup in progress. Descriptors are open and idle connections.
            assert!(sample.threads <= 1 + threads * (CONNECTIONS + 2), "{sample:?}");
            assert!(sample.descriptors <= base.descriptors + threads * CONNECTIONS * 4, "{sample:?}");
        }
        let fifth = self.samples.len() / 5;
        let resident = |samples: &[Sample]| samples.iter().map(|sample| sample.resident_kib).max().unwrap_or(0);
        let (early, late) = (resident(&self.samples[..=fifth]), resident(&self.samples[fifth + 1..]));
        let allocated =
            |samples: &[Sample]| samples.iter().map(|sample| sample.allocated_kib).sum::<i64>() / samples.len() as i64;
        let (soon, on_average) = (allocated(&self.samples[1..=fifth]), allocated(&self.samples[fifth + 1..]));
        println!("allocated: {soon} KiB on average in the first fifth, {on_average} KiB later");
        assert!(
            on_average <= soon + threads * FLUCTUATION_KIB,
            "a client came to hold {on_average} KiB instead of {soon}"
        );
        println!("resident: {early} KiB at most in the first fifth, {late} KiB later");
        println!("allocated at the end: {} KiB more than at the beginning", self.left_kib);
        assert!(self.left_kib <= LEFT_KIB, "{} KiB were not freed", self.left_kib);
        assert!(
            program::keeps_freed_memory() || late <= early + threads * GROWTH_KIB,
            "memory grew from {early} to {late} KiB"
        );
    }
}

fn seconds() -> i64 {
    let set = std::env::var("RTK_SOAK_SECONDS").ok();
    set.map_or(3, |seconds| seconds.parse().expect("RTK_SOAK_SECONDS is a number"))
}

#[test]
fn calls_return_the_true_list_or_an_error_and_resources_stay_flat() {
    let service = FlakyService::start(20, &flaky::PROBLEMS);
    let pause_ms = if seconds() < 600 { 10 } else { 80 };
    let soak = Soak::run(&service, 4, seconds(), pause_ms);
    assert!(soak.ended("RTK_STATUS_OK") > seconds());
    println!("{} samples, the last one: {:?}", soak.samples.len(), soak.samples.last());
}

#[test]
fn sixty_four_threads_share_a_client_of_a_flaky_service() {
    let service = FlakyService::start(20, &flaky::PROBLEMS);
    let soak = Soak::run(&service, 64, 3, 20);
    assert!(soak.ended("RTK_STATUS_OK") > 10);
}
