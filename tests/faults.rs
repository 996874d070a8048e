//! Faults at every byte of a valid response, in Rust and C: the client never hangs or crashes, and a list that is wrong
//! or incomplete never claims to be complete.
//!
//! With `RTK_EVERY_BYTE=1` in the environment, every byte is tested, else few. With a larger number, each byte is
//! changed that many times.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::fs::File;
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use participants::{Builder, Client, Error, ErrorKind, Meeting};
use serde_json::Value;
use testkit::faults::{self, Case, FRAMINGS, Fault, Framing, everyone, recorded};
use testkit::paged_list::PagedList;
use testkit::program::{Linkage, Program, output, scratch};
use testkit::server::{Response, Server};
use testkit::{address, service, whole_list};

/// Much longer than a busy machine needs, and much shorter than the timeout of a minute.
const SOON: Duration = Duration::from_secs(20);

/// The timeout of tests without a response.
const SHORT: Duration = Duration::from_millis(300);

/// How many times every byte is tested; with 0, only some bytes are.
fn every_byte() -> usize {
    std::env::var("RTK_EVERY_BYTE").map_or(0, |times| times.parse().expect("RTK_EVERY_BYTE is a number"))
}

/// The result of a call for everyone.
#[derive(Debug)]
struct Outcome {
    /// 0 is success.
    status: i32,
    complete: bool,
    ids: Vec<String>,
    /// The elements of the JSON, if it was requested.
    elements: Option<Vec<Value>>,
    took: Duration,
}

impl Outcome {
    fn is(&self, status: ErrorKind) -> bool {
        self.status == status as i32
    }

    fn is_everyone(&self) -> bool {
        self.status == 0 && self.complete && self.ids == everyone()
    }

    /// Checks what holds for every fault.
    fn check(&self, case: Case) {
        assert!(self.took < SOON, "{case:?}: {self:?}");
        if self.status != 0 {
            assert!(!self.complete && self.ids.is_empty(), "{case:?}: {self:?}");
            assert!(
                !self.is(ErrorKind::Internal) && !self.is(ErrorKind::Cancelled) && !self.is(ErrorKind::InvalidArgument),
                "{case:?}: {self:?}"
            );
            return;
        }
        let readings = [1, 2].map(|page| case.reading(page).unwrap_or_default());
        let elements = readings.each_ref().map(|page| page["data"].as_array().map_or(&[][..], Vec::as_slice));
        let id = |element: &Value| element["id"].as_str().unwrap_or_default().to_string();
        let mut distinct = self.ids.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), self.ids.len(), "somebody is there twice: {case:?}: {self:?}");
        // Every participant was sent, and is as it was sent.
        let sent: Vec<String> = elements.concat().iter().map(id).collect();
        assert!(self.ids.iter().all(|id| sent.contains(id)), "{case:?}: {self:?}");
        if let Some(given) = &self.elements {
            assert_eq!(given.len(), self.ids.len(), "{case:?}");
            assert!(given.iter().all(|element| elements.concat().contains(element)), "{case:?}: {self:?}");
        }
        if self.complete {
            // According to the first page alone, or to both.
            let said = readings.each_ref().map(|page| page["paging"]["total_count"].as_f64());
            let true_by = |pages: usize| {
                let ids: Vec<String> = elements[..pages].concat().iter().map(id).collect();
                ids == self.ids && said[..pages].iter().all(|total| *total == Some(self.ids.len() as f64))
            };
            assert!(true_by(1) || true_by(2), "{case:?}: {self:?}, of {readings:?}");
        }
    }
}

/// The two ways to list everyone, in Rust.
fn from_rust(client: &Client, case: Case) -> [Outcome; 2] {
    let meeting = Meeting::new(&case.to_string(), service::APP_ID, service::MEETING_ID).expect("good ids");
    let failed = |error: Error, began: Instant| Outcome {
        status: error.status() as i32,
        complete: false,
        ids: Vec::new(),
        elements: None,
        took: began.elapsed(),
    };
    let began = Instant::now();
    let at_once = match client.get_participants(&meeting) {
        Err(error) => failed(error, began),
        Ok(list) => {
            let json: Value = serde_json::from_str(&list.to_json()).expect("JSON");
            Outcome {
                status: 0,
                complete: list.is_complete(),
                ids: list.iter().map(|participant| participant.id().to_string()).collect(),
                elements: Some(json["data"].as_array().expect("a list").clone()),
                took: began.elapsed(),
            }
        }
    };
    let began = Instant::now();
    let mut iter = client.iter_participants(&meeting);
    let ids: Result<Vec<String>, Error> = iter.by_ref().map(|participant| Ok(participant?.id().to_string())).collect();
    let one_by_one = match ids {
        Err(error) => {
            assert!(!iter.is_complete(), "{case:?}");
            failed(error, began)
        }
        Ok(ids) => Outcome { status: 0, complete: iter.is_complete(), ids, elements: None, took: began.elapsed() },
    };
    [at_once, one_by_one]
}

