//! What somebody who means harm, or a broken reader, sends: element strings that are none, quantities beyond everything, texts that would be commands.

use http::Method;
use serde_json::{Value, json};

use super::stock::Store;

/// As an address carries it.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn whatever_is_scanned_is_answered_and_finds_nothing_that_is_not_there() {
    let store = Store::open().await;
    store.receive(&store.paste, "P-1", "10", &store.bin, None).await;
    let long = "9".repeat(500);
    let nested = "(01)".repeat(120);
    for code in [
        "]d2",
        "]C1\u{1d}",
        "\u{1d}\u{1d}\u{1d}",
        "(",
        "()",
        "(01",
        "(01)",
        "(01)1",
        "01",
        "0109506000134353",
        "(99)",
        "(8003)",
        "(3103)abc",
        "10",
        "10\u{1d}10",
        "(10)P-1(10)P-2",
        "(00)376104250021234568",
        "(17)999999",
        "(17)000000",
        "(37)99999999999999999999",
        "(30)-1",
        "(391)9",
        "(3912)97",
        "]d201\u{fffd}",
        "漢字",
        "🧪",
        "' or 1=1 --",
        "P-1'; drop table lots; --",
        "%",
        "_",
        "P-_",
        "\\",
        "\u{202e}1-P",
        &long,
        &nested,
    ] {
        let answer = store.office.get("planner", &format!("/scan?code={}", encoded(code))).await;
        assert_eq!(answer.status, 200, "{code:?}: {}", answer.json);
        let lots = answer.json["found"].as_array().unwrap().iter().filter(|found| found["kind"] == "lot").count();
        assert_eq!(lots, usize::from(code.starts_with("(10)P-1(10)")), "{code:?}: {}", answer.json);
    }
    for code in ["\0", "a\0b", "  ", &"9".repeat(501)] {
        store.office.get("planner", &format!("/scan?code={}", encoded(code))).await.refused(400, "bad_parameter");
    }
    let bytes = store.office.send("planner", Method::GET, "/scan?code=%FF%FE", &[], None).await;
    assert!(matches!(bytes.status.as_u16(), 200 | 400), "{}", bytes.json);
}

#[tokio::test]
async fn quantities_beyond_everything_are_refused_and_change_nothing() {
    let store = Store::open().await;
    let lot = store.receive(&store.resistor, "R1", "100", &store.bin, None).await;
    let (place, item, reel) = (&store.bin, &store.resistor, &store.reel);
    let huge = [
        "999999999999.999999",
        "1000000000000",
        "79228162514264337593543950335",
        "-79228162514264337593543950335",
        "1e400",
        "0.0000000001",
        "-1",
        "0",
        "NaN",
        "Infinity",
        "1,5",
        "٣",
        "",
    ];
    for quantity in huge {
        let bodies = [
            ("receive", json!({ "location_id": place, "item_id": item, "quantity": quantity, "lot_code": "R1" })),
            ("receive", json!({ "location_id": place, "item_id": item, "quantity": quantity, "unit_id": reel, "lot_code": "R1" })),
            ("issue", json!({ "location_id": place, "item_id": item, "quantity": quantity })),
            ("move", json!({ "location_id": place, "to_location_id": store.side, "item_id": item, "quantity": quantity })),
            ("reserve", json!({ "plant_id": store.office.plant(), "order_id": lot, "needs": [{ "item_id": item, "quantity": quantity }] })),
        ];
        for (verb, body) in bodies {
            let answer = store.verb(verb, body).await;
            let is_refused = matches!(answer.status.as_u16(), 400 | 409 | 422);
            // What there is not is promised as far as there is something: that answers how much is short.
            let is_short = verb == "reserve" && answer.status == 200 && answer.json[0]["short"] != "0";
            assert!(is_refused || is_short, "{verb} {quantity}: {} {}", answer.status, answer.json);
        }
    }
    store.verb("unreserve", json!({ "plant_id": store.office.plant(), "order_id": lot })).await.ok();
    assert_eq!(store.lies(&store.resistor).await, ["WH1-A-01 R1 available: 100"]);
    // As much as there may be, and then one more.
    let most = json!({ "location_id": place, "item_id": store.screw, "quantity": "999999999999" });
    store.verb("receive", most.clone()).await.ok();
    let answer = store.verb("receive", most).await;
    assert!(matches!(answer.status.as_u16(), 409 | 422), "{} {}", answer.status, answer.json);
    store.reconciled().await;
}

