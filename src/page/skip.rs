//! Skips values that nobody asks for. They are checked all the same, because the JSON of a participant is passed on.

use super::rows::Span;
use super::syntax::Reader;

impl Reader<'_> {
    /// Skips a value of any kind, and returns where it is. Values may be nested as deep as the text is long. `open` is
    /// empty before and after that, and kept only for its memory.
    #[inline(always)]
    pub fn value(&mut self, open: &mut Vec<u8>) -> Option<Span> {
        let start = self.at;
        self.at = end_of_value(self.json, start, open)?;
        Some(Span { start: start as u32, end: self.at as u32 })
    }

    /// Skips a key, and the colon after it.
    #[inline(always)]
    fn skip_key(&mut self) -> Option<()> {
        if !self.skip_short(b"\":") {
            self.at = end_of_key(self.json, self.at)?;
        }
        Some(())
    }

    /// Skips a string.
    #[inline(always)]
    fn skip_string(&mut self) -> Option<()> {
        if !self.skip_short(b"\"") {
            self.at = end_of_string(self.json, self.at)?;
        }
        Some(())
    }

    /// Skips a string of at most 8 bytes without escapes that ends like this. Returns false if there is none.
    #[inline(always)]
    fn skip_short<const N: usize>(&mut self, end: &[u8; N]) -> bool {
        let Some(string) = self.json.get(self.at..).and_then(<[u8]>::first_chunk) else { return false };
        let length = short_length(string) + 1;
        let found = string.first() == Some(&b'"') && string.get(length..length + N) == Some(end);
        self.at += if found { length + N } else { 0 };
        found
    }

    #[inline(always)]
    fn skip_number(&mut self) -> Option<()> {
        self.at += usize::from(self.peek() == Some(b'-'));
        match self.peek()? {
            b'0' => self.at += 1,
            _ => self.skip_digits()?,
        }
        if let Some(b'.' | b'e' | b'E') = self.peek() {
            self.at = end_of_fraction(self.json, self.at)?;
        }
        Some(())
    }

    #[inline(always)]
    fn skip_digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

fn end_of_value(json: &[u8], at: usize, open: &mut Vec<u8>) -> Option<usize> {
    let mut reader = Reader { json, at };
    // What will end the innermost list or object that is open; `open` has those around it. A NUL ends nothing.
    let mut end = 0;
    loop {
        match reader.peek()? {
            b'"' => reader.skip_string()?,
            first @ (b'{' | b'[') => {
                open.push(end);
                // In ASCII, a closing bracket is two places after the opening one.
                end = first + 2;
                reader.at += 1;
                if !reader.eat(end) {
                    if end == b'}' {
                        reader.skip_key()?;
                    }
                    continue;
                }
                end = open.pop()?;
            }
            b't' => reader.word(b"true")?,
            b'f' => reader.word(b"false")?,
            b'n' => reader.word(b"null")?,
            b'-' | b'0'..=b'9' => reader.skip_number()?,
            b' ' | b'\n' | b'\r' | b'\t' => {
                reader.at += 1;
                continue;
            }
            _ => return None,
        }
        while end != 0 && reader.ends(end)? {
            end = open.pop()?;
        }
        match end {
            0 => return Some(reader.at),
            b'}' => reader.skip_key()?,
            _ => {}
        }
    }
}

// What is rare is not inlined.

#[inline(never)]
fn end_of_key(json: &[u8], at: usize) -> Option<usize> {
    let mut reader = Reader { json, at };
    reader.key()?;
    Some(reader.at)
}

#[inline(never)]
fn end_of_string(json: &[u8], at: usize) -> Option<usize> {
    let mut reader = Reader { json, at };
    reader.string()?;
    Some(reader.at)
}

/// Where the number ends whose fraction or exponent begins here.
#[inline(never)]
fn end_of_fraction(json: &[u8], at: usize) -> Option<usize> {
    let mut reader = Reader { json, at };
    if reader.peek() == Some(b'.') {
        reader.at += 1;
        reader.skip_digits()?;
    }
    if let Some(b'e' | b'E') = reader.peek() {
        reader.at += 1;
        reader.at += usize::from(matches!(reader.peek(), Some(b'+' | b'-')));
        reader.skip_digits()?;
    }
    Some(reader.at)
}

/// The length of what is between the quotes of a string, if it is at most 8 bytes without escapes. Otherwise no quote
/// is in the place that it gives.
#[inline(always)]
fn short_length(string: &[u8; 16]) -> usize {
    const EACH: u64 = u64::MAX / 255;
    let [_, a, b, c, d, e, f, g, h, ..] = *string;
    let word = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
    // A byte that is less than what is subtracted from it borrows, which sets its highest bit. A quote differs from a
    // blank in one bit. Bytes beyond ASCII may count as special, and those after a special byte as well.
    let quote_or_control = (word ^ (EACH * 2)).wrapping_sub(EACH * 0x21);
    let backslash = (word ^ (EACH * 0x5c)).wrapping_sub(EACH);
    ((quote_or_control | backslash) & (EACH * 0x80)).trailing_zeros() as usize / 8
}
