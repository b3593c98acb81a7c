//! The tables of a SQLite database file, read from its pages; no SQL is ever run.
//!
//! The format is that of <https://www.sqlite.org/fileformat2.html>: a tree of pages for each table, records of values in its leaves, long
//! records continued on other pages. The schema's text is looked at for the names of columns and what they refer to, and for nothing else, so
//! triggers, views and expressions of a hostile file are words.
//!
//! **Invariant:** no bytes make this panic or run for ever: no page is visited twice in a table, and all records together may not be larger
//! than the file could hold.

use std::collections::HashSet;

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It is broken there.
    Damaged(&'static str),
    /// It holds more values than are allowed.
    TooMany,
}

/// A value of a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stored {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    /// Bytes, which are not looked at.
    Blob,
}

/// A column of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Column {
    pub name: String,
    /// It is another name of the row's number.
    pub is_row_number: bool,
    /// The table that it refers to, where the schema says one.
    pub refers_to: Option<String>,
    default: Option<Stored>,
    is_computed: bool,
}

/// A table with its rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StoredTable {
    pub name: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Stored>>,
}

/// What is in a database file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Database {
    pub tables: Vec<StoredTable>,
    /// Tables that were left, and why.
    pub left: Vec<(String, &'static str)>,
}

/// What such a file begins with.
pub(super) const SIGNATURE: &[u8] = b"SQLite format 3\0";
const HEADER_BYTES: usize = 100;
const MOST_TABLES: usize = 500;
const MOST_COLUMNS: usize = 2_000;
const DEEPEST: usize = 40;
/// As many letters as a cell of Excel takes.
const LONGEST_TEXT: usize = 32_767;

/// Reads every table, `most` values at most.
pub(super) fn read(bytes: &[u8], most: usize) -> Result<Database, Failure> {
    let mut file = File::open(bytes, most)?;
    let mut database = Database::default();
    let mut entries = Vec::new();
    file.walk(1, 5, &mut |_, values| {
        entries.push(values);
        Ok(())
    })?;
    for entry in entries {
        let [Stored::Text(kind), Stored::Text(name), _, Stored::Integer(root), Stored::Text(sql)] = entry.as_slice() else { continue };
        if kind != "table" || name.starts_with("sqlite_") {
            continue;
        }
        if database.tables.len() >= MOST_TABLES {
            return Err(Failure::Damaged("more tables than any project has"));
        }
        let root = u32::try_from(*root).unwrap_or(0);
        match schema(sql) {
            _ if root == 0 => database.left.push((name.clone(), "it is computed by a program")),
            Some(schema) if schema.without_row_numbers => database.left.push((name.clone(), "it is stored without row numbers")),
            Some(schema) => {
                let rows = rows(&mut file, root, &schema.columns)?;
                database.tables.push(StoredTable { name: name.clone(), columns: schema.columns, rows });
            }
            None => database.left.push((name.clone(), "its columns cannot be told")),
        }
    }
    Ok(database)
}

fn rows(file: &mut File<'_>, root: u32, columns: &[Column]) -> Result<Vec<Vec<Stored>>, Failure> {
    let stored = columns.iter().filter(|column| !column.is_computed).count();
    let mut rows = Vec::new();
    file.walk(root, stored, &mut |number, values| {
        let mut values = values.into_iter();
        let row = columns.iter().map(|column| {
            if column.is_computed {
                return Stored::Null;
            }
            match values.next() {
                Some(Stored::Null) if column.is_row_number => Stored::Integer(number),
                Some(value) => value,
                // A column that was added later is missing in older records.
                None => column.default.clone().unwrap_or(Stored::Null),
            }
        });
        rows.push(row.collect());
        Ok(())
    })?;
    Ok(rows)
}

struct File<'a> {
    bytes: &'a [u8],
    page_bytes: usize,
    usable_bytes: usize,
    encoding: u32,
    /// Bytes of records that may still be read.
    budget: usize,
    /// Values that may still be read.
    values: usize,
}

