//! The build that this test belongs to, and the C library of the same build, or of another platform.

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

/// Starts the program of this test once more.
pub fn this_program() -> Command {
    start(std::env::current_exe().expect("this test has a path"))
}

/// Starts a program that cargo built for this test. If another platform's, by its runner; under wine, which is such a
/// runner, no Unix program can be started, and none is needed.
pub fn start(program: PathBuf) -> Command {
    match crate::compiler::runner_for(env!("TARGET")).filter(|_| cfg!(unix)) {
        Some(mut runner) => {
            runner.arg(program);
            runner
        }
        None => Command::new(program),
    }
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

/// Another platform whose C library is tested from here.
pub struct Other {
    /// As rustc names it, such as `x86_64-pc-windows-gnu`.
    pub target: String,
    /// Where its libraries are.
    pub libraries: PathBuf,
}

/// `$RTK_TARGET`, with the libraries in `$RTK_LIBRARIES`: the C and C++ programs of the tests are compiled for that
/// platform and started by its runner. The services stay here.
pub fn other_platform() -> Option<&'static Other> {
    static OTHER: OnceLock<Option<Other>> = OnceLock::new();
    OTHER
        .get_or_init(|| {
            let target = variable("RTK_TARGET")?;
            let libraries =
                variable("RTK_LIBRARIES").expect("RTK_LIBRARIES: the folder with the libraries for RTK_TARGET");
            Some(Other { target, libraries: libraries.into() })
        })
        .as_ref()
}

/// An environment variable that is not blank.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Whether the C programs are for this system.
pub fn for_os(os: &str) -> bool {
    other_platform().map_or(std::env::consts::OS == os, |other| other.target.contains(os))
}

/// `libparticipants.so` or what the platform calls it, as `cargo build -p participants-capi` makes it with this test's
/// profile and target.
pub fn shared_library() -> PathBuf {
    library(match () {
        () if for_os("windows") => "participants.dll",
        () if for_os("apple") || for_os("macos") => "libparticipants.dylib",
        () => "libparticipants.so",
    })
}

/// What programs are linked with to use the shared library.
pub fn import_library() -> PathBuf {
    if for_os("windows") { library("libparticipants.dll.a") } else { shared_library() }
}

/// `libparticipants.a` of the same build.
pub fn static_library() -> PathBuf {
    library("libparticipants.a")
}

/// `cargo test` does not build the libraries of another package, so the first test of a process that needs one does.
fn library(file: &str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    if let Some(other) = other_platform() {
        return other.libraries.join(file);
    }
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
