//! `$filter`: a condition over the columns of a set, read by a small grammar of our own into a predicate with parameters.
//!
//! ```text
//! or      = and { "or" and }            term    = "(" or ")" | function "(" or { "," or } ")" | literal | property
//! and     = not { "and" not }           literal = null | true | false | 'text' | number | identifier | day | instant
//! not     = "not" not | compared        function = contains | startswith | endswith | tolower | toupper | trim | length | concat
//! compared = term [ ("eq"|"ne"|"gt"|"ge"|"lt"|"le") term | "in" "(" literal { "," literal } ")" ]    | year | month | day | date | round | floor | ceiling
//! ```
//!
//! **Invariant:** what comes out holds only names of the set's columns, words of this module and numbered parameters.
//! **Invariant:** length, depth and number of values are bounded; what is too long, too deep or of the wrong type is refused with its place.
//!
//! Nulls compare as OData says: `x eq null` is true or false, never unknown, and so is every negation.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use tokio_postgres::types::{ToSql, Type as Pg};
use uuid::Uuid;

use super::schema::{Table, Type};

/// The longest condition (bytes).
const LONGEST: usize = 16_000;
/// The deepest nesting of parentheses, functions and negations.
const DEEPEST: usize = 24;
/// Values in all.
const MOST_VALUES: usize = 1_000;

/// Values of a statement, numbered as they are given.
#[derive(Default)]
pub(super) struct Values(pub Vec<(Box<dyn ToSql + Sync + Send>, Pg)>);

impl Values {
    /// The name of a value in the statement.
    pub fn give(&mut self, value: impl ToSql + Sync + Send + 'static, ty: Pg) -> String {
        self.0.push((Box::new(value), ty));
        format!("${}", self.0.len())
    }
}

/// What is wrong with a condition, with its place.
pub(super) type Wrong = String;

/// The predicate of a condition over the rows of `table`, which the statement calls `v`.
pub(super) fn predicate(text: &str, table: &Table, values: &mut Values) -> Result<String, Wrong> {
    if text.len() > LONGEST {
        return Err(format!("found {} bytes, expected at most {LONGEST}", text.len()));
    }
    let words = words(text)?;
    let mut reading = Reading { words: &words, at: 0, table, values, given: 0 };
    let read = reading.or(0)?;
    match reading.next() {
        None => read.truth(),
        Some(word) => Err(format!("at {}: found {}, expected the end", word.place + 1, word.shown())),
    }
}

/// A literal of a key predicate: `lines(…)`, `supply(result_id=…,row_number=3)`.
pub(super) fn key(text: &str, table: &Table, values: &mut Values) -> Result<String, Wrong> {
    if text.len() > LONGEST {
        return Err("too long".into());
    }
    let words = words(text)?;
    let mut reading = Reading { words: &words, at: 0, table, values, given: 0 };
    let mut named: Vec<(&str, String)> = Vec::new();
    let is_named = words.len() > 1 && matches!(words[1].of, Of::Equals);
    loop {
        let column = match is_named {
            false => table.key().next().ok_or("a set without a key")?,
            true => {
                let word = reading.next().ok_or("expected a property of the key")?;
                let name = if let Of::Word(name) = &word.of { name.as_str() } else { "" };
                let column = table.key().find(|column| column.name == name);
                let column = column.ok_or_else(|| format!("found {}, expected a property of the key", word.shown()))?;
                reading.take(&Of::Equals, "=")?;
                column
            }
        };
        if named.iter().any(|(name, _)| *name == column.name) {
            return Err(format!("{} twice", column.name));
        }
        let literal = reading.literal()?;
        let property = Made { sql: format!("v.\"{}\"", column.name), ty: class(column.ty), literal: false };
        named.push((&column.name, compared("eq", property, literal)?.sql));
        match reading.next() {
            None => break,
            Some(word) if is_named && word.of == Of::Comma => {}
            Some(word) => return Err(format!("found {}, expected the end", word.shown())),
        }
    }
    if named.len() != table.set.key.len() {
        return Err(format!("expected all of the key: {}", table.set.key.join(", ")));
    }
    Ok(named.into_iter().map(|(_, sql)| sql).collect::<Vec<_>>().join(" and "))
}

