//! The languages in which we speak to people, and how numbers and lists read in each.
//!
//! Every text stands where it is used, in all three languages side by side: [`Language::of`] picks one of three, [`crate::say!`] fills one in. A text
//! that is missing in a language, or that forgets a value, does not compile.
//!
//! **Invariant:** names from the workbook are never translated.

use serde::{Deserialize, Serialize};

use crate::figures;

/// The language of sentences, headings and numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Spanish; numbers as in Mexico and Central America (`1,234.5`).
    #[serde(rename = "es")]
    Spanish,
    /// German; numbers as `1.234,5`.
    #[serde(rename = "de")]
    German,
}

/// A sentence in the language of the first argument: `say!(language, "English", "Spanish", "German", values…)`, each text as in [`format!`].
#[macro_export]
macro_rules! say {
    ($language:expr, $english:literal, $spanish:literal, $german:literal $(, $value:expr)* $(,)?) => {
        match $language {
            $crate::Language::English => format!($english $(, $value)*),
            $crate::Language::Spanish => format!($spanish $(, $value)*),
            $crate::Language::German => format!($german $(, $value)*),
        }
    };
}

impl Language {
    /// All languages.
    pub const ALL: [Language; 3] = [Language::English, Language::Spanish, Language::German];

    /// This language's text of three: English, Spanish, German.
    pub fn of<'a>(self, texts: &[&'a str; 3]) -> &'a str {
        texts[self as usize]
    }

    /// Its tag, e.g. `de`.
    pub fn tag(self) -> &'static str {
        self.of(&["en", "es", "de"])
    }

    /// Units; see [`figures::units`].
    pub fn units(self, value: f64) -> String {
        let text = figures::units(value);
        match text.strip_prefix("under ") {
            Some(number) => format!("{} {}", self.of(&["under", "menos de", "unter"]), self.number(number.to_owned())),
            None => self.number(text),
        }
    }

    /// Hours; see [`figures::hours`].
    pub fn hours(self, value: f64) -> String {
        self.number(figures::hours(value))
    }

    /// A percentage; see [`figures::percent`].
    pub fn percent(self, value: f64) -> String {
        self.number(figures::percent(value))
    }

    /// A quantity; see [`figures::quantity`].
    pub fn quantity(self, value: f64) -> String {
        self.number(figures::quantity(value))
    }

    /// A whole number; see [`figures::whole`].
    pub fn whole(self, value: f64) -> String {
        self.number(figures::whole(value))
    }

    /// A number written in English, as this language writes it.
    pub fn number(self, english: String) -> String {
        match self {
            Language::English | Language::Spanish => english,
            Language::German => english
                .chars()
                .map(|c| {
                    if c == ',' {
                        '.'
                    } else if c == '.' {
                        ','
                    } else {
                        c
                    }
                })
                .collect(),
        }
    }

    /// A count with its noun, given for one and for several: `1 line`, `2 líneas`.
    pub fn counted(self, count: usize, one: [&str; 3], several: [&str; 3]) -> String {
        format!("{} {}", self.whole(count as f64), self.of(if count == 1 { &one } else { &several }))
    }

    /// Units with their noun: `1 unit`, `1,200 unidades`.
    pub fn unit_count(self, value: f64) -> String {
        let one = (value - 1.0).abs() < 1e-6;
        let noun = if one { ["unit", "unidad", "Stück"] } else { ["units", "unidades", "Stück"] };
        format!("{} {}", self.units(value), self.of(&noun))
    }

    /// `A, B and C`; from more than `most` names on, the rest as a number.
    pub fn list<S: AsRef<str>>(self, names: &[S], most: usize) -> String {
        let hidden = if names.len() > most { names.len() - most.saturating_sub(1).max(1) } else { 0 };
        let mut parts: Vec<String> = names[..names.len() - hidden].iter().map(|name| name.as_ref().to_owned()).collect();
        if hidden > 0 {
            parts.push(format!("{} {}", self.whole(hidden as f64), self.of(&["others", "más", "weitere"])));
        }
        match parts.split_last() {
            None => String::new(),
            Some((last, [])) => last.clone(),
            Some((last, rest)) => {
                let and = match self {
                    // Before the sound of i, `y` becomes `e`.
                    Language::Spanish if last.to_lowercase().starts_with(['i', 'í']) => "e",
                    _ => self.of(&["and", "y", "und"]),
                };
                format!("{} {and} {last}", rest.join(", "))
            }
        }
    }

    /// What a weight is counted in: a word of ours in the document, or a currency.
    pub fn weight_unit(self, unit: &str) -> &str {
        match unit {
            "standard hours" => self.of(&["standard hours", "horas estándar", "Standardstunden"]),
            "units" => self.of(&["units", "unidades", "Stück"]),
            "money" => self.of(&["money", "dinero", "Geld"]),
            currency => currency,
        }
    }

    /// The name of a stage of the objective, which the document has in English.
    pub fn stage(self, name: &str) -> String {
        let (stem, tier) = name.split_once(", tier ").map_or((name, None), |(stem, tier)| (stem, Some(tier)));
        let text = STAGES.iter().find(|texts| texts[0] == stem).map_or(stem, |texts| self.of(texts));
        match tier {
            Some(tier) => format!("{text}, {} {tier}", self.of(&["tier", "nivel", "Stufe"])),
            None => text.to_owned(),
        }
    }
}

