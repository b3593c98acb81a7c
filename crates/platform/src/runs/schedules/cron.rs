//! When a schedule's time comes: five fields of cron, in a time zone.
//!
//! A schedule of fixed hours means the clock on the wall: where the clock skips 02:30, the run comes at 03:30, and where it strikes 02:30 twice,
//! the run comes once, at the first. A schedule whose hours begin with `*` means a distance in time, which no change of the clock stretches.
//!
//! **Invariant:** a schedule of fixed hours comes exactly once on every day it names.

use cronexpr::{Crontab, MakeTimestamp};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A schedule, understood.
#[derive(Debug)]
pub(super) struct Times {
    /// In the zone itself, or, for the clock on the wall, as if that clock were UTC's.
    crontab: Crontab,
    zone: TimeZone,
    is_wall_clock: bool,
}

/// Times that the clock struck twice are passed over; there are never more of them than minutes in three hours.
const MOST_REPEATED: usize = 181;

impl Times {
    /// Understands five fields (minute, hour, day of month, month, day of week) and the IANA name of a zone. The error is a sentence, after
    /// the name of what is wrong: `cron` or `time_zone`.
    pub fn read(cron: &str, zone: &str) -> Result<Times, (&'static str, String)> {
        let time_zone =
            TimeZone::get(zone).map_err(|_| ("time_zone", format!("there is no time zone {zone}; an example is Europe/Madrid")))?;
        let fields: Vec<&str> = cron.split_whitespace().collect();
        if fields.len() != 5 {
            let found = fields.len();
            return Err((
                "cron",
                format!("found {found} fields, expected 5: minute, hour, day of month, month, day of week; 30 2 * * 1-5"),
            ));
        }
        let is_wall_clock = !fields[1].starts_with('*');
        let text = format!("{} {}", fields.join(" "), if is_wall_clock { "UTC" } else { zone });
        let crontab = cronexpr::parse_crontab(&text).map_err(|wrong| {
            let said = wrong.to_string();
            ("cron", format!("not a schedule: {}", said.lines().last().unwrap_or(&said).trim()))
        })?;
        let times = Times { crontab, zone: time_zone, is_wall_clock };
        match times.next(Timestamp::UNIX_EPOCH) {
            Some(_) => Ok(times),
            None => Err(("cron", "this time never comes".into())),
        }
    }

    /// The first time after `after`.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let following = |at: Timestamp| self.crontab.find_next(MakeTimestamp(at)).ok().map(|zoned| zoned.timestamp());
        if !self.is_wall_clock {
            return following(after);
        }
        let mut wall = TimeZone::UTC.to_timestamp(after.to_zoned(self.zone.clone()).datetime()).ok()?;
        for _ in 0..MOST_REPEATED {
            wall = following(wall)?;
            let at = self.zone.to_timestamp(TimeZone::UTC.to_datetime(wall)).ok()?;
            if at > after {
                return Some(at);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cron: &str, zone: &str, after: &str, expected: &[&str]) {
        let times = Times::read(cron, zone).unwrap_or_else(|wrong| panic!("{cron}: {wrong:?}"));
        let mut at: Timestamp = after.parse().expect("an instant");
        let mut found = Vec::new();
        for _ in expected {
            at = times.next(at).expect("another time");
            found.push(at.to_string());
        }
        assert_eq!(found, expected, "{cron} {zone}");
    }

    #[test]
    fn a_fixed_hour_comes_once_a_day_over_both_changes_of_the_clock() {
        // Madrid skips 02:00 to 03:00 on 2027-03-28, and has it twice on 2027-10-31.
        let spring = ["2027-03-27T01:30:00Z", "2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z"];
        check("30 2 * * *", "Europe/Madrid", "2027-03-26T12:00:00Z", &spring);
        let autumn = ["2027-10-30T00:30:00Z", "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"];
        check("30 2 * * *", "Europe/Madrid", "2027-10-29T12:00:00Z", &autumn);
        // Begun between the two 02:30 of that day: the first was it.
        check("30 2 * * *", "Europe/Madrid", "2027-10-31T01:10:00Z", &["2027-11-01T01:30:00Z"]);
    }

    #[test]
    fn a_distance_in_time_is_not_stretched_by_the_clock() {
        let autumn = ["2027-10-31T00:00:00Z", "2027-10-31T00:30:00Z", "2027-10-31T01:00:00Z", "2027-10-31T01:30:00Z"];
        check("*/30 * * * *", "Europe/Madrid", "2027-10-30T23:59:00Z", &autumn);
        let spring = ["2027-03-28T00:30:00Z", "2027-03-28T01:00:00Z"];
        check("*/30 * * * *", "Europe/Madrid", "2027-03-28T00:10:00Z", &spring);
    }

    #[test]
    fn days_of_the_week_are_those_of_the_zone() {
        // Friday 23:00 in Mexico City is Saturday in UTC.
        check("0 23 * * FRI", "America/Mexico_City", "2027-06-01T00:00:00Z", &["2027-06-05T05:00:00Z", "2027-06-12T05:00:00Z"]);
    }

    #[test]
    fn what_is_no_schedule_is_said_with_the_reason() {
        for (cron, zone, wrong) in [
            ("30 2 * *", "UTC", "cron"),
            ("61 2 * * *", "UTC", "cron"),
            ("30 2 * * * *", "UTC", "cron"),
            ("0 0 31 2 *", "UTC", "cron"),
            ("30 2 * * *", "Europe/Atlantis", "time_zone"),
        ] {
            let (what, said) = Times::read(cron, zone).err().unwrap_or_else(|| panic!("{cron} {zone} was understood"));
            assert_eq!(what, wrong, "{cron} {zone}: {said}");
            assert!(!said.is_empty());
        }
    }
}
