//! TLS: which certificates are trusted, the messages about those that are not, and faulty connections.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use participants::{Builder, Client, Error, ErrorKind};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, SanType};
use testkit::certificates::{self, Authority, Identity, certificate, for_loopback, key};
use testkit::credentials::TOKEN;
use testkit::proxy::Proxy;
use testkit::server::{Response, Server};
use testkit::tls::TlsService;
use testkit::{NO_PARAMETERS, client, meeting, whole_list};

fn service() -> TlsService {
    TlsService::start("127.0.0.1", whole_list(2))
}

fn page(builder: Builder) -> Result<usize, Error> {
    builder.build()?.get_participants_page(&meeting(), NO_PARAMETERS).map(|page| page.len())
}

/// The beginning of the message about an issuer that is not trusted.
const UNKNOWN: &str = "its certificate is signed by itself, or by an authority that is not trusted";

fn builder_for(service: &TlsService) -> Builder {
    client(&service.url()).ca_file(certificate())
}

#[test]
fn ca_file_is_trusted() {
    let service = service();
    assert_eq!(page(builder_for(&service)).expect("trusted"), 2);
    assert_eq!(
        page(builder_for(&service).base_url(&format!("https://localhost:{}", service.address().port())))
            .expect("trusted"),
        2
    );
    let bearer = format!("Bearer {TOKEN}");
    for connection in service.connections() {
        let credentials: Vec<_> = connection.iter().filter(|line| line.contains(TOKEN)).collect();
        assert_eq!(credentials.len(), 1);
        assert!(
            credentials[0].to_ascii_lowercase().starts_with("authorization: ") && credentials[0].ends_with(&bearer)
        );
    }
}

#[test]
fn tls_connection_is_reused() {
    let service = service();
    let client = builder_for(&service).build().expect("good settings");
    for _ in 0..3 {
        client.get_participants(&meeting()).expect("everyone");
    }
    assert_eq!(service.connections().len(), 1);
}

#[test]
fn new_connection_resumes_the_tls_session() {
    for deadline in [0, 60] {
        let service = service();
        let client = builder_for(&service).deadline(Duration::from_secs(deadline)).build().expect("good settings");
        for earlier in 0..3 {
            client.get_participants(&meeting()).expect("everyone");
            assert_eq!(
                (service.connections().len(), service.resumed()),
                (earlier + 1, earlier),
                "deadline: {deadline} s"
            );
            service.hang_up_on_next_request();
        }
    }
}

#[test]
fn tls_works_through_a_proxy() {
    let service = service();
    assert_eq!(
        page(builder_for(&service).proxy(&format!("http://{}", Proxy::tunnel().address()))).expect("trusted"),
        2
    );
    assert_eq!(service.connections()[0].iter().filter(|line| line.contains(TOKEN)).count(), 1);
}

/// The message about a service that is not trusted. It gets no request, and there is no retry.
fn distrust_message(builder: Builder, service: &TlsService) -> String {
    let error = page(builder).expect_err("not trusted");
    assert_eq!((error.status(), error.attempts()), (ErrorKind::Connection, 1), "{error}");
    assert_eq!(service.connections(), [Vec::<String>::new()]);
    assert!(std::error::Error::source(&error).is_some());
    error.to_string()
}

#[test]
fn unknown_issuer_is_not_trusted() {
    let service = service();
    let message = distrust_message(client(&service.url()), &service);
    assert!(message.starts_with(&format!("no safe connection to {}: {UNKNOWN}; ", service.address())), "{message}");
}

#[test]
fn certificate_for_another_host_is_not_trusted() {
    let service = TlsService::start("127.0.0.2", whole_list(2));
    let message = distrust_message(builder_for(&service), &service);
    assert!(message.starts_with("no safe connection to 127.0.0.2:"), "{message}");
    assert!(message.ends_with(": its certificate is for 127.0.0.1, localhost"), "{message}");
}

/// A service with this identity, and settings that trust only this PEM file.
fn service_and_builder(identity: Identity, pem: impl AsRef<[u8]>) -> (TlsService, Builder) {
    let service = TlsService::start_with(identity, "127.0.0.1", whole_list(2));
    let builder = client(&service.url()).ca_file(scratch_file(pem.as_ref()));
    (service, builder)
}

