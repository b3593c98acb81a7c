//! Files looked at by a real clamd, with a list of its own that knows one harmless test virus. It takes no download: the list is one line.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use platform::files::Scanner;

use super::{Desk, Special};

/// What everybody agrees to find, in two halves: this file is none.
const EICAR: [&str; 2] = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-", "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];
/// What is refused as too long (bytes).
const LONGEST: usize = 2 << 20;

/// A clamd of the test's own, which ends with it.
struct Clamd {
    program: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    running: Option<Child>,
}

impl Clamd {
    /// None where there is none on this machine.
    #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
    fn find() -> Option<Clamd> {
        let places = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
        let program = places.into_iter().chain(["/usr/sbin".into(), "/usr/local/sbin".into()]).map(|place| place.join("clamd"));
        let Some(program) = program.into_iter().find(|program| program.is_file()) else {
            eprintln!("SKIPPED: no clamd on this machine (apt-get install clamav-daemon): files were not looked at by a real one");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("list");
        std::fs::create_dir(&list).unwrap();
        let pattern: String = EICAR.concat().bytes().map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(list.join("own.ndb"), format!("Eicar-Test-Signature:0:0:{pattern}\n")).unwrap();
        let port = testkit::port();
        let settings = format!(
            "Foreground yes\nDatabaseDirectory {}\nLocalSocket {}\nTCPSocket {port}\nTCPAddr 127.0.0.1\nStreamMaxLength {LONGEST}\nMaxThreads 4\n",
            list.display(),
            folder.path().join("socket").display()
        );
        std::fs::write(folder.path().join("clamd.conf"), settings).unwrap();
        Some(Clamd { program, folder, port, running: None })
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    async fn start(&mut self) {
        let settings = self.folder.path().join("clamd.conf");
        let running = Command::new(&self.program).arg("-c").arg(settings).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.running = Some(running);
        let answers = async {
            while tokio::net::UnixStream::connect(self.socket()).await.is_err()
                || tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err()
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), answers).await.expect("clamd answers");
    }

    fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.kill().unwrap();
            running.wait().unwrap();
        }
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        self.stop();
    }
}

fn scanner(address: String) -> Option<Scanner> {
    Some(address.parse().unwrap())
}

fn at_socket(socket: &Path) -> Option<Scanner> {
    scanner(format!("clamd:{}", socket.display()))
}

async fn looked_at(desk: &Desk) {
    desk.work_until(async || desk.count("select count(*) from files where state = 'scanning'").await == 0).await;
}

#[tokio::test]
async fn clamd_finds_what_is_known_and_lets_everything_else_through() {
    let Some(mut clamd) = Clamd::find() else { return };
    clamd.start().await;
    for scanner in [at_socket(&clamd.socket()), scanner(format!("clamd://127.0.0.1:{}", clamd.port))] {
        let desk = Desk::with(Special { scanner, ..Special::default() }).await;
        let good = desk.attach("ann", "good.txt", "text/plain", "a good plan, ".repeat(100_000)).await.expect(201);
        let small = desk.attach("ann", "small.txt", "text/plain", "x").await.expect(201);
        let bad = desk.attach("ann", "bad.txt", "text/plain", EICAR.concat()).await.expect(201);
        looked_at(&desk).await;
        for clean in [&good, &small] {
            desk.get("ben", &format!("/files/{}/content", clean.id())).await.expect(200);
        }
        assert_eq!(desk.get("ann", &format!("/files/{}/content", bad.id())).await.verdict(), (403, "file_quarantined"));
        let known = desk.get("ben", &format!("/files/{}", bad.id())).await.expect(200);
        // Lists that are nobody's own are named so.
        assert_eq!(known.json["finding"], "Eicar-Test-Signature.UNOFFICIAL");
    }
}

#[tokio::test]
async fn what_clamd_does_not_look_at_whole_nobody_gets() {
    let Some(mut clamd) = Clamd::find() else { return };
    clamd.start().await;
    let desk = Desk::with(Special { scanner: at_socket(&clamd.socket()), ..Special::default() }).await;
    let large = desk.attach("ann", "large.txt", "text/plain", "words ".repeat(LONGEST / 3)).await.expect(201);
    let tried = "select count(*) from runs where kind = 'file.inspect' and attempt = 1 and state = 'queued'";
    desk.work_until(async || desk.count(tried).await == 1).await;
    assert_eq!(desk.get("ann", &format!("/files/{}/content", large.id())).await.verdict(), (409, "file_not_scanned"));
}

#[tokio::test]
async fn files_wait_for_a_clamd_that_is_away() {
    let Some(mut clamd) = Clamd::find() else { return };
    let desk = Desk::with(Special { scanner: at_socket(&clamd.socket()), ..Special::default() }).await;
    let sent = desk.attach("ann", "plan.txt", "text/plain", "words").await.expect(201);
    desk.work_until(async || {
        desk.count("select count(*) from runs where kind = 'file.inspect' and state = 'queued' and attempt = 1").await == 1
    })
    .await;
    assert_eq!(desk.get("ann", &format!("/files/{}/content", sent.id())).await.verdict(), (409, "file_not_scanned"));
    clamd.start().await;
    desk.test.admin().await.execute("update runs set due_at = now() - interval '1 minute' where state = 'queued'", &[]).await.unwrap();
    desk.work_until(async || desk.get("ann", &format!("/files/{}/content", sent.id())).await.status == 200).await;
}
