//! The peer: reqwest's blocking client and serde, one page after another. `reqwest_blocking BASE_URL PER_PAGE ROUNDS
//! all|page`

use compare::{Arguments, Page, fetch};
use reqwest::Certificate;

fn main() {
    let Arguments { base, per_page, rounds, mode } = compare::arguments();
    rustls::crypto::ring::default_provider().install_default().expect("the first provider");
    let authorities = compare::authorities().map(|pem| Certificate::from_pem(&pem).expect("a certificate"));
    let client = reqwest::blocking::Client::builder().no_proxy().tls_certs_only(authorities).build().expect("a client");
    fetch(rounds, &mode, |page_no| -> Page {
        let url = compare::url(&base, page_no, per_page);
        let response = client.get(url).bearer_auth("token-0123456789").send().expect("an answer");
        response.json().expect("a page")
    });
}
