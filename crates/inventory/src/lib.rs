//! Materials: what lies where, in which lots and serials, where it came from and what became of it.
//!
//! Places, lots, serials and license plates are declared records ([`places`], [`materials`]). What happens to material is written into a ledger of
//! movements ([`ledger`]), of which the database keeps the sum: stock. What went into what is a graph of lots and serials ([`genealogy`]).
//! Production consumes and produces through [`actions`]; people and programs through the verbs of `/stock`.
//!
//! **Invariant:** stock is what the ledger of movements adds up to, and never negative.
//! **Invariant:** ledger and genealogy are only ever appended.
//! **Invariant:** jobs, orders and operators are identifiers here: what they are is production's.

pub mod actions;
pub mod documents;
pub mod genealogy;
mod http;
pub mod labels;
pub mod ledger;
pub mod materials;
mod notices;
pub mod picking;
pub mod places;
mod plates;
pub mod scan;
pub mod stock;
pub mod taking_back;
pub mod units;
pub mod words;

use platform::events::EventKind;
use platform::feed::{Of, Set};
use platform::permission::{Permission, PermissionInfo};
use platform::resource::{Kind, Record};

pub use http::routes;
pub use notices::{NOTICES, TOPICS};

/// See stock, its movements and reservations.
pub const STOCK_READ: Permission = Permission("inventory.stock.read");
/// Take material in.
pub const STOCK_RECEIVE: Permission = Permission("inventory.stock.receive");
/// Give material out, to a job, to scrap, to whoever uses it up.
pub const STOCK_ISSUE: Permission = Permission("inventory.stock.issue");
/// Put material elsewhere.
pub const STOCK_MOVE: Permission = Permission("inventory.stock.move");
/// Write down what was counted.
pub const STOCK_COUNT: Permission = Permission("inventory.stock.count");
/// Correct stock without a count.
pub const STOCK_ADJUST: Permission = Permission("inventory.stock.adjust");
/// Block material, put it into quarantine, release it.
pub const STOCK_SET_STATUS: Permission = Permission("inventory.stock.set_status");
/// Promise stock to orders.
pub const STOCK_RESERVE: Permission = Permission("inventory.stock.reserve");
/// Follow lots and serials backward and forward.
pub const GENEALOGY_READ: Permission = Permission("inventory.genealogy.read");

/// What roles can grant here beside the rights of the declared kinds.
pub const PERMISSIONS: &[PermissionInfo] = &[
    PermissionInfo::plant("inventory.stock.read", "See stock, its movements and reservations"),
    PermissionInfo::plant("inventory.stock.receive", "Receive material"),
    PermissionInfo::plant("inventory.stock.issue", "Issue material"),
    PermissionInfo::plant("inventory.stock.move", "Move material"),
    PermissionInfo::plant("inventory.stock.count", "Count stock"),
    PermissionInfo::plant("inventory.stock.adjust", "Adjust stock"),
    PermissionInfo::plant("inventory.stock.set_status", "Block material and release it"),
    PermissionInfo::plant("inventory.stock.reserve", "Reserve stock for orders"),
    PermissionInfo::plant("inventory.genealogy.read", "Trace lots and serials"),
];

/// Events of this context, beside those of its declared kinds.
pub const EVENTS: &[EventKind] = &[
    EventKind {
        kind: "stock",
        title: "Stock",
        read: STOCK_READ,
        verbs: &[
            ("received", "Material came in."),
            ("issued", "Material was given out, or used up by a job."),
            ("produced", "Material was made."),
            ("scrapped", "Material was thrown away."),
            ("moved", "Material was put elsewhere."),
            ("counted", "Stock was counted; `data.detail.lines` says what differed."),
            ("adjusted", "Stock was corrected."),
            ("status_set", "Material was blocked, put into quarantine or released."),
            ("reserved", "Stock was promised to an order."),
            ("unreserved", "Stock that was promised is free again."),
        ],
    },
    EventKind {
        kind: "reservation",
        title: "Reservations",
        read: STOCK_READ,
        verbs: &[
            ("created", "Stock was promised to an order."),
            ("updated", "More or less of it is promised."),
            ("deleted", "It is free again, or used up."),
        ],
    },
    EventKind {
        kind: "license_plate",
        title: "License plates",
        read: Permission("inventory.license_plate.read"),
        verbs: &[("moved", "A license plate was put elsewhere, with what is on it.")],
    },
    EventKind {
        kind: "stock_count",
        title: "Counts that wait",
        read: STOCK_READ,
        verbs: &[
            ("created", "A count differs more than its place lets pass."),
            ("waiting", "It waits for somebody else to decide; `data.detail.place` is where it was."),
            ("updated", "Somebody decided about it."),
            ("approved", "Its differences are booked."),
            ("rejected", "It is as if nobody had counted."),
        ],
    },
    EventKind {
        kind: "lot",
        title: "Lots",
        read: GENEALOGY_READ,
        verbs: &[("recalled", "The list of everything that it went into was taken as a file.")],
    },
    EventKind {
        kind: "serial",
        title: "Serials",
        read: GENEALOGY_READ,
        verbs: &[("recalled", "The list of everything that it went into was taken as a file.")],
    },
];

/// What programs read in bulk.
pub const SETS: &[Set] = &[
    Set { name: "genealogy", key: &["link_id"], of: Of::Right(GENEALOGY_READ) },
    Set { name: "license_plates", key: &["license_plate_id"], of: Of::Record(materials::LicensePlate::kind, "license_plate_id") },
    Set { name: "locations", key: &["location_id"], of: Of::Record(places::Location::kind, "location_id") },
    Set { name: "lots", key: &["lot_id"], of: Of::Record(materials::Lot::kind, "lot_id") },
    Set { name: "serials", key: &["serial_id"], of: Of::Record(materials::Serial::kind, "serial_id") },
    Set { name: "stock", key: &["stock_id"], of: Of::Right(STOCK_READ) },
    Set { name: "stock_movements", key: &["movement_id"], of: Of::Right(STOCK_READ) },
    Set { name: "stock_reservations", key: &["reservation_id"], of: Of::Right(STOCK_READ) },
];

/// The kinds of record, in an order in which each refers only to earlier ones.
pub fn kinds() -> Vec<&'static Kind> {
    vec![
        places::Location::kind(),
        materials::Lot::kind(),
        materials::Serial::kind(),
        materials::SsccRange::kind(),
        materials::LicensePlate::kind(),
        labels::LabelTemplate::kind(),
    ]
}
