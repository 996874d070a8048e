//! A C or C++ program that a test compiles, links with the library and runs; under valgrind where `RTK_VALGRIND` is set.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::{build, c};

/// The exit code of a program in which valgrind found a fault.
pub const FAULT_FOUND: i32 = 99;

/// What a program must not find in its environment unless a test puts it there.
const FOREIGN: [&str; 17] = [
    "CLOUDFLARE_API_TOKEN",
    "CLOUDFLARE_API_KEY",
    "CLOUDFLARE_EMAIL",
    "CLOUDFLARE_BASE_URL",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "ALL_PROXY",
    "all_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
    "REQUEST_METHOD",
    "RTK_VALGRIND",
    "RTK_SANITIZE",
];

#[derive(Debug, Clone, Copy)]
pub enum Linkage {
    Shared,
    Static,
}

pub struct Program {
    path: PathBuf,
}

impl Program {
    /// Compiles a source, named from the root of the project, as C99 with warnings as errors.
    pub fn build(source: &str, linkage: Linkage) -> Self {
        let source = root().join(source);
        let name = source.file_stem().expect("a name").to_string_lossy().into_owned();
        let path = scratch().join(format!("{name}-{linkage:?}"));
        let unfinished = unfinished(&path);
        let mut cc = c::compiler();
        cc.args(["-std=c99", "-g", "-Wall", "-Wextra", "-pedantic", "-Wstrict-prototypes", "-Werror"]);
        cc.arg("-I").arg(root().join("include")).arg(&source).arg("-o").arg(&unfinished);
        match linkage {
            Linkage::Shared => link_shared(&mut cc),
            Linkage::Static => drop(cc.arg(build::static_library()).args(["-lpthread", "-ldl", "-lm"])),
        }
        c::run(&mut cc);
        std::fs::rename(&unfinished, &path).expect("the program can be renamed");
        Program { path }
    }

    /// Compiles C++ sources, named from the root of the project, as one program of this standard, with warnings as errors; with
    /// UndefinedBehaviorSanitizer, too, where `RTK_SANITIZE` is set.
    pub fn build_cpp(name: &str, sources: &[&str], standard: &str) -> Self {
        let path = scratch().join(format!("{name}-{standard}"));
        let unfinished = unfinished(&path);
        let mut cxx = c::cpp_compiler();
        cxx.args([
            &format!("-std={standard}"),
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Wshadow",
            "-Wconversion",
            "-Werror",
        ]);
        if sanitized() {
            cxx.args(["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
        }
        cxx.arg("-I")
            .arg(root().join("include"))
            .args(sources.iter().map(|source| root().join(source)))
            .arg("-o")
            .arg(&unfinished);
        link_shared(&mut cxx);
        c::run(&mut cxx);
        std::fs::rename(&unfinished, &path).expect("the program can be renamed");
        Program { path }
    }

    /// A program that the test builds itself.
    pub fn at(path: PathBuf) -> Self {
        Program { path }
    }

    /// What runs the program, in an environment that says nothing to the library.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        if under_valgrind() {
            command = valgrind();
            command.arg(&self.path);
        }
        for name in FOREIGN {
            command.env_remove(name);
        }
        command
    }

    /// Runs the program, whose checks must all hold, and during which nobody may print anything.
    pub fn check(&self, arguments: &[&str]) {
        self.check_in(arguments, &[]);
    }

    /// Like [`check`](Self::check), with these variables in its environment.
    pub fn check_in(&self, arguments: &[&str], environment: &[(&str, String)]) {
        let talkative = [("RUST_LOG", "trace"), ("RUST_BACKTRACE", "1")];
        let output = output(self.command().args(arguments).envs(talkative).envs(environment.iter().cloned()));
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{}: {}\n{out}{err}", self.path.display(), output.status);
        assert!(out.is_empty() && err.is_empty(), "{} is not silent:\n{out}{err}", self.path.display());
    }
}

fn link_shared(compiler: &mut Command) {
    let libraries = shared_library_by_its_names();
    compiler
        .arg("-L")
        .arg(&libraries)
        .args(["-lparticipants", "-lpthread", "-ldl"])
        .arg(format!("-Wl,-rpath,{}", libraries.display()));
}

pub fn output(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

pub fn under_valgrind() -> bool {
    asked_for("RTK_VALGRIND")
}

pub fn sanitized() -> bool {
    asked_for("RTK_SANITIZE")
}

/// Whether memory that was freed stays with a checker, so that how much is resident means nothing.
pub fn keeps_freed_memory() -> bool {
    under_valgrind() || sanitized()
}

fn asked_for(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty() && value != "0")
}

/// Memory errors and definite leaks make the program fail, and nothing else is said.
pub fn valgrind() -> Command {
    let found = Command::new("valgrind").arg("--version").output();
    assert!(
        found.is_ok_and(|output| output.status.success()),
        "RTK_VALGRIND is set, but there is no valgrind: install it"
    );
    let mut valgrind = Command::new("valgrind");
    valgrind.args([
        "--quiet",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite",
        "--show-leak-kinds=definite",
        "--num-callers=30",
    ]);
    valgrind.arg(format!("--error-exitcode={FAULT_FOUND}"));
    valgrind
}

pub fn root() -> &'static Path {
    build::root()
}

/// A folder for what the tests of this build make.
pub fn scratch() -> PathBuf {
    let build = build::folder();
    let folder = build::scratch().join("c").join(build.file_name().expect("a profile"));
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    folder
}

/// A folder with the library under the name the linker looks for, and under its soname, by which programs look for it.
pub fn shared_library_by_its_names() -> PathBuf {
    let folder = scratch().join("lib");
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    for name in ["libparticipants.so", "libparticipants.so.0"] {
        let link = folder.join(name);
        let unfinished = unfinished(&link);
        std::os::unix::fs::symlink(build::shared_library(), &unfinished).expect("a link");
        std::fs::rename(&unfinished, &link).expect("the link can be renamed");
    }
    folder
}

/// A name of this thread's own for a file in the making: other tests may make the same one at the same time.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}-{:?}", std::process::id(), std::thread::current().id()));
    name.into()
}
