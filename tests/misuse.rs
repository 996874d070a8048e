//! Passes wrong arguments to every parameter of every function in the header: a C program is generated from the header,
//! and its output is checked against the header's rules.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::collections::BTreeSet;
use std::fmt::Write;
use std::process::Command;

use testkit::credentials::TOKEN_OF_C;
use testkit::program::{self, Linkage, Program};
use testkit::server::{Response, Server};
use testkit::{compiler, whole_list};

/// The kinds of parameters that need different code in C.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// `const char *`
    Text,
    /// `const T *` or `T *`: `T`.
    Handle { of: String, constant: bool },
    /// `T **` or `const T **`: `T`.
    Out { of: String, constant: bool },
    /// `rtk_error **`
    Err,
    /// `size_t *`
    Length,
    /// `char *buffer`: room for a text.
    Buffer,
    /// NULL is allowed, or this.
    Optional(&'static str),
    /// Not a pointer.
    Figure,
}

#[derive(Debug, Clone)]
struct Parameter {
    name: String,
    kind: Kind,
}

#[derive(Debug)]
struct Function {
    returned: String,
    name: String,
    parameters: Vec<Parameter>,
}

impl Function {
    fn out(&self) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| matches!(parameter.kind, Kind::Out { .. }))
    }

    /// Whether this reads a handle, and returns a value instead of a status.
    fn is_accessor(&self) -> bool {
        let looks =
            matches!(self.parameters.first(), Some(Parameter { kind: Kind::Handle { constant: true, .. }, .. }));
        looks && self.returned != "void" && self.out().is_none()
    }

    fn is_setter(&self) -> bool {
        self.returned == "rtk_status"
            && self.parameters[0].kind == Kind::Handle { of: "rtk_config".into(), constant: false }
    }

    fn ends_its_handle(&self) -> bool {
        self.name.ends_with("_free")
    }
}

fn header() -> String {
    std::fs::read_to_string(program::root().join("include/participants.h")).expect("the header")
}

/// The prototypes of the header.
fn functions() -> Vec<Function> {
    let header = header();
    let (_, declarations) = header.split_once("extern \"C\" {\n#endif").expect("the prototypes' beginning");
    let (declarations, _) = declarations.split_once("#ifdef __cplusplus").expect("the prototypes' end");
    let mut code = String::new();
    let mut rest = declarations;
    while let Some((before, comment)) = rest.split_once("/*") {
        code.push_str(before);
        rest = comment.split_once("*/").expect("the comment's end").1;
    }
    code.push_str(rest);
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join(" ");
    code.split(';').map(str::trim).filter(|declaration| !declaration.is_empty()).map(function).collect()
}

fn function(declaration: &str) -> Function {
    let (head, parameters) =
        declaration.strip_suffix(')').and_then(|it| it.split_once('(')).unwrap_or_else(|| panic!("{declaration}"));
    let (returned, name) = type_and_name(head);
    let parameters = parameters.split(',').map(str::trim).filter(|parameter| *parameter != "void");
    let parameters = parameters.map(|parameter| {
        let (type_name, name) = type_and_name(parameter);
        Parameter { kind: kind(&type_name, &name), name }
    });
    Function { returned, name, parameters: parameters.collect() }
}

/// `const char *text` gives `const char *` and `text`.
fn type_and_name(declaration: &str) -> (String, String) {
    let at = declaration.rfind([' ', '*']).unwrap_or_else(|| panic!("{declaration}")) + 1;
    (declaration[..at].trim().to_string(), declaration[at..].to_string())
}

