//! What the papers of the shop floor say, in every language.
//!
//! **Invariant:** a code that is not known here is printed as it is kept, never left out.

use inventory::words::word;
use platform::language::{Language, Words};

const ORDER_TYPES: &[(&str, Words)] = &[
    ("make", Words::new("Make", "Fabricación", "Fertigung")),
    ("rework", Words::new("Rework", "Retrabajo", "Nacharbeit")),
    ("scrap", Words::new("Scrap", "Desecho", "Verschrottung")),
];

const ORDER_STATUSES: &[(&str, Words)] = &[
    ("planned", Words::new("Planned", "Planificada", "Geplant")),
    ("released", Words::new("Released", "Liberada", "Freigegeben")),
    ("running", Words::new("Running", "En curso", "Läuft")),
    ("paused", Words::new("Paused", "En pausa", "Unterbrochen")),
    ("completed", Words::new("Completed", "Terminada", "Fertig")),
    ("closed", Words::new("Closed", "Cerrada", "Abgeschlossen")),
    ("cancelled", Words::new("Cancelled", "Cancelada", "Storniert")),
];

/// What an order is for: making, rework, scrap.
pub(super) fn order_type(code: &str, language: Language) -> &str {
    word(ORDER_TYPES, code, language)
}

/// Where an order stands.
pub(super) fn order_status(code: &str, language: Language) -> &str {
    word(ORDER_STATUSES, code, language)
}

/// Everything else that is printed, by name; `ALL` is for the tests.
macro_rules! words {
    ($($name:ident: $en:literal, $es:literal, $de:literal;)*) => {
        $(pub(super) const $name: Words = Words::new($en, $es, $de);)*
        #[cfg(test)]
        pub(super) const ALL: &[Words] = &[$($name),*];
    };
}

words! {
    PRINTED: "printed", "impreso", "gedruckt";
    TRAVELLER: "Traveller", "Hoja de ruta", "Laufkarte";
    ITEM: "Item", "Artículo", "Artikel";
    NAME: "Name", "Nombre", "Name";
    QUANTITY: "Quantity", "Cantidad", "Menge";
    UNIT: "Unit", "Unidad", "Einheit";
    DUE: "Due", "Entrega", "Fällig";
    PRIORITY: "Priority", "Prioridad", "Priorität";
    TYPE: "Type", "Tipo", "Art";
    STATUS: "Status", "Estado", "Status";
    LOT: "Lot", "Lote", "Charge";
    BILL: "Bill of material", "Lista de materiales", "Stückliste";
    ROUTING: "Routing", "Ruta", "Arbeitsplan";
    MATERIAL: "Material", "Material", "Material";
    TAKEN: "taken as units are reported", "se descuenta al notificar", "wird beim Melden abgebucht";
    BY_SCAN: "issued by scan", "se entrega por escaneo", "wird gescannt";
    PRODUCTION_ORDER: "Production order", "Orden de producción", "Produktionsauftrag";
    CUSTOMER: "Customer", "Cliente", "Kunde";
    RELEASED: "Released", "Liberada", "Freigegeben";
    OPERATIONS: "Operations", "Operaciones", "Arbeitsgänge";
    STEP: "Step", "Paso", "Schritt";
    OPERATION: "Operation", "Operación", "Arbeitsgang";
    LINE: "Line", "Línea", "Linie";
    PLANNED: "Planned", "Previsto", "Geplant";
    SCAN: "Scan", "Código", "Code";
    GOOD: "Good", "Buenas", "Gut";
    SCRAP: "Scrap", "Desecho", "Ausschuss";
    INITIALS: "Initials", "Firma", "Zeichen";
    COMPONENTS: "Components", "Componentes", "Material";
    POSITION: "Pos.", "Pos.", "Pos.";
    WHERE: "Where", "Dónde", "Wo";
    TICK: "OK", "OK", "OK";
    COMES_OUT: "{name} (comes out)", "{name} (se obtiene)", "{name} (entsteht)";
    RELEASED_BY: "Released by, date", "Liberada por, fecha", "Freigegeben von, Datum";
    COMPLETED_BY: "Completed by, date", "Terminada por, fecha", "Fertig gemeldet von, Datum";
    AS_BUILT: "As-built record", "Registro de fabricación", "Fertigungsnachweis";
    SERIAL: "Serial number", "Número de serie", "Seriennummer";
    GTIN: "GTIN", "GTIN", "GTIN";
    PLACE: "Where it is", "Dónde está", "Wo es liegt";
    ORDER: "Order", "Orden", "Auftrag";
    RECORDED: "Recorded", "Registrado", "Erfasst";
    MADE: "Made", "Fabricado", "Gefertigt";
    FROM: "From", "Desde", "Von";
    TO: "To", "Hasta", "Bis";
    BY: "By", "Por", "Durch";
    CHECKED: "Checked", "Verificado", "Geprüft";
    VALUE: "Value", "Valor", "Wert";
    LIMITS: "Limits", "Límites", "Grenzen";
    LEAST: "min. {value}", "mín. {value}", "min. {value}";
    MOST: "max. {value}", "máx. {value}", "max. {value}";
    RESULT: "Result", "Resultado", "Ergebnis";
    WHEN: "When", "Cuándo", "Wann";
    OUTSIDE: "outside", "fuera", "außerhalb";
    WITHIN: "within", "dentro", "innerhalb";
    SIGNED: "signed", "firmado", "unterschrieben";
    PHOTO: "photo", "foto", "Foto";
    DONE: "done", "hecho", "erledigt";
    MADE_OF: "Made of", "Compuesto de", "Enthält";
    NOTHING_KNOWN: "Nothing with a lot or serial is known to have gone into it.",
        "No consta nada con lote o número de serie que lo componga.",
        "Nichts mit Charge oder Seriennummer ist als verbaut bekannt.";
    MORE: "There is more than these {count} lots and pieces: trace the serial on the screen.",
        "Hay más que estos {count} lotes y piezas: rastree el número de serie en pantalla.",
        "Es gibt mehr als diese {count} Chargen und Stücke: die Seriennummer am Bildschirm verfolgen.";
    LEVEL: "Level", "Nivel", "Ebene";
    INTO: "In", "En", "In";
    LOT_OR_SERIAL: "Lot or serial", "Lote o serie", "Charge, Serie";
    OF_LOT: "Lot {code}", "Lote {code}", "Charge {code}";
    MACHINE: "Line, machine", "Línea, máquina", "Linie, Maschine";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_said_in_every_language_in_letters_that_are_printed() {
        let lists = [ORDER_TYPES, ORDER_STATUSES].concat();
        for words in ALL.iter().copied().chain(lists.iter().map(|(_, words)| *words)) {
            let [en, es, de] = words.places();
            assert!(en == es && es == de, "{words:?}");
            for language in Language::ALL {
                let text = words.text(language);
                assert!(!text.trim().is_empty() && !gs1::letters::win_ansi(text).contains(&b'?'), "{words:?}");
            }
        }
    }

    #[test]
    fn every_state_of_an_order_has_its_word() {
        // As the database writes them.
        for code in ["planned", "released", "running", "paused", "completed", "closed", "cancelled"] {
            assert!(ORDER_STATUSES.iter().any(|(known, _)| *known == code), "{code}");
        }
        for code in ["make", "rework", "scrap"] {
            assert!(ORDER_TYPES.iter().any(|(known, _)| *known == code), "{code}");
        }
        assert_eq!((order_status("closed", Language::Es), order_type("something", Language::De)), ("Cerrada", "something"));
    }
}
