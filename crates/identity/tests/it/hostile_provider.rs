//! An identity provider that lies, and answers that were not meant for who brings them.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{Method, Request};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::site::{Answer, Browser, Site};

/// What it says, and what it was asked.
#[derive(Clone)]
struct Hostile(Arc<Mutex<Said>>);

struct Said {
    address: String,
    /// Published.
    keys: Value,
    /// Given for every code.
    tokens: Value,
    /// Given for every access token.
    more: Value,
    codes_redeemed: usize,
    says_issuer: bool,
}

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_pkcs8(Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap().as_ref()).unwrap()
}

fn published(pair: &Ed25519KeyPair, kid: &str) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": kid, "x": URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()) })
}

fn signed(pair: &Ed25519KeyPair, header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes())))
}

impl Hostile {
    async fn start() -> Hostile {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let said = Said { address, keys: json!([]), tokens: Value::Null, more: Value::Null, codes_redeemed: 0, says_issuer: false };
        let hostile = Hostile(Arc::new(Mutex::new(said)));
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(async |State(hostile): State<Hostile>| {
                let said = hostile.0.lock().unwrap();
                let at = |path: &str| format!("{}/{path}", said.address);
                Json(json!({
                    "issuer": said.address, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"), "jwks_uri": at("keys"),
                    "userinfo_endpoint": at("more"), "authorization_response_iss_parameter_supported": said.says_issuer,
                }))
            }))
            .route("/keys", get(async |State(hostile): State<Hostile>| Json(json!({ "keys": hostile.0.lock().unwrap().keys }))))
            .route("/token", post(async |State(hostile): State<Hostile>| {
                let mut said = hostile.0.lock().unwrap();
                said.codes_redeemed += 1;
                Json(said.tokens.clone())
            }))
            .route("/more", get(async |State(hostile): State<Hostile>| Json(hostile.0.lock().unwrap().more.clone())))
            .with_state(hostile.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        hostile
    }

    fn address(&self) -> String {
        self.0.lock().unwrap().address.clone()
    }

    fn say(&self, change: impl FnOnce(&mut Said)) {
        change(&mut self.0.lock().unwrap());
    }
}

/// A company whose provider it is, and the key it signs with when it is honest.
struct Scene {
    site: Site,
    hostile: Hostile,
    provider: String,
    pair: Ed25519KeyPair,
}

/// Somebody's sign-in under way: what Gemba asked for.
struct UnderWay {
    state: String,
    nonce: String,
}

impl Scene {
    async fn new() -> Scene {
        let (site, hostile, pair) = (Site::new().await, Hostile::start().await, pair());
        hostile.say(|said| said.keys = json!([published(&pair, "one")]));
        site.company("acme", false).await;
        let provider = connect(&site, "Acme Login", &hostile.address()).await;
        Scene { site, hostile, provider, pair }
    }

    fn now(&self) -> i64 {
        platform::Clock::now(&*self.site.clock).as_second()
    }

    async fn begin(&self, browser: &Browser<'_>) -> UnderWay {
        let start = browser.get(&format!("/auth/oidc/{}/start", self.provider)).await;
        let location = url::Url::parse(start.headers[LOCATION].to_str().unwrap()).unwrap();
        let asked = |name: &str| location.query_pairs().find(|(each, _)| each == name).unwrap().1.into_owned();
        assert_eq!((asked("code_challenge_method"), asked("response_type")), ("S256".into(), "code".into()));
        UnderWay { state: asked("state"), nonce: asked("nonce") }
    }

    fn claims(&self, under_way: &UnderWay) -> Value {
        let now = self.now();
        json!({ "iss": self.hostile.address(), "aud": "gemba", "sub": "mallory", "nonce": under_way.nonce, "iat": now, "exp": now + 300,
            "email": "mallory@acme.example", "email_verified": true, "groups": [] })
    }

    fn give(&self, token: &str) {
        self.hostile.say(|said| said.tokens = json!({ "id_token": token, "access_token": "opaque", "token_type": "Bearer" }));
    }

    async fn come_back(&self, browser: &Browser<'_>, under_way: &UnderWay, more: &str) -> Answer {
        browser.get(&format!("/auth/oidc/{}/callback?code=abc&state={}{more}", self.provider, under_way.state)).await
    }
}

