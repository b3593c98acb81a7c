//! Names for generated plants: of no real company, product or person.

/// Plants, with the code that their lines carry.
const PLANTS: [(&str, &str); 20] = [
    ("Tavira", "TAV"),
    ("Aveiro", "AVE"),
    ("Querétaro", "QRO"),
    ("Hermosillo", "HMO"),
    ("Teruel", "TER"),
    ("Gmünd", "GMD"),
    ("Landau", "LND"),
    ("Trento", "TRN"),
    ("Szolnok", "SZO"),
    ("Sibiu", "SIB"),
    ("Maribor", "MBX"),
    ("Tampere", "TMP"),
    ("Galway", "GWY"),
    ("Cartago", "CTG"),
    ("Campinas", "CPQ"),
    ("Penang", "PEN"),
    ("Da Nang", "DAD"),
    ("Pune", "PNQ"),
    ("Suzhou", "SZV"),
    ("Tangier", "TNG"),
];

/// Areas in routing order, with the code that their lines carry.
pub(super) const AREAS: [(&str, &str); 5] =
    [("SMT", "SMT"), ("ICT", "ICT"), ("Conformal", "CC"), ("Router", "RTR"), ("Final Assembly", "FA")];

const PRODUCTS: [&str; 31] = [
    "Gateway",
    "Radar",
    "Cluster",
    "Inverter",
    "Charger",
    "Headlamp",
    "Body Control",
    "Door Module",
    "Seat Control",
    "Climate Panel",
    "Battery Monitor",
    "Tracker",
    "Meter",
    "Router Board",
    "Pump Drive",
    "Fan Drive",
    "Sensor Hub",
    "Camera",
    "Dosing Unit",
    "Infusion Board",
    "Ventilator Board",
    "Brake Control",
    "Steering Control",
    "Wiper Control",
    "Roof Module",
    "Power Supply",
    "Relay Box",
    "Display",
    "Keypad",
    "Access Reader",
    "Telematics",
];

const CUSTOMERS: [&str; 12] = [
    "Brisa Mobility",
    "Kestrel Drives",
    "Nordlicht Fahrzeug",
    "Halden Medical",
    "Orla Rail",
    "Piedra Energy",
    "Solvane Systems",
    "Tindra Auto",
    "Umbral Controls",
    "Vento Climate",
    "Westray Marine",
    "Zarza Agritech",
];

/// A plant's name and code; beyond the list they are numbered.
pub(super) fn plant(index: usize) -> (String, String) {
    match PLANTS.get(index) {
        Some((name, code)) => ((*name).to_owned(), (*code).to_owned()),
        None => (format!("Plant {}", index + 1), format!("P{}", index + 1)),
    }
}

/// A family's name: a product, from the second round on with a letter.
pub(super) fn family(index: usize) -> String {
    let product = PRODUCTS[index % PRODUCTS.len()];
    match index / PRODUCTS.len() {
        0 => product.to_owned(),
        round => format!("{product} {}", char::from(b'A' + (round % 26) as u8)),
    }
}

/// A customer's name.
pub(super) fn customer(index: usize) -> &'static str {
    CUSTOMERS[index % CUSTOMERS.len()]
}
