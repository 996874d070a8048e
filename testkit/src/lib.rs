//! What the tests share: the system's compilers, and the services they talk to.

pub mod address;
pub mod build;
pub mod c;
pub mod model;
pub mod program;
pub mod python;
pub mod raw;
pub mod recording;
pub mod service;
pub mod tinyproxy;
pub mod tls;
pub mod trouble;
pub mod wire;

use participants::{Builder, Client, Meeting, PageRequest};

/// The meeting of the look-alike.
pub fn meeting() -> Meeting {
    Meeting::new(service::ACCOUNT_ID, service::APP_ID, service::MEETING_ID).expect("good ids")
}

/// Settings for a service on loopback, without a proxy.
pub fn client(base_url: &str) -> Builder {
    Client::builder().api_token(service::TOKEN).base_url(base_url).proxy("")
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
