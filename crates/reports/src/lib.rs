//! A plan's result as a document that people take into a meeting: a PDF, and slides for PowerPoint, in the reader's language and the organization's
//! colours.
//!
//! What is said is decided once, in [`Story`]: words and numbers of a language, nothing of a form. [`pdf()`] has typst set it, [`deck()`] puts it on slides.
//!
//! **Invariant:** the same document, cover and brand give the same bytes: no clock is read, nothing is fetched, fonts are in the program.
//! **Invariant:** names are data: whatever a model is called, it appears as it is and is never taken for markup.
//! **Invariant:** nothing is shown that the document does not hold: this crate adds up and ranks, it computes no plan.

mod brand;
mod deck;
#[cfg(feature = "pdf")]
mod page;
mod story;
mod words;

use line_plan::PlanDocument;

pub use brand::{Brand, Logo};
pub use story::{Cover, Story};

/// Which document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Two pages for those who decide: what can be made, what limits it, what would help.
    Executive,
    /// Everything of a plant: each line, each unmet demand, each note about the data.
    Plant,
}

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// The document as a PDF, A4.
///
/// # Errors
/// When the logo is no picture that can be read.
pub fn pdf(document: &PlanDocument, kind: Kind, cover: &Cover, brand: &Brand) -> Result<Vec<u8>, Refused> {
    let story = Story::of(document, kind, cover, brand);
    #[cfg(feature = "pdf")]
    return page::pdf(&story, brand);
    #[cfg(not(feature = "pdf"))]
    {
        let _ = story;
        Err(Refused("this program was built without PDF".into()))
    }
}

/// The document as slides, 16:9, in the format of PowerPoint (Office Open XML, ECMA-376).
///
/// # Errors
/// None with the container that this is built with.
pub fn deck(document: &PlanDocument, cover: &Cover, brand: &Brand) -> Result<Vec<u8>, Refused> {
    deck::write(&Story::of(document, Kind::Executive, cover, brand), brand)
}
