//! Materials over HTTP: what comes, lies, moves, is counted and goes; and that stock is always what the ledger adds up to.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::planning::{Answer, Office};

/// A plant with places, units and items, in which nothing lies yet.
pub struct Store {
    pub office: Office,
    pub warehouse: String,
    pub bin: String,
    pub side: String,
    pub quarantine: String,
    pub line: String,
    /// Kept by lots, in grams.
    pub paste: String,
    /// Kept by lots, in pieces; 5,000 are a reel.
    pub resistor: String,
    /// Kept by serials.
    pub board: String,
    /// Not told apart.
    pub screw: String,
    pub reel: String,
    pub kilogram: String,
}

impl Store {
    pub async fn open() -> Store {
        let office = Office::bare().await;
        let plant = office.plant().to_string();
        let made = |answer: Answer| answer.ok()["id"].as_str().unwrap().to_owned();
        let unit = |code: &str, name: &str, symbol: &str, dimension: &str, decimals: i32| json!({ "code": code, "name": name, "symbol": symbol, "dimension": dimension, "decimals": decimals });
        let piece = made(office.post("planner", "/units", unit("C62", "Piece", "pc", "count", 0)).await);
        let gram = made(office.post("planner", "/units", unit("GRM", "Gram", "g", "mass", 3)).await);
        let kilogram = made(office.post("planner", "/units", unit("KGM", "Kilogram", "kg", "mass", 3)).await);
        let reel = made(office.post("planner", "/units", unit("RL", "Reel", "reel", "count", 0)).await);
        let thousand = json!({ "from_unit_id": kilogram, "to_unit_id": gram, "factor": "1000" });
        office.post("planner", "/unit-conversions", thousand).await.ok();
        let item = |code: &str, name: &str, category: &str, unit: &str, tracking: &str, gtin: Option<&str>| json!({ "code": code, "name": name, "category": category, "unit_id": unit, "tracking": tracking, "gtin": gtin });
        let paste = made(
            office.post("planner", "/items", item("SP-305", "Solder paste", "consumable", &gram, "lot", Some("09506000134352"))).await,
        );
        let resistor = made(office.post("planner", "/items", item("R-10K", "Resistor 10 k", "component", &piece, "lot", None)).await);
        let board =
            made(office.post("planner", "/items", item("CU-7", "Control unit", "product", &piece, "serial", Some("09506000117843"))).await);
        let screw = made(office.post("planner", "/items", item("M3-8", "Screw M3 × 8", "component", &piece, "none", None)).await);
        let five_thousand = json!({ "from_unit_id": reel, "to_unit_id": piece, "item_id": resistor, "factor": "5000" });
        office.post("planner", "/unit-conversions", five_thousand).await.ok();
        let area = made(office.post("planner", "/areas", json!({ "plant_id": plant, "code": "SMT", "name": "SMT" })).await);
        let line = made(office.post("planner", "/lines", json!({ "area_id": area, "name": "SMT-01" })).await);
        let place = |code: &str, kind: &str, parent: Option<&str>, line: Option<&str>| json!({ "plant_id": plant, "code": code, "name": code, "type": kind, "parent_id": parent, "line_id": line });
        let warehouse = made(office.post("planner", "/locations", place("WH1", "warehouse", None, None)).await);
        let bin = made(office.post("planner", "/locations", place("WH1-A-01", "bin", Some(&warehouse), None)).await);
        let side = made(office.post("planner", "/locations", place("SMT-01-L", "line_side", None, Some(&line))).await);
        let quarantine = made(office.post("planner", "/locations", place("QA", "quarantine", None, None)).await);
        Store { office, warehouse, bin, side, quarantine, line, paste, resistor, board, screw, reel, kilogram }
    }

    pub async fn verb(&self, verb: &str, body: Value) -> Answer {
        self.office.post("planner", &format!("/stock/{verb}"), body).await
    }

    /// Material that comes in a lot; returns the lot.
    pub async fn receive(&self, item: &str, lot: &str, quantity: &str, location: &str, expires_on: Option<&str>) -> String {
        let body = json!({ "location_id": location, "item_id": item, "quantity": quantity, "lot_code": lot, "expires_on": expires_on });
        let done = self.verb("receive", body).await.ok();
        done["lines"][0]["lot"]["id"].as_str().unwrap().to_owned()
    }

