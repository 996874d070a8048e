//! `cargo run --example quickstart`, the first thing that a new user sees. `cargo test` builds the example; `cargo test
//! --test quickstart` does not, and runs the one that was built last.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};

use testkit::credentials::TOKEN;
use testkit::server::{Response, Server};
use testkit::{build, environment, service, whole_list};

const VARIABLES: [(&str, &str); 4] = [
    ("CLOUDFLARE_API_TOKEN", TOKEN),
    ("CLOUDFLARE_ACCOUNT_ID", service::ACCOUNT_ID),
    ("REALTIMEKIT_APP_ID", service::APP_ID),
    ("MEETING_ID", service::MEETING_ID),
];

fn quickstart() -> Command {
    let mut command = Command::new(build::example("quickstart"));
    environment::clear(&mut command);
    for (name, _) in VARIABLES {
        command.env_remove(name);
    }
    command
}

fn lines(output: &Output) -> Vec<String> {
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("UTF-8").lines().map(str::to_string).collect()
}

#[test]
fn without_variables_ten_invented_participants_are_shown() {
    for (unset, (missing, _)) in VARIABLES.iter().enumerate() {
        let set = VARIABLES.iter().enumerate().filter(|(i, _)| *i != unset).map(|(_, variable)| *variable);
        let lines = lines(&quickstart().envs(set).output().expect("it runs"));
        let shown = lines.iter().filter(|line| line.contains("group_call_participant")).count();
        assert_eq!(shown, 10, "{lines:#?}");
        assert!(lines.contains(&"342 participants of 342: everyone".to_string()), "{lines:#?}");
        let [.., invented, what_to_do] = lines.as_slice() else { panic!("{lines:#?}") };
        assert!(invented.ends_with("Its participants are invented."), "{invented}");
        assert!(what_to_do.ends_with(&format!(": {missing}.")), "{what_to_do}");
    }
    let nothing = lines(&quickstart().output().expect("it runs"));
    let all = "CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, REALTIMEKIT_APP_ID, MEETING_ID.";
    assert!(nothing.last().is_some_and(|last| last.ends_with(all)), "{nothing:#?}");
}

#[test]
fn with_variables_a_real_meeting_is_listed() {
    let server = Server::always(Response::json(whole_list(25)));
    let lines =
        lines(&quickstart().envs(VARIABLES).env("CLOUDFLARE_BASE_URL", server.url()).output().expect("it runs"));
    assert!(lines[0].starts_with(&format!("Asking {} ", server.url())), "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line.contains("group_call_participant")).count(), 25);
    assert_eq!(lines.last().map(String::as_str), Some("25 participants of 25: everyone"));
    assert!(!lines.iter().any(|line| line.contains("invented") || line.contains("Cloudflare")), "{lines:#?}");
}

#[test]
fn failure_is_one_line_on_stderr() {
    let server = Server::always(Response::whole(401, &[], "{}"));
    let output = quickstart().envs(VARIABLES).env("CLOUDFLARE_BASE_URL", server.url()).output().expect("it runs");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(said, "the service refused the credential from CLOUDFLARE_API_TOKEN (HTTP 401; page 1)\n");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn closed_pipe_is_not_a_failure() {
    let server = Server::always(Response::json(whole_list(20_000)));
    let mut command = quickstart();
    command.envs(VARIABLES).env("CLOUDFLARE_BASE_URL", server.url());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("UTF-8");
    assert!(child.wait().expect("an end").success(), "{said}");
    assert_eq!(said, "");
}
