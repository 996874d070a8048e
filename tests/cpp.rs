//! The C++ interface in C++17 and C++20: every test runs one case of `tests/cpp` over a real socket.
//!
//! With `RTK_SANITIZE=1` in the environment the cases are compiled with AddressSanitizer and
//! UndefinedBehaviorSanitizer, which must find planted faults first.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::io::Write;
use std::process::{Output, Stdio};
use std::sync::LazyLock;

use testkit::credentials::{EMAIL, KEY, OTHER_TOKEN, TOKEN};
use testkit::program::{self, Program};
use testkit::server::{Response, Server};
use testkit::service::{self, Service};
use testkit::tls::TrustedService;
use testkit::{address, build, compiler, page_of, whole_list};

const STANDARDS: [&str; 2] = ["c++17", "c++20"];

/// The programs that run the cases, one for each standard.
static PROGRAMS: LazyLock<[Program; 2]> = LazyLock::new(|| {
    // Two files, because a program may include the header of inline functions more than once.
    let build = |standard| Program::build_cpp("cases", &["tests/cpp/main.cpp", "tests/cpp/types.cpp"], standard);
    let programs = std::thread::scope(|scope| {
        let both = STANDARDS.map(|standard| scope.spawn(move || build(standard)));
        both.map(|build| build.join().expect("the program compiles"))
    });
    if program::sanitized() {
        programs.iter().for_each(faults_are_found);
    }
    programs
});

/// Checks that the sanitizers are there.
fn faults_are_found(program: &Program) {
    let service = Service::start(1);
    let faults = [
        ("leak", "detected memory leaks"),
        ("dangling", "heap-use-after-free"),
        ("undefined", "signed integer overflow"),
    ];
    for (fault, report) in faults {
        let output = program::output(program.command().arg(format!("fault_{fault}")).envs(environment(&service.url())));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(report), "the sanitizers missed a fault, {fault}: {said}");
    }
}

fn environment(base_url: &str) -> Vec<(&'static str, String)> {
    let ids = [
        ("CLOUDFLARE_ACCOUNT_ID", service::ACCOUNT_ID),
        ("REALTIMEKIT_APP_ID", service::APP_ID),
        ("MEETING_ID", service::MEETING_ID),
    ];
    let rest = [("BASE_URL", base_url), ("TOKEN", TOKEN)];
    ids.into_iter().chain(rest).map(|(name, value)| (name, value.to_string())).collect()
}

fn holds(case: &str, base_url: &str) {
    holds_with(case, base_url, &[]);
}

