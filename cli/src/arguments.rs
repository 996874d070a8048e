//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, RangedU64ValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::columns::{Column, Filter, SortKey};
use crate::duration;
use crate::failure::EXIT_CODES;

/// The heading of the options that say where to ask, and how.
pub const CLIENT: &str = "Client";

/// Who was added to a Cloudflare RealtimeKit meeting, that is, who may join it
///
/// The list does not say who is connected now.
#[derive(Parser)]
#[command(name = "participants", version, after_help = EXIT_CODES)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// List everyone
    List(List),
    /// Find the participant with an id of your application, or with an id of the service
    ///
    /// Stops at the first match. Exits with 1 if the participant is not on the list, and with 14 if the list may not be
    /// complete.
    Find(Find),
    /// Ask again and again, and print who was added, removed or changed
    ///
    /// A list that may not be complete reports no removal. After a failed request, it says so on stderr and goes on.
    /// SIGINT (Ctrl-C), SIGTERM and SIGHUP end it.
    ///
    /// An event as JSON has "event" ("added", "removed" or "changed"), "time" and "participant". If something changed,
    /// it also has "fields", the names of what changed, and "before", the participant as it was.
    Watch(Watch),
    /// Compare two lists: who was added, removed or changed
    ///
    /// Exits with 1 if there is a difference. A list is a file that this command wrote as json or ndjson, `-` for
    /// standard input, or a meeting. Only json says whether it is complete, and only without --filter and --page. If
    /// NEW may not be complete, nobody counts as removed; if either may not be, the exit code is 14. Fields that
    /// --columns left out are not compared.
    ///
    /// Events as JSON are those of watch, without "time".
    Diff(Diff),
    /// Count: how many have each preset, and how many were added on each day
    Summary(Summary),
    /// See what the commands do, with an invented meeting and without an account
    Demo,
    /// Print completions for a shell
    Completions { shell: Shell },
    /// Print the manual page
    Man,
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    pub meeting: MeetingOptions,
    /// Print how many there are, and nothing else
    #[arg(long, conflicts_with_all = ["format", "columns", "sort", "raw"])]
    pub count: bool,
    /// Only those whose COLUMN=VALUE, COLUMN!=VALUE, or COLUMN~TEXT (holds it, in any case). All filters must accept;
    /// `name=` accepts those without a name. Filtered JSON says "is_complete": false
    #[arg(long, value_name = "FILTER")]
    pub filter: Vec<Filter>,
    /// Sort by a column, as text; with a - before it, the other way round. The list is read to its end first
    #[arg(long, allow_hyphen_values = true, value_name = "[-]COLUMN")]
    pub sort: Option<SortKey>,
    /// Ask for this page only. Without --per-page, it is as long as the service makes it
    #[arg(long, value_name = "N")]
    pub page: Option<u64>,
    #[command(flatten)]
    pub output: OutputOptions,
    #[command(flatten)]
    pub client: ClientOptions,
}

#[derive(Args)]
#[command(next_help_heading = "Output")]
pub struct OutputOptions {
    /// How to print [default: table on a terminal, else ndjson]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// What to print of each: id, name, custom_participant_id (or custom_id), preset_name (preset), created_at
    /// (created), updated_at (updated), picture [default: all; in a table, what fits]
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,...")]
    pub columns: Vec<Column>,
    /// CSV: print texts as they are, also those that a spreadsheet takes for formulas
    #[arg(long)]
    pub raw: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns for people
    Table,
    /// One object, like the service's
    Json,
    /// One participant per line, as the service sent it
    Ndjson,
    /// For spreadsheets: a text that begins like a formula has an apostrophe before it
    Csv,
}

#[derive(Args)]
pub struct Find {
    #[command(flatten)]
    pub meeting: MeetingOptions,
    #[command(flatten)]
    pub who: Who,
    #[command(flatten)]
    pub output: OutputOptions,
    #[command(flatten)]
    pub client: ClientOptions,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Who {
    /// The id that your application gave the participant
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub custom_id: Option<String>,
    /// The id that the service gave the participant
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub id: Option<String>,
}

#[derive(Args)]
pub struct Watch {
    #[command(flatten)]
    pub meeting: MeetingOptions,
    /// How long to wait before the list is requested again
    #[arg(long, value_parser = duration::parse_positive, default_value = "10", value_name = "SECONDS")]
    pub every: Duration,
    /// Stop after N requests for the list. If all of them failed, the exit code is the last one's
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u64>::new().range(1..))]
    pub times: Option<u64>,
    /// How to print [default: text on a terminal, else ndjson]
    #[arg(long, value_enum)]
    pub format: Option<ChangeFormat>,
    #[command(flatten)]
    pub client: ClientOptions,
}

