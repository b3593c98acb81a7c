//! Two people changed one scenario: what it was, what one made of it, what the other did, and what of it goes together.
//!
//! Entries of lists are told apart by what they are about (their line, item, periods), so that changes of different lines go together and two
//! changes of one line are a conflict.
//!
//! **Invariant:** merging is pure. **Invariant:** what both left as it was stays; what only one changed is taken; what both changed alike is
//! no conflict.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::scenarios::content::LISTS;

/// What somebody wants a scenario to say, who read it at an earlier version.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ScenarioMergeAsked, example = json!({ "base": 1, "mine": { "operating_days": [{ "days_per_year": 288 }] } }))]
pub struct MergeAsked {
    /// The version that it was read at.
    #[schema(example = 1, minimum = 1)]
    pub base: i64,
    /// Its lists of changes and parameters as they should be; members that are absent are as they were.
    #[schema(value_type = Object)]
    pub mine: Map<String, Value>,
}

/// What became of something that somebody changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ScenarioMergeFrom)]
pub enum From {
    /// Only the present version changed it.
    Theirs,
    /// Only the asker changes it.
    Mine,
    /// Both changed it alike.
    Both,
    /// Both changed it, and differently.
    Conflict,
}

/// Something that one or both changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ScenarioDifference)]
pub struct Difference {
    /// The member: `line_changes`, or `parameters/balance`.
    #[schema(example = "line_changes")]
    pub member: String,
    /// What the entry is about, for entries of lists.
    #[schema(value_type = Option<Object>)]
    pub about: Option<Value>,
    /// As it was; null for nothing.
    #[schema(value_type = Option<Object>)]
    pub base: Value,
    /// As the present version has it; null for nothing.
    #[schema(value_type = Option<Object>)]
    pub theirs: Value,
    /// As the asker wants it; null for nothing.
    #[schema(value_type = Option<Object>)]
    pub mine: Value,
    /// Whose it is.
    pub from: From,
}

/// What goes together and what does not.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ScenarioMerge)]
pub struct Merged {
    /// The version that the asker read.
    #[schema(example = 1)]
    pub base: i64,
    /// The present version: the ETag for sending `merged`.
    #[schema(example = 3)]
    pub theirs: i64,
    /// Everything that differs from the base in either.
    pub differences: Vec<Difference>,
    /// How many of them are conflicts; in `merged` those are as the present version has them.
    pub conflicts: usize,
    /// Lists and parameters with both's changes, to be sent with `PATCH`.
    #[schema(value_type = Object)]
    pub merged: Map<String, Value>,
}

/// Merges contents of scenarios: `base` and `theirs` whole, `mine` as far as it says something.
pub fn merge(base: &Map<String, Value>, theirs: &Map<String, Value>, mine: &Map<String, Value>) -> (Vec<Difference>, Map<String, Value>) {
    let mut differences = Vec::new();
    let mut merged = Map::new();
    for member in LISTS {
        let list = |of: &Map<String, Value>| of.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
        let (was, now) = (list(base), list(theirs));
        let wanted = if mine.contains_key(member) { list(mine) } else { was.clone() };
        merged.insert(member.into(), Value::Array(lists(member, &was, &now, &wanted, &mut differences)));
    }
    let object = |of: &Map<String, Value>| of.get("parameters").and_then(Value::as_object).cloned().unwrap_or_default();
    let (was, now) = (object(base), object(theirs));
    let wanted = if mine.contains_key("parameters") { object(mine) } else { was.clone() };
    let parameters = parameters(&was, &now, &wanted, &mut differences);
    merged.insert("parameters".into(), if parameters.is_empty() { Value::Null } else { Value::Object(parameters) });
    (differences, merged)
}

/// Members that say what an entry is about; the others say what is changed.
fn is_about(member: &str) -> bool {
    member.ends_with("_id") && !matches!(member, "shift_pattern_id" | "like_line_id")
        || matches!(member, "name" | "new_line" | "step" | "from_period" | "to_period")
}

fn about(entry: &Value) -> Value {
    let members = entry.as_object().into_iter().flatten().filter(|(member, value)| is_about(member) && !value.is_null());
    Value::Object(members.map(|(member, value)| (member.clone(), value.clone())).collect())
}

