//! Lists: filters, order, search and pages over any kind of record.
//!
//! ```text
//! GET /lines?active=true&name[contains]=smt&available_s_per_day[gte]=28800&fields.floor[in]=1,2&sort=-name&q=smt&limit=100
//! ```
//! A filter is `member=value` or `member[operator]=value`; custom values are `fields.key`. Operators: `eq` (also written as nothing), `ne`, `lt`,
//! `lte`, `gt`, `gte`, `in` (commas between), `contains`, `starts`, `null` (`true`, `false`). `sort` names members, `-` for descending. `q` searches
//! words; `archived` is `exclude` (usual), `include` or `only`; `view` takes the parameters of a saved view where the address says nothing else.
//!
//! **Invariant:** names in a statement come from the description, values are parameters that were read by their type first.
//! **Invariant:** a list shows only plants in which the caller holds the right to read.

use std::fmt::Write;

use serde_json::Value;
use tokio_postgres::types::{ToSql, Type as Pg};
use uuid::Uuid;

use crate::caller::{Reach, Scope};
use crate::database::{Sql, Tx};
use crate::error::{Error, Kind as Family, Result};
use crate::http::{Cursor, Page, Paged};
use crate::permission::Permission;
use crate::resource::custom::{Definitions, roles};
use crate::resource::definitions::ValueType;
use crate::resource::incoming;
use crate::resource::kind::{Kind, Type, Within};
use crate::resource::narrowing::bound;
use crate::resource::statements;

/// Parameters of a list that are no filters.
const RESERVED: [&str; 7] = ["limit", "cursor", "sort", "q", "archived", "fields", "view"];

/// What is wanted of a list.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    filters: Vec<Filter>,
    sort: Vec<Order>,
    search: Option<String>,
    archived: Archived,
    /// A right needed beside that to read.
    also: Option<Permission>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Archived {
    #[default]
    Exclude,
    Include,
    Only,
}

#[derive(Clone, Debug)]
struct Filter {
    of: Compared,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Debug)]
struct Order {
    of: Compared,
    descending: bool,
}

/// Something that can be compared.
#[derive(Clone, Debug)]
enum Compared {
    /// A column, with the type that it is compared as.
    Column { name: &'static str, ty: &'static str },
    /// A custom value.
    Custom { key: String, ty: ValueType },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Contains,
    Starts,
    Null,
}

impl Operator {
    fn of(name: &str) -> Option<Operator> {
        Some(match name {
            "eq" => Operator::Equal,
            "ne" => Operator::Unequal,
            "lt" => Operator::Less,
            "lte" => Operator::LessOrEqual,
            "gt" => Operator::Greater,
            "gte" => Operator::GreaterOrEqual,
            "in" => Operator::In,
            "contains" => Operator::Contains,
            "starts" => Operator::Starts,
            "null" => Operator::Null,
            _ => return None,
        })
    }

    fn sql(self) -> &'static str {
        match self {
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Equal | Operator::Unequal | Operator::In | Operator::Contains | Operator::Starts | Operator::Null => "=",
        }
    }
}

/// The longest text that is searched for (characters).
const LONGEST_SEARCH: usize = 200;

fn bad(parameter: &str, why: impl std::fmt::Display) -> Error {
    Error::new(Family::Malformed, "bad_parameter", format!("{parameter}: {why}"))
}

impl Wanted {
    /// Reads the parameters of an address.
    ///
    /// # Errors
    /// 400 `bad_parameter` for one that the kind does not know, or whose value cannot be read.
    pub(super) fn read(kind: &'static Kind, definitions: &Definitions, tx: &Tx, parameters: &[(String, String)]) -> Result<Wanted> {
        let mut wanted = Wanted::default();
        for (position, (name, value)) in parameters.iter().enumerate() {
            if parameters[..position].iter().any(|(earlier, _)| earlier == name) {
                return Err(bad(name, "said twice; for one of several values there is [in]"));
            }
            match name.as_str() {
                "q" if value.chars().count() > LONGEST_SEARCH => {
                    return Err(bad("q", format!("expected at most {LONGEST_SEARCH} characters")));
                }
                "sort" => wanted.sort = sort(kind, definitions, tx, value)?,
                "q" => wanted.search = Some(value.chars().filter(|letter| !letter.is_control()).collect()),
                "archived" => {
                    wanted.archived = match value.as_str() {
                        "exclude" => Archived::Exclude,
                        "include" => Archived::Include,
                        "only" => Archived::Only,
                        other => return Err(bad("archived", format!("found {other}, expected exclude, include or only"))),
                    }
                }
                name if RESERVED.contains(&name) => {}
                name => wanted.filters.push(filter(kind, definitions, tx, name, value)?),
            }
        }
        Ok(wanted)
    }

