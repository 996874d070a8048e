//! The Python package, with the library just built: runs the tests in bindings/python/tests with the system's Python.

mod support;

use std::path::Path;
use std::process::Command;

use support::c;

#[test]
fn the_python_package_passes_its_tests_with_the_library_just_built() {
    let python = std::env::var("PYTHON").ok().filter(|program| !program.trim().is_empty()).unwrap_or("python3".into());
    let found = Command::new(&python).args(["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]).status();
    assert!(
        found.is_ok_and(|status| status.success()),
        "these tests need Python 3.9 or newer, with its standard library alone: install it as `python3`, or name it in $PYTHON (it is {python:?} now)"
    );
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("bindings/python");
    let output = Command::new(&python)
        .args(["-m", "unittest", "discover", "--start-directory", "tests", "--top-level-directory", "."])
        .current_dir(&package)
        .env("PYTHONPATH", &package)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("LIBPARTICIPANTS_PATH", c::shared_library())
        .output()
        .expect("Python runs");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{}{report}", output.status, String::from_utf8_lossy(&output.stdout));
    let count = report.lines().find_map(|line| line.strip_prefix("Ran ")?.split(' ').next()?.parse::<usize>().ok());
    assert!(count.is_some_and(|count| count > 100), "too few tests were run:\n{report}");
}
