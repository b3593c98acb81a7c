//! Corrections of reports: what was reported by mistake leaves the stock again, what was taken for it comes back, and the ledger and the genealogy tell
//! both.

use serde_json::{Value, json};
use uuid::Uuid;

use super::floor::{Floor, id, number};

impl Floor {
    async fn reconciled(&self) {
        let found = self.get(&format!("/stock/reconcile?plant_id={}", self.office.plant())).await;
        assert_eq!(found["differences"].as_array().map_or(0, Vec::len), 0, "{found}");
    }

    /// What an order took and made of an item so far, by its own components.
    async fn moved(&self, order: &str) -> f64 {
        number(&self.get(&format!("/manufacturing-orders/{order}/components")).await[0]["moved"])
    }

    async fn ledger(&self, sql: &str) -> Vec<(String, f64, Option<String>)> {
        let rows = self.office.test.admin().await.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
    }

    /// An item that is made in one step at the first line, of two boards each.
    async fn of_one_step(&self) -> String {
        let step = json!({"plant_id": self.office.plant(), "item_id": self.item, "revision": "Z", "effective_from": "2020-01-01", "status": "released"});
        let routing = id(&self.post("/routings", step).await.ok());
        let step = json!({"routing_id": routing, "number": 10, "name": "Place", "area_id": self.smt_area});
        self.post("/routing-steps", step).await.ok();
        routing
    }

    async fn one_step(&self, code: &str, quantity: &str, more: Value) -> (String, String) {
        let routing = self.of_one_step_once().await;
        let mut body = json!({"code": code, "quantity": quantity, "routing_id": routing});
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        let order = self.order_with(body).await;
        let released = self.post(&format!("/manufacturing-orders/{order}/release"), json!({})).await.ok();
        (order, id(&released["jobs"][0]))
    }

    async fn of_one_step_once(&self) -> String {
        let known = self.get(&format!("/routings?item_id={}", self.item)).await;
        match known["items"].as_array().unwrap().iter().find(|routing| routing["revision"] == "Z") {
            Some(routing) => id(routing),
            None => self.of_one_step().await,
        }
    }

    async fn refused_report(&self, job: &str, body: Value, status: u16, code: &str) -> Value {
        self.post(&format!("/jobs/{job}/report"), body).await.refused(status, code)
    }
}

#[tokio::test]
async fn a_correction_puts_everything_back_and_the_ledger_tells_both() {
    let floor = Floor::open().await;
    let (order, job) = floor.one_step("MO-1", "100", json!({})).await;
    floor.report(&job, json!({"good": "60", "scrap": "5"})).await;
    assert_eq!((floor.stock(&floor.board).await, floor.stock(&floor.item).await), (870.0, 60.0));
    floor.report(&job, json!({"good": "-10", "scrap": "-5"})).await;
    assert_eq!((floor.stock(&floor.board).await, floor.stock(&floor.item).await), (900.0, 50.0), "ten and five were not made after all");
    assert_eq!((floor.moved(&order).await, number(&floor.mo(&order).await["good"])), (100.0, 50.0));
    let sql =
        "select kind, quantity::float8, reason from stock_movements where manufacturing_order_id is not null order by recorded_at, id";
    let told = floor.ledger(sql).await;
    let correction = |kind: &str, quantity: f64| (kind.to_owned(), quantity, Some("Correction of a report".to_owned()));
    assert!(told.contains(&correction("production", -10.0)) && told.contains(&correction("issue", 30.0)), "{told:?}");
    assert_eq!(told.len(), 4, "nothing was removed: {told:?}");
    floor.reconciled().await;
    // What was scrap and is good after all has used up its material as before.
    floor.report(&job, json!({"scrap": "4"})).await;
    floor.report(&job, json!({"good": "4", "scrap": "-4"})).await;
    assert_eq!((floor.stock(&floor.board).await, floor.stock(&floor.item).await), (892.0, 54.0));
    floor.reconciled().await;
}

#[tokio::test]
async fn what_was_too_little_is_not_given_back_but_all_of_it_is_where_nothing_is_left() {
    let floor = Floor::open().await;
    let (order, job) = floor.one_step("MO-1", "600", json!({})).await;
    let short = floor.report(&job, json!({"good": "600"})).await;
    assert_eq!(short["short"], json!(["BOARD-2: 1000 of 1200"]));
    floor.report(&job, json!({"good": "-50"})).await;
    assert_eq!(floor.stock(&floor.board).await, 0.0, "the 550 that are left would have used up all of it too");
    floor.report(&job, json!({"good": "-150"})).await;
    assert_eq!(floor.stock(&floor.board).await, 200.0);
    floor.report(&job, json!({"good": "-400"})).await;
    assert_eq!((floor.stock(&floor.board).await, floor.stock(&floor.item).await, floor.moved(&order).await), (1000.0, 0.0, 0.0));
    floor.reconciled().await;
}

