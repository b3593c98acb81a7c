//! Where time was lost, from the greatest loss to the least.
//!
//! **Invariant:** losses are time in which work was planned; breaks and free shifts are none.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kpi::pareto::rank;
use kpi::{TimeClass, pareto};
use platform::database::Params;
use platform::ids::PlantId;
use platform::{Error, Result, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::cuts::{self, Cut, Grain, How, Parts};
use super::question;
use crate::people::working_time;

/// Longest time that is looked through at once (d).
const MOST_DAYS: i64 = 100;

/// By what losses are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LossBy {
    /// By the reason that was told.
    #[default]
    Reason,
    /// By the most general reason above it.
    Group,
    /// By line.
    Line,
    /// By area.
    Area,
    /// By element of the time model.
    Class,
}

/// Which losses.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The plant.
    pub plant: PlantId,
    /// Only this line.
    pub line: Option<Uuid>,
    /// Only lines of this area.
    pub area: Option<Uuid>,
    /// From then.
    pub from: Timestamp,
    /// Until then, or now where that is earlier.
    pub to: Timestamp,
    /// By what they are told apart.
    pub by: LossBy,
    /// With planned down time too.
    pub planned: bool,
}

/// Where time was lost.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Downtime {
    /// The plant.
    pub plant_id: Uuid,
    /// From then.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Until then: never later than now.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// By what they are told apart.
    pub by: LossBy,
    /// All of it (s).
    #[schema(example = 5400.0)]
    pub total_s: f64,
    /// Stops.
    pub stops: i64,
    /// The greatest first.
    pub items: Vec<Loss>,
}

/// A loss.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Loss {
    /// The reason, line or area; none where `name` says what it is.
    pub id: Option<Uuid>,
    /// As people call it; `micro_stops` and `unexplained` for stops without a reason, the name of the element for classes.
    #[schema(example = "Feeder jam")]
    pub name: String,
    /// The more general reasons above it, the most general first.
    #[schema(example = json!(["Machine"]))]
    pub path: Vec<String>,
    /// Whether it was planned.
    pub planned: bool,
    /// Element of the time model, where all of it is of one.
    #[schema(example = "failure")]
    pub time_class: Option<String>,
    /// How long (s).
    #[schema(example = 1800.0)]
    pub duration_s: f64,
    /// How often.
    #[schema(example = 7)]
    pub stops: i64,
    /// Of all (%).
    pub share_pct: Option<f64>,
    /// It and all before it, of all (%).
    pub cumulative_pct: Option<f64>,
}

/// A reason and those above it.
#[derive(Clone, Debug)]
struct Reason {
    name: String,
    parent: Option<Uuid>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    name: String,
    id: Option<Uuid>,
    path: Vec<String>,
}

