//! On which machine and with which program units are made: fixed at release, told by whoever reports, found again in the genealogy.

use serde_json::{Value, json};

use super::floor::{Floor, id};

struct Machines {
    floor: Floor,
    placer: String,
    tester: String,
}

impl Machines {
    async fn open() -> Machines {
        let floor = Floor::open().await;
        let plant = floor.office.plant();
        let machine = async |code: &str, line: &str| {
            let body = json!({"plant_id": plant, "code": code, "name": code, "line_id": line});
            id(&floor.post("/equipment", body).await.ok())
        };
        let (placer, tester) = (machine("NXT-1", &floor.smt[0]).await, machine("FCT-1", &floor.test).await);
        machine("NXT-2", &floor.smt[1]).await;
        machine("NXT-3", &floor.smt[1]).await;
        Machines { floor, placer, tester }
    }

    async fn program(&self, name: &str, revision: &str, more: Value) -> String {
        let mut body = json!({"plant_id": self.floor.office.plant(), "item_id": self.floor.item, "name": name, "revision": revision, "status": "released"});
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        id(&self.floor.post("/machine-programs", body).await.ok())
    }
}

#[tokio::test]
async fn a_job_knows_its_machine_and_the_program_that_was_released_with_the_order() {
    let machines = Machines::open().await;
    let floor = &machines.floor;
    machines.program("CTRL-ANY", "A", json!({})).await;
    let top = machines.program("CTRL-TOP", "B", json!({"step": "Place", "line_id": floor.smt[0]})).await;
    machines.program("CTRL-DRAFT", "Z", json!({"line_id": floor.smt[0], "step": "Place", "status": "draft"})).await;
    let (_, jobs) = floor.released("MO-1", "10").await;
    let job = floor.job(&jobs[0]).await;
    assert_eq!((job["equipment"].as_str(), job["program"].as_str()), (Some("NXT-1"), Some("CTRL-TOP B")), "the nearest that fits");
    assert_eq!(floor.job(&jobs[1]).await["program"], "CTRL-ANY A");
    // A revision that is released later reaches the next order only.
    floor.patch(&format!("/machine-programs/{top}"), json!({"status": "obsolete"})).await.ok();
    machines.program("CTRL-TOP", "C", json!({"step": "Place", "line_id": floor.smt[0]})).await;
    assert_eq!(floor.job(&jobs[0]).await["program"], "CTRL-TOP B");
    let (_, later) = floor.released("MO-2", "10").await;
    assert_eq!(floor.job(&later[0]).await["program"], "CTRL-TOP C");
    // Another line has machines of its own; which of several, somebody says.
    let assign = |body: Value| (format!("/jobs/{}/assign", jobs[0]), body);
    let (path, body) = assign(json!({"line_id": floor.smt[1]}));
    let moved = floor.post(&path, body).await.ok();
    assert_eq!((&moved["equipment"], moved["program"].as_str()), (&Value::Null, Some("CTRL-ANY A")));
    let (path, body) = assign(json!({"line_id": floor.smt[1], "equipment_id": machines.tester}));
    assert_eq!(floor.post(&path, body).await.refused(422, "invalid")["errors"][0]["pointer"], "/equipment_id");
    let (path, body) = assign(json!({"line_id": floor.smt[0], "equipment_id": machines.placer}));
    let back = floor.post(&path, body).await.ok();
    assert_eq!((back["equipment"].as_str(), back["program"].as_str()), (Some("NXT-1"), Some("CTRL-TOP B")), "as it was released");
    // Parts of an order are made as the whole.
    let order = floor.job(&later[0]).await["manufacturing_order_id"].as_str().unwrap().to_owned();
    let split = floor.post(&format!("/manufacturing-orders/{order}/split"), json!({"quantity": "4"})).await.ok();
    let of_part = floor.get(&format!("/jobs?manufacturing_order_id={}", id(&split["new"]))).await;
    assert_eq!((of_part["items"][0]["program"].as_str(), of_part["items"][0]["equipment"].as_str()), (Some("CTRL-TOP C"), Some("NXT-1")));
}

