//! Import sessions over HTTP and from the command line, on a real database, a worker beside the server.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::Desk;
use crate::planning::{Answer, EXAMPLE, Office, example, near, solved};

/// A project of the desktop tool; `crates/workbook/tests/data/project.sql` says what is in it.
const PROJECT: &[u8] = include_bytes!("../../../workbook/tests/data/project.db");

const OCTETS: &str = "application/octet-stream";

impl Office {
    pub async fn bring(&self, who: &str, path: &str, media: &str, body: &[u8], method: Method) -> Answer {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}")).header("authorization", format!("Bearer {who}"));
        let request = request.header("content-type", media).header("prefer", "wait=20").header("if-match", "*");
        let response = self.router.clone().oneshot(request.body(Body::from(body.to_vec())).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let etag = head.headers.get("etag").map(|etag| etag.to_str().unwrap().to_owned());
        Answer { status: head.status, etag, json: serde_json::from_slice(&body).unwrap_or_default() }
    }

    /// The session of a file, read.
    async fn upload(&self, name: &str, mode: &str, body: &[u8]) -> Value {
        let name = name.replace(' ', "%20");
        let path = format!("/plants/{}/imports?name={name}&mode={mode}", self.plant());
        let answer = self.bring("planner", &path, OCTETS, body, Method::POST).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
        answer.json
    }

    /// The run that did this with a session.
    async fn run(&self, session: &Value, verb: &str) -> Value {
        let path = format!("/imports/{}/{verb}", id(session));
        self.send("planner", Method::POST, &path, &[("if-match", "*"), ("prefer", "wait=20")], None).await.ok()
    }

    async fn done(&self, session: &Value, verb: &str) -> Value {
        let run = self.run(session, verb).await;
        assert_eq!(run["state"], "succeeded", "{run}");
        run["result"].clone()
    }

    async fn mend(&self, session: &Value, said: Value) -> Value {
        let path = format!("/imports/{}", id(session));
        self.send("planner", Method::PATCH, &path, &[("if-match", "*"), ("prefer", "wait=20")], Some(said)).await.ok()
    }

    async fn changes(&self, session: &Value, filter: &str) -> Vec<Value> {
        let found = self.get("guest", &format!("/imports/{}/changes?limit=500&{filter}", id(session))).await.ok();
        found["items"].as_array().unwrap().clone()
    }

    async fn issues(&self, session: &Value, filter: &str) -> Vec<Value> {
        let found = self.get("guest", &format!("/imports/{}/issues?limit=500&{filter}", id(session))).await.ok();
        found["items"].as_array().unwrap().clone()
    }

    /// Records of a kind that are in use.
    async fn count(&self, records: &str) -> usize {
        self.get("planner", &format!("/{records}?limit=500")).await.ok()["items"].as_array().unwrap().len()
    }
}

fn id(session: &Value) -> &str {
    session["id"].as_str().unwrap()
}

fn of(session: &Value, kind: &str, what: &str) -> u64 {
    session["counts"]["changes"][kind][what].as_u64().unwrap_or(0)
}

