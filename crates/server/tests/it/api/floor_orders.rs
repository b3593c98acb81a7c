//! Orders over HTTP: released, held, split, merged, made again; with their material, to the end.

use serde_json::{Value, json};

use super::floor::{Floor, id, number};

#[tokio::test]
async fn an_order_goes_from_release_to_close_and_its_material_with_it() {
    let floor = Floor::open().await;
    let (order, jobs) = floor.released("MO-1", "100").await;
    let released = floor.mo(&order).await;
    assert_eq!((released["bom_id"].as_str(), released["routing_id"].as_str()), (Some(floor.bom.as_str()), Some(floor.routing.as_str())));
    let first = floor.job(&jobs[0]).await;
    assert_eq!((first["status"].as_str(), first["line_id"].as_str()), (Some("ready"), Some(floor.smt[0].as_str())));
    assert_eq!(first["cycle_time_s"], 60.0);
    assert_eq!(floor.job(&jobs[1]).await["status"], "waiting");
    floor.act(&jobs[1], "start").await.refused(409, "not_ready");
    floor.act(&jobs[0], "setup-start").await.ok();
    assert_eq!(floor.act(&jobs[0], "start").await.ok()["status"], "running");
    assert_eq!(floor.mo(&order).await["status"], "running");
    assert_eq!(floor.act(&jobs[0], "start").await.ok()["status"], "running", "who begins what runs joins it");
    floor.report(&jobs[0], json!({"good": "60"})).await;
    floor.report(&jobs[0], json!({"good": "38", "scrap": "2"})).await;
    assert_eq!(floor.stock(&floor.board).await, 800.0, "two boards each, also for what was scrapped");
    floor.act(&jobs[0], "finish").await.ok();
    assert_eq!(floor.job(&jobs[1]).await["status"], "ready");
    floor.act(&jobs[1], "start").await.ok();
    floor.report(&jobs[1], json!({"good": "98"})).await;
    assert_eq!(floor.stock(&floor.item).await, 98.0, "finished units lie in stock");
    floor.act(&jobs[1], "finish").await.ok();
    let done = floor.mo(&order).await;
    assert_eq!((done["status"].as_str(), number(&done["good"]), number(&done["scrapped"])), (Some("completed"), 98.0, 2.0));
    // A report that comes after the end still counts, until the order is settled.
    let late = floor.report(&jobs[1], json!({"good": "1"})).await;
    assert_eq!(late["rule"], "late_report");
    floor.post(&format!("/manufacturing-orders/{order}/close"), json!({})).await.ok();
    floor.post(&format!("/manufacturing-orders/{order}/close"), json!({})).await.ok();
    floor.post(&format!("/jobs/{}/report", jobs[1]), json!({"good": "1"})).await.refused(409, "order_closed");
    let ledger = floor.get(&format!("/jobs/{}/report", jobs[1])).await;
    let sum: f64 = ledger.as_array().unwrap().iter().map(|entry| number(&entry["good"])).sum();
    assert_eq!((sum, number(&floor.job(&jobs[1]).await["good"])), (99.0, 99.0), "a job counts what its reports add up to");
}

#[tokio::test]
async fn what_an_order_is_made_by_is_fixed_at_release() {
    let floor = Floor::open().await;
    let (order, _) = floor.released("MO-1", "10").await;
    let components = floor.get(&format!("/manufacturing-orders/{order}/components")).await;
    assert_eq!((components[0]["quantity_per"].as_str(), components[0]["quantity"].as_str()), (Some("2"), Some("20")));
    let list = floor.get(&format!("/bom-components?bom_id={}", floor.bom)).await;
    let part = id(&list["items"][0]);
    floor.patch(&format!("/bom-components/{part}"), json!({"quantity": "5"})).await.ok();
    let after = floor.get(&format!("/manufacturing-orders/{order}/components")).await;
    assert_eq!(after, components, "a later change of the bill does not reach it");
    let refused = floor.patch(&format!("/manufacturing-orders/{order}"), json!({"quantity": "12"})).await;
    let problem = refused.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["code"], "frozen");
    floor.patch(&format!("/manufacturing-orders/{order}"), json!({"priority": 1})).await.ok();
    let again = floor.post(&format!("/manufacturing-orders/{order}/release"), json!({})).await.ok();
    assert_eq!(again["jobs"].as_array().unwrap().len(), 2, "released once");
}

