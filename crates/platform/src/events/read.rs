//! Reading events on from a cursor, as far as the caller may see them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::caller::{Reach, Scope};
use crate::database::Tx;
use crate::error::{Error, Kind, Result};
use crate::events::cloud_event::{number, sequence};
use crate::events::{Catalogue, CloudEvent, EVENT_READ};

/// Events looked through for one answer at most, those that the caller may not see or does not want included.
const LOOKED_THROUGH: i64 = 5_000;

/// Which events are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// `cursor` of the answer before, or `sequence` of an event: those behind it.
    #[param(example = "00000000000000000000")]
    pub cursor: Option<String>,
    /// Without a cursor: from the oldest event kept, or only what is to come.
    #[param(inline)]
    pub from: Option<Beginning>,
    /// Of these types, with commas between; `*` at the end stands for any rest.
    #[param(example = "gemba.line.*,gemba.run.failed")]
    pub r#type: Option<String>,
    /// About this.
    #[param(example = "line/0199d1a0-0000-7000-8000-000000000042")]
    pub subject: Option<String>,
    /// Events at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub limit: Option<i64>,
}

/// Where reading begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Beginning {
    /// With the oldest event kept.
    #[default]
    Beginning,
    /// With what is to come.
    End,
}

/// Some events, in order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventPage {
    /// The events.
    pub items: Vec<CloudEvent>,
    /// Give it as `cursor` to read on; there is always one.
    #[schema(example = "00000000000000001234")]
    pub cursor: String,
    /// Whether there are more at this moment.
    pub more: bool,
}

/// Types that are wanted: exact ones, and beginnings; all where there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    exact: Vec<String>,
    beginnings: Vec<String>,
}

impl Wanted {
    /// Understands `gemba.line.*,gemba.run.failed`.
    pub fn read(types: &str) -> Wanted {
        Self::of(types.split(',').map(str::trim).filter(|one| !one.is_empty()))
    }

