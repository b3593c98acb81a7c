//! Key figures by ISO 22400-2, for a line, an area, a plant, a shift, an item, an order: what the engine [`kpi`] makes of what lines did.
//!
//! Time is cut where what it counts as changes (a shift begins, a break, a planned meeting); for each cut the sums by quarter of an hour are read, and
//! the intervals themselves only where a cut begins or ends within a quarter.
//!
//! **Invariant:** figures from sums and figures from intervals are the same.
//! **Invariant:** time of which nothing is known counts as time in which the line was available and made nothing.

pub mod cuts;
pub mod downtime;
pub mod facts;
pub(crate) mod http;
pub mod plan;
pub mod question;
pub mod shown;

use platform::permission::Permission;

/// See key figures.
pub const KPI_READ: Permission = Permission("production.kpi.read");
