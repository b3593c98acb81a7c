//! The views of the schema `bi` as the catalog of the database describes them.

use tokio_postgres::types::Type as Pg;

use super::{Of, Set};
use crate::database::Tx;
use crate::error::{Error, Result};

/// Every set that is offered, with its columns.
pub struct Schema {
    /// In the order of their names.
    pub tables: Vec<Table>,
}

/// A set.
pub struct Table {
    /// As its context declares it.
    pub set: Set,
    /// What it is.
    pub about: String,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// What it means.
    pub about: String,
    /// Whether it is part of the key.
    pub is_key: bool,
}

/// The types that columns of views have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// An identifier.
    Guid,
    /// Text.
    Text,
    /// A whole number of 16 bits.
    Int16,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A decimal number.
    Decimal,
    /// A number of double precision.
    Double,
    /// A truth value.
    Boolean,
    /// A day.
    Date,
    /// An instant.
    Instant,
}

impl Type {
    fn of(oid: u32) -> Option<Type> {
        Some(match Pg::from_oid(oid)? {
            Pg::UUID => Type::Guid,
            Pg::TEXT => Type::Text,
            Pg::INT2 => Type::Int16,
            Pg::INT4 => Type::Int32,
            Pg::INT8 => Type::Int64,
            Pg::NUMERIC => Type::Decimal,
            Pg::FLOAT8 => Type::Double,
            Pg::BOOL => Type::Boolean,
            Pg::DATE => Type::Date,
            Pg::TIMESTAMPTZ => Type::Instant,
            _ => return None,
        })
    }

    /// As OData calls it, behind `Edm.`.
    pub fn edm(self) -> &'static str {
        match self {
            Type::Guid => "Guid",
            Type::Text => "String",
            Type::Int16 => "Int16",
            Type::Int32 => "Int32",
            Type::Int64 => "Int64",
            Type::Decimal => "Decimal",
            Type::Double => "Double",
            Type::Boolean => "Boolean",
            Type::Date => "Date",
            Type::Instant => "DateTimeOffset",
        }
    }

    /// As the database calls it.
    pub fn sql(self) -> &'static str {
        match self {
            Type::Guid => "uuid",
            Type::Text => "text",
            Type::Int16 => "smallint",
            Type::Int32 => "integer",
            Type::Int64 => "bigint",
            Type::Decimal => "numeric",
            Type::Double => "double precision",
            Type::Boolean => "boolean",
            Type::Date => "date",
            Type::Instant => "timestamptz",
        }
    }
}

impl Schema {
    pub(super) async fn read(tx: &mut Tx, sets: &[Set]) -> Result<Schema> {
        let sql =
            "select c.relname::text, obj_description(c.oid, 'pg_class'), a.attname::text, a.atttypid, col_description(c.oid, a.attnum)
            from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where c.relnamespace = 'bi'::regnamespace and c.relkind = 'v' order by c.relname, a.attnum";
        let mut tables: Vec<Table> = Vec::new();
        for row in tx.query(sql, &[]).await? {
            let (name, column): (String, String) = (row.get(0), row.get(2));
            // A view that a newer program has added is not this one's to offer.
            let Some(set) = sets.iter().find(|set| set.name == name) else { continue };
            // Names are put into statements and addresses.
            let is_plain = |name: &str| name.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_');
            let ty = Type::of(row.get(3)).filter(|_| is_plain(&column));
            let ty = ty.ok_or_else(|| Error::internal(format!("bi.{name}.{column} has a type that no feed knows")))?;
            let about = |index: usize| row.get::<_, Option<String>>(index).unwrap_or_default();
            let is_key = set.key.contains(&column.as_str());
            let column = Column { name: column, ty, about: about(4), is_key };
            match tables.last_mut().filter(|table| table.set.name == name) {
                Some(table) => table.columns.push(column),
                None => tables.push(Table { set: *set, about: about(1), columns: vec![column] }),
            }
        }
        tables.sort_by_key(|table| table.set.name);
        for set in sets {
            let table = tables.iter().find(|table| table.set.name == set.name);
            let of = if let Of::Record(_, column) = set.of { Some(column) } else { None };
            let missing = set.key.iter().copied().chain(of).find(|name| table.is_none_or(|table| table.column(name).is_none()));
            if let Some(missing) = missing {
                return Err(Error::internal(format!("bi.{} has no column {missing}", set.name)));
            }
        }
        Ok(Schema { tables })
    }

    /// The set of this name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.set.name == name)
    }
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns of the key, in its order.
    pub fn key(&self) -> impl Iterator<Item = &Column> {
        self.set.key.iter().filter_map(|name| self.column(name))
    }
}
