//! Keeps a look-alike of RealtimeKit running, to try the C example, a script or curl against. Ctrl-C ends it.
//!
//! The number of participants can be given: `cargo run --example service -- 10000`.

#[path = "support/service.rs"]
#[allow(dead_code, reason = "shared with the other example and the tests")]
mod service;

use service::Service;

fn main() {
    let participants = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(342);
    let service = Service::start(participants);
    println!("# A meeting of {participants} participants. In another terminal:");
    println!("export CLOUDFLARE_BASE_URL={}", service.base_url());
    println!("export CLOUDFLARE_API_TOKEN={}", service::TOKEN);
    println!("export ACCOUNT_ID={}", service::ACCOUNT_ID);
    println!("export APP_ID={}", service::APP_ID);
    println!("export MEETING_ID={}", service::MEETING_ID);
    loop {
        std::thread::park();
    }
}