#[derive(Clone, Debug, PartialEq)]
enum Of {
    /// A name, a key word, a number, an identifier, a day: everything without quotes.
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
    Equals,
}

#[derive(Clone, Debug)]
struct Word {
    of: Of,
    place: usize,
}

impl Word {
    fn shown(&self) -> String {
        match &self.of {
            Of::Word(word) => word.chars().take(40).collect(),
            Of::Text(_) => "a text".into(),
            Of::Open => "(".into(),
            Of::Close => ")".into(),
            Of::Comma => "a comma".into(),
            Of::Equals => "=".into(),
        }
    }

    fn is(&self, word: &str) -> bool {
        matches!(&self.of, Of::Word(own) if own == word)
    }
}

fn words(text: &str) -> Result<Vec<Word>, Wrong> {
    let mut words = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((place, letter)) = rest.next() {
        let of = match letter {
            ' ' | '\t' => continue,
            '(' => Of::Open,
            ')' => Of::Close,
            ',' => Of::Comma,
            '=' => Of::Equals,
            '\'' => {
                let mut inner = String::new();
                loop {
                    match rest.next() {
                        None => return Err(format!("at {}: a text without its end", place + 1)),
                        Some((_, '\'')) if rest.peek().is_some_and(|(_, next)| *next == '\'') => {
                            rest.next();
                            inner.push('\'');
                        }
                        Some((_, '\'')) => break,
                        Some((_, '\0')) => return Err(format!("at {}: a character that no text holds (U+0000)", place + 1)),
                        Some((_, letter)) => inner.push(letter),
                    }
                }
                Of::Text(inner)
            }
            letter if letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | ':' | '+') => {
                let mut word = String::from(letter);
                while let Some((_, next)) =
                    rest.next_if(|(_, next)| next.is_ascii_alphanumeric() || matches!(next, '_' | '-' | '.' | ':' | '+'))
                {
                    word.push(next);
                }
                Of::Word(word)
            }
            _ => return Err(format!("at {}: found a character that no condition has", place + 1)),
        };
        words.push(Word { of, place });
    }
    Ok(words)
}

/// What can be compared with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Null,
    Guid,
    Text,
    Number,
    Truth,
    Date,
    Instant,
}

impl Class {
    fn shown(self) -> &'static str {
        match self {
            Class::Null => "null",
            Class::Guid => "an identifier",
            Class::Text => "a text",
            Class::Number => "a number",
            Class::Truth => "a condition",
            Class::Date => "a day",
            Class::Instant => "an instant",
        }
    }
}

fn class(ty: Type) -> Class {
    match ty {
        Type::Guid => Class::Guid,
        Type::Text => Class::Text,
        Type::Int16 | Type::Int32 | Type::Int64 | Type::Decimal | Type::Double => Class::Number,
        Type::Boolean => Class::Truth,
        Type::Date => Class::Date,
        Type::Instant => Class::Instant,
    }
}

/// A part of a condition, as SQL.
struct Made {
    sql: String,
    ty: Class,
    literal: bool,
}

impl Made {
    fn of(sql: String, ty: Class) -> Made {
        Made { sql, ty, literal: false }
    }

    fn truth(self) -> Result<String, Wrong> {
        match self.ty {
            Class::Truth => Ok(self.sql),
            other => Err(format!("found {}, expected a condition", other.shown())),
        }
    }

    /// As an instant, where it is a day: its beginning in UTC.
    fn into_instant(self) -> Made {
        match self.ty {
            Class::Date => Made { sql: format!("({}::timestamp at time zone 'UTC')", self.sql), ty: Class::Instant, literal: self.literal },
            _ => self,
        }
    }
}

