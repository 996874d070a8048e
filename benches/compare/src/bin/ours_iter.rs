//! This library's iterator. `ours_iter BASE_URL PER_PAGE`.

use participants::{Client, Meeting};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let client = Client::builder()
        .api_token("token-0123456789")
        .base_url(&arguments[0])
        .per_page(arguments[1].parse().expect("PER_PAGE"))
        .proxy("")
        .build()
        .expect("a client");
    let meeting = Meeting::new("023e105f4ecef8ad9ca31a8372d0c353", "my-app", "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e").expect("ids");
    let mut count = 0;
    for participant in client.iter_participants(&meeting) {
        count += usize::from(!participant.expect("a participant").id().is_empty());
    }
    eprintln!("{count}");
}
