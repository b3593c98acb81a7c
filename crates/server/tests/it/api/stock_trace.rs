//! Genealogy over HTTP: what a piece was made of, what became of a lot, over any depth.

use inventory::actions::{Consume, Produce, consume, produce};
use platform::ids::PlantId;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::stock::Store;

fn id(text: &str) -> Uuid {
    text.parse().unwrap()
}

/// Uses up of some items and makes others, as a report of a job does.
async fn make(store: &Store, of: &[(&str, i64, Option<Uuid>)], item: &str, lot: Option<&str>, serials: &[&str], job: u128) -> Vec<Uuid> {
    let office = &store.office;
    let mut tx = office.app.begin(&office.tenant.system()).await.unwrap();
    let plant = PlantId(office.plant());
    let (at, order) = (tx.now(), Uuid::from_u128(900 + job / 10));
    let mut consumed = Vec::new();
    for (item, quantity, serial) in of {
        let want = Consume {
            item: id(item),
            quantity: Decimal::from(*quantity),
            line: Some(id(&store.line)),
            job: Uuid::from_u128(job),
            manufacturing_order: order,
            operator: None,
            lot: None,
            serial: *serial,
            at,
            allow_short: false,
        };
        consumed.extend(consume(&mut tx, plant, &want).await.unwrap());
    }
    let made = Produce {
        item: id(item),
        quantity: Decimal::from(serials.len().max(10)).min(if serials.is_empty() { Decimal::TEN } else { Decimal::from(serials.len()) }),
        lot_code: lot.map(str::to_owned),
        serials: serials.iter().map(|serial| (*serial).to_owned()).collect(),
        line: Some(id(&store.line)),
        job: Uuid::from_u128(job),
        manufacturing_order: order,
        operator: None,
        equipment: None,
        program: Some("CU7-TOP".into()),
        at,
        consumed: &consumed,
    };
    let produced = produce(&mut tx, plant, &made).await.unwrap();
    tx.commit().await.unwrap();
    if produced.serials.is_empty() { produced.lot.into_iter().collect() } else { produced.serials }
}

fn codes(trace: &Value) -> Vec<String> {
    let nodes = trace["nodes"].as_array().or_else(|| trace["items"].as_array()).unwrap();
    let mut codes: Vec<String> = nodes.iter().map(|node| format!("{} {}", node["level"], node["code"].as_str().unwrap())).collect();
    codes.sort();
    codes
}

#[tokio::test]
async fn a_piece_knows_what_it_was_made_of_and_a_lot_what_became_of_it() {
    let store = Store::open().await;
    let office = &store.office;
    store.receive(&store.paste, "P1", "500", &store.bin, None).await;
    let reel = store.receive(&store.resistor, "R1", "100", &store.bin, None).await;
    store.receive(&store.resistor, "R2", "1000", &store.warehouse, None).await;
    // Two boards of the first reel, one that takes of both, for the reel ends.
    let first = make(&store, &[(&store.paste, 10, None), (&store.resistor, 60, None)], &store.board, Some("B-1"), &["S1", "S2"], 10).await;
    let third = make(&store, &[(&store.paste, 5, None), (&store.resistor, 60, None)], &store.board, Some("B-1"), &["S3"], 10).await;
    // A bigger thing, in which two of them are.
    let box_of =
        make(&store, &[(&store.board, 1, Some(first[0])), (&store.board, 1, Some(third[0]))], &store.board, None, &["BOX"], 20).await;

    let trace = office.get("planner", &format!("/serials/{}/trace", box_of[0])).await.ok();
    assert_eq!(codes(&trace), ["0 BOX", "1 S1", "1 S3", "2 B-1", "2 P1", "2 R1", "2 R2"], "{trace}");
    assert_eq!(trace["is_cut"], false);
    let link = trace["links"].as_array().unwrap().iter().find(|link| link["child_id"] == json!(first[0])).unwrap();
    assert_eq!((&link["program"], &link["line"]["code"]), (&json!("CU7-TOP"), &json!("SMT-01")), "{link}");
    let near = office.get("planner", &format!("/serials/{}/trace?depth=1", box_of[0])).await.ok();
    assert_eq!((codes(&near).len(), &near["is_cut"]), (3, &json!(true)));

    // The first reel is in all three, and so in the box; the second only in the third.
    let forward = office.get("planner", &format!("/lots/{reel}/trace?direction=forward")).await.ok();
    assert_eq!(codes(&forward), ["0 R1", "1 S1", "1 S2", "1 S3", "2 BOX"], "{forward}");
    let recall = office.get("planner", &format!("/lots/{reel}/recall")).await.ok();
    assert_eq!(recall["totals"], json!({ "lots": 1, "serials": 4, "levels": 2 }));
    let piece = recall["items"].as_array().unwrap().iter().find(|item| item["code"] == "BOX").unwrap();
    assert_eq!((&piece["in_stock"], &piece["locations"]), (&json!("1"), &json!(["SMT-01-L"])));
    // In pages it is the same.
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = office.get("planner", &format!("/lots/{reel}/recall?limit=2{cursor}")).await.ok();
        paged.extend(codes(&page));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    paged.sort();
    assert_eq!(paged, codes(&recall));
    let (media, csv) = office.file("planner", &format!("/lots/{reel}/recall?format=csv")).await;
    let csv = String::from_utf8(csv).unwrap();
    assert!(media.starts_with("text/csv") && csv.lines().count() == 6 && csv.contains("serial,BOX,CU-7,Control unit"), "{csv}");
    // A lot of pieces means its pieces.
    let lot = office.id_of("lots", "code", "B-1").await;
    let forward = office.get("planner", &format!("/lots/{lot}/trace?direction=forward")).await.ok();
    assert_eq!(codes(&forward), ["0 B-1", "1 S1", "1 S2", "1 S3", "2 BOX"]);
    for who in ["neighbour", "stranger"] {
        office.get(who, &format!("/lots/{lot}/trace")).await.refused(404, "not_found");
        office.get(who, &format!("/serials/{}/recall", box_of[0])).await.refused(404, "not_found");
    }
    store.reconciled().await;
}