/// Why a service with this identity is not trusted.
fn distrust_reason(identity: Identity, pem: &str) -> String {
    let (service, builder) = service_and_builder(identity, pem);
    let message = distrust_message(builder, &service);
    let why = message.strip_prefix(&format!("no safe connection to {}: ", service.address()));
    why.unwrap_or_else(|| panic!("{message}")).to_string()
}

/// A new file with this content.
fn scratch_file(content: &[u8]) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("tls-{}.pem", COUNT.fetch_add(1, Ordering::Relaxed));
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("a scratch file");
    path
}

#[test]
fn ca_file_is_trusted_directly_and_through_an_intermediate() {
    let (authority, other) = (Authority::new("one"), Authority::new("other"));
    for pem in [authority.pem(), other.pem() + &authority.pem()] {
        for identity in [authority.issue(&for_loopback()), authority.issue_by_intermediate(&for_loopback())] {
            let (_service, builder) = service_and_builder(identity, &pem);
            assert_eq!(page(builder).expect("trusted"), 2);
        }
    }
    let (itself, pem) = Identity::self_signed(false);
    let (_service, builder) = service_and_builder(itself, &pem);
    assert_eq!(page(builder).expect("trusted"), 2);
}

#[test]
fn message_of_an_unknown_issuer_names_the_trusted_roots() {
    let (authority, other) = (Authority::new("one"), Authority::new("other"));
    for identity in [authority.issue(&for_loopback()), authority.issue_by_intermediate(&for_loopback())] {
        let why = distrust_reason(identity, &other.pem());
        let hint = "the setting native_ca adds the authorities of the operating system to those of ca_file /";
        assert!(why.starts_with(&format!("{UNKNOWN}; {hint}")) && why.ends_with(".pem"), "{why}");
    }
}

#[test]
fn message_of_a_forged_issuer() {
    let (authority, pretender) = (Authority::new("one"), Authority::new("one"));
    let why = distrust_reason(pretender.issue(&for_loopback()), &authority.pem());
    assert_eq!(why, "its certificate is not signed by the authority that it names");
}

#[test]
fn message_of_a_self_signed_certificate() {
    let (itself, _) = Identity::self_signed(false);
    let other = Authority::new("one").pem();
    assert!(distrust_reason(itself, &other).starts_with(UNKNOWN));
    // `openssl req -x509` makes certificates of authorities: even if trusted, they are not for a service.
    let authority_s =
        "its certificate is an authority's, as those that are signed by themselves often are, and not a service's";
    let (itself, pem) = Identity::self_signed(true);
    assert_eq!(distrust_reason(itself, &pem), authority_s);
    let (itself, _) = Identity::self_signed(true);
    assert_eq!(distrust_reason(itself, &other), authority_s);
}

#[test]
fn message_of_a_long_certificate_is_truncated() {
    let authority = Authority::new("one");
    let mut another = CertificateParams::new(Vec::<String>::new()).expect("no names");
    another.subject_alt_names = vec![SanType::URI("x".repeat(600).try_into().expect("ASCII"))];
    assert_eq!(distrust_reason(authority.issue(&another), &authority.pem()).len(), 300);
}

#[test]
fn message_of_an_expired_or_early_certificate_has_its_date() {
    let authority = Authority::new("one");
    let mut expired = for_loopback();
    expired.not_after = rcgen::date_time_ymd(2020, 2, 29);
    assert_eq!(
        distrust_reason(authority.issue(&expired), &authority.pem()),
        "its certificate expired on Sat, 29 Feb 2020 00:00:00 GMT"
    );
    let mut early = for_loopback();
    early.not_before = rcgen::date_time_ymd(2900, 1, 1);
    let why = distrust_reason(authority.issue(&early), &authority.pem());
    assert_eq!(why, "its certificate is not valid before Fri, 01 Jan 2900 00:00:00 GMT");
}

#[test]
fn message_of_a_wrong_name_lists_three_names() {
    let authority = Authority::new("one");
    for (names, told) in [
        (&["example.com"][..], "its certificate is for example.com"),
        (&["*.example.com", "127.0.0.3"], "its certificate is for *.example.com, 127.0.0.3"),
        (
            &["a.example", "b.example", "c.example", "d.example"],
            "its certificate is for a.example, b.example, c.example and others",
        ),
        (&[], "its certificate names no host"),
    ] {
        let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        let parameters = CertificateParams::new(names).expect("names");
        assert_eq!(distrust_reason(authority.issue(&parameters), &authority.pem()), told);
    }
}

