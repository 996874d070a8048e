//! A list gives the same participants, however the service writes it, compressed or not, over TCP or TLS. The services
//! are those of the benchmarks.

use bench_service::{Kind, Settings, start};
use participants::Participants;
use testkit::{build, client, meeting};

/// Four pages, the last of which is not full.
const PARTICIPANTS: usize = 350;

fn everyone(settings: Settings) -> Participants {
    let ca_file = settings.tls.clone();
    let mut builder = client(&start(settings));
    if let Some(ca_file) = ca_file {
        builder = builder.ca_file(ca_file);
    }
    let everyone = builder.build().expect("a client").get_participants(&meeting()).expect("everyone");
    assert!(everyone.is_complete());
    assert_eq!(everyone.len(), PARTICIPANTS);
    everyone
}

fn plain(kind: Kind) -> Participants {
    everyone(Settings { kind, ..Settings::new(PARTICIPANTS) })
}

/// All of their fields but the name.
fn fields(participants: &Participants) -> Vec<[Option<&str>; 6]> {
    let fields = participants.iter().map(|p| {
        let (custom_id, preset) = (p.custom_participant_id(), p.preset_name());
        [Some(p.id()), p.picture(), custom_id, preset, p.created_at(), p.updated_at()]
    });
    fields.collect()
}

fn names(participants: &Participants) -> Vec<Option<&str>> {
    participants.iter().map(|participant| participant.name()).collect()
}

#[test]
fn the_layout_of_a_list_changes_no_value() {
    let mixed = plain(Kind::Mixed);
    for kind in [Kind::Nested, Kind::Pretty, Kind::Shuffled] {
        let other = plain(kind);
        assert_eq!(fields(&other), fields(&mixed), "{kind:?}");
        assert_eq!(names(&other), names(&mixed), "{kind:?}");
    }
    let escapes = plain(Kind::Escapes);
    assert_eq!(fields(&escapes), fields(&mixed));
    assert!(
        names(&escapes).into_iter().flatten().all(|name| name.starts_with("Zoë \"") && name.ends_with("😀 O/Neil"))
    );
}

#[test]
fn compression_and_tls_change_no_byte_of_the_json() {
    let expected = plain(Kind::Mixed).to_json();
    for gzip in [false, true] {
        let tls = Some(build::scratch().join(format!("layouts-{gzip}.pem")));
        let over_tls = everyone(Settings { gzip, tls, ..Settings::new(PARTICIPANTS) });
        assert_eq!(over_tls.to_json(), expected);
    }
    assert_eq!(everyone(Settings { gzip: true, ..Settings::new(PARTICIPANTS) }).to_json(), expected);
}

/// The benchmarks rely on it.
#[test]
fn the_same_seed_gives_the_same_bytes() {
    for kind in Kind::ALL {
        let of_seed = |seed| everyone(Settings { kind, seed, ..Settings::new(PARTICIPANTS) }).to_json();
        assert_eq!(of_seed(1), of_seed(1));
        assert_ne!(of_seed(1), of_seed(2));
    }
}
