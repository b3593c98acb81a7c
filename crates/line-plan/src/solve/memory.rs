//! Blocks remembered from solve to solve, so that one edited cell costs one block.
//!
//! **Invariant:** an entry is used only where every number that went into it is the same, so remembering never changes an answer.

use std::collections::HashMap;
use std::sync::Mutex;

use super::areas::Solved;
use super::build::Built;
use super::course::Course;

/// A 128-bit digest of everything that a block's answer depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint(u64, u64);

impl Fingerprint {
    pub fn of(course: &Course, built: &[Built], given: bool) -> Self {
        let mut mix = Mix(0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03);
        let o = course.options;
        mix.word(o.balance as u64 | (o.preference as u64) << 8 | (course.reading as u64) << 16 | (given as u64) << 24);
        for b in built {
            let block = &b.block;
            for part in [&block.item_start, &block.arc_start, &block.arc_line] {
                mix.word(part.len() as u64);
                part.iter().for_each(|v| mix.word(u64::from(*v)));
            }
            for part in [&block.arc_hours, &block.demand, &block.hours, &block.overtime, &block.unit] {
                part.iter().for_each(|v| mix.word(v.to_bits()));
            }
            b.arc.iter().for_each(|&j| mix.word(u64::from(course.network.arc_priority[j as usize])));
            for tier in course.worths(b) {
                mix.word(tier.0);
                mix.word(tier.1);
            }
        }
        Fingerprint(mix.0, mix.1)
    }
}

/// Two multiply-xor lanes; not for adversaries, who would only spoil their own plan.
struct Mix(u64, u64);

impl Mix {
    #[inline]
    fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(29);
        self.1 = (self.1.rotate_left(31) ^ word).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    }
}

type Place = (usize, usize);

/// Remembered blocks by component and period.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    keeps: bool,
    solved: Mutex<HashMap<Place, (Fingerprint, Vec<Solved>)>>,
    served: Mutex<HashMap<Place, (Fingerprint, bool)>>,
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

    pub fn recall(&self, place: Place, fingerprint: &Fingerprint) -> Option<Vec<Solved>> {
        let solved = self.solved.lock().ok()?;
        solved.get(&place).filter(|(known, _)| known == fingerprint).map(|(_, solved)| solved.clone())
    }

    pub fn keep(&self, place: Place, fingerprint: Fingerprint, solved: &[Solved]) {
        if self.keeps
            && let Ok(mut map) = self.solved.lock()
        {
            map.insert(place, (fingerprint, solved.to_vec()));
        }
    }

    /// Whether the block was found to fit.
    pub fn recall_fit(&self, place: Place, fingerprint: &Fingerprint) -> Option<bool> {
        let served = self.served.lock().ok()?;
        served.get(&place).filter(|(known, _)| known == fingerprint).map(|(_, fits)| *fits)
    }

    pub fn keep_fit(&self, place: Place, fingerprint: Fingerprint, fits: bool) {
        if self.keeps
            && let Ok(mut map) = self.served.lock()
        {
            map.insert(place, (fingerprint, fits));
        }
    }
}
