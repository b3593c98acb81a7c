//! The policy matrix: which built-in role allows what, where. A test compares it with a committed file, so that a change of anybody's rights is
//! read as a difference before it is released.

use std::fmt::Write;

use platform::caller::Grants;
use platform::ids::{OrganizationId, PlantId};
use platform::{PermissionInfo, PermissionScope, Result, Scope};
use uuid::Uuid;

use crate::Identity;
use crate::rights::Held;
use crate::roles::built_in::BUILT_IN;

/// The matrix of every permission in the catalogue, decided as for a caller who has one built-in role.
///
/// # Errors
/// None for built-in roles, which are part of the program; the deciding itself can ask the database.
pub async fn of(identity: &Identity) -> Result<String> {
    let (organization, own, other) = (OrganizationId(Uuid::nil()), PlantId(Uuid::from_u128(1)), PlantId(Uuid::from_u128(2)));
    let mut decided = Vec::new();
    for role in BUILT_IN {
        for place in [Place::Organization, Place::Plant(own)] {
            let plant = match place {
                Place::Organization => None,
                Place::Plant(plant) => Some(plant),
            };
            let held = Held { role: role.key.into(), version: 0, plant };
            decided.push((role.key, place, identity.grants(organization, vec![held], None).await?));
        }
    }
    let granted = |key: &str, place| {
        let found = decided.iter().find(|(role, at, _)| *role == key && *at == place);
        found.map(|(.., grants)| grants.clone()).unwrap_or_default()
    };
    Ok(render(identity.catalogue().all(), own, other, granted))
}

/// The matrix as text: a row for each permission, a column for each role. `decide` says what somebody is granted who has a role at the plant
/// `own`, or for the whole organization.
///
/// A cell has three places: `o`, a role for the whole organization allows it; `p`, a role at a plant allows it there, or, of what is decided
/// for the organization as a whole, at all; `X`, a role at a plant allows it at another plant, which must never be. Another organization is not in
/// the table: there, every cell is empty.
pub fn render<'a>(
    permissions: impl Iterator<Item = &'a PermissionInfo>,
    own: PlantId,
    other: PlantId,
    granted: impl Fn(&str, Place) -> Grants,
) -> String {
    let mut text = String::new();
    let widest = 44;
    let _ = writeln!(
        text,
        "{:widest$} {}",
        "permission",
        BUILT_IN.iter().map(|role| format!("{:13}", role.key)).collect::<String>().trim_end()
    );
    for info in permissions {
        let mut row = String::new();
        for role in BUILT_IN {
            let (whole, at_plant) = (granted(role.key, Place::Organization), granted(role.key, Place::Plant(own)));
            let may = |grants: &Grants, scope| crate::matrix::may(grants, info, scope);
            let letters = match info.scope {
                PermissionScope::Organization => [may(&whole, Scope::Organization), may(&at_plant, Scope::Organization), false],
                PermissionScope::Plant => {
                    [may(&whole, Scope::Plant(other)), may(&at_plant, Scope::Plant(own)), may(&at_plant, Scope::Plant(other))]
                }
            };
            let cell: String = letters.iter().zip(['o', 'p', 'X']).map(|(allowed, letter)| if *allowed { letter } else { '-' }).collect();
            let _ = write!(row, "{cell:13}");
        }
        let _ = writeln!(text, "{:widest$} {}", info.permission.0, row.trim_end());
    }
    text
}

/// Where a role was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// For the whole organization.
    Organization,
    /// For this plant.
    Plant(PlantId),
}

fn may(grants: &Grants, info: &PermissionInfo, scope: Scope) -> bool {
    grants.organization.allow(info.permission)
        || matches!(scope, Scope::Plant(plant) if grants.plants.get(&plant).is_some_and(|granted| granted.allow(info.permission)))
}
