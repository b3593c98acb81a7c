//! A plant's master data as a plan needs it, read in one transaction.
//!
//! **Invariant:** what is archived or inactive is not here; what the caller may not see is not here.

use std::collections::HashMap;

use factory::items::Item as ItemRecord;
use jiff::civil::Date;
use platform::caller::Scope;
use platform::ids::PlantId;
use platform::resource::Record as _;
use platform::{Error, Result, Tx};
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

/// Everything about a plant that a plan rests on.
#[derive(Clone, Debug, Default)]
pub struct Plant {
    /// The plant.
    pub id: Uuid,
    /// Its short name, which plans show.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its areas.
    pub areas: Vec<Area>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Items that its lines can make or that are wanted of it.
    pub items: Vec<Item>,
    /// Names of families.
    pub families: HashMap<Uuid, String>,
    /// Names of customers.
    pub customers: HashMap<Uuid, String>,
    /// Which line can make which item.
    pub capabilities: Vec<Capability>,
    /// Steps of the routings in force.
    pub steps: Vec<RoutingStep>,
    /// Which step comes before which.
    pub links: Vec<(Uuid, Uuid)>,
    /// Changeover times.
    pub changeovers: Vec<Changeover>,
    /// Demand.
    pub demand: Vec<Demand>,
    /// Calendars.
    pub calendars: HashMap<Uuid, Calendar>,
    /// The calendar of areas and lines that have none of their own.
    pub calendar: Option<Uuid>,
    /// Hours of shift patterns on an operating day (h).
    pub pattern_hours: HashMap<Uuid, f64>,
}

/// An area.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Area {
    pub id: Uuid,
    pub name: String,
    pub sequence: u32,
    pub calendar: Option<Uuid>,
}

/// A line.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Line {
    pub id: Uuid,
    pub name: String,
    pub area: Uuid,
    /// Time it can work on an operating day (h); 0 where its shifts say it.
    pub hours_per_day: f64,
    pub overtime_hours_per_day: f64,
    /// Efficiency of capabilities that state none (share).
    pub efficiency: f64,
    pub calendar: Option<Uuid>,
    pub pattern: Option<Uuid>,
    pub opening_cost: f64,
}

/// An item.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Item {
    pub id: Uuid,
    pub name: String,
    pub code: String,
    pub family: Option<Uuid>,
    pub customer: Option<Uuid>,
    pub program: String,
    pub weight: f64,
    pub tier: u32,
    pub unit_value: Option<f64>,
    pub currency: String,
    pub program_starts: Option<Date>,
    pub program_ends: Option<Date>,
}

/// That a line can make an item.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Capability {
    pub id: Uuid,
    pub line: Uuid,
    pub item: Uuid,
    pub step: String,
    pub cycle_time_s: f64,
    /// Share; none for the line's.
    pub efficiency: Option<f64>,
    /// Share.
    pub first_pass_yield: f64,
    pub pieces_per_panel: f64,
    pub priority: u32,
    pub minimum_lot: f64,
    pub approved_from: Option<Date>,
    pub approved_to: Option<Date>,
}

/// A step of the routing in force of an item.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct RoutingStep {
    pub id: Uuid,
    pub item: Uuid,
    pub area: Uuid,
    pub name: String,
    pub passes: f64,
}

/// A changeover time; the most specific one counts.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Changeover {
    pub line: Option<Uuid>,
    pub area: Option<Uuid>,
    pub from_family: Option<Uuid>,
    pub to_family: Option<Uuid>,
    pub from_item: Option<Uuid>,
    pub to_item: Option<Uuid>,
    pub minutes: f64,
}

/// Units wanted.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Demand {
    pub item: Uuid,
    pub period: String,
    pub units: f64,
    pub source: String,
}

/// Which days are worked.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    /// Operating days of a year.
    pub days_per_year: f64,
    /// ISO weekdays.
    pub weekdays: [bool; 7],
    /// Days that differ from the rule: whether they are worked.
    pub exceptions: HashMap<Date, bool>,
    /// The shift pattern worked on its days.
    pub pattern: Option<Uuid>,
}

