//! The C++ interface, as C++17 and C++20 programs see it: every test runs one case of `tests/cpp`, over a real socket.
//!
//! With `RTK_SANITIZE` set they are compiled with AddressSanitizer and UndefinedBehaviorSanitizer, once both have found what they should.

#[path = "../examples/support/service.rs"]
#[allow(dead_code, reason = "shared with the examples")]
mod service;
mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use mockito::{Matcher, Request, Server, ServerOpts};
use service::Service;
use socket2::{Domain, Socket, Type};
use support::c;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sanitized() -> bool {
    std::env::var_os("RTK_SANITIZE").is_some_and(|value| !value.is_empty())
}

/// Compiles these sources as one program, with warnings as errors.
fn build(name: &str, sources: &[PathBuf], standard: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cpp");
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    // Others may build the same at the same time: what is in the making has a name of its own.
    let unfinished = folder.join(format!("unfinished-{name}-{standard}-{}", std::process::id()));

    // Programs look for the library by its soname.
    std::os::unix::fs::symlink(c::shared_library(), &unfinished).expect("a link");
    std::fs::rename(&unfinished, folder.join("libparticipants.so.0")).expect("the link can be renamed");

    let mut compiler = c::cpp_compiler();
    compiler.args([&format!("-std={standard}"), "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]);
    if sanitized() {
        compiler.args(["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
    }
    compiler.arg("-I").arg(root().join("include")).args(sources).arg("-o").arg(&unfinished);
    compiler.arg("-pthread").arg(c::shared_library()).arg(format!("-Wl,-rpath,{}", folder.display()));
    c::run(&mut compiler);

    let program = folder.join(format!("{name}-{standard}"));
    std::fs::rename(&unfinished, &program).expect("the program can be renamed");
    program
}

/// The programs that run the cases, of both standards.
static PROGRAMS: LazyLock<[PathBuf; 2]> = LazyLock::new(|| {
    // Two files, because a header of inline functions must bear with being included by more than one.
    let sources = ["main", "types"].map(|name| root().join(format!("tests/cpp/{name}.cpp")));
    let programs = std::thread::scope(|scope| {
        let both = ["c++17", "c++20"].map(|standard| scope.spawn(|| build("cases", &sources, standard)));
        both.map(|build| build.join().expect("the program compiles"))
    });
    if sanitized() {
        programs.iter().for_each(|program| faults_are_found(program));
    }
    programs
});

/// A run under sanitizers is worth something only if they are there.
fn faults_are_found(program: &Path) {
    let service = Service::start(1);
    let faults = [("leak", "detected memory leaks"), ("dangling", "heap-use-after-free"), ("undefined", "signed integer overflow")];
    for (fault, report) in faults {
        let output = output(case(program, &format!("fault_{fault}"), &service.base_url()));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(report), "the sanitizers missed a fault, {fault}: {said}");
    }
}

fn case(program: &Path, name: &str, base_url: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().arg(name).env("BASE_URL", base_url).env("TOKEN", service::TOKEN);
    command.env("ACCOUNT_ID", service::ACCOUNT_ID).env("APP_ID", service::APP_ID).env("MEETING_ID", service::MEETING_ID);
    command
}

fn output(mut command: Command) -> Output {
    command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

/// Runs a case, which prints that it held and nothing else.
fn holds_with(name: &str, base_url: &str, environment: &[(&str, &str)]) {
    for program in PROGRAMS.iter() {
        let mut command = case(program, name, base_url);
        command.envs(environment.iter().copied());
        let output = output(command);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{} {name}: {}\n{err}", program.display(), output.status);
        assert_eq!((out.as_ref(), err.as_ref()), (format!("{name} held\n").as_str(), ""));
    }
}

fn holds(name: &str, base_url: &str) {
    holds_with(name, base_url, &[]);
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

/// A page that is everyone.
fn page(participants: &[String]) -> String {
    let (count, data) = (participants.len(), participants.join(","));
    format!(r#"{{"data":[{data}],"paging":{{"total_count":{count},"start_offset":1,"end_offset":{count}}},"success":true}}"#)
}

fn header(request: &Request, name: &str) -> String {
    request.header(name).first().and_then(|value| value.to_str().ok()).unwrap_or_default().into()
}

/// Takes connections and requests, and never answers.
fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(|| stream.map(|mut stream| stream.read_to_end(&mut Vec::new())));
        }
    });
    url
}

/// A port that refuses connections, as long as the socket lives.
fn refusing() -> (Socket, String) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port");
    let address = socket.local_addr().expect("an address").as_socket().expect("of IP");
    (socket, format!("http://{address}"))
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
    let three = participant('c', "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z", r#","name":"nul\u0000character","picture":"""#);
    let four = participant('d', "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "");
    let server = answering(|_| 200, move |_| page(&[one.clone(), two.clone(), three.clone(), four.clone()]), "0");
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
    holds("refused", &answering(|_| 429, |_| refusal.into(), "120").url());
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
    let (_socket, url) = refusing();
    holds("unreachable", &url);
}

#[test]
fn a_failed_page_ends_the_range() {
    let first = |request: &Request| request.path_and_query().contains("page_no=1");
    let participants: Vec<String> = (0..20).map(service::participant).collect();
    let page = page(&participants).replace(r#""total_count":20"#, r#""total_count":40"#);
    holds("second_page", &answering(move |request| if first(request) { 200 } else { 403 }, move |_| page.clone(), "0").url());
}

#[test]
fn shutdown_ends_calls_in_flight() {
    holds("cancelled", &silent());
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
        match (token && agent && request.path_and_query().contains("per_page=7"), requests.fetch_add(1, Ordering::Relaxed) % 5) {
            (false, _) => 418,
            (true, 0 | 1) => 503,
            (true, _) => 200,
        }
    };
    holds("headers", &answering(status, |_| page(&[service::participant(0)]), "0").url());
}

#[test]
fn the_older_key_pair_reaches_the_service() {
    let known =
        |request: &Request| (header(request, "X-Auth-Email"), header(request, "X-Auth-Key")) == ("me@example.com".into(), "old-key".into());
    holds("old_key", &answering(move |request| if known(request) { 200 } else { 401 }, |_| page(&[service::participant(0)]), "0").url());
}

#[test]
fn times_bound_a_call() {
    holds("times", &silent());
}

#[test]
fn the_proxy_is_asked() {
    let (_socket, url) = refusing();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let proxy = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = std::thread::spawn(move || {
        [(); 2].map(|()| {
            let (mut stream, _) = listener.accept().expect("a connection");
            let head: Vec<String> = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").expect("an answer");
            head
        })
    });
    holds_with("proxy", &url, &[("PROXY", &proxy)]);
    let connect = format!("CONNECT {} ", url.trim_start_matches("http://"));
    // Once by the program of each standard.
    assert!(asked.join().expect("two requests").iter().all(|head| head[0].starts_with(&connect)));
}

#[test]
fn a_client_by_default_is_of_the_environment() {
    let service = Service::start(250);
    holds_with("environment", "", &[("CLOUDFLARE_API_TOKEN", service::TOKEN), ("CLOUDFLARE_BASE_URL", &service.base_url())]);
}

#[test]
fn the_example_lists_everyone_in_a_meeting() {
    let service = Service::start(250);
    for standard in ["c++17", "c++20"] {
        let program = build("list_participants", &[root().join("examples/cpp/list_participants.cpp")], standard);
        let mut command = case(&program, "", &service.base_url());
        command.env("CLOUDFLARE_API_TOKEN", service::TOKEN).env("CLOUDFLARE_BASE_URL", service.base_url());
        let listed = c::run(&mut command);
        let lines: Vec<&str> = listed.lines().collect();
        assert_eq!(lines.len(), 251, "{listed}");
        assert!((0..250).all(|i| lines[i].starts_with(&service::id(i))), "{listed}");
        assert!(lines[4].ends_with("\t2026-03-01T09:00:04.000Z\tParticipant 4") && lines[5].ends_with("\t-"), "{listed}");
        assert_eq!(lines[250], "250 participants: complete");

        command.env("CLOUDFLARE_API_TOKEN", "another");
        let refused = output(command);
        assert_eq!(refused.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("401") && refused.stdout.is_empty(), "{refused:?}");
    }
}