/// The settings of a run of cases.
#[derive(Clone, Copy)]
struct Settings {
    timeout: Duration,
    deadline: Duration,
    retries: u32,
}

const PATIENT: Settings = Settings { timeout: Duration::from_secs(60), deadline: Duration::ZERO, retries: 0 };

impl Settings {
    fn client(&self, base_url: &str) -> Client {
        let builder: Builder = testkit::client(base_url).per_page(5).timeout(self.timeout).deadline(self.deadline);
        builder.max_retries(self.retries).max_retry_wait(Duration::ZERO).build().expect("good settings")
    }
}

/// Runs the cases in Rust and in C, and returns the number of outcomes.
fn run(name: &str, settings: Settings, cases: &[Case], judge: impl Fn(Case, &Outcome) + Sync) -> usize {
    run_at(&faults::start().url(), name, settings, cases, judge)
}

fn run_at(
    base_url: &str,
    name: &str,
    settings: Settings,
    cases: &[Case],
    judge: impl Fn(Case, &Outcome) + Sync,
) -> usize {
    let began = Instant::now();
    let check = |case: Case, outcomes: [Outcome; 2]| {
        for outcome in &outcomes {
            outcome.check(case);
            judge(case, outcome);
        }
        outcomes.len()
    };
    let (from_rust, from_c) = thread::scope(|scope| {
        let rust = scope.spawn(|| {
            let client = settings.client(base_url);
            cases.iter().map(|case| check(*case, from_rust(&client, *case))).sum::<usize>()
        });
        // The service counts the attempts of a run, so each program has runs of its own.
        let cases: Vec<Case> = cases.iter().map(|case| Case { run: case.run + 1_000, ..*case }).collect();
        let outcomes = from_c(name, settings, base_url, &cases);
        let from_c = cases.iter().zip(outcomes).map(|(case, outcomes)| check(*case, outcomes)).sum::<usize>();
        (rust.join().expect("its checks hold"), from_c)
    });
    println!(
        "{name}: {} cases, {from_rust} outcomes from Rust and {from_c} from C, {:.1} s",
        cases.len(),
        began.elapsed().as_secs_f64()
    );
    assert_eq!((from_rust, from_c), (2 * cases.len(), 2 * cases.len()));
    from_rust + from_c
}

fn from_c(name: &str, settings: Settings, base_url: &str, cases: &[Case]) -> Vec<[Outcome; 2]> {
    let input = scratch().join(format!("{name}.cases"));
    std::fs::write(&input, cases.iter().map(|case| format!("{case}\n")).collect::<String>()).expect("a scratch file");
    static PROGRAM: LazyLock<Program> = LazyLock::new(|| Program::build("tests/c/faults.c", Linkage::Shared));
    let mut command = PROGRAM.command();
    command.arg(base_url);
    command.args(
        [settings.timeout.as_millis(), settings.deadline.as_millis(), settings.retries.into()]
            .map(|figure| figure.to_string()),
    );
    let output = output(command.stdin(Stdio::from(File::open(&input).expect("the scratch file"))));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{name}: {}: {said}", output.status);
    let mut rest = output.stdout.as_slice();
    let outcomes = cases.iter().map(|_| [read_outcome(&mut rest), read_outcome(&mut rest)]).collect();
    assert!(rest.is_empty(), "{name}: {} bytes too many", rest.len());
    outcomes
}

/// The next outcome in the output of the C program.
fn read_outcome(rest: &mut &[u8]) -> Outcome {
    let line = read_until(rest, b'\n');
    let figures: Vec<i64> = line.split(' ').map(|figure| figure.parse().unwrap_or_else(|_| panic!("{line}"))).collect();
    let [status, complete, _total, took, count] = figures[..] else { panic!("{line}") };
    let ids = (0..count).map(|_| {
        let length: usize = read_until(rest, b' ').parse().expect("a length");
        let (id, more) = rest.split_at(length);
        *rest = &more[1..];
        String::from_utf8(id.to_vec()).expect("UTF-8")
    });
    Outcome {
        status: status as i32,
        complete: complete == 1,
        ids: ids.collect(),
        elements: None,
        took: Duration::from_millis(took as u64),
    }
}

