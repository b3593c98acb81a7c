//! Files as values of custom fields: each is that of one field of one record.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::draft::Draft;
use super::rights::scope;
use crate::caller::Scope;
use crate::database::Tx;
use crate::error::Result;
use crate::files::{self, Belongs, Claim};
use crate::resource::custom::Definitions;
use crate::resource::kind::Kind;

/// Files that are to become values of a draft, and those that no longer are: key, file.
fn files_of<'a>(definitions: &'a Definitions, draft: &Draft) -> (Vec<(&'a str, Uuid)>, Vec<(&'a str, Uuid)>) {
    let after = definitions.files(&draft.after);
    let before = draft.before.as_ref().map(|before| definitions.files(before)).unwrap_or_default();
    let only = |these: &[(&'a str, Uuid)], those: &[(&'a str, Uuid)]| these.iter().filter(|one| !those.contains(one)).copied().collect();
    (only(&after, &before), only(&before, &after))
}

fn belongs(kind: &'static Kind, draft: &Draft) -> Belongs {
    let plant = match scope(kind, &draft.after) {
        Scope::Plant(plant) => Some(plant.0),
        Scope::Organization => None,
    };
    Belongs { kind: kind.name, record: draft.id, plant }
}

/// Whether files may become values of custom fields: each of one field of one record, and of nothing else.
pub(super) async fn claims(tx: &mut Tx, kind: &'static Kind, definitions: &Definitions, drafts: &mut [Draft]) -> Result<()> {
    let mut taken = BTreeMap::new();
    for draft in drafts.iter_mut() {
        let to = belongs(kind, draft);
        let (new, _) = files_of(definitions, draft);
        for (field, file) in new {
            let member = format!("fields/{field}");
            if taken.insert(file, member.clone()).is_some() {
                draft.wrong(&member, "taken", "the same file is a value twice; send it once for each");
            } else if let Err(wrong) = files::claim(tx, Claim { file, to, field }).await? {
                draft.wrong(&member, wrong.code, wrong.detail);
            }
        }
    }
    Ok(())
}

/// Gives a record that is stored the files that it names now, and takes away those that it no longer does.
pub(super) async fn hand_over(tx: &mut Tx, kind: &'static Kind, definitions: &Definitions, draft: &Draft) -> Result<()> {
    let to = belongs(kind, draft);
    let (new, gone) = files_of(definitions, draft);
    for (field, file) in gone {
        files::release(tx, Claim { file, to, field }).await?;
    }
    for (field, file) in new {
        files::give(tx, Claim { file, to, field }).await?;
    }
    Ok(())
}
