//! Every credential of the tests, the examples and the programs in C, C++ and Python, one a line. `.ci/run` reads this
//! file, and looks for them in everything that was printed; `tests/credentials.rs` checks that there are no others.

pub const TOKEN: &str = "look-alike-token-0123456789";
pub const OTHER_TOKEN: &str = "another-token-than-this";
pub const WRONG_TOKEN: &str = "a-wrong-token";
pub const TOKEN_OF_C: &str = "token-of-the-c-programs";
/// Wrapped in quotes or words, as people paste it.
pub const PASTED_TOKEN: &str = "secret-token";
/// Its pieces do not occur in other texts.
pub const DISTINCT_TOKEN: &str = "kT7qVw2ZxY9mB4nC6dF8gH1jK3lP5rS0tU";
/// Given as an id, in which it needs percent-encoding.
pub const TOKEN_AS_ID: &str = "another/token+of=53&characters-that-was-given-as-an-id";
/// The end of a long token.
pub const END_OF_TOKEN: &str = "the-end-of-a-token-that-nobody-keeps";
pub const EMAIL: &str = "ops@example.com";
pub const KEY: &str = "c2547eb745079dac9320b638f5e225cf483cc5cfdda41";
pub const OTHER_KEY: &str = "another-key-than-this";
pub const PYTHON_SECRET: &str = "s3cret-credential-0123456789";
pub const PROXY_USER: &str = "proxy-user";
pub const PROXY_PASSWORD: &str = "hunter2-and-more";
pub const WRONG_PASSWORD: &str = "wrong-password";
/// `proxy-user:hunter2-and-more` in Base64.
pub const PROXY_BASIC: &str = "cHJveHktdXNlcjpodW50ZXIyLWFuZC1tb3Jl";
/// `us@er:p/ss:wörd%` in Base64.
pub const ENCODED_BASIC: &str = "dXNAZXI6cC9zczp3w7ZyZCU=";
