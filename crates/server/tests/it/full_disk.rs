//! `gemba up` on a disk that is full, or gets full: a small disk of memory in a mount namespace of the test's own, so that nothing of it is left behind.
//!
//! **Invariant:** what was acknowledged is there when there is room again; nothing is acknowledged that is not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// Nothing takes longer on a machine that works at all.
const DEADLINE: Duration = Duration::from_secs(120);
const PASSWORD: &str = "lantern walks at dawn";

/// A disk of memory that only programs within see at [`Disk::folder`], and everybody through the process that holds it.
struct Disk {
    holder: Child,
    /// As long as it is open, the disk is there.
    _goes_on: Option<ChildStdin>,
    temporary: tempfile::TempDir,
}

impl Disk {
    /// None where this account may not have one.
    #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
    fn mount(megabytes: u32) -> Option<Disk> {
        let temporary = tempfile::tempdir().expect("a folder");
        let script = format!("mount -t tmpfs -o size={megabytes}m,mode=0755 tmpfs \"$1\" && echo there && cat");
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c", &script, "sh"]).arg(temporary.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mounted = command.spawn().ok().and_then(|mut holder| {
            let mut line = String::new();
            BufReader::new(holder.stdout.take()?).read_line(&mut line).ok()?;
            if line.trim() == "there" {
                return Some(holder);
            }
            let _ = holder.wait();
            None
        });
        match mounted {
            Some(mut holder) => Some(Disk { _goes_on: holder.stdin.take(), holder, temporary }),
            None => {
                eprintln!("SKIPPED: this account may not mount a small disk to fill (it takes root, unshare and mount)");
                None
            }
        }
    }

    fn folder(&self) -> &Path {
        self.temporary.path()
    }

    /// The disk, as programs outside reach it.
    fn outside(&self) -> PathBuf {
        let inside = self.folder().strip_prefix("/").expect("an absolute path");
        Path::new("/proc").join(self.holder.id().to_string()).join("root").join(inside)
    }

    /// A program that sees the disk.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--mount", "--target", &self.holder.id().to_string(), "--", program]).args(arguments);
        for name in ["GEMBA_DATABASE_URL", "GEMBA_DATABASE_AUDITOR_URL", "GEMBA_KEY", "GEMBA_AUDIT_KEY"] {
            command.env_remove(name);
        }
        command
            .env("GEMBA_LOG", "error")
            .env("GEMBA_PORT", "0")
            .env("GEMBA_DEMO_PASSWORD", PASSWORD)
            .env("GEMBA_REQUESTS_PER_HOUR", "1000000");
        command.stdin(Stdio::null());
        command
    }

    fn gemba(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_gemba"), arguments);
        command.arg("--data-dir").arg(self.folder());
        command
    }

    fn resize(&self, megabytes: u32) {
        let option = format!("remount,size={megabytes}m");
        let done = self.command("mount", &["-o", &option]).arg(self.folder()).status().expect("mount runs");
        assert!(done.success());
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(self.outside().join("filler")).expect("a file");
        let mut piece = vec![0_u8; 1 << 20];
        while !piece.is_empty() {
            if file.write_all(&piece).is_err() {
                piece.truncate(piece.len() / 2);
            }
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.outside().join("filler")).expect("removed");
    }

    fn refused_for_room(&self) {
        let output = self.gemba(&["up"]).output().expect("the binary runs");
        let (code, said) = (output.status.code(), said(&output));
        assert_eq!(code, Some(1), "{said}");
        let sentence = format!(
            "the disk that holds {} is full: free some space, or choose another --data-dir; nothing was lost",
            self.folder().display()
        );
        assert!(said.contains(&sentence), "{said}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A running `gemba up` with a signed-in administrator.
struct Up {
    child: Child,
    port: u16,
    cookie: String,
    csrf: String,
}

impl Up {
    fn start(disk: &Disk) -> Up {
        let mut child = disk.gemba(&["up"]).stdout(Stdio::piped()).spawn().expect("the binary runs");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let port = lines.find_map(|line| line.strip_prefix("Gemba is ready at http://localhost:")?.parse().ok()).expect("it gets ready");
        // What it prints afterwards is read away.
        std::thread::spawn(move || lines.for_each(drop));
        let mut up = Up { child, port, cookie: String::new(), csrf: String::new() };
        let session = up.ask("POST", "/auth/login", &json!({ "email": "admin@demo.gemba.local", "password": PASSWORD }));
        assert_eq!(session.status, 200, "{}", session.body);
        (up.cookie, up.csrf) = (session.cookies, session.body["csrf_token"].as_str().expect("a token").to_owned());
        up
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("a time limit");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let head = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\nX-CSRF-Token: {}\r\nContent-Type: application/json\r\n",
            self.cookie, self.csrf
        );
        let length = body.len();
        write!(stream, "{head}If-Match: *\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").expect("a request");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        let cookies = lines.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")).filter_map(|(_, cookie)| cookie.split(';').next());
        Answer {
            status: head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"),
            waits: head.to_ascii_lowercase().contains("retry-after: "),
            cookies: cookies.collect::<Vec<_>>().join("; "),
            body: serde_json::from_str(body).unwrap_or(Value::Null),
        }
    }

    /// Makes a region with so much in it.
    fn region(&self, name: &str, text: &str) -> Answer {
        self.ask("POST", "/regions", &json!({ "name": name, "description": text }))
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

struct Answer {
    status: u16,
    /// Whether it says when to come back.
    waits: bool,
    cookies: String,
    body: Value,
}

/// What does not get smaller: each text another one.
fn noise(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let letter = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b' ' + (state >> 32) as u8 % 95)
    };
    std::iter::repeat_with(letter).take(1_900).collect()
}

#[test]
fn a_disk_too_small_to_begin_on_is_told_and_serves_once_it_is_large_enough() {
    let Some(disk) = Disk::mount(1) else { return };
    for megabytes in [1, 30, 60] {
        disk.resize(megabytes);
        disk.refused_for_room();
    }
    disk.resize(700);
    let up = Up::start(&disk);
    assert_eq!(up.region("North", "").status, 201);
}

#[test]
fn a_disk_that_gets_full_stops_changes_loses_none_and_goes_on_when_there_is_room() {
    let Some(disk) = Disk::mount(700) else { return };
    let up = Up::start(&disk);
    let mut kept = vec!["before".to_owned()];
    assert_eq!(up.region("before", "").status, 201);
    disk.fill();
    // As long as PostgreSQL has room within its files it goes on; then every change is refused, until it cannot go on at all.
    let (mut refused, mut codes) = (0, std::collections::BTreeSet::new());
    for number in 0.. {
        let name = format!("region {number}");
        let answer = up.region(&name, &noise(number));
        match answer.status {
            201 => kept.push(name),
            status => {
                let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
                assert!(matches!(status, 503 | 507) && answer.waits, "{status} {}", answer.body);
                assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.len() > 20), "{}", answer.body);
                codes.insert(code);
                refused += 1;
            }
        }
        let read = up.ask("GET", "/regions?limit=1", &Value::Null);
        assert!(matches!(read.status, 200 | 503), "{} {}", read.status, read.body);
        if refused == 60 {
            break;
        }
        assert!(number < 20_000, "the disk is not full");
    }
    assert!(codes.contains("disk_full") || codes.contains("database_gone"), "{codes:?}");
    disk.make_room();
    let mut tries = 0;
    // Another name each time: what was refused while the database went down may have been carried out.
    while up.region(&format!("after {tries}"), "").status != 201 {
        tries += 1;
        assert!(tries < 200_000, "it does not come back");
        std::thread::yield_now();
    }
    kept.push(format!("after {tries}"));
    all_there(&up, &kept);
    // Full again, stopped, and started on the full disk.
    disk.fill();
    up.signal(Signal::TERM);
    drop(up);
    disk.fill();
    disk.refused_for_room();
    disk.make_room();
    let up = Up::start(&disk);
    all_there(&up, &kept);
    let key = disk.folder().join("secrets/audit.pub");
    let verified = disk.gemba(&["audit", "verify", "--key", key.to_str().expect("a path")]).output().expect("the binary runs");
    assert!(verified.status.success(), "{}", said(&verified));
    assert_eq!(String::from_utf8_lossy(&verified.stdout).matches(": sound").count(), 2);
}

/// Every region that was acknowledged is there.
fn all_there(up: &Up, kept: &[String]) {
    let (mut found, mut cursor) = (std::collections::BTreeSet::new(), String::new());
    loop {
        let page = up.ask("GET", &format!("/regions?limit=500&fields=name{cursor}"), &Value::Null);
        assert_eq!(page.status, 200, "{}", page.body);
        found.extend(page.body["items"].as_array().expect("a page").iter().filter_map(|region| region["name"].as_str().map(str::to_owned)));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    for name in kept {
        assert!(found.contains(name), "{name} was acknowledged and is gone");
    }
}
