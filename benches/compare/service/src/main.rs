//! `bench-service PARTICIPANTS [--kind KIND] [--seed NUMBER] [--latency MILLISECONDS] [--gzip] [--tls CA_FILE]` prints
//! its base URL and runs until its standard input ends. With TLS, CA_FILE gets the certificate to trust.

use std::io::Read;
use std::str::FromStr;
use std::time::Duration;

use bench_service::Settings;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut settings = Settings::new(parsed(arguments.next()));
    while let Some(option) = arguments.next() {
        match option.as_str() {
            "--kind" => settings.kind = parsed(arguments.next()),
            "--seed" => settings.seed = parsed(arguments.next()),
            "--latency" => settings.latency = Duration::from_millis(parsed(arguments.next())),
            "--gzip" => settings.gzip = true,
            "--tls" => settings.tls = Some(parsed(arguments.next())),
            _ => panic!("unknown option {option}"),
        }
    }
    println!("{}", bench_service::start(settings));
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn parsed<T: FromStr>(argument: Option<String>) -> T {
    let argument = argument.expect("another argument");
    argument.parse().unwrap_or_else(|_| panic!("what does {argument} mean?"))
}
