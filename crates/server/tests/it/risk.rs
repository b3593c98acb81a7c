//! Studies of risk over HTTP: asked as a run, kept once, read by page and as a file, behind the walls.

use std::time::Duration;

use http::Method;
use line_plan::risk::{self, Distribution, Members, Quantity, Question, Quiet, Together, Uncertain};
use serde_json::{Value, json};

use crate::planning::{Office, near};

/// A study of 60 samples in which only volumes vary, and what else is said.
fn volumes(more: Value) -> Value {
    let mut asked = json!({ "samples": 60, "seed": 7, "inputs": [
        { "quantity": "volume", "distribution": { "kind": "uniform", "low_pct": -10, "high_pct": 10 }, "correlation": 0.5, "persistence": 1 } ] });
    asked.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    asked
}

impl Office {
    /// The run that studied it.
    async fn studied(&self, scenario: &str, asked: Value) -> Value {
        let path = format!("/scenarios/{scenario}/risk");
        let run = self.send("planner", Method::POST, &path, &[("prefer", "wait=20")], Some(asked)).await.ok();
        let id = run["id"].as_str().unwrap().to_owned();
        let mut run = run;
        while !["succeeded", "failed", "cancelled"].contains(&run["state"].as_str().unwrap()) {
            run = self.send("planner", Method::GET, &format!("/runs/{id}"), &[("prefer", "wait=20")], None).await.ok();
        }
        run
    }
}

