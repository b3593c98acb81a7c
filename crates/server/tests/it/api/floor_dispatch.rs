//! Dispatch over HTTP: a plant is scheduled, jobs are moved by hand, and each move is checked.

use serde_json::{Value, json};

use super::floor::{Floor, id};

#[tokio::test]
async fn a_plant_is_scheduled_and_nothing_overlaps() {
    let floor = Floor::open().await;
    for (code, due, priority) in
        [("MO-1", "2030-01-03T00:00:00Z", 90), ("MO-2", "2030-01-02T00:00:00Z", 10), ("MO-3", "2030-01-01T00:00:00Z", 50)]
    {
        let order = floor.order_with(json!({"code": code, "quantity": "60", "due_at": due, "priority": priority})).await;
        floor.post(&format!("/manufacturing-orders/{order}/release"), json!({})).await.ok();
    }
    let path = format!("/plants/{}/dispatch", floor.office.plant());
    let tried = floor.post(&path, json!({"rule": "due", "dry_run": true})).await.ok();
    assert_eq!(tried["kept"], false);
    let list = format!("/jobs?plant_id={}", floor.office.plant());
    assert!(floor.get(&list).await["items"].as_array().unwrap().iter().all(|job| job["planned_start"].is_null()), "nothing was kept");
    let done = floor.post(&path, json!({"rule": "due"})).await.ok();
    assert_eq!((done["jobs"].as_array().unwrap().len(), done["left_out"].as_array().unwrap().len()), (6, 0));
    let jobs = floor.get(&list).await["items"].as_array().unwrap().clone();
    let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    for (index, one) in jobs.iter().enumerate() {
        for other in jobs[index + 1..].iter().filter(|other| other["line_id"] == one["line_id"]) {
            let apart =
                time(&one["planned_end"]) <= time(&other["planned_start"]) || time(&other["planned_end"]) <= time(&one["planned_start"]);
            assert!(apart, "a line does one thing at a time");
        }
    }
    let placed: Vec<&Value> = jobs.iter().filter(|job| job["name"] == "Place").collect();
    assert!(placed.iter().any(|job| job["line_id"] == floor.smt[1].as_str()), "one of three is quicker at the other line");
    for job in placed {
        let expected = if job["line_id"] == floor.smt[0].as_str() { 60.0 } else { 90.0 };
        assert_eq!(job["cycle_time_s"], expected, "a job takes as long as its line does: {job}");
    }
    let next = floor.get(&format!("/lines/{}/dispatch-list", floor.smt[0])).await;
    assert_eq!(next[0]["order_code"], "MO-3", "due first");
    let gantt = floor.get(&format!("/plants/{}/gantt", floor.office.plant())).await;
    assert_eq!(gantt["lines"].as_array().unwrap().iter().map(|line| line["jobs"].as_array().unwrap().len()).sum::<usize>(), 6);
}