#[tokio::test]
async fn a_workbook_is_seen_before_it_is_done_and_plans_like_itself() {
    let office = Office::bare().await;
    let session = office.upload("plant.xlsx", "merge", EXAMPLE).await;
    assert_eq!((&session["state"], &session["source"], &session["file_name"]), (&json!("ready"), &json!("workbook"), &json!("plant.xlsx")));
    assert_eq!(session["counts"]["issues"]["error"], 0, "{:#?}", office.issues(&session, "severity=error").await);
    let problem = example();
    for (kind, count) in [("line", problem.lines.len()), ("item", problem.models.len()), ("capability", problem.capabilities.len())] {
        assert_eq!(of(&session, kind, "created"), count as u64, "{kind}: {}", session["counts"]);
    }
    let sheet = session["sheets"].as_array().unwrap().iter().find(|sheet| sheet["meaning"] == "lines").unwrap();
    assert!(sheet["confidence"].as_f64().unwrap() > 0.7, "{sheet}");
    let line = &office.changes(&session, "kind=line").await[0];
    assert_eq!((&line["change"], &line["sheet"], line["row"].is_number()), (&json!("created"), &sheet["sheet"], true), "{line}");
    // Nothing of the plant is changed by looking.
    assert_eq!((office.count("lines").await, office.count("items").await), (0, 0));

    let done = office.done(&session, "commit").await;
    assert!(done["changes"]["created"].as_u64().unwrap() > 200, "{done}");
    assert_eq!(office.count("lines").await, problem.lines.len());
    let scenario = office.scenario("Plan", json!({})).await;
    office.optimized(&scenario).await;
    let (summary, expected) = (office.summary(&scenario).await, solved(&problem));
    near(&summary["demand_units"], expected.demand_units);
    near(&summary["finished_units"], expected.finished_units);
    near(&summary["unmet_units"], expected.unmet_units);

    // The same file once more changes nothing.
    let again = office.upload("plant.xlsx", "merge", EXAMPLE).await;
    let changes = again["counts"]["changes"].as_object().unwrap();
    for (kind, of) in changes {
        assert_eq!(of.as_object().unwrap().keys().collect::<Vec<_>>(), ["unchanged"], "{kind}: {of}");
    }
    let result = office.done(&again, "commit").await;
    assert_eq!(result["changes"], json!({}));

    // The trail tells who brought what and who made it so.
    let trail = office.get("boss", &format!("/audit/events?kind=import&record={}", id(&session))).await.ok();
    let actions: Vec<&str> = trail["items"].as_array().unwrap().iter().filter_map(|event| event["action"].as_str()).collect();
    assert!(actions.contains(&"import.created") && actions.contains(&"import.committed"), "{actions:?}");
    // What was committed is not committed again, and not mended any more.
    office.post("planner", &format!("/imports/{}/commit", id(&session)), json!({})).await.refused(409, "import_committed");
    let path = format!("/imports/{}", id(&session));
    office.send("planner", Method::PATCH, &path, &[("if-match", "*")], Some(json!({}))).await.refused(409, "import_committed");
}

/// The way of docs/planning.md, with the rights of the built-in role and nothing else.
#[tokio::test]
async fn a_planner_goes_from_a_workbook_to_an_approved_scenario_and_its_reports() {
    let office = Office::bare().await;
    let call = async |method: Method, path: &str, body: Option<Value>| {
        office.send("lucia", method, path, &[("if-match", "*"), ("prefer", "wait=20")], body).await.ok()
    };
    let uploaded = format!("/plants/{}/imports?name=plant.xlsx&mode=merge", office.plant());
    let session = office.bring("lucia", &uploaded, OCTETS, EXAMPLE, Method::POST).await.ok();
    let committed = call(Method::POST, &format!("/imports/{}/commit", id(&session)), None).await;
    assert_eq!(committed["state"], "succeeded", "{committed}");
    let base = call(Method::POST, &format!("/plants/{}/scenarios", office.plant()), Some(json!({ "name": "Budget 2027" }))).await;
    assert_eq!(call(Method::POST, &format!("/scenarios/{}/optimize", id(&base)), None).await["state"], "succeeded");

    // A shift more on each line of the constraint delivers more.
    let result = call(Method::GET, &format!("/scenarios/{}/results?sections=summary,constraints", id(&base)), None).await;
    let tight = result["plan"]["constraints"][0]["lines"].as_array().unwrap().clone();
    let clone = call(Method::POST, &format!("/scenarios/{}/clone", id(&base)), Some(json!({ "name": "A shift more" }))).await;
    let mut changes = Vec::new();
    for line in &tight {
        let line = office.id_of("lines", "name", line.as_str().unwrap()).await;
        changes.push(json!({ "line_id": line, "available_s_per_day": 86_400 }));
    }
    call(Method::PATCH, &format!("/scenarios/{}", id(&clone)), Some(json!({ "line_changes": changes, "message": "A shift more" }))).await;
    assert_eq!(call(Method::POST, &format!("/scenarios/{}/optimize", id(&clone)), None).await["state"], "succeeded");
    let better = office.summary(id(&clone)).await;
    let (before, after) = (&result["plan"]["summary"]["finished_units"], &better["finished_units"]);
    assert!(after.as_f64() > before.as_f64(), "{after} beside {before}");
    let compared = call(Method::GET, &format!("/scenarios/compare?ids={},{}", id(&base), id(&clone)), None).await;
    let causes = compared[1]["comparison"]["causes"].as_array().unwrap();
    assert!(causes.iter().any(|cause| cause["kind"] == "line_hours"), "{causes:?}");
    call(Method::POST, &format!("/scenarios/{}/submit", id(&clone)), None).await;
    let approved = office.post("boss", &format!("/scenarios/{}/approve", id(&clone)), json!({ "note": "Agreed" })).await.ok();
    assert_eq!(approved["status"], "approved");

    let export = format!("/reports/export?scenario={}", id(&clone));
    for (format, begins) in [("pdf", b"%PDF".as_slice()), ("pptx", b"PK"), ("xlsx", b"PK")] {
        if format == "pdf" && !cfg!(feature = "pdf") {
            continue;
        }
        let (_, bytes) = office.file("lucia", &format!("{export}&format={format}")).await;
        assert!(bytes.starts_with(begins), "{format}");
    }
    // The records that the workbook brought stand in the trail too, in hundreds.
    let mut told = Vec::new();
    for kind in ["import", "scenario"] {
        let trail = office.get("boss", &format!("/audit/events?limit=200&kind={kind}")).await.ok();
        told.extend(trail["items"].as_array().unwrap().iter().filter_map(|event| event["action"].as_str().map(str::to_owned)));
    }
    for action in ["import.created", "import.committed", "scenario.created", "scenario.updated", "scenario.submitted", "scenario.approved"]
    {
        assert!(told.iter().any(|told| told == action), "{action} is not in the trail: {told:?}");
    }
}

