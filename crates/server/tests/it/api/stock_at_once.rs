//! What two people do at one moment with the same material: whoever comes second sees what the first has done.

use inventory::actions::{Consume, consume};
use inventory::stock::moving::{Receive, StockMove, move_stock, receive};
use platform::ids::PlantId;
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::stock::Store;

fn id(text: &str) -> Uuid {
    text.parse().unwrap()
}

/// Until somebody waits for what somebody else holds.
async fn somebody_waits(store: &Store) {
    let admin = store.office.test.admin().await;
    let sql = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while admin.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::task::yield_now().await;
    }
}

fn wanted(store: &Store, quantity: i64, at: jiff::Timestamp) -> Consume {
    Consume {
        item: id(&store.resistor),
        quantity: Decimal::from(quantity),
        line: None,
        job: Uuid::from_u128(1),
        manufacturing_order: Uuid::from_u128(7),
        operator: None,
        lot: None,
        serial: None,
        at,
        allow_short: false,
    }
}

#[tokio::test]
async fn two_reports_of_one_order_take_what_is_promised_and_then_what_is_free() {
    let store = Store::open().await;
    let (office, plant) = (&store.office, PlantId(store.office.plant()));
    // Ten are promised to the order, ten more of another lot are free.
    store.receive(&store.resistor, "R1", "10", &store.bin, None).await;
    let needs = json!({ "plant_id": plant, "order_id": Uuid::from_u128(7), "needs": [{ "item_id": store.resistor, "quantity": "10" }] });
    store.verb("reserve", needs).await.ok();
    store.receive(&store.resistor, "R2", "10", &store.bin, None).await;
    let mut first = office.app.begin(&office.tenant.system()).await.unwrap();
    let at = first.now();
    consume(&mut first, plant, &wanted(&store, 6, at)).await.unwrap();
    let second = async {
        let mut tx = office.app.begin(&office.tenant.system()).await.unwrap();
        let taken = consume(&mut tx, plant, &wanted(&store, 6, at)).await.unwrap();
        tx.commit().await.unwrap();
        taken.iter().map(|taken| taken.quantity).sum::<Decimal>()
    };
    let finish = async {
        somebody_waits(&store).await;
        first.commit().await.unwrap();
    };
    let (taken, ()) = tokio::join!(second, finish);
    assert_eq!(taken, Decimal::from(6));
    assert_eq!(store.lies(&store.resistor).await, ["WH1-A-01 R2 available: 8"]);
    store.reconciled().await;
}

#[tokio::test]
async fn a_lot_is_blocked_also_where_somebody_is_just_putting_it() {
    let store = Store::open().await;
    let office = &store.office;
    let lot = store.receive(&store.resistor, "R1", "100", &store.bin, None).await;
    let block = json!({ "lot_id": lot, "status": "blocked", "reason": "Supplier's notice" });
    // Somebody moves some of it to where there was none.
    let mut first = office.app.begin(&office.tenant.system()).await.unwrap();
    let body = json!({ "location_id": store.bin, "to_location_id": store.warehouse, "item_id": store.resistor, "quantity": "40" });
    let body: StockMove = serde_json::from_value(body).unwrap();
    move_stock(&mut first, &body).await.unwrap();
    let finish = async {
        somebody_waits(&store).await;
        first.commit().await.unwrap();
    };
    let (blocked, ()) = tokio::join!(store.verb("set-status", block.clone()), finish);
    blocked.ok();
    assert_eq!(store.lies(&store.resistor).await, ["WH1 R1 blocked: 40", "WH1-A-01 R1 blocked: 60"]);
    store.verb("set-status", json!({ "lot_id": lot, "status": "available", "reason": "Checked" })).await.ok();
    // Somebody receives more of it.
    let mut second = office.app.begin(&office.tenant.system()).await.unwrap();
    let body = json!({ "location_id": store.side, "item_id": store.resistor, "quantity": "5", "lot_code": "R1" });
    let body: Receive = serde_json::from_value(body).unwrap();
    receive(&mut second, &body).await.unwrap();
    let finish = async {
        somebody_waits(&store).await;
        second.commit().await.unwrap();
    };
    let (blocked, ()) = tokio::join!(store.verb("set-status", block), finish);
    blocked.ok();
    assert_eq!(store.lies(&store.resistor).await, ["SMT-01-L R1 blocked: 5", "WH1 R1 blocked: 40", "WH1-A-01 R1 blocked: 60"]);
    store.reconciled().await;
}