fn read_until(rest: &mut &[u8], end: u8) -> String {
    let at = rest.iter().position(|byte| *byte == end).expect("more output");
    let text = String::from_utf8_lossy(&rest[..at]).into_owned();
    *rest = &rest[at + 1..];
    text
}

/// Each byte of both pages of a framing, the end included, or some of them.
fn places(framing: Framing, every: usize) -> Vec<(usize, usize)> {
    let of_page = |page: usize| {
        let length = recorded(framing, page).bytes.len();
        let every = if every_byte() > 0 { 1 } else { every };
        // Near its end a response is more easily mistaken for a complete one.
        (0..=length).filter(move |at| at % every == 0 || at + 8 >= length).map(move |at| (page, at))
    };
    [1, 2].into_iter().flat_map(of_page).collect()
}

/// A few bytes: at the start, in and after the head, in the body, and the last one.
fn stages(framing: Framing) -> Vec<(usize, usize)> {
    let of_page = |page: usize| {
        let bytes = &recorded(framing, page).bytes;
        let head = bytes.windows(4).position(|end| end == b"\r\n\r\n").expect("the end of the head") + 4;
        [0, 1, head - 2, head, head + 1, bytes.len() / 2, bytes.len() - 1].map(|at| (page, at))
    };
    [1, 2].into_iter().flat_map(of_page).collect()
}

fn cases(fault: Fault, framing: Framing, places: Vec<(usize, usize)>) -> Vec<Case> {
    places.into_iter().enumerate().map(|(run, (page, at))| Case { fault, framing, page, at, run }).collect()
}

#[test]
fn truncated_response_is_an_error_unless_complete() {
    let mut outcomes = 0;
    for fault in [Fault::Fin, Fault::Rst] {
        for framing in FRAMINGS {
            if (fault, framing) == (Fault::Rst, Framing::Close) {
                continue; // There, a reset is no different from an end.
            }
            let cases = cases(fault, framing, places(framing, 149));
            outcomes += run(&format!("cut-{fault:?}-{framing:?}"), PATIENT, &cases, |case, outcome| {
                let whole = case.at == recorded(framing, case.page).bytes.len();
                // If the response ends with its connection, a truncated body fails to decode.
                let cut = outcome.is(ErrorKind::Connection)
                    || (framing == Framing::Close && !case.is_in_head() && outcome.is(ErrorKind::Decode));
                let fine = match (whole, case.body_is_whole()) {
                    (true, _) if fault == Fault::Fin => outcome.is_everyone(),
                    // A reset may discard what was not read yet. After the body, that does not matter.
                    (_, true) => outcome.is_everyone() || cut,
                    _ => cut,
                };
                assert!(fine, "{case:?}: {outcome:?}");
            });
        }
    }
    println!("cut: {outcomes} outcomes");
    assert!(outcomes >= if every_byte() > 0 { 60_000 } else { 600 }, "{outcomes}");
}

#[test]
fn changed_response_is_an_error_or_read_as_it_is() {
    let (mut outcomes, complete) = (0, AtomicUsize::new(0));
    for framing in [Framing::Length, Framing::Chunked, Framing::Gzip] {
        let all = |number: usize| {
            let length = |page| recorded(framing, page).bytes.len();
            let places = places(framing, 73).into_iter().filter(|(page, at)| *at < length(*page));
            let cases = places.enumerate().map(move |(run, (page, at))| Case {
                fault: Fault::Flip(pseudo_random(framing, page, at, number)),
                framing,
                page,
                at,
                run,
            });
            cases.collect::<Vec<Case>>()
        };
        let cases: Vec<Case> = (0..every_byte().max(1)).flat_map(all).collect();
        outcomes += run(&format!("changed-{framing:?}"), PATIENT, &cases, |_, outcome| {
            complete.fetch_add((outcome.status == 0 && outcome.complete).into(), Ordering::Relaxed);
        });
    }
    let complete = complete.into_inner();
    println!("changed: {outcomes} outcomes, {complete} of them complete lists");
    // Some changes do no harm: those of a name, or of a header that is not read.
    assert!(complete > 0 && complete < outcomes, "{complete}");
    assert!(outcomes >= if every_byte() > 0 { 25_000 } else { 300 }, "{outcomes}");
}

/// Never 0, and the same in each run.
fn pseudo_random(framing: Framing, page: usize, at: usize, number: usize) -> u8 {
    let mut x = (framing as u64) << 48 | (page as u64) << 40 | (number as u64) << 32 | at as u64;
    for _ in 0..3 {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9).wrapping_add(0x9e37_79b9_7f4a_7c15);
    }
    ((x >> 32) % 255 + 1) as u8
}

