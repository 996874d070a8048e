//! Everyone in a meeting, as a table.
//!
//! With `CLOUDFLARE_API_TOKEN`, `ACCOUNT_ID`, `APP_ID` and `MEETING_ID` in the environment it asks Cloudflare; without them, a look-alike of the
//! service that it starts itself.

#[path = "support/service.rs"]
#[allow(dead_code, reason = "shared with the other example and the tests")]
mod service;

use std::process::ExitCode;

use participants::{Client, Meeting, Participants};
use service::Service;

fn main() -> ExitCode {
    match list() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn list() -> Result<(), participants::Error> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let everyone = match (set("CLOUDFLARE_API_TOKEN"), set("ACCOUNT_ID"), set("APP_ID"), set("MEETING_ID")) {
        (Some(_), Some(account_id), Some(app_id), Some(meeting_id)) => {
            println!("Asking Cloudflare.\n");
            Client::from_env()?.get_participants(&Meeting::new(&account_id, &app_id, &meeting_id)?)?
        }
        _ => {
            let service = Service::start(342);
            println!("No CLOUDFLARE_API_TOKEN, ACCOUNT_ID, APP_ID and MEETING_ID in the environment:");
            println!("asking a look-alike of RealtimeKit that runs at {} until this program ends.\n", service.base_url());
            let client = Client::builder().api_token(service::TOKEN).base_url(&service.base_url()).proxy("").build()?;
            let everyone = client.get_participants(&Meeting::new(service::ACCOUNT_ID, service::APP_ID, service::MEETING_ID)?)?;
            println!("It was asked for {} pages.\n", service.requests());
            everyone
        }
    };
    print(&everyone);
    Ok(())
}

fn print(everyone: &Participants) {
    println!("{:36}  {:24}  {:24}  preset", "id", "created", "name");
    for participant in everyone {
        let name = participant.name().unwrap_or("-");
        println!(
            "{:36}  {:24}  {name:24}  {}",
            participant.id(),
            participant.created_at().unwrap_or("-"),
            participant.preset_name().unwrap_or("-")
        );
    }
    let complete = if everyone.is_complete() { "everyone" } else { "perhaps not everyone: the list changed while it was read" };
    println!("\n{} participants of {}: {complete}", everyone.len(), everyone.total_count());
}