#[tokio::test]
async fn what_was_scanned_for_an_order_is_in_what_it_made() {
    let store = Store::open().await;
    let office = &store.office;
    let lot = store.receive(&store.resistor, "R1", "100", &store.side, None).await;
    let (order, job) = (Uuid::from_u128(901), Uuid::from_u128(10));
    let scanned = json!({ "location_id": store.side, "item_id": store.resistor, "lot_id": lot, "quantity": "100",
        "manufacturing_order_id": order, "job_id": job, "line_id": store.line });
    store.verb("issue", scanned).await.ok();
    let made = make(&store, &[], &store.board, None, &["S1"], 10).await;
    let again = make(&store, &[], &store.board, None, &["S2"], 10).await;
    for piece in [made[0], again[0]] {
        let trace = office.get("planner", &format!("/serials/{piece}/trace")).await.ok();
        assert_eq!(codes(&trace).last().map(String::as_str), Some("1 R1"), "{trace}");
    }
}

#[tokio::test]
async fn a_loop_in_the_data_ends_a_walk_and_a_diamond_is_walked_once() {
    let store = Store::open().await;
    let office = &store.office;
    let mut lots = Vec::new();
    for code in ["A", "B", "C", "D"] {
        lots.push(store.receive(&store.resistor, code, "10", &store.bin, None).await);
    }
    // D of B and C, both of A, and A of D: what cannot be, but may be written by mistake.
    let admin = office.test.admin().await;
    for (child, parent) in [(3, 1), (3, 2), (1, 0), (2, 0), (0, 3)] {
        let link = "insert into genealogy (organization_id, plant_id, id, child_id, child_kind, parent_id, parent_kind, at)
            values ($1, $2, gen_random_uuid(), $3, 'lot', $4, 'lot', now())";
        admin.execute(link, &[&office.tenant.organization, &office.plant(), &id(&lots[child]), &id(&lots[parent])]).await.unwrap();
    }
    for direction in ["backward", "forward"] {
        let trace = office.get("planner", &format!("/lots/{}/trace?direction={direction}&depth=50", lots[3])).await.ok();
        assert_eq!(trace["nodes"].as_array().unwrap().len(), 4, "{trace}");
        assert_eq!(trace["links"].as_array().unwrap().len(), 5, "{trace}");
    }
    let cut = office.get("planner", &format!("/lots/{}/trace?limit=2", lots[3])).await.ok();
    assert_eq!((cut["nodes"].as_array().unwrap().len(), &cut["is_cut"]), (2, &json!(true)));
}

