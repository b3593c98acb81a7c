//! Derives a kind of record's description (`platform::resource::Kind`) from the struct that declares it.
//!
//! What is generated is one static value and three small implementations; all behaviour lives in `platform::resource`, which reads the value.
//!
//! **Invariant:** nothing is generated that a reader of `platform::resource::kind` could not write by hand.

mod attributes;
mod record;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Declares a kind of record; see `platform::resource`.
#[proc_macro_derive(Record, attributes(record))]
pub fn derive_record(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    record::record(&input).unwrap_or_else(|wrong| wrong.to_compile_error()).into()
}

/// Declares a part of a record that is stored within it: one entry of a list, one group of values.
#[proc_macro_derive(Part, attributes(record))]
pub fn derive_part(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    record::part(&input).unwrap_or_else(|wrong| wrong.to_compile_error()).into()
}

/// Declares an enumeration without contents as the type of a field; its values are its variants in snake case.
#[proc_macro_derive(Choice)]
pub fn derive_choice(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    record::choice(&input).unwrap_or_else(|wrong| wrong.to_compile_error()).into()
}