async fn connect(site: &Site, name: &str, issuer: &str) -> String {
    let admin = site.signed_in("admin@acme.example").await;
    let made = admin.post("/identity-providers", json!({ "name": name, "issuer": issuer, "client_id": "gemba" })).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.body["id"].as_str().unwrap().to_string()
}

fn honest() -> Value {
    json!({ "alg": "EdDSA", "kid": "one", "typ": "JWT" })
}

#[tokio::test]
async fn an_honest_answer_signs_in_once_and_only_in_the_browser_that_asked() {
    let scene = Scene::new().await;
    let browser = scene.site.browser();
    let under_way = scene.begin(&browser).await;
    scene.give(&signed(&scene.pair, &honest(), &scene.claims(&under_way)));
    let thief = scene.site.browser();
    assert_eq!(scene.come_back(&thief, &under_way, "").await.code(), (401, "sign_in_expired"), "the answer in another browser");
    assert_eq!(scene.come_back(&browser, &under_way, "").await.code(), (401, "sign_in_expired"), "and it is used up by the try");
    assert_eq!(scene.hostile.0.lock().unwrap().codes_redeemed, 0);

    let under_way = scene.begin(&browser).await;
    scene.give(&signed(&scene.pair, &honest(), &scene.claims(&under_way)));
    let before = browser.cookie("gemba_sign_in");
    assert_eq!(scene.come_back(&browser, &under_way, "").await.status, 303);
    assert_eq!(browser.get("/auth/me").await.body["email"], "mallory@acme.example");
    browser.cookies.lock().unwrap().push(("gemba_sign_in".into(), before.unwrap()));
    assert_eq!(scene.come_back(&browser, &under_way, "").await.code(), (401, "sign_in_expired"), "the same code and state again");
    assert_eq!(scene.hostile.0.lock().unwrap().codes_redeemed, 1);

    let under_way = scene.begin(&browser).await;
    scene.give(&signed(&scene.pair, &honest(), &scene.claims(&under_way)));
    scene.site.clock.forward(601);
    assert_eq!(scene.come_back(&browser, &under_way, "").await.code(), (401, "sign_in_expired"), "too late");
    let mut other = scene.begin(&browser).await;
    other.state = "made-up".into();
    assert_eq!(scene.come_back(&browser, &other, "").await.code(), (401, "sign_in_expired"));
}

#[tokio::test]
async fn a_statement_that_does_not_fit_is_refused() {
    let scene = Scene::new().await;
    let foreign = pair();
    let now = scene.now();
    let unsigned = |claims: &Value, alg: &str| {
        format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(json!({ "alg": alg, "kid": "one" }).to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        )
    };
    type Lie<'a> = Box<dyn Fn(&Value) -> String + 'a>;
    let with = |name: &'static str, value: Value| -> Lie<'_> {
        let pair = &scene.pair;
        Box::new(move |claims| {
            let mut claims = claims.clone();
            claims[name] = value.clone();
            signed(pair, &honest(), &claims)
        })
    };
    let headed = |header: Value| -> Lie<'_> {
        let pair = &scene.pair;
        Box::new(move |claims| signed(pair, &header, claims))
    };
    let public = URL_SAFE_NO_PAD.encode(scene.pair.public_key().as_ref());
    let lies: Vec<(&str, Lie<'_>)> = vec![
        ("alg none", Box::new(|claims| unsigned(claims, "none"))),
        ("alg None", Box::new(|claims| unsigned(claims, "None"))),
        ("no signature", Box::new(|claims| unsigned(claims, "EdDSA"))),
        (
            "the public key as a shared secret",
            Box::new(|claims| {
                let signed = format!(
                    "{}.{}",
                    URL_SAFE_NO_PAD.encode(json!({ "alg": "HS256", "kid": "one" }).to_string()),
                    URL_SAFE_NO_PAD.encode(claims.to_string())
                );
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, public.as_bytes());
                format!("{signed}.{}", URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, signed.as_bytes())))
            }),
        ),
        ("a forged kid", headed(json!({ "alg": "EdDSA", "kid": "../../dev/null" }))),
        ("another's key under the known kid", Box::new(|claims| signed(&foreign, &honest(), claims))),
        (
            "a key that it brings itself",
            Box::new(|claims| {
                signed(&foreign, &json!({ "alg": "EdDSA", "jwk": published(&foreign, "one"), "jku": "http://127.0.0.1:1/keys" }), claims)
            }),
        ),
        ("a demand that is not understood", headed(json!({ "alg": "EdDSA", "kid": "one", "crit": ["exp"] }))),
        ("another client", with("aud", json!("other"))),
        ("several clients without saying for which", with("aud", json!(["gemba", "other"]))),
        ("another party", with("azp", json!("other"))),
        ("another issuer", with("iss", json!("https://login.other.example"))),
        ("another nonce", with("nonce", json!("other"))),
        ("no nonce", with("nonce", Value::Null)),
        ("expired", with("exp", json!(now - 61))),
        ("from the future", with("iat", json!(now + 61))),
        ("nobody", with("sub", json!(""))),
        ("another access token", with("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA"))),
    ];
    for (name, lie) in lies {
        let browser = scene.site.browser();
        let under_way = scene.begin(&browser).await;
        scene.give(&lie(&scene.claims(&under_way)));
        assert_eq!(scene.come_back(&browser, &under_way, "").await.code(), (401, "statement_refused"), "{name}");
        assert_eq!(browser.get("/auth/me").await.code(), (401, "not_signed_in"), "{name}");
    }
    assert_eq!(scene.site.look("select 1 as n from users where email like 'mallory%'").await.len(), 0, "nobody was made");
    let noted = scene.site.look("select count(*) as n from audit_events where action = 'session.refused'").await;
    assert_eq!(noted[0]["n"], 18, "each is in the trail");
}

