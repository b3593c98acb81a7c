//! Whether there is material for an order, as a supervisor asks before it begins.

use serde_json::json;

use super::floor::{Floor, id};

#[tokio::test]
async fn what_is_promised_to_an_order_is_there_for_it_and_short_for_others() {
    let floor = Floor::open().await;
    // 1,000 boards are there, two for each controller.
    let (first, jobs) = floor.released("MO-1", "400").await;
    let (second, _) = floor.released("MO-2", "200").await;
    let standing = async |order: &str| {
        let found = floor.get(&format!("/manufacturing-orders/{order}/availability")).await;
        let member = |name: &str| found[0][name].as_str().unwrap().to_owned();
        ["wanted", "on_hand", "reserved", "available", "short"].map(member)
    };
    assert_eq!(standing(&first).await, ["800", "1000", "1000", "800", "0"]);
    assert_eq!(standing(&second).await, ["400", "1000", "1000", "200", "200"]);
    floor.report(&jobs[0], json!({ "good": "100" })).await;
    assert_eq!(standing(&first).await, ["600", "800", "800", "600", "0"], "what it took is not wanted any more");
    // What may not be used is not there for anybody.
    let lot = floor.get(&format!("/lots?item_id={}", floor.board)).await["items"][0]["id"].clone();
    floor.post("/stock/set-status", json!({ "lot_id": lot, "status": "blocked", "reason": "Supplier's notice" })).await.ok();
    assert_eq!(standing(&first).await, ["600", "800", "0", "0", "600"]);
}

#[tokio::test]
async fn a_terminal_knows_which_steps_make_the_units_of_the_order() {
    let floor = Floor::open().await;
    let terminal = id(&floor.post("/terminals", json!({ "plant_id": floor.office.plant(), "code": "T-1", "name": "Hall" })).await.ok());
    for line in [&floor.smt[0], &floor.smt[1], &floor.test] {
        floor.post("/terminal-lines", json!({ "terminal_id": terminal, "line_id": line })).await.ok();
    }
    let (_, jobs) = floor.released("MO-1", "10").await;
    let work = floor.get(&format!("/terminals/{terminal}/work")).await;
    let is_last = |job: &String| work["jobs"].as_array().unwrap().iter().find(|one| one["id"] == **job).unwrap()["is_last"].as_bool();
    assert_eq!(jobs.iter().map(is_last).collect::<Vec<_>>(), [Some(false), Some(true)], "only tested units get their serials");
}
