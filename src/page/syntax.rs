//! Reads the syntax of JSON: blanks, keys, strings and words.

use super::rows::Span;

/// A position in a JSON text. A method that returns `None` did not find what it reads. [`string`](Self::string),
/// [`word`](Self::word) and [`value_like`](Self::value_like) then stay where they are.
///
/// Copies are cheap. The functions that are not inlined take the position by value, so that it need not be in memory.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub json: &'a [u8],
    pub at: usize,
}

/// What is between the quotes of a string.
#[derive(Clone, Copy)]
pub(super) struct Content {
    pub span: Span,
    pub has_escapes: bool,
}

impl<'a> Reader<'a> {
    pub fn new(json: &'a [u8]) -> Self {
        Reader { json, at: 0 }
    }

    #[inline(always)]
    pub fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    #[inline(always)]
    pub fn skip_blanks(&mut self) {
        // Most bytes are no blanks, and one comparison tells.
        while self.peek().is_some_and(|byte| byte <= b' ' && matches!(byte, b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// The next byte that is not a blank.
    #[inline(always)]
    fn next(&mut self) -> Option<u8> {
        self.skip_blanks();
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    #[inline(always)]
    pub fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    /// Skips this byte if it is the next one that is not a blank. Returns whether it is.
    #[inline(always)]
    pub fn eat(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// After an element or a member: skips the end of the list or object, or else a comma. Returns whether it is the
    /// end.
    #[inline(always)]
    pub fn ends(&mut self, end: u8) -> Option<bool> {
        match self.next()? {
            b',' => Some(false),
            byte => (byte == end).then_some(true),
        }
    }

    /// Skips this word, which is `null`, `true` or `false`.
    #[inline(always)]
    pub fn word(&mut self, word: &[u8]) -> Option<()> {
        self.json.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    /// The key of an object's member, and the colon after it.
    #[inline(always)]
    pub fn key(&mut self) -> Option<Content> {
        self.skip_blanks();
        let key = self.string()?;
        self.expect(b':')?;
        self.skip_blanks();
        Some(key)
    }

    /// The string that begins here.
    #[inline(always)]
    pub fn string(&mut self) -> Option<Content> {
        let content = self.json.get(self.at..)?.strip_prefix(b"\"")?;
        let length = plain_length(content)?;
        let start = self.at + 1;
        let end = start + length;
        if content.get(length) == Some(&b'"') {
            self.at = end + 1;
            return Some(Content { span: Span { start: start as u32, end: end as u32 }, has_escapes: false });
        }
        let end = end_with_escapes(self.json, end)?;
        self.at = end + 1;
        Some(Content { span: Span { start: start as u32, end: end as u32 }, has_escapes: true })
    }

    /// Skips a value that is written like the one at `like`, which was skipped before. An empty `like` is no value.
    #[inline(always)]
    pub fn value_like(&mut self, like: Span) -> Option<()> {
        let (value, rest) = self.json.get(self.at..)?.split_at_checked(like.range().len())?;
        // Without one of these after it, it might be the beginning of a longer number.
        let ends = matches!(rest.first(), Some(b',' | b'}')) && !value.is_empty();
        (ends && value == self.json.get(like.range())?).then(|| self.at += value.len())
    }
}

/// Where the string ends that has no escape before `at`.
#[inline(never)]
fn end_with_escapes(json: &[u8], mut at: usize) -> Option<usize> {
    while *json.get(at)? == b'\\' {
        let rest = after_escape(json, at + 1)?;
        at = rest + plain_length(json.get(rest..)?)?;
    }
    // A control character has no place in a string.
    (*json.get(at)? == b'"').then_some(at)
}

/// The end of an escape, which begins after its backslash.
fn after_escape(json: &[u8], at: usize) -> Option<usize> {
    match json.get(at)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 1),
        b'u' => json.get(at + 1..at + 5)?.iter().all(u8::is_ascii_hexdigit).then_some(at + 5),
        _ => None,
    }
}

/// How many bytes precede the first quote, backslash or control character; `None` if there is none.
#[inline(always)]
fn plain_length(text: &[u8]) -> Option<usize> {
    const BLOCK: usize = 16;
    // `|` and not `||`, which would be a jump for each byte.
    let is_special = |byte: u8| (byte == b'"') | (byte == b'\\') | (byte < 0x20);
    let mut rest = text;
    // A block has the size of a vector register, so that all of its bytes are compared at once.
    while let Some((block, after)) = rest.split_first_chunk::<BLOCK>() {
        let specials = u128::from_le_bytes(block.map(|byte| u8::from(is_special(byte))));
        if specials != 0 {
            return Some(text.len() - rest.len() + specials.trailing_zeros() as usize / 8);
        }
        rest = after;
    }
    Some(text.len() - rest.len() + rest.iter().position(|byte| is_special(*byte))?)
}
