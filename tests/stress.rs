//! Many threads share one client of a flaky service, and its shutdown ends them.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use participants::{Client, Error, ErrorKind, Meeting, PageRequest};
use testkit::everyone::{self, Everyone};
use testkit::meeting;
use testkit::paged_list::{self, PagedList};
use testkit::server::{Response, Server};

const THREADS: usize = 16;

const COUNT: u64 = 700;

/// Half of the requests have a problem, each kind in turn.
fn flaky() -> Server {
    let pages = PagedList::of(COUNT);
    Server::start(move |request| {
        let answer = pages.respond(request);
        match request.number % 12 {
            0 => Response::new().close(),
            1 => Response::new().reset(),
            2 => Response::whole(503, &[], "<html>"),
            3 => Response::whole(429, &[("Retry-After", "0")], "{}"),
            4 => answer.cut(1000),
            5 => answer.after(Duration::from_millis(20)),
            _ => answer,
        }
    })
}

/// Calls with one method after another until one fails. Everything returned before that must be true.
fn ask_until_it_fails(client: &Client, turn: usize) -> Error {
    for turn in turn.. {
        let failed = match turn % 3 {
            0 => everyone::get_participants(client).map(is_everyone),
            1 => everyone::iter_participants(client).map(is_everyone),
            _ => {
                let page = PageRequest { page_no: Some(2), per_page: Some(50) };
                client
                    .get_participants_page(&meeting(), page)
                    .map(|page| assert!(page.iter().map(|p| paged_list::number(p.id())).eq(50..100)))
            }
        };
        if let Err(error) = failed {
            return error;
        }
    }
    unreachable!("a thread has only so many turns")
}

fn is_everyone(everyone: Everyone) {
    assert!(everyone.numbers.iter().copied().eq(0..COUNT), "{everyone:?}");
    assert!(everyone.is_complete);
}

/// Shuts down the client of many threads after so many requests, and checks that all of them end with the right error.
fn shut_down_after(requests: usize) {
    let server = flaky();
    let client = server.builder().max_retries(100).build().expect("a client");
    let (sender, ends) = mpsc::channel();
    for turn in 0..THREADS {
        let (client, sender) = (client.clone(), sender.clone());
        thread::spawn(move || sender.send(ask_until_it_fails(&client, turn)));
    }
    drop(sender);
    server.await_requests(requests);
    client.shutdown();
    for _ in 0..THREADS {
        // A thread ends without sending only if it panics.
        let error = ends.recv_timeout(Duration::from_secs(30)).expect("a thread hangs or has panicked");
        assert_eq!(error.status(), ErrorKind::Cancelled, "{error}");
    }
}

#[test]
fn threads_get_everyone_until_shutdown_ends_them() {
    shut_down_after(3000);
}

#[test]
fn shutdown_at_any_moment_ends_all_threads() {
    for requests in (0..20).chain([30, 50, 80, 130]) {
        shut_down_after(requests);
    }
}

#[test]
fn failed_call_disturbs_no_other_call_of_the_client() {
    const FORBIDDEN: &str = "00000000-0000-0000-0000-000000000403";
    let pages = PagedList::of(COUNT).latency(|request| Duration::from_millis(request.number as u64 % 7));
    let server = Server::start(move |request| match (request.target().contains(FORBIDDEN), request.page_no()) {
        (false, _) | (_, Some(1)) => pages.respond(request),
        (true, Some(3)) => Response::whole(403, &[], "{}"),
        (true, _) => Response::new().hang(),
    });
    let client = server.builder().max_retries(0).build().expect("a client");
    thread::scope(|scope| {
        for turn in 0..THREADS {
            let client = &client;
            scope.spawn(move || {
                for _ in 0..10 {
                    if turn % 2 == 0 {
                        is_everyone(everyone::get_participants(client).expect("everyone"));
                    } else {
                        let forbidden = Meeting::new("account", "app", FORBIDDEN).expect("three ids");
                        let error = client.get_participants(&forbidden).expect_err("it is forbidden");
                        assert_eq!((error.status(), error.page()), (ErrorKind::PermissionDenied, Some(3)));
                    }
                }
            });
        }
    });
}