#[test]
fn message_of_a_wrong_purpose() {
    let authority = Authority::new("one");
    let mut of_a_client = for_loopback();
    of_a_client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let why = distrust_reason(authority.issue(&of_a_client), &authority.pem());
    assert!(why.starts_with("its certificate is not accepted: certificate does not allow extended key usage"), "{why}");
}

/// A server that sends this after the client's first bytes, and then waits until the client closes the connection.
fn server_responding(bytes: impl AsRef<[u8]>) -> Server {
    Server::on_connect(Response::new().receive().send(bytes).hang())
}

/// The responses of servers that support only TLS 1.1: some choose that version in a ServerHello. Others, such as
/// OpenSSL, see that the client does not offer it, and send the alert `protocol_version`.
const TLS_1_1_HELLO: &[u8] =
    b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02thirty-two bytes that are random\x00\xc0\x13\x00";
const TLS_1_1_ALERT: &[u8] = b"\x15\x03\x02\x00\x02\x02\x46";

#[test]
fn tls_1_1_is_refused() {
    for bytes in [TLS_1_1_HELLO, TLS_1_1_ALERT] {
        let server = server_responding(bytes);
        let address = server.address();
        let error = page(client(&format!("https://{address}"))).expect_err("refused");
        assert_eq!((error.status(), error.attempts()), (ErrorKind::Connection, 1), "{error}");
        assert_eq!(
            error.to_string(),
            format!("no safe connection to {address}: it speaks neither TLS 1.2 nor TLS 1.3")
        );
    }
}

#[test]
fn hanging_handshake_ends_at_the_connect_timeout() {
    // Nothing, half a record, the beginning of a ServerHello.
    for bytes in [&b""[..], b"\x16\x03\x03\x00", b"\x16\x03\x03\x40\x00\x02"] {
        let server = server_responding(bytes);
        let address = server.address();
        let builder = client(&format!("https://{address}")).max_retries(0).connect_timeout(Duration::from_millis(300));
        let began = Instant::now();
        let error = page(builder).expect_err("no handshake");
        assert_eq!(error.status(), ErrorKind::Timeout, "{error}");
        assert_eq!(error.to_string(), format!("no connection to {address} within 0.3 s"));
        // The timeout of the request is a minute.
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}

/// Short enough that a byte comes within every timeout of a socket.
const DRIP: Duration = Duration::from_millis(1);

#[test]
fn slow_handshake_ends_at_the_connect_timeout() {
    let record = [0x16, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc].into_iter().chain(std::iter::repeat_n(0, 0x3ffb));
    let server = Server::on_connect(Response::new().send(record.collect::<Vec<u8>>()).drip(DRIP));
    let address = server.address();
    let began = Instant::now();
    let error = page(client(&format!("https://{address}")).max_retries(0).connect_timeout(Duration::from_millis(300)))
        .expect_err("no handshake");
    assert_eq!(
        (error.status(), error.to_string()),
        (ErrorKind::Timeout, format!("no connection to {address} within 0.3 s"))
    );
    // The record takes at least 16 s.
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
}

/// A proxy that changes one byte of what the service sends.
fn tampering(service: SocketAddr, at: usize) -> Proxy {
    Proxy::altering(service, move |client, bytes, offset| {
        if (offset..offset + bytes.len()).contains(&at) {
            bytes[at - offset] ^= 0x11;
        }
        client.write_all(bytes)
    })
}

/// Changes every fifth byte with `RTK_EVERY_BYTE=1` in the environment, else fewer.
#[test]
fn changed_bytes_are_detected() {
    let service = service();
    let every = if std::env::var("RTK_EVERY_BYTE").is_ok_and(|times| times != "0") { 5 } else { 47 };
    let (mut refused, mut untouched) = (0, 0);
    for at in (0..2_000).step_by(every) {
        let address = tampering(service.address(), at).address();
        let builder = client(&format!("https://{address}")).ca_file(certificate()).max_retries(0);
        // The client waits for a record that claims to be longer than it is.
        let client = builder
            .connect_timeout(Duration::from_millis(500))
            .timeout(Duration::from_millis(500))
            .build()
            .expect("good settings");
        match client.get_participants(&meeting()) {
            Ok(list) => {
                untouched += 1;
                let sent: serde_json::Value = serde_json::from_str(&whole_list(2)).expect("JSON");
                let given: serde_json::Value = serde_json::from_str(&list.to_json()).expect("JSON");
                assert_eq!((&given["data"], list.is_complete()), (&sent["data"], true), "byte {at}");
            }
            Err(error) => {
                refused += 1;
                assert!(matches!(error.status(), ErrorKind::Connection | ErrorKind::Timeout), "byte {at}: {error}");
            }
        }
    }
    println!("{} bytes changed: {refused} calls failed, {untouched} got what was sent", refused + untouched);
    // The service sends less than 2,000 bytes, and the client does not wait for the last of them.
    assert!(refused >= 1_000 / every && untouched > 0, "{refused} {untouched}");
}

#[test]
fn slow_tls_record_ends_at_the_timeout_or_the_deadline() {
    let service = TlsService::start("127.0.0.1", whole_list(100));
    let proxy = Proxy::altering(service.address(), |client, bytes, _| {
        // The handshake is shorter than the response.
        if bytes.len() <= 3_000 {
            return client.write_all(bytes);
        }
        bytes.chunks(1).try_for_each(|byte| {
            std::thread::sleep(DRIP);
            client.write_all(byte)
        })
    });
    let address = proxy.address();
    for settings in
        [|b: Builder| b.timeout(Duration::from_millis(700)), |b: Builder| b.deadline(Duration::from_millis(700))]
    {
        let began = Instant::now();
        let builder = client(&format!("https://{address}")).ca_file(certificate()).max_retries(0);
        let error = page(settings(builder)).expect_err("no whole answer");
        assert_eq!(error.status(), ErrorKind::Timeout, "{error}");
        // The whole response takes at least 20 s.
        assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    }
}

#[test]
fn closed_idle_tls_connection_is_replaced() {
    let service = service();
    let client = builder_for(&service).max_retries(0).build().expect("good settings");
    for connections in 1..4 {
        assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 2);
        assert_eq!(service.connections().len(), connections);
        service.hang_up_on_next_request();
    }
}