#[tokio::test]
async fn a_move_says_what_it_does_and_is_checked() {
    let floor = Floor::open().await;
    let (_, one) = floor.released("MO-1", "60").await;
    let (_, two) = floor.released("MO-2", "60").await;
    let path = |job: &str| format!("/jobs/{job}/move");
    let tried = floor.post(&path(&one[0]), json!({"line_id": floor.test, "dry_run": true})).await.ok();
    assert_eq!((&tried["done"], &tried["checks"][0]["ok"]), (&json!(false), &json!(false)));
    floor.post(&path(&one[0]), json!({"line_id": floor.test})).await.refused(409, "move_refused");
    floor.post(&path(&one[0]), json!({"line_id": floor.test, "anyway": true})).await.refused(409, "move_refused");
    for job in [&one[0], &two[0]] {
        floor.post(&path(job), json!({"line_id": floor.smt[0]})).await.ok();
    }
    let order_of = async |line: &str| {
        let list = floor.get(&format!("/lines/{line}/dispatch-list")).await;
        list.as_array().unwrap().iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(order_of(&floor.smt[0]).await, [one[0].clone(), two[0].clone()]);
    let body = json!({"before_job_id": one[0], "dry_run": true});
    let tried = floor.post(&path(&two[0]), body).await.ok();
    assert!(tried["others"].as_array().unwrap().iter().any(|other| other["job_id"] == one[0].as_str()), "{tried}");
    assert_eq!(order_of(&floor.smt[0]).await, [one[0].clone(), two[0].clone()], "nothing was done");
    let moved = floor.post(&path(&two[0]), json!({"before_job_id": one[0]})).await.ok();
    let told = |moved: &Value| {
        (moved["planned"]["line_id"].clone(), moved["others"].as_array().unwrap().iter().map(|job| job["job"].clone()).collect::<Vec<_>>())
    };
    assert_eq!(told(&moved), told(&tried), "what was shown is what is done");
    assert_eq!(order_of(&floor.smt[0]).await, [two[0].clone(), one[0].clone()]);
    // A skill that nobody has is told; whoever knows better moves it all the same.
    let plant = floor.office.plant();
    let skill = id(&floor.post("/skills", json!({"plant_id": plant, "code": "IPC", "name": "Solder joints"})).await.ok());
    floor.post("/skill-requirements", json!({"plant_id": plant, "skill_id": skill, "area_id": floor.smt_area})).await.ok();
    floor.post(&path(&one[0]), json!({"line_id": floor.smt[1]})).await.refused(409, "move_refused");
    floor.post(&path(&one[0]), json!({"line_id": floor.smt[1], "anyway": true})).await.ok();
    floor.act(&two[0], "start").await.ok();
    floor.post(&path(&two[0]), json!({"line_id": floor.smt[1]})).await.refused(409, "job_running");
}

#[tokio::test]
async fn a_tool_is_not_at_two_lines_at_once() {
    let floor = Floor::open().await;
    let plant = floor.office.plant();
    let stencil = json!({"plant_id": plant, "code": "ST-7", "name": "Stencil 7", "category": "tool"});
    let stencil = id(&floor.post("/equipment", stencil).await.ok());
    let needs = json!({"plant_id": plant, "equipment_id": stencil, "area_id": floor.smt_area, "item_id": floor.item});
    floor.post("/tool-requirements", needs).await.ok();
    let ((_, one), (_, two)) = (floor.released("MO-1", "60").await, floor.released("MO-2", "60").await);
    for job in [&one[0], &two[0]] {
        floor.post(&format!("/jobs/{job}/move"), json!({"line_id": floor.smt[0]})).await.ok();
    }
    let path = format!("/jobs/{}/move", two[0]);
    let tried = floor.post(&path, json!({"line_id": floor.smt[1], "dry_run": true})).await.ok();
    let tool = tried["checks"].as_array().unwrap().iter().find(|check| check["of"] == "tool").cloned().unwrap();
    assert_eq!(tool["ok"], false, "{tried}");
    assert!(tool["says"].as_str().unwrap().starts_with("Stencil 7 is needed by MO-1 / 10 at SMT-01 from "), "{tool}");
    floor.post(&path, json!({"line_id": floor.smt[1]})).await.refused(409, "move_refused");
    // One after the other at one line is no contradiction, and whoever has a second stencil moves it all the same.
    floor.post(&path, json!({"before_job_id": one[0]})).await.ok();
    floor.post(&path, json!({"line_id": floor.smt[1], "anyway": true})).await.ok();
}

#[tokio::test]
async fn whoever_is_absent_is_not_counted_on() {
    let floor = Floor::open().await;
    let plant = floor.office.plant();
    let (_, jobs) = floor.released("MO-1", "10").await;
    let operator = floor.operator("B-1").await;
    let skill = id(&floor.post("/skills", json!({"plant_id": plant, "code": "IPC", "name": "Solder joints"})).await.ok());
    floor.post("/skill-requirements", json!({"plant_id": plant, "skill_id": skill})).await.ok();
    floor.post("/qualifications", json!({"operator_id": operator, "skill_id": skill, "valid_from": "2020-01-01"})).await.ok();
    let skilled = async || {
        let body = json!({"line_id": floor.smt[1], "dry_run": true, "planned_start": "2030-03-04T08:00:00Z"});
        let tried = floor.post(&format!("/jobs/{}/move", jobs[0]), body).await.ok();
        let checks = tried["checks"].as_array().unwrap().clone();
        checks.into_iter().find(|check| check["of"] == "skill").unwrap()
    };
    assert_eq!(skilled().await["says"], "1 qualified for Solder joints");
    let away = json!({"operator_id": operator, "starts_on": "2030-03-01", "ends_on": "2030-03-04"});
    floor.post("/absences", away).await.ok();
    assert_eq!(skilled().await["ok"], false);
}