    /// From single types, some with `*` at the end.
    pub fn of<'a>(types: impl IntoIterator<Item = &'a str>) -> Wanted {
        let mut wanted = Wanted::default();
        for one in types {
            match one.strip_suffix('*') {
                Some(beginning) => wanted.beginnings.push(beginning.into()),
                None => wanted.exact.push(one.into()),
            }
        }
        wanted
    }

    /// Whether events of this type are.
    pub fn wants(&self, r#type: &str) -> bool {
        (self.exact.is_empty() && self.beginnings.is_empty())
            || self.exact.iter().any(|one| one == r#type)
            || self.beginnings.iter().any(|beginning| r#type.starts_with(beginning.as_str()))
    }
}

/// Reads on from a cursor.
///
/// # Errors
/// 403 without `integration.event.read` anywhere; 400 `bad_cursor`; 410 `cursor_expired`.
pub async fn read(tx: &mut Tx, catalogue: &Catalogue, filter: &EventFilter) -> Result<EventPage> {
    let caller = tx.caller().clone();
    if !caller.may_somewhere(EVENT_READ) {
        return Err(caller.refusal(EVENT_READ, Scope::Organization));
    }
    let limit = filter.limit.unwrap_or(50);
    if !(1..=500).contains(&limit) {
        return Err(Error::new(Kind::Malformed, "bad_parameter", format!("limit: found {limit}, expected 1 to 500")));
    }
    let wrong = || Error::new(Kind::Malformed, "bad_cursor", "cursor: not one that was given out here; begin again without it");
    let behind = match (&filter.cursor, filter.from.unwrap_or_default()) {
        (Some(cursor), _) => number(cursor).ok_or_else(wrong)?,
        (None, Beginning::Beginning) => 0,
        (None, Beginning::End) => {
            let end = tx.query_one("select gemba.events_end()", &[]).await?.get(0);
            return Ok(EventPage { items: Vec::new(), cursor: sequence(end), more: false });
        }
    };
    let (items, cursor, more) = behind_number(tx, catalogue, filter, behind, limit, filter.cursor.is_some()).await?;
    Ok(EventPage { items, cursor: sequence(cursor), more })
}

/// Events behind a number, as far as the caller of `tx` may see them; the number to read on from; and whether there are more.
pub(crate) async fn behind_number(
    tx: &mut Tx,
    catalogue: &Catalogue,
    filter: &EventFilter,
    behind: i64,
    limit: i64,
    was_read_before: bool,
) -> Result<(Vec<CloudEvent>, i64, bool)> {
    let caller = tx.caller().clone();
    let wanted = Wanted::read(filter.r#type.as_deref().unwrap_or_default());
    let actions: Vec<String> = catalogue.actions().into_iter().filter(|action| wanted.wants(&format!("gemba.{action}"))).collect();
    // Reading events is itself granted for plants or everywhere.
    let reading = caller.reach_of(EVENT_READ);
    let may_read = |plant: Option<crate::ids::PlantId>| match (&reading, plant) {
        (Reach::Everywhere, _) => true,
        (Reach::Plants(_), None) => false,
        (reach, Some(plant)) => reach.holds(plant),
    };
    let sight = catalogue.sight(&caller);
    let (everywhere, at): (Vec<&str>, Vec<(&str, crate::ids::PlantId)>) =
        (sight.everywhere.iter().copied().collect(), sight.at.iter().filter(|(_, plant)| may_read(Some(*plant))).copied().collect());
    let plants = match &reading {
        Reach::Everywhere => None,
        Reach::Plants(plants) => Some(plants.clone()),
    };
    let (kinds, places): (Vec<&str>, Vec<crate::ids::PlantId>) = at.into_iter().unzip();
    let (subject_kind, subject_id) = match filter.subject.as_deref().map(|subject| subject.split_once('/').unwrap_or((subject, ""))) {
        Some((kind, id)) => (Some(kind), Some(id.parse::<uuid::Uuid>().ok())),
        None => (None, None),
    };
    let subject_id = subject_id.flatten();
    let rows = tx
        .query(
            "with looked as materialized (
                select * from events where organization_id = $1 and number > $2 order by number limit $10)
            select e.organization_id, e.number, a.id, e.occurred_at, e.plant_id, e.kind, e.action, e.record_id, a.actor, a.request_id, a.before,
                a.after, a.detail, a.trace, l.last, l.count, l.kept
            from (select max(number) as last, count(*) as count, gemba.events_kept_behind() as kept from looked) l
            left join (
                select * from looked w
                where w.action = any ($3)
                    and (w.kind = any ($4) and ($5::uuid[] is null or w.plant_id = any ($5))
                        or (w.kind, w.plant_id) in (select k, p from unnest($6::text[], $7::uuid[]) as placed (k, p)))
                    and ($8::text is null or w.kind = $8) and ($9::uuid is null or w.record_id = $9)
                order by w.number limit $11) e on true
            left join audit_events a on a.organization_id = e.organization_id and a.occurred_at = e.occurred_at and a.position = e.entry
            order by e.number",
            &[
                &caller.organization,
                &behind,
                &actions,
                &everywhere,
                &plants,
                &kinds,
                &places,
                &subject_kind,
                &subject_id,
                &LOOKED_THROUGH,
                &(limit + 1),
            ],
        )
        .await?;
    let Some(first) = rows.first() else { return Ok((Vec::new(), behind, false)) };
    let (last, looked, kept): (Option<i64>, i64, i64) = (first.get(14), first.get(15), first.get(16));
    if was_read_before && behind < kept {
        let detail = "the events behind this cursor are not kept any more; read the records themselves, then begin with from=end";
        return Err(Error::new(Kind::Gone, "cursor_expired", detail));
    }
    let has_more_than_asked = rows.len() as i64 > limit;
    // What retention has removed from the trail has nothing to tell any more.
    let told = rows.iter().take(limit as usize).filter(|row| row.get::<_, Option<uuid::Uuid>>(2).is_some());
    let items: Vec<CloudEvent> = told.filter_map(|row| CloudEvent::of(catalogue, row)).filter(|event| event.is_open_to(&caller)).collect();
    let cursor = if has_more_than_asked {
        rows.get(limit as usize - 1).and_then(|row| row.get::<_, Option<i64>>(1)).unwrap_or(behind)
    } else {
        last.unwrap_or(behind)
    };
    Ok((items, cursor, has_more_than_asked || looked == LOOKED_THROUGH))
}

/// Events of these numbers, in order, as far as the caller of `tx` may see them and they are kept.
pub(crate) async fn numbered(tx: &mut Tx, catalogue: &Catalogue, numbers: &[i64]) -> Result<Vec<CloudEvent>> {
    let caller = tx.caller().clone();
    let (sight, reading) = (catalogue.sight(&caller), caller.reach_of(EVENT_READ));
    let rows = tx
        .query(
            "select e.organization_id, e.number, a.id, e.occurred_at, e.plant_id, e.kind, e.action, e.record_id, a.actor, a.request_id, a.before,
                a.after, a.detail, a.trace
             from events e
             join audit_events a on a.organization_id = e.organization_id and a.occurred_at = e.occurred_at and a.position = e.entry
             where e.organization_id = $1 and e.number = any ($2) order by e.number",
            &[&caller.organization, &numbers],
        )
        .await?;
    let events = rows.iter().filter_map(|row| CloudEvent::of(catalogue, row));
    let may_read = |event: &CloudEvent| match (&reading, event.plantid) {
        (Reach::Everywhere, _) => true,
        (_, None) => false,
        (reach, Some(plant)) => reach.holds(plant),
    };
    let is_told = |event: &CloudEvent| may_read(event) && sight.tells(&event.kind, event.plantid) && event.is_open_to(&caller);
    Ok(events.filter(is_told).collect())
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn types_are_wanted_exactly_or_by_their_beginning() {
        let wanted = Wanted::read("gemba.line.*, gemba.run.failed");
        assert!(wanted.wants("gemba.line.updated") && wanted.wants("gemba.run.failed"));
        assert!(!wanted.wants("gemba.lines.updated") && !wanted.wants("gemba.run.failed.twice"));
        assert!(Wanted::read("").wants("anything"));
    }
}
