//! Fields that an organization adds itself.

use http::Method;
use serde_json::{Value, json};

use super::server::Server;

const ALL: [&str; 13] = [
    "identity.plant.read",
    "identity.plant.create",
    "identity.plant.update",
    "identity.region.read",
    "identity.region.create",
    "identity.region.archive",
    "records.type_list.read",
    "records.type_list.create",
    "records.type_list.update",
    "records.field_definition.read",
    "records.field_definition.create",
    "records.field_definition.update",
    "records.field_definition.archive",
];

async fn server() -> Server {
    let server = Server::new().await;
    let tenant = server.test.organization("One", 0).await;
    server.knows("ann", tenant.person(&ALL));
    let mut planner = tenant.person(&ALL);
    std::sync::Arc::make_mut(&mut planner.grants).roles.insert("planner".into());
    server.knows("pia", planner);
    server
}

async fn define(server: &Server, mut definition: Value) -> String {
    definition["kind"] = json!("plant");
    definition["label"] = definition["key"].clone();
    server.post("ann", "/field-definitions", definition).await.expect(201).id()
}

#[tokio::test]
async fn values_are_checked_by_their_definition_and_found_by_filters_and_order() {
    let server = server().await;
    let list = json!({"key": "grades", "name": "Grades", "entries": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]});
    let list = server.post("ann", "/type-lists", list).await.expect(201);
    define(&server, json!({"key": "floor", "value_type": "number", "unit": "m", "minimum": "0", "expression": "value < 50.0 || record.code == 'TOP'", "message": "too high"})).await;
    define(&server, json!({"key": "grade", "value_type": "choice", "type_list_id": list.id(), "required": true})).await;
    define(&server, json!({"key": "since", "value_type": "date"})).await;
    define(&server, json!({"key": "note", "value_type": "text", "maximum": "5", "default_value": "new"})).await;
    define(&server, json!({"key": "twin", "value_type": "reference", "reference_kind": "region"})).await;
    let bad = json!({"floor": 7, "grade": "c", "since": "yesterday", "note": "too long", "twin": testkit::new_id(), "none": 1});
    let refused = server.post("ann", "/plants", json!({"code": "A", "name": "A", "fields": bad})).await.expect(422);
    let mut wrong = refused.wrong();
    wrong.sort();
    let expected = [
        ("floor", "wrong_type"),
        ("grade", "unknown_choice"),
        ("none", "unknown"),
        ("note", "too_long"),
        ("since", "wrong_type"),
        ("twin", "unknown_reference"),
    ];
    assert_eq!(wrong, expected.map(|(key, code)| (format!("/fields/{key}"), code.to_string())));
    let refused = server.post("ann", "/plants", json!({"code": "A", "name": "A", "fields": {"twin": testkit::new_id()}})).await.expect(422);
    assert_eq!(refused.wrong(), [("/fields/grade".into(), "required".into()), ("/fields/twin".into(), "unknown_reference".into())]);
    let refused =
        server.post("ann", "/plants", json!({"code": "A", "name": "A", "fields": {"grade": "a", "floor": "60"}})).await.expect(422);
    assert_eq!(
        (refused.wrong(), refused.json["errors"][0]["detail"].as_str()),
        (vec![("/fields/floor".into(), "condition".into())], Some("too high"))
    );
    for (code, fields) in [
        ("A", json!({"grade": "a", "floor": "10"})),
        ("B", json!({"grade": "b", "floor": "9.5", "note": "x"})),
        ("C", json!({"grade": "a"})),
        ("TOP", json!({"grade": "b", "floor": "60"})),
    ] {
        server.post("ann", "/plants", json!({"code": code, "name": code, "fields": fields})).await.expect(201);
    }
    let cases = [
        ("fields.grade=a&sort=code", vec!["A", "C"]),
        ("fields.floor[gte]=10&sort=code", vec!["A", "TOP"]),
        ("fields.floor[null]=true", vec!["C"]),
        ("fields.grade[ne]=a&sort=code", vec!["B", "TOP"]),
        ("fields.note[in]=new,x&sort=-fields.floor", vec!["TOP", "A", "B", "C"]),
        ("sort=fields.floor", vec!["B", "A", "TOP", "C"]),
    ];
    for (query, expected) in cases {
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = server.get("ann", &format!("/plants?limit=2&{query}{cursor}")).await.expect(200);
            found.extend(page.each("code"));
            let Some(next) = page.json["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, expected, "{query}");
    }
    server.get("ann", "/plants?fields.none=1").await.expect(400);
    server.get("ann", "/plants?fields.floor=high").await.expect(400);
    let rows = server
        .test
        .admin()
        .await
        .query("select key, number_value::text from field_values where key = 'floor' order by field_values.number_value", &[])
        .await
        .unwrap();
    assert_eq!(rows.iter().map(|row| row.get::<_, String>(1)).collect::<Vec<_>>(), ["9.5", "10", "60"]);
}

