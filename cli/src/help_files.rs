//! Completions for shells, and the manual page.

use std::io::{Write, stdout};

use clap::CommandFactory;
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::failure::{EXIT_CODES, Failure};

pub fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "participants", &mut script);
    Ok(stdout().write_all(&script)?)
}

/// One page with all subcommands.
pub fn man_page() -> Result<(), Failure> {
    let command = Arguments::command().disable_help_subcommand(true);
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(command.clone().after_long_help(None::<&str>));
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    for subcommand in command.get_subcommands() {
        let man = clap_mangen::Man::new(subcommand.clone());
        writeln!(page, ".SH PARTICIPANTS {}", subcommand.get_name().to_uppercase())?;
        let about = subcommand.get_long_about().or(subcommand.get_about()).map(ToString::to_string);
        for line in about.unwrap_or_default().lines() {
            writeln!(page, "{}", if line.is_empty() { ".PP" } else { line })?;
        }
        let mut options = Vec::new();
        man.render_options_section(&mut options)?;
        page.extend(String::from_utf8_lossy(&options).replace(".SH ", ".SS ").into_bytes());
    }
    writeln!(page, ".SH EXIT STATUS")?;
    for line in EXIT_CODES.lines().skip(1) {
        let (code, meaning) = line.trim_start().split_once("  ").unwrap_or((line, ""));
        writeln!(page, ".TP\n{code}\n{}", meaning.trim())?;
    }
    Ok(stdout().write_all(&page)?)
}
