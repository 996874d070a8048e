//! A progress bar on stderr, for long lists on a terminal.

use std::io::{IsTerminal, stderr, stdout};

use indicatif::{ProgressBar, ProgressStyle};

use crate::arguments::Format;

/// Shorter lists are there before anybody could read the bar.
const LONG: u64 = 500;

pub struct Progress {
    bar: ProgressBar,
    shown: bool,
}

impl Progress {
    /// Shows nothing if stderr is no terminal, or if rows are printed to the same terminal meanwhile.
    pub fn new(format: Format) -> Self {
        let shown = stderr().is_terminal() && (format == Format::Table || !stdout().is_terminal());
        Progress { bar: ProgressBar::hidden(), shown }
    }

    pub fn update(&mut self, read: u64, total: u64) {
        if !self.shown || total < LONG {
            return;
        }
        if self.bar.is_hidden() {
            // The colours of this style obey NO_COLOR.
            let style = ProgressStyle::with_template("{bar:30.cyan} {human_pos} of {human_len} participants");
            self.bar = ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        }
        self.bar.set_length(total.max(read));
        self.bar.set_position(read);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
