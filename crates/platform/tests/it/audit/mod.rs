//! The audit trail on a real database: what is written, sealed, verified, read and removed.

mod appending;
mod custody;
mod keeping;
mod reading;
mod sealing;
mod taking_away;
mod tampering;

use jiff::Timestamp;
use platform::Tx;
use platform::audit::chain::{Head, Problem, Signer, Verified};
use platform::audit::sealer::{self, Look};
use platform::audit::verification::{self, Request};
use testkit::{Tenant, TestDatabase};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// The key that seals in these tests.
fn signer() -> Signer {
    Signer::new(&[42; 32])
}

/// A region, made by the tenant's own administrator in a transaction of its own.
async fn region(test: &TestDatabase, tenant: &Tenant, name: &str) -> Uuid {
    let mut tx = test.database.begin(&tenant.system()).await.unwrap();
    let id = insert_region(&mut tx, tenant, name).await;
    tx.commit().await.unwrap();
    id
}

async fn insert_region(tx: &mut Tx, tenant: &Tenant, name: &str) -> Uuid {
    let id: Uuid = tx.new_id();
    tx.execute("insert into regions (organization_id, id, name) values ($1, $2, $3)", &[&tenant.organization, &id, &name]).await.unwrap();
    id
}

/// Seals what this test has committed.
async fn seal(test: &TestDatabase) -> Vec<Head> {
    others_have_ended(test).await;
    sealer::seal(&test.database, &signer(), Look::Everywhere).await.unwrap()
}

/// The horizon is the cluster's: what other tests have open in their databases would hold this one's seals back.
async fn others_have_ended(test: &TestDatabase) {
    let admin = test.admin().await;
    let now: String = admin.query_one("select pg_current_xact_id()::text", &[]).await.unwrap().get(0);
    let open = "select count(*) from pg_stat_activity where datname <> current_database() and age(backend_xid) > age($1::text::xid8::xid)";
    for _ in 0..12_000 {
        if admin.query_one(open, &[&now]).await.unwrap().get::<_, i64>(0) == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("another database of the cluster keeps a transaction open");
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Verifies the tenant's chain as the auditor, trusting the tests' key.
async fn verify(test: &TestDatabase, tenant: &Tenant, witness: &[Head]) -> Verified {
    let request = Request { organization: Some(tenant.organization.0), keys: vec![signer().public_key()], witness: witness.to_vec() };
    let auditor = connect(&test.urls.auditor).await;
    verification::verify(&auditor, &request).await.unwrap().remove(0)
}

fn problems(verified: Verified) -> Vec<Problem> {
    verified.findings.into_iter().map(|finding| finding.problem).collect()
}

/// A superuser who has switched every trigger off.
async fn intruder(test: &TestDatabase) -> Client {
    let admin = test.admin().await;
    admin.batch_execute("set session_replication_role = replica").await.unwrap();
    admin
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}
