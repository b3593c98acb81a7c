//! Signing in at an identity provider: against a real one (npm `oidc-provider` on loopback), where node and its packages are there.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, DATE, LOCATION, SET_COOKIE};
use http::{Request, Response};
use platform::outbound::{Limits, Outbound};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::site::{Answer, Browser, Company, PASSWORD, Site};

/// The identity server as a process, and a browser's cookies at it.
struct Peer {
    process: Child,
    // It ends with its standard input.
    _input: ChildStdin,
    address: String,
    outbound: Outbound,
    cookies: Mutex<Vec<(String, String)>>,
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
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/identity-server");
        if !folder.join("node_modules/oidc-provider").is_dir() {
            eprintln!("SKIPPED: no identity server to try against; run `npm ci --ignore-scripts` in {}", folder.display());
            return None;
        }
        let started = Command::new("node")
            .arg("server.mjs")
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut process) = started else {
            eprintln!("SKIPPED: no identity server to try against, because there is no node on this machine");
            return None;
        };
        let input = process.stdin.take().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines.map_while(Result::ok).find(|line| line.starts_with("http://")).expect("the identity server prints its address");
        let allow = vec!["127.0.0.0/8".parse().unwrap()];
        let outbound = Outbound::new(Limits { allow, ..Limits::default() }).unwrap();
        Some(Peer { process, _input: input, address, outbound, cookies: Mutex::default() })
    }

    async fn control(&self, wanted: Value) {
        let request = Request::post(format!("{}/control", self.address)).body(Bytes::from(wanted.to_string())).unwrap();
        let answer = self.outbound.send(request).await.unwrap();
        assert_eq!(answer.status(), 204, "{}", String::from_utf8_lossy(answer.body()));
    }

    /// One request of the browser, whose cookies at this server come along.
    async fn visit(&self, mut request: Request<Bytes>) -> Response<Bytes> {
        let cookies = self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        if !cookies.is_empty() {
            request.headers_mut().insert(COOKIE, cookies.parse().unwrap());
        }
        let answer = self.outbound.send(request).await.unwrap();
        let mut kept = self.cookies.lock().unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            kept.retain(|(each, _)| each != name);
            if !value.is_empty() {
                kept.push((name.into(), value.into()));
            }
        }
        answer
    }

    /// Follows redirects until one leads away from this server.
    async fn follow(&self, address: &str) -> String {
        let mut next = address.to_string();
        for _ in 0..10 {
            if !next.starts_with(&self.address) {
                return next;
            }
            let answer = self.visit(Request::get(&next).body(Bytes::new()).unwrap()).await;
            let location = answer.headers().get(LOCATION).map(|location| location.to_str().unwrap().to_string());
            let location = location.unwrap_or_else(|| panic!("{next}: {} {}", answer.status(), String::from_utf8_lossy(answer.body())));
            next = if location.starts_with('/') { format!("{}{location}", self.address) } else { location };
        }
        panic!("too many redirects: {next}");
    }

    /// The clock of the identity server; the test's follows it.
    async fn set_clock(&self, site: &Site) {
        let answer = self
            .outbound
            .send(Request::get(format!("{}/.well-known/openid-configuration", self.address)).body(Bytes::new()).unwrap())
            .await;
        let date = answer.unwrap().headers()[DATE].to_str().unwrap().to_string();
        let now = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(&date).unwrap();
        let behind = now.as_second() - platform::Clock::now(&*site.clock).as_second();
        site.clock.forward(behind);
    }
}

/// A site that listens, so that the peer can reach it, and a company with the peer as its provider.
struct Joined {
    site: Site,
    company: Company,
    provider: String,
}

async fn join(peer: &Peer) -> Joined {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let site = Site::with(|settings| settings.public_url.clone_from(&address)).await;
    let routes = axum::Router::new().nest("/api/v1", site.router());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    peer.set_clock(&site).await;
    let company = site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let provider = json!({
        "name": "Acme Login", "issuer": peer.address, "client_id": "gemba", "client_secret": "a secret that only both know",
        "scopes": ["profile", "email", "groups"], "factor_methods": ["mfa"],
    });
    let made = admin.post("/identity-providers", provider).await;
    assert_eq!((made.status.as_u16(), made.body["has_client_secret"].as_bool()), (201, Some(true)), "{made:?}");
    let provider = made.body["id"].as_str().unwrap().to_string();
    let client = json!({
        "client_id": "gemba", "client_secret": "a secret that only both know", "grant_types": ["authorization_code"],
        "redirect_uris": [format!("{address}/api/v1/auth/oidc/{provider}/callback")],
        "post_logout_redirect_uris": [address],
        "backchannel_logout_uri": format!("{address}/api/v1/auth/oidc/{provider}/back-channel-logout"),
        "backchannel_logout_session_required": true,
    });
    peer.control(json!({ "clients": [client] })).await;
    Joined { site, company, provider }
}

