//! Somebody with every right on the database lays hands on the trail: each way is found.

use platform::audit::chain::{Problem, Signer};
use testkit::{Tenant, TestDatabase};
use uuid::Uuid;

use super::*;

/// A sealed trail of two seals: the organization itself, then three regions.
struct Trail {
    test: TestDatabase,
    tenant: Tenant,
    /// The event of the region called South, the third entry.
    event: Uuid,
    heads: Vec<Head>,
}

async fn trail() -> Trail {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    let mut heads = seal(&test).await;
    for name in ["North", "South", "West"] {
        region(&test, &tenant, name).await;
    }
    heads.extend(seal(&test).await);
    let admin = test.admin().await;
    let event = admin.query_one("select id from audit_events where after ->> 'name' = 'South'", &[]).await.unwrap().get(0);
    Trail { test, tenant, event, heads }
}

impl Trail {
    /// Runs `sql` with every right and every trigger off, $1 the event of the region called South, and verifies against the given witness.
    async fn after(&self, sql: &str, witness: &[Head]) -> Vec<Problem> {
        let event = self.event;
        let verified = verify(&self.test, &self.tenant, &self.heads).await;
        assert_eq!((verified.seals, verified.entries, verified.findings.as_slice()), (2, 4, [].as_slice()), "an untouched trail is sound");
        let intruder = intruder(&self.test).await;
        let touched = intruder.execute(&sql.replace("$1", &format!("'{event}'")), &[]).await.unwrap();
        assert!(touched > 0, "nothing was tampered with");
        problems(verify(&self.test, &self.tenant, witness).await)
    }
}

/// The columns of a copied event, all but its number.
const COPIED: &str = "organization_id, id, transaction, occurred_at, plant_id, actor, ip, request_id, action, kind, record_id, outcome, before, after, detail";

#[tokio::test]
async fn a_changed_entry_is_found() {
    let trail = trail().await;
    let found = trail.after("update audit_events set after = jsonb_set(after, '{name}', '\"East\"') where id = $1", &[]).await;
    assert_eq!(found, [Problem::EntryChanged { number: 3, id: trail.event }]);
}

#[tokio::test]
async fn a_changed_time_is_found_even_in_another_partition() {
    let trail = trail().await;
    let found = trail.after("update audit_events set occurred_at = occurred_at - interval '2 years' where id = $1", &[]).await;
    assert_eq!(found, [Problem::EntryChanged { number: 3, id: trail.event }]);
}

#[tokio::test]
async fn a_changed_actor_is_found() {
    let trail = trail().await;
    let found = trail.after("update audit_events set actor = 'user:00000000-0000-0000-0000-000000000000' where id = $1", &[]).await;
    assert_eq!(found, [Problem::EntryChanged { number: 3, id: trail.event }]);
}

#[tokio::test]
async fn a_deleted_entry_is_found() {
    let found = trail().await.after("delete from audit_events where id = $1", &[]).await;
    assert_eq!(found, [Problem::EntryMissing { number: 3 }]);
}

#[tokio::test]
async fn an_inserted_entry_is_found() {
    let trail = trail().await;
    let id = testkit::new_id();
    let columns = COPIED.replace(" id,", &format!(" '{id}',"));
    let found = trail.after(&format!("insert into audit_events ({COPIED}) select {columns} from audit_events where id = $1"), &[]).await;
    assert_eq!(found, [Problem::EntryAdded { id }]);
}

#[tokio::test]
async fn a_duplicated_entry_is_found() {
    let trail = trail().await;
    let found = trail.after(&format!("insert into audit_events ({COPIED}) select {COPIED} from audit_events where id = $1"), &[]).await;
    assert_eq!(found, [Problem::EntryRepeated { id: trail.event }]);
}

#[tokio::test]
async fn reordered_entries_are_found() {
    let trail = trail().await;
    let swap = "update audit_events mine set transaction = other.transaction from audit_events other \
        where mine.kind = 'region' and other.kind = 'region' and mine.id <> other.id and $1 in (mine.id, other.id) \
        and 'West' in (mine.after ->> 'name', other.after ->> 'name')";
    assert_eq!(trail.after(swap, &[]).await, [Problem::EntriesReordered { number: 3 }]);
}

