//! What the tests share: the system's compilers, and the services they talk to.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod c;