#[tokio::test]
async fn a_held_order_begins_nothing_and_one_with_reports_is_not_cancelled() {
    let floor = Floor::open().await;
    let (order, jobs) = floor.released("MO-1", "10").await;
    let verb = |name: &str| format!("/manufacturing-orders/{order}/{name}");
    floor.post(&verb("hold"), json!({"note": "Stencil is at the supplier"})).await.ok();
    floor.act(&jobs[0], "start").await.refused(409, "order_held");
    assert_eq!(floor.post(&verb("resume"), json!({})).await.ok()["status"], "released");
    floor.act(&jobs[0], "start").await.ok();
    floor.post(&verb("cancel"), json!({})).await.refused(409, "job_running");
    floor.report(&jobs[0], json!({"good": "1"})).await;
    floor.act(&jobs[0], "pause").await.ok();
    floor.post(&verb("cancel"), json!({})).await.refused(409, "order_has_reports");
    assert_eq!(floor.post(&verb("close"), json!({})).await.ok()["status"], "closed");
    assert_eq!(floor.job(&jobs[1]).await["status"], "cancelled", "what had not begun is given up with it");
    let (other, _) = floor.released("MO-2", "10").await;
    assert_eq!(floor.post(&format!("/manufacturing-orders/{other}/cancel"), json!({})).await.ok()["status"], "cancelled");
}

#[tokio::test]
async fn orders_are_split_and_merged_and_not_a_unit_is_lost() {
    let floor = Floor::open().await;
    let (order, jobs) = floor.released("MO-1", "100").await;
    floor.report(&jobs[0], json!({"good": "30"})).await;
    let split = |quantity: &str| (format!("/manufacturing-orders/{order}/split"), json!({"quantity": quantity}));
    let (path, body) = split("71");
    floor.post(&path, body).await.refused(422, "invalid");
    let (path, body) = split("70");
    let parts = floor.post(&path, body).await.ok();
    assert_eq!((number(&parts["order"]["quantity"]), number(&parts["new"]["quantity"])), (30.0, 70.0));
    let new = id(&parts["new"]);
    let jobs_of =
        async |order: &str| floor.get(&format!("/jobs?manufacturing_order_id={order}")).await["items"].as_array().unwrap().clone();
    let of_new = jobs_of(&new).await;
    assert_eq!(of_new.iter().map(|job| number(&job["quantity"])).collect::<Vec<_>>(), [70.0, 70.0]);
    assert_eq!(of_new.iter().map(|job| job["status"].as_str().unwrap()).collect::<Vec<_>>(), ["ready", "waiting"]);
    let needed = async |order: &str| number(&floor.get(&format!("/manufacturing-orders/{order}/components")).await[0]["quantity"]);
    assert_eq!(needed(&order).await + needed(&new).await, 200.0, "so is the material");
    let (third, _) = floor.released("MO-3", "5").await;
    let merge = |into: &str, other: &str| (format!("/manufacturing-orders/{into}/merge"), json!({"order_ids": [other]}));
    let (path, body) = merge(&third, &order);
    floor.post(&path, body).await.refused(409, "not_mergeable");
    let (path, body) = merge(&third, &new);
    assert_eq!(number(&floor.post(&path, body).await.ok()["quantity"]), 75.0);
    assert_eq!(jobs_of(&third).await.iter().map(|job| number(&job["quantity"])).collect::<Vec<_>>(), [75.0, 75.0]);
    let gone = floor.mo(&new).await;
    assert_eq!((gone["status"].as_str(), gone["status_note"].as_str()), (Some("cancelled"), Some("Part of MO-3")));
}

#[tokio::test]
async fn a_split_order_keeps_what_was_promised_to_it() {
    let floor = Floor::open().await;
    let (order, _) = floor.released("MO-1", "100").await;
    let promised = async |order: &str| {
        let found = floor.get(&format!("/stock/reservations?order_id={order}")).await;
        found["items"].as_array().unwrap().iter().map(|row| number(&row["quantity"])).sum::<f64>()
    };
    assert_eq!(promised(&order).await, 200.0);
    let parts = floor.post(&format!("/manufacturing-orders/{order}/split"), json!({"quantity": "30"})).await.ok();
    assert_eq!((promised(&order).await, promised(&id(&parts["new"])).await), (140.0, 60.0));
}