#[tokio::test]
async fn pieces_are_taken_back_by_name_and_their_genealogy_says_so() {
    let floor = Floor::open().await;
    // What was promised to the order is taken first: two pieces' worth.
    let (_, job) = floor.one_step("MO-1", "2", json!({})).await;
    floor.report(&job, json!({"good": "2", "serials": ["S-1", "S-2"]})).await;
    // The second lot is what the third piece is made of.
    let lot =
        json!({"location_id": floor.warehouse, "item_id": floor.board, "quantity": "10", "lot_code": "B-200", "expires_on": "2030-01-01"});
    floor.post("/stock/receive", lot).await.ok();
    floor.report(&job, json!({"good": "1", "serials": ["S-3"]})).await;
    floor.refused_report(&job, json!({"good": "-1"}), 422, "invalid").await;
    for (serials, code) in [(json!(["S-9"]), "not_made_here"), (json!(["S-1", "S-1"]), "repeated"), (json!(["S-1", "S-2"]), "too_many")] {
        let refused = floor.refused_report(&job, json!({"good": "-1", "serials": serials}), 422, "invalid").await;
        assert_eq!(refused["errors"][0]["code"], code, "{refused}");
    }
    floor.report(&job, json!({"good": "-1", "serials": ["S-1"]})).await;
    assert_eq!((floor.stock(&floor.item).await, floor.stock(&floor.board).await), (2.0, 1006.0));
    let serial = async |code: &str| floor.get(&format!("/serials?code={code}")).await["items"][0].clone();
    assert_eq!(serial("S-1").await["status"], "withdrawn");
    let links = floor.get(&format!("/serials/{}/trace", id(&serial("S-1").await))).await;
    let quantities: Vec<f64> = links["links"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|link| !link["quantity"].is_null())
        .map(|link| number(&link["quantity"]))
        .collect();
    assert_eq!(quantities.iter().sum::<f64>(), 0.0, "made of two, and then of none: {links}");
    assert!(quantities.contains(&2.0) && quantities.contains(&-2.0), "{quantities:?}");
    let of_first = "select l.code, sum(m.quantity)::float8, null::text from stock_movements m join lots l on l.id = m.lot_id
        where m.kind = 'issue' group by 1 order by 1";
    let issued = floor.ledger(of_first).await;
    assert_eq!(
        issued.iter().map(|(lot, quantity, _)| (lot.as_str(), *quantity)).collect::<Vec<_>>(),
        [("B-100", -2.0), ("B-200", -2.0)],
        "the lot that the piece was made of came back, not the one that was taken last"
    );
    // Reported again, now rightly.
    floor.report(&job, json!({"good": "1", "serials": ["S-1"]})).await;
    assert_eq!(serial("S-1").await["status"], "available");
    floor.reconciled().await;
}

#[tokio::test]
async fn units_that_are_gone_are_not_taken_back() {
    let floor = Floor::open().await;
    let (order, job) = floor.one_step("MO-1", "10", json!({})).await;
    floor.report(&job, json!({"good": "5"})).await;
    let issue = json!({"item_id": floor.item, "quantity": "4", "location_id": floor.warehouse, "reason": "Shipped"});
    floor.post("/stock/issue", issue).await.ok();
    floor.refused_report(&job, json!({"good": "-2"}), 409, "units_gone").await;
    assert_eq!((number(&floor.job(&job).await["good"]), floor.moved(&order).await), (5.0, 10.0), "nothing of it was done");
    floor.report(&job, json!({"good": "-1"})).await;
    assert_eq!(floor.stock(&floor.item).await, 0.0);
    floor.reconciled().await;
}

#[tokio::test]
async fn a_lot_that_was_blocked_meanwhile_comes_back_blocked() {
    let floor = Floor::open().await;
    let (_, job) = floor.one_step("MO-1", "10", json!({})).await;
    floor.report(&job, json!({"good": "5"})).await;
    let lot = id(&floor.get("/lots?code=B-100").await["items"][0]);
    floor.post("/stock/set-status", json!({"lot_id": lot, "status": "blocked", "reason": "Wrong plating"})).await.ok();
    floor.report(&job, json!({"good": "-5"})).await;
    let stock = floor.get(&format!("/stock?item_id={}&limit=500", floor.board)).await;
    assert!(stock["items"].as_array().unwrap().iter().all(|row| row["status"] == "blocked"), "{stock}");
    assert_eq!(floor.stock(&floor.board).await, 1000.0);
    floor.reconciled().await;
}

