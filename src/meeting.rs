//! The three checked ids.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::Error;
use crate::pasted::{edge_problem, is_invisible, paste_problem};

/// What a path segment may hold as it is (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The longest account or app id, in characters. Real ones have 32 and 36.
const ID_MOST: usize = 256;

/// Where the ids of the account and of the app stand in the path.
const ACCOUNT_AT: usize = 2;
const APP_AT: usize = 5;

/// How far into a text a UUID is looked for.
const SEARCHED_MOST: usize = 1000;

/// How many characters a UUID has.
const UUID_LENGTH: usize = 36;

/// A meeting, by the ids of its account, its app and itself, checked once.
///
/// In practice an account's id is 32 hexadecimal digits, and the ids of an app and of a meeting are UUIDs.
///
/// ```
/// # fn main() -> Result<(), participants::Error> {
/// let meeting = participants::Meeting::new(
///     "023e105f4ecef8ad9ca31a8372d0c353",
///     "14a396e7-ca44-4937-bf1f-050a69118543",
///     "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e",
/// )?;
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Meeting {
    path: String,
}

impl Meeting {
    /// Checks the ids.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument), which names the id and what is wrong with it:
    /// an account or app id that is empty, longer than 256 characters, `.` or `..`, begins or ends with a blank, or
    /// holds a control character; a UUID in the place of the account id; a meeting id that is not a UUID.
    pub fn new(account_id: &str, app_id: &str, meeting_id: &str) -> Result<Self, Error> {
        if is_uuid(account_id) {
            return Err(Error::invalid_argument(uuid_for_an_account(app_id, meeting_id)));
        }
        let account = segment("account_id", account_id)?;
        let app = segment("app_id", app_id)?;
        if !is_uuid(meeting_id) {
            return Err(Error::invalid_argument(not_a_uuid(meeting_id)));
        }
        Ok(Meeting { path: format!("/accounts/{account}/realtime/kit/{app}/meetings/{meeting_id}/participants") })
    }

    /// The endpoint of this meeting's participants, behind the base URL.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The same for messages, without what does not look like an id: it may be a credential in the wrong place.
    pub(crate) fn shown_path(&self) -> String {
        let shown = |(at, segment)| if self.hides(at, segment) { "..." } else { segment };
        self.path.split('/').enumerate().map(shown).collect::<Vec<_>>().join("/")
    }

    /// The ids that are not shown, as they are and as they stand in the path.
    pub(crate) fn hidden_ids(&self) -> impl Iterator<Item = String> {
        let hidden = self.path.split('/').enumerate().filter(|(at, segment)| self.hides(*at, segment));
        hidden.flat_map(|(_, segment)| {
            [percent_decode_str(segment).decode_utf8_lossy().into_owned(), segment.to_string()]
        })
    }

    fn hides(&self, at: usize, segment: &str) -> bool {
        matches!(at, ACCOUNT_AT | APP_AT) && !is_account_id(segment) && !is_uuid(segment)
    }
}

impl fmt::Debug for Meeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meeting").field("path", &self.shown_path()).finish()
    }
}

fn segment(name: &str, id: &str) -> Result<String, Error> {
    let refuse = |problem: &str| Err(Error::invalid_argument(format!("{name}: {problem}")));
    match id {
        "" => refuse("is empty"),
        "." | ".." => refuse("is a relative path"),
        _ if id.chars().count() > ID_MOST => refuse(&format!("is longer than {ID_MOST} characters")),
        _ => match edge_problem(id).or_else(|| paste_problem(id)) {
            Some(problem) => refuse(problem),
            None if id.chars().any(char::is_control) => refuse("holds a control character"),
            None if id.chars().any(is_invisible) => refuse("holds an invisible character"),
            None => Ok(utf8_percent_encode(id, SEGMENT).to_string()),
        },
    }
}

fn uuid_for_an_account(app_id: &str, meeting_id: &str) -> String {
    let mut what =
        "account_id looks like a meeting's or an app's id (a UUID); an account's id is 32 hexadecimal digits"
            .to_string();
    for (name, id) in [("app_id", app_id), ("meeting_id", meeting_id)] {
        if is_account_id(id) {
            what.push_str(&format!(", as {name} is: are account_id and {name} swapped?"));
        }
    }
    what
}

/// Why this cannot be a meeting's id. The id is not shown: it may be a token in the wrong place.
fn not_a_uuid(meeting_id: &str) -> String {
    let starts = meeting_id.char_indices().map(|(at, _)| at).take(SEARCHED_MOST);
    let holds_one = || starts.filter_map(|at| meeting_id.get(at..at + UUID_LENGTH)).any(is_uuid);
    match edge_problem(meeting_id).or_else(|| paste_problem(meeting_id)) {
        _ if meeting_id.is_empty() => "meeting_id: is empty".into(),
        Some(problem) => format!("meeting_id: {problem}"),
        None if is_account_id(meeting_id) => {
            "meeting_id looks like an account's id (32 hexadecimal digits); a meeting's id is a UUID, with its hyphens"
                .into()
        }
        None if holds_one() => "meeting_id: holds a UUID, but is not one alone".into(),
        None => "meeting_id: is not a UUID".into(),
    }
}

/// Whether this is 8-4-4-4-12 hexadecimal digits.
fn is_uuid(id: &str) -> bool {
    let groups = id.split('-').map(|group| group.bytes().all(|b| b.is_ascii_hexdigit()).then_some(group.len()));
    groups.eq([8, 4, 4, 4, 12].map(Some))
}

/// Whether this is 32 hexadecimal digits, as every account's id is.
fn is_account_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())
}
