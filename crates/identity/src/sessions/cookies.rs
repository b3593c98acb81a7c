//! The cookies: a session's token, and the mark of a known device.
//!
//! Over https they carry the prefix `__Host-`, by which the browser itself refuses them from other hosts, other paths and plain http. Over
//! plain http, as on the machine where somebody tries Gemba, no browser keeps such a cookie everywhere; there the names have no prefix.
//!
//! **Invariant:** a cookie without the prefix counts only for requests over plain http, and there only from this machine itself, unless the
//! installation allows plain http by name.
//! **Invariant:** two cookies of the same name are one too many: neither counts.

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use platform::http::Client;

use crate::tokens::Token;

const SESSION: &str = "gemba_session";
const DEVICE: &str = "gemba_device";
const KEEPSAKE: &str = "gemba_sign_in";

/// How long somebody may take at an identity provider (s).
const KEEPSAKE_LIFE_S: i64 = 600;

/// How long a device is remembered (s): as long as browsers allow.
const DEVICE_LIFE_S: i64 = 400 * 86_400;

/// The session's token that the browser brings.
pub fn session(headers: &HeaderMap, way: Way) -> Option<Token> {
    Token::read(value(headers, &name(SESSION, way.https()?))?)
}

/// The mark of a known device that the browser brings.
pub fn device(headers: &HeaderMap, way: Way) -> Option<&str> {
    value(headers, &name(DEVICE, way.https()?))
}

/// What the browser keeps while its person is at an identity provider.
pub fn keepsake(headers: &HeaderMap, way: Way) -> Option<Token> {
    Token::read(value(headers, &name(KEEPSAKE, way.https()?))?)
}

/// Hands the browser a keepsake, or takes it back. Lax: it has to come along when another site, the provider, sends the browser back.
pub fn set_keepsake(headers: &mut HeaderMap, https: bool, keepsake: Option<&Token>) {
    let (text, life_s) = keepsake.map_or((String::new(), 0), |keepsake| (keepsake.text(), KEEPSAKE_LIFE_S));
    append_with(headers, https, KEEPSAKE, &text, Some(life_s), "Lax");
}

/// Hands the browser a session's token. It ends with the browser, or when the session does.
pub fn set_session(headers: &mut HeaderMap, https: bool, token: &Token) {
    append(headers, https, SESSION, &token.text(), None);
}

/// Takes the session's token from the browser.
pub fn clear_session(headers: &mut HeaderMap, https: bool) {
    append(headers, https, SESSION, "", Some(0));
}

/// Marks the browser as one that somebody has signed in with.
pub fn set_device(headers: &mut HeaderMap, https: bool, mark: &str) {
    append(headers, https, DEVICE, mark, Some(DEVICE_LIFE_S));
}

/// How a request came, as far as cookies are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Over https.
    Https,
    /// Over plain http, from this machine or with the installation's leave.
    Plain,
    /// Over plain http from elsewhere: whoever listens on the way would have the cookie, so none counts and none is given.
    Open,
}

impl Way {
    fn https(self) -> Option<bool> {
        match self {
            Way::Https => Some(true),
            Way::Plain => Some(false),
            Way::Open => None,
        }
    }

    /// Refuses to begin a session on a way that gives it away.
    ///
    /// # Errors
    /// 403 `https_required`.
    pub fn refuse_open(self) -> platform::Result<()> {
        if self != Way::Open {
            return Ok(());
        }
        let detail = "signing in from another machine needs https; whoever runs Gemba puts a proxy with TLS in front (http.public_url), or allows \
                      plain http (http.plain)";
        Err(platform::Error::new(platform::error::Kind::Forbidden, "https_required", detail))
    }
}

/// How the request of this client came.
pub fn way(client: &Client, settings: &crate::Settings) -> Way {
    if is_https(client, settings.https) {
        Way::Https
    } else if settings.plain_http || client.ip.is_none_or(|ip| ip.to_canonical().is_loopback()) {
        Way::Plain
    } else {
        Way::Open
    }
}

/// Whether the request came over https, so that cookies are `Secure`.
pub fn is_https(client: &Client, always: bool) -> bool {
    client.https || always
}

fn name(base: &str, https: bool) -> String {
    if https { format!("__Host-{base}") } else { base.into() }
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(each, _)| *each == name)
        .map(|(_, value)| value);
    let only = found.next()?;
    found.next().is_none().then_some(only)
}

fn append(headers: &mut HeaderMap, https: bool, base: &str, value: &str, life_s: Option<i64>) {
    append_with(headers, https, base, value, life_s, "Strict");
}

fn append_with(headers: &mut HeaderMap, https: bool, base: &str, value: &str, life_s: Option<i64>, same_site: &str) {
    let mut cookie = format!("{}={value}; Path=/; HttpOnly; SameSite={same_site}", name(base, https));
    if https {
        cookie.push_str("; Secure");
    }
    if let Some(life_s) = life_s {
        cookie.push_str(&format!("; Max-Age={life_s}"));
    }
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.append(SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cookie: &str, https: bool) -> bool {
        let headers = [(COOKIE, HeaderValue::from_str(cookie).unwrap())].into_iter().collect();
        session(&headers, if https { Way::Https } else { Way::Plain }).is_some()
    }

    #[test]
    fn a_cookie_counts_under_its_own_name_only_and_once() {
        let token = Token::new().unwrap().text();
        assert!(read(&format!("other=1; __Host-gemba_session={token}"), true));
        assert!(read(&format!("gemba_session={token}"), false));
        assert!(!read(&format!("gemba_session={token}"), true), "a planted cookie without prefix does not count over https");
        assert!(!read(&format!("__Host-gemba_session={token}"), false));
        assert!(!read(&format!("gemba_session={token}; gemba_session={token}"), false));
        assert!(!read("gemba_session=", false));
        let headers = [(COOKIE, HeaderValue::from_str(&format!("gemba_session={token}; __Host-gemba_session={token}")).unwrap())];
        assert_eq!(session(&headers.into_iter().collect(), Way::Open), None);
    }

    #[test]
    fn plain_http_is_for_this_machine_or_by_leave() {
        let mut settings = crate::Settings::new([1; 32]);
        let from = |ip: &str, https| Client { ip: ip.parse().ok(), request: platform::ids::RequestId(uuid::Uuid::nil()), https };
        for (ip, https, expected) in [
            ("127.0.0.1", false, Way::Plain),
            ("::1", false, Way::Plain),
            ("::ffff:127.0.0.1", false, Way::Plain),
            ("192.0.2.7", false, Way::Open),
            ("192.0.2.7", true, Way::Https),
        ] {
            assert_eq!(way(&from(ip, https), &settings), expected, "{ip} {https}");
        }
        settings.plain_http = true;
        assert_eq!(way(&from("192.0.2.7", false), &settings), Way::Plain);
    }

    #[test]
    fn cookies_are_locked_down() {
        let mut headers = HeaderMap::new();
        set_session(&mut headers, true, &Token::new().unwrap());
        let cookie = headers[SET_COOKIE].to_str().unwrap();
        assert!(cookie.starts_with("__Host-gemba_session="), "{cookie}");
        assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"), "{cookie}");
        assert!(!cookie.contains("Domain"));
    }
}