    /// How much of an item lies where, as `place lot status: quantity (reserved)`.
    pub async fn lies(&self, item: &str) -> Vec<String> {
        let list = self.office.get("planner", &format!("/stock?item_id={item}&limit=200")).await.ok();
        let said = |stock: &Value| {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let told = if stock["serial"].is_null() { text(&stock["lot"]["code"]) } else { text(&stock["serial"]["code"]) };
            let reserved = if stock["reserved"] == "0" { String::new() } else { format!(" ({})", text(&stock["reserved"])) };
            format!("{} {told} {}: {}{reserved}", text(&stock["location"]["code"]), text(&stock["status"]), text(&stock["quantity"]))
        };
        let mut lies: Vec<String> = list["items"].as_array().unwrap().iter().map(said).collect();
        lies.sort();
        lies
    }

    /// Stock is what the ledger adds up to, and what is promised is what the reservations do.
    pub async fn reconciled(&self) {
        let found = self.office.get("planner", &format!("/stock/reconcile?plant_id={}", self.office.plant())).await.ok();
        assert_eq!(found["differences"], json!([]), "{found}");
    }
}

#[tokio::test]
async fn what_is_said_in_one_unit_is_kept_in_the_unit_of_the_item() {
    let store = Store::open().await;
    let body = json!({ "location_id": store.bin, "item_id": store.resistor, "quantity": "2", "unit_id": store.reel, "lot_code": "R1" });
    let done = store.verb("receive", body).await.ok();
    let line = &done["lines"][0];
    assert_eq!((&line["quantity"], &line["entered_quantity"], &line["entered_unit"]), (&json!("10000"), &json!("2"), &json!("reel")));
    let body = json!({ "location_id": store.bin, "item_id": store.paste, "quantity": "0.5", "unit_id": store.kilogram, "lot_code": "P1" });
    assert_eq!(store.verb("receive", body).await.ok()["lines"][0]["quantity"], "500");
    // A kilogram is no number of resistors.
    let body = json!({ "location_id": store.bin, "item_id": store.resistor, "quantity": "1", "unit_id": store.kilogram, "lot_code": "R2" });
    let refused = store.verb("receive", body).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "no_conversion");
    assert_eq!(store.lies(&store.resistor).await, ["WH1-A-01 R1 available: 10000"]);
    store.reconciled().await;
}

#[tokio::test]
async fn what_expires_first_goes_first_and_what_has_expired_does_not() {
    let store = Store::open().await;
    store.receive(&store.paste, "LATE", "500", &store.bin, Some("2031-01-31")).await;
    store.receive(&store.paste, "SOON", "300", &store.bin, Some("2030-06-30")).await;
    let gone = store.receive(&store.paste, "GONE", "900", &store.bin, Some("2020-01-01")).await;
    store.receive(&store.paste, "EVER", "100", &store.bin, None).await;
    let issue = |quantity: &str| json!({ "location_id": store.bin, "item_id": store.paste, "quantity": quantity });
    store.verb("issue", issue("400")).await.ok();
    let left = ["WH1-A-01 EVER available: 100", "WH1-A-01 GONE available: 900", "WH1-A-01 LATE available: 400"];
    assert_eq!(store.lies(&store.paste).await, left);
    store.verb("issue", issue("501")).await.refused(409, "stock_short");
    let expired = json!({ "location_id": store.bin, "item_id": store.paste, "quantity": "1", "lot_id": gone });
    store.verb("issue", expired).await.refused(409, "material_expired");
    // It may still be thrown away.
    let scrap =
        json!({ "location_id": store.bin, "item_id": store.paste, "quantity": "900", "lot_id": gone, "scrap": true, "reason": "expired" });
    assert_eq!(store.verb("issue", scrap).await.ok()["lines"][0]["kind"], "scrap");
    store.verb("issue", issue("500")).await.ok();
    assert_eq!(store.lies(&store.paste).await, Vec::<String>::new());
    store.reconciled().await;
}