#[tokio::test]
async fn what_came_out_beside_it_goes_too_and_a_lot_that_came_back_whole_was_not_issued() {
    let floor = Floor::open().await;
    let units = floor.get("/units").await;
    let body = json!({"code": "FRAME", "name": "Panel frame", "category": "raw_material", "unit_id": id(&units["items"][0])});
    let frame = id(&floor.post("/items", body).await.ok());
    let outputs = json!([{"item_id": frame, "quantity_per": "0.5", "kind": "by_product"}]);
    let (order, job) = floor.one_step("MO-1", "10", json!({"outputs": outputs})).await;
    floor.report(&job, json!({"good": "8"})).await;
    assert_eq!(floor.stock(&frame).await, 4.0);
    floor.report(&job, json!({"good": "-6"})).await;
    assert_eq!(floor.stock(&frame).await, 1.0);
    floor.report(&job, json!({"good": "-2"})).await;
    assert_eq!((floor.stock(&frame).await, floor.stock(&floor.item).await, floor.stock(&floor.board).await), (0.0, 0.0, 1000.0));
    let issued = "select 'issued', count(*)::float8, null::text from issued_materials";
    assert_eq!(floor.ledger(issued).await[0].1, 0.0);
    assert!(
        floor
            .get(&format!("/manufacturing-orders/{order}/components"))
            .await
            .as_array()
            .unwrap()
            .iter()
            .all(|part| number(&part["moved"]) == 0.0)
    );
    floor.reconciled().await;
}

/// Whatever is reported and taken back in whatever order, stock is what the counts of the jobs say: nothing is made, nothing lost.
#[tokio::test]
async fn quantities_are_conserved() {
    let floor = Floor::open().await;
    let (order, jobs) = floor.released("MO-1", "400").await;
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut dice = |most: i64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % (most as u64 + 1)) as i64
    };
    for step in 0..60 {
        let job = &jobs[usize::from(dice(2) == 0)];
        let sign = |chance: i64| if chance == 0 { -1 } else { 1 };
        let counts: Vec<i64> = (0..3).map(|_| dice(9)).collect();
        let signs: Vec<i64> = (0..3).map(|_| sign(dice(2))).collect();
        let body = json!({"good": (counts[0] * signs[0]).to_string(), "scrap": (counts[1] * signs[1]).to_string(), "rework": (counts[2] * signs[2]).to_string()});
        let answer = floor.post(&format!("/jobs/{job}/report"), body.clone()).await;
        assert!(answer.status.is_success() || answer.status == 409, "{}: {}", answer.status, answer.json);
        let (first, last) = (floor.job(&jobs[0]).await, floor.job(&jobs[1]).await);
        let processed: f64 = ["good", "scrapped", "reworked"].iter().map(|count| number(&first[*count])).sum();
        let good = number(&last["good"]);
        assert_eq!(floor.stock(&floor.board).await, 1000.0 - 2.0 * processed, "step {step}: {body}");
        assert_eq!((floor.stock(&floor.item).await, number(&floor.mo(&order).await["good"])), (good, good), "step {step}: {body}");
        assert_eq!(floor.moved(&order).await, 2.0 * processed, "step {step}: {body}");
    }
    floor.reconciled().await;
    let negative = "select 'negative', count(*)::float8, null::text from stock where quantity < 0 or reserved > quantity";
    assert_eq!(floor.ledger(negative).await[0].1, 0.0);
}

#[tokio::test]
async fn what_no_report_may_say_is_refused_and_changes_nothing() {
    let floor = Floor::open().await;
    let (_, jobs) = floor.released("MO-1", "10").await;
    let serials: Vec<String> = (0..1_001).map(|number| format!("S-{number}")).collect();
    let hostile = [
        (json!({"good": "10000001"}), 422),
        (json!({"good": "0.0000001"}), 422),
        (json!({"good": "1e400"}), 422),
        (json!({"good": "NaN"}), 422),
        (json!({"good": "1", "note": "x\u{0}y"}), 422),
        (json!({"good": "1", "note": "x".repeat(1_001)}), 422),
        (json!({"good": "1001", "serials": serials}), 422),
        (json!({"good": "1", "program": "a\nb"}), 422),
        (json!({"good": "1", "program": "x".repeat(201)}), 422),
        (json!({"good": "1", "equipment_id": Uuid::from_u128(7)}), 422),
        (json!({"good": "1", "operator_id": "me"}), 422),
        (json!({"good": "1", "surprise": true}), 422),
        (json!({"good": ["1"]}), 422),
    ];
    for (body, status) in hostile {
        let answer = floor.post(&format!("/jobs/{}/report", jobs[0]), body.clone()).await;
        assert!(answer.status == status || answer.status == 400, "{body}: {} {}", answer.status, answer.json);
    }
    assert_eq!(number(&floor.job(&jobs[0]).await["good"]), 0.0);
    assert_eq!(floor.stock(&floor.board).await, 1000.0);
}