/// Losses.
///
/// # Errors
/// 400 for a time that cannot be; what the database refused.
pub async fn downtime(tx: &mut Tx, wanted: &Wanted) -> Result<Downtime> {
    let (from, to) = (cuts::whole_us(wanted.from), cuts::whole_us(wanted.to.min(tx.now())));
    let bad = |detail: String| Error::new(platform::error::Kind::Malformed, "bad_parameter", detail);
    if wanted.from >= wanted.to {
        return Err(bad(format!("from: found {}, expected before to, {}", wanted.from, wanted.to)));
    }
    if to.as_second() - from.as_second() > MOST_DAYS * 86_400 {
        return Err(bad(format!("from: expected at most {MOST_DAYS} days before to")));
    }
    let only: Vec<Uuid> = wanted.line.into_iter().collect();
    let lines = question::lines(tx, wanted.plant, &only, wanted.area).await?;
    let calendars = working_time::of_plant(tx, wanted.plant).await?;
    let mut parts = Parts::default();
    let mut worked: Vec<Cut> = Vec::new();
    for (line, calendar) in calendars.iter().filter(|(line, _)| lines.contains_key(line)) {
        let all = cuts::cut(*line, calendar, from, to, Grain::Whole, &mut parts);
        worked.extend(all.into_iter().filter(|cut| cut.how == How::Worked));
    }
    let reasons = reasons(tx, wanted.plant).await?;
    let mut sums: BTreeMap<Key, (i64, i64, Vec<TimeClass>)> = BTreeMap::new();
    for stop in stops(tx, wanted.plant, &worked).await? {
        if stop.class.is_planned() && !wanted.planned {
            continue;
        }
        let line = lines.get(&stop.line);
        let key = match wanted.by {
            LossBy::Line => Key { name: line.map_or(String::new(), |line| line.name.clone()), id: Some(stop.line), path: Vec::new() },
            LossBy::Area => {
                Key { name: line.map_or(String::new(), |line| line.area_name.clone()), id: line.map(|line| line.area), path: Vec::new() }
            }
            LossBy::Class => Key { name: stop.class.name().into(), id: None, path: Vec::new() },
            LossBy::Reason | LossBy::Group => match stop.reason {
                Some(reason) => of_reason(&reasons, reason, wanted.by),
                None => Key { name: unexplained(&stop).into(), id: None, path: Vec::new() },
            },
        };
        let sum = sums.entry(key).or_default();
        sum.0 += stop.us;
        sum.1 += stop.times;
        if !sum.2.contains(&stop.class) {
            sum.2.push(stop.class);
        }
    }
    let (total_us, total_stops) = sums.values().fold((0, 0), |(us, times), sum| (us + sum.0, times + sum.1));
    let classes: BTreeMap<Key, Vec<TimeClass>> = sums.iter().map(|(key, sum)| (key.clone(), sum.2.clone())).collect();
    let bars = rank(sums.into_iter().map(|(key, sum)| (key, sum.0, sum.1)));
    let items = bars.into_iter().map(|bar| shown(bar, &classes)).collect();
    Ok(Downtime { plant_id: wanted.plant.0, from, to, by: wanted.by, total_s: total_us as f64 / 1e6, stops: total_stops, items })
}

fn unexplained(stop: &Stop) -> &'static str {
    match (stop.micro, stop.class) {
        (true, _) => "micro_stops",
        (false, TimeClass::Down) => "idle",
        (false, _) => "unexplained",
    }
}

fn shown(bar: pareto::Bar<Key>, classes: &BTreeMap<Key, Vec<TimeClass>>) -> Loss {
    let own = classes.get(&bar.of).map(Vec::as_slice).unwrap_or_default();
    Loss {
        planned: !own.is_empty() && own.iter().all(|class| class.is_planned()),
        time_class: if let [only] = own { Some(only.name().into()) } else { None },
        id: bar.of.id,
        name: bar.of.name,
        path: bar.of.path,
        duration_s: bar.us as f64 / 1e6,
        stops: bar.times,
        share_pct: bar.share.map(|share| share * 100.0),
        cumulative_pct: bar.cumulative_share.map(|share| share * 100.0),
    }
}

/// The reason, or the most general one above it. A tree that somebody closed to a circle is left after as many steps as there are reasons.
fn of_reason(reasons: &BTreeMap<Uuid, Reason>, id: Uuid, by: LossBy) -> Key {
    let mut path: Vec<(Uuid, &str)> = Vec::new();
    let mut next = Some(id);
    while let Some(at) = next
        && let Some(reason) = reasons.get(&at)
        && path.len() < reasons.len()
    {
        path.push((at, &reason.name));
        next = reason.parent;
    }
    path.reverse();
    let names = |path: &[(Uuid, &str)]| path.iter().map(|(_, name)| (*name).to_owned()).collect();
    match (by, path.first(), path.split_last()) {
        (LossBy::Group, Some((id, name)), _) => Key { name: (*name).into(), id: Some(*id), path: Vec::new() },
        (_, _, Some(((id, name), above))) => Key { name: (*name).into(), id: Some(*id), path: names(above) },
        _ => Key { name: String::new(), id: Some(id), path: Vec::new() },
    }
}

