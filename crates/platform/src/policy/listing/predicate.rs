//! A condition over rows as SQL: what is known before is decided, what remains is bound.
//!
//! **Invariant:** and, or and if stop where Cedar stops; what Cedar cannot evaluate is null, and only where it is reached.

use std::collections::BTreeMap;

use cedar_policy::{EvalResult, Expression};
use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Column, Holding, How, Known, Node, Operand, Sort, Source};
use crate::ids::PlantId;
use crate::policy::language::entity_type;
use crate::resource::{Kind, Within};

/// A value that a predicate is given.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    /// A text.
    Text(String),
    /// Texts.
    Texts(Vec<String>),
    /// A whole number.
    Long(i64),
    /// Whole numbers.
    Longs(Vec<i64>),
    /// Yes or no.
    Boolean(bool),
    /// A decimal number.
    Decimal(Decimal),
    /// An instant.
    Instant(Timestamp),
    /// An identifier.
    Identifier(Uuid),
    /// Identifiers.
    Identifiers(Vec<Uuid>),
}

/// What a condition comes to for one who asks.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::policy) enum Term {
    True,
    False,
    /// Cedar cannot evaluate it, whatever the row.
    Fails,
    /// That of the row; null where Cedar cannot evaluate it.
    Row {
        sql: String,
        may_fail: bool,
    },
}

/// What a condition is asked with.
pub(in crate::policy) trait Asking {
    /// What an expression that does not depend on the row is; nothing where it cannot be evaluated.
    fn known(&self, expression: &Expression) -> Option<EvalResult>;
    /// A parameter's place in the statement.
    fn give(&mut self, parameter: Parameter) -> String;
    /// The kind of record.
    fn kind(&self) -> &'static Kind;
    /// Code, zone, minute of the day and weekday at each plant, and where there is none.
    fn places(&self) -> (Vec<(PlantId, Here)>, Here);
}

/// What a plant decides about time and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::policy) struct Here {
    pub code: String,
    pub zone: String,
    pub minute_of_day: i64,
    pub weekday: i64,
}

impl Node {
    /// What it comes to, over the row `t`.
    pub(in crate::policy) fn term(&self, asking: &mut dyn Asking) -> Term {
        match self {
            Node::Always(truth) => truth_of(*truth),
            Node::Known(known) => match asking.known(&known.0) {
                Some(EvalResult::Bool(truth)) => truth_of(truth),
                _ => Term::Fails,
            },
            Node::And(left, right) => match left.term(asking) {
                Term::True => right.term(asking),
                Term::Row { sql, may_fail } => join(sql, may_fail, right.term(asking), Joint::And),
                ended => ended,
            },
            Node::Or(left, right) => match left.term(asking) {
                Term::False => right.term(asking),
                Term::Row { sql, may_fail } => join(sql, may_fail, right.term(asking), Joint::Or),
                ended => ended,
            },
            Node::Not(inner) => match inner.term(asking) {
                Term::True => Term::False,
                Term::False => Term::True,
                Term::Fails => Term::Fails,
                Term::Row { sql, may_fail } => Term::Row { sql: format!("(not {sql})"), may_fail },
            },
            Node::If(condition, then, otherwise) => match condition.term(asking) {
                Term::True => then.term(asking),
                Term::False => otherwise.term(asking),
                Term::Fails => Term::Fails,
                Term::Row { sql, may_fail } => {
                    let (then, otherwise) = (then.term(asking), otherwise.term(asking));
                    let fails = [&then, &otherwise].iter().any(|term| matches!(term, Term::Fails | Term::Row { may_fail: true, .. }));
                    let (then, otherwise) = (text_of(then), text_of(otherwise));
                    let sql = format!("(case when {sql} is null then null when {sql} then {then} else {otherwise} end)");
                    Term::Row { sql, may_fail: may_fail || fails }
                }
            },
            Node::Compare { how, left, right } => compare(asking, *how, left, right),
            Node::Among { column, values } => among(asking, column, values),
            Node::Holds { column, how, values } => holds(asking, column, *how, values),
            Node::IsEmpty(column) => row(format!("(jsonb_array_length(t.{column}) = 0)")),
            Node::HasValue(column) => row(format!("(t.{column} is not null)")),
            Node::Truth(column) => row(column.sql(asking)),
            Node::Like { column, pattern } => {
                let (left, pattern) = (column.text(asking), asking.give(Parameter::Text(pattern.clone())));
                row(format!("({left} like {pattern})"))
            }
        }
    }
}

fn truth_of(truth: bool) -> Term {
    if truth { Term::True } else { Term::False }
}

fn row(sql: String) -> Term {
    Term::Row { sql, may_fail: false }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    And,
    Or,
}

