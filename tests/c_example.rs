//! The C example prints what it should, linked with either library and built as the README says.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::process::{Command, Output};

use testkit::compiler;
use testkit::credentials::{TOKEN, WRONG_TOKEN};
use testkit::program::{self, Linkage, Program, output};
use testkit::server::{Response, Server};
use testkit::service::{self, Service};

const SOURCE: &str = "examples/c/list_participants.c";

/// How the README builds the example, in the project's folder after `cargo build --release`.
const CC_LINE: &str = "cc -Iinclude examples/c/list_participants.c target/release/libparticipants.a -lpthread -ldl -lm -o list_participants";

fn run(mut command: Command, base_url: &str, token: &str) -> Output {
    command.env("CLOUDFLARE_BASE_URL", base_url).env("CLOUDFLARE_API_TOKEN", token);
    command.envs([
        ("CLOUDFLARE_ACCOUNT_ID", service::ACCOUNT_ID),
        ("REALTIMEKIT_APP_ID", service::APP_ID),
        ("MEETING_ID", service::MEETING_ID),
    ]);
    output(&mut command)
}

fn readme() -> String {
    std::fs::read_to_string(program::root().join("README.md")).expect("README.md")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// The expected output for a meeting of this many participants.
fn lines(participants: usize) -> String {
    let line = |index| {
        let json: serde_json::Value = serde_json::from_str(&service::participant(index)).expect("JSON");
        let field = |name: &str| json[name].as_str().unwrap_or("-").to_string();
        format!("{}\t{}\t{}\n", field("id"), field("created_at"), field("name"))
    };
    (0..participants).map(line).collect::<String>() + &format!("{participants} participants: complete\n")
}

fn prints_everyone(command: Command) {
    let service = Service::start(342);
    let output = run(command, &service.url(), TOKEN);
    assert_eq!(text(&output.stderr), "");
    assert_eq!(text(&output.stdout), lines(342));
    assert!(output.status.success(), "{}", output.status);
}

#[test]
fn prints_everyone_with_the_shared_library() {
    prints_everyone(Program::build(SOURCE, Linkage::Shared).command());
}

#[test]
fn prints_everyone_with_the_static_library() {
    prints_everyone(Program::build(SOURCE, Linkage::Static).command());
}

#[test]
fn rejected_token_is_reported_on_stderr_with_exit_code_1() {
    let service = Service::start(3);
    let output = run(Program::build(SOURCE, Linkage::Shared).command(), &service.url(), WRONG_TOKEN);
    assert_eq!(text(&output.stdout), "");
    let said = text(&output.stderr);
    assert!(
        said.contains(
            "the service refused the credential from CLOUDFLARE_API_TOKEN (HTTP 401, code 10000: Authentication error"
        ),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn retry_after_is_printed() {
    let server = Server::always(Response::whole(429, &[("Retry-After", "120")], ""));
    let output = run(Program::build(SOURCE, Linkage::Shared).command(), &server.url(), TOKEN);
    let said = text(&output.stderr);
    assert!(said.contains("too many requests") && said.ends_with("\nRetry-After: 120.0 seconds\n"), "{said}");
    assert_eq!((text(&output.stdout), output.status.code()), ("", Some(1)));
}

#[test]
fn invalid_token_is_reported_before_connecting() {
    let output = run(Program::build(SOURCE, Linkage::Shared).command(), &Server::silent().url(), "two words");
    assert!(text(&output.stderr).starts_with("CLOUDFLARE_API_TOKEN: "), "{}", text(&output.stderr));
    assert_eq!((text(&output.stdout), output.status.code()), ("", Some(1)));
}

#[test]
fn missing_variables_are_reported() {
    let variables = ["CLOUDFLARE_ACCOUNT_ID", "REALTIMEKIT_APP_ID", "MEETING_ID"];
    for missing in variables {
        let mut command = Program::build(SOURCE, Linkage::Shared).command();
        let output = output(command.envs(variables.map(|name| (name, "set"))).env_remove(missing));
        assert_eq!(text(&output.stderr), format!("{missing} is not set\n"));
        assert_eq!((text(&output.stdout), output.status.code()), ("", Some(1)));
    }
}

/// The README's line for Unix.
mod unix {
    use super::*;

    /// Runs the README's line with the paths of this build, which is not in `target/release`.
    #[test]
    fn prints_everyone_when_built_as_in_the_readme() {
        assert!(readme().lines().any(|line| line == CC_LINE), "README.md lacks the line: {CC_LINE}");
        let built = program::scratch().join("list_participants-as-the-readme-says");
        let words = CC_LINE.split(' ').skip(1).map(|word| match word {
            "target/release/libparticipants.a" => testkit::build::static_library(),
            "list_participants" => built.clone(),
            word => word.into(),
        });
        compiler::run(compiler::c().args(words).current_dir(program::root()));
        prints_everyone(Program::at(built).command());
    }
}
