//! The C++ interface, as C++17 and C++20 programs see it: every test runs one case of `tests/cpp`, over a real socket.
//!
//! With `RTK_SANITIZE=1` in the environment they are compiled with AddressSanitizer and UndefinedBehaviorSanitizer, which must find what
//! they should in faults on purpose before the tests begin.

use std::io::Write;
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, mpsc};

use mockito::{Matcher, Request, Server, ServerOpts};
use testkit::program::{self, Program};
use testkit::service::{self, Service};
use testkit::tls::Vouched;
use testkit::{c, page_of, whole_list, wire};

const STANDARDS: [&str; 2] = ["c++17", "c++20"];

/// The programs that run the cases, of both standards.
static PROGRAMS: LazyLock<[Program; 2]> = LazyLock::new(|| {
    // Two files, because a header of inline functions must bear with being included by more than one.
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

/// A run under sanitizers is worth something only if they are there.
fn faults_are_found(program: &Program) {
    let service = Service::start(1);
    let faults = [
        ("leak", "detected memory leaks"),
        ("dangling", "heap-use-after-free"),
        ("undefined", "signed integer overflow"),
    ];
    for (fault, report) in faults {
        let output =
            program::output(program.command().arg(format!("fault_{fault}")).envs(environment(&service.base_url())));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(report), "the sanitizers missed a fault, {fault}: {said}");
    }
}

fn environment(base_url: &str) -> Vec<(&'static str, String)> {
    let ids = [
        ("CLOUDFLARE_ACCOUNT_ID", service::ACCOUNT_ID),
        ("APP_ID", service::APP_ID),
        ("MEETING_ID", service::MEETING_ID),
    ];
    let rest = [("BASE_URL", base_url), ("TOKEN", service::TOKEN)];
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

/// A service that answers every request in this way.
fn answering(
    status: impl Fn(&Request) -> usize + Send + Sync + 'static,
    body: impl Fn(&Request) -> String + Send + Sync + 'static,
    retry_after: &str,
) -> Server {
    let mut server = Server::new_with_opts(ServerOpts::default());
    server
        .mock("GET", Matcher::Any)
        .with_header("CF-Ray", "8f0000000000abcd-FRA")
        .with_header("Retry-After", retry_after)
        .with_status_code_from_request(status)
        .with_body_from_request(move |request| body(request).into_bytes())
        .create();
    server
}

fn header(request: &Request, name: &str) -> String {
    request.header(name).first().and_then(|value| value.to_str().ok()).unwrap_or_default().into()
}

#[test]
fn everyone_is_a_random_access_range() {
    holds("everyone", &Service::start(250).base_url());
}

#[test]
fn a_page_is_as_the_service_pages() {
    holds("page", &Service::start(250).base_url());
}

#[test]
fn an_empty_meeting_is_empty() {
    holds("nobody", &Service::start(0).base_url());
}

#[test]
fn the_range_gives_everyone_one_by_one() {
    holds("one_by_one", &Service::start(250).base_url());
}

#[test]
fn a_temporary_is_walked_and_gives_nothing_that_dangles() {
    holds("temporary", &Service::start(250).base_url());
}

/// Compiles a function with this line in it.
fn compile_with(line: &str, standard: &str) -> Output {
    let mut compiler = c::cpp_compiler();
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
fn what_would_read_freed_memory_does_not_compile() {
    // What may stand in the place of the lines below.
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
        // Names and types that are gone.
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
    let server = answering(|_| 200, move |_| page_of(&six_of_them, 6, 1), "0");
    holds("texts", &server.url());
}

#[test]
fn results_outlive_their_client() {
    holds("outlive", &Service::start(250).base_url());
}

#[test]
fn owners_can_be_moved() {
    holds("moved", &Service::start(250).base_url());
}

#[test]
fn what_user_code_throws_passes_through() {
    holds("throwing", &Service::start(250).base_url());
}

#[test]
fn threads_share_a_client() {
    holds("threads", &Service::start(250).base_url());
}

#[test]
fn refusals_say_what_the_service_said() {
    let refusal = r#"{"success":false,"errors":[{"code":971,"message":"Please wait"}],"messages":[],"result":null}"#;
    holds("refused", &answering(|_| 429, |_| refusal.into(), "40").url());
}

#[test]
fn every_status_is_thrown() {
    let status = |request: &Request| {
        let account = request.path().split('/').nth(2).and_then(|account| account.strip_prefix("status-"));
        account.and_then(|status| status.parse().ok()).unwrap_or(501)
    };
    holds("statuses", &answering(status, |_| "no JSON".into(), "no time").url());
}

#[test]
fn no_answer_is_an_error_without_http_status() {
    let nobody = wire::Refusing::bind();
    holds("unreachable", &nobody.url());
}

#[test]
fn a_failed_page_ends_the_range() {
    let first = |request: &Request| request.path_and_query().contains("page_no=1");
    let participants: Vec<String> = (0..20).map(service::participant).collect();
    let page = page_of(&participants, 40, 1);
    holds(
        "second_page",
        &answering(move |request| if first(request) { 200 } else { 403 }, move |_| page.clone(), "0").url(),
    );
}

#[test]
fn shutdown_ends_calls_in_flight() {
    holds("cancelled", &wire::silent());
}

#[test]
fn arguments_that_cannot_be_right_are_refused_before_anything_is_sent() {
    let server = Service::start(250);
    holds("arguments", &server.base_url());
    assert_eq!(server.requests(), 0);
}

#[test]
fn settings_reach_the_service() {
    let requests = AtomicUsize::new(0);
    let status = move |request: &Request| {
        let token = header(request, "Authorization") == format!("Bearer {}", service::TOKEN);
        let agent = header(request, "User-Agent") == "attendance/2";
        match (
            token && agent && request.path_and_query().contains("per_page=7"),
            requests.fetch_add(1, Ordering::Relaxed) % 5,
        ) {
            (false, _) => 418,
            (true, 0 | 1) => 503,
            (true, _) => 200,
        }
    };
    holds("headers", &answering(status, |_| whole_list(1), "0").url());
}

#[test]
fn the_older_key_pair_reaches_the_service() {
    let known = |request: &Request| {
        (header(request, "X-Auth-Email"), header(request, "X-Auth-Key")) == ("me@example.com".into(), "old-key".into())
    };
    holds("old_key", &answering(move |request| if known(request) { 200 } else { 401 }, |_| whole_list(1), "0").url());
}

#[test]
fn times_bound_a_call() {
    holds("times", &wire::silent());
}

#[test]
fn the_proxy_is_asked() {
    let nobody = wire::Refusing::bind();
    let (heads, asked) = mpsc::channel();
    let proxy = wire::server(move |mut stream, _| {
        heads.send(wire::request(&mut stream).expect("a request")).expect("the test waits");
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").expect("an answer");
    });
    holds_with("proxy", &nobody.url(), &[("PROXY", &proxy)]);
    let connect = format!("CONNECT {} ", nobody.url().trim_start_matches("http://"));
    let asked: Vec<String> = asked.try_iter().collect();
    assert!(asked.len() == STANDARDS.len() && asked.iter().all(|head| head.starts_with(&connect)), "{asked:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn native_ca_trusts_the_authorities_of_the_system() {
    let vouched = Vouched::new("cpp");
    let folder = vouched.folder().display().to_string();
    holds_with("native_ca", &format!("https://{}", vouched.service.address()), &[("SSL_CERT_DIR", &folder)]);
}

#[test]
fn a_client_by_default_is_of_the_environment() {
    let service = Service::start(250);
    holds_with(
        "environment",
        "",
        &[("CLOUDFLARE_API_TOKEN", service::TOKEN), ("CLOUDFLARE_BASE_URL", &service.base_url())],
    );
}

#[test]
fn the_example_lists_everyone_in_a_meeting() {
    let service = Service::start(250);
    for standard in STANDARDS {
        let program = Program::build_cpp("list_participants", &["examples/cpp/list_participants.cpp"], standard);
        let mut command = program.command();
        command
            .envs(environment(""))
            .env("CLOUDFLARE_API_TOKEN", service::TOKEN)
            .env("CLOUDFLARE_BASE_URL", service.base_url());
        let listed = c::run(&mut command);
        let lines: Vec<&str> = listed.lines().collect();
        assert_eq!(lines.len(), 251, "{listed}");
        assert!((0..250).all(|i| lines[i].starts_with(&service::id(i))), "{listed}");
        assert!(
            lines[4].ends_with("\t2026-03-01T09:00:04.000Z\tParticipant 4") && lines[5].ends_with("\t-"),
            "{listed}"
        );
        assert_eq!(lines[250], "250 participants: complete");

        let refused = program::output(command.env("CLOUDFLARE_API_TOKEN", "another"));
        assert_eq!(refused.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("401") && refused.stdout.is_empty(), "{refused:?}");

        for missing in ["CLOUDFLARE_ACCOUNT_ID", "APP_ID", "MEETING_ID"] {
            let output = program::output(program.command().envs(environment("")).env_remove(missing));
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!((said.as_ref(), output.status.code()), (format!("{missing} is not set\n").as_str(), Some(1)));
        }
    }
}
