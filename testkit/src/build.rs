//! The build that this test belongs to, and the C library of the same build.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

/// Where cargo puts this profile's programs and libraries, such as `target/debug`.
pub fn folder() -> PathBuf {
    let test = std::env::current_exe().expect("this test has a path");
    let folder = test.parent().expect("target/<profile>/deps or target/<profile>/examples");
    folder.parent().expect("target/<profile>").to_path_buf()
}

/// The target directory, in which cargo keeps what it knows about rustc. CACHEDIR.TAG is in the folder of a `--target`,
/// too.
fn target_dir() -> PathBuf {
    let folder = folder();
    let found = folder.ancestors().find(|folder| folder.join(".rustc_info.json").exists());
    found.expect("a target directory").to_path_buf()
}

/// A folder for the files that tests write.
pub fn scratch() -> PathBuf {
    let folder = target_dir().join("tmp");
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    folder
}

/// `libparticipants.so`, as `cargo build -p participants-capi` makes it with this test's profile and target.
pub fn shared_library() -> PathBuf {
    library("libparticipants.so")
}

/// `libparticipants.a` of the same build.
pub fn static_library() -> PathBuf {
    library("libparticipants.a")
}

/// `cargo test` does not build the libraries of another package, so the first test of a process that needs one does.
fn library(file: &str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| build(&["--package", "participants-capi"]));
    folder().join(file)
}

/// The program of an example. `cargo test` builds all examples, but `cargo test --test NAME` builds none.
pub fn example(name: &str) -> PathBuf {
    build(&["--package", "participants", "--example", name]);
    folder().join("examples").join(name)
}

/// Runs `cargo build` with this test's profile and target.
fn build(what: &[&str]) {
    let (folder, target_dir) = (folder(), target_dir());
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["build", "--quiet", "--locked"]).args(what).current_dir(root());
    cargo.arg("--target-dir").arg(&target_dir);
    let below = folder.strip_prefix(&target_dir).expect("within the target directory");
    let mut names = below.iter().map(|name| name.to_str().expect("UTF-8"));
    let profile = names.next_back().expect("a profile");
    cargo.args(["--profile", if profile == "debug" { "dev" } else { profile }]);
    if let Some(target) = names.next_back() {
        cargo.args(["--target", target]);
    }
    let output = cargo.output().expect("cargo, which runs this test");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{cargo:?} failed:\n{errors}");
}
