//! The task behind the server: it seals until it is told to stop, and leaves nothing behind unsealed or unanchored.

use platform::audit::{Custody, keys, witness};
use tokio::sync::oneshot;

use super::*;

#[tokio::test]
async fn what_was_committed_before_the_end_is_sealed_and_anchored() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    let folder = tempfile::tempdir().unwrap();
    let anchors = folder.path().join("heads.jsonl");
    let custody = Custody { signer: signer(), witness: Some(anchors.clone()) };
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(custody.keep(test.database.clone(), async move { stopped.await.unwrap_or(()) }));
    region(&test, &tenant, "North").await;
    others_have_ended(&test).await;
    stop.send(()).unwrap();
    task.await.unwrap();
    let heads = witness::read(&std::fs::read_to_string(&anchors).unwrap()).unwrap();
    assert_eq!(heads.last().unwrap().entries, 2);
    let verified = verify(&test, &tenant, &heads).await;
    assert_eq!((verified.entries, verified.unsealed, verified.sound()), (2, 0, true), "{verified:?}");
    let known = test.admin().await.query_one("select key from gemba.audit_keys", &[]).await.unwrap();
    assert_eq!(known.get::<_, Vec<u8>>(0), signer().public_key().0);
}

#[test]
fn a_key_is_made_once_and_only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.key");
    assert_eq!(keys::open(&path).unwrap_err().kind, platform::error::Kind::NotFound);
    let made = keys::open_or_create(&path).unwrap().public_key();
    assert_eq!(keys::open_or_create(&path).unwrap().public_key(), made);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let public = std::fs::read_to_string(folder.path().join("audit.pub")).unwrap();
    assert_eq!(keys::public_keys(&public).unwrap(), [made]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside");
    std::fs::write(&path, "no key").unwrap();
    assert_eq!(keys::open_or_create(&path).unwrap_err().code, "audit_key");
}
