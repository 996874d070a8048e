//! What ends the command other than success: two lines on stderr, and an exit code.

use std::io;
use std::process::ExitCode;

use participants::{Error, ErrorKind};

use crate::safe::print_note;

/// The participant that was asked for is not on the list; the lists differ.
pub const ABSENT: u8 = 1;
/// The command line, a setting or an id is not valid.
pub const USAGE: u8 = 2;
/// What was printed may not be everyone.
pub const INCOMPLETE: u8 = 14;
/// A file could not be read or written.
pub const FILE: u8 = 15;

/// All exit codes, for the help. Those of errors are the numbers of `rtk_status` of the C interface.
pub const EXIT_CODES: &str = "\
Exit codes:
   0  success
   1  find: not on the list, and the list is complete; diff: there are differences
   2  the command line, a setting or an id is not valid
   3  no connection, or it was lost
   4  a timeout or the deadline has passed
   5  the service does not accept the credential
   6  the credential is not allowed to read this
   7  there is no such account, app or meeting
   8  too many requests
   9  the service failed
  10  the service reported another failure
  11  the response is not what the API promises
  12  cancelled
  13  a bug
  14  the list may not be complete: what was printed is right, but somebody may be missing
  15  a token file, a list or the output could not be read or written";

/// Why the command ends without success.
#[derive(Debug)]
pub enum Failure {
    /// With these lines on stderr.
    Reported { code: u8, what: String, todo: String },
    /// Without a word: the exit code says it.
    Silent(u8),
    /// Whoever reads the output has closed it.
    ClosedPipe,
}

impl Failure {
    pub fn new(code: u8, what: impl Into<String>, todo: impl Into<String>) -> Self {
        Failure::Reported { code, what: what.into(), todo: todo.into() }
    }

    pub fn usage(what: impl Into<String>) -> Self {
        Failure::new(USAGE, what, "See participants --help.")
    }

    /// A list that may not be everyone. `found` are without filters; `total` is 0 if the service said none.
    pub fn incomplete(found: u64, total: u64) -> Self {
        let what = match total.checked_sub(found) {
            Some(missing @ 1..) => format!("the list is not complete: {missing} of {total} participants are missing"),
            _ if total == 0 => {
                format!("the list may not be complete: {found} participants, and the service does not say how many")
            }
            _ => format!("the list may not be complete: it changed while it was read ({found} participants)"),
        };
        Failure::new(
            INCOMPLETE,
            what,
            "Run the command again; the list changes while participants are added or removed.",
        )
    }

    pub fn file(path: &str, error: &io::Error) -> Self {
        Failure::new(FILE, format!("{path}: {error}"), "Check the name of the file and its permissions.")
    }

    /// Prints the two lines, and returns the exit code.
    pub fn report(self) -> ExitCode {
        match self {
            Failure::Reported { code, what, todo } => {
                print_note(&format!("participants: {what}"));
                print_note(&todo);
                ExitCode::from(code)
            }
            Failure::Silent(code) => ExitCode::from(code),
            Failure::ClosedPipe => ExitCode::SUCCESS,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if error.status() == ErrorKind::InvalidArgument {
            return invalid_argument(&error.to_string());
        }
        let mut todo = advice(error.status()).to_string();
        if let Some(wait) = error.retry_after() {
            todo = format!("The service asks to wait {} s. {todo}", wait.as_secs_f64().ceil());
        }
        Failure::new(error.status() as i32 as u8, error.to_string(), todo)
    }
}

/// What stdout refuses.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
            _ => Failure::new(FILE, format!("standard output: {error}"), "Is the disk full?"),
        }
    }
}

/// The library's message about a setting, with the name that it has here.
fn invalid_argument(message: &str) -> Failure {
    let (setting, problem) = message.split_once(": ").unwrap_or(("", message));
    let option = match setting {
        "api_token" if problem.starts_with("there is no credential") => {
            return Failure::new(USAGE, "there is no token", "Set CLOUDFLARE_API_TOKEN, or give --token-file FILE.");
        }
        "meeting_id" => "MEETING".to_string(),
        "page_no" => "--page".to_string(),
        "account_id" | "app_id" | "base_url" | "timeout" | "connect_timeout" | "deadline" | "max_retries"
        | "max_retry_wait" | "max_connections" | "per_page" | "user_agent" | "proxy" | "ca_file" | "native_ca" => {
            format!("--{}", setting.replace('_', "-"))
        }
        other => other.to_string(),
    };
    let what = if option.is_empty() { problem.to_string() } else { format!("{option}: {problem}") };
    Failure::new(USAGE, what, "Check the ids, the options and the environment: see participants --help.")
}

fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Connection => {
            "Check the network, the address (--base-url), the proxy (HTTPS_PROXY, --proxy) and the certificates \
             (--ca-file)."
        }
        ErrorKind::Timeout => "Try again, or allow more time: --timeout, --connect-timeout, --deadline.",
        ErrorKind::Authentication => "Check the token in CLOUDFLARE_API_TOKEN or in the file of --token-file.",
        ErrorKind::PermissionDenied => "The token needs the permission Realtime or Realtime Admin for this account.",
        ErrorKind::NotFound => {
            "Check the account (--account-id), the app (--app-id), the meeting and the address (--base-url)."
        }
        ErrorKind::RateLimited => "Try again later, or wait longer: --max-retry-wait.",
        ErrorKind::Server => "The service has a problem. Try again later, or allow more retries: --max-retries.",
        ErrorKind::Api => "The message above is the service's own.",
        ErrorKind::Decode => "Check the base URL (CLOUDFLARE_BASE_URL) and what is between you and the service.",
        ErrorKind::Cancelled => "Run the command again.",
        _ => "Please report this as a bug of participants.",
    }
}
