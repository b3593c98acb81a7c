//! Counts that differ too much: whoever may decide is told.

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
async fn a_count_that_waits_is_told_to_who_decides_and_to_nobody_else() {
    let mut house = House::new().await;
    let [place, item] = house.screws().await;
    let supervisor = json!({ "user_id": house.user("cy"), "role": "supervisor", "plant_id": house.plants[0] });
    house.post("bo", "/grants", supervisor).await.ok();
    let count = |counted: &str| json!({ "location_id": place, "lines": [{ "item_id": item, "counted": counted }] });
    house.post("bo", "/stock/count", count("99")).await.ok();
    house.settle().await;
    let counts = |told: Vec<String>| told.into_iter().filter(|text| text.contains("WH1")).collect::<Vec<_>>();
    assert_eq!(counts(house.told("cy").await), [""; 0], "what is booked at once waits for nobody");
    let held = house.post("bo", "/stock/count", count("50")).await.ok();
    house.settle().await;
    assert_eq!(counts(house.told("cy").await), ["Bo Lind counted WH1, and it differs: somebody else decides"]);
    assert_eq!(counts(house.told("ana").await), [""; 0], "nor who may not decide");
    let decide = format!("/stock/counts/{}/decide", held["waiting_id"].as_str().unwrap());
    house.post("bo", &decide, json!({ "approve": false })).await.ok();
    house.settle().await;
    assert_eq!(counts(house.told("bo").await), [""; 0], "nobody is told of what they did themselves");
}
