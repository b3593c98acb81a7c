//! Optimizing as a run: cancelled, carried out twice by accident, asked for what may not be planned.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use platform::Standing;
use platform::runs::{Settings, Worker, Works};
use serde_json::{Value, json};

use crate::planning::Office;

impl Office {
    /// A run of the present version, which is not waited for.
    async fn asked(&self, scenario: &str) -> String {
        let run = self.send("planner", Method::POST, &format!("/scenarios/{scenario}/optimize"), &[], None).await;
        assert_eq!(run.status, 202, "{}", run.json);
        run.json["id"].as_str().or(run.json["run_id"].as_str()).unwrap().to_owned()
    }

    async fn counted(&self, sql: &'static str) -> i64 {
        self.test.admin().await.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Waits until it holds.
    async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        for _ in 0..20_000 {
            if holds().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("never: {what}");
    }
}

const SUCCEEDED: &str = "select count(*) from runs where state = 'succeeded'";
const RESULTS: &str = "select count(*) from scenario_results";

#[tokio::test]
async fn what_is_cancelled_leaves_no_result_and_can_be_asked_for_again() {
    let mut office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    office.rest().await;
    let run = office.asked(&scenario).await;
    let cancelled = office.post("planner", &format!("/runs/{run}/cancel"), json!({})).await.ok();
    assert_eq!(cancelled["state"], "cancelled", "{cancelled}");
    office.get("guest", &format!("/scenarios/{scenario}/results")).await.refused(404, "no_result");
    office.post("stranger", &format!("/runs/{run}/cancel"), json!({})).await.refused(404, "not_found");
    assert_eq!(office.counted(RESULTS).await, 0);
    let again = office.asked(&scenario).await;
    assert_ne!(again, run);
}

#[tokio::test]
async fn a_worker_that_dies_while_it_optimizes_costs_time_and_no_result() {
    let mut office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    office.rest().await;
    let run = office.asked(&scenario).await;
    // As a worker leaves it that took it and was gone before it told what came of it.
    let taken = "update runs set state = 'running', position = null, attempt = 1, started_at = now(), worker = '0199d1a0-0000-7000-8000-0000000000dd'";
    office.test.admin().await.execute(taken, &[]).await.unwrap();
    let gone = "insert into gemba.workers (id, queues, lease_until) values ('0199d1a0-0000-7000-8000-0000000000dd', '{}', now() - interval '1 minute')";
    office.test.admin().await.execute(gone, &[]).await.unwrap();
    let settings = Settings { places: 1, look: Duration::ZERO, ..Settings::default() };
    let standing: Arc<dyn Standing> = office.app.part().unwrap();
    let mut worker = Worker::new(office.test.database.clone(), office.app.part::<Works>().unwrap(), standing, settings);
    office
        .until("another one carries it out", async || {
            worker.turn().await.unwrap();
            office.test.admin().await.execute("update runs set due_at = now() where state = 'queued'", &[]).await.unwrap();
            office.counted(SUCCEEDED).await == 1
        })
        .await;
    let known = office.get("guest", &format!("/runs/{run}")).await.ok();
    assert_eq!((&known["state"], &known["attempt"]), (&json!("succeeded"), &json!(2)), "{known}");
    assert_eq!(office.counted(RESULTS).await, 1);
    office.get("guest", &format!("/scenarios/{scenario}/results")).await.ok();
}

#[tokio::test]
async fn a_scenario_is_optimized_by_the_clock_as_it_is_then() {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    // By itself on leap days only: the clock that counts here is the machine's.
    let schedule = |payload: Value| json!({ "name": "Every night", "kind": "planning.optimize", "plant_id": office.plant(), "cron": "30 2 29 2 *", "time_zone": "Europe/Madrid", "payload": payload });
    let nightly = schedule(json!({ "scenario_id": scenario }));
    office.post("guest", "/schedules", nightly.clone()).await.refused(403, "permission_missing");
    let made = office.post("planner", "/schedules", nightly).await.ok();
    // What changes until then is planned then.
    office
        .send(
            "planner",
            Method::PATCH,
            &format!("/scenarios/{scenario}"),
            &[("if-match", "*")],
            Some(json!({ "operating_days": [{ "days_per_year": 288 }] })),
        )
        .await
        .ok();
    office.test.admin().await.execute("update schedules set next_at = '2000-01-01Z'", &[]).await.unwrap();
    office.until("the run of the night", async || office.counted(SUCCEEDED).await == 1).await;
    let results = office.get("guest", &format!("/scenarios/{scenario}/results?sections=summary")).await.ok();
    assert_eq!(results["scenario_version"], 2, "{results}");
    let known = office.get("planner", &format!("/schedules/{}", made["id"].as_str().unwrap())).await.ok();
    assert!(known["last_run_id"].is_string() && known["next_at"].is_string(), "{known}");
    // The night after, nothing has changed: the answer is known.
    office.test.admin().await.execute("update schedules set next_at = '2000-01-01Z'", &[]).await.unwrap();
    office.until("the run of the night after", async || office.counted(SUCCEEDED).await == 2).await;
    assert_eq!(office.counted("select count(*) from runs where (result ->> 'from_cache')::bool").await, 1);
    // Once it is archived, the run says why it cannot.
    office.send("planner", Method::POST, &format!("/scenarios/{scenario}/archive"), &[("if-match", "*")], None).await.ok();
    office.test.admin().await.execute("update schedules set next_at = '2000-01-01Z'", &[]).await.unwrap();
    office.until("the end of the third", async || office.counted("select count(*) from runs where state = 'failed'").await == 1).await;
    let why: String =
        office.test.admin().await.query_one("select error ->> 'code' from runs where state = 'failed'", &[]).await.unwrap().get(0);
    assert_eq!(why, "archived");
}