/// `left && right` or `left || right` where the left side depends on the row. Cedar asks the left side first and stops where it decides; what cannot
/// be evaluated behind it counts only where it is reached.
fn join(left: String, may_fail: bool, right: Term, joint: Joint) -> Term {
    let (word, stops) = match joint {
        Joint::And => ("and", Term::False),
        Joint::Or => ("or", Term::True),
    };
    match right {
        Term::Row { sql, may_fail: other } if may_fail || other => {
            let sql = match joint {
                Joint::And => format!("(case when {left} is null then null when {left} then {sql} else false end)"),
                Joint::Or => format!("(case when {left} is null then null when {left} then true else {sql} end)"),
            };
            Term::Row { sql, may_fail: true }
        }
        Term::Row { sql, .. } => row(format!("({left} {word} {sql})")),
        Term::Fails => {
            let sql = match joint {
                Joint::And => format!("(case when {left} then null else {left} end)"),
                Joint::Or => format!("(case when {left} then true end)"),
            };
            Term::Row { sql, may_fail: true }
        }
        ended if ended == stops && !may_fail => ended,
        ended if ended == stops => Term::Row { sql: format!("(case when {left} is null then null else {} end)", text_of(ended)), may_fail },
        _ => Term::Row { sql: left, may_fail },
    }
}

fn text_of(term: Term) -> String {
    match term {
        Term::True => "true".into(),
        Term::False => "false".into(),
        Term::Fails => "null::boolean".into(),
        Term::Row { sql, .. } => sql,
    }
}

fn compare(asking: &mut dyn Asking, how: How, left: &Operand, right: &Operand) -> Term {
    let sign = match how {
        How::Equal => "=",
        How::Unequal => "<>",
        How::Less => "<",
        How::LessOrEqual => "<=",
        How::Greater => ">",
        How::GreaterOrEqual => ">=",
    };
    let (column, known, is_turned) = match (left, right) {
        (Operand::Row(left), Operand::Row(right)) => {
            let (left, right) = (left.comparable(asking), right.comparable(asking));
            return row(format!("({left} {sign} {right})"));
        }
        (Operand::Row(column), Operand::Known(known)) => (column, known, false),
        (Operand::Known(known), Operand::Row(column)) => (column, known, true),
        (Operand::Known(_), Operand::Known(_)) => return Term::Fails,
    };
    let Some(value) = asking.known(&known.0) else { return Term::Fails };
    match column.bound(&value, asking.kind()) {
        Bound::Value(parameter) => {
            let is_several = matches!(parameter, Parameter::Identifiers(_));
            let (column, value) = (column.sql(asking), asking.give(parameter));
            match is_several {
                true => row(format!("({column} = any ({value}))")),
                false if is_turned => row(format!("({value} {sign} {column})")),
                false => row(format!("({column} {sign} {value})")),
            }
        }
        // Of another form than any value of this member, so different from all of them.
        Bound::Foreign if how == How::Equal => Term::False,
        Bound::Foreign if how == How::Unequal => Term::True,
        Bound::Foreign | Bound::Fails => Term::Fails,
    }
}

fn among(asking: &mut dyn Asking, column: &Column, values: &Known) -> Term {
    let Some(EvalResult::Set(set)) = asking.known(&values.0) else { return Term::Fails };
    let kind = asking.kind();
    let (mut texts, mut longs, mut identifiers) = (Vec::new(), Vec::new(), Vec::new());
    for value in set.iter() {
        match column.bound(value, kind) {
            Bound::Value(Parameter::Text(text)) => texts.push(text),
            Bound::Value(Parameter::Long(long)) => longs.push(long),
            Bound::Value(Parameter::Identifier(identifier)) => identifiers.push(identifier),
            Bound::Foreign => {}
            Bound::Value(_) | Bound::Fails => return Term::Fails,
        }
    }
    let parameter = match column.sort {
        Sort::Long => Parameter::Longs(longs),
        Sort::Identifier | Sort::Entity => Parameter::Identifiers(identifiers),
        _ => Parameter::Texts(texts),
    };
    let (column, values) = (column.sql(asking), asking.give(parameter));
    row(format!("({column} = any ({values}))"))
}

fn holds(asking: &mut dyn Asking, column: &str, how: Holding, values: &Known) -> Term {
    let mut texts = Vec::new();
    match asking.known(&values.0) {
        Some(EvalResult::String(text)) if how == Holding::One => texts.push(text),
        Some(EvalResult::Set(set)) if how != Holding::One => {
            for value in set.iter() {
                let EvalResult::String(text) = value else { return Term::Fails };
                texts.push(text.clone());
            }
        }
        _ => return Term::Fails,
    }
    let sign = if how == Holding::Any { "?|" } else { "?&" };
    let values = asking.give(Parameter::Texts(texts));
    row(format!("(t.{column} {sign} {values})"))
}

/// A value as a member's column is compared with it.
enum Bound {
    Value(Parameter),
    /// Of a form that no value of the member has.
    Foreign,
    Fails,
}

