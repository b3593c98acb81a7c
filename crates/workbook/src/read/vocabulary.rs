//! The words of the field: what sheets and columns are called in English, Spanish and German.
//!
//! Plain tables. A phrase matches a heading that contains all its words in any order; accents, case, punctuation and plural
//! are folded away first, so one spelling per phrase is enough.
//!
//! **Invariant:** within a kind of sheet no two columns share a phrase.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::fold::words;

/// What a sheet holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Lines,
    Models,
    Capabilities,
    Volumes,
    Areas,
    Routings,
    Changeovers,
    Calendar,
    /// Shape B: one process step of a family in an area per row.
    Families,
}

impl Kind {
    pub(super) const ALL: [Kind; 9] = [
        Kind::Lines,
        Kind::Models,
        Kind::Capabilities,
        Kind::Volumes,
        Kind::Areas,
        Kind::Routings,
        Kind::Changeovers,
        Kind::Calendar,
        Kind::Families,
    ];

    /// The kind of this name.
    pub(super) fn of_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Lines => "lines",
            Kind::Models => "models",
            Kind::Capabilities => "compatibilities",
            Kind::Volumes => "volumes",
            Kind::Areas => "areas",
            Kind::Routings => "routings",
            Kind::Changeovers => "changeovers",
            Kind::Calendar => "calendar",
            Kind::Families => "family steps",
        }
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Field {
    Name,
    Code,
    Plant,
    Area,
    AvailableTime,
    Efficiency,
    Overtime,
    Maintenance,
    Active,
    ShiftPattern,
    OpeningCost,
    Customer,
    Program,
    Family,
    AnnualVolume,
    OperatingDays,
    Weight,
    Tier,
    UnitValue,
    Currency,
    ProgramStart,
    ProgramEnd,
    Line,
    Model,
    CycleTime,
    Priority,
    Yield,
    PiecesPerPanel,
    MinimumLot,
    ApprovedFrom,
    ApprovedTo,
    Approved,
    Period,
    Volume,
    Order,
    Passes,
    Predecessors,
    From,
    To,
    Minutes,
    Side,
    LineList,
    Quantity,
    Remark,
}

impl Field {
    /// A field of some kind of sheet by its name; equal names mean the same.
    pub(super) fn of_name(name: &str) -> Option<Field> {
        let all = Kind::ALL.into_iter().flat_map(|kind| headings(kind).iter().map(|heading| heading.field));
        all.into_iter().find(|field| field.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Code => "code",
            Field::Plant => "plant",
            Field::Area => "area",
            Field::AvailableTime => "available time per day",
            Field::Efficiency => "efficiency",
            Field::Overtime => "overtime hours per day",
            Field::Maintenance => "planned maintenance hours per period",
            Field::Active => "active",
            Field::ShiftPattern => "shift pattern",
            Field::OpeningCost => "opening cost",
            Field::Customer => "customer",
            Field::Program => "program",
            Field::Family => "family",
            Field::AnnualVolume => "annual volume",
            Field::OperatingDays => "operating days",
            Field::Weight => "weight",
            Field::Tier => "tier",
            Field::UnitValue => "unit value",
            Field::Currency => "currency",
            Field::ProgramStart => "program start",
            Field::ProgramEnd => "program end",
            Field::Line => "line",
            Field::Model => "model",
            Field::CycleTime => "cycle time",
            Field::Priority => "priority",
            Field::Yield => "yield",
            Field::PiecesPerPanel => "pieces per panel",
            Field::MinimumLot => "minimum lot",
            Field::ApprovedFrom => "approved from",
            Field::ApprovedTo => "approved to",
            Field::Approved => "approved",
            Field::Period => "period",
            Field::Volume => "volume",
            Field::Order => "order",
            Field::Passes => "passes",
            Field::Predecessors => "predecessor areas",
            Field::From => "from family or model",
            Field::To => "to family or model",
            Field::Minutes => "minutes",
            Field::Side => "side",
            Field::LineList => "compatible lines",
            Field::Quantity => "quantity per product",
            Field::Remark => "remark (not used)",
        }
    }
}

