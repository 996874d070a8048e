//! The shell commands of docs/guide.md do something sensible.
#![cfg(unix)]

mod support;

use std::path::Path;
use std::process::Command;

use support::{MEETING, command, run};
use testkit::document::blocks;
use testkit::service::Service;

#[test]
fn shell_commands_of_the_guide_run() {
    let service = Service::start(342);
    // Those that need a proxy or the service itself are only parsed.
    let needs_network = |block: &String| block.contains("example.com") || block.contains("curl");
    let (elsewhere, here): (Vec<_>, Vec<_>) = blocks("docs/guide.md", "sh").into_iter().partition(needs_network);
    for block in &elsewhere {
        assert!(Command::new("sh").args(["-n", "-c", block]).status().expect("a shell").success(), "{block}");
    }
    assert!(here.len() >= 4, "{here:?}");
    let bin = Path::new(env!("CARGO_BIN_EXE_participants")).parent().expect("a folder");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("PATH"));
    for block in here {
        let participants = command(&service.url(), &[]);
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", &block]).env("PATH", &path).env("MEETING_ID", MEETING);
        for (name, value) in participants.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        let printed = run(&mut shell);
        assert_eq!(printed.code, Some(0), "{block}{}", printed.err);
        assert!(!printed.out.is_empty(), "{block}");
    }
}
