//! A service made up by the fuzzer, which lies, changes and fails, against the promises of the plan, in memory.

#![no_main]

mod input;

use input::Input;
use libfuzzer_sys::fuzz_target;
use participants::fuzzing::plan::{self, Everyone, Page, Request};
use testkit::model::{self, Failure, Method, Run, Service};

fuzz_target!(|input: Input| {
    let service = Service::from(input);
    let walk = |method| {
        let mut run = Run::new(&service);
        let ask = |request| ask(&mut run, request);
        let everyone = match method {
            Method::List => plan::list(service.connections as usize, ask),
            Method::Iterator => plan::iterator(ask),
        };
        (everyone.map(seen), run)
    };
    if let Err(broken) = model::check(&service, walk) {
        panic!("{broken}\n{service:#?}");
    }
});

fn ask(run: &mut Run, request: Request) -> Result<Option<Page>, Failure> {
    let sent = match request {
        Request::Page(number) => Some(run.fetch(number)?),
        Request::PageZero { must_exist } => run.probe_page_zero(must_exist)?,
    };
    Ok(sent.map(|sent| Page {
        total_count: sent.total_count(),
        start_offset: sent.start_offset(),
        numbers: sent.numbers,
    }))
}

fn seen(everyone: Everyone) -> model::Everyone {
    let Everyone { numbers, total_count, is_complete } = everyone;
    model::Everyone { numbers, total_count, is_complete }
}