    /// Only where the caller holds `permission` too.
    pub(super) fn where_also(mut self, permission: Permission) -> Wanted {
        self.also = Some(permission);
        self
    }

    /// The order, as cursors remember it.
    fn order(&self) -> String {
        let name = |order: &Order| {
            let minus = if order.descending { "-" } else { "" };
            match &order.of {
                Compared::Column { name, .. } => format!("{minus}{name}"),
                Compared::Custom { key, .. } => format!("{minus}fields.{key}"),
            }
        };
        self.sort.iter().map(name).collect::<Vec<_>>().join(",")
    }
}

fn compared(kind: &'static Kind, definitions: &Definitions, tx: &Tx, name: &str) -> Result<Compared> {
    if let Some(key) = name.strip_prefix("fields.") {
        let definition = definitions.find(tx.caller(), key).ok_or_else(|| bad(name, "there is no such custom field"))?;
        return Ok(Compared::Custom { key: key.into(), ty: definition.of.value_type });
    }
    if let Some(field) = kind.field(name).filter(|field| field.ty.is_plain()) {
        return Ok(Compared::Column { name: field.name, ty: statements::column(&field.ty) });
    }
    let of_all = OF_ALL.iter().find(|(known, _)| *known == name && (name != "plant_id" || kind.within.has_plant()));
    let (name, ty) = of_all.ok_or_else(|| bad(name, format!("{} has no such member to filter or sort by", kind.a_noun())))?;
    Ok(Compared::Column { name, ty })
}

/// Members of every record that can be compared.
const OF_ALL: [(&str, &str); 8] = [
    ("id", "uuid"),
    ("plant_id", "uuid"),
    ("created_at", "timestamptz"),
    ("updated_at", "timestamptz"),
    ("archived_at", "timestamptz"),
    ("created_by", "text"),
    ("updated_by", "text"),
    ("version", "bigint"),
];

impl Compared {
    /// A value of an address in a form that the database reads without fail.
    fn read(&self, parameter: &str, text: &str) -> Result<String> {
        let ty = match self {
            Compared::Column { ty, .. } => ty,
            Compared::Custom { ty, .. } => match ty {
                ValueType::Number => "numeric",
                ValueType::Date => "date",
                ValueType::Boolean => "boolean",
                ValueType::Reference | ValueType::File => "uuid",
                ValueType::Text | ValueType::Choice => "text",
            },
        };
        typed_text(ty, text).ok_or_else(|| bad(parameter, format!("found {text}, which is no {}", spoken(ty))))
    }

    fn is_text(&self) -> bool {
        matches!(self, Compared::Column { ty: "text", .. } | Compared::Custom { ty: ValueType::Text | ValueType::Choice, .. })
    }
}

fn spoken(ty: &str) -> &'static str {
    match ty {
        "uuid" => "identifier",
        "bigint" => "whole number",
        "numeric" => "number",
        "boolean" => "truth value: true or false",
        "date" => "day: 2027-03-31",
        "timestamptz" => "instant: 2027-03-31T06:00:00Z",
        _ => "text that can be compared",
    }
}

