//! Where the participants of a page and their fields are in its text.

use std::ops::Range;

use super::Field;

/// The participants of a page, by their positions in its text.
///
/// They are a tenth of the memory of a million participants, so they are kept small: 32 bytes a participant.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    rows: Vec<Row>,
    /// The values that are too far from the start of their participant, or too long, for a [`Position`].
    far: Vec<Span>,
    /// Where the list of participants ends.
    end: u32,
}

/// A participant.
#[derive(Debug)]
pub(crate) struct Row {
    pub start: u32,
    /// In the order of [`Field`].
    fields: [Position; Field::COUNT],
}

/// Where a value is: 15 bits of distance from the start of its participant and 16 bits of length. With the highest
/// bit set, an index of [`Rows::far`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position(u32);

/// A part of a page's text. Bodies are limited to 64 MiB, so 32 bits are enough.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Position {
    /// There is no value.
    pub const ABSENT: Position = Position(u32::MAX);
    const FAR: u32 = 1 << 31;
}

impl Row {
    /// A participant without values, which begins here.
    pub fn new(start: u32) -> Self {
        Row { start, fields: [Position::ABSENT; Field::COUNT] }
    }

    pub fn set(&mut self, field: Field, value: Position) {
        if let Some(position) = self.fields.get_mut(field as usize) {
            *position = value;
        }
    }

    pub fn has_id(&self) -> bool {
        self.fields.get(Field::Id as usize).is_some_and(|id| *id != Position::ABSENT)
    }
}

impl Rows {
    pub fn with_capacity(rows: usize) -> Self {
        Rows { rows: Vec::with_capacity(rows), ..Rows::default() }
    }

    /// The position of a value of the participant that begins at `row`.
    pub fn position(&mut self, row: u32, value: Span) -> Position {
        let (distance, length) = (value.start.wrapping_sub(row), value.end.wrapping_sub(value.start));
        if distance < 1 << 15 && length < 1 << 16 {
            return Position(distance << 16 | length);
        }
        self.far.push(value);
        Position(Position::FAR | (self.far.len() - 1) as u32)
    }

    pub fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Notes where the list ends. Nothing is pushed after that.
    pub fn finish(&mut self, end: u32) {
        self.end = end;
        self.rows.shrink_to_fit();
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Where the value of a field is; `None` if the participant has none.
    pub fn value(&self, row: usize, field: Field) -> Option<Span> {
        let row = self.rows.get(row)?;
        self.span(row, *row.fields.get(field as usize)?)
    }

    /// All values of all participants.
    pub fn values(&self) -> impl Iterator<Item = Span> {
        self.rows.iter().flat_map(|row| row.fields.iter().filter_map(|position| self.span(row, *position)))
    }

    /// From the start of the first of these participants to the start of what follows the last; `None` if the page does
    /// not have them all.
    pub fn elements(&self, rows: Range<u32>) -> Option<Span> {
        let start = self.rows.get(rows.start as usize)?.start;
        let end = match self.rows.get(rows.end as usize) {
            Some(next) => next.start,
            None => Some(self.end).filter(|_| rows.end as usize == self.rows.len())?,
        };
        Some(Span { start, end })
    }

    fn span(&self, row: &Row, position: Position) -> Option<Span> {
        match position {
            Position::ABSENT => None,
            Position(far) if far & Position::FAR != 0 => self.far.get((far & !Position::FAR) as usize).copied(),
            Position(near) => {
                let start = row.start + (near >> 16);
                Some(Span { start, end: start + (near & 0xffff) })
            }
        }
    }
}
