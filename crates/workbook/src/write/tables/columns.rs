//! The columns of each sheet: headings, what may stand there, and a note for whoever fills them, in three languages.

use super::{Check, Column};

const fn required(id: &'static str, width: f64, check: Check, heading: [&'static str; 3], note: [&'static str; 3]) -> Column {
    Column { id, heading, note, required: true, width, check }
}

const fn optional(id: &'static str, width: f64, check: Check, heading: [&'static str; 3], note: [&'static str; 3]) -> Column {
    Column { id, heading, note, required: false, width, check }
}

pub(super) const AREAS: &[Column] = &[
    required(
        "area",
        22.0,
        Check::Text,
        ["Area", "Área", "Bereich"],
        [
            "Name of the area; again only in rows that give the passes of a model or family.",
            "Nombre del área; se repite solo en filas que dan las pasadas de un modelo o familia.",
            "Name des Bereichs; erneut nur in Zeilen, die Durchläufe eines Modells oder einer Familie angeben.",
        ],
    ),
    optional(
        "order",
        10.0,
        Check::Rank,
        ["Order", "Orden", "Reihenfolge"],
        [
            "Place in the routing: 1, 2, 3 … Areas side by side may share a number. Empty: the order of the rows.",
            "Lugar en la ruta: 1, 2, 3 … Áreas paralelas pueden compartir número. Vacío: el orden de las filas.",
            "Platz im Arbeitsplan: 1, 2, 3 … Parallele Bereiche dürfen dieselbe Zahl haben. Leer: Reihenfolge der Zeilen.",
        ],
    ),
    optional(
        "for",
        24.0,
        Check::Text,
        ["Model or family", "Modelo o familia", "Modell oder Familie"],
        [
            "The model or family whose passes the row gives. Empty: every model.",
            "El modelo o la familia cuyas pasadas da la fila. Vacío: todos los modelos.",
            "Modell oder Familie, deren Durchläufe die Zeile angibt. Leer: alle Modelle.",
        ],
    ),
    optional(
        "passes",
        10.0,
        Check::Positive,
        ["Passes", "Pasadas", "Durchläufe"],
        [
            "How often a unit passes the area, e.g. 2 for a board with two sides at SMT. Empty: 1.",
            "Cuántas veces pasa una unidad por el área, p. ej. 2 para una tarjeta de dos lados en SMT. Vacío: 1.",
            "Wie oft ein Stück den Bereich durchläuft, z. B. 2 für eine zweiseitige Platine in der SMT. Leer: 1.",
        ],
    ),
    optional(
        "predecessors",
        26.0,
        Check::Text,
        ["Predecessor areas", "Áreas anteriores", "Vorgängerbereiche"],
        [
            "Areas that come directly before this one, separated by commas; only needed where the order says too little.",
            "Áreas que van justo antes de esta, separadas por comas; solo si el orden no basta.",
            "Bereiche direkt vor diesem, durch Kommas getrennt; nur nötig, wo die Reihenfolge nicht reicht.",
        ],
    ),
];

