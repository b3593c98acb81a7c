//! Key figures of manufacturing operations by ISO 22400-2:2014, from times and counts alone.
//!
//! What happened is cut into [`TimeClass`]es, added up as [`Blocks`], and only in the end divided into [`Figures`]. [`counter`] turns readings
//! of a counter into times of running and standing, [`pareto`] ranks losses, [`delivery`] is about orders.
//!
//! **Invariant:** no database, no clock; what is not known is none, never zero.
//! **Invariant:** blocks are whole microseconds and decimals, and adding them is exact: a roll-up of parts is the whole, to the last bit.

pub mod blocks;
pub mod counter;
pub mod delivery;
pub mod figures;
pub mod pareto;
pub mod time;

pub use blocks::Blocks;
pub use figures::Figures;
pub use time::{State, TimeClass};