#[tokio::test]
async fn what_lies_in_quarantine_or_is_of_a_blocked_lot_is_taken_by_nobody() {
    let store = Store::open().await;
    let (office, plant) = (&store.office, PlantId(store.office.plant()));
    let lot = store.receive(&store.resistor, "R1", "100", &store.bin, None).await;
    let order = Uuid::from_u128(7);
    let needs = json!({ "plant_id": plant, "order_id": order, "needs": [{ "item_id": store.resistor, "quantity": "100" }] });
    store.verb("reserve", needs).await.ok();
    // Put into quarantine it waits there, and is promised to nobody, for whomever it is moved.
    let away = json!({ "location_id": store.bin, "to_location_id": store.quarantine, "item_id": store.resistor, "quantity": "100", "order_id": order });
    store.verb("move", away).await.ok();
    assert_eq!(store.lies(&store.resistor).await, ["QA R1 quarantine: 100"]);
    let back = json!({ "location_id": store.quarantine, "to_location_id": store.bin, "item_id": store.resistor, "quantity": "30" });
    store.verb("move", back.clone()).await.refused(409, "stock_short");
    let mut back = back;
    back["status"] = json!("quarantine");
    store.verb("move", back).await.ok();
    assert_eq!(store.lies(&store.resistor).await, ["QA R1 quarantine: 70", "WH1-A-01 R1 quarantine: 30"]);
    // What was released and still lies there is for whoever goes there for it, and for no job by itself.
    let release = json!({ "location_id": store.quarantine, "item_id": store.resistor, "lot_id": lot, "from_status": "quarantine", "status": "available", "reason": "Checked" });
    store.verb("set-status", release).await.ok();
    let mut tx = office.app.begin(&office.tenant.system()).await.unwrap();
    let at = tx.now();
    let refused = consume(&mut tx, plant, &wanted(&store, 1, at)).await.unwrap_err();
    assert_eq!(refused.code, "stock_short");
    tx.rollback().await.unwrap();
    store.verb("issue", json!({ "location_id": store.quarantine, "item_id": store.resistor, "quantity": "1" })).await.ok();
    // A blocked lot stays blocked wherever some of it is found, and is released as a whole.
    store.verb("set-status", json!({ "lot_id": lot, "status": "blocked", "reason": "Notice" })).await.ok();
    let found = |status: serde_json::Value| json!({ "location_id": store.side, "lines": [{ "item_id": store.resistor, "lot_id": lot, "counted": "7", "status": status }] });
    store.verb("count", found(json!("available"))).await.refused(409, "material_blocked");
    store.verb("count", found(json!(null))).await.ok();
    assert_eq!(store.lies(&store.resistor).await[1], "SMT-01-L R1 blocked: 7");
    let more = json!({ "location_id": store.side, "item_id": store.resistor, "lot_id": lot, "quantity": "1", "status": "available", "reason": "found" });
    store.verb("adjust", more).await.refused(409, "material_blocked");
    let part = json!({ "location_id": store.side, "item_id": store.resistor, "lot_id": lot, "from_status": "blocked", "status": "available", "reason": "mine" });
    store.verb("set-status", part).await.refused(409, "material_blocked");
    store.reconciled().await;
}

