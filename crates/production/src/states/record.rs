//! How a line is watched.

use factory::places::LineId;
use platform::ids::PlantId;
use platform::resource::{Record, Rules};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

platform::id_type! {
    /// How a line is watched.
    LineMonitorId,
}

/// How a line is watched. A line without one is watched by the defaults.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "line_monitors", within = Plant, permission = "production.line_monitor", label = "line_id", unique(line_id))]
pub struct LineMonitor {
    /// The record.
    pub id: LineMonitorId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// The line.
    #[record(immutable)]
    pub line_id: LineId,
    /// A shorter unplanned stop is a micro-stop, about which nobody is asked (s).
    #[record(min = 0, max = 3600, unit = "s", default = 300)]
    pub micro_stop_s: i32,
    /// A line whose counter shows nothing new for longer has stopped (s).
    #[record(min = 1, max = 86400, unit = "s", default = 120)]
    pub patience_s: i32,
    /// Pieces for one count.
    #[record(decimals = 4, min = 0.0001, default = 1)]
    pub pieces_per_count: Decimal,
    /// Scrap that is planned with (%).
    #[record(decimals = 3, min = 0.001, max = 100, unit = "%", example = 1.5)]
    pub planned_scrap_pct: Option<Decimal>,
}

impl Rules for LineMonitor {}
