//! Several plants at once: one page of them, runs side by side, items that move from one to another, what each decides for itself.

use http::Method;
use planning::layout;
use serde_json::{Value, json};
use server::serve::kinds;

use crate::planning::{Office, example};

/// Both plants have the example's lines; the second is wanted of less.
async fn two_plants() -> Office {
    let office = Office::bare().await;
    let mut tx = office.app.begin(&office.tenant.system()).await.unwrap();
    let problem = example();
    let mut new_id = testkit::new_id;
    let master = layout::master(&problem, &mut new_id);
    let mut rows = Vec::new();
    for (plant, share) in office.tenant.plants.iter().zip([1.0, 0.3]) {
        let of = layout::PlantOf { id: plant.0, nth: 1, prefix: "", share };
        rows.extend(layout::plant(&problem, &master, &of, &mut new_id));
    }
    layout::save(&mut tx, &kinds(), master.rows.into_iter().chain(rows)).await.unwrap();
    tx.commit().await.unwrap();
    office
}

impl Office {
    async fn scenario_at(&self, plant: usize, name: &str) -> String {
        let body = json!({ "plant_id": self.tenant.plants[plant], "name": name });
        self.post("planner", "/scenarios", body).await.ok()["id"].as_str().unwrap().to_owned()
    }

    /// Optimizes at the same time, and waits for all.
    async fn optimized_together(&self, body: Value) -> Vec<Value> {
        let asked = self.post("planner", "/scenarios/optimize", body).await;
        assert_eq!(asked.status, 202, "{}", asked.json);
        let mut done = Vec::new();
        for run in asked.json["runs"].as_array().unwrap() {
            let address = format!("/runs/{}?wait=20", run["run_id"].as_str().unwrap());
            for _ in 0..20_000 {
                let found = self.get("planner", address.split('?').next().unwrap()).await.ok();
                if found["finished_at"].is_string() {
                    assert_eq!(found["state"], "succeeded", "{found}");
                    done.push(found);
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        }
        assert_eq!(done.len(), asked.json["runs"].as_array().unwrap().len());
        done
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{found} is not {expected}");
}

#[tokio::test]
async fn all_plants_are_on_one_page_with_the_figures_of_each() {
    let office = two_plants().await;
    let plants = &office.tenant.plants;
    let empty = office.get("guest", "/overview").await.ok();
    assert_eq!((empty["total"]["plants"].as_i64(), empty["plants"][0]["risk"].as_str()), (Some(0), Some("unplanned")));

    let region = office.post("planner", "/regions", json!({ "name": "South" })).await.ok()["id"].clone();
    let address = format!("/plants/{}", plants[1]);
    office.send("planner", Method::PATCH, &address, &[("if-match", "*")], Some(json!({ "region_id": region }))).await.ok();
    let (first, second) = (office.scenario_at(0, "Plan").await, office.scenario_at(1, "Plan").await);
    let runs = office.optimized_together(json!({ "scenarios": [first], "plants": [plants[1]] })).await;
    assert_eq!(runs[1]["result"]["scenario_id"], second.as_str());

    let page = office.get("guest", "/overview").await.ok();
    assert_eq!(page["periods"], json!(["2026", "2027", "2028", "2029", "2030"]));
    let mut totals = [0.0; 2];
    for (index, scenario) in [&first, &second].into_iter().enumerate() {
        let row = page["plants"].as_array().unwrap().iter().find(|row| row["plant_id"] == plants[index].to_string()).unwrap();
        let (plan, summary) = (&row["plan"], office.summary(scenario).await);
        near(number(&plan["demand_units"]), number(&summary["demand_units"]));
        near(number(&plan["delivered_units"]), number(&summary["finished_units"]));
        near(number(&plan["hours_used"]), number(&summary["hours_used"]));
        near(number(&plan["max_utilization_pct"]), number(&summary["max_utilization_pct"]));
        totals[0] += number(&summary["demand_units"]);
        totals[1] += number(&summary["finished_units"]);
        let dashboard = office.get("guest", &format!("/plants/{}/dashboard", plants[index])).await.ok();
        let worst = dashboard["constraints"].as_array().unwrap().iter().find(|one| one["short"] == true);
        match worst {
            Some(worst) => {
                assert_eq!((&plan["constraint"]["area"], &plan["constraint"]["period"]), (&worst["area"], &worst["period"]));
                assert_eq!(row["risk"], "loses");
            }
            None => assert_ne!(row["risk"], "loses"),
        }
        let sum = |member: &str| plan["periods"].as_array().unwrap().iter().map(|period| number(&period[member])).sum::<f64>();
        near(sum("demand_units"), number(&plan["demand_units"]));
        near(sum("hours_available"), number(&plan["hours_available"]));
    }
    near(number(&page["total"]["demand_units"]), totals[0]);
    near(number(&page["total"]["delivered_units"]), totals[1]);
    near(number(&page["total"]["met_pct"]), 100.0 * totals[1] / totals[0]);
    assert_eq!(page["plants"][0]["risk"], "loses");
    let regions = page["regions"].as_array().unwrap();
    assert_eq!((regions[0]["region"].as_str(), regions[1]["region"].is_null()), (Some("South"), true));

    // By region, by time, by another plan; only plants within reach.
    let south = office.get("guest", &format!("/overview?region={}", region.as_str().unwrap())).await.ok();
    assert_eq!((south["plants"].as_array().unwrap().len(), &south["plants"][0]["plant_id"]), (1, &json!(plants[1])));
    let late = office.get("guest", "/overview?from=2029&to=2030").await.ok();
    assert_eq!(late["periods"], json!(["2029", "2030"]));
    assert!(number(&late["total"]["demand_units"]) < totals[0]);
    let closed = office.scenario("Closed", json!({ "operating_days": [{ "days_per_year": 100 }] })).await;
    office.optimized(&closed).await;
    let chosen = office.get("guest", &format!("/overview?scenarios={first}")).await.ok();
    assert_eq!(chosen["total"], page["total"]);
    let worse = office.get("guest", &format!("/overview?scenarios={closed}")).await.ok();
    assert!(number(&worse["total"]["delivered_units"]) < totals[1]);
    let neighbour = office.get("neighbour", "/overview").await.ok();
    assert_eq!((neighbour["plants"].as_array().unwrap().len(), &neighbour["plants"][0]["plant_id"]), (1, &json!(plants[1])));
    assert!(!neighbour.to_string().contains(&plants[0].to_string()));
    let stranger = office.get("stranger", "/overview").await.ok();
    assert_eq!((stranger["plants"].as_array().unwrap().len(), stranger["total"]["plants"].as_i64()), (1, Some(0)));
    office.get("stranger", &format!("/overview?scenarios={first}")).await.refused(404, "no_result");
    office.get("neighbour", &format!("/overview?scenarios={first}")).await.refused(404, "no_result");
    office.get("guest", "/overview?from=soon").await.refused(400, "bad_parameter");
    office.get("guest", "/overview?scenarios=x").await.refused(400, "bad_parameter");
    // Of several, all are optimized or none.
    let body = json!({ "scenarios": [first, testkit::new_id()] });
    office.post("planner", "/scenarios/optimize", body).await.refused(404, "not_found");
    office.post("guest", "/scenarios/optimize", json!({ "scenarios": [first] })).await.refused(403, "permission_missing");
}

#[tokio::test]
async fn an_item_moves_to_another_plant_as_a_scenario_of_each() {
    let office = two_plants().await;
    let plants = &office.tenant.plants;
    let (first, second) = (office.scenario_at(0, "Plan").await, office.scenario_at(1, "Plan").await);
    office.optimized_together(json!({ "scenarios": [first, second] })).await;
    let before = office.get("guest", &format!("/overview?scenarios={first},{second}")).await.ok();
    let unmet = office.get("guest", &format!("/scenarios/{first}/results?sections=unmet")).await.ok();
    let lost = unmet["plan"]["unmet"][0]["model"].as_str().unwrap().to_owned();
    let item = office.id_of("items", "name", &lost).await;
    let wanted = |plan: &Value| -> f64 {
        plan["plan"]["finished"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["model"] == lost.as_str())
            .map(|entry| number(&entry["demand_units"]))
            .sum()
    };
    let finished = async |scenario: &str| office.get("guest", &format!("/scenarios/{scenario}/results?sections=finished")).await.ok();
    let (own, other) = (wanted(&finished(&first).await), wanted(&finished(&second).await));

    let body = json!({ "name": "Half to the second", "item_id": item, "share_pct": "50", "from": { "plant_id": plants[0] },
        "to": { "plant_id": plants[1], "scenario_id": second } });
    let made = office.post("planner", "/moves", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.json);
    let moved: f64 = made.json["moved"].as_array().unwrap().iter().map(|moved| number(&moved["units"])).sum();
    near(moved, own / 2.0);
    let (less, more) = (made.json["from_scenario_id"].as_str().unwrap(), made.json["to_scenario_id"].as_str().unwrap());
    office.optimized_together(json!({ "scenarios": [less, more] })).await;
    near(wanted(&finished(less).await), own / 2.0);
    near(wanted(&finished(more).await), other + own / 2.0);
    let after = office.get("guest", &format!("/overview?scenarios={less},{more}")).await.ok();
    near(number(&after["total"]["demand_units"]), number(&before["total"]["demand_units"]));
    assert!(number(&after["total"]["delivered_units"]) > number(&before["total"]["delivered_units"]), "the second plant has room for it");
    // A scenario like any other: it says only what differs, and starts where its base stands.
    let scenario = office.get("planner", &format!("/scenarios/{more}")).await.ok();
    assert_eq!((&scenario["base_id"], scenario["status"].as_str()), (&json!(second), Some("draft")));
    let listed = office.get("guest", &format!("/moves?scenario={less}")).await.ok();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["to_scenario_id"]), (1, &json!(more)));

    // Who sees one of the plants only sees no move, and makes none.
    assert_eq!(office.get("neighbour", "/moves").await.ok(), json!([]));
    assert_eq!(office.get("stranger", "/moves").await.ok(), json!([]));
    office.post("neighbour", "/moves", body.clone()).await.refused(404, "not_found");
    office.post("guest", "/moves", body.clone()).await.refused(403, "permission_missing");
    office.post("planner", "/moves", body.clone()).await.refused(409, "taken");
    let with = |member: &str, value: Value| {
        let mut body = body.clone();
        body["name"] = json!("Another");
        body[member] = value;
        body
    };
    for (member, value, code) in [
        ("share_pct", json!("0"), "out_of_bounds"),
        ("share_pct", json!("101"), "out_of_bounds"),
        ("from_period", json!("soon"), "bad_period"),
        ("from_period", json!("2040"), "nothing_to_move"),
        ("to", json!({ "plant_id": plants[0] }), "same"),
        ("to", json!({ "plant_id": plants[1], "scenario_id": first }), "other_plant"),
    ] {
        let refused = office.post("planner", "/moves", with(member, value.clone())).await.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["code"], code, "{member} {value}");
    }

