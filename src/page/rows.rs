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

#[derive(Debug)]
struct Row {
    start: u32,
    /// In the order of [`Field`].
    fields: [Position; Field::COUNT],
}

/// Where a value is: 15 bits of distance from the start of its participant and 16 bits of length. With the highest
/// bit set, an index of [`Rows::far`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position(u32);

/// A part of a page's text. Bodies are limited to 64 MiB, so 32 bits are enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// `None` if the text is too long for 32 bits.
    pub fn new(start: usize, end: usize) -> Option<Self> {
        Some(Span { start: start.try_into().ok()?, end: end.try_into().ok()? })
    }

    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Position {
    const ABSENT: Position = Position(u32::MAX);
    const FAR: u32 = 1 << 31;

    fn near(row: u32, value: Span) -> Option<Position> {
        let distance = u16::try_from(value.start.checked_sub(row)?).ok().filter(|distance| *distance < 1 << 15)?;
        let length = u16::try_from(value.end.checked_sub(value.start)?).ok()?;
        Some(Position(u32::from(distance) << 16 | u32::from(length)))
    }
}

impl Rows {
    pub fn with_capacity(rows: usize) -> Self {
        Rows { rows: Vec::with_capacity(rows), ..Rows::default() }
    }

    pub fn push(&mut self, start: u32, fields: [Option<Span>; Field::COUNT]) {
        let fields = fields.map(|value| match value {
            None => Position::ABSENT,
            Some(value) => Position::near(start, value).unwrap_or_else(|| {
                self.far.push(value);
                Position(Position::FAR | (self.far.len() - 1) as u32)
            }),
        });
        self.rows.push(Row { start, fields });
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
