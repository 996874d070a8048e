//! The client and the meeting that the options and the environment ask for.

use std::str::FromStr;
use std::time::Duration;

use participants::{Builder, Client, Meeting};

use crate::arguments::ClientOptions;
use crate::duration;
use crate::failure::Failure;
use crate::input;
use crate::log_lines::LogLines;

/// The longest file that may hold a token, in bytes.
const MAX_TOKEN_FILE: u64 = 64 * 1024;

const USER_AGENT: &str = concat!("participants-cli/", env!("CARGO_PKG_VERSION"));

pub fn client(options: &ClientOptions) -> Result<Client, Failure> {
    let mut builder = Client::builder();
    let token = match &options.token_file {
        Some(path) => Some(token_in(path)?),
        None => options.token.clone(),
    };
    builder = with(builder, token, |builder, token| builder.api_token(&token));
    // The library reads CLOUDFLARE_BASE_URL itself, and says so in its messages.
    builder = with(builder, options.base_url.as_deref(), Builder::base_url);
    builder = with(builder, time(options.timeout, "PARTICIPANTS_TIMEOUT")?, Builder::timeout);
    builder = with(builder, time(options.connect_timeout, "PARTICIPANTS_CONNECT_TIMEOUT")?, Builder::connect_timeout);
    builder = with(builder, time(options.deadline, "PARTICIPANTS_DEADLINE")?, Builder::deadline);
    builder = with(builder, count(options.max_retries, "PARTICIPANTS_MAX_RETRIES")?, Builder::max_retries);
    builder = with(builder, time(options.max_retry_wait, "PARTICIPANTS_MAX_RETRY_WAIT")?, Builder::max_retry_wait);
    builder = with(builder, count(options.max_connections, "PARTICIPANTS_MAX_CONNECTIONS")?, Builder::max_connections);
    builder = with(builder, per_page(options)?, Builder::per_page);
    let user_agent = text(&options.user_agent, "PARTICIPANTS_USER_AGENT")?;
    builder = builder.user_agent(user_agent.as_deref().unwrap_or(USER_AGENT));
    builder = with(builder, text(&options.proxy, "PARTICIPANTS_PROXY")?, |builder, url| builder.proxy(&url));
    builder = with(builder, text(&options.ca_file, "PARTICIPANTS_CA_FILE")?, Builder::ca_file);
    let native_ca = from_variable(options.native_ca.then_some(true), "PARTICIPANTS_NATIVE_CA", |text| match text {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err("is neither true nor false".to_string()),
    })?;
    builder = with(builder, native_ca, Builder::native_ca);
    if options.verbose > 0 {
        builder = builder.logger(LogLines::new(options.verbose));
    }
    Ok(builder.build()?)
}

/// Sets what has a value.
fn with<T>(builder: Builder, value: Option<T>, set: impl FnOnce(Builder, T) -> Builder) -> Builder {
    match value {
        Some(value) => set(builder, value),
        None => builder,
    }
}

/// How many participants to ask for in a page, if somebody has said so.
pub fn per_page(options: &ClientOptions) -> Result<Option<u32>, Failure> {
    count(options.per_page, "PARTICIPANTS_PER_PAGE")
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

/// The content of a file, without blanks around it. Messages never show it.
fn token_in(path: &str) -> Result<String, Failure> {
    let content = input::read(path, MAX_TOKEN_FILE).map_err(|error| Failure::file(path, &error))?;
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
    from_variable(option, name, |text| u32::from_str(text).map_err(|_| "is not a whole number".to_string()))
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
