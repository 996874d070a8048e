//! Removes secrets that a service sent back from what an error knows.

use crate::error::{Detail, truncate_body};

/// A shorter text is not a credential, and replacing it would garble ordinary words. In bytes.
const MIN_SECRET: usize = 8;

/// A shorter part of a secret may be an ordinary word. In bytes.
const MIN_PART: usize = 12;

const REDACTED: &str = "[redacted]";

impl Detail {
    pub(super) fn redact(&mut self, secret: &str) {
        if secret.len() < MIN_SECRET {
            return;
        }
        let messages = self.service_errors.iter_mut().map(|error| &mut error.message);
        let texts = [&mut self.summary]
            .into_iter()
            .chain(messages)
            .chain(&mut self.text)
            .chain(&mut self.url)
            .chain(&mut self.ray_id)
            .chain(&mut self.body);
        for text in texts {
            redact(text, secret);
        }
        // The replacement can be longer than the secret.
        self.body.iter_mut().for_each(truncate_body);
        self.source = self.source.take().filter(|source| !source.to_string().contains(secret));
    }
}

/// Replaces a secret, its beginning where the text was cut within it, and its longer parts.
fn redact(text: &mut String, secret: &str) {
    if text.contains(secret) {
        *text = text.replace(secret, REDACTED);
    }
    redact_cut_end(text, secret);
    redact_parts(text, secret.as_bytes());
}

/// Replaces the beginning of a secret at the end of a text.
fn redact_cut_end(text: &mut String, secret: &str) {
    // The excerpt of an unreadable response is in quotes.
    let unquoted = text.trim_end_matches('"');
    let quotes = text.len() - unquoted.len();
    let beginnings = (MIN_SECRET..secret.len()).rev().filter_map(|length| secret.get(..length));
    if let Some(before) = beginnings.filter_map(|beginning| unquoted.strip_suffix(beginning)).next() {
        *text = format!("{before}{REDACTED}{}", "\"".repeat(quotes));
    }
}

/// Replaces the parts of a secret that are too long to occur in a text by chance.
fn redact_parts(text: &mut String, secret: &[u8]) {
    let length = MIN_PART.max(secret.len() / 3);
    let is_part = |window: &[u8]| secret.windows(length).any(|part| part == window);
    // Which bytes of the text belong to a part.
    let mut secret_bytes = vec![false; text.len()];
    for (at, _) in text.as_bytes().windows(length).enumerate().filter(|(_, window)| is_part(window)) {
        secret_bytes.iter_mut().skip(at).take(length).for_each(|byte| *byte = true);
    }
    if !secret_bytes.contains(&true) {
        return;
    }
    let mut redacted = String::new();
    let mut in_part = false;
    for (at, c) in text.char_indices() {
        let is_secret = secret_bytes.iter().skip(at).take(c.len_utf8()).any(|byte| *byte);
        match is_secret {
            true if !in_part => redacted.push_str(REDACTED),
            true => {}
            false => redacted.push(c),
        }
        in_part = is_secret;
    }
    *text = redacted;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str, secret: &str) -> String {
        let mut text = text.to_string();
        redact(&mut text, secret);
        text
    }

    #[test]
    fn secret_its_cut_end_and_its_long_parts_are_replaced() {
        let secret = "0123456789abcdefghijklmnopqrstuvwxyz";
        assert_eq!(redacted(&format!("a {secret}, {secret} z"), secret), "a [redacted], [redacted] z");
        assert_eq!(redacted("begins with \"x 01234567\"", secret), "begins with \"x [redacted]\"");
        assert_eq!(redacted("a 56789abcdefghijkl z", secret), "a [redacted] z");
        assert_eq!(redacted("a 56789abcdef z, 0123456", secret), "a 56789abcdef z, 0123456");
    }

    #[test]
    fn part_that_begins_within_a_character_is_replaced_and_no_other_text_is_lost() {
        // The last two bytes of both characters are the same.
        assert_eq!(redacted("x \u{4042}bcdefghijklmnop y", "\u{3042}bcdefghijklmnop"), "x [redacted] y");
    }
}
