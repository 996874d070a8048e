//! AddressSanitizer and LeakSanitizer must find planted faults, in the library, too. `.ci/run` builds everything with
//! them, and runs these tests with `--ignored`.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::process::{Command, Output};

use testkit::program::{Linkage, Program, output};
use testkit::server::{Response, Server};
use testkit::{client, python, whole_list};

const LEAK_VARIABLE: &str = "PARTICIPANTS_TEST_LEAK";

fn is_found(output: &Output, report: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains(report),
        "the sanitizers missed a fault: {}: {said}",
        output.status
    );
}

fn faulty(fault: &str) -> Output {
    let service = Server::always(Response::json(whole_list(1)));
    output(Program::build("tests/c/planted_memory.c", Linkage::Shared).command().args([fault, &service.url()]))
}

#[test]
#[ignore = "needs AddressSanitizer"]
fn reading_a_text_of_a_freed_list_is_found() {
    is_found(&faulty("text"), "heap-use-after-free");
}

#[test]
#[ignore = "needs AddressSanitizer"]
fn reading_a_freed_handle_in_the_library_is_found() {
    let found = faulty("handle");
    is_found(&found, "heap-use-after-free");
    assert!(String::from_utf8_lossy(&found.stderr).contains(" in rtk_participants_count"), "{found:?}");
}

#[test]
#[ignore = "needs AddressSanitizer"]
fn writing_to_a_freed_handle_from_python_is_found() {
    let fault = "
from ctypes import c_uint64
from libparticipants._library import lib
config = lib.rtk_config_new()
lib.rtk_config_free(config)
lib.rtk_config_set_timeout_ms(config, c_uint64(1))
";
    let found = output(python::interpreter().args(["-c", fault]));
    is_found(&found, "heap-use-after-free");
    assert!(String::from_utf8_lossy(&found.stderr).contains(" in rtk_config_set_timeout_ms"), "{found:?}");
}

#[test]
#[ignore = "needs AddressSanitizer"]
fn client_leaked_by_a_c_program_is_found() {
    is_found(&faulty("leak"), "LeakSanitizer: detected memory leaks");
}

/// Not a test: the next one runs it as a child process.
#[test]
fn child_that_leaks_clients() {
    if std::env::var_os(LEAK_VARIABLE).is_some() {
        (0..8).for_each(|_| std::mem::forget(client("https://127.0.0.1").build().expect("a client")));
    }
}

#[test]
#[ignore = "needs AddressSanitizer"]
fn client_leaked_by_a_rust_program_is_found() {
    let mut child = Command::new(std::env::current_exe().expect("this test"));
    child.args(["--exact", "child_that_leaks_clients", "--nocapture"]).env(LEAK_VARIABLE, "1");
    is_found(&output(&mut child), "LeakSanitizer: detected memory leaks");
}
