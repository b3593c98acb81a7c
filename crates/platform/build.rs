//! Tells cargo that a new or changed migration needs this crate compiled again.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
