//! Key figures over HTTP: a shift by hand, told apart in every way, beside the plan, and where its time went.

use production::states::State;
use serde_json::{Value, json};

use super::states::{Shop, at};

fn near(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap_or_else(|| panic!("{found} is no number"));
    assert!((found - expected).abs() < 1e-6 * expected.abs().max(1.0), "{found} is not {expected}");
}

/// Early shift, 06:00 to 14:00, of which 09:45 to 10:15 rests: 30 min setup, 12 min failure, 3 min micro-stop, 20 min meeting (planned), the rest runs.
async fn a_shift() -> Shop {
    let shop = Shop::open().await;
    shop.set(State::Setup, "06:00").await;
    shop.set(State::Running, "06:30").await;
    let failure = shop.set(State::Stopped, "08:00").await;
    shop.set(State::Running, "08:12").await;
    shop.set(State::Stopped, "09:00").await;
    shop.set(State::Running, "09:03").await;
    shop.set(State::Idle, "09:45").await;
    shop.set(State::Running, "10:15").await;
    let meeting = shop.set(State::Stopped, "11:00").await;
    shop.set(State::Running, "11:20").await;
    shop.set(State::Idle, "14:00").await;
    shop.explain(failure, shop.fault).await;
    shop.explain(meeting, shop.meeting).await;
    shop.count("09:30", 200, 6, 4).await;
    shop.count("13:59", 180, 10, 0).await;
    shop
}

