//! The factory: what every other part of Gemba talks about, so that a plan, a schedule and an OEE figure never disagree about what a line is.
//!
//! Everything here is master data and *declared* (`platform::resource`): the structs say what a record is, the rules beside them what the
//! attributes cannot say. ISA-95 names.
//!
//! **Invariant:** nothing here plans, schedules or counts; whoever does takes its numbers from here.

pub mod boms;
pub mod capabilities;
pub mod demand;
pub mod items;
pub mod layouts;
pub mod partners;
pub mod places;
pub mod plants;
pub mod routings;
pub mod time;

use platform::feed::{Of, Set};
use platform::resource::{Kind, Record};

/// What programs read in bulk of the factory.
pub const SETS: &[Set] = &[
    Set { name: "areas", key: &["area_id"], of: Of::Record(places::Area::kind, "area_id") },
    Set { name: "calendars", key: &["calendar_id"], of: Of::Record(time::Calendar::kind, "calendar_id") },
    Set { name: "capabilities", key: &["capability_id"], of: Of::Record(capabilities::Capability::kind, "capability_id") },
    Set { name: "customers", key: &["customer_id"], of: Of::Record(partners::Customer::kind, "customer_id") },
    Set { name: "demand", key: &["demand_id"], of: Of::Record(demand::Demand::kind, "demand_id") },
    Set { name: "families", key: &["family_id"], of: Of::Record(items::Family::kind, "family_id") },
    Set { name: "items", key: &["item_id"], of: Of::Record(items::Item::kind, "item_id") },
    Set { name: "lines", key: &["line_id"], of: Of::Record(places::Line::kind, "line_id") },
    Set { name: "periods", key: &["period"], of: Of::Anybody },
];

/// All kinds of record of the factory, in an order in which each refers only to earlier ones.
pub fn kinds() -> Vec<&'static Kind> {
    vec![
        items::Unit::kind(),
        items::Family::kind(),
        partners::Customer::kind(),
        partners::Supplier::kind(),
        items::Item::kind(),
        items::UnitConversion::kind(),
        time::ShiftPattern::kind(),
        time::Shift::kind(),
        time::Calendar::kind(),
        time::Holiday::kind(),
        plants::PlantSetting::kind(),
        plants::PlantItem::kind(),
        places::Area::kind(),
        places::Line::kind(),
        places::Cell::kind(),
        places::Equipment::kind(),
        layouts::Layout::kind(),
        boms::Bom::kind(),
        boms::BomComponent::kind(),
        routings::Routing::kind(),
        routings::RoutingStep::kind(),
        routings::RoutingLink::kind(),
        capabilities::Capability::kind(),
        capabilities::Changeover::kind(),
        demand::Demand::kind(),
    ]
}
