//! Log records: the events of this library, and no credential in a record of any crate.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use log::{Level, LevelFilter, Log, Record};
use participants::Client;
use testkit::credentials::{DISTINCT_TOKEN, EMAIL, KEY, PROXY_BASIC, PROXY_PASSWORD, PROXY_USER};
use testkit::logger::Logger;
use testkit::paged_list::PagedList;
use testkit::server::{Response, Server};
use testkit::{NO_PARAMETERS, client, meeting, page_of, service};

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());

#[derive(Clone, Debug)]
struct Line {
    level: Level,
    target: String,
    text: String,
}

impl Line {
    fn of(record: &Record) -> Self {
        Line { level: record.level(), target: record.target().into(), text: record.args().to_string() }
    }
}

/// The lines logged while `run` runs. The tests take turns, since they share the logger.
fn logged(run: impl FnOnce()) -> Vec<Line> {
    static ALONE: Mutex<()> = Mutex::new(());
    static SET_UP: OnceLock<()> = OnceLock::new();
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    SET_UP.get_or_init(|| {
        let collector =
            Logger(LevelFilter::Trace, |record: &Record| LINES.lock().expect("no panic").push(Line::of(record)));
        log::set_boxed_logger(Box::new(collector)).expect("no other logger");
        log::set_max_level(LevelFilter::Trace);
    });
    LINES.lock().expect("no panic").clear();
    run();
    std::mem::take(&mut LINES.lock().expect("no panic"))
}

/// The events of this library, each as its level and what follows the meeting.
fn events(lines: &[Line]) -> Vec<(Level, &str)> {
    let prefix = "meeting 182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e: ";
    let ours = lines.iter().filter(|line| line.target.starts_with("participants"));
    ours.inspect(|line| assert_eq!(line.target, "participants"))
        .map(|line| (line.level, line.text.strip_prefix(prefix).expect("the meeting")))
        .collect()
}

/// The text of an event, without the milliseconds of a page.
fn untimed<'a>((level, text): &(Level, &'a str)) -> (Level, &'a str) {
    match text.split_once(" in ") {
        Some((page, time)) if *level == Level::Debug => {
            let milliseconds = time.strip_suffix(" ms").expect("milliseconds");
            assert!(milliseconds.parse::<u64>().is_ok_and(|time| time < 60_000), "{text}");
            (*level, page)
        }
        _ => (*level, text),
    }
}

#[test]
fn pages_retries_and_waits_are_logged() {
    let lines = logged(|| {
        let second = [("Ratelimit", "\"default\";r=0;t=1")];
        let server = Server::in_turn([
            Response::whole(503, &[("Retry-After", "0")], r#"{"errors":[{"code":1105,"message":"Try\nlater"}]}"#),
            Response::whole(200, &second, page_of(&[service::participant(0)], 2, 1)),
            Response::json(page_of(&[service::participant(1)], 2, 2)),
        ]);
        let client = client(&server.url()).max_connections(1).build().expect("good settings");
        assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 2);
    });
    let events = events(&lines);
    assert_eq!(events.len(), 4, "{events:#?}");
    assert_eq!(
        events[0],
        (
            Level::Warn,
            "page 1: attempt 1 failed, retrying in 0 s: \
             the service failed (HTTP 503, code 1105: Try later; try again in 0 s; page 1)"
        )
    );
    assert_eq!(untimed(&events[1]), (Level::Debug, "page 1: 1 of 2 participants"));
    let (level, wait) = events[2];
    assert_eq!(level, Level::Info);
    assert!(wait.starts_with("page 2: the service accepts no requests for now: waiting 0.9"), "{wait}");
    assert_eq!(untimed(&events[3]), (Level::Debug, "page 2: 1 of 2 participants"));
}

/// A list that has another total on each page, in both passes.
fn restless_list() -> Server {
    PagedList::changing(|request| (0..20 + request.number as u64).collect()).cap(10).start()
}

#[test]
fn change_of_the_list_and_an_incomplete_result_are_logged_by_lists_and_iterators() {
    type Call = fn(&Client) -> u64;
    let calls: [Call; 3] = [
        |client| client.get_participants(&meeting()).expect("a list").len() as u64,
        |client| client.get_participants_json(&meeting()).expect("JSON").matches("\"id\"").count() as u64,
        |client| client.iter_participants(&meeting()).filter(Result::is_ok).count() as u64,
    ];
    for call in calls {
        let mut found = 0;
        let lines = logged(|| {
            let server = restless_list();
            let client = server.builder().max_connections(1).build().expect("good settings");
            found = call(&client);
        });
        let events: Vec<_> = events(&lines).into_iter().filter(|(level, _)| *level < Level::Debug).collect();
        assert_eq!(events.len(), 2, "{events:#?}");
        assert_eq!(events[0], (Level::Info, "the list changed while it was read: reading it a second time"));
        let (level, incomplete) = events[1];
        assert_eq!(level, Level::Warn);
        assert!(
            incomplete
                .starts_with(&format!("the list may be incomplete: found {found} participants, the service says ")),
            "{incomplete}, and not {found}"
        );
    }
}

