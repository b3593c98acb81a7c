//! People and time over HTTP: qualifications, labour, shifts and what changes them.

use serde_json::json;

use super::floor::{Floor, id};

#[tokio::test]
async fn nobody_starts_what_they_are_not_qualified_for_today() {
    let floor = Floor::open().await;
    let plant = floor.office.plant();
    let (_, jobs) = floor.released("MO-1", "10").await;
    let operator = floor.operator("B-1").await;
    let skill = id(&floor.post("/skills", json!({"plant_id": plant, "code": "IPC", "name": "Solder joints"})).await.ok());
    floor
        .post("/skill-requirements", json!({"plant_id": plant, "skill_id": skill, "line_id": floor.smt[0], "item_id": floor.item}))
        .await
        .ok();
    let start = async || floor.post(&format!("/jobs/{}/start", jobs[0]), json!({"operator_id": operator})).await;
    let refused = start().await.refused(409, "not_qualified");
    assert!(refused["detail"].as_str().unwrap().contains("Solder joints"));
    let body = json!({"operator_id": operator, "skill_id": skill, "valid_from": "2020-01-01", "valid_until": "2021-01-01"});
    let qualification = id(&floor.post("/qualifications", body).await.ok());
    start().await.refused(409, "not_qualified");
    floor.patch(&format!("/qualifications/{qualification}"), json!({"valid_until": null})).await.ok();
    start().await.ok();
    let labour = floor.get(&format!("/plants/{plant}/labour")).await;
    assert_eq!((labour[0]["operator_id"].as_str(), labour[0]["activity"].as_str()), (Some(operator.as_str()), Some("direct")));
    // Whoever begins something else ends what they did.
    floor.post(&format!("/operators/{operator}/labour"), json!({"activity": "indirect"})).await.ok();
    let labour = floor.get(&format!("/plants/{plant}/labour")).await;
    assert!(!labour[0]["ended_at"].is_null() && labour[1]["ended_at"].is_null(), "{labour}");
}

#[tokio::test]
async fn somebody_who_begins_at_two_tablets_at_once_works_on_one_thing() {
    let floor = Floor::open().await;
    let operator = floor.operator("B-1").await;
    let ((_, one), (_, two)) = (floor.released("MO-1", "10").await, floor.released("MO-2", "10").await);
    floor.post(&format!("/jobs/{}/assign", two[0]), json!({"line_id": floor.smt[1]})).await.ok();
    let start = |job: &str| (format!("/jobs/{job}/start"), json!({"operator_id": operator}));
    for _ in 0..5 {
        let ((first, body), (second, same)) = (start(&one[0]), start(&two[0]));
        let (first, second) = tokio::join!(floor.post(&first, body), floor.post(&second, same));
        assert_eq!((first.status, second.status), (http::StatusCode::OK, http::StatusCode::OK), "{} {}", first.json, second.json);
        let open = "select count(*) from labour_bookings where ended_at is null";
        assert_eq!(floor.office.test.admin().await.query_one(open, &[]).await.unwrap().get::<_, i64>(0), 1);
        for job in [&one[0], &two[0]] {
            floor.act(job, "pause").await.ok();
        }
    }
}

#[tokio::test]
async fn a_line_works_when_its_shifts_say_so() {
    let floor = Floor::open().await;
    let plant = floor.office.plant();
    let pattern = id(&floor.post("/shift-patterns", json!({"plant_id": plant, "code": "1S", "name": "One shift"})).await.ok());
    let shift = json!({"shift_pattern_id": pattern, "name": "Early", "starts_at": "06:00", "duration_min": 480, "break_min": 30});
    let shift = id(&floor.post("/shifts", shift).await.ok());
    floor.post("/shift-breaks", json!({"shift_id": shift, "name": "Lunch", "after_min": 240, "duration_min": 30})).await.ok();
    let calendar = json!({"plant_id": plant, "code": "STD", "name": "Standard", "shift_pattern_id": pattern, "weekdays": "12345"});
    let calendar = id(&floor.post("/calendars", calendar).await.ok());
    floor.post("/holidays", json!({"calendar_id": calendar, "on_date": "2030-01-01", "name": "New Year"})).await.ok();
    floor.patch(&format!("/lines/{}", floor.smt[0]), json!({"calendar_id": calendar})).await.ok();
    let hours = async || {
        let path = format!("/lines/{}/working-time?from=2030-01-01T00:00:00Z&to=2030-01-07T00:00:00Z", floor.smt[0]);
        floor.get(&path).await["hours"].as_f64().unwrap()
    };
    assert_eq!(hours().await, 22.5, "Wednesday to Friday, without lunch, holiday and weekend");
    let closed = json!({"plant_id": plant, "line_id": floor.smt[0], "name": "Oven", "starts_at": "2030-01-02T06:00:00Z", "ends_at": "2030-01-02T08:00:00Z"});
    floor.post("/calendar-exceptions", closed).await.ok();
    let extra = json!({"plant_id": plant, "name": "Saturday", "starts_at": "2030-01-05T06:00:00Z", "ends_at": "2030-01-05T10:00:00Z", "works": true});
    floor.post("/calendar-exceptions", extra).await.ok();
    assert_eq!(hours().await, 24.5);
    let late = json!({"shift_id": shift, "name": "Too late", "after_min": 470, "duration_min": 30});
    floor.post("/shift-breaks", late).await.refused(422, "invalid");
}