async fn reasons(tx: &mut Tx, plant: PlantId) -> Result<BTreeMap<Uuid, Reason>> {
    let organization = tx.caller().organization;
    let sql = "select id, name, parent_id from reasons where organization_id = $1 and plant_id = $2";
    let rows = tx.query(sql, &[&organization, &plant]).await?;
    Ok(rows.iter().map(|row| (row.get(0), Reason { name: row.get(1), parent: row.get(2) })).collect())
}

/// Standing of one kind at a line.
#[derive(Debug)]
struct Stop {
    line: Uuid,
    reason: Option<Uuid>,
    class: TimeClass,
    micro: bool,
    us: i64,
    times: i64,
}

async fn stops(tx: &mut Tx, plant: PlantId, worked: &[Cut]) -> Result<Vec<Stop>> {
    let organization = tx.caller().organization;
    let lines: Vec<Uuid> = worked.iter().map(|cut| cut.line).collect();
    let (starts, ends): (Vec<Timestamp>, Vec<Timestamp>) = worked.iter().map(|cut| (cut.from, cut.to)).unzip();
    // Each cut is looked up by itself, as in `facts`.
    let sql = "select c.line_id, s.reason_id, s.time_class, s.micro,
            round(date_part('epoch', sum(least(coalesce(s.ended_at, c.ends), c.ends) - greatest(s.started_at, c.starts))) * 1000000)::bigint,
            count(*) filter (where s.started_at >= c.starts)
        from unnest($3::uuid[], $4::timestamptz[], $5::timestamptz[]) as c (line_id, starts, ends)
        cross join lateral (
            select coalesce((select b.started_at from line_states b
                where b.organization_id = $1 and b.plant_id = $2 and b.line_id = c.line_id and b.started_at <= c.starts
                order by b.started_at desc limit 1), c.starts) as first
            offset 0) f
        cross join lateral (
            select s.reason_id, s.time_class, s.micro, s.started_at, s.ended_at from line_states s
            where s.organization_id = $1 and s.plant_id = $2 and s.line_id = c.line_id and s.started_at >= f.first and s.started_at < c.ends
                and coalesce(s.ended_at, 'infinity') > c.starts and s.time_class in ('delay', 'failure', 'down', 'planned', 'preventive')
            offset 0) s
        group by 1, 2, 3, 4";
    let params: Params<'_> = &[&organization, &plant, &lines, &starts, &ends];
    let rows = tx.query(sql, params).await?;
    rows.iter()
        .map(|row| {
            let class = TimeClass::named(row.get(2)).ok_or_else(|| Error::internal("a class that the program does not know"))?;
            Ok(Stop { line: row.get(0), reason: row.get(1), class, micro: row.get(3), us: row.get(4), times: row.get(5) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_with_those_above_them_and_circles_end() {
        let ids: Vec<Uuid> = (1..=4).map(Uuid::from_u128).collect();
        let reason = |name: &str, parent: Option<Uuid>| Reason { name: name.into(), parent };
        let reasons = BTreeMap::from([
            (ids[0], reason("Machine", None)),
            (ids[1], reason("Feeder", Some(ids[0]))),
            (ids[2], reason("Tape torn", Some(ids[1]))),
            (ids[3], reason("Its own parent", Some(ids[3]))),
        ]);
        let key = of_reason(&reasons, ids[2], LossBy::Reason);
        assert_eq!((key.name.as_str(), key.path.join(" / ")), ("Tape torn", "Machine / Feeder".into()));
        let key = of_reason(&reasons, ids[2], LossBy::Group);
        assert_eq!((key.name.as_str(), key.id), ("Machine", Some(ids[0])));
        assert_eq!(of_reason(&reasons, ids[3], LossBy::Reason).id, Some(ids[3]));
    }
}
