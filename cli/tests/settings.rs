//! Settings, credentials and failures.

mod support;

use std::io::Write;
use std::process::Stdio;

use support::{FILE, MEETING, USAGE, bare, command, failure, file, run};
use testkit::credentials::{OTHER_TOKEN, TOKEN};
use testkit::paged_list::PagedList;
use testkit::server::{Response, Server};
use testkit::service::{ACCOUNT_ID, APP_ID, Service};

#[test]
fn each_kind_of_error_has_its_exit_code_and_says_what_to_do() {
    let statuses =
        [(401, 5, "token"), (403, 6, "permission"), (404, 7, "meeting"), (429, 8, "later"), (500, 9, "later")];
    for (status, code, advice) in statuses {
        let server = Server::always(Response::whole(status, &[], r#"{"success":false,"errors":[]}"#));
        let printed = failure(&server.url(), &["list", MEETING, "--max-retries", "0"], code);
        assert!(printed.err.lines().nth(1).expect("advice").contains(advice), "{status}: {}", printed.err);
        assert_eq!(printed.out, "");
    }
    let api = Server::always(Response::json(r#"{"success":false,"errors":[{"code":7,"message":"no"}]}"#));
    failure(&api.url(), &["list", MEETING], 10);
    failure(&Server::always(Response::json("<html>")).url(), &["list", MEETING], 11);
    let silent = Server::silent();
    failure(&silent.url(), &["list", MEETING, "--timeout", "100ms", "--max-retries", "0"], 4);
    failure(&testkit::address::refusing().url(), &["list", MEETING, "--max-retries", "0"], 3);
    failure(&api.url(), &["list", "no-uuid"], 2);
}

#[test]
fn a_wait_that_the_service_asks_for_is_told() {
    let server = Server::always(Response::whole(429, &[("Retry-After", "277")], "{}"));
    assert!(failure(&server.url(), &["list", MEETING], 8).err.contains("277 s"));
}

#[test]
fn the_token_comes_from_the_environment_a_file_or_standard_input() {
    let service = Service::start(1);
    let path = file("token", format!("{TOKEN}\n"));
    let without = |arguments: &[&str]| {
        let mut command = command(&service.url(), arguments);
        command.env_remove("CLOUDFLARE_API_TOKEN");
        command
    };
    let from_file = ["list", MEETING, "--count", "--token-file", path.to_str().expect("UTF-8")];
    assert_eq!(run(&mut without(&from_file)).out, "1\n");
    // The file is explicit, so it wins.
    assert_eq!(run(command(&service.url(), &from_file).env("CLOUDFLARE_API_TOKEN", OTHER_TOKEN)).out, "1\n");
    let mut child = without(&["list", MEETING, "--count", "--token-file", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    writeln!(child.stdin.take().expect("a pipe"), "{TOKEN}").expect("the token is read");
    assert_eq!(support::printed(&child.wait_with_output().expect("an exit code")).out, "1\n");
    let missing = run(&mut without(&["list", MEETING]));
    assert_eq!(missing.code, Some(USAGE));
    assert!(missing.err.contains("CLOUDFLARE_API_TOKEN") && missing.err.contains("--token-file"), "{}", missing.err);
    let no_file = run(&mut without(&["list", MEETING, "--token-file", "no/such/file"]));
    assert_eq!(no_file.code, Some(FILE), "{}", no_file.err);
}

#[test]
fn a_token_file_may_be_written_by_a_shell_or_an_editor_of_windows() {
    let service = Service::start(1);
    let contents = support::as_windows_writes_it(&format!("{TOKEN}\n")).map(|content| (content, Some(0)));
    let broken = [(b"\xff\xfet".to_vec(), Some(FILE)), (b"\xe9".to_vec(), Some(FILE))];
    for (number, (content, code)) in contents.into_iter().chain(broken).enumerate() {
        let path = file(&format!("token-{number}"), content);
        let from_file = ["list", MEETING, "--token-file", path.to_str().expect("UTF-8")];
        let printed = run(command(&service.url(), &from_file).env_remove("CLOUDFLARE_API_TOKEN"));
        assert_eq!(printed.code, code, "{number}: {}", printed.err);
    }
}

#[test]
fn no_option_takes_the_token_itself() {
    for subcommand in ["list", "find", "watch", "diff", "summary"] {
        let help = run(&mut bare(&[subcommand, "--help"])).out;
        assert!(help.contains("--token-file"), "{help}");
        assert!(!help.contains("--token ") && !help.contains("--api-token"), "{help}");
    }
}

#[test]
fn ids_come_from_options_before_the_environment_and_a_blank_variable_is_not_set() {
    let service = Service::start(1);
    let arguments = ["list", MEETING, "--count", "--account-id", ACCOUNT_ID, "--app-id", APP_ID];
    let mut explicit = command(&service.url(), &arguments);
    assert_eq!(run(explicit.env("CLOUDFLARE_ACCOUNT_ID", "other").env("REALTIMEKIT_APP_ID", "other")).out, "1\n");
    let printed = run(command(&service.url(), &["list", MEETING]).env("CLOUDFLARE_ACCOUNT_ID", "  "));
    assert_eq!(printed.code, Some(USAGE));
    assert!(printed.err.contains("--account-id") && printed.err.contains("CLOUDFLARE_ACCOUNT_ID"), "{}", printed.err);
}

#[test]
fn every_setting_has_an_option_and_a_variable() {
    let server = PagedList::of(30).start();
    let pages = |by: &mut std::process::Command| {
        server.forget();
        assert_eq!(run(by).code, Some(0));
        server.pages().len()
    };
    assert_eq!(pages(&mut command(&server.url(), &["list", MEETING, "--per-page", "10"])), 3);
    assert_eq!(pages(command(&server.url(), &["list", MEETING]).env("PARTICIPANTS_PER_PAGE", " 15 ")), 2);
    assert_eq!(pages(command(&server.url(), &["list", MEETING]).env("PARTICIPANTS_PER_PAGE", " ")), 1);
    let bad = [
        ("PARTICIPANTS_TIMEOUT", "soon"),
        ("PARTICIPANTS_CONNECT_TIMEOUT", "1y"),
        ("PARTICIPANTS_DEADLINE", "-1"),
        ("PARTICIPANTS_MAX_RETRIES", "many"),
        ("PARTICIPANTS_MAX_RETRY_WAIT", "x"),
        ("PARTICIPANTS_MAX_CONNECTIONS", "0"),
        ("PARTICIPANTS_PER_PAGE", "0"),
        ("PARTICIPANTS_USER_AGENT", "\u{e9}"),
        ("PARTICIPANTS_PROXY", "ftp://127.0.0.1"),
        ("PARTICIPANTS_CA_FILE", "no/such/file.pem"),
        ("PARTICIPANTS_NATIVE_CA", "maybe"),
    ];
    for (name, value) in bad {
        let mut with = command("https://127.0.0.1:1", &["list", MEETING, "--max-retries", "0"]);
        let printed = match name {
            "PARTICIPANTS_MAX_RETRIES" => run(command(&server.url(), &["list", MEETING]).env(name, value)),
            _ => run(with.env(name, value)),
        };
        assert_eq!(printed.code, Some(USAGE), "{name}: {}", printed.err);
    }
    let help = run(&mut bare(&["list", "--help"])).out;
    for (name, _) in bad {
        assert!(help.contains(name), "{name} is not in the help");
    }
}

#[test]
fn a_bad_setting_is_called_as_its_option_is() {
    for (arguments, name) in [
        (&["list", "no-uuid"][..], "MEETING: "),
        (&["list", MEETING, "--per-page", "0"], "--per-page: "),
        (&["list", MEETING, "--page", "1", "--per-page", "0"], "--per-page: "),
        (&["list", MEETING, "--base-url", "ftp://x"], "--base-url: "),
        (&["list", MEETING, "--max-connections", "0"], "--max-connections: "),
        (&["list", MEETING, "--ca-file", "no/such.pem", "--base-url", "https://127.0.0.1:1"], "--ca-file: "),
        (&["list", MEETING, "--proxy", "ftp://127.0.0.1"], "--proxy: "),
        (&["list", MEETING, "--account-id", "."], "--account-id: "),
        (&["list", MEETING, "--columns", "id,name,id"], "--columns: "),
        (&["list", MEETING, "--columns", "id,id", "--sort", "id"], "--columns: "),
        (&["find", MEETING, "--id", "x", "--columns", "id,id"], "--columns: "),
    ] {
        let printed = failure("http://127.0.0.1:1", arguments, USAGE);
        assert!(printed.err.starts_with(&format!("participants: {name}")), "{name}: {}", printed.err);
    }
    for useless in [
        &["watch", MEETING, "--every", "0"][..],
        &["watch", MEETING, "--times", "0"],
        &["list", MEETING, "--count", "--format", "csv"],
    ] {
        assert_eq!(run(&mut command("http://127.0.0.1:1", useless)).code, Some(USAGE), "{useless:?}");
    }
}

#[test]
fn verbose_tells_what_happens_on_stderr_without_the_token() {
    let server = PagedList::of(250).start();
    let printed = run(&mut command(&server.url(), &["list", MEETING, "--count", "-vv"]));
    assert_eq!(printed.out, "250\n");
    assert!(printed.err.contains("page 3"), "{}", printed.err);
    assert!(!printed.err.contains(TOKEN));
}
