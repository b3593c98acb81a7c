//! GS1 identifiers and what carries them: element strings, check digits, bar codes as pictures, labels for printers.
//!
//! **Invariant:** pure: text in, text out.
