//! Files: attachments of records and values of custom fields.
//!
//! What is known of a file is a row; its bytes lie in a [`Store`], a folder or a bucket. A file arrives in pieces, is counted and hashed on its
//! way, judged by its content, stored, and then belongs to a record; or to nothing yet, for a day, until a record's custom field names it. Where a
//! [`Scanner`] is set, nobody gets it before that has let it through.
//!
//! **Invariant:** who may see a file is who may see its record, and, where a custom field has it, that field; what belongs to nothing is its
//! sender's alone.
//! **Invariant:** nothing is shared between organizations: equal content is stored once for each file, so that nobody learns what others have.
//! **Invariant:** a file never lies in memory whole, in neither direction; small images excepted, within limits of their own.
//! **Invariant:** every object in the store has a row that was committed before it, so that what a crash leaves behind is found and removed.
//! **Invariant:** a file is read only together with its checksum: one that is not what was stored is not handed out whole.
//! **Invariant:** a browser never shows or runs a file from our address: it is something to save, whatever it says it is.

mod give;
mod http;
mod inspect;
mod keeping;
mod links;
mod media;
mod names;
mod receive;
mod rows;
mod scan;
mod store;
pub mod thumbnails;
mod transport;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use tokio::sync::Semaphore;

use crate::ids::OrganizationId;

pub use http::routes;
pub use inspect::{INSPECT, Inspector};
pub use keeping::{Kept, keep, sweep};
pub use links::{Link, LinkKey};
pub use media::{ALLOWED, Allowed};
pub use receive::{Named, Received, Upload};
pub use rows::{Belongs, Claim, File, FileLimits, FileState, attach, claim, limits_of, set_limits};
pub use scan::{Scanner, Verdict};
pub use store::{Bucket, Key, Part, Place, Store};

pub(crate) use rows::{attachments, give, release};

/// What an installation takes, and how long it keeps what nobody wants any more.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The largest file of an organization that has no limit of its own (bytes).
    pub largest: u64,
    /// What all files of such an organization may hold together (bytes).
    pub quota: u64,
    /// The types that are taken.
    pub allowed: Allowed,
    /// How long the content of a file stays that was taken away.
    pub keep_deleted: SignedDuration,
    /// How long a file may belong to nothing.
    pub keep_unattached: SignedDuration,
    /// Files on their way at the same time; of one organization, half of them.
    pub at_once: usize,
}

impl Default for Limits {
    /// 100 MiB a file, 10 GiB an organization, 30 days, a day, 16 at once.
    fn default() -> Self {
        Limits {
            largest: 100 << 20,
            quota: 10 << 30,
            allowed: Allowed::of(ALLOWED),
            keep_deleted: SignedDuration::from_hours(30 * 24),
            keep_unattached: SignedDuration::from_hours(24),
            at_once: 16,
        }
    }
}

/// The files of an installation. Cheap to clone; a part of the server's [`App`](crate::http::App).
#[derive(Clone)]
pub struct Files(Arc<Inner>);

struct Inner {
    store: Store,
    scanner: Option<Scanner>,
    limits: Limits,
    links: LinkKey,
    places: Arc<Semaphore>,
    // How many places each organization has; one with none is not in it.
    taken: Mutex<HashMap<OrganizationId, usize>>,
}

impl Files {
    /// Files in `store`, looked at by `scanner` where there is one.
    pub fn new(store: Store, scanner: Option<Scanner>, limits: Limits, links: LinkKey) -> Files {
        let places = Arc::new(Semaphore::new(limits.at_once));
        Files(Arc::new(Inner { store, scanner, limits, links, places, taken: Mutex::default() }))
    }

    /// Where their bytes lie.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// What is taken.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files").field("limits", &self.0.limits).finish_non_exhaustive()
    }
}

impl Files {
    pub(crate) fn links(&self) -> &LinkKey {
        &self.0.links
    }
}