#[test]
fn participants_who_left_are_counted_in_the_line_of_an_incomplete_iterator() {
    let mut given = 0;
    let lines = logged(|| {
        let list = PagedList::changing(|request| match request.number {
            1 => (0..250).collect(),
            _ => (0..50).chain(51..250).collect(),
        });
        let server = list.start();
        let client = server.builder().max_connections(1).build().expect("good settings");
        given = client.iter_participants(&meeting()).filter(Result::is_ok).count();
    });
    assert_eq!(given, 250);
    let expected = (Level::Warn, "the list may be incomplete: found 250 participants, the service says 249");
    assert!(events(&lines).contains(&expected), "{lines:#?}");
}

#[test]
fn line_has_at_most_2000_bytes() {
    let error = format!(r#"{{"code":1000,"message":"{}"}}"#, "é".repeat(4000));
    let body = format!(r#"{{"success":false,"errors":[{}]}}"#, [error.as_str(); 8].join(","));
    let server = Server::always(Response::whole(503, &[("Retry-After", "0")], body));
    let lines = logged(|| {
        let client = client(&server.url()).max_retries(1).build().expect("good settings");
        client.get_participants(&meeting()).expect_err("a failure");
    });
    let lengths: Vec<usize> = events(&lines).iter().map(|(_, text)| text.len()).collect();
    assert!(lengths.len() == 1 && lengths[0] > 1000 && lengths[0] <= 2000, "{lengths:?}");
}

#[test]
fn wait_for_the_quota_of_a_closed_client_is_not_logged() {
    let page = page_of(&[service::participant(0)], 1, 1);
    let server = Server::always(Response::whole(200, &[("Ratelimit", "\"default\";r=0;t=30")], page));
    let lines = logged(|| {
        let client = client(&server.url()).build().expect("good settings");
        client.get_participants(&meeting()).expect("everyone");
        client.shutdown();
        client.get_participants(&meeting()).expect_err("shut down");
    });
    assert_eq!(events(&lines).len(), 1, "{lines:#?}");
}

#[test]
fn a_complete_list_logs_only_its_pages() {
    let lines = logged(|| {
        let server = PagedList::of(250).start();
        let client = server.builder().max_connections(1).build().expect("good settings");
        assert!(client.get_participants(&meeting()).expect("everyone").is_complete());
    });
    let expected =
        [(1, 100), (2, 100), (3, 50)].map(|(page, count)| format!("page {page}: {count} of 250 participants"));
    let events: Vec<String> = events(&lines).iter().map(|event| untimed(event).1.to_string()).collect();
    assert_eq!(events, expected);
}

#[test]
fn logger_of_a_client_gets_the_records_instead_of_the_global_one() {
    let (all, warnings) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let global = logged(|| {
        for (level, lines) in [(LevelFilter::Trace, &all), (LevelFilter::Warn, &warnings)] {
            let lines = Arc::clone(lines);
            let logger = Logger(level, move |record: &Record| lines.lock().expect("no panic").push(Line::of(record)));
            let server = Server::in_turn([
                Response::whole(503, &[("Retry-After", "0")], "{}"),
                Response::whole(503, &[("Retry-After", "0")], "{}"),
                Response::json(page_of(&[service::participant(0)], 1, 1)),
            ]);
            // The maximum level of the crate `log` does not matter to a client's own logger.
            log::set_max_level(LevelFilter::Off);
            let client = client(&server.url()).logger(logger).build().expect("good settings");
            client.child().get_participants(&meeting()).expect("everyone");
            log::set_max_level(LevelFilter::Trace);
        }
    });
    assert!(global.iter().all(|line| line.target != "participants"), "{global:#?}");
    let levels =
        |lines: &Mutex<Vec<Line>>| Vec::from_iter(events(&lines.lock().unwrap()).iter().map(|(level, _)| *level));
    assert_eq!(levels(&all), [Level::Warn, Level::Warn, Level::Debug]);
    assert_eq!(levels(&warnings), [Level::Warn, Level::Warn]);
}

#[test]
fn child_may_log_elsewhere() {
    let server = PagedList::of(3).start();
    let counts: [Arc<AtomicUsize>; 2] = Default::default();
    let [of_parent, of_child] = counts.each_ref().map(|count| {
        let count = Arc::clone(count);
        Logger(LevelFilter::Trace, move |_: &Record| {
            count.fetch_add(1, Ordering::SeqCst);
        })
    });
    let client = client(&server.url()).logger(of_parent).build().expect("good settings");
    let child = client.child().with_logger(of_child);
    let counts = || counts.each_ref().map(|count| count.load(Ordering::SeqCst));
    child.get_participants(&meeting()).expect("everyone");
    child.child().get_participants(&meeting()).expect("everyone");
    assert_eq!(counts(), [0, 2]);
    client.get_participants(&meeting()).expect("everyone");
    client.child().get_participants(&meeting()).expect("everyone");
    assert_eq!(counts(), [2, 2]);
}

#[test]
fn boxed_and_shared_loggers_are_accepted() {
    let logger = || Logger(LevelFilter::Trace, |_: &Record| ());
    let boxed: Box<dyn Log> = Box::new(logger());
    let shared: Arc<dyn Log> = Arc::new(logger());
    assert!(format!("{:?}", Client::builder().logger(boxed).logger(shared)).contains("logger: set"));
}

/// Asserts that no line contains one of these secrets, as text or as the bytes of a hex dump.
fn assert_none_of(secrets: &[&str], lines: &[Line]) {
    let everything: String = lines.iter().map(|line| format!("{line:?}\n")).collect();
    // A hex dump shows a few bytes per line.
    let blank = |c: char| c.is_whitespace();
    let dumped: String = lines.iter().flat_map(|line| line.text.split(blank).take(8)).collect();
    for secret in secrets {
        let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
        assert!(!everything.contains(secret), "{secret}");
        assert!(!dumped.contains(&hex), "{secret}, dumped");
    }
    assert!(
        everything.contains("page") && lines.iter().any(|line| line.level == Level::Trace),
        "nothing was collected"
    );
}

#[test]
fn no_crate_logs_the_token() {
    let lines = logged(|| {
        let server = Server::in_turn([
            Response::whole(
                401,
                &[],
                r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}"#,
            ),
            Response::new().close(),
            Response::json("[]"),
            Response::json(page_of(&[service::participant(0)], 1, 1)),
        ]);
        let client = client(&server.url())
            .api_token(DISTINCT_TOKEN)
            .max_retry_wait(Duration::from_millis(1))
            .build()
            .expect("good settings");
        client.get_participants_page(&meeting(), NO_PARAMETERS).expect_err("refused");
        client.get_participants_page(&meeting(), NO_PARAMETERS).expect_err("no page");
        client.get_participants(&meeting()).expect("everyone");
        assert!(
            server
                .requests()
                .iter()
                .all(|request| request.header("Authorization").is_some_and(|value| value.ends_with(DISTINCT_TOKEN)))
        );
        log::debug!("{client:?}");
    });
    assert_none_of(&[DISTINCT_TOKEN, &DISTINCT_TOKEN[..16], &DISTINCT_TOKEN[18..]], &lines);
}

#[test]
fn no_crate_logs_the_api_key() {
    let lines = logged(|| {
        let server = Server::in_turn([Response::whole(403, &[], r#"{"success":false}"#)]);
        let builder = Client::builder().api_key(EMAIL, KEY).base_url(&server.url()).proxy("");
        log::debug!("{builder:?}");
        builder.build().expect("good settings").get_participants(&meeting()).expect_err("refused");
        assert_eq!(server.requests()[0].header("X-Auth-Key"), Some(KEY));
    });
    assert_none_of(&[KEY, &KEY[..16], &KEY[20..]], &lines);
}

#[test]
fn no_crate_logs_the_proxy_password() {
    let lines = logged(|| {
        let proxy = Server::in_turn([Response::whole(200, &[], ""), Response::json(page_of(&[], 0, 0))]);
        let url = format!("http://{PROXY_USER}:{PROXY_PASSWORD}@{}", proxy.address());
        let client = client("http://127.0.0.1:1").proxy(&url).build().expect("good settings");
        client.get_participants_page(&meeting(), NO_PARAMETERS).expect("a page");
        assert_eq!(proxy.requests()[0].header("Proxy-Authorization"), Some(format!("Basic {PROXY_BASIC}").as_str()));
        log::debug!("{client:?}");
        let refusing = Server::in_turn([Response::whole(407, &[], "")]);
        let url = format!("http://{PROXY_USER}:{PROXY_PASSWORD}@{}", refusing.address());
        let client = self::client("http://127.0.0.1:1").proxy(&url).max_retries(0).build().expect("good settings");
        let error = client.get_participants_page(&meeting(), NO_PARAMETERS).expect_err("refused by the proxy");
        log::debug!("page: {error} {error:?}");
    });
    assert_none_of(&[PROXY_PASSWORD, PROXY_BASIC, "cHJveHktdXNlcjpodW50ZXIyLWFuZ"], &lines);
}
