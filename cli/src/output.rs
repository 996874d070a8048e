//! Participants as a table, JSON, NDJSON or CSV. All but the table are written row by row.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write, stdout};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, TableComponent, presets};
use participants::{Participant, Participants};
use serde_json::Value;
use terminal_size::{Width, terminal_size_of};

use crate::arguments::{Format, OutputOptions};
use crate::columns::Column;
use crate::failure::Failure;
use crate::safe::{in_spreadsheet, json_on_one_line, on_one_line, without_controls};

/// What JSON says about the rows: where they are in the whole list, and whether they are all of it.
#[derive(Default)]
pub struct Paging {
    pub total_count: u64,
    pub start_offset: u64,
    pub end_offset: u64,
    pub is_complete: bool,
}

impl Paging {
    pub fn of_page(page: &Participants) -> Self {
        Paging {
            total_count: page.total_count(),
            start_offset: page.start_offset(),
            end_offset: page.end_offset(),
            is_complete: page.is_complete(),
        }
    }
}

/// Where rows go.
pub struct Output<W: Write> {
    out: W,
    format: Format,
    /// `None` for JSON: the participant as sent.
    columns: Option<Vec<Column>>,
    raw: bool,
    table: Table,
    rows: u64,
}

/// Refuses a column that is there twice: a JSON object can't have it. To be called before anything is requested.
pub fn check(options: &OutputOptions) -> Result<(), Failure> {
    let columns = &options.columns;
    let twice = columns.iter().enumerate().find(|(index, column)| columns.iter().take(*index).any(|c| c == *column));
    match twice {
        Some((_, column)) => Err(Failure::usage(format!("--columns: {} is there twice", column.name()))),
        None => Ok(()),
    }
}

/// The format that was asked for, or the one that suits who reads it.
pub fn format(options: &OutputOptions) -> Format {
    options.format.unwrap_or(if stdout().is_terminal() { Format::Table } else { Format::Ndjson })
}

impl Output<BufWriter<StdoutLock<'static>>> {
    pub fn to_stdout(options: &OutputOptions) -> Result<Self, Failure> {
        Output::new(BufWriter::new(stdout().lock()), options)
    }
}

impl<W: Write> Output<W> {
    fn new(mut out: W, options: &OutputOptions) -> Result<Self, Failure> {
        let format = format(options);
        let columns = match (format, options.columns.as_slice()) {
            (Format::Json | Format::Ndjson, []) => None,
            (Format::Table, []) => Some(Column::that_fit(terminal_width()).to_vec()),
            (Format::Csv, []) => Some(Column::ALL.to_vec()),
            (_, columns) => Some(columns.to_vec()),
        };
        let names: Vec<_> = columns.iter().flatten().map(|column| column.name()).collect();
        let mut table = Table::new();
        match format {
            Format::Table => {
                table.load_preset(presets::NOTHING).set_header(names);
                for line in [TableComponent::HeaderLines, TableComponent::MiddleHeaderIntersections] {
                    table.set_style(line, '─');
                }
                if let Some(width) = terminal_width() {
                    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
                    // An id that is split can't be copied.
                    let id = columns.iter().flatten().position(|column| *column == Column::Id);
                    if let Some(column) = id.and_then(|id| table.column_mut(id)) {
                        column.set_constraint(ColumnConstraint::ContentWidth);
                    }
                }
            }
            Format::Csv => write_csv(&mut out, names)?,
            Format::Json => out.write_all(b"{\"data\":[")?,
            Format::Ndjson => {}
        }
        Ok(Output { out, format, columns, raw: options.raw, table, rows: 0 })
    }

    pub fn write(&mut self, participant: &Participant) -> Result<(), Failure> {
        match self.format {
            Format::Table => {
                let row: Vec<_> = self.values(participant).map(|value| on_one_line(value.unwrap_or("-"))).collect();
                self.table.add_row(row);
            }
            Format::Csv => {
                let values: Vec<_> = self
                    .values(participant)
                    .map(Option::unwrap_or_default)
                    .map(|value| match self.raw {
                        true if stdout().is_terminal() => without_controls(value),
                        true => value.to_string(),
                        false => in_spreadsheet(value),
                    })
                    .collect();
                write_csv(&mut self.out, values)?;
            }
            Format::Json => {
                if self.rows > 0 {
                    self.out.write_all(b",")?;
                }
                self.out.write_all(self.json(participant).as_bytes())?;
            }
            Format::Ndjson => writeln!(self.out, "{}", self.json(participant))?,
        }
        self.rows += 1;
        Ok(())
    }

    /// Writes out what is in the buffer.
    pub fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }

    pub fn finish(mut self, paging: &Paging) -> Result<(), Failure> {
        match self.format {
            Format::Table if self.rows > 0 => writeln!(self.out, "{}", with_bold_heading(self.table.trim_fmt()))?,
            Format::Json => {
                let Paging { total_count, start_offset: start, end_offset: end, is_complete } = paging;
                let paging = format!(r#"{{"total_count":{total_count},"start_offset":{start},"end_offset":{end}}}"#);
                writeln!(self.out, r#"],"paging":{paging},"success":true,"is_complete":{is_complete}}}"#)?;
            }
            Format::Table | Format::Csv | Format::Ndjson => {}
        }
        self.flush()
    }

    fn values<'a>(&'a self, participant: &'a Participant) -> impl Iterator<Item = Option<&'a str>> {
        self.columns.iter().flatten().map(|column| column.value(participant))
    }

    fn json(&self, participant: &Participant) -> String {
        let Some(columns) = &self.columns else { return json_on_one_line(&participant.to_json()) };
        let member = |column: &Column| {
            let value = column.value(participant).map_or(Value::Null, Value::from);
            format!("{}:{value}", Value::from(column.name()))
        };
        json_on_one_line(&format!("{{{}}}", columns.iter().map(member).collect::<Vec<_>>().join(",")))
    }
}

/// How many characters fit on a line of the terminal that stdout is. A console of Windows may begin a new line after a
/// full one, so that is one less.
pub fn terminal_width() -> Option<u16> {
    let unused = u16::from(cfg!(windows));
    terminal_size_of(stdout()).map(|(Width(width), _)| width.saturating_sub(unused))
}

/// Makes what is above the line bold, in a terminal that can, unless NO_COLOR says no.
fn with_bold_heading(table: String) -> String {
    match table.find('─') {
        Some(end) => {
            let (heading, rest) = table.split_at(end);
            format!("{}\n{rest}", console::style(heading.trim_end()).bold())
        }
        None => table,
    }
}

fn write_csv<T: AsRef<[u8]>>(out: &mut impl Write, values: impl IntoIterator<Item = T>) -> io::Result<()> {
    let mut record = csv::WriterBuilder::new().from_writer(out);
    record.write_record(values).map_err(io::Error::from)
}