pub(super) const LINES: &[Column] = &[
    required(
        "line",
        18.0,
        Check::Text,
        ["Line", "Línea", "Linie"],
        ["Name of the line, unique in its plant.", "Nombre de la línea, único en su planta.", "Name der Linie, eindeutig in ihrem Werk."],
    ),
    required(
        "area",
        22.0,
        Check::ListedIn("areas", "area"),
        ["Area", "Área", "Bereich"],
        ["The area in which the line stands.", "El área en la que está la línea.", "Der Bereich, in dem die Linie steht."],
    ),
    required(
        "hours",
        18.0,
        Check::HoursOfDay,
        ["Available hours per day", "Horas disponibles por día", "Verfügbare Stunden pro Tag"],
        [
            "Hours the line can run on an operating day (h), breaks taken off: e.g. 21.17 for three shifts.",
            "Horas que la línea puede trabajar en un día de operación (h), sin descansos: p. ej. 21.17 con tres turnos.",
            "Stunden, die die Linie an einem Betriebstag laufen kann (h), ohne Pausen: z. B. 21,17 bei drei Schichten.",
        ],
    ),
    optional(
        "plant",
        16.0,
        Check::Text,
        ["Plant", "Planta", "Werk"],
        ["Plant of the line. Empty: one plant.", "Planta de la línea. Vacío: una sola planta.", "Werk der Linie. Leer: ein Werk."],
    ),
    optional(
        "overtime",
        16.0,
        Check::HoursOfDay,
        ["Overtime hours per day", "Horas extra por día", "Überstunden pro Tag"],
        [
            "Further hours that may be worked on an operating day (h). Empty: 0.",
            "Horas adicionales que se pueden trabajar en un día de operación (h). Vacío: 0.",
            "Weitere Stunden, die an einem Betriebstag gearbeitet werden dürfen (h). Leer: 0.",
        ],
    ),
    optional(
        "active",
        10.0,
        Check::YesNo,
        ["Active", "Activa", "Aktiv"],
        ["no: the line is left out. Empty: yes.", "no: la línea no cuenta. Vacío: sí.", "nein: die Linie bleibt außen vor. Leer: ja."],
    ),
    optional(
        "shifts",
        26.0,
        Check::Text,
        ["Shift pattern", "Turnos", "Schichtmodell"],
        [
            "Longer patterns on offer, name = hours per day, @ cost: 2x8 = 15.5; 3x8 = 21.17 @ 40. Other text is a remark.",
            "Turnos más largos posibles, nombre = horas por día, @ costo: 2x8 = 15.5; 3x8 = 21.17 @ 40. Otro texto es una nota.",
            "Mögliche längere Schichtmodelle, Name = Stunden pro Tag, @ Kosten: 2x8 = 15,5; 3x8 = 21,17 @ 40. Anderer Text ist eine Bemerkung.",
        ],
    ),
    optional(
        "opening",
        14.0,
        Check::NotNegative,
        ["Opening cost", "Costo de apertura", "Eröffnungskosten"],
        [
            "Cost of opening the line in a period, in equivalent hours. Empty: 0.",
            "Costo de abrir la línea en un periodo, en horas equivalentes. Vacío: 0.",
            "Kosten, die Linie in einer Periode zu öffnen, in gleichwertigen Stunden. Leer: 0.",
        ],
    ),
];

pub(super) const MODELS: &[Column] = &[
    required(
        "model",
        26.0,
        Check::Text,
        ["Model", "Modelo", "Modell"],
        ["Name of the model, unique.", "Nombre del modelo, único.", "Name des Modells, eindeutig."],
    ),
    optional("customer", 20.0, Check::Text, ["Customer", "Cliente", "Kunde"], ["", "", ""]),
    optional("program", 18.0, Check::Text, ["Program", "Programa", "Programm"], ["", "", ""]),
    optional(
        "family",
        18.0,
        Check::Text,
        ["Family", "Familia", "Familie"],
        [
            "Family for changeovers: models of one family change over quickly.",
            "Familia para los cambios: dentro de una familia el cambio es rápido.",
            "Familie für das Rüsten: innerhalb einer Familie wird schnell gerüstet.",
        ],
    ),
    optional(
        "annual",
        14.0,
        Check::NotNegative,
        ["Annual volume", "Volumen anual", "Jahresmenge"],
        [
            "Units per year; used where the sheet of volumes says nothing of the model.",
            "Unidades por año; se usa donde la hoja de volúmenes no dice nada del modelo.",
            "Stück pro Jahr; gilt, wo das Blatt der Mengen nichts über das Modell sagt.",
        ],
    ),
    optional(
        "days",
        14.0,
        Check::Positive,
        ["Operating days", "Días de operación", "Betriebstage"],
        [
            "Days over which the annual volume is spread. Empty: the calendar's.",
            "Días en los que se reparte el volumen anual. Vacío: los del calendario.",
            "Tage, auf die sich die Jahresmenge verteilt. Leer: die des Kalenders.",
        ],
    ),
    optional(
        "active",
        10.0,
        Check::YesNo,
        ["Active", "Activo", "Aktiv"],
        ["no: the model is left out. Empty: yes.", "no: el modelo no cuenta. Vacío: sí.", "nein: das Modell bleibt außen vor. Leer: ja."],
    ),
    optional(
        "weight",
        10.0,
        Check::Positive,
        ["Weight", "Peso", "Gewicht"],
        [
            "How much an unmet unit hurts beside the others. Empty: 1.",
            "Cuánto pesa una unidad no entregada frente a las demás. Vacío: 1.",
            "Wie sehr ein fehlendes Stück im Vergleich schmerzt. Leer: 1.",
        ],
    ),
    optional(
        "tier",
        10.0,
        Check::Rank,
        ["Tier", "Nivel", "Stufe"],
        [
            "Strict priority: tier 1 is served before tier 2 gets anything. Empty: 1.",
            "Prioridad estricta: el nivel 1 se atiende antes de dar nada al nivel 2. Vacío: 1.",
            "Strenger Vorrang: Stufe 1 wird bedient, bevor Stufe 2 etwas bekommt. Leer: 1.",
        ],
    ),
    optional(
        "value",
        12.0,
        Check::NotNegative,
        ["Unit value", "Valor unitario", "Stückwert"],
        [
            "Value of one unit, for plans that weigh money.",
            "Valor de una unidad, para planes que pesan dinero.",
            "Wert eines Stücks, für Pläne nach Geld.",
        ],
    ),
    optional("currency", 10.0, Check::Text, ["Currency", "Moneda", "Währung"], ["e.g. EUR", "p. ej. MXN", "z. B. EUR"]),
    optional(
        "start",
        14.0,
        Check::Period,
        ["Program start", "Inicio del programa", "Programmstart"],
        [
            "First period of the program, e.g. 2026-03. Empty: from the beginning.",
            "Primer periodo del programa, p. ej. 2026-03. Vacío: desde el principio.",
            "Erste Periode des Programms, z. B. 2026-03. Leer: von Anfang an.",
        ],
    ),
    optional(
        "end",
        14.0,
        Check::Period,
        ["Program end", "Fin del programa", "Programmende"],
        [
            "Last period of the program. Empty: to the end.",
            "Último periodo del programa. Vacío: hasta el final.",
            "Letzte Periode des Programms. Leer: bis zum Ende.",
        ],
    ),
];

