//! Counts that differ too much: whoever may decide is told, and whoever counted of the decision.

use serde_json::{Value, json};

use super::house::House;

impl House {
    /// Screws at a place of the first plant where a count may differ by 2 %: the place and the item.
    async fn screws(&self) -> [String; 2] {
        let plant = self.plants[0];
        let made = async |path: &str, body: Value| self.post("bo", path, body).await.ok()["id"].as_str().unwrap().to_owned();
        let piece = made("/units", json!({ "code": "C62", "name": "Piece", "symbol": "pc", "dimension": "count" })).await;
        let item = made("/items", json!({ "code": "M3-8", "name": "Screw M3 × 8", "category": "component", "unit_id": piece })).await;
        let place = json!({ "plant_id": plant, "code": "WH1", "name": "Warehouse", "type": "warehouse", "count_tolerance_pct": "2" });
        let place = made("/locations", place).await;
        self.post("bo", "/stock/receive", json!({ "location_id": place, "item_id": item, "quantity": "100" })).await.ok();
        [place, item]
    }
}

#[tokio::test]
async fn a_count_that_waits_is_told_to_who_decides_and_the_decision_to_who_counted() {
    let mut house = House::new().await;
    let [place, item] = house.screws().await;
    let supervisor = json!({ "user_id": house.user("cy"), "role": "supervisor", "plant_id": house.plants[0] });
    house.post("bo", "/grants", supervisor).await.ok();
    let count = |counted: &str| json!({ "location_id": place, "lines": [{ "item_id": item, "counted": counted }] });
    house.post("cy", "/stock/count", count("99")).await.ok();
    house.settle().await;
    assert!(house.told("bo").await.iter().all(|text| !text.contains("WH1")), "what is booked at once waits for nobody");
    let mut waiting = Vec::new();
    for counted in ["50", "40"] {
        let held = house.post("cy", "/stock/count", count(counted)).await.ok();
        waiting.push(held["waiting_id"].as_str().unwrap().to_owned());
    }
    house.settle().await;
    let counts = |told: Vec<String>| told.into_iter().filter(|text| text.contains("WH1")).collect::<Vec<_>>();
    assert_eq!(counts(house.told("bo").await), ["Cy Ruiz counted WH1, and it differs: somebody else decides"; 2]);
    assert_eq!(counts(house.told("cy").await), [""; 0], "nobody is told of what they did themselves");
    assert_eq!(counts(house.told("ana").await), [""; 0], "nor who may not decide");
    for (id, approve) in waiting.iter().zip([true, false]) {
        house.post("bo", &format!("/stock/counts/{id}/decide"), json!({ "approve": approve })).await.ok();
    }
    house.settle().await;
    let told = counts(house.told("cy").await);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().any(|text| text.ends_with("approved what you counted at WH1")), "{told:?}");
    assert!(told.iter().any(|text| text.ends_with("rejected what you counted at WH1: stock stays as it was")), "{told:?}");
}