#[tokio::test]
async fn merging_says_before_and_after_and_can_be_taken_back() {
    let office = Office::bare().await;
    let first = office.upload("plant.xlsx", "merge", EXAMPLE).await;
    office.done(&first, "commit").await;
    let (line, before) = (office.id_of("lines", "name", "CC-01").await, office.count("lines").await);
    let stored = office.get("planner", &format!("/lines/{line}")).await.ok();
    let text = "Line,Area,Hours per day\nCC-01,Conformal,19\nCC-77,Conformal,20\n";
    let session = office.upload("Lines.csv", "merge", text.as_bytes()).await;
    assert_eq!((of(&session, "line", "updated"), of(&session, "line", "created")), (1, 1), "{}", session["counts"]);
    assert_eq!(session["counts"]["untouched"]["line"], json!(before - 1));
    let change = &office.changes(&session, "change=updated").await[0];
    let fields = change["fields"].as_array().unwrap();
    let changed: Vec<_> = fields.iter().map(|field| (field["field"].as_str().unwrap(), &field["before"], &field["after"])).collect();
    assert_eq!(changed, [("available_s_per_day", &stored["available_s_per_day"], &json!(68_400))]);
    office.done(&session, "commit").await;
    assert_eq!(office.get("planner", &format!("/lines/{line}")).await.ok()["available_s_per_day"], 68_400);
    assert_eq!(office.count("lines").await, before + 1);

    office.done(&session, "undo").await;
    let put_back = office.get("planner", &format!("/lines/{line}")).await.ok();
    assert_eq!((&put_back["available_s_per_day"], office.count("lines").await), (&stored["available_s_per_day"], before));
    assert_eq!(office.get("guest", &format!("/imports/{}", id(&session))).await.ok()["state"], "undone");
    office.post("planner", &format!("/imports/{}/undo", id(&session)), json!({})).await.refused(409, "import_not_committed");

    // What was taken back stays known: the same file takes it back into use.
    let again = office.upload("Lines.csv", "merge", text.as_bytes()).await;
    assert_eq!((of(&again, "line", "updated"), of(&again, "line", "restored")), (1, 1), "{}", again["counts"]);
    office.done(&again, "commit").await;
    assert_eq!(office.count("lines").await, before + 1);
    office.done(&again, "undo").await;
    assert_eq!(office.count("lines").await, before);
}