#[tokio::test]
async fn what_is_hidden_from_a_role_is_neither_shown_nor_written_nor_lost() {
    let server = server().await;
    define(&server, json!({"key": "margin", "value_type": "number", "visible_to": ["planner"]})).await;
    let plant = server.post("pia", "/plants", json!({"code": "A", "name": "A", "fields": {"margin": "12"}})).await.expect(201);
    let at = format!("/plants/{}", plant.id());
    assert_eq!(server.get("pia", &at).await.json["fields"], json!({"margin": "12"}));
    assert_eq!(server.get("ann", &at).await.json["fields"], json!({}));
    assert_eq!(server.get("ann", "/plants").await.json["items"][0]["fields"], json!({}));
    server.get("ann", "/plants?fields.margin=12").await.expect(400);
    server.patch("ann", &at, "*", json!({"fields": {"margin": "1"}})).await.expect(422);
    let replaced = server.change(Method::PUT, "ann", &at, "*", json!({"code": "A", "name": "B"})).await.expect(200);
    assert_eq!(replaced.json["fields"], json!({}));
    assert_eq!(server.get("pia", &at).await.json["fields"], json!({"margin": "12"}));
    let history = server.get("ann", &format!("{at}/history")).await.expect(200);
    assert!(!history.json.to_string().contains("margin"), "{}", history.json);
    let described = server.get("ann", "/kinds/plant").await.expect(200);
    assert_eq!(described.json["custom"], json!([]));
}

#[tokio::test]
async fn a_definition_in_use_is_retired_and_a_narrower_one_names_what_contradicts() {
    let server = server().await;
    let id = define(&server, json!({"key": "floor", "value_type": "number"})).await;
    let at = format!("/field-definitions/{id}");
    let plant = server.post("ann", "/plants", json!({"code": "A", "name": "Aalen", "fields": {"floor": "60"}})).await.expect(201);
    server.post("ann", "/plants", json!({"code": "B", "name": "Bonn"})).await.expect(201);
    let refused = server.patch("ann", &at, "*", json!({"maximum": "50", "required": true})).await.expect(422);
    assert_eq!(refused.wrong(), [("/required".into(), "missing_values".into()), (String::new(), "contradicted".into())]);
    let detail = refused.json["errors"].to_string();
    assert!(
        detail.contains("1 plant without a value (“Bonn”)") && detail.contains("1 plant with a value that this would refuse (“Aalen”)"),
        "{detail}"
    );
    assert_eq!(
        server.patch("ann", &at, "*", json!({"value_type": "text"})).await.expect(422).wrong(),
        [("/value_type".into(), "immutable".into())]
    );
    server.patch("ann", &at, "*", json!({"maximum": "70"})).await.expect(200);
    server.post("ann", &format!("{at}/archive"), json!({})).await.expect(200);
    let kept = server.patch("ann", &format!("/plants/{}", plant.id()), "*", json!({"name": "Aalen East"})).await.expect(200);
    assert_eq!(kept.json["fields"], json!({"floor": "60"}));
    let refused = server.patch("ann", &format!("/plants/{}", plant.id()), "*", json!({"fields": {"floor": "61"}})).await.expect(422);
    assert_eq!(refused.wrong(), [("/fields/floor".into(), "retired".into())]);
    server.patch("ann", &format!("/plants/{}", plant.id()), "*", json!({"fields": {"floor": null}})).await.expect(200);
}

#[tokio::test]
async fn definitions_and_lists_that_make_no_sense_are_refused() {
    let server = server().await;
    let cases = [
        (json!({"kind": "plant", "key": "x", "label": "X", "value_type": "choice"}), "/type_list_id"),
        (json!({"kind": "plant", "key": "x", "label": "X", "value_type": "text", "unit": "m"}), "/unit"),
        (json!({"kind": "plant", "key": "x", "label": "X", "value_type": "reference", "reference_kind": "moon"}), "/reference_kind"),
        (json!({"kind": "moon", "key": "x", "label": "X", "value_type": "text"}), "/kind"),
        (json!({"kind": "plant", "key": "X-1", "label": "X", "value_type": "text"}), "/key"),
        (json!({"kind": "plant", "key": "x", "label": "X", "value_type": "number", "minimum": "2", "maximum": "1"}), "/maximum"),
        (json!({"kind": "plant", "key": "x", "label": "X", "value_type": "number", "expression": "value >"}), "/expression"),
        (json!({"kind": "plant", "key": "x", "label": "X", "value_type": "number", "expression": "(".repeat(400)}), "/expression"),
        (json!({"kind": "plant", "key": "x", "label": "X", "value_type": "number", "default_value": "many"}), "/default_value"),
    ];
    for (definition, pointer) in cases {
        let refused = server.post("ann", "/field-definitions", definition.clone()).await.expect(422);
        assert_eq!(refused.wrong().iter().map(|(pointer, _)| pointer.as_str()).collect::<Vec<_>>(), [pointer], "{definition}");
    }
    let entry = |value: &str| json!({"value": value, "label": value});
    let list = server.post("ann", "/type-lists", json!({"key": "g", "name": "G", "entries": [entry("a"), entry("b")]})).await.expect(201);
    let refused =
        server.patch("ann", &format!("/type-lists/{}", list.id()), "*", json!({"entries": [entry("a"), entry("a")]})).await.expect(422);
    assert_eq!(refused.wrong(), [("/entries/1/value".into(), "taken".into()), ("/entries".into(), "dropped".into())]);
}

#[tokio::test]
async fn a_custom_reference_keeps_what_it_points_to() {
    let server = server().await;
    define(&server, json!({"key": "twin", "value_type": "reference", "reference_kind": "region"})).await;
    let region = server.post("ann", "/regions", json!({"name": "South"})).await.expect(201);
    server.post("ann", "/plants", json!({"code": "A", "name": "Aalen", "fields": {"twin": region.id()}})).await.expect(201);
    let refused = server.post("ann", &format!("/regions/{}/archive", region.id()), json!({})).await.expect(409);
    assert_eq!(refused.json["code"], "in_use");
}
