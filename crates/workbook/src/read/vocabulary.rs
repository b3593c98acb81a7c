//! The words of the field: what sheets and columns are called in English, Spanish and German.
//!
//! Plain tables. A phrase matches a heading that contains all its words in any order; accents, case, punctuation and plural
//! are folded away first, so one spelling per phrase is enough.
//!
//! **Invariant:** within a kind of sheet no two columns share a phrase.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::fold::words;

mod columns;
mod phrases;
mod sheets;

use columns::{AREAS, CALENDAR, CAPABILITIES, CHANGEOVERS, FAMILIES, LINES, MODELS, ROUTINGS, VOLUMES};
use phrases::{DAYS, VOLUME};
pub(super) use sheets::{COPY_WORDS, DAY_MARKS, FILLER_WORDS, RESULT_WORDS, UNIT_WORDS, sheet_names};

/// What a sheet holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Lines,
    Models,
    Capabilities,
    Volumes,
    Areas,
    Routings,
    Changeovers,
    Calendar,
    /// Shape B: one process step of a family in an area per row.
    Families,
}

impl Kind {
    pub(super) const ALL: [Kind; 9] = [
        Kind::Lines,
        Kind::Models,
        Kind::Capabilities,
        Kind::Volumes,
        Kind::Areas,
        Kind::Routings,
        Kind::Changeovers,
        Kind::Calendar,
        Kind::Families,
    ];

    /// The kind of this name.
    pub(super) fn of_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Lines => "lines",
            Kind::Models => "models",
            Kind::Capabilities => "compatibilities",
            Kind::Volumes => "volumes",
            Kind::Areas => "areas",
            Kind::Routings => "routings",
            Kind::Changeovers => "changeovers",
            Kind::Calendar => "calendar",
            Kind::Families => "family steps",
        }
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Field {
    Name,
    Code,
    Plant,
    Area,
    AvailableTime,
    Efficiency,
    Overtime,
    Maintenance,
    Active,
    ShiftPattern,
    OpeningCost,
    Customer,
    Program,
    Family,
    AnnualVolume,
    OperatingDays,
    Weight,
    Tier,
    UnitValue,
    Currency,
    ProgramStart,
    ProgramEnd,
    Line,
    Model,
    CycleTime,
    Priority,
    Yield,
    PiecesPerPanel,
    MinimumLot,
    ApprovedFrom,
    ApprovedTo,
    Approved,
    Period,
    Volume,
    Order,
    Passes,
    Predecessors,
    From,
    To,
    Minutes,
    Side,
    LineList,
    Quantity,
    Remark,
}

impl Field {
    /// A field of some kind of sheet by its name; equal names mean the same.
    pub(super) fn of_name(name: &str) -> Option<Field> {
        let all = Kind::ALL.into_iter().flat_map(|kind| headings(kind).iter().map(|heading| heading.field));
        all.into_iter().find(|field| field.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Code => "code",
            Field::Plant => "plant",
            Field::Area => "area",
            Field::AvailableTime => "available time per day",
            Field::Efficiency => "efficiency",
            Field::Overtime => "overtime hours per day",
            Field::Maintenance => "planned maintenance hours per period",
            Field::Active => "active",
            Field::ShiftPattern => "shift pattern",
            Field::OpeningCost => "opening cost",
            Field::Customer => "customer",
            Field::Program => "program",
            Field::Family => "family",
            Field::AnnualVolume => "annual volume",
            Field::OperatingDays => "operating days",
            Field::Weight => "weight",
            Field::Tier => "tier",
            Field::UnitValue => "unit value",
            Field::Currency => "currency",
            Field::ProgramStart => "program start",
            Field::ProgramEnd => "program end",
            Field::Line => "line",
            Field::Model => "model",
            Field::CycleTime => "cycle time",
            Field::Priority => "priority",
            Field::Yield => "yield",
            Field::PiecesPerPanel => "pieces per panel",
            Field::MinimumLot => "minimum lot",
            Field::ApprovedFrom => "approved from",
            Field::ApprovedTo => "approved to",
            Field::Approved => "approved",
            Field::Period => "period",
            Field::Volume => "volume",
            Field::Order => "order",
            Field::Passes => "passes",
            Field::Predecessors => "predecessor areas",
            Field::From => "from family or model",
            Field::To => "to family or model",
            Field::Minutes => "minutes",
            Field::Side => "side",
            Field::LineList => "compatible lines",
            Field::Quantity => "quantity per product",
            Field::Remark => "remark (not used)",
        }
    }
}

/// A column that a kind of sheet may have.
pub(super) struct Heading {
    pub field: Field,
    pub required: bool,
    pub phrases: &'static [&'static str],
}

/// The columns of a kind of sheet.
pub(super) fn headings(kind: Kind) -> &'static [Heading] {
    match kind {
        Kind::Lines => LINES,
        Kind::Models => MODELS,
        Kind::Capabilities => CAPABILITIES,
        Kind::Volumes => VOLUMES,
        Kind::Areas => AREAS,
        Kind::Routings => ROUTINGS,
        Kind::Changeovers => CHANGEOVERS,
        Kind::Calendar => CALENDAR,
        Kind::Families => FAMILIES,
    }
}

/// A phrase, ready to be matched.
pub(super) struct Phrase {
    pub kind: Kind,
    pub field: Field,
    pub stems: Vec<String>,
}

/// Every column phrase, found by any of its words.
pub(super) struct Phrases {
    pub all: Vec<Phrase>,
    pub by_first_stem: HashMap<String, Vec<usize>>,
}

/// The phrases of all kinds.
pub(super) static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let mut all = Vec::new();
    let mut by_first_stem: HashMap<String, Vec<usize>> = HashMap::new();
    for kind in Kind::ALL {
        for heading in headings(kind) {
            for phrase in heading.phrases {
                let stems = stems(phrase);
                by_first_stem.entry(stems[0].clone()).or_default().push(all.len());
                all.push(Phrase { kind, field: heading.field, stems });
            }
        }
    }
    Phrases { all, by_first_stem }
});

/// The words of a wide volume heading around its period.
pub(super) static VOLUME_STEMS: LazyLock<HashSet<String>> = LazyLock::new(|| VOLUME.iter().flat_map(|phrase| stems(phrase)).collect());

/// The words of an operating-days heading around its period.
pub(super) static DAYS_STEMS: LazyLock<HashSet<String>> = LazyLock::new(|| DAYS.iter().flat_map(|phrase| stems(phrase)).collect());

pub(super) fn stems(phrase: &str) -> Vec<String> {
    words(phrase).into_iter().map(|word| word.stem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_columns_of_a_kind_share_a_phrase() {
        for kind in Kind::ALL {
            let mut seen: HashMap<Vec<String>, Field> = HashMap::new();
            for phrase in PHRASES.all.iter().filter(|phrase| phrase.kind == kind) {
                let mut stems = phrase.stems.clone();
                stems.sort();
                let field = *seen.entry(stems).or_insert(phrase.field);
                assert_eq!(field, phrase.field, "{kind:?}: {:?}", phrase.stems);
            }
        }
    }
}