fn compared(how: &str, left: Made, right: Made) -> Result<Made, Wrong> {
    let (left, right) = match (left.ty, right.ty) {
        (Class::Date, Class::Instant) | (Class::Instant, Class::Date) => (left.into_instant(), right.into_instant()),
        _ => (left, right),
    };
    let (a, b) = (&left.sql, &right.sql);
    let sql = match (how, left.ty, right.ty) {
        ("eq", Class::Null, Class::Null) => "true".into(),
        ("eq", _, Class::Null) => format!("({a} is null)"),
        ("eq", Class::Null, _) => format!("({b} is null)"),
        ("ne", Class::Null, Class::Null) => "false".into(),
        ("ne", _, Class::Null) => format!("({a} is not null)"),
        ("ne", Class::Null, _) => format!("({b} is not null)"),
        (_, Class::Null, _) | (_, _, Class::Null) => "false".into(),
        (_, one, other) if one != other => return Err(format!("found {} compared with {}", one.shown(), other.shown())),
        // With a value in hand an index can serve; nulls are not equal to it, which negations mend.
        ("eq", ..) if left.literal || right.literal => format!("({a} = {b})"),
        ("eq", ..) => format!("({a} is not distinct from {b})"),
        ("ne", ..) => format!("({a} is distinct from {b})"),
        (_, Class::Truth, _) => return Err("conditions are equal or not, none is greater".into()),
        (_, Class::Guid, _) => return Err("identifiers are equal or not, none is greater".into()),
        (how, ..) => format!("({a} {} {b})", ORDERS.iter().find(|(name, _)| *name == how).map_or("=", |(_, sql)| sql)),
    };
    Ok(Made::of(sql, Class::Truth))
}

const ORDERS: [(&str, &str); 4] = [("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<=")];

/// Functions: name, what they take, what they give, their SQL with `{0}` and `{1}` for what they take.
const FUNCTIONS: &[(&str, &[&[Class]], Class, &str)] = &[
    ("contains", &[&[Class::Text], &[Class::Text]], Class::Truth, "(strpos({0}, {1}) > 0)"),
    ("startswith", &[&[Class::Text], &[Class::Text]], Class::Truth, "starts_with({0}, {1})"),
    ("endswith", &[&[Class::Text], &[Class::Text]], Class::Truth, "(right({0}, length({1})) = {1})"),
    ("tolower", &[&[Class::Text]], Class::Text, "lower({0})"),
    ("toupper", &[&[Class::Text]], Class::Text, "upper({0})"),
    ("trim", &[&[Class::Text]], Class::Text, "btrim({0})"),
    ("length", &[&[Class::Text]], Class::Number, "length({0})"),
    ("concat", &[&[Class::Text], &[Class::Text]], Class::Text, "({0} || {1})"),
    ("year", &[&[Class::Date, Class::Instant]], Class::Number, "extract(year from {0})::integer"),
    ("month", &[&[Class::Date, Class::Instant]], Class::Number, "extract(month from {0})::integer"),
    ("day", &[&[Class::Date, Class::Instant]], Class::Number, "extract(day from {0})::integer"),
    ("date", &[&[Class::Date, Class::Instant]], Class::Date, "{0}::date"),
    ("round", &[&[Class::Number]], Class::Number, "round({0})"),
    ("floor", &[&[Class::Number]], Class::Number, "floor({0})"),
    ("ceiling", &[&[Class::Number]], Class::Number, "ceil({0})"),
];

struct Reading<'a> {
    words: &'a [Word],
    at: usize,
    table: &'a Table,
    values: &'a mut Values,
    given: usize,
}