/// A column that a kind of sheet may have.
pub(super) struct Heading {
    pub field: Field,
    pub required: bool,
    pub phrases: &'static [&'static str],
}

const fn need(field: Field, phrases: &'static [&'static str]) -> Heading {
    Heading { field, required: true, phrases }
}

const fn may(field: Field, phrases: &'static [&'static str]) -> Heading {
    Heading { field, required: false, phrases }
}

const NAME: &[&str] = &["name", "nombre", "bezeichnung", "benennung"];
const PLANT: &[&str] = &["plant", "planta", "werk", "site", "factory", "fabrica", "standort", "plant name", "nombre planta", "werksname"];
const AREA: &[&str] =
    &["area", "bereich", "area name", "nombre area", "abteilung", "department", "departamento", "stage", "etapa", "proceso", "process"];
const LINE: &[&str] = &[
    "line",
    "linea",
    "linie",
    "line name",
    "nombre linea",
    "linienname",
    "production line",
    "linea produccion",
    "produktionslinie",
    "fertigungslinie",
    "work center",
    "centro trabajo",
    "arbeitsplatz",
    "line id",
    "line code",
];
const MODEL: &[&str] = &[
    "model",
    "modelo",
    "modell",
    "model name",
    "nombre modelo",
    "modellname",
    "part number",
    "numero parte",
    "teilenummer",
    "product",
    "producto",
    "produkt",
    "item",
    "artikel",
    "artikelnummer",
    "sku",
    "part",
    "material",
    "model id",
    "model code",
];
const FAMILY: &[&str] =
    &["family", "familia", "familie", "family name", "nombre familia", "product family", "produktfamilie", "model family"];
const ACTIVE: &[&str] = &["active", "activo", "activa", "aktiv", "enabled", "habilitado", "status", "estado", "estatus", "is active"];
const PERIOD: &[&str] = &[
    "period",
    "periodo",
    "periode",
    "zeitraum",
    "year",
    "ano",
    "jahr",
    "month",
    "mes",
    "monat",
    "week",
    "semana",
    "woche",
    "kalenderwoche",
    "date",
    "fecha",
    "datum",
];
const VOLUME: &[&str] = &[
    "volume",
    "volumen",
    "volumenes",
    "demand",
    "demanda",
    "bedarf",
    "menge",
    "stuckzahl",
    "quantity",
    "cantidad",
    "units",
    "unidades",
    "pieces",
    "piezas",
    "qty",
    "planmenge",
    "forecast",
    "pronostico",
];
const DAYS: &[&str] = &[
    "operating days",
    "operations days",
    "operation days",
    "dias operacion",
    "dias operativos",
    "dias laborables",
    "dias habiles",
    "dias trabajo",
    "working days",
    "work days",
    "arbeitstage",
    "betriebstage",
    "produktionstage",
    "dias operacion anual",
    "operating days year",
    "dias",
    "tage",
    "days",
    "production days",
    "dias produccion",
];
const EFFICIENCY: &[&str] =
    &["efficiency", "eficiencia", "effizienz", "oee", "wirkungsgrad", "nutzungsgrad", "leistungsgrad", "rendimiento linea", "gae"];
