//! Asks for everyone, by each method of the client that gives participants.

use participants::{Client, Error};

use crate::meeting;
use crate::paged_list::number;

/// Everyone, and the method that gave them.
#[derive(Debug)]
pub struct Everyone {
    pub method: &'static str,
    /// The participants' numbers in a [`PagedList`](crate::paged_list::PagedList).
    pub numbers: Vec<u64>,
    pub total_count: u64,
    pub is_complete: bool,
}

pub fn get_participants(client: &Client) -> Result<Everyone, Error> {
    let participants = client.get_participants(&meeting())?;
    Ok(Everyone {
        method: "get_participants",
        numbers: participants.iter().map(|participant| number(participant.id())).collect(),
        total_count: participants.total_count(),
        is_complete: participants.is_complete(),
    })
}

pub fn iter_participants(client: &Client) -> Result<Everyone, Error> {
    let mut participants = client.iter_participants(&meeting());
    let numbers =
        participants.by_ref().map(|participant| Ok(number(participant?.id()))).collect::<Result<_, Error>>()?;
    Ok(Everyone {
        method: "iter_participants",
        numbers,
        total_count: participants.total_count(),
        is_complete: participants.is_complete(),
    })
}

/// A method that asks for everyone.
pub type Method = fn(&Client) -> Result<Everyone, Error>;

pub const METHODS: [Method; 2] = [get_participants, iter_participants];
