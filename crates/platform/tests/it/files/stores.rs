//! The stores themselves: a bucket of a real S3 server, a disk without room, and stores that are not there.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use http::Method;
use platform::files::{Bucket, Key, Place, Store, sweep};
use serde_json::json;

use super::{Desk, Special, text};

/// An S3 server on loopback.
struct Peer {
    process: Child,
    _input: ChildStdin,
    address: String,
    _folder: tempfile::TempDir,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Peer {
    /// Starts it; nothing, and says so, where it cannot be.
    #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
    fn start() -> Option<Peer> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/object-server");
        if !folder.join("node_modules/s3rver").is_dir() {
            eprintln!("SKIPPED: no S3 server to try against; run `npm ci --ignore-scripts` in {}", folder.display());
            return None;
        }
        let data = tempfile::tempdir().unwrap();
        let mut command = Command::new("node");
        command.arg("server.mjs").arg(data.path()).current_dir(&folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut process) = command.spawn() else {
            eprintln!("SKIPPED: no S3 server to try against, because there is no node on this machine");
            return None;
        };
        let input = process.stdin.take().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines.map_while(Result::ok).find(|line| line.starts_with("http://")).expect("the S3 server prints its address");
        Some(Peer { process, _input: input, address, _folder: data })
    }

    fn bucket(&self, name: &str, key: &str) -> Place {
        Place::Bucket(Bucket {
            name: name.into(),
            prefix: "gemba/one".into(),
            endpoint: Some(self.address.clone()),
            region: "us-east-1".into(),
            access_key: key.into(),
            secret_key: "S3RVER".into(),
        })
    }
}

#[tokio::test]
async fn a_bucket_holds_files_as_a_folder_does() {
    let Some(peer) = Peer::start() else { return };
    let desk = Desk::with(Special { place: Some(peer.bucket("plant", "S3RVER")), ..Special::default() }).await;
    // One piece, several pieces, and a whole number of pieces.
    for size in [0, 1_000, 12_000_000, 10 << 20] {
        let bytes = text(size);
        let sent = desk.attach("ann", "plan.txt", "text/plain", bytes.clone()).await.expect(201);
        let back = desk.get("ben", &format!("/files/{}/content", sent.id())).await.expect(200);
        assert!(back.bytes == bytes, "{size} bytes");
        if size > 100 {
            let part = desk.request(Method::GET, "ben", &format!("/files/{}/content", sent.id())).header("range", "bytes=90-99");
            let part = desk.send(part.body(axum::body::Body::empty()).unwrap()).await.expect(206);
            assert_eq!(part.bytes, &bytes[90..100]);
        }
        desk.delete("ann", &format!("/files/{}", sent.id())).await.expect(204);
    }
    let broken = futures_util::stream::iter([Ok(bytes::Bytes::from(text(6 << 20))), Err(std::io::Error::other("hung up"))]);
    desk.attach("ann", "broken.txt", "text/plain", axum::body::Body::from_stream(broken)).await.expect(400);
    desk.test.admin().await.execute("update files set deleted_at = now() - interval '1 year'", &[]).await.unwrap();
    assert_eq!(sweep(&desk.files, &desk.database).await.unwrap().files, 4);
    assert_eq!(desk.count("select used_bytes from file_usage").await, 0);
    let gone = Key::content(desk.one.organization, testkit::new_id());
    assert_eq!(desk.files.store().read_whole(gone, 10).await.unwrap_err().code, "file_lost");
    desk.files.store().remove(gone).await.unwrap();
}

#[tokio::test]
async fn a_bucket_that_is_not_ours_or_not_there_is_a_store_that_is_down() {
    let Some(peer) = Peer::start() else { return };
    for place in [peer.bucket("plant", "wrong"), peer.bucket("none", "S3RVER")] {
        let desk = Desk::with(Special { place: Some(place), ..Special::default() }).await;
        let refused = desk.attach("ann", "plan.txt", "text/plain", "words").await;
        assert_eq!(refused.verdict(), (503, "file_store_down"), "{}", refused.json);
        assert_eq!(desk.count("select count(*) from files").await, 0);
    }
}

#[tokio::test]
async fn a_store_that_is_away_costs_nothing_but_the_upload() {
    let away = Bucket {
        name: "plant".into(),
        endpoint: Some("http://127.0.0.1:1".into()),
        region: "us-east-1".into(),
        access_key: "a".into(),
        secret_key: "b".into(),
        ..Bucket::default()
    };
    let desk = Desk::with(Special { place: Some(Place::Bucket(away)), ..Special::default() }).await;
    let refused = desk.attach("ann", "plan.txt", "text/plain", "words").await;
    assert_eq!((refused.verdict(), refused.header("retry-after")), ((503, "file_store_down"), "10"));
    assert!(!refused.json.to_string().contains("127.0.0.1"), "where the store is, is nobody's business");
    assert_eq!(desk.count("select count(*) from files").await, 0);
    // Everything else goes on.
    desk.post("ann", "/regions", json!({ "name": "South" })).await.expect(201);
    // The row of the upload stays until the store can be asked to remove what may be there.
    assert_eq!(desk.count("select count(*) from file_uploads").await, 1);
    assert!(sweep(&desk.files, &desk.database).await.is_ok(), "not yet old enough to be looked at");
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_a_store_that_is_down() {
    let place = Place::Folder("/proc/nowhere/files".into());
    let desk = Desk::with(Special { place: Some(place), ..Special::default() }).await;
    assert_eq!(desk.attach("ann", "plan.txt", "text/plain", "words").await.verdict(), (503, "file_store_down"));
    assert_eq!(desk.count("select count(*) from files").await, 0);
}

/// A disk of a mebibyte, where this machine lets us have one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
    fn mount() -> Option<SmallDisk> {
        let folder = tempfile::tempdir().unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(folder.path()).stderr(Stdio::null()).status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(SmallDisk(folder));
        }
        eprintln!("SKIPPED: this account may not mount a small disk to fill");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_refuses_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount() else { return };
    let desk = Desk::with(Special { place: Some(Place::Folder(disk.0.path().join("files"))), ..Special::default() }).await;
    let kept = desk.attach("ann", "kept.txt", "text/plain", text(300_000)).await.expect(201);
    for size in [900_000, 3_000_000] {
        let refused = desk.attach("ann", "large.txt", "text/plain", text(size)).await;
        assert_eq!(refused.verdict(), (507, "storage_full"), "{size} bytes");
    }
    assert_eq!(desk.count("select count(*) from files").await, 1);
    assert_eq!(desk.count("select count(*) from file_uploads").await, 0);
    let back = desk.get("ann", &format!("/files/{}/content", kept.id())).await.expect(200);
    assert!(back.bytes == text(300_000));
    desk.attach("ann", "small.txt", "text/plain", "room for this").await.expect(201);
}

#[tokio::test]
async fn a_store_is_opened_when_it_is_first_needed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/files");
    let store = Store::new(Place::Folder(path.clone()));
    assert!(!path.exists());
    let key = Key::content(platform::ids::OrganizationId(testkit::new_id()), testkit::new_id());
    let mut writing = store.write(key).await.unwrap();
    writing.add(b"words").await.unwrap();
    writing.finish().await.unwrap();
    assert_eq!(store.read_whole(key, 100).await.unwrap(), "words");
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
}
