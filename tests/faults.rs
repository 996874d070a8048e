//! Faults at every place of a good exchange, from Rust and from C: never a hang, never a crash, never a wrong or partial list that says it is complete.
//!
//! With `RTK_EVERY_BYTE=1` in the environment every byte is a place, else one in many; with a larger number each byte is changed so many times.

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
use testkit::program::{Linkage, Program, scratch};
use testkit::server::{Response, Server};
use testkit::{address, service, whole_list};

/// Well over what a busy machine needs, and well under the timeout of a minute.
const SOON: Duration = Duration::from_secs(20);

/// The timeout where nothing comes.
const SHORT: Duration = Duration::from_millis(300);

/// How often every byte is a place; 0: only some are.
fn every_byte() -> usize {
    std::env::var("RTK_EVERY_BYTE").map_or(0, |times| times.parse().expect("RTK_EVERY_BYTE is a number"))
}

/// What came of asking for everyone.
#[derive(Debug)]
struct Outcome {
    /// 0 is success.
    status: i32,
    complete: bool,
    ids: Vec<String>,
    /// The elements of the JSON, where it was asked for.
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

    /// The promises, whatever the fault is.
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
        // Nobody is there who was not sent, and nobody is other than sent.
        let sent: Vec<String> = elements.concat().iter().map(id).collect();
        assert!(self.ids.iter().all(|id| sent.contains(id)), "{case:?}: {self:?}");
        if let Some(given) = &self.elements {
            assert_eq!(given.len(), self.ids.len(), "{case:?}");
            assert!(given.iter().all(|element| elements.concat().contains(element)), "{case:?}: {self:?}");
        }
        if self.complete {
            // By the first page alone, or by both.
            let said = readings.each_ref().map(|page| page["paging"]["total_count"].as_f64());
            let true_by = |pages: usize| {
                let ids: Vec<String> = elements[..pages].concat().iter().map(id).collect();
                ids == self.ids && said[..pages].iter().all(|total| *total == Some(self.ids.len() as f64))
            };
            assert!(true_by(1) || true_by(2), "{case:?}: {self:?}, of {readings:?}");
        }
    }
}

/// The two ways to ask for everyone, from Rust.
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

/// Goes through the cases, from Rust and from C, and gives the number of outcomes.
fn go_through(name: &str, settings: Settings, cases: &[Case], judge: impl Fn(Case, &Outcome) + Sync) -> usize {
    go_through_at(&faults::start().url(), name, settings, cases, judge)
}

fn go_through_at(
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
        // What is tried a number of times counts each program's tries.
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
    let output =
        command.stdin(Stdio::from(File::open(&input).expect("the scratch file"))).output().expect("the program");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{name}: {}: {said}", output.status);
    let mut rest = output.stdout.as_slice();
    let outcomes = cases.iter().map(|_| [outcome(&mut rest), outcome(&mut rest)]).collect();
    assert!(rest.is_empty(), "{name}: {} bytes too many", rest.len());
    outcomes
}

