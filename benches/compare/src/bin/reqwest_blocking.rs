//! The peer: reqwest's blocking client and serde, one page after another. `reqwest_blocking BASE_URL PER_PAGE ROUNDS
//! all|page`

use compare::{Arguments, Page, fetch};

fn main() {
    let Arguments { base, per_page, rounds, mode } = compare::arguments();
    let client = reqwest::blocking::Client::builder().no_proxy().build().expect("a client");
    fetch(rounds, &mode, |page_no| -> Page {
        let url = compare::url(&base, page_no, per_page);
        let response = client.get(url).bearer_auth("token-0123456789").send().expect("an answer");
        response.json().expect("a page")
    });
}