#[tokio::test]
async fn a_shift_by_hand() {
    let shop = a_shift().await;
    let path = format!("/lines/{}/kpis?from={}&to={}&by=shift", shop.line, at("06:00"), at("14:00"));
    let kpis = shop.office.get("planner", &path).await.ok();
    let (total, times) = (&kpis["total"], &kpis["total"]["times"]);
    let min = |minutes: f64| minutes * 60.0;
    // 480 min: 30 rest and 20 meeting are planned; 430 busy.
    near(&times["planned_operation_s"], min(480.0));
    near(&times["planned_down_s"], min(50.0));
    near(&times["planned_busy_s"], min(430.0));
    near(&times["setup_s"], min(30.0));
    near(&times["failure_s"], min(12.0));
    near(&times["delay_s"], min(3.0));
    near(&times["micro_stop_s"], min(3.0));
    near(&times["production_s"], min(385.0));
    assert_eq!((&times["stops"], &times["micro_stops"], &times["failures"]), (&json!(2), &json!(1), &json!(1)));
    let figures = &total["figures"];
    near(&figures["availability_pct"], 38_500.0 / 430.0);
    near(&figures["quality_pct"], 38_000.0 / 400.0);
    near(&figures["scrap_pct"], 4.0);
    near(&figures["rework_pct"], 1.0);
    near(&figures["mttr_s"], min(12.0));
    near(&figures["mtbf_s"], min(415.0));
    near(&figures["setup_pct"], 3_000.0 / 415.0);
    let (a, e, q) = (&figures["availability_pct"], &figures["effectiveness_pct"], &figures["quality_pct"]);
    let product = [a, e, q].iter().map(|pct| pct.as_f64().unwrap() / 100.0).product::<f64>() * 100.0;
    near(&figures["oee_pct"], product);
    // One shift, and it is all of it.
    let rows = kpis["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["name"], &rows[0]["day"]), (1, &json!("Early"), &json!("2026-03-02")));
    assert_eq!((&rows[0]["figures"], &rows[0]["times"]), (figures, times));
}

#[tokio::test]
async fn however_it_is_told_apart_it_is_the_same_whole() {
    let shop = a_shift().await;
    for by in ["line", "area", "shift", "item", "order", "hour", "day"] {
        let path = format!("/plants/{}/kpis?from={}&to={}&by={by}", shop.office.plant(), "2026-03-02T00:00:00Z", "2026-03-03T06:00:00Z");
        let kpis = shop.office.get("planner", &path).await.ok();
        let rows = kpis["rows"].as_array().unwrap();
        let sum = |part: &str, name: &str| rows.iter().map(|row| row[part][name].as_f64().unwrap()).sum::<f64>();
        for name in ["planned_operation_s", "planned_busy_s", "production_s", "setup_s", "failure_s", "down_s", "unreported_s", "stops"] {
            near(&kpis["total"]["times"][name], sum("times", name));
        }
        for name in ["good", "scrapped", "reworked", "produced"] {
            near(&kpis["total"]["quantities"][name], sum("quantities", name));
        }
        near(&kpis["total"]["quantities"]["produced"], 400.0);
    }
    // Lines of which nothing is known were available and made nothing.
    let path = format!("/plants/{}/kpis?from={}&to={}", shop.office.plant(), at("06:00"), at("14:00"));
    let kpis = shop.office.get("planner", &path).await.ok();
    let silent = kpis["rows"].as_array().unwrap().iter().find(|row| row["id"] != json!(shop.line)).unwrap();
    near(&silent["times"]["unreported_s"], 450.0 * 60.0);
    assert_eq!((&silent["figures"]["availability_pct"], &silent["figures"]["oee_pct"]), (&json!(0.0), &Value::Null));
    let bad = format!("/plants/{}/kpis?from={}&to={}", shop.office.plant(), at("14:00"), at("06:00"));
    shop.office.get("planner", &bad).await.refused(400, "bad_parameter");
    let none = format!("/plants/{}/kpis", shop.office.plant());
    shop.office.get("neighbour", &none).await.refused(404, "not_found");
}

#[tokio::test]
async fn the_approved_plan_stands_beside_what_was_made() {
    let shop = a_shift().await;
    let office = &shop.office;
    let path = format!("/plants/{}/kpis?from={}&to={}&by=line", office.plant(), at("06:00"), at("14:00"));
    assert!(office.get("planner", &path).await.ok()["plan"].is_null(), "nothing is approved yet");
    let scenario = office.scenario("Plan", json!({})).await;
    office.optimized(&scenario).await;
    office.post("planner", &format!("/scenarios/{scenario}/submit"), json!({})).await.ok();
    office.post("boss", &format!("/scenarios/{scenario}/approve"), json!({})).await.ok();
    let plan = office.get("planner", &path).await.ok()["plan"].clone();
    assert_eq!((&plan["scenario_id"], &plan["scenario"]), (&json!(scenario), &json!("Plan")));
    assert!(plan["planned"].as_f64().unwrap() > 0.0 && plan["planned_hours"].as_f64().unwrap() > 0.0, "{plan}");
    near(&plan["actual"], 380.0);
    near(&plan["attainment_pct"], 38_000.0 / plan["planned"].as_f64().unwrap());
    let rows = plan["rows"].as_array().unwrap();
    near(&plan["planned"], rows.iter().map(|row| row["planned"].as_f64().unwrap()).sum());
    let own = rows.iter().find(|row| row["id"] == json!(shop.line)).unwrap();
    near(&own["actual"], 380.0);
    // On a free Sunday nothing is planned.
    let sunday = format!("/plants/{}/kpis?from=2026-03-01T06:00:00Z&to=2026-03-01T14:00:00Z&by=item", office.plant());
    near(&office.get("planner", &sunday).await.ok()["plan"]["planned"], 0.0);
}

#[tokio::test]
async fn losses_are_ranked_and_breaks_are_none() {
    let shop = a_shift().await;
    let path = format!("/plants/{}/downtime?from={}&to={}&line_id={}", shop.office.plant(), at("06:00"), at("14:00"), shop.line);
    let lost = shop.office.get("planner", &path).await.ok();
    let shown: Vec<(String, f64, i64)> = lost["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["name"].as_str().unwrap().into(), item["duration_s"].as_f64().unwrap(), item["stops"].as_i64().unwrap()))
        .collect();
    assert_eq!(shown, [("FAULT".to_owned(), 720.0, 1), ("micro_stops".to_owned(), 180.0, 1)]);
    near(&lost["items"][0]["share_pct"], 80.0);
    near(&lost["items"][1]["cumulative_pct"], 100.0);
    let planned = shop.office.get("planner", &format!("{path}&planned=true")).await.ok();
    assert_eq!((&planned["items"][0]["name"], &planned["items"][0]["planned"]), (&json!("MEETING"), &json!(true)));
    let by_line = shop.office.get("planner", &format!("{path}&by=line")).await.ok();
    near(&by_line["total_s"], 900.0);
    assert_eq!(by_line["items"].as_array().unwrap().len(), 1);
    shop.office.get("neighbour", &path).await.refused(404, "not_found");
}

#[tokio::test]
async fn orders_are_told_by_their_dates() {
    let shop = a_shift().await;
    let path = format!("/plants/{}/kpis?from={}&to={}&by=order", shop.office.plant(), at("06:00"), at("14:00"));
    let kpis = shop.office.get("planner", &path).await.ok();
    assert_eq!(
        (&kpis["orders"]["orders"], &kpis["orders"]["completed"], &kpis["orders"]["on_time_delivery_pct"]),
        (&json!(1), &json!(0), &Value::Null)
    );
    let own = kpis["rows"].as_array().unwrap().iter().find(|row| row["id"] == json!(shop.order)).unwrap();
    assert_eq!(own["name"], "MO-1");
    near(&own["quantities"]["good"], 380.0);
}
