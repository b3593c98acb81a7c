//! What components answered, remembered from solve to solve, so that one edited cell costs one component in one period.
//!
//! **Invariant:** an entry is used only where every number that went into it is the same, so remembering never changes an answer.

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex};

use super::areas::Part;
use super::build::Ready;
use super::course::Course;
use super::network::Network;
use crate::options::Options;

/// A 128-bit digest of everything that an answer depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint(u64, u64);

/// Digests of what does not change from period to period: a component's structure, and what its units are worth.
#[derive(Debug, Default)]
pub(crate) struct Structures(Vec<Fingerprint>);

impl Structures {
    /// The digests of all components; none where nothing is remembered.
    pub fn of(course: &Course, memory: &Memory) -> Structures {
        let n = course.network;
        let digest = |component: &super::network::Component| {
            let mut mix = Mix::new(course);
            for &p in &component.pairs {
                let m = n.pair_model[p as usize] as usize;
                let (tier, pair_cost) = course.worth_of_pair(p as usize);
                for word in [u64::from(p), m as u64, u64::from(tier), pair_cost.to_bits(), course.model_cost[m].to_bits()] {
                    mix.word(word);
                }
                for k in n.steps_of(p as usize) {
                    mix.word(k as u64);
                    for j in n.arcs_of(k) {
                        mix.word(u64::from(n.arc_id[j]) << 32 | u64::from(n.arc_line[j]));
                        mix.word(n.arc_hours[j].to_bits());
                        mix.word(u64::from(n.arc_priority[j]));
                        mix.word(n.arc_window[j].first as u64);
                        mix.word(n.arc_window[j].last as u64);
                    }
                }
            }
            component.lines.iter().for_each(|&l| mix.word(u64::from(n.line_id[l as usize])));
            mix.done()
        };
        Structures(if memory.keeps { n.components.iter().map(digest).collect() } else { Vec::new() })
    }

    /// The digest of some components in a period, in which the given units are wanted; none where nothing is remembered.
    pub fn digest(&self, course: &Course, components: &[usize], period: usize, wanted: Option<&[f64]>) -> Option<Fingerprint> {
        if self.0.is_empty() {
            return None;
        }
        let n = course.network;
        let units = wanted.unwrap_or(&n.demand);
        let mut mix = Mix::new(course);
        mix.word(u64::from(wanted.is_some()) | u64::from(n.has_released(period)) << 1);
        mix.word(n.frozen(period).map_or(u64::MAX, |frozen| frozen.tolerance.to_bits()));
        for &c in components {
            mix.word(c as u64);
            mix.word(self.0[c].0);
            mix.word(self.0[c].1);
            for &p in &n.components[c].pairs {
                mix.word(units[n.pair_model[p as usize] as usize * n.periods + period].to_bits());
            }
            if n.has_released(period) {
                let arcs = n.components[c].pairs.iter().flat_map(|&p| n.steps_of(p as usize)).flat_map(|k| n.arcs_of(k));
                arcs.for_each(|j| mix.word(n.released(j, period).to_bits()));
            }
            for &l in &n.components[c].lines {
                mix.word(n.hours[l as usize * n.periods + period].to_bits());
                mix.word(n.overtime[l as usize * n.periods + period].to_bits());
            }
        }
        Some(mix.done())
    }
}

/// Two multiply-xor lanes; not for adversaries, who would only spoil their own plan.
pub(crate) struct Mix(u64, u64);

impl Mix {
    /// Of nothing yet.
    pub fn empty() -> Mix {
        Mix(0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03)
    }

    fn new(course: &Course) -> Mix {
        let o = course.options;
        let mut mix = Mix::empty();
        mix.word(o.balance as u64 | (o.preference as u64) << 8 | (course.reading as u64) << 16);
        mix
    }

    #[inline]
    pub fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(29);
        self.1 = (self.1.rotate_left(31) ^ word).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    }

    pub fn done(self) -> Fingerprint {
        Fingerprint(self.0, self.1)
    }
}

/// First component and period.
type Place = (usize, usize);

/// Remembered answers of one kind.
#[derive(Debug)]
pub(crate) struct Shelf<T>(Mutex<HashMap<Place, (Fingerprint, T)>>);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Shelf(Mutex::default())
    }
}

impl<T: Clone> Shelf<T> {
    /// The remembered answer, or the one worked out now, which is remembered where there is a digest.
    pub fn recall<E>(&self, place: Place, digest: Option<Fingerprint>, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let Some(digest) = digest else { return work() };
        if let Ok(known) = self.0.lock()
            && let Some((_, answer)) = known.get(&place).filter(|(of, _)| *of == digest)
        {
            return Ok(answer.clone());
        }
        let answer = work()?;
        if let Ok(mut known) = self.0.lock() {
            known.insert(place, (digest, answer.clone()));
        }
        Ok(answer)
    }
}

/// Units and prices of a group of short components.
pub(crate) type Share = (Vec<(u32, f64)>, Vec<(u32, f64)>);

/// Number of a problem without its demand, from 1; none for a problem that is solved only once.
pub(crate) type FrameNumber = Option<NonZeroU64>;

/// What a solve leaves to the next one of the same problem with another demand.
#[derive(Debug)]
pub(crate) struct Frame {
    pub network: Network,
    pub structures: Structures,
    pub ready: Ready,
    /// The options that the digests and blocks were made with.
    pub options: Options,
}

/// What is remembered.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    keeps: bool,
    frame: Mutex<Option<(NonZeroU64, Frame)>>,
    /// What groups of components make.
    pub parts: Shelf<Arc<Part>>,
    /// Which components can make what is wanted.
    pub fits: Shelf<bool>,
    /// What short components share out.
    pub shares: Shelf<Share>,
}

impl Memory {
    /// One that remembers nothing, for a single solve.
    pub fn none() -> Self {
        Memory::default()
    }

    /// One that remembers.
    pub fn lasting() -> Self {
        Memory { keeps: true, ..Memory::default() }
    }

    /// What the last solve left, if it was of the same frame; its demand is to be renewed.
    pub fn take_frame(&self, number: FrameNumber) -> Option<Frame> {
        let (of, frame) = self.frame.lock().ok()?.take()?;
        (Some(of) == number).then_some(frame)
    }

    /// Leaves something to the next solve.
    pub fn keep_frame(&self, number: FrameNumber, frame: impl FnOnce() -> Frame) {
        if let Some(number) = number
            && let Ok(mut kept) = self.frame.lock()
        {
            *kept = Some((number, frame()));
        }
    }
}
