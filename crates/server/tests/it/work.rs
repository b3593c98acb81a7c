//! `gemba work` as a process: what a killed one had is carried out by another.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use platform::Caller;
use platform::runs::{Order, PROBE, enqueue};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use testkit::TestDatabase;
use tokio::runtime::Runtime;

/// A worker's process, killed when the test ends.
struct Working(Child);

impl Working {
    fn start(url: &str) -> Working {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gemba"));
        command.args(["work", "--queue", "default", "--places", "2"]).env("GEMBA_DATABASE_URL", url).env("GEMBA_KEY", "ab".repeat(32));
        command.env("GEMBA_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::null());
        Working(command.spawn().expect("the binary runs"))
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).expect("it runs");
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until the run is in one of these states; its state and attempt.
async fn until(test: &TestDatabase, states: &[&str]) -> (String, i32) {
    let admin = test.admin().await;
    for _ in 0..20_000 {
        let row = admin.query_one("select state, attempt from runs", &[]).await.expect("the run");
        if states.contains(&row.get::<_, &str>(0)) {
            return (row.get(0), row.get(1));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the run is never one of {states:?}");
}

#[test]
fn what_a_killed_worker_had_is_carried_out_by_another() {
    let runtime = Runtime::new().expect("threads");
    runtime.block_on(async {
        let test = TestDatabase::new().await;
        let tenant = test.organization("One", 0).await;
        let caller: Caller = tenant.system();
        let mut tx = test.database.begin(&caller).await.expect("a transaction");
        let order = Order { payload: json!({ "steps": 1_000 }), ..Order::default() };
        enqueue(&mut tx, &PROBE, order).await.expect("a run");
        tx.commit().await.expect("a commit");

        let first = Working::start(&test.urls.app);
        assert_eq!(until(&test, &["running"]).await.1, 1);
        first.signal(Signal::KILL);
        // Half a minute later it would be believed dead; the test does not wait for that.
        test.admin().await.execute("update gemba.workers set lease_until = '-infinity'", &[]).await.expect("arranged");
        let second = Working::start(&test.urls.app);
        assert_eq!(until(&test, &["succeeded", "failed"]).await, ("succeeded".into(), 2));
        second.signal(Signal::TERM);
        drop(first);
    });
}
