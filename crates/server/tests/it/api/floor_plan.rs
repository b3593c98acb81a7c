//! From an approved plan to the floor: orders of what it finishes, and who may do what there.

use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};

use super::floor::{Floor, id};
use super::installation::Installation;
use crate::planning::Office;

#[tokio::test]
async fn an_approved_plan_becomes_orders_once() {
    let office = Office::open().await;
    let scenario = office.scenario("Plan", json!({})).await;
    let admin = office.test.admin().await;
    let path = format!("/scenarios/{scenario}/release-orders");
    let days = json!({"from": "2020-01-01", "to": "2020-01-02"});
    office.post("boss", &path, days).await.refused(409, "scenario_not_approved");
    office.optimized(&scenario).await;
    office.send("planner", Method::POST, &format!("/scenarios/{scenario}/submit"), &[("if-match", "*")], None).await.ok();
    office.post("boss", &format!("/scenarios/{scenario}/approve"), json!({})).await.ok();
    let period: String = admin.query_one("select item_period[1] from plan_figures", &[]).await.unwrap().get(0);
    let year = &period[..4];
    let asked = |from: &str, to: &str| json!({"from": format!("{year}-{from}"), "to": format!("{year}-{to}")});
    let first = office.post("boss", &path, asked("03-01", "03-07")).await.ok();
    let made = first["orders"].as_array().unwrap();
    assert!(!made.is_empty() && first["created"] == made.len(), "{first}");
    let again = office.post("boss", &path, asked("03-01", "03-07")).await.ok();
    assert_eq!(
        (&again["created"], &again["unchanged"], &again["orders"]),
        (&json!(0), &first["created"], &json!([])),
        "nothing is made twice"
    );
    let sum = "select coalesce(sum(quantity), 0)::float8 from production_orders where source = 'plan' and scenario_id is not null";
    let before: f64 = admin.query_one(sum, &[]).await.unwrap().get(0);
    assert!(before > 0.0);
    office.post("boss", &path, asked("12-31", "01-01")).await.refused(422, "invalid");
    office.post("guest", &path, asked("03-01", "03-07")).await.refused(403, "permission_missing");
    office.post("stranger", &path, asked("03-01", "03-07")).await.refused(404, "not_found");
    // What was made can be released and scheduled, and the board of the plant has something to show.
    let order = id(&made[0]);
    let released = office.post("boss", &format!("/manufacturing-orders/{order}/release"), json!({})).await.ok();
    assert!(!released["jobs"].as_array().unwrap().is_empty());
    let dispatched = office.post("boss", &format!("/plants/{}/dispatch", office.plant()), json!({})).await.ok();
    assert_eq!(dispatched["kept"], true);
}

#[tokio::test]
async fn others_see_nothing_of_the_floor_and_guests_change_nothing() {
    let floor = Floor::open().await;
    let plant = floor.office.plant();
    let (order, jobs) = floor.released("MO-1", "10").await;
    let terminal = id(&floor.post("/terminals", json!({"plant_id": plant, "code": "T-1", "name": "Terminal"})).await.ok());
    let verbs = [
        (format!("/manufacturing-orders/{order}/hold"), json!({})),
        (format!("/manufacturing-orders/{order}/split"), json!({"quantity": "1"})),
        (format!("/jobs/{}/start", jobs[0]), json!({})),
        (format!("/jobs/{}/report", jobs[0]), json!({"good": "1"})),
        (format!("/jobs/{}/move", jobs[0]), json!({"line_id": floor.smt[1]})),
        (format!("/plants/{plant}/dispatch"), json!({})),
        (format!("/terminals/{terminal}/actions"), json!({"device_id": "x", "device_now": "2026-11-21T14:00:00Z", "actions": []})),
        (format!("/terminals/{terminal}/sign-in"), json!({"badge": "B"})),
    ];
    for (path, body) in &verbs {
        floor.office.post("guest", path, body.clone()).await.refused(403, "permission_missing");
        for who in ["stranger", "neighbour"] {
            floor.office.post(who, path, body.clone()).await.refused(404, "not_found");
        }
    }
    let reads = [
        format!("/jobs/{}", jobs[0]),
        format!("/terminals/{terminal}/work"),
        format!("/plants/{plant}/gantt"),
        format!("/lines/{}/dispatch-list", floor.smt[0]),
        format!("/plants/{plant}/andon"),
        format!("/manufacturing-orders/{order}/components"),
    ];
    for path in &reads {
        floor.office.get("guest", path).await.ok();
        floor.office.get("stranger", path).await.refused(404, "not_found");
    }
    let list = |answer: Value| answer["items"].as_array().unwrap().len();
    assert_eq!(list(floor.office.get("neighbour", "/jobs").await.ok()), 0);
    assert_eq!(list(floor.office.get("guest", "/jobs?status=ready,waiting").await.ok()), 2);
    floor.office.get("guest", "/jobs?status=lost").await.refused(400, "bad_parameter");
}

