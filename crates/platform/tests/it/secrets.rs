//! Sealed columns on a real database: rotation while both keys are read, and what of a secret the database ever holds.

use platform::ids::OrganizationId;
use platform::secrets::{FromText, Rotated, SealedColumn, Secrets, rotate};
use testkit::{Tenant, TestDatabase, new_id};
use uuid::Uuid;

const PROBES: SealedColumn = SealedColumn { table: "probes", key: "id", column: "secret_sealed" };
const OLD: &str = "old 0101010101010101010101010101010101010101010101010101010101010101";
const NEW: &str = "new 0202020202020202020202020202020202020202020202020202020202020202";

async fn secrets(text: &str) -> Secrets {
    Secrets::new(FromText::new(text)).await.unwrap()
}

/// A table with secrets, as a context would have one.
async fn probes(test: &TestDatabase) {
    let owner = test.admin().await;
    let table =
        "create table probes (organization_id uuid not null, id uuid not null, secret_sealed bytea, primary key (organization_id, id));
        alter table probes owner to gemba_owner; call gemba.wall('probes', 'probe', secret => array['secret_sealed'])";
    owner.batch_execute(table).await.unwrap();
}

async fn keep(test: &TestDatabase, tenant: &Tenant, secrets: &Secrets, clear: &str) -> Uuid {
    let id = new_id();
    let sealed = secrets.seal(&PROBES.of(tenant.organization, id), clear.as_bytes()).unwrap();
    let mut tx = test.database.begin(&tenant.system()).await.unwrap();
    let sql = "insert into probes (organization_id, id, secret_sealed) values ($1, $2, $3)";
    tx.execute(sql, &[&tenant.organization, &id, &sealed]).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn stored(test: &TestDatabase, organization: OrganizationId, id: Uuid) -> Vec<u8> {
    let sql = "select secret_sealed from probes where organization_id = $1 and id = $2";
    test.admin().await.query_one(sql, &[&organization, &id]).await.unwrap().get(0)
}

#[tokio::test]
async fn rotation_reaches_every_row_of_every_organization_once() {
    let test = TestDatabase::new().await;
    probes(&test).await;
    let (one, two) = (test.organization("One", 0).await, test.organization("Two", 0).await);
    let old = secrets(OLD).await;
    let mut rows = Vec::new();
    for number in 0..205 {
        rows.push((one.organization, keep(&test, &one, &old, &format!("secret {number}")).await, number));
    }
    rows.push((two.organization, keep(&test, &two, &old, "secret 205").await, 205));

    let both = secrets(&format!("{NEW}\n{OLD}")).await;
    assert_eq!(rotate(&test.database, &both, &[PROBES]).await.unwrap(), Rotated { sealed_anew: 206, unreadable: 0 });
    assert_eq!(rotate(&test.database, &both, &[PROBES]).await.unwrap(), Rotated::default(), "nothing is left to do");

    let only_new = secrets(NEW).await;
    for (organization, id, number) in rows {
        let clear = only_new.open(&PROBES.of(organization, id), &stored(&test, organization, id).await).await.unwrap();
        assert_eq!(clear.expose_text().unwrap(), format!("secret {number}"));
    }
}

#[tokio::test]
async fn a_secret_whose_key_is_lost_stays_and_is_told() {
    let test = TestDatabase::new().await;
    probes(&test).await;
    let tenant = test.organization("One", 0).await;
    let id = keep(&test, &tenant, &secrets(OLD).await, "hunter2").await;
    let before = stored(&test, tenant.organization, id).await;
    let done = rotate(&test.database, &secrets(NEW).await, &[PROBES]).await.unwrap();
    assert_eq!(done, Rotated { sealed_anew: 0, unreadable: 1 });
    assert_eq!(stored(&test, tenant.organization, id).await, before);
}

#[tokio::test]
async fn neither_the_table_nor_the_trail_holds_the_secret() {
    let test = TestDatabase::new().await;
    probes(&test).await;
    let tenant = test.organization("One", 0).await;
    let id = keep(&test, &tenant, &secrets(NEW).await, "hunter2").await;
    let admin = test.admin().await;
    let sql =
        "select (select string_agg(p::text, '') from probes p), (select string_agg(e::text, '') from audit_events e where kind = 'probe')";
    let row = admin.query_one(sql, &[]).await.unwrap();
    let (table, trail): (String, String) = (row.get(0), row.get(1));
    let sealed = stored(&test, tenant.organization, id).await.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for secret in ["hunter2", "68756e74657232"] {
        assert!(!table.contains(secret) && !trail.contains(secret));
    }
    assert!(trail.contains("probe.created") && !trail.contains(&sealed) && !trail.contains("secret_sealed"), "{trail}");
}
