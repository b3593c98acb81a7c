//! `gemba config show`: every setting, where it comes from, what it is for.

use crate::arguments::installation::ShowRequest;
use crate::commands::running;
use crate::files;
use crate::outcome::{Failure, Outcome};

/// Shows the settings, secrets masked.
///
/// # Errors
/// Everything that is wrong with them.
pub fn show(request: &ShowRequest) -> Result<Outcome, Failure> {
    let settings = running::settings(request.from.config.as_deref(), Vec::new())?;
    if request.json {
        let all: Vec<_> = settings
            .show()
            .iter()
            .map(|shown| {
                let setting = shown.setting;
                serde_json::json!({
                    "key": setting.key, "variable": setting.variable, "value": shown.value(), "source": shown.source,
                    "expected": setting.shape.words(), "meaning": setting.meaning,
                })
            })
            .collect();
        let text = serde_json::to_string_pretty(&all).map_err(|cause| Failure::refused(cause.to_string()))?;
        return files::print(&format!("{text}\n"));
    }
    let widest = |of: fn(&platform::settings::Shown) -> usize| settings.show().iter().map(of).max().unwrap_or_default();
    let key = widest(|shown| shown.setting.key.len());
    let variable = widest(|shown| shown.setting.variable.len());
    let mut text = String::new();
    for shown in settings.show() {
        let value = shown.value();
        let value = if value.is_empty() { "-".to_owned() } else { value };
        text.push_str(&format!("{:key$}  {:variable$}  {value}  ({})\n", shown.setting.key, shown.setting.variable, shown.source));
        text.push_str(&format!("{:key$}  {}\n", "", shown.setting.meaning));
    }
    files::print(&text)
}
