//! Key figures as the API shows them: ratios in per cent, times in seconds.

use jiff::Timestamp;
use jiff::civil::Date;
use kpi::delivery::Orders;
use kpi::{Blocks, Figures};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::facts::Fact;

/// Key figures (ISO 22400-2:2014). What has nothing to be divided by is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct KpiFigures {
    /// Overall equipment effectiveness: availability × effectiveness × quality ratio (%).
    #[schema(example = 71.4)]
    pub oee_pct: Option<f64>,
    /// APT ÷ PBT (%).
    #[schema(example = 84.2)]
    pub availability_pct: Option<f64>,
    /// PRI × PQ ÷ APT (%).
    #[schema(example = 87.0)]
    pub effectiveness_pct: Option<f64>,
    /// GQ ÷ PQ (%).
    #[schema(example = 97.5)]
    pub quality_pct: Option<f64>,
    /// Net equipment effectiveness: AUPT ÷ PBT × effectiveness × quality ratio (%).
    pub nee_pct: Option<f64>,
    /// AUBT ÷ PBT (%).
    pub allocation_efficiency_pct: Option<f64>,
    /// APT ÷ AUBT (%).
    pub utilization_efficiency_pct: Option<f64>,
    /// APT ÷ (APT + ADET) (%).
    pub technical_efficiency_pct: Option<f64>,
    /// AUST ÷ AUPT (%).
    pub setup_pct: Option<f64>,
    /// SQ ÷ PQ (%).
    pub scrap_pct: Option<f64>,
    /// SQ ÷ planned scrap (%).
    pub actual_to_planned_scrap_pct: Option<f64>,
    /// RQ ÷ PQ (%).
    pub rework_pct: Option<f64>,
    /// Good without rework ÷ PQ (%).
    pub first_pass_yield_pct: Option<f64>,
    /// Personnel: working time ÷ attendance (%).
    pub worker_efficiency_pct: Option<f64>,
    /// Corrective ÷ all maintenance time (%).
    pub corrective_maintenance_pct: Option<f64>,
    /// Mean operating time between failures (s).
    pub mtbf_s: Option<f64>,
    /// Mean time to failure (s).
    pub mttf_s: Option<f64>,
    /// Mean time to repair (s).
    pub mttr_s: Option<f64>,
    /// PQ ÷ APT (1/h).
    pub pieces_per_hour: Option<f64>,
}

impl From<Figures> for KpiFigures {
    fn from(figures: Figures) -> KpiFigures {
        let pct = |share: Option<f64>| share.map(|share| share * 100.0);
        KpiFigures {
            oee_pct: pct(figures.oee),
            availability_pct: pct(figures.availability),
            effectiveness_pct: pct(figures.effectiveness),
            quality_pct: pct(figures.quality_ratio),
            nee_pct: pct(figures.nee),
            allocation_efficiency_pct: pct(figures.allocation_efficiency),
            utilization_efficiency_pct: pct(figures.utilization_efficiency),
            technical_efficiency_pct: pct(figures.technical_efficiency),
            setup_pct: pct(figures.setup_ratio),
            scrap_pct: pct(figures.scrap_ratio),
            actual_to_planned_scrap_pct: pct(figures.actual_to_planned_scrap),
            rework_pct: pct(figures.rework_ratio),
            first_pass_yield_pct: pct(figures.first_pass_yield),
            worker_efficiency_pct: pct(figures.worker_efficiency),
            corrective_maintenance_pct: pct(figures.corrective_maintenance_ratio),
            mtbf_s: figures.mtbf_s,
            mttf_s: figures.mttf_s,
            mttr_s: figures.mttr_s,
            pieces_per_hour: figures.pieces_per_hour,
        }
    }
}

/// Where time went (s): elements of the time model of ISO 22400-2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct KpiTimes {
    /// Planned operation time (POT).
    pub planned_operation_s: f64,
    /// Planned busy time (PBT): without planned down time.
    pub planned_busy_s: f64,
    /// Production (APT).
    pub production_s: f64,
    /// Setup (AUST).
    pub setup_s: f64,
    /// Delay without failures (ADET).
    pub delay_s: f64,
    /// Failures (ADET).
    pub failure_s: f64,
    /// Available without an order (ADOT).
    pub down_s: f64,
    /// Of that, what nobody reported.
    pub unreported_s: f64,
    /// Planned down time: breaks, meetings, preventive maintenance.
    pub planned_down_s: f64,
    /// Of the delays, what were micro-stops.
    pub micro_stop_s: f64,
    /// Unplanned stops.
    pub stops: i64,
    /// Of them micro-stops.
    pub micro_stops: i64,
    /// Of them failures.
    pub failures: i64,
}

