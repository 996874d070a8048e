//! The C header: generated, complete, and compiled alone by the system's compilers. The programs in the comments of
//! both headers compile.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use testkit::{compiler, program};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn header() -> String {
    std::fs::read_to_string(Path::new(ROOT).join("include/participants.h")).expect("include/participants.h")
}

/// The groups of the header, in its order: the source file of each, whose `//!` lines introduce it, and the first
/// function.
const GROUPS: [(&str, &str); 10] = [
    ("status", "rtk_status_name"),
    ("config", "rtk_config_new"),
    ("logging", "rtk_config_set_log"),
    ("client", "rtk_client_new"),
    ("calls", "rtk_get_participants"),
    ("list", "rtk_participants_count"),
    ("participant", "rtk_participant_id"),
    ("iter", "rtk_iter_participants"),
    ("error", "rtk_error_status"),
    ("version", "rtk_version"),
];

/// Where a function is declared. The comment at the top calls some.
fn declaration(header: &str, function: &str) -> usize {
    let start = header.find("extern \"C\" {").expect("the functions");
    start + header[start..].find(&format!("{function}(")).expect(function)
}

/// What cbindgen makes of the C crate, with an introduction before each group of functions.
fn generated() -> String {
    let config = cbindgen::Config::from_file(Path::new(ROOT).join("cbindgen.toml")).expect("cbindgen.toml");
    let package = Path::new(ROOT).join("bindings/c");
    let mut header = Vec::new();
    cbindgen::generate_with_config(&package, config).expect("bindings").write(&mut header);
    let mut header = String::from_utf8(header).expect("UTF-8");
    for (file, function) in GROUPS {
        let source = std::fs::read_to_string(package.join(format!("src/{file}.rs"))).expect("a source file");
        let introduction = source.lines().map_while(|line| line.strip_prefix("//!"));
        let introduction: String = introduction.map(|line| format!(" *{line}\n")).collect();
        let comment = header[..declaration(&header, function)].rfind("/**\n").expect("a comment");
        header.insert_str(comment, &format!("/*\n{introduction} */\n\n"));
    }
    header
}

#[test]
fn the_committed_header_is_what_cbindgen_generates() {
    let generated = generated();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(Path::new(ROOT).join("include/participants.h"), &generated).expect("writable");
    }
    assert!(generated == header(), "include/participants.h is stale: BLESS=1 cargo test --test header");
}

#[test]
fn the_groups_of_the_header_stand_in_order() {
    let header = header();
    let starts = GROUPS.map(|(_, function)| declaration(&header, function));
    assert!(starts.is_sorted(), "{starts:?}");
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
    compiler::run(
        compiler.arg("-I").arg(Path::new(ROOT).join("include")).arg(Path::new(ROOT).join("tests/c/header_alone.c")),
    );
}

#[test]
fn the_header_compiles_alone_as_c99_and_c11() {
    compiles_alone(compiler::c(), "c", "c99");
    compiles_alone(compiler::c(), "c", "c11");
}

#[test]
fn the_header_compiles_alone_as_cpp17() {
    compiles_alone(compiler::cpp(), "c++", "c++17");
}

/// The programs in the comments of a header: indented lines between two empty ones.
fn snippets(header: &str) -> Vec<String> {
    let comments: Vec<&str> = header.lines().map(|line| line.trim_start().trim_start_matches('*')).collect();
    let paragraphs = comments.split(|line| line.is_empty());
    let indented = paragraphs.filter(|lines| !lines.is_empty() && lines.iter().all(|line| line.starts_with("     ")));
    indented.map(|lines| lines.join("\n")).collect()
}

/// Compiles each program in the comments of a header as the body of a function.
fn snippets_compile(mut compiler: Command, standard: &str, header: &str, includes: &[&str], parameters: &str) {
    let text = std::fs::read_to_string(Path::new(ROOT).join("include").join(header)).expect(header);
    let mut source: String = includes.iter().map(|name| format!("#include <{name}>\n")).collect();
    source += &format!("#include <{header}>\n");
    let snippets = snippets(&text);
    assert!(snippets.len() >= 2, "{snippets:?}");
    for (number, snippet) in snippets.iter().enumerate() {
        // Two blocks, because a program may declare a variable with the name of a parameter.
        source += &format!("void snippet_{number}({parameters}) {{{{\n{snippet}\n}}}}\n");
    }
    let path = program::scratch().join(header.replace("participants.h", "snippets.c"));
    std::fs::write(&path, source).expect("writable");
    compiler.args([
        &format!("-std={standard}"),
        "-fsyntax-only",
        "-Wall",
        "-Wextra",
        "-Wno-unused-parameter",
        "-Werror",
    ]);
    compiler::run(compiler.arg("-I").arg(Path::new(ROOT).join("include")).arg(path));
}

#[test]
fn the_programs_in_the_comments_of_the_headers_compile() {
    let ids = "const char *account_id, const char *app_id, const char *meeting_id";
    let parameters = format!("rtk_client *client, rtk_error *err, {ids}");
    snippets_compile(compiler::c(), "c99", "participants.h", &["stdio.h", "string.h"], &parameters);
    let parameters = format!("rtk::Client &client, rtk::Config &config, std::vector<std::string> &ids, {ids}");
    snippets_compile(compiler::cpp(), "c++17", "participants.hpp", &["iostream"], &parameters);
}

#[test]
fn the_shared_library_exports_what_the_header_declares_and_nothing_else() {
    let output = compiler::run(Command::new("nm").args(["-D", "--defined-only"]).arg(testkit::build::shared_library()));
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
