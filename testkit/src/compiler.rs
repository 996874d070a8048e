//! The system's C and C++ compilers, which link with AddressSanitizer where `RTK_SANITIZE` is set.

use std::process::Command;

use crate::program;

/// `$CC`, or `cc`.
pub fn c() -> Command {
    from_environment("CC", "cc", "C")
}

/// `$CXX`, or `c++`.
pub fn cpp() -> Command {
    from_environment("CXX", "c++", "C++")
}

fn from_environment(variable: &str, default: &str, language: &str) -> Command {
    let program = std::env::var(variable).ok().filter(|program| !program.trim().is_empty()).unwrap_or(default.into());
    let mut words = program.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(default));
    command.args(words);
    if program::sanitized() {
        command.arg("-fsanitize=address");
    }
    let found = Command::new(command.get_program()).arg("--version").output();
    assert!(
        found.is_ok_and(|output| output.status.success()),
        "these tests need a {language} compiler: install one as `{default}`, or name it in ${variable}"
    );
    command
}

/// Runs a command that must succeed, and returns what it printed.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}{err}", output.status);
    out.into_owned()
}