#[test]
fn stalled_response_ends_at_the_timeout_or_the_deadline() {
    let runs =
        [("timeout", Settings { timeout: SHORT, ..PATIENT }), ("deadline", Settings { deadline: SHORT, ..PATIENT })];
    let outcomes = thread::scope(|scope| {
        let mut threads = Vec::new();
        for (name, settings) in runs {
            for framing in FRAMINGS {
                for page in [1, 2] {
                    threads.push(scope.spawn(move || {
                        let mut cases = cases(Fault::Hang, framing, stages(framing));
                        cases.retain(|case| case.page == page);
                        run(&format!("{name}-{framing:?}-{page}"), settings, &cases, |case, outcome| {
                            assert!(outcome.is(ErrorKind::Timeout), "{case:?}: {outcome:?}");
                            assert!(outcome.took + Duration::from_millis(20) >= SHORT, "{case:?}: {outcome:?}");
                        })
                    }));
                }
            }
        }
        threads.into_iter().map(|thread| thread.join().expect("its checks hold")).sum::<usize>()
    });
    println!("stopped: {outcomes} outcomes");
    assert_eq!(outcomes, 2 * 4 * 14 * 4);
}

#[test]
fn truncated_retry_is_an_error_unless_retried_again() {
    let mut outcomes = 0;
    for good in [0, 1] {
        let settings = Settings { retries: 1 + u32::from(good), ..PATIENT };
        outcomes += thread::scope(|scope| {
            let faults = [Fault::BusyFin(good), Fault::BusyRst(good)].map(|fault| {
                scope.spawn(move || {
                    let of = |framing| cases(fault, framing, stages(framing));
                    let mut cases = [of(Framing::Length), of(Framing::Chunked), of(Framing::Gzip)].concat();
                    // After the body, an end of the connection may do no harm.
                    cases.retain(|case| !case.body_is_whole());
                    run(&format!("retried-{fault:?}"), settings, &cases, |case, outcome| match good {
                        0 => assert!(outcome.is(ErrorKind::Connection), "{case:?}: {outcome:?}"),
                        _ => assert!(outcome.is_everyone(), "{case:?}: {outcome:?}"),
                    })
                })
            });
            faults.into_iter().map(|fault| fault.join().expect("its checks hold")).sum::<usize>()
        });
    }
    println!("retried: {outcomes} outcomes");
    assert!(outcomes >= 2 * 2 * 40 * 4, "{outcomes}");
}

/// A case for services that ignore it.
const ANY_CASE: Case = Case { fault: Fault::Fin, framing: Framing::Length, page: 1, at: 0, run: 0 };

#[test]
fn immediate_reset_is_a_connection_error() {
    let outcomes = run_at(&Server::resetting().url(), "reset-at-once", PATIENT, &[ANY_CASE; 200], |_, outcome| {
        assert!(outcome.is(ErrorKind::Connection), "{outcome:?}");
    });
    assert_eq!(outcomes, 800);
}

#[test]
fn silent_service_ends_at_the_timeout_or_the_deadline() {
    // The kernel accepts the connections and buffers the requests.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base_url = format!("http://{}", listener.local_addr().expect("an address"));
    for settings in [Settings { timeout: SHORT, ..PATIENT }, Settings { deadline: SHORT, ..PATIENT }] {
        run_at(&base_url, "never-read", settings, &[ANY_CASE; 2], |_, outcome| {
            assert!(outcome.is(ErrorKind::Timeout), "{outcome:?}")
        });
    }
}

/// These programs replace functions of the C library, or use up what Unix limits.
mod unix {
    use super::*;

    #[test]
    fn exhausted_machine_fails_only_the_call() {
        let pages = PagedList::of(20);
        let service = Server::start(move |request| match request.target().starts_with("/accounts/many/") {
            true => pages.respond(request),
            false => Response::json(whole_list(2)),
        });
        let port = service.address().port().to_string();
        Program::build("tests/c/machine.c", Linkage::Shared).check(&[&port]);
    }

    #[test]
    fn dead_address_delays_only_the_first_connection() {
        let service = Server::start(|request| match request.line.starts_with("CONNECT ") {
            true => Response::whole(403, &[], "").close(),
            false => Response::whole(200, &[("Connection", "close")], whole_list(2)).close(),
        });
        let port = service.address().port();
        let _silent = address::silent_at(([127, 0, 0, 2], port).into());
        let _refusing = address::refusing_at(([127, 0, 0, 3], port).into());
        Program::build("tests/c/addresses.c", Linkage::Shared).check(&[&port.to_string()]);
    }

    #[test]
    fn native_ca_without_system_certificates_is_refused() {
        Program::build("tests/c/no_authorities.c", Linkage::Shared).check(&[]);
    }
}
