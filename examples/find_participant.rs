use participants::{Client, Meeting};

fn main() -> Result<(), participants::Error> {
    let meeting = Meeting::new(
        "023e105f4ecef8ad9ca31a8372d0c353",     // account
        "14a396e7-ca44-4937-bf1f-050a69118543", // app
        "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e", // meeting
    )?;
    let mut participants = Client::from_env()?.iter_participants(&meeting);
    for participant in participants.by_ref() {
        let participant = participant?;
        if participant.custom_participant_id() == Some("user-41") {
            println!("{}\t{}", participant.id(), participant.preset_name().unwrap_or("-"));
            return Ok(());
        }
    }
    println!("{}", if participants.is_complete() { "not on the list" } else { "perhaps not on the list: try again" });
    Ok(())
}