fn kind(type_name: &str, name: &str) -> Kind {
    let constant = type_name.starts_with("const ");
    let (of, stars) = type_name.trim_start_matches("const ").split_once(' ').unwrap_or((type_name, ""));
    match (of, stars) {
        ("char", "*") if constant => Kind::Text,
        ("rtk_error", "**") => Kind::Err,
        ("size_t", "*") => Kind::Length,
        ("char", "*") if name == "buffer" => Kind::Buffer,
        ("int32_t", "*") => Kind::Optional("&(int32_t){ 0 }"),
        ("rtk_log_fn", "") => Kind::Optional("ignore_line"),
        ("void", "*") => Kind::Optional("GARBAGE"),
        ("int64_t" | "uint64_t" | "uint32_t" | "size_t" | "bool" | "rtk_status", "") => Kind::Figure,
        (_, "*") => Kind::Handle { of: of.into(), constant },
        (_, "**") => Kind::Out { of: of.into(), constant },
        _ => panic!("{type_name}: teach this test what a caller may do wrong with it"),
    }
}

/// A wrong argument for one or more parameters; the others are right. `err` can only be NULL.
#[derive(Debug, Clone)]
struct Case {
    /// The parameters' numbers.
    wrong: Vec<usize>,
    name: &'static str,
    /// The argument in C.
    argument: &'static str,
}

