//! The key figures of ISO 22400-2:2014: each is one division of blocks, and none where it would divide by nothing.

use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use crate::blocks::Blocks;

const US_PER_S: f64 = 1e6;

/// Key figures. Ratios are shares of 1; times are in seconds; whatever has a denominator of zero is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Availability: APT ÷ PBT.
    pub availability: Option<f64>,
    /// Effectiveness: PRI × PQ ÷ APT. Above 1 where pieces come faster than planned: then the planned run time is wrong.
    pub effectiveness: Option<f64>,
    /// Quality ratio: GQ ÷ PQ.
    pub quality_ratio: Option<f64>,
    /// Overall equipment effectiveness index: availability × effectiveness × quality ratio, which is PRI × GQ ÷ PBT for one item.
    pub oee: Option<f64>,
    /// Net equipment effectiveness index: AUPT ÷ PBT × effectiveness × quality ratio. Setup is no loss here.
    pub nee: Option<f64>,
    /// Allocation efficiency: AUBT ÷ PBT.
    pub allocation_efficiency: Option<f64>,
    /// Utilization efficiency: APT ÷ AUBT.
    pub utilization_efficiency: Option<f64>,
    /// Technical efficiency: APT ÷ (APT + ADET).
    pub technical_efficiency: Option<f64>,
    /// Setup ratio: AUST ÷ AUPT.
    pub setup_ratio: Option<f64>,
    /// Scrap ratio: SQ ÷ PQ.
    pub scrap_ratio: Option<f64>,
    /// Actual to planned scrap ratio: SQ ÷ PSQ.
    pub actual_to_planned_scrap: Option<f64>,
    /// Rework ratio: RQ ÷ PQ.
    pub rework_ratio: Option<f64>,
    /// First pass yield: GP ÷ IP, where every produced part was judged: IP is PQ.
    pub first_pass_yield: Option<f64>,
    /// Worker efficiency: APWT ÷ APAT.
    pub worker_efficiency: Option<f64>,
    /// Corrective maintenance ratio: CMT ÷ (CMT + PMT).
    pub corrective_maintenance_ratio: Option<f64>,
    /// Mean operating time between failures: AUPT ÷ FE (s). Standing is no operating time.
    pub mtbf_s: Option<f64>,
    /// Mean time to failure: APT ÷ FE (s).
    pub mttf_s: Option<f64>,
    /// Mean time to repair: Σ TTR ÷ FE (s).
    pub mttr_s: Option<f64>,
    /// Produced pieces for each hour of production: PQ ÷ APT (1/h).
    pub pieces_per_hour: Option<f64>,
}

/// A division that knows nothing of nothing.
pub fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0 && part.is_finite() && whole.is_finite()).then(|| part / whole)
}

impl Figures {
    /// The figures of what was added up.
    pub fn of(blocks: &Blocks) -> Figures {
        let time = |us: i64| us as f64;
        let number = |decimal: rust_decimal::Decimal| decimal.to_f64().unwrap_or_default();
        let produced = number(blocks.produced());
        let (apt, aupt, pbt) = (time(blocks.production_us), time(blocks.aupt_us()), time(blocks.pbt_us()));
        let (aubt, adet) = (time(blocks.aubt_us()), time(blocks.adet_us()));
        let failures = blocks.failures as f64;
        let availability = ratio(apt, pbt);
        // Without a planned run time nobody knows how fast it should have been.
        let ideal = number(blocks.ideal_s) * US_PER_S;
        let effectiveness = (ideal > 0.0).then(|| ratio(ideal, apt)).flatten();
        let quality_ratio = ratio(number(blocks.good), produced);
        let times = |share: Option<f64>| Some(share? * effectiveness? * quality_ratio?);
        Figures {
            availability,
            effectiveness,
            quality_ratio,
            oee: times(availability),
            nee: times(ratio(aupt, pbt)),
            allocation_efficiency: ratio(aubt, pbt),
            utilization_efficiency: ratio(apt, aubt),
            technical_efficiency: ratio(apt, apt + adet),
            setup_ratio: ratio(time(blocks.setup_us), aupt),
            scrap_ratio: ratio(number(blocks.scrapped), produced),
            actual_to_planned_scrap: ratio(number(blocks.scrapped), number(blocks.planned_scrap)),
            rework_ratio: ratio(number(blocks.reworked), produced),
            first_pass_yield: ratio(number(blocks.first_pass), produced),
            worker_efficiency: ratio(time(blocks.worked_us), time(blocks.attended_us)),
            corrective_maintenance_ratio: ratio(time(blocks.failure_us), time(blocks.failure_us + blocks.preventive_us)),
            mtbf_s: ratio(aupt / US_PER_S, failures),
            mttf_s: ratio(apt / US_PER_S, failures),
            mttr_s: ratio(time(blocks.failure_us) / US_PER_S, failures),
            pieces_per_hour: ratio(produced * 3600.0 * US_PER_S, apt),
        }
    }
}
