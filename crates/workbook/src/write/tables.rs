//! The sheets and columns of a shape A workbook, in three languages: one table from which the template and every problem
//! that we write are made.
//!
//! **Invariant:** columns are named by [`Table::id`] and [`Column::id`]; headings are for people and may be reworded.

mod columns;

use columns::{AREAS, CALENDAR, CHANGEOVER, COMPATIBILITIES, LINES, MODELS, VOLUMES};

/// What may stand in a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Check {
    /// Any text.
    Text,
    /// A period or a date; written as text so that Excel does not turn `2026-03` into a day.
    Period,
    /// A value of a column of another table (table id, column id).
    ListedIn(&'static str, &'static str),
    /// Yes or no.
    YesNo,
    /// A number above zero.
    Positive,
    /// A number, zero or above.
    NotNegative,
    /// A share of up to 100 %.
    Percent,
    /// A whole number from 1.
    Rank,
    /// Hours of a day.
    HoursOfDay,
}

/// A column.
pub(super) struct Column {
    pub id: &'static str,
    pub heading: [&'static str; 3],
    pub note: [&'static str; 3],
    pub required: bool,
    pub width: f64,
    pub check: Check,
}

/// A sheet.
pub(super) struct Table {
    pub id: &'static str,
    pub name: [&'static str; 3],
    pub purpose: [&'static str; 3],
    pub required: bool,
    pub columns: &'static [Column],
}

impl Table {
    /// The place of a column.
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.id == id)
    }
}

/// The table of that id.
pub(super) fn table(id: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.id == id)
}

/// Every sheet, in the order in which they are filled.
pub(super) const TABLES: [Table; 7] = [
    Table {
        id: "areas",
        name: ["Areas", "Áreas", "Bereiche"],
        purpose: [
            "The stages of the plant that a unit passes, in the order of the routing.",
            "Las etapas de la planta por las que pasa una unidad, en el orden de la ruta.",
            "Die Stufen des Werks, die ein Stück durchläuft, in der Reihenfolge des Arbeitsplans.",
        ],
        required: false,
        columns: AREAS,
    },
    Table {
        id: "lines",
        name: ["Lines", "Líneas", "Linien"],
        purpose: [
            "Every production line, the area it stands in and the time it can run on an operating day.",
            "Cada línea de producción, su área y el tiempo que puede trabajar en un día de operación.",
            "Jede Fertigungslinie, ihr Bereich und die Zeit, die sie an einem Betriebstag laufen kann.",
        ],
        required: true,
        columns: LINES,
    },
    Table {
        id: "models",
        name: ["Models", "Modelos", "Modelle"],
        purpose: [
            "Every product model that is planned.",
            "Cada modelo de producto que se planea.",
            "Jedes Produktmodell, das geplant wird.",
        ],
        required: true,
        columns: MODELS,
    },
    Table {
        id: "compatibilities",
        name: ["Compatibilities", "Compatibilidades", "Kompatibilitäten"],
        purpose: [
            "Which line can make which model, and how fast. A model needs every area in which it has a row here.",
            "Qué línea puede hacer qué modelo y a qué velocidad. Un modelo necesita cada área en la que tiene una fila aquí.",
            "Welche Linie welches Modell fertigen kann und wie schnell. Ein Modell braucht jeden Bereich, in dem es hier steht.",
        ],
        required: true,
        columns: COMPATIBILITIES,
    },
    Table {
        id: "volumes",
        name: ["Volumes", "Volúmenes", "Mengen"],
        purpose: [
            "How many units of each model are wanted in each year, month, week or day.",
            "Cuántas unidades de cada modelo se piden en cada año, mes, semana o día.",
            "Wie viele Stück jedes Modells in jedem Jahr, Monat, jeder Woche oder jedem Tag gebraucht werden.",
        ],
        required: true,
        columns: VOLUMES,
    },
    Table {
        id: "changeover",
        name: ["Changeover", "Cambios", "Rüsten"],
        purpose: [
            "Minutes to change a line from one family or model to another. Leave From and To empty for the general value.",
            "Minutos para cambiar una línea de una familia o modelo a otro. Deje De y A vacías para el valor general.",
            "Minuten, um eine Linie von einer Familie oder einem Modell umzurüsten. Von und Nach leer: der allgemeine Wert.",
        ],
        required: false,
        columns: CHANGEOVER,
    },
    Table {
        id: "calendar",
        name: ["Calendar", "Calendario", "Kalender"],
        purpose: [
            "Operating days of each period; a row for a line or an area counts before the general one.",
            "Días de operación de cada periodo; una fila de una línea o un área cuenta antes que la general.",
            "Betriebstage jeder Periode; eine Zeile für eine Linie oder einen Bereich geht der allgemeinen vor.",
        ],
        required: false,
        columns: CALENDAR,
    },
];
