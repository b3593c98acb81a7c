//! What labels and papers call things, in every language: words that are kept as codes in the database and read by people on paper.
//!
//! **Invariant:** what is not known here is printed as it is kept, never left out.

use platform::language::{Language, Words};

const STATUSES: &[(&str, Words)] = &[
    ("available", Words::new("available", "disponible", "verfügbar")),
    ("blocked", Words::new("blocked", "bloqueado", "gesperrt")),
    ("quarantine", Words::new("quarantine", "cuarentena", "Quarantäne")),
    ("consumed", Words::new("used up", "consumido", "verbraucht")),
    ("scrapped", Words::new("scrapped", "desechado", "verschrottet")),
    ("withdrawn", Words::new("withdrawn", "retirado", "zurückgenommen")),
];

const PLACES: &[(&str, Words)] = &[
    ("warehouse", Words::new("Warehouse", "Almacén", "Lager")),
    ("zone", Words::new("Zone", "Zona", "Zone")),
    ("bin", Words::new("Bin", "Ubicación", "Lagerplatz")),
    ("line_side", Words::new("Line side", "Pie de línea", "Linienplatz")),
    ("quarantine", Words::new("Quarantine", "Cuarentena", "Quarantäne")),
    ("dock", Words::new("Dock", "Muelle", "Rampe")),
];

/// The word for a code of a list; the code itself where the list does not have it.
pub fn word<'a>(list: &[(&str, Words)], code: &'a str, language: Language) -> &'a str {
    list.iter().find(|(known, _)| *known == code).map_or(code, |(_, words)| words.text(language))
}

/// Whether a lot or piece may be used, or what became of it: available, blocked, in quarantine, used up, scrapped.
pub fn status(code: &str, language: Language) -> &str {
    word(STATUSES, code, language)
}

/// What kind of place it is: a warehouse, a bin, the side of a line.
pub fn place(code: &str, language: Language) -> &str {
    word(PLACES, code, language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_and_kind_of_place_has_its_word_and_nothing_is_left_out() {
        // As the database writes them.
        for code in ["available", "blocked", "quarantine", "consumed", "scrapped", "withdrawn"] {
            assert!(STATUSES.iter().any(|(known, _)| *known == code), "{code}");
        }
        for code in ["warehouse", "zone", "bin", "line_side", "quarantine", "dock"] {
            assert!(PLACES.iter().any(|(known, _)| *known == code), "{code}");
        }
        assert_eq!((status("blocked", Language::De), status("blocked", Language::Es)), ("gesperrt", "bloqueado"));
        assert_eq!((place("dock", Language::De), status("new_status", Language::De)), ("Rampe", "new_status"));
    }
}
