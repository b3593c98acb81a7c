//! Files as values of custom fields.

use http::Method;
use serde_json::json;

use super::{Desk, text};

async fn define(desk: &Desk, key: &str, more: serde_json::Value) {
    let mut definition = json!({ "kind": "region", "key": key, "label": key, "value_type": "file" });
    definition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    desk.post("ann", "/field-definitions", definition).await.expect(201);
}

#[tokio::test]
async fn a_field_holds_a_file_that_its_record_then_has() {
    let desk = Desk::new().await;
    define(&desk, "layout", json!({})).await;
    let file = desk.upload("ann", "/files?name=layout.txt", "text/plain", text(2_000)).await.expect(201).id();
    let region = format!("/regions/{}", desk.region);
    let changed = desk.change(Method::PATCH, "ann", &region, json!({ "fields": { "layout": file } })).await.expect(200);
    assert_eq!(changed.json["fields"]["layout"], file.as_str());
    let known = desk.get("ben", &format!("/files/{file}")).await.expect(200);
    assert_eq!((known.json["kind"].as_str(), known.json["field"].as_str()), (Some("region"), Some("layout")));
    desk.get("ben", &format!("/files/{file}/content")).await.expect(200);
    assert_eq!(desk.get("ben", &format!("{region}/attachments")).await.expect(200).json["items"], json!([]), "a value is no attachment");
    assert_eq!(desk.delete("ann", &format!("/files/{file}")).await.verdict(), (409, "is_value"));
    // Saying the same again changes nothing; another file takes its place, and the old one is taken away.
    desk.change(Method::PATCH, "ann", &region, json!({ "fields": { "layout": file } })).await.expect(200);
    let other = desk.upload("ann", "/files", "text/plain", "other").await.expect(201).id();
    desk.change(Method::PATCH, "ann", &region, json!({ "fields": { "layout": other } })).await.expect(200);
    assert_eq!(desk.get("ann", &format!("/files/{file}")).await.verdict(), (404, "not_found"));
    desk.change(Method::PATCH, "ann", &region, json!({ "fields": { "layout": null } })).await.expect(200);
    assert_eq!(desk.get("ann", &format!("/files/{other}")).await.verdict(), (404, "not_found"));
    let verbs = "select count(*) from audit_events where action in ('region.file_attached', 'region.file_detached')";
    assert_eq!(desk.count(verbs).await, 4);
    let described = desk.get("ann", "/kinds/region").await.expect(200);
    assert_eq!(described.json["custom"][0]["type"], "file");
}

#[tokio::test]
async fn a_field_takes_only_a_file_of_the_callers_own_that_belongs_to_nothing() {
    let desk = Desk::new().await;
    define(&desk, "layout", json!({})).await;
    let region = format!("/regions/{}", desk.region);
    let attached = desk.attach("ann", "a.txt", "text/plain", "a").await.expect(201).id();
    let theirs = desk.upload("zoe", "/files", "text/plain", "b").await.expect(201).id();
    let colleague = desk.upload("cleo", "/files", "text/plain", "c").await.expect(201).id();
    let nothing = testkit::new_id().to_string();
    for file in [attached, theirs.clone(), colleague, nothing] {
        let refused = desk.change(Method::PATCH, "ann", &region, json!({ "fields": { "layout": file } })).await.expect(422);
        assert_eq!(refused.json["errors"][0]["code"], "unknown_reference");
        assert_eq!(refused.json["errors"][0]["pointer"], "/fields/layout");
    }
    desk.get("zoe", &format!("/files/{theirs}")).await.expect(200);
    let file = desk.upload("ann", "/files", "text/plain", "d").await.expect(201).id();
    let rows = json!({ "rows": [{ "name": "East", "fields": { "layout": file } }, { "name": "West", "fields": { "layout": file } }] });
    desk.post("ann", "/regions/bulk", rows).await.expect(422);
    let made = desk.post("ann", "/regions", json!({ "name": "East", "fields": { "layout": file } })).await.expect(201);
    let again = desk.post("ann", "/regions", json!({ "name": "West", "fields": { "layout": file } })).await.expect(422);
    assert_eq!(again.json["errors"][0]["code"], "unknown_reference");
    assert_eq!(desk.get("ben", &format!("/files/{file}")).await.expect(200).json["record_id"], made.json["id"]);
    assert_eq!(desk.get("ben", &format!("/regions?fields.layout={file}")).await.expect(200).json["items"][0]["name"], "East");
}

#[tokio::test]
async fn a_file_of_a_field_that_one_may_not_see_is_not_there() {
    let desk = Desk::new().await;
    define(&desk, "contract", json!({ "visible_to": ["tenant_admin"] })).await;
    let file = desk.upload("ann", "/files", "text/plain", "secret terms").await.expect(201).id();
    // Nobody here has that role: a person who may not see the field cannot fill it either.
    desk.change(Method::PATCH, "ann", &format!("/regions/{}", desk.region), json!({ "fields": { "contract": file } })).await.expect(422);
    let region: uuid::Uuid = desk.region.parse().unwrap();
    let id: uuid::Uuid = file.parse().unwrap();
    let placed = "update files set kind = 'region', record_id = $1, field = 'contract' where id = $2";
    desk.test.admin().await.execute(placed, &[&region, &id]).await.unwrap();
    for path in [format!("/files/{file}"), format!("/files/{file}/content")] {
        assert_eq!(desk.get("ann", &path).await.verdict(), (404, "not_found"));
    }
}