const CYCLE: &[&str] = &[
    "cycle time",
    "tiempo ciclo",
    "zykluszeit",
    "taktzeit",
    "takt time",
    "ct",
    "cycle",
    "ciclo",
    "takt",
    "bearbeitungszeit",
    "stuckzeit",
    "cycle time panel",
];
const PRIORITY: &[&str] = &["priority", "prioridad", "prioritat", "prio", "preference", "preferencia", "rank", "rang"];
const YIELD: &[&str] = &["yield", "first pass yield", "fpy", "ausbeute", "gutausbeute", "rendimiento", "rendimiento primera", "gutquote"];
const PANEL: &[&str] = &[
    "pieces per panel",
    "panel",
    "piezas panel",
    "piezas por panel",
    "nutzen",
    "stuck je nutzen",
    "units per panel",
    "boards per panel",
    "teile je nutzen",
    "panelization",
    "pcs per panel",
];
const LOT: &[&str] = &[
    "minimum lot",
    "min lot",
    "lot",
    "lote minimo",
    "mindestlos",
    "mindestlosgrosse",
    "losgrosse",
    "lot size",
    "minimum lot size",
    "moq",
    "tamano lote",
    "lote",
];
const APPROVED_FROM: &[&str] = &[
    "approved from",
    "aprobado desde",
    "freigabe ab",
    "freigegeben ab",
    "freigabe von",
    "valid from",
    "valido desde",
    "gultig ab",
    "approval start",
];
const APPROVED_TO: &[&str] = &[
    "approved to",
    "approved until",
    "aprobado hasta",
    "freigabe bis",
    "freigegeben bis",
    "valid to",
    "valid until",
    "valido hasta",
    "gultig bis",
    "approval end",
];
const APPROVED: &[&str] = &["approved", "aprobado", "aprobada", "freigegeben", "freigabe", "approval", "aprobacion"];
const REMARK: &[&str] = &[
    "note",
    "notes",
    "notas",
    "nota",
    "remark",
    "comment",
    "comentario",
    "comentarios",
    "observaciones",
    "bemerkung",
    "kommentar",
    "color",
    "colour",
    "farbe",
    "line type",
    "tipo linea",
    "linientyp",
    "description",
    "descripcion",
    "beschreibung",
    "tipo",
    "type",
    "typ",
];

const LINES: &[Heading] = &[
    need(
        Field::Name,
        &[
            "line",
            "linea",
            "linie",
            "line name",
            "nombre linea",
            "linienname",
            "production line",
            "linea produccion",
            "produktionslinie",
            "fertigungslinie",
            "name",
            "nombre",
            "bezeichnung",
            "benennung",
            "work center",
            "line id",
            "line code",
        ],
    ),
    need(Field::Area, AREA),
    need(
        Field::AvailableTime,
        &[
            "available seconds",
            "available time",
            "available hours",
            "time available",
            "available minutes",
            "seconds day",
            "hours day",
            "tiempo disponible",
            "segundos disponibles",
            "horas disponibles",
            "minutos disponibles",
            "segundos dia",
            "horas dia",
            "disponible",
            "verfugbare sekunden",
            "verfugbare zeit",
            "verfugbare stunden",
            "stunden tag",
            "sekunden tag",
            "available",
            "verfugbar",
            "verfugbarkeit",
            "disponibilidad",
            "available seconds day",
            "available hours day",
            "time available hours",
            "time available seconds",
            "verfugbare sekunden tag",
            "verfugbare stunden tag",
            "segundos disponibles dia",
            "horas disponibles dia",
            "time available daily",
            "betriebszeit",
            "laufzeit",
        ],
    ),
    may(Field::Plant, PLANT),
    may(
        Field::Overtime,
        &[
            "overtime",
            "overtime hours",
            "horas extra",
            "tiempo extra",
            "tiempo extraordinario",
            "uberstunden",
            "mehrarbeit",
            "overtime hours day",
            "horas extra dia",
            "uberstunden tag",
            "uberstunden pro tag",
        ],
    ),
    may(
        Field::Maintenance,
        &[
            "maintenance",
            "planned maintenance",
            "maintenance hours",
            "mantenimiento",
            "mantenimiento planeado",
            "horas mantenimiento",
            "wartung",
            "geplante wartung",
            "wartungsstunden",
            "planned maintenance hours",
            "instandhaltung",
        ],
    ),
    may(Field::Active, ACTIVE),
    may(Field::ShiftPattern, &["shift pattern", "shift", "turno", "turnos", "patron turnos", "schicht", "schichtmodell", "schichtplan"]),
    may(
        Field::OpeningCost,
        &[
            "opening cost",
            "open cost",
            "costo apertura",
            "coste apertura",
            "eroffnungskosten",
            "offnungskosten",
            "rustkosten linie",
            "costo de abrir",
        ],
    ),
    may(Field::Efficiency, EFFICIENCY),
    may(Field::Remark, REMARK),
];