/// A value of an address in a form that the database reads as `ty` without fail.
fn typed_text(ty: &str, text: &str) -> Option<String> {
    let value = Value::String(text.into());
    let read = match ty {
        "uuid" => text.parse::<Uuid>().ok()?.to_string(),
        "bigint" => text.parse::<i64>().ok()?.to_string(),
        "numeric" => incoming::decimal_of(&value, 12, "").ok()?.to_string(),
        "boolean" => text.parse::<bool>().ok()?.to_string(),
        "date" => incoming::date(&value, "").ok()?.as_str()?.into(),
        "timestamptz" => incoming::instant(&value, "").ok()?.as_str()?.into(),
        _ if text.contains('\0') || text.len() > 2_000 => return None,
        _ => text.into(),
    };
    Some(read)
}

fn filter(kind: &'static Kind, definitions: &Definitions, tx: &Tx, parameter: &str, value: &str) -> Result<Filter> {
    let (name, operator) = match parameter.split_once('[') {
        None => (parameter, Operator::Equal),
        Some((name, rest)) => {
            let operator = rest.strip_suffix(']').and_then(Operator::of);
            (
                name,
                operator
                    .ok_or_else(|| bad(parameter, "expected one of eq, ne, lt, lte, gt, gte, in, contains, starts, null in brackets"))?,
            )
        }
    };
    let of = compared(kind, definitions, tx, name)?;
    let values = match operator {
        Operator::Null => vec![typed_text("boolean", value).ok_or_else(|| bad(parameter, "expected true or false"))?],
        Operator::In => value.split(',').take(200).map(|value| of.read(parameter, value.trim())).collect::<Result<_>>()?,
        Operator::Contains | Operator::Starts if !of.is_text() => return Err(bad(parameter, "only texts contain others")),
        Operator::Contains | Operator::Starts => vec![typed_text("text", value).ok_or_else(|| bad(parameter, "expected a text"))?],
        _ => vec![of.read(parameter, value)?],
    };
    let choices = kind.field(name).and_then(|field| if let Type::Choice(choices) = field.ty { Some(choices) } else { None });
    if let (Some(choices), Operator::Equal | Operator::Unequal | Operator::In) = (choices, operator)
        && let Some(unknown) = values.iter().find(|value| !choices.iter().any(|choice| choice.value == value.as_str()))
    {
        let known = choices.iter().map(|choice| choice.value).collect::<Vec<_>>().join(", ");
        return Err(bad(parameter, format!("found {unknown}, expected one of {known}")));
    }
    Ok(Filter { of, operator, values })
}

fn sort(kind: &'static Kind, definitions: &Definitions, tx: &Tx, value: &str) -> Result<Vec<Order>> {
    let mut orders = Vec::new();
    for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let (descending, name) = name.strip_prefix('-').map_or((false, name), |name| (true, name));
        let of = compared(kind, definitions, tx, name).map_err(|wrong| bad("sort", wrong.detail))?;
        orders.push(Order { of, descending });
    }
    if orders.len() > 3 { Err(bad("sort", format!("found {} members, expected at most 3", orders.len()))) } else { Ok(orders) }
}

/// A statement that grows, with its parameters.
struct Building {
    text: String,
    parameters: Vec<(Box<dyn ToSql + Sync + Send>, Pg)>,
}

impl Building {
    fn give(&mut self, value: impl ToSql + Sync + Send + 'static, ty: Pg) -> String {
        self.parameters.push((Box::new(value), ty));
        format!("${}", self.parameters.len())
    }

    fn text(&mut self, value: &str) -> String {
        self.give(value.to_string(), Pg::TEXT)
    }
}

/// A page of the records that are wanted, each as JSON.
///
/// # Errors
/// 403 where the caller may read them nowhere; 400 for a cursor of another list.
pub(super) async fn list(tx: &mut Tx, kind: &'static Kind, wanted: &Wanted, page: &Page) -> Result<Paged<Value>> {
    let mut building = Building { text: String::new(), parameters: Vec::new() };
    select(&mut building, tx, kind, wanted)?;
    if let Some(cursor) = &page.after {
        cursor.of_sort(&wanted.order())?;
        behind(&mut building, kind, wanted, cursor)?;
    }
    ordered(&mut building, kind, wanted);
    _ = write!(building.text, " limit {}) r", page.limit + 1);
    let parameters: Vec<_> = building.parameters.iter().map(|(value, ty)| (&**value as &(dyn ToSql + Sync), ty.clone())).collect();
    let rows = tx.query_typed(Sql::composed(building.text), &parameters).await?;
    let records = rows.iter().map(|row| row.get::<_, Value>(0)).collect();
    Ok(Paged::of(records, page, |last| cursor(wanted, last)))
}

