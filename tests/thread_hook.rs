//! `Builder::on_thread_start`: called first on each thread that the library starts.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, ThreadId};
use std::time::Duration;

use participants::{Builder, ErrorKind};
use testkit::meeting;
use testkit::paged_list::PagedList;

thread_local! {
    static HOOKED: Cell<bool> = const { Cell::new(false) };
}

/// Counts the calls of the hook that it sets, each of which must come on a new thread.
fn counted(builder: Builder) -> (Builder, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let (counter, caller): (_, ThreadId) = (Arc::clone(&calls), thread::current().id());
    let builder = builder.on_thread_start(move || {
        assert_ne!(thread::current().id(), caller, "the hook runs on the started thread");
        assert!(!HOOKED.replace(true), "the hook runs once per thread");
        counter.fetch_add(1, Ordering::SeqCst);
    });
    (builder, calls)
}

#[test]
fn hook_runs_on_each_page_fetching_thread() {
    let server = PagedList::of(1000).start();
    let (builder, calls) = counted(server.builder().max_connections(3));
    let client = builder.build().expect("a client");
    assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 1000);
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[test]
fn hook_runs_on_the_resolver_thread() {
    let server = PagedList::of(1).start();
    let url = server.url().replace("127.0.0.1", "localhost");
    assert!(url.contains("localhost"), "{url}");
    let (builder, calls) = counted(server.builder().base_url(&url));
    let client = builder.build().expect("a client");
    assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 1);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn hook_is_not_called_when_no_thread_is_started() {
    let server = PagedList::of(1000).start();
    let (builder, calls) = counted(server.builder().max_connections(1));
    let client = builder.build().expect("a client");
    assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 1000);
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

/// The result of a call, which must come soon: a call that hangs fails the test.
fn result_in_time<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> thread::Result<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let result = catch_unwind(AssertUnwindSafe(call));
        drop(sender.send(result));
    });
    receiver.recv_timeout(Duration::from_secs(30)).expect("the call ends")
}

#[test]
fn panicking_hook_ends_the_call() {
    let server = PagedList::of(1000).start();
    let client = server.builder().on_thread_start(|| panic!("on purpose")).build().expect("a client");
    let result = result_in_time(move || client.get_participants(&meeting()));
    assert!(result.is_err(), "the panic reaches the caller");
}

#[test]
fn panicking_hook_fails_the_name_lookup_at_once() {
    let server = PagedList::of(1).start();
    let url = server.url().replace("127.0.0.1", "localhost");
    let builder = server.builder().base_url(&url).max_retries(0).connect_timeout(Duration::from_secs(60));
    let client = builder.on_thread_start(|| panic!("on purpose")).build().expect("a client");
    let result = result_in_time(move || client.get_participants(&meeting())).expect("no panic reaches the caller");
    assert_eq!(result.expect_err("no addresses").status(), ErrorKind::Connection);
}
