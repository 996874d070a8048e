//! The environment variables that the library reads. A child process must not inherit them unless a test sets them.

use std::process::Command;

pub const PROXY_VARIABLES: [&str; 9] = [
    "https_proxy",
    "HTTPS_PROXY",
    "http_proxy",
    "HTTP_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "REQUEST_METHOD",
];

const OTHER_VARIABLES: [&str; 6] = [
    "CLOUDFLARE_API_TOKEN",
    "CLOUDFLARE_API_KEY",
    "CLOUDFLARE_EMAIL",
    "CLOUDFLARE_BASE_URL",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// Keeps the variables that the library reads from a child process.
pub fn clear(command: &mut Command) -> &mut Command {
    PROXY_VARIABLES.iter().chain(&OTHER_VARIABLES).fold(command, |command, name| command.env_remove(name))
}
