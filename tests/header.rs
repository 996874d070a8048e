//! The C header: generated, complete, and compiled alone by the system's compilers.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use testkit::c;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn header() -> String {
    std::fs::read_to_string(Path::new(ROOT).join("include/participants.h")).expect("include/participants.h")
}

#[test]
fn the_committed_header_is_what_cbindgen_generates() {
    let config = cbindgen::Config::from_file(Path::new(ROOT).join("cbindgen.toml")).expect("cbindgen.toml");
    let bindings = cbindgen::generate_with_config(Path::new(ROOT).join("bindings/c"), config).expect("bindings");
    let mut generated = Vec::new();
    bindings.write(&mut generated);
    let generated = String::from_utf8(generated).expect("UTF-8");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(Path::new(ROOT).join("include/participants.h"), &generated).expect("writable");
    }
    assert!(generated == header(), "include/participants.h is stale: BLESS=1 cargo test --test header");
}

fn compiles_alone(compiler: Command, language: &str, standard: &str) {
    let mut compiler = compiler;
    compiler.args([
        "-x",
        language,
        &format!("-std={standard}"),
        "-fsyntax-only",
        "-Wall",
        "-Wextra",
        "-pedantic",
        "-Werror",
    ]);
    if language == "c" {
        compiler.arg("-Wstrict-prototypes");
    }
    c::run(compiler.arg("-I").arg(Path::new(ROOT).join("include")).arg(Path::new(ROOT).join("tests/c/header_alone.c")));
}

#[test]
fn the_header_compiles_alone_as_c99_and_c11() {
    compiles_alone(c::compiler(), "c", "c99");
    compiles_alone(c::compiler(), "c", "c11");
}

#[test]
fn the_header_compiles_alone_as_cpp17() {
    compiles_alone(c::cpp_compiler(), "c++", "c++17");
}

#[test]
fn the_shared_library_exports_what_the_header_declares_and_nothing_else() {
    let output = c::run(Command::new("nm").args(["-D", "--defined-only"]).arg(testkit::build::shared_library()));
    let exported: BTreeSet<&str> = output.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    let header = header();
    let declared: BTreeSet<&str> = header
        .match_indices("rtk_")
        .filter_map(|(at, _)| {
            let name = &header[at..];
            let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
            let before = header[..at].chars().next_back();
            let line_start = header[..at].rfind('\n').map_or(0, |at| at + 1);
            let in_comment = header[line_start..].trim_start().starts_with(['*', '/']);
            (name[end..].starts_with('(') && before.is_some_and(|c| c == ' ' || c == '*') && !in_comment)
                .then_some(&name[..end])
        })
        .collect();
    assert!(declared.len() > 40, "{declared:?}");
    assert_eq!(exported, declared);
    assert!(exported.iter().all(|name| name.starts_with("rtk_")));
}

#[test]
fn the_versions_of_the_header_and_the_crate_agree() {
    let header = header();
    let value = |name: &str| {
        let line = header.lines().find(|line| line.starts_with(&format!("#define {name} "))).expect(name);
        line.rsplit(' ').next().expect("a value").trim_matches('"').to_string()
    };
    assert_eq!(value("RTK_VERSION"), env!("CARGO_PKG_VERSION"));
    let parts = ["MAJOR", "MINOR", "PATCH"].map(|part| value(&format!("RTK_VERSION_{part}")));
    assert_eq!(parts.join("."), env!("CARGO_PKG_VERSION"));
}