fn select(building: &mut Building, tx: &Tx, kind: &'static Kind, wanted: &Wanted) -> Result<()> {
    let organization = building.give(tx.caller().organization.0, Pg::UUID);
    let roles = building.give(roles(tx.caller()), Pg::TEXT_ARRAY);
    let members = statements::members(kind, "t", &statements::visible(kind, &roles));
    _ = write!(
        building.text,
        "select row_to_json(r) from (select {members} from {} t where t.organization_id = {organization}",
        kind.table
    );
    match wanted.archived {
        Archived::Exclude => building.text.push_str(" and t.archived_at is null"),
        Archived::Only => building.text.push_str(" and t.archived_at is not null"),
        Archived::Include => {}
    }
    for permission in [Some(kind.verbs.read), wanted.also].into_iter().flatten() {
        within_reach(building, tx, kind, permission)?;
        narrowed(building, tx, kind, permission);
    }
    if let Some(asked) = &wanted.search {
        let asked = building.text(asked);
        _ = write!(building.text, " and t.id in (select gemba.search('{}', {asked}))", kind.name);
    }
    for filter in &wanted.filters {
        condition(building, kind, filter);
    }
    Ok(())
}

/// Only plants where the caller holds `permission`.
fn within_reach(building: &mut Building, tx: &Tx, kind: &Kind, permission: Permission) -> Result<()> {
    let Reach::Plants(plants) = tx.caller().reach_of(permission) else { return Ok(()) };
    if plants.is_empty() && !tx.caller().may_somewhere(permission) {
        return Err(tx.caller().refusal(permission, Scope::Organization));
    }
    if kind.within.has_plant() {
        let plants = building.give(plants.into_iter().map(|plant| plant.0).collect::<Vec<_>>(), Pg::UUID_ARRAY);
        let open = if kind.within == Within::Either { "t.plant_id is null or " } else { "" };
        _ = write!(building.text, " and ({open}t.plant_id = any ({plants}))");
    }
    Ok(())
}

/// Only records with which no policy of the organization forbids `permission`.
fn narrowed(building: &mut Building, tx: &Tx, kind: &'static Kind, permission: Permission) {
    let Some(policies) = tx.caller().policies_on(permission) else { return };
    let Building { text, parameters } = building;
    policies.narrow(tx.caller(), kind, permission, text, &mut |parameter| {
        parameters.push(bound(parameter));
        format!("${}", parameters.len())
    });
}

fn condition(building: &mut Building, kind: &Kind, filter: &Filter) {
    let (left, ty) = match &filter.of {
        Compared::Column { name, ty, .. } => (format!("t.{name}"), *ty),
        Compared::Custom { ty: ValueType::Number, .. } => ("e.number_value".into(), "float8"),
        Compared::Custom { .. } => ("e.text_value".into(), "text"),
    };
    let first = filter.values.first().map(String::as_str).unwrap_or_default();
    let test = match filter.operator {
        Operator::Null => {
            let is = if first == "true" { "" } else { "not " };
            match &filter.of {
                Compared::Column { .. } => format!("{left} is {is}null"),
                Compared::Custom { .. } => String::new(),
            }
        }
        Operator::In => {
            let given = building.give(filter.values.clone(), Pg::TEXT_ARRAY);
            format!("{left} = any ({given}::text[]::{ty}[])")
        }
        Operator::Contains | Operator::Starts => {
            let pattern = first.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            let before = if filter.operator == Operator::Contains { "%" } else { "" };
            let given = building.text(&format!("{before}{pattern}%"));
            format!("{left} ilike {given}")
        }
        operator => {
            let given = building.text(first);
            format!("{left} {} {given}::text::{ty}", operator.sql())
        }
    };
    match &filter.of {
        Compared::Column { .. } if filter.operator == Operator::Unequal => _ = write!(building.text, " and ({test}) is not true"),
        Compared::Column { .. } => _ = write!(building.text, " and {test}"),
        Compared::Custom { key, .. } => {
            let without = filter.operator == Operator::Unequal || (filter.operator == Operator::Null && first == "true");
            let not = if without { "not " } else { "" };
            let test = if test.is_empty() { test } else { format!(" and {test}") };
            let key = building.text(key);
            _ = write!(
                building.text,
                " and t.id {not}in (select e.record_id from field_entries e where e.organization_id = $1 and e.kind = '{}' and e.key = {key}{test})",
                kind.name
            );
        }
    }
}

