//! Every verb of the floor in the trail: what is in the catalogue of events happens, and what happens is in it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::floor::{Floor, id};

/// What is told elsewhere: orders of a plan in `floor_plan`, the report of a shift in `boards`.
const ELSEWHERE: [&str; 2] = ["scenario", "shift_report_subscription"];

/// Kinds that are no declared records: all that is told of them is in this context's catalogue.
const OWN: [&str; 6] = ["job", "schedule", "andon_call", "labour_booking", "line_state", "line_count"];

impl Floor {
    async fn order_verb(&self, order: &str, verb: &str, body: Value) -> Value {
        self.post(&format!("/manufacturing-orders/{order}/{verb}"), body).await.ok()
    }

    async fn job_verb(&self, job: &str, verb: &str, body: Value) -> Value {
        self.post(&format!("/jobs/{job}/{verb}"), body).await.ok()
    }

    /// Orders: planned for what is wanted, held, divided, joined, made again, given up, settled.
    async fn all_of_orders(&self) {
        let plant = self.office.plant();
        let body = json!({"plant_id": plant, "code": "PO-1", "item_id": self.item, "quantity": "5", "due_at": "2030-01-01T12:00:00Z"});
        let wanted = id(&self.post("/production-orders", body).await.ok());
        self.post(&format!("/production-orders/{wanted}/plan"), json!({})).await.ok();
        let (order, _) = self.released("MO-A", "20").await;
        self.order_verb(&order, "hold", json!({"note": "Stencil"})).await;
        self.order_verb(&order, "resume", json!({})).await;
        self.order_verb(&order, "split", json!({"quantity": "5"})).await;
        self.order_verb(&order, "cancel", json!({})).await;
        let (into, other) = (self.order("MO-B", "5").await, self.order("MO-C", "5").await);
        self.order_verb(&into, "merge", json!({"order_ids": [other]})).await;
        let (again, jobs) = self.released("MO-D", "5").await;
        self.report(&jobs[0], json!({"good": "3", "rework": "2"})).await;
        self.order_verb(&again, "rework", json!({"quantity": "2"})).await;
    }

    /// Jobs: from the first changeover to the end, which is the end of their order too.
    async fn all_of_jobs(&self, operator: &str) {
        let (order, jobs) = self.released("MO-E", "20").await;
        let job = &jobs[0];
        self.job_verb(job, "assign", json!({"line_id": self.smt[1]})).await;
        self.job_verb(job, "machine", json!({"program": "CTRL C"})).await;
        self.job_verb(job, "move", json!({"line_id": self.smt[0]})).await;
        self.post(&format!("/plants/{}/dispatch", self.office.plant()), json!({"rule": "due"})).await.ok();
        let part = id(&self.job_verb(job, "split", json!({"quantity": "5"})).await["new"]);
        let (_, others) = self.released("MO-F", "5").await;
        self.job_verb(&others[0], "assign", json!({"line_id": self.smt[0]})).await;
        self.job_verb(&others[0], "batch", json!({"job_ids": [job]})).await;
        self.job_verb(&others[0], "batch", json!({"job_ids": []})).await;
        for verb in ["setup-start", "setup-end", "start", "pause", "resume"] {
            self.job_verb(job, verb, json!({"operator_id": operator})).await;
        }
        self.job_verb(job, "issue", json!({"item_id": self.board, "quantity": "1"})).await;
        for job in [job, &part, &jobs[1]] {
            self.report(job, json!({"good": "5"})).await;
            self.job_verb(job, "finish", json!({})).await;
        }
        self.order_verb(&order, "close", json!({})).await;
    }