impl Column {
    fn bound(&self, value: &EvalResult, kind: &'static Kind) -> Bound {
        let identifier = |text: &str| match Uuid::parse_str(text) {
            Ok(id) if id.to_string() == text => Some(id),
            _ => None,
        };
        match (self.sort, value) {
            (Sort::Text, EvalResult::String(text)) if text.contains('\0') => Bound::Foreign,
            (Sort::Text, EvalResult::String(text)) => Bound::Value(Parameter::Text(text.clone())),
            (Sort::Long, EvalResult::Long(number)) => Bound::Value(Parameter::Long(*number)),
            (Sort::Boolean, EvalResult::Bool(truth)) => Bound::Value(Parameter::Boolean(*truth)),
            (Sort::Decimal, EvalResult::ExtensionValue(text)) => {
                let digits = text.split('"').nth(1).unwrap_or(text);
                digits.parse().map_or(Bound::Fails, |number| Bound::Value(Parameter::Decimal(number)))
            }
            (Sort::Instant | Sort::Day, EvalResult::Long(milliseconds)) => match Timestamp::from_millisecond(*milliseconds) {
                Ok(at) => Bound::Value(Parameter::Instant(at)),
                Err(_) => Bound::Fails,
            },
            (Sort::Identifier, EvalResult::String(text)) => {
                identifier(text).map_or(Bound::Foreign, |id| Bound::Value(Parameter::Identifier(id)))
            }
            (Sort::Entity, EvalResult::EntityUid(uid)) => {
                let own = uid.type_name().to_string() == entity_type(kind);
                match identifier(uid.id().unescaped()).filter(|_| own) {
                    Some(id) => Bound::Value(Parameter::Identifier(id)),
                    None => Bound::Foreign,
                }
            }
            (Sort::Entity, EvalResult::Set(set)) => {
                let ids = set.iter().filter_map(|one| match self.bound(one, kind) {
                    Bound::Value(Parameter::Identifier(id)) => Some(id),
                    _ => None,
                });
                Bound::Value(Parameter::Identifiers(ids.collect()))
            }
            _ => Bound::Fails,
        }
    }

    fn sql(&self, asking: &mut dyn Asking) -> String {
        match (self.of, self.sort) {
            (Source::Own(name), Sort::Decimal) => format!("round(t.{name}, 4)"),
            (Source::Own(name), Sort::Day) => format!("(t.{name}::timestamp at time zone 'UTC')"),
            (Source::Own(name), Sort::Instant) => format!("date_trunc('milliseconds', t.{name}, 'UTC')"),
            (Source::Own(name), _) => format!("t.{name}"),
            (Source::IsArchived, _) => "(t.archived_at is not null)".into(),
            (Source::Itself, _) => "t.id".into(),
            (Source::PlantCode, _) => by_plant(asking, |here| Parameter::Text(here.code.clone())),
            (Source::PlantZone, _) => by_plant(asking, |here| Parameter::Text(here.zone.clone())),
            (Source::MinuteOfDay, _) => by_plant(asking, |here| Parameter::Long(here.minute_of_day)),
            (Source::Weekday, _) => by_plant(asking, |here| Parameter::Long(here.weekday)),
        }
    }

    /// As it is compared with a column of another type.
    fn comparable(&self, asking: &mut dyn Asking) -> String {
        if self.sort == Sort::Identifier { self.text(asking) } else { self.sql(asking) }
    }

    fn text(&self, asking: &mut dyn Asking) -> String {
        let sql = self.sql(asking);
        if self.sort == Sort::Identifier { format!("{sql}::text") } else { sql }
    }
}

/// What a row's plant decides: a value where all plants agree, else one for each. A plant that was made this moment is none of them, so its rows
/// are hidden until the next request.
fn by_plant(asking: &mut dyn Asking, value: impl Fn(&Here) -> Parameter) -> String {
    let kind = asking.kind();
    let (plants, nowhere) = asking.places();
    if !kind.within.has_plant() {
        return asking.give(value(&nowhere));
    }
    let column = if kind.within == Within::Itself { "t.id" } else { "t.plant_id" };
    let mut groups: BTreeMap<String, (Parameter, Vec<Uuid>)> = BTreeMap::new();
    for (plant, here) in &plants {
        let value = value(here);
        groups.entry(format!("{value:?}")).or_insert_with(|| (value, Vec::new())).1.push(plant.0);
    }
    let mut cases = String::new();
    if kind.within == Within::Either {
        let value = asking.give(value(&nowhere));
        cases = format!(" when {column} is null then {value}");
    }
    for (value, plants) in groups.into_values() {
        let (plants, value) = (asking.give(Parameter::Identifiers(plants)), asking.give(value));
        cases.push_str(&format!(" when {column} = any ({plants}) then {value}"));
    }
    if cases.is_empty() { "null".into() } else { format!("(case{cases} end)") }
}