/// Production orders for 30, 20 and 10, and the manufacturing order of each.
async fn three_wanted(floor: &Floor) -> Vec<(String, String)> {
    let mut wanted = Vec::new();
    for (code, quantity) in [("PO-1", "30"), ("PO-2", "20"), ("PO-3", "10")] {
        let body = json!({"plant_id": floor.office.plant(), "code": code, "item_id": floor.item, "quantity": quantity, "due_at": "2030-01-01T12:00:00Z"});
        let wants = id(&floor.post("/production-orders", body).await.ok());
        let made = floor.post(&format!("/production-orders/{wants}/plan"), json!({})).await.ok();
        wanted.push((wants, id(&made[0])));
    }
    wanted
}

#[tokio::test]
async fn no_unit_of_merged_orders_serves_two() {
    let floor = Floor::open().await;
    let wanted = three_wanted(&floor).await;
    let others = json!({"order_ids": [wanted[1].1, wanted[2].1]});
    floor.post(&format!("/manufacturing-orders/{}/merge", wanted[0].1), others).await.ok();
    let released = floor.post(&format!("/manufacturing-orders/{}/release", wanted[0].1), json!({})).await.ok();
    for job in released["jobs"].as_array().unwrap().iter().map(id) {
        floor.report(&job, json!({"good": "25"})).await;
        floor.act(&job, "finish").await.ok();
    }
    floor.post(&format!("/manufacturing-orders/{}/close", wanted[0].1), json!({})).await.ok();
    let mut statuses = Vec::new();
    for (wants, _) in &wanted {
        statuses.push(floor.get(&format!("/production-orders/{wants}")).await["status"].clone());
    }
    assert_eq!(statuses, ["open", "closed", "open"], "25 are enough for the 20, and not for the 10 as well");
}

#[tokio::test]
async fn merged_orders_still_serve_what_they_were_made_for() {
    let floor = Floor::open().await;
    let wanted = three_wanted(&floor).await;
    let merge = async |into: usize, other: usize| {
        let body = json!({"order_ids": [wanted[other].1]});
        floor.post(&format!("/manufacturing-orders/{}/merge", wanted[into].1), body).await.ok()
    };
    merge(1, 2).await;
    assert_eq!(number(&merge(0, 1).await["quantity"]), 60.0);
    let last = floor.mo(&wanted[2].1).await;
    assert_eq!((last["merged_into_id"].as_str(), number(&last["quantity"])), (Some(wanted[0].1.as_str()), 10.0), "through the one between");
    assert_eq!(number(&floor.mo(&wanted[1].1).await["quantity"]), 20.0);
    for (wants, _) in &wanted {
        let again = floor.post(&format!("/production-orders/{wants}/plan"), json!({})).await.ok();
        assert_eq!(again, json!([]), "its units are made already, in the other order");
    }
    let released = floor.post(&format!("/manufacturing-orders/{}/release", wanted[0].1), json!({})).await.ok();
    let jobs: Vec<String> = released["jobs"].as_array().unwrap().iter().map(id).collect();
    for job in &jobs {
        floor.report(job, json!({"good": "60"})).await;
        floor.act(job, "finish").await.ok();
    }
    floor.post(&format!("/manufacturing-orders/{}/close", wanted[0].1), json!({})).await.ok();
    for (wants, _) in &wanted {
        assert_eq!(floor.get(&format!("/production-orders/{wants}")).await["status"], "closed");
    }
}

#[tokio::test]
async fn units_that_were_not_good_are_made_again_in_an_order_of_their_own() {
    let floor = Floor::open().await;
    let (order, jobs) = floor.released("MO-1", "10").await;
    floor.report(&jobs[0], json!({"good": "7", "rework": "3"})).await;
    let path = format!("/manufacturing-orders/{order}/rework");
    floor.post(&path, json!({"quantity": "4"})).await.refused(422, "invalid");
    let rework = id(&floor.post(&path, json!({"quantity": "3"})).await.ok());
    floor.post(&path, json!({"quantity": "1"})).await.refused(422, "invalid");
    let made = floor.mo(&rework).await;
    assert_eq!((made["type"].as_str(), made["origin_id"].as_str()), (Some("rework"), Some(order.as_str())));
    let released = floor.post(&format!("/manufacturing-orders/{rework}/release"), json!({})).await.ok();
    assert_eq!(released["jobs"][0]["name"], "Rework");
    let parts = floor.get(&format!("/manufacturing-orders/{rework}/components")).await;
    assert_eq!((parts[0]["item_id"].as_str(), parts[0]["quantity"].as_str()), (Some(floor.item.as_str()), Some("3")));
}

