//! The policy matrix: which built-in role allows what, where. A test compares it with a committed file, so that a change of anybody's rights is
//! read as a difference before it is released.

use std::fmt::Write;

use platform::caller::Grants;
use platform::ids::PlantId;
use platform::{PermissionInfo, PermissionScope, Scope};

use crate::roles::built_in::BUILT_IN;

/// The matrix as text: a row for each permission, a column for each role. `decide` says what somebody is granted who has a role at the plant
/// `own`, and, for the organization's row of letters, who has it for the organization.
///
/// A cell has three places: a role of the whole organization, a role at a plant asked for the own plant, the same asked for another plant; for
/// permissions over the organization as a whole the second is a role at a plant, and the third is always empty. What another organization has
/// is not in the table: every cell would be empty.
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
