//! Live streams over real connections: what happens arrives, resumes, and ends with the right to it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use platform::events::{Catalogue, EventKind, KINDS, publish};
use platform::http::{App, listen};
use platform::ids::{OrganizationId, RequestId};
use platform::resource::Kinds;
use platform::streams::Hub;
use platform::{Caller, Error, Permission, Principal, Standing};
use serde_json::Value;
use testkit::tokens::Tokens;
use testkit::{Tenant, TestDatabase};
use tokio::sync::oneshot;
use uuid::Uuid;

/// Rights that change while streams are open.
#[derive(Clone, Default)]
struct Rights(Arc<Mutex<Vec<Caller>>>, Arc<AtomicUsize>);

impl Standing for Rights {
    fn caller<'a>(
        &'a self,
        organization: OrganizationId,
        principal: &'a Principal,
        request: RequestId,
    ) -> BoxFuture<'a, platform::Result<Caller>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        let all = self.0.lock().unwrap();
        let known = all.iter().find(|caller| caller.organization == organization && caller.principal == *principal);
        let gone = || Error::new(platform::error::Kind::Unauthenticated, "gone", "gone");
        Box::pin(std::future::ready(known.map(|caller| Caller { request, ..caller.clone() }).ok_or_else(gone)))
    }

    fn stand<'a>(&'a self, who: &'a [(OrganizationId, Principal)]) -> BoxFuture<'a, platform::Result<Vec<bool>>> {
        let all = self.0.lock().unwrap();
        let stands = |(_, principal): &(OrganizationId, Principal)| all.iter().any(|caller| caller.principal == *principal);
        Box::pin(std::future::ready(Ok(who.iter().map(stands).collect())))
    }
}

struct House {
    test: TestDatabase,
    tenant: Tenant,
    hub: Hub,
    address: std::net::SocketAddr,
    _stop: oneshot::Sender<()>,
}

/// One stream, read event by event.
struct Reader {
    body: hyper::body::Incoming,
    text: String,
}

impl House {
    async fn new(callers: impl Fn(&Tenant) -> Vec<(&'static str, Caller)>) -> (House, Rights) {
        let test = TestDatabase::with_pool(8).await;
        let tenant = test.organization("One", 2).await;
        let (mut tokens, rights) = (Tokens::default(), Rights::default());
        for (token, caller) in callers(&tenant) {
            tokens = tokens.with(token, caller.clone());
            rights.0.lock().unwrap().push(caller);
        }
        let grants = EventKind {
            kind: "grant",
            title: "Grants",
            read: Permission("identity.grant.read"),
            verbs: &[("created", "A grant was given."), ("deleted", "A grant was taken.")],
        };
        let kinds = Kinds::new(platform::resource::kinds().into_iter().chain(platform::places::kinds()));
        let catalogue = Catalogue::new(&kinds, KINDS.iter().copied().chain([grants]));
        publish(&test.database).await.unwrap();
        let hub = Hub::new(test.database.clone(), catalogue, Arc::new(rights.clone()));
        tokio::spawn(hub.clone().keep(std::future::pending()));
        let app = App::new(test.database.clone(), Arc::new(tokens), platform::http::Settings::default()).with(hub.clone());
        let (routes, _) = platform::streams::routes().split_for_parts();
        let router = platform::http::surround(&app, routes, axum::Router::new());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move { listen(listener, &app, router, async move { stopped.await.unwrap_or(()) }).await });
        (House { test, tenant, hub, address, _stop: stop }, rights)
    }

