//! The peer: one page after another with ureq, into structs with serde. `naive_ureq BASE_URL PER_PAGE ROUNDS`.

use serde::Deserialize;

#[derive(Deserialize)]
#[allow(dead_code)]
struct Participant {
    id: String,
    custom_participant_id: String,
    preset_name: String,
    created_at: String,
    updated_at: String,
    name: Option<String>,
    picture: Option<String>,
}

#[derive(Deserialize)]
struct Paging {
    total_count: f64,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Participant>,
    paging: Paging,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (base, per_page, rounds) = (&arguments[0], &arguments[1], arguments[2].parse::<usize>().expect("ROUNDS"));
    let agent = ureq::Agent::config_builder().proxy(None).build().new_agent();
    for _ in 0..rounds {
        let mut everyone = Vec::new();
        for page in 1.. {
            let url = format!(
                "{base}/accounts/023e105f4ecef8ad9ca31a8372d0c353/realtime/kit/my-app/meetings/182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e/participants?page_no={page}&per_page={per_page}"
            );
            let mut response = agent.get(&url).header("Authorization", "Bearer token-0123456789").call().expect("an answer");
            let page: Page = response.body_mut().read_json().expect("a page");
            everyone.extend(page.data);
            if everyone.len() as f64 >= page.paging.total_count {
                break;
            }
        }
        eprintln!("{}", everyone.len());
    }
}
