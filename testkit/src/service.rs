//! The look-alike of RealtimeKit on loopback: the participants endpoint of one meeting. It pages and checks the token
//! as the service does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mockito::{Matcher, Request, Server, ServerOpts};

use crate::credentials::TOKEN;
use crate::request::query;

pub const ACCOUNT_ID: &str = "023e105f4ecef8ad9ca31a8372d0c353";
pub const APP_ID: &str = "14a396e7-ca44-4937-bf1f-050a69118543";
pub const MEETING_ID: &str = "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e";

/// How many participants a page holds when the request does not say.
const PER_PAGE: usize = 20;

const NOT_FOUND: &str = r#"{"success":false,"error":{"code":404,"message":"No meeting found"}}"#;
const UNAUTHORIZED: &str =
    r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[],"result":null}"#;

/// Runs until it is dropped.
pub struct Service {
    server: Server,
    requests: Arc<AtomicUsize>,
}

impl Service {
    /// A meeting of this many participants.
    pub fn start(participants: usize) -> Self {
        let mut server = Server::new_with_opts(ServerOpts::default());
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        server
            .mock("GET", Matcher::Any)
            .with_header("Content-Type", "application/json")
            .with_header("CF-Ray", "8f0000000000abcd-FRA")
            .with_header("Ratelimit", "\"default\";r=1000;t=300")
            .with_status_code_from_request(status)
            .with_body_from_request(move |request| match status(request) {
                200 => {
                    counted.fetch_add(1, Ordering::Relaxed);
                    page(request, participants).into_bytes()
                }
                401 => UNAUTHORIZED.into(),
                _ => NOT_FOUND.into(),
            })
            .create();
        Service { server, requests }
    }

    /// The base URL for clients of this service.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// How many pages were sent so far.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

fn status(request: &Request) -> usize {
    let authorization = request.header("Authorization").first().and_then(|value| value.to_str().ok());
    if request.path() != format!("/accounts/{ACCOUNT_ID}/realtime/kit/{APP_ID}/meetings/{MEETING_ID}/participants") {
        404
    } else if authorization != Some(&format!("Bearer {TOKEN}")) {
        401
    } else {
        200
    }
}

/// The id of the participant with this index, from 0.
pub fn id(index: usize) -> String {
    format!("{index:08x}-0000-4000-8000-{index:012x}")
}

/// A participant as the service sends it. Every third has no name, every other no picture.
pub fn participant(index: usize) -> String {
    let name = if index % 3 == 2 { String::new() } else { format!(r#","name":"Participant {index}""#) };
    let picture = if index % 2 == 0 {
        format!(r#","picture":"https://example.com/{index}.png""#)
    } else {
        r#","picture":null"#.into()
    };
    let (id, minute, second) = (id(index), index / 60 % 60, index % 60);
    format!(
        r#"{{"id":"{id}","created_at":"2026-03-01T09:{minute:02}:{second:02}.000Z","updated_at":"2026-03-01T10:00:00.117Z","custom_participant_id":"user-{index}","preset_name":"group_call_participant"{name}{picture}}}"#
    )
}

fn page(request: &Request, total: usize) -> String {
    let number = |name: &str| query(request.path_and_query(), name).map(|number| number as usize);
    let per_page = number("per_page").unwrap_or(PER_PAGE).max(1);
    let start = number("page_no").unwrap_or(1).saturating_sub(1).saturating_mul(per_page).min(total);
    let end = start.saturating_add(per_page).min(total);
    let data: Vec<String> = (start..end).map(participant).collect();
    let first = if start < end { start + 1 } else { end };
    format!(
        r#"{{"data":[{}],"paging":{{"total_count":{total},"start_offset":{first},"end_offset":{end}}},"success":true}}"#,
        data.join(",")
    )
}
