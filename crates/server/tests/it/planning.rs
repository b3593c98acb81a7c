//! Planning over HTTP, on a real database with the example plant, a worker beside the server.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use identity::roles::built_in::BuiltIn;
use line_plan::{NoClock, Options, PlanDocument, Problem};
use planning::layout;
use platform::http::{App, Settings};
use platform::outbound::{Limits, Outbound};
use platform::runs::{self, Worker, Works};
use platform::secrets::Secrets;
use serde_json::{Value, json};
use server::serve::{catalogue, equip, kinds, router};
use testkit::tokens::Tokens;
use testkit::{Tenant, TestDatabase};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use uuid::Uuid;

/// What the example plant can finish and cannot, as README shows it.
pub const EXAMPLE: &[u8] = include_bytes!("../../../../examples/plant.xlsx");

pub fn example() -> Problem {
    workbook::read(EXAMPLE, &workbook::ReadOptions::default()).problem.expect("the example can be planned")
}

/// A server over a plant that has the example as records; callers `planner` and `boss` (every permission), `lucia` (the role of a planner), `guest` (reads), `stranger` (every
/// permission, of another organization), `neighbour` (every permission, at another plant).
pub struct Office {
    pub test: TestDatabase,
    pub tenant: Tenant,
    pub router: axum::Router,
    pub app: App,
    /// Who carries out runs, and how to stop it.
    worker: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

pub struct Answer {
    pub status: StatusCode,
    pub etag: Option<String>,
    pub json: Value,
}

impl Answer {
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.json);
        self.json
    }

    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status.as_u16(), self.json["code"].as_str()), (status, Some(code)), "{}", self.json);
        self.json
    }
}

impl Office {
    /// With the example plant as records.
    pub async fn open() -> Office {
        let office = Office::bare().await;
        let mut tx = office.app.begin(&office.tenant.system()).await.unwrap();
        let problem = example();
        let mut new_id = testkit::new_id;
        let master = layout::master(&problem, &mut new_id);
        let of = layout::PlantOf { id: office.plant(), nth: 1, prefix: "", share: 1.0 };
        let rows = layout::plant(&problem, &master, &of, &mut new_id);
        layout::save(&mut tx, &kinds(), master.rows.into_iter().chain(rows)).await.unwrap();
        tx.commit().await.unwrap();
        office
    }

    /// With plants in which nothing is yet.
    pub async fn bare() -> Office {
        let test = TestDatabase::new().await;
        let (tenant, other) = (test.organization("Tavira", 2).await, test.organization("Other", 1).await);
        let catalogue = catalogue();
        let all: Vec<&str> = catalogue.all().map(|info| info.permission.0).collect();
        let reading: Vec<&str> = all.iter().copied().filter(|name| name.ends_with(".read")).collect();
        let role: Vec<&str> = BuiltIn::find("planner").unwrap().permissions(&catalogue).into_iter().collect();
        let (planner, boss, lucia) = (tenant.person(&all), tenant.person(&all), tenant.person(&role));
        for (person, name) in [(&planner, "planner"), (&boss, "boss"), (&lucia, "lucia")] {
            let account = "insert into users (organization_id, id, email, name) values ($1, $2, $3 || '@tavira.example', $3)";
            test.admin().await.execute(account, &[&tenant.organization, &person.user(), &name]).await.unwrap();
        }
        let tokens = Tokens::default()
            .with("lucia", lucia)
            .with("planner", planner)
            .with("boss", boss)
            .with("guest", tenant.person(&reading))
            .with("importer", tenant.person(&[&reading[..], &["planning.import.create", "planning.import.commit"]].concat()))
            .with("neighbour", tenant.person_at(tenant.plants[1], &all))
            .with("stranger", other.person(&all));
        let settings = Settings { requests_per_hour: u32::MAX, ..Settings::default() };
        let app = App::new(test.database.clone(), Arc::new(tokens.clone()), settings).with(Secrets::derived(&[7; 32]).unwrap());
        let app = equip(app.with(Outbound::new(Limits::default()).unwrap()), Arc::new(tokens.clone())).unwrap();
        let work = runs::Settings { places: 2, look: Duration::from_millis(5), ..runs::Settings::default() };
        let worker = Worker::new(test.database.clone(), app.part::<Works>().unwrap(), Arc::new(tokens), work);
        let (stop, stopped) = oneshot::channel();
        let worker = tokio::spawn(worker.keep(async { stopped.await.unwrap_or_default() }));
        Office { tenant, router: router(app.clone()), app, worker: Some((stop, worker)), test }
    }

