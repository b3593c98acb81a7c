//! The shop floor over HTTP: orders, jobs, dispatch, people; on a plant of two areas.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::planning::{Answer, Office};

/// A plant that makes a controller out of two boards each: placed in SMT at one of two lines, then tested.
pub struct Floor {
    pub office: Office,
    pub item: String,
    pub board: String,
    pub smt: [String; 2],
    pub test: String,
    pub smt_area: String,
    pub bom: String,
    pub routing: String,
    pub warehouse: String,
}

pub fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

impl Floor {
    pub async fn open() -> Floor {
        let office = Office::bare().await;
        let plant = office.plant();
        let make = async |path: &str, body: Value| id(&office.post("boss", path, body).await.ok());
        let piece = make("/units", json!({"code": "C62", "name": "Piece", "symbol": "pcs", "dimension": "count"})).await;
        let family = make("/families", json!({"code": "CTRL", "name": "Controllers"})).await;
        let item = |code: &str, category: &str| json!({"code": code, "name": format!("Item {code}"), "category": category, "unit_id": piece, "family_id": family, "tracking": "lot"});
        let product = make("/items", item("CTRL-7", "product")).await;
        let board = make("/items", item("BOARD-2", "component")).await;
        let bom = make("/boms", json!({"item_id": product, "revision": "A", "status": "released"})).await;
        make("/bom-components", json!({"bom_id": bom, "position": 10, "item_id": board, "quantity": "2", "unit_id": piece})).await;
        let smt_area = make("/areas", json!({"plant_id": plant, "code": "SMT", "name": "SMT", "sequence": 1})).await;
        let test_area = make("/areas", json!({"plant_id": plant, "code": "TEST", "name": "Test", "sequence": 2})).await;
        let mut lines = Vec::new();
        for (name, area) in [("SMT-01", &smt_area), ("SMT-02", &smt_area), ("TEST-01", &test_area)] {
            lines.push(make("/lines", json!({"area_id": area, "name": name, "available_s_per_day": 86400})).await);
        }
        for (line, cycle, priority) in [(0, "60", 1), (1, "90", 2), (2, "30", 1)] {
            let body = json!({"line_id": lines[line], "item_id": product, "cycle_time_s": cycle, "priority": priority});
            make("/capabilities", body).await;
        }
        let routing = make("/routings", json!({"plant_id": plant, "item_id": product, "revision": "A", "status": "released"})).await;
        for (number, name, area) in [(10, "Place", &smt_area), (20, "Test", &test_area)] {
            make("/routing-steps", json!({"routing_id": routing, "number": number, "name": name, "area_id": area})).await;
        }
        let warehouse = make("/locations", json!({"plant_id": plant, "code": "WH", "name": "Warehouse", "type": "warehouse"})).await;
        let received = json!({"location_id": warehouse, "item_id": board, "quantity": "1000", "lot_code": "B-100"});
        office.post("boss", "/stock/receive", received).await.ok();
        let test = lines.pop().unwrap();
        let smt = [lines.remove(0), lines.remove(0)];
        Floor { office, item: product, board, smt, test, smt_area, bom, routing, warehouse }
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.office.post("boss", path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.office.send("boss", Method::PATCH, path, &[("if-match", "*")], Some(body)).await
    }

    pub async fn get(&self, path: &str) -> Value {
        self.office.get("boss", path).await.ok()
    }

    pub async fn order(&self, code: &str, quantity: &str) -> String {
        self.order_with(json!({"code": code, "quantity": quantity})).await
    }

    pub async fn order_with(&self, more: Value) -> String {
        let mut body = json!({"plant_id": self.office.plant(), "item_id": self.item, "due_at": "2030-01-01T12:00:00Z"});
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        id(&self.post("/manufacturing-orders", body).await.ok())
    }

    /// A released order and its jobs, by step.
    pub async fn released(&self, code: &str, quantity: &str) -> (String, Vec<String>) {
        let order = self.order(code, quantity).await;
        let released = self.post(&format!("/manufacturing-orders/{order}/release"), json!({})).await.ok();
        (order, released["jobs"].as_array().unwrap().iter().map(id).collect())
    }

    pub async fn job(&self, job: &str) -> Value {
        self.get(&format!("/jobs/{job}")).await
    }

    pub async fn mo(&self, order: &str) -> Value {
        self.get(&format!("/manufacturing-orders/{order}")).await
    }

    pub async fn act(&self, job: &str, verb: &str) -> Answer {
        self.post(&format!("/jobs/{job}/{verb}"), json!({})).await
    }

    pub async fn report(&self, job: &str, body: Value) -> Value {
        self.post(&format!("/jobs/{job}/report"), body).await.ok()
    }

    /// How much of an item there is.
    pub async fn stock(&self, item: &str) -> f64 {
        let found = self.get(&format!("/stock?item_id={item}&limit=500")).await;
        let rows = found["items"].as_array().unwrap();
        rows.iter().map(|row| row["quantity"].as_str().unwrap().parse::<f64>().unwrap()).sum()
    }

    pub async fn operator(&self, code: &str) -> String {
        let body = json!({"plant_id": self.office.plant(), "code": code, "name": format!("Operator {code}")});
        id(&self.post("/operators", body).await.ok())
    }
}

fn number(value: &Value) -> f64 {
    value.as_str().unwrap_or_else(|| panic!("no quantity: {value}")).parse().unwrap()
}

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

#[tokio::test]
async fn merged_orders_still_serve_what_they_were_made_for() {
    let floor = Floor::open().await;
    let plant = floor.office.plant();
    let mut wanted = Vec::new();
    for (code, quantity) in [("PO-1", "30"), ("PO-2", "20"), ("PO-3", "10")] {
        let body = json!({"plant_id": plant, "code": code, "item_id": floor.item, "quantity": quantity, "due_at": "2030-01-01T12:00:00Z"});
        let wants = id(&floor.post("/production-orders", body).await.ok());
        let made = floor.post(&format!("/production-orders/{wants}/plan"), json!({})).await.ok();
        wanted.push((wants, id(&made[0])));
    }
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