    async fn ask(&self, path: &str, token: &str, last: Option<&str>) -> (u16, Reader) {
        let stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = Request::get(path).header("host", "localhost").header("authorization", format!("Bearer {token}"));
        let request = last.into_iter().fold(request, |request, last| request.header("last-event-id", last));
        let answer = sender.send_request(request.body(Empty::<bytes::Bytes>::new()).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        (status, Reader { body: answer.into_body(), text: String::new() })
    }

    async fn stream(&self, path: &str, token: &str, last: Option<&str>) -> Reader {
        // The hub is ready a moment after it was started.
        for _ in 0..20_000 {
            let (status, mut reader) = self.ask(path, token, last).await;
            if status == 200 {
                assert!(reader.block().await.is_some_and(|hello| hello.starts_with("retry: ")));
                return reader;
            }
            assert_eq!(status, 503);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("no stream");
    }

    async fn region(&self, name: &str) {
        let mut tx = self.test.database.begin(&self.tenant.system()).await.unwrap();
        let id: Uuid = tx.new_id();
        let organization = self.tenant.organization;
        tx.execute("insert into regions (organization_id, id, name) values ($1, $2, $3)", &[&organization, &id, &name]).await.unwrap();
        tx.commit().await.unwrap();
        publish(&self.test.database).await.unwrap();
    }
}

impl Reader {
    /// What comes up to the next empty line; none at the end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block = self.text[..end].to_owned();
                self.text.drain(..end + 2);
                return Some(block);
            }
            let frame = tokio::time::timeout(Duration::from_secs(60), self.body.frame()).await.expect("something comes")?;
            let Ok(frame) = frame else { return None };
            self.text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        }
    }

    /// The next event, with its id; none at the end.
    async fn event(&mut self) -> Option<(String, Value)> {
        loop {
            let block = self.block().await?;
            let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
            if let (Some(id), Some(data)) = (line("id: "), line("data: ")) {
                return Some((id, serde_json::from_str(&data).unwrap()));
            }
        }
    }

    async fn name(&mut self) -> String {
        let (_, event) = self.event().await.expect("an event");
        event["data"]["record"]["name"].as_str().unwrap_or_default().to_owned()
    }
}

const READS: [&str; 3] = ["integration.event.read", "identity.region.read", "identity.plant.read"];

#[tokio::test]
async fn what_happens_arrives_and_a_broken_stream_resumes_without_gap_or_repetition() {
    let (house, _) = House::new(|tenant| vec![("reader", tenant.person(&READS))]).await;
    let mut reader = house.stream("/stream?type=gemba.region.*", "reader", None).await;
    house.region("one").await;
    let (id, event) = reader.event().await.unwrap();
    assert_eq!((&event["type"], &event["sequence"]), (&"gemba.region.created".into(), &id.as_str().into()));
    drop(reader);
    for number in 0..250 {
        house.region(&format!("{number}")).await;
    }
    let mut resumed = house.stream("/stream?type=gemba.region.*", "reader", Some(&id)).await;
    for number in 0..250 {
        assert_eq!(resumed.name().await, format!("{number}"));
    }
    house.region("live again").await;
    assert_eq!(resumed.name().await, "live again");
}

#[tokio::test]
async fn everybody_gets_what_they_may_read_and_nobody_anything_else() {
    let (house, _) = House::new(|tenant| {
        vec![
            ("reader", tenant.person(&READS)),
            ("second", tenant.person_at(tenant.plants[1], &["integration.event.read", "identity.plant.read"])),
            ("nothing", tenant.person(&["identity.region.read"])),
        ]
    })
    .await;
    let mut reader = house.stream("/stream", "reader", None).await;
    let mut second = house.stream("/stream", "second", None).await;
    assert_eq!(house.ask("/stream", "nothing", None).await.0, 403);
    assert_eq!(house.ask("/stream", "stranger", None).await.0, 401);
    assert_eq!(house.ask("/stream", "reader", Some("yesterday")).await.0, 400);
    house.region("for the reader").await;
    let mut tx = house.test.database.begin(&house.tenant.system()).await.unwrap();
    for plant in &house.tenant.plants {
        tx.execute("update plants set description = 'new', version = version + 1 where id = $1", &[&plant]).await.unwrap();
    }
    tx.commit().await.unwrap();
    publish(&house.test.database).await.unwrap();
    assert_eq!(reader.name().await, "for the reader");
    assert_eq!(reader.event().await.unwrap().1["plantid"], house.tenant.plants[0].to_string());
    let (_, first_of_second) = second.event().await.unwrap();
    assert_eq!(first_of_second["plantid"], house.tenant.plants[1].to_string());
}

