//! A service made up by the fuzzer, which lies, changes and fails, against the promises of a walk over a real socket.

#![no_main]

mod input;

use std::cell::RefCell;

use input::Input;
use libfuzzer_sys::fuzz_target;
use testkit::model::{Service, Stage};

thread_local! {
    static STAGE: RefCell<Stage> = RefCell::new(Stage::start());
}

fuzz_target!(|input: Input| {
    let service = Service::from(input);
    if let Err(broken) = STAGE.with_borrow_mut(|stage| stage.play(&service)) {
        panic!("{broken}\n{service:#?}");
    }
});