impl<'a> Reading<'a> {
    fn peek(&self) -> Option<&'a Word> {
        self.words.get(self.at)
    }

    fn next(&mut self) -> Option<&'a Word> {
        self.at += 1;
        self.words.get(self.at - 1)
    }

    fn next_if(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|next| next.is(word));
        self.at += usize::from(found);
        found
    }

    fn take(&mut self, wanted: &Of, shown: &str) -> Result<(), Wrong> {
        match self.next() {
            Some(word) if word.of == *wanted => Ok(()),
            Some(word) => Err(format!("at {}: found {}, expected {shown}", word.place + 1, word.shown())),
            None => Err(format!("found the end, expected {shown}")),
        }
    }

    fn or(&mut self, depth: usize) -> Result<Made, Wrong> {
        self.joined(depth, "or", Self::and)
    }

    fn and(&mut self, depth: usize) -> Result<Made, Wrong> {
        self.joined(depth, "and", Self::not)
    }

    fn joined(&mut self, depth: usize, word: &str, part: fn(&mut Self, usize) -> Result<Made, Wrong>) -> Result<Made, Wrong> {
        let first = part(self, depth)?;
        if !self.peek().is_some_and(|next| next.is(word)) {
            return Ok(first);
        }
        let mut parts = vec![first.truth()?];
        while self.next_if(word) {
            parts.push(part(self, depth)?.truth()?);
        }
        Ok(Made::of(format!("({})", parts.join(&format!(" {word} "))), Class::Truth))
    }

    fn not(&mut self, depth: usize) -> Result<Made, Wrong> {
        if depth > DEEPEST {
            return Err(format!("nested deeper than {DEEPEST}"));
        }
        if self.next_if("not") {
            let inner = self.not(depth + 1)?.truth()?;
            return Ok(Made::of(format!("(not coalesce({inner}, false))"), Class::Truth));
        }
        let left = self.term(depth)?;
        let Some(word) = self.peek() else { return Ok(left) };
        let Of::Word(how) = &word.of else { return Ok(left) };
        match how.as_str() {
            "eq" | "ne" | "gt" | "ge" | "lt" | "le" => {
                self.at += 1;
                let right = self.term(depth)?;
                compared(how, left, right).map_err(|wrong| format!("at {}: {wrong}", word.place + 1))
            }
            "in" => {
                self.at += 1;
                self.among(left).map_err(|wrong| format!("at {}: {wrong}", word.place + 1))
            }
            _ => Ok(left),
        }
    }

    /// One of some values. Each is compared by itself: the planner makes a list of them where it can.
    fn among(&mut self, left: Made) -> Result<Made, Wrong> {
        self.take(&Of::Open, "(")?;
        let mut parts = Vec::new();
        loop {
            let value = self.literal()?;
            let own = Made { sql: left.sql.clone(), ty: left.ty, literal: left.literal };
            parts.push(compared("eq", own, value)?.sql);
            match self.next() {
                Some(word) if word.of == Of::Comma => {}
                Some(word) if word.of == Of::Close => break,
                _ => return Err("expected a comma or )".into()),
            }
        }
        Ok(Made::of(format!("({})", parts.join(" or ")), Class::Truth))
    }

    fn term(&mut self, depth: usize) -> Result<Made, Wrong> {
        let Some(word) = self.peek() else { return Err("found the end, expected a property or a value".into()) };
        let place = word.place + 1;
        match &word.of {
            Of::Open => {
                self.at += 1;
                let inner = self.or(depth + 1)?;
                self.take(&Of::Close, ")")?;
                Ok(inner)
            }
            Of::Word(name) if self.words.get(self.at + 1).is_some_and(|next| next.of == Of::Open) && name != "not" => {
                self.at += 2;
                self.function(name, depth + 1).map_err(|wrong| format!("at {place}: {wrong}"))
            }
            Of::Word(name) => match self.table.column(name) {
                Some(column) => {
                    self.at += 1;
                    Ok(Made::of(format!("v.\"{}\"", column.name), class(column.ty)))
                }
                None => self.literal(),
            },
            _ => self.literal(),
        }
    }

    fn function(&mut self, name: &str, depth: usize) -> Result<Made, Wrong> {
        let known = FUNCTIONS.iter().find(|(known, ..)| *known == name);
        let (_, takes, gives, sql) = known.ok_or_else(|| format!("there is no function {}", name.chars().take(40).collect::<String>()))?;
        let mut sql = sql.to_string();
        for (index, wanted) in takes.iter().enumerate() {
            if index > 0 {
                self.take(&Of::Comma, "a comma")?;
            }
            let taken = self.or(depth)?;
            if !wanted.contains(&taken.ty) {
                return Err(format!("{name} takes {}, found {}", wanted[0].shown(), taken.ty.shown()));
            }
            // Times of day are those of UTC, whatever the database's own zone.
            let taken = if taken.ty == Class::Instant { format!("({} at time zone 'UTC')", taken.sql) } else { taken.sql };
            sql = sql.replace(&format!("{{{index}}}"), &taken);
        }
        self.take(&Of::Close, ")")?;
        Ok(Made::of(sql, *gives))
    }

    fn literal(&mut self) -> Result<Made, Wrong> {
        let Some(word) = self.next() else { return Err("found the end, expected a value".into()) };
        self.given += 1;
        if self.given > MOST_VALUES {
            return Err(format!("more than {MOST_VALUES} values"));
        }
        let made = |sql: String, ty: Class| Ok(Made { sql, ty, literal: true });
        let text = match &word.of {
            Of::Text(text) => return made(self.values.give(text.clone(), Pg::TEXT), Class::Text),
            Of::Word(text) => text.as_str(),
            _ => return Err(format!("at {}: found {}, expected a value", word.place + 1, word.shown())),
        };
        match text {
            "null" => return made("null".into(), Class::Null),
            "true" | "false" => return made(text.into(), Class::Truth),
            _ => {}
        }
        if text.len() == 36
            && let Ok(id) = text.parse::<Uuid>()
        {
            return made(self.values.give(id, Pg::UUID), Class::Guid);
        }
        if let Some(number) = number(text) {
            return made(
                match number {
                    Number::Whole(number) => self.values.give(number, Pg::INT8),
                    Number::Decimal(number) => self.values.give(number, Pg::NUMERIC),
                    Number::Double(number) => self.values.give(number, Pg::FLOAT8),
                },
                Class::Number,
            );
        }
        if text.len() == 10
            && let Ok(day) = text.parse::<Date>()
        {
            return made(self.values.give(day, Pg::DATE), Class::Date);
        }
        if text.contains('T')
            && let Ok(at) = text.parse::<Timestamp>()
        {
            return made(self.values.give(at, Pg::TIMESTAMPTZ), Class::Instant);
        }
        let is_name = text.bytes().next().is_some_and(|letter| letter.is_ascii_alphabetic());
        match is_name {
            true => Err(format!("at {}: {} has no property {}", word.place + 1, self.table.set.name, word.shown())),
            false => Err(format!("at {}: found {}, which is no value", word.place + 1, word.shown())),
        }
    }
}

enum Number {
    Whole(i64),
    Decimal(Decimal),
    Double(f64),
}

fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.bytes().next()?.is_ascii_digit() || text.len() > 60 {
        return None;
    }
    if let Ok(whole) = text.parse() {
        return Some(Number::Whole(whole));
    }
    if digits.bytes().all(|digit| digit.is_ascii_digit() || digit == b'.')
        && let Ok(decimal) = text.parse()
    {
        return Some(Number::Decimal(decimal));
    }
    let is_double = digits.bytes().all(|digit| digit.is_ascii_digit() || matches!(digit, b'.' | b'e' | b'E' | b'-' | b'+'));
    text.parse().ok().filter(|number: &f64| is_double && number.is_finite()).map(Number::Double)
}
