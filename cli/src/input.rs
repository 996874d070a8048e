//! Text that somebody gives in a file or on standard input, also as the shells and editors of Windows write it.

use std::fs;
use std::io::{self, ErrorKind, Read};

/// Reads a file, or standard input for `-`, up to a length in bytes. A byte order mark says which encoding it has
/// (Windows PowerShell's `>` writes UTF-16); without one it is UTF-8.
pub fn read(path: &str, max_length: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    match path {
        "-" => io::stdin().take(max_length).read_to_end(&mut bytes)?,
        path => fs::File::open(path)?.take(max_length).read_to_end(&mut bytes)?,
    };
    decoded(bytes).ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "it is not text in UTF-8 or UTF-16"))
}

fn decoded(bytes: Vec<u8>) -> Option<String> {
    match bytes.as_slice() {
        [0xff, 0xfe, utf16 @ ..] => from_utf16(utf16, u16::from_le_bytes),
        [0xfe, 0xff, utf16 @ ..] => from_utf16(utf16, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, utf8 @ ..] => String::from_utf8(utf8.to_vec()).ok(),
        _ => String::from_utf8(bytes).ok(),
    }
}

fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let units = bytes.chunks(2).map(|pair| Some(unit(pair.try_into().ok()?)));
    String::from_utf16(&units.collect::<Option<Vec<_>>>()?).ok()
}
