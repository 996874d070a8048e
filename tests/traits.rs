//! The standard traits of the public types.

use std::collections::{BTreeSet, HashSet};
use std::panic::{RefUnwindSafe, UnwindSafe};

use participants::{
    Builder, Client, Error, ErrorKind, Field, Meeting, PageRequest, Participant, ParticipantIter, Participants,
    ServiceError,
};
use testkit::server::{Response, Server};
use testkit::{NO_PARAMETERS, meeting};

fn crosses_threads_and_panics<T: Send + Sync + UnwindSafe + RefUnwindSafe>() {}

/// The compiler checks this.
#[test]
fn every_type_may_be_sent_and_shared_and_outlive_a_panic() {
    crosses_threads_and_panics::<Builder>();
    crosses_threads_and_panics::<Client>();
    crosses_threads_and_panics::<Error>();
    crosses_threads_and_panics::<ErrorKind>();
    crosses_threads_and_panics::<Field>();
    crosses_threads_and_panics::<Meeting>();
    crosses_threads_and_panics::<PageRequest>();
    crosses_threads_and_panics::<Participant>();
    crosses_threads_and_panics::<ParticipantIter>();
    crosses_threads_and_panics::<Participants>();
    crosses_threads_and_panics::<ServiceError>();
}

/// The pages that these bodies are read as.
fn pages<const N: usize>(bodies: [String; N]) -> [Participants; N] {
    let server = Server::in_turn(bodies.map(Response::json));
    let client = server.client();
    std::array::from_fn(|_| client.get_participants_page(&meeting(), NO_PARAMETERS).expect("a page"))
}

fn page(elements: &str, total: u64) -> String {
    format!(r#"{{"data":[{elements}],"paging":{{"total_count":{total}}},"success":true}}"#)
}

#[test]
fn participants_are_equal_and_hash_alike_when_the_service_sent_the_same_text() {
    let sent = [
        r#"{"id":"a","name":"Zo\u00eb","more":{"deep":[1.0]}}"#,
        r#"{"id":"a","name":"Zoë","more":{"deep":[1.0]}}"#,
        r#"{"id":"a","name":"Zo\u00eb","more":{"deep":[1.00]}}"#,
        r#"{"id":"a","name":"Zo\u00eb", "more":{"deep":[1.0]}}"#,
        r#"{"id":"a","name":"Zo\u00eb"}"#,
        r#"{"id":"a","name":null}"#,
        r#"{"id":"a"}"#,
        r#"{"id":"b"}"#,
    ];
    let reversed: Vec<&str> = sent.iter().rev().copied().collect();
    // On the second page they have other neighbours, another order and blanks around them.
    let [first, second] = pages([page(&sent.join(","), 8), page(&format!(" {} ", reversed.join(" , ")), 8)]);
    for (i, ours) in first.iter().enumerate() {
        for (j, theirs) in second.iter().rev().enumerate() {
            assert_eq!(ours == theirs, i == j, "{} {}", sent[i], sent[j]);
        }
    }
    let distinct: HashSet<&Participant> = first.iter().chain(&second).collect();
    assert_eq!(distinct.len(), sent.len());
}

#[test]
fn lists_are_equal_when_their_participants_and_totals_are() {
    let (one, other) = (r#"{"id":"a"}"#, r#"{"id":"b"}"#);
    let both = format!("{one},{other}");
    let [list, same, shorter, turned, longer_total] =
        pages([page(&both, 2), page(&both, 2), page(one, 2), page(&format!("{other},{one}"), 2), page(&both, 3)]);
    assert_eq!(list, same);
    assert_eq!(list, list.clone());
    for different in [shorter, turned, longer_total] {
        assert_ne!(list, different);
    }
}

const KINDS: [ErrorKind; 12] = [
    ErrorKind::InvalidArgument,
    ErrorKind::Connection,
    ErrorKind::Timeout,
    ErrorKind::Authentication,
    ErrorKind::PermissionDenied,
    ErrorKind::NotFound,
    ErrorKind::RateLimited,
    ErrorKind::Server,
    ErrorKind::Api,
    ErrorKind::Decode,
    ErrorKind::Cancelled,
    ErrorKind::Internal,
];

#[test]
fn every_kind_of_error_has_its_own_words() {
    let words: BTreeSet<String> = KINDS.iter().map(ToString::to_string).collect();
    assert_eq!(words.len(), KINDS.len(), "{words:?}");
    assert!(words.iter().all(|words| words.chars().all(|c| c.is_ascii_lowercase() || c == ' ')), "{words:?}");
    assert_eq!(format!("{:>12}|", ErrorKind::Timeout), "   timed out|");
}
