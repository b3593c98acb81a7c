//! The languages that Gemba speaks to people, and what is said in all of them.
//!
//! **Invariant:** words exist in every language or not at all: there is no falling back within a sentence.

use utoipa::ToSchema;

/// A language that Gemba speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English; also for whoever speaks none of the others.
    #[default]
    En,
    /// Spanish.
    Es,
    /// German.
    De,
}

impl Language {
    /// The language of a locale such as `es` or `de-CH`.
    pub fn of(locale: &str) -> Language {
        match locale.get(..2) {
            Some("es") => Language::Es,
            Some("de") => Language::De,
            _ => Language::En,
        }
    }

    /// As BCP 47 writes it.
    pub fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Es => "es",
            Language::De => "de",
        }
    }
}

/// One thing said in every language. `{name}` stands for what is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// In English.
    pub en: &'static str,
    /// In Spanish.
    pub es: &'static str,
    /// In German.
    pub de: &'static str,
}

impl Words {
    /// The same thing in English, Spanish and German.
    pub const fn new(en: &'static str, es: &'static str, de: &'static str) -> Words {
        Words { en, es, de }
    }

    /// In one language.
    pub fn text(self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Es => self.es,
            Language::De => self.de,
        }
    }

    /// In one language, filled in. What is filled in is never looked through for further places.
    pub fn fill(self, language: Language, with: &[(&str, &str)]) -> String {
        let mut rest = self.text(language);
        let mut filled = String::with_capacity(rest.len() + 64);
        while let Some((before, behind)) = rest.split_once('{') {
            filled.push_str(before);
            match behind.split_once('}') {
                Some((name, after)) => {
                    filled.push_str(with.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
                    rest = after;
                }
                None => {
                    filled.push('{');
                    rest = behind;
                }
            }
        }
        filled + rest
    }

    /// The names that are filled in, in the order of each language.
    pub fn places(self) -> [Vec<&'static str>; 3] {
        [self.en, self.es, self.de].map(|text| {
            let behind = text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name);
            let mut names: Vec<&str> = behind.collect();
            names.sort_unstable();
            names
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_filled_once_and_what_fills_it_is_left_alone() {
        let words = Words::new("{who} changed {what}", "{who} cambió {what}", "{who} hat {what} geändert");
        assert_eq!(words.fill(Language::De, &[("who", "Ana"), ("what", "{who}")]), "Ana hat {who} geändert");
        assert_eq!(words.fill(Language::En, &[("who", "Ana")]), "Ana changed ");
        assert_eq!(Words::new("a { b", "", "").fill(Language::En, &[]), "a { b");
    }

    #[test]
    fn whoever_speaks_another_language_is_spoken_to_in_english() {
        assert_eq!(
            [Language::of("es-MX"), Language::of("de"), Language::of("pt-BR"), Language::of("")],
            [Language::Es, Language::De, Language::En, Language::En]
        );
    }
}