type Each<'f> = dyn FnMut(i64, Vec<Stored>) -> Result<(), Failure> + 'f;

impl<'a> File<'a> {
    fn open(bytes: &'a [u8], most: usize) -> Result<File<'a>, Failure> {
        if bytes.len() < HEADER_BYTES || !bytes.starts_with(SIGNATURE) {
            return Err(Failure::Damaged("its header is cut off"));
        }
        let page_bytes = match u16::from_be_bytes([bytes[16], bytes[17]]) {
            1 => 65_536,
            size if size >= 512 && size.is_power_of_two() => usize::from(size),
            _ => return Err(Failure::Damaged("its pages have an impossible size")),
        };
        let usable_bytes = page_bytes - usize::from(bytes[20]);
        if usable_bytes < 480 {
            return Err(Failure::Damaged("its pages have no room"));
        }
        let encoding = u32::from_be_bytes([bytes[56], bytes[57], bytes[58], bytes[59]]);
        // What is stored once is read once; some room is left for records that share bytes, as no honest ones do.
        Ok(File { bytes, page_bytes, usable_bytes, encoding, budget: bytes.len() * 2 + (1 << 20), values: most })
    }

    fn page(&self, number: u32) -> Result<&'a [u8], Failure> {
        let start = (number as usize).checked_sub(1).and_then(|index| index.checked_mul(self.page_bytes));
        let page = start.and_then(|start| self.bytes.get(start..start + self.usable_bytes));
        page.ok_or(Failure::Damaged("it points behind its end"))
    }

    /// Visits the records of a table in the order of their numbers.
    fn walk(&mut self, root: u32, columns: usize, each: &mut Each<'_>) -> Result<(), Failure> {
        self.visit(root, columns, &mut HashSet::new(), 0, each)
    }

    fn visit(&mut self, number: u32, columns: usize, seen: &mut HashSet<u32>, depth: usize, each: &mut Each<'_>) -> Result<(), Failure> {
        if depth > DEEPEST || !seen.insert(number) {
            return Err(Failure::Damaged("its pages go round in circles"));
        }
        let page = self.page(number)?;
        let header = if number == 1 { HEADER_BYTES } else { 0 };
        let cells = usize::from(u16_at(page, header + 3)?);
        match page.get(header).copied() {
            Some(0x05) => {
                for cell in 0..cells {
                    let at = usize::from(u16_at(page, header + 12 + 2 * cell)?);
                    self.visit(u32_at(page, at)?, columns, seen, depth + 1, each)?;
                }
                self.visit(u32_at(page, header + 8)?, columns, seen, depth + 1, each)
            }
            Some(0x0d) => {
                for cell in 0..cells {
                    let at = usize::from(u16_at(page, header + 8 + 2 * cell)?);
                    let (row_number, record) = self.record(page, at)?;
                    let values = self.values_of(&record, columns)?;
                    each(row_number, values)?;
                }
                Ok(())
            }
            _ => Err(Failure::Damaged("a page of a table is none")),
        }
    }

    /// The record of a leaf's cell, put together from all its pages.
    fn record(&mut self, page: &'a [u8], at: usize) -> Result<(i64, Vec<u8>), Failure> {
        let (length, after_length) = varint(page, at)?;
        let (row_number, start) = varint(page, after_length)?;
        let length = usize::try_from(length).map_err(|_| Failure::Damaged("a record has an impossible length"))?;
        self.budget = self.budget.checked_sub(length).ok_or(Failure::Damaged("its records are larger than the file"))?;
        let most_local = self.usable_bytes - 35;
        if length <= most_local {
            let record = page.get(start..start + length).ok_or(Failure::Damaged("a record is cut off"))?;
            return Ok((row_number, record.to_vec()));
        }
        let least_local = (self.usable_bytes - 12) * 32 / 255 - 23;
        let wanted = least_local + (length - least_local) % (self.usable_bytes - 4);
        let local = if wanted <= most_local { wanted } else { least_local };
        let mut record = Vec::with_capacity(length);
        record.extend_from_slice(page.get(start..start + local).ok_or(Failure::Damaged("a record is cut off"))?);
        let mut next = u32_at(page, start + local)?;
        while record.len() < length {
            let page = self.page(next)?;
            let part = (length - record.len()).min(self.usable_bytes - 4);
            record.extend_from_slice(&page[4..4 + part]);
            next = u32_at(page, 0)?;
        }
        Ok((row_number, record))
    }

