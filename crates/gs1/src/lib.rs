//! GS1 identifiers and what carries them: element strings ([`element_string`]), check digits and keys, bar codes ([`symbols`]), and what they are
//! printed on: labels ([`label`]) as pictures ([`svg`]), for label printers ([`zpl`]) and as PDF ([`pdf`]), and sheets of paper ([`paper`]).
//!
//! **Invariant:** pure: text in, text or bytes out; equal input, equal output.
//! **Invariant:** every form of a label shows the same symbols, module by module.

pub mod check_digit;
pub mod element_string;
pub mod identifiers;
pub mod keys;
pub mod label;
pub mod letters;
pub mod paper;
pub mod pdf;
pub mod svg;
pub mod symbols;
pub mod zpl;