#[tokio::test]
async fn what_cannot_be_used_is_scrapped_by_an_order_of_its_own() {
    let floor = Floor::open().await;
    let received = json!({"location_id": floor.warehouse, "item_id": floor.item, "quantity": "8", "lot_code": "C-1"});
    floor.post("/stock/receive", received).await.ok();
    let order = floor.order_with(json!({"code": "SC-1", "quantity": "3", "type": "scrap"})).await;
    let released = floor.post(&format!("/manufacturing-orders/{order}/release"), json!({})).await.ok();
    let job = id(&released["jobs"][0]);
    floor.report(&job, json!({"good": "3"})).await;
    floor.act(&job, "finish").await.ok();
    assert_eq!(floor.stock(&floor.item).await, 5.0, "they are taken out and nothing comes in");
    assert_eq!(floor.mo(&order).await["status"], "completed");
}

#[tokio::test]
async fn a_repeated_request_reports_once() {
    let floor = Floor::open().await;
    let (_, jobs) = floor.released("MO-1", "10").await;
    let key = testkit::new_id().to_string();
    for _ in 0..3 {
        let path = format!("/jobs/{}/report", jobs[0]);
        let sent = floor.office.send("boss", Method::POST, &path, &[("idempotency-key", &key)], Some(json!({"good": "2"}))).await;
        sent.ok();
    }
    assert_eq!(floor.job(&jobs[0]).await["good"], "2.000000");
    let admin = floor.office.test.admin().await;
    let told = "select count(*) from audit_events where action = 'job.reported'";
    assert_eq!(admin.query_one(told, &[]).await.unwrap().get::<_, i64>(0), 1, "and is told once");
}

#[tokio::test]
async fn a_photo_of_a_job_is_a_file_of_its_order() {
    let installation = Installation::new().await;
    let jobs = installation.get("/api/v1/jobs", "all").await.json().unwrap();
    let (job, order) = (id(&jobs["items"][0]), jobs["items"][0]["manufacturing_order_id"].as_str().unwrap().to_owned());
    let send = async |who: &str| {
        let request = Request::builder().method("POST").uri(format!("/api/v1/jobs/{job}/attachments?name=torque.png"));
        let request = request.header("authorization", format!("Bearer {who}")).header("content-type", "image/png");
        installation.send(request.body(Body::from(PIXEL)).unwrap()).await
    };
    assert_eq!(send("second-plant").await.status, 404);
    let sent = send("all").await;
    assert_eq!(sent.status, 201, "{:?}", sent.verdict());
    let kept = installation.get(&format!("/api/v1/manufacturing-orders/{order}/attachments"), "all").await.json().unwrap();
    assert_eq!((kept["items"][0]["name"].as_str(), kept["items"].as_array().unwrap().len()), (Some("torque.png"), 1));
}

/// A picture of one red pixel (PNG).
const PIXEL: &[u8] = b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90\x77\x53\xde\x00\x00\x00\x0c\x49\x44\x41\x54\x78\x9c\x63\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82";
