//! The engine from outside: answers against references, laws that every plan keeps, and the checks that guard the door.

mod baseline;
mod cells;
mod defects;
mod giant;
mod instances;
mod integer;
mod laws;
mod least_change;
mod optimality;
mod reference;
mod released;
mod risk;
mod session;
mod verification;