const MODELS: &[Heading] = &[
    need(
        Field::Name,
        &[
            "model",
            "modelo",
            "modell",
            "model name",
            "nombre modelo",
            "modellname",
            "part number",
            "numero parte",
            "teilenummer",
            "product",
            "producto",
            "produkt",
            "item",
            "artikel",
            "artikelnummer",
            "sku",
            "name",
            "nombre",
            "bezeichnung",
            "benennung",
            "model id",
            "model code",
        ],
    ),
    may(Field::Plant, PLANT),
    may(
        Field::Customer,
        &["customer", "cliente", "kunde", "customer name", "nombre cliente", "kundenname", "client", "bu", "business unit"],
    ),
    may(
        Field::Program,
        &["program", "programa", "programm", "programme", "project", "proyecto", "projekt", "program name", "plattform", "platform"],
    ),
    may(Field::Family, FAMILY),
    may(
        Field::AnnualVolume,
        &[
            "annual volume",
            "yearly volume",
            "volumen anual",
            "jahresvolumen",
            "jahresmenge",
            "jahresbedarf",
            "volume year",
            "volume",
            "volumen",
            "demanda anual",
            "annual demand",
            "volumen ano",
            "menge jahr",
            "eau",
        ],
    ),
    may(Field::OperatingDays, DAYS),
    may(Field::Active, ACTIVE),
    may(Field::Weight, &["weight", "peso", "gewicht", "gewichtung", "priority weight", "ponderacion", "factor", "faktor"]),
    may(
        Field::Tier,
        &["tier", "nivel", "stufe", "priority tier", "prioritatsstufe", "nivel prioridad", "priority", "prioridad", "prioritat"],
    ),
    may(
        Field::UnitValue,
        &[
            "unit value",
            "value",
            "valor unitario",
            "stuckwert",
            "wert",
            "valor",
            "unit price",
            "price",
            "precio",
            "precio unitario",
            "preis",
            "stuckpreis",
            "margin unit",
            "margen unitario",
            "deckungsbeitrag",
        ],
    ),
    may(Field::Currency, &["currency", "moneda", "wahrung", "divisa"]),
    may(
        Field::ProgramStart,
        &[
            "program start",
            "start",
            "sop",
            "inicio",
            "inicio programa",
            "programmstart",
            "start of production",
            "fecha inicio",
            "start date",
            "anlauf",
            "beginn",
            "inicio produccion",
        ],
    ),
    may(
        Field::ProgramEnd,
        &[
            "program end",
            "end",
            "eop",
            "fin",
            "fin programa",
            "programmende",
            "end of production",
            "fecha fin",
            "end date",
            "auslauf",
            "ende",
            "fin produccion",
        ],
    ),
    may(Field::Remark, REMARK),
];

const CAPABILITIES: &[Heading] = &[
    need(Field::Line, LINE),
    need(Field::Model, MODEL),
    need(Field::CycleTime, CYCLE),
    may(Field::Plant, PLANT),
    may(Field::Area, AREA),
    may(Field::Efficiency, EFFICIENCY),
    may(Field::Priority, PRIORITY),
    may(Field::Yield, YIELD),
    may(Field::PiecesPerPanel, PANEL),
    may(Field::MinimumLot, LOT),
    may(Field::ApprovedFrom, APPROVED_FROM),
    may(Field::ApprovedTo, APPROVED_TO),
    may(Field::Approved, APPROVED),
    may(Field::Active, ACTIVE),
    may(Field::Remark, REMARK),
];

const VOLUMES: &[Heading] = &[
    may(Field::Model, MODEL),
    may(Field::Family, FAMILY),
    may(Field::Name, NAME),
    may(Field::Plant, PLANT),
    may(Field::Period, PERIOD),
    may(Field::Volume, VOLUME),
    may(Field::OperatingDays, DAYS),
    may(Field::Customer, &["customer", "cliente", "kunde", "bu", "business unit"]),
    may(Field::Remark, REMARK),
];