#[tokio::test]
async fn orders_of_an_erp_come_as_often_as_they_like() {
    let floor = Floor::open().await;
    let order =
        |quantity: &str| json!({"external_id": "4500/10", "item_code": "CTRL-7", "quantity": quantity, "due_at": "2030-02-01T12:00:00Z"});
    let strange = json!({"external_id": "4500/20", "item_code": "NOTHING", "quantity": "1", "due_at": "2030-02-01T12:00:00Z"});
    let send = async |orders: Value| {
        floor.post("/production-orders/upsert", json!({"plant_id": floor.office.plant(), "orders": orders})).await.ok()
    };
    let first = send(json!([order("500"), strange])).await;
    assert_eq!((&first["created"], &first["refused"]), (&json!(1), &json!(1)));
    assert_eq!(first["orders"][1]["errors"][0]["pointer"], "/orders/1/item_code");
    let again = send(json!([order("500")])).await;
    let history = floor.get(&format!("/production-orders/{}/history", first["orders"][0]["id"].as_str().unwrap())).await;
    assert_eq!((&again["unchanged"], &again["orders"][0]["id"]), (&json!(1), &first["orders"][0]["id"]), "{history}");
    assert_eq!(send(json!([order("520")])).await["updated"], 1);
    let production_order = first["orders"][0]["id"].as_str().unwrap();
    let plan = async |body: Value| floor.post(&format!("/production-orders/{production_order}/plan"), body).await.ok();
    let made = plan(json!({"lot_size": "200", "release": true})).await;
    let quantities: Vec<f64> = made.as_array().unwrap().iter().map(|order| number(&order["quantity"])).collect();
    assert_eq!(quantities, [200.0, 200.0, 120.0]);
    assert_eq!(plan(json!({})).await, json!([]), "all of it is in orders already");
}

#[tokio::test]
async fn material_is_issued_by_hand_where_the_order_says_so() {
    let floor = Floor::open().await;
    let order = floor.order_with(json!({"code": "MO-1", "quantity": "10", "issue_mode": "explicit"})).await;
    let released = floor.post(&format!("/manufacturing-orders/{order}/release"), json!({})).await.ok();
    let job = id(&released["jobs"][0]);
    floor.report(&job, json!({"good": "4"})).await;
    assert_eq!(floor.stock(&floor.board).await, 1000.0, "nothing is taken by itself");
    let issue = |item: &str, quantity: &str| (format!("/jobs/{job}/issue"), json!({"item_id": item, "quantity": quantity}));
    let (path, body) = issue(&floor.board, "8");
    let issued = floor.post(&path, body).await.ok();
    assert_eq!(number(&issued[0]["quantity"]), 8.0);
    let (path, body) = issue(&floor.item, "1");
    floor.post(&path, body).await.refused(409, "not_wanted");
    let (path, body) = issue(&floor.board, "5000");
    floor.post(&path, body).await.refused(409, "stock_short");
    assert_eq!(floor.stock(&floor.board).await, 992.0);
}

#[tokio::test]
async fn co_and_by_products_come_out_beside_the_item() {
    let floor = Floor::open().await;
    let units = floor.get("/units").await;
    let body = json!({"code": "FRAME", "name": "Panel frame", "category": "raw_material", "unit_id": id(&units["items"][0])});
    let frame = id(&floor.post("/items", body).await.ok());
    let outputs = json!([{"item_id": frame, "quantity_per": "0.5", "kind": "by_product"}]);
    let order = floor.order_with(json!({"code": "MO-1", "quantity": "10", "outputs": outputs, "overlap": true})).await;
    let released = floor.post(&format!("/manufacturing-orders/{order}/release"), json!({})).await.ok();
    let jobs: Vec<String> = released["jobs"].as_array().unwrap().iter().map(id).collect();
    floor.report(&jobs[0], json!({"good": "4"})).await;
    assert_eq!(floor.job(&jobs[1]).await["status"], "ready", "with overlap the next step begins with the first units");
    floor.report(&jobs[1], json!({"good": "4"})).await;
    assert_eq!((floor.stock(&floor.item).await, floor.stock(&frame).await), (4.0, 2.0));
}