#[tokio::test]
async fn what_is_wrong_in_a_list_is_told_at_its_entry() {
    let store = Store::open().await;
    let lot = store.receive(&store.resistor, "R1", "100", &store.bin, None).await;
    let right = json!({ "item_id": store.screw, "counted": "1" });
    let wrong = [
        (json!({ "item_id": store.resistor, "counted": "9999999999999", "lot_id": lot }), "/lines/1/counted"),
        (json!({ "item_id": store.screw, "counted": "2", "unit_id": store.reel }), "/lines/1/unit_id"),
        (json!({ "item_id": store.screw, "counted": "2", "lot_id": lot }), "/lines/1/lot_id"),
        (json!({ "item_id": store.resistor, "counted": "-2", "lot_id": lot }), "/lines/1/counted"),
    ];
    for (line, pointer) in wrong {
        let body = json!({ "location_id": store.bin, "lines": [right, line] });
        let refused = store.verb("count", body).await.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
    }
    let needs = json!([{ "item_id": store.screw, "quantity": "1" }, { "item_id": store.screw, "quantity": "1", "unit_id": store.reel }]);
    let body = json!({ "plant_id": store.office.plant(), "order_id": lot, "needs": needs });
    let refused = store.verb("reserve", body).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["pointer"], "/needs/1/unit_id", "{refused}");
    assert_eq!(store.lies(&store.screw).await, Vec::<String>::new(), "nothing of a list with something wrong is counted");
}

#[tokio::test]
async fn what_people_wrote_is_no_command_on_any_label() {
    let store = Store::open().await;
    let office = &store.office;
    let mean = "^XZ^XA~JA~DGR:X,1,1,FF<script>&\"';_5E\\(00)";
    office
        .send("planner", Method::PATCH, &format!("/items/{}", store.paste), &[("if-match", "*")], Some(json!({ "name": mean })))
        .await
        .ok();
    let lot = store.receive(&store.paste, "A^XZ~JA_5E\\", "10", &store.bin, None).await;
    // GS1 lets neither of these signs into a lot: the code is refused, and the label with it, rather than reading wrongly.
    let refused = office.get("planner", &format!("/lots/{lot}/label?format=zpl")).await.refused(409, "label_unfit");
    assert!(refused["detail"].as_str().unwrap().contains("(10)"), "{refused}");
    let lot = store.receive(&store.paste, "P-1", "10", &store.bin, None).await;
    let (_, zpl) = office.file("planner", &format!("/lots/{lot}/label?format=zpl&copies=2")).await;
    let zpl = String::from_utf8(zpl).unwrap();
    let commands = |command: &str| zpl.matches(command).count();
    assert_eq!((commands("^XA"), commands("^XZ"), commands("~")), (1, 1, 0), "{zpl}");
    let (_, svg) = office.file("planner", &format!("/lots/{lot}/label")).await;
    let svg = String::from_utf8(svg).unwrap();
    assert!(!svg.contains("<script") && svg.contains("&lt;script"), "{svg}");
    let (_, pdf) = office.file("planner", &format!("/lots/{lot}/label?format=pdf")).await;
    assert!(pdf.starts_with(b"%PDF-1.7") && pdf.ends_with(b"%%EOF\n") || pdf.ends_with(b"%%EOF"));
    // Letters that the printed fonts do not have are told apart from nothing.
    office
        .send(
            "planner",
            Method::PATCH,
            &format!("/items/{}", store.paste),
            &[("if-match", "*")],
            Some(json!({ "name": "焊膏 Паста łódź" })),
        )
        .await
        .ok();
    let (_, pdf) = office.file("planner", &format!("/lots/{lot}/label?format=pdf")).await;
    let text: String = pdf.iter().map(|byte| char::from(*byte)).collect();
    // Written in hexadecimal digits, because one of its letters is no ASCII: ?? ????? lódz.
    assert!(text.to_uppercase().contains("<3F3F203F3F3F3F3F206CF3647A>"), "a letter that is not there is a question mark");
    // A code with control signs is none.
    for code in ["A\u{1d}B", "A\nB", "A\u{0}B", "Ä", ""] {
        let body = json!({ "location_id": store.bin, "item_id": store.paste, "quantity": "1", "lot_code": code });
        let answer = store.verb("receive", body).await;
        assert!(matches!(answer.status.as_u16(), 400 | 409 | 422), "{code:?}: {} {}", answer.status, answer.json);
    }
    let told: Value = store.office.get("planner", "/lots?limit=100").await.ok();
    assert_eq!(told["items"].as_array().unwrap().len(), 2, "{told}");
}
