//! The server over HTTP, as its document describes it.

mod boards;
mod document;
mod events;
mod explorer;
mod floor;
mod floor_corrections;
mod floor_machines;
mod floor_material;
mod floor_plan;
mod floor_terminal;
mod guards;
mod installation;
mod kpis;
mod sealed;
mod states;
mod stock;
mod stock_at_once;
mod stock_bi;
mod stock_hostile;
mod stock_labels;
mod stock_paper;
mod stock_trace;