#[tokio::test]
async fn a_correction_that_names_its_entry_counts_when_that_did() {
    let floor = Floor::open().await;
    let (_, job) = floor.one_step("MO-1", "100", json!({})).await;
    let plant = floor.office.plant();
    let reason = json!({"plant_id": plant, "code": "BRIDGE", "name": "Bridge", "category": "scrap"});
    let reason = id(&floor.post("/reasons", reason).await.ok());
    let entry = floor.report(&job, json!({"good": "20", "scrap": "5", "reason_id": reason})).await["id"].as_str().unwrap().to_owned();
    let another = floor.report(&job, json!({"good": "10"})).await["id"].as_str().unwrap().to_owned();
    let at = async |entry: &str| {
        let ledger = floor.get(&format!("/jobs/{job}/report")).await;
        ledger.as_array().unwrap().iter().find(|one| one["id"] == entry).map(|one| (one["at"].clone(), one["reason_id"].clone())).unwrap()
    };
    let correction = floor.report(&job, json!({"good": "3", "scrap": "-3", "corrects_id": entry})).await;
    let correction = correction["id"].as_str().unwrap().to_owned();
    assert_eq!(at(&correction).await, at(&entry).await, "in the same quarter of an hour, for the same reason");
    let sums = "select 'sums', sum(scrapped)::float8, null::text from line_quarters";
    assert_eq!(floor.ledger(sums).await[0].1, 2.0);
    floor.refused_report(&job, json!({"scrap": "-3", "corrects_id": entry}), 409, "more_than_reported").await;
    floor.refused_report(&job, json!({"scrap": "-1", "corrects_id": another}), 409, "more_than_reported").await;
    floor.refused_report(&job, json!({"scrap": "-1", "corrects_id": correction}), 422, "invalid").await;
    floor.refused_report(&job, json!({"scrap": "-1", "corrects_id": Uuid::from_u128(7)}), 422, "invalid").await;
    floor.report(&job, json!({"scrap": "-2", "corrects_id": entry})).await;
    floor.reconciled().await;
}

#[tokio::test]
async fn what_is_added_to_the_past_is_a_correction_too() {
    let floor = Floor::open().await;
    let (_, job) = floor.one_step("MO-1", "100", json!({})).await;
    let entry = floor.report(&job, json!({"good": "20"})).await["id"].clone();
    let operator = floor.office.tenant.person(&["production.job.read", "production.job.report"]);
    let mut tx = floor.office.app.begin(&operator).await.unwrap();
    let more = serde_json::from_value(json!({"good": "5", "corrects_id": entry})).unwrap();
    let said = production::jobs::actions::Said::now(&tx, None);
    let refused = production::jobs::report::report(&mut tx, job.parse().unwrap(), &more, said).await.unwrap_err();
    assert_eq!((refused.kind.status(), refused.code), (403, "permission_missing"), "{refused:?}");
    tx.rollback().await.unwrap();
    floor.report(&job, json!({"good": "5", "corrects_id": entry})).await;
    assert_eq!(number(&floor.job(&job).await["good"]), 25.0);
}

#[tokio::test]
async fn a_recall_says_when_a_lot_was_made_and_not_when_that_was_corrected() {
    let floor = Floor::open().await;
    let (_, job) = floor.one_step("MO-1", "100", json!({})).await;
    floor.report(&job, json!({"good": "20"})).await;
    let made = floor.get(&format!("/jobs/{job}/report")).await[0]["at"].clone();
    floor.report(&job, json!({"good": "-5"})).await;
    let lot = id(&floor.get("/lots?code=B-100").await["items"][0]);
    let recall = floor.get(&format!("/lots/{lot}/recall")).await;
    let product = recall["items"].as_array().unwrap().iter().find(|item| item["code"] == "MO-1").cloned().unwrap();
    assert_eq!(product["made_at"], made, "{product}");
}