    fn values_of(&mut self, record: &[u8], columns: usize) -> Result<Vec<Stored>, Failure> {
        let (header_bytes, mut at) = varint(record, 0)?;
        let header_bytes = usize::try_from(header_bytes).ok().filter(|bytes| *bytes <= record.len());
        let header_bytes = header_bytes.ok_or(Failure::Damaged("a record has an impossible head"))?;
        let mut body = header_bytes;
        let mut values = Vec::new();
        while at < header_bytes && values.len() < columns {
            let (kind, after) = varint(record, at)?;
            at = after;
            self.values = self.values.checked_sub(1).ok_or(Failure::TooMany)?;
            let length = length_of(kind)?;
            let bytes = body.checked_add(length).and_then(|end| record.get(body..end)).ok_or(Failure::Damaged("a value is cut off"))?;
            body += length;
            values.push(self.value(kind, bytes));
        }
        Ok(values)
    }

    fn value(&self, kind: i64, bytes: &[u8]) -> Stored {
        match kind {
            1..=6 => {
                // Big-endian, with the sign in the first byte.
                let first = if bytes[0] & 0x80 == 0 { 0_i64 } else { -1 };
                Stored::Integer(bytes.iter().fold(first, |number, byte| (number << 8) | i64::from(*byte)))
            }
            7 => match <[u8; 8]>::try_from(bytes).map(f64::from_be_bytes) {
                Ok(number) if number.is_finite() => Stored::Real(number),
                _ => Stored::Null,
            },
            8 => Stored::Integer(0),
            9 => Stored::Integer(1),
            kind if kind >= 13 && kind % 2 == 1 => Stored::Text(self.text(bytes)),
            kind if kind >= 12 => Stored::Blob,
            _ => Stored::Null,
        }
    }

