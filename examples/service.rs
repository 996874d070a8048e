//! Runs a look-alike of RealtimeKit for the other examples, a script or curl, until Ctrl-C.
//!
//! The argument is the number of participants: `cargo run --example service -- 10000`.

use std::io::{self, Write};

use testkit::credentials::TOKEN;
use testkit::service::{self, Service};

fn main() -> io::Result<()> {
    let participants = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(342);
    let service = Service::start(participants);
    let mut out = io::stdout();
    writeln!(out, "# A meeting of {participants} invented participants. In another terminal:")?;
    writeln!(out, "export CLOUDFLARE_BASE_URL={}", service.url())?;
    writeln!(out, "export CLOUDFLARE_API_TOKEN={}", TOKEN)?;
    writeln!(out, "export CLOUDFLARE_ACCOUNT_ID={}", service::ACCOUNT_ID)?;
    writeln!(out, "export REALTIMEKIT_APP_ID={}", service::APP_ID)?;
    writeln!(out, "export MEETING_ID={}", service::MEETING_ID)?;
    loop {
        std::thread::park();
    }
}
