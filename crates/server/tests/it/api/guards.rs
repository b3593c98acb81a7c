//! Every operation of the document × {nobody, an expired key, no permission, another organization, another plant}.
//!
//! What these tests cannot reach is listed by name; the lists may only get shorter: an operation that is reached and still listed fails.

use std::collections::BTreeSet;

use testkit::new_id;
use tower::ServiceExt;

use super::installation::{Answer, Installation, Operation, operations};

/// Operations with a parameter for which no record can be made from the document alone.
const WITHOUT_RECORD: &[&str] = &["DELETE /api/v1/grants/{id}", "PUT /api/v1/audit/retention/{class}"];

/// Operations that look at the body before they look at the permission.
const BODY_FIRST: &[&str] = &["POST /api/v1/grants"];

/// Operations that succeed for any parameter, whether there is such a thing or not, and touch the caller's own organization only.
const FOR_ANYTHING: &[&str] = &["POST /api/v1/audit/subjects/{id}/erase"];

#[tokio::test]
async fn nobody_gets_nothing_but_what_is_public() {
    let installation = Installation::new().await;
    for operation in operations().iter().filter(|operation| operation.access != "public") {
        let answer = installation.try_operation(operation, &new_id().to_string(), "").await;
        assert_eq!(answer.status, 401, "{operation}: {:?}", answer.verdict());
    }
}

#[tokio::test]
async fn an_expired_key_opens_nothing() {
    let installation = Installation::new().await;
    let (router, key) = installation.expired_key().await;
    for operation in operations().iter().filter(|operation| operation.access != "public") {
        let request = installation.request_of(operation, &new_id().to_string(), &key);
        let answer = Answer::of(router.clone().oneshot(request).await.unwrap()).await;
        assert_eq!(answer.status, 401, "{operation}: {:?}", answer.verdict());
    }
}

#[tokio::test]
async fn without_the_permission_nothing_is_done() {
    let installation = Installation::new().await;
    let (mut unreached, mut body_first) = (BTreeSet::new(), BTreeSet::new());
    let guarded = operations().into_iter().filter(|operation| !["public", "signed-in"].contains(&operation.access.as_str()));
    for operation in guarded {
        let Some(id) = id_for(&installation, &operation).await else {
            unreached.insert(operation.to_string());
            continue;
        };
        let answer = installation.try_operation(&operation, &id, "none").await;
        match answer.verdict() {
            (403, code) if code == "permission_missing" => {}
            (404, code) if code == "not_found" => {}
            (400 | 415 | 422, _) => {
                body_first.insert(operation.to_string());
            }
            other => panic!("{operation} without any permission: {other:?}"),
        }
    }
    // Declared records share one engine, whose rights are tried with its own tests; of kinds that need other records first, the guard makes none.
    let paths: Vec<&str> = server::serve::kinds().iter().map(|kind| kind.path).collect();
    let is_declared = |operation: &String| {
        let path = operation.split_once("/api/v1/").map_or("", |(_, path)| path);
        paths.contains(&path.split('/').next().unwrap_or_default())
    };
    unreached.retain(|operation| !is_declared(operation));
    body_first.retain(|operation| !is_declared(operation));
    only_these("cannot be reached", &unreached, WITHOUT_RECORD);
    only_these("look at the body first", &body_first, BODY_FIRST);
}

#[tokio::test]
async fn what_belongs_to_another_organization_looks_as_if_it_did_not_exist() {
    let installation = Installation::new().await;
    let nobody_knows = new_id().to_string();
    let ours = installation.one.organization.to_string();
    for operation in operations() {
        let Some(id) = id_for(&installation, &operation).await else { continue };
        let theirs = installation.try_operation(&operation, &id, "other").await;
        let text = String::from_utf8_lossy(&theirs.body).into_owned();
        assert!(!text.contains(&ours), "{operation} tells of the other organization: {text}");
        if operation.has_parameters() {
            if !FOR_ANYTHING.contains(&operation.to_string().as_str()) {
                assert!(!text.contains(&id), "{operation} tells of the other organization: {text}");
                assert!(theirs.status.is_client_error(), "{operation} from the other organization: {}", theirs.status);
            }
            let unknown = installation.try_operation(&operation, &nobody_knows, "other").await;
            assert_eq!(theirs.verdict(), unknown.verdict(), "{operation} tells what exists from what does not");
        }
    }
}

#[tokio::test]
async fn what_belongs_to_another_plant_looks_as_if_it_did_not_exist() {
    let installation = Installation::new().await;
    let nobody_knows = new_id().to_string();
    let first_plant = installation.one.plants[0].to_string();
    let mut tried = 0;
    for operation in operations().into_iter().filter(Operation::has_parameters) {
        let Some(id) = id_for(&installation, &operation).await else { continue };
        let record = installation.get(&format!("{}/{id}", operation.collection()), "all").await;
        if record.json().is_none_or(|record| record["plant_id"] != first_plant.as_str()) {
            continue;
        }
        tried += 1;
        let theirs = installation.try_operation(&operation, &id, "second-plant").await;
        assert!(theirs.status.is_client_error(), "{operation} from the other plant: {}", theirs.status);
        let unknown = installation.try_operation(&operation, &nobody_knows, "second-plant").await;
        assert_eq!(theirs.verdict(), unknown.verdict(), "{operation} tells what exists from what does not");
    }
    assert!(tried > 0, "no operation on a record of a plant was tried");
}

/// What stands for the operation's parameter: a record of the first organization, or nothing where it takes none.
async fn id_for(installation: &Installation, operation: &Operation) -> Option<String> {
    if operation.has_parameters() { installation.record_in(operation.collection()).await } else { Some(String::new()) }
}

fn only_these(what: &str, found: &BTreeSet<String>, known: &[&str]) {
    let known: BTreeSet<String> = known.iter().map(ToString::to_string).collect();
    let new: Vec<&String> = found.difference(&known).collect();
    assert!(new.is_empty(), "these operations {what}: {new:#?}");
    let gone: Vec<&String> = known.difference(found).collect();
    assert!(gone.is_empty(), "no longer true that these {what}; take them off the list: {gone:#?}");
}