    // A plant that cannot make it yet says which line could, and how fast.
    let line = office.get("planner", &format!("/plants/{}/lines?limit=1", plants[1])).await.ok()["items"][0].clone();
    let unit = office.get("planner", "/units?limit=1").await.ok()["items"][0]["id"].clone();
    let new = office
        .post("planner", "/items", json!({ "code": "NEW-1", "name": "New inverter", "category": "product", "unit_id": unit }))
        .await
        .ok();
    let own_line = office
        .get("planner", &format!("/plants/{}/lines?limit=1&area_id={}", plants[0], line["area_id"].as_str().unwrap_or_default()))
        .await;
    let own_line = match own_line.json["items"][0]["id"].as_str() {
        Some(line) => line.to_owned(),
        None => {
            office.get("planner", &format!("/plants/{}/lines?limit=1", plants[0])).await.ok()["items"][0]["id"].as_str().unwrap().to_owned()
        }
    };
    let capability = json!({ "line_id": own_line, "item_id": new["id"], "cycle_time_s": "60" });
    office.post("planner", "/capabilities", capability).await.ok();
    let demand = json!({ "plant_id": plants[0], "item_id": new["id"], "period": "2028", "units": "1000" });
    office.post("planner", "/demand", demand).await.ok();
    let body = json!({ "name": "New", "item_id": new["id"], "from": { "plant_id": plants[0] }, "to": { "plant_id": plants[1] } });
    let refused = office.post("planner", "/moves", body.clone()).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "cannot_be_made");
    let mut able = body;
    able["capabilities"] = json!([{ "line_id": line["id"], "cycle_time_s": "55" }]);
    let made = office.post("planner", "/moves", able).await.ok();
    let more = made["to_scenario_id"].as_str().unwrap();
    office.optimized(more).await;
    let result = office.get("planner", &format!("/scenarios/{more}/results?sections=finished")).await.ok();
    let entry = result["plan"]["finished"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["model"] == "New inverter" && entry["period"] == "2028")
        .unwrap();
    near(number(&entry["demand_units"]), 1000.0);
}