/// The next outcome that the C program tells.
fn outcome(rest: &mut &[u8]) -> Outcome {
    let line = till(rest, b'\n');
    let figures: Vec<i64> = line.split(' ').map(|figure| figure.parse().unwrap_or_else(|_| panic!("{line}"))).collect();
    let [status, complete, _total, took, count] = figures[..] else { panic!("{line}") };
    let ids = (0..count).map(|_| {
        let length: usize = till(rest, b' ').parse().expect("a length");
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

fn till(rest: &mut &[u8], end: u8) -> String {
    let at = rest.iter().position(|byte| *byte == end).expect("more output");
    let text = String::from_utf8_lossy(&rest[..at]).into_owned();
    *rest = &rest[at + 1..];
    text
}

/// Both pages of a framing, and every place in them, the end included, or some of these.
fn places(framing: Framing, every: usize) -> Vec<(usize, usize)> {
    let of_page = |page: usize| {
        let length = recorded(framing, page).bytes.len();
        let every = if every_byte() > 0 { 1 } else { every };
        // Towards the end there is more to be mistaken for the whole.
        (0..=length).filter(move |at| at % every == 0 || at + 8 >= length).map(move |at| (page, at))
    };
    [1, 2].into_iter().flat_map(of_page).collect()
}

/// A few places: before, in and behind the head, in the body, and before the last byte.
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
fn an_exchange_that_is_cut_at_any_byte_is_an_error_unless_all_of_it_had_come() {
    let mut outcomes = 0;
    for fault in [Fault::Fin, Fault::Rst] {
        for framing in FRAMINGS {
            if (fault, framing) == (Fault::Rst, Framing::Close) {
                continue; // An end is an end there.
            }
            let cases = cases(fault, framing, places(framing, 149));
            outcomes += go_through(&format!("cut-{fault:?}-{framing:?}"), PATIENT, &cases, |case, outcome| {
                let whole = case.at == recorded(framing, case.page).bytes.len();
                // Where the end of the connection is the end of the answer, one that is cut is one that does not decode.
                let cut = outcome.is(ErrorKind::Connection)
                    || (framing == Framing::Close && !case.is_in_head() && outcome.is(ErrorKind::Decode));
                let fine = match (whole, case.body_is_whole()) {
                    (true, _) if fault == Fault::Fin => outcome.is_everyone(),
                    // A reset takes what was not read yet with it; behind the body there may be nothing of interest.
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
fn an_exchange_with_a_changed_byte_is_an_error_or_what_its_bytes_say() {
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
        outcomes += go_through(&format!("changed-{framing:?}"), PATIENT, &cases, |_, outcome| {
            complete.fetch_add((outcome.status == 0 && outcome.complete).into(), Ordering::Relaxed);
        });
    }
    let complete = complete.into_inner();
    println!("changed: {outcomes} outcomes, {complete} of them complete lists");
    // Not every byte matters: a name may be another, and there are headers that nobody reads.
    assert!(complete > 0 && complete < outcomes, "{complete}");
    assert!(outcomes >= if every_byte() > 0 { 25_000 } else { 300 }, "{outcomes}");
}

/// Not 0, and always the same.
fn pseudo_random(framing: Framing, page: usize, at: usize, number: usize) -> u8 {
    let mut x = (framing as u64) << 48 | (page as u64) << 40 | (number as u64) << 32 | at as u64;
    for _ in 0..3 {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9).wrapping_add(0x9e37_79b9_7f4a_7c15);
    }
    ((x >> 32) % 255 + 1) as u8
}

#[test]
fn an_exchange_that_stops_at_any_stage_ends_at_the_timeout_or_the_deadline() {
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
                        go_through(&format!("{name}-{framing:?}-{page}"), settings, &cases, |case, outcome| {
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
fn a_retry_that_is_cut_is_an_error_or_the_whole_list_if_there_is_another() {
    let mut outcomes = 0;
    for good in [0, 1] {
        let settings = Settings { retries: 1 + u32::from(good), ..PATIENT };
        outcomes += thread::scope(|scope| {
            let faults = [Fault::BusyFin(good), Fault::BusyRst(good)].map(|fault| {
                scope.spawn(move || {
                    let of = |framing| cases(fault, framing, stages(framing));
                    let mut cases = [of(Framing::Length), of(Framing::Chunked), of(Framing::Gzip)].concat();
                    // Behind the body a cut need not matter.
                    cases.retain(|case| !case.body_is_whole());
                    go_through(&format!("retried-{fault:?}"), settings, &cases, |case, outcome| match good {
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

/// A case for services that look at none.
const ANY: Case = Case { fault: Fault::Fin, framing: Framing::Length, page: 1, at: 0, run: 0 };

#[test]
fn a_service_that_resets_every_connection_at_once_is_a_connection_error() {
    let outcomes = go_through_at(&Server::resetting().url(), "reset-at-once", PATIENT, &[ANY; 200], |_, outcome| {
        assert!(outcome.is(ErrorKind::Connection), "{outcome:?}");
    });
    assert_eq!(outcomes, 800);
}

#[test]
fn a_service_that_accepts_and_never_reads_is_left_at_the_timeout_or_the_deadline() {
    // The kernel makes the connections and takes what is sent.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base_url = format!("http://{}", listener.local_addr().expect("an address"));
    for settings in [Settings { timeout: SHORT, ..PATIENT }, Settings { deadline: SHORT, ..PATIENT }] {
        go_through_at(&base_url, "never-read", settings, &[ANY; 2], |_, outcome| {
            assert!(outcome.is(ErrorKind::Timeout), "{outcome:?}")
        });
    }
}

#[test]
fn a_machine_without_descriptors_threads_names_or_ipv6_fails_the_call_and_no_more() {
    let pages = PagedList::of(20);
    let service = Server::start(move |request| match request.target().starts_with("/accounts/many/") {
        true => pages.respond(request),
        false => Response::json(whole_list(2)),
    });
    let port = service.address().port().to_string();
    Program::build("tests/c/machine.c", Linkage::Shared).check(&[&port]);
}

#[test]
fn a_dead_address_of_a_host_costs_a_moment_once_and_then_nothing() {
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
fn native_ca_is_refused_on_a_machine_without_authorities() {
    Program::build("tests/c/no_authorities.c", Linkage::Shared).check(&[]);
}