/// An entry without what it does not say, so that a form that writes nulls and one that does not agree.
fn said(entry: &Value) -> Value {
    match entry {
        Value::Object(members) => {
            Value::Object(members.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        other => other.clone(),
    }
}

/// Entries with what tells them apart: what they are about, and which of several about the same it is.
fn keyed(entries: &[Value]) -> Vec<(String, Value)> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    entries
        .iter()
        .map(|entry| {
            let about = about(entry).to_string();
            let nth = seen.entry(about.clone()).or_default();
            let key = format!("{about}#{nth}");
            *nth += 1;
            (key, said(entry))
        })
        .collect()
}

fn lists(member: &str, was: &[Value], now: &[Value], wanted: &[Value], differences: &mut Vec<Difference>) -> Vec<Value> {
    let (was, now, wanted) = (keyed(was), keyed(now), keyed(wanted));
    fn by_key(of: &[(String, Value)]) -> BTreeMap<&str, &Value> {
        of.iter().map(|(key, entry)| (key.as_str(), entry)).collect()
    }
    let (in_was, in_now, in_wanted) = (by_key(&was), by_key(&now), by_key(&wanted));
    let mut merged = Vec::new();
    let mut done = BTreeSet::new();
    // The order of the present version, then what the asker adds, then what only the base had.
    for (key, entry) in now.iter().chain(&wanted).chain(&was) {
        if !done.insert(key.as_str()) {
            continue;
        }
        let of = |of: &BTreeMap<&str, &Value>| of.get(key.as_str()).map_or(Value::Null, |entry| (*entry).clone());
        let (chosen, difference) = three_ways(of(&in_was), of(&in_now), of(&in_wanted));
        if let Some((base, theirs, mine, from)) = difference {
            differences.push(Difference { member: member.to_owned(), about: Some(about(entry)), base, theirs, mine, from });
        }
        if !chosen.is_null() {
            merged.push(chosen);
        }
    }
    merged
}

fn parameters(
    was: &Map<String, Value>,
    now: &Map<String, Value>,
    wanted: &Map<String, Value>,
    differences: &mut Vec<Difference>,
) -> Map<String, Value> {
    let names: BTreeSet<&String> = was.keys().chain(now.keys()).chain(wanted.keys()).collect();
    let mut merged = Map::new();
    for name in names {
        let of = |of: &Map<String, Value>| of.get(name).cloned().unwrap_or(Value::Null);
        let (chosen, difference) = three_ways(of(was), of(now), of(wanted));
        if let Some((base, theirs, mine, from)) = difference {
            differences.push(Difference { member: format!("parameters/{name}"), about: None, base, theirs, mine, from });
        }
        if !chosen.is_null() {
            merged.insert(name.clone(), chosen);
        }
    }
    merged
}

type Differs = (Value, Value, Value, From);

fn three_ways(was: Value, now: Value, wanted: Value) -> (Value, Option<Differs>) {
    let from = match (now == was, wanted == was) {
        (true, true) => return (was, None),
        (false, true) => From::Theirs,
        (true, false) => From::Mine,
        (false, false) if now == wanted => From::Both,
        (false, false) => From::Conflict,
    };
    let chosen = if from == From::Mine { wanted.clone() } else { now.clone() };
    (chosen, Some((was, now, wanted, from)))
}

/// What is wrong with what somebody wants a scenario to say: members that no content has, and values that are no lists or no parameters. Taken for
/// empty ones they would take everything away.
pub fn strange(mine: &Map<String, Value>) -> Vec<String> {
    let is_known = |member: &str, value: &Value| match value {
        Value::Array(_) => LISTS.contains(&member),
        Value::Object(_) => member == "parameters",
        other => other.is_null() && (member == "parameters" || LISTS.contains(&member)),
    };
    mine.iter().filter(|(member, value)| !is_known(member, value)).map(|(member, _)| member.clone()).collect()
}

/// The content of a version as members.
pub fn members(content: Option<Value>) -> Map<String, Value> {
    match content {
        Some(Value::Object(members)) => members,
        _ => json!({}).as_object().cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: Value) -> Map<String, Value> {
        members(Some(value))
    }

    #[track_caller]
    fn check(base: Value, theirs: Value, mine: Value, expected: Value, conflicts: usize) {
        let (differences, merged) = merge(&of(base), &of(theirs), &of(mine));
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(&merged[member], value, "{member}");
        }
        assert_eq!(differences.iter().filter(|one| one.from == From::Conflict).count(), conflicts, "{differences:#?}");
    }

    #[test]
    fn changes_of_different_lines_go_together() {
        let change = |line: &str, hours: &str| json!({ "line_id": line, "more_hours_per_day": hours });
        check(
            json!({ "line_changes": [change("a", "1")] }),
            json!({ "line_changes": [change("a", "1"), change("b", "2")] }),
            json!({ "line_changes": [change("c", "3"), change("a", "1")] }),
            json!({ "line_changes": [change("a", "1"), change("b", "2"), change("c", "3")] }),
            0,
        );
    }

    #[test]
    fn two_changes_of_one_line_are_a_conflict_and_equal_ones_are_not() {
        let change = |hours: &str| json!({ "line_changes": [{ "line_id": "a", "from_period": null, "more_hours_per_day": hours }] });
        check(change("1"), change("2"), change("3"), change_without_nulls("2"), 1);
        check(change("1"), change("2"), change("2"), change_without_nulls("2"), 0);
        check(change("1"), change("1"), json!({ "line_changes": [] }), json!({ "line_changes": [] }), 0);
        check(change("1"), change("2"), json!({ "line_changes": [] }), change_without_nulls("2"), 1);
        check(change("1"), change("2"), json!({}), change_without_nulls("2"), 0);
    }

    fn change_without_nulls(hours: &str) -> Value {
        json!({ "line_changes": [{ "line_id": "a", "more_hours_per_day": hours }] })
    }

    /// As many as a request holds: each is looked for among the others, which is nothing to wait for.
    #[test]
    fn many_entries_about_the_same_are_told_apart_by_their_order() {
        let many: Vec<Value> = (0..50_000).map(|pct| json!({ "relative_pct": pct.to_string() })).collect();
        let (few, mine) = (json!({ "demand_changes": many[..2] }), json!({ "demand_changes": many }));
        check(few.clone(), few, mine.clone(), mine, 0);
    }

    #[test]
    fn parameters_are_merged_one_by_one() {
        check(
            json!({ "parameters": null }),
            json!({ "parameters": { "balance": "max" } }),
            json!({ "parameters": { "weight": "units" } }),
            json!({ "parameters": { "balance": "max", "weight": "units" } }),
            0,
        );
        check(
            json!({ "parameters": { "balance": "max" } }),
            json!({ "parameters": { "balance": "off" } }),
            json!({ "parameters": { "balance": "leximin" } }),
            json!({ "parameters": { "balance": "off" } }),
            1,
        );
    }
}
