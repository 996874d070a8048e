//! `participants demo`: the commands, on an invented meeting of a service in this process. The service of the tests is
//! not in programs that are given to others: it brings an async runtime.

use std::io::{self, BufRead, BufReader, Write, stdout};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use clap::Parser;
use serde_json::{Value, json};

use crate::arguments::{Arguments, ClientOptions, Command};
use crate::failure::Failure;

const ACCOUNT: &str = "023e105f4ecef8ad9ca31a8372d0c353";
const APP: &str = "14a396e7-ca44-4937-bf1f-050a69118543";
const MEETING: &str = "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e";

const PARTICIPANTS: u64 = 342;

/// What is shown, and what to say about it.
const COMMANDS: [(&str, &str); 6] = [
    ("Who are the hosts?", "list MEETING --filter preset=group_call_host --format table"),
    ("How many are there?", "list MEETING --count"),
    ("Is somebody on the list?", "find MEETING --custom-id user-41 --format json"),
    (
        "For a spreadsheet.",
        "list MEETING --filter preset=webinar_presenter --filter name~Zoë --columns name,custom_id,created \
         --sort -created --format csv",
    ),
    ("How many of each kind, and since when?", "summary MEETING"),
    ("Who comes and goes?", "watch MEETING --every 0.2 --times 3 --format text"),
];

pub fn run() -> Result<(), Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}", listener.local_addr()?);
    let meeting = Arc::new(Invented { questions: AtomicU64::new(0) });
    thread::spawn(move || meeting.serve(&listener));
    let mut out = stdout();
    writeln!(out, "This asks an invented meeting of a service within this program. No account is needed.")?;
    for (title, command) in COMMANDS {
        writeln!(out, "\n# {title}\n$ participants {command}")?;
        let words = command.split(' ').map(|word| if word == "MEETING" { MEETING } else { word });
        let mut arguments = Arguments::try_parse_from(["participants"].into_iter().chain(words))
            .map_err(|error| Failure::usage(error.to_string()))?;
        if let Some(options) = client_options(&mut arguments.command) {
            *options = ClientOptions {
                account_id: Some(ACCOUNT.to_string()),
                app_id: Some(APP.to_string()),
                base_url: Some(url.clone()),
                proxy: Some(String::new()),
                token: Some("demo".to_string()),
                ..ClientOptions::default()
            };
        }
        crate::run(arguments.command)?;
    }
    writeln!(
        out,
        "\nFor a meeting of your own, set CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID and REALTIMEKIT_APP_ID, and"
    )?;
    writeln!(out, "$ participants list MEETING")?;
    Ok(())
}

fn client_options(command: &mut Command) -> Option<&mut ClientOptions> {
    match command {
        Command::List(options) => Some(&mut options.client),
        Command::Find(options) => Some(&mut options.client),
        Command::Watch(options) => Some(&mut options.client),
        Command::Diff(options) => Some(&mut options.client),
        Command::Summary(options) => Some(&mut options.client),
        Command::Demo | Command::Completions { .. } | Command::Man => None,
    }
}

/// A meeting whose list changes while it is watched.
struct Invented {
    /// How often page 1 was asked for.
    questions: AtomicU64,
}

impl Invented {
    fn serve(self: &Arc<Self>, listener: &TcpListener) {
        for connection in listener.incoming().flatten() {
            let meeting = Arc::clone(self);
            thread::spawn(move || meeting.answer(&connection));
        }
    }

    fn answer(&self, connection: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(connection);
        loop {
            let mut request = String::new();
            if reader.read_line(&mut request)? == 0 {
                return Ok(());
            }
            let mut line = String::new();
            while reader.read_line(&mut line)? > "\r\n".len() {
                line.clear();
            }
            let body =
                self.page(parameter(&request, "page_no").unwrap_or(1), parameter(&request, "per_page").unwrap_or(20));
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
            (&*connection).write_all((head + &body).as_bytes())?;
        }
    }

    fn page(&self, page_no: u64, per_page: u64) -> String {
        let questions = match page_no {
            1 => 1 + self.questions.fetch_add(1, Ordering::Relaxed),
            _ => self.questions.load(Ordering::Relaxed),
        };
        // The watch is the last command. From its second question on, somebody comes, and somebody goes.
        let first = questions.saturating_sub(COMMANDS.len() as u64);
        let start = (page_no.max(1) - 1).saturating_mul(per_page).min(PARTICIPANTS);
        let end = start.saturating_add(per_page).min(PARTICIPANTS);
        let data: Vec<_> = (first + start..first + end).map(participant).collect();
        let paging = json!({ "total_count": PARTICIPANTS, "start_offset": start + 1, "end_offset": end });
        json!({ "data": data, "paging": paging, "success": true }).to_string()
    }
}

fn parameter(request: &str, name: &str) -> Option<u64> {
    let query = request.split(' ').nth(1)?.split_once('?')?.1;
    query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))?.parse().ok()
}

fn participant(number: u64) -> Value {
    const NAMES: [&str; 8] = ["Mary Sue", "Zoë Łuczak", "José", "李雷", "Amina", "Lars", "=1+1", "Olu"];
    let preset = match number % 40 {
        0 => "group_call_host",
        1..10 => "webinar_presenter",
        _ => "group_call_participant",
    };
    let (day, hour) = (1 + number / 60, number % 24);
    json!({
        "id": format!("{number:08x}-0000-4000-8000-{number:012x}"),
        "name": NAMES.get(number as usize % 9).map(|name| format!("{name} {number}")),
        "picture": null,
        "custom_participant_id": format!("user-{number}"),
        "preset_name": preset,
        "created_at": format!("2026-11-{day:02}T{hour:02}:00:00Z"),
        "updated_at": format!("2026-11-{day:02}T{hour:02}:30:00Z"),
    })
}
