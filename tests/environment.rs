//! Settings from the environment. Each test runs this program again, as a child with an environment of its own.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use participants::Client;
use testkit::certificates::{self, Authority};
use testkit::credentials::{EMAIL, KEY, OTHER_TOKEN, TOKEN};
use testkit::server::{Request, Response, Server};
use testkit::tls::{TlsService, TrustedService};
use testkit::{NO_PARAMETERS, address, environment, meeting, whole_list};

/// The header with the token, and the pair for `SET_API_KEY`.
const BEARER: &str = "Bearer look-alike-token-0123456789";
const EMAIL_AND_KEY: &str = "ops@example.com c2547eb745079dac9320b638f5e225cf483cc5cfdda41";

/// Requests a page with the settings in the `SET_…` variables, and prints the result.
#[test]
#[ignore = "run by the other tests"]
fn child() {
    let set = |name: &str| std::env::var(format!("SET_{name}")).ok();
    let mut builder = Client::builder().max_retries(0);
    if let Some(token) = set("API_TOKEN") {
        builder = builder.api_token(&token);
    }
    if let Some((email, key)) = set("API_KEY").as_deref().and_then(|pair| pair.split_once(' ')) {
        builder = builder.api_key(email, key);
    }
    if let Some(url) = set("BASE_URL") {
        builder = builder.base_url(&url);
    }
    if let Some(url) = set("PROXY") {
        builder = builder.proxy(&url);
    }
    if let Some(path) = set("CA_FILE") {
        builder = builder.ca_file(path);
    }
    if set("NATIVE_CA").is_some() {
        builder = builder.native_ca(true);
    }
    let client = if set("NOTHING").is_some() { Client::from_env() } else { builder.build() };
    let result = client.and_then(|client| client.get_participants_page(&meeting(), NO_PARAMETERS));
    match result {
        Ok(page) => println!("<<{} participants>>", page.len()),
        Err(error) => println!("<<{error}>>"),
    }
}

