//! Every credential of the tests, examples and C programs, one a line. `.ci/run` searches everything that was printed for them.

pub const TOKEN: &str = "look-alike-token-0123456789";
