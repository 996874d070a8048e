//! A C or C++ program that a test compiles, links with the library and runs: under valgrind where `RTK_VALGRIND` is
//! set, and by the runner of another platform where `RTK_TARGET` names one.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::{build, compiler, environment};

/// The exit code of a program in which valgrind found a fault.
pub const FAULT_FOUND: i32 = 99;

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
        let path = executable(format!("{name}-{linkage:?}"));
        let unfinished = unfinished(&path);
        let mut cc = compiler::c();
        cc.args(["-std=c99", "-g", "-Wall", "-Wextra", "-pedantic", "-Wstrict-prototypes", "-Werror"]);
        cc.arg("-I").arg(root().join("include")).arg(&source).arg("-o").arg(&unfinished);
        match linkage {
            Linkage::Shared => link_shared(&mut cc),
            Linkage::Static => link_static(&mut cc),
        }
        compiler::run(&mut cc);
        std::fs::rename(&unfinished, &path).expect("the program can be renamed");
        Program { path }
    }

    /// Compiles C++ sources, named from the root of the project, as one program of this standard, with warnings as
    /// errors; with UndefinedBehaviorSanitizer, too, where `RTK_SANITIZE` is set.
    pub fn build_cpp(name: &str, sources: &[&str], standard: &str) -> Self {
        let path = executable(format!("{name}-{standard}"));
        let unfinished = unfinished(&path);
        let mut cxx = compiler::cpp();
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
        compiler::run(&mut cxx);
        std::fs::rename(&unfinished, &path).expect("the program can be renamed");
        Program { path }
    }

    /// A program that the test has built itself.
    pub fn at(path: PathBuf) -> Self {
        Program { path }
    }

    /// Runs the program, without the variables that the library reads.
    pub fn command(&self) -> Command {
        let wrapper = if under_valgrind() { Some(valgrind()) } else { compiler::runner() };
        let mut command = match wrapper {
            Some(mut wrapper) => {
                wrapper.arg(&self.path);
                wrapper
            }
            None => Command::new(&self.path),
        };
        environment::clear(&mut command).env_remove("RTK_VALGRIND").env_remove("RTK_SANITIZE");
        command
    }

    /// Runs the program, whose checks must all hold. Nothing may be printed.
    pub fn check(&self, arguments: &[&str]) {
        self.check_in(arguments, &[]);
    }

    /// Like [`check`](Self::check), with these variables in its environment.
    pub fn check_in(&self, arguments: &[&str], environment: &[(&str, String)]) {
        let verbose = [("RUST_LOG", "trace"), ("RUST_BACKTRACE", "1")];
        let output = output(self.command().args(arguments).envs(verbose).envs(environment.iter().cloned()));
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{}: {}\n{out}{err}", self.path.display(), output.status);
        assert!(out.is_empty() && err.is_empty(), "{} is not silent:\n{out}{err}", self.path.display());
    }
}

/// Windows has no such libraries of its own, and its programs bring along what gcc and C++ need.
const LIBRARIES_OF_UNIX: [&str; 3] = ["-lpthread", "-ldl", "-lm"];
/// As `rustc --print native-static-libs` says.
const LIBRARIES_OF_WINDOWS: [&str; 9] =
    ["-static", "-lpthread", "-lbcrypt", "-ladvapi32", "-lkernel32", "-lntdll", "-luserenv", "-lws2_32", "-ldbghelp"];

fn link_shared(compiler: &mut Command) {
    if build::for_os("windows") {
        let library = scratch().join("participants.dll");
        link_file(&build::shared_library(), &library);
        compiler.arg(build::import_library()).args(["-static", "-lpthread"]);
        return;
    }
    let libraries = shared_library_by_its_names();
    if build::for_os("linux") {
        // A program that only loads the library at run time is not linked with it.
        compiler.arg("-Wl,--as-needed");
    }
    compiler
        .arg("-L")
        .arg(&libraries)
        .args(["-lparticipants", "-lpthread", "-ldl"])
        .arg(format!("-Wl,-rpath,{}", libraries.display()));
}

fn link_static(compiler: &mut Command) {
    compiler.arg(build::static_library());
    if build::for_os("musl") {
        compiler.arg("-static"); // all of it: what musl is chosen for
    }
    match build::for_os("windows") {
        true => compiler.args(LIBRARIES_OF_WINDOWS),
        false => compiler.args(LIBRARIES_OF_UNIX),
    };
}

/// What a program printed, with the line ends of Unix.
pub fn output(command: &mut Command) -> Output {
    let mut output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    if build::for_os("windows") {
        output.stdout = with_unix_lines(&output.stdout);
        output.stderr = with_unix_lines(&output.stderr);
    }
    output
}

fn with_unix_lines(text: &[u8]) -> Vec<u8> {
    let mut rest = text.iter().copied().peekable();
    std::iter::from_fn(|| {
        let byte = rest.next()?;
        if byte == b'\r' && rest.peek() == Some(&b'\n') { rest.next() } else { Some(byte) }
    })
    .collect()
}

pub fn under_valgrind() -> bool {
    asked_for("RTK_VALGRIND")
}

pub fn sanitized() -> bool {
    asked_for("RTK_SANITIZE")
}

/// Whether a checker keeps freed memory, so that how much is resident means nothing.
pub fn keeps_freed_memory() -> bool {
    under_valgrind() || sanitized()
}

fn asked_for(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty() && value != "0")
}

/// Memory errors and definite leaks make the program fail. Nothing else is printed. Threads run in turn: without
/// `--fair-sched`, one that never waits keeps all others from running, for minutes on a quiet machine.
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
        "--fair-sched=yes",
    ]);
    valgrind.arg(format!("--error-exitcode={FAULT_FOUND}"));
    valgrind
}

pub fn root() -> &'static Path {
    build::root()
}

/// A folder for what the tests make with this profile, for the platform that is tested.
pub fn scratch() -> PathBuf {
    let build = build::folder();
    let platform = build::other_platform().map_or("c", |other| &other.target);
    let folder = build::scratch().join(platform).join(build.file_name().expect("a profile"));
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    folder
}

/// The path of a program that a test makes.
pub fn executable(name: String) -> PathBuf {
    scratch().join(if build::for_os("windows") { name + ".exe" } else { name })
}

/// A folder with the library under the name for the linker, and under its soname, which programs load.
pub fn shared_library_by_its_names() -> PathBuf {
    let folder = scratch().join("lib");
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    for name in ["libparticipants.so", "libparticipants.so.0"] {
        link_file(&build::shared_library(), &folder.join(name));
    }
    folder
}

/// Gives a file another name, also while other tests do.
fn link_file(file: &Path, link: &Path) {
    let unfinished = unfinished(link);
    std::fs::hard_link(file, &unfinished).expect("a link");
    std::fs::rename(&unfinished, link).expect("the link can be renamed");
    // Renaming one name of a file to another of the same file does nothing.
    let _ = std::fs::remove_file(&unfinished);
}

/// A name for a file that is being written. Each thread has its own, since other tests may write the same file at the
/// same time. The extension stays: compilers for Windows add `.exe` to other names.
fn unfinished(path: &Path) -> PathBuf {
    let name = path.file_name().expect("a name").to_string_lossy();
    path.with_file_name(format!("{}-{:?}-{name}", std::process::id(), std::thread::current().id()))
}