#[tokio::test]
async fn modes_leave_what_they_are_not_about() {
    let office = Office::bare().await;
    let lines = "Line,Area,Hours per day\nL-1,Assembly,20\n";
    let first = office.upload("Lines.csv", "update", lines.as_bytes()).await;
    assert_eq!((of(&first, "line", "left"), of(&first, "area", "left")), (1, 1), "{}", first["counts"]);
    let left = &office.changes(&first, "change=left").await[0];
    assert!(left["left_because"].as_str().unwrap().contains("only changes are wanted"), "{left}");
    assert_eq!(office.done(&first, "commit").await["changes"], json!({}));
    let first = office.upload("Lines.csv", "create", lines.as_bytes()).await;
    office.done(&first, "commit").await;
    let both = "Line,Area,Hours per day\nL-1,Assembly,18\nL-2,Assembly,20\n";
    let create = office.upload("Lines.csv", "create", both.as_bytes()).await;
    assert_eq!((of(&create, "line", "created"), of(&create, "line", "left")), (1, 1), "{}", create["counts"]);
    let update = office.mend(&create, json!({ "mode": "update" })).await;
    assert_eq!((of(&update, "line", "updated"), of(&update, "line", "left")), (1, 1), "{}", update["counts"]);
    office.done(&update, "commit").await;
    let line = office.id_of("lines", "name", "L-1").await;
    assert_eq!(
        (office.get("planner", &format!("/lines/{line}")).await.ok()["available_s_per_day"].clone(), office.count("lines").await),
        (json!(64_800), 1)
    );
}

#[tokio::test]
async fn every_error_is_told_by_row_and_mended_in_place() {
    let office = Office::bare().await;
    let text = "Line;Area;Hours per day\nL-1;Assembly;twenty\nL-1;Assembly;20\nL-3;Assembly;30\n;Assembly;8\n";
    let session = office.upload("Lines.csv", "merge", text.as_bytes()).await;
    let errors = office.issues(&session, "severity=error").await;
    let told: Vec<_> =
        errors.iter().map(|issue| (issue["code"].as_str().unwrap(), issue["row"].as_u64(), issue["column"].as_str().unwrap())).collect();
    assert_eq!(
        told,
        [
            ("not_a_number", Some(2), "C (Hours per day)"),
            ("duplicate", Some(3), "A (Line)"),
            ("over_24_hours", Some(4), "C (Hours per day)"),
            ("missing_value", Some(5), "A (Line)"),
        ]
    );
    let refused = office.post("planner", &format!("/imports/{}/commit", id(&session)), json!({})).await.refused(409, "import_has_errors");
    assert!(refused["detail"].as_str().unwrap().contains("4 errors"), "{refused}");
    let path = format!("/imports/{}/cells?sheet=Lines&from=4&rows=1", id(&session));
    assert_eq!(office.get("guest", &path).await.ok(), json!([{ "row": 4, "cells": { "A": "L-3", "B": "Assembly", "C": "30" } }]));

    let wrong = json!({ "corrections": [{ "sheet": "Lines", "row": 0, "column": "1", "value": [] }], "mapping": { "sheets": { "Lines": { "meaning": "weather" } } } });
    let path = format!("/imports/{}", id(&session));
    let refused = office.send("planner", Method::PATCH, &path, &[("if-match", "*")], Some(wrong)).await.refused(422, "invalid");
    assert_eq!(refused["errors"].as_array().unwrap().len(), 3, "{refused}");
    let cell = |row: u32, column: &str, value: Value| json!({ "sheet": "Lines", "row": row, "column": column, "value": value });
    let stale = office.send("planner", Method::PATCH, &path, &[("if-match", "\"1\"")], Some(json!({}))).await;
    stale.refused(412, "stale");
    let mended = office
        .mend(&session, json!({ "corrections": [cell(2, "C", json!(20)), cell(3, "A", json!("L-2")), cell(4, "C", json!("19.5")), cell(5, "B", json!(null)), cell(5, "C", json!(null))] }))
        .await;
    assert_eq!(
        (&mended["state"], &mended["counts"]["issues"]["error"]),
        (&json!("ready"), &json!(0)),
        "{:#?}",
        office.issues(&mended, "").await
    );
    office.done(&mended, "commit").await;
    assert_eq!(office.count("lines").await, 3);
    assert_eq!(office.get("planner", "/lines?name=L-3").await.ok()["items"][0]["available_s_per_day"], 70_200);

    // Or the file is mended and brought again.
    let session = office.upload("Lines.csv", "merge", b"Line,Area,Hours per day\nL-9,Assembly,nineteen\n").await;
    assert_eq!(session["counts"]["issues"]["error"], 1);
    let refused = office.post("planner", &format!("/imports/{}/commit", id(&session)), json!({})).await.refused(409, "import_has_errors");
    assert!(refused["detail"].as_str().unwrap().contains("1 error:"), "{refused}");
    for filter in ["issues?severity=errors", "changes?change=new"] {
        office.get("guest", &format!("/imports/{}/{filter}", id(&session))).await.refused(400, "bad_parameter");
    }
    let path = format!("/imports/{}/file?name=Lines%202.csv", id(&session));
    let again = office.bring("planner", &path, OCTETS, b"Line,Area,Hours per day\nL-9,Assembly,19\n", Method::PUT).await.ok();
    assert_eq!((&again["file_name"], &again["counts"]["issues"]["error"]), (&json!("Lines 2.csv"), &json!(0)));
}