fn holds_with(case: &str, base_url: &str, more: &[(&'static str, &str)]) {
    let mut environment = environment(base_url);
    environment.extend(more.iter().map(|(name, value)| (*name, value.to_string())));
    PROGRAMS.iter().for_each(|program| program.check_in(&[case], &environment));
}

#[test]
fn a_list_is_a_random_access_range() {
    holds("everyone", &Service::start(250).url());
}

#[test]
fn a_page_has_the_requested_participants() {
    holds("page", &Service::start(250).url());
}

#[test]
fn an_empty_meeting_is_empty() {
    holds("nobody", &Service::start(0).url());
}

#[test]
fn the_range_gives_everyone_one_by_one() {
    holds("one_by_one", &Service::start(250).url());
}

#[test]
fn a_temporary_can_be_walked() {
    holds("temporary", &Service::start(250).url());
}

/// Every warning of clang and most of gcc. `CXX=clang++` is a step of `.ci/run`.
#[test]
fn the_header_and_the_examples_compile_without_warnings() {
    const CLANG: &[&str] = &["-Weverything", "-Wno-c++98-compat", "-Wno-c++98-compat-pedantic", "-Wno-padded"];
    #[rustfmt::skip]
    const GCC: &[&str] = &[
        "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wsign-conversion", "-Wold-style-cast",
        "-Wuseless-cast", "-Wcast-align", "-Wcast-qual", "-Wduplicated-cond", "-Wduplicated-branches", "-Wlogical-op",
        "-Wnull-dereference", "-Wdouble-promotion", "-Wformat=2", "-Wnon-virtual-dtor", "-Woverloaded-virtual",
        "-Wredundant-decls", "-Wundef", "-Wswitch-enum", "-Wextra-semi", "-Wzero-as-null-pointer-constant",
        "-Wmissing-declarations", "-Wsuggest-override", "-Wnoexcept",
    ];
    let version = compiler::run(compiler::cpp().arg("--version"));
    let warnings = if version.contains("clang") { CLANG } else { GCC };
    let compile = |standard: &str, source: &str| {
        let mut compiler = compiler::cpp();
        compiler.arg(format!("-std={standard}")).args(warnings).args(["-Werror", "-O2", "-c", "-o"]);
        // Not /dev/null: zig writes an object beside it, in the folder of whoever runs the tests.
        compiler.arg(program::scratch().join("warnings.o"));
        compiler.arg("-I").arg(program::root().join("include")).arg(program::root().join(source));
        program::output(&mut compiler)
    };
    // A compiler that does not know C++23 refuses its name.
    let mut knows_23 = compiler::cpp();
    knows_23.args(["-std=c++2b", "-fsyntax-only", "-x", "c++", "/dev/null"]);
    let known =
        if program::output(&mut knows_23).status.success() { &["c++17", "c++20", "c++2b"][..] } else { &STANDARDS };
    for standard in known {
        // The last one waits for signals of Unix.
        let examples = ["list_participants", "iterate_with_progress", "log_and_cancel"];
        let examples = &examples[..if build::for_os("windows") { 2 } else { 3 }];
        let examples = examples.iter().map(|name| format!("examples/cpp/{name}.cpp"));
        for source in ["tests/cpp/types.cpp".to_string()].into_iter().chain(examples) {
            let output = compile(standard, &source);
            assert!(output.status.success(), "{source}, {standard}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

/// Compiles a function with this line in it.
fn compile_with(line: &str, standard: &str) -> Output {
    let mut compiler = compiler::cpp();
    compiler.args([
        &format!("-std={standard}"),
        "-x",
        "c++",
        "-fsyntax-only",
        "-Wall",
        "-Wextra",
        "-pedantic",
        "-Werror",
        "-",
    ]);
    compiler.arg("-I").arg(program::root().join("include")).env("LC_ALL", "C");
    let mut compiler = compiler.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a compiler");
    let around = |line: &str| {
        format!(
            r#"#include <participants.hpp>
            void use(const rtk::Client &client, const rtk::Config &config, rtk::Participants &list, const char *a) {{
                static_cast<void>(client), static_cast<void>(config), static_cast<void>(list), static_cast<void>(a);
                {line}
            }}"#
        )
    };
    compiler.stdin.take().expect("its input").write_all(around(line).as_bytes()).expect("it reads");
    compiler.wait_with_output().expect("it ends")
}

#[test]
fn dangling_uses_do_not_compile() {
    // Lines that compile.
    let right = "for (auto participant : client.get_participants(a, a, a)) static_cast<void>(participant);
        for (auto &participant : client.get_participants_page(a, a, a, 1)) static_cast<void>(participant);
        for (auto &&participant : client.iter_participants(a, a, a)) static_cast<void>(participant);
        auto &&everyone = client.get_participants(a, a, a);
        auto first = everyone[0];
        auto second = list.at(1);
        auto one_by_one = client.iter_participants(a, a, a);
        auto place = one_by_one.begin();
        auto json = client.get_participants(a, a, a).to_json();
        auto created = first.created_at();
        bool complete = client.get_participants(a, a, a).is_complete();
        static_cast<void>(second), static_cast<void>(place), static_cast<void>(json), static_cast<void>(created);
        static_cast<void>(complete);";
    for standard in STANDARDS {
        let said = compile_with(right, standard);
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }
    let wrong = [
        ("auto p = client.get_participants(a, a, a)[0];", &["deleted", "operator[]"]),
        ("auto p = (client.get_participants(a, a, a))[0];", &["deleted", "operator[]"]),
        (
            "const auto &p = client.get_participants_page(a, a, a, 1).at(0);",
            &["deleted", "at(std::size_t index) const &&"],
        ),
        ("auto p = client.get_participants(a, a, a).begin();", &["deleted", "begin() const &&"]),
        ("auto p = *client.get_participants(a, a, a).begin();", &["deleted", "begin() const &&"]),
        ("auto p = client.get_participants(a, a, a).end();", &["deleted", "end() const &&"]),
        ("auto id = std::move(list)[0].id();", &["deleted", "operator[]"]),
        (
            "auto id = static_cast<const rtk::Participants &&>(list).at(0).id();",
            &["deleted", "at(std::size_t index) const &&"],
        ),
        ("auto p = client.iter_participants(a, a, a).begin();", &["deleted", "begin() &&"]),
        ("auto p = client.iter_participants(a, a, a).end();", &["deleted", "end() &&"]),
        // Names and types that no longer exist.
        ("auto text = list.json();", &["json", "member"]),
        ("std::string_view text = list[0].created_at();", &["conver", "optional"]),
        ("std::string_view text = list[0].preset_name();", &["conver", "optional"]),
    ];
    for (line, words) in wrong {
        let output = compile_with(line, STANDARDS[0]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && words.iter().all(|word| said.contains(word)), "{line}\n{said}");
    }
}

#[test]
fn texts_and_dates_are_as_sent() {
    let participant = |letter: char, created: &str, updated: &str, more: &str| {
        let id = format!("{}-0000-4000-8000-000000000000", String::from(letter).repeat(8));
        format!(
            r#"{{"id":"{id}","created_at":"{created}","updated_at":"{updated}","custom_participant_id":"one","preset_name":"host"{more}}}"#
        )
    };
    let fields = r#","name":"Zoë 🎉","picture":"https://example.com/one.png""#;
    let one = participant('a', "2019-12-27T18:11:19.117Z", "2019-12-27T19:11:19.118+01:00", fields);
    let two = participant('b', "yesterday", "", r#","picture":null,"unknown":[1,{}]"#);
    let three = participant(
        'c',
        "1969-12-31T23:59:59.5Z",
        "1969-12-31T23:59:59.5Z",
        r#","name":"nul\u0000character","picture":"""#,
    );
    let four = participant('d', "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "");
    let five = r#"{"id":"eeeeeeee-0000-4000-8000-000000000000"}"#.to_string();
    let fields = r#""custom_participant_id":null,"preset_name":null,"created_at":null,"updated_at":null,"name":null,"picture":null"#;
    let six = format!(r#"{{{fields},"id":"ffffffff-0000-4000-8000-000000000000"}}"#);
    let six_of_them = [one, two, three, four, five, six];
    holds("texts", &Server::always(Response::json(page_of(&six_of_them, 6, 1))).url());
}

#[test]
fn participants_with_the_same_fields_are_equal() {
    let first = concat!(
        r#"{"id":"aaaaaaaa-0000-4000-8000-000000000000","custom_participant_id":"one","preset_name":"host","#,
        r#""created_at":"2019-12-27T18:11:19Z","updated_at":"2019-12-28T18:11:19Z","name":"","picture":null}"#
    );
    let changes = [
        ("aaaaaaaa", "bbbbbbbb"),
        (r#""one""#, r#""two""#),
        (r#""host""#, "null"),
        ("2019-12-27T18:11:19Z", "2019-12-27T19:11:19+01:00"), // the same time, another text
        (r#""2019-12-28T18:11:19Z""#, "null"),
        (r#""name":"""#, r#""name":null"#),
        (r#""name":"""#, r#""name":"Zoë""#),
        (r#""picture":null"#, r#""picture":"""#),
    ];
    let server = Server::start(move |request| {
        let participant = match request.account() {
            "0" => first.to_string(),
            "same" => first.replace(r#","picture":null}"#, r#","unknown":[1]}"#),
            number => {
                let (from, to) = changes[number.parse::<usize>().expect("a number") - 1];
                first.replace(from, to)
            }
        };
        Response::json(page_of(&[participant], 1, 1))
    });
    holds("equal", &server.url());
}

#[test]
fn lists_and_ranges_outlive_their_client() {
    holds("outlive", &Service::start(250).url());
}

#[test]
fn owners_can_be_moved() {
    holds("moved", &Service::start(250).url());
}

#[test]
fn exceptions_of_user_code_pass_through() {
    holds("throwing", &Service::start(250).url());
}

#[test]
fn threads_share_a_client() {
    holds("threads", &Service::start(250).url());
}

#[test]
fn errors_carry_what_the_service_said() {
    let refusal = r#"{"success":false,"errors":[{"code":971,"message":"Please wait"}],"messages":[],"result":null}"#;
    let headers = [("CF-Ray", "8f0000000000abcd-FRA"), ("Retry-After", "40")];
    holds("refused", &Server::always(Response::whole(429, &headers, refusal)).url());
}

#[test]
fn every_status_is_thrown() {
    let server = Server::start(|request| {
        let status = request.account().strip_prefix("status-").and_then(|status| status.parse().ok());
        let headers = [("CF-Ray", "8f0000000000abcd-FRA"), ("Retry-After", "no time")];
        Response::whole(status.unwrap_or(501), &headers, "no JSON")
    });
    holds("statuses", &server.url());
}

#[test]
fn errors_are_caught_by_kind() {
    holds("kinds", &Server::always(Response::whole(404, &[], "no JSON")).url());
}

#[test]
fn a_missing_response_has_no_http_status() {
    holds("unreachable", &address::refusing().url());
}

#[test]
fn a_failed_page_ends_the_range() {
    let participants: Vec<String> = (0..20).map(service::participant).collect();
    let page = page_of(&participants, 40, 1);
    let server = Server::start(move |request| match request.page_no() {
        Some(1) => Response::json(&page),
        _ => Response::whole(403, &[("CF-Ray", "8f0000000000abcd-FRA")], &page),
    });
    holds("second_page", &server.url());
}

#[test]
fn shutdown_ends_calls_in_flight() {
    holds("cancelled", &Server::silent().url());
}

#[test]
fn invalid_arguments_are_refused() {
    let server = Service::start(250);
    holds("arguments", &server.url());
    assert_eq!(server.requests(), 0);
}

#[test]
fn settings_reach_the_service() {
    let server = Server::start(|request| {
        let token = request.header("Authorization") == Some(&format!("Bearer {TOKEN}"));
        let agent = request.header("User-Agent") == Some("attendance/2");
        match (token && agent && request.query("per_page") == Some(7), request.number % 5) {
            (false, _) => Response::whole(418, &[], ""),
            (true, 1 | 2) => Response::whole(503, &[("Retry-After", "0")], ""),
            (true, _) => Response::json(whole_list(1)),
        }
    });
    holds("headers", &server.url());
}

#[test]
fn the_older_key_pair_reaches_the_service() {
    let server = Server::start(|request| match (request.header("X-Auth-Email"), request.header("X-Auth-Key")) {
        (Some(EMAIL), Some(KEY)) => Response::json(whole_list(1)),
        _ => Response::whole(401, &[], ""),
    });
    holds_with("old_key", &server.url(), &[("EMAIL", EMAIL), ("KEY", KEY)]);
}

#[test]
fn timeout_and_deadline_end_a_call() {
    holds("times", &Server::silent().url());
}

#[test]
fn the_proxy_is_used() {
    let (nobody, proxy) = (address::refusing(), Server::always(Response::whole(403, &[], "")));
    holds_with("proxy", &nobody.url(), &[("PROXY", &proxy.url())]);
    let asked: Vec<String> = proxy.requests().into_iter().map(|request| request.head.line).collect();
    let connect = format!("CONNECT {} ", nobody.address);
    assert!(asked.len() == STANDARDS.len() && asked.iter().all(|line| line.starts_with(&connect)), "{asked:?}");
}

/// A folder can be added to the authorities of Linux, and to no other system's.
#[cfg(target_os = "linux")]
mod unix {
    use super::*;

    #[test]
    fn native_ca_trusts_the_systems_authorities() {
        let trusted = TrustedService::start("cpp");
        let folder = trusted.folder().display().to_string();
        holds_with("native_ca", &trusted.service.url(), &[("SSL_CERT_DIR", &folder)]);
    }
}

#[test]
fn the_default_client_uses_the_environment() {
    let service = Service::start(250);
    holds_with("environment", "", &[("CLOUDFLARE_API_TOKEN", TOKEN), ("CLOUDFLARE_BASE_URL", &service.url())]);
}

#[test]
fn a_shutdown_ends_the_calls_of_a_client_and_its_children() {
    let server = Server::start(|request| match request.account() {
        "slow" => Response::new().hang(),
        _ => Response::json(whole_list(3)),
    });
    holds("children", &server.url());
}

#[test]
fn parents_and_children_are_destroyed_in_any_order() {
    holds("order", &Service::start(3).url());
}

#[test]
fn a_retried_call_logs_its_retries_and_pages() {
    // Each program makes three requests.
    let server = Server::start(|request| match request.number % 3 {
        1 | 2 => Response::whole(503, &[("Retry-After", "0")], ""),
        _ => Response::json(whole_list(3)),
    });
    holds("log", &server.url());
}

#[test]
fn an_exception_of_the_log_function_ends_nothing() {
    holds("log_throws", &Service::start(250).url());
}

#[test]
fn the_log_function_lives_as_long_as_it_is_called() {
    holds("log_lives", &Service::start(250).url());
}

#[test]
fn another_log_function_is_for_later_clients() {
    holds("log_changed", &Service::start(250).url());
}

#[test]
fn threads_log_at_the_same_time() {
    holds("log_threads", &Service::start(250).url());
}

#[test]
fn example_lists_everyone_in_a_meeting() {
    let service = Service::start(250);
    for standard in STANDARDS {
        let program = Program::build_cpp("list_participants", &["examples/cpp/list_participants.cpp"], standard);
        let mut command = program.command();
        command.envs(environment("")).env("CLOUDFLARE_API_TOKEN", TOKEN).env("CLOUDFLARE_BASE_URL", service.url());
        let listed = compiler::run(&mut command);
        let lines: Vec<&str> = listed.lines().collect();
        assert_eq!(lines.len(), 251, "{listed}");
        assert!((0..250).all(|i| lines[i].starts_with(&service::id(i))), "{listed}");
        assert!(
            lines[4].ends_with("\t2026-03-01T09:00:04.000Z\tParticipant 4") && lines[5].ends_with("\t-"),
            "{listed}"
        );
        assert_eq!(lines[250], "250 participants: complete");

        let refused = program::output(command.env("CLOUDFLARE_API_TOKEN", OTHER_TOKEN));
        assert_eq!(refused.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("401") && refused.stdout.is_empty(), "{refused:?}");

        for missing in ["CLOUDFLARE_ACCOUNT_ID", "REALTIMEKIT_APP_ID", "MEETING_ID"] {
            let output = program::output(program.command().envs(environment("")).env_remove(missing));
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!((said.as_ref(), output.status.code()), (format!("{missing} is not set\n").as_str(), Some(1)));
        }
    }
}