impl Plant {
    /// Reads a plant.
    ///
    /// # Errors
    /// 404 where there is no such plant or the caller may not see it.
    pub async fn read(tx: &mut Tx, plant: PlantId) -> Result<Plant> {
        Plant::read_with(tx, plant, &[]).await
    }

    /// Reads a plant with items that it may not make yet: those that a scenario brings.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_with(tx: &mut Tx, plant: PlantId, brought: &[Uuid]) -> Result<Plant> {
        let organization = tx.caller().organization;
        let found = tx.query_opt("select code, name from plants where organization_id = $1 and id = $2", &[&organization, &plant]).await?;
        let found = found.ok_or_else(|| Error::not_found("plant"))?;
        let items = tx.query(ITEMS, &[&organization, &plant, &brought]).await?.iter().map(item).collect();
        let mut read = Reader { tx, organization: organization.0, plant: plant.0 };
        Ok(Plant {
            id: plant.0,
            code: found.get(0),
            name: found.get(1),
            areas: read.all(AREAS, area).await?,
            lines: read.all(LINES, line).await?,
            items,
            families: read.all(FAMILIES, |row| (row.get(0), row.get(1))).await?.into_iter().collect(),
            customers: read.all(CUSTOMERS, |row| (row.get(0), row.get(1))).await?.into_iter().collect(),
            capabilities: read.all(CAPABILITIES, capability).await?,
            steps: read.all(STEPS, step).await?,
            links: read.all(LINKS, |row| (row.get(0), row.get(1))).await?,
            changeovers: read.all(CHANGEOVERS, changeover).await?,
            demand: read.all(DEMAND, demand).await?,
            calendars: read.calendars().await?,
            calendar: read.all(CALENDAR, |row| row.get(0)).await?.pop(),
            pattern_hours: read.all(PATTERNS, |row| (row.get(0), row.get(1))).await?.into_iter().collect(),
        })
    }

    /// The calendar of a line: its own, else its area's, else the plant's.
    pub fn calendar_of(&self, line: &Line) -> Option<&Calendar> {
        let area = self.areas.iter().find(|area| area.id == line.area);
        let id = line.calendar.or_else(|| area.and_then(|area| area.calendar)).or(self.calendar)?;
        self.calendars.get(&id)
    }
}

/// An item that a plant makes.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlantModel {
    /// The item.
    pub id: Uuid,
    /// Its number.
    #[schema(example = "INVERTER-48V")]
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its family.
    pub family: Option<String>,
    /// For whom it is made.
    pub customer: Option<String>,
    /// The customer's program.
    pub program: Option<String>,
    /// How many lines and steps of the plant can make it.
    pub capabilities: i64,
}

/// The items that a plant's lines can make or that are wanted of it, by name.
///
/// # Errors
/// 403 for whoever may see no items.
pub async fn models(tx: &mut Tx, plant: PlantId) -> Result<Vec<PlantModel>> {
    let read = ItemRecord::kind().verbs.read;
    if !tx.caller().may_somewhere(read) {
        return Err(tx.caller().refusal(read, Scope::Organization));
    }
    let organization = tx.caller().organization;
    let sql = "select i.id, i.code, i.name, f.name, c.name, i.program, coalesce(k.capabilities, 0)
        from items i
        left join (select item_id, count(*) as capabilities from capabilities
            where organization_id = $1 and plant_id = $2 and archived_at is null group by item_id) k on k.item_id = i.id
        left join families f on f.organization_id = $1 and f.id = i.family_id
        left join customers c on c.organization_id = $1 and c.id = i.customer_id
        where i.organization_id = $1 and i.archived_at is null and (k.item_id is not null or exists (
            select from demand d where d.organization_id = $1 and d.plant_id = $2 and d.item_id = i.id and d.archived_at is null))
        order by i.name, i.code";
    let rows = tx.query(sql, &[&organization, &plant]).await?;
    let model = |row: &Row| PlantModel {
        id: row.get(0),
        code: row.get(1),
        name: row.get(2),
        family: row.get(3),
        customer: row.get(4),
        program: row.get(5),
        capabilities: row.get(6),
    };
    Ok(rows.iter().map(model).collect())
}