    /// A terminal: who signs in, a step that is done, a call that nobody answers, what is refused.
    async fn all_of_terminals(&self, operator: &str) {
        let plant = self.office.plant();
        let terminal = id(&self.post("/terminals", json!({"plant_id": plant, "code": "T-1", "name": "Terminal 1"})).await.ok());
        self.post("/terminal-lines", json!({"terminal_id": terminal, "line_id": self.smt[0]})).await.ok();
        assert!(self.post(&format!("/operators/{operator}/pin"), json!({"pin": "4711"})).await.status.is_success());
        let sign_in = async |pin: &str| {
            self.post(&format!("/terminals/{terminal}/sign-in"), json!({"operator_id": operator, "pin": pin})).await.status
        };
        assert_eq!((sign_in("0000").await.as_u16(), sign_in("4711").await.as_u16()), (403, 200));
        let instruction = id(&self.post("/work-instructions", json!({"plant_id": plant, "code": "WI-1", "name": "Place"})).await.ok());
        let step = json!({"work_instruction_id": instruction, "position": 10, "text": "Look", "kind": "text"});
        let step = id(&self.post("/instruction-steps", step).await.ok());
        let (_, jobs) = self.released("MO-G", "5").await;
        let now = platform::Context::system().now();
        let called_at = now - jiff::SignedDuration::from_mins(17);
        let refused = testkit::new_id();
        let actions = json!([
            {"id": testkit::new_id(), "sequence": 1, "at": called_at, "kind": "andon.call", "line_id": self.smt[0], "call": "material"},
            {"id": testkit::new_id(), "sequence": 2, "at": now, "kind": "step.done", "job_id": jobs[0], "step_id": step},
            {"id": refused, "sequence": 3, "at": now, "kind": "job.resume", "job_id": jobs[1]},
        ]);
        let sent = json!({"device_id": "tablet-1", "device_now": now, "actions": actions});
        let answer = self.post(&format!("/terminals/{terminal}/actions"), sent).await.ok();
        let outcomes: Vec<&str> = answer["results"].as_array().unwrap().iter().map(|result| result["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["applied", "applied", "refused"], "{answer}");
        let settled = json!({"action_id": refused, "apply": false, "note": "A slip"});
        self.post(&format!("/terminals/{terminal}/conflicts/resolve"), settled).await.ok();
        // Whether this lets it go up or its own run has, it has gone up.
        self.post("/andon/escalate", json!({})).await.ok();
        let call = id(&self.get("/andon").await[0]);
        self.post(&format!("/andon/{call}/acknowledge"), json!({})).await.ok();
        self.post(&format!("/andon/{call}/clear"), json!({})).await.ok();
    }
}

#[tokio::test]
async fn every_verb_of_the_floor_is_told_and_nothing_else_is() {
    let floor = Floor::open().await;
    let operator = floor.operator("B-1").await;
    floor.all_of_orders().await;
    floor.all_of_jobs(&operator).await;
    floor.all_of_terminals(&operator).await;
    let readings = json!([{"at": "2026-03-02T06:00:00Z", "value": 0}, {"at": "2026-03-02T06:01:00Z", "value": 5}]);
    floor.post(&format!("/lines/{}/counts", floor.test), json!({"readings": readings})).await.ok();
    let admin = floor.office.test.admin().await;
    let sql = "select distinct kind, substring(action from '[^.]+$') from audit_events";
    let rows = admin.query(sql, &[]).await.unwrap();
    let told: BTreeSet<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let known = |kind: &str| production::EVENTS.iter().find(|event| event.kind == kind).map(|event| event.verbs);
    let silent: Vec<String> = production::EVENTS
        .iter()
        .filter(|event| !ELSEWHERE.contains(&event.kind))
        .flat_map(|event| event.verbs.iter().map(|(verb, _)| (event.kind.to_owned(), (*verb).to_owned())))
        .filter(|event| !told.contains(event))
        .map(|(kind, verb)| format!("{kind}.{verb}"))
        .collect();
    assert_eq!(silent, Vec::<String>::new(), "in the catalogue, and not in the trail");
    let unheard: Vec<&(String, String)> = told
        .iter()
        .filter(|(kind, verb)| {
            OWN.contains(&kind.as_str()) && !known(kind).is_some_and(|verbs| verbs.iter().any(|(known, _)| known == verb))
        })
        .collect();
    assert_eq!(unheard, Vec::<&(String, String)>::new(), "in the trail, and told to nobody");
}
