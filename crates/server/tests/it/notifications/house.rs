//! A whole server with people, a worker and a publisher that the test moves, and a mail server or a folder for its mail.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use identity::admin::{self, First, Judge, NewGrant};
use identity::passwords::Hashing;
use identity::{Identity, Settings as Rules};
use jiff::Timestamp;
use platform::database::PoolSettings;
use platform::events::publish;
use platform::http::{App, Settings};
use platform::ids::{OrganizationId, PlantId, RequestId, SessionId, UserId};
use platform::mail::{Mailer, Security, Signer, SmtpSettings};
use platform::outbound::{Limits, Outbound};
use platform::runs::{self, Worker, Works};
use platform::secrets::Secrets;
use platform::{Caller, Clock, Context, Database, Principal, Standing, notifications};
use serde_json::{Value, json};
use server::serve::{catalogue, equip, notices, router};
use testkit::tokens::Tokens;
use testkit::{TestDatabase, new_id};
use tower::ServiceExt;
use uuid::Uuid;

pub const PASSWORD: &str = "seven kettles in the fog";

/// A clock that only the test moves; each look is a moment later, so that what comes later sorts behind.
#[derive(Debug)]
pub struct Hands(AtomicI64);

impl Hands {
    pub fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.fetch_add(1, Ordering::SeqCst)).unwrap()
    }
}

/// A server; callers by token are `ana` (plans and engineers the first plant), `bo` (runs the organization), `cy` (reads at the first plant), `eva` (plans the second
/// plant), `zoe` (runs another organization).
pub struct House {
    pub test: TestDatabase,
    pub database: Database,
    pub clock: Arc<Hands>,
    pub organization: OrganizationId,
    pub plants: [PlantId; 2],
    pub people: Vec<(&'static str, UserId)>,
    sessions: Vec<(&'static str, SessionId)>,
    pub app: App,
    pub router: axum::Router,
    /// The same with real sign-in.
    pub front: axum::Router,
    worker: Worker,
    folder: tempfile::TempDir,
    read: Mutex<Vec<PathBuf>>,
}

pub struct Answer {
    pub status: StatusCode,
    pub json: Value,
    pub text: String,
}

impl Answer {
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text);
        self.json
    }

    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status.as_u16(), self.json["code"].as_str()), (status, Some(code)), "{}", self.text);
        self.json
    }
}

/// Where mail goes.
pub enum Post<'a> {
    Folder,
    Smtp(&'a SmtpSettings),
}

impl House {
    pub async fn new() -> House {
        Self::with(Post::Folder).await
    }

    pub async fn with(post: Post<'_>) -> House {
        let test = TestDatabase::with_pool(6).await;
        // 2027-05-03 06:00 UTC, a Monday.
        let clock = Arc::new(Hands(AtomicI64::new(1_809_324_000_000_000)));
        let context = Context::new(clock.clone());
        let database = Database::new(&test.urls.app, None, PoolSettings { size: 6, ..PoolSettings::default() }, context).unwrap();
        let mut rules = Rules::new([7; 32]);
        rules.hashing = Hashing { memory_kib: 64, passes: 1, at_once: 2, waiting: 64 };
        rules.plain_http = true;
        let identity = Identity::new(database.clone(), catalogue(), rules).unwrap();
        let made = |slug: &'static str, name: &'static str| {
            let identity = identity.clone();
            async move {
                let email = format!("bo@{slug}.example");
                let first = First { name, slug, operates: false, admin_email: &email, admin_name: "Bo Lind" };
                admin::create_organization(&identity, &first).await.unwrap()
            }
        };
        let (ours, theirs) = (made("tavira", "Tavira Electronics").await, made("norwick", "Norwick Castings").await);
        let organization = ours.organization;
        let plants = [PlantId(new_id()), PlantId(new_id())];
        let mut tx = database.begin(&admin::caller(&identity, organization)).await.unwrap();
        for (plant, code, zone) in [(plants[0], "P1", "Europe/Madrid"), (plants[1], "P2", "America/Mexico_City")] {
            let sql = "insert into plants (organization_id, id, code, name, time_zone) values ($1, $2, $3, $3, $4)";
            tx.execute(sql, &[&organization, &plant, &code, &zone]).await.unwrap();
        }
        let mut people = vec![("bo", ours.user)];
        for (token, email, name, roles, plant) in [
            ("ana", "ana.gil@tavira.example", "Ana Gil", vec!["planner", "engineer"], plants[0]),
            ("cy", "cy@tavira.example", "Cy Ruiz", vec!["viewer"], plants[0]),
            ("eva", "eva@tavira.example", "Eva Moreno", vec!["planner"], plants[1]),
        ] {
            let grant = |role: &str| NewGrant { role: role.into(), plant_id: Some(plant.0), ..NewGrant::default() };
            let grants = roles.into_iter().map(grant).collect();
            people.push((token, admin::create_user(&mut tx, &identity, email, name, grants).await.unwrap().user));
        }
        for (_, user) in &people {
            admin::set_password(&mut tx, &identity, *user, PASSWORD, Judge::NotAtAll).await.unwrap();
        }
        tx.commit().await.unwrap();
        let (mut tokens, mut sessions) = (Tokens::default(), Vec::new());
        for (token, of, user) in
            people.iter().map(|(token, user)| (*token, organization, *user)).chain([("zoe", theirs.organization, theirs.user)])
        {
            let session = SessionId(new_id());
            tokens = tokens.with(token, caller(&identity, of, user, session).await);
            sessions.push((token, session));
        }
        let folder = tempfile::tempdir().unwrap();
        let (from, address) = ("Gemba <gemba@mail.example>", "https://gemba.example");
        let mailer = match post {
            Post::Folder => Mailer::folder(folder.path().join("mail"), from, address),
            Post::Smtp(settings) => Mailer::smtp(settings, from, address),
        };
        let settings = Settings { requests_per_hour: u32::MAX, ..Settings::default() };
        let app = App::new(database.clone(), Arc::new(identity.clone()), settings).with(identity.clone());
        let app = app.with(Secrets::derived(&[7; 32]).unwrap()).with(Outbound::new(Limits::default()).unwrap());
        let app = equip(app.with(mailer.unwrap()).with(Signer::new(&[7; 32])), Arc::new(identity.clone())).unwrap();
        let work = runs::Settings { places: 4, look: Duration::ZERO, ..runs::Settings::default() };
        let worker = Worker::new(database.clone(), app.part::<Works>().unwrap(), Arc::new(identity), work);
        let (front, known) = (router(app.clone()), router(app.clone().known_by(Arc::new(tokens))));
        House {
            test,
            database,
            clock,
            organization,
            plants,
            people,
            sessions,
            app,
            router: known,
            front,
            worker,
            folder,
            read: Mutex::default(),
        }
    }

