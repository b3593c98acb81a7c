//! Rows of the sheet of changeovers.
//!
//! A row may be for one line, for all lines, or for the lines of a plant; where all plants say the same it is one entry.
//!
//! **Invariant:** a pair of models or families has one time for a line.

use std::collections::{BTreeMap, HashMap};

use line_plan::{Changeover, ChangeoverKey};

use super::draft::{Draft, Origin};
use super::findings::Findings;
use super::fold::{fold, words};
use super::table::{Noted, Rule, Table};
use super::vocabulary::Field;

/// Whose minutes a row gives, comparable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Any,
    Family(String),
    Model(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Where {
    Everywhere,
    Plant(usize),
    Line(usize),
}

/// Adds the changeovers of a sheet.
pub(super) fn read_changeovers(table: &Table<'_>, draft: &mut Draft, findings: &mut Findings) {
    let families: HashMap<String, String> =
        draft.models.iter().filter(|model| !model.family.is_empty()).map(|model| (fold(&model.family), model.family.clone())).collect();
    let mut entries: BTreeMap<(Key, Key), Vec<Time>> = BTreeMap::new();
    let mut first_rows: HashMap<(Key, Key, Where), u32> = HashMap::new();
    for row in table.rows(Field::From, findings) {
        let from = read_key(table, row, Field::From, &families, draft, findings);
        let to = read_key(table, row, Field::To, &families, draft, findings);
        let minutes = table.required_number(row, Field::Minutes, Rule::MEASURE, findings);
        let place = read_where(table, row, draft, findings);
        let (Ok(from), Ok(to), Ok(minutes), Ok(place)) = (from, to, minutes, place) else { continue };
        if let Some(first) = first_rows.insert((from.clone(), to.clone(), place), table.number_of(row)) {
            let found = format!("{} to {}", table.remark(row, Field::From), table.remark(row, Field::To));
            let message = format_args!("the changeover {found} stands already in row {first}");
            findings.error("duplicate", table.place(row, Field::From), &found, "each pair once", message);
            continue;
        }
        entries.entry((from, to)).or_default().push(Time { place, minutes, origin: table.origin(row) });
    }
    for ((from, to), times) in entries {
        push(&from, &to, times, draft);
    }
}

fn read_key(
    table: &Table<'_>,
    row: usize,
    field: Field,
    families: &HashMap<String, String>,
    draft: &mut Draft,
    findings: &mut Findings,
) -> Result<Key, Noted> {
    let Some(name) = table.text(row, field, findings)? else { return Ok(Key::Any) };
    let heading = table.column(field).map_or("", |column| table.heading(column));
    let says_family = words(heading).iter().any(|word| matches!(word.stem.as_str(), "family" | "familia" | "familie"));
    let model = draft.model_names.find(&name).map(Key::Model);
    let family = families.get(&fold(&name)).map(|family| Key::Family(family.clone()));
    let key = if says_family { family.or(model) } else { model.or(family) };
    if let Some(key) = key {
        return Ok(key);
    }
    if matches!(fold(&name).as_str(), "*" | "any" | "all" | "default" | "cualquiera" | "todos" | "todas" | "alle" | "beliebig" | "standard")
    {
        return Ok(Key::Any);
    }
    let suggestion = draft.model_names.suggestion(&name);
    let message = format_args!("'{name}' is neither a family nor a model of this workbook{suggestion}");
    // A family that has no model today changes nothing; it is worth a look, not a stop.
    findings.warning("unknown_family", table.place(row, field), &name, "a family or model", message);
    Err(Noted)
}

fn read_where(table: &Table<'_>, row: usize, draft: &mut Draft, findings: &mut Findings) -> Result<Where, Noted> {
    let plant = draft.plant_of_row(table, row, findings)?;
    match table.text(row, Field::Line, findings)? {
        Some(line) if !matches!(fold(&line).as_str(), "*" | "all" | "todas" | "alle") => {
            draft.line(&line, plant, table, row, Field::Line, findings).map(Where::Line)
        }
        _ => Ok(plant.map_or(Where::Everywhere, Where::Plant)),
    }
}

/// A time of a pair.
#[derive(Debug, Clone, Copy)]
struct Time {
    place: Where,
    minutes: f64,
    origin: Origin,
}

fn push(from: &Key, to: &Key, times: Vec<Time>, draft: &mut Draft) {
    let by_plant: Vec<(usize, Time)> =
        times.iter().filter_map(|time| if let Where::Plant(plant) = time.place { Some((plant, *time)) } else { None }).collect();
    let all_same = by_plant.len() == draft.plants.len() && by_plant.windows(2).all(|pair| pair[0].1.minutes == pair[1].1.minutes);
    let has_default = times.iter().any(|time| time.place == Where::Everywhere);
    let Draft { changeovers, changeover_origins, lines, .. } = draft;
    let mut add = |time: &Time, line| {
        changeovers.push(Changeover { from: public(from), to: public(to), minutes: time.minutes, line });
        changeover_origins.push(time.origin);
    };
    if all_same && !has_default {
        add(&by_plant[0].1, None);
    }
    for time in &times {
        match time.place {
            Where::Everywhere => add(time, None),
            Where::Line(line) => add(time, Some(line)),
            Where::Plant(_) if all_same && !has_default => {}
            Where::Plant(plant) => {
                let has_own = |line: usize| times.iter().any(|time| time.place == Where::Line(line));
                (0..lines.len()).filter(|line| lines[*line].plant == plant && !has_own(*line)).for_each(|line| add(time, Some(line)));
            }
        }
    }
}

fn public(key: &Key) -> ChangeoverKey {
    match key {
        Key::Any => ChangeoverKey::Any,
        Key::Family(family) => ChangeoverKey::Family(family.clone()),
        Key::Model(model) => ChangeoverKey::Model(*model),
    }
}
