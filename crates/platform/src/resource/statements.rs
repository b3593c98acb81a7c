//! The statements of a kind, composed from its description.
//!
//! Records travel as JSON in both directions: PostgreSQL takes them apart and puts them together, so that one statement writes one record or
//! a thousand, and no code per kind stands between a row and an answer.
//!
//! **Invariant:** only names from a [`Kind`] and numbered parameters are put into a statement.
//! **Invariant:** every statement names the organization, beside the policy that does.

use std::fmt::Write;
use std::sync::OnceLock;

use crate::database::Sql;
use crate::resource::kind::{Field, Kind, Type, Within};

/// The statements of a kind, composed when first needed.
#[derive(Debug, Default)]
pub struct Statements(OnceLock<Composed>);

/// In all of them `$1` is the organization.
#[derive(Debug)]
pub(super) struct Composed {
    /// By identifier `$2`, for readers with the roles `$3`.
    pub find: Sql,
    /// By identifiers `$2`, whole, locked against other changes.
    pub lock: Sql,
    /// By identifiers `$2`, kept from being archived meanwhile: identifier, plant, label, whether archived.
    pub refer: Sql,
    /// The records of the JSON array `$2`, made at `$3`.
    pub insert: Sql,
    /// The same, changed.
    pub update: Sql,
    /// Record `$2`, archived at `$3`, or restored where that is null.
    pub archive: Sql,
    /// For each unique key: positions in the JSON array `$2`, and the record that has these values.
    pub by_key: Vec<Sql>,
}

impl Statements {
    /// None composed yet.
    pub const fn new() -> Self {
        Statements(OnceLock::new())
    }

    /// Records of `kind` in use whose text `key` is among `$2`.
    pub(super) fn named(kind: &Kind, key: &str) -> Sql {
        let (table, archived) = (kind.table, "t.archived_at is null");
        Sql::composed(format!("select t.{key}, t.id from {table} t where t.organization_id = $1 and t.{key} = any ($2) and {archived}"))
    }

    pub(super) fn of(kind: &Kind) -> &Composed {
        kind.statements.0.get_or_init(|| compose(kind))
    }
}

fn compose(kind: &Kind) -> Composed {
    let table = kind.table;
    let whole = members(kind, "t", "t.fields");
    let shown = members(kind, "t", &visible(kind, "$3"));
    let plant = if kind.within.has_plant() { "t.plant_id" } else { "null::uuid" };
    let stored = stored(kind);
    let columns = stored.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let values = stored.iter().map(|(name, _)| format!("r.{name}")).collect::<Vec<_>>().join(", ");
    let shape = stored.iter().map(|(name, ty)| format!("{name} {ty}")).collect::<Vec<_>>().join(", ");
    let assigned = stored.iter().map(|(name, _)| format!("{name} = r.{name}")).collect::<Vec<_>>().join(", ");
    Composed {
        find: Sql::composed(format!(
            "select r.version, {}, row_to_json(r) from (select {shown} from {table} t where t.organization_id = $1 and t.id = $2) r",
            if kind.within.has_plant() { "r.plant_id" } else { "null::uuid" }
        )),
        lock: Sql::composed(format!(
            "select t.id, (select row_to_json(r) from (select {whole}) r) from {table} t
             where t.organization_id = $1 and t.id = any ($2) order by t.id for no key update of t"
        )),
        refer: Sql::composed(format!(
            "select t.id, {plant}, t.{}::text, t.archived_at is not null from {table} t
             where t.organization_id = $1 and t.id = any ($2) order by t.id for share of t",
            kind.label
        )),
        insert: Sql::composed(format!(
            "insert into {table} as t (organization_id, id, {columns}, fields, created_at, updated_at)
             select $1, r.id, {values}, r.fields, $3, $3 from jsonb_to_recordset($2) as r (id uuid, {shape}, fields jsonb)
             returning t.id, (select row_to_json(r) from (select {whole}) r)"
        )),
        update: Sql::composed(format!(
            "update {table} t set {assigned}, fields = r.fields, version = t.version + 1, updated_at = $3,
                 updated_by = current_setting('gemba.actor')
             from jsonb_to_recordset($2) as r (id uuid, {shape}, fields jsonb)
             where t.organization_id = $1 and t.id = r.id
             returning t.id, (select row_to_json(r) from (select {whole}) r)"
        )),
        archive: Sql::composed(format!(
            "update {table} t set archived_at = $3, version = t.version + 1, updated_at = $4, updated_by = current_setting('gemba.actor')
             where t.organization_id = $1 and t.id = $2
             returning t.id, (select row_to_json(r) from (select {whole}) r)"
        )),
        by_key: kind.unique.iter().map(|key| by_key(kind, key)).collect(),
    }
}