#[tokio::test]
async fn what_the_kinds_refuse_is_told_with_its_column() {
    let office = Office::bare().await;
    let first = office.upload("plant.xlsx", "merge", EXAMPLE).await;
    office.done(&first, "commit").await;
    let text = "Line,Model,Cycle Time,Efficiency,Priority\nCC-03,Zonal Controller,20,80,120\n";
    let session = office.upload("Compat.csv", "merge", text.as_bytes()).await;
    let errors = office.issues(&session, "severity=error").await;
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert_eq!((&errors[0]["code"], &errors[0]["row"], &errors[0]["column"]), (&json!("too_large"), &json!(2), &json!("E (Priority)")));
}

#[tokio::test]
async fn a_mapping_is_remembered_for_the_organization() {
    let office = Office::bare().await;
    let text = "Kennung;Halle;Laufzeit\nL-1;Montage;20\n";
    let session = office.upload("Liste.csv", "merge", text.as_bytes()).await;
    assert_eq!(office.issues(&session, "severity=error").await[0]["code"], "nothing_recognised");
    let meanings = office.get("guest", "/import-meanings").await.ok();
    assert!(meanings.as_array().unwrap().iter().any(|meaning| meaning["meaning"] == "lines"), "{meanings}");
    let columns = json!({ "A": "name", "B": "area", "C": "available time per day" });
    let mapped = office.mend(&session, json!({ "mapping": { "sheets": { "Liste": { "meaning": "lines", "columns": columns } } } })).await;
    assert_eq!(mapped["counts"]["issues"]["error"], 0, "{:#?}", office.issues(&mapped, "").await);
    office.done(&mapped, "commit").await;
    let next = office.upload("Neue Liste.csv", "merge", "Halle;Laufzeit;KENNUNG\nMontage;19;L-2\n".as_bytes()).await;
    assert_eq!((of(&next, "line", "created"), &next["counts"]["issues"]["error"]), (1, &json!(0)), "{}", next["counts"]);
    assert_eq!(next["mapping"], json!({ "sheets": {} }));
}