const AREAS: &[Heading] = &[
    need(
        Field::Name,
        &["name", "nombre", "bezeichnung", "area", "bereich", "area name", "nombre area", "bereichsname", "stage", "etapa", "proceso"],
    ),
    may(Field::Code, &["code", "codigo", "kurzel", "area code", "codigo area", "bereichscode", "clave", "area id", "id"]),
    may(Field::Plant, PLANT),
    may(
        Field::Order,
        &["order", "sequence", "orden", "secuencia", "reihenfolge", "position", "folge", "routing order", "seq", "step", "paso"],
    ),
    may(Field::Model, &["model", "modelo", "modell", "model family", "modelo familia", "modell familie", "product", "producto", "produkt"]),
    may(Field::Family, &["family", "familia", "familie"]),
    may(Field::Passes, &["passes", "pass", "pasadas", "durchlaufe", "durchlauf", "durchgange", "veces"]),
    may(
        Field::Predecessors,
        &[
            "predecessor",
            "predecessors",
            "predecessor areas",
            "predecesor",
            "predecesoras",
            "predecesores",
            "vorganger",
            "areas predecesoras",
            "vorgangerbereiche",
            "previous area",
            "area anterior",
            "areas anteriores",
            "previous",
        ],
    ),
    may(Field::Remark, REMARK),
];

const ROUTINGS: &[Heading] = &[
    need(Field::Area, AREA),
    may(Field::Model, MODEL),
    may(Field::Family, FAMILY),
    may(Field::Passes, &["passes", "pass", "pasadas", "durchlaufe", "durchlauf", "durchgange", "veces"]),
    may(Field::Order, &["order", "sequence", "orden", "secuencia", "reihenfolge", "position", "step", "paso", "schritt"]),
    may(Field::Plant, PLANT),
    may(Field::Remark, REMARK),
];

const CHANGEOVERS: &[Heading] = &[
    need(
        Field::From,
        &[
            "from",
            "de",
            "desde",
            "von",
            "from family",
            "from model",
            "de familia",
            "de modelo",
            "von familie",
            "von modell",
            "familia origen",
        ],
    ),
    need(
        Field::To,
        &["to", "a", "hacia", "nach", "to family", "to model", "a familia", "a modelo", "nach familie", "nach modell", "familia destino"],
    ),
    need(
        Field::Minutes,
        &[
            "minutes",
            "minutos",
            "minuten",
            "changeover",
            "changeover minutes",
            "changeover time",
            "cambio",
            "tiempo cambio",
            "rustzeit",
            "umrustzeit",
            "umrustung",
            "time",
            "tiempo",
            "zeit",
            "setup",
            "setup time",
            "min",
        ],
    ),
    may(Field::Line, LINE),
    may(Field::Plant, PLANT),
    may(Field::Remark, REMARK),
];

const CALENDAR: &[Heading] = &[
    need(Field::Period, PERIOD),
    need(Field::OperatingDays, DAYS),
    may(Field::Line, &["line", "linea", "linie", "line name", "linea area", "line area", "linie bereich"]),
    may(Field::Area, &["area", "bereich", "area name"]),
    may(Field::Plant, PLANT),
    may(Field::Remark, REMARK),
];