#[tokio::test]
async fn nothing_makes_stock_negative_not_even_the_database_role_of_the_server() {
    let store = Store::open().await;
    store.receive(&store.paste, "P1", "10", &store.bin, None).await;
    let adjust =
        |quantity: &str, reason: &str| json!({ "location_id": store.bin, "item_id": store.screw, "quantity": quantity, "reason": reason });
    store.verb("adjust", adjust("-1", "lost")).await.refused(409, "stock_short");
    store.verb("adjust", adjust("5", " ")).await.refused(422, "invalid");
    store.verb("adjust", adjust("5", "found behind the rack")).await.ok();
    store.verb("adjust", adjust("-6", "lost")).await.refused(409, "stock_short");
    assert_eq!(store.lies(&store.screw).await, ["WH1-A-01 - available: 5"]);
    // The server's role can neither write stock nor change the ledger.
    let server = store.office.test.login("gemba_app").await.unwrap();
    for forbidden in [
        "update stock set quantity = 1",
        "delete from stock",
        "update stock_movements set quantity = 1",
        "delete from stock_movements",
        "truncate stock_movements",
        "delete from genealogy",
    ] {
        let refused = server.execute(forbidden, &[]).await.unwrap_err();
        assert_eq!(refused.code().map(|code| code.code().to_owned()).as_deref(), Some("42501"), "{forbidden}: {refused}");
    }
    store.reconciled().await;
}

