//! `participants find`.

use participants::Participant;

use crate::arguments::{Find, Who};
use crate::connect;
use crate::failure::{ABSENT, Failure, INCOMPLETE};
use crate::output::{self, Output, Paging};

pub fn run(options: &Find) -> Result<(), Failure> {
    output::check(&options.output)?;
    let client = connect::client(&options.client)?;
    let meeting = connect::meeting(&options.client, &options.meeting.meeting)?;
    let mut participants = client.iter_participants(&meeting);
    for participant in &mut participants {
        let participant = participant?;
        if is(&options.who, &participant) {
            let mut output = Output::to_stdout(&options.output)?;
            output.write(&participant)?;
            return output.finish(&Paging { total_count: participants.total_count(), ..Paging::default() });
        }
    }
    match participants.is_complete() {
        true => Err(Failure::new(ABSENT, "not on the list", "The list is complete: nobody on it has this id.")),
        false => Err(Failure::new(
            INCOMPLETE,
            "not found, but the list may not be complete",
            "Run the command again; the list changes while participants are added or removed.",
        )),
    }
}

fn is(who: &Who, participant: &Participant) -> bool {
    match (&who.custom_id, &who.id) {
        (Some(custom_id), _) => participant.custom_participant_id() == Some(custom_id),
        (None, Some(id)) => participant.id() == id,
        (None, None) => false,
    }
}
