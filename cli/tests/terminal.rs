//! In a terminal: a table, a progress bar, colours, and Ctrl-C.
#![cfg(unix)]

mod support;

use std::process::Command;
use std::time::Duration;

use support::{MEETING, command};
use testkit::paged_list::PagedList;

/// Runs the command in a pseudo-terminal, of 100 columns unless COLUMNS says otherwise, and prints what it shows, then
/// its exit code. With an argument it sends Ctrl-C once that was shown.
const IN_A_TERMINAL: &str = r#"
import fcntl, os, pty, signal, struct, sys, termios
until, program = sys.argv[1], sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever runs the tests may ignore it
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, int(os.environ.get("COLUMNS", 100)), 0, 0))
    os.execvp(program[0], program)
shown = b""
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    shown += part
    if until and until.encode() in shown:
        os.write(terminal, b"\x03")
        until = ""
status = os.waitpid(child, 0)[1]
sys.stdout.buffer.write(shown)
print("\nexit", os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status))
"#;

/// What a terminal shows, and the exit code.
fn in_a_terminal(command: &Command, until: &str) -> (String, i32) {
    let mut python = Command::new("python3");
    python.args(["-c", IN_A_TERMINAL, until]).arg(command.get_program()).args(command.get_args());
    python.env("TERM", "xterm-256color");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => python.env(name, value),
            None => python.env_remove(name),
        };
    }
    let output = python.output().expect("python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (shown, code) = text.trim_end().rsplit_once("exit ").expect("an exit code");
    (shown.to_string(), code.parse().expect("a number"))
}

#[test]
fn a_terminal_gets_a_table_that_fits_with_a_bold_heading() {
    let server = PagedList::of(3).start();
    let (shown, code) = in_a_terminal(&command(&server.url(), &["list", MEETING]), "");
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("\u{1b}[1m"), "{shown:?}");
    assert!(shown.contains("Participant 2"), "{shown:?}");
    let width = |line: &str| {
        let mut plain = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').map_or("", |(_, rest)| rest);
        }
        (plain + rest).trim_end().chars().count()
    };
    assert!(shown.lines().all(|line| width(line) <= 100), "{shown}");
}

#[test]
fn a_narrow_terminal_gets_whole_ids_or_none() {
    let server = support::one_page(&[
        r#"{"id":"497f6eca-6276-4993-bfeb-53cbbbba6f08","name":"Mary Sue","custom_participant_id":"user-1"}"#,
    ]);
    let shown = |columns: &str, more: &[&str]| {
        in_a_terminal(command(&server.url(), &[&["list", MEETING], more].concat()).env("COLUMNS", columns), "").0
    };
    assert!(shown("100", &[]).contains("497f6eca-6276-4993-bfeb-53cbbbba6f08"));
    let narrow = shown("60", &[]);
    assert!(narrow.contains("custom_participant_id") && !narrow.contains("497f6eca"), "{narrow}");
    let asked = shown("60", &["--columns", "name,custom_id,id"]);
    assert!(asked.contains("497f6eca-6276-4993-bfeb-53cbbbba6f08"), "{asked}");
}

#[test]
fn a_dumb_terminal_gets_no_escapes() {
    let server = PagedList::of(3).start();
    let (shown, _) = in_a_terminal(command(&server.url(), &["list", MEETING]).env("TERM", "dumb"), "");
    assert!(shown.contains("Participant 2") && !shown.contains('\u{1b}'), "{shown:?}");
}

#[test]
fn no_color_means_no_colour() {
    let server = PagedList::of(3).start();
    let (shown, _) = in_a_terminal(command(&server.url(), &["list", MEETING]).env("NO_COLOR", "1"), "");
    assert!(shown.contains("Participant 2") && !shown.contains('\u{1b}'), "{shown:?}");
    // A bar moves the cursor, and has no colour either.
    let slow = PagedList::of(2_000).latency(|_| Duration::from_millis(100)).start();
    let (shown, _) = in_a_terminal(command(&slow.url(), &["list", MEETING]).env("NO_COLOR", "1"), "");
    assert!(shown.contains("of 2,000") && !shown.contains("\u{1b}[3"), "{:?}", &shown[..shown.len().min(2_000)]);
}

#[test]
fn raw_csv_is_no_command_for_the_terminal() {
    let server = support::one_page(&[r#"{"id":"i","name":"\u001b[31mred\u0007"}"#]);
    let list = ["list", MEETING, "--format", "csv", "--raw"];
    let shown = in_a_terminal(&command(&server.url(), &list), "").0;
    assert!(shown.contains("red") && !shown.contains(['\u{1b}', '\u{7}']), "{shown:?}");
    assert!(support::success(&server.url(), &list).contains("\u{1b}[31mred"), "in a pipe it is as it is");
}

#[test]
fn a_long_list_has_a_progress_bar_that_goes_away() {
    let slow = || PagedList::of(2_000).latency(|_| Duration::from_millis(100)).start();
    let server = slow();
    let (shown, code) = in_a_terminal(&command(&server.url(), &["list", MEETING, "--columns", "name"]), "");
    assert_eq!(code, 0);
    assert!(shown.contains("of 2,000 participants"), "{:?}", &shown[..shown.len().min(2_000)]);
    let table = shown.find("Participant 0").expect("a table");
    assert!(!shown[table..].contains("of 2,000 participants"), "the bar is gone before the table");
    // Rows and a bar on the same terminal would be a mess.
    let rows = in_a_terminal(&command(&slow().url(), &["list", MEETING, "--format", "ndjson"]), "").0;
    assert!(!rows.contains("of 2,000 participants"));
}

#[test]
fn ctrl_c_ends_a_list_and_a_watch() {
    let server = PagedList::of(2_000).latency(|request| match request.page_no() {
        Some(..4) => Duration::ZERO,
        _ => Duration::from_secs(60),
    });
    let server = server.start();
    let (_, code) = in_a_terminal(&command(&server.url(), &["list", MEETING]), "of 2,000");
    assert_eq!(code, -2, "ended by the signal, as a shell expects");
    let quick = PagedList::of(3).start();
    let (shown, code) = in_a_terminal(&command(&quick.url(), &["watch", MEETING]), "watching 3");
    assert_eq!(code, 0, "{shown}");
}
