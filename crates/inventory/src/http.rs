//! Everything of materials that is more than a declared record.

use platform::http::{App, OpenApiRouter};
use platform::resource::Kinds;

/// The operations; `kinds` are all kinds of the program.
pub fn routes(_kinds: &Kinds) -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(crate::stock::http::routes())
        .merge(crate::genealogy::http::routes())
        .merge(crate::labels::http::routes())
        .merge(crate::plates::routes())
        .merge(crate::scan::routes())
}