struct Reader<'a> {
    tx: &'a mut Tx,
    organization: Uuid,
    plant: Uuid,
}

impl Reader<'_> {
    async fn all<T>(&mut self, sql: &'static str, of: impl Fn(&Row) -> T) -> Result<Vec<T>> {
        let rows = self.tx.query(sql, &[&self.organization, &self.plant]).await?;
        Ok(rows.iter().map(of).collect())
    }

    async fn calendars(&mut self) -> Result<HashMap<Uuid, Calendar>> {
        let rule = |row: &Row| {
            let days: i16 = row.get(1);
            let weekdays: String = row.get(2);
            let mut calendar = Calendar { days_per_year: f64::from(days), pattern: row.get(3), ..Calendar::default() };
            for digit in weekdays.chars().filter_map(|digit| digit.to_digit(10)) {
                calendar.weekdays[(digit as usize + 6) % 7] = true;
            }
            (row.get(0), calendar)
        };
        let mut calendars: HashMap<Uuid, Calendar> = self.all(CALENDARS, rule).await?.into_iter().collect();
        for (calendar, day, works) in self.all(HOLIDAYS, |row| (row.get::<_, Uuid>(0), row.get(1), row.get(2))).await? {
            if let Some(calendar) = calendars.get_mut(&calendar) {
                calendar.exceptions.insert(day, works);
            }
        }
        Ok(calendars)
    }
}

const AREAS: &str = "select id, name, sequence, calendar_id from areas
    where organization_id = $1 and plant_id = $2 and archived_at is null order by sequence, name";
const LINES: &str =
    "select id, name, area_id, available_s_per_day, overtime_s_per_day, (efficiency_pct / 100)::float8, calendar_id, shift_pattern_id,
        coalesce(opening_cost, 0)::float8
    from lines where organization_id = $1 and plant_id = $2 and archived_at is null and active order by name";
/// What a plant takes otherwise comes before what the item says.
const ITEMS: &str = "select i.id, i.name, i.code, i.family_id, i.customer_id, coalesce(i.program, ''), coalesce(o.weight, i.weight, 1)::float8,
        coalesce(o.tier, i.tier), i.unit_value::float8, coalesce(i.currency, ''), coalesce(o.program_starts_on, i.program_starts_on),
        coalesce(o.program_ends_on, i.program_ends_on)
    from items i
    left join plant_items o on o.organization_id = $1 and o.plant_id = $2 and o.item_id = i.id and o.archived_at is null
    where i.organization_id = $1 and i.archived_at is null and i.active and coalesce(o.active, true)
        and (i.id = any ($3)
            or exists (select from capabilities c where c.organization_id = $1 and c.plant_id = $2 and c.item_id = i.id and c.archived_at is null)
            or exists (select from demand d where d.organization_id = $1 and d.plant_id = $2 and d.item_id = i.id and d.archived_at is null))
    order by i.name, i.code";
const FAMILIES: &str = "select id, name from families where organization_id = $1 and $2::uuid is not null";
const CUSTOMERS: &str = "select id, name from customers where organization_id = $1 and $2::uuid is not null";
const CAPABILITIES: &str = "select id, line_id, item_id, coalesce(step, ''), cycle_time_s::float8, (efficiency_pct / 100)::float8,
        (first_pass_yield_pct / 100)::float8, pieces_per_panel::float8, priority, minimum_lot::float8, approved_from, approved_to
    from capabilities where organization_id = $1 and plant_id = $2 and archived_at is null and active order by id";
