//! Whether declarations and tables say the same: for tests, so that a change of one without the other is noticed before anybody meets it.

use tokio_postgres::Client;

use crate::error::Result;
use crate::resource::kind::{Field, Kind, Type, Within};

/// Where the declarations of `kinds` differ from the tables that `client` sees.
///
/// # Errors
/// What the database refused.
pub async fn contradictions(client: &Client, kinds: &[&'static Kind]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for kind in kinds {
        for difference in of_kind(client, kind).await? {
            found.push(format!("{}: {difference}", kind.table));
        }
    }
    Ok(found)
}

/// A column as the catalog has it.
struct Column {
    name: String,
    ty: String,
    required: bool,
    scale: Option<i32>,
}

async fn of_kind(client: &Client, kind: &'static Kind) -> Result<Vec<String>> {
    let rows = client
        .query(
            "select attname::text, format_type(atttypid, null), attnotnull, case when atttypid = 'numeric'::regtype and atttypmod > 0
                 then (atttypmod - 4) & 65535 end
             from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
            &[&kind.table],
        )
        .await?;
    if rows.is_empty() {
        return Ok(vec!["there is no such table".into()]);
    }
    let columns: Vec<_> =
        rows.iter().map(|row| Column { name: row.get(0), ty: row.get(1), required: row.get(2), scale: row.get(3) }).collect();
    let mut found: Vec<String> = kind.fields.iter().filter_map(|field| of_field(field, &columns)).collect();
    let own =
        ["organization_id", "id", "plant_id", "fields", "version", "created_at", "created_by", "updated_at", "updated_by", "archived_at"];
    for column in columns.iter().filter(|column| !own.contains(&column.name.as_str()) && kind.field(&column.name).is_none()) {
        found.push(format!("the column {} is declared nowhere", column.name));
    }
    if kind.within.has_plant() != columns.iter().any(|column| column.name == "plant_id") {
        found.push("it has a plant in one of the two only".into());
    }
    found.extend(keys(client, kind).await?);
    Ok(found)
}

fn of_field(field: &Field, columns: &[Column]) -> Option<String> {
    let Some(column) = columns.iter().find(|column| column.name == field.name) else {
        return Some(format!("there is no column {}", field.name));
    };
    let fits = match field.ty {
        Type::Text | Type::Choice(_) => column.ty == "text",
        Type::Integer(least, most) => match column.ty.as_str() {
            "smallint" => bounds(field, least, most, i64::from(i16::MIN), i64::from(i16::MAX)),
            "integer" => bounds(field, least, most, i64::from(i32::MIN), i64::from(i32::MAX)),
            other => other == "bigint",
        },
        Type::Decimal => column.ty == "numeric",
        Type::Boolean => column.ty == "boolean",
        Type::Date => column.ty == "date",
        Type::Instant => column.ty == "timestamp with time zone",
        Type::Reference(_) => column.ty == "uuid",
        Type::List(_) | Type::Object(_) => column.ty == "jsonb",
    };
    if !fits {
        return Some(format!(
            "the column {} is {}, which does not hold every {} of the declaration",
            field.name,
            column.ty,
            field.ty.name()
        ));
    }
    let decimals = field.decimals.unwrap_or(super::kind::DECIMALS);
    if let Some(scale) = column.scale.filter(|scale| (*scale as u32) < decimals) {
        return Some(format!("the column {} keeps {scale} decimal places, the declaration allows {decimals}", field.name));
    }
    (column.required != field.required).then(|| format!("whether {} must have a value is said differently", field.name))
}

/// Whether every whole number that the declaration allows fits.
fn bounds(field: &Field, least: i64, most: i64, lowest: i64, highest: i64) -> bool {
    let (min, max) = field.bounds();
    let whole = |bound: Option<rust_decimal::Decimal>| bound.and_then(|bound| i64::try_from(bound).ok());
    whole(min).unwrap_or(least).max(least) >= lowest && whole(max).unwrap_or(most).min(most) <= highest
}

/// Every declared key is one of the database, so that two requests at once cannot both take it; and references are its foreign keys.
async fn keys(client: &Client, kind: &'static Kind) -> Result<Vec<String>> {
    let rows = client
        .query(
            "select array(select a.attname::text from unnest(i.indkey::smallint[]) k join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k
                 where a.attname not in ('organization_id', 'plant_id') order by 1)
             from pg_index i where i.indrelid = to_regclass($1) and i.indisunique",
            &[&kind.table],
        )
        .await?;
    let known: Vec<Vec<String>> = rows.iter().map(|row| row.get(0)).collect();
    let mut found = Vec::new();
    for key in kind.unique {
        let mut wanted: Vec<String> = key.iter().filter(|name| **name != "plant_id").map(|name| (*name).to_string()).collect();
        wanted.sort();
        if !known.contains(&wanted) {
            found.push(format!("({}) is declared unique, and no index sees to it", key.join(", ")));
        }
    }
    let rows = client
        .query(
            "select a.attname::text from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
             where c.conrelid = to_regclass($1) and c.contype = 'f'",
            &[&kind.table],
        )
        .await?;
    let foreign: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    for field in kind.fields.iter().filter(|field| matches!(field.ty, Type::Reference(_)) && !foreign.iter().any(|name| name == field.name))
    {
        if !(field.name == "plant_id" && kind.within == Within::Itself) {
            found.push(format!("{} refers to something, and no foreign key sees to it", field.name));
        }
    }
    Ok(found)
}
