//! Runs the tests of the Python package with the library of this build.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use testkit::{program, python};

#[test]
fn python_package_passes_its_tests() {
    let output = python::interpreter()
        .args(["-m", "unittest", "discover", "--start-directory", "tests", "--top-level-directory", "."])
        .current_dir(program::root().join("bindings/python"))
        .output()
        .expect("Python runs");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{}{report}", output.status, String::from_utf8_lossy(&output.stdout));
    let count = report.lines().find_map(|line| line.strip_prefix("Ran ")?.split(' ').next()?.parse::<usize>().ok());
    assert!(count.is_some_and(|count| count > 100), "too few tests were run:\n{report}");
}
