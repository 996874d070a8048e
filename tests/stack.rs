//! A thread of a C program needs as much stack for the library as the header says.
//!
//! `RTK_STACK_KIB=1024 cargo test --test stack -- --nocapture` prints what is used. For a release of the library, in a
//! folder with it under its soname: `RTK_STACK_KIB=128 LD_LIBRARY_PATH=… cargo test --test stack shared`.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use testkit::program::{self, Linkage, Program};
use testkit::server::{Request, Response, Server};
use testkit::tls::TlsService;
use testkit::{address, certificates, page_of, service, whole_list};

/// A participant with an unknown field of so many nested arrays.
fn deep(levels: usize) -> String {
    let participant = service::participant(0);
    let fields = participant.trim_end().trim_end_matches('}');
    format!(r#"{fields},"unknown":{}{}}}"#, "[".repeat(levels), "]".repeat(levels))
}

fn answer(request: &Request) -> Response {
    let account = request.target().split('/').nth(2).unwrap_or_default();
    let participants = |range: std::ops::Range<usize>| range.map(service::participant).collect::<Vec<_>>();
    match account {
        "zipped" => {
            let mut zipped = GzEncoder::new(Vec::new(), Compression::best());
            zipped.write_all(whole_list(50).as_bytes()).expect("memory");
            Response::whole(200, &[("Content-Encoding", "gzip")], zipped.finish().expect("memory"))
        }
        "deep" => Response::json(page_of(&[deep(120)], 1, 1)),
        "deeper" => Response::json(page_of(&[deep(10_000)], 1, 1)),
        "deep-failure" => Response::whole(400, &[], format!(r#"{{"errors":{}{}}}"#, "[".repeat(120), "]".repeat(120))),
        "chain" => {
            let (open, close) = (r#"{"code":1,"message":"m","error_chain":["#.repeat(60), "]}".repeat(60));
            Response::whole(400, &[], format!(r#"{{"success":false,"errors":[{open}{close}]}}"#))
        }
        "html" => Response::whole(200, &[], "<!doctype html>"),
        "unavailable" => Response::whole(503, &[("Retry-After", "0")], ""),
        _ => {
            let first = (request.page_no().unwrap_or(1).max(1) as usize - 1) * 20;
            Response::json(page_of(&participants(first.min(100)..(first + 20).min(100)), 100, first + 1))
        }
    }
}

/// What the header says for this kind of build.
fn documented() -> String {
    let header = std::fs::read_to_string(program::root().join("include/participants.h")).expect("the header");
    let words: Vec<&str> = header.split_whitespace().collect();
    let figures: Vec<&str> = words
        .windows(4)
        .filter(|words| words[1..3] == ["KiB", "of"] && words[3].starts_with("stack"))
        .map(|words| words[0])
        .collect();
    let [optimised, not_optimised] = figures[..] else { panic!("two figures: {figures:?}") };
    if cfg!(debug_assertions) { not_optimised } else { optimised }.to_string()
}

fn makes_every_call(linkage: Linkage) {
    if program::keeps_freed_memory() {
        return; // The checkers have frames of their own.
    }
    let server = Server::start(answer);
    let localhost = server.url().replace("127.0.0.1", "localhost");
    let tls = TlsService::start("127.0.0.1", whole_list(20));
    let (tls_url, ca_file, refusing) = (tls.url(), certificates::certificate(), address::refusing());
    let kib = std::env::var("RTK_STACK_KIB").unwrap_or_else(|_| documented());
    let program = Program::build("tests/c/stack.c", linkage);
    let arguments = [&kib, &server.url(), &tls_url, ca_file.to_str().expect("UTF-8"), &localhost, &refusing.url()];
    // The size for threads of a Rust program, not for those of the library.
    let output = program::output(program.command().args(arguments).env("RUST_MIN_STACK", "16384"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{linkage:?}: {out}");
    assert!(
        output.status.success() && err.is_empty() && out.starts_with("used "),
        "{kib} KiB: {}\n{out}{err}",
        output.status
    );
    assert!(server.request_count() > 100 && !tls.connections().is_empty());
}

#[test]
fn documented_stack_suffices_for_the_shared_library() {
    makes_every_call(Linkage::Shared);
}

#[test]
fn documented_stack_suffices_for_the_static_library() {
    makes_every_call(Linkage::Static);
}