pub(super) const COMPATIBILITIES: &[Column] = &[
    required(
        "line",
        18.0,
        Check::ListedIn("lines", "line"),
        ["Line", "Línea", "Linie"],
        ["A line of the sheet of lines.", "Una línea de la hoja de líneas.", "Eine Linie aus dem Blatt der Linien."],
    ),
    required(
        "model",
        26.0,
        Check::ListedIn("models", "model"),
        ["Model", "Modelo", "Modell"],
        ["A model of the sheet of models.", "Un modelo de la hoja de modelos.", "Ein Modell aus dem Blatt der Modelle."],
    ),
    required(
        "cycle",
        14.0,
        Check::Positive,
        ["Cycle time (s)", "Tiempo de ciclo (s)", "Zykluszeit (s)"],
        [
            "Seconds for one panel at full speed (s), more than 0.",
            "Segundos por panel a plena velocidad (s), más de 0.",
            "Sekunden für einen Nutzen bei voller Geschwindigkeit (s), mehr als 0.",
        ],
    ),
    required(
        "efficiency",
        14.0,
        Check::Percent,
        ["Efficiency (%)", "Eficiencia (%)", "Effizienz (%)"],
        [
            "OEE of this line with this model (%): 85 means that 85 of 100 hours make good time.",
            "OEE de esta línea con este modelo (%): 85 significa que 85 de 100 horas son útiles.",
            "OEE dieser Linie mit diesem Modell (%): 85 heißt, dass 85 von 100 Stunden nutzbar sind.",
        ],
    ),
    optional(
        "priority",
        10.0,
        Check::Rank,
        ["Priority", "Prioridad", "Priorität"],
        [
            "1 is the preferred line of the model; 2, 3 … stand in for it. Empty: 1.",
            "1 es la línea preferida del modelo; 2, 3 … la suplen. Vacío: 1.",
            "1 ist die bevorzugte Linie des Modells; 2, 3 … springen ein. Leer: 1.",
        ],
    ),
    optional(
        "yield",
        12.0,
        Check::Percent,
        ["Yield (%)", "Rendimiento (%)", "Ausbeute (%)"],
        [
            "First-pass yield (%). Empty: 100.",
            "Rendimiento a la primera, FPY (%). Vacío: 100.",
            "Ausbeute im ersten Durchlauf, FPY (%). Leer: 100.",
        ],
    ),
    optional(
        "pieces",
        12.0,
        Check::Positive,
        ["Pieces per panel", "Piezas por panel", "Stück pro Nutzen"],
        ["Pieces made in one cycle. Empty: 1.", "Piezas por ciclo. Vacío: 1.", "Stück je Zyklus. Leer: 1."],
    ),
    optional(
        "lot",
        12.0,
        Check::NotNegative,
        ["Minimum lot", "Lote mínimo", "Mindestlos"],
        [
            "Fewest units in a period if any are made here. Empty: 0.",
            "Mínimo de unidades en un periodo si se hace alguna aquí. Vacío: 0.",
            "Wenigste Stück in einer Periode, falls hier gefertigt wird. Leer: 0.",
        ],
    ),
    optional(
        "from",
        14.0,
        Check::Period,
        ["Approved from", "Aprobado desde", "Freigegeben ab"],
        [
            "First period in which the customer has approved the line. Empty: from the beginning.",
            "Primer periodo en que el cliente ha aprobado la línea. Vacío: desde el principio.",
            "Erste Periode, in der der Kunde die Linie freigegeben hat. Leer: von Anfang an.",
        ],
    ),
    optional(
        "to",
        14.0,
        Check::Period,
        ["Approved to", "Aprobado hasta", "Freigegeben bis"],
        ["Last such period. Empty: to the end.", "Último periodo. Vacío: hasta el final.", "Letzte solche Periode. Leer: bis zum Ende."],
    ),
    optional(
        "plant",
        16.0,
        Check::Text,
        ["Plant", "Planta", "Werk"],
        [
            "Only needed where two plants have a line of the same name.",
            "Solo hace falta si dos plantas tienen una línea del mismo nombre.",
            "Nur nötig, wo zwei Werke eine Linie gleichen Namens haben.",
        ],
    ),
];

