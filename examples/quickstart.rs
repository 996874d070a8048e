//! Prints the participants of a meeting as a table.
//!
//! With `CLOUDFLARE_API_TOKEN`, `CLOUDFLARE_ACCOUNT_ID`, `REALTIMEKIT_APP_ID` and `MEETING_ID` in the environment it
//! asks Cloudflare for everyone. Without one of them it starts a look-alike of the service, and prints the first ten of
//! its invented participants.

use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use participants::{Client, Meeting, Participants};
use testkit::credentials::TOKEN;
use testkit::service::{self, Service};

/// How many of the invented participants are printed.
const SHOWN: usize = 10;

fn main() -> ExitCode {
    match list(&mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        // `head`, for example, closes the pipe early.
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe) => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn list(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let set = |name: &str| match name {
        // An e-mail address and a key do instead of a token.
        "CLOUDFLARE_API_TOKEN" => set(name).or(set("CLOUDFLARE_EMAIL").and(set("CLOUDFLARE_API_KEY"))),
        _ => set(name),
    };
    let names = ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "REALTIMEKIT_APP_ID", "MEETING_ID"];
    if let [Some(_), Some(account_id), Some(app_id), Some(meeting_id)] = names.map(set) {
        let (client, meeting) = (Client::from_env()?, Meeting::new(&account_id, &app_id, &meeting_id)?);
        // Only checked values are printed: others may be a credential in the wrong place.
        let service = set("CLOUDFLARE_BASE_URL").unwrap_or("Cloudflare".into());
        writeln!(out, "Asking {service} for the participants who were added to meeting {meeting_id}.\n")?;
        let everyone = client.get_participants(&meeting)?;
        return print(out, &everyone, everyone.len());
    }
    let missing: Vec<&str> = names.into_iter().filter(|name| set(name).is_none()).collect();
    let service = Service::start(342);
    writeln!(out, "Asking a look-alike of RealtimeKit that runs at {} until this program ends.\n", service.url())?;
    let client = Client::builder().api_token(TOKEN).base_url(&service.url()).proxy("").build()?;
    let everyone =
        client.get_participants(&Meeting::new(service::ACCOUNT_ID, service::APP_ID, service::MEETING_ID)?)?;
    print(out, &everyone, SHOWN)?;
    writeln!(out, "\nThe look-alike was asked for {} pages. Its participants are invented.", service.requests())?;
    writeln!(out, "To list those of a real meeting, set what is not set in the environment: {}.", missing.join(", "))?;
    Ok(())
}

/// A table of the first `shown` participants, and how many there are.
fn print(out: &mut impl Write, everyone: &Participants, shown: usize) -> Result<(), Box<dyn Error>> {
    writeln!(out, "{:36}  {:24}  {:24}  preset", "id", "created", "name")?;
    for participant in everyone.iter().take(shown) {
        // Every field but the id may be missing.
        let or_dash = |text: Option<&str>| text.unwrap_or("-").replace(|c: char| c.is_control(), " ");
        let (created, name) = (or_dash(participant.created_at()), or_dash(participant.name()));
        writeln!(out, "{:36}  {created:24}  {name:24}  {}", participant.id(), or_dash(participant.preset_name()))?;
    }
    if everyone.len() > shown {
        writeln!(out, "... and {} more", everyone.len() - shown)?;
    }
    let complete = if everyone.is_complete() { "everyone" } else { "perhaps not everyone" };
    writeln!(out, "\n{} participants of {}: {complete}", everyone.len(), everyone.total_count())?;
    Ok(())
}
