//! The programs in the README compile, and run against the look-alike. `.ci/run` runs its shell commands and CMake
//! lines.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::fmt::Write;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use log::{LevelFilter, Record};
use participants::{Error, PageRequest};
use testkit::credentials::{TOKEN, WRONG_TOKEN};
use testkit::document::scratch_file;
use testkit::logger::Logger;
use testkit::program::{self, Linkage, Program};
use testkit::server::{Response, Server};
use testkit::service::{self, Service};
use testkit::{build, client, compiler, document, environment, meeting, python};

fn only_block(language: &str) -> String {
    document::only_block("README.md", language)
}

fn run(command: &mut Command, base_url: &str, token: &str) -> Output {
    environment::clear(command);
    command.env("CLOUDFLARE_BASE_URL", base_url).env("CLOUDFLARE_API_TOKEN", token).output().expect("it runs")
}

/// The programs look for the participant whose own id is `user-41`.
fn finds_one_participant_or_says_why_not(mut command: Command) {
    let service = Service::start(342);
    let output = run(&mut command, &service.url(), TOKEN);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{}\tgroup_call_participant\n", service::id(41)));
    assert_eq!((output.status.code(), service.requests()), (Some(0), 1), "it stops early");

    let service = Service::start(41);
    let output = run(&mut command, &service.url(), TOKEN);
    assert_eq!(
        (String::from_utf8_lossy(&output.stdout).as_ref(), output.status.code()),
        ("not on the list\n", Some(0))
    );

    // The service says that there is one more.
    let rows: Vec<String> = (0..41).map(service::participant).collect();
    let incomplete = Server::always(Response::json(testkit::page_of(&rows, 42, 1)));
    let output = run(&mut command, &incomplete.url(), TOKEN);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "perhaps not on the list: try again\n");

    let output = run(&mut command, &service.url(), WRONG_TOKEN);
    let said = String::from_utf8_lossy(&output.stderr);
    let message = "the service refused the credential from CLOUDFLARE_API_TOKEN (HTTP 401";
    assert!(said.trim_start_matches("Error: ").starts_with(message), "{said}");
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(1), true));
}

#[test]
fn c_program_finds_one_participant() {
    let source = scratch_file("readme.c", &only_block("c"));
    finds_one_participant_or_says_why_not(Program::build(source.to_str().expect("UTF-8"), Linkage::Shared).command());
}

#[test]
fn rust_program_finds_one_participant() {
    // Only cargo knows the dependencies to link with.
    let example = include_str!("../examples/find_participant.rs");
    assert_eq!(only_block("rust,no_run"), example, "examples/find_participant.rs must repeat the README's block");
    finds_one_participant_or_says_why_not(Command::new(build::example("find_participant")));
}

#[test]
fn cpp_program_finds_one_participant() {
    let source = scratch_file("readme.cpp", &only_block("cpp"));
    let built = program::scratch().join("readme-cpp");
    let mut compiler = compiler::cpp();
    compiler
        .args(["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .arg(program::root().join("include"));
    compiler.arg(source).arg(build::static_library()).args(["-lpthread", "-ldl", "-lm", "-o"]).arg(&built);
    compiler::run(&mut compiler);
    finds_one_participant_or_says_why_not(Command::new(built));
}

#[test]
fn python_program_finds_one_participant() {
    let mut python = python::interpreter();
    python.arg(scratch_file("readme.py", &only_block("python")));
    finds_one_participant_or_says_why_not(python);
}

#[test]
fn shown_message_is_the_real_one() {
    let service = Service::start(1);
    let error: Error = client(&service.url())
        .api_token(WRONG_TOKEN)
        .build()
        .expect("a client")
        .get_participants(&meeting())
        .unwrap_err();
    assert_eq!(only_block("text").trim_end(), error.to_string());
}

#[test]
fn shown_log_is_the_real_one() {
    let rows: Vec<String> = (0..100).map(service::participant).collect();
    let failure = || Response::whole(503, &[], "");
    let server = Server::in_turn([failure(), failure(), Response::json(testkit::page_of(&rows, 342, 1))]);
    let lines = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&lines);
    let logger = Logger(LevelFilter::Debug, move |record: &Record| {
        writeln!(kept.lock().expect("no panic"), "{:5} {}", record.level(), record.args()).expect("text");
    });
    let client = client(&server.url()).logger(logger).build().expect("a client");
    client.get_participants_page(&meeting(), PageRequest { page_no: Some(1), per_page: None }).expect("a page");
    // The times differ.
    let timeless = |text: &str| {
        let words = text.split(' ').map(|word| if word.parse::<f64>().is_ok() { "#" } else { word });
        words.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(timeless(&only_block("log")), timeless(&lines.lock().expect("no panic")));
}

#[test]
fn every_block_is_in_a_tested_language() {
    let languages = document::languages("README.md");
    assert!(languages.len() >= 9, "{languages:?}");
    for language in languages {
        let tested = ["rust,no_run", "c", "cpp", "python", "text", "log", "sh", "console", "cmake"];
        assert!(tested.contains(&language.as_str()), "nothing tests {language}");
    }
}
