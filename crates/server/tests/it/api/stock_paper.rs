//! Paper of the shop floor: the traveller and label of an order, the as-built record of a piece; and what their codes are when they are scanned.

use serde_json::json;

use super::floor::Floor;

/// What a PDF of ours says: its texts are written as they are.
async fn said(floor: &Floor, path: &str) -> String {
    let (media, pdf) = floor.office.file("guest", path).await;
    assert!(media == "application/pdf" && pdf.starts_with(b"%PDF-1.7"), "{path}: {media}");
    pdf.iter().map(|byte| char::from(*byte)).collect()
}

#[tokio::test]
async fn what_travels_with_an_order_and_what_stays_of_a_piece() {
    let floor = Floor::open().await;
    let (order, jobs) = floor.released("MO-1042", "2").await;
    let traveller = said(&floor, &format!("/manufacturing-orders/{order}/traveller")).await;
    for text in ["(Traveller MO-1042)", "(Place)", "(Test)", "(SMT-01)", "(BOARD-2)", "(Released by, date)"] {
        assert!(traveller.contains(text), "{text} is not on the traveller");
    }
    let (media, svg) = floor.office.file("guest", &format!("/manufacturing-orders/{order}/label")).await;
    assert!(media == "image/svg+xml" && String::from_utf8(svg).unwrap().contains(">MO-1042</text>"));
    // Its codes lead back to the order and its jobs, a badge to its operator.
    floor.operator("OP-7").await;
    for (code, kind) in [("MO-1042", "manufacturing_order"), ("MO-1042/20", "job"), ("OP-7", "operator"), ("B-100", "lot")] {
        let scanned = floor.get(&format!("/scan?code={code}&plant_id={}", floor.office.plant())).await;
        assert_eq!(scanned["found"][0]["kind"], kind, "{scanned}");
        assert_eq!(scanned["found"].as_array().unwrap().len(), 1, "{scanned}");
        let theirs = floor.office.get("stranger", &format!("/scan?code={code}")).await.ok();
        assert_eq!(theirs["found"], json!([]), "{code}");
    }
    let scanned = floor.get("/scan?code=MO-1042/20").await;
    assert_eq!(scanned["found"][0]["id"], jobs[1].as_str());
    // Made, a piece knows how.
    floor.act(&jobs[0], "start").await.ok();
    floor.report(&jobs[0], json!({"good": "2"})).await;
    floor.act(&jobs[0], "finish").await.ok();
    floor.act(&jobs[1], "start").await.ok();
    floor.report(&jobs[1], json!({"good": "2", "serials": ["C7-0001", "C7-0002"]})).await;
    let piece = floor.office.id_of("serials", "code", "C7-0002").await;
    let record = said(&floor, &format!("/serials/{piece}/as-built")).await;
    for text in ["(As-built record C7-0002)", "(MO-1042)", "(Place)", "(TEST-01)", "(Lot B-100)", "(BOARD-2)"] {
        assert!(record.contains(text), "{text} is not in the record");
    }
    for who in ["neighbour", "stranger"] {
        for path in [
            format!("/serials/{piece}/as-built"),
            format!("/manufacturing-orders/{order}/traveller"),
            format!("/manufacturing-orders/{order}/label"),
        ] {
            floor.office.get(who, &path).await.refused(404, "not_found");
        }
    }
    // What was built into it leads forward to it.
    let lot = floor.office.id_of("lots", "code", "B-100").await;
    let recall = floor.get(&format!("/lots/{lot}/recall")).await;
    assert_eq!(recall["totals"]["serials"], 2, "{recall}");
}
