//! Every operation of the document × {nobody, an expired key, no permission, another organization, another plant}.
//!
//! Each test makes a record of every kind by what the document says of it; an operation for which none can be made fails.

use std::collections::BTreeSet;

use testkit::new_id;
use tower::ServiceExt;

use super::installation::{Answer, Installation, Operation, operations};

/// Operations that succeed for any parameter, whether there is such a thing or not, and touch the caller's own organization only.
const FOR_ANYTHING: &[&str] = &[
    "GET /api/v1/kinds/{name}",
    "GET /api/v1/odata/{set}",
    "GET /api/v1/odata/{set}/$count",
    "POST /api/v1/audit/subjects/{id}/erase",
    "PUT /api/v1/audit/retention/{class}",
];

#[tokio::test]
async fn nobody_gets_nothing_but_what_is_public() {
    let installation = Installation::new().await;
    for operation in operations().iter().filter(|operation| operation.access != "public") {
        let answer = installation.try_operation(operation, &[new_id().to_string()], "").await;
        assert_eq!(answer.status, 401, "{operation}: {:?}", answer.verdict());
    }
}

#[tokio::test]
async fn an_expired_key_opens_nothing() {
    let installation = Installation::new().await;
    let (router, key) = installation.expired_key().await;
    for operation in operations().iter().filter(|operation| operation.access != "public") {
        let request = installation.request_of(operation, &[new_id().to_string()], &key);
        let answer = Answer::of(router.clone().oneshot(request).await.unwrap()).await;
        assert_eq!(answer.status, 401, "{operation}: {:?}", answer.verdict());
    }
}

#[tokio::test]
async fn without_the_permission_nothing_is_done() {
    let installation = Installation::new().await;
    let guarded = operations().into_iter().filter(|operation| !["public", "signed-in"].contains(&operation.access.as_str()));
    for operation in guarded {
        let arguments = arguments(&installation, &operation).await;
        let answer = installation.try_operation(&operation, &arguments, "none").await;
        match answer.verdict() {
            (403, code) if code == "permission_missing" => {}
            (404, code) if code == "not_found" => {}
            other => panic!("{operation} without any permission: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_belongs_to_another_organization_looks_as_if_it_did_not_exist() {
    let installation = Installation::new().await;
    let ours = installation.one.organization.to_string();
    // Before sign-in nobody is of another organization: an identity provider is there for whoever comes, and is asked over the network.
    let for_all = |operation: &Operation| operation.access == "public" && operation.has_parameters();
    for operation in operations().into_iter().filter(|operation| !for_all(operation)) {
        let arguments = arguments(&installation, &operation).await;
        let theirs = installation.try_operation(&operation, &arguments, "other").await;
        let text = String::from_utf8_lossy(&theirs.body).into_owned();
        assert!(!text.contains(&ours), "{operation} tells of the other organization: {text}");
        if operation.has_parameters() && !FOR_ANYTHING.contains(&operation.to_string().as_str()) {
            let told = arguments.iter().find(|argument| argument.parse::<i64>().is_err() && text.contains(*argument));
            assert_eq!(told, None, "{operation} tells of the other organization: {text}");
            assert!(theirs.status.is_client_error(), "{operation} from the other organization: {}", theirs.status);
            let unknown = installation.try_operation(&operation, &nobody_knows(&arguments), "other").await;
            assert_eq!(theirs.verdict(), unknown.verdict(), "{operation} tells what exists from what does not");
        }
    }
}

#[tokio::test]
async fn what_belongs_to_another_plant_looks_as_if_it_did_not_exist() {
    let installation = Installation::new().await;
    let first_plant = installation.one.plants[0].to_string();
    let mut tried = BTreeSet::new();
    for operation in operations().into_iter().filter(Operation::has_parameters) {
        let arguments = arguments(&installation, &operation).await;
        let Some(collection) = operation.collections().next() else { continue };
        let record = installation.get(&format!("{collection}/{}", arguments[0]), "all").await;
        if arguments[0] != first_plant && record.json().is_none_or(|record| record["plant_id"] != first_plant.as_str()) {
            continue;
        }
        tried.insert(collection.to_string());
        let theirs = installation.try_operation(&operation, &arguments, "second-plant").await;
        assert!(theirs.status.is_client_error(), "{operation} from the other plant: {}", theirs.status);
        let unknown = installation.try_operation(&operation, &nobody_knows(&arguments), "second-plant").await;
        assert_eq!(theirs.verdict(), unknown.verdict(), "{operation} tells what exists from what does not");
    }
    for kind in server::serve::kinds().iter().filter(|kind| kind.within.has_plant()) {
        assert!(
            tried.contains(&format!("/api/v1/{}", kind.path)),
            "no {} of the first plant was tried from the second: {tried:?}",
            kind.noun()
        );
    }
}

#[tokio::test]
async fn every_kind_is_declared_as_its_table_is() {
    let test = testkit::TestDatabase::new().await;
    let kinds: Vec<_> = server::serve::kinds().iter().collect();
    let contradictions = platform::resource::contradictions(&test.admin().await, &kinds).await.unwrap();
    assert!(contradictions.is_empty(), "{contradictions:#?}");
}

/// What stands for the operation's parameters. What a person has not got (a session) nobody finds.
async fn arguments(installation: &Installation, operation: &Operation) -> Vec<String> {
    match installation.arguments(operation).await {
        Some(arguments) => arguments,
        None => panic!("for {operation} no record can be found or made from the document"),
    }
}

/// As many identifiers of nothing.
fn nobody_knows(arguments: &[String]) -> Vec<String> {
    let nothing = |argument: &String| if argument.parse::<i64>().is_ok() { argument.clone() } else { new_id().to_string() };
    arguments.iter().map(nothing).collect()
}
