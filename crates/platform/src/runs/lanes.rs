//! Which runs are started next: turns between organizations, priorities within each, and where each lane was left.
//!
//! A lane is what one organization has in one queue at one priority, in the order of positions. A worker knows the lanes that have something,
//! and for each the position above which to look: what lies below was started, by it or by another, and versions of those rows that an old
//! snapshot still holds are never walked through again.
//!
//! **Invariant:** with `n` organizations waiting, each gets its next place after at most `n` places of others, whatever their priorities.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::ids::OrganizationId;

/// The lanes that have something, as far as a worker knows.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// By organization, then the highest priority first; for each the position above which to look.
    known: BTreeMap<OrganizationId, BTreeMap<(std::cmp::Reverse<i16>, String), i64>>,
    /// The organization that got the last place.
    last: Option<OrganizationId>,
}

/// A lane, and how many of its runs to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub organization: OrganizationId,
    pub priority: i16,
    pub queue: String,
    /// Above this position.
    pub above: i64,
    pub take: i32,
}

impl Lanes {
    /// Something came into a lane, at `lowest` at the earliest.
    pub fn learn(&mut self, organization: OrganizationId, priority: i16, queue: String, lowest: i64) {
        let lane = self.known.entry(organization).or_default().entry((std::cmp::Reverse(priority), queue)).or_insert(lowest - 1);
        *lane = (*lane).min(lowest - 1);
    }

    /// Whether there is nothing to start, as far as is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Gives `places` in turns, beginning behind the organization that got the last one. An organization's places come from its best lane.
    pub fn choose(&mut self, places: usize) -> Vec<Ask> {
        let after = self.last.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.known.range((after, Bound::Unbounded));
        let before = self.last.map(|last| self.known.range(..=last)).into_iter().flatten();
        let turns: Vec<_> =
            behind.chain(before).filter_map(|(organization, lanes)| Some((*organization, lanes.first_key_value()?))).collect();
        let (each, more) = (places / turns.len().max(1), places % turns.len().max(1));
        let mut asks = Vec::new();
        for (turn, (organization, ((priority, queue), above))) in turns.into_iter().enumerate() {
            let take = each + usize::from(turn < more);
            if take == 0 {
                break;
            }
            asks.push(Ask {
                organization,
                priority: priority.0,
                queue: queue.clone(),
                above: *above,
                take: i32::try_from(take).unwrap_or(i32::MAX),
            });
        }
        // The last of those who got one more than the others; the next turn begins behind it.
        let last = if more > 0 { asks.get(more - 1) } else { asks.last() };
        self.last = last.map(|ask| ask.organization).or(self.last);
        asks
    }

    /// What came of asking: so many, the last one at `highest`. A lane that gave less than was asked has nothing more.
    pub fn got(&mut self, ask: &Ask, count: usize, highest: Option<i64>) {
        let Some(lanes) = self.known.get_mut(&ask.organization) else { return };
        let key = (std::cmp::Reverse(ask.priority), ask.queue.clone());
        if count < ask.take as usize {
            lanes.remove(&key);
        } else if let (Some(above), Some(highest)) = (lanes.get_mut(&key), highest) {
            *above = (*above).max(highest);
        }
        if lanes.is_empty() {
            self.known.remove(&ask.organization);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn organization(number: u128) -> OrganizationId {
        OrganizationId(Uuid::from_u128(number))
    }

    /// Takes places one after the other from lanes that never end, and names the organizations.
    fn served(lanes: &mut Lanes, places: usize, at_a_time: usize) -> Vec<u128> {
        let mut served = Vec::new();
        while served.len() < places {
            for ask in lanes.choose(at_a_time) {
                lanes.got(&ask, ask.take as usize, Some(ask.above + i64::from(ask.take)));
                served.extend(std::iter::repeat_n(ask.organization.0.as_u128(), ask.take as usize));
            }
        }
        served
    }

    #[test]
    fn a_million_runs_of_one_organization_leave_every_other_place_to_another() {
        let mut lanes = Lanes::default();
        lanes.learn(organization(1), 0, "default".into(), 1);
        assert_eq!(served(&mut lanes, 3, 1), [1, 1, 1]);
        lanes.learn(organization(2), -9, "default".into(), 1_000_000);
        assert_eq!(served(&mut lanes, 4, 1), [2, 1, 2, 1]);
    }

    #[test]
    fn the_best_lane_of_an_organization_goes_first_and_leaves_when_it_has_nothing_more() {
        let mut lanes = Lanes::default();
        lanes.learn(organization(1), 0, "default".into(), 5);
        lanes.learn(organization(1), 3, "default".into(), 9);
        let ask = lanes.choose(4).remove(0);
        assert_eq!((ask.priority, ask.above, ask.take), (3, 8, 4));
        lanes.got(&ask, 1, Some(9));
        let ask = lanes.choose(4).remove(0);
        assert_eq!((ask.priority, ask.above), (0, 4));
        lanes.got(&ask, 4, Some(12));
        assert_eq!(lanes.choose(1)[0].above, 12);
        // A transaction that drew its position earlier and was committed later.
        lanes.learn(organization(1), 0, "default".into(), 7);
        assert_eq!(lanes.choose(1)[0].above, 6);
    }

    proptest! {
        #[test]
        fn nobody_waits_longer_than_one_turn_of_everybody(organizations in 1_u128..7, at_a_time in 1_usize..10, rounds in 1_usize..12) {
            let mut lanes = Lanes::default();
            for number in 1..=organizations {
                lanes.learn(organization(number), (number % 5) as i16, "default".into(), 1);
            }
            let served = served(&mut lanes, rounds * organizations as usize, at_a_time);
            for number in 1..=organizations {
                let got = served.iter().filter(|&&other| other == number).count();
                let fair = served.len() / organizations as usize;
                prop_assert!(got.abs_diff(fair) <= 1 + at_a_time.div_ceil(organizations as usize), "{number} got {got} of {served:?}");
            }
        }
    }
}