#[tokio::test]
async fn the_genealogy_names_machine_and_program() {
    let machines = Machines::open().await;
    let floor = &machines.floor;
    machines.program("CTRL-FCT", "D", json!({"step": "Test", "equipment_id": machines.tester})).await;
    let (_, jobs) = floor.released("MO-1", "10").await;
    floor.report(&jobs[0], json!({"good": "4"})).await;
    floor.report(&jobs[1], json!({"good": "1", "serials": ["S-1"]})).await;
    let other = floor.report(&jobs[1], json!({"good": "1", "serials": ["S-2"], "program": "CTRL-FCT E"})).await;
    assert_eq!(other["rule"], "other_program", "it counts, and is told: {other}");
    let made = async |serial: &str| {
        let found = floor.get(&format!("/serials?code={serial}")).await;
        let trace = floor.get(&format!("/serials/{}/trace", id(&found["items"][0]))).await;
        let link = trace["links"].as_array().unwrap().iter().find(|link| !link["program"].is_null()).cloned();
        link.unwrap_or_else(|| panic!("no link names a program: {trace}"))
    };
    let (first, second) = (made("S-1").await, made("S-2").await);
    assert_eq!((first["equipment"]["code"].as_str(), first["program"].as_str()), (Some("FCT-1"), Some("CTRL-FCT D")));
    assert_eq!((first["line"]["code"].as_str(), second["program"].as_str()), (Some("TEST-01"), Some("CTRL-FCT E")), "what truly ran");
    let reports = floor.get(&format!("/jobs/{}/report", jobs[1])).await;
    assert_eq!((reports[0]["program"].as_str(), reports[0]["equipment_id"].as_str()), (Some("CTRL-FCT E"), Some(machines.tester.as_str())));
}

#[tokio::test]
async fn a_terminal_tells_what_the_machine_ran() {
    let machines = Machines::open().await;
    let floor = &machines.floor;
    machines.program("CTRL-TOP", "B", json!({"step": "Place"})).await;
    let (_, jobs) = floor.released("MO-1", "10").await;
    let plant = floor.office.plant();
    let terminal = id(&floor.post("/terminals", json!({"plant_id": plant, "code": "T-1", "name": "Terminal 1"})).await.ok());
    floor.post("/terminal-lines", json!({"terminal_id": terminal, "line_id": floor.smt[0]})).await.ok();
    let work = floor.get(&format!("/terminals/{terminal}/work")).await;
    let shown = work["jobs"].as_array().unwrap().iter().find(|job| job["id"] == jobs[0].as_str()).cloned().unwrap_or_default();
    assert_eq!((shown["equipment"].as_str(), shown["program"].as_str()), (Some("NXT-1"), Some("CTRL-TOP B")), "{work}");
    let now = platform::Context::system().now();
    let action = |sequence: i64, more: Value| {
        let mut action =
            json!({"id": testkit::new_id(), "sequence": sequence, "at": now, "kind": "job.report", "job_id": jobs[0], "good": 1});
        action.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        action
    };
    let actions = [
        action(1, json!({"program": "CTRL-TOP B", "equipment_id": machines.placer})),
        action(2, json!({"program": "CTRL-TOP X"})),
        action(3, json!({"equipment_id": machines.tester})),
        action(4, json!({"program": "a\u{7}b"})),
    ];
    let sent = json!({"device_id": "tablet-1", "device_now": now, "actions": actions});
    let answer = floor.post(&format!("/terminals/{terminal}/actions"), sent).await.ok();
    let rules: Vec<Value> = answer["results"].as_array().unwrap().iter().map(|result| result["rule"].clone()).collect();
    assert_eq!(
        rules,
        [json!("started_by_report"), json!("other_program"), json!("machine_left_out"), json!("program_left_out")],
        "{answer}"
    );
    let good: f64 = floor.job(&jobs[0]).await["good"].as_str().unwrap().parse().unwrap();
    assert_eq!(good, 4.0, "all of them count");
}

#[tokio::test]
async fn a_program_is_for_a_machine_where_it_stands() {
    let machines = Machines::open().await;
    let floor = &machines.floor;
    let body = json!({"plant_id": floor.office.plant(), "item_id": floor.item, "name": "P", "revision": "A", "line_id": floor.smt[0], "equipment_id": machines.tester});
    assert_eq!(floor.post("/machine-programs", body).await.refused(422, "invalid")["errors"][0]["code"], "other_line");
    machines.program("P", "A", json!({})).await;
    let again = json!({"plant_id": floor.office.plant(), "item_id": floor.item, "name": "P", "revision": "A"});
    let refused = floor.post("/machine-programs", again).await;
    assert!(refused.status == 409 || refused.status == 422, "{}", refused.status);
}