const FAMILIES: &[Heading] = &[
    need(Field::CycleTime, CYCLE),
    need(
        Field::LineList,
        &[
            "compatible lines",
            "lineas compatibles",
            "linea compatible",
            "kompatible linien",
            "lines",
            "lineas",
            "linien",
            "allowed lines",
            "lineas permitidas",
            "mogliche linien",
            "freigegebene linien",
        ],
    ),
    may(Field::Family, FAMILY),
    may(Field::Model, &["model", "modelo", "modell", "product", "producto", "produkt"]),
    may(Field::Name, &["name", "nombre", "bezeichnung", "board", "tarjeta", "platine", "baugruppe", "assembly", "ensamble"]),
    may(Field::Side, &["side", "lado", "seite"]),
    may(Field::Area, AREA),
    may(Field::Customer, &["bu", "business unit", "customer", "cliente", "kunde"]),
    may(Field::Plant, PLANT),
    may(
        Field::Quantity,
        &[
            "quantity per product",
            "cantidad por producto",
            "cantidad producto",
            "menge je produkt",
            "menge pro produkt",
            "quantity",
            "cantidad",
            "menge",
            "pieces per product",
            "piezas por producto",
            "qty per product",
            "qty",
        ],
    ),
    may(Field::Priority, PRIORITY),
    may(Field::Efficiency, EFFICIENCY),
    may(Field::Yield, YIELD),
    may(Field::PiecesPerPanel, PANEL),
    may(Field::MinimumLot, LOT),
    may(Field::ApprovedFrom, APPROVED_FROM),
    may(Field::ApprovedTo, APPROVED_TO),
    may(Field::Approved, APPROVED),
    may(Field::Active, ACTIVE),
    may(Field::Remark, REMARK),
];

/// The columns of a kind of sheet.
pub(super) fn headings(kind: Kind) -> &'static [Heading] {
    match kind {
        Kind::Lines => LINES,
        Kind::Models => MODELS,
        Kind::Capabilities => CAPABILITIES,
        Kind::Volumes => VOLUMES,
        Kind::Areas => AREAS,
        Kind::Routings => ROUTINGS,
        Kind::Changeovers => CHANGEOVERS,
        Kind::Calendar => CALENDAR,
        Kind::Families => FAMILIES,
    }
}

/// What sheets of a kind are called.
pub(super) fn sheet_names(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Lines => {
            &["lines", "lineas", "linien", "production lines", "lineas produccion", "produktionslinien", "fertigungslinien", "work centers"]
        }
        Kind::Models => {
            &["models", "modelos", "modelle", "products", "productos", "produkte", "items", "artikel", "familias", "families", "familien"]
        }
        Kind::Capabilities => &[
            "compatibilities",
            "compatibility",
            "compatibilidades",
            "compatibilidad",
            "kompatibilitaten",
            "kompatibilitat",
            "capabilities",
            "capacidades",
            "fahigkeiten",
            "compat",
            "line model",
            "linea modelo",
            "freigaben",
            "zuordnung",
        ],
        Kind::Volumes => &[
            "volumes",
            "volume",
            "volumenes",
            "volumen",
            "volumenes produccion",
            "mengen",
            "bedarf",
            "bedarfe",
            "demand",
            "demanda",
            "demandas",
            "forecast",
            "pronostico",
            "stuckzahlen",
            "absatzplan",
        ],
        Kind::Areas => &["areas", "area", "bereiche", "stages", "etapas", "procesos", "abteilungen"],
        Kind::Routings => {
            &["routing", "routings", "rutas", "ruta", "arbeitsplan", "arbeitsplane", "routes", "passes", "pasadas", "durchlaufe"]
        }
        Kind::Changeovers => &[
            "changeover",
            "changeovers",
            "cambios",
            "cambio",
            "cambio modelo",
            "cambios modelo",
            "umrustung",
            "umrusten",
            "rusten",
            "umrustzeiten",
            "rustzeiten",
            "rustmatrix",
            "setup",
            "setups",
            "changeover matrix",
        ],
        Kind::Calendar => {
            &["calendar", "calendario", "kalender", "operating days", "dias operacion", "arbeitstage", "working days", "dias laborables"]
        }
        Kind::Families => {
            &["modelos", "models", "modelle", "settings", "ajustes", "einstellungen", "configuracion", "parametros", "steps", "pasos"]
        }
    }
}

/// Words by which a sheet says that it is an answer, not a question.
pub(super) const RESULT_WORDS: &[&str] = &[
    "resultado",
    "result",
    "ergebni",
    "ergebnisse",
    "summary",
    "resumen",
    "zusammenfassung",
    "utilisation",
    "utilization",
    "utilizacion",
    "auslastung",
    "unmet",
    "constraint",
    "restriccion",
    "restriccione",
    "engpass",
    "engpasse",
    "explanation",
    "explicacion",
    "explicacione",
    "erklarungen",
    "dashboard",
    "tablero",
    "report",
    "reporte",
    "bericht",
    "chart",
    "grafico",
    "grafica",
    "diagramm",
    "allocation",
    "verification",
];

