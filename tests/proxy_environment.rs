//! The route of a request, through a proxy or directly, for many values of the environment's proxy variables. If the
//! machine has curl, each case is compared with curl, too.

#![cfg(unix)] // On Windows, http_proxy and HTTP_PROXY are one variable: see tests/environment.rs.

use std::net::TcpListener;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use participants::{Client, ErrorKind};
use testkit::credentials::{PROXY_PASSWORD, TOKEN};
use testkit::environment::{self, PROXY_VARIABLES};
use testkit::server::{Response, Server};
use testkit::{NO_PARAMETERS, meeting};

use Curl::{Differs, Same, SameIn788};
use Route::{A, At, B, Direct, Refused, WithCredentials};

/// Hosts that do not exist or do not listen: a direct request fails.
const API: &str = "https://api.cloudflare.invalid";
const PLAIN: &str = "http://localhost:1";

/// The result of a case.
#[derive(Debug, Clone, PartialEq)]
enum Route {
    /// Through the proxy at `{A}`.
    A,
    /// Through the proxy at `{A}`, which gets these Basic credentials.
    WithCredentials(&'static str),
    B,
    /// Through a proxy at this address, where nothing listens.
    At(&'static str),
    Direct,
    /// The client, or curl, refuses the value, with this message.
    Refused(&'static str),
}

/// The result of curl.
#[derive(Debug, Clone, Copy)]
enum Curl {
    Same,
    /// The same in 7.88, and why other versions differ.
    SameIn788(#[allow(dead_code, reason = "for the readers of the table")] &'static str),
    /// Another one, and why.
    Differs(&'static str),
}

struct Case {
    environment: Vec<(&'static str, &'static str)>,
    target: &'static str,
    route: Route,
    curl: Curl,
}

fn case(environment: &[(&'static str, &'static str)], target: &'static str, route: Route, curl: Curl) -> Case {
    Case { environment: environment.to_vec(), target, route, curl }
}

fn variables() -> Vec<Case> {
    let (a, b) = ("http://{A}", "http://{B}");
    let cgi = ("REQUEST_METHOD", "GET");
    const UPPER: &str = "curl ignores HTTP_PROXY; the contract requires it unless a web server may have set it";
    const TRIMMED: &str = "values from the environment are trimmed, and blank is unset";
    vec![
        case(&[], API, Direct, Same),
        // As common tools set them.
        case(&[("https_proxy", a), ("http_proxy", a), ("all_proxy", "socks5://{B}")], API, A, Same),
        case(&[("https_proxy", a), ("http_proxy", a), ("all_proxy", "socks5://{B}")], PLAIN, A, Same),
        case(&[("https_proxy", a)], API, A, Same),
        case(&[("HTTPS_PROXY", a)], API, A, Same),
        case(&[("all_proxy", a)], API, A, Same),
        case(&[("ALL_PROXY", a)], API, A, Same),
        case(&[("https_proxy", a), ("HTTPS_PROXY", b)], API, A, Same),
        case(&[("HTTPS_PROXY", a), ("all_proxy", b)], API, A, Same),
        case(&[("HTTPS_PROXY", a), ("ALL_PROXY", b)], API, A, Same),
        case(&[("all_proxy", a), ("ALL_PROXY", b)], API, A, Same),
        case(&[("http_proxy", a)], API, Direct, Same),
        case(&[("HTTP_PROXY", a)], API, Direct, Same),
        case(&[("HTTP_PROXY", a), ("all_proxy", b)], API, B, Same),
        case(&[("https_proxy", ""), ("HTTPS_PROXY", a)], API, A, Same),
        case(&[("https_proxy", ""), ("HTTPS_PROXY", ""), ("all_proxy", "")], API, Direct, Same),
        case(&[("https_proxy", " "), ("all_proxy", a)], API, A, Differs(TRIMMED)),
        case(&[("https_proxy", " http://{A}\n")], API, A, Differs(TRIMMED)),
        case(&[("http_proxy", a), ("https_proxy", b)], PLAIN, A, Same),
        case(&[("http_proxy", a), ("all_proxy", b)], PLAIN, A, Same),
        case(&[("https_proxy", a)], PLAIN, Direct, Same),
        case(&[("HTTPS_PROXY", a)], PLAIN, Direct, Same),
        case(&[("all_proxy", a)], PLAIN, A, Same),
        case(&[("ALL_PROXY", a)], PLAIN, A, Same),
        case(&[("HTTP_PROXY", a)], PLAIN, A, Differs(UPPER)),
        case(&[("http_proxy", a), ("HTTP_PROXY", b)], PLAIN, A, Same),
        case(&[("HTTP_PROXY", a), ("ALL_PROXY", b)], PLAIN, A, Differs(UPPER)),
        case(&[("HTTP_PROXY", a), cgi], PLAIN, Direct, Same),
        case(&[("HTTP_PROXY", a), ("ALL_PROXY", b), cgi], PLAIN, B, Same),
        case(&[("http_proxy", a), cgi], PLAIN, A, Same),
        case(&[("HTTP_PROXY", a), ("REQUEST_METHOD", "")], PLAIN, A, Differs(UPPER)),
        case(&[("HTTPS_PROXY", a), cgi], API, A, Same),
    ]
}

fn urls() -> Vec<Case> {
    let https = |url: &'static str, route: Route, curl: Curl| case(&[("https_proxy", url)], API, route, curl);
    const SOCKS: &str = "curl speaks SOCKS";
    const MARK: &str = "RFC 7617 forbids control characters; curl ignores the proxy";
    const SLASH: &str = "has a /, ? or # before its @: in a user name or a password they are %2F, %3F and %23";
    const PATH: &str = "what looks like a path may be part of a password, which must not be shown";
    const FTP: &str = "curl takes such a host for an FTP server";
    const LOOPBACK: &str = "a remote proxy can't reach this machine's loopback";
    let none = "is not the URL of a proxy";
    let port = "has a port that is not a number from 0 to 65535";
    vec![
        https("{A}", A, Same),
        https("HTTP://{A}", A, Same),
        https("http://{A}/", A, Same),
        https("http://{A}/path?query#fragment", A, Same),
        https("{A}/path", A, Same),
        https("http:/{A}", A, Same),
        https("http:///{A}", A, Same),
        https("https://{A}", A, Same),
        https("HttpS://{A}", A, Same),
        https("http://[::1]:{A6}", A, Same),
        https("[::1]:{A6}", A, Same),
        https("http://[::ffff:127.0.0.1]:{A4}", A, Same),
        https("http://127.0.0.1:00{A4}", A, Same),
        https("http://127.0.0.1", At("127.0.0.1:1080"), Same),
        https("127.0.0.1", At("127.0.0.1:1080"), Same),
        https("http://127.0.0.1:", At("127.0.0.1:1080"), Same),
        https("https://127.0.0.1", At("127.0.0.1:443"), Same),
        https("user:pw@{A}", WithCredentials("dXNlcjpwdw=="), Same),
        https("http://user:pw@{A}", WithCredentials("dXNlcjpwdw=="), Same),
        https("http://user@{A}", WithCredentials("dXNlcjo="), Same),
        https("http://:pw@{A}", WithCredentials("OnB3"), Same),
        https("http://@{A}", WithCredentials("Og=="), Same),
        https("http://us%40er:p%2Fss%3Aw%C3%B6rd%25@{A}", WithCredentials("dXNAZXI6cC9zczp3w7ZyZCU="), Same),
        https("http://u:a:b@{A}", WithCredentials("dTphOmI="), Same),
        https("http://u+v:p+q@{A}", WithCredentials("dSt2OnArcQ=="), Same),
        https("http://u%ff:p@{A}", WithCredentials("df86cA=="), Same),
        https("http://u%zz:p%@{A}", WithCredentials("dSV6ejpwJQ=="), Same),
        https("http://ü:ö@{A}", WithCredentials("w7w6w7Y="), Same),
        https("http://u:p@ss@{A}", Refused("has more than one @: in a user name or a password it is %40"), Same),
        https("http://u:p/q@{A}", Refused(SLASH), Same),
        https("http://u:p?q@{A}", Refused(SLASH), Same),
        https("http://u:1/q@{A}", Refused(SLASH), Same),
        https("http://u:p@ss#q@{A}", Refused(SLASH), Same),
        https("http://{A}/@", Refused(SLASH), Differs(PATH)),
        https("http://u:p q@{A}", Refused("has a blank or a control character in its user name or password"), Same),
        https(
            "http://u%0a:p@{A}",
            Refused("has a blank or a control character in its user name or password"),
            Differs(MARK),
        ),
        https("http://127.0.0.1:65536", Refused(port), Same),
        https("http://127.0.0.1:x", Refused(port), Same),
        https("http://127.0.0.1:+{A4}", Refused(port), Same),
        https("http://{A},http://{B}", Refused(port), Same),
        https("http://", Refused(none), Same),
        https("*", Refused(none), Same),
        https("\"http://{A}\"", Refused(none), Same),
        https("//{A}", Refused(none), Same),
        https("http:{A}", Refused(port), Same),
        https("http://[::1", Refused(none), Same),
        https("http://::1:{A6}", Refused(none), Same),
        https("http=127.0.0.1:{A4}", Refused(none), Same),
        https(
            "ftp://{A}",
            Refused("is of another kind than the http:// and https:// proxies that are supported"),
            Same,
        ),
        https("ftp.proxy.invalid:1", At("ftp.proxy.invalid:1"), Differs(FTP)),
        https("socks://{A}", Refused("is a SOCKS proxy (socks://), and only"), Differs(SOCKS)),
        https("socks4://{A}", Refused("is a SOCKS proxy (socks4://), and only"), Differs(SOCKS)),
        https("socks4a://{A}", Refused("is a SOCKS proxy (socks4a://), and only"), Differs(SOCKS)),
        https("socks5://{A}", Refused("is a SOCKS proxy (socks5://), and only"), Differs(SOCKS)),
        https(
            "SOCKS5H://user:hunter2-and-more@{A}",
            Refused("is a SOCKS proxy (socks5h://), and only"),
            Differs(SOCKS),
        ),
        case(
            &[("all_proxy", "socks5://{A}")],
            PLAIN,
            Refused("is a SOCKS proxy (socks5://), and only"),
            Differs(SOCKS),
        ),
        case(
            &[("all_proxy", "socks5://{A}"), ("no_proxy", "x")],
            API,
            Refused("is a SOCKS proxy (socks5://), and only"),
            Differs(SOCKS),
        ),
        case(&[("all_proxy", "socks5h://{B}"), ("HTTPS_PROXY", "http://{A}")], API, A, Same),
        case(&[("http_proxy", "http://proxy.invalid:3128")], PLAIN, Direct, Differs(LOOPBACK)),
        case(&[("https_proxy", "http://proxy.invalid:3128")], "https://127.0.0.1:1", Direct, Differs(LOOPBACK)),
        case(&[("ALL_PROXY", "http://user:pw@proxy.invalid:1080")], "https://[::1]:1", Direct, Differs(LOOPBACK)),
    ]
}

fn no_proxy_lists() -> Vec<Case> {
    let for_host = |target: &'static str, list: &'static str, route: Route, curl: Curl| {
        case(&[("https_proxy", "http://{A}"), ("NO_PROXY", list)], target, route, curl)
    };
    let api = |list: &'static str, route: Route, curl: Curl| for_host(API, list, route, curl);
    let v4 = |list: &'static str, route: Route, curl: Curl| for_host("https://127.0.0.1:1", list, route, curl);
    let v6 = |list: &'static str, route: Route, curl: Curl| for_host("https://[::1]:1", list, route, curl);
    let port = |list: &'static str, route: Route, curl: Curl| {
        for_host("https://api.cloudflare.invalid:8443", list, route, curl)
    };
    let dotted =
        |list: &'static str, route: Route, curl: Curl| for_host("https://API.cloudflare.INVALID.", list, route, curl);
    let a = ("https_proxy", "http://{A}");
    const BLANKS: &str = "newer versions stop at a blank without a comma";
    const TRIMMED: &str = "values from the environment are trimmed, and blank is unset";
    const ADDRESS: &str = "curl 7.88 compares IPv6 hosts as text, although its manual promises networks";
    const SLIP: &str = "curl ignores an invalid prefix length";
    vec![
        api("cloudflare.invalid", Direct, Same),
        api(".cloudflare.invalid", Direct, Same),
        api("api.cloudflare.invalid", Direct, Same),
        api("invalid", Direct, Same),
        api("CloudFlare.Invalid", Direct, Same),
        api("cloudflare.invalid.", Direct, Same),
        api(".cloudflare.invalid.", Direct, Same),
        api("flare.invalid", A, Same),
        api("x.api.cloudflare.invalid", A, Same),
        api("..cloudflare.invalid", A, Same),
        api("cloudflare.invalid..", A, Same),
        api(".", A, Same),
        api("example.com,cloudflare.invalid", Direct, Same),
        api("example.com , cloudflare.invalid , example.org", Direct, Same),
        api(",,cloudflare.invalid,,", Direct, Same),
        api("example.com cloudflare.invalid", Direct, SameIn788(BLANKS)),
        api("example.com\tcloudflare.invalid", Direct, SameIn788(BLANKS)),
        api("example.com;cloudflare.invalid", A, Same),
        api("example.com\ncloudflare.invalid", A, Same),
        api(" cloudflare.invalid\n", Direct, Differs(TRIMMED)),
        api(",", A, Same),
        api("", A, Same),
        api("*", Direct, Same),
        api(" *\n", Direct, Differs(TRIMMED)),
        api("*,example.com", A, Same),
        api("example.com,*", A, Same),
        api("*.cloudflare.invalid", A, Same),
        api("api.cloudflare.*", A, Same),
        api("cloudflare.invalid:443", A, Same),
        api("https://cloudflare.invalid", A, Same),
        api("cloudflare.invalid/", A, Same),
        port("cloudflare.invalid", Direct, Same),
        port("api.cloudflare.invalid:8443", A, Same),
        dotted("cloudflare.invalid", Direct, Same),
        dotted("api.cloudflare.invalid.", Direct, Same),
        for_host("https://localhost:1", "localhost", Direct, Same),
        for_host("https://localhost:1", "127.0.0.1", A, Same),
        for_host("https://localhost:1", "127.0.0.0/8,::1", A, Same),
        v4("127.0.0.1", Direct, Same),
        v4("127.0.0.0/8", Direct, Same),
        v4("127.9.9.9/8", Direct, Same),
        v4("127.0.0.0/31", Direct, Same),
        v4("127.0.0.2/31", A, Same),
        v4("127.0.0.1/32", Direct, Same),
        v4("127.0.0.1/33", A, Same),
        v4("0.0.0.0/0", A, Same),
        v4("10.0.0.0/8", A, Same),
        v4("10.0.0.0/8 127.0.0.0/8", Direct, SameIn788(BLANKS)),
        v4("127.0.0.0/255.0.0.0", A, Same),
        v4("127.0.0.1/x", A, Differs(SLIP)),
        v4("0.1", A, Same),
        v4(".127.0.0.1", A, Same),
        v4("127.0.0.*", A, Same),
        v4("127.0.0.1:1", A, Same),
        v4("localhost", A, Same),
        v4("::ffff:127.0.0.1", A, Same),
        v6("::1", Direct, Same),
        v6("::2", A, Same),
        v6("[::1]", Direct, Differs(ADDRESS)),
        v6("0:0:0:0:0:0:0:1", Direct, Differs(ADDRESS)),
        v6("::1/128", Direct, Differs(ADDRESS)),
        v6("::/8", Direct, Differs(ADDRESS)),
        v6("[::]/127", Direct, Differs(ADDRESS)),
        v6("::2/127", A, Same),
        v6("::1/129", A, Same),
        v6("127.0.0.1", A, Same),
        v6("[::1]:1", A, Same),
        case(&[a, ("no_proxy", "cloudflare.invalid")], API, Direct, Same),
        case(&[a, ("no_proxy", "cloudflare.invalid"), ("NO_PROXY", "example.com")], API, Direct, Same),
        case(&[a, ("no_proxy", "example.com"), ("NO_PROXY", "cloudflare.invalid")], API, A, Same),
        case(&[a, ("no_proxy", ""), ("NO_PROXY", "cloudflare.invalid")], API, Direct, Same),
        case(&[a, ("no_proxy", " "), ("NO_PROXY", "cloudflare.invalid")], API, Direct, Differs(TRIMMED)),
        // A covered host is reached directly, whatever the other variables are.
        case(&[("all_proxy", "socks5://{A}"), ("NO_PROXY", "cloudflare.invalid")], API, Direct, Same),
        case(&[("https_proxy", "nonsense:::"), ("NO_PROXY", "cloudflare.invalid")], API, Direct, Same),
        case(&[("http_proxy", "http://{A}"), ("NO_PROXY", "localhost")], PLAIN, Direct, Same),
        case(&[("HTTP_PROXY", "http://{A}"), ("no_proxy", "localhost")], PLAIN, Direct, Same),
    ]
}

/// A proxy that refuses to open tunnels.
fn refusing(host: &str) -> Option<Server> {
    Server::start_at(host, |_| Response::whole(403, &[("Connection", "close")], "").close()).ok()
}

/// The proxies of one case.
struct Proxies {
    a: Server,
    /// On the IPv6 loopback address, if the machine has one.
    a6: Option<Server>,
    b: Server,
}

impl Proxies {
    fn start() -> Self {
        let [a, b] = [(); 2].map(|()| refusing("127.0.0.1").expect("a port"));
        Proxies { a, a6: refusing("::1"), b }
    }

    fn environment(&self, case: &Case) -> Vec<(&'static str, String)> {
        let a6 = self.a6.as_ref().map_or(0, |proxy| proxy.address().port());
        let places = [
            ("{A}", self.a.address().to_string()),
            ("{B}", self.b.address().to_string()),
            ("{A4}", self.a.address().port().to_string()),
            ("{A6}", a6.to_string()),
        ];
        let filled =
            |value: &str| places.iter().fold(value.to_string(), |text, (place, address)| text.replace(place, address));
        case.environment.iter().map(|(name, value)| (*name, filled(value))).collect()
    }

    /// The proxy that got a request.
    fn asked(&self, case: &Case) -> Option<Route> {
        let asked = |proxy: &&Server| proxy.connection_count() > 0;
        let (a, b) = ([&self.a].into_iter().chain(&self.a6).find(asked), Some(&self.b).filter(asked));
        assert!(a.is_none() || b.is_none(), "both were asked: {:?}", case.environment);
        let Some(a) = a else { return b.map(|_| B) };
        // A handshake of TLS or SOCKS is not a request.
        let requests = a.requests();
        let credentials = requests.first().and_then(|request| request.header("Proxy-Authorization"));
        match (&case.route, credentials.and_then(|credentials| credentials.strip_prefix("Basic "))) {
            (_, None) => Some(A),
            (WithCredentials(expected), Some(sent)) if *expected == sent => Some(WithCredentials(expected)),
            (_, Some(sent)) => panic!("{sent} was sent: {:?}", case.environment),
        }
    }
}

fn run_in(command: &mut Command, variables: &[(&str, String)]) -> (bool, String) {
    let output = environment::clear(command).envs(variables.iter().cloned()).output().expect("a child");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said.into_owned())
}

/// Requests a page, and prints the error.
#[test]
#[ignore = "run by the other test"]
fn child() {
    let Ok(base_url) = std::env::var("CASE_TARGET") else { return };
    let patient = Duration::from_secs(20);
    let client = Client::builder().api_token(TOKEN).base_url(&base_url).max_retries(0).connect_timeout(patient).build();
    match client.and_then(|client| client.get_participants_page(&meeting(), NO_PARAMETERS)) {
        Ok(_) => println!("\n<<nobody is there, and yet there are participants>>"),
        Err(error) if error.status() == ErrorKind::InvalidArgument => println!("\n<<refused: {error}>>"),
        Err(error) => println!("\n<<{:?}: {error}>>", error.status()),
    }
}

fn route_of_the_library(case: &Case) -> Route {
    let proxies = Proxies::start();
    let mut command = testkit::build::this_program();
    command.args(["--exact", "child", "--ignored", "--nocapture"]).env("CASE_TARGET", case.target);
    let environment = proxies.environment(case);
    let (_, said) = run_in(&mut command, &environment);
    let result = said
        .split_once("<<")
        .and_then(|(_, rest)| rest.split_once(">>"))
        .unwrap_or_else(|| panic!("no result: {said}"))
        .0;
    assert!(!result.contains(PROXY_PASSWORD), "{result}");
    let variable = |name: &&str| case.environment.iter().any(|(set, value)| set == name && !value.is_empty());
    if let Some(route) = proxies.asked(case) {
        let origin = result.split_once(" through the proxy ").and_then(|(_, rest)| rest.split_once([' ', ':', ')']));
        assert!(origin.is_some() && result.starts_with("Connection: no answer from "), "a proxy's fault: {result}");
        assert!(
            PROXY_VARIABLES.iter().filter(|name| variable(name)).any(|name| result.contains(&format!(" ({name}): "))),
            "which variable: {result}"
        );
        return route;
    }
    match (&case.route, result.strip_prefix("refused: ")) {
        (Refused(words), Some(message)) => {
            let host = case
                .target
                .trim_start_matches("https://")
                .trim_start_matches("http://")
                .split(':')
                .next()
                .expect("a host");
            // The message names the variable that is set.
            let list = if variable(&"no_proxy") { "no_proxy" } else { "NO_PROXY" };
            let without = format!(r#"; proxy="" goes without one, and so does {host} in {list}"#);
            let name = PROXY_VARIABLES.iter().find(|name| message.starts_with(&format!("{name}: {words}")));
            assert!(name.is_some_and(variable) && message.ends_with(&without), "{message}");
            Refused(words)
        }
        (_, Some(message)) => panic!("{message}: {environment:?}"),
        (At(place), None) if result.contains(&format!(" through the proxy {place} (")) => At(place),
        (_, None) => {
            assert!(!result.contains(" through the proxy "), "{result}");
            Direct
        }
    }
}

fn route_of_curl(case: &Case) -> Route {
    let proxies = Proxies::start();
    let mut command = Command::new("curl");
    command.args(["-q", "-sS", "-m", "20", case.target]);
    let (_, said) = run_in(&mut command, &proxies.environment(case));
    if let Some(route) = proxies.asked(case) {
        return route;
    }
    match &case.route {
        At(place) if said.contains(&place.replace(':', " port ")) => At(place),
        _ if ["Unsupported proxy", "resolve proxy", "bad/illegal format"].iter().any(|words| said.contains(words)) => {
            match &case.route {
                Refused(words) => Refused(words),
                _ => Refused("(curl)"),
            }
        }
        _ => Direct,
    }
}

/// The version of the machine's curl.
fn curl_version() -> Option<String> {
    let output = Command::new("curl").arg("--version").output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).split(' ').nth(1).unwrap_or_default().to_string())
}

#[test]
fn environment_is_read_as_by_curl() {
    let cases: Vec<Case> = [variables(), urls(), no_proxy_lists()].into_iter().flatten().collect();
    let version = curl_version();
    match &version {
        Some(version) => println!("compared with curl {version}: {} cases", cases.len()),
        None => println!("curl is not on this machine: the {} cases are tried on the library alone", cases.len()),
    }
    let needs_v6 = |case: &Case| case.environment.iter().any(|(_, value)| value.contains("{A6}"));
    let has_v6 = TcpListener::bind("[::1]:0").is_ok();
    let faults = Mutex::new(Vec::new());
    let try_one = |case: &Case| {
        let route = route_of_the_library(case);
        let mut fault = (route != case.route).then(|| format!("the library: {route:?}"));
        if let Some(version) = &version {
            let is_788 = version.starts_with("7.88.");
            let route = route_of_curl(case);
            let as_said = match case.curl {
                Same => route == case.route,
                SameIn788(_) => route == case.route || !is_788,
                Differs(why) => {
                    let environment = format!("{:?}", case.environment).replace(PROXY_PASSWORD, "[password]");
                    println!("{environment} for {}: {:?}, and {route:?} by curl: {why}", case.target, case.route);
                    route != case.route || !is_788
                }
            };
            if !as_said {
                fault.get_or_insert_default().push_str(&format!(" curl: {route:?}"));
            }
        }
        if let Some(fault) = fault {
            let text =
                format!("{:?} for {}: {:?}, {:?}, but {fault}", case.environment, case.target, case.route, case.curl);
            faults.lock().expect("no panic").push(text);
        }
    };
    let share = cases.len().div_ceil(4);
    thread::scope(|scope| {
        for part in cases.chunks(share) {
            scope.spawn(move || part.iter().filter(|case| has_v6 || !needs_v6(case)).for_each(try_one));
        }
    });
    let faults = faults.into_inner().expect("no panic");
    assert!(faults.is_empty(), "{} of {} cases:\n{}", faults.len(), cases.len(), faults.join("\n"));
}
