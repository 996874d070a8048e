//! The client and the meeting that the options and the environment ask for.

use std::fs;
use std::io::{self, Read};
use std::str::FromStr;
use std::time::Duration;

use participants::{Client, Meeting};

use crate::arguments::ClientOptions;
use crate::duration;
use crate::failure::Failure;
use crate::log_lines::LogLines;

/// The longest file that may hold a token, in bytes.
const MAX_TOKEN_FILE: u64 = 64 * 1024;

pub fn client(options: &ClientOptions) -> Result<Client, Failure> {
    let mut builder = Client::builder();
    if let Some(path) = &options.token_file {
        builder = builder.api_token(&token_in(path)?);
    } else if let Some(token) = &options.token {
        builder = builder.api_token(token);
    }
    // The library reads CLOUDFLARE_BASE_URL itself, and says so in its messages.
    if let Some(url) = &options.base_url {
        builder = builder.base_url(url);
    }
    if let Some(time) = time(options.timeout, "PARTICIPANTS_TIMEOUT")? {
        builder = builder.timeout(time);
    }
    if let Some(time) = time(options.connect_timeout, "PARTICIPANTS_CONNECT_TIMEOUT")? {
        builder = builder.connect_timeout(time);
    }
    if let Some(time) = time(options.deadline, "PARTICIPANTS_DEADLINE")? {
        builder = builder.deadline(time);
    }
    if let Some(retries) = count(options.max_retries, "PARTICIPANTS_MAX_RETRIES")? {
        builder = builder.max_retries(retries);
    }
    if let Some(time) = time(options.max_retry_wait, "PARTICIPANTS_MAX_RETRY_WAIT")? {
        builder = builder.max_retry_wait(time);
    }
    if let Some(connections) = count(options.max_connections, "PARTICIPANTS_MAX_CONNECTIONS")? {
        builder = builder.max_connections(connections);
    }
    if let Some(participants) = count(options.per_page, "PARTICIPANTS_PER_PAGE")? {
        builder = builder.per_page(participants);
    }
    let user_agent = text(&options.user_agent, "PARTICIPANTS_USER_AGENT")?;
    let user_agent = user_agent.unwrap_or(concat!("participants-cli/", env!("CARGO_PKG_VERSION")).to_string());
    builder = builder.user_agent(&user_agent);
    if let Some(url) = text(&options.proxy, "PARTICIPANTS_PROXY")? {
        builder = builder.proxy(&url);
    }
    if let Some(path) = text(&options.ca_file, "PARTICIPANTS_CA_FILE")? {
        builder = builder.ca_file(path);
    }
    let native_ca = variable("PARTICIPANTS_NATIVE_CA")?;
    if options.native_ca || native_ca.is_some_and(|value| matches!(value.as_str(), "1" | "true" | "yes" | "on")) {
        builder = builder.native_ca(true);
    }
    if options.verbose > 0 {
        builder = builder.logger(LogLines::new(options.verbose));
    }
    Ok(builder.build()?)
}

pub fn meeting(options: &ClientOptions, meeting_id: &str) -> Result<Meeting, Failure> {
    let required = |option: &Option<String>, flag: &str, name: &str| {
        text(option, name)?.ok_or_else(|| {
            Failure::usage(format!("which {}? There is no {flag}, and {name} is not set", flag.trim_start_matches('-')))
        })
    };
    let account_id = required(&options.account_id, "--account-id", "CLOUDFLARE_ACCOUNT_ID")?;
    let app_id = required(&options.app_id, "--app-id", "REALTIMEKIT_APP_ID")?;
    Ok(Meeting::new(&account_id, &app_id, meeting_id.trim())?)
}

/// The first line of a file, without blanks around it. Messages never show it.
fn token_in(path: &str) -> Result<String, Failure> {
    let mut content = String::new();
    let read = match path {
        "-" => io::stdin().take(MAX_TOKEN_FILE).read_to_string(&mut content),
        path => fs::File::open(path).and_then(|file| file.take(MAX_TOKEN_FILE).read_to_string(&mut content)),
    };
    read.map_err(|error| Failure::file(path, &error))?;
    match content.trim() {
        "" => Err(Failure::usage(format!("{path}: there is no token in it"))),
        token => Ok(token.to_string()),
    }
}

/// A variable's value without blanks around it. A blank one is not set.
fn variable(name: &str) -> Result<Option<String>, Failure> {
    match std::env::var_os(name).map(|value| value.into_string()) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(value.trim().to_string()).filter(|value| !value.is_empty())),
        Some(Err(_)) => Err(Failure::usage(format!("{name}: is not UTF-8"))),
    }
}

fn text(option: &Option<String>, name: &str) -> Result<Option<String>, Failure> {
    match option {
        Some(text) => Ok(Some(text.clone())),
        None => variable(name),
    }
}

fn time(option: Option<Duration>, name: &str) -> Result<Option<Duration>, Failure> {
    from_variable(option, name, duration::parse)
}

fn count(option: Option<u32>, name: &str) -> Result<Option<u32>, Failure> {
    from_variable(option, name, |text| u32::from_str(text).map_err(|_| "is no whole number".to_string()))
}

fn from_variable<T>(
    option: Option<T>,
    name: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, Failure> {
    match option {
        Some(value) => Ok(Some(value)),
        None => variable(name)?
            .map(|text| parse(&text).map_err(|problem| Failure::usage(format!("{name}: {problem}"))))
            .transpose(),
    }
}
