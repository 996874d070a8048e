//! Secrets: texts that are wiped from memory when dropped, and never shown.

use std::fmt;

use zeroize::Zeroizing;

/// A credential: wiped from memory when dropped, and never shown.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: &str) -> Self {
        Secret(Zeroizing::new(text.to_owned()))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// How requests are authenticated.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    Token(Secret),
    Key { email: Secret, key: Secret },
}