impl From<&Blocks> for KpiTimes {
    fn from(blocks: &Blocks) -> KpiTimes {
        let s = |us: i64| us as f64 / 1e6;
        KpiTimes {
            planned_operation_s: s(blocks.pot_us()),
            planned_busy_s: s(blocks.pbt_us()),
            production_s: s(blocks.production_us),
            setup_s: s(blocks.setup_us),
            delay_s: s(blocks.delay_us),
            failure_s: s(blocks.failure_us),
            down_s: s(blocks.down_us),
            unreported_s: s(blocks.unreported_us),
            planned_down_s: s(blocks.pdot_us()),
            micro_stop_s: s(blocks.micro_us),
            stops: blocks.stops,
            micro_stops: blocks.micro_stops,
            failures: blocks.failures,
        }
    }
}

/// What was made, in the items' units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct KpiQuantities {
    /// Good, scrapped and to be made again (PQ).
    #[schema(example = 1240.0)]
    pub produced: f64,
    /// Good (GQ).
    pub good: f64,
    /// Scrapped (SQ).
    pub scrapped: f64,
    /// To be made again (RQ).
    pub reworked: f64,
    /// Pieces that counters saw.
    pub counted: f64,
}

impl From<&Fact> for KpiQuantities {
    fn from(fact: &Fact) -> KpiQuantities {
        KpiQuantities {
            produced: number(fact.blocks.produced()),
            good: number(fact.blocks.good),
            scrapped: number(fact.blocks.scrapped),
            reworked: number(fact.blocks.reworked),
            counted: number(fact.counted),
        }
    }
}

/// A decimal as JSON's number.
pub(crate) fn number(decimal: Decimal) -> f64 {
    decimal.to_f64().unwrap_or_default()
}

/// Figures of a line, area, shift, item, order, hour or day; or of all of it.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct KpiRow {
    /// The record; none for the whole, for time without a job, and for hours and days.
    pub id: Option<Uuid>,
    /// As people call it.
    #[schema(example = "SMT-03")]
    pub name: String,
    /// The day of a shift.
    #[schema(value_type = Option<String>, format = Date)]
    pub day: Option<Date>,
    /// Beginning of the part of time, of hours, days and shifts.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Its end.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    /// The figures.
    pub figures: KpiFigures,
    /// Where time went.
    pub times: KpiTimes,
    /// What was made.
    pub quantities: KpiQuantities,
}

impl KpiRow {
    /// A row of what was added up.
    pub fn of(id: Option<Uuid>, name: impl Into<String>, fact: &Fact) -> KpiRow {
        KpiRow {
            id,
            name: name.into(),
            figures: Figures::of(&fact.blocks).into(),
            times: (&fact.blocks).into(),
            quantities: fact.into(),
            ..KpiRow::default()
        }
    }
}

/// Key figures of orders.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct OrderFigures {
    /// Orders worked on, completed or due in the time.
    pub orders: i64,
    /// Of them completed in the time.
    pub completed: i64,
    /// Completed by their date.
    pub on_time: i64,
    /// Not completed, and due before the end of the time.
    pub overdue: i64,
    /// On time ÷ completed with a date (%).
    pub on_time_delivery_pct: Option<f64>,
    /// Mean time from release to completion (s).
    pub lead_time_s: Option<f64>,
    /// PQ of the last steps ÷ AOET (1/h).
    pub throughput_per_h: Option<f64>,
    /// Σ AUBT ÷ AOET (%).
    pub allocation_ratio_pct: Option<f64>,
    /// Σ APT ÷ AOET (%).
    pub production_process_ratio_pct: Option<f64>,
}

impl OrderFigures {
    /// Of orders, what was done on their jobs, and how much of it their last steps produced.
    pub fn of(orders: &Orders, done: &Blocks, produced: Decimal) -> OrderFigures {
        OrderFigures {
            orders: orders.orders,
            completed: orders.completed,
            on_time: orders.on_time,
            overdue: orders.overdue,
            on_time_delivery_pct: orders.on_time_delivery().map(|share| share * 100.0),
            lead_time_s: orders.lead_time_s(),
            throughput_per_h: orders.throughput_per_h(produced),
            allocation_ratio_pct: orders.allocation_ratio(done).map(|share| share * 100.0),
            production_process_ratio_pct: orders.production_process_ratio(done).map(|share| share * 100.0),
        }
    }
}

/// What the approved plan says of the time, and what was made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanActual {
    /// The scenario that was approved last.
    pub scenario_id: Uuid,
    /// Its name.
    #[schema(example = "Plan 2026 to 2030")]
    pub scenario: String,
    /// Pieces that its plan makes in the time, its periods shared out by working hours. Every step of an item counts.
    pub planned: f64,
    /// Good pieces reported, every step.
    pub actual: f64,
    /// Actual ÷ planned (%).
    pub attainment_pct: Option<f64>,
    /// Hours of lines that its plan uses in the time (h).
    pub planned_hours: f64,
    /// Hours of production and setup (h).
    pub actual_hours: f64,
    /// Line by line, or item by item.
    pub rows: Vec<PlanActualRow>,
}

/// Plan and actual of a line or an item.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanActualRow {
    /// The line or item.
    pub id: Uuid,
    /// As people call it.
    pub name: String,
    /// Pieces planned.
    pub planned: f64,
    /// Good pieces reported.
    pub actual: f64,
    /// Actual ÷ planned (%).
    pub attainment_pct: Option<f64>,
}
