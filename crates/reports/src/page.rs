//! Sets a story as a PDF with typst: the program's own template and fonts, the story as data.
//!
//! **Invariant:** the world that typst sees holds four files and two fonts, all in memory: no disk, no network, no clock, no packages.

use std::sync::LazyLock;

use serde_json::Value;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};

use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use crate::{Brand, Refused, Story};

static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    let files: [&'static [u8]; 2] = [include_bytes!("../fonts/Lato-Regular.ttf"), include_bytes!("../fonts/Lato-Bold.ttf")];
    files.into_iter().flat_map(|file| Font::iter(Bytes::new(file))).collect()
});
static BOOK: LazyLock<LazyHash<FontBook>> = LazyLock::new(|| LazyHash::new(FontBook::from_fonts(FONTS.iter())));
static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
static TEMPLATE: LazyLock<Source> = LazyLock::new(|| Source::new(id("report.typ"), include_str!("../template/report.typ").to_owned()));

/// What is remembered from one document to the next goes after so many others.
const REMEMBERED: usize = 8;

/// The story as a PDF.
///
/// # Errors
/// When the logo cannot be drawn.
pub fn pdf(story: &Story, brand: &Brand) -> Result<Vec<u8>, Refused> {
    let mut said = serde_json::to_value(story).map_err(|cause| Refused(cause.to_string()))?;
    let_break(&mut said);
    let data = serde_json::to_vec(&said).map_err(|cause| Refused(cause.to_string()))?;
    let logo = brand.logo.as_ref().map(|logo| (id(&format!("logo.{}", logo.format)), Bytes::new(logo.bytes.clone())));
    let desk = Desk { data: Bytes::new(data), logo };
    let set = typst::compile::<PagedDocument>(&desk).output.map_err(|wrong| refused(&wrong));
    let pdf = set.and_then(|document| {
        let options = PdfOptions { ident: Smart::Auto, creator: Smart::Custom(Some("Gemba".into())), ..PdfOptions::default() };
        typst_pdf::pdf(&document, &options).map_err(|wrong| refused(&wrong))
    });
    typst::comemo::evict(REMEMBERED);
    pdf
}

/// A word may have so many letters before it is broken anywhere; hyphens break shorter ones where the language allows it.
const LONGEST_WORD: usize = 30;
/// A name of a part may have so many: `PCBA_ECU_GATEWAY_V2` is no word that could be hyphenated.
const LONGEST_NAME: usize = 12;

/// Lets long names be broken, by invisible signs (U+200B) within them, so that none runs into its neighbour.
fn let_break(value: &mut Value) {
    match value {
        Value::String(text) => {
            let words = text.split_inclusive(char::is_whitespace).map(broken);
            *text = words.collect();
        }
        Value::Array(all) => all.iter_mut().for_each(let_break),
        Value::Object(all) => all.values_mut().for_each(let_break),
        _ => {}
    }
}

fn broken(word: &str) -> String {
    let is_name = word.contains(|letter: char| letter.is_numeric() || letter == '_') || !word.contains(char::is_lowercase);
    let most = if is_name { LONGEST_NAME } else { LONGEST_WORD };
    if word.chars().count() <= most {
        return word.to_owned();
    }
    let mut broken = String::with_capacity(2 * word.len());
    for (at, letter) in word.chars().enumerate() {
        if at >= 6 && at % 6 == 0 {
            broken.push('\u{200b}');
        }
        broken.push(letter);
    }
    broken
}

fn refused(wrong: &[SourceDiagnostic]) -> Refused {
    let said: Vec<&str> = wrong.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    Refused(format!("the page cannot be set: {}", said.join("; ")))
}

/// The name of a file. Only names of ours come here; an odd one stands for a file that is not there.
fn id(name: &str) -> FileId {
    let path = VirtualPath::new(name).or_else(|_| VirtualPath::new("none"));
    #[expect(clippy::expect_used, reason = "a plain name is a path")]
    let path = path.expect("a plain name is a path");
    FileId::new(RootedPath::new(VirtualRoot::Project, path))
}

/// What typst sees.
struct Desk {
    data: Bytes,
    logo: Option<(FileId, Bytes)>,
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &BOOK
    }

    fn main(&self) -> FileId {
        TEMPLATE.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == TEMPLATE.id() { Ok(TEMPLATE.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, wanted: FileId) -> FileResult<Bytes> {
        match &self.logo {
            _ if wanted == id("report.json") => Ok(self.data.clone()),
            Some((logo, bytes)) if *logo == wanted => Ok(bytes.clone()),
            _ => Err(FileError::AccessDenied),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
