//! Plays models over a real socket, one after another: a server, and clients that keep their connections to it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use participants::{Client, Error, Meeting};
use serde_json::Value;

use super::promises::promise;
use super::{Everyone, Failure, Figures, Method, Run, Service, Total, check};
use crate::credentials::TOKEN;
use crate::paged_list::{envelope, number};
use crate::server::{Response, Server};

/// The most clients that are kept. Each has connections, and the server has a thread for each of these.
const MAX_CLIENTS: usize = 16;

pub struct Stage {
    /// Dropped before the server, which waits until their connections are closed: wine does not wake a thread when its
    /// socket is shut down.
    clients: HashMap<(u32, u32), Client>,
    server: Server,
    current: Arc<Mutex<Option<(usize, Run)>>>,
    runs: usize,
    requests: usize,
}

impl Stage {
    pub fn start() -> Self {
        let current = Arc::new(Mutex::new(None::<(usize, Run)>));
        let playing = Arc::clone(&current);
        let server = Server::start(move |request| match &mut *lock(&playing) {
            Some((number, run)) if request.target().contains(&account(*number)) => {
                let page = request.page_no().expect("a walk asks by number");
                match run.answer(page, request.query("per_page")) {
                    Ok(sent) => Response::json(envelope(sent.numbers, sent.paging.map(json).as_deref())),
                    Err(status) => Response::whole(status, &[], "{}"),
                }
            }
            // A page that was in flight when an earlier call ended.
            _ => Response::whole(404, &[], "{}"),
        });
        Stage { server, current, clients: HashMap::new(), runs: 0, requests: 0 }
    }

    /// How many requests were sent so far.
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// Asks a service for everyone by all methods, and checks the promises.
    pub fn play(&mut self, service: &Service) -> Result<(), String> {
        let everyone = check(service, |method| match method {
            Method::List => self.ask(service, list),
            Method::Iterator => self.ask(service, iterator),
        })?;
        if let Some(everyone) = everyone {
            let (json, _) = self.ask(service, as_json);
            let json = json.map_err(|failure| format!("as JSON: {failure:?}"))?.sort_for(service);
            let is_same = (&json.numbers, json.total_count) == (&everyone.numbers, everyone.total_count);
            promise(is_same, || format!("the JSON disagrees: {everyone:?} and {json:?}"))?;
        }
        Ok(())
    }

    fn ask(
        &mut self,
        service: &Service,
        walk: fn(&Client, &Meeting) -> Result<Everyone, Error>,
    ) -> (Result<Everyone, Failure>, Run) {
        self.runs += 1;
        self.server.forget();
        *lock(&self.current) = Some((self.runs, Run::new(service)));
        let url = self.server.url();
        if self.clients.len() == MAX_CLIENTS {
            self.clients.clear();
        }
        let client = self.clients.entry((service.per_page, service.connections)).or_insert_with(|| {
            let builder = Client::builder().api_token(TOKEN).base_url(&url).proxy("").max_retry_wait(Duration::ZERO);
            builder.per_page(service.per_page).max_connections(service.connections).build().expect("a client")
        });
        let meeting =
            Meeting::new(&account(self.runs), "app", "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e").expect("three ids");
        let everyone = walk(client, &meeting).map_err(|error| Failure {
            page: error.page(),
            status: error.http_status(),
            message: error.to_string(),
        });
        let (_, run) = lock(&self.current).take().expect("nobody else takes it");
        self.requests += run.requests();
        (everyone, run)
    }
}

fn list(client: &Client, meeting: &Meeting) -> Result<Everyone, Error> {
    let everyone = client.get_participants(meeting)?;
    let numbers = everyone.iter().map(|participant| number(participant.id())).collect();
    Ok(Everyone { numbers, total_count: everyone.total_count(), is_complete: everyone.is_complete() })
}

fn iterator(client: &Client, meeting: &Meeting) -> Result<Everyone, Error> {
    let mut participants = client.iter_participants(meeting);
    let numbers =
        participants.by_ref().map(|participant| Ok(number(participant?.id()))).collect::<Result<_, Error>>()?;
    Ok(Everyone { numbers, total_count: participants.total_count(), is_complete: participants.is_complete() })
}

/// The JSON does not say whether it is complete.
fn as_json(client: &Client, meeting: &Meeting) -> Result<Everyone, Error> {
    let json: Value = serde_json::from_str(&client.get_participants_json(meeting)?).expect("JSON");
    let data = json["data"].as_array().into_iter().flatten();
    Ok(Everyone {
        numbers: data.map(|participant| number(participant["id"].as_str().unwrap_or_default())).collect(),
        total_count: json["paging"]["total_count"].as_u64().unwrap_or(0),
        is_complete: false,
    })
}

/// The JSON of a page's `paging`.
fn json(figures: Figures) -> String {
    let mut members = Vec::new();
    match figures.total {
        Total::Count(total) => members.push(format!(r#""total_count":{total}"#)),
        Total::Unusable("") => {}
        Total::Unusable(json) => members.push(format!(r#""total_count":{json}"#)),
    }
    if let Some([start, end]) = figures.start_and_end {
        members.push(format!(r#""start_offset":{start},"end_offset":{end}"#));
    }
    format!("{{{}}}", members.join(","))
}

fn account(run: usize) -> String {
    format!("run-{run}-")
}

fn lock<T>(current: &Mutex<T>) -> MutexGuard<'_, T> {
    current.lock().unwrap_or_else(PoisonError::into_inner)
}
