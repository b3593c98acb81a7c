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
pub mod routings;
pub mod time;

use platform::resource::{Kind, Record};

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
