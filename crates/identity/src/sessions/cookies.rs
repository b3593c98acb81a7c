//! The cookies: a session's token, and the mark of a known device.
//!
//! Over https they carry the prefix `__Host-`, by which the browser itself refuses them from other hosts, other paths and plain http. Over
//! plain http, as on the machine where somebody tries Gemba, no browser keeps such a cookie everywhere; there the names have no prefix.
//!
//! **Invariant:** a cookie without the prefix counts only for requests over plain http.
//! **Invariant:** two cookies of the same name are one too many: neither counts.

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use platform::http::Client;

use crate::tokens::Token;

const SESSION: &str = "gemba_session";
const DEVICE: &str = "gemba_device";

/// How long a device is remembered (s): as long as browsers allow.
const DEVICE_LIFE_S: i64 = 400 * 86_400;

/// The session's token that the browser brings.
pub fn session(headers: &HeaderMap, https: bool) -> Option<Token> {
    Token::read(value(headers, &name(SESSION, https))?)
}

/// The mark of a known device that the browser brings.
pub fn device(headers: &HeaderMap, https: bool) -> Option<&str> {
    value(headers, &name(DEVICE, https))
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
    let mut cookie = format!("{}={value}; Path=/; HttpOnly; SameSite=Strict", name(base, https));
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
        session(&headers, https).is_some()
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