    /// Nobody carries out runs any more. The worker ends by itself: one that is cut off may have asked for a run already.
    pub async fn rest(&mut self) {
        if let Some((stop, worker)) = self.worker.take() {
            drop(stop);
            worker.await.unwrap();
        }
    }

    pub fn plant(&self) -> Uuid {
        self.tenant.plants[0].0
    }

    pub async fn send(&self, who: &str, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}")).header("authorization", format!("Bearer {who}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let etag = head.headers.get("etag").map(|etag| etag.to_str().unwrap().to_owned());
        Answer { status: head.status, etag, json: serde_json::from_slice(&body).unwrap_or_default() }
    }

    /// A file: its media type and its bytes.
    pub async fn file(&self, who: &str, path: &str) -> (String, Vec<u8>) {
        let request = Request::builder().uri(format!("/api/v1{path}")).header("authorization", format!("Bearer {who}"));
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        let media = response.headers()["content-type"].to_str().unwrap().to_owned();
        (media, response.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        self.send(who, Method::GET, path, &[], None).await
    }

    pub async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        self.send(who, Method::POST, path, &[("if-match", "*")], Some(body)).await
    }

    /// A new scenario of the plant.
    pub async fn scenario(&self, name: &str, more: Value) -> String {
        let mut body = json!({ "name": name });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let made = self.post("planner", &format!("/plants/{}/scenarios", self.plant()), body).await.ok();
        made["id"].as_str().unwrap().to_owned()
    }

    /// The run that optimized it.
    pub async fn optimized(&self, scenario: &str) -> Value {
        let run = self.send("planner", Method::POST, &format!("/scenarios/{scenario}/optimize"), &[("prefer", "wait=20")], None).await.ok();
        assert_eq!(run["state"], "succeeded", "{run}");
        run
    }

    pub async fn summary(&self, scenario: &str) -> Value {
        self.get("planner", &format!("/scenarios/{scenario}/results?sections=summary")).await.ok()["plan"]["summary"].clone()
    }

    /// The identifier of the record of this kind whose member has this value.
    pub async fn id_of(&self, records: &str, member: &str, value: &str) -> String {
        let value = value.replace(' ', "%20");
        let list = self.get("planner", &format!("/{records}?{member}={value}&limit=1")).await.ok();
        list["items"][0]["id"].as_str().unwrap_or_else(|| panic!("no {records} with {member} {value}: {list}")).to_owned()
    }
}

pub fn near(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{found} is not {expected}");
}

pub fn solved(problem: &Problem) -> line_plan::Summary {
    let plan = line_plan::solve(problem, &Options::default(), &NoClock).unwrap();
    PlanDocument::new(problem, &plan, &Default::default()).summary
}