pub(super) const VOLUMES: &[Column] = &[
    required(
        "model",
        26.0,
        Check::ListedIn("models", "model"),
        ["Model", "Modelo", "Modell"],
        ["A model of the sheet of models.", "Un modelo de la hoja de modelos.", "Ein Modell aus dem Blatt der Modelle."],
    ),
    required(
        "period",
        14.0,
        Check::Period,
        ["Period", "Periodo", "Periode"],
        [
            "2026, 2026-03, 2026-W14 or a day 2026-03-02. All rows use the same kind.",
            "2026, 2026-03, 2026-W14 o un día 2026-03-02. Todas las filas del mismo tipo.",
            "2026, 2026-03, 2026-W14 oder ein Tag 2026-03-02. Alle Zeilen von derselben Art.",
        ],
    ),
    required(
        "volume",
        14.0,
        Check::NotNegative,
        ["Volume", "Volumen", "Menge"],
        [
            "Units wanted in the whole period. One column per period instead of these three works as well.",
            "Unidades pedidas en todo el periodo. También vale una columna por periodo en lugar de estas tres.",
            "Stück in der ganzen Periode. Eine Spalte je Periode statt dieser drei geht auch.",
        ],
    ),
    optional(
        "days",
        14.0,
        Check::Positive,
        ["Operating days", "Días de operación", "Betriebstage"],
        [
            "Days over which this volume is made. Empty: the calendar's.",
            "Días en los que se hace este volumen. Vacío: los del calendario.",
            "Tage, an denen diese Menge gefertigt wird. Leer: die des Kalenders.",
        ],
    ),
];

pub(super) const CHANGEOVER: &[Column] = &[
    optional(
        "from",
        26.0,
        Check::Text,
        ["From", "De", "Von"],
        [
            "Family or model that ran before. Empty: any.",
            "Familia o modelo anterior. Vacío: cualquiera.",
            "Familie oder Modell davor. Leer: jedes.",
        ],
    ),
    optional(
        "to",
        26.0,
        Check::Text,
        ["To", "A", "Nach"],
        [
            "Family or model that runs next. Empty: any.",
            "Familia o modelo siguiente. Vacío: cualquiera.",
            "Familie oder Modell danach. Leer: jedes.",
        ],
    ),
    required(
        "minutes",
        12.0,
        Check::NotNegative,
        ["Minutes", "Minutos", "Minuten"],
        ["Minutes lost by the change (min).", "Minutos que se pierden en el cambio (min).", "Minuten, die der Wechsel kostet (min)."],
    ),
    optional(
        "line",
        18.0,
        Check::ListedIn("lines", "line"),
        ["Line", "Línea", "Linie"],
        ["Only on this line. Empty: on every line.", "Solo en esta línea. Vacío: en todas.", "Nur auf dieser Linie. Leer: auf allen."],
    ),
];

pub(super) const CALENDAR: &[Column] = &[
    required(
        "period",
        14.0,
        Check::Period,
        ["Period", "Periodo", "Periode"],
        ["A period of the volumes.", "Un periodo de los volúmenes.", "Eine Periode der Mengen."],
    ),
    required(
        "days",
        16.0,
        Check::NotNegative,
        ["Operating days", "Días de operación", "Betriebstage"],
        [
            "Days on which lines run in the period (d).",
            "Días en que las líneas trabajan en el periodo (d).",
            "Tage, an denen die Linien in der Periode laufen (d).",
        ],
    ),
    optional(
        "for",
        22.0,
        Check::Text,
        ["Line or area", "Línea o área", "Linie oder Bereich"],
        [
            "The row counts for this line or area only. Empty: for all.",
            "La fila vale solo para esta línea o área. Vacío: para todas.",
            "Die Zeile gilt nur für diese Linie oder diesen Bereich. Leer: für alle.",
        ],
    ),
];
