//! What is added up before anything is divided.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub, SubAssign};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::time::TimeClass;

/// Times (µs), events and quantities of a stretch of time at some lines. Everything is additive: over hours, lines, shifts, orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Blocks {
    /// APT, actual production time (µs).
    pub production_us: i64,
    /// AUST, actual unit setup time (µs).
    pub setup_us: i64,
    /// The part of ADET, actual unit delay time, that is no failure (µs).
    pub delay_us: i64,
    /// The part of ADET that is failures: time to restore, and corrective maintenance time CMT (µs).
    pub failure_us: i64,
    /// ADOT, actual unit down time (µs).
    pub down_us: i64,
    /// Planned down time without preventive maintenance (µs).
    pub planned_us: i64,
    /// Planned down time for preventive maintenance, PMT (µs).
    pub preventive_us: i64,
    /// Outside planned operation time (µs).
    pub off_us: i64,
    /// Of `delay_us` and `failure_us`, what were micro-stops (µs).
    pub micro_us: i64,
    /// Of `down_us`, what nobody reported (µs).
    pub unreported_us: i64,
    /// Unplanned stops that began.
    pub stops: i64,
    /// Of them micro-stops.
    pub micro_stops: i64,
    /// FE, failures that began.
    pub failures: i64,
    /// GQ, good quantity.
    pub good: Decimal,
    /// SQ, scrap quantity.
    pub scrapped: Decimal,
    /// RQ, quantity to be reworked.
    pub reworked: Decimal,
    /// GP, parts that were good without having been reworked.
    pub first_pass: Decimal,
    /// Σ PRI × PQ: time that what was made needs at its planned run time per item (s).
    pub ideal_s: Decimal,
    /// PSQ, planned scrap quantity.
    pub planned_scrap: Decimal,
    /// APWT, actual personnel work time (µs).
    pub worked_us: i64,
    /// APAT, actual personnel attendance time (µs).
    pub attended_us: i64,
}

impl Blocks {
    /// A stretch of time and nothing else.
    pub fn of_time(class: TimeClass, us: i64) -> Blocks {
        let mut blocks = Blocks::default();
        *blocks.time_mut(class) = us;
        blocks
    }

    /// Time of a class (µs).
    pub fn time_mut(&mut self, class: TimeClass) -> &mut i64 {
        match class {
            TimeClass::Production => &mut self.production_us,
            TimeClass::Setup => &mut self.setup_us,
            TimeClass::Delay => &mut self.delay_us,
            TimeClass::Failure => &mut self.failure_us,
            TimeClass::Down => &mut self.down_us,
            TimeClass::Planned => &mut self.planned_us,
            TimeClass::Preventive => &mut self.preventive_us,
            TimeClass::Off => &mut self.off_us,
        }
    }

    /// What of it counts in a break, or in hours that were taken out of the calendar: standing there is planned down time.
    pub fn at_rest(self) -> Blocks {
        let stood = self.delay_us + self.failure_us + self.down_us;
        Blocks { planned_us: self.planned_us + stood, ..self.without_losses() }
    }

    /// What of it counts outside the calendar: production and setup are overtime; whoever stands then is at home.
    pub fn outside(self) -> Blocks {
        let stood = self.delay_us + self.failure_us + self.down_us + self.planned_us + self.preventive_us;
        Blocks { planned_us: 0, preventive_us: 0, off_us: self.off_us + stood, ..self.without_losses() }
    }

    fn without_losses(self) -> Blocks {
        Blocks { delay_us: 0, failure_us: 0, down_us: 0, micro_us: 0, unreported_us: 0, stops: 0, micro_stops: 0, failures: 0, ..self }
    }

    /// PQ, produced quantity: good, scrapped and to be reworked.
    pub fn produced(&self) -> Decimal {
        self.good + self.scrapped + self.reworked
    }

    /// ADET, actual unit delay time (µs).
    pub fn adet_us(&self) -> i64 {
        self.delay_us + self.failure_us
    }

    /// AUPT, actual unit processing time: APT + AUST (µs).
    pub fn aupt_us(&self) -> i64 {
        self.production_us + self.setup_us
    }

    /// AUBT, actual unit busy time: AUPT + ADET (µs).
    pub fn aubt_us(&self) -> i64 {
        self.aupt_us() + self.adet_us()
    }

    /// PBT, planned busy time: AUBT + ADOT, which is planned operation time less planned down time (µs).
    pub fn pbt_us(&self) -> i64 {
        self.aubt_us() + self.down_us
    }

    /// Planned down time (µs).
    pub fn pdot_us(&self) -> i64 {
        self.planned_us + self.preventive_us
    }

    /// POT, planned operation time: PBT and planned down time (µs).
    pub fn pot_us(&self) -> i64 {
        self.pbt_us() + self.pdot_us()
    }

    /// All time that is accounted for, planned or not (µs).
    pub fn covered_us(&self) -> i64 {
        self.pot_us() + self.off_us
    }
}

macro_rules! fields {
    ($each:ident) => {
        $each!(
            production_us,
            setup_us,
            delay_us,
            failure_us,
            down_us,
            planned_us,
            preventive_us,
            off_us,
            micro_us,
            unreported_us,
            stops,
            micro_stops,
            failures,
            good,
            scrapped,
            reworked,
            first_pass,
            ideal_s,
            planned_scrap,
            worked_us,
            attended_us
        )
    };
}

impl AddAssign for Blocks {
    fn add_assign(&mut self, other: Blocks) {
        macro_rules! add {
            ($($field:ident),+) => { $(self.$field += other.$field;)+ };
        }
        fields!(add);
    }
}

impl SubAssign for Blocks {
    fn sub_assign(&mut self, other: Blocks) {
        macro_rules! subtract {
            ($($field:ident),+) => { $(self.$field -= other.$field;)+ };
        }
        fields!(subtract);
    }
}

impl Add for Blocks {
    type Output = Blocks;
    fn add(mut self, other: Blocks) -> Blocks {
        self += other;
        self
    }
}

impl Sub for Blocks {
    type Output = Blocks;
    fn sub(mut self, other: Blocks) -> Blocks {
        self -= other;
        self
    }
}

impl Sum for Blocks {
    fn sum<I: Iterator<Item = Blocks>>(all: I) -> Blocks {
        all.fold(Blocks::default(), Add::add)
    }
}