#[tokio::test]
async fn plants_decide_for_themselves_and_take_the_rest_from_the_organization() {
    let office = two_plants().await;
    let plants = &office.tenant.plants;
    let setting = |settings: &Value, name: &str| -> (Value, String) {
        let found = settings["settings"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone();
        (found["value"].clone(), found["from"].as_str().unwrap().to_owned())
    };
    let address = format!("/plants/{}/settings", plants[0]);
    let built_in = office.get("guest", &address).await.ok();
    assert_eq!(setting(&built_in, "full_utilization_pct"), (json!("95"), "built_in".into()));
    assert_eq!(setting(&built_in, "currency"), (Value::Null, "built_in".into()));

    let everywhere = json!({ "currency": "EUR", "language": "de", "full_utilization_pct": "90" });
    office.post("planner", "/plant-settings", everywhere).await.ok();
    let calendar = office.get("planner", &format!("/calendars?plant_id={}&limit=1", plants[0])).await.ok()["items"][0]["id"].clone();
    let own = json!({ "plant_id": plants[0], "currency": "MXN", "calendar_id": calendar });
    let own = office.post("planner", "/plant-settings", own).await.ok();
    let settings = office.get("guest", &address).await.ok();
    assert_eq!(setting(&settings, "currency"), (json!("MXN"), "plant".into()));
    assert_eq!(setting(&settings, "language"), (json!("de"), "organization".into()));
    assert_eq!(setting(&settings, "full_utilization_pct"), (json!("90"), "organization".into()));
    let other = office.get("neighbour", &format!("/plants/{}/settings", plants[1])).await.ok();
    assert_eq!(setting(&other, "currency"), (json!("EUR"), "organization".into()));
    office.get("neighbour", &address).await.refused(404, "not_found");
    office.get("stranger", &address).await.refused(404, "not_found");
    // The organization's are the organization's to decide, and a calendar is one plant's.
    let refused = office.post("neighbour", "/plant-settings", json!({ "currency": "USD" })).await;
    assert_eq!(refused.status, 403, "{}", refused.json);
    let strange = json!({ "plant_id": plants[1], "calendar_id": calendar });
    office.post("planner", "/plant-settings", strange).await.refused(422, "invalid");
    office.post("planner", "/plant-settings", json!({ "plant_id": plants[0] })).await.refused(409, "taken");

    // A plant's calendar counts where areas and lines have none, its threshold on the page of all plants.
    let plan = office.scenario("Plan", json!({})).await;
    office.optimized(&plan).await;
    let page = office.get("guest", "/overview").await.ok();
    let row = page["plants"].as_array().unwrap().iter().find(|row| row["plant_id"] == plants[0].to_string()).unwrap();
    assert_eq!(row["targets"]["full_utilization_pct"], 90.0);
    let areas = office.get("planner", &format!("/areas?plant_id={}&limit=100", plants[0])).await.ok();
    for area in areas["items"].as_array().unwrap() {
        let address = format!("/areas/{}", area["id"].as_str().unwrap());
        office.send("planner", Method::PATCH, &address, &[("if-match", "*")], Some(json!({ "calendar_id": null }))).await.ok();
    }
    for line in office.get("planner", &format!("/lines?plant_id={}&limit=500", plants[0])).await.ok()["items"].as_array().unwrap() {
        let address = format!("/lines/{}", line["id"].as_str().unwrap());
        office.send("planner", Method::PATCH, &address, &[("if-match", "*")], Some(json!({ "calendar_id": null }))).await.ok();
    }
    let calendar = format!("/calendars/{}", calendar.as_str().unwrap());
    let hours = async || {
        office.optimized(&plan).await;
        number(&office.summary(&plan).await["hours_available"])
    };
    office.send("planner", Method::PATCH, &calendar, &[("if-match", "*")], Some(json!({ "operating_days_per_year": 100 }))).await.ok();
    let few = hours().await;
    office.send("planner", Method::PATCH, &calendar, &[("if-match", "*")], Some(json!({ "operating_days_per_year": 200 }))).await.ok();
    near(hours().await, 2.0 * few);
    let address = format!("/plant-settings/{}", own["id"].as_str().unwrap());
    office.send("planner", Method::PATCH, &address, &[("if-match", "*")], Some(json!({ "calendar_id": null }))).await.ok();
    near(hours().await, 2.4 * few);

    // An item that all plants share, taken otherwise by one.
    let unmet = office.get("guest", &format!("/scenarios/{plan}/results?sections=finished")).await.ok();
    let model = unmet["plan"]["finished"][0]["model"].as_str().unwrap().to_owned();
    let item = office.id_of("items", "name", &model).await;
    let taken = json!({ "plant_id": plants[0], "item_id": item, "active": false, "local_code": "L-1" });
    office.post("planner", "/plant-items", taken.clone()).await.ok();
    office.post("planner", "/plant-items", taken).await.refused(409, "taken");
    office.optimized(&plan).await;
    let without = office.get("guest", &format!("/scenarios/{plan}/results?sections=finished")).await.ok();
    assert!(!without["plan"]["finished"].as_array().unwrap().iter().any(|entry| entry["model"] == model.as_str()));
    let second = office.scenario_at(1, "Plan").await;
    office.optimized(&second).await;
    let with = office.get("guest", &format!("/scenarios/{second}/results?sections=finished")).await.ok();
    assert!(with["plan"]["finished"].as_array().unwrap().iter().any(|entry| entry["model"] == model.as_str()));
}
