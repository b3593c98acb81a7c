//! Which sheet and which column means what, judged by words: the sheet's name and every row that could be its headings.
//!
//! Each of a sheet's first rows is scored against each kind of sheet; the best row of each kind is a [`Candidate`].
//! Which candidate is used depends on the other sheets and is decided in [`super::assemble`].
//!
//! **Invariant:** a column has one meaning and a meaning one column; ties go to the left.

use std::collections::{BTreeMap, HashMap};

use super::cells::{Sheet, Texts, Value};
use super::findings::letter;
use super::fold::{Word, collapse, words};
use super::mapping::{Wishes, column_of_letter, folded, signature};
use super::periods::{self, Written};
use super::vocabulary::{
    COPY_WORDS, DAY_MARKS, DAYS_STEMS, FILLER_WORDS, Field, Kind, PHRASES, RESULT_WORDS, UNIT_WORDS, VOLUME_STEMS, headings, sheet_names,
    stems,
};
use super::{RecognisedColumn, RecognisedSheet};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Role {
    Field(Field),
    /// The volume of a period, in a wide sheet.
    VolumeOf(Written),
    /// The operating days of a period, in a wide sheet.
    DaysOf(Written),
}

impl Role {
    /// Its name, as reports and mappings write it.
    pub(super) fn name(self) -> String {
        match self {
            Role::Field(field) => field.name().to_owned(),
            Role::VolumeOf(written) => format!("{VOLUME_OF}{}", show_written(written)),
            Role::DaysOf(written) => format!("{DAYS_OF}{}", show_written(written)),
        }
    }

    /// The role of this name.
    pub(super) fn of_name(name: &str) -> Option<Role> {
        if let Some(period) = name.strip_prefix(VOLUME_OF) {
            return periods::of_text(period).map(Role::VolumeOf);
        }
        if let Some(period) = name.strip_prefix(DAYS_OF) {
            return periods::of_text(period).map(Role::DaysOf);
        }
        Field::of_name(name).map(Role::Field)
    }
}

const VOLUME_OF: &str = "volume of ";
const DAYS_OF: &str = "operating days of ";

/// A headed column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub index: u32,
    pub heading: String,
    pub words: Vec<Word>,
    pub role: Option<Role>,
    /// It fits a meaning that another column took.
    pub repeats: Option<Field>,
    /// How well its heading says its meaning, 0 to 1; 1 where a person said it.
    pub confidence: f64,
}

/// A reading of a sheet.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub kind: Kind,
    /// Index of the row of headings; absent when only the sheet's name speaks for the kind.
    pub header: Option<usize>,
    pub columns: Vec<Column>,
    /// What the kind needs and the row does not have.
    pub missing: Vec<&'static str>,
    /// How well the sheet's name fits, 0 for not at all.
    pub name_score: i32,
    pub score: i32,
    /// A person said what the sheet holds.
    pub is_chosen: bool,
}

impl Candidate {
    pub(super) fn is_complete(&self) -> bool {
        self.header.is_some() && self.missing.is_empty()
    }

    pub(super) fn column(&self, field: Field) -> Option<&Column> {
        self.columns.iter().find(|column| column.role == Some(Role::Field(field)))
    }

    /// How sure its meaning is, 0 to 1.
    pub(super) fn confidence(&self) -> f64 {
        if self.is_chosen {
            return 1.0;
        }
        let sure: Vec<f64> = self.columns.iter().filter(|column| column.role.is_some()).map(|column| column.confidence).collect();
        if sure.is_empty() {
            return 0.0;
        }
        let required = headings(self.kind).iter().filter(|heading| heading.required).count().max(self.missing.len()).max(1);
        let whole = 1.0 - self.missing.len() as f64 / required as f64;
        let named = if self.name_score > 0 { 1.0 } else { 0.8 };
        sure.iter().sum::<f64>() / sure.len() as f64 * whole * named
    }

    pub(super) fn has_volumes(&self) -> bool {
        self.columns.iter().any(|column| matches!(column.role, Some(Role::VolumeOf(_))))
    }
}

/// Whether the name says that the sheet is an earlier answer.
pub(super) fn is_result(name: &str) -> bool {
    words(name).iter().any(|word| RESULT_WORDS.contains(&word.stem.as_str()))
}

/// Whether the name says that the sheet is a copy or a trial.
pub(super) fn is_copy(name: &str) -> bool {
    let words = words(name);
    // `Models (2)` is what Excel calls a copied sheet.
    let is_numbered = words.last().is_some_and(|word| word.aside && word.stem.bytes().all(|byte| byte.is_ascii_digit()));
    is_numbered || words.iter().any(|word| COPY_WORDS.contains(&word.stem.as_str()))
}