#[tokio::test]
async fn a_study_is_what_the_engine_says_of_the_plants_records() {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    let path = format!("/scenarios/{scenario}/risk");
    office.get("planner", &path).await.refused(404, "no_risk_study");
    assert_eq!(office.get("planner", &format!("{path}?if_any=true")).await.status, 204);
    let run = office.studied(&scenario, volumes(json!({}))).await;
    assert_eq!((&run["state"], &run["result"]["from_cache"]), (&json!("succeeded"), &json!(false)), "{run}");

    // The engine, asked about the question that the optimizer was asked.
    let problem = crate::planning::example();
    let all = Uncertain {
        quantity: Quantity::Volume,
        members: Members::Models((0..problem.models.len()).collect()),
        distribution: Distribution::Uniform { low: 0.9, high: 1.1 },
        together: Together::Family,
        correlation: 0.5,
        persistence: 1.0,
        bars: Together::Family,
    };
    let question = Question { inputs: vec![all], samples: 60, seed: 7, tolerance: 0.001, targets: vec![0.85; problem.areas.len()] };
    let expected = risk::study(&problem, &line_plan::Options::default(), &question, 1, &Quiet).unwrap();
    let study = office.get("guest", &format!("{path}?language=en")).await.ok();
    near(&study["short"]["pct"], 100.0 * expected.short.share);
    near(&study["unmet_units"]["mean"], expected.unmet_units.mean);
    near(&study["unmet_weight"]["cvar95"], expected.unmet_weight.cvar95);
    near(&study["planned"]["unmet_units"], expected.planned.unmet_units);
    assert_eq!((&study["samples"], &study["seed"], &study["scenario_version"]), (&json!(60), &json!(7), &json!(1)));
    assert_eq!(study["tornado"].as_array().unwrap().len(), expected.bars.len());
    assert_eq!(study["tornado"][0]["name"], expected.bars[0].driver.name);
    assert!(study["question_hash"].as_str().unwrap().len() == 64 && study["verification"]["samples"] == 1);

    // Sentences in the reader's language, and what moves a line.
    let german = office.get("guest", &format!("{path}?language=de")).await.ok();
    let sentences =
        |study: &Value| study["explanations"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert!(sentences(&study).iter().any(|one| one.contains("what moves it most is the volume of")), "{:?}", sentences(&study));
    assert!(sentences(&german).iter().any(|one| one.contains("am meisten bewegt sie das Volumen")), "{:?}", sentences(&german));

    // Rows: filtered, page by page, as CSV.
    let rows = office.get("guest", &format!("{path}/rows?of=line&period=2030&area=Conformal")).await.ok();
    let names: Vec<&str> = rows["items"].as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect();
    assert_eq!(names, ["CC-01", "CC-02", "CC-03"]);
    let risk_of = |of: risk::Of, name: &str, period: Option<&str>| {
        let found = expected.things.iter().find(|thing| thing.of == of && thing.name == name && thing.period.as_deref() == period);
        found.unwrap_or_else(|| panic!("no {name}")).clone()
    };
    near(&rows["items"][0]["short_pct"], 100.0 * risk_of(risk::Of::Line, "CC-01", Some("2030")).short.share);
    near(&rows["items"][0]["utilization_p50_pct"], 100.0 * risk_of(risk::Of::Line, "CC-01", Some("2030")).utilization.unwrap().p50);
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = office.get("guest", &format!("{path}/rows?of=line&period=all&limit=10{cursor}")).await.ok();
        seen.extend(page["items"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen.len(), 32);
    assert!(seen.iter().collect::<std::collections::BTreeSet<_>>().len() == 32, "no line comes twice");
    office.get("guest", &format!("{path}/rows?cursor=bm9uc2Vuc2U")).await.refused(400, "bad_cursor");
    office.get("guest", &format!("{path}/rows?of=plants")).await.refused(400, "bad_parameter");
    let (media, csv) = office.file("planner", &format!("{path}/export")).await;
    let csv = String::from_utf8(csv).unwrap();
    assert!(media.starts_with("text/csv") && csv.starts_with("of,name,area,period,short_pct,"), "{csv:.200}");
    assert!(csv.contains("\r\nline,CC-01,Conformal,2030,") && csv.lines().count() == 1 + expected.things.len());
    let (_, tornado) = office.file("planner", &format!("{path}/export?part=tornado")).await;
    assert!(String::from_utf8(tornado).unwrap().contains(",low.unmet_units,"));
    office.get("guest", &format!("{path}/export")).await.refused(403, "permission_missing");

    // An equal question is answered from what is known; another seed is another question.
    let again = office.studied(&scenario, volumes(json!({}))).await;
    assert_eq!(again["result"]["from_cache"], true);
    let other = office.studied(&scenario, volumes(json!({ "seed": 8 }))).await;
    assert_eq!(other["result"]["from_cache"], false);
    let studies = office.get("guest", &format!("{path}/studies?limit=2")).await.ok();
    assert_eq!((studies["items"].as_array().unwrap().len(), &studies["items"][0]["summary"]["seed"]), (2, &json!(8)));
    let rest = office.get("guest", &format!("{path}/studies?limit=2&cursor={}", studies["next_cursor"].as_str().unwrap())).await.ok();
    let first = rest["items"][0]["id"].as_str().unwrap();
    assert_eq!(office.get("guest", &format!("{path}?study={first}")).await.ok()["seed"], 7);

    // The trail knows who studied and who took it away.
    let trail = office.get("planner", "/audit/events?limit=200").await.ok();
    let actions: Vec<&str> = trail["items"].as_array().unwrap().iter().filter_map(|event| event["action"].as_str()).collect();
    assert!(actions.contains(&"scenario_risk.created") && actions.contains(&"scenario.exported"), "{actions:?}");
}

#[tokio::test]
async fn what_is_wrong_with_what_is_asked_is_told_at_once_with_its_pointer() {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    let path = format!("/scenarios/{scenario}/risk");
    let cases = [
        (json!({ "samples": 5 }), "/samples", "out_of_range"),
        (json!({ "samples": "many" }), "/samples", "unreadable"),
        (json!({ "seed": -1 }), "/seed", "out_of_range"),
        (json!({ "tolerance_pct": 120 }), "/tolerance_pct", "out_of_range"),
        (json!({ "target_utilization_pct": 0 }), "/target_utilization_pct", "out_of_range"),
        (json!({ "area_targets": [{ "area": "Moulding", "target_utilization_pct": 90 }] }), "/area_targets/0/area", "unknown_area"),
        (
            json!({ "inputs": [{ "quantity": "weather", "distribution": { "kind": "uniform", "low_pct": 0, "high_pct": 1 } }] }),
            "/inputs/0/quantity",
            "unreadable",
        ),
        (
            input(json!({ "kind": "uniform", "low_pct": 10, "high_pct": -10 }), json!({})),
            "/inputs/0/distribution/low_pct",
            "low_above_high",
        ),
        (input(json!({ "kind": "uniform", "low_pct": -110, "high_pct": 0 }), json!({})), "/inputs/0/distribution", "below_zero"),
        (
            input(json!({ "kind": "pert", "low_pct": -10, "mode_pct": 20, "high_pct": 10 }), json!({})),
            "/inputs/0/distribution/mode_pct",
            "mode_outside",
        ),
        (input(json!({ "kind": "normal", "sd_pct": -1 }), json!({})), "/inputs/0/distribution/sd_pct", "negative"),
        (input(json!({ "kind": "discrete", "values": [] }), json!({})), "/inputs/0/distribution/values", "no_values"),
        (input(json!({ "kind": "empirical", "values_pct": [] }), json!({})), "/inputs/0/distribution/values_pct", "no_values"),
        (input(json!({ "kind": "breakdowns", "mtbf_h": 100, "mttr_h": 2 }), json!({})), "/inputs/0/distribution", "only_availability"),
        (
            input(json!({ "kind": "breakdowns", "mtbf_h": 0, "mttr_h": 2 }), json!({ "quantity": "availability" })),
            "/inputs/0/distribution/mtbf_h",
            "not_positive",
        ),
        (
            input(json!({ "kind": "uniform", "low_pct": 0, "high_pct": 5 }), json!({ "quantity": "availability" })),
            "/inputs/0/distribution",
            "above_one",
        ),
        (
            input(json!({ "kind": "uniform", "low_pct": 0, "high_pct": 5 }), json!({ "of": { "families": ["Nobody"] } })),
            "/inputs/0/of/families/0",
            "unknown_family",
        ),
        (
            input(json!({ "kind": "uniform", "low_pct": 0, "high_pct": 5 }), json!({ "of": { "lines": ["CC-01"] } })),
            "/inputs/0/of",
            "wrong_members",
        ),
        (
            input(json!({ "kind": "uniform", "low_pct": 0, "high_pct": 5 }), json!({ "together": "area" })),
            "/inputs/0/together",
            "wrong_group",
        ),
        (
            input(json!({ "kind": "uniform", "low_pct": 0, "high_pct": 5 }), json!({ "correlation": 2 })),
            "/inputs/0/correlation",
            "out_of_range",
        ),
    ];
    for (asked, pointer, code) in cases {
        let refused = office.post("planner", &path, asked.clone()).await.refused(422, "invalid");
        let told = refused["errors"].as_array().unwrap().iter().any(|error| error["pointer"] == pointer && error["code"] == code);
        assert!(told, "{pointer} {code} for {asked}: {}", refused["errors"]);
    }
    // Nothing was queued for any of it.
    assert_eq!(office.get("planner", "/runs").await.ok()["items"].as_array().unwrap().len(), 0);
}

/// One input with this distribution, of volumes unless said otherwise.
fn input(distribution: Value, more: Value) -> Value {
    let mut one = json!({ "quantity": "volume", "distribution": distribution });
    one.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    json!({ "samples": 20, "inputs": [one] })
}

#[tokio::test]
async fn studies_stay_behind_their_walls_and_need_their_rights() {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    let path = format!("/scenarios/{scenario}/risk");
    office.studied(&scenario, volumes(json!({}))).await;
    for who in ["stranger", "neighbour"] {
        office.post(who, &path, volumes(json!({}))).await.refused(404, "not_found");
        for below in ["", "/rows", "/studies", "/export"] {
            office.get(who, &format!("{path}{below}")).await.refused(404, "not_found");
        }
    }
    office.post("guest", &path, volumes(json!({}))).await.refused(403, "permission_missing");
    // A right is asked for before a body is looked at.
    office.post("guest", &path, json!({ "samples": "many" })).await.refused(403, "permission_missing");
    // A study of another scenario is none of this one.
    let other = office.scenario("Other", json!({})).await;
    let study = office.get("planner", &path).await.ok()["id"].as_str().unwrap().to_owned();
    office.get("planner", &format!("/scenarios/{other}/risk?study={study}")).await.refused(404, "no_risk_study");
    office.get("planner", &format!("{path}?version=2")).await.refused(404, "no_risk_study");
    // What cannot be planned cannot be studied; what is archived is not.
    let late = office.scenario("Late", json!({ "parameters": { "from_period": "2031-01" } })).await;
    office.post("planner", &format!("/scenarios/{late}/risk"), volumes(json!({}))).await.refused(422, "cannot_be_planned");
    office.send("planner", Method::DELETE, &format!("/scenarios/{late}"), &[("if-match", "*")], None).await.ok();
    office.post("planner", &format!("/scenarios/{late}/risk"), volumes(json!({}))).await.refused(409, "archived");
}

#[tokio::test]
async fn a_cancelled_study_stops_and_leaves_nothing_behind() {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    let path = format!("/scenarios/{scenario}/risk");
    let run = office.post("planner", &path, volumes(json!({ "samples": 100_000 }))).await;
    assert_eq!(run.status, 202);
    let run = format!("/runs/{}", run.json["id"].as_str().unwrap());
    // It tells how far it is, in samples.
    let said = loop {
        let seen = office.get("planner", &run).await.ok();
        assert!(seen["state"] == "queued" || seen["state"] == "running", "{seen}");
        match seen["progress_text"].as_str() {
            Some(said) if said.contains(" of 100000 samples, demand short in ") => break seen["progress"].as_f64().unwrap(),
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    assert!(said > 0.0 && said < 1.0);
    office.post("planner", &format!("{run}/cancel"), json!({})).await.ok();
    let ended = loop {
        let seen = office.send("planner", Method::GET, &run, &[("prefer", "wait=20")], None).await.ok();
        if seen["state"] != "running" && seen["state"] != "queued" {
            break seen;
        }
    };
    assert_eq!(ended["state"], "cancelled", "{ended}");
    office.get("planner", &path).await.refused(404, "no_risk_study");
    let left = office.test.admin().await.query_one("select count(*) from risk_answers", &[]).await.unwrap();
    assert_eq!(left.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn the_usual_inputs_are_studied_where_none_are_named() {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    office.studied(&scenario, json!({ "samples": 20 })).await;
    let study = office.get("guest", &format!("/scenarios/{scenario}/risk")).await.ok();
    let quantities: Vec<&str> = study["inputs"].as_array().unwrap().iter().filter_map(|input| input["quantity"].as_str()).collect();
    assert_eq!(quantities, ["volume", "efficiency", "availability"]);
    assert!(study["tornado"].as_array().unwrap().iter().any(|bar| bar["quantity"] == "availability" && bar["kind"] == "line"));
}