/// What an order compares, as SQL with the type in which a cursor's text is read.
fn sorted_by(building: &mut Building, kind: &Kind, of: &Compared) -> (String, &'static str) {
    match of {
        Compared::Column { name, ty, .. } => (format!("t.{name}"), ty),
        Compared::Custom { key, ty } => {
            let key = building.text(key);
            let (column, ty) = if *ty == ValueType::Number { ("number_value", "float8") } else { ("text_value", "text") };
            let from = format!(
                "field_entries e where e.organization_id = $1 and e.kind = '{}' and e.key = {key} and e.record_id = t.id",
                kind.name
            );
            (format!("(select e.{column} from {from})"), ty)
        }
    }
}

/// Only what comes after the cursor. Nulls come last in both directions.
fn behind(building: &mut Building, kind: &Kind, wanted: &Wanted, cursor: &Cursor) -> Result<()> {
    if cursor.values.len() != wanted.sort.len() {
        return Err(bad("cursor", "not one that this list gave out; begin again without it"));
    }
    let mut ties = String::new();
    let mut ways = Vec::new();
    for (order, value) in wanted.sort.iter().zip(&cursor.values) {
        let (left, ty) = sorted_by(building, kind, &order.of);
        let text = match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let Some(text) = text else {
            _ = write!(ties, "{left} is null and ");
            continue;
        };
        let check = if ty == "float8" { "numeric" } else { ty };
        let text = typed_text(check, &text).ok_or_else(|| bad("cursor", "not one that this list gave out; begin again without it"))?;
        let given = building.text(&text);
        let than = if order.descending { "<" } else { ">" };
        ways.push(format!("({ties}({left} {than} {given}::text::{ty} or {left} is null))"));
        _ = write!(ties, "{left} = {given}::text::{ty} and ");
    }
    let id = building.give(cursor.id, Pg::UUID);
    ways.push(format!("({ties}t.id > {id})"));
    _ = write!(building.text, " and ({})", ways.join(" or "));
    Ok(())
}

fn ordered(building: &mut Building, kind: &Kind, wanted: &Wanted) {
    let mut by = String::new();
    for order in &wanted.sort {
        let (left, _) = sorted_by(building, kind, &order.of);
        _ = write!(by, "{left} {} nulls last, ", if order.descending { "desc" } else { "asc" });
    }
    _ = write!(building.text, " order by {by}t.id");
}

/// Where a page that ends with `last` ends.
fn cursor(wanted: &Wanted, last: &Value) -> Cursor {
    let value = |order: &Order| match &order.of {
        Compared::Column { name, .. } => last.get(*name).cloned().unwrap_or(Value::Null),
        Compared::Custom { key, .. } => last.get("fields").and_then(|values| values.get(key)).cloned().unwrap_or(Value::Null),
    };
    let id = last.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok()).unwrap_or_default();
    Cursor { sort: wanted.order(), values: wanted.sort.iter().map(value).collect(), id }
}

/// The members of a record that a list may be asked for.
pub(super) fn members(kind: &Kind) -> Vec<&'static str> {
    let meta = ["id", "plant_id", "fields", "version", "created_at", "created_by", "updated_at", "updated_by", "archived_at"];
    kind.fields
        .iter()
        .map(|field| field.name)
        .chain(meta.into_iter().filter(|name| *name != "plant_id" || kind.within.has_plant()))
        .collect()
}