const MOST_COLUMNS: usize = 2_000;
const MOST_HEADING_LETTERS: usize = 80;
const NAME_BONUS: i32 = 25;
const MISSING_MALUS: i32 = 15;

/// The kinds that the sheet may be, best first; where a person said what it is, that alone.
pub(super) fn candidates(sheet: &Sheet, texts: &Texts, wishes: &Wishes) -> Vec<Candidate> {
    let rows: Vec<Vec<Column>> = (0..sheet.rows().min(super::cells::PREFACE_ROWS)).map(|row| headed_columns(sheet, row, texts)).collect();
    let wish = Wish::of(sheet, &rows, wishes);
    if wish.unwanted || (is_result(&sheet.name) && wish.kind.is_none()) {
        return Vec::new();
    }
    let scores: Vec<Vec<Scores>> = rows.iter().map(|row| row.iter().map(|column| phrase_scores(&column.words)).collect()).collect();
    let name = words(&sheet.name);
    let kinds = Kind::ALL.into_iter().filter(|kind| wish.kind.is_none_or(|chosen| chosen == *kind));
    let mut candidates: Vec<Candidate> = kinds.filter_map(|kind| best_row(kind, name_score(&name, kind), &rows, &scores, &wish)).collect();
    candidates.sort_by_key(|candidate| (-candidate.score, candidate.kind));
    candidates
}

type Scores = HashMap<(Kind, Field), i32>;

/// What a person said about one sheet, now or when a file had the same headings.
#[derive(Default)]
struct Wish {
    unwanted: bool,
    kind: Option<Kind>,
    header: Option<usize>,
    /// By the column's index.
    roles: BTreeMap<u32, Option<Role>>,
}

impl Wish {
    fn of(sheet: &Sheet, rows: &[Vec<Column>], wishes: &Wishes) -> Wish {
        let mut wish = Wish::remembered(rows, wishes);
        let Some(said) = wishes.mapping.sheets.get(&sheet.name) else { return wish };
        if let Some(meaning) = &said.meaning {
            wish.unwanted = meaning.is_empty();
            wish.kind = Kind::of_name(meaning);
        }
        if let Some(row) = said.header_row {
            wish.header = (0..rows.len()).find(|at| sheet.number(*at) == row);
        }
        for (letter, meaning) in &said.columns {
            if let Some(column) = column_of_letter(letter) {
                wish.roles.insert(column, meaning.as_deref().and_then(Role::of_name));
            }
        }
        wish
    }

    fn remembered(rows: &[Vec<Column>], wishes: &Wishes) -> Wish {
        if wishes.remembered.is_empty() {
            return Wish::default();
        }
        let known = rows.iter().enumerate().find_map(|(at, row)| {
            let signature = signature(row.iter().map(|column| column.heading.as_str()));
            Some((at, row, wishes.remembered.get(&signature)?))
        });
        let Some((at, row, known)) = known else { return Wish::default() };
        let role = |column: &Column| {
            let meaning = known.columns.get(&folded(&column.heading))?;
            Some((column.index, meaning.as_deref().and_then(Role::of_name)))
        };
        Wish {
            unwanted: known.meaning.is_empty(),
            kind: Kind::of_name(&known.meaning),
            header: Some(at),
            roles: row.iter().filter_map(role).collect(),
        }
    }
}

fn name_score(name: &[Word], kind: Kind) -> i32 {
    sheet_names(kind).iter().filter_map(|phrase| score(name, &stems(phrase))).max().unwrap_or(0)
}

fn best_row(kind: Kind, name_score: i32, rows: &[Vec<Column>], scores: &[Vec<Scores>], wish: &Wish) -> Option<Candidate> {
    let mut best: Option<Candidate> = None;
    let is_chosen = wish.kind.is_some();
    for (row, (columns, scores)) in rows.iter().zip(scores).enumerate().filter(|(row, _)| wish.header.is_none_or(|header| header == *row)) {
        let candidate = Candidate { is_chosen, ..judge(kind, name_score, row, columns, scores, &wish.roles) };
        let fits = candidate.is_plausible() || (is_chosen && columns.len() > 1);
        if fits && best.as_ref().is_none_or(|best| best.score < candidate.score) {
            best = Some(candidate);
        }
    }
    let by_name = || Candidate {
        kind,
        header: None,
        columns: Vec::new(),
        missing: headings(kind).iter().filter(|heading| heading.required).map(|heading| heading.field.name()).collect(),
        name_score,
        score: name_score - 100,
        is_chosen,
    };
    best.or_else(|| (name_score > 0 && kind != Kind::Families).then(by_name))
}