#[tokio::test]
async fn a_plant_as_records_has_the_plan_of_its_workbook() {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    office.get("planner", &format!("/scenarios/{scenario}/results")).await.refused(404, "no_result");
    let run = office.optimized(&scenario).await;
    assert_eq!(run["result"]["from_cache"], false);

    let expected = solved(&example());
    let summary = office.summary(&scenario).await;
    near(&summary["demand_units"], expected.demand_units);
    near(&summary["finished_units"], expected.finished_units);
    near(&summary["unmet_units"], expected.unmet_units);
    near(&summary["unmet_weight"], expected.unmet_weight);
    near(&summary["hours_available"], expected.hours_available);

    // Asked again, the same question is answered from what is known; the run says so.
    assert_eq!(office.optimized(&scenario).await["result"]["from_cache"], true);

    // Sentences come in the reader's language, lists as chosen.
    let part = format!("/scenarios/{scenario}/results?sections=unmet,explanations&language=es&area=Conformal&period=2030");
    let result = office.get("guest", &part).await.ok();
    assert!(result["plan"]["explanations"][0].as_str().unwrap().contains("unidades"), "{}", result["plan"]["explanations"]);
    assert!(result["plan"].get("lines").is_none());
    let unmet = result["plan"]["unmet"].as_array().unwrap();
    assert!(!unmet.is_empty() && unmet.iter().all(|entry| entry["area"] == "Conformal" && entry["period"] == "2030"), "{unmet:?}");
    assert!(result["records"]["lines"]["CC-01"].is_string());
    office.get("guest", &format!("/scenarios/{scenario}/results?sections=secrets")).await.refused(400, "bad_parameter");

    // As files, for whoever may take something away.
    let export = format!("/reports/export?scenario={scenario}");
    let xlsx = office.file("planner", &export).await;
    assert!(xlsx.0.starts_with("application/vnd.openxmlformats") && xlsx.1.starts_with(b"PK"), "{}", xlsx.0);
    let csv = String::from_utf8(office.file("planner", &format!("{export}&format=csv")).await.1).unwrap();
    assert!(csv.starts_with("plant,area,line,model,step,period,units,hours\r\n") && csv.contains(",Conformal,CC-01,"), "{csv}");
    let whole = office.get("planner", &format!("{export}&format=json&language=de")).await.ok();
    assert_eq!((&whole["schema"], &whole["language"]), (&json!("gemba.plan-result/1"), &json!("de")));
    let slides = office.file("planner", &format!("{export}&format=pptx&language=de")).await;
    assert!(slides.0.ends_with("presentationml.presentation") && slides.1.starts_with(b"PK"), "{}", slides.0);
    office.get("guest", &export).await.refused(403, "permission_missing");
    office.get("stranger", &export).await.refused(404, "not_found");
    office.get("planner", "/reports/export?format=doc").await.refused(400, "bad_parameter");

    // The plant's pages show it.
    let matrix = office.get("guest", &format!("/plants/{}/utilization", office.plant())).await.ok();
    assert_eq!((matrix["lines"].as_array().unwrap().len(), matrix["periods"].as_array().unwrap().len()), (32, 5));
    let page = office.get("guest", &format!("/plants/{}/dashboard?language=de", office.plant())).await.ok();
    assert_eq!(page["scenario"], "Plan");
    assert!(page["gains"][0]["explanation"].as_str().unwrap().contains("freizugeben"), "{}", page["gains"][0]);
}

