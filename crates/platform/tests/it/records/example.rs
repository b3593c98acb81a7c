//! The page that shows how a kind of record is added: its code is compiled here, and driven over HTTP.

use platform::resource::{Kinds, Record};
use serde_json::json;

use super::server::Server;
use super::tool::Tool;

const PAGE: &str = include_str!("../../../../../docs/add-a-record-kind.md");

fn block(language: &str) -> &'static str {
    let from = PAGE.split_once(&format!("```{language}\n")).expect("a block of this language").1;
    from.split_once("```").expect("its end").0
}

#[test]
fn the_pages_declaration_is_the_one_compiled_here() {
    let compiled = include_str!("tool.rs");
    let declaration = &compiled[compiled.find("/// A tool that wears out").unwrap()..];
    assert_eq!(block("rust"), declaration);
    let added = declaration.lines().count() + block("sql").lines().count();
    assert!(added < 60, "the example takes {added} lines");
}

#[tokio::test]
async fn the_pages_kind_works_over_http() {
    let kinds = Kinds::new(platform::resource::kinds().into_iter().chain(platform::places::kinds()).chain([Tool::kind()]));
    let server = Server::with(kinds).await;
    let admin = server.test.admin().await;
    admin.batch_execute(&format!("set role gemba_owner; {}", block("sql"))).await.unwrap();
    let tenant = server.test.organization("One", 2).await;
    let [ulm, linz] = [tenant.plants[0], tenant.plants[1]];
    let all: Vec<String> = Tool::kind().permissions().iter().map(|info| info.permission.0.to_string()).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    server.knows("ann", tenant.person_at(ulm, &all));
    server.knows("bob", tenant.person_at(linz, &all));
    let stencil = json!({"plant_id": ulm, "name": "Stencil 114", "category": "stencil", "life": 50_000});
    let made = server.post("ann", "/tools", stencil.clone()).await.expect(201);
    assert_eq!((made.json["used"].as_u64(), made.json["version"].as_u64()), (Some(0), Some(1)));
    server.post("ann", "/tools", stencil.clone()).await.expect(409);
    server.post("bob", "/tools", stencil).await.expect(403);
    let at = format!("/tools/{}", made.id());
    server.get("bob", &at).await.expect(404);
    let refused = server.patch("ann", &at, "*", json!({"used": 50_001})).await.expect(422);
    assert_eq!(refused.wrong(), [("/used".into(), "worn_out".into())]);
    let moved = server.patch("ann", &at, "*", json!({"plant_id": linz})).await.expect(422);
    assert_eq!(moved.wrong()[0].0, "/plant_id");
    server.patch("ann", &at, "\"1\"", json!({"used": 120})).await.expect(200);
    assert_eq!(server.get("ann", "/tools?q=stenc&category=stencil&used[gte]=100").await.expect(200).each("name"), ["Stencil 114"]);
    let rows = json!({"rows": [{"plant_id": ulm, "name": "Stencil 114", "used": 121}, {"plant_id": ulm, "name": "Mould 2", "category": "mould", "life": 9}]});
    let outcome = server.post("ann", "/tools/bulk", rows).await.expect(200);
    assert_eq!((outcome.json["created"].as_u64(), outcome.json["updated"].as_u64()), (Some(1), Some(1)));
    let history = server.get("ann", &format!("{at}/history")).await.expect(200);
    assert_eq!(history.each("action"), ["tool.updated", "tool.updated", "tool.created"]);
    let file = server.get("ann", "/tools/export").await.expect(200);
    assert!(String::from_utf8(file.bytes).unwrap().contains("Mould 2"));
    let differences = platform::resource::contradictions(&admin, &[Tool::kind()]).await.unwrap();
    assert_eq!(differences, Vec::<String>::new());
}

#[tokio::test]
async fn declarations_agree_with_their_tables() {
    let test = testkit::TestDatabase::new().await;
    let kinds: Vec<_> = platform::resource::kinds().into_iter().chain(platform::places::kinds()).collect();
    let differences = platform::resource::contradictions(&test.admin().await, &kinds).await.unwrap();
    assert_eq!(differences, Vec::<String>::new());
    // A declaration that asks for what its table does not have is told so.
    let missing = platform::resource::contradictions(&test.admin().await, &[Tool::kind()]).await.unwrap();
    assert_eq!(missing, ["tools: there is no such table"]);
}
