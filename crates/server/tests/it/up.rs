//! `gemba up`, as a person runs it: started, asked, interrupted, killed, started again.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// No step takes longer on a machine that works at all; a test that gets here has failed.
const DEADLINE: Duration = Duration::from_secs(240);

/// A running `gemba up`, killed when the test ends.
struct Up {
    child: Child,
    lines: Receiver<String>,
    port: u16,
    /// What it printed until it was ready.
    said: Vec<String>,
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gemba"));
    command.arg("up").arg("--data-dir").arg(folder).args(arguments);
    command.env("GEMBA_LOG", "warn").env("GEMBA_PORT", "0").env_remove("GEMBA_DATABASE_URL").env_remove("GEMBA_DEMO_PASSWORD");
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

impl Up {
    fn start(folder: &Path, arguments: &[&str]) -> Up {
        let mut child = command(folder, arguments).spawn().expect("the binary runs");
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, lines) = channel();
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        let mut up = Up { child, lines, port: 0, said: Vec::new() };
        up.until("stop ");
        let address = up.said.iter().find_map(|line| line.strip_prefix("Gemba is ready at http://localhost:")).expect("an address");
        up.port = address.parse().expect("a port");
        up
    }

    fn until(&mut self, words: &str) {
        loop {
            let line = self.lines.recv_timeout(DEADLINE).expect("it goes on");
            let done = line.trim_start().starts_with(words);
            self.said.push(line);
            if done {
                return;
            }
        }
    }

