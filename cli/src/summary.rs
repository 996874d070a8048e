//! `participants summary`.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Write, stdout};
use std::{fs, iter};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use participants::{Participant, Participants};

use crate::arguments::Summary;
use crate::connect;
use crate::failure::Failure;
use crate::output::terminal_width;
use crate::safe::on_one_line;

/// The longest bar, in characters, where the terminal is wide enough.
const BAR: u64 = 40;

/// How many participants share a label, in the order in which they are shown.
type Counts = Vec<(String, u64)>;

pub fn run(options: &Summary) -> Result<(), Failure> {
    let client = connect::client(&options.client)?;
    let everyone = client.get_participants(&connect::meeting(&options.client, &options.meeting.meeting)?)?;
    let charts = [("By preset", &by_preset(&everyone)), ("Added per day (UTC)", &by_day(&everyone))];
    let mut out = stdout().lock();
    match &options.svg {
        Some(path) if path.as_os_str() == "-" => out.write_all(picture(&charts).as_bytes())?,
        svg => {
            writeln!(out, "{} participants", everyone.len())?;
            for (title, counts) in charts.iter().filter(|(_, counts)| !counts.is_empty()) {
                write!(out, "\n{title}\n{}", chart(counts))?;
            }
            if let Some(path) = svg {
                fs::write(path, picture(&charts)).map_err(|error| Failure::file(&path.to_string_lossy(), &error))?;
            }
        }
    }
    out.flush()?;
    match everyone.is_complete() {
        true => Ok(()),
        false => Err(Failure::incomplete(everyone.len() as u64, everyone.total_count())),
    }
}

/// The most frequent first.
fn by_preset(everyone: &Participants) -> Counts {
    let mut counts: Counts = count(everyone, |p| on_one_line(p.preset_name().unwrap_or("(no preset)")));
    counts.sort_by_key(|(_, count)| Reverse(*count));
    counts
}

/// The oldest first.
fn by_day(everyone: &Participants) -> Counts {
    count(everyone, |participant| day(participant).unwrap_or_else(|| "(no date)".to_string()))
}

fn day(participant: &Participant) -> Option<String> {
    let time = Timestamp::from_millisecond(participant.created_at_ms()?).ok()?;
    Some(time.to_zoned(TimeZone::UTC).date().to_string())
}

fn count(everyone: &Participants, label: impl Fn(&Participant) -> String) -> Counts {
    let mut counts = BTreeMap::new();
    everyone.iter().for_each(|participant| *counts.entry(label(participant)).or_default() += 1);
    counts.into_iter().collect()
}

fn chart(counts: &Counts) -> String {
    let width = counts.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let digits = most.to_string().len();
    let around = (width + digits + 6) as u64;
    let bar = terminal_width().map_or(BAR, |columns| u64::from(columns).saturating_sub(around).clamp(1, BAR));
    let mut chart = String::new();
    for (label, count) in counts {
        let bar: String = iter::repeat_n('█', (count * bar).div_ceil(most) as usize).collect();
        // Writing to a string can't fail.
        let _ = writeln!(chart, "  {label:width$}  {count:>digits$}  {bar}");
    }
    chart
}

/// The same charts as a picture.
fn picture(charts: &[(&str, &Counts)]) -> String {
    const ROW: usize = 22;
    let rows: usize = charts.iter().map(|(_, counts)| counts.len() + 2).sum();
    let height = rows * ROW + ROW;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"14\">\n<rect width=\"720\" height=\"{height}\" fill=\"white\"/>\n"
    );
    let mut y = ROW;
    for (title, counts) in charts {
        let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
        let _ = writeln!(svg, "<text x=\"16\" y=\"{y}\" font-weight=\"bold\">{}</text>", escaped(title));
        for (label, count) in counts.iter() {
            y += ROW;
            let length = (count * 400).div_ceil(most);
            let (top, end) = (y - 13, 240 + length + 8);
            let _ = writeln!(
                svg,
                "<text x=\"16\" y=\"{y}\">{}</text><rect x=\"240\" y=\"{top}\" width=\"{length}\" height=\"16\" \
                 fill=\"#f6821f\"/><text x=\"{end}\" y=\"{y}\">{count}</text>",
                escaped(label)
            );
        }
        y += 2 * ROW;
    }
    svg + "</svg>\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
