//! The shop floor for business intelligence: over SQL and OData the same rows, and the figures that the API tells.

use production::states::State;
use serde_json::{Value, json};
use uuid::Uuid;

use super::floor::Floor;
use super::states::{Shop, at};
use crate::bi::{account, forget};

/// Every set of the floor, and how many rows it has here at least.
const SETS: [(&str, usize); 15] = [
    ("genealogy", 2),
    ("job_reports", 2),
    ("jobs", 2),
    ("license_plates", 1),
    ("line_quarters", 1),
    ("line_shifts", 1),
    ("line_states", 1),
    ("locations", 1),
    ("lots", 1),
    ("manufacturing_orders", 1),
    ("production_orders", 0),
    ("serials", 2),
    ("stock", 2),
    ("stock_movements", 3),
    ("stock_reservations", 0),
];

async fn at_work() -> Floor {
    let floor = Floor::open().await;
    let (_, jobs) = floor.released("MO-1042", "2").await;
    let plate = json!({ "plant_id": floor.office.plant(), "code": "BOX-1", "location_id": floor.warehouse });
    floor.post("/license-plates", plate).await.ok();
    for (job, report) in [(&jobs[0], json!({ "good": "2" })), (&jobs[1], json!({ "good": "2", "serials": ["C7-1", "C7-2"] }))] {
        floor.act(job, "start").await.ok();
        floor.report(job, report).await;
        floor.act(job, "finish").await.ok();
    }
    floor
}

#[tokio::test]
async fn analysts_and_programs_read_the_floor_as_the_api_tells_it() {
    let floor = at_work().await;
    let test = &floor.office.test;
    let made = account(test, &floor.office.tenant, "Floor", Vec::new()).await;
    let analyst = test.login(&made.role).await.unwrap();
    for (set, least) in SETS {
        let rows: i64 = analyst.query_one(&format!("select count(*) from bi.{set}"), &[]).await.unwrap().get(0);
        let feed = floor.get(&format!("/odata/{set}?$count=true&$top=1")).await;
        assert_eq!(feed["@odata.count"].as_i64(), Some(rows), "{set}");
        assert!(rows as usize >= least, "{set} has {rows} rows");
        for who in ["neighbour", "stranger"] {
            assert_eq!(floor.office.get(who, &format!("/odata/{set}")).await.ok()["value"], json!([]), "{set} for {who}");
        }
    }
    // What lies there, what the ledger adds up to, and what the API says are one figure.
    let sql = "select (select sum(quantity) from bi.stock where item_id = $1)::float8, (select sum(quantity) from bi.stock_movements where item_id = $1)::float8,
        (select sum(good) from bi.job_reports)::float8, (select count(*) from bi.genealogy g join bi.serials n on n.serial_id = g.child_id join bi.lots l on l.lot_id = g.parent_id),
        (select job from bi.jobs where number = 20), (select on_time from bi.manufacturing_orders)";
    let board: Uuid = floor.board.parse().unwrap();
    let row = analyst.query_one(sql, &[&board]).await.unwrap();
    let lies = floor.stock(&floor.board).await;
    assert_eq!((row.get::<_, f64>(0), row.get::<_, f64>(1), row.get::<_, f64>(2), row.get::<_, i64>(3)), (lies, lies, 4.0, 2));
    assert_eq!((row.get::<_, &str>(4), row.get::<_, bool>(5)), ("MO-1042/20", true));
    forget(test, &made).await;
    // One plant's account sees nothing of another's, whatever it sets.
    let other = account(test, &floor.office.tenant, "Second plant", vec![floor.office.tenant.plants[1]]).await;
    let reader = test.login(&other.role).await.unwrap();
    let organization = floor.office.tenant.organization;
    reader.batch_execute(&format!("set gemba.organization = '{organization}'; set gemba.plants = '*'")).await.unwrap();
    for (set, _) in SETS {
        let rows: i64 = reader.query_one(&format!("select count(*) from bi.{set}"), &[]).await.unwrap().get(0);
        assert_eq!(rows, 0, "{set}");
    }
    forget(test, &other).await;
}