impl Candidate {
    /// A named sheet needs one column that fits; a sheet of any other name must look whole.
    fn is_plausible(&self) -> bool {
        let fields = self.columns.iter().filter(|column| !matches!(column.role, None | Some(Role::Field(Field::Remark)))).count();
        let required = headings(self.kind).iter().filter(|heading| heading.required).count();
        if self.name_score > 0 {
            fields > 0 && self.missing.len() < required.max(2)
        } else {
            let fewest = if required >= 2 || self.kind == Kind::Volumes { 2 } else { 3 };
            self.missing.is_empty() && fields >= fewest
        }
    }
}

fn judge(
    kind: Kind,
    name_score: i32,
    row: usize,
    columns: &[Column],
    scores: &[Scores],
    wished: &BTreeMap<u32, Option<Role>>,
) -> Candidate {
    let mut columns = columns.to_vec();
    let mut total = if name_score > 0 { NAME_BONUS + name_score.min(20) } else { 0 };
    let takes_periods = matches!(kind, Kind::Models | Kind::Volumes);
    for column in &mut columns {
        column.role = column.role.filter(|_| takes_periods);
        total += if column.role.is_some() { 8 } else { 0 };
    }
    let mut taken = Vec::new();
    for column in &mut columns {
        if let Some(role) = wished.get(&column.index) {
            column.role = *role;
            column.confidence = 1.0;
            taken.extend(role.and_then(|role| if let Role::Field(field) = role { Some(field) } else { None }));
            total += 20;
        }
    }
    let is_open = |column: &Column| column.role.is_none() && !wished.contains_key(&column.index);
    let mut offers: Vec<(i32, usize, Field)> = Vec::new();
    for (at, scores) in scores.iter().enumerate().filter(|(at, _)| is_open(&columns[*at])) {
        offers.extend(scores.iter().filter(|((of, _), _)| *of == kind).map(|((_, field), score)| (*score, at, *field)));
    }
    offers.sort_by_key(|(score, at, field)| (-score, *at, *field));
    for (score, at, field) in offers {
        if columns[at].role.is_some() {
            continue;
        }
        if field != Field::Remark && taken.contains(&field) {
            columns[at].repeats = columns[at].repeats.or(Some(field));
            continue;
        }
        columns[at].role = Some(Role::Field(field));
        columns[at].confidence = confidence(score, &columns[at].words);
        columns[at].repeats = None;
        taken.push(field);
        total += if field == Field::Remark { 0 } else { score.min(20) };
    }
    let mut candidate = Candidate { kind, header: Some(row), columns, missing: Vec::new(), name_score, score: 0, is_chosen: false };
    candidate.missing = missing(kind, &candidate);
    candidate.score = total - MISSING_MALUS * candidate.missing.len() as i32;
    candidate
}

/// The score as a share of what the heading would have if a phrase explained every word of it.
fn confidence(score: i32, words: &[Word]) -> f64 {
    let matters = |word: &&Word| {
        let stem = word.stem.as_str();
        !(word.aside || FILLER_WORDS.contains(&stem) || UNIT_WORDS.contains(&stem))
    };
    let whole: i32 = words.iter().filter(matters).map(|word| if is_general(&word.stem) { 5 } else { 10 }).sum();
    (f64::from(score) / f64::from(whole.max(5))).clamp(0.0, 1.0)
}

/// Words that fit any column.
fn is_general(stem: &str) -> bool {
    matches!(stem, "name" | "nombre" | "bezeichnung" | "code" | "codigo" | "id")
}

fn missing(kind: Kind, candidate: &Candidate) -> Vec<&'static str> {
    let has = |field| candidate.column(field).is_some();
    let mut missing: Vec<&'static str> =
        headings(kind).iter().filter(|heading| heading.required && !has(heading.field)).map(|heading| heading.field.name()).collect();
    match kind {
        Kind::Volumes => {
            if !has(Field::Model) && !has(Field::Family) && !has(Field::Name) {
                missing.push(Field::Model.name());
            }
            if !candidate.has_volumes() {
                missing.extend([Field::Period, Field::Volume].into_iter().filter(|field| !has(*field)).map(Field::name));
            }
        }
        Kind::Families if !has(Field::Family) && !has(Field::Model) => missing.push(Field::Family.name()),
        Kind::Routings if !has(Field::Family) && !has(Field::Model) => missing.push(Field::Model.name()),
        _ => {}
    }
    missing
}

