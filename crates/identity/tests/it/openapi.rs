//! What the API says of these operations.

use std::collections::BTreeSet;

use identity::PERMISSIONS;

/// What an operation says where it needs no permission of the catalogue.
const OTHERWISE: [&str; 2] = ["public", "signed-in"];

#[test]
fn every_operation_says_who_may_and_every_permission_is_used() {
    let (_, document) = identity::routes().split_for_parts();
    let document = serde_json::to_value(document).unwrap();
    let (mut ids, mut used) = (BTreeSet::new(), BTreeSet::new());
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let Some(id) = operation["operationId"].as_str() else { continue };
            assert!(ids.insert(id.to_string()), "{id} is there twice");
            let needs = operation["x-permission"].as_str().unwrap_or_else(|| panic!("{method} {path} does not say who may"));
            assert!(OTHERWISE.contains(&needs) || PERMISSIONS.iter().any(|info| info.permission.0 == needs), "{method} {path}: {needs}");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path} has no summary");
            used.insert(needs.to_string());
        }
    }
    assert!(ids.len() >= 40, "found only {} operations", ids.len());
    // Keys of others are listed, rotated and revoked by the operations that everybody has for their own; so is what somebody else may do explained.
    let unused: Vec<&str> = PERMISSIONS
        .iter()
        .map(|info| info.permission.0)
        .filter(|name| !used.contains(*name) && !name.starts_with("identity.api_key.") && *name != "identity.authorization.explain")
        .collect();
    assert!(unused.is_empty(), "no operation says it needs {unused:?}");
}
