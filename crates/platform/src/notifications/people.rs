//! The people of an organization, as far as what tells them something needs to know them. `identity` knows them.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::caller::{Caller, Scope};
use crate::error::Result;
use crate::ids::{OrganizationId, PlantId, UserId};
use crate::language::Language;
use crate::permission::Permission;
use crate::resource::{Kind, Labelled, shows};

/// Somebody whose account is active.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their account.
    pub id: UserId,
    /// As colleagues call them.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The language Gemba speaks to them.
    pub language: Language,
    /// What they may do at this moment; without a request or a device of theirs.
    pub caller: Caller,
}

impl Person {
    /// Whether they may see things of a kind that takes this right, at this plant or of the whole organization.
    pub fn may_see(&self, read: Permission, plant: Option<PlantId>) -> bool {
        match plant {
            Some(plant) => self.caller.reach().holds(plant) && self.caller.may(read, Scope::Plant(plant)),
            // What is the whole organization's is seen by whoever may see it somewhere, as in lists.
            None => self.caller.may_somewhere(read),
        }
    }

    /// Whether they may see a record as it is: their roles let them where it is, and no policy hides it from them.
    pub(crate) fn may_see_record(&self, kind: &'static Kind, record: &Labelled) -> bool {
        self.may_see(kind.verbs.read, record.plant) && shows(&self.caller, kind, Some(&record.state))
    }
}

/// Knows the people of organizations.
pub trait People: Send + Sync {
    /// Those of these whose accounts are active, with their rights of this moment.
    ///
    /// # Errors
    /// 503 when the database is gone.
    fn of<'a>(&'a self, organization: OrganizationId, ids: &'a [UserId]) -> BoxFuture<'a, Result<Vec<Person>>>;

    /// Those whose name has a word that begins so, or whose address begins so; everybody where nothing is looked for. By name, `most` at most.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    fn search<'a>(&'a self, organization: OrganizationId, search: Option<&'a str>, most: i64) -> BoxFuture<'a, Result<Vec<Person>>>;
}

/// The people, as handlers find them among the parts of the server. Cheap to clone.
#[derive(Clone)]
pub struct Whom(pub Arc<dyn People>);
