//! The peer: ureq and serde, one page after another. `naive_ureq BASE_URL PER_PAGE ROUNDS all|page`

use compare::{Arguments, Page, fetch};

fn main() {
    let Arguments { base, per_page, rounds, mode } = compare::arguments();
    let agent = ureq::Agent::config_builder().proxy(None).build().new_agent();
    fetch(rounds, &mode, |page_no| -> Page {
        let url = compare::url(&base, page_no, per_page);
        let mut response =
            agent.get(&url).header("Authorization", "Bearer token-0123456789").call().expect("an answer");
        response.body_mut().read_json().expect("a page")
    });
}
