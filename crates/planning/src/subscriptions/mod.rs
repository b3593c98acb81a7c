//! Reports that come by mail: who wants which, in what form, by which clock. A run makes the report, mail takes it to its readers.
//!
//! **Invariant:** a report goes to accounts of the organization only, and to none that may not take it from the app itself: asked when it is made, and
//! again when its mail is sent.
//! **Invariant:** a report is of what whoever made the subscription (or changed it last) may see then.

pub(crate) mod http;
mod letter;
mod record;
mod sending;

pub use letter::report_letter;
pub use record::{ReportLanguage, ReportSubscription, ReportSubscriptionId};
pub use sending::{Reporter, SEND};
