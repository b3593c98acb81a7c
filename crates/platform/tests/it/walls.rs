//! What a transaction sees and may change is decided by the database.

use testkit::TestDatabase;
use testkit::new_id;
use uuid::Uuid;

#[tokio::test]
async fn a_transaction_sees_its_own_organization_only() {
    let test = TestDatabase::new().await;
    let (one, two) = (test.organization("One", 2).await, test.organization("Two", 1).await);
    let mut tx = test.database.begin(&one.system()).await.unwrap();
    let names = tx.query("select name from plants order by name", &[]).await.unwrap();
    assert_eq!(names.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>(), ["One plant 1", "One plant 2"]);
    let stranger = tx.query_opt("select 1 from plants where id = $1", &[&two.plants[0]]).await.unwrap();
    assert!(stranger.is_none());
}

#[tokio::test]
async fn a_transaction_sees_the_plants_within_reach_only() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 3).await;
    let caller = tenant.person_at(tenant.plants[1], &["identity.plant.read"]);
    let rows = test.database.read(&caller).await.unwrap().query_once("select id from plants", &[]).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.get::<_, platform::ids::PlantId>(0)).collect::<Vec<_>>(), [tenant.plants[1]]);
}

#[tokio::test]
async fn nothing_can_be_written_into_another_organization() {
    let test = TestDatabase::new().await;
    let (one, two) = (test.organization("One", 1).await, test.organization("Two", 1).await);
    let mut tx = test.database.begin(&one.system()).await.unwrap();
    let id: Uuid = new_id();
    let refused = tx.execute("insert into regions (organization_id, id, name) values ($1, $2, 'North')", &[&two.organization, &id]).await;
    assert_eq!(refused.unwrap_err().kind, platform::error::Kind::Internal);
}

#[tokio::test]
async fn a_change_leaves_its_trail_and_a_dropped_transaction_none() {
    let test = TestDatabase::with_pool(1).await;
    let tenant = test.organization("One", 0).await;
    let caller = tenant.person(&[]);
    for commit in [false, true] {
        let mut tx = test.database.begin(&caller).await.unwrap();
        let id: Uuid = tx.new_id();
        tx.execute("insert into regions (organization_id, id, name) values ($1, $2, 'North')", &[&tenant.organization, &id]).await.unwrap();
        if commit {
            tx.commit().await.unwrap();
        }
    }
    let rows = test.database.read(&caller).await.unwrap();
    let rows = rows.query_once("select action, actor, after ->> 'name' from audit_events where kind = 'region'", &[]).await.unwrap();
    let found: Vec<(String, String, String)> = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    assert_eq!(found, [("region.created".into(), caller.principal.label(), "North".into())]);
}
