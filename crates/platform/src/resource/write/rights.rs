//! Whether somebody may write records where they are, by roles and by policies.

use serde_json::{Map, Value};

use super::draft::{Draft, id_of};
use crate::caller::Scope;
use crate::database::Tx;
use crate::ids::PlantId;
use crate::permission::Permission;
use crate::policy::Refused;
use crate::resource::kind::{Kind, Within};
use crate::resource::narrowing::{refused as refused_by_policy, visible};

/// Whether the caller may do this where the record is.
pub(super) fn rights(tx: &mut Tx, kind: &'static Kind, also: Option<Permission>, drafts: &mut [Draft]) {
    for draft in drafts.iter_mut().filter(|draft| !draft.errors.iter().any(|error| error.code == "not_found")) {
        let verb = if draft.before.is_some() { kind.verbs.update } else { kind.verbs.create };
        if let Some(before) = &draft.before
            && ((!tx.caller().may(kind.verbs.read, scope(kind, before)) && !readable_everywhere(tx, kind))
                || !visible(tx.caller(), kind, before))
        {
            draft.wrong("", "not_found", format!("there is no such {}, or it is not visible to you", kind.noun()));
            continue;
        }
        let place = match (kind.within, &draft.before) {
            // A new plant belongs to nobody's plant yet.
            (Within::Itself, None) => Scope::Organization,
            _ => scope(kind, draft.before.as_ref().unwrap_or(&draft.after)),
        };
        if kind.within.has_plant() && kind.within != Within::Either && place == Scope::Organization && kind.within != Within::Itself {
            // Its plant is unknown, which was reported as a wrong or missing reference.
            continue;
        }
        for verb in [Some(verb), also].into_iter().flatten() {
            if let Err(refused) = tx.caller().require(verb, place) {
                let by_policy = std::error::Error::source(&refused).and_then(|cause| cause.downcast_ref::<Refused>()).cloned();
                draft.wrong("", if by_policy.is_some() { "policy_forbids" } else { "permission_missing" }, refused.detail);
                let record = draft.before.as_ref().map(|_| (kind.name, draft.id));
                tx.refuse(by_policy.map(|refused| Refused { record, ..refused }));
            }
        }
    }
}

/// What policies forbid with the records that are right: neither as a record was nor as it would be may somebody change it against them.
pub(super) fn forbidden(tx: &mut Tx, kind: &'static Kind, also: Option<Permission>, drafts: &mut [Draft]) {
    let of = |draft: &Draft| if draft.before.is_some() { kind.verbs.update } else { kind.verbs.create };
    let is_asked = |permission| tx.caller().policies_on(permission).is_some();
    if ![Some(kind.verbs.update), Some(kind.verbs.create), also].into_iter().flatten().any(is_asked) {
        return;
    }
    for draft in drafts.iter_mut().filter(|draft| draft.errors.is_empty() && draft.is_changed()) {
        let states = draft.before.iter().chain([&draft.after]);
        let found = states
            .flat_map(|state| [Some(of(draft)), also].into_iter().flatten().map(move |verb| (verb, state)))
            .find_map(|(verb, state)| refused_by_policy(tx.caller(), kind, verb, state, None));
        if let Some(refused) = found {
            draft.wrong("", "policy_forbids", refused.clone().into_error().detail);
            tx.refuse(Some(refused));
        }
    }
}

/// Records of the whole organization may be read by whoever may read them somewhere.
fn readable_everywhere(tx: &Tx, kind: &Kind) -> bool {
    matches!(kind.within, Within::Organization) && tx.caller().may_somewhere(kind.verbs.read)
}

/// Where a record is, for the question of rights.
pub(in crate::resource) fn scope(kind: &Kind, record: &Map<String, Value>) -> Scope {
    let plant = match kind.within {
        Within::Organization => None,
        Within::Itself => id_of(record.get("id")),
        Within::Plant | Within::Either | Within::Parent(_) => id_of(record.get("plant_id")),
    };
    plant.map_or(Scope::Organization, |plant| Scope::Plant(PlantId(plant)))
}
