//! Key figures of orders: how long, how fast, in time.

use jiff::Timestamp;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use crate::blocks::Blocks;
use crate::figures::ratio;

/// An order that was, or is being, carried out.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// When it was handed to the floor; lead time begins.
    pub released_at: Option<Timestamp>,
    /// When the first job began; execution begins.
    pub started_at: Option<Timestamp>,
    /// When the last job ended.
    pub completed_at: Option<Timestamp>,
    /// When it is wanted.
    pub due_at: Option<Timestamp>,
}

/// Additive sums over orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Orders {
    /// Orders looked at.
    pub orders: i64,
    /// Of them completed.
    pub completed: i64,
    /// Completed ones with a date they were wanted by.
    pub completed_with_due: i64,
    /// Of them not later than wanted.
    pub on_time: i64,
    /// Not completed, and wanted earlier than now.
    pub overdue: i64,
    /// Lead times of completed ones, from release to completion (µs).
    pub lead_us: i64,
    /// Completed ones with a lead time.
    pub with_lead: i64,
    /// AOET, actual order execution times, from the first job's start to the end: what of them lies within the time asked for (µs).
    pub execution_us: i64,
}

impl Orders {
    /// One order in the time from `from` to `now`. Of its execution only what lies within counts, as of everything that is divided by it.
    pub fn of(order: &Order, from: Timestamp, now: Timestamp) -> Orders {
        let between = |from: Timestamp, to: Timestamp| (to.as_microsecond() - from.as_microsecond()).max(0);
        // An order that was done before it was released (a report that came late) has none.
        let lead = order.released_at.zip(order.completed_at).filter(|(from, to)| from <= to).map(|(from, to)| between(from, to));
        let execution = order.started_at.map(|began| between(began.max(from), order.completed_at.map_or(now, |done| done.min(now))));
        let in_time = order.completed_at.zip(order.due_at).map(|(done, due)| done <= due);
        Orders {
            orders: 1,
            completed: i64::from(order.completed_at.is_some()),
            completed_with_due: i64::from(in_time.is_some()),
            on_time: i64::from(in_time == Some(true)),
            overdue: i64::from(order.completed_at.is_none() && order.due_at.is_some_and(|due| due < now)),
            lead_us: lead.unwrap_or_default(),
            with_lead: i64::from(lead.is_some()),
            execution_us: execution.unwrap_or_default(),
        }
    }

    /// Both together.
    pub fn and(self, other: Orders) -> Orders {
        Orders {
            orders: self.orders + other.orders,
            completed: self.completed + other.completed,
            completed_with_due: self.completed_with_due + other.completed_with_due,
            on_time: self.on_time + other.on_time,
            overdue: self.overdue + other.overdue,
            lead_us: self.lead_us + other.lead_us,
            with_lead: self.with_lead + other.with_lead,
            execution_us: self.execution_us + other.execution_us,
        }
    }

    /// On-time delivery: orders completed by their date ÷ completed orders that had one.
    pub fn on_time_delivery(&self) -> Option<f64> {
        ratio(self.on_time as f64, self.completed_with_due as f64)
    }

    /// Mean lead time of completed orders, from release to completion (s).
    pub fn lead_time_s(&self) -> Option<f64> {
        ratio(self.lead_us as f64 / 1e6, self.with_lead as f64)
    }

    /// Throughput rate (ISO 22400-2): PQ ÷ AOET (1/h). PQ is what the orders' last steps produced: a unit goes through an order once.
    pub fn throughput_per_h(&self, produced: Decimal) -> Option<f64> {
        ratio(produced.to_f64()? * 3600.0 * 1e6, self.execution_us as f64)
    }

    /// Allocation ratio (ISO 22400-2): Σ AUBT ÷ AOET. Above 1 where jobs of an order run side by side.
    pub fn allocation_ratio(&self, blocks: &Blocks) -> Option<f64> {
        ratio(blocks.aubt_us() as f64, self.execution_us as f64)
    }

    /// Production process ratio (ISO 22400-2): Σ APT ÷ AOET.
    pub fn production_process_ratio(&self, blocks: &Blocks) -> Option<f64> {
        ratio(blocks.production_us as f64, self.execution_us as f64)
    }
}