/// Every stage of the objective that a plan can name.
const STAGES: [[&str; 3]; 12] = [
    ["unmet weight", "peso no atendido", "fehlendes Gewicht"],
    ["highest utilisation (%)", "utilización más alta (%)", "höchste Auslastung (%)"],
    ["overtime (h)", "horas extra (h)", "Überstunden (h)"],
    [
        "hours off the preferred line (h × priority steps)",
        "horas fuera de la línea preferida (h × pasos de prioridad)",
        "Stunden abseits der bevorzugten Linie (h × Prioritätsstufen)",
    ],
    [
        "hours changed against the released plan",
        "horas que cambian frente al plan liberado",
        "Stunden, die sich gegenüber dem freigegebenen Plan ändern",
    ],
    ["cost of longer shifts", "costo de turnos más largos", "Kosten längerer Schichten"],
    ["opening cost", "costo de apertura", "Eröffnungskosten"],
    ["overtime hours", "horas extra", "Überstunden"],
    ["changeover hours", "horas de cambio", "Rüststunden"],
    [
        "lines not evened out, being too many (lines × periods)",
        "líneas sin equilibrar, por ser demasiadas (líneas × periodos)",
        "nicht ausgeglichene Linien, weil es zu viele sind (Linien × Zeiträume)",
    ],
    ["models assigned to lines", "modelos asignados a líneas", "Modelle auf Linien"],
    [
        "stock at the ends of periods (h of work)",
        "existencias al final de los periodos (h de trabajo)",
        "Bestand am Ende der Zeiträume (h Arbeit)",
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lists_read_as_each_language_writes_them() {
        let [en, es, de] = Language::ALL;
        assert_eq!([en.units(1_234.0), es.units(1_234.0), de.units(1_234.0)], ["1,234", "1,234", "1.234"]);
        assert_eq!([en.percent(94.25), es.percent(94.25), de.percent(94.25)], ["94.2", "94.2", "94,2"]);
        assert_eq!([en.units(0.05), es.units(0.05), de.units(0.05)], ["under 0.1", "menos de 0.1", "unter 0,1"]);
        assert_eq!(es.list(&["SMT", "ICT"], 3), "SMT e ICT");
        assert_eq!(de.list(&["A", "B", "C", "D"], 3), "A, B und 2 weitere");
        assert_eq!(en.list(&["A", "B", "C", "D"], 3), figures::list(&["A", "B", "C", "D"], 3));
        assert_eq!(de.counted(1, ["line", "línea", "Linie"], ["lines", "líneas", "Linien"]), "1 Linie");
        assert_eq!(say!(es, "{0} of {1}", "{0} de {1}", "{0} von {1}", 3, "radio"), "3 de radio");
    }

    #[test]
    fn stages_are_known_with_and_without_a_tier() {
        assert_eq!(Language::German.stage("unmet weight, tier 2"), "fehlendes Gewicht, Stufe 2");
        assert_eq!(Language::Spanish.stage("overtime (h)"), "horas extra (h)");
        assert_eq!(Language::English.stage("something new"), "something new");
    }
}