    fn text(&self, bytes: &[u8]) -> String {
        let text = match self.encoding {
            2 => utf16(bytes, u16::from_le_bytes),
            3 => utf16(bytes, u16::from_be_bytes),
            _ => String::from_utf8_lossy(bytes).into_owned(),
        };
        if text.len() <= LONGEST_TEXT { text } else { text.chars().take(LONGEST_TEXT).collect() }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

fn length_of(kind: i64) -> Result<usize, Failure> {
    Ok(match kind {
        0 | 8 | 9 => 0,
        1..=4 => kind as usize,
        5 => 6,
        6 | 7 => 8,
        kind if kind >= 12 => usize::try_from((kind - 12) / 2).map_err(|_| Failure::Damaged("a value has an impossible length"))?,
        _ => return Err(Failure::Damaged("a value has an unknown type")),
    })
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Failure> {
    match bytes.get(at..at.saturating_add(2)) {
        Some([high, low]) => Ok(u16::from_be_bytes([*high, *low])),
        _ => Err(Failure::Damaged("a page is cut off")),
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Failure> {
    match bytes.get(at..at.saturating_add(4)) {
        Some([a, b, c, d]) => Ok(u32::from_be_bytes([*a, *b, *c, *d])),
        _ => Err(Failure::Damaged("a page is cut off")),
    }
}

/// A number of one to nine bytes, and where it ends.
fn varint(bytes: &[u8], at: usize) -> Result<(i64, usize), Failure> {
    let mut number = 0_u64;
    for index in 0..9 {
        let byte = *bytes.get(at + index).ok_or(Failure::Damaged("a number is cut off"))?;
        if index == 8 {
            return Ok((((number << 8) | u64::from(byte)) as i64, at + 9));
        }
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Ok((number as i64, at + index + 1));
        }
    }
    Err(Failure::Damaged("a number is cut off"))
}

/// What a table's definition says.
struct Schema {
    columns: Vec<Column>,
    without_row_numbers: bool,
}

/// A word of a definition.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A word that may mean something.
    Word(String),
    /// A name or text between quotation marks.
    Quoted(String),
    Sign(char),
}

impl Token {
    fn is(&self, keyword: &str) -> bool {
        matches!(self, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn name(&self) -> Option<&str> {
        match self {
            Token::Word(name) | Token::Quoted(name) => Some(name),
            Token::Sign(_) => None,
        }
    }
}

fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut letters = sql.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '-' if letters.peek() == Some(&'-') => {
                letters.by_ref().find(|letter| *letter == '\n');
            }
            '/' if letters.peek() == Some(&'*') => {
                let mut last = ' ';
                letters.next();
                letters.by_ref().find(|letter| std::mem::replace(&mut last, *letter) == '*' && *letter == '/');
            }
            '"' | '`' | '\'' | '[' => {
                let end = if letter == '[' { ']' } else { letter };
                let mut text = String::new();
                while let Some(letter) = letters.next() {
                    if letter != end {
                        text.push(letter);
                    } else if end != ']' && letters.peek() == Some(&end) {
                        letters.next();
                        text.push(end);
                    } else {
                        break;
                    }
                }
                tokens.push(Token::Quoted(text));
            }
            letter if letter.is_alphanumeric() || letter == '_' || letter == '$' || !letter.is_ascii() => {
                let mut word = String::from(letter);
                while let Some(letter) =
                    letters.next_if(|next| next.is_alphanumeric() || matches!(next, '_' | '$' | '.') || !next.is_ascii())
                {
                    word.push(letter);
                }
                tokens.push(Token::Word(word));
            }
            letter if letter.is_whitespace() => {}
            letter => tokens.push(Token::Sign(letter)),
        }
    }
    tokens
}

fn schema(sql: &str) -> Option<Schema> {
    let tokens = tokens(sql);
    let open = tokens.iter().position(|token| *token == Token::Sign('('))?;
    let (mut depth, mut parts, mut part, mut end) = (0_usize, Vec::new(), Vec::new(), tokens.len());
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Sign('(') => depth += 1,
            Token::Sign(')') => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            end = at;
            break;
        }
        match token {
            Token::Sign(',') if depth == 1 => parts.push(std::mem::take(&mut part)),
            _ if at == open => {}
            token => part.push(token.clone()),
        }
    }
    parts.push(part);
    let mut columns = Vec::new();
    for part in &parts {
        let Some(first) = part.first() else { continue };
        let is_constraint = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].iter().any(|keyword| first.is(keyword));
        if is_constraint {
            constrain(part, &mut columns);
        } else {
            columns.push(column(part)?);
        }
        if columns.len() > MOST_COLUMNS {
            return None;
        }
    }
    let without = tokens.iter().skip(end).any(|token| token.is("WITHOUT"));
    let columns: Vec<Column> = columns.into_iter().map(|(column, _)| column).collect();
    (!columns.is_empty()).then_some(Schema { columns, without_row_numbers: without })
}

/// A column, and whether it is a whole number, which may be the row's.
fn column(part: &[Token]) -> Option<(Column, bool)> {
    let name = part.first()?.name()?.to_owned();
    let is_integer = part.get(1).is_some_and(|token| token.is("INTEGER"));
    let at = |keyword: &str| part.iter().skip(1).position(|token| token.is(keyword)).map(|at| at + 1);
    let is_key = at("PRIMARY").is_some() && at("DESC").is_none();
    let refers_to = at("REFERENCES").and_then(|at| part.get(at + 1)?.name()).map(str::to_owned);
    let is_computed = (at("GENERATED").is_some() || at("AS").is_some()) && at("STORED").is_none();
    let default = at("DEFAULT").and_then(|at| literal(&part[at + 1..]));
    Some((Column { name, is_row_number: is_integer && is_key, refers_to, default, is_computed }, is_integer))
}