fn headed_columns(sheet: &Sheet, row: usize, texts: &Texts) -> Vec<Column> {
    let mut columns = Vec::new();
    for cell in sheet.row(row).iter().take(MOST_COLUMNS) {
        let heading = collapse(&texts.show(cell.value)).into_owned();
        if heading.chars().count() > MOST_HEADING_LETTERS {
            continue;
        }
        let (words, role) = match cell.value {
            Value::Text(_) => {
                let words = words(&heading);
                let role = period_role(&words);
                (words, role)
            }
            // A bare year or a real date heads a column of volumes.
            value => (Vec::new(), periods::of_value(value, texts).map(Role::VolumeOf)),
        };
        let confidence = if role.is_some() { 1.0 } else { 0.0 };
        columns.push(Column { index: cell.column, heading, words, role, repeats: None, confidence });
    }
    columns
}

/// `2026`, `Volumen 2026`, `Mar-26`, `Dias Operacion 2027`: a period and at most words for volume or for days around it.
fn period_role(words: &[Word]) -> Option<Role> {
    if !words.iter().any(|word| word.stem.bytes().any(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let (mut volumes, mut days) = (false, false);
    let mut rest = Vec::new();
    for word in words {
        let stem = word.stem.as_str();
        if let Some(written) = period_word(stem) {
            rest.push(written);
        } else if VOLUME_STEMS.contains(stem) {
            volumes = true;
        } else if DAY_MARKS.contains(&stem) {
            days = true;
        } else if DAYS_STEMS.contains(stem) {
            // `Produccion` stands beside volumes and beside days and decides nothing.
        } else if !(word.aside || FILLER_WORDS.contains(&stem) || UNIT_WORDS.contains(&stem)) {
            rest.push(stem);
        }
    }
    let written = periods::of_words(&rest)?;
    match (volumes, days) {
        (true, true) => None,
        (_, true) => Some(Role::DaysOf(written)),
        _ => Some(Role::VolumeOf(written)),
    }
}

/// Words that belong to the period even where they are units elsewhere.
fn period_word(stem: &str) -> Option<&str> {
    let belongs =
        stem.bytes().all(|byte| byte.is_ascii_digit()) || matches!(stem, "w" | "kw" | "cw" | "sem" | "semana" | "week" | "year" | "ano");
    belongs.then_some(stem)
}

/// How well the heading fits each column of each kind.
fn phrase_scores(words: &[Word]) -> HashMap<(Kind, Field), i32> {
    let mut scores = HashMap::new();
    for word in words {
        for at in PHRASES.by_first_stem.get(&word.stem).into_iter().flatten() {
            let phrase = &PHRASES.all[*at];
            if let Some(found) = score(words, &phrase.stems) {
                let best = scores.entry((phrase.kind, phrase.field)).or_insert(found);
                *best = found.max(*best);
            }
        }
    }
    scores
}

/// 10 for each word of the phrase, less for each word that the phrase does not explain; nothing unless all its words are there and
/// they are at least half of what matters. Words that fit any column (`name`) count less on both sides.
fn score(words: &[Word], phrase: &[String]) -> Option<i32> {
    if !phrase.iter().all(|stem| words.iter().any(|word| word.stem == *stem)) {
        return None;
    }
    let mut total: i32 = phrase.iter().map(|stem| if is_general(stem) { 5 } else { 10 }).sum();
    let mut unexplained = 0;
    for word in words.iter().filter(|word| !phrase.contains(&word.stem)) {
        let stem = word.stem.as_str();
        if is_general(stem) {
            total -= 1;
        } else if !(word.aside || FILLER_WORDS.contains(&stem) || UNIT_WORDS.contains(&stem)) {
            total -= 3;
            unexplained += 1;
        }
    }
    (unexplained <= phrase.len() && total > 0).then_some(total)
}

/// What the report says of a sheet.
pub(super) fn describe(sheet: &Sheet, used: Option<&Candidate>, ignored: Option<String>) -> RecognisedSheet {
    let candidate = used.or(sheet.candidates.first());
    let columns = candidate.into_iter().flat_map(|candidate| &candidate.columns).map(|column| RecognisedColumn {
        letter: letter(column.index),
        heading: column.heading.clone(),
        meaning: used.and(column.role).map(Role::name),
        confidence: used.and(column.role).map(|_| rounded(column.confidence)),
    });
    let header = candidate.and_then(|candidate| candidate.header);
    RecognisedSheet {
        sheet: sheet.name.clone(),
        meaning: used.map(|candidate| candidate.kind.name().to_owned()),
        confidence: used.map(|candidate| rounded(candidate.confidence())),
        header_row: header.map(|row| sheet.number(row)),
        rows: used.and(header).map_or(0, |row| sheet.rows() - row - 1),
        columns: columns.collect(),
        ignored,
    }
}

/// To two places: more would pretend to know.
fn rounded(confidence: f64) -> f64 {
    (confidence * 100.0).round() / 100.0
}

pub(super) fn show_written(written: Written) -> String {
    match written {
        Written::Period(period) => period.label(),
        Written::Date(date) => date.to_string(),
    }
}