impl Joined {
    /// Signs in at the peer as this subject.
    async fn sign_in(&self, peer: &Peer, browser: &Browser<'_>, subject: &str) -> Answer {
        peer.cookies.lock().unwrap().clear();
        let start = browser.get(&format!("/auth/oidc/{}/start?login_hint={subject}&return_to=/lines", self.provider)).await;
        assert_eq!(start.status, 303, "{start:?}");
        let back = peer.follow(start.headers[LOCATION].to_str().unwrap()).await;
        let (_, path) = back.split_once("/api/v1").unwrap_or_else(|| panic!("{back}"));
        browser.get(path).await
    }
}

fn ines(groups: &[&str]) -> Value {
    json!({ "sub": "ines", "email": "ines@acme.example", "email_verified": true, "name": "Ines Kowalski", "groups": groups })
}

#[tokio::test]
async fn somebody_arrives_with_the_roles_of_their_groups_and_leaves_both_ways() {
    let Some(peer) = Peer::start() else { return };
    let joined = join(&peer).await;
    let (site, company) = (&joined.site, &joined.company);
    let admin = site.signed_in("admin@acme.example").await;
    let tested = admin.post(&format!("/identity-providers/{}/test", joined.provider), json!({})).await;
    assert_eq!(tested.body["usable"], true, "{tested:?}");
    for (group, role, plant) in [("one-planning", "planner", company.plants[0]), ("two-engineering", "engineer", company.plants[1])] {
        let mapped = json!({ "group": group, "role": role, "plant_id": plant });
        assert_eq!(admin.post(&format!("/identity-providers/{}/groups", joined.provider), mapped).await.status, 201);
    }

    // The first time: an account is made, with the role at the one plant.
    peer.control(json!({ "accounts": [ines(&["one-planning", "somebody-elses"])] })).await;
    let browser = site.browser();
    let arrived = joined.sign_in(&peer, &browser, "ines").await;
    assert_eq!((arrived.status.as_u16(), arrived.headers[LOCATION].to_str().unwrap()), (303, "/lines"), "{arrived:?}");
    let me = browser.get("/auth/me").await;
    assert_eq!((me.body["email"].as_str(), me.body["name"].as_str()), (Some("ines@acme.example"), Some("Ines Kowalski")));
    let grants = async || {
        let id = me.body["id"].as_str().unwrap();
        let listed = admin.get(&format!("/grants?user_id={id}")).await;
        let of = |grant: &Value| format!("{} {}", grant["role"].as_str().unwrap(), grant["plant_id"].as_str().unwrap_or("*"));
        listed.body["items"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(grants().await, [format!("planner {}", company.plants[0])]);
    let factor = site.look("select method, factor from sessions where method = 'provider'").await;
    assert_eq!(factor, [json!({ "method": "provider", "factor": "provider" })], "the provider's mfa counts as a second factor");

    // The next time with other groups, and after the provider changed its keys.
    peer.control(json!({ "accounts": [ines(&["two-engineering"])], "rotate": true })).await;
    site.clock.forward(31);
    let second = site.browser();
    assert_eq!(joined.sign_in(&peer, &second, "ines").await.status, 303);
    assert_eq!(second.get("/auth/me").await.body["id"], me.body["id"], "the same account");
    assert_eq!(grants().await, [format!("engineer {}", company.plants[1])]);

    // Out here, and there; the provider's word ends what began from its session.
    let csrf = second.get("/auth/me").await;
    assert!(csrf.body["csrf_token"].is_string());
    let elsewhere = site.browser();
    *elsewhere.cookies.lock().unwrap() = second.cookies.lock().unwrap().clone();
    let third = site.browser();
    let start = third.get(&format!("/auth/oidc/{}/start", joined.provider)).await;
    let back = peer.follow(start.headers[LOCATION].to_str().unwrap()).await;
    assert_eq!(third.get(back.split_once("/api/v1").unwrap().1).await.status, 303, "the session at the provider is enough");
    assert_eq!(third.get("/auth/me").await.status, 200);
    let out = second.post("/auth/logout", json!({})).await;
    assert_eq!(out.status, 200, "{out:?}");
    assert_eq!(second.get("/auth/me").await.code(), (401, "not_signed_in"));
    let page = peer.visit(Request::get(out.body["end_session_url"].as_str().unwrap()).body(Bytes::new()).unwrap()).await;
    let page = String::from_utf8_lossy(page.body()).into_owned();
    let secret = page.split("name=\"xsrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("{page}"));
    let confirm = Request::post(format!("{}/session/end/confirm", peer.address))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(format!("xsrf={secret}&logout=yes")))
        .unwrap();
    let gone = peer.visit(confirm).await;
    assert_eq!(gone.status(), 303, "{}", String::from_utf8_lossy(gone.body()));
    assert_eq!(third.get("/auth/me").await.code(), (401, "session_ended"), "the provider told that its session ended");
    let why = site.look("select ended_why from sessions where method = 'provider' and ended_at is not null order by ended_why").await;
    assert_eq!(why, [json!({ "ended_why": "provider_signed_out" }), json!({ "ended_why": "signed_out" })]);
    assert_eq!(browser.get("/auth/me").await.status, 200, "another session at the provider goes on");
}

#[tokio::test]
async fn an_account_is_handed_over_on_a_verified_address_in_a_confirmed_domain_only() {
    let Some(peer) = Peer::start() else { return };
    let joined = join(&peer).await;
    let site = &joined.site;
    let user = site.person(&joined.company, "ines", &[("planner", None)]).await;
    peer.control(json!({ "accounts": [ines(&[])] })).await;
    let refused = joined.sign_in(&peer, &site.browser(), "ines").await;
    assert_eq!(refused.code(), (403, "account_exists"), "nobody confirmed the domain");

    let admin = site.signed_in("admin@acme.example").await;
    let named = admin.post("/mail-domains", json!({ "domain": "acme.example", "provider_id": joined.provider })).await;
    assert_eq!(named.status, 201, "{named:?}");
    let ways = async || site.browser().post("/auth/start", json!({ "email": "whoever@ACME.example" })).await.body["providers"].clone();
    assert_eq!(ways().await, json!([]), "what is not confirmed leads nowhere");
    let database = site.database();
    let mut tx = database.begin(&identity::admin::caller(&site.identity, joined.company.id)).await.unwrap();
    identity::admin::confirm_domain(&mut tx, "acme.example").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ways().await[0]["name"], "Acme Login");

    peer.control(json!({ "accounts": [{ "sub": "mallory", "email": "ines@acme.example", "email_verified": false, "name": "M" }] })).await;
    assert_eq!(joined.sign_in(&peer, &site.browser(), "mallory").await.code(), (403, "address_missing"));
    peer.control(json!({ "accounts": [{ "sub": "mallory", "email": "ines@acme.example", "name": "M" }] })).await;
    assert_eq!(joined.sign_in(&peer, &site.browser(), "mallory").await.code(), (403, "account_exists"));

    let browser = site.browser();
    assert_eq!(joined.sign_in(&peer, &browser, "ines").await.status, 303);
    assert_eq!(browser.get("/auth/me").await.body["id"], user.to_string());
    let held = site.look(&format!("select built_in from grants where user_id = '{user}'")).await;
    assert_eq!(held, [json!({ "built_in": "planner" })], "what was given by hand stays");

    // Another organization cannot have the domain as well.
    let other = site.company("apex", false).await;
    let mut tx = database.begin(&identity::admin::caller(&site.identity, other.id)).await.unwrap();
    assert_eq!(identity::admin::confirm_domain(&mut tx, "acme.example").await.unwrap_err().code, "domain_taken");
    drop(tx);

    // Who was deactivated stays out, and who is unknown where accounts are not made by themselves.
    let closed = admin.post(&format!("/users/{user}/deactivate"), json!({})).await;
    assert_eq!(closed.status, 200, "{closed:?}");
    assert_eq!(joined.sign_in(&peer, &site.browser(), "ines").await.code(), (403, "account_deactivated"));
    let provider = format!("/identity-providers/{}", joined.provider);
    let etag = admin.get(&provider).await.etag();
    let change = admin.send(http::Method::PATCH, &provider, &[("if-match", &etag)], Some(json!({ "just_in_time": false }))).await;
    assert_eq!(change.status, 200, "{change:?}");
    peer.control(json!({ "accounts": [{ "sub": "new", "email": "new@acme.example", "email_verified": true, "name": "N" }] })).await;
    assert_eq!(joined.sign_in(&peer, &site.browser(), "new").await.code(), (403, "no_account"));
    assert_eq!(admin.post(&format!("{provider}/archive"), json!({})).await.status, 200);
    assert_eq!(site.browser().get(&format!("/auth/oidc/{}/start", joined.provider)).await.code(), (404, "not_found"));
}

#[tokio::test]
async fn nothing_of_the_provider_is_kept_or_shown_in_the_clear() {
    let Some(peer) = Peer::start() else { return };
    let joined = join(&peer).await;
    let site = &joined.site;
    peer.control(json!({ "accounts": [ines(&[])] })).await;
    let browser = site.browser();
    assert_eq!(joined.sign_in(&peer, &browser, "ines").await.status, 303);
    let admin = site.signed_in("admin@acme.example").await;
    let shown = admin.get("/identity-providers").await;
    let stored = site
        .look(
            "select t::text as row from (select p::text from oidc_providers p union all select o::text from session_origins o
        union all select e::text from audit_events e union all select c::text from gemba.ceremonies c) t",
        )
        .await;
    let text = format!("{}{}", shown.body, serde_json::to_string(&stored).unwrap());
    assert!(!text.contains("a secret that only both know") && !text.contains("eyJ"), "{text}");
    assert!(!stored.iter().any(|row| row["row"].as_str().unwrap().contains("Ines Kowalski")));
    assert_eq!(site.browser().sign_in("ines@acme.example", PASSWORD).await.code(), (401, "sign_in_failed"), "no password was made up");
}