fn literal(tokens: &[Token]) -> Option<Stored> {
    let (sign, token) = match tokens {
        [Token::Sign('-'), token, ..] => (-1.0, token),
        [token, ..] => (1.0, token),
        [] => return None,
    };
    match token {
        Token::Quoted(text) => Some(Stored::Text(text.clone())),
        Token::Word(word) => word.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| Stored::Real(sign * number)),
        Token::Sign(_) => None,
    }
}

/// What a constraint of the whole table says of its columns.
fn constrain(part: &[Token], columns: &mut [(Column, bool)]) {
    let at = |keyword: &str| part.iter().position(|token| token.is(keyword));
    let named = |from: usize| {
        let names = part.iter().skip(from).skip_while(|token| **token != Token::Sign('(')).skip(1);
        names.take_while(|token| **token != Token::Sign(')')).filter_map(Token::name).map(str::to_owned).collect::<Vec<_>>()
    };
    if let (Some(foreign), Some(references)) = (at("FOREIGN"), at("REFERENCES"))
        && let ([name], Some(target)) = (named(foreign).as_slice(), part.get(references + 1).and_then(Token::name))
        && let Some((column, _)) = columns.iter_mut().find(|(column, _)| column.name.eq_ignore_ascii_case(name))
    {
        column.refers_to = Some(target.to_owned());
    }
    if let Some(primary) = at("PRIMARY")
        && let [name] = named(primary).as_slice()
        && let Some((column, true)) = columns.iter_mut().find(|(column, _)| column.name.eq_ignore_ascii_case(name))
    {
        column.is_row_number = true;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn definitions_are_read_for_names_only() {
        let sql = "CREATE TABLE \"t\" (id INTEGER PRIMARY KEY AUTOINCREMENT, -- the number, with a comma\n \
            [line name] TEXT NOT NULL DEFAULT 'a,b''c', line_id INT REFERENCES lines(id) ON DELETE CASCADE, /* , */ \
            double REAL AS (1 + 2), price REAL DEFAULT -1.5, CHECK (price > (0)), model INTEGER, \
            CONSTRAINT fk FOREIGN KEY (model) REFERENCES `models` (id))";
        let schema = schema(sql).unwrap();
        let names: Vec<&str> = schema.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["id", "line name", "line_id", "double", "price", "model"]);
        assert!(schema.columns[0].is_row_number && schema.columns[3].is_computed && !schema.without_row_numbers);
        assert_eq!(schema.columns[1].default, Some(Stored::Text("a,b'c".into())));
        assert_eq!(schema.columns[2].refers_to.as_deref(), Some("lines"));
        assert_eq!(schema.columns[4].default, Some(Stored::Real(-1.5)));
        assert_eq!(schema.columns[5].refers_to.as_deref(), Some("models"));
    }

    #[test]
    fn a_table_without_row_numbers_says_so() {
        assert!(schema("CREATE TABLE t (a TEXT PRIMARY KEY, b) WITHOUT ROWID").unwrap().without_row_numbers);
        assert!(schema("CREATE TABLE t").is_none());
        assert!(schema("CREATE TABLE t ())").is_none());
    }

    #[test]
    fn numbers_of_any_length_are_read() {
        assert_eq!(varint(&[0x7f], 0), Ok((127, 1)));
        assert_eq!(varint(&[0x81, 0x00], 0), Ok((128, 2)));
        assert_eq!(varint(&[0xff; 9], 0), Ok((-1, 9)));
        assert!(varint(&[0x80, 0x80], 0).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), page in 9_u32..14) {
            let mut file = SIGNATURE.to_vec();
            file.extend(bytes);
            if file.len() > 20 {
                file[16..18].copy_from_slice(&(1_u16 << page).to_be_bytes());
                file[20] = 0;
            }
            _ = read(&file, 10_000);
        }

        #[test]
        fn any_definition_is_read_or_left(sql in "\\PC{0,200}") {
            _ = schema(&sql);
        }
    }
}
