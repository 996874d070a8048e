//! The peer: ureq and serde, one page after another. `naive_ureq BASE_URL PER_PAGE ROUNDS all|page`

use compare::{Arguments, Page, fetch};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

fn main() {
    let Arguments { base, per_page, rounds, mode } = compare::arguments();
    let mut config = ureq::Agent::config_builder().proxy(None);
    if let Some(pem) = compare::authorities() {
        let roots = RootCerts::from(vec![Certificate::from_pem(&pem).expect("a certificate")]);
        config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
    }
    let agent = config.build().new_agent();
    fetch(rounds, &mode, |page_no| -> Page {
        let url = compare::url(&base, page_no, per_page);
        let mut response =
            agent.get(&url).header("Authorization", "Bearer token-0123456789").call().expect("an answer");
        response.body_mut().read_json().expect("a page")
    });
}