#[tokio::test]
async fn a_clone_keeps_only_what_differs_and_stays_when_its_base_changes() {
    let office = Office::open().await;
    let base = office.scenario("Plan", json!({})).await;
    let clone = office.post("planner", &format!("/scenarios/{base}/clone"), json!({ "name": "Six days" })).await.ok();
    assert_eq!((&clone["base_id"], &clone["base_version"], &clone["line_changes"]), (&json!(base), &json!(1), &json!([])));
    let id = clone["id"].as_str().unwrap();
    let days = json!({ "operating_days": [{ "days_per_year": 288 }], "message": "Saturdays" });
    office.send("planner", Method::PATCH, &format!("/scenarios/{id}"), &[("if-match", "\"1\"")], Some(days)).await.ok();
    office.optimized(id).await;

    let mut problem = example();
    for line in &mut problem.lines {
        line.operating_days.fill(288.0);
    }
    let expected = solved(&problem);
    near(&office.summary(id).await["finished_units"], expected.finished_units);

    // The base learns something later: the clone is of the version that it was cloned from.
    let grown = json!({ "demand_changes": [{ "relative_pct": "150" }] });
    office.send("planner", Method::PATCH, &format!("/scenarios/{base}"), &[("if-match", "*")], Some(grown)).await.ok();
    office.optimized(&base).await;
    near(&office.summary(&base).await["demand_units"], 1.5 * expected.demand_units);
    office.optimized(id).await;
    near(&office.summary(id).await["demand_units"], expected.demand_units);

    // Its versions say what was changed when, and can be had again.
    let versions = office.get("guest", &format!("/scenarios/{id}/versions")).await.ok();
    assert_eq!(versions["items"][0]["message"], "Saturdays");
    let restored = office.post("planner", &format!("/scenarios/{id}/versions/1/restore"), json!({})).await.ok();
    assert_eq!((&restored["operating_days"], &restored["message"]), (&json!([]), &json!("Version 1 restored")));
    // There is none before the first and none after the present one.
    for number in [0, 99, i64::MAX] {
        office.get("guest", &format!("/scenarios/{id}/versions/{number}")).await.refused(404, "not_found");
        office.post("planner", &format!("/scenarios/{id}/versions/{number}/restore"), json!({})).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn every_kind_of_change_reaches_the_optimizer() {
    let office = Office::open().await;
    let ids = async |records: &'static str, member: &'static str, value: &'static str| office.id_of(records, member, value).await;
    let (cc1, cc3) = (ids("lines", "name", "CC-01").await, ids("lines", "name", "CC-03").await);
    let (zonal, coating) = (ids("items", "name", "Zonal Controller").await, ids("areas", "name", "Conformal").await);
    let ask = async |changes: Value| {
        let scenario = office.scenario(&testkit::new_id().to_string(), changes).await;
        office.optimized(&scenario).await;
        office.get("planner", &format!("/scenarios/{scenario}/results")).await.ok()
    };
    let plain = ask(json!({})).await;
    let hours = |result: &Value, line: &str, period: &str| {
        let lines = result["plan"]["lines"].as_array().unwrap();
        let found = lines.iter().find(|entry| entry["line"] == line && entry["period"] == period);
        found.and_then(|entry| entry["hours_available"].as_f64()).unwrap_or(0.0)
    };
    let finished = |result: &Value| result["plan"]["summary"]["finished_units"].as_f64().unwrap();
    let wanted = |result: &Value| result["plan"]["summary"]["demand_units"].as_f64().unwrap();

    // An approval of a line by a customer: worth what the plan said it would be.
    let gain = &plain["plan"]["gains"].as_array().unwrap().iter().find(|gain| gain["model"] == "Zonal Controller").unwrap()["units"];
    let approved = ask(json!({ "new_capabilities": [{ "line_id": cc3, "item_id": zonal }] })).await;
    assert!(finished(&approved) > finished(&plain) + 0.5 * gain.as_f64().unwrap(), "{} against {}", finished(&approved), finished(&plain));

    // Hours of a line: from a period on, and closed in one.
    let longer = json!({ "line_changes": [{ "line_id": cc1, "from_period": "2029", "more_hours_per_day": "2" },
        { "line_id": cc1, "from_period": "2026", "to_period": "2026", "closed": true }] });
    let longer = ask(longer).await;
    near(&json!(hours(&longer, "CC-01", "2029")), hours(&plain, "CC-01", "2029") + 2.0 * 240.0);
    near(&json!(hours(&longer, "CC-01", "2028")), hours(&plain, "CC-01", "2028"));
    near(&json!(hours(&longer, "CC-01", "2026")), 0.0);

    // A new line like another one, from 2028.
    let another = ask(json!({ "new_lines": [{ "name": "CC-04", "area_id": coating, "like_line_id": cc1, "from_period": "2028" }] })).await;
    near(&json!(hours(&another, "CC-04", "2028")), hours(&plain, "CC-01", "2028"));
    near(&json!(hours(&another, "CC-04", "2027")), 0.0);
    assert!(finished(&another) > finished(&plain));

    // Demand of an item set, of everything scaled.
    let set = ask(json!({ "demand_changes": [{ "item_id": zonal, "from_period": "2030", "to_period": "2030", "units": "0" }] })).await;
    let lost: f64 = example()
        .demand
        .iter()
        .filter(|one| example().models[one.model].name == "Zonal Controller" && one.period == 4)
        .map(|one| one.units)
        .sum();
    near(&json!(wanted(&plain) - wanted(&set)), lost);
    near(&json!(wanted(&ask(json!({ "demand_changes": [{ "relative_pct": "110" }] })).await)), 1.1 * wanted(&plain));

    // What makes no sense is refused where it stands.
    let wrong = json!({ "name": "Wrong", "demand_changes": [{ "units": "5" }, {}], "new_lines": [{ "name": "CC-05", "area_id": coating }],
        "line_changes": [{ "line_id": cc1, "from_period": "2027-13" }, { "line_id": cc1, "from_period": "2030", "to_period": "2029-12", "closed": true }], "new_capabilities": [{ "new_line": "CC-09", "item_id": zonal }] });
    let refused = office.post("planner", &format!("/plants/{}/scenarios", office.plant()), wrong).await.refused(422, "invalid");
    let pointers: Vec<&str> = refused["errors"].as_array().unwrap().iter().filter_map(|error| error["pointer"].as_str()).collect();
    for pointer in [
        "/demand_changes/0/item_id",
        "/demand_changes/1/relative_pct",
        "/new_lines/0/available_s_per_day",
        "/line_changes/0/from_period",
        "/line_changes/1/to_period",
        "/new_capabilities/0/new_line",
    ] {
        assert!(pointers.contains(&pointer), "{pointer} is not in {pointers:?}");
    }
}

#[tokio::test]
async fn what_if_answers_and_keeps_nothing() {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    let (cc1, before) = (office.id_of("lines", "name", "CC-01").await, office.get("planner", "/scenarios").await.ok());
    let changes = json!({ "changes": { "line_changes": [{ "line_id": cc1, "days_per_year": 330 }] } });
    let answer = office.post("planner", &format!("/scenarios/{scenario}/what-if?language=de"), changes).await.ok();
    let figure = |name: &str| {
        let figures = answer["comparison"]["outputs"]["summary"].as_array().unwrap();
        let found = figures.iter().find(|figure| figure["name"] == name).unwrap();
        (found["before"].as_f64().unwrap(), found["after"].as_f64().unwrap())
    };
    let (unmet_before, unmet_after) = figure("unmet_units");
    assert!(unmet_after < unmet_before);
    near(&answer["plan"]["summary"]["unmet_units"], unmet_after);
    assert_eq!(answer["comparison"]["causes"][0]["kind"], "line_hours");
    near(&answer["comparison"]["causes"][0]["unmet_units"], unmet_after - unmet_before);
    assert_eq!(answer["comparison"]["inputs"]["lines"].as_array().unwrap().len(), 5);
    assert_eq!(office.get("planner", "/scenarios").await.ok(), before);
    for other in ["name", "plant_id", "base_id", "line_changes"] {
        let strange = json!({ "changes": { other: "something" } });
        let refused = office.post("planner", &format!("/scenarios/{scenario}/what-if"), strange).await.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["pointer"], format!("/changes/{other}"), "{refused}");
    }
    let wrong = json!({ "changes": { "line_changes": [{ "line_id": testkit::new_id() }] } });
    office.post("planner", &format!("/scenarios/{scenario}/what-if"), wrong).await.refused(422, "invalid");
    office.post("guest", &format!("/scenarios/{scenario}/what-if"), json!({ "changes": {} })).await.refused(403, "permission_missing");
}

#[tokio::test]
async fn scenarios_are_compared_with_what_caused_what() {
    let office = Office::open().await;
    let (plan, coating) = (office.scenario("Plan", json!({})).await, office.id_of("lines", "name", "CC-01").await);
    let changes = json!({ "line_changes": [{ "line_id": coating, "more_hours_per_day": "2" }], "demand_changes": [{ "relative_pct": "95" }],
        "parameters": { "weight": "units" } });
    let other = office.scenario("Other", changes).await;
    office.get("guest", &format!("/scenarios/compare?ids={plan},{other}")).await.refused(404, "no_result");
    office.optimized(&plan).await;
    office.optimized(&other).await;
    let compared = office.get("guest", &format!("/scenarios/compare?ids={plan},{other}@1")).await.ok();
    let comparison = &compared[1]["comparison"];
    assert!(compared[0].get("comparison").is_none());
    let kinds: std::collections::BTreeSet<&str> =
        comparison["causes"].as_array().unwrap().iter().filter_map(|cause| cause["kind"].as_str()).collect();
    assert_eq!(kinds, ["demand", "line_hours", "options"].into());
    let causes = comparison["causes"].as_array().unwrap();
    let differences =
        |kind: &str| causes.iter().filter(|cause| cause["kind"] == kind).filter_map(|cause| cause["differences"].as_u64()).sum();
    let changed: std::collections::BTreeSet<&str> =
        comparison["inputs"]["demand"].as_array().unwrap().iter().filter_map(|demand| demand["model"].as_str()).collect();
    assert_eq!((differences("demand"), differences("line_hours")), (changed.len() as u64, 1), "no difference is left without its cause");
    assert!(causes.iter().any(|cause| cause["kind"] == "demand" && cause["unmet_units"].as_f64().is_some_and(|units| units < 0.0)));
    assert_eq!(comparison["inputs"]["options"][0]["option"], "weight");
    assert!(comparison["outputs"]["areas"].as_array().unwrap().iter().any(|area| area["area"] == "Conformal"));
    office.get("guest", &format!("/scenarios/compare?ids={plan}")).await.refused(400, "bad_parameter");
    office.get("stranger", &format!("/scenarios/compare?ids={plan},{other}")).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_scenario_goes_from_draft_to_approved_and_nobody_changes_it_meanwhile() {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    let path = |verb: &str| format!("/scenarios/{scenario}/{verb}");
    office.post("boss", &path("approve"), json!({})).await.refused(409, "scenario_not_submitted");
    let submitted = office.send("planner", Method::POST, &path("submit"), &[("if-match", "\"1\"")], None).await;
    assert_eq!(submitted.etag.as_deref(), Some("\"2\""));
    assert_eq!(submitted.ok()["status"], "submitted");
    office.send("planner", Method::POST, &path("submit"), &[("if-match", "\"1\"")], None).await.refused(412, "stale");
    let changed = Some(json!({ "name": "Otherwise" }));
    office
        .send("planner", Method::PATCH, &format!("/scenarios/{scenario}"), &[("if-match", "*")], changed.clone())
        .await
        .refused(409, "scenario_not_draft");
    office.post("boss", &path("send-back"), json!({})).await.refused(422, "invalid");
    office.post("guest", &path("approve"), json!({})).await.refused(403, "permission_missing");
    let back = office.post("boss", &path("send-back"), json!({ "note": "Coating is missing" })).await.ok();
    assert_eq!(back["status"], "draft");
    office.send("planner", Method::PATCH, &format!("/scenarios/{scenario}"), &[("if-match", "*")], changed).await.ok();

    // Four eyes, where the organization demands them.
    let rules = "update organizations set settings = settings || '{\"planning\": {\"four_eyes\": true}}' where organization_id = $1";
    office.test.admin().await.execute(rules, &[&office.tenant.organization]).await.unwrap();
    office.post("planner", &path("submit"), json!({})).await.ok();
    office.post("planner", &path("approve"), json!({})).await.refused(409, "four_eyes");
    assert_eq!(office.post("boss", &path("approve"), json!({ "note": "Agreed" })).await.ok()["status"], "approved");
    let record = office.get("guest", &format!("/scenarios/{scenario}")).await.ok();
    assert_eq!((&record["status"], &record["decision"]), (&json!("approved"), &json!("Agreed")));

    // The trail has every step.
    let trail = office.get("planner", "/audit/events?limit=200").await.ok();
    let actions: Vec<&str> = trail["items"].as_array().unwrap().iter().filter_map(|event| event["action"].as_str()).collect();
    for action in ["scenario.created", "scenario.submitted", "scenario.sent_back", "scenario.approved"] {
        assert!(actions.contains(&action), "{action} is not in {actions:?}");
    }
    // Asked for as docs/planning.md does, by record and by days; what is no filter is refused instead of showing everything.
    office.scenario("Another", json!({})).await;
    let (plant, of_it) = (office.plant(), office.get("planner", &format!("/audit/events?kind=scenario&record={scenario}")).await.ok());
    assert!(of_it["items"].as_array().unwrap().iter().all(|event| event["record_id"] == json!(scenario)), "{of_it}");
    let days = |from: &str, to: &str| format!("/audit/logs?plant={plant}&from={from}&to={to}&limit=1");
    assert_eq!(office.get("planner", &days("2000-01-01", "9999-01-01")).await.ok()["items"].as_array().unwrap().len(), 1);
    assert_eq!(office.get("planner", &days("2000-01-01", "2000-01-02")).await.ok()["items"], json!([]));
    office.get("planner", &days("yesterday", "2000-01-02")).await.refused(400, "bad_parameter");
    office.get("planner", &format!("/audit/events?record_id={scenario}")).await.refused(400, "bad_parameter");
}

#[tokio::test]
async fn plans_stay_behind_their_walls_and_impossible_ones_are_told_at_once() {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    office.optimized(&scenario).await;
    for path in ["", "/results", "/versions", "/versions/1"] {
        office.get("stranger", &format!("/scenarios/{scenario}{path}")).await.refused(404, "not_found");
        office.get("neighbour", &format!("/scenarios/{scenario}{path}")).await.refused(404, "not_found");
    }
    for path in ["scenarios", "lines", "models", "utilization", "dashboard"] {
        office.get("stranger", &format!("/plants/{}/{path}", office.plant())).await.refused(404, "not_found");
        office.get("neighbour", &format!("/plants/{}/{path}", office.plant())).await.refused(404, "not_found");
    }
    office.post("guest", &format!("/scenarios/{scenario}/optimize"), json!({})).await.refused(403, "permission_missing");

    // A plant without demand, an archived scenario, a period of another kind.
    let empty = office.post("planner", "/scenarios", json!({ "plant_id": office.tenant.plants[1], "name": "Empty" })).await.ok();
    let empty = empty["id"].as_str().unwrap();
    let refused = office.post("planner", &format!("/scenarios/{empty}/optimize"), json!({})).await.refused(422, "cannot_be_planned");
    assert_eq!(refused["errors"][0]["code"], "no_demand");
    let months = json!({ "demand_changes": [], "parameters": { "from_period": "2031-01" } });
    let late = office.scenario("Late", months).await;
    office.post("planner", &format!("/scenarios/{late}/optimize"), json!({})).await.refused(422, "cannot_be_planned");
    office.send("planner", Method::DELETE, &format!("/scenarios/{late}"), &[("if-match", "*")], None).await.ok();
    office.post("planner", &format!("/scenarios/{late}/optimize"), json!({})).await.refused(409, "archived");
}

#[tokio::test]
async fn the_plants_own_addresses_are_those_of_its_records() {
    let office = Office::open().await;
    let lines = office.get("guest", &format!("/plants/{}/lines?limit=500&fields=name", office.plant())).await.ok();
    assert_eq!(lines["items"].as_array().unwrap().len(), 32);
    let models = office.get("guest", &format!("/plants/{}/models", office.plant())).await.ok();
    assert_eq!(models.as_array().unwrap().len(), 36);
    let area = office.id_of("areas", "name", "SMT").await;
    let made =
        office.post("planner", &format!("/plants/{}/lines", office.plant()), json!({ "name": "SMT-99", "area_id": area })).await.ok();
    let line = made["id"].as_str().unwrap();
    let other = format!("/plants/{}/lines/{line}", office.tenant.plants[1]);
    let body = json!({ "name": "SMT-98", "area_id": area, "available_s_per_day": 72_000 });
    office.send("planner", Method::PUT, &other, &[("if-match", "*")], Some(body.clone())).await.refused(404, "not_found");
    let own = format!("/plants/{}/lines/{line}", office.plant());
    let replaced = office.send("planner", Method::PUT, &own, &[("if-match", "\"1\"")], Some(body)).await.ok();
    assert_eq!((&replaced["name"], &replaced["available_s_per_day"]), (&json!("SMT-98"), &json!(72_000)));
}

#[tokio::test]
async fn a_lost_race_shows_what_goes_together() {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({ "operating_days": [{ "days_per_year": 240 }] })).await;
    let path = format!("/scenarios/{scenario}");
    let (cc1, cc2) = (office.id_of("lines", "name", "CC-01").await, office.id_of("lines", "name", "CC-02").await);
    let theirs = json!({ "operating_days": [{ "days_per_year": 288 }], "line_changes": [{ "line_id": cc1, "closed": true }] });
    office.send("boss", Method::PATCH, &path, &[("if-match", "\"1\"")], Some(theirs)).await.ok();
    let mine = json!({ "operating_days": [{ "days_per_year": 250 }], "line_changes": [{ "line_id": cc2, "closed": true }] });
    office.send("planner", Method::PATCH, &path, &[("if-match", "\"1\"")], Some(mine.clone())).await.refused(412, "stale");
    let merged = office.post("planner", &format!("{path}/merge"), json!({ "base": 1, "mine": mine })).await.ok();
    assert_eq!((&merged["theirs"], &merged["conflicts"]), (&json!(2), &json!(1)), "{merged}");
    let conflict = merged["differences"].as_array().unwrap().iter().find(|one| one["from"] == "conflict").unwrap();
    let days = |side: &str| conflict[side]["days_per_year"].clone();
    assert_eq!((days("base"), days("theirs"), days("mine")), (json!(240), json!(288), json!(250)));
    let saved = office.send("planner", Method::PATCH, &path, &[("if-match", "\"2\"")], Some(merged["merged"].clone())).await.ok();
    assert_eq!((saved["line_changes"].as_array().unwrap().len(), &saved["operating_days"][0]["days_per_year"]), (2, &json!(288)));
    // What is no list is not taken for an empty one, which would take all changes away.
    for strange in [json!({ "name": "Other" }), json!({ "line_changes": "none" }), json!({ "parameters": 7 })] {
        office.post("planner", &format!("{path}/merge"), json!({ "base": 1, "mine": strange })).await.refused(422, "invalid");
    }
    office.post("planner", &format!("{path}/merge"), json!({ "base": 0, "mine": {} })).await.refused(404, "not_found");
    office.post("stranger", &format!("{path}/merge"), json!({ "base": 1, "mine": {} })).await.refused(404, "not_found");
}