#[tokio::test]
async fn undo_is_refused_with_what_was_changed_since() {
    let office = Office::bare().await;
    let session = office.upload("plant.xlsx", "merge", EXAMPLE).await;
    office.done(&session, "commit").await;
    let line = office.id_of("lines", "name", "CC-01").await;
    let path = format!("/lines/{line}");
    office.send("boss", Method::PATCH, &path, &[("if-match", "*")], Some(json!({ "available_s_per_day": 1_000 }))).await.ok();
    let unit = office.get("boss", "/units?limit=1").await.ok()["items"][0]["id"].clone();
    let item = json!({ "code": "NEW-1", "name": "New", "category": "product", "unit_id": unit });
    office.post("boss", "/items", item).await.ok();
    let undo = format!("/imports/{}/undo", id(&session));
    let refused = office.post("planner", &undo, json!({})).await.refused(409, "import_changed_since");
    let told: Vec<&str> = refused["errors"].as_array().unwrap().iter().filter_map(|error| error["detail"].as_str()).collect();
    assert_eq!(told, ["line “CC-01” was changed since", "item “New” refers to a unit of this import"], "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("CC-01"), "{refused}");
    // Nothing was taken back.
    assert_eq!(office.count("lines").await, example().lines.len());
}

#[tokio::test]
async fn nothing_is_written_that_was_not_shown() {
    let office = Office::bare().await;
    let first = office.upload("Lines.csv", "merge", b"Line,Area,Hours per day\nL-1,Assembly,20\n").await;
    office.done(&first, "commit").await;
    let session = office.upload("Lines.csv", "merge", b"Line,Area,Hours per day\nL-1,Assembly,18\nL-2,Assembly,18\n").await;
    let line = office.id_of("lines", "name", "L-1").await;
    let path = format!("/lines/{line}");
    office.send("boss", Method::PATCH, &path, &[("if-match", "*")], Some(json!({ "overtime_s_per_day": 3_600 }))).await.ok();
    let run = office.run(&session, "commit").await;
    assert_eq!((&run["state"], &run["error"]["code"]), (&json!("failed"), &json!("import_outdated")), "{run}");
    assert_eq!(office.count("lines").await, 1);
    let again = office.mend(&session, json!({})).await;
    office.done(&again, "commit").await;
    let line = office.get("planner", &path).await.ok();
    assert_eq!((&line["available_s_per_day"], &line["overtime_s_per_day"]), (&json!(64_800), &json!(3_600)));
}

#[tokio::test]
async fn the_project_of_the_desktop_tool_is_taken_whole() {
    let office = Office::bare().await;
    let session = office.upload("project.db", "merge", PROJECT).await;
    assert_eq!(
        (&session["source"], &session["counts"]["issues"]["error"]),
        (&json!("project"), &json!(0)),
        "{:#?}",
        office.issues(&session, "").await
    );
    for (kind, count) in
        [("area", 2), ("line", 4), ("item", 3), ("family", 2), ("customer", 2), ("capability", 7), ("demand", 6), ("changeover", 2)]
    {
        assert_eq!(of(&session, kind, "created"), count, "{kind}: {}", session["counts"]);
    }
    let left = office.issues(&session, "").await;
    assert!(left.iter().any(|issue| issue["code"] == "table_left" && issue["found"] == "settings"), "{left:#?}");
    office.done(&session, "commit").await;
    let scenario = office.scenario("Plan", json!({})).await;
    office.optimized(&scenario).await;
    near(&office.summary(&scenario).await["demand_units"], 836_000.0);
}

#[tokio::test]
async fn a_form_brings_a_file_too() {
    let office = Office::bare().await;
    let body = "--b0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"Lines.csv\"\r\nContent-Type: text/csv\r\n\r\n\
        Line,Area,Hours per day\nL-1,Assembly,20\n\r\n--b0--\r\n";
    let path = format!("/plants/{}/imports", office.plant());
    let session = office.bring("planner", &path, "multipart/form-data; boundary=b0", body.as_bytes(), Method::POST).await.ok();
    assert_eq!((&session["file_name"], of(&session, "line", "created")), (&json!("Lines.csv"), 1));
    let broken = office.bring("planner", &path, "multipart/form-data; boundary=zz", body.as_bytes(), Method::POST).await;
    broken.refused(400, "malformed_form");
    office.bring("planner", &path, OCTETS, b"", Method::POST).await.refused(400, "no_file");
    office.bring("planner", &path, OCTETS, &vec![b'x'; (32 << 20) + 1], Method::POST).await.refused(413, "body_too_large");
}

#[tokio::test]
async fn hostile_files_are_told_and_never_carried_out() {
    let office = Office::bare().await;
    let mut cut = EXAMPLE.to_vec();
    cut.truncate(EXAMPLE.len() / 2);
    let mut circles = PROJECT.to_vec();
    circles[1024..].fill(5);
    for (name, bytes, code) in [
        ("plan.xlsx", cut.as_slice(), "damaged_file"),
        ("plan.xlsx", b"\x89PNG\r\n\x1a\n\0\0".as_slice(), "not_a_workbook"),
        ("project.db", circles.as_slice(), "damaged_file"),
        ("letter.txt", b"just words".as_slice(), "text_file"),
    ] {
        let session = office.upload(name, "merge", bytes).await;
        assert_eq!(office.issues(&session, "severity=error").await[0]["code"], code, "{name}");
        office.post("planner", &format!("/imports/{}/commit", id(&session)), json!({})).await.refused(409, "import_has_errors");
    }
    assert_eq!(office.count("lines").await, 0);
}

#[tokio::test]
async fn who_may_not_see_a_session_finds_none_and_an_old_one_is_forgotten() {
    let office = Office::bare().await;
    let session = office.upload("Lines.csv", "merge", b"Line,Area,Hours per day\nL-1,Assembly,20\n").await;
    let path = format!("/imports/{}", id(&session));
    for who in ["stranger", "neighbour"] {
        office.get(who, &path).await.refused(404, "not_found");
        office.send(who, Method::POST, &format!("{path}/commit"), &[("if-match", "*")], None).await.refused(404, "not_found");
        assert_eq!(office.get(who, "/imports").await.ok()["items"], json!([]));
    }
    office.send("guest", Method::POST, &format!("{path}/commit"), &[("if-match", "*")], None).await.refused(403, "permission_missing");
    let bring = format!("/plants/{}/imports", office.plant());
    office.bring("guest", &bring, OCTETS, b"Line,Area\n", Method::POST).await.refused(403, "permission_missing");
    assert_eq!(office.get("guest", &bring).await.ok()["items"][0]["id"], session["id"]);

    let forgotten = office.upload("Lines.csv", "merge", b"Line,Area,Hours per day\nL-1,Assembly,20\n").await;
    let gone = format!("/imports/{}", id(&forgotten));
    assert_eq!(office.send("planner", Method::DELETE, &gone, &[], None).await.status, 204);
    office.get("planner", &gone).await.refused(404, "not_found");

    office.test.admin().await.execute("update import_sessions set expires_at = now() - interval '1 minute'", &[]).await.unwrap();
    office.get("planner", &path).await.refused(404, "not_found");
    office.upload("Lines.csv", "merge", b"Line,Area,Hours per day\nL-1,Assembly,20\n").await;
    let left = office.test.admin().await.query("select 1 from import_sessions", &[]).await.unwrap();
    assert_eq!(left.len(), 1);
}

#[tokio::test]
async fn rights_are_missed_in_the_preview_not_in_the_middle() {
    let office = Office::bare().await;
    let path = format!("/plants/{}/imports?name=Lines.csv", office.plant());
    let session = office.bring("importer", &path, OCTETS, b"Line,Area,Hours per day\nL-1,Assembly,20\n", Method::POST).await.ok();
    let errors = office.issues(&session, "severity=error").await;
    assert!(errors.iter().all(|error| error["code"] == "permission_missing") && errors.len() == 4, "{errors:#?}");
}

#[test]
fn the_command_line_does_the_same() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (test, code) = runtime.block_on(async {
        let test = testkit::TestDatabase::new().await;
        let tenant = test.organization("Tavira", 1).await;
        let sql = "select code from plants where id = $1";
        let code: String = test.admin().await.query_one(sql, &[&tenant.plants[0].0]).await.unwrap().get(0);
        (test, code)
    });
    let desk = Desk::empty();
    std::fs::write(desk.path("plan.xlsx"), EXAMPLE).unwrap();
    std::fs::write(desk.path("broken.csv"), "Line,Area,Hours per day\nL-1,Assembly,many\n").unwrap();
    let environment = [("GEMBA_DATABASE_URL", test.urls.app.as_str())];
    let count = |sql: &str| -> i64 { runtime.block_on(async { test.admin().await.query_one(sql, &[]).await.unwrap().get(0) }) };

    let run = desk.run_with(&["import", "--plant", &code, "plan.xlsx", "--dry-run"], &environment).succeeds();
    assert!(run.stdout().contains(&format!("plan.xlsx can be imported into {code}; nothing was changed")), "{}", run.stdout());
    assert_eq!((count("select count(*) from lines"), count("select count(*) from import_sessions")), (0, 0));
    let run = desk.run_with(&["import", "--plant", &code, "plan.xlsx", "--json"], &environment).succeeds();
    let done: Value = serde_json::from_str(&run.stdout()).unwrap();
    assert_eq!((&done["schema"], &done["state"]), (&json!("gemba.import/1"), &json!("committed")));
    assert_eq!(count("select count(*) from lines") as usize, example().lines.len());
    let run = desk.run_with(&["import", "--plant", &code, "plan.xlsx"], &environment).succeeds();
    assert!(run.stdout().contains("As they were"), "{}", run.stdout());

    let run = desk.run_with(&["import", "--plant", &code, "broken.csv"], &environment);
    assert_eq!(run.code(), 1);
    assert!(run.stdout().contains("row 2, C (Hours per day): ") && run.stdout().contains("nothing was changed"), "{}", run.stdout());
    desk.run_with(&["import", "--plant", "NIL", "plan.xlsx"], &environment).fails(1, "there is no plant NIL");
    desk.run_with(&["import", "--plant", &code, "plan.xlsx", "--mode", "replace"], &environment).fails(2, "possible values");
}
