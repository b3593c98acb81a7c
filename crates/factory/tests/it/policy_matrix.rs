//! The policy matrix of everything that can be done so far: a change of anybody's rights is read as a difference of `policy-matrix.txt`.

use std::path::Path;

use identity::{Catalogue, Identity, PERMISSIONS, Settings};
use platform::{Context, Database};

#[tokio::test]
async fn the_policy_matrix_is_the_committed_one() {
    let kinds = factory::kinds().into_iter().chain(platform::places::kinds()).chain(platform::resource::kinds()).chain(identity::kinds());
    let declared = kinds.flat_map(|kind| kind.permissions());
    let catalogue: Catalogue = PERMISSIONS.iter().chain(platform::audit::PERMISSIONS).copied().chain(declared).collect();
    // Built-in roles are part of the program: no connection is ever made.
    let database = Database::new("host=127.0.0.1 user=nobody", None, Default::default(), Context::system()).unwrap();
    let identity = Identity::new(database, catalogue, Settings::new([0; 32])).unwrap();
    let text = identity::matrix::of(&identity).await.unwrap();
    assert!(!text.contains('X'), "a role at one plant allows something at another");
    let viewer = identity::roles::built_in::BuiltIn::find("viewer").unwrap().permissions(identity.catalogue());
    assert!(viewer.iter().all(|name| name.ends_with(".read")), "a viewer looks, and exports nothing raw");
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy-matrix.txt");
    if text == std::fs::read_to_string(&committed).unwrap_or_default() {
        return;
    }
    let found = committed.with_extension("found.txt");
    std::fs::write(&found, &text).unwrap();
    panic!("rights have changed: if that is meant, policy-matrix.found.txt takes the place of policy-matrix.txt");
}
