//! A plant of two areas over HTTP, on which the tests of the shop floor work.

use http::Method;
use serde_json::{Value, json};

use crate::planning::{Answer, Office};

/// A plant that makes a controller out of two boards each: placed in SMT at one of two lines, then tested.
pub struct Floor {
    pub office: Office,
    pub item: String,
    pub board: String,
    pub smt: [String; 2],
    pub test: String,
    pub smt_area: String,
    pub bom: String,
    pub routing: String,
    pub warehouse: String,
}

pub fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

impl Floor {
    pub async fn open() -> Floor {
        let office = Office::bare().await;
        let plant = office.plant();
        let make = async |path: &str, body: Value| id(&office.post("boss", path, body).await.ok());
        let piece = make("/units", json!({"code": "C62", "name": "Piece", "symbol": "pcs", "dimension": "count"})).await;
        let family = make("/families", json!({"code": "CTRL", "name": "Controllers"})).await;
        let item = |code: &str, category: &str| json!({"code": code, "name": format!("Item {code}"), "category": category, "unit_id": piece, "family_id": family, "tracking": "lot"});
        let product = make("/items", item("CTRL-7", "product")).await;
        let board = make("/items", item("BOARD-2", "component")).await;
        let bom = make("/boms", json!({"item_id": product, "revision": "A", "status": "released"})).await;
        make("/bom-components", json!({"bom_id": bom, "position": 10, "item_id": board, "quantity": "2", "unit_id": piece})).await;
        let smt_area = make("/areas", json!({"plant_id": plant, "code": "SMT", "name": "SMT", "sequence": 1})).await;
        let test_area = make("/areas", json!({"plant_id": plant, "code": "TEST", "name": "Test", "sequence": 2})).await;
        let mut lines = Vec::new();
        for (name, area) in [("SMT-01", &smt_area), ("SMT-02", &smt_area), ("TEST-01", &test_area)] {
            lines.push(make("/lines", json!({"area_id": area, "name": name, "available_s_per_day": 86400})).await);
        }
        for (line, cycle, priority) in [(0, "60", 1), (1, "90", 2), (2, "30", 1)] {
            let body = json!({"line_id": lines[line], "item_id": product, "cycle_time_s": cycle, "priority": priority});
            make("/capabilities", body).await;
        }
        let routing = make("/routings", json!({"plant_id": plant, "item_id": product, "revision": "A", "status": "released"})).await;
        for (number, name, area) in [(10, "Place", &smt_area), (20, "Test", &test_area)] {
            make("/routing-steps", json!({"routing_id": routing, "number": number, "name": name, "area_id": area})).await;
        }
        let warehouse = make("/locations", json!({"plant_id": plant, "code": "WH", "name": "Warehouse", "type": "warehouse"})).await;
        let received = json!({"location_id": warehouse, "item_id": board, "quantity": "1000", "lot_code": "B-100"});
        office.post("boss", "/stock/receive", received).await.ok();
        let test = lines.pop().unwrap();
        let smt = [lines.remove(0), lines.remove(0)];
        Floor { office, item: product, board, smt, test, smt_area, bom, routing, warehouse }
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.office.post("boss", path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.office.send("boss", Method::PATCH, path, &[("if-match", "*")], Some(body)).await
    }

    pub async fn get(&self, path: &str) -> Value {
        self.office.get("boss", path).await.ok()
    }

    pub async fn order(&self, code: &str, quantity: &str) -> String {
        self.order_with(json!({"code": code, "quantity": quantity})).await
    }

    pub async fn order_with(&self, more: Value) -> String {
        let mut body = json!({"plant_id": self.office.plant(), "item_id": self.item, "due_at": "2030-01-01T12:00:00Z"});
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        id(&self.post("/manufacturing-orders", body).await.ok())
    }

    /// A released order and its jobs, by step.
    pub async fn released(&self, code: &str, quantity: &str) -> (String, Vec<String>) {
        let order = self.order(code, quantity).await;
        let released = self.post(&format!("/manufacturing-orders/{order}/release"), json!({})).await.ok();
        (order, released["jobs"].as_array().unwrap().iter().map(id).collect())
    }

    pub async fn job(&self, job: &str) -> Value {
        self.get(&format!("/jobs/{job}")).await
    }

    pub async fn mo(&self, order: &str) -> Value {
        self.get(&format!("/manufacturing-orders/{order}")).await
    }

    pub async fn act(&self, job: &str, verb: &str) -> Answer {
        self.post(&format!("/jobs/{job}/{verb}"), json!({})).await
    }

    pub async fn report(&self, job: &str, body: Value) -> Value {
        self.post(&format!("/jobs/{job}/report"), body).await.ok()
    }

    /// How much of an item there is.
    pub async fn stock(&self, item: &str) -> f64 {
        let found = self.get(&format!("/stock?item_id={item}&limit=500")).await;
        let rows = found["items"].as_array().unwrap();
        rows.iter().map(|row| row["quantity"].as_str().unwrap().parse::<f64>().unwrap()).sum()
    }

    pub async fn operator(&self, code: &str) -> String {
        let body = json!({"plant_id": self.office.plant(), "code": code, "name": format!("Operator {code}")});
        id(&self.post("/operators", body).await.ok())
    }
}

/// An exact quantity, as answers spell it.
pub fn number(value: &Value) -> f64 {
    value.as_str().unwrap_or_else(|| panic!("no quantity: {value}")).parse().unwrap()
}
