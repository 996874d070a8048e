//! The three checked ids.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Error;

/// What a path segment may hold as it is (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The longest account and app id, in characters.
const ID_MOST: usize = 32;

/// A meeting, by the ids of its account, its app and itself, checked once.
///
/// ```
/// # fn main() -> Result<(), participants::Error> {
/// let meeting = participants::Meeting::new(
///     "023e105f4ecef8ad9ca31a8372d0c353",
///     "my-app",
///     "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e",
/// )?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Meeting {
    path: String,
}

impl Meeting {
    /// Checks the ids.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for an account or app id that is empty, longer than 32 characters, `.` or `..`, and for a meeting
    /// id that is no UUID.
    pub fn new(account_id: &str, app_id: &str, meeting_id: &str) -> Result<Self, Error> {
        let account = segment("account_id", account_id)?;
        let app = segment("app_id", app_id)?;
        if !is_uuid(meeting_id) {
            // It is not shown: it may be a token in the wrong place.
            return Err(Error::invalid_argument("meeting_id: is not a UUID"));
        }
        Ok(Meeting { path: format!("/accounts/{account}/realtime/kit/{app}/meetings/{meeting_id}/participants") })
    }

    /// The endpoint of this meeting's participants, behind the base URL.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

fn segment(name: &str, id: &str) -> Result<String, Error> {
    let problem = match id {
        "" => "is empty",
        "." | ".." => "is a relative path",
        _ if id.chars().count() > ID_MOST => "is longer than 32 characters",
        _ => return Ok(utf8_percent_encode(id, SEGMENT).to_string()),
    };
    Err(Error::invalid_argument(format!("{name}: {problem}")))
}

/// Whether this is 8-4-4-4-12 hexadecimal digits.
fn is_uuid(id: &str) -> bool {
    let groups = id.split('-').map(|group| group.bytes().all(|b| b.is_ascii_hexdigit()).then_some(group.len()));
    groups.eq([8, 4, 4, 4, 12].map(Some))
}
