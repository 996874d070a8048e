//! What the tests share: services, proxies, and the compilers that build C, C++ and Python programs.
//!
//! [`service`] is the look-alike of RealtimeKit for ordinary responses. [`server`] does what it is told;
//! [`paged_list`], [`flaky`], [`faults`] and [`tls`] tell it.

pub mod address;
pub mod build;
pub mod certificates;
pub mod compiler;
pub mod credentials;
pub mod daemon;
pub mod document;
pub mod environment;
pub mod everyone;
pub mod faults;
pub mod flaky;
pub mod logger;
pub mod memory;
pub mod model;
pub mod nginx;
pub mod paged_list;
pub mod program;
pub mod proxy;
pub mod python;
pub mod request;
pub mod server;
pub mod service;
pub mod tinyproxy;
pub mod tls;

use participants::{Builder, Client, Meeting, PageRequest};

/// The meeting of the look-alike. The other services look at no ids.
pub fn meeting() -> Meeting {
    Meeting::new(service::ACCOUNT_ID, service::APP_ID, service::MEETING_ID).expect("valid ids")
}

/// Settings for a service on loopback, without a proxy.
pub fn client(base_url: &str) -> Builder {
    Client::builder().api_token(credentials::TOKEN).base_url(base_url).proxy("")
}

/// A page request that leaves everything out.
pub const NO_PARAMETERS: PageRequest = PageRequest { page_no: None, per_page: None };

/// A page with these elements, as the service sends it.
pub fn page_of(elements: &[String], total: usize, start: usize) -> String {
    let end = (start + elements.len()).saturating_sub(1);
    format!(
        r#"{{"data":[{}],"paging":{{"total_count":{total},"start_offset":{start},"end_offset":{end}}},"success":true}}"#,
        elements.join(",")
    )
}

/// A page that is the whole list.
pub fn whole_list(participants: usize) -> String {
    page_of(&(0..participants).map(service::participant).collect::<Vec<_>>(), participants, 1)
}
