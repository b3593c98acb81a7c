//! Labels of lots, serials, license plates, places and orders: how they look is a declared record ([`LabelTemplate`]), what they say is bound to what
//! they are stuck on ([`bind`]), and they come as a picture, for a label printer, and as PDF.
//!
//! Where an organization has no template of its own, a standard one is printed ([`standard`]).
//!
//! **Invariant:** a bar code says exactly what its element string says, or the label is refused with the reason; none is printed that reads wrongly.

pub mod bind;
mod fields;
pub mod http;
pub mod standard;
mod template;

pub use template::{CodeKind, ElementKind, LabelElement, LabelSubject, LabelTemplate, LabelTemplateId};
