//! Completions for shells, and the manual page.

use std::io::{Write, stdout};

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use crate::arguments::{Arguments, CLIENT};
use crate::failure::{EXIT_CODES, Failure};

pub fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "participants", &mut script);
    Ok(stdout().write_all(&script)?)
}

/// Shown in the manual page.
const EXAMPLES: [(&str, &str); 5] = [
    ("Everyone, as a table:", "participants list MEETING"),
    ("For a spreadsheet:", "participants list MEETING --format csv >everyone.csv"),
    ("Is this person on the list?", "participants find MEETING --custom-id user-41"),
    ("What has changed since yesterday?", "participants diff yesterday.json MEETING"),
    ("Who comes and goes, asked for once a minute:", "participants watch MEETING --every 1m"),
];

/// One page with all subcommands. The options that say where to ask, and how, are in one section: all have them.
pub fn man_page() -> Result<(), Failure> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    writeln!(page, ".SH SYNOPSIS")?;
    for subcommand in command.get_subcommands() {
        writeln!(page, "{}\n.br", usage(subcommand))?;
    }
    man.render_description_section(&mut page)?;
    for subcommand in command.get_subcommands() {
        writeln!(page, ".SH PARTICIPANTS {}", subcommand.get_name().to_uppercase())?;
        let about = subcommand.get_long_about().or(subcommand.get_about()).map(ToString::to_string);
        for line in about.unwrap_or_default().lines() {
            writeln!(page, "{}", if line.is_empty() { ".PP" } else { line })?;
        }
        write_options(&mut page, "SS OPTIONS", subcommand, |heading| heading != Some(CLIENT))?;
    }
    if let Some(list) = command.find_subcommand("list") {
        write_options(&mut page, "SH CLIENT OPTIONS AND ENVIRONMENT", list, |heading| heading == Some(CLIENT))?;
    }
    writeln!(page, ".SH EXIT STATUS")?;
    for line in EXIT_CODES.lines().skip(1) {
        let (code, meaning) = line.trim_start().split_once("  ").unwrap_or((line, ""));
        writeln!(page, ".TP\n{code}\n{}", meaning.trim())?;
    }
    writeln!(page, ".SH EXAMPLES")?;
    for (what, example) in EXAMPLES {
        writeln!(page, ".TP\n{what}\n{}", example.replace('-', "\\-"))?;
    }
    Ok(stdout().write_all(&page)?)
}

/// `participants list [OPTIONS] <MEETING>`
fn usage(subcommand: &Command) -> String {
    let usage = subcommand.clone().render_usage().to_string();
    usage.trim_start_matches("Usage: ").replace('-', "\\-")
}

/// Writes a section with the options whose heading is `chosen`.
fn write_options(
    page: &mut Vec<u8>,
    section: &str,
    subcommand: &Command,
    chosen: impl Fn(Option<&str>) -> bool,
) -> Result<(), Failure> {
    let subcommand = subcommand.clone().mut_args(|option| {
        let is_chosen = chosen(option.get_help_heading()) && option.get_id() != "help";
        option.hide(!is_chosen).help_heading(None::<&str>)
    });
    if subcommand.get_arguments().all(|option| option.is_hide_set()) {
        return Ok(());
    }
    let mut options = Vec::new();
    clap_mangen::Man::new(subcommand).render_options_section(&mut options)?;
    page.extend(String::from_utf8_lossy(&options).replacen("SH OPTIONS", section, 1).into_bytes());
    Ok(())
}
