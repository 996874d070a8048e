//! Runs the built command.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use testkit::credentials::TOKEN;
use testkit::service::{ACCOUNT_ID, APP_ID, MEETING_ID};
use testkit::{build, environment, page_of};

pub const MEETING: &str = MEETING_ID;

/// Exit codes.
pub const ABSENT: i32 = 1;
pub const USAGE: i32 = 2;
pub const INCOMPLETE: i32 = 14;
pub const FILE: i32 = 15;

/// The command without any variable that it reads.
pub fn bare(arguments: &[&str]) -> Command {
    let mut command = build::start(env!("CARGO_BIN_EXE_participants").into());
    environment::clear(&mut command).args(arguments).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars() {
        if name.starts_with("PARTICIPANTS_") || name.starts_with("REALTIMEKIT_") || name == "CLOUDFLARE_ACCOUNT_ID" {
            command.env_remove(name);
        }
    }
    command
}

/// The command, asking this service, with the ids and the token of the tests.
pub fn command(url: &str, arguments: &[&str]) -> Command {
    let mut command = bare(arguments);
    command
        .env("CLOUDFLARE_BASE_URL", url)
        .env("CLOUDFLARE_API_TOKEN", TOKEN)
        .env("CLOUDFLARE_ACCOUNT_ID", ACCOUNT_ID)
        .env("REALTIMEKIT_APP_ID", APP_ID);
    command
}

/// What it printed.
pub struct Printed {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub fn run(command: &mut Command) -> Printed {
    printed(&command.output().expect("the command starts"))
}

pub fn printed(output: &Output) -> Printed {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    Printed { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// What a command printed that succeeded and had nothing to say on stderr.
pub fn success(url: &str, arguments: &[&str]) -> String {
    let printed = run(&mut command(url, arguments));
    assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""), "{arguments:?}: {}", printed.out);
    printed.out
}

/// What a command printed that failed with this code: two lines on stderr.
pub fn failure(url: &str, arguments: &[&str], code: i32) -> Printed {
    let printed = run(&mut command(url, arguments));
    assert_eq!(printed.code, Some(code), "{arguments:?}: {}{}", printed.out, printed.err);
    assert_eq!(printed.err.lines().count(), 2, "{}", printed.err);
    assert!(printed.err.starts_with("participants: "), "{}", printed.err);
    printed
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The participants of NDJSON.
pub fn lines(text: &str) -> Vec<Value> {
    text.lines().map(json).collect()
}

/// A service whose list is these elements, on one page.
pub fn one_page(elements: &[&str]) -> testkit::server::Server {
    let elements: Vec<String> = elements.iter().map(|element| element.to_string()).collect();
    testkit::server::Server::always(testkit::server::Response::json(page_of(&elements, elements.len(), 1)))
}

/// Text as the shells and editors of Windows write it: with a byte order mark.
pub fn as_windows_writes_it(text: &str) -> [Vec<u8>; 3] {
    let lines = text.replace('\n', "\r\n");
    let utf16 = |bytes: fn(u16) -> [u8; 2]| format!("\u{feff}{lines}").encode_utf16().flat_map(bytes).collect();
    [format!("\u{feff}{lines}").into_bytes(), utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)]
}

/// A file with this content, which only this test writes.
pub fn file(name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = build::scratch().join(format!("cli-{name}"));
    std::fs::write(&path, content).expect("a file");
    path
}