#[tokio::test]
async fn an_answer_of_another_provider_is_refused() {
    let scene = Scene::new().await;
    let browser = scene.site.browser();
    // RFC 9207: the answer says whose it is.
    let under_way = scene.begin(&browser).await;
    scene.give(&signed(&scene.pair, &honest(), &scene.claims(&under_way)));
    let mixed_up = scene.come_back(&browser, &under_way, "&iss=https%3A%2F%2Flogin.other.example").await;
    assert_eq!(mixed_up.code(), (401, "statement_refused"));
    assert_eq!(scene.hostile.0.lock().unwrap().codes_redeemed, 0, "the code was not given away");

    // What was begun for one provider does not end at another's address.
    let other = Hostile::start().await;
    let second = connect(&scene.site, "Other Login", &other.address()).await;
    let under_way = scene.begin(&browser).await;
    let crossed = browser.get(&format!("/auth/oidc/{second}/callback?code=abc&state={}", under_way.state)).await;
    assert_eq!(crossed.code(), (401, "sign_in_expired"));

    // A provider that promises to say whose its answers are, and does not.
    let honest_one = Hostile::start().await;
    honest_one.say(|said| said.says_issuer = true);
    let third = Scene { provider: connect(&scene.site, "Third Login", &honest_one.address()).await, hostile: honest_one, ..scene };
    let browser = third.site.browser();
    let under_way = third.begin(&browser).await;
    assert_eq!(third.come_back(&browser, &under_way, "").await.code(), (401, "statement_refused"));

    // One that calls itself otherwise than it was connected.
    let impostor = Hostile::start().await;
    let address = impostor.address();
    impostor.say(|said| said.address = "https://login.acme.example".into());
    let fourth = connect(&third.site, "Fourth Login", &address).await;
    assert_eq!(third.site.browser().get(&format!("/auth/oidc/{fourth}/start")).await.code(), (503, "provider_unreachable"));
}

#[tokio::test]
async fn what_is_told_beside_the_statement_is_of_the_same_person() {
    let scene = Scene::new().await;
    let browser = scene.site.browser();
    let under_way = scene.begin(&browser).await;
    let mut claims = scene.claims(&under_way);
    for name in ["email", "email_verified", "groups"] {
        claims.as_object_mut().unwrap().remove(name);
    }
    scene.give(&signed(&scene.pair, &honest(), &claims));
    scene.hostile.say(|said| said.more = json!({ "sub": "somebody else", "email": "admin@acme.example", "email_verified": true }));
    assert_eq!(scene.come_back(&browser, &under_way, "").await.code(), (401, "statement_refused"));
}

#[tokio::test]
async fn a_new_key_is_looked_for_and_a_made_up_one_not_without_end() {
    let scene = Scene::new().await;
    let browser = scene.site.browser();
    let newer = pair();
    let under_way = scene.begin(&browser).await;
    let header = json!({ "alg": "EdDSA", "kid": "two" });
    scene.hostile.say(|said| said.keys = json!([published(&scene.pair, "one"), published(&newer, "two")]));
    scene.give(&signed(&newer, &header, &scene.claims(&under_way)));
    assert_eq!(scene.come_back(&browser, &under_way, "").await.code(), (401, "statement_refused"), "it was asked a moment ago");
    scene.site.clock.forward(30);
    let under_way = scene.begin(&browser).await;
    scene.give(&signed(&newer, &header, &scene.claims(&under_way)));
    assert_eq!(scene.come_back(&browser, &under_way, "").await.status, 303);
}

