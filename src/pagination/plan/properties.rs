//! The promises of the plan, for services made up at random. They play in memory.

use testkit::model::{self, Failure, Method, Run, Sent, random};

use crate::pagination::simulation::{self, Page, Request};

/// About 5 s in a debug build.
const SERVICES: u32 = 10_000;

#[test]
fn the_promises_hold_whatever_a_service_gets_wrong() {
    random::run(SERVICES, |service| {
        let walk = |method| {
            let mut run = Run::new(service);
            let ask = |request| ask(&mut run, request);
            let everyone = match method {
                Method::List => simulation::list(service.connections as usize, ask),
                Method::Iterator => simulation::iterator(ask),
            };
            (everyone.map(seen), run)
        };
        model::check(service, walk).map(|_| ())
    });
}

fn ask(run: &mut Run, request: Request) -> Result<Option<Page>, Failure> {
    let sent = match request {
        Request::Page(number) => Some(run.fetch(number)?),
        Request::PageZero { must_exist } => run.probe_page_zero(must_exist)?,
    };
    Ok(sent.map(|sent: Sent| Page {
        total_count: sent.total_count(),
        start_offset: sent.start_offset(),
        numbers: sent.numbers,
    }))
}

fn seen(everyone: simulation::Everyone) -> model::Everyone {
    let simulation::Everyone { numbers, total_count, is_complete } = everyone;
    model::Everyone { numbers, total_count, is_complete }
}