const STEPS: &str = "select s.id, r.item_id, s.area_id, s.name, s.passes::float8
    from (select distinct on (item_id) id, item_id from routings
          where organization_id = $1 and plant_id = $2 and archived_at is null and status = 'released'
          order by item_id, effective_from desc nulls last, revision desc) r
    join routing_steps s on s.organization_id = $1 and s.routing_id = r.id and s.archived_at is null
    order by r.item_id, s.number";
const LINKS: &str =
    "select from_step_id, to_step_id from routing_links where organization_id = $1 and plant_id = $2 and archived_at is null";
const CHANGEOVERS: &str = "select line_id, area_id, from_family_id, to_family_id, from_item_id, to_item_id, minutes::float8
    from changeovers where organization_id = $1 and plant_id = $2 and archived_at is null order by id";
const DEMAND: &str = "select item_id, period, units::float8, source from demand
    where organization_id = $1 and plant_id = $2 and archived_at is null";
const CALENDARS: &str = "select id, operating_days_per_year, weekdays, shift_pattern_id from calendars
    where organization_id = $1 and plant_id = $2 and archived_at is null";
const CALENDAR: &str = "select calendar_id from plant_settings
    where organization_id = $1 and plant_id = $2 and archived_at is null and calendar_id is not null";
const HOLIDAYS: &str =
    "select calendar_id, on_date, works from holidays where organization_id = $1 and plant_id = $2 and archived_at is null";
/// Weekdays of a single shift count as a share of the week's days it is worked on.
const PATTERNS: &str =
    "select shift_pattern_id, (sum((duration_min - break_min) * length(weekdays)) / 60.0 / max(length(weekdays)))::float8
    from shifts where organization_id = $1 and plant_id = $2 and archived_at is null group by 1";

const SECONDS_PER_HOUR: f64 = 3600.0;

fn area(row: &Row) -> Area {
    let sequence: i32 = row.get(2);
    Area { id: row.get(0), name: row.get(1), sequence: sequence.unsigned_abs(), calendar: row.get(3) }
}

fn line(row: &Row) -> Line {
    let hours = |column: usize| f64::from(row.get::<_, i32>(column)) / SECONDS_PER_HOUR;
    Line {
        id: row.get(0),
        name: row.get(1),
        area: row.get(2),
        hours_per_day: hours(3),
        overtime_hours_per_day: hours(4),
        efficiency: row.get(5),
        calendar: row.get(6),
        pattern: row.get(7),
        opening_cost: row.get(8),
    }
}

fn item(row: &Row) -> Item {
    let tier: i16 = row.get(7);
    Item {
        id: row.get(0),
        name: row.get(1),
        code: row.get(2),
        family: row.get(3),
        customer: row.get(4),
        program: row.get(5),
        weight: row.get(6),
        tier: u32::from(tier.unsigned_abs()),
        unit_value: row.get(8),
        currency: row.get(9),
        program_starts: row.get(10),
        program_ends: row.get(11),
    }
}

fn capability(row: &Row) -> Capability {
    let priority: i16 = row.get(8);
    Capability {
        id: row.get(0),
        line: row.get(1),
        item: row.get(2),
        step: row.get(3),
        cycle_time_s: row.get(4),
        efficiency: row.get(5),
        first_pass_yield: row.get(6),
        pieces_per_panel: row.get(7),
        priority: u32::from(priority.unsigned_abs()),
        minimum_lot: row.get(9),
        approved_from: row.get(10),
        approved_to: row.get(11),
    }
}

fn step(row: &Row) -> RoutingStep {
    RoutingStep { id: row.get(0), item: row.get(1), area: row.get(2), name: row.get(3), passes: row.get(4) }
}

fn changeover(row: &Row) -> Changeover {
    Changeover {
        line: row.get(0),
        area: row.get(1),
        from_family: row.get(2),
        to_family: row.get(3),
        from_item: row.get(4),
        to_item: row.get(5),
        minutes: row.get(6),
    }
}

fn demand(row: &Row) -> Demand {
    Demand { item: row.get(0), period: row.get(1), units: row.get(2), source: row.get(3) }
}