#[tokio::test]
async fn a_word_about_the_end_of_a_session_has_to_be_one() {
    let scene = Scene::new().await;
    let browser = scene.site.browser();
    let under_way = scene.begin(&browser).await;
    let mut claims = scene.claims(&under_way);
    claims["sid"] = json!("s1");
    scene.give(&signed(&scene.pair, &honest(), &claims));
    assert_eq!(scene.come_back(&browser, &under_way, "").await.status, 303);

    let now = scene.now();
    let event = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    let word =
        json!({ "iss": scene.hostile.address(), "aud": "gemba", "iat": now, "exp": now + 120, "jti": "j1", "sid": "s1", "events": event });
    let header = json!({ "alg": "EdDSA", "kid": "one", "typ": "logout+jwt" });
    let say = async |token: String| {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/auth/oidc/{}/back-channel-logout", scene.provider))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(format!("logout_token={token}")))
            .unwrap();
        tower::ServiceExt::oneshot(scene.site.router(), request).await.unwrap().status().as_u16()
    };
    let changed = |name: &str, value: Value| {
        let mut word = word.clone();
        match value {
            Value::Null => drop(word.as_object_mut().unwrap().remove(name)),
            value => word[name] = value,
        }
        word
    };
    let foreign = pair();
    for (name, token) in [
        ("signed by another", signed(&foreign, &header, &word)),
        ("an identity token", signed(&scene.pair, &honest(), &claims)),
        ("with a nonce", signed(&scene.pair, &header, &changed("nonce", json!("n")))),
        ("about nothing", signed(&scene.pair, &header, &changed("events", json!({})))),
        ("about nobody", signed(&scene.pair, &header, &changed("sid", Value::Null))),
        ("for another client", signed(&scene.pair, &header, &changed("aud", json!("other")))),
        ("by another provider", signed(&scene.pair, &header, &changed("iss", json!("https://login.other.example")))),
        ("old", signed(&scene.pair, &header, &changed("iat", json!(now - 301)))),
        ("without a number", signed(&scene.pair, &header, &changed("jti", Value::Null))),
        ("of another kind", signed(&scene.pair, &json!({ "alg": "EdDSA", "kid": "one", "typ": "at+jwt" }), &word)),
    ] {
        assert_eq!(say(token).await, 400, "{name}");
        assert_eq!(browser.get("/auth/me").await.status, 200, "{name}");
    }
    let token = signed(&scene.pair, &header, &word);
    assert_eq!(say(token.clone()).await, 200);
    assert_eq!(browser.get("/auth/me").await.code(), (401, "session_ended"));
    assert_eq!(say(token).await, 400, "the same word again");
}

#[tokio::test]
async fn nobody_maps_a_group_to_more_than_they_may_give() {
    let scene = Scene::new().await;
    let site = &scene.site;
    let path = format!("/identity-providers/{}/groups", scene.provider);
    let admin = site.signed_in("admin@acme.example").await;
    let global = admin.post(&path, json!({ "group": "root", "role": "global_admin" })).await;
    assert_eq!(global.code(), (403, "beyond_own_rights"));
    let other = site.company("apex", false).await;
    let foreign = admin.post(&path, json!({ "group": "g", "role": "planner", "plant_id": other.plants[0] })).await;
    assert_eq!(foreign.code(), (404, "not_found"));
    let stranger = site.signed_in("admin@apex.example").await;
    assert_eq!(stranger.get(&path).await.code(), (404, "not_found"));
    assert_eq!(stranger.post(&path, json!({ "group": "g", "role": "planner" })).await.code(), (404, "not_found"));
    let mapped = admin.post(&path, json!({ "group": "g", "role": "planner" })).await;
    assert_eq!(mapped.status, 201, "{mapped:?}");
    assert_eq!(admin.post(&path, json!({ "group": "g", "role": "planner" })).await.code(), (409, "mapped_already"));
    assert_eq!(admin.delete(&format!("{path}/{}", mapped.body["id"].as_str().unwrap())).await.status, 204);
}
