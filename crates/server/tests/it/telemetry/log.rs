//! A whole log of the real program, read for what must not be in it.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::TestDatabase;
use tokio::runtime::Runtime;

use crate::Desk;
use crate::up::ask;

/// A running `gemba serve`, told to log as much as it can.
struct Serving {
    child: Child,
    port: u16,
}

impl Serving {
    fn start(environment: &[(&str, &str)]) -> (Serving, std::thread::JoinHandle<String>) {
        use std::io::{BufRead, BufReader};
        let mut command = Command::new(env!("CARGO_BIN_EXE_gemba"));
        command.args(["serve", "--port", "0"]).envs(environment.iter().copied());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let mut stderr = child.stderr.take().expect("its log");
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).expect("text");
            log
        });
        let (sender, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        let ready = lines.recv_timeout(Duration::from_secs(90)).expect("it is ready");
        let port = ready.rsplit(':').next().and_then(|port| port.trim().parse().ok()).unwrap_or_else(|| panic!("{ready}"));
        (Serving { child, port }, log)
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> (u16, String) {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        if !body.is_empty() {
            request.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        }
        ask(self.port, &format!("{request}\r\n{body}"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

fn body_of(answer: &str) -> Value {
    answer.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok()).unwrap_or_default()
}

fn cookies_of(answer: &str) -> Vec<(String, String)> {
    let cookies = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: ").or_else(|| line.strip_prefix("Set-Cookie: ")));
    let pair = |cookie: &str| cookie.split(';').next()?.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    cookies.filter_map(pair).filter(|(_, value)| !value.is_empty()).collect()
}

#[test]
fn a_whole_log_names_requests_organizations_and_actors_and_nobody_and_no_secret() {
    let runtime = Runtime::new().expect("threads");
    let database = runtime.block_on(TestDatabase::new());
    let desk = Desk::empty();
    let key = "ab".repeat(32);
    let mut known: Vec<String> = vec![key.clone()];
    let environment = [
        ("GEMBA_DATABASE_URL", database.urls.app.as_str()),
        ("GEMBA_KEY", key.as_str()),
        ("GEMBA_LOG", "trace"),
        ("GEMBA_LOG_FORMAT", "json"),
        ("GEMBA_METRICS_ADDRESS", "127.0.0.1:0"),
        ("GEMBA_METRICS_TOKEN", "metrics-token-0123456789"),
    ];
    known.push("metrics-token-0123456789".into());
    let said = desk
        .run_with(
            &["admin", "create-organization", "acme", "Acme Drives", "--admin", "ada.brandt@acme.example", "--admin-name", "Ada Brandt"],
            &environment,
        )
        .succeeds();
    let link = said.stdout();
    let token =
        link.split(['#', '=', '/']).flat_map(|part| part.split_whitespace()).find(|word| word.len() == 43).expect("a link").to_owned();
    known.extend([token.clone(), "ada.brandt".into(), "acme.example".into(), "Ada Brandt".into()]);

    let (server, log) = Serving::start(&environment);
    let password = "correct horse battery 7";
    known.extend([password, "wrong horse battery 8", "nobody-knows-him", "Mozilla/5.0 (Ada's phone)", "10.1.2.3"].map(str::to_owned));
    let agent = ("User-Agent", "Mozilla/5.0 (Ada's phone)");
    let set = json!({ "token": token, "password": password });
    let (status, answer) = server.send("POST", "/api/v1/auth/password-link", &[agent], Some(&set));
    assert!((200..300).contains(&status), "{answer}");
    for (email, password) in [("ada.brandt@acme.example", "wrong horse battery 8"), ("nobody-knows-him@acme.example", password)] {
        let login = json!({ "email": email, "password": password, "organization": "acme" });
        assert_eq!(server.send("POST", "/api/v1/auth/login", &[agent], Some(&login)).0, 401);
    }
    let login = json!({ "email": "ada.brandt@acme.example", "password": password, "organization": "acme" });
    let (status, answer) = server.send("POST", "/api/v1/auth/login", &[agent], Some(&login));
    assert_eq!(status, 200, "{answer}");
    let cookies = cookies_of(&answer);
    assert!(!cookies.is_empty(), "{answer}");
    known.extend(cookies.iter().map(|(_, value)| value.clone()));
    let csrf = cookies
        .iter()
        .find(|(name, _)| name.contains("csrf"))
        .map(|(_, value)| value.clone())
        .or_else(|| body_of(&answer)["csrf"].as_str().map(str::to_owned));
    let csrf = csrf.or_else(|| body_of(&answer)["csrf_token"].as_str().map(str::to_owned)).unwrap_or_default();
    known.push(csrf.clone());
    let cookie = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    let session = [("Cookie", cookie.as_str()), ("X-CSRF-Token", csrf.as_str()), agent];
    let request = "0199d1a0-0000-7000-8000-0000000000bb";
    let (status, me) = server.send("GET", "/api/v1/auth/me", &[session[0], session[1], ("X-Request-Id", request)], None);
    assert_eq!(status, 200, "{me}");
    let me = body_of(&me);

    // People, keys, webhooks; twice, so that the database refuses some of it and says why.
    known.extend(["bo.lind", "Bo Lind", "s3cret-in-the-query", "s3cret-in-the-path"].map(str::to_owned));
    for _ in 0..2 {
        let person = json!({ "email": "bo.lind@acme.example", "name": "Bo Lind" });
        server.send("POST", "/api/v1/users", &session, Some(&person));
        let (_, made) = server.send("POST", "/api/v1/api-keys", &session, Some(&json!({ "name": "Line board" })));
        known.extend(["key", "secret", "token"].iter().filter_map(|name| body_of(&made)[*name].as_str().map(str::to_owned)));
        let hook = json!({ "name": "Board", "url": "https://hooks.acme.example/s3cret-in-the-path", "types": [] });
        let (_, made) = server.send("POST", "/api/v1/webhooks", &session, Some(&hook));
        known.extend(body_of(&made)["secret"].as_str().map(str::to_owned));
        server.send("GET", "/api/v1/users?email=bo.lind@acme.example&token=s3cret-in-the-query", &session, None);
        server.send("GET", "/invite/s3cret-in-the-path?email=ada.brandt@acme.example", &[("X-Forwarded-For", "10.1.2.3")], None);
        server.send("GET", "/api/v1/users/bo.lind@acme.example", &session, None);
        server.send("GET", "/api/v1/regions", &[("Authorization", "Bearer gemba_s3cret-in-the-query")], None);
        server.send("POST", "/api/v1/auth/login", &[agent], Some(&json!("bo.lind@acme.example, not an object")));
    }
    drop(server);
    let log = log.join().expect("the log");

    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect();
    for secret in known.iter().filter(|secret| !secret.is_empty()) {
        let told = log.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(told, None, "'{secret}' is in the log");
    }
    for line in &lines {
        for member in ["time", "level", "target", "message"] {
            assert!(line[member].is_string(), "{line} has no {member}");
        }
    }
    let access: Vec<&Value> = lines.iter().filter(|line| line["target"] == "access").collect();
    assert!(access.len() >= 20, "{log}");
    for line in &access {
        for member in ["request", "method", "route"] {
            assert!(line[member].is_string(), "{line} has no {member}");
        }
        assert!(line["status_code"].is_u64() && line["duration_ms"].is_f64(), "{line}");
    }
    // A request of somebody who is known says whose it was, by identifiers.
    let own = access.iter().find(|line| line["request"] == request).unwrap_or_else(|| panic!("{log}"));
    let user = me["user"]["id"].as_str().or(me["id"].as_str()).unwrap_or_else(|| panic!("{me}"));
    assert_eq!(own["actor"], format!("user:{user}"));
    let organization = runtime.block_on(async {
        let row = database.admin().await.query_one("select organization_id::text from organizations where slug = 'acme'", &[]).await;
        row.expect("one").get::<_, String>(0)
    });
    assert_eq!((&own["organization"], &own["route"]), (&json!(organization), &json!("/api/v1/auth/me")));
    assert!(access.iter().any(|line| line["route"] == "/{*address}"), "{log}");
}
