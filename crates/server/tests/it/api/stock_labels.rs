//! Labels and scans over HTTP: what is printed is what is read.

use http::Method;
use serde_json::json;

use super::stock::Store;

#[tokio::test]
async fn a_label_comes_as_picture_for_a_printer_and_as_pdf_and_reads_back() {
    let store = Store::open().await;
    let office = &store.office;
    let lot = store.receive(&store.paste, "P-0815", "500", &store.bin, Some("2031-05-31")).await;
    let (media, svg) = office.file("guest", &format!("/lots/{lot}/label")).await;
    let svg = String::from_utf8(svg).unwrap();
    assert!(media == "image/svg+xml" && svg.starts_with("<svg") && svg.contains(">P-0815</text>"), "{svg}");
    let (media, zpl) = office.file("guest", &format!("/lots/{lot}/label?format=zpl&copies=3")).await;
    let zpl = String::from_utf8(zpl).unwrap();
    assert!(media == "application/zpl" && zpl.starts_with("^XA") && zpl.contains("^FDP-0815^FS") && zpl.contains("^PQ3"), "{zpl}");
    let (media, pdf) = office.file("guest", &format!("/lots/{lot}/label?format=pdf&copies=2")).await;
    assert!(media == "application/pdf" && pdf.starts_with(b"%PDF-1.7"));
    office.get("guest", &format!("/lots/{lot}/label?copies=0")).await.refused(400, "bad_parameter");
    for who in ["neighbour", "stranger"] {
        office.get(who, &format!("/lots/{lot}/label")).await.refused(404, "not_found");
    }
    // What its code says, as a reader sends it and as a person types it.
    for code in ["]d2010950600013435217310531%1D10P-0815%1D37500", "(01)09506000134352(17)310531(10)P-0815(37)500", "P-0815"] {
        let scanned = office.get("guest", &format!("/scan?code={code}")).await.ok();
        assert_eq!((&scanned["found"][0]["kind"], &scanned["found"][0]["id"]), (&json!("lot"), &json!(lot)), "{scanned}");
        if code.len() > 10 {
            assert_eq!((&scanned["quantity"], &scanned["expires_on"]), (&json!("500"), &json!("2031-05-31")), "{scanned}");
            assert_eq!(scanned["found"][1]["kind"], "item", "{scanned}");
        }
    }
    for (code, kind) in [("WH1-A-01", "location"), ("SP-305", "item"), ("9506000134352", "item"), ("(01)09506000134352", "item")] {
        assert_eq!(office.get("guest", &format!("/scan?code={code}")).await.ok()["found"][0]["kind"], kind, "{code}");
    }
    assert_eq!(office.get("guest", "/scan?code=nobody-knows").await.ok()["found"], json!([]));
    office.get("guest", "/scan?code=%20").await.refused(400, "bad_parameter");
}

#[tokio::test]
async fn an_organization_has_labels_of_its_own() {
    let store = Store::open().await;
    let office = &store.office;
    let lot = store.receive(&store.resistor, "R1", "5000", &store.bin, None).await;
    let element = |kind: &str, says: &str| json!({ "kind": kind, "x_mm": "3", "y_mm": "3", "height_mm": "4", "says": says });
    let template = |elements: serde_json::Value| json!({ "plant_id": office.plant(), "name": "Reel", "subject": "lot", "width_mm": "50", "height_mm": "25", "dpi": 300, "elements": elements });
    let wrong = office.post("planner", "/label-templates", template(json!([element("text", "{nothing}"), element("code", "{lot}")]))).await;
    let wrong = wrong.refused(422, "invalid");
    let codes: Vec<&str> = wrong["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["unknown_field", "required"], "{wrong}");
    let mut far = element("text", "Lot {lot}");
    far["y_mm"] = json!("24");
    let refused = office.post("planner", "/label-templates", template(json!([far]))).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "does_not_fit", "{refused}");
    let made = office.post("planner", "/label-templates", template(json!([element("text", "Reel {lot} of {quantity}")]))).await.ok();
    let id = made["id"].as_str().unwrap().to_owned();
    // It is printed without being asked for, and another one where that is asked for.
    let svg = String::from_utf8(office.file("guest", &format!("/lots/{lot}/label?quantity=1200")).await.1).unwrap();
    assert!(svg.contains("Reel R1 of 1200") && svg.contains("viewBox=\"0 0 50 25\""), "{svg}");
    let svg = String::from_utf8(office.file("guest", &format!("/label-templates/{id}/preview")).await.1).unwrap();
    assert!(svg.contains("Reel L26-04711 of 500"), "{svg}");
    office.get("stranger", &format!("/label-templates/{id}/preview")).await.refused(404, "not_found");
    office
        .send("planner", Method::PATCH, &format!("/label-templates/{id}"), &[("if-match", "*")], Some(json!({ "active": false })))
        .await
        .ok();
    let svg = String::from_utf8(office.file("guest", &format!("/lots/{lot}/label")).await.1).unwrap();
    assert!(svg.contains("viewBox=\"0 0 100 50\""), "{svg}");
}

#[tokio::test]
async fn a_value_that_a_bar_code_cannot_say_is_told() {
    let store = Store::open().await;
    // Longer than GS1 lets a lot be.
    let lot = store.receive(&store.paste, "A-LOT-WITH-A-VERY-LONG-NAME", "5", &store.bin, None).await;
    let refused = store.office.get("guest", &format!("/lots/{lot}/label")).await.refused(409, "label_unfit");
    assert!(refused["detail"].as_str().unwrap().contains("(10): found 27 signs, expected at most 20"), "{refused}");
}

#[tokio::test]
async fn places_pieces_and_license_plates_have_labels_too() {
    let store = Store::open().await;
    let office = &store.office;
    let body = json!({ "location_id": store.bin, "item_id": store.board, "quantity": "1", "serials": ["ULM26100042"] });
    store.verb("receive", body).await.ok();
    let serial = office.id_of("serials", "code", "ULM26100042").await;
    let plate = json!({ "plant_id": office.plant(), "code": "376104250021234569", "location_id": store.bin, "packaging": "Pallet" });
    let plate = office.post("planner", "/license-plates", plate).await.ok()["id"].as_str().unwrap().to_owned();
    let wrong = json!({ "plant_id": office.plant(), "code": "376104250021234568", "location_id": store.bin });
    let refused = office.post("planner", "/license-plates", wrong).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "check_digit");
    for path in [format!("/serials/{serial}/label"), format!("/license-plates/{plate}/label"), format!("/locations/{}/label", store.bin)] {
        let (media, svg) = office.file("guest", &path).await;
        assert!(media == "image/svg+xml" && svg.windows(6).filter(|part| part == b"<path ").count() >= 1, "{path}");
    }
    let scanned = office.get("guest", "/scan?code=]C100376104250021234569").await.ok();
    assert_eq!(scanned["found"][0]["id"], json!(plate), "{scanned}");
    let scanned = office.get("guest", "/scan?code=(01)09506000117843(21)ULM26100042").await.ok();
    assert_eq!(scanned["found"][0]["id"], json!(serial), "{scanned}");
}
