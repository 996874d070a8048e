//! Child clients: calls that end together, and share everything else.

use std::thread;
use std::time::{Duration, Instant};

use participants::{Client, ErrorKind};
use testkit::meeting;
use testkit::paged_list::PagedList;
use testkit::server::{Response, Server};

fn status_of(client: &Client) -> ErrorKind {
    client.get_participants(&meeting()).expect_err("an error").status()
}

fn answers(client: &Client) -> bool {
    client.get_participants(&meeting()).is_ok_and(|everyone| everyone.is_complete())
}

/// Answers "slow" accounts never, and all others at once.
fn service() -> Server {
    let list = PagedList::of(250);
    Server::start(move |request| match request.account() {
        "slow" => Response::new().hang(),
        _ => list.respond(request),
    })
}

fn slow_meeting() -> participants::Meeting {
    participants::Meeting::new("slow", "app", testkit::service::MEETING_ID).expect("good ids")
}

/// Starts a call that never ends by itself.
fn start_slow_call(client: &Client) -> thread::JoinHandle<ErrorKind> {
    let client = client.clone();
    thread::spawn(move || client.get_participants(&slow_meeting()).expect_err("no response").status())
}

/// A client that waits as long as the service asks for.
fn patient_client(server: &Server) -> Client {
    server.builder().max_retry_wait(Duration::from_secs(60)).build().expect("a client")
}

#[test]
fn children_of_eight_threads_share_eight_connections() {
    let server = PagedList::of(10).start();
    let client = server.client();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..100).for_each(|_| assert!(answers(&client.child()))));
        }
    });
    assert_eq!(server.request_count(), 800);
    assert!(server.connection_count() <= 8, "{}", server.connection_count());
}

#[test]
fn shutdown_of_a_child_ends_its_own_calls_alone() {
    let server = service();
    let client = server.client();
    let (ended, other) = (client.child(), client.child());
    let calls = [&client, &ended, &other].map(start_slow_call);
    server.await_requests(3);
    let began = Instant::now();
    ended.shutdown();
    let [of_client, of_ended, of_other] = calls;
    assert_eq!(of_ended.join().expect("no panic"), ErrorKind::Cancelled);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(status_of(&ended), ErrorKind::Cancelled);
    assert!(!of_client.is_finished() && !of_other.is_finished());
    assert!(answers(&client) && answers(&other) && answers(&client.child()));
    client.shutdown();
    assert_eq!([of_client, of_other].map(|call| call.join().expect("no panic")), [ErrorKind::Cancelled; 2]);
}

#[test]
fn shutdown_of_a_parent_ends_its_children_and_theirs() {
    let server = service();
    let client = server.client();
    let child = client.child();
    let grandchild = child.child();
    let calls = [&child, &grandchild].map(start_slow_call);
    server.await_requests(2);
    client.shutdown();
    assert_eq!(calls.map(|call| call.join().expect("no panic")), [ErrorKind::Cancelled; 2]);
    let late = client.child();
    drop(client);
    assert_eq!([&child, &grandchild, &late].map(status_of), [ErrorKind::Cancelled; 3]);
}

#[test]
fn shutdown_of_a_child_ends_its_iterators_and_waits_alone() {
    let server = Server::start(|request| match request.account() {
        "slow" => Response::whole(503, &[("Retry-After", "50")], "{}"),
        _ => Response::json(testkit::page_of(&[testkit::service::participant(0)], 1, 1)),
    });
    let client = patient_client(&server);
    let (iterating, waiting) = (client.child(), client.child());
    let mut participants = iterating.iter_participants(&meeting());
    let call = start_slow_call(&waiting);
    server.await_requests(1);
    thread::sleep(Duration::from_millis(50));
    iterating.shutdown();
    assert_eq!(participants.next().expect("an error").expect_err("an error").status(), ErrorKind::Cancelled);
    assert!(!call.is_finished());
    waiting.shutdown();
    assert_eq!(call.join().expect("no panic"), ErrorKind::Cancelled);
    assert!(answers(&client));
}

#[test]
fn shutdown_of_a_child_keeps_the_idle_connections_of_its_parent() {
    let server = PagedList::of(10).start();
    let client = server.client();
    assert!(answers(&client));
    client.child().shutdown();
    assert!(answers(&client));
    assert_eq!(server.connection_count(), 1);
}

#[test]
fn child_outlives_its_parent_and_shares_its_quota() {
    let server = Server::in_turn([
        Response::whole(
            200,
            &[("Ratelimit", "\"default\";r=0;t=1")],
            testkit::page_of(&[testkit::service::participant(0)], 1, 1),
        ),
        Response::json(testkit::page_of(&[testkit::service::participant(0)], 1, 1)),
    ]);
    let client = patient_client(&server);
    assert!(answers(&client));
    let child = client.child();
    drop(client);
    let began = Instant::now();
    assert!(answers(&child));
    assert!(began.elapsed() > Duration::from_millis(500), "{:?}", began.elapsed());
}

#[test]
fn a_million_nested_children_are_freed_without_recursion() {
    let server = PagedList::of(10).start();
    let mut client = server.client();
    for _ in 0..1_000_000 {
        client = client.child();
    }
    client.shutdown();
    assert_eq!(status_of(&client), ErrorKind::Cancelled);
}