#[tokio::test]
async fn what_is_promised_to_an_order_goes_to_no_other() {
    let store = Store::open().await;
    let (mine, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    store.receive(&store.resistor, "R1", "1000", &store.bin, None).await;
    let needs = |order: Uuid, quantity: &str| json!({ "plant_id": store.office.plant(), "order_id": order, "needs": [{ "item_id": store.resistor, "quantity": quantity }] });
    assert_eq!(store.verb("reserve", needs(mine, "700")).await.ok()[0]["short"], "0");
    // Asked again, nothing is promised twice; more than is free is told as short.
    assert_eq!(store.verb("reserve", needs(mine, "700")).await.ok()[0]["short"], "0");
    assert_eq!(store.verb("reserve", needs(other, "500")).await.ok()[0]["short"], "200");
    assert_eq!(store.lies(&store.resistor).await, ["WH1-A-01 R1 available: 1000 (1000)"]);
    let issue = |order: Uuid, quantity: &str| json!({ "location_id": store.bin, "item_id": store.resistor, "quantity": quantity, "manufacturing_order_id": order });
    store.verb("issue", json!({ "location_id": store.bin, "item_id": store.resistor, "quantity": "1" })).await.refused(409, "stock_short");
    store.verb("issue", issue(other, "301")).await.refused(409, "stock_short");
    store.verb("issue", issue(mine, "200")).await.ok();
    assert_eq!(store.lies(&store.resistor).await, ["WH1-A-01 R1 available: 800 (800)"]);
    // For an order it is moved with its promise.
    let kit =
        json!({ "location_id": store.bin, "to_location_id": store.side, "item_id": store.resistor, "quantity": "500", "order_id": mine });
    store.verb("move", kit).await.ok();
    assert_eq!(store.lies(&store.resistor).await, ["SMT-01-L R1 available: 500 (500)", "WH1-A-01 R1 available: 300 (300)"]);
    let listed = store.office.get("planner", &format!("/stock/reservations?order_id={mine}")).await.ok();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
    let free = json!({ "plant_id": store.office.plant(), "order_id": other });
    assert_eq!(store.verb("unreserve", free.clone()).await.ok()["reservations"], 1);
    assert_eq!(store.verb("unreserve", free).await.ok()["reservations"], 0);
    // A count is right, whatever was promised: what is not there is promised to nobody.
    let count =
        json!({ "location_id": store.side, "lines": [{ "item_id": store.resistor, "lot_id": lot_of(&store).await, "counted": "450" }] });
    assert_eq!(store.verb("count", count).await.ok()["lines"][0]["difference"], "-50");
    assert_eq!(store.lies(&store.resistor).await, ["SMT-01-L R1 available: 450 (450)", "WH1-A-01 R1 available: 300"]);
    store.reconciled().await;
}

/// The SSCC of the range in these tests, its check digit computed here once more.
fn gs1_sscc(reference: u32) -> String {
    let digits = format!("37610425{reference:09}");
    let sum: u32 = digits.bytes().rev().zip([3, 1].into_iter().cycle()).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

async fn lot_of(store: &Store) -> String {
    store.office.id_of("lots", "code", "R1").await
}

#[tokio::test]
async fn a_blocked_lot_is_used_by_nobody_until_it_is_released() {
    let store = Store::open().await;
    let lot = store.receive(&store.resistor, "R1", "1000", &store.bin, None).await;
    let order = Uuid::from_u128(7);
    let reserve =
        json!({ "plant_id": store.office.plant(), "order_id": order, "needs": [{ "item_id": store.resistor, "quantity": "10" }] });
    store.verb("reserve", reserve).await.ok();
    let set = |status: &str| json!({ "lot_id": lot, "status": status, "reason": "Supplier's notice" });
    store.verb("set-status", set("blocked")).await.ok();
    // Said twice, it is said once.
    assert_eq!(store.verb("set-status", set("blocked")).await.ok()["document_id"], Value::Null);
    assert_eq!(store.lies(&store.resistor).await, ["WH1-A-01 R1 blocked: 1000"]);
    assert_eq!(store.office.get("planner", &format!("/lots/{lot}")).await.ok()["status"], "blocked");
    let issue = json!({ "location_id": store.bin, "item_id": store.resistor, "quantity": "1", "lot_id": lot });
    store.verb("issue", issue.clone()).await.refused(409, "material_blocked");
    // What comes of it later is blocked too.
    store.receive(&store.resistor, "R1", "500", &store.warehouse, None).await;
    assert_eq!(store.lies(&store.resistor).await, ["WH1 R1 blocked: 500", "WH1-A-01 R1 blocked: 1000"]);
    // Blocked material is moved where it belongs.
    let away = json!({ "location_id": store.bin, "to_location_id": store.quarantine, "item_id": store.resistor, "quantity": "1000", "status": "blocked" });
    store.verb("move", away).await.ok();
    store.verb("set-status", set("available")).await.ok();
    assert_eq!(store.lies(&store.resistor).await, ["QA R1 available: 1000", "WH1 R1 available: 500"]);
    // Some of it only.
    let part = json!({ "location_id": store.warehouse, "item_id": store.resistor, "lot_id": lot, "status": "quarantine", "quantity": "120", "reason": "wet" });
    store.verb("set-status", part).await.ok();
    assert_eq!(store.lies(&store.resistor).await, ["QA R1 available: 1000", "WH1 R1 available: 380", "WH1 R1 quarantine: 120"]);
    // What arrives in quarantine waits there unless somebody says otherwise.
    store.receive(&store.paste, "P1", "5", &store.quarantine, None).await;
    assert_eq!(store.lies(&store.paste).await, ["QA P1 quarantine: 5"]);
    store.reconciled().await;
}

#[tokio::test]
async fn a_piece_is_in_one_place() {
    let store = Store::open().await;
    let receive = |serials: Value, quantity: &str| json!({ "location_id": store.bin, "item_id": store.board, "quantity": quantity, "serials": serials });
    store.verb("receive", receive(json!(["S1"]), "2")).await.refused(422, "invalid");
    store.verb("receive", receive(json!([]), "1")).await.refused(422, "invalid");
    store.verb("receive", receive(json!(["S1", "S1"]), "2")).await.refused(409, "serial_twice");
    let done = store.verb("receive", receive(json!(["S1", "S2"]), "2")).await.ok();
    assert_eq!(done["lines"].as_array().unwrap().len(), 2);
    store.verb("receive", receive(json!(["S2", "S3"]), "2")).await.refused(409, "serial_exists");
    let serial = store.office.id_of("serials", "code", "S1").await;
    let found = json!({ "location_id": store.warehouse, "lines": [{ "item_id": store.board, "serial_id": serial, "counted": "1" }] });
    store.verb("count", found).await.refused(409, "serial_elsewhere");
    let go =
        json!({ "location_id": store.bin, "to_location_id": store.side, "item_id": store.board, "serial_id": serial, "quantity": "1" });
    store.verb("move", go).await.ok();
    assert_eq!(store.lies(&store.board).await, ["SMT-01-L S1 available: 1", "WH1-A-01 S2 available: 1"]);
    let use_it = json!({ "location_id": store.side, "item_id": store.board, "serial_id": serial, "quantity": "1" });
    store.verb("issue", use_it).await.ok();
    assert_eq!(store.office.get("planner", &format!("/serials/{serial}")).await.ok()["status"], "consumed");
    // Found again, it is there again.
    let again = json!({ "location_id": store.bin, "lines": [{ "item_id": store.board, "serial_id": serial, "counted": "1" }] });
    store.verb("count", again).await.ok();
    assert_eq!(store.office.get("planner", &format!("/serials/{serial}")).await.ok()["status"], "available");
    // A number that was printed before its piece was made is taken up by it.
    let early = json!({ "plant_id": store.office.plant(), "code": "S9", "item_id": store.board });
    store.office.post("planner", "/serials", early).await.ok();
    store.verb("receive", receive(json!(["S9"]), "1")).await.ok();
    store.reconciled().await;
}

#[tokio::test]
async fn a_license_plate_takes_along_what_is_on_it() {
    let store = Store::open().await;
    let range = json!({ "plant_id": store.office.plant(), "code": "Shipping", "company_prefix": "7610425", "extension": 3 });
    let range = store.office.post("planner", "/sscc-ranges", range).await.ok()["id"].as_str().unwrap().to_owned();
    let take = json!({ "location_id": store.bin, "count": 2, "packaging": "Pallet" });
    let plates = store.office.post("planner", &format!("/sscc-ranges/{range}/take"), take.clone()).await.ok();
    assert_eq!(plates["license_plates"][0]["code"], gs1_sscc(0));
    let plate = plates["license_plates"][0]["id"].as_str().unwrap();
    let upon = json!({ "plant_id": store.office.plant(), "code": "BOX-1", "location_id": store.bin, "parent_id": plate });
    let upon = store.office.post("planner", "/license-plates", upon).await.ok()["id"].as_str().unwrap().to_owned();
    for (on, quantity) in [(plate, "40"), (upon.as_str(), "60")] {
        let body = json!({ "location_id": store.bin, "item_id": store.screw, "quantity": quantity, "license_plate_id": on });
        store.verb("receive", body).await.ok();
    }
    let order = Uuid::from_u128(3);
    let reserve = json!({ "plant_id": store.office.plant(), "order_id": order, "needs": [{ "item_id": store.screw, "quantity": "70" }] });
    store.verb("reserve", reserve).await.ok();
    let moved = store.verb("move", json!({ "license_plate_id": plate, "to_location_id": store.warehouse })).await.ok();
    assert_eq!(moved["lines"].as_array().unwrap().len(), 4, "{moved}");
    let lies = store.lies(&store.screw).await;
    assert!(lies.iter().all(|line| line.starts_with("WH1 - available")), "{lies:?}");
    assert_eq!(store.office.get("planner", &format!("/license-plates/{upon}")).await.ok()["location_id"], store.warehouse.as_str());
    let promised = store.office.get("planner", &format!("/stock/reservations?order_id={order}")).await.ok();
    let total: i64 =
        promised["items"].as_array().unwrap().iter().map(|one| one["quantity"].as_str().unwrap().parse::<i64>().unwrap()).sum();
    assert_eq!(total, 70);
    store.verb("move", json!({ "license_plate_id": plate, "to_location_id": store.warehouse })).await.refused(422, "invalid");
    store.reconciled().await;
}

#[tokio::test]
async fn a_repeated_request_is_carried_out_once() {
    let store = Store::open().await;
    let body = json!({ "location_id": store.bin, "item_id": store.screw, "quantity": "10" });
    let key = [("idempotency-key", "0199d1a0-4242-7000-8000-000000000042")];
    let first = store.office.send("planner", Method::POST, "/stock/receive", &key, Some(body.clone())).await.ok();
    let again = store.office.send("planner", Method::POST, "/stock/receive", &key, Some(body)).await.ok();
    assert_eq!(first, again);
    assert_eq!(store.lies(&store.screw).await, ["WH1-A-01 - available: 10"]);
    let ledger = store.office.get("planner", &format!("/stock/movements?item_id={}", store.screw)).await.ok();
    assert_eq!(ledger["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn stock_of_others_is_not_there() {
    let store = Store::open().await;
    store.receive(&store.paste, "P1", "10", &store.bin, None).await;
    for who in ["neighbour", "stranger"] {
        assert_eq!(store.office.get(who, "/stock").await.ok()["items"], json!([]), "{who}");
        assert_eq!(store.office.get(who, "/stock/movements").await.ok()["items"], json!([]), "{who}");
        assert_eq!(store.office.get(who, "/scan?code=P1").await.ok()["found"], json!([]), "{who}");
        let body = json!({ "location_id": store.bin, "item_id": store.paste, "quantity": "1" });
        let refused = store.office.post(who, "/stock/issue", body).await.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["code"], "unknown_reference", "{who}");
    }
    let body = json!({ "location_id": store.bin, "item_id": store.paste, "quantity": "1" });
    store.office.post("guest", "/stock/issue", body).await.refused(403, "permission_missing");
    assert_eq!(store.office.get("guest", "/stock").await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn every_verb_leaves_its_entry_in_the_trail() {
    let store = Store::open().await;
    let lot = store.receive(&store.resistor, "R1", "100", &store.bin, None).await;
    let body = json!({ "location_id": store.bin, "to_location_id": store.side, "item_id": store.resistor, "quantity": "40" });
    store.verb("move", body).await.ok();
    store.verb("issue", json!({ "location_id": store.side, "item_id": store.resistor, "quantity": "5" })).await.ok();
    store.verb("issue", json!({ "location_id": store.side, "item_id": store.resistor, "quantity": "5", "scrap": true })).await.ok();
    store
        .verb("count", json!({ "location_id": store.side, "lines": [{ "item_id": store.resistor, "lot_id": lot, "counted": "29" }] }))
        .await
        .ok();
    let adjust = json!({ "location_id": store.side, "item_id": store.resistor, "lot_id": lot, "quantity": "1", "reason": "found" });
    store.verb("adjust", adjust).await.ok();
    store.verb("set-status", json!({ "lot_id": lot, "status": "blocked", "reason": "test" })).await.ok();
    let rows = store
        .office
        .test
        .admin()
        .await
        .query("select action, detail from audit_events where kind = 'stock' order by occurred_at, position", &[])
        .await
        .unwrap();
    let told: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    let wanted = ["received", "moved", "issued", "scrapped", "counted", "adjusted", "status_set"].map(|verb| format!("stock.{verb}"));
    assert_eq!(told, wanted);
    let detail: Value = rows[1].get(1);
    assert_eq!(detail["lines"].as_array().unwrap().len(), 2, "{detail}");
    let catalogue = server::serve::events();
    let types: Vec<String> = catalogue.types().collect();
    assert!(wanted.iter().all(|event| types.contains(&format!("gemba.{event}"))));
    let sum = store.office.get("planner", &format!("/stock/movements?lot_id={lot}&limit=100")).await.ok();
    let total: i64 = sum["items"].as_array().unwrap().iter().map(|line| line["quantity"].as_str().unwrap().parse::<i64>().unwrap()).sum();
    assert_eq!(total, 90);
    store.reconciled().await;
}

#[tokio::test]
async fn a_count_beyond_the_tolerance_of_its_place_waits_for_somebody_else() {
    let store = Store::open().await;
    let office = &store.office;
    store.verb("adjust", json!({ "location_id": store.bin, "item_id": store.screw, "quantity": "100", "reason": "opening" })).await.ok();
    let set = json!({ "count_tolerance_pct": "2" });
    // The bin has none of its own: that of the warehouse it is part of counts.
    office.send("planner", Method::PATCH, &format!("/locations/{}", store.warehouse), &[("if-match", "*")], Some(set)).await.ok();
    let count =
        |counted: &str| json!({ "location_id": store.bin, "lines": [{ "item_id": store.screw, "counted": counted }], "reason": "Monthly" });
    let little = store.verb("count", count("98")).await.ok();
    assert!(little["document_id"].is_string() && little["waiting_id"].is_null(), "{little}");
    let much = store.verb("count", count("50")).await.ok();
    assert!(much["document_id"].is_null() && much["waiting_id"].is_string(), "{much}");
    assert_eq!(
        (&much["lines"][0]["difference"], store.lies(&store.screw).await),
        (&json!("-48"), vec!["WH1-A-01 - available: 98".to_owned()])
    );
    let waiting = office.get("planner", "/stock/counts?status=waiting").await.ok();
    assert_eq!(
        (&waiting["items"][0]["id"], &waiting["items"][0]["lines"][0]["item"]["code"]),
        (&much["waiting_id"], &json!("M3-8")),
        "{waiting}"
    );
    let line = &waiting["items"][0]["lines"][0];
    assert_eq!((&line["unit"], &line["status"], &line["lot_code"]), (&json!("pc"), &json!("available"), &Value::Null), "{line}");
    let decide = format!("/stock/counts/{}/decide", much["waiting_id"].as_str().unwrap());
    for who in ["neighbour", "stranger"] {
        assert_eq!(office.get(who, "/stock/counts").await.ok()["items"], json!([]), "{who}");
        office.post(who, &decide, json!({ "approve": true })).await.refused(404, "not_found");
    }
    office.post("guest", &decide, json!({ "approve": true })).await.refused(403, "permission_missing");
    office.post("planner", &decide, json!({ "approve": true })).await.refused(409, "own_count");
    // Five were taken meanwhile: what is booked is the difference that was found.
    store.verb("issue", json!({ "location_id": store.bin, "item_id": store.screw, "quantity": "5" })).await.ok();
    let done = office.post("boss", &decide, json!({ "approve": true, "note": "Counted again" })).await.ok();
    assert_eq!((&done["status"], &done["decision_note"]), (&json!("approved"), &json!("Counted again")), "{done}");
    assert_eq!(store.lies(&store.screw).await, ["WH1-A-01 - available: 45"]);
    office.post("boss", &decide, json!({ "approve": false })).await.refused(409, "decided");
    // Rejected, it is as if nobody had counted; whoever counted may take it back that way.
    let much = store.verb("count", count("1")).await.ok();
    let decide = format!("/stock/counts/{}/decide", much["waiting_id"].as_str().unwrap());
    assert_eq!(office.post("planner", &decide, json!({ "approve": false })).await.ok()["status"], "rejected");
    assert_eq!(store.lies(&store.screw).await, ["WH1-A-01 - available: 45"]);
    // The database does not let one approve their own either.
    let own = "update stock_counts set status = 'approved', decided_by = counted_by, decided_at = now()";
    assert!(office.test.admin().await.execute(own, &[]).await.is_err());
    store.reconciled().await;
}

/// Numbers that look random and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % most as u64).unwrap_or_default()
    }
}

#[tokio::test]
async fn whatever_several_people_do_at_once_stock_is_what_the_ledger_says() {
    let store = Store::open().await;
    for lot in ["A", "B", "C"] {
        store.receive(&store.resistor, lot, "500", &store.bin, None).await;
    }
    let places = [&store.bin, &store.side, &store.warehouse];
    let worker = async |seed: u64| {
        let mut chance = Chance(seed);
        for _ in 0..25 {
            let (from, to) = (places[chance.below(3)], places[chance.below(3)]);
            let quantity = (1 + chance.below(200)).to_string();
            let order = Uuid::from_u128(u128::from(seed));
            let plant = store.office.plant();
            let item = &store.resistor;
            let (verb, body) = match chance.below(7) {
                0 => ("receive", json!({ "location_id": from, "item_id": item, "quantity": quantity, "lot_code": "A" })),
                1 => ("issue", json!({ "location_id": from, "item_id": item, "quantity": quantity })),
                2 => ("issue", json!({ "location_id": from, "item_id": item, "quantity": quantity, "manufacturing_order_id": order })),
                3 => ("reserve", json!({ "plant_id": plant, "order_id": order, "needs": [{ "item_id": item, "quantity": quantity }] })),
                4 => ("unreserve", json!({ "plant_id": plant, "order_id": order })),
                5 => {
                    ("move", json!({ "location_id": from, "to_location_id": to, "item_id": item, "quantity": quantity, "order_id": order }))
                }
                _ => ("move", json!({ "location_id": from, "to_location_id": to, "item_id": item, "quantity": quantity })),
            };
            let answer = store.verb(verb, body).await;
            // Refused for a reason, or told to come again; never our fault.
            assert!(matches!(answer.status.as_u16(), 200 | 409 | 422 | 503), "{verb}: {} {}", answer.status, answer.json);
        }
    };
    tokio::join!(worker(11), worker(23), worker(37), worker(41));
    store.reconciled().await;
    let negative = store
        .office
        .test
        .admin()
        .await
        .query_one("select count(*) from stock where quantity < 0 or reserved > quantity", &[])
        .await
        .unwrap();
    assert_eq!(negative.get::<_, i64>(0), 0);
}
