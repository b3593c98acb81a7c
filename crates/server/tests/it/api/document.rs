//! The document of the API: committed, generated, complete.

use std::path::PathBuf;

use serde_json::Value;
use server::serve::openapi_document;

use super::installation::operations;

fn committed() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json")
}

/// `UPDATE_OPENAPI=1 cargo nextest run --workspace -E 'test(openapi_json)'` writes it.
#[test]
fn openapi_json_is_what_the_code_says() {
    let generated = openapi_document();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(committed(), &generated).unwrap();
    }
    let known = std::fs::read_to_string(committed()).unwrap_or_default();
    if known != generated {
        let changed = generated.lines().zip(known.lines()).position(|(new, old)| new != old);
        panic!(
            "openapi.json is not what the code says (first difference in line {}): run this test with UPDATE_OPENAPI=1, look at the change, commit it",
            changed.map_or_else(|| known.lines().count().min(generated.lines().count()) + 1, |line| line + 1)
        );
    }
}

#[test]
fn every_operation_says_who_may_what_it_answers_and_has_a_name_of_its_own() {
    let mut names = std::collections::BTreeSet::new();
    for operation in operations() {
        let said = &operation.document;
        let name = said["operationId"].as_str().unwrap_or_default().to_string();
        assert!(names.insert(name.clone()), "two operations are called {name}");
        assert!(!operation.access.is_empty(), "{operation} does not say its x-permission, nor signed-in or public");
        assert!(said["summary"].is_string() || said["description"].is_string(), "{operation} has no explanation");
        assert!(said["tags"].as_array().is_some_and(|tags| !tags.is_empty()), "{operation} has no tag");
        let responses = said["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2') || status.starts_with('3')), "{operation} never succeeds");
        assert!(operation.path.starts_with("/api/v1/"), "{operation} is outside of /api/v1");
    }
}

#[test]
fn every_reference_within_the_document_leads_somewhere() {
    let document: Value = serde_json::from_str(&openapi_document()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut stack = vec![&document];
    while let Some(value) = stack.pop() {
        match value {
            Value::Array(items) => stack.extend(items),
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap_or_default();
                    assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
                }
                stack.extend(members.values());
            }
            _ => {}
        }
    }
}