/// Words by which a sheet says that it is a copy or a trial.
pub(super) const COPY_WORDS: &[&str] = &[
    "copy", "copia", "kopie", "old", "viejo", "vieja", "alt", "backup", "bak", "respaldo", "anterior", "previou", "prueba", "tmp", "temp",
    "draft", "borrador", "entwurf", "scratch", "trial", "obsolete", "obsoleto", "archiv", "archive", "antiguo",
];

/// Words that make a heading with a period in it one of operating days.
pub(super) const DAY_MARKS: &[&str] = &["day", "dia", "tag", "tage", "arbeitstage", "betriebstage", "produktionstage"];

/// Words that may stand in a heading without changing it.
pub(super) const FILLER_WORDS: &[&str] = &[
    "of", "the", "in", "per", "por", "pro", "je", "de", "del", "la", "el", "lo", "en", "y", "and", "und", "der", "die", "da", "des", "for",
    "para", "fur", "oder", "or", "o", "al",
];

/// Units, which may stand in a heading without brackets.
pub(super) const UNIT_WORDS: &[&str] = &[
    "s",
    "sec",
    "seg",
    "sek",
    "second",
    "segundo",
    "sekunde",
    "sekunden",
    "h",
    "hr",
    "hour",
    "hora",
    "stunde",
    "stunden",
    "std",
    "min",
    "minute",
    "minuto",
    "minuten",
    "%",
    "pct",
    "percent",
    "prozent",
    "porcentaje",
    "unit",
    "unidad",
    "unidade",
    "ud",
    "uds",
    "pza",
    "pc",
    "pcs",
    "stk",
    "stuck",
    "day",
    "dia",
    "tag",
    "d",
    "usd",
    "eur",
    "mxn",
];

/// A phrase, ready to be matched.
pub(super) struct Phrase {
    pub kind: Kind,
    pub field: Field,
    pub stems: Vec<String>,
}

/// Every column phrase, found by any of its words.
pub(super) struct Phrases {
    pub all: Vec<Phrase>,
    pub by_first_stem: HashMap<String, Vec<usize>>,
}

/// The phrases of all kinds.
pub(super) static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let mut all = Vec::new();
    let mut by_first_stem: HashMap<String, Vec<usize>> = HashMap::new();
    for kind in Kind::ALL {
        for heading in headings(kind) {
            for phrase in heading.phrases {
                let stems = stems(phrase);
                by_first_stem.entry(stems[0].clone()).or_default().push(all.len());
                all.push(Phrase { kind, field: heading.field, stems });
            }
        }
    }
    Phrases { all, by_first_stem }
});

/// The words of a wide volume heading around its period.
pub(super) static VOLUME_STEMS: LazyLock<HashSet<String>> = LazyLock::new(|| VOLUME.iter().flat_map(|phrase| stems(phrase)).collect());

/// The words of an operating-days heading around its period.
pub(super) static DAYS_STEMS: LazyLock<HashSet<String>> = LazyLock::new(|| DAYS.iter().flat_map(|phrase| stems(phrase)).collect());

pub(super) fn stems(phrase: &str) -> Vec<String> {
    words(phrase).into_iter().map(|word| word.stem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_columns_of_a_kind_share_a_phrase() {
        for kind in Kind::ALL {
            let mut seen: HashMap<Vec<String>, Field> = HashMap::new();
            for phrase in PHRASES.all.iter().filter(|phrase| phrase.kind == kind) {
                let mut stems = phrase.stems.clone();
                stems.sort();
                let field = *seen.entry(stems).or_insert(phrase.field);
                assert_eq!(field, phrase.field, "{kind:?}: {:?}", phrase.stems);
            }
        }
    }
}
