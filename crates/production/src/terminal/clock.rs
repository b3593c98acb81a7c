//! When something was that a device did without a connection, whose clock may be wrong.
//!
//! What the device's clock is behind is measured when it sends, and added. What is left of doubt is bounded: nothing happened after it arrived, nothing
//! before what the same device did before it.
//!
//! **Invariant:** instants never go back within a device's queue, and never lie ahead of the server's clock.
//! **Invariant:** both instants are kept, the device's and the corrected one.

use jiff::{SignedDuration, Timestamp};

/// The oldest that is believed where nothing of the device is known (h): two weeks.
const OLDEST_H: i64 = 14 * 24;
/// From so much on (s), that an instant was bounded is told.
const TOLD_S: i64 = 60;

/// The clock of a device, as the server understands it.
#[derive(Clone, Copy, Debug)]
pub struct DeviceClock {
    offset_ms: i64,
    last: Timestamp,
    now: Timestamp,
}

/// Where an instant of a device lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// By the server's clock.
    pub at: Timestamp,
    /// Whether it was bounded by more than a minute.
    pub bounded: bool,
}

impl DeviceClock {
    /// A device that says it is `device_now` while the server says it is `now`, and whose last known action was at `last`.
    pub fn new(now: Timestamp, device_now: Timestamp, last: Option<Timestamp>) -> DeviceClock {
        let oldest = now.checked_sub(SignedDuration::from_hours(OLDEST_H)).unwrap_or(Timestamp::MIN);
        DeviceClock { offset_ms: now.as_millisecond() - device_now.as_millisecond(), last: last.unwrap_or(oldest).min(now), now }
    }

    /// By how much the device is behind (ms); less than none where it is ahead.
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms
    }

    /// Where an instant of the device lies; what it does next lies there or later.
    pub fn place(&mut self, device_at: Timestamp) -> Placed {
        let corrected = device_at.checked_add(SignedDuration::from_millis(self.offset_ms)).unwrap_or(self.now);
        let at = corrected.clamp(self.last, self.now);
        self.last = at;
        Placed { at, bounded: (at.as_second() - corrected.as_second()).abs() > TOLD_S }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_that_is_behind_is_set_right() {
        let mut clock = DeviceClock::new(at("2026-11-21T14:00:00Z"), at("2026-11-21T13:50:00Z"), None);
        assert_eq!(clock.offset_ms(), 600_000);
        let placed = clock.place(at("2026-11-21T08:00:00Z"));
        assert_eq!(placed, Placed { at: at("2026-11-21T08:10:00Z"), bounded: false });
    }

    #[test]
    fn a_clock_that_was_set_meanwhile_is_bounded_and_told() {
        let mut clock = DeviceClock::new(at("2026-11-21T14:00:00Z"), at("2026-11-21T14:00:00Z"), Some(at("2026-11-21T09:00:00Z")));
        // Somebody set it a year ahead, then right again.
        assert_eq!(clock.place(at("2027-11-21T09:30:00Z")), Placed { at: at("2026-11-21T14:00:00Z"), bounded: true });
        assert_eq!(clock.place(at("2026-11-21T10:00:00Z")), Placed { at: at("2026-11-21T14:00:00Z"), bounded: true });
        let mut clock = DeviceClock::new(at("2026-11-21T14:00:00Z"), at("2026-11-21T14:00:00Z"), Some(at("2026-11-21T09:00:00Z")));
        assert_eq!(clock.place(at("1970-01-01T00:00:00Z")), Placed { at: at("2026-11-21T09:00:00Z"), bounded: true });
    }

    proptest! {
        #[test]
        fn instants_never_go_back_nor_ahead(drift_s in -400_000_i64..400_000, known in prop::option::of(-2_000_000_i64..100), told in prop::collection::vec(-3_000_000_i64..3_000_000, 1..40)) {
            let now = at("2026-11-21T14:00:00Z");
            let shifted = |seconds: i64| now + SignedDuration::from_secs(seconds);
            let mut clock = DeviceClock::new(now, shifted(drift_s), known.map(shifted));
            let mut last = Timestamp::MIN;
            for seconds in told {
                let placed = clock.place(shifted(seconds));
                prop_assert!(placed.at >= last && placed.at <= now);
                prop_assert!(known.is_none_or(|known| placed.at >= shifted(known).min(now)));
                last = placed.at;
            }
        }

        #[test]
        fn of_a_steady_clock_only_the_drift_is_taken_away(drift_s in -400_000_i64..400_000, ago in prop::collection::btree_set(0_i64..100_000, 1..20)) {
            let now = at("2026-11-21T14:00:00Z");
            let drift = SignedDuration::from_secs(drift_s);
            let mut clock = DeviceClock::new(now, now + drift, None);
            for ago in ago.into_iter().rev() {
                let truly = now - SignedDuration::from_secs(ago);
                prop_assert_eq!(clock.place(truly + drift), Placed { at: truly, bounded: false });
            }
        }
    }
}
