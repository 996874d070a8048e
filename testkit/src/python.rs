//! The system's Python, or `$PYTHON`, with the package and the library of this build. Where `RTK_SANITIZE` is set,
//! AddressSanitizer's runtime is loaded first, as the library needs then.

use std::process::Command;

use crate::{build, compiler, program};

pub fn interpreter() -> Command {
    let name = std::env::var("PYTHON").ok().filter(|program| !program.trim().is_empty()).unwrap_or("python3".into());
    let found = Command::new(&name).args(["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]).status();
    assert!(
        found.is_ok_and(|status| status.success()),
        "these tests need Python 3.9 or newer, with its standard library alone: install it as `python3`, or name it in $PYTHON (it is {name:?} now)"
    );
    let mut python = Command::new(name);
    python.env("PYTHONPATH", program::root().join("bindings/python"));
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    python.env("LIBPARTICIPANTS_PATH", build::shared_library());
    if program::sanitized() {
        python.env("LD_PRELOAD", compiler::run(compiler::c().arg("-print-file-name=libasan.so")).trim());
        // What Python itself keeps until its end is no leak of ours.
        python.env("ASAN_OPTIONS", "detect_leaks=0");
        python.env("PYTHONMALLOC", "malloc");
    }
    python
}
