//! Services made up at random, with all that they may get wrong and all that may happen meanwhile, over a real socket.

use std::cell::RefCell;

use testkit::model::{Stage, random};

/// How many services are tried. `PARTICIPANTS_TEST_SERVICES` asks for another number.
const SERVICES: u32 = 300;

#[test]
fn the_promises_hold_whatever_a_service_gets_wrong() {
    let services =
        std::env::var("PARTICIPANTS_TEST_SERVICES").ok().and_then(|number| number.parse().ok()).unwrap_or(SERVICES);
    let (stage, played) = (RefCell::new(Stage::start()), RefCell::new(0));
    random::run(services, |service| {
        *played.borrow_mut() += 1;
        stage.borrow_mut().play(service)
    });
    let (played, requests) = (played.into_inner(), stage.borrow().requests());
    println!("{played} services, {requests} requests");
    assert!(played >= services && requests as u64 >= u64::from(services) * 4, "{played} services, {requests} requests");
}
