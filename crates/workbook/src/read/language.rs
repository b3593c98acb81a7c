//! Which language the planner writes in, told by the words of sheets and columns that were understood.
//!
//! **Invariant:** only words that one of the languages has alone are counted; English where none or as many of another are found.

use line_plan::Language;

use super::RecognisedSheet;
use super::fold::words;

/// Stems as headings have them, without accents and plural s; sorted.
const ENGLISH: [&str; 33] = [
    "active",
    "annual",
    "available",
    "calendar",
    "changeover",
    "compatibilitie",
    "compatibility",
    "customer",
    "cycle",
    "day",
    "demand",
    "efficiency",
    "family",
    "hour",
    "line",
    "lot",
    "model",
    "month",
    "operating",
    "overtime",
    "period",
    "piece",
    "plant",
    "priority",
    "program",
    "quantity",
    "routing",
    "shift",
    "step",
    "time",
    "volume",
    "weight",
    "yield",
];
const SPANISH: [&str; 33] = [
    "activa",
    "activo",
    "anual",
    "calendario",
    "cambio",
    "cantidad",
    "ciclo",
    "cliente",
    "compatibilidade",
    "demanda",
    "dia",
    "disponible",
    "eficiencia",
    "familia",
    "hora",
    "lado",
    "linea",
    "modelo",
    "nombre",
    "operacion",
    "periodo",
    "peso",
    "pieza",
    "planta",
    "prioridad",
    "produccion",
    "producto",
    "programa",
    "rendimiento",
    "tiempo",
    "turno",
    "volumen",
    "volumene",
];
const GERMAN: [&str; 33] = [
    "aktiv",
    "ausbeute",
    "bedarf",
    "bereich",
    "bereiche",
    "betriebstage",
    "effizienz",
    "familie",
    "gewicht",
    "jahresmenge",
    "kalender",
    "kompatibilitat",
    "kompatibilitaten",
    "kunde",
    "linie",
    "linien",
    "menge",
    "mengen",
    "modell",
    "modelle",
    "nutzen",
    "periode",
    "prioritat",
    "programm",
    "rusten",
    "schicht",
    "stuck",
    "stunden",
    "stundenzahl",
    "taktzeit",
    "werk",
    "zeit",
    "zykluszeit",
];

/// The language that most of the words belong to.
pub(super) fn language(sheets: &[RecognisedSheet]) -> Language {
    let mut counts = [0; 3];
    for sheet in sheets.iter().filter(|sheet| sheet.meaning.is_some()) {
        let headings = sheet.columns.iter().filter(|column| column.meaning.is_some()).map(|column| column.heading.as_str());
        for word in headings.chain([sheet.sheet.as_str()]).flat_map(words) {
            for (count, known) in counts.iter_mut().zip([&ENGLISH, &SPANISH, &GERMAN]) {
                *count += usize::from(known.binary_search(&word.stem.as_str()).is_ok());
            }
        }
    }
    let [english, spanish, german] = counts;
    match () {
        () if german > spanish.max(english) => Language::German,
        () if spanish > english => Language::Spanish,
        () => Language::English,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_share_no_word() {
        for list in [&ENGLISH, &SPANISH, &GERMAN] {
            assert!(list.is_sorted());
        }
        assert!(ENGLISH.iter().all(|word| !SPANISH.contains(word) && !GERMAN.contains(word)));
        assert!(SPANISH.iter().all(|word| !GERMAN.contains(word)));
    }
}