#[test]
fn service_without_tls_is_refused() {
    let server = Server::on_connect(Response::new().send("HTTP/1.1 400 Bad Request\r\n\r\n").receive());
    let base = format!("https://{}", server.address());
    let error = page(client(&base)).expect_err("no TLS");
    assert_eq!((error.status(), error.attempts()), (ErrorKind::Connection, 1), "{error}");
    assert!(error.to_string().starts_with("no safe connection to 127.0.0.1:"), "{error}");
    assert!(error.to_string().contains(": what it says is not TLS"), "{error}");
}

/// OpenSSL's trust settings in DER: a name, a list of trusted purposes, a list of rejected purposes.
const NAMED: &[u8] = b"\x30\x07\x0c\x05alias";
const FOR_SERVERS: &[u8] = b"\x30\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01";
const FOR_ANY_PURPOSE: &[u8] = b"\x30\x08\x30\x06\x06\x04\x55\x1d\x25\x00";
const FOR_EMAIL: &[u8] = b"\x30\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04";
const NOT_FOR_SERVERS: &[u8] = b"\x30\x0c\xa0\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01";
const NOT_FOR_ANY_PURPOSE: &[u8] = b"\x30\x08\xa0\x06\x06\x04\x55\x1d\x25\x00";
const NOT_FOR_EMAIL: &[u8] = b"\x30\x0c\xa0\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04";
const FOR_BOTH: &[u8] =
    b"\x30\x16\x30\x14\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01";

#[test]
fn ca_file_may_be_written_in_many_ways() {
    let authority = Authority::new("one");
    let pem = authority.pem();
    let key = std::fs::read_to_string(key()).expect("a key");
    let indented: String = pem.lines().map(|line| format!("  {line} \t\n")).collect();
    let text = format!("Certificate:\n    Data:\n        Issuer: CN = Zo\u{eb}\n{pem}").into_bytes();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("with a byte order mark", format!("\u{feff}{pem}").into()),
        ("two such files in one", format!("\u{feff}{}\u{feff}{pem}", Authority::new("other").pem()).into()),
        ("CRLF", pem.replace('\n', "\r\n").into()),
        ("CR", pem.replace('\n', "\r").into()),
        ("indented", indented.into()),
        ("after text", text.clone()),
        ("after text in Latin-1", text.into_iter().map(|byte| if byte < 128 { byte } else { 0xeb }).collect()),
        ("without a last line break", pem.trim_end().into()),
        (
            "behind a file without a last line break",
            format!("{}{pem}", Authority::new("other").pem().trim_end()).into(),
        ),
        ("behind a private key", format!("{key}{pem}").into()),
        ("thousands of lines", pem.repeat(400).into()),
        ("X509 CERTIFICATE", pem.replace(" CERTIFICATE", " X509 CERTIFICATE").into()),
        ("X509 CERTIFICATE, CR", pem.replace(" CERTIFICATE", " X509 CERTIFICATE").replace('\n', "\r").into()),
        ("TRUSTED CERTIFICATE", authority.trusted_pem(NAMED).into()),
        ("TRUSTED CERTIFICATE without settings", pem.replace(" CERTIFICATE", " TRUSTED CERTIFICATE").into()),
        ("trusted for services", authority.trusted_pem(FOR_SERVERS).into()),
        ("trusted for services, too", authority.trusted_pem(FOR_BOTH).into()),
        ("trusted for any purpose", authority.trusted_pem(FOR_ANY_PURPOSE).into()),
        ("not trusted for e-mail", authority.trusted_pem(NOT_FOR_EMAIL).into()),
        ("DER", authority.der().into()),
    ];
    for (what, file) in files {
        let (_service, builder) = service_and_builder(authority.issue(&for_loopback()), file);
        assert_eq!(page(builder).unwrap_or_else(|e| panic!("{what}: {e}")), 2, "{what}");
    }
}