#[tokio::test]
async fn a_set_is_read_with_the_right_to_what_it_shows() {
    let floor = at_work().await;
    // The guest may read everything, but take nothing in bulk.
    floor.office.get("guest", "/odata/stock").await.refused(403, "permission_missing");
    let filtered = floor.get("/odata/stock_movements?$filter=kind%20eq%20'production'&$select=quantity,kind").await;
    let rows = filtered["value"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["kind"] == "production"), "{filtered}");
    // A page ends and goes on.
    let first =
        floor.office.send("boss", http::Method::GET, "/odata/stock_movements", &[("prefer", "odata.maxpagesize=2")], None).await.ok();
    assert_eq!(first["value"].as_array().unwrap().len(), 2);
    assert!(first["@odata.nextLink"].is_string(), "{first}");
}

#[tokio::test]
async fn a_shift_in_sql_is_the_shift_of_the_boards() {
    let shop = Shop::open().await;
    // Early, 06:00 to 14:00, of which 09:45 to 10:15 rests: a setup, a failure, a micro-stop, a meeting, and half an hour of which nothing is known.
    for (state, clock) in [(State::Setup, "06:00"), (State::Running, "06:30")] {
        shop.set(state, clock).await;
    }
    let failure = shop.set(State::Stopped, "08:00").await;
    shop.set(State::Running, "08:12").await;
    shop.set(State::Stopped, "09:00").await;
    shop.set(State::Running, "09:03").await;
    // It stood still before the break began and after it ended.
    let jam = shop.set(State::Stopped, "09:40").await;
    shop.set(State::Running, "10:20").await;
    let meeting = shop.set(State::Stopped, "11:00").await;
    shop.set(State::Running, "11:20").await;
    shop.set(State::Idle, "14:00").await;
    for (stop, reason) in [(failure, shop.fault), (jam, shop.jam), (meeting, shop.meeting)] {
        shop.explain(stop, reason).await;
    }
    shop.count("09:30", 200, 6, 4).await;
    shop.count("13:59", 180, 10, 0).await;
    let test = &shop.office.test;
    let made = account(test, &shop.office.tenant, "Shifts", Vec::new()).await;
    let analyst = test.login(&made.role).await.unwrap();
    let path = format!("/lines/{}/kpis?from={}&to={}&by=shift", shop.line, at("06:00"), at("14:00"));
    let row = shop.office.get("planner", &path).await.ok()["rows"][0].clone();
    let sql = "select to_jsonb(s) from bi.line_shifts s where line_id = $1 and day = '2026-03-02' and shift = 'Early'";
    let sum: Value = analyst.query_one(sql, &[&shop.line]).await.unwrap().get(0);
    let near = |found: &Value, wanted: &Value, factor: f64, what: &str| {
        let (found, wanted) = (found.as_f64().unwrap(), wanted.as_f64().unwrap() * factor);
        assert!((found - wanted).abs() < 1e-6 * wanted.abs().max(1.0), "{what}: {found} is not {wanted}; {sum}");
    };
    for (column, name) in [
        ("production_h", "production_s"),
        ("setup_h", "setup_s"),
        ("delay_h", "delay_s"),
        ("failure_h", "failure_s"),
        ("planned_h", "planned_down_s"),
        ("unreported_h", "unreported_s"),
        ("micro_h", "micro_stop_s"),
    ] {
        near(&sum[column], &row["times"][name], 1.0 / 3600.0, column);
    }
    for (column, name) in [("stops", "stops"), ("micro_stops", "micro_stops"), ("failures", "failures")] {
        near(&sum[column], &row["times"][name], 1.0, column);
    }
    for column in ["good", "scrapped", "reworked"] {
        near(&sum[column], &row["quantities"][column], 1.0, column);
    }
    for column in ["availability_pct", "effectiveness_pct", "quality_pct", "oee_pct", "first_pass_yield_pct"] {
        near(&sum[column], &row["figures"][column], 1.0, column);
    }
    // The quarters of the shift add up to what was recorded.
    let sql =
        "select sum(production_h), sum(good)::float8 from bi.line_quarters where line_id = $1 and quarter_at >= $2 and quarter_at < $3";
    let quarters = analyst.query_one(sql, &[&shop.line, &at("06:00"), &at("14:00")]).await.unwrap();
    assert!((quarters.get::<_, f64>(0) - sum["production_h"].as_f64().unwrap()).abs() < 1e-9 && quarters.get::<_, f64>(1) == 380.0);
    // Why it stood.
    let sql = "select string_agg(reason || ' ' || duration_min, ', ' order by started_at) from bi.line_states where is_stop and reason is not null";
    assert_eq!(analyst.query_one(sql, &[]).await.unwrap().get::<_, &str>(0), "FAULT 12, JAM 40, MEETING 20");
    forget(test, &made).await;
}
