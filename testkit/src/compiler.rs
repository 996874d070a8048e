//! The C and C++ compilers for the platform that is tested, which link with AddressSanitizer where `RTK_SANITIZE` is
//! set, and what starts their programs.

use std::process::Command;

use crate::{build, program};

/// `$CC`, or `cc`. For another platform `$CC_<target>` comes first, with `_` for `-` in the name of the target.
pub fn c() -> Command {
    from_environment("CC", "cc", "C")
}

/// `$CXX`, or `c++`, likewise.
pub fn cpp() -> Command {
    from_environment("CXX", "c++", "C++")
}

fn from_environment(variable: &str, default: &str, language: &str) -> Command {
    let own = build::other_platform().map(|other| format!("{variable}_{}", other.target.replace('-', "_")));
    let variables = own.iter().map(String::as_str).chain([variable]);
    let program = variables.clone().find_map(build::variable).unwrap_or(default.into());
    let mut command = words(&program);
    if program::sanitized() {
        command.arg("-fsanitize=address");
    }
    let found = Command::new(command.get_program()).arg("--version").output();
    assert!(
        found.is_ok_and(|output| output.status.success()),
        "these tests need a {language} compiler: install one as `{default}`, or name it in {:?}",
        variables.collect::<Vec<_>>()
    );
    command
}

/// What starts the programs of the platform that is tested, if they need it.
pub fn runner() -> Option<Command> {
    runner_for(&build::other_platform()?.target)
}

/// cargo's own setting for it, as an environment variable.
pub(crate) fn runner_for(target: &str) -> Option<Command> {
    let variable = format!("CARGO_TARGET_{}_RUNNER", target.replace('-', "_").to_uppercase());
    build::variable(&variable).map(|runner| words(&runner))
}

/// A command whose program and arguments are separated by blanks.
fn words(command: &str) -> Command {
    let mut words = command.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// Runs a command that must succeed, and returns what it printed.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}{err}", output.status);
    out.into_owned()
}
