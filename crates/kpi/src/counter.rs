//! Readings of a counter at a line: how many pieces, and when it ran and stood.
//!
//! **Invariant:** readings in one batch or in many give the same pieces and the same times.

use jiff::Timestamp;

/// What a counter showed at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// When.
    pub at: Timestamp,
    /// The sum it showed.
    pub value: i64,
}

/// What is known of a counter so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The last reading.
    pub last: Reading,
    /// When it last showed more than before; the first reading's instant where it never did.
    pub moved_at: Timestamp,
    /// Whether the line was last told to run (or to stand), by this counter.
    pub running: Option<bool>,
}

/// A line began to run or to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// Whether it runs from then on.
    pub running: bool,
}

/// What readings say beyond what was known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Pieces between each reading and the one before it, with the instant of the later one; only where there are any.
    pub pieces: Vec<(Timestamp, i64)>,
    /// When it began to run or to stand, in time order.
    pub changes: Vec<Change>,
    /// What is known now.
    pub known: Option<Known>,
}

/// Reads on. `readings` are later than what is known and in time order. A line stands when no piece came for longer than `patience_us`, and has then
/// stood since the last piece; it runs again from the reading before the first new piece, or from that piece where the reading is too old to tell.
///
/// A reading lower than the one before is a counter that began anew: what it shows is what came since.
pub fn read(known: Option<Known>, readings: &[Reading], patience_us: i64) -> Said {
    let mut said = Said { known, ..Said::default() };
    for reading in readings {
        let Some(mut known) = said.known else {
            said.known = Some(Known { last: *reading, moved_at: reading.at, running: None });
            continue;
        };
        let pieces = if reading.value >= known.last.value { reading.value - known.last.value } else { reading.value };
        let since = |at: Timestamp| reading.at.as_microsecond() - at.as_microsecond();
        if pieces > 0 {
            let silent = since(known.moved_at) > patience_us;
            if silent && known.running != Some(false) {
                // Nobody saw it stop, but for longer than patience nothing came.
                said.changes.push(Change { at: known.moved_at, running: false });
                known.running = Some(false);
            }
            if known.running != Some(true) {
                let from = if since(known.last.at) <= patience_us && known.last.at > known.moved_at { known.last.at } else { reading.at };
                let from = if known.running.is_none() { known.last.at } else { from };
                said.changes.push(Change { at: from, running: true });
                known.running = Some(true);
            }
            known.moved_at = reading.at;
            said.pieces.push((reading.at, pieces));
        } else if since(known.moved_at) > patience_us && known.running != Some(false) {
            said.changes.push(Change { at: known.moved_at, running: false });
            known.running = Some(false);
        }
        known.last = *reading;
        said.known = Some(known);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_900_000_000 + minute * 60).expect("an instant")
    }

    fn readings(of: &[(i64, i64)]) -> Vec<Reading> {
        of.iter().map(|(minute, value)| Reading { at: at(*minute), value: *value }).collect()
    }

    const FIVE_MIN_US: i64 = 300_000_000;

    #[test]
    fn a_line_that_stops_counting_stands_since_its_last_piece() {
        let said = read(None, &readings(&[(0, 100), (2, 110), (4, 120), (6, 120), (8, 120), (10, 120), (12, 121)]), FIVE_MIN_US);
        assert_eq!(said.pieces, [(at(2), 10), (at(4), 10), (at(12), 1)]);
        let changes: Vec<(Timestamp, bool)> = said.changes.iter().map(|change| (change.at, change.running)).collect();
        assert_eq!(changes, [(at(0), true), (at(4), false), (at(10), true)]);
    }

    #[test]
    fn a_short_pause_is_no_stop() {
        let said = read(None, &readings(&[(0, 0), (1, 5), (4, 5), (5, 9)]), FIVE_MIN_US);
        assert_eq!(said.changes.len(), 1);
        assert_eq!(said.pieces.iter().map(|(_, pieces)| pieces).sum::<i64>(), 9);
    }

    #[test]
    fn a_counter_that_begins_anew_loses_nothing() {
        let said = read(None, &readings(&[(0, 980), (1, 995), (2, 7), (3, 20)]), FIVE_MIN_US);
        assert_eq!(said.pieces.iter().map(|(_, pieces)| pieces).sum::<i64>(), 15 + 7 + 13);
    }

    #[test]
    fn silence_between_two_pieces_was_a_stop() {
        let said = read(None, &readings(&[(0, 0), (1, 5), (31, 6)]), FIVE_MIN_US);
        let changes: Vec<(Timestamp, bool)> = said.changes.iter().map(|change| (change.at, change.running)).collect();
        assert_eq!(changes, [(at(0), true), (at(1), false), (at(31), true)]);
    }

    proptest::proptest! {
        #[test]
        fn batches_do_not_matter(steps in proptest::collection::vec((1i64..12, 0i64..4), 1..40), cut in 0usize..40) {
            let mut minute = 0;
            let mut value = 0;
            let all: Vec<Reading> = steps.iter().map(|(wait, more)| {
                minute += wait;
                value += more;
                Reading { at: at(minute), value }
            }).collect();
            let whole = read(None, &all, FIVE_MIN_US);
            let cut = cut.min(all.len());
            let first = read(None, &all[..cut], FIVE_MIN_US);
            let second = read(first.known, &all[cut..], FIVE_MIN_US);
            proptest::prop_assert_eq!(&whole.known, &second.known);
            let joined: Vec<_> = first.pieces.into_iter().chain(second.pieces).collect();
            proptest::prop_assert_eq!(whole.pieces, joined);
            let joined: Vec<_> = first.changes.into_iter().chain(second.changes).collect();
            proptest::prop_assert_eq!(&whole.changes, &joined);
            // They come in time order, and say something new each time.
            for pair in whole.changes.windows(2) {
                proptest::prop_assert!(pair[0].at <= pair[1].at && pair[0].running != pair[1].running);
            }
        }
    }
}