#[test]
fn openssl_trust_settings_are_obeyed() {
    let (authority, other) = (Authority::new("one"), Authority::new("other"));
    for settings in [FOR_EMAIL, NOT_FOR_SERVERS, NOT_FOR_ANY_PURPOSE] {
        let pem = authority.trusted_pem(settings);
        let error =
            client("https://127.0.0.1:1").ca_file(scratch_file(pem.as_bytes())).build().expect_err("nobody to trust");
        let why = ".pem: holds no certificate that may vouch for services, by OpenSSL's trust settings in it";
        assert!(error.to_string().ends_with(why), "{error}");
        assert!(distrust_reason(authority.issue(&for_loopback()), &(pem + &other.pem())).starts_with(UNKNOWN));
    }
}

#[test]
fn invalid_ca_files_are_refused() {
    let authority = Authority::new("one").pem().replace("\r\n", "\n"); // rcgen writes the line ends of Windows there
    let utf_16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(authority.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let broken = "-----BEGIN CERTIFICATE-----\nMAUCAwEAAQ==\n-----END CERTIFICATE-----\n";
    let [missing, folder] = ["/does/not/exist.pem", "/"].map(PathBuf::from);
    let [no_file, no_folder] = [&missing, &folder].map(|path| std::fs::read(path).expect_err("no file").to_string());
    for (path, reason) in [
        (missing, no_file.as_str()),
        (folder, no_folder.as_str()),
        (scratch_file(b""), "holds no certificate: it is empty"),
        (scratch_file(b" \r\n"), "holds no certificate: it is empty"),
        (scratch_file(b"just words\xff"), "holds no certificate"),
        (scratch_file(broken.as_bytes()), "certificate 1 in it can't be read"),
        (scratch_file(format!("{authority}{broken}{authority}").as_bytes()), "certificate 2 in it can't be read"),
        (scratch_file(authority.replacen("MII", "???", 1).as_bytes()), "certificate 1 in it is not valid base64"),
        (scratch_file(&authority.as_bytes()[..authority.len() / 2]), "certificate 1 in it has no END line"),
        (scratch_file(authority.replace('\n', "").as_bytes()), "certificate 1 in it has no END line"),
        (
            scratch_file(authority.replacen("-----\n", "---\n", 1).as_bytes()),
            "certificate 1 in it has a BEGIN line that does not end in five hyphens",
        ),
        (key(), "holds no certificate: the first section in it is called PRIVATE KEY"),
        (
            scratch_file(certificates::pem("PKCS7", b"\x30\x00").as_bytes()),
            "holds no certificate: the first section in it is called PKCS7",
        ),
        (scratch_file(&utf_16), "holds no certificate: it is text in UTF-16, not in UTF-8"),
        (
            scratch_file(b"\x30\x03\x02\x01\x03"),
            "holds no certificate: it is binary data, neither PEM nor one certificate in DER",
        ),
    ] {
        let error = Client::builder()
            .api_token(TOKEN)
            .base_url("https://127.0.0.1:1")
            .proxy("")
            .ca_file(&path)
            .build()
            .expect_err("refused");
        assert_eq!(error.status(), ErrorKind::InvalidArgument);
        assert_eq!(error.to_string(), format!("ca_file: {}: {reason}", path.display()));
    }
}