#[tokio::test]
async fn moving_for_an_order_promises_it_nothing_that_was_not() {
    let store = Store::open().await;
    let order = Uuid::from_u128(7);
    store.receive(&store.resistor, "R1", "100", &store.bin, None).await;
    let needs = json!({ "plant_id": store.office.plant(), "order_id": order, "needs": [{ "item_id": store.resistor, "quantity": "30" }] });
    store.verb("reserve", needs).await.ok();
    let kit =
        json!({ "location_id": store.bin, "to_location_id": store.side, "item_id": store.resistor, "quantity": "50", "order_id": order });
    store.verb("move", kit.clone()).await.ok();
    assert_eq!(store.lies(&store.resistor).await, ["SMT-01-L R1 available: 50 (30)", "WH1-A-01 R1 available: 50"]);
    store.verb("move", kit).await.ok();
    assert_eq!(store.lies(&store.resistor).await, ["SMT-01-L R1 available: 100 (30)"]);
    store.reconciled().await;
}

#[tokio::test]
async fn nothing_is_put_on_a_license_plate_that_stands_elsewhere_or_is_closed() {
    let store = Store::open().await;
    let plate =
        |code: &str, closed: bool| json!({ "plant_id": store.office.plant(), "code": code, "location_id": store.bin, "closed": closed });
    let here = store.office.post("planner", "/license-plates", plate("BOX-1", false)).await.ok()["id"].as_str().unwrap().to_owned();
    let full = store.office.post("planner", "/license-plates", plate("BOX-2", true)).await.ok()["id"].as_str().unwrap().to_owned();
    let receive =
        |place: &str, plate: &str| json!({ "location_id": place, "item_id": store.screw, "quantity": "5", "license_plate_id": plate });
    let adjust = |place: &str, plate: &str| json!({ "location_id": place, "item_id": store.screw, "quantity": "5", "license_plate_id": plate, "reason": "found" });
    let count = |place: &str, plate: &str| json!({ "location_id": place, "lines": [{ "item_id": store.screw, "counted": "9", "license_plate_id": plate }] });
    for (place, plate, code) in [(&store.warehouse, &here, "other_place"), (&store.bin, &full, "closed")] {
        for (verb, body) in [("receive", receive(place, plate)), ("adjust", adjust(place, plate)), ("count", count(place, plate))] {
            let refused = store.verb(verb, body).await.refused(422, "invalid");
            assert_eq!(refused["errors"][0]["code"], code, "{verb}: {refused}");
        }
    }
    store.verb("receive", receive(&store.bin, &here)).await.ok();
    store.verb("count", count(&store.bin, &here)).await.ok();
    assert_eq!(store.lies(&store.screw).await, ["WH1-A-01 - available: 9"]);
    store.reconciled().await;
}

#[tokio::test]
async fn a_license_plate_takes_along_what_is_just_being_put_on_a_box_upon_it() {
    let store = Store::open().await;
    let office = &store.office;
    let plate = async |code: &str, upon: Option<&str>| {
        let body = json!({ "plant_id": office.plant(), "code": code, "location_id": store.bin, "parent_id": upon });
        office.post("planner", "/license-plates", body).await.ok()["id"].as_str().unwrap().to_owned()
    };
    let pallet = plate("PALLET-1", None).await;
    let inside = plate("BOX-1", Some(&pallet)).await;
    let mut first = office.app.begin(&office.tenant.system()).await.unwrap();
    let body = json!({ "location_id": store.bin, "item_id": store.screw, "quantity": "5", "license_plate_id": inside });
    let body: Receive = serde_json::from_value(body).unwrap();
    receive(&mut first, &body).await.unwrap();
    let finish = async {
        somebody_waits(&store).await;
        first.commit().await.unwrap();
    };
    let away = store.verb("move", json!({ "license_plate_id": pallet, "to_location_id": store.quarantine }));
    let (moved, ()) = tokio::join!(away, finish);
    moved.ok();
    assert_eq!(store.lies(&store.screw).await, ["QA - quarantine: 5"]);
    store.reconciled().await;
}
