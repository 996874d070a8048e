//! Decodes the escapes of JSON strings.

use memchr::memchr;

/// Appends the content of a string with its escapes decoded. A lone surrogate (half of a truncated emoji) becomes
/// U+FFFD. `None` if an escape is not JSON.
pub(super) fn unescape(mut content: &[u8], decoded: &mut Vec<u8>) -> Option<()> {
    while let Some(backslash) = memchr(b'\\', content) {
        let (before, escape) = content.split_at_checked(backslash)?;
        decoded.extend_from_slice(before);
        let (letter, rest) = escape.get(1..)?.split_first()?;
        content = rest;
        match letter {
            b'"' | b'\\' | b'/' => decoded.push(*letter),
            b'b' => decoded.push(8),
            b'f' => decoded.push(12),
            b'n' => decoded.push(b'\n'),
            b'r' => decoded.push(b'\r'),
            b't' => decoded.push(b'\t'),
            b'u' => {
                let unit = take_unit(&mut content)?;
                let character = match low_surrogate(unit, content) {
                    Some((low, rest)) => {
                        content = rest;
                        char::from_u32(0x1_0000 + ((unit & 0x3ff) << 10 | low & 0x3ff))
                    }
                    None => char::from_u32(unit),
                };
                let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
                decoded.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => return None,
        }
    }
    decoded.extend_from_slice(content);
    Some(())
}

/// The UTF-16 code unit that the four hexadecimal digits at the beginning give.
fn take_unit(content: &mut &[u8]) -> Option<u32> {
    let (digits, rest) = content.split_at_checked(4)?;
    *content = rest;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

/// If a surrogate pair begins with this unit: its second half, and what follows it.
fn low_surrogate(unit: u32, content: &[u8]) -> Option<(u32, &[u8])> {
    let mut rest = content.strip_prefix(b"\\u").filter(|_| (0xd800..0xdc00).contains(&unit))?;
    let low = take_unit(&mut rest)?;
    (0xdc00..0xe000).contains(&low).then_some((low, rest))
}
