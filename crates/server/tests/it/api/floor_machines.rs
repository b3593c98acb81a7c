//! On which machine and with which program units are made: fixed at release, chosen for a job, told by whoever reports, found again in the genealogy.

use serde_json::{Value, json};
use uuid::Uuid;

use super::floor::{Floor, id, number};

struct Machines {
    floor: Floor,
    placer: String,
    tester: String,
    /// The two of the second line.
    two: [String; 2],
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
        let two = [machine("NXT-2", &floor.smt[1]).await, machine("NXT-3", &floor.smt[1]).await];
        Machines { floor, placer, tester, two }
    }

    async fn program(&self, name: &str, revision: &str, more: Value) -> String {
        let mut body = json!({"plant_id": self.floor.office.plant(), "item_id": self.floor.item, "name": name, "revision": revision, "status": "released"});
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        id(&self.floor.post("/machine-programs", body).await.ok())
    }

    /// A job at the line with two machines, one of which has a program of its own.
    async fn at_two(&self) -> (String, String) {
        self.program("CTRL-ANY", "A", json!({})).await;
        self.program("CTRL-NXT2", "B", json!({"step": "Place", "equipment_id": self.two[0]})).await;
        let (order, jobs) = self.floor.released("MO-1", "100").await;
        self.floor.post(&format!("/jobs/{}/assign", jobs[0]), json!({"line_id": self.floor.smt[1]})).await.ok();
        (order, jobs[0].clone())
    }

    /// A terminal at the line.
    async fn terminal(&self, line: &str) -> String {
        let body = json!({"plant_id": self.floor.office.plant(), "code": "T-1", "name": "Terminal 1"});
        let terminal = id(&self.floor.post("/terminals", body).await.ok());
        self.floor.post("/terminal-lines", json!({"terminal_id": terminal, "line_id": line})).await.ok();
        terminal
    }

    async fn send(&self, terminal: &str, actions: &[Value]) -> Vec<(String, Option<String>)> {
        let sent = json!({"device_id": "tablet-1", "device_now": platform::Context::system().now(), "actions": actions});
        let answer = self.floor.post(&format!("/terminals/{terminal}/actions"), sent).await.ok();
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let results = answer["results"].as_array().unwrap().iter();
        results.map(|result| (text(&result["outcome"]).unwrap(), text(&result["rule"]))).collect()
    }
}

fn did(kind: &str, job: &str, sequence: i64, more: Value) -> Value {
    let now = platform::Context::system().now();
    let mut action = json!({"id": testkit::new_id(), "sequence": sequence, "at": now, "kind": kind, "job_id": job});
    action.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    action
}

fn runs_on(job: &Value) -> (Option<&str>, Option<&str>) {
    (job["equipment"].as_str(), job["program"].as_str())
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
    let terminal = machines.terminal(&floor.smt[0]).await;
    let work = floor.get(&format!("/terminals/{terminal}/work")).await;
    let shown = work["jobs"].as_array().unwrap().iter().find(|job| job["id"] == jobs[0].as_str()).cloned().unwrap_or_default();
    assert_eq!(runs_on(&shown), (Some("NXT-1"), Some("CTRL-TOP B")), "{work}");
    let report = |sequence: i64, more: Value| {
        let mut said = json!({"good": sequence});
        said.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        did("job.report", &jobs[0], sequence, said)
    };
    let actions = [
        report(1, json!({"program": "CTRL-TOP B", "equipment_id": machines.placer})),
        report(2, json!({"program": "CTRL-TOP X"})),
        report(3, json!({"equipment_id": machines.tester})),
        report(4, json!({"program": "a\u{7}b"})),
    ];
    let rules = machines.send(&terminal, &actions).await.into_iter().map(|(_, rule)| rule.unwrap()).collect::<Vec<_>>();
    assert_eq!(rules, ["started_by_report", "other_program", "machine_left_out", "program_left_out"]);
    let kept = floor.get(&format!("/jobs/{}/report", jobs[0])).await;
    let on = |good: f64| {
        let entry = kept.as_array().unwrap().iter().find(|entry| number(&entry["good"]) == good).unwrap();
        (entry["equipment_id"].as_str(), entry["program"].as_str())
    };
    assert_eq!(on(2.0), (Some(machines.placer.as_str()), Some("CTRL-TOP X")));
    assert_eq!(on(3.0), (None, None), "of a machine that is not there nobody says that it was another one");
    let good: f64 = floor.job(&jobs[0]).await["good"].as_str().unwrap().parse().unwrap();
    assert_eq!(good, 10.0, "all of them count");
}