#[tokio::test]
async fn truncated_entries_are_found() {
    let found = trail().await.after("delete from audit_events where kind = 'region'", &[]).await;
    assert_eq!(found, [2, 3, 4].map(|number| Problem::EntryMissing { number }));
}

#[tokio::test]
async fn a_chain_cut_off_with_its_entries_is_found_by_the_witness() {
    let trail = trail().await;
    let cut = "with gone as (delete from audit_events where kind = 'region') delete from audit_seals where number = 2";
    assert_eq!(trail.after(cut, &trail.heads).await, [Problem::RolledBack { witnessed: 2, found: 1 }]);
}

#[tokio::test]
async fn a_missing_seal_is_found() {
    let found = trail().await.after("delete from audit_seals where number = 1", &[]).await;
    assert!(found.contains(&Problem::SealsMissing { first: 1, last: 1 }), "{found:?}");
}

#[tokio::test]
async fn an_entry_given_to_another_organization_is_found_in_both() {
    let trail = trail().await;
    let other = trail.test.organization("Two", 0).await;
    seal(&trail.test).await;
    let found = trail.after(&format!("update audit_events set organization_id = '{}' where id = $1", other.organization), &[]).await;
    assert_eq!(found, [Problem::EntryMissing { number: 3 }]);
    let found = problems(verify(&trail.test, &other, &[]).await);
    assert_eq!(found, [Problem::EntryAdded { id: trail.event }]);
}

#[tokio::test]
async fn seals_swapped_between_organizations_are_found() {
    let trail = trail().await;
    let other = trail.test.organization("Two", 0).await;
    seal(&trail.test).await;
    let swap = format!(
        "update audit_seals set organization_id = case organization_id when '{0}'::uuid then '{1}'::uuid else '{0}'::uuid end, \
         number = number + 2 where number = 1 and $1 is not null",
        trail.tenant.organization, other.organization
    );
    let found = trail.after(&swap, &[]).await;
    assert!(found.contains(&Problem::SealChanged) && found.contains(&Problem::SignatureWrong), "{found:?}");
}

#[tokio::test]
async fn a_forged_head_is_found() {
    let trail = trail().await;
    let forger = Signer::new(&[13; 32]);
    let signature = forger.sign(&trail.heads[1].statement());
    let forged = format!("update audit_seals set signature = '\\x{signature}' where number = 2");
    assert_eq!(trail.after(&forged, &[]).await, [Problem::SignatureWrong]);
    let named = format!("update audit_seals set key = '\\x{}' where number = 2", forger.public_key());
    intruder(&trail.test).await.execute(&named, &[]).await.unwrap();
    assert_eq!(problems(verify(&trail.test, &trail.tenant, &[]).await), [Problem::KeyUnknown { key: forger.public_key() }]);
}

#[tokio::test]
async fn a_trail_written_anew_with_another_key_is_not_believed() {
    let trail = trail().await;
    assert!(trail.after("update audit_events set actor = 'nobody' where id = $1", &[]).await.len() == 1);
    intruder(&trail.test).await.execute("delete from audit_seals", &[]).await.unwrap();
    let forger = Signer::new(&[13; 32]);
    sealer::seal(&trail.test.database, &forger, Look::Everywhere).await.unwrap();
    assert_eq!(problems(verify(&trail.test, &trail.tenant, &[]).await), [Problem::KeyUnknown { key: forger.public_key() }]);
}

#[tokio::test]
async fn a_restored_older_state_is_found_by_the_witness() {
    let trail = trail().await;
    // As a backup taken between the two seals would bring it back, and the sealer then go on.
    let back = "with gone as (delete from audit_events where kind = 'region') delete from audit_seals where number = 2";
    assert_eq!(trail.after(back, &[]).await, [], "without a witness nobody can know");
    region(&trail.test, &trail.tenant, "East").await;
    seal(&trail.test).await;
    assert_eq!(problems(verify(&trail.test, &trail.tenant, &trail.heads).await), [Problem::HeadDiffers]);
}

#[tokio::test]
async fn a_whole_organization_gone_is_found_by_the_witness() {
    let trail = trail().await;
    let gone = "with gone as (delete from audit_events) delete from audit_seals";
    assert_eq!(trail.after(gone, &trail.heads).await, [Problem::RolledBack { witnessed: 2, found: 0 }]);
}