#[derive(Args)]
pub struct Diff {
    /// The list from before: a file, - or a meeting
    pub old: String,
    /// The list to compare with it: a file, - or a meeting
    pub new: String,
    /// How to print [default: text on a terminal, else ndjson]
    #[arg(long, value_enum)]
    pub format: Option<ChangeFormat>,
    #[command(flatten)]
    pub client: ClientOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ChangeFormat {
    /// A line for people
    Text,
    /// One JSON object per line
    Ndjson,
}

#[derive(Args)]
pub struct Summary {
    #[command(flatten)]
    pub meeting: MeetingOptions,
    /// Write the chart as a picture, too; - prints the picture instead
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    #[command(flatten)]
    pub client: ClientOptions,
}

#[derive(Args, Clone)]
pub struct MeetingOptions {
    /// The meeting's id, a UUID
    pub meeting: String,
}

/// Where to ask, and how. A setting that is not given comes from its variable. One that is in neither has the library's
/// default. All times are in seconds, or have a unit: 500ms, 2.5s, 5m, 1h.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = CLIENT)]
pub struct ClientOptions {
    /// The account's id [env: CLOUDFLARE_ACCOUNT_ID]
    #[arg(long, value_name = "ID")]
    pub account_id: Option<String>,
    /// The app's id [env: REALTIMEKIT_APP_ID]
    #[arg(long, value_name = "ID")]
    pub app_id: Option<String>,
    /// A file that holds the API token; - is standard input. The token itself is never an argument
    /// [env: CLOUDFLARE_API_TOKEN, or CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY, hold the credential itself]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<String>,
    /// The address of the API [env: CLOUDFLARE_BASE_URL]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// How long one request may take, in seconds or as in 500ms, 5m, 1h [default: 60] [env: PARTICIPANTS_TIMEOUT]
    #[arg(long, value_parser = duration::parse, value_name = "SECONDS")]
    pub timeout: Option<Duration>,
    /// How long to connect may take [default: 5] [env: PARTICIPANTS_CONNECT_TIMEOUT]
    #[arg(long, value_parser = duration::parse, value_name = "SECONDS")]
    pub connect_timeout: Option<Duration>,
    /// How long the whole list may take; 0 is no limit [default: 0] [env: PARTICIPANTS_DEADLINE]
    #[arg(long, value_parser = duration::parse, value_name = "SECONDS")]
    pub deadline: Option<Duration>,
    /// How often a failed request is tried again [default: 3] [env: PARTICIPANTS_MAX_RETRIES]
    #[arg(long, value_name = "N")]
    pub max_retries: Option<u32>,
    /// The longest wait that the service may ask for [default: 60] [env: PARTICIPANTS_MAX_RETRY_WAIT]
    #[arg(long, value_parser = duration::parse, value_name = "SECONDS")]
    pub max_retry_wait: Option<Duration>,
    /// How many pages are asked for at the same time [default: 4] [env: PARTICIPANTS_MAX_CONNECTIONS]
    #[arg(long, value_name = "N")]
    pub max_connections: Option<u32>,
    /// How many participants a page has [default: 100] [env: PARTICIPANTS_PER_PAGE]
    #[arg(long, value_name = "N")]
    pub per_page: Option<u32>,
    /// The name of the program that asks [env: PARTICIPANTS_USER_AGENT]
    #[arg(long, value_name = "TEXT")]
    pub user_agent: Option<String>,
    /// The proxy; "" is none [env: PARTICIPANTS_PROXY, else HTTPS_PROXY, ALL_PROXY, NO_PROXY as in curl]
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,
    /// Root certificates, instead of those that come with this program [env: PARTICIPANTS_CA_FILE, else SSL_CERT_FILE]
    #[arg(long, value_name = "PEM-FILE")]
    pub ca_file: Option<String>,
    /// Trust the operating system's authorities, instead of those that come with this program [env:
    /// PARTICIPANTS_NATIVE_CA: true or false]
    #[arg(long)]
    pub native_ca: bool,
    /// Print on stderr what is out of the ordinary; twice: each page as well
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// The token of the demo.
    #[arg(skip)]
    pub token: Option<String>,
}