#[tokio::test]
async fn somebody_says_on_which_machine_a_job_runs_also_while_it_does() {
    let machines = Machines::open().await;
    let floor = &machines.floor;
    let (_, job) = machines.at_two().await;
    assert_eq!(runs_on(&floor.job(&job).await), (Some("NXT-2"), Some("CTRL-NXT2 B")), "the one its program names");
    floor.act(&job, "start").await.ok();
    let choose = async |body: Value| floor.post(&format!("/jobs/{job}/machine"), body).await;
    let chosen = choose(json!({"equipment_id": machines.two[1]})).await.ok();
    assert_eq!(runs_on(&chosen), (Some("NXT-3"), Some("CTRL-ANY A")), "with what was released for any machine, not for the other one");
    let report = async |good: &str, more: Value| {
        let mut body = json!({"good": good});
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        floor.report(&job, body).await;
        let entry = floor.get(&format!("/jobs/{job}/report")).await[0].clone();
        (entry["equipment_id"].as_str().map(ToOwned::to_owned), entry["program"].as_str().map(ToOwned::to_owned))
    };
    let on = |machine: &str, program: &str| (Some(machine.to_owned()), Some(program.to_owned()));
    assert_eq!(report("1", json!({})).await, on(&machines.two[1], "CTRL-ANY A"));
    assert_eq!(report("1", json!({"equipment_id": machines.two[0]})).await, on(&machines.two[0], "CTRL-NXT2 B"));
    // Another revision than the order's is what runs from now on, and is not told with every report.
    assert_eq!(runs_on(&choose(json!({"program": " CTRL-ANY C "})).await.ok()), (Some("NXT-3"), Some("CTRL-ANY C")));
    let told = floor.report(&job, json!({"good": "1"})).await;
    assert_eq!(told["rule"], Value::Null, "{told}");
    // A schedule leaves it where it is.
    floor.post(&format!("/plants/{}/dispatch", floor.office.plant()), json!({"rule": "due"})).await.ok();
    assert_eq!(runs_on(&floor.job(&job).await), (Some("NXT-3"), Some("CTRL-ANY C")));
    for (body, code) in [
        (json!({"equipment_id": machines.tester}), "unknown_reference"),
        (json!({"program": "a\nb"}), "bad_name"),
        (json!({"program": "  "}), "required"),
        (json!({}), "required"),
        (json!({"program": "X", "operator_id": Uuid::from_u128(7)}), "unknown_reference"),
    ] {
        let refused = choose(body.clone()).await.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["code"], code, "{body}: {refused}");
    }
    let path = format!("/jobs/{job}/machine");
    let body = json!({"equipment_id": machines.two[0]});
    floor.office.post("guest", &path, body.clone()).await.refused(403, "permission_missing");
    for who in ["neighbour", "stranger"] {
        floor.office.post(who, &path, body.clone()).await.refused(404, "not_found");
    }
    floor.act(&job, "finish").await.ok();
    choose(body).await.refused(409, "job_completed");
    let admin = floor.office.test.admin().await;
    let sql = "select detail ->> 'program' from audit_events where action = 'job.machine_chosen' order by occurred_at, position";
    let told: Vec<String> = admin.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(told, ["CTRL-ANY A", "CTRL-ANY C"], "each choice once, and nothing of what was refused");
}

#[tokio::test]
async fn a_terminal_knows_the_machines_of_its_lines_and_chooses_one_without_a_connection() {
    let machines = Machines::open().await;
    let floor = &machines.floor;
    let (order, job) = machines.at_two().await;
    let terminal = machines.terminal(&floor.smt[1]).await;
    let work = floor.get(&format!("/terminals/{terminal}/work")).await;
    let codes: Vec<&str> = work["machines"].as_array().unwrap().iter().map(|machine| machine["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["NXT-2", "NXT-3"]);
    let programs: Vec<(Option<&str>, &str)> = work["programs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|program| (program["equipment_id"].as_str(), program["program"].as_str().unwrap()))
        .collect();
    assert_eq!(programs, [(Some(machines.two[0].as_str()), "CTRL-NXT2 B"), (None, "CTRL-ANY A")]);
    let choose = |sequence: i64, more: Value| did("job.machine", &job, sequence, more);
    let queue = [
        choose(1, json!({"equipment_id": machines.two[1]})),
        did("job.start", &job, 2, json!({})),
        did("job.report", &job, 3, json!({"good": 3})),
        choose(4, json!({"program": "CTRL-ANY B"})),
        choose(5, json!({"equipment_id": machines.tester})),
        choose(6, json!({})),
        did("job.report", &job, 7, json!({"good": 4})),
    ];
    let applied = ("applied".to_owned(), None);
    let ruled = |outcome: &str, rule: &str| (outcome.to_owned(), Some(rule.to_owned()));
    let expected = [
        applied.clone(),
        applied.clone(),
        applied.clone(),
        ruled("adjusted", "other_program"),
        ruled("refused", "machine_not_here"),
        ruled("refused", "invalid"),
        applied,
    ];
    assert_eq!(machines.send(&terminal, &queue).await, expected);
    assert!(machines.send(&terminal, &queue).await.iter().all(|(outcome, _)| outcome == "duplicate"), "once");
    let kept = floor.get(&format!("/jobs/{job}/report")).await;
    let on = |good: f64| {
        let entry = kept.as_array().unwrap().iter().find(|entry| number(&entry["good"]) == good).unwrap();
        (entry["equipment_id"].as_str(), entry["program"].as_str())
    };
    assert_eq!(
        (on(3.0), on(4.0)),
        ((Some(machines.two[1].as_str()), Some("CTRL-ANY A")), (Some(machines.two[1].as_str()), Some("CTRL-ANY B")))
    );
    // Somebody at a desk ends it meanwhile: reports that come later name their machine themselves.
    floor.act(&job, "finish").await.ok();
    let late = [
        choose(8, json!({"equipment_id": machines.two[0]})),
        did("job.report", &job, 9, json!({"good": 5, "equipment_id": machines.two[0]})),
    ];
    assert_eq!(machines.send(&terminal, &late).await, [ruled("refused", "job_completed"), ruled("adjusted", "late_report")]);
    let kept = floor.get(&format!("/jobs/{job}/report")).await;
    assert_eq!(kept[0]["equipment_id"].as_str(), Some(machines.two[0].as_str()), "{kept}");
    floor.post(&format!("/manufacturing-orders/{order}/close"), json!({})).await.ok();
    assert_eq!(machines.send(&terminal, &[choose(10, json!({"program": "X"}))]).await, [ruled("refused", "order_closed")]);
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
