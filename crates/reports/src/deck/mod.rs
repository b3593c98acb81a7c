//! A story as slides: Office Open XML (ECMA-376), the transitional form that PowerPoint, Keynote, Impress and Slides read.
//!
//! Everything on a slide is text, a table or a shape that people can change; charts are bars drawn as shapes, so that nothing has to be unfolded.
//!
//! **Invariant:** text is escaped wherever it stands, and characters that XML cannot hold are left out.
//! **Invariant:** the same story gives the same bytes: entries have one date, and stand in one order.

mod parts;
mod shapes;
mod slides;

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::{Brand, Refused, Story};

/// The deck as a file.
///
/// # Errors
/// None with the container that this is built with.
pub fn write(story: &Story, brand: &Brand) -> Result<Vec<u8>, Refused> {
    // PowerPoint shows no SVG without a picture beside it.
    let logo = brand.logo.as_ref().filter(|logo| logo.format != "svg");
    let slides = slides::all(story, logo.map(|logo| logo.aspect));
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    let refused = |cause: zip::result::ZipError| Refused(format!("the slides cannot be packed: {cause}"));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(zip::DateTime::default());
    let mut put = |name: &str, bytes: &[u8]| -> Result<(), Refused> {
        file.start_file(name, options).map_err(refused)?;
        file.write_all(bytes).map_err(|cause| Refused(cause.to_string()))
    };
    for (name, text) in parts::around(story, slides.len(), logo.map(|logo| logo.format)) {
        put(&name, text.as_bytes())?;
    }
    for (number, slide) in slides.iter().enumerate() {
        put(&format!("ppt/slides/slide{}.xml", number + 1), slide.as_bytes())?;
        let rels = parts::slide_relations(logo.map(|logo| logo.format));
        put(&format!("ppt/slides/_rels/slide{}.xml.rels", number + 1), rels.as_bytes())?;
    }
    if let Some(logo) = logo {
        put(&format!("ppt/media/logo.{}", logo.format), &logo.bytes)?;
    }
    file.finish().map(Cursor::into_inner).map_err(refused)
}
