//! The languages that Gemba speaks to people, and what is said in all of them.
//!
//! **Invariant:** words exist in every language or not at all: there is no falling back within a sentence.

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;
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
    /// Every language.
    pub const ALL: [Language; 3] = [Language::En, Language::Es, Language::De];

    /// The language in which somebody wants to be answered: the one asked for, else the one that `Accept-Language` (RFC 9110 12.5.4) likes best of those
    /// there are; none where neither says any.
    pub fn of_request(asked: Option<Language>, headers: &HeaderMap) -> Option<Language> {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let liked = accepted.split(',').filter_map(|range| {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let (tag, quality) = (tag.trim().to_ascii_lowercase(), parameters.trim().strip_prefix("q="));
            let quality = quality.map_or(Some(1.0), |quality| quality.trim().parse::<f64>().ok())?;
            let primary = tag.split('-').next().unwrap_or_default();
            let language = Language::ALL.into_iter().find(|language| language.tag() == primary)?;
            (quality > 0.0).then_some((language, quality))
        });
        // Of two that are liked as much the one that is named first.
        let best =
            liked.fold(None::<(Language, f64)>, |best, next| if best.is_none_or(|best| next.1 > best.1) { Some(next) } else { best });
        asked.or(best.map(|(language, _)| language))
    }

    /// A number as programs write it, with the signs of this language: German has a decimal comma; English has a point, and so has the Spanish of
    /// Mexico.
    pub fn number(self, plain: &str) -> String {
        match self {
            Language::En | Language::Es => plain.to_owned(),
            Language::De => plain.replace('.', ","),
        }
    }

    /// The same, with its digits before the decimal sign in groups of three: 12,345.6 and 12.345,6.
    pub fn grouped(self, plain: &str) -> String {
        let (group, decimal) = if self == Language::De { ('.', ',') } else { (',', '.') };
        let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |digits| ("-", digits));
        let (whole, rest) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
        let mut grouped = sign.to_owned();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                grouped.push(group);
            }
            grouped.push(digit);
        }
        if let Some(rest) = rest {
            grouped.push(decimal);
            grouped.push_str(rest);
        }
        grouped
    }

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
    fn long_numbers_are_read_in_groups() {
        let of = |plain: &str| [Language::En, Language::Es, Language::De].map(|language| language.grouped(plain));
        assert_eq!(of("1234567.5"), ["1,234,567.5", "1,234,567.5", "1.234.567,5"]);
        assert_eq!(of("-123456"), ["-123,456", "-123,456", "-123.456"]);
        assert_eq!(of("999"), ["999", "999", "999"]);
    }

    #[test]
    fn the_language_is_the_one_asked_for_else_the_one_liked_best_of_those_there_are() {
        let of = |accepted: &'static str, asked: Option<Language>| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, http::HeaderValue::from_static(accepted));
            Language::of_request(asked, &headers)
        };
        for (accepted, wanted) in [
            ("de-CH,de;q=0.9,en;q=0.8", Language::De),
            ("fr, es;q=0.4, de;q=0.7", Language::De),
            ("en;q=0, es", Language::Es),
            ("ES-mx", Language::Es),
        ] {
            assert_eq!(of(accepted, None), Some(wanted), "{accepted}");
        }
        for nothing in ["*", "de;q=much", ";;,=,", "fr, pt", "de;q=0", ""] {
            assert_eq!(of(nothing, None), None, "{nothing}");
        }
        assert_eq!(of("de", Some(Language::Es)), Some(Language::Es));
        assert_eq!(Language::of_request(None, &HeaderMap::new()), None);
        assert_eq!((Language::De.number("12.5"), Language::Es.number("12.5")), ("12,5".into(), "12.5".into()));
    }

    #[test]
    fn whoever_speaks_another_language_is_spoken_to_in_english() {
        assert_eq!(
            [Language::of("es-MX"), Language::of("de"), Language::of("pt-BR"), Language::of("")],
            [Language::Es, Language::De, Language::En, Language::En]
        );
    }
}
