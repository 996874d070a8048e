//! The fields of a participant that can be shown, filtered and sorted by.

use std::cmp::Ordering;
use std::str::FromStr;

use participants::Participant;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Id,
    Name,
    CustomParticipantId,
    PresetName,
    CreatedAt,
    UpdatedAt,
    Picture,
}

impl Column {
    pub const ALL: [Column; 7] = [
        Column::Id,
        Column::Name,
        Column::CustomParticipantId,
        Column::PresetName,
        Column::CreatedAt,
        Column::UpdatedAt,
        Column::Picture,
    ];

    /// What a table shows. Ids and times are long: in a narrow terminal they would leave no place for the rest.
    pub fn that_fit(width: Option<u16>) -> &'static [Column] {
        const USUAL: &[Column] =
            &[Column::Name, Column::PresetName, Column::CustomParticipantId, Column::Id, Column::CreatedAt];
        match width {
            Some(..100) => USUAL.get(..3),
            Some(100..130) => USUAL.get(..4),
            _ => None,
        }
        .unwrap_or(USUAL)
    }

    /// The name of the field in the service's JSON.
    pub fn name(self) -> &'static str {
        match self {
            Column::Id => "id",
            Column::Name => "name",
            Column::CustomParticipantId => "custom_participant_id",
            Column::PresetName => "preset_name",
            Column::CreatedAt => "created_at",
            Column::UpdatedAt => "updated_at",
            Column::Picture => "picture",
        }
    }

    pub fn value(self, participant: &Participant) -> Option<&str> {
        match self {
            Column::Id => Some(participant.id()),
            Column::Name => participant.name(),
            Column::CustomParticipantId => participant.custom_participant_id(),
            Column::PresetName => participant.preset_name(),
            Column::CreatedAt => participant.created_at(),
            Column::UpdatedAt => participant.updated_at(),
            Column::Picture => participant.picture(),
        }
    }
}

/// The name, or a short form of it.
impl FromStr for Column {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = match text.trim() {
            "custom_id" | "custom-id" => "custom_participant_id",
            "preset" => "preset_name",
            "created" => "created_at",
            "updated" => "updated_at",
            name => name,
        };
        let names = || Column::ALL.map(Column::name).join(", ");
        Column::ALL
            .into_iter()
            .find(|column| column.name() == name)
            .ok_or_else(|| format!("there is no column {name:?}; there are {}", names()))
    }
}

/// `COLUMN=VALUE`, `COLUMN!=VALUE`, or `COLUMN~TEXT`: holds this text, in any case.
#[derive(Debug, Clone)]
pub struct Filter {
    column: Column,
    test: Test,
    value: String,
}

#[derive(Debug, Clone, Copy)]
enum Test {
    Is,
    IsNot,
    Holds,
}

impl Filter {
    pub fn accepts(&self, participant: &Participant) -> bool {
        let value = self.column.value(participant).unwrap_or_default();
        match self.test {
            Test::Is => value == self.value,
            Test::IsNot => value != self.value,
            Test::Holds => value.to_lowercase().contains(&self.value.to_lowercase()),
        }
    }
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = text.find(['=', '!', '~']).ok_or("is not COLUMN=VALUE, COLUMN!=VALUE or COLUMN~TEXT")?;
        let (column, rest) = text.split_at(at);
        let tests = [("!=", Test::IsNot), ("=", Test::Is), ("~", Test::Holds)];
        let (value, test) = tests
            .into_iter()
            .find_map(|(sign, test)| Some((rest.strip_prefix(sign)?, test)))
            .ok_or("is not COLUMN=VALUE, COLUMN!=VALUE or COLUMN~TEXT")?;
        Ok(Filter { column: column.parse()?, test, value: value.to_string() })
    }
}

/// `COLUMN`, or `-COLUMN` for the other way round.
#[derive(Debug, Clone, Copy)]
pub struct SortKey {
    column: Column,
    descending: bool,
}

impl SortKey {
    /// Participants without a value come last.
    pub fn compare(&self, a: &Participant, b: &Participant) -> Ordering {
        match (self.column.value(a), self.column.value(b)) {
            (Some(a), Some(b)) if self.descending => b.cmp(a),
            (Some(a), Some(b)) => a.cmp(b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    }
}

impl FromStr for SortKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (column, descending) = match text.strip_prefix('-') {
            Some(column) => (column, true),
            None => (text, false),
        };
        Ok(SortKey { column: column.parse()?, descending })
    }
}
