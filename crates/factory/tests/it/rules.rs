//! What the kinds refuse beyond their attributes.

use serde_json::json;

use crate::workshop::Workshop;

fn one(pointer: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(pointer.to_owned(), code)]
}

#[tokio::test]
async fn an_item_never_goes_into_itself() {
    let workshop = Workshop::new().await;
    let piece = workshop.piece().await;
    let (top, middle, bottom) =
        (workshop.item("TOP", &piece).await, workshop.item("MID", &piece).await, workshop.item("LOW", &piece).await);
    let mut boms = Vec::new();
    for item in [&top, &middle, &bottom] {
        boms.push(workshop.id("bom", json!({"item_id": item, "revision": "A"})).await);
    }
    let component =
        |bom: usize, item: &str| json!({"bom_id": boms[bom], "position": 10, "item_id": item, "quantity": "2", "unit_id": piece});
    workshop.id("bom_component", component(0, &middle)).await;
    workshop.id("bom_component", component(1, &bottom)).await;
    let refused = workshop.make("bom_component", component(2, &top)).await.expect_err("a loop over three levels");
    assert_eq!(refused.fields[0].detail, "item LOW would go into itself");
    assert_eq!(workshop.wrong("bom_component", component(2, &bottom)).await, one("/item_id", "loop"));
}

#[tokio::test]
async fn the_two_halves_of_a_loop_cannot_be_added_at_once() {
    let workshop = Workshop::new().await;
    let piece = workshop.piece().await;
    let (one, two) = (workshop.item("ONE", &piece).await, workshop.item("TWO", &piece).await);
    let first = workshop.id("bom", json!({"item_id": one, "revision": "A"})).await;
    let second = workshop.id("bom", json!({"item_id": two, "revision": "A"})).await;
    let component = |bom: &str, item: &str| json!({"bom_id": bom, "position": 10, "item_id": item, "quantity": "1", "unit_id": piece});
    let (left, right) =
        tokio::join!(workshop.make("bom_component", component(&first, &two)), workshop.make("bom_component", component(&second, &one)));
    assert!(left.is_ok() != right.is_ok(), "exactly one of them is stored: {left:?} {right:?}");
}

#[tokio::test]
async fn steps_of_a_routing_follow_no_circle() {
    let workshop = Workshop::new().await;
    let piece = workshop.piece().await;
    let item = workshop.item("ITEM", &piece).await;
    let area = workshop.area("SMT").await;
    let routing = workshop.id("routing", json!({"plant_id": workshop.plant, "item_id": item, "revision": "A"})).await;
    let other = workshop.id("routing", json!({"plant_id": workshop.plant, "item_id": item, "revision": "B"})).await;
    let mut steps = Vec::new();
    for number in [10, 20, 30] {
        steps.push(workshop.id("routing_step", json!({"routing_id": routing, "number": number, "name": "Step", "area_id": area})).await);
    }
    let link = |routing: &str, from: usize, to: usize| json!({"routing_id": routing, "from_step_id": steps[from], "to_step_id": steps[to]});
    workshop.id("routing_link", link(&routing, 0, 1)).await;
    workshop.id("routing_link", link(&routing, 1, 2)).await;
    assert_eq!(workshop.wrong("routing_link", link(&routing, 2, 0)).await, one("/to_step_id", "loop"));
    assert_eq!(workshop.wrong("routing_link", link(&routing, 0, 0)).await, one("/to_step_id", "loop"));
    let strangers = workshop.wrong("routing_link", link(&other, 0, 2)).await;
    assert_eq!(strangers, [("/from_step_id".to_owned(), "unknown_reference"), ("/to_step_id".to_owned(), "unknown_reference")]);
}

#[tokio::test]
async fn values_that_do_not_fit_together_are_refused_with_their_place() {
    let workshop = Workshop::new().await;
    let plant = workshop.plant.clone();
    let piece = workshop.piece().await;
    let kilogram = workshop.id("unit", json!({"code": "KGM", "name": "Kilogram", "symbol": "kg", "dimension": "mass"})).await;
    let item = workshop.item("ITEM", &piece).await;
    let area = workshop.area("SMT").await;
    let pattern = workshop.id("shift_pattern", json!({"plant_id": plant, "code": "1S", "name": "One shift"})).await;
    let line = workshop.id("line", json!({"area_id": area, "name": "L1"})).await;
    let cases = [
        (
            "line",
            json!({"area_id": area, "name": "L2", "available_s_per_day": 80_000, "overtime_s_per_day": 10_000}),
            "/overtime_s_per_day",
            "too_large",
        ),
        ("line", json!({"area_id": area, "name": "L2", "opening_cost": "100"}), "/currency", "required"),
        ("area", json!({"plant_id": plant, "code": "X", "name": "X", "color": "blue"}), "/color", "wrong_form"),
        (
            "item",
            json!({"code": "X", "name": "X", "category": "product", "unit_id": piece, "gtin": "04012345000008"}),
            "/gtin",
            "check_digit",
        ),
        ("item", json!({"code": "X", "name": "X", "category": "product", "unit_id": piece, "unit_value": "1"}), "/currency", "required"),
        ("unit_conversion", json!({"from_unit_id": piece, "to_unit_id": kilogram, "factor": "2"}), "/to_unit_id", "different_dimension"),
        ("shift", json!({"shift_pattern_id": pattern, "name": "A", "starts_at": "25:00", "duration_min": 60}), "/starts_at", "wrong_form"),
        (
            "shift",
            json!({"shift_pattern_id": pattern, "name": "A", "starts_at": "06:00", "duration_min": 60, "break_min": 60}),
            "/break_min",
            "too_large",
        ),
        ("capability", json!({"line_id": line, "item_id": item, "cycle_time_s": "0"}), "/cycle_time_s", "too_small"),
        (
            "capability",
            json!({"line_id": line, "item_id": item, "cycle_time_s": "1", "approved_from": "2027-02-01", "approved_to": "2027-01-01"}),
            "/approved_to",
            "too_early",
        ),
        ("changeover", json!({"plant_id": plant, "line_id": line, "area_id": area, "minutes": "5"}), "/area_id", "ambiguous"),
        ("demand", json!({"plant_id": plant, "item_id": item, "period": "2027-W53", "units": "1"}), "/period", "no_such_period"),
    ];
    for (kind, body, pointer, code) in cases {
        assert_eq!(workshop.wrong(kind, body.clone()).await, one(pointer, code), "{kind} {body}");
    }
}