/// The result of a request for a page in this environment.
fn run_child<V: AsRef<OsStr>>(variables: impl IntoIterator<Item = (&'static str, V)>) -> String {
    let mut command = testkit::build::this_program();
    command.args(["--exact", "child", "--ignored", "--nocapture"]);
    let output = environment::clear(&mut command).envs(variables).output().expect("a child process");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let result = text.split_once("<<").and_then(|(_, rest)| rest.split_once(">>"));
    result.unwrap_or_else(|| panic!("no result: {text}")).0.to_string()
}

/// The request that a service on loopback gets from a client in this environment.
fn request_in(environment: &[(&'static str, &str)]) -> Request {
    let server = Server::in_turn([Response::json(whole_list(2))]);
    let base = server.url();
    let result = run_child(environment.iter().copied().chain([("CLOUDFLARE_BASE_URL", base.as_str())]));
    assert_eq!(result, "2 participants", "{environment:?}");
    server.requests().remove(0)
}

/// The headers of that request with the credential.
fn credential_in(environment: &[(&'static str, &str)]) -> [Option<String>; 3] {
    let request = request_in(environment);
    ["Authorization", "X-Auth-Email", "X-Auth-Key"].map(|name| request.header(name).map(str::to_string))
}

fn token(token: &str) -> [Option<String>; 3] {
    [Some(format!("Bearer {token}")), None, None]
}

fn key(email: &str, key: &str) -> [Option<String>; 3] {
    [None, Some(email.into()), Some(key.into())]
}

#[test]
fn settings_come_from_the_environment() {
    assert_eq!(credential_in(&[("CLOUDFLARE_API_TOKEN", TOKEN)]), token(TOKEN));
    assert_eq!(credential_in(&[("CLOUDFLARE_API_TOKEN", TOKEN), ("SET_NOTHING", "")]), token(TOKEN));
    assert_eq!(credential_in(&[("CLOUDFLARE_EMAIL", EMAIL), ("CLOUDFLARE_API_KEY", KEY)]), key(EMAIL, KEY));
}

#[test]
fn values_are_trimmed_and_blank_is_unset() {
    assert_eq!(credential_in(&[("CLOUDFLARE_API_TOKEN", &format!(" {TOKEN}\r\n"))]), token(TOKEN));
    let blank_token = [
        ("CLOUDFLARE_API_TOKEN", " \n"),
        ("CLOUDFLARE_EMAIL", &format!("\t{EMAIL} ")),
        ("CLOUDFLARE_API_KEY", &format!("{KEY}\n")),
    ];
    assert_eq!(credential_in(&blank_token), key(EMAIL, KEY));
    let server = Server::in_turn([Response::json(whole_list(2))]);
    let base = format!(" {}/v4/\n", server.url());
    assert_eq!(run_child([("CLOUDFLARE_BASE_URL", base.as_str()), ("CLOUDFLARE_API_TOKEN", TOKEN)]), "2 participants");
    assert!(server.requests()[0].target().starts_with("/v4/accounts/"));
}

#[test]
fn message_of_401_names_the_source_of_the_credential() {
    for (environment, source) in [
        (&[("CLOUDFLARE_API_TOKEN", TOKEN)][..], "CLOUDFLARE_API_TOKEN"),
        (&[("SET_API_TOKEN", TOKEN), ("CLOUDFLARE_API_TOKEN", OTHER_TOKEN)], "api_token"),
        (&[("CLOUDFLARE_EMAIL", EMAIL), ("CLOUDFLARE_API_KEY", KEY)], "CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY"),
        (&[("SET_API_KEY", EMAIL_AND_KEY), ("CLOUDFLARE_API_TOKEN", OTHER_TOKEN)], "api_key"),
    ] {
        let server = Server::always(Response::whole(401, &[], ""));
        let said = run_child(environment.iter().copied().chain([("CLOUDFLARE_BASE_URL", server.url().as_str())]));
        assert_eq!(said, format!("the service refused the credential from {source} (HTTP 401)"));
    }
}

#[test]
fn message_of_404_names_the_source_of_the_base_url() {
    let server = Server::always(Response::whole(404, &[], "<html>Not Found</html>"));
    let token = ("CLOUDFLARE_API_TOKEN", TOKEN);
    let base = server.url() + "/v4/";
    let said = run_child([token, ("CLOUDFLARE_BASE_URL", base.as_str())]);
    let told = "this is not an endpoint of the API: check base_url, which came from CLOUDFLARE_BASE_URL (HTTP 404; ";
    assert!(said.starts_with(&format!("{told}{base}accounts/")), "{said}");
    let said = run_child([token, ("SET_BASE_URL", base.as_str()), ("CLOUDFLARE_BASE_URL", "http://127.0.0.1:1")]);
    assert!(said.starts_with("this is not an endpoint of the API: check base_url (HTTP 404; "), "{said}");
}

#[test]
fn token_wins_over_the_email_and_key_of_the_environment() {
    let email = [("CLOUDFLARE_API_TOKEN", TOKEN), ("CLOUDFLARE_EMAIL", EMAIL)];
    assert_eq!(credential_in(&email), token(TOKEN));
    let pair = [("CLOUDFLARE_API_TOKEN", TOKEN), ("CLOUDFLARE_EMAIL", EMAIL), ("CLOUDFLARE_API_KEY", KEY)];
    assert_eq!(credential_in(&pair), token(TOKEN));
    let explicit = [("SET_API_TOKEN", TOKEN), ("CLOUDFLARE_EMAIL", EMAIL), ("CLOUDFLARE_API_KEY", KEY)];
    assert_eq!(credential_in(&explicit), token(TOKEN));
}

#[test]
fn explicit_credential_wins_over_the_environment() {
    assert_eq!(credential_in(&[("SET_API_TOKEN", TOKEN), ("CLOUDFLARE_API_TOKEN", OTHER_TOKEN)]), token(TOKEN));
    assert_eq!(
        credential_in(&[("SET_API_KEY", EMAIL_AND_KEY), ("CLOUDFLARE_API_TOKEN", OTHER_TOKEN)]),
        key(EMAIL, KEY)
    );
    // An invalid one is not silently replaced.
    assert_eq!(run_child([("SET_API_TOKEN", ""), ("CLOUDFLARE_API_TOKEN", OTHER_TOKEN)]), "api_token: is empty");
    // Variables that are not used are not checked.
    assert_eq!(credential_in(&[("SET_API_TOKEN", TOKEN), ("CLOUDFLARE_API_TOKEN", "not a token")]), token(TOKEN));
}

#[test]
fn message_without_a_credential_names_the_variables() {
    let message = "api_token: there is no credential: set api_token or CLOUDFLARE_API_TOKEN";
    assert_eq!(run_child::<&str>([]), message);
    let half = run_child([("CLOUDFLARE_API_TOKEN", "  "), ("CLOUDFLARE_EMAIL", EMAIL)]);
    assert_eq!(half, format!("{message}; CLOUDFLARE_EMAIL is set, but CLOUDFLARE_API_KEY is not"));
    let half = run_child([("CLOUDFLARE_API_KEY", KEY)]);
    assert_eq!(half, format!("{message}; CLOUDFLARE_API_KEY is set, but CLOUDFLARE_EMAIL is not"));
}

#[test]
fn invalid_variables_are_named_and_credentials_not_shown() {
    let token = ("CLOUDFLARE_API_TOKEN", TOKEN);
    let place = "holds a blank, a control character or non-ASCII text at byte 6";
    assert_eq!(run_child([("CLOUDFLARE_API_TOKEN", "secret\ntoken")]), format!("CLOUDFLARE_API_TOKEN: {place}"));
    let pair = [("CLOUDFLARE_EMAIL", EMAIL), ("CLOUDFLARE_API_KEY", "secret key")];
    assert_eq!(run_child(pair), format!("CLOUDFLARE_API_KEY: {place}"));
    assert_eq!(
        run_child([token, ("CLOUDFLARE_BASE_URL", "api.example.com")]).split(": ").next(),
        Some("CLOUDFLARE_BASE_URL")
    );
    let proxy = run_child([token, ("HTTPS_PROXY", "ftp://user:hunter2-and-more@proxy.example.com")]);
    let why = "is of another kind than the http:// and https:// proxies that are supported";
    let without = r#"proxy="" goes without one, and so does api.cloudflare.com in NO_PROXY"#;
    assert_eq!(proxy, format!("HTTPS_PROXY: {why}; {without}"));
}

/// A value that is no text.
#[cfg(unix)]
fn not_text() -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(b"\xff\xfe".to_vec())
}

/// A value that is no text: half of a surrogate pair.
#[cfg(windows)]
fn not_text() -> OsString {
    std::os::windows::ffi::OsStringExt::from_wide(&[0xD800])
}

#[test]
fn variable_must_be_utf8() {
    assert_eq!(run_child([("CLOUDFLARE_API_TOKEN", not_text())]), "CLOUDFLARE_API_TOKEN: is not UTF-8");
}

#[test]
fn explicit_base_url_wins_over_the_environment() {
    let server = Server::in_turn([Response::json(whole_list(2))]);
    let base = server.url();
    let result = run_child([
        ("SET_BASE_URL", base.as_str()),
        ("CLOUDFLARE_BASE_URL", "http://127.0.0.1:1"),
        ("SET_API_TOKEN", TOKEN),
    ]);
    assert_eq!(result, "2 participants");
    assert!(
        run_child([("CLOUDFLARE_BASE_URL", base.as_str()), ("SET_BASE_URL", ""), ("SET_API_TOKEN", TOKEN)])
            .starts_with("base_url: ")
    );
}

#[test]
fn ssl_cert_file_is_read_only_for_https_and_without_ca_file() {
    assert_eq!(credential_in(&[("SSL_CERT_FILE", "/does/not/exist.pem"), ("SET_API_TOKEN", TOKEN)]), token(TOKEN));
    let https =
        [("SET_BASE_URL", "https://127.0.0.1:1"), ("SET_API_TOKEN", TOKEN), ("SSL_CERT_FILE", " /does/not/exist.pem ")];
    let missing = std::fs::read("/does/not/exist.pem").expect_err("no such file");
    assert_eq!(run_child(https), format!("SSL_CERT_FILE: /does/not/exist.pem: {missing}"));
    let explicit = run_child(https.into_iter().chain([("SET_CA_FILE", "/nor/this.pem")]));
    assert_eq!(explicit, format!("ca_file: /nor/this.pem: {missing}"));
}

#[test]
fn ssl_cert_file_replaces_the_bundled_root_certificates() {
    let service = TlsService::start("127.0.0.1", whole_list(2));
    let base = service.url();
    let (trusted, elsewhere) = (certificates::certificate(), certificates::key());
    let environment = |file: &Path| {
        [("SET_BASE_URL", base.clone().into()), ("SET_API_TOKEN", TOKEN.into()), ("SSL_CERT_FILE", file.into())]
    };
    assert_eq!(run_child::<OsString>(environment(&trusted)), "2 participants");
    let why = "holds no certificate: the first section in it is called PRIVATE KEY";
    assert_eq!(run_child(environment(&elsewhere)), format!("SSL_CERT_FILE: {}: {why}", elsewhere.display()));
    // A bundle, which the caller did not choose, may contain unreadable certificates, but not only those.
    let unreadable = b"-----BEGIN CERTIFICATE-----\nMAUCAwEAAQ==\n-----END CERTIFICATE-----\n";
    let bundle = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("environment-bundle.pem");
    std::fs::write(&bundle, unreadable).expect("a scratch file");
    assert_eq!(
        run_child(environment(&bundle)),
        format!("SSL_CERT_FILE: {}: certificate 1 in it can't be read", bundle.display())
    );
    std::fs::write(&bundle, [unreadable, &std::fs::read(&trusted).expect("a certificate")[..]].concat())
        .expect("a scratch file");
    assert_eq!(run_child(environment(&bundle)), "2 participants");
    let explicit = [("SET_CA_FILE", trusted.clone().into_os_string())];
    assert_eq!(run_child(environment(&elsewhere).into_iter().chain(explicit)), "2 participants");
    let nobody_here = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("environment-authority.pem");
    std::fs::write(&nobody_here, Authority::new("elsewhere").pem()).expect("a scratch file");
    let explicit = [("SET_CA_FILE", nobody_here.into_os_string())];
    let refused = format!("no safe connection to {}: its certificate is signed by itself, or by", service.address());
    let result = run_child(environment(&trusted).into_iter().chain(explicit));
    assert!(result.starts_with(&refused), "{result}");
}

/// The system's root certificates, in messages.
const SYSTEM: &str = "the authorities of the operating system";

/// Whether a client in this environment trusts the service. If not, the hint in the message.
fn handshake<const N: usize>(trusted: &TrustedService, environment: [(&'static str, &OsStr); N]) -> Result<(), String> {
    let address = trusted.service.address();
    let own = [("SET_BASE_URL", format!("https://{address}").into()), ("SET_API_TOKEN", TOKEN.into())];
    let result = run_child(environment.map(|(name, value)| (name, value.to_owned())).into_iter().chain(own));
    let why = "its certificate is signed by itself, or by an authority that is not trusted";
    let start = format!("no safe connection to {address}: {why}; ");
    if let Some(hint) = result.strip_prefix(&start) {
        return Err(hint.into());
    }
    assert_eq!(result, "3 participants");
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn native_ca_trusts_the_system_and_a_file_or_variable() {
    // A test can't add certificates to the system, but it can add a folder to those that are searched.
    let [system, file, variable] = ["system", "file", "variable"].map(TrustedService::start);
    let folders = std::env::join_paths([Path::new("/does/not/exist"), system.folder()]).expect("folders");
    let native: [(&'static str, &OsStr); 2] = [("SSL_CERT_DIR", &folders), ("SET_NATIVE_CA", "".as_ref())];
    assert_eq!(handshake(&system, native), Ok(()));
    let hint = format!("native_ca trusts {SYSTEM}, and the setting ca_file adds those of a file");
    assert_eq!(handshake(&file, native), Err(hint));

    let with_file = [native[0], native[1], ("SET_CA_FILE", file.ca_file.as_os_str())];
    assert_eq!([&system, &file].map(|service| handshake(service, with_file)), [Ok(()), Ok(())]);
    let hint = format!("trusted are {SYSTEM}, by native_ca, and those of ca_file {}", file.ca_file.display());
    assert_eq!(handshake(&variable, with_file), Err(hint));

    let with_variable = [native[0], native[1], ("SSL_CERT_FILE", variable.ca_file.as_os_str())];
    assert_eq!([&system, &variable].map(|service| handshake(service, with_variable)), [Ok(()), Ok(())]);
    let and_variable = format!("by native_ca, and those of SSL_CERT_FILE {}", variable.ca_file.display());
    let hint = format!("the setting ca_file names another file; trusted are {SYSTEM}, {and_variable}");
    assert_eq!(handshake(&file, with_variable), Err(hint));

    // Blank is unset.
    assert_eq!(handshake(&system, [native[0], native[1], ("SSL_CERT_FILE", " ".as_ref())]), Ok(()));
}

#[test]
fn message_suggests_native_ca_for_a_certificate_of_the_system() {
    let [system, file, variable] = ["not-system", "not-file", "not-variable"].map(TrustedService::start);
    let folder = ("SSL_CERT_DIR", system.folder().as_os_str());
    let hint = format!("the setting native_ca trusts {SYSTEM}, and ca_file those of a file");
    assert_eq!(handshake(&system, [folder]), Err(hint));
    let hint = format!("the setting native_ca adds {SYSTEM} to those of ca_file {}", file.ca_file.display());
    assert_eq!(handshake(&system, [folder, ("SET_CA_FILE", file.ca_file.as_os_str())]), Err(hint));
    let added = format!("the setting native_ca adds {SYSTEM} to those of SSL_CERT_FILE {}", variable.ca_file.display());
    let hint = format!("the setting ca_file names another file; {added}");
    assert_eq!(handshake(&system, [folder, ("SSL_CERT_FILE", variable.ca_file.as_os_str())]), Err(hint));
}

/// A proxy that opens a tunnel and responds instead of a service, which is not there.
fn proxy() -> Server {
    Server::in_turn([Response::whole(200, &[], ""), Response::json(whole_list(5))])
}

#[test]
fn loopback_proxy_is_used_for_a_loopback_service() {
    for name in ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"] {
        let (proxy, service) = (proxy(), address::refusing());
        let (url, base) = (format!(" {} ", proxy.url()), service.url());
        assert_eq!(
            run_child([(name, url.as_str()), ("SET_BASE_URL", &base), ("SET_API_TOKEN", TOKEN)]),
            "5 participants",
            "{name}"
        );
        let requests = proxy.requests();
        assert_eq!(requests[0].line, format!("CONNECT {} HTTP/1.1", service.address));
        // The token is sent inside the tunnel.
        assert_eq!(requests[0].header("Authorization"), None);
        assert_eq!(requests[1].header("Authorization"), Some(BEARER));
        assert_eq!(requests[1].header("Host"), Some(service.address.to_string().as_str()));
    }
}

/// A visitor may have set it, whatever its name is here.
#[cfg(windows)]
#[test]
fn http_proxy_is_not_read_in_a_cgi_program() {
    let nowhere = address::refusing();
    let url = nowhere.url();
    for name in ["http_proxy", "HTTP_PROXY"] {
        request_in(&[(name, url.as_str()), ("REQUEST_METHOD", "GET"), ("SET_API_TOKEN", TOKEN)]);
    }
}

/// On Windows these are one variable.
#[cfg(unix)]
#[test]
fn first_proxy_variable_wins() {
    let (proxy, nowhere) = (proxy(), address::refusing());
    let (url, other, base) = (proxy.url(), nowhere.url(), nowhere.url());
    let environment = [("http_proxy", url.as_str()), ("HTTP_PROXY", &other), ("ALL_PROXY", &other)];
    assert_eq!(
        run_child(environment.into_iter().chain([("SET_BASE_URL", base.as_str()), ("SET_API_TOKEN", TOKEN)])),
        "5 participants"
    );
    let proxy = self::proxy();
    let url = proxy.url();
    let environment = [("HTTP_PROXY", " "), ("all_proxy", url.as_str()), ("ALL_PROXY", &other)];
    assert_eq!(
        run_child(environment.into_iter().chain([("SET_BASE_URL", base.as_str()), ("SET_API_TOKEN", TOKEN)])),
        "5 participants"
    );
}

#[test]
fn remote_proxy_is_not_used_for_a_loopback_service() {
    for url in ["http://proxy.example.com:3128", "socks5://192.0.2.1:1080", "proxy.example.com:3128"] {
        assert_eq!(
            request_in(&[("ALL_PROXY", url), ("SET_API_TOKEN", TOKEN)]).header("Authorization"),
            Some(BEARER),
            "{url}"
        );
    }
}

#[test]
fn no_proxy_hosts_are_reached_directly() {
    for list in ["127.0.0.1", "example.com , 127.0.0.1 ,", "*"] {
        let proxy = proxy();
        let url = proxy.url();
        request_in(&[("ALL_PROXY", &url), ("NO_PROXY", list), ("SET_API_TOKEN", TOKEN)]);
        assert_eq!(proxy.connection_count(), 0, "{list}");
    }
    for list in ["", " , ", "example.com", "127.0.0.10", ".example.com"] {
        let (proxy, nowhere) = (proxy(), address::refusing());
        let (url, base) = (proxy.url(), nowhere.url());
        let environment =
            [("ALL_PROXY", url.as_str()), ("NO_PROXY", list), ("SET_BASE_URL", &base), ("SET_API_TOKEN", TOKEN)];
        assert_eq!(run_child(environment), "5 participants", "{list}");
    }
}

#[test]
fn explicit_proxy_wins_over_the_environment() {
    let theirs = proxy();
    let url = theirs.url();
    for none in ["", " "] {
        request_in(&[("SET_PROXY", none), ("ALL_PROXY", &url), ("SET_API_TOKEN", TOKEN)]);
    }
    let (mine, nowhere) = (proxy(), address::refusing());
    let (mine_url, base) = (mine.url(), nowhere.url());
    // NO_PROXY does not apply to an explicit proxy.
    let environment =
        [("SET_PROXY", mine_url.as_str()), ("ALL_PROXY", &url), ("NO_PROXY", "*"), ("SET_BASE_URL", &base)];
    assert_eq!(run_child(environment.into_iter().chain([("SET_API_TOKEN", TOKEN)])), "5 participants");
    assert_eq!(theirs.connection_count(), 0);
}

#[test]
fn default_base_url_is_the_public_api() {
    // The proxy sees the host, and refuses.
    let proxy = Server::in_turn([Response::whole(403, &[], "")]);
    let url = proxy.url();
    let message = run_child([("ALL_PROXY", url.as_str()), ("CLOUDFLARE_BASE_URL", " "), ("SET_API_TOKEN", TOKEN)]);
    assert_eq!(proxy.requests()[0].line, "CONNECT api.cloudflare.com:443 HTTP/1.1");
    let through = format!("api.cloudflare.com through the proxy {} (ALL_PROXY)", proxy.address());
    assert_eq!(message, format!("no answer from {through}: the proxy opens no tunnel (HTTP 403)"));
}