/// Texts that a caller might pass, with their names.
const TEXTS: [(&str, &str); 15] = [
    ("not UTF-8: a byte that never occurs", r#""\xFF""#),
    ("not UTF-8: an overlong NUL", r#""a\xC0\x80""#),
    ("not UTF-8: a surrogate", r#""\xED\xA0\x80""#),
    ("not UTF-8: a number too high", r#""\xF4\x90\x80\x80""#),
    ("not UTF-8: a sequence cut short", r#""text\xE2\x82""#),
    ("not UTF-8: Latin-1", r#""Zo\xEB""#),
    ("empty", r#""""#),
    ("a megabyte", "long_text()"),
    ("control: a line break", r#""a\nb""#),
    ("control: a header of its own", r#""a\r\nX-Injected: b""#),
    ("control: a line break at the end", r#""a\n""#),
    ("control: a tab", r#""a\tb""#),
    ("control: an escape sequence", r#""a\x1b[31mb""#),
    ("control: a bell and a deletion", r#""\a\x7f""#),
    ("control: U+0085 and U+2028", r#""a\xC2\x85" "b\xE2\x80\xA8" "c""#),
];

fn cases(function: &Function) -> Vec<Case> {
    let numbered = || function.parameters.iter().enumerate().filter(|(_, parameter)| parameter.kind != Kind::Figure);
    let mut cases = vec![Case { wrong: Vec::new(), name: "nothing", argument: "" }];
    for (number, parameter) in numbered() {
        cases.push(Case { wrong: vec![number], name: "NULL", argument: "NULL" });
        if parameter.kind == Kind::Text {
            cases.extend(TEXTS.map(|(name, argument)| Case { wrong: vec![number], name, argument }));
        }
    }
    if let Some(err) = function.parameters.iter().position(|parameter| parameter.kind == Kind::Err) {
        let others: Vec<Case> =
            cases.iter().filter(|case| !case.wrong.is_empty() && !case.wrong.contains(&err)).cloned().collect();
        cases.extend(others.into_iter().map(|case| Case { wrong: [case.wrong, vec![err]].concat(), ..case }));
    }
    if numbered().count() > 1 {
        cases.push(Case { wrong: numbered().map(|(number, _)| number).collect(), name: "NULL", argument: "NULL" });
    }
    cases
}

/// The argument that is right for a parameter.
fn right(parameter: &Parameter) -> String {
    match (&parameter.kind, parameter.name.as_str()) {
        (Kind::Text, "meeting_id") => "MEETING".into(),
        (Kind::Text, "url") => "\"http://127.0.0.1:9\"".into(),
        (Kind::Text, "path") => format!("\"{}\"", testkit::certificates::certificate().display()),
        (Kind::Text, _) => "\"text\"".into(),
        (Kind::Out { .. } | Kind::Err | Kind::Length, name) => format!("&{name}"),
        (Kind::Handle { .. } | Kind::Buffer, name) => name.into(),
        (Kind::Optional(right), _) => (*right).into(),
        (Kind::Figure, _) => "1".into(),
    }
}

/// The C function that runs a case, and prints the result in one line.
fn play(function: &Function, case: &Case, number: usize) -> String {
    let (mut before, mut after, mut arguments) = (String::new(), String::new(), Vec::new());
    let accessor = function.is_accessor();
    for (at, Parameter { name, kind }) in function.parameters.iter().enumerate() {
        let wrong = case.wrong.contains(&at);
        arguments.push(match wrong {
            true if *kind == Kind::Err => "NULL".to_string(),
            true => case.argument.to_string(),
            false => right(&function.parameters[at]),
        });
        if wrong {
            continue;
        }
        match kind {
            Kind::Handle { of, .. } if of == "rtk_participant" => {
                writeln!(before, "    const rtk_participant *{name} = lasting_participant();").expect("text");
            }
            Kind::Handle { of, .. } => {
                let finished =
                    if accessor && ["rtk_iter", "rtk_client"].contains(&of.as_str()) { "finished_" } else { "" };
                writeln!(before, "    {of} *{name} = make_{finished}{of}();").expect("text");
                match of.as_str() {
                    _ if function.ends_its_handle() => {}
                    "rtk_config" if function.is_setter() => writeln!(after, "    tell_config({name});").expect("text"),
                    _ => writeln!(after, "    {of}_free({name});").expect("text"),
                }
            }
            Kind::Out { of, constant } => {
                let constant = if *constant { "const " } else { "" };
                writeln!(before, "    {constant}{of} *{name} = GARBAGE;").expect("text");
                writeln!(after, "    tell_pointer(\"out\", {name});").expect("text");
                match of.as_str() {
                    _ if !constant.is_empty() => {}
                    "char" => writeln!(after, "    if ({name} != GARBAGE) rtk_string_free({name});").expect("text"),
                    _ => writeln!(after, "    if ({name} != GARBAGE) {of}_free({name});").expect("text"),
                }
            }
            Kind::Err => {
                writeln!(before, "    rtk_error *{name} = GARBAGE;").expect("text");
                writeln!(after, "    tell_error(\"err\", {name});").expect("text");
            }
            Kind::Length => {
                writeln!(before, "    size_t {name} = 12345;").expect("text");
                writeln!(after, "    tell_number(\"length\", (long long){name});").expect("text");
            }
            Kind::Buffer => writeln!(before, "    char {name}[100] = \"\";").expect("text"),
            Kind::Text | Kind::Optional(_) | Kind::Figure => {}
        }
    }
    let wrong: Vec<&str> = case.wrong.iter().map(|at| function.parameters[*at].name.as_str()).collect();
    let call = format!("{}({})", function.name, arguments.join(", "));
    let tell = match function.returned.as_str() {
        "void" => format!("    {call};\n"),
        "rtk_status" => format!("    tell_status(\"returned\", {call});\n"),
        returned if returned.ends_with('*') && !returned.starts_with("const ") => {
            let of = returned.trim_end_matches([' ', '*']);
            format!("    {returned}made = {call};\n    tell_pointer(\"returned\", made);\n    {of}_free(made);\n")
        }
        returned if returned.ends_with('*') => format!("    tell_pointer(\"returned\", {call});\n"),
        _ => format!("    tell_number(\"returned\", (long long){call});\n"),
    };
    let what = format!("{}\\t{}\\t{}", function.name, wrong.join(" "), case.name);
    format!(
        "static void case_{number}(void)\n{{\n{before}    printf(\"{what}\");\n{tell}{after}    check_alive();\n}}\n\n"
    )
}

fn program(functions: &[Function]) -> (String, usize) {
    let mut source = format!("#include \"{}\"\n\n", program::root().join("tests/c/misuse.h").display());
    let mut number = 0;
    for function in functions {
        for case in cases(function) {
            source.push_str(&play(function, &case, number));
            number += 1;
        }
    }
    source.push_str("int main(int argc, char **argv)\n{\n    CHECK(argc == 2);\n    service = argv[1];\n");
    (0..number).for_each(|case| writeln!(source, "    case_{case}();").expect("text"));
    source.push_str("    return 0;\n}\n");
    (source, number)
}

/// What the program printed for a case.
struct Told<'a> {
    line: &'a str,
}

impl<'a> Told<'a> {
    fn get(&self, what: &str) -> Option<&'a str> {
        self.line.split('\t').skip(3).find_map(|told| told.strip_prefix(what)?.strip_prefix('='))
    }
}

const INVALID: Option<&str> = Some("RTK_STATUS_INVALID_ARGUMENT");
const OK: Option<&str> = Some("RTK_STATUS_OK");

/// The header's rule for a case.
#[derive(Debug, PartialEq, Eq)]
enum Rule {
    /// The argument is allowed.
    Allowed,
    /// A status function rejects it.
    Refused,
    /// A setter accepts it; rtk_client_new rejects it.
    RefusedLater,
    /// An accessor returns NULL, 0 or false.
    Missing,
    /// Nothing happens.
    Nothing,
}

fn rule(function: &Function, case: &Case) -> Rule {
    let wrong: Vec<&Parameter> = case.wrong.iter().map(|at| &function.parameters[*at]).collect();
    let optional = |parameter: &&Parameter| matches!(parameter.kind, Kind::Err | Kind::Length | Kind::Optional(_));
    if wrong.iter().all(optional) {
        return Rule::Allowed;
    }
    let name = wrong[0].name.as_str();
    match (case.name, function.name.as_str(), name) {
        // The exceptions, each with the words of the header.
        // "NULL: all settings come from the environment"
        ("NULL", "rtk_client_new", "config")
            if !wrong.iter().any(|parameter| matches!(parameter.kind, Kind::Out { .. })) =>
        {
            return Rule::Allowed;
        }
        // "an empty text means no proxy"
        ("empty", "rtk_config_set_proxy", _) => return Rule::Allowed,
        _ => {}
    }
    if function.returned == "void" {
        Rule::Nothing
    } else if function.is_accessor() {
        Rule::Missing
    } else if function.is_setter() && case.name != "NULL" && !case.name.starts_with("not UTF-8") {
        // "rtk_client_new checks the values"
        Rule::RefusedLater
    } else {
        Rule::Refused
    }
}

fn check(function: &Function, case: &Case, told: &Told) {
    let line = told.line;
    let given = |kind: &Kind| {
        function.parameters.iter().enumerate().any(|(at, it)| it.kind == *kind && !case.wrong.contains(&at))
    };
    let out_given = function
        .parameters
        .iter()
        .enumerate()
        .any(|(at, it)| matches!(it.kind, Kind::Out { .. }) && !case.wrong.contains(&at));
    let config_given = function.is_setter() && !case.wrong.contains(&0);
    let returned = told.get("returned");
    match rule(function, case) {
        Rule::Allowed if function.is_accessor() => {
            assert!(!matches!(returned, Some("NULL" | "0" | "RTK_STATUS_OK")), "{line}");
            assert!(
                !given(&Kind::Length) || told.get("length").is_some_and(|length| length != "0" && length != "12345"),
                "{line}"
            );
        }
        Rule::Allowed => {
            assert!(function.returned == "void" || function.returned.ends_with('*') || returned == OK, "{line}");
            assert_eq!(told.get("out"), out_given.then_some("set"), "{line}");
            assert_eq!(told.get("err"), given(&Kind::Err).then_some("NULL"), "{line}");
            assert_eq!(told.get("client"), config_given.then_some("RTK_STATUS_OK"), "{line}");
        }
        Rule::Refused => {
            assert_eq!(returned, INVALID, "{line}");
            assert_eq!(told.get("out"), out_given.then_some("NULL"), "{line}");
            assert_eq!(told.get("err"), given(&Kind::Err).then_some("RTK_STATUS_INVALID_ARGUMENT"), "{line}");
            // The settings stay unchanged.
            assert_eq!(told.get("client"), config_given.then_some("RTK_STATUS_OK"), "{line}");
        }
        Rule::RefusedLater => {
            assert_eq!(returned, OK, "{line}");
            assert_eq!((told.get("client"), told.get("why")), (INVALID, INVALID), "{line}");
            let setting = function.name.trim_start_matches("rtk_config_set_");
            assert!(told.get("message").is_some_and(|message| message.starts_with(setting)), "{line}");
        }
        Rule::Missing => {
            assert!(matches!(returned, Some("NULL" | "0" | "RTK_STATUS_OK")), "{line}");
            assert_eq!(told.get("length"), given(&Kind::Length).then_some("0"), "{line}");
        }
        Rule::Nothing => assert_eq!(line.split('\t').count(), 3, "{line}"),
    }
}

/// The names are in the library's ELF symbols.
mod unix {
    use super::*;

    #[test]
    fn header_declares_the_exported_functions() {
        let output =
            compiler::run(Command::new("nm").args(["-D", "--defined-only"]).arg(testkit::build::shared_library()));
        let exported: BTreeSet<&str> = output.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
        let functions = functions();
        assert_eq!(functions.iter().map(|function| function.name.as_str()).collect::<BTreeSet<_>>(), exported);
        assert_eq!(functions.len(), exported.len());
    }
}

#[test]
fn wrong_arguments_do_no_harm() {
    let service = Server::start(|request| match request.target().contains("/missing/") {
        true => Response::whole(
            404,
            &[("CF-Ray", "8f00-FRA")],
            r#"{"success":false,"error":{"code":404,"message":"No meeting found"}}"#,
        ),
        false => Response::json(whole_list(3)),
    });
    let functions = functions();
    let (source, count) = program(&functions);
    let file = program::scratch().join("misuse.c");
    std::fs::write(&file, source).expect("a scratch file");
    let program = Program::build(file.to_str().expect("UTF-8"), Linkage::Shared);
    let output = program::output(program.command().arg(service.url()).env("CLOUDFLARE_API_TOKEN", TOKEN_OF_C));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(
        output.status.success() && err.is_empty(),
        "{}, the last case: {:?}\n{err}",
        output.status,
        out.lines().last()
    );

    let all = functions.iter().flat_map(|function| cases(function).into_iter().map(move |case| (function, case)));
    let mut rules =
        [Rule::Allowed, Rule::Refused, Rule::RefusedLater, Rule::Missing, Rule::Nothing].map(|rule| (rule, 0));
    assert_eq!(out.lines().count(), count);
    for ((function, case), line) in all.zip(out.lines()) {
        assert!(line.starts_with(&format!("{}\t", function.name)), "{line}");
        check(function, &case, &Told { line });
        let rule = rule(function, &case);
        rules.iter_mut().filter(|(known, _)| *known == rule).for_each(|(_, count)| *count += 1);
    }
    let pointers = functions
        .iter()
        .flat_map(|function| &function.parameters)
        .filter(|parameter| parameter.kind != Kind::Figure)
        .count();
    println!("{} functions, {pointers} pointers, {count} cases: {rules:?}", functions.len());
    assert!(functions.len() >= 62 && pointers >= 97 && count >= 670);
    assert!(rules.iter().all(|(_, count)| *count > 0), "{rules:?}");

    // No text became more than one path segment.
    let lines: BTreeSet<String> = service.requests().into_iter().map(|request| request.head.line).collect();
    assert!(lines.iter().all(|line| line.split(' ').count() == 3 && line.split('/').count() == 10), "{lines:?}");
    assert!(service.requests().iter().all(|request| request.header("X-Injected").is_none()));
}