    pub fn user(&self, token: &str) -> UserId {
        self.people.iter().find(|(known, _)| *known == token).unwrap().1
    }

    /// The device somebody is signed in on.
    pub fn session(&self, token: &str) -> SessionId {
        self.sessions.iter().find(|(known, _)| *known == token).unwrap().1
    }

    pub async fn send(&self, who: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}")).header("if-match", "*");
        let request = if who.is_empty() { request } else { request.header("authorization", format!("Bearer {who}")) };
        Self::answer(if who.is_empty() { &self.front } else { &self.router }, request, body).await
    }

    pub async fn answer(router: &axum::Router, request: http::request::Builder, body: Option<Value>) -> Answer {
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let response = router.clone().oneshot(request.unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let text = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
        Answer { status: head.status, json: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        self.send(who, Method::GET, path, None).await
    }

    pub async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        self.send(who, Method::POST, path, Some(body)).await
    }

    /// An area of the first plant; its identifier.
    pub async fn area(&self, name: &str) -> String {
        let body = json!({ "plant_id": self.plants[0], "code": name, "name": name });
        self.post("bo", "/areas", body).await.ok()["id"].as_str().unwrap().to_owned()
    }

    /// Goes on as servers and workers do, until nothing is left to do, of what is due by the test's clock too: a worker looks for that only a few times a second.
    pub async fn settle(&mut self) {
        let open = "select (select count(*) from runs where state = 'running' or position is not null or (state = 'queued' and not blocked and due_at <= $1))
            + (select count(*) from schedules where not paused and next_at <= $1)";
        for _ in 0..20_000 {
            let published = publish(&self.database).await.unwrap();
            let woken = notifications::wake(&self.database, &notices()).await.unwrap();
            self.worker.turn().await.unwrap();
            self.worker.settle().await;
            let now = self.clock.now();
            let is_idle = woken == 0 && self.test.admin().await.query_one(open, &[&now]).await.unwrap().get::<_, i64>(0) == 0;
            // What was done last may itself be news, or have left something to do: it need not have begun before this round woke others.
            if is_idle
                && publish(&self.database).await.unwrap() == published
                && notifications::wake(&self.database, &notices()).await.unwrap() == 0
            {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    /// Until `done`: for what goes on beside the request that caused it.
    pub async fn until(&mut self, mut done: impl AsyncFnMut(&House) -> bool) {
        for _ in 0..20_000 {
            self.settle().await;
            if done(self).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("it does not come");
    }

    /// The inbox of somebody.
    pub async fn inbox(&self, who: &str) -> Vec<Value> {
        self.get(who, "/me/notifications").await.ok()["items"].as_array().unwrap().clone()
    }

    /// The sentences in the inbox of somebody, the newest first.
    pub async fn told(&self, who: &str) -> Vec<String> {
        self.inbox(who).await.iter().map(|item| item["text"].as_str().unwrap().to_owned()).collect()
    }

    /// Mail in the folder that was not looked at yet, by recipient.
    pub fn mail(&self) -> Vec<Letter> {
        let folder = self.folder.path().join("mail");
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().path()).collect();
        let mut read = self.read.lock().unwrap();
        files.retain(|file| !read.contains(file));
        read.extend(files.iter().cloned());
        let mut letters: Vec<Letter> = files.iter().map(|file| Letter::read(&std::fs::read(file).unwrap())).collect();
        letters.sort_by_key(|letter| letter.header("to"));
        letters
    }

    /// Rows of a query of one number.
    pub async fn count(&self, query: &str) -> i64 {
        self.test.admin().await.query_one(query, &[]).await.unwrap().get(0)
    }
}

async fn caller(identity: &Identity, organization: OrganizationId, user: UserId, session: SessionId) -> Caller {
    let principal = Principal::User { id: user, session };
    let known = Standing::caller(identity, organization, &principal, RequestId(Uuid::nil())).await.unwrap();
    Caller { ip: Some([192, 0, 2, 7].into()), ..known }
}

/// A file of mail, its headers unfolded, its parts decoded as far as ours need it (quoted-printable, base64, none).
pub struct Letter {
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Letter {
    fn read(bytes: &[u8]) -> Letter {
        let text = String::from_utf8(bytes.to_vec()).expect("ASCII on the wire");
        assert!(text.is_ascii(), "mail is ASCII on the wire");
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in head.split("\r\n") {
            match (line.strip_prefix([' ', '\t']), headers.last_mut()) {
                (Some(more), Some((_, value))) => value.extend([" ", more]),
                _ => {
                    let (name, value) = line.split_once(": ").unwrap();
                    headers.push((name.to_lowercase(), value.to_owned()));
                }
            }
        }
        let body = body.replace("=\r\n", "").replace("=3D", "=").replace("\r\n", "\n");
        Letter { headers, body }
    }

    pub fn header(&self, name: &str) -> String {
        let found: Vec<&str> = self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
        assert!(found.len() <= 1, "{name}: {found:?}");
        found.first().copied().unwrap_or_default().to_owned()
    }
}

/// A mail server on loopback: npm's `smtp-server`, which tells what it got and how a parser of its own reads it.
pub struct PostOffice {
    process: Child,
    input: ChildStdin,
    lines: Receiver<Value>,
    pub port: u16,
}

impl Drop for PostOffice {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl PostOffice {
    pub fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../platform/tests/mail-server")
    }

    /// Starts it; nothing, and says so, where it cannot be.
    #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
    pub fn open(options: &[&str]) -> Option<PostOffice> {
        let folder = Self::folder();
        if !folder.join("node_modules/smtp-server").is_dir() {
            eprintln!("SKIPPED: no mail server to try against; run `npm ci --ignore-scripts` in {}", folder.display());
            return None;
        }
        let mut command = Command::new("node");
        let command = command.arg("server.mjs").args(options).current_dir(&folder);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut process) = started else {
            eprintln!("SKIPPED: no mail server to try against, because there is no node on this machine");
            return None;
        };
        let (tell, lines) = channel();
        let output = process.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = tell.send(serde_json::from_str(&line).unwrap());
            }
        });
        let input = process.stdin.take().unwrap();
        let ready: Value = lines.recv_timeout(Duration::from_secs(30)).expect("the mail server says that it is ready");
        let port = u16::try_from(ready["ready"].as_u64().unwrap()).unwrap();
        Some(PostOffice { process, input, lines, port })
    }

    pub fn settings(&self, security: Security) -> SmtpSettings {
        let authorities = (security != Security::None).then(|| Self::folder().join("localhost.pem"));
        SmtpSettings { host: "localhost".into(), port: Some(self.port), security, account: None, authorities }
    }

    /// How it behaves from now on.
    pub fn behave(&mut self, behaviour: &Value) {
        writeln!(self.input, "{behaviour}").unwrap();
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(30)).unwrap();
            assert!(line["mail"].is_null(), "a mail that nobody waited for: {line}");
            if !line["ready"].is_null() {
                return;
            }
        }
    }

    /// The next mail it got.
    #[track_caller]
    pub fn mail(&self) -> Value {
        self.lines.recv_timeout(Duration::from_secs(30)).expect("a mail")["mail"].clone()
    }

    /// Whether it got none since.
    pub fn is_empty(&self) -> bool {
        self.lines.try_recv().is_err()
    }
}
