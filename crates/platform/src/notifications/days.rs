//! When single people get their daily mail: by the clock of their place.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::caller::Reach;
use crate::database::Tx;
use crate::error::Result;
use crate::ids::{PlantId, UserId};
use crate::notifications::Person;

/// Seven in the morning.
pub(super) const USUAL_MINUTE: i16 = 420;

/// When a day's mail is due next: the next time the clock of the zone shows this minute. On the day the clock skips it, it comes as much later.
pub(super) fn next(now: Timestamp, zone: &str, minute: i16) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let local = now.to_zoned(zone.clone());
    let on = |days: i64| {
        let date = local.date().checked_add(days.days()).ok()?;
        let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
        zone.to_ambiguous_zoned(date.at(hour, minute, 0, 0)).compatible().ok().map(|at| at.timestamp())
    };
    // Where the calendar itself skips a day, the one after is there.
    (0..=3).filter_map(on).find(|at| *at > now).unwrap_or(now)
}

/// Sees to it that these people, for whose daily mail there is something, get one.
pub(super) async fn expect(tx: &mut Tx, people: &[&Person]) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    let (organization, now) = (tx.caller().organization, tx.now());
    let ids: Vec<UserId> = people.iter().map(|person| person.id).collect();
    let query =
        "select user_id, time_zone, minute, next_at is not null from notification_days where organization_id = $1 and user_id = any ($2)";
    let rows = tx.query(query, &[&organization, &ids]).await?;
    let known: BTreeMap<UserId, (String, i16, bool)> = rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2), row.get(3)))).collect();
    let zones = usual_zones(tx, people.iter().copied().filter(|person| !known.contains_key(&person.id))).await?;
    let (mut due, mut at, mut zone) = (Vec::new(), Vec::new(), Vec::new());
    for person in people {
        let (theirs, minute) = match known.get(&person.id) {
            Some((_, _, true)) => continue,
            Some((theirs, minute, false)) => (theirs.clone(), *minute),
            None => (zones.get(&person.id).cloned().unwrap_or_else(|| "UTC".into()), USUAL_MINUTE),
        };
        due.push(person.id);
        at.push(next(now, &theirs, minute));
        zone.push(theirs);
    }
    tx.execute(
        "insert into notification_days as d (organization_id, user_id, time_zone, next_at) \
         select $1, n.person, n.zone, n.at from unnest($2::uuid[], $3::text[], $4::timestamptz[]) as n (person, zone, at) \
         on conflict (organization_id, user_id) do update set next_at = coalesce(d.next_at, excluded.next_at)",
        &[&organization, &due, &zone, &at],
    )
    .await?;
    Ok(())
}

/// The zone of somebody who named none: that of the first plant within their reach.
pub(super) async fn usual_zones<'a>(tx: &mut Tx, people: impl Iterator<Item = &'a Person>) -> Result<BTreeMap<UserId, String>> {
    let people: Vec<&Person> = people.collect();
    if people.is_empty() {
        return Ok(BTreeMap::new());
    }
    let organization = tx.caller().organization;
    let query = "select id, time_zone from plants where organization_id = $1 and archived_at is null order by code";
    let plants: Vec<(PlantId, String)> = tx.query(query, &[&organization]).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
    let zone = |person: &Person| match person.caller.reach() {
        Reach::Everywhere => plants.first().map(|(_, zone)| zone.clone()),
        Reach::Plants(within) => {
            let within: BTreeSet<PlantId> = within.into_iter().collect();
            plants.iter().find(|(plant, _)| within.contains(plant)).map(|(_, zone)| zone.clone())
        }
    };
    Ok(people.into_iter().filter_map(|person| Some((person.id, zone(person)?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(now: &str, zone: &str, minute: i16, expected: &str) {
        assert_eq!(next(now.parse().unwrap(), zone, minute).to_string(), expected, "{now} {zone} {minute}");
    }

    #[test]
    fn a_day_begins_by_the_clock_of_the_place() {
        check("2027-05-03T04:59:59Z", "Europe/Madrid", 420, "2027-05-03T05:00:00Z");
        check("2027-05-03T05:00:00Z", "Europe/Madrid", 420, "2027-05-04T05:00:00Z");
        check("2027-05-03T12:00:00Z", "America/Mexico_City", 420, "2027-05-03T13:00:00Z");
        check("2027-05-03T05:00:00Z", "Nowhere/AtAll", 420, "2027-05-03T07:00:00Z");
        // The clock skips 02:30 on this day, and strikes it twice on that one: once a day also then.
        check("2027-03-27T12:00:00Z", "Europe/Berlin", 150, "2027-03-28T01:30:00Z");
        check("2027-10-30T12:00:00Z", "Europe/Berlin", 150, "2027-10-31T00:30:00Z");
        check("2027-10-31T00:30:00Z", "Europe/Berlin", 150, "2027-11-01T01:30:00Z");
        // Samoa had no 30 December 2011.
        check("2011-12-30T09:00:00Z", "Pacific/Apia", 420, "2011-12-30T17:00:00Z");
    }
}
