//! Jobs over HTTP: reported on, divided, run together; by two people at once.

use serde_json::json;
use uuid::Uuid;

use super::floor::{Floor, id, number};

#[tokio::test]
async fn taking_back_needs_its_own_right_and_never_takes_more_than_was_said() {
    let floor = Floor::open().await;
    let (_, jobs) = floor.released("MO-1", "10").await;
    floor.act(&jobs[0], "start").await.ok();
    floor.report(&jobs[0], json!({"good": "5"})).await;
    floor.report(&jobs[0], json!({"good": "-2", "scrap": "2"})).await;
    let job = floor.job(&jobs[0]).await;
    assert_eq!((number(&job["good"]), number(&job["scrapped"])), (3.0, 2.0));
    floor.post(&format!("/jobs/{}/report", jobs[0]), json!({"good": "-4"})).await.refused(409, "more_than_reported");
    floor.post(&format!("/jobs/{}/report", jobs[0]), json!({})).await.refused(409, "nothing_reported");
    let missing = json!({"good": "0", "scrap": "1", "reason_id": Uuid::nil()});
    floor.post(&format!("/jobs/{}/report", jobs[0]), missing).await.refused(422, "invalid");
    assert_eq!(floor.stock(&floor.board).await, 990.0, "what was used was used");
}

#[tokio::test]
async fn jobs_are_split_and_run_together() {
    let floor = Floor::open().await;
    let (_, jobs) = floor.released("MO-1", "100").await;
    let parts = floor.post(&format!("/jobs/{}/split", jobs[0]), json!({"quantity": "40", "line_id": floor.smt[1]})).await.ok();
    assert_eq!((number(&parts["job"]["quantity"]), number(&parts["new"]["quantity"]), &parts["new"]["part"]), (60.0, 40.0, &json!(2)));
    let new = id(&parts["new"]);
    assert_eq!((parts["new"]["line_id"].as_str(), &parts["new"]["cycle_time_s"]), (Some(floor.smt[1].as_str()), &json!(90.0)));
    floor.post(&format!("/jobs/{}/split", jobs[0]), json!({"quantity": "60"})).await.refused(422, "invalid");
    // The step after it waits for both.
    floor.act(&jobs[0], "start").await.ok();
    floor.act(&jobs[0], "finish").await.ok();
    assert_eq!(floor.job(&jobs[1]).await["status"], "waiting");
    floor.act(&new, "start").await.ok();
    floor.act(&new, "finish").await.ok();
    assert_eq!(floor.job(&jobs[1]).await["status"], "ready");
    let ((_, one), (_, two)) = (floor.released("MO-2", "10").await, floor.released("MO-3", "10").await);
    floor.post(&format!("/jobs/{}/batch", one[0]), json!({"job_ids": [one[1]]})).await.refused(422, "invalid");
    floor.post(&format!("/jobs/{}/batch", one[0]), json!({"job_ids": [two[0]]})).await.ok();
    floor.act(&one[0], "start").await.ok();
    assert_eq!(floor.job(&two[0]).await["status"], "running", "they begin together");
    floor.act(&two[0], "finish").await.ok();
    assert_eq!(floor.job(&one[0]).await["status"], "completed", "and end together");
}

#[tokio::test]
async fn jobs_that_run_together_stay_together() {
    let floor = Floor::open().await;
    let ((_, one), (_, two)) = (floor.released("MO-1", "10").await, floor.released("MO-2", "10").await);
    floor.post(&format!("/jobs/{}/batch", one[0]), json!({"job_ids": [two[0]]})).await.ok();
    let elsewhere = json!({"line_id": floor.smt[1]});
    floor.post(&format!("/jobs/{}/assign", one[0]), elsewhere.clone()).await.refused(409, "job_batched");
    floor.post(&format!("/jobs/{}/move", one[0]), elsewhere.clone()).await.refused(409, "job_batched");
    floor.post(&format!("/jobs/{}/assign", one[0]), json!({"line_id": null})).await.refused(409, "job_batched");
    let many: Vec<Uuid> = (0..51).map(|_| testkit::new_id()).collect();
    floor.post(&format!("/jobs/{}/batch", one[0]), json!({"job_ids": many})).await.refused(422, "invalid");
    floor.post(&format!("/jobs/{}/batch", one[0]), json!({"job_ids": []})).await.ok();
    floor.post(&format!("/jobs/{}/assign", one[0]), elsewhere).await.ok();
    assert_eq!(floor.job(&two[0]).await["batch_id"], json!(null), "and so does the one that would be left alone in it");
    floor.post(&format!("/jobs/{}/assign", two[0]), json!({"line_id": floor.smt[1]})).await.ok();
}

#[tokio::test]
async fn two_tablets_on_two_jobs_of_a_batch_wait_for_each_other() {
    let floor = Floor::open().await;
    let mut jobs = Vec::new();
    for number in 0..6 {
        jobs.push(floor.released(&format!("MO-{number}"), "10").await.1.remove(0));
    }
    floor.post(&format!("/jobs/{}/batch", jobs[0]), json!({"job_ids": jobs[1..]})).await.ok();
    for round in 0..4 {
        let verb = if round % 2 == 0 { "start" } else { "pause" };
        let act = |number: usize| floor.act(&jobs[number], verb);
        let (a, b, c, d, e, f) = tokio::join!(act(0), act(5), act(1), act(4), act(2), act(3));
        for answer in [a, b, c, d, e, f] {
            assert_eq!(answer.status, 200, "round {round}: {}", answer.json);
        }
    }
}
