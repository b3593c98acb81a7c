//! Paper of the shop floor: the traveller and label of an order, the as-built record of a piece; and what their codes are when they are scanned.

use std::collections::BTreeSet;

use http::Method;
use serde_json::json;

use super::floor::{Floor, id};

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
    let lots: Vec<String> = texts(&record).into_iter().filter(|text| text.starts_with("Lot ")).collect();
    assert_eq!(lots, ["Lot or serial", "Lot B-100"], "beneath the head of its column; the piece's own lot did not go into it");
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

/// The texts of a PDF of ours, in their order: what is no ASCII is written in hexadecimal digits.
fn texts(pdf: &str) -> Vec<String> {
    let shown = pdf.lines().filter_map(|line| line.trim_end().strip_suffix(" Tj"));
    let plain = |text: &str| match text.strip_prefix('<') {
        Some(digits) => {
            let digits = digits.trim_end_matches('>');
            let bytes = (0..digits.len() / 2).filter_map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok());
            bytes.map(char::from).collect()
        }
        None => text.trim_start_matches('(').trim_end_matches(')').replace("\\(", "(").replace("\\)", ")"),
    };
    shown.map(plain).collect()
}

/// An order that was made, with an operator, a scrapped piece and a reel from a supplier, and one of its pieces.
async fn made() -> (Floor, String, String) {
    let floor = Floor::open().await;
    let (order, jobs) = floor.released("MO-1042", "2").await;
    for (job, report) in [(&jobs[0], json!({"good": "2"})), (&jobs[1], json!({"good": "2", "serials": ["C7-0001", "C7-0002"]}))] {
        floor.act(job, "start").await.ok();
        floor.report(job, report).await;
        floor.act(job, "finish").await.ok();
    }
    let piece = floor.office.id_of("serials", "code", "C7-0001").await;
    (floor, order, piece)
}

#[tokio::test]
async fn papers_speak_the_language_of_whoever_prints_them() {
    let (floor, order, piece) = made().await;
    let papers = [
        (format!("/manufacturing-orders/{order}/traveller"), ["Operations", "Operaciones", "Arbeitsgänge"]),
        (
            format!("/serials/{piece}/as-built"),
            ["As-built record C7-0001", "Registro de fabricación C7-0001", "Fertigungsnachweis C7-0001"],
        ),
    ];
    for (path, titles) in papers {
        let mut all = Vec::new();
        for (language, title) in ["en", "es", "de"].into_iter().zip(titles) {
            let said = texts(&said(&floor, &format!("{path}?language={language}")).await);
            assert!(said.contains(&title.to_owned()), "{title} is not in {said:?}");
            assert!(!said.iter().any(|text| text.ends_with('…') || text.contains('?')), "something is cut off: {said:?}");
            all.push(said);
        }
        // The same paper: a text for a text. What is the same in two languages is data, or one of the few words that are.
        assert!(all.iter().all(|texts| texts.len() == all[0].len()), "{all:?}");
        let data = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit()) || text.len() <= 3;
        let alike = ["Material", "Pos.", "Status", "Name", "Place", "Test", "Code", "Warehouse"];
        let words =
            |texts: &[String]| texts.iter().filter(|text| !data(text) && !alike.contains(&text.as_str())).cloned().collect::<BTreeSet<_>>();
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            let same: Vec<String> = words(&all[one]).intersection(&words(&all[other])).cloned().collect();
            assert_eq!(same, Vec::<String>::new(), "{path}");
        }
    }
}

#[tokio::test]
async fn the_language_is_asked_for_or_accepted_or_that_of_the_plant() {
    let (floor, order, _) = made().await;
    let path = format!("/manufacturing-orders/{order}/traveller");
    let title = async |path: &str| texts(&said(&floor, path).await).into_iter().next().unwrap_or_default();
    assert_eq!(title(&path).await, "Traveller MO-1042");
    let settings = json!({ "plant_id": floor.office.plant(), "language": "de" });
    floor.post("/plant-settings", settings).await.ok();
    assert_eq!(title(&path).await, "Laufkarte MO-1042");
    assert_eq!(title(&format!("{path}?language=es")).await, "Hoja de ruta MO-1042");
    floor.office.get("guest", &format!("{path}?language=fr")).await.refused(400, "bad_parameter");
    // Labels too: the words of the standard ones, and the words that are filled in.
    let svg = async |path: &str| String::from_utf8(floor.office.file("guest", path).await.1).unwrap();
    let label = format!("/manufacturing-orders/{order}/label");
    let found = [svg(&label).await, svg(&format!("{label}?language=es")).await, svg(&format!("{label}?language=en")).await];
    for (found, word) in found.iter().zip(["Fällig 20", "Entrega 20", "Due 20"]) {
        assert!(found.contains(word), "{word} is not on {found}");
    }
    let place = svg(&format!("/locations/{}/label", floor.warehouse)).await;
    assert!(place.contains(">Lager</text>"), "{place}");
    let zpl = svg(&format!("/locations/{}/label?format=zpl&language=es", floor.warehouse)).await;
    assert!(zpl.contains("^FDAlmacén^FS"), "{zpl}");
    // What a reader's browser accepts counts before what the plant has decided.
    let accepted = [("accept-language", "fr, en-GB;q=0.8, de;q=0.5")];
    let answer = floor.office.send("guest", Method::GET, &label, &accepted, None).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_record_says_how_much_of_a_lot_and_names_its_customer_to_whom_may_see_customers() {
    let floor = Floor::open().await;
    let customer = id(&floor.post("/customers", json!({ "code": "NORD", "name": "Nordwind Drives" })).await.ok());
    let wanted = json!({ "plant_id": floor.office.plant(), "code": "PO-1", "item_id": floor.item, "quantity": "1", "due_at": "2030-01-01T12:00:00Z", "customer_id": customer });
    let wanted = id(&floor.post("/production-orders", wanted).await.ok());
    let order = floor.order_with(json!({ "code": "MO-7", "quantity": "1", "production_order_id": wanted })).await;
    floor.post(&format!("/manufacturing-orders/{order}/release"), json!({})).await.ok();
    let traveller = said(&floor, &format!("/manufacturing-orders/{order}/traveller")).await;
    assert!(traveller.contains("(Nordwind Drives)"));
}