    fn get(&self, path: &str) -> (u16, String) {
        ask(self.port, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    }

    fn get_as(&self, path: &str, cookie: &str) -> (u16, String) {
        ask(self.port, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"))
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// Waits for its end, and returns how it ended: its exit code, or none for a signal.
    fn ended(mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

pub fn ask(port: u16, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream.set_read_timeout(Some(DEADLINE)).expect("a time limit");
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    (status, answer)
}

fn postmaster(folder: &Path) -> Pid {
    let mark = std::fs::read_to_string(folder.join("postgres/postmaster.pid")).expect("postgresql runs");
    Pid::from_raw(mark.lines().next().expect("a line").parse().expect("a number")).expect("a process")
}

fn is_running(process: Pid) -> bool {
    std::fs::read_link(format!("/proc/{}/exe", process.as_raw_nonzero())).is_ok()
}

fn refused(folder: &Path, arguments: &[&str], environment: &[(&str, &str)], words: &str) {
    let output = command(folder, arguments).envs(environment.iter().copied()).stderr(Stdio::piped()).output().expect("the binary runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(1 | 2)), "{stderr}");
    assert!(stderr.contains(words), "'{words}' is not in: {stderr}");
}

/// One story on one folder: making a cluster costs seconds, and each chapter begins where the one before ended.
#[test]
fn it_starts_with_nothing_and_finds_its_data_again_however_it_ended() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();

    // From nothing.
    let up = Up::start(folder, &["--no-demo"]);
    assert_eq!(up.get("/livez").0, 200);
    assert_eq!(up.get("/readyz").0, 200);

    // The doctor finds nothing wrong with it.
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_gemba"));
    doctor.args(["doctor", "--json", "--data-dir"]).arg(folder).env("GEMBA_PORT", up.port.to_string()).env_remove("GEMBA_DATABASE_URL");
    let looked = doctor.output().expect("the binary runs");
    let said = String::from_utf8_lossy(&looked.stdout);
    let findings: serde_json::Value = serde_json::from_str(&said).expect("findings");
    // The machine may really be short of room.
    let is_wrong = |found: &&serde_json::Value| {
        found["level"] == "failure" && !found["check"].as_str().is_some_and(|check| check.starts_with("disk."))
    };
    assert_eq!(findings["findings"].as_array().expect("findings").iter().find(is_wrong), None, "{said}");
    for words in ["\"secrets.open\"", "\"trail.heads\"", "Gemba answers at 127.0.0.1"] {
        assert!(said.contains(words), "{words} is not in {said}");
    }

    // A second one on the same folder, and another one on the same port.
    refused(
        folder,
        &[],
        &[],
        &format!("works with {} at http://localhost:{}: use that one, stop it, or choose another --data-dir", folder.display(), up.port),
    );
    let elsewhere = tempfile::tempdir().expect("a folder");
    let port = up.port.to_string();
    refused(elsewhere.path(), &["--port", &port], &[], &format!("port {port} is taken"));
    assert_eq!(std::fs::read_dir(elsewhere.path()).expect("a folder").count(), 0, "a taken port is told before anything is made");

    // PostgreSQL is killed: unready, then ready again without anybody's doing.
    let before = postmaster(folder);
    kill_process(before, Signal::KILL).expect("killed");
    wait_for("another postgresql", || {
        std::fs::read_to_string(folder.join("postgres/postmaster.pid"))
            .is_ok_and(|mark| !mark.starts_with(&before.as_raw_nonzero().to_string()))
    });
    wait_for("readiness", || up.get("/readyz").0 == 200);

    // Interrupted: everything stops, and exit code 0 says that it was asked to.
    let process = postmaster(folder);
    up.signal(Signal::INT);
    assert_eq!(up.ended(), Some(0));
    assert!(!is_running(process) && !folder.join("postgres/postmaster.pid").exists(), "postgresql stopped first");

    // Killed: PostgreSQL is left behind, and the next one takes over.
    let up = Up::start(folder, &["--no-demo"]);
    let orphan = postmaster(folder);
    up.signal(Signal::KILL);
    assert_eq!(up.ended(), None);
    assert!(is_running(orphan));
    let up = Up::start(folder, &["--no-demo"]);
    assert!(!is_running(orphan));
    assert_eq!(up.get("/readyz").0, 200);
    up.signal(Signal::TERM);
    assert_eq!(up.ended(), Some(0));
}

/// Another command, which succeeds; what it printed.
fn gemba(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gemba"));
    for name in ["GEMBA_DATABASE_URL", "GEMBA_DATABASE_AUDITOR_URL", "GEMBA_KEY", "GEMBA_AUDIT_KEY"] {
        command.env_remove(name);
    }
    let output = command.args(arguments).env("GEMBA_LOG", "warn").output().expect("the binary runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The cookies of an answer, as the next request sends them.
fn session(answer: &str) -> String {
    let cookies = answer.lines().filter_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")));
    cookies.filter_map(|(_, cookie)| cookie.split(';').next()).collect::<Vec<_>>().join("; ")
}

fn sign_in(port: u16, email: &str, password: &str) -> (u16, String) {
    let body = format!(r#"{{"email":"{email}","password":"{password}"}}"#);
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n";
    ask(port, &format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()))
}

#[test]
fn the_demo_organization_opens_with_the_password_it_prints_and_is_loaded_once() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();
    let up = Up::start(folder, &[]);
    let line = up.said.iter().find_map(|line| line.trim().strip_prefix("password  ")).expect("a password").to_owned();
    let password = line.split(' ').next().expect("a word").to_owned();
    for account in ["admin", "engineer", "planner", "viewer", "operator"] {
        assert!(up.said.iter().any(|line| line.contains(&format!("{account}@demo.gemba.local"))), "{:?}", up.said);
    }
    for email in ["admin@demo.gemba.local", "operator@demo.gemba.local", "admin@other.gemba.local"] {
        let (status, answer) = sign_in(up.port, email, &password);
        assert_eq!(status, 200, "{email}: {answer}");
        assert!(answer.contains("csrf_token"), "{answer}");
    }
    assert_eq!(sign_in(up.port, "admin@demo.gemba.local", "another password").0, 401);

    // The example plan is there as records, and only for the organization that has it.
    let counted = |email: &str, records: &str| {
        let cookie = session(&sign_in(up.port, email, &password).1);
        let (status, answer) = up.get_as(&format!("/api/v1/{records}?limit=500&fields=id"), &cookie);
        assert_eq!(status, 200, "{answer}");
        answer.matches("\"id\":").count()
    };
    for (records, there) in [("plants", 3), ("items", 36 + 4), ("lines", 32 + 16 + 11), ("calendars", 3), ("shifts", 9)] {
        assert_eq!(counted("viewer@demo.gemba.local", records), there, "{records}");
        assert_eq!(counted("admin@other.gemba.local", records), usize::from(records == "plants"), "{records}");
    }
    assert!(counted("engineer@demo.gemba.local", "capabilities") > 288);
    assert!(counted("planner@demo.gemba.local", "demand") > 150);
    assert_eq!(counted("planner@demo.gemba.local", "scenarios"), 2);

    // The command line reaches the private database while the server runs: a bundle that proves itself offline, a new colleague.
    let bundle = folder.join("trail.jsonl");
    let data_dir = folder.to_str().expect("a path");
    let taken = gemba(&["audit", "export", "--organization", "demo", "--data-dir", data_dir, "-o", bundle.to_str().expect("a path")]);
    assert!(taken.contains("entries"), "{taken}");
    let key = folder.join("secrets/audit.pub");
    let verified = gemba(&["audit", "verify", bundle.to_str().expect("a path"), "--key", key.to_str().expect("a path")]);
    assert!(verified.contains(": sound"), "{verified}");
    let invite = |email: &str| gemba(&["admin", "create-user", "demo", email, "Bo Lind", "--role", "planner", "--data-dir", data_dir]);
    assert!(invite("bo@demo.gemba.local").starts_with("invited bo@demo.gemba.local, who sets a password at "));
    let process = postmaster(folder);
    drop(up);

    // And starts it for the while when it does not.
    assert!(!is_running(process));
    assert!(invite("ann@demo.gemba.local").starts_with("invited ann@demo.gemba.local"));
    let verified = gemba(&["audit", "verify", "--data-dir", data_dir, "--key", key.to_str().expect("a path")]);
    assert_eq!(verified.matches(": sound").count(), 2, "{verified}");
    assert!(!folder.join("postgres/postmaster.pid").exists());

    // Again: nothing is made twice, and the password is said to be where it is kept.
    let up = Up::start(folder, &[]);
    let kept = folder.join("secrets/demo-password");
    assert!(up.said.iter().any(|line| line.trim() == format!("password  in {}", kept.display())), "{:?}", up.said);
    assert_eq!(std::fs::read_to_string(&kept).expect("kept").trim(), password);
    assert_eq!(sign_in(up.port, "admin@demo.gemba.local", &password).0, 200);
}

/// Looks again and again until it holds.
fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let (sender, expired) = channel::<()>();
    let mut tries = 0u64;
    while !holds() {
        // Each look itself waits for a file or an answer; the pause is only to leave the processor to others.
        let _ = expired.recv_timeout(Duration::from_millis(20));
        tries += 1;
        assert!(tries < DEADLINE.as_millis() as u64 / 20, "no {what}");
    }
    drop(sender);
}

#[test]
fn what_cannot_work_is_refused_with_a_sentence() {
    let temporary = tempfile::tempdir().expect("a folder");
    let foreign = temporary.path().join("photos");
    std::fs::create_dir(&foreign).expect("a folder");
    std::fs::write(foreign.join("beach.jpg"), "").expect("a file");
    refused(&foreign, &[], &[], "holds something else (beach.jpg): choose an empty or new folder as --data-dir");
    let newer = temporary.path().join("newer");
    std::fs::create_dir(&newer).expect("a folder");
    std::fs::write(newer.join("gemba.json"), r#"{"gemba_data_folder":2}"#).expect("a mark");
    refused(&newer, &[], &[], "made by a newer Gemba");
    let empty = temporary.path().join("empty");
    refused(&empty, &[], &[("GEMBA_PG_BIN", "/nowhere")], "GEMBA_PG_BIN names /nowhere, and there is no PostgreSQL there");
    refused(&empty, &[], &[("GEMBA_PORT", "x"), ("GEMBA_LOG_FORMAT", "xml")], "GEMBA_LOG_FORMAT: found 'xml', expected one of text, json");
    refused(&empty, &[], &[("GEMBA_DATABASE_OWNER_URL", "postgres://gemba_owner:secret@localhost/gemba")], "GEMBA_DATABASE_URL is not set");
    refused(&empty, &[], &[("GEMBA_ADDRESS", "192.0.2.1")], "this machine has no address 192.0.2.1");
}
