//! The settings as a person may see them: with where each came from, and without secrets.

use super::Settings;
use super::table::{Setting, Shape};

/// One setting, as read.
#[derive(Clone)]
pub struct Shown {
    /// Which.
    pub setting: &'static Setting,
    pub(super) text: String,
    /// Where it came from: a variable, an option, a file, `default`.
    pub source: String,
}

impl Shown {
    /// What may be shown of its value; empty for none.
    pub fn value(&self) -> String {
        masked(self.setting, &self.text)
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} = {} ({})", self.setting.key, self.value(), self.source)
    }
}

impl Settings {
    /// Every setting, in the order of the table.
    pub fn show(&self) -> &[Shown] {
        &self.shown
    }
}

/// A value without what must not be shown: of a database's address the host and name stay, of a password nothing.
pub(super) fn masked(setting: &Setting, text: &str) -> String {
    match setting.shape {
        _ if text.is_empty() => String::new(),
        Shape::Password | Shape::Key | Shape::Secret => "********".into(),
        Shape::DatabaseUrl => masked_url(text),
        _ => text.to_owned(),
    }
}

/// Only what is known to be harmless is shown: a secret may stand anywhere in an address.
fn masked_url(text: &str) -> String {
    use tokio_postgres::config::Host;
    let Ok(config) = crate::database::tls::Target::parse(text) else { return "********".into() };
    let config = config.config;
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        })
        .collect();
    let user = config.get_user().map(|user| format!("{user}:********@")).unwrap_or_default();
    let port = config.get_ports().first().map(|port| format!(":{port}")).unwrap_or_default();
    format!("postgres://{user}{}{port}/{}", hosts.join(","), config.get_dbname().unwrap_or_default())
}
