//! Threads of a C program ask a service that meets a fifth of all requests with some trouble: every call ends in a true list or an error, and
//! memory, descriptors and threads stay as they are.
//!
//! `RTK_SOAK_SECONDS=1800 cargo test --test soak -- --nocapture` does so for half an hour, and prints what it saw.

mod support;

use std::collections::BTreeMap;

use support::program::{self, Linkage, Program};
use support::trouble::{self, Service};

/// The most connections that one call has at the same time.
const CONNECTIONS: u64 = 4;

/// How much more memory may be resident later than in the first fifth of the time, for each thread that asks: its arena of the allocator's
/// comes to hold more by and by. A list here takes 30 KiB.
const GROWTH_KIB: u64 = 1024;

#[derive(Debug, Clone, Copy)]
struct Sample {
    resident_kib: u64,
    descriptors: u64,
    threads: u64,
}

struct Soak {
    samples: Vec<Sample>,
    /// How many calls ended how.
    calls: BTreeMap<String, u64>,
}

impl Soak {
    fn run(service: &Service, threads: u64, seconds: u64, pause_ms: u64) -> Self {
        let localhost = service.url().replace("127.0.0.1", "localhost");
        let program = Program::build("tests/c/soak.c", Linkage::Shared);
        let figures = [trouble::COUNT as u64, threads, seconds, pause_ms].map(|figure| figure.to_string());
        let output = program::output(program.command().args([service.url(), &localhost]).args(figures));
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        println!("{out}");
        assert!(output.status.success() && err.is_empty(), "{}: {err}", output.status);
        let mut soak = Soak { samples: Vec::new(), calls: BTreeMap::new() };
        for line in out.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let figure = |at: usize| words[at].parse().unwrap_or_else(|_| panic!("{line}"));
            match words[0] {
                "sample" => {
                    let [resident_kib, descriptors, threads] = [2, 3, 4].map(figure);
                    soak.samples.push(Sample { resident_kib, descriptors, threads });
                }
                "status" => drop(soak.calls.insert(words[1].to_string(), figure(2))),
                _ => panic!("{line}"),
            }
        }
        soak.check(service, threads);
        soak
    }

    fn ended(&self, status: &str) -> u64 {
        self.calls.get(status).copied().unwrap_or_else(|| panic!("{status} is not told"))
    }

    fn check(&self, service: &Service, threads: u64) {
        let met = service.met();
        println!("requests by trouble: {met:?}");
        let requests: usize = met.values().sum();
        let troubled = requests - met.get(&None).copied().unwrap_or(0);
        println!("{} calls, {requests} requests, {troubled} in trouble", self.calls.values().sum::<u64>());
        for trouble in trouble::ALL {
            assert!(met.contains_key(&Some(trouble)), "{trouble:?} did not occur");
        }
        assert!((requests / 10..requests * 3 / 10).contains(&troubled), "a fifth was to meet some trouble");
        let failures = ["CONNECTION", "TIMEOUT", "RATE_LIMITED", "SERVER", "API", "DECODE"].map(|name| format!("RTK_STATUS_{name}"));
        for (status, calls) in &self.calls {
            let may_occur = status == "RTK_STATUS_OK" || failures.contains(status);
            assert_eq!(*calls > 0, may_occur, "{calls} calls ended with {status}");
        }

        let base = self.samples[0];
        for sample in &self.samples {
            // Each thread's call, and the look-up of a name, may be under way; descriptors are its connections and those that wait.
            assert!(sample.threads <= 1 + threads * (CONNECTIONS + 2), "{sample:?}");
            assert!(sample.descriptors <= base.descriptors + threads * CONNECTIONS * 4, "{sample:?}");
        }
        let fifth = self.samples.len() / 5;
        let resident = |samples: &[Sample]| samples.iter().map(|sample| sample.resident_kib).max().unwrap_or(0);
        let (early, late) = (resident(&self.samples[..=fifth]), resident(&self.samples[fifth + 1..]));
        println!("resident: {early} KiB at most in the first fifth, {late} KiB later");
        assert!(late <= early + threads * GROWTH_KIB, "memory grew from {early} to {late} KiB");
    }
}

fn seconds() -> u64 {
    let set = std::env::var("RTK_SOAK_SECONDS").ok();
    set.map_or(4, |seconds| seconds.parse().expect("RTK_SOAK_SECONDS is a number"))
}

#[test]
fn every_call_ends_in_a_true_list_or_an_error_and_memory_descriptors_and_threads_are_flat() {
    let service = Service::start(20, &trouble::ALL);
    let pause_ms = if seconds() < 600 { 10 } else { 80 };
    let soak = Soak::run(&service, 4, seconds(), pause_ms);
    assert!(soak.ended("RTK_STATUS_OK") > 10 * seconds());
    println!("{} samples, the last one: {:?}", soak.samples.len(), soak.samples.last());
}

#[test]
fn sixty_four_threads_share_a_client_under_trouble() {
    let service = Service::start(20, &trouble::ALL);
    let soak = Soak::run(&service, 64, 3, 20);
    assert!(soak.ended("RTK_STATUS_OK") > 64);
}
