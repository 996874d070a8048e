//! Which hosts a `NO_PROXY` list covers, as curl reads it.

use std::net::IpAddr;

/// Whether a list covers a host, which is a name or an address without brackets.
pub(super) fn covers(list: &str, host: &str) -> bool {
    // An asterisk means every host only if it is alone.
    list == "*" || list.split([',', ' ', '\t']).any(|entry| entry_covers(entry, host))
}

fn entry_covers(entry: &str, host: &str) -> bool {
    if let Ok(address) = host.parse::<IpAddr>() {
        return entry_covers_address(entry, address).unwrap_or(false);
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let entry = entry.strip_suffix('.').unwrap_or(entry);
    let entry = entry.strip_prefix('.').unwrap_or(entry);
    let parts = host.len().checked_sub(entry.len()).and_then(|at| host.split_at_checked(at));
    parts.is_some_and(|(subdomain, domain)| {
        !domain.is_empty() && domain.eq_ignore_ascii_case(entry) && (subdomain.is_empty() || subdomain.ends_with('.'))
    })
}

/// Whether an entry, an address or a network such as `10.0.0.0/8`, covers an address. `None` if it is neither.
fn entry_covers_address(entry: &str, address: IpAddr) -> Option<bool> {
    let (network, prefix) = match entry.split_once('/') {
        Some((network, prefix)) => (network, prefix.parse::<u32>().ok()?),
        None => (entry, 0),
    };
    let network = match network.strip_prefix('[').and_then(|network| network.strip_suffix(']')) {
        Some(literal) => IpAddr::V6(literal.parse().ok()?),
        None => network.parse().ok()?,
    };
    let (difference, bits) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => (u128::from(address.to_bits() ^ network.to_bits()), 32),
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits() ^ network.to_bits(), 128),
        _ => return None,
    };
    // curl takes a prefix of 0 bits for one that is missing.
    let prefix = if prefix == 0 { bits } else { prefix };
    Some(difference.checked_shr(bits.checked_sub(prefix)?)? == 0)
}
