//! Makes documents of results: what planning says is wanted, as `reports` sets it.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use line_plan::PlanDocument;
use planning::{Form, Print, Printer};
use platform::{Error, Result};
use reports::{Brand, Cover, Kind, Logo, Refused};

/// What planning prints with.
pub(super) fn printer() -> Printer {
    Printer(Arc::new(print))
}

fn print(document: &PlanDocument, wanted: &Print) -> Result<Vec<u8>> {
    if !cfg!(feature = "pdf") && wanted.form != Form::Slides {
        return Err(Error::conflict(
            "pdf_not_built",
            "this Gemba was built without PDF: take format=pptx or xlsx, or a build with its usual features",
        ));
    }
    let logo = wanted.logo.as_deref().and_then(|text| STANDARD.decode(text).ok()).and_then(Logo::read);
    let had_logo = logo.is_some();
    let made = set(document, wanted, logo).or_else(|refused| {
        // A picture that cannot be drawn must not keep anybody from the figures.
        if !had_logo {
            return Err(refused);
        }
        tracing::warn!(%refused, "a report was printed without its logo");
        set(document, wanted, None)
    });
    made.map_err(Error::internal)
}

fn set(document: &PlanDocument, wanted: &Print, logo: Option<Logo>) -> Result<Vec<u8>, Refused> {
    let cover = Cover { title: wanted.title.clone(), subtitle: wanted.subtitle.clone() };
    let brand = Brand::new(wanted.organization.clone(), wanted.colour.as_deref(), logo);
    match wanted.form {
        Form::Executive => reports::pdf(document, Kind::Executive, &cover, &brand),
        Form::Plant => reports::pdf(document, Kind::Plant, &cover, &brand),
        Form::Slides => reports::deck(document, &cover, &brand),
    }
}
