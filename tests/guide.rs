//! The programs of docs/guide.md compile and list everyone, and its functions do what they say as far as a list that
//! holds still shows it. Its Rust code is compiled as a documentation test of the library (`src/lib.rs`); the tests of
//! the command run its shell commands.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::net::TcpListener;
use std::process::Command;

use testkit::credentials::TOKEN;
use testkit::document::{blocks, languages, only_block, scratch_file};
use testkit::program::{self, Linkage, Program};
use testkit::service::{self, Service};
use testkit::{environment, python};

/// The program of a language, and its functions with what calls them.
fn program_and_functions(language: &str) -> (String, String) {
    let is_program = |block: &String| block.contains("main(") || block.contains("__main__");
    let (programs, functions): (Vec<_>, Vec<_>) = blocks("docs/guide.md", language).into_iter().partition(is_program);
    let [program] = programs.try_into().expect("one program");
    let extension = if language == "python" { "py" } else { language };
    let calls = std::fs::read_to_string(program::root().join("tests/guide/calls").with_extension(extension));
    assert!(functions.len() >= 7, "{language}: {} functions", functions.len());
    (program, functions.concat() + &calls.expect("the calls"))
}

fn scratch(name: &str, text: &str) -> String {
    scratch_file(name, text).to_str().expect("UTF-8").to_string()
}

fn run(command: &mut Command, service: &Service) -> (String, String) {
    environment::clear(command);
    command.env("CLOUDFLARE_BASE_URL", service.url()).env("CLOUDFLARE_API_TOKEN", TOKEN);
    command.env("CLOUDFLARE_ACCOUNT_ID", service::ACCOUNT_ID).env("REALTIMEKIT_APP_ID", service::APP_ID);
    let output = program::output(command);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}{err}", output.status);
    (out.into_owned(), err.into_owned())
}

fn lists_everyone(mut command: Command) {
    let service = Service::start(342);
    let (out, _) = run(command.arg(service::MEETING_ID), &service);
    assert_eq!(out.lines().count(), 342);
    assert_eq!(out.lines().next(), Some(format!("{}\tParticipant 0", service::id(0)).as_str()));
}

fn functions_do_what_they_say(mut command: Command) {
    let service = Service::start(342);
    // Accepts connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    command.args([service::ACCOUNT_ID, service::APP_ID, service::MEETING_ID]);
    command.arg(format!("http://{}", silent.local_addr().expect("an address")));
    command.arg(program::root().join("testkit/src/certificates/certificate.pem"));
    let (_, log) = run(&mut command, &service);
    assert!(log.contains("page 1: "), "{log}");
}

#[test]
fn c_program_and_functions() {
    let (program, functions) = program_and_functions("c");
    lists_everyone(Program::build(&scratch("guide-list.c", &program), Linkage::Shared).command());
    functions_do_what_they_say(Program::build(&scratch("guide.c", &functions), Linkage::Shared).command());
}

#[test]
fn cpp_program_and_functions() {
    let (program, functions) = program_and_functions("cpp");
    let build =
        |name: &str, text: &str| Program::build_cpp(name, &[&scratch(&format!("{name}.cpp"), text)], "c++17").command();
    lists_everyone(build("guide-list-cpp", &program));
    functions_do_what_they_say(build("guide-cpp", &functions));
}

#[test]
fn python_program_and_functions() {
    let (program, functions) = program_and_functions("python");
    let with = |name: &str, text: &str| {
        let mut python = python::interpreter();
        python.arg(scratch(name, text));
        python
    };
    lists_everyone(with("guide_list.py", &program));
    functions_do_what_they_say(with("guide.py", &functions));
}

#[test]
fn code_for_those_who_come_from_the_sdk_runs() {
    let after = only_block("docs/from-cloudflare-sdk.md", "python");
    let ids = "import sys\naccount_id, app_id, meeting_id = sys.argv[1:]\n";
    let mut python = python::interpreter();
    python.arg(scratch("coming_from_sdk.py", &format!("{ids}{after}")));
    let service = Service::start(342);
    let (out, _) = run(python.args([service::ACCOUNT_ID, service::APP_ID, service::MEETING_ID]), &service);
    assert_eq!(out.lines().count(), 342);
}

#[test]
fn every_block_is_in_a_tested_language() {
    // `py` is code with Cloudflare's SDK, which is not installed here.
    for (document, tested) in [
        ("docs/guide.md", ["rust,no_run", "c", "cpp", "python", "sh"].as_slice()),
        ("docs/from-cloudflare-sdk.md", ["python", "py"].as_slice()),
    ] {
        for language in languages(document) {
            assert!(tested.contains(&language.as_str()), "{document}: nothing tests {language}");
        }
    }
}