#[tokio::test]
async fn whoever_loses_the_session_loses_the_stream_and_a_right_taken_away_counts() {
    let (house, rights) = House::new(|tenant| vec![("stays", tenant.person(&READS)), ("leaves", tenant.person(&READS))]).await;
    let mut stays = house.stream("/stream?type=gemba.region.*", "stays", None).await;
    let mut leaves = house.stream("/stream?type=gemba.region.*", "leaves", None).await;
    rights.0.lock().unwrap().truncate(1);
    assert_eq!(leaves.event().await, None, "the session has ended");

    let weaker = {
        let mut rights = rights.0.lock().unwrap();
        std::sync::Arc::make_mut(&mut rights[0].grants).organization = ["integration.event.read"].into_iter().collect();
        rights[0].clone()
    };
    let mut tx = house.test.database.begin(&house.tenant.system()).await.unwrap();
    let detail = serde_json::json!({ "record": { "user_id": weaker.principal.user() } });
    tx.query("select gemba.audit('grant.deleted', 'grant', null, null, 'success', $1)", &[&detail]).await.unwrap();
    tx.commit().await.unwrap();
    publish(&house.test.database).await.unwrap();
    for _ in 0..20_000 {
        if rights.1.load(Ordering::SeqCst) > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(rights.1.load(Ordering::SeqCst) > 0, "the change is noticed");
    house.region("not for them any more").await;
    rights.0.lock().unwrap().clear();
    assert_eq!(stays.event().await, None);
}

/// So many regions, made and published at once.
async fn burst(house: &House, prefix: &str, count: usize, description: &str) {
    let mut tx = house.test.database.begin(&house.tenant.system()).await.unwrap();
    for number in 0..count {
        let (id, name): (Uuid, String) = (tx.new_id(), format!("{prefix}{number}"));
        let organization = house.tenant.organization;
        let insert = "insert into regions (organization_id, id, name, description) values ($1, $2, $3, $4)";
        tx.execute(insert, &[&organization, &id, &name, &description]).await.unwrap();
    }
    tx.commit().await.unwrap();
    publish(&house.test.database).await.unwrap();
}

#[tokio::test]
async fn more_at_once_than_there_is_room_for_arrives_all_the_same() {
    let (house, _) = House::new(|tenant| vec![("reader", tenant.person(&READS))]).await;
    let mut first = house.stream("/stream?type=gemba.region.*", "reader", None).await;
    let mut second = house.stream("/stream?type=gemba.region.*", "reader", None).await;
    // Some events that neither has asked for lie before them.
    house.region("before").await;
    assert_eq!((first.name().await, second.name().await), ("before".into(), "before".into()));
    burst(&house, "", 1_500, "").await;
    for reader in [&mut first, &mut second] {
        for number in 0..1_500 {
            assert_eq!(reader.name().await, format!("{number}"));
        }
    }
    house.region("live again").await;
    assert_eq!((first.name().await, second.name().await), ("live again".into(), "live again".into()));
    assert_eq!(house.hub.len(), 2);
}

#[tokio::test]
async fn a_stream_that_never_had_an_event_reads_on_from_when_it_began_and_not_from_the_beginning() {
    let (house, _) = House::new(|tenant| vec![("reader", tenant.person(&READS))]).await;
    burst(&house, "old ", 200, "").await;
    let mut early = house.stream("/stream?type=gemba.region.*", "reader", None).await;
    house.region("seen by the first").await;
    // The hub has handed on all that came before.
    while early.name().await != "seen by the first" {}
    let mut late = house.stream("/stream?type=gemba.region.*", "reader", None).await;
    burst(&house, "", 300, "").await;
    for number in 0..300 {
        assert_eq!(late.name().await, format!("{number}"));
    }
}

#[tokio::test]
async fn a_reader_that_does_not_keep_up_gets_all_when_it_is_ready_and_costs_no_more_meanwhile() {
    let (house, rights) = House::new(|tenant| vec![("reader", tenant.person(&READS)), ("leaves", tenant.person(&READS))]).await;
    let mut slow = house.stream("/stream?type=gemba.region.*", "reader", None).await;
    let mut leaves = house.stream("/stream?type=gemba.region.*", "leaves", None).await;
    // More than the connection's buffers and the stream's own together take.
    burst(&house, "", 250, &"x".repeat(100_000)).await;
    for number in 0..250 {
        assert_eq!(slow.name().await, format!("{number}"));
    }
    // Whoever loses the session while there is much to read for them does not get the rest.
    rights.0.lock().unwrap().truncate(1);
    for _ in 0..20_000 {
        if house.hub.len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(house.hub.len(), 1, "it was ended");
    let mut had = 0;
    while leaves.event().await.is_some() {
        had += 1;
    }
    assert!(had < 250, "{had}");
}

#[tokio::test]
async fn how_far_a_run_is_comes_to_whoever_may_see_it() {
    let (house, _) = House::new(|tenant| {
        let sees = ["integration.event.read", "work.run.read"];
        vec![("sees", tenant.person(&sees)), ("second", tenant.person_at(tenant.plants[1], &sees)), ("reader", tenant.person(&READS))]
    })
    .await;
    let mut sees = house.stream("/stream?type=gemba.run.*", "sees", None).await;
    let mut second = house.stream("/stream?type=gemba.run.*", "second", None).await;
    let mut reader = house.stream("/stream?type=gemba.run.*,gemba.region.*", "reader", None).await;
    let admin = house.test.admin().await;
    let run = "insert into runs (organization_id, id, plant_id, kind, title, queue, state, due_at, attempts_max, progress, progress_text, acting, audited,
            created_at, created_by, worker)
        values ($1, gen_random_uuid(), $2, 'test.work', 'Plan', 'default', 'running', now(), 1, 0.25, 'a quarter', '{}', true, now(), 'system:test',
            gen_random_uuid())";
    admin.execute(run, &[&house.tenant.organization, &house.tenant.plants[0]]).await.unwrap();
    assert!(sees.block().await.unwrap().contains("\"progress\":0.25"));
    admin.execute("update runs set progress = 0.5, progress_text = 'half'", &[]).await.unwrap();
    let block = sees.block().await.unwrap();
    assert!(block.contains("\"progress\":0.5") && block.contains("gemba.run.progressed") && !block.contains("id: "), "{block}");
    admin.execute("update runs set plant_id = $1, progress = 0.75", &[&house.tenant.plants[1]]).await.unwrap();
    assert!(second.block().await.unwrap().contains("\"progress\":0.75"), "what is of the other plant never came");
    house.region("North").await;
    assert_eq!(reader.name().await, "North", "nor anything to whoever may see no runs");
}

#[tokio::test]
async fn what_a_policy_hides_is_neither_streamed_live_nor_when_a_stream_resumes() {
    use platform::policy::{Circumstances, Compiled, Facts, Language};
    let kinds = Kinds::new(platform::places::kinds());
    let language = Language::new(&kinds, kinds.iter().flat_map(|kind| kind.permissions()).collect::<Vec<_>>(), &[]).unwrap();
    let text =
        r#"@id("secret") forbid (principal, action == Action::"identity.region.read", resource) when { resource.name like "secret*" };"#;
    let compiled = Arc::new(Compiled::check(text, &language).unwrap());
    let (house, _) = House::new(|tenant| {
        let plain = tenant.person(&READS);
        let policies = Some(Arc::new(Circumstances::new(compiled.clone(), Facts::default(), &[], "2026-11-02T07:30:00Z".parse().unwrap())));
        let grants = platform::caller::Grants { policies, ..platform::caller::Grants::clone(&plain.grants) };
        vec![("all", plain.clone()), ("narrowed", Caller { grants: grants.into(), ..tenant.person(&READS) })]
    })
    .await;
    let mut all = house.stream("/stream?type=gemba.region.*", "all", None).await;
    let mut narrowed = house.stream("/stream?type=gemba.region.*", "narrowed", None).await;
    for name in ["first", "secret one", "last"] {
        house.region(name).await;
    }
    let (first, _) = all.event().await.unwrap();
    assert_eq!((all.name().await, all.name().await), ("secret one".into(), "last".into()));
    assert_eq!((narrowed.name().await, narrowed.name().await), ("first".into(), "last".into()));
    let mut resumed = house.stream("/stream?type=gemba.region.*", "narrowed", Some(&first)).await;
    assert_eq!(resumed.name().await, "last");
}
