//! Lists asked for in ways that nobody means: every one is refused with its reason, or answered, in the time of an ordinary one.

use serde_json::json;

use super::server::Server;

async fn server() -> Server {
    let server = Server::new().await;
    let tenant = server.test.organization("One", 1).await;
    let rights = ["identity.region.read", "identity.region.create", "records.field_definition.read", "records.field_definition.create"];
    server.knows("ann", tenant.person(&rights));
    for number in 0..3 {
        server.post("ann", "/regions", json!({ "name": format!("North {number}%_\\") })).await.expect(201);
    }
    server
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn cursors_that_were_never_given_are_refused() {
    let server = server().await;
    let page = server.get("ann", "/regions?limit=1&sort=name").await.expect(200);
    let cursor = page.json["next_cursor"].as_str().unwrap().to_owned();
    server.get("ann", &format!("/regions?limit=1&sort=name&cursor={cursor}")).await.expect(200);
    let cut: String = cursor.chars().take(cursor.len() / 2).collect();
    let turned: String = cursor.chars().rev().collect();
    let long = "A".repeat(40_000);
    for wrong in [
        cut,
        turned,
        long,
        "%00".into(),
        "'; drop table regions; --".replace(' ', "%20"),
        escaped("{\"sort\":\"name\"}"),
        "💥".bytes().map(|byte| format!("%{byte:02X}")).collect(),
    ] {
        let answer = server.get("ann", &format!("/regions?limit=1&sort=name&cursor={wrong}")).await;
        assert_eq!(answer.status, 400, "{wrong:.40}: {}", answer.json);
    }
    let other = server.get("ann", &format!("/regions?limit=1&sort=created_at&cursor={cursor}")).await;
    assert_eq!(other.status, 400, "a cursor belongs to its order");
}

#[tokio::test]
async fn filters_mean_what_they_say_however_they_look() {
    let server = server().await;
    let found = |value: &str| format!("/regions?name[contains]={}", escaped(value));
    assert_eq!(
        server.get("ann", &found("%_\\")).await.expect(200).each("name").len(),
        3,
        "what stands for anything elsewhere is itself here"
    );
    assert_eq!(server.get("ann", &found("%%%")).await.expect(200).each("name").len(), 0);
    assert_eq!(server.get("ann", &found(&"%a".repeat(90))).await.expect(200).each("name").len(), 0);
    let many = (0..5_000).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let abuses = [
        format!("/regions?name[in]={many}"),
        format!("/regions?name={}", "x".repeat(50_000)),
        format!("/regions?{}", (0..300).map(|number| format!("name[ne]={number}")).collect::<Vec<_>>().join("&")),
        format!("/regions?sort={}", vec!["name"; 1_000].join(",")),
        format!("/regions?fields={}", vec!["name"; 5_000].join(",")),
        format!("/regions?q={}", escaped(&"a ".repeat(5_000))),
        format!("/regions?q={}", escaped("' | ! & <-> :* ( ) \\ \0")),
        "/regions?limit=1000000000".into(),
        "/regions?limit=-1".into(),
        "/regions?name[regex]=(a%2B)%2B%24".into(),
        "/regions?name%00=x".into(),
        format!("/regions?fields.{}=1", "k".repeat(10_000)),
        "/regions?created_at[gte]=9999999-99-99".into(),
        "/regions?version[gte]=1e999".into(),
    ];
    for abuse in abuses {
        let answer = server.get("ann", &abuse).await;
        assert!(answer.status == 200 || answer.status.is_client_error(), "{:.60}: {} {}", abuse, answer.status, answer.json);
    }
}

#[tokio::test]
async fn conditions_nested_without_end_are_refused_and_harm_nothing() {
    let server = server().await;
    let nested = [
        format!("{}value{}", "(".repeat(245), ")".repeat(245)),
        format!("{}value", "!".repeat(490)),
        format!("{}value", "-".repeat(490)),
        format!("{}1{}", "[".repeat(245), "]".repeat(245)),
        format!("value{}", ".a".repeat(245)),
        format!("value{}", "?1:1".repeat(120)),
    ];
    for (number, expression) in nested.iter().enumerate() {
        let definition =
            json!({ "kind": "region", "key": format!("deep_{number}"), "label": "Deep", "value_type": "number", "expression": expression });
        let answer = server.post("ann", "/field-definitions", definition).await;
        assert!(answer.status == 201 || answer.status == 422, "{:.30}: {} {}", expression, answer.status, answer.json);
    }
    server.get("ann", "/regions").await.expect(200);
}
