//! Environment variables, and the limit for the length of their values and of settings.

use zeroize::Zeroizing;

use crate::Error;
use crate::secret::Secret;

/// The longest text of a setting, in bytes. The head of a request must fit into its buffer.
const MAX_TEXT_LENGTH: usize = 4096;

/// Whether `http_proxy` and `HTTP_PROXY` are the same variable. It is shown in capitals.
const NAMES_IGNORE_CASE: bool = cfg!(windows);

pub(crate) fn check_length(name: &str, bytes: usize) -> Result<(), Error> {
    match bytes > MAX_TEXT_LENGTH {
        true => Err(Error::invalid_argument(format!("{name}: is longer than {MAX_TEXT_LENGTH} bytes"))),
        false => Ok(()),
    }
}

/// The name and the trimmed value of the first of these environment variables that is set and not blank. The value may
/// be a secret.
pub(crate) fn env(names: &[&'static str]) -> Result<Option<(&'static str, Secret)>, Error> {
    for name in names.iter().filter(|name| !NAMES_IGNORE_CASE || !is_lower_case(name)) {
        let Some(value) = std::env::var_os(name) else {
            continue;
        };
        let Ok(value) = value.into_string().map(Zeroizing::new) else {
            return Err(Error::invalid_argument(format!("{name}: is not UTF-8")));
        };
        if !value.trim().is_empty() {
            return Ok(Some((name, Secret::new(value.trim()))));
        }
    }
    Ok(None)
}

fn is_lower_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
}