/// The columns that writing sets, with the type in which JSON gives them.
fn stored(kind: &Kind) -> Vec<(&'static str, &'static str)> {
    let mut stored: Vec<_> = kind.fields.iter().map(|field| (field.name, column(&field.ty))).collect();
    if let Within::Parent(_) = kind.within {
        stored.push(("plant_id", "uuid"));
    }
    stored
}

/// The type of the database that holds a field's JSON without loss.
pub(super) fn column(ty: &Type) -> &'static str {
    match ty {
        Type::Text | Type::Choice(_) => "text",
        Type::Integer(..) => "bigint",
        Type::Decimal => "numeric",
        Type::Boolean => "boolean",
        Type::Date => "date",
        Type::Instant => "timestamptz",
        Type::Reference(_) => "uuid",
        Type::List(_) | Type::Object(_) => "jsonb",
    }
}

/// The members of a record as a select list over the row `t`: `t.name, trim_scale(t.weight)::text as weight, …`.
pub(super) fn members(kind: &Kind, t: &str, fields: &str) -> String {
    let mut list = format!("{t}.id");
    match kind.within {
        Within::Parent(_) | Within::Itself => _ = write!(list, ", {t}.plant_id"),
        Within::Organization | Within::Plant | Within::Either => {}
    }
    for field in kind.fields {
        _ = write!(list, ", {} as {}", member(field, t), field.name);
    }
    _ = write!(list, ", {fields} as fields, {t}.version, {} as created_at, {t}.created_by", instant(&format!("{t}.created_at")));
    _ = write!(list, ", {} as updated_at, {t}.updated_by", instant(&format!("{t}.updated_at")));
    _ = write!(list, ", {} as archived_at", instant(&format!("{t}.archived_at")));
    list
}

fn member(field: &Field, t: &str) -> String {
    let column = format!("{t}.{}", field.name);
    match field.ty {
        Type::Decimal => format!("trim_scale({column})::text"),
        Type::Instant => instant(&column),
        _ => column,
    }
}

fn instant(column: &str) -> String {
    format!("to_char({column} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
}

/// The custom values of a row without those that only roles not in `roles` may see.
pub(super) fn visible(kind: &Kind, roles: &str) -> String {
    format!(
        "case when t.fields = '{{}}' then t.fields else t.fields - coalesce((select array_agg(d.key) from field_definitions d where d.organization_id = $1 and d.kind = '{}'
             and jsonb_array_length(d.visible_to) > 0 and not d.visible_to ?| {roles}::text[]), '{{}}') end",
        kind.name
    )
}

/// Where `key` of a JSON array's entries is taken: archived records count too, for the database counts them.
fn by_key(kind: &Kind, key: &[&str]) -> Sql {
    let shape = key.iter().map(|name| format!("{name} {}", kind.field(name).map_or("uuid", |field| column(&field.ty))));
    let mut shape: Vec<_> = shape.collect();
    let mut same = String::new();
    for name in key {
        _ = write!(same, " and t.{name} = r.{name}");
    }
    // A key that names a reference is unique wherever that is; a name alone only within its plant.
    let of_plant = kind.within.has_plant() && kind.within != Within::Itself && !key.contains(&"plant_id");
    if of_plant {
        shape.push("plant_id uuid".into());
        _ = write!(same, " and t.plant_id is not distinct from r.plant_id");
    }
    Sql::composed(format!(
        "select r.at_row, t.id from jsonb_to_recordset($2) as r (at_row bigint, {}) join {} t on t.organization_id = $1{same}",
        shape.join(", "),
        kind.table
    ))
}