#[tokio::test]
async fn a_recall_tells_what_has_gone_out_and_names_orders_machines_and_people() {
    let store = Store::open().await;
    let office = &store.office;
    let reel = store.receive(&store.resistor, "R1", "100", &store.bin, None).await;
    let made = make(&store, &[(&store.resistor, 60, None)], &store.board, None, &["S1", "S2", "S3"], 10).await;
    // One is shipped, one thrown away, one lies there.
    let gone = json!({ "location_id": store.side, "item_id": store.board, "serial_id": made[0], "quantity": "1", "reference": "DN 80114" });
    store.verb("issue", gone).await.ok();
    let scrap = json!({ "location_id": store.side, "item_id": store.board, "serial_id": made[1], "quantity": "1", "scrap": true });
    store.verb("issue", scrap).await.ok();
    let recall = office.get("planner", &format!("/lots/{reel}/recall")).await.ok();
    let of = |code: &str| recall["items"].as_array().unwrap().iter().find(|item| item["code"] == code).cloned().unwrap();
    let (shipped, thrown, here) = (of("S1"), of("S2"), of("S3"));
    assert_eq!(
        (&shipped["in_stock"], &shipped["gone_out"], &shipped["gone_out_reference"]),
        (&json!("0"), &json!("1"), &json!("DN 80114"))
    );
    assert_eq!((&thrown["scrapped"], &thrown["gone_out"]), (&json!("1"), &json!("0")));
    assert_eq!((&here["in_stock"], &here["line"], &here["gone_out_at"]), (&json!("1"), &json!("SMT-01"), &Value::Null));
    // The files hold the same, row for row, and the trail tells who took them.
    let (media, csv) = office.file("planner", &format!("/lots/{reel}/recall?format=csv")).await;
    let csv = String::from_utf8(csv).unwrap();
    assert!(media.starts_with("text/csv") && csv.starts_with("\u{feff}level,kind,code"), "{csv}");
    let (media, book) = office.file("planner", &format!("/lots/{reel}/recall?format=xlsx")).await;
    assert_eq!(media, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    let sheet = platform::resource::Sheet::from_xlsx(&book).unwrap();
    let lines: Vec<Vec<&str>> = csv.trim_start_matches('\u{feff}').lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(sheet.columns, lines[0]);
    let rows: Vec<Vec<&str>> = sheet.rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    assert_eq!(rows, lines[1..].to_vec());
    assert!(csv.contains("DN 80114"), "{csv}");
    let told = "select count(*) from audit_events where action = 'lot.recalled' and (detail ->> 'rows')::int = 4";
    assert_eq!(office.test.admin().await.query_one(told, &[]).await.unwrap().get::<_, i64>(0), 2);
    office.get("planner", &format!("/lots/{reel}/recall?format=pdf")).await.refused(400, "bad_parameter");
}

#[tokio::test]
async fn a_long_recall_comes_part_by_part_and_is_whole() {
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    let store = Store::open().await;
    let office = &store.office;
    let reel = store.receive(&store.resistor, "R1", "100", &store.bin, None).await;
    let admin = office.test.admin().await;
    let pieces = "with made as (
            insert into serials (organization_id, plant_id, id, code, item_id) select $1, $2, gen_random_uuid(), 'N-' || n, $3 from generate_series(1, 6500) n
            returning id)
        insert into genealogy (organization_id, plant_id, id, child_id, child_kind, parent_id, parent_kind, at)
        select $1, $2, gen_random_uuid(), id, 'serial', $4, 'lot', now() from made";
    admin.execute(pieces, &[&office.tenant.organization, &office.plant(), &id(&store.board), &id(&reel)]).await.unwrap();
    let request = http::Request::builder().uri(format!("/api/v1/lots/{reel}/recall?format=csv")).header("authorization", "Bearer planner");
    let mut body = office.router.clone().oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap().into_body();
    let (mut parts, mut lines) = (0, 0);
    while let Some(frame) = body.frame().await {
        let data = frame.unwrap().into_data().unwrap();
        parts += 1;
        lines += data.iter().filter(|byte| **byte == b'\n').count();
    }
    assert_eq!(lines, 1 + 6501);
    assert!(parts >= 4, "it came in {parts} parts");
}
