//! The lists: what the participants of each kind look like. The same seed gives the same bytes.

use std::str::FromStr;

/// How a list is written. All kinds but `Alike` have the same participants, if `Escapes` has other names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Every participant has every field, and no text has escapes.
    Alike,
    /// Every 11th has neither name nor picture. Of the others, every 7th has a name with escapes and an emoji, and
    /// every 5th a name beyond ASCII.
    Mixed,
    /// `Mixed`, with an object that the library does not know in each participant.
    Nested,
    /// `Mixed`, with line breaks and indentation.
    Pretty,
    /// `Mixed`, with escapes in every name.
    Escapes,
    /// `Mixed`, with the fields of each participant in an order of their own.
    Shuffled,
}

impl Kind {
    pub const ALL: [Kind; 6] = [Kind::Alike, Kind::Mixed, Kind::Nested, Kind::Pretty, Kind::Escapes, Kind::Shuffled];
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Kind, String> {
        let found = Kind::ALL.into_iter().find(|kind| format!("{kind:?}").eq_ignore_ascii_case(name));
        found.ok_or_else(|| format!("no kind is called {name}"))
    }
}

pub struct List {
    pub participants: usize,
    pub kind: Kind,
    pub seed: u64,
}

impl List {
    /// The body of a page, which says that there are `total` participants.
    pub fn page(&self, page_no: usize, per_page: usize, total: usize) -> String {
        let start = (page_no.max(1) - 1).saturating_mul(per_page).min(self.participants);
        let end = (start + per_page).min(self.participants);
        let data: Vec<String> = (start..end).map(|index| self.participant(index)).collect();
        let paging = [("total_count", total), ("start_offset", start + 1), ("end_offset", end)];
        let paging: Vec<_> = paging.iter().map(|(name, number)| (*name, number.to_string())).collect();
        let envelope = [
            ("data", self.block('[', &data, ']', 1)),
            ("paging", self.object(&paging, 1)),
            ("success", "true".to_string()),
        ];
        self.object(&envelope, 0)
    }

    fn participant(&self, index: usize) -> String {
        let mut random = Random::new(self.seed, index);
        let mut fields = vec![("id", quoted(&random.uuid()))];
        let name = self.name(index, &mut random);
        if self.kind == Kind::Alike || index % 11 != 0 {
            fields.push(("name", quoted(&name)));
            fields.push(("picture", quoted(&format!("https://example.com/avatars/{index}.png"))));
        }
        fields.push(("custom_participant_id", quoted(&format!("user-{index}"))));
        fields.push(("preset_name", quoted("group_call_participant")));
        if self.kind == Kind::Nested {
            let device = format!(r#"{{"os":"linux","version":[6,1,{index}]}}"#);
            let meta = format!(r#"{{"device":{device},"flags":[true,false,null],"score":1.5e3}}"#);
            fields.push(("meta", meta));
        }
        let (day, hour) = (1 + random.below(28), random.below(23));
        let mut date = |hour| {
            let (minute, second, millis) = (random.below(60), random.below(60), random.below(1000));
            quoted(&format!("2026-03-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"))
        };
        fields.push(("created_at", date(hour)));
        fields.push(("updated_at", date(hour + 1)));
        if self.kind == Kind::Shuffled {
            for last in (1..fields.len()).rev() {
                fields.swap(last, random.below(last + 1));
            }
        }
        self.object(&fields, 2)
    }

    /// As it stands in JSON.
    fn name(&self, index: usize, random: &mut Random) -> String {
        let (first, last) = (random.one_of(FIRST_NAMES), random.one_of(LAST_NAMES));
        let beyond_ascii = random.one_of(NAMES_BEYOND_ASCII);
        if self.kind == Kind::Escapes || (self.kind != Kind::Alike && index % 7 == 0) {
            format!(r#"Zo\u00eb \"{first}\" {last} 😀 O\/Neil"#)
        } else if self.kind != Kind::Alike && index % 5 == 0 {
            beyond_ascii.to_string()
        } else {
            format!("{first} {last}")
        }
    }

    fn object(&self, fields: &[(&str, String)], depth: usize) -> String {
        let colon = if self.kind == Kind::Pretty { ": " } else { ":" };
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\"{colon}{value}")).collect();
        self.block('{', &fields, '}', depth)
    }

    fn block(&self, open: char, items: &[String], close: char, depth: usize) -> String {
        if self.kind != Kind::Pretty {
            return format!("{open}{}{close}", items.join(","));
        }
        let (inside, outside) = ("  ".repeat(depth + 1), "  ".repeat(depth));
        format!("{open}\n{inside}{}\n{outside}{close}", items.join(&format!(",\n{inside}")))
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// SplitMix64: each participant has a sequence of its own, so that pages are made in any order.
struct Random(u64);

impl Random {
    fn new(seed: u64, index: usize) -> Self {
        Random(mix(mix(seed) ^ index as u64))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_of(&mut self, texts: &'static str) -> &'static str {
        let count = texts.split(',').count();
        texts.split(',').nth(self.below(count)).expect("there are so many")
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            0x8000 | (b >> 48) & 0x3fff,
            b & 0xffff_ffff_ffff
        )
    }
}

fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

const FIRST_NAMES: &str =
    "Al,Bo,Amy,Jan,Cleo,Omar,Priya,Grace,Hannah,Mateus,Dorothy,Fiona Mae,Benjamin,Alexandra,Maximilian,Christopher";
const LAST_NAMES: &str = "Ng,Li,Kim,Ray,Diaz,Okoye,Moore,Hopper,Turing,Johnson,Kowalski,Lovelace,Fernandes,\
    van der Berg,Papadopoulos,Featherstonehaugh";
const NAMES_BEYOND_ASCII: &str =
    "José Ñandú,Zoë Müller,李小龍,Олександр Шевченко,محمد علي,Łukasz Żółć,佐藤 花子,Ngọc Ánh Nguyễn";
