//! Where settings come from, in the order of their weight.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::table::{OTHER_VARIABLES, SETTINGS};

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "/etc/gemba/gemba.toml";

/// What settings are read from. The process's own environment is an argument, so that a test can have another.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file that the command line names.
    pub file: Option<PathBuf>,
    /// Variables.
    pub environment: BTreeMap<String, String>,
    /// What the command line sets: key, option, value.
    pub arguments: Vec<(&'static str, &'static str, String)>,
}

impl Sources {
    /// The environment of this process.
    pub fn of_this_process() -> Sources {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
            .filter(|(name, _)| name.starts_with("GEMBA_"))
            .collect();
        Sources { environment, ..Sources::default() }
    }

    /// All sources, the weightiest last, with what is wrong with their names.
    pub(super) fn merge(&self, wrong: &mut Vec<String>) -> Figment {
        let mut figment = Figment::new();
        if let Some(file) = self.chosen_file(wrong) {
            match std::fs::read_to_string(&file) {
                Ok(text) => figment = figment.merge(read_file(&file, &text, wrong)),
                Err(cause) => wrong.push(format!("{}: cannot be read: {cause}", file.display())),
            }
        }
        self.unknown_variables(wrong);
        for setting in SETTINGS {
            if let Some(value) = self.environment.get(setting.variable).filter(|value| !value.is_empty()) {
                figment = figment.merge(One { key: setting.key, value: value.clone(), source: setting.variable.to_owned() });
            }
        }
        for (key, option, value) in &self.arguments {
            figment = figment.merge(One { key, value: value.clone(), source: (*option).to_owned() });
        }
        figment
    }

    fn chosen_file(&self, wrong: &mut Vec<String>) -> Option<PathBuf> {
        let named = self.environment.get("GEMBA_CONFIG").filter(|name| !name.is_empty());
        let (file, by) = match (&self.file, named) {
            (Some(file), _) => (file.clone(), "--config"),
            (None, Some(file)) => (PathBuf::from(file), "GEMBA_CONFIG"),
            (None, None) => return Some(PathBuf::from(DEFAULT_FILE)).filter(|file| file.is_file()),
        };
        if file.is_file() {
            return Some(file);
        }
        wrong.push(format!("{by}: there is no file {}", file.display()));
        None
    }

    fn unknown_variables(&self, wrong: &mut Vec<String>) {
        let known = || SETTINGS.iter().map(|setting| setting.variable).chain(OTHER_VARIABLES.iter().copied());
        for name in self.environment.keys().filter(|name| !known().any(|known| known == *name)) {
            // Another program's variable may begin like ours; one that is nearly ours was meant for us.
            if let Some(meant) = nearest(name, known()) {
                wrong.push(format!("{name}: there is no such setting; did you mean {meant}?"));
            }
        }
    }
}

/// One value from a variable or an option.
struct One {
    key: &'static str,
    value: String,
    source: String,
}

impl Provider for One {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.source.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let nested = figment::util::nest(self.key, Value::from(self.value.clone()));
        Ok(Profile::Default.collect(nested.into_dict().unwrap_or_default()))
    }
}

/// The file's settings, less what nobody knows; a figment of its own, so that each value remembers the file.
fn read_file(file: &Path, text: &str, wrong: &mut Vec<String>) -> Figment {
    let shown = file.display().to_string();
    let parsed = Figment::from(Named { shown: shown.clone(), text: text.to_owned() });
    match parsed.data() {
        Ok(data) => {
            let dict = data.get(&Profile::Default).cloned().unwrap_or_default();
            unknown_keys("", &dict, &shown, wrong);
            parsed
        }
        Err(cause) => {
            let reason = cause.to_string();
            wrong.push(format!("{shown}: is not TOML: {}", reason.split(" in ").next().unwrap_or(&reason).replace('\n', " ").trim()));
            Figment::new()
        }
    }
}

struct Named {
    shown: String,
    text: String,
}

impl Provider for Named {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.shown.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Toml::string(&self.text).data()
    }
}

fn unknown_keys(prefix: &str, dict: &Dict, file: &str, wrong: &mut Vec<String>) {
    for (name, value) in dict {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        if SETTINGS.iter().any(|setting| setting.key == key) {
            continue;
        }
        let is_section = SETTINGS.iter().any(|setting| setting.key.starts_with(&format!("{key}.")));
        match value {
            Value::Dict(_, inner) if is_section => unknown_keys(&key, inner, file, wrong),
            _ if is_section => wrong.push(format!("{file}: '{key}' is a section: write [{key}] and its settings below")),
            _ => {
                let meant = nearest(&key, SETTINGS.iter().map(|setting| setting.key));
                let meant =
                    meant.map(|meant| format!("; did you mean '{meant}'?")).unwrap_or_else(|| "; `gemba config show` lists all".into());
                wrong.push(format!("{file}: there is no setting '{key}'{meant}"));
            }
        }
    }
}

/// The known name that was probably meant.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|known| (strsim::damerau_levenshtein(name, known), known)).min()?;
    (near.0 <= 3.max(name.len() / 5)).then_some(near.1)
}
