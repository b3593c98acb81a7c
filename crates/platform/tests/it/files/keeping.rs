//! What nobody wants any more goes, what a hold covers stays, and what a crash left behind is found.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use platform::context::{Clock, Context};
use platform::files::{Kept, Key, sweep};
use serde_json::json;

use super::{Desk, Special, text};

/// A clock that stands where it was put.
struct Standstill(Mutex<Timestamp>);

impl Clock for Standstill {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl Standstill {
    fn advance(&self, hours: i64) {
        let mut now = self.0.lock().unwrap();
        *now += SignedDuration::from_hours(hours);
    }
}

async fn desk() -> (Desk, Arc<Standstill>) {
    let clock = Arc::new(Standstill(Mutex::new("2027-03-02T09:30:00Z".parse().unwrap())));
    let desk = Desk::with(Special { context: Some(Context::new(clock.clone())), ..Special::default() }).await;
    (desk, clock)
}

#[tokio::test]
async fn what_was_taken_away_goes_after_its_time_and_not_before() {
    let (desk, clock) = desk().await;
    let sent = desk.attach("ann", "plan.txt", "text/plain", text(3_000)).await.expect(201);
    let kept = desk.attach("ann", "kept.txt", "text/plain", "kept").await.expect(201);
    desk.delete("ann", &format!("/files/{}", sent.id())).await.expect(204);
    clock.advance(29 * 24);
    assert_eq!(sweep(&desk.files, &desk.database).await.unwrap(), Kept::default());
    assert_eq!(desk.stored().len(), 2);
    clock.advance(48);
    assert_eq!(sweep(&desk.files, &desk.database).await.unwrap(), Kept { files: 1, ..Kept::default() });
    assert_eq!(desk.stored().len(), 1);
    assert_eq!(desk.count("select used_bytes from file_usage").await, 4);
    desk.get("ann", &format!("/files/{}/content", kept.id())).await.expect(200);
    assert_eq!(sweep(&desk.files, &desk.database).await.unwrap(), Kept::default());
}

#[tokio::test]
async fn what_belongs_to_nothing_goes_after_a_day() {
    let (desk, clock) = desk().await;
    let sent = desk.upload("ann", "/files", "text/plain", "words").await.expect(201);
    clock.advance(23);
    assert_eq!(sweep(&desk.files, &desk.database).await.unwrap(), Kept::default());
    clock.advance(2);
    let done = sweep(&desk.files, &desk.database).await.unwrap();
    assert_eq!(done, Kept { orphans: 1, files: 1, ..Kept::default() });
    assert_eq!((desk.stored().len(), desk.get("ann", &format!("/files/{}", sent.id())).await.status.as_u16()), (0, 404));
}

#[tokio::test]
async fn a_legal_hold_keeps_the_content_of_what_was_taken_away() {
    let (desk, clock) = desk().await;
    let held = desk.attach("ann", "evidence.txt", "text/plain", "evidence").await.expect(201);
    let other = desk.post("ann", "/regions", json!({ "name": "South" })).await.expect(201).id();
    let free = desk.upload("ann", &format!("/regions/{other}/attachments"), "text/plain", "nothing").await.expect(201);
    for sent in [&held, &free] {
        desk.delete("ann", &format!("/files/{}", sent.id())).await.expect(204);
    }
    let place = "insert into audit_holds (organization_id, id, reason, kind, record_id, placed_at, placed_by) values ($1, $2, 'case 7', 'region', $3, now(), 'test')";
    let region: uuid::Uuid = desk.region.parse().unwrap();
    desk.test.admin().await.execute(place, &[&desk.one.organization, &testkit::new_id(), &region]).await.unwrap();
    // Another organization's hold holds nothing here.
    let theirs = "insert into audit_holds (organization_id, id, reason, placed_at, placed_by) values ($1, $2, 'case 8', now(), 'test')";
    desk.test.admin().await.execute(theirs, &[&desk.two.organization, &testkit::new_id()]).await.unwrap();
    clock.advance(40 * 24);
    assert_eq!(sweep(&desk.files, &desk.database).await.unwrap().files, 1);
    let path = desk.files.store().file_of(Key::content(desk.one.organization, held.id().parse().unwrap())).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"evidence");
    desk.test.admin().await.execute("update audit_holds set released_at = now(), released_by = 'test'", &[]).await.unwrap();
    assert_eq!(sweep(&desk.files, &desk.database).await.unwrap().files, 1);
    assert!(!path.exists());
}

#[tokio::test]
async fn what_a_crash_left_of_an_upload_is_found_and_its_room_given_back() {
    let (desk, clock) = desk().await;
    desk.attach("ann", "kept.txt", "text/plain", "kept").await.expect(201);
    let (organization, id) = (desk.one.organization, testkit::new_id());
    let begun =
        "insert into file_uploads (organization_id, id, size_bytes, started_at, started_by) values ($1, $2, 5000, $3, 'user:somebody')";
    desk.test.admin().await.execute(begun, &[&organization, &id, &clock.now()]).await.unwrap();
    let mut writing = desk.files.store().write(Key::content(organization, id)).await.unwrap();
    writing.add(b"half of it").await.unwrap();
    writing.finish().await.unwrap();
    assert_eq!((desk.stored().len(), desk.count("select used_bytes from file_usage").await), (2, 5_004));
    clock.advance(25);
    assert_eq!(sweep(&desk.files, &desk.database).await.unwrap(), Kept { uploads: 1, ..Kept::default() });
    assert_eq!((desk.stored().len(), desk.count("select used_bytes from file_usage").await), (1, 4));
}
