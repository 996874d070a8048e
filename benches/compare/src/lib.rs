//! What the peers in Rust have in common: the arguments, the structs, and page after page.

use serde::Deserialize;

pub struct Arguments {
    pub base: String,
    pub per_page: usize,
    pub rounds: usize,
    pub mode: String,
}

pub fn arguments() -> Arguments {
    let mut given = std::env::args().skip(1);
    let mut next = || given.next().expect("BASE_URL PER_PAGE ROUNDS all|page");
    let base = next();
    let mut number = || next().parse().expect("a number");
    Arguments { base, per_page: number(), rounds: number(), mode: next() }
}

/// The authorities of `SSL_CERT_FILE`, as PEM; none for a service without TLS.
pub fn authorities() -> Option<Vec<u8>> {
    std::env::var("SSL_CERT_FILE").ok().map(|path| std::fs::read(path).expect("the file of SSL_CERT_FILE"))
}

pub fn url(base: &str, page_no: usize, per_page: usize) -> String {
    format!(
        "{base}/accounts/023e105f4ecef8ad9ca31a8372d0c353/realtime/kit/14a396e7-ca44-4937-bf1f-050a69118543/meetings/182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e/participants\
         ?page_no={page_no}&per_page={per_page}"
    )
}

#[derive(Deserialize)]
pub struct Participant {
    pub id: String,
    pub custom_participant_id: String,
    pub preset_name: String,
    pub created_at: String,
    pub updated_at: String,
    pub name: Option<String>,
    pub picture: Option<String>,
}

#[derive(Deserialize)]
pub struct Paging {
    pub total_count: f64,
}

#[derive(Deserialize)]
pub struct Page {
    pub data: Vec<Participant>,
    pub paging: Paging,
}

/// Gets everyone, or the first page, so many times, and prints how many participants that were each time.
pub fn fetch(rounds: usize, mode: &str, get: impl Fn(usize) -> Page) {
    let mut count = 0;
    for _ in 0..rounds {
        let mut everyone = Vec::new();
        for page_no in 1.. {
            let page = get(page_no);
            everyone.extend(page.data);
            if mode == "page" || everyone.len() as f64 >= page.paging.total_count {
                break;
            }
        }
        count = everyone.iter().filter(|participant| !participant.id.is_empty()).count();
    }
    println!("{count}");
}
