//! A meeting: its ids, checked, and its endpoint.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::Error;
use crate::pasted::{edge_problem, is_invisible, paste_problem};

/// What is percent-encoded in a path segment: all but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The longest account or app id, in characters. Real ones have 32 and 36.
const MAX_ID_LENGTH: usize = 256;

/// How many characters of a text are searched for a UUID.
const MAX_SEARCHED: usize = 1000;

/// The length of a UUID, in characters.
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
    /// The ids, percent-encoded for the path.
    account: String,
    app: String,
    meeting: String,
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
            return Err(Error::invalid_argument(explain_uuid_as_account(app_id, meeting_id)));
        }
        let account = encode_id("account_id", account_id)?;
        let app = encode_id("app_id", app_id)?;
        if !is_uuid(meeting_id) {
            return Err(Error::invalid_argument(explain_not_a_uuid(meeting_id)));
        }
        Ok(Meeting { account, app, meeting: meeting_id.to_string() })
    }

    pub(crate) fn meeting_id(&self) -> &str {
        &self.meeting
    }

    /// The endpoint of this meeting's participants, which follows the base URL.
    pub(crate) fn path(&self) -> String {
        endpoint(&self.account, &self.app, &self.meeting)
    }

    /// The endpoint for messages, without ids that do not look like ids: they may be a credential in the wrong place.
    pub(crate) fn shown_path(&self) -> String {
        let shown = |id| if looks_like_id(id) { id } else { "..." };
        endpoint(shown(&self.account), shown(&self.app), &self.meeting)
    }

    /// The ids that [`shown_path`](Self::shown_path) leaves out, each as it is and percent-encoded.
    pub(crate) fn hidden_ids(&self) -> impl Iterator<Item = String> {
        let hidden = [&self.account, &self.app].into_iter().filter(|id| !looks_like_id(id));
        hidden.flat_map(|id| [percent_decode_str(id).decode_utf8_lossy().into_owned(), id.clone()])
    }
}

fn endpoint(account: &str, app: &str, meeting: &str) -> String {
    ["/accounts/", account, "/realtime/kit/", app, "/meetings/", meeting, "/participants"].concat()
}

impl fmt::Debug for Meeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meeting").field("path", &self.shown_path()).finish()
    }
}

/// Checks an account or app id, and percent-encodes it.
fn encode_id(name: &str, id: &str) -> Result<String, Error> {
    let refuse = |problem: &str| Err(Error::invalid_argument(format!("{name}: {problem}")));
    match id {
        "" => refuse("is empty"),
        "." | ".." => refuse("is a relative path"),
        _ if id.chars().count() > MAX_ID_LENGTH => refuse(&format!("is longer than {MAX_ID_LENGTH} characters")),
        _ => match edge_problem(id).or_else(|| paste_problem(id)) {
            Some(problem) => refuse(problem),
            None if id.chars().any(char::is_control) => refuse("holds a control character"),
            None if id.chars().any(is_invisible) => refuse("holds an invisible character"),
            None => Ok(utf8_percent_encode(id, SEGMENT).to_string()),
        },
    }
}

/// Why a UUID cannot be an account's id, and what may be swapped.
fn explain_uuid_as_account(app_id: &str, meeting_id: &str) -> String {
    let mut message =
        "account_id looks like a meeting's or an app's id (a UUID); an account's id is 32 hexadecimal digits"
            .to_string();
    for (name, id) in [("app_id", app_id), ("meeting_id", meeting_id)] {
        if is_account_id(id) {
            message.push_str(&format!(", as {name} is: are account_id and {name} swapped?"));
        }
    }
    message
}

/// Why a text cannot be a meeting's id. The message does not show it: it may be a token in the wrong place.
fn explain_not_a_uuid(meeting_id: &str) -> String {
    let starts = meeting_id.char_indices().map(|(at, _)| at).take(MAX_SEARCHED);
    let holds_uuid = || starts.filter_map(|at| meeting_id.get(at..at + UUID_LENGTH)).any(is_uuid);
    match edge_problem(meeting_id).or_else(|| paste_problem(meeting_id)) {
        _ if meeting_id.is_empty() => "meeting_id: is empty".into(),
        Some(problem) => format!("meeting_id: {problem}"),
        None if is_account_id(meeting_id) => {
            "meeting_id looks like an account's id (32 hexadecimal digits); a meeting's id is a UUID, with its hyphens"
                .into()
        }
        None if holds_uuid() => "meeting_id: holds a UUID, but is not one alone".into(),
        None => "meeting_id: is not a UUID".into(),
    }
}

/// Whether a text looks like an id that Cloudflare gives.
fn looks_like_id(text: &str) -> bool {
    is_account_id(text) || is_uuid(text)
}

/// Whether a text is 8-4-4-4-12 hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    let groups = text.split('-').map(|group| group.bytes().all(|b| b.is_ascii_hexdigit()).then_some(group.len()));
    groups.eq([8, 4, 4, 4, 12].map(Some))
}

/// Whether a text is 32 hexadecimal digits, as every account's id is.
fn is_account_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}
