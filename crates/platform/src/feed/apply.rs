//! `$apply`: sums, means and counts over the rows of a set, for programs that would read all of them only to add them up.
//!
//! ```text
//! apply     = [ "filter(" condition ")/" ] ( aggregate | "groupby((" property { "," property } ")" [ "," aggregate ] ")" )
//! aggregate = "aggregate(" one { "," one } ")"        one = "$count as" name | property "with" method "as" name
//! method    = sum | average | min | max | countdistinct
//! ```
//!
//! **Invariant:** what comes out holds only names of the set's columns, names that are letters, digits and underscores, and words of this module.

use super::filter::Wrong;
use super::schema::{Column, Table, Type};

/// The longest text (bytes), properties to group by, and things to make of each group, at most.
const LONGEST: usize = 16_000;
const MOST_GROUPS: usize = 12;
const MOST_MADE: usize = 20;
/// The longest name of what is made (bytes).
const LONGEST_NAME: usize = 60;

/// What is to be made of the rows.
#[derive(Debug)]
pub(super) struct Apply<'a> {
    /// Which rows count, in the words of `$filter`.
    pub filter: Option<&'a str>,
    /// One row of the answer for each different value of these; one row for all where there is none.
    pub by: Vec<&'a Column>,
    /// What is made of each group: its name and the expression over rows that the statement calls `v`.
    pub made: Vec<(String, String)>,
}

impl<'a> Apply<'a> {
    /// Reads what stands behind `$apply`.
    ///
    /// # Errors
    /// What is wrong with it, with the part it is in.
    pub fn read(text: &'a str, table: &'a Table) -> Result<Apply<'a>, Wrong> {
        if text.len() > LONGEST {
            return Err(format!("found {} bytes, expected at most {LONGEST}", text.len()));
        }
        let mut steps = parts(text, '/')?.into_iter();
        let mut step = steps.next().unwrap_or_default();
        let filter = inside(step, "filter");
        if filter.is_some() {
            step = steps.next().ok_or("expected groupby(…) or aggregate(…) behind filter(…)")?;
        }
        if let Some(more) = steps.next() {
            return Err(format!("found {} behind groupby(…) or aggregate(…), expected the end", short(more)));
        }
        let mut apply = Apply { filter, by: Vec::new(), made: Vec::new() };
        if let Some(all) = inside(step, "aggregate") {
            apply.aggregate(all, table)?;
        } else if let Some(groups) = inside(step, "groupby") {
            let mut words = parts(groups, ',')?.into_iter();
            let properties = words.next().and_then(|list| list.strip_prefix('(')?.strip_suffix(')'));
            apply.group(properties.ok_or("groupby: expected its properties in parentheses")?, table)?;
            if let Some(word) = words.next() {
                apply
                    .aggregate(inside(word, "aggregate").ok_or_else(|| format!("found {}, expected aggregate(…)", short(word)))?, table)?;
            }
            if let Some(more) = words.next() {
                return Err(format!("found {}, expected the end of groupby", short(more)));
            }
        } else {
            return Err(format!("found {}, expected filter(…), groupby((…),aggregate(…)) or aggregate(…)", short(step)));
        }
        Ok(apply)
    }

    /// The names of the answer's members, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by.iter().map(|column| column.name.as_str()).chain(self.made.iter().map(|(name, _)| name.as_str()))
    }

    fn group(&mut self, properties: &str, table: &'a Table) -> Result<(), Wrong> {
        for name in parts(properties, ',')? {
            let column = property(name, table)?;
            if !self.by.iter().any(|known| known.name == column.name) {
                self.by.push(column);
            }
        }
        let most = format!("groupby: found {} properties, expected at most {MOST_GROUPS}", self.by.len());
        if self.by.len() > MOST_GROUPS { Err(most) } else { Ok(()) }
    }

    fn aggregate(&mut self, all: &str, table: &Table) -> Result<(), Wrong> {
        for one in parts(all, ',')? {
            let words: Vec<&str> = one.split_whitespace().collect();
            let (expression, name) = match words[..] {
                ["$count", "as", name] => ("count(*)".to_owned(), name),
                [of, "with", method, "as", name] => (made(property(of, table)?, method)?, name),
                _ => return Err(format!("found {}, expected $count as name, or property with method as name", short(one))),
            };
            let is_plain = name.len() <= LONGEST_NAME
                && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
                && !name.starts_with(|letter: char| letter.is_ascii_digit());
            if !is_plain {
                return Err(format!("found the name {}, expected letters, digits and underscores, at most {LONGEST_NAME}", short(name)));
            }
            if self.names().any(|known| known == name) {
                return Err(format!("{name} twice"));
            }
            self.made.push((name.to_owned(), expression));
        }
        if self.made.len() > MOST_MADE { Err(format!("aggregate: expected at most {MOST_MADE}")) } else { Ok(()) }
    }
}

fn property<'a>(name: &str, table: &'a Table) -> Result<&'a Column, Wrong> {
    table.column(name).ok_or_else(|| format!("{} has no property {}", table.set.name, short(name)))
}

/// The expression of a method over a column.
fn made(column: &Column, method: &str) -> Result<String, Wrong> {
    let is_number = matches!(column.ty, Type::Int16 | Type::Int32 | Type::Int64 | Type::Decimal | Type::Double);
    let is_ordered = is_number || matches!(column.ty, Type::Text | Type::Date | Type::Instant);
    let (function, fits) = match method {
        "sum" => ("sum(", is_number),
        "average" => ("avg(", is_number),
        "min" => ("min(", is_ordered),
        "max" => ("max(", is_ordered),
        "countdistinct" => ("count(distinct ", true),
        other => return Err(format!("there is no method {}; there are sum, average, min, max and countdistinct", short(other))),
    };
    if !fits {
        return Err(format!("{method} cannot be made of {} (Edm.{})", column.name, column.ty.edm()));
    }
    Ok(format!("{function}v.\"{}\")", column.name))
}

/// What stands in the parentheses of `name(…)`, if that is all of it.
fn inside<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.trim().strip_prefix(name)?.trim_start().strip_prefix('(')?.strip_suffix(')').map(str::trim)
}

/// The parts between `separator`s that stand in no parentheses and in no text.
fn parts(text: &str, separator: char) -> Result<Vec<&str>, Wrong> {
    let (mut found, mut from, mut depth, mut in_text) = (Vec::new(), 0, 0_usize, false);
    for (place, letter) in text.char_indices() {
        match letter {
            '\'' => in_text = !in_text,
            _ if in_text => {}
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or_else(|| format!("at {}: a ) too many", place + 1))?,
            letter if letter == separator && depth == 0 => {
                found.push(text[from..place].trim());
                from = place + letter.len_utf8();
            }
            _ => {}
        }
    }
    if depth > 0 || in_text {
        return Err("it ends within parentheses or a text".into());
    }
    found.push(text[from..].trim());
    Ok(found)
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
