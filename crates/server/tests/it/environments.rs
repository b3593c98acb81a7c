//! Archives of organizations and plants: out of one, into another, on a real database.

use std::io::{Cursor, Read, Write};

use http::Method;
use serde_json::{Value, json};

use crate::Desk;
use crate::planning::{Office, near};

const ZIP: &str = "application/zip";

impl Office {
    /// An archive made by this caller.
    async fn archive(&self, who: &str, wanted: Value) -> Vec<u8> {
        let run = self.send(who, Method::POST, "/environments/exports", &[("prefer", "wait=20")], Some(wanted)).await.ok();
        assert_eq!(run["state"], "succeeded", "{run}");
        let path = run["result"]["archive"].as_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned();
        let (media, bytes) = self.file(who, &path).await;
        assert_eq!(media, ZIP);
        bytes
    }

    async fn bring_archive(&self, who: &str, bytes: &[u8]) -> Value {
        let run = self.bring(who, "/environments/imports", ZIP, bytes, Method::POST).await.ok();
        assert_eq!(run["state"], "succeeded", "{run}");
        run["result"].clone()
    }

    async fn number(&self, who: &str, records: &str) -> usize {
        self.get(who, &format!("/{records}?limit=500")).await.ok()["items"].as_array().unwrap().len()
    }
}

fn sum(counts: &Value) -> u64 {
    counts.as_object().unwrap().values().filter_map(Value::as_u64).sum()
}

/// The archive with one part's bytes changed by `change`, its manifest left as it is.
fn changed(bytes: &[u8], path: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().to_string();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        writer.start_file(name.clone(), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(if name == path { change(text) } else { text }.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[tokio::test]
async fn a_plant_moves_to_another_organization_and_plans_the_same_there() {
    let office = Office::open().await;
    let base = office.scenario("Plan", json!({})).await;
    let clone = office.post("planner", &format!("/scenarios/{base}/clone"), json!({ "name": "Six days" })).await.ok();
    let path = format!("/scenarios/{}", clone["id"].as_str().unwrap());
    office
        .send("planner", Method::PATCH, &path, &[("if-match", "*")], Some(json!({ "operating_days": [{ "days_per_year": 288 }] })))
        .await
        .ok();
    office.optimized(&base).await;
    let unit = json!({ "code": "C62", "name": "Stück", "symbol": "Stk", "dimension": "count" });
    office.post("stranger", "/units", unit).await.ok();

    let archive = office.archive("planner", json!({ "plant_id": office.plant() })).await;
    let outcome = office.bring_archive("stranger", &archive).await;
    // The plant of the same code is the same plant there, and its own unit is the same unit.
    let counts = (&outcome["updated"]["plant"], &outcome["created"]["scenario"], &outcome["updated"]["unit"]);
    assert_eq!(counts, (&json!(1), &json!(2), &json!(1)), "{outcome}");
    for records in ["lines", "items", "capabilities", "demand"] {
        assert_eq!(office.number("stranger", records).await, office.number("planner", records).await, "{records}");
    }
    assert_eq!(office.number("stranger", "units").await, 1);

    let again = office.bring_archive("stranger", &archive).await;
    assert_eq!((sum(&again["created"]), sum(&again["updated"])), (0, 0), "{again}");
    assert_eq!(sum(&again["unchanged"]), sum(&outcome["created"]) + sum(&outcome["updated"]));

    let scenarios = office.get("stranger", "/scenarios?name=Plan").await.ok();
    let theirs = scenarios["items"][0]["id"].as_str().unwrap().to_owned();
    let run = office.send("stranger", Method::POST, &format!("/scenarios/{theirs}/optimize"), &[("prefer", "wait=20")], None).await.ok();
    assert_eq!(run["state"], "succeeded", "{run}");
    let results = office.get("stranger", &format!("/scenarios/{theirs}/results?sections=summary")).await.ok();
    let own = office.summary(&base).await;
    near(&results["plan"]["summary"]["finished_units"], own["finished_units"].as_f64().unwrap());
}

#[tokio::test]
async fn an_archive_is_believed_as_far_as_its_checksums_go() {
    let office = Office::open().await;
    let archive = office.archive("planner", json!({})).await;
    let path = "/environments/imports";
    let damaged = changed(&archive, "records/lines.jsonl", |text| text.replace("CC-01", "CC-99"));
    let refused = office.bring("stranger", path, ZIP, &damaged, Method::POST).await.refused(422, "archive_unreadable");
    assert!(refused["detail"].as_str().unwrap().contains("records/lines.jsonl is not what the manifest says"), "{refused}");
    let newer = changed(&archive, "manifest.json", |text| text.replace("gemba.environment/1", "gemba.environment/2"));
    office.bring("stranger", path, ZIP, &newer, Method::POST).await.refused(422, "archive_unreadable");
    office.bring("stranger", path, ZIP, b"PK\x03\x04", Method::POST).await.refused(422, "archive_unreadable");
    office.bring("guest", path, ZIP, &archive, Method::POST).await.refused(403, "permission_missing");
    office.send("guest", Method::POST, "/environments/exports", &[], Some(json!({}))).await.refused(403, "permission_missing");
    office.get("stranger", &format!("/environments/archives/{}", testkit::new_id())).await.refused(404, "not_found");
    assert_eq!(office.number("stranger", "lines").await, 0);
}

#[test]
fn the_command_line_moves_a_plant_between_organizations() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (test, code) = runtime.block_on(async {
        let test = testkit::TestDatabase::new().await;
        let tenant = test.organization("Tavira", 1).await;
        test.organization("Other", 0).await;
        let sql = "select code from plants where id = $1";
        let code: String = test.admin().await.query_one(sql, &[&tenant.plants[0].0]).await.unwrap().get(0);
        (test, code)
    });
    let desk = Desk::empty();
    std::fs::write(desk.path("lines.csv"), "Line,Area,Hours per day\nL-1,Assembly,20\nL-2,Assembly,19\n").unwrap();
    let environment = [("GEMBA_DATABASE_URL", test.urls.app.as_str())];
    desk.run_with(&["import", "--plant", &code, "lines.csv"], &environment).succeeds();
    let run = desk.run_with(&["export", "--plant", &code, "-o", "plant.zip"], &environment).succeeds();
    assert!(run.stdout().contains("records of"), "{}", run.stdout());
    desk.run_with(&["export", "-o", "all.zip"], &environment).fails(1, "name one with --organization");
    let tried = desk.run_with(&["import", "--organization", "other", "plant.zip", "--dry-run"], &environment).succeeds();
    assert!(tried.stdout().contains("would be new"), "{}", tried.stdout());
    desk.run_with(&["import", "--organization", "other", "plant.zip"], &environment).succeeds();
    let count: i64 = runtime.block_on(async { test.admin().await.query_one("select count(*) from lines", &[]).await.unwrap().get(0) });
    assert_eq!(count, 4);
    let again = desk.run_with(&["import", "--organization", "other", "plant.zip"], &environment).succeeds();
    assert!(again.stdout().contains(" 0 records are new, 0 changed"), "{}", again.stdout());
}
