//! Every kind is declared as its table is.

use serde_json::json;

use crate::workshop::Workshop;

#[tokio::test]
async fn every_column_is_declared_and_every_declared_field_is_a_column() {
    let workshop = Workshop::new().await;
    let admin = workshop.test.admin().await;
    let of_every_record =
        ["organization_id", "plant_id", "id", "fields", "version", "created_at", "created_by", "updated_at", "updated_by", "archived_at"];
    for kind in factory::kinds() {
        let sql = "select attname::text, attnotnull from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped";
        let rows = admin.query(sql, &[&kind.table]).await.unwrap();
        let mut columns: Vec<(String, bool)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert!(!columns.is_empty(), "{} has no table {}", kind.name, kind.table);
        columns.retain(|(name, _)| !of_every_record.contains(&name.as_str()) && !name.starts_with("search"));
        columns.sort();
        let mut declared: Vec<(String, bool)> = kind
            .fields
            .iter()
            .filter(|field| !of_every_record.contains(&field.name))
            .map(|field| (field.name.to_owned(), field.required))
            .collect();
        declared.sort();
        assert_eq!(columns, declared, "{}", kind.name);
    }
}

#[tokio::test]
async fn a_record_of_every_kind_is_made() {
    let workshop = Workshop::new().await;
    let plant = &workshop.plant;
    let piece = workshop.piece().await;
    let box_of = workshop.id("unit", json!({"code": "BX", "name": "Box", "symbol": "box", "dimension": "count"})).await;
    let family = workshop.id("family", json!({"code": "INV", "name": "Inverters"})).await;
    let customer = workshop.id("customer", json!({"code": "NORD", "name": "Nordlicht Mobility", "gln": "4012345000009"})).await;
    workshop.id("supplier", json!({"code": "PCB", "name": "Platinenwerk Süd", "country": "DE"})).await;
    let body = json!({
        "code": "INV-48", "name": "Inverter 48V", "category": "product", "unit_id": piece, "family_id": family, "customer_id": customer,
        "gtin": "04012345000009", "unit_value": "84.50", "currency": "EUR", "program_starts_on": "2027-01-01", "program_ends_on": "2031-12-31",
    });
    let item = workshop.id("item", body).await;
    let board = workshop.item("BOARD", &piece).await;
    workshop.id("unit_conversion", json!({"from_unit_id": box_of, "to_unit_id": piece, "item_id": item, "factor": "24"})).await;
    let pattern = workshop.id("shift_pattern", json!({"plant_id": plant, "code": "2S", "name": "Two shifts"})).await;
    let shift = json!({"shift_pattern_id": pattern, "name": "Early", "starts_at": "06:00", "duration_min": 480, "break_min": 30, "weekdays": "12345"});
    workshop.id("shift", shift).await;
    let calendar =
        workshop.id("calendar", json!({"plant_id": plant, "code": "STD", "name": "Standard", "shift_pattern_id": pattern})).await;
    workshop.id("holiday", json!({"calendar_id": calendar, "on_date": "2027-05-01", "name": "Labour Day"})).await;
    let area = workshop.id("area", json!({"plant_id": plant, "code": "SMT", "name": "SMT", "sequence": 1, "color": "#3366CC"})).await;
    let test = workshop.area("TEST").await;
    let line = workshop.make("line", json!({"area_id": area, "name": "SMT-01", "available_s_per_day": 72_000})).await.unwrap();
    assert_eq!(line["plant_id"], json!(plant), "the plant follows from the area");
    let line = line["id"].as_str().unwrap().to_owned();
    let cell = workshop.id("cell", json!({"line_id": line, "name": "Placer 1", "position": 1})).await;
    workshop.id("equipment", json!({"plant_id": plant, "code": "E-100", "name": "Placer", "line_id": line, "cell_id": cell})).await;
    let bom = workshop.id("bom", json!({"item_id": item, "revision": "A"})).await;
    let component = json!({"bom_id": bom, "position": 10, "item_id": board, "quantity": "1", "unit_id": piece});
    workshop.id("bom_component", component).await;
    let routing = workshop.id("routing", json!({"plant_id": plant, "item_id": item, "revision": "A"})).await;
    let first =
        workshop.id("routing_step", json!({"routing_id": routing, "number": 10, "name": "Place", "area_id": area, "passes": 2})).await;
    let second = workshop.id("routing_step", json!({"routing_id": routing, "number": 20, "name": "Test", "area_id": test})).await;
    workshop.id("routing_link", json!({"routing_id": routing, "from_step_id": first, "to_step_id": second})).await;
    workshop.id("capability", json!({"line_id": line, "item_id": item, "cycle_time_s": "42.5", "efficiency_pct": "85"})).await;
    workshop.id("changeover", json!({"plant_id": plant, "line_id": line, "to_family_id": family, "minutes": "25"})).await;
    workshop.id("demand", json!({"plant_id": plant, "item_id": item, "period": "2027", "units": "120000"})).await;
}
