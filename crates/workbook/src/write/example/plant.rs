//! The example plant as a table: lines, products, their boards, and what they need in each area.
//!
//! Company, customers and products are invented.
//!
//! **Invariant:** inside an area all steps of a product list the same lines, so that one row per product (shape A) and one row
//! per board and side (shape B) describe the same capacity.

/// Areas in routing order.
pub(super) const AREAS: [&str; 6] = ["SMT", "ICT", "Conformal", "Router", "Final Assembly", "EOL Test"];

/// The calendar: a five-day week.
pub(super) const OPERATING_DAYS: f64 = 240.0;

/// The years of the plan.
pub(super) const YEARS: [u16; 5] = [2026, 2027, 2028, 2029, 2030];

/// Three shifts, breaks taken off (s/d).
const THREE: f64 = 76_212.0;
/// Two shifts (s/d).
const TWO: f64 = 50_400.0;
/// One shift (s/d).
const ONE: f64 = 27_000.0;

/// A group of like lines: index of the area, code, seconds a day, efficiency in per cent.
pub(super) const LINES: [(usize, &str, f64, f64); 32] = [
    (0, "SMT-01", THREE, 85.0),
    (0, "SMT-02", THREE, 85.0),
    (0, "SMT-03", THREE, 85.0),
    (0, "SMT-04", THREE, 84.0),
    (0, "SMT-05", THREE, 84.0),
    (0, "SMT-06", THREE, 82.0),
    (0, "SMT-07", THREE, 82.0),
    (0, "SMT-08", THREE, 85.0),
    (0, "SMT-09", THREE, 86.0),
    (1, "ICT-01", TWO, 90.0),
    (1, "ICT-02", THREE, 90.0),
    (1, "ICT-03", THREE, 90.0),
    (1, "ICT-04", THREE, 90.0),
    (1, "ICT-05", ONE, 90.0),
    (1, "ICT-06", THREE, 90.0),
    (2, "CC-01", THREE, 80.0),
    (2, "CC-02", THREE, 80.0),
    (2, "CC-03", TWO, 80.0),
    (3, "RTR-01", TWO, 90.0),
    (3, "RTR-02", TWO, 90.0),
    (3, "RTR-03", TWO, 90.0),
    (3, "RTR-04", THREE, 90.0),
    (4, "FA-01", TWO, 88.0),
    (4, "FA-02", TWO, 88.0),
    (4, "FA-03", TWO, 88.0),
    (4, "FA-04", THREE, 88.0),
    (4, "FA-05", THREE, 88.0),
    (4, "FA-06", THREE, 88.0),
    (5, "EOL-01", TWO, 92.0),
    (5, "EOL-02", TWO, 92.0),
    (5, "EOL-03", THREE, 92.0),
    (5, "EOL-04", THREE, 92.0),
];

/// A board of a product: its name, its sides, and how many of it a finished product holds.
pub(super) type Board = (&'static str, u32, u32);

/// What an area asks of a product: the numbers of the lines that can do it, and seconds for each side, board or product.
pub(super) type Need = Option<(&'static [usize], f64)>;

/// A product.
pub(super) struct Product {
    pub name: &'static str,
    pub customer: &'static str,
    pub program: &'static str,
    pub family: &'static str,
    /// Rank of its demand at every line, 1 first.
    pub priority: u32,
    /// Value of a unit (USD).
    pub value: f64,
    /// Thousands of units in each year.
    pub volumes: [f64; 5],
    pub boards: &'static [Board],
    /// By area; SMT by side, ICT and Router by board, the others by product.
    pub needs: [Need; 6],
}

const MAIN_1: &[Board] = &[("MAIN", 1, 1)];
const MAIN_2: &[Board] = &[("MAIN", 2, 1)];
const POWER_AND_CONTROL: &[Board] = &[("PWR", 2, 1), ("CTRL", 1, 1)];

/// A product; the columns stand in the order of [`Product`].
#[allow(clippy::too_many_arguments)]
const fn product(
    name: &'static str,
    (customer, program, family): (&'static str, &'static str, &'static str),
    (priority, value): (u32, f64),
    volumes: [f64; 5],
    boards: &'static [Board],
    needs: [Need; 6],
) -> Product {
    Product { name, customer, program, family, priority, value, volumes, boards, needs }
}

const fn on(lines: &'static [usize], seconds: f64) -> Need {
    Some((lines, seconds))
}

const BRISA: (&str, &str, &str) = ("Brisa Mobility", "Alba", "Power");
const BRISA_BODY: (&str, &str, &str) = ("Brisa Mobility", "Alba", "Body");
const KESTREL: (&str, &str, &str) = ("Kestrel Drives", "K4", "Power");
const NORDLICHT: (&str, &str, &str) = ("Nordlicht Fahrzeug", "NF20", "Body");
const TINDRA: (&str, &str, &str) = ("Tindra Auto", "Vista", "Display");
const TINDRA_CAMERA: (&str, &str, &str) = ("Tindra Auto", "Vista", "Camera");
const HALDEN: (&str, &str, &str) = ("Halden Medical", "Care", "Medical");
const PIEDRA: (&str, &str, &str) = ("Piedra Energy", "Grid", "Meter");
const VENTO: (&str, &str, &str) = ("Vento Climate", "Aire", "Climate");
const UMBRAL: (&str, &str, &str) = ("Umbral Controls", "U7", "Industrial");

/// Every product that is planned.
pub(super) const PRODUCTS: [Product; 36] = [
    product(
        "Inverter 48V",
        BRISA,
        (1, 96.0),
        [60.0, 75.0, 90.0, 100.0, 105.0],
        &[("PWR", 2, 1), ("CTRL", 2, 1)],
        [on(&[6, 7], 15.5), on(&[1, 2], 22.0), on(&[1, 2], 32.0), on(&[1, 2], 12.0), on(&[1, 2], 34.0), on(&[1, 2], 28.0)],
    ),
    product(
        "Onboard Charger",
        BRISA,
        (1, 148.0),
        [30.0, 40.0, 52.0, 60.0, 62.0],
        &[("PWR", 2, 1), ("CTRL", 1, 1), ("FILT", 1, 1)],
        [on(&[6, 7], 20.0), on(&[1, 2], 30.0), on(&[1, 2], 48.0), on(&[1, 2], 14.0), on(&[1, 2], 46.0), on(&[1, 2], 38.0)],
    ),
    product(
        "Battery Monitor Master",
        BRISA,
        (1, 54.0),
        [70.0, 85.0, 95.0, 100.0, 100.0],
        MAIN_2,
        [on(&[3, 4, 5], 21.5), on(&[1, 2, 3], 20.0), on(&[1, 2], 24.0), on(&[1, 2], 9.0), on(&[2, 3], 21.0), on(&[1, 2], 18.0)],
    ),
    product(
        "Battery Monitor Cell",
        BRISA,
        (1, 11.5),
        [420.0, 480.0, 520.0, 540.0, 540.0],
        MAIN_1,
        [on(&[3, 4, 5], 10.0), on(&[1, 2, 3], 8.0), on(&[1, 2], 9.0), on(&[1, 2, 3], 4.0), on(&[3], 6.0), None],
    ),
    product(
        "Zonal Controller",
        BRISA_BODY,
        (1, 132.0),
        [0.0, 0.0, 60.0, 110.0, 140.0],
        MAIN_2,
        [on(&[1, 2, 3], 27.0), on(&[3, 4], 24.0), on(&[1, 2], 30.0), on(&[2, 3], 10.0), on(&[2, 3], 26.0), on(&[2], 24.0)],
    ),
    product(
        "Pump Drive 400",
        KESTREL,
        (2, 47.0),
        [95.0, 95.0, 98.0, 100.0, 100.0],
        MAIN_2,
        [on(&[6, 7], 19.0), on(&[1, 2], 18.0), on(&[1, 2], 28.0), on(&[1, 2], 9.0), on(&[1, 4], 22.0), on(&[1, 3], 18.0)],
    ),
    product(
        "Pump Drive 800",
        KESTREL,
        (2, 79.0),
        [40.0, 46.0, 50.0, 52.0, 52.0],
        POWER_AND_CONTROL,
        [on(&[6, 7], 20.0), on(&[1, 2], 24.0), on(&[1, 2], 40.0), on(&[1, 2], 12.0), on(&[1, 4], 32.0), on(&[1, 3], 27.0)],
    ),
    product(
        "Fan Drive",
        KESTREL,
        (2, 21.0),
        [150.0, 155.0, 158.0, 160.0, 160.0],
        MAIN_1,
        [on(&[5, 6, 7], 18.0), on(&[2, 3], 11.0), on(&[1, 2], 17.0), on(&[3], 6.0), on(&[4], 10.0), on(&[3], 8.0)],
    ),
    product(
        "Cooling Valve Drive",
        KESTREL,
        (2, 18.5),
        [80.0, 84.0, 88.0, 90.0, 90.0],
        MAIN_1,
        [on(&[5], 17.0), on(&[2, 3], 12.0), on(&[1, 2], 20.0), on(&[3], 7.0), on(&[4], 12.0), None],
    ),
    product(
        "Body Control L",
        NORDLICHT,
        (2, 38.0),
        [110.0, 110.0, 112.0, 112.0, 112.0],
        MAIN_2,
        [on(&[1, 2, 3], 23.5), on(&[3, 4], 22.0), on(&[1, 2], 22.0), on(&[2, 3], 9.0), on(&[3, 5], 23.0), on(&[2, 3], 18.0)],
    ),
    product(
        "Body Control H",
        NORDLICHT,
        (2, 61.0),
        [55.0, 58.0, 60.0, 62.0, 62.0],
        MAIN_2,
        [on(&[1, 2, 3], 29.0), on(&[3, 4], 28.0), on(&[1, 2], 30.0), on(&[2, 3], 12.0), on(&[3, 5], 30.0), on(&[2, 3], 24.0)],
    ),
    product(
        "Door Module Front",
        NORDLICHT,
        (3, 14.0),
        [260.0, 262.0, 264.0, 264.0, 260.0],
        MAIN_1,
        [on(&[1, 2, 3, 4], 13.5), on(&[4], 9.0), None, on(&[4], 5.0), on(&[5], 9.0), None],
    ),
    product(
        "Door Module Rear",
        NORDLICHT,
        (3, 12.5),
        [250.0, 250.0, 252.0, 252.0, 250.0],
        MAIN_1,
        [on(&[1, 2, 3, 4], 12.5), on(&[4], 9.0), None, on(&[4], 5.0), on(&[5], 8.0), None],
    ),
    product(
        "Seat Control",
        NORDLICHT,
        (3, 22.0),
        [130.0, 132.0, 135.0, 135.0, 130.0],
        MAIN_2,
        [on(&[1, 2, 3, 4], 14.5), on(&[3, 4], 14.0), None, on(&[3, 4], 7.0), on(&[5, 6], 14.0), on(&[3, 4], 10.0)],
    ),
    product(
        "Wiper Control",
        NORDLICHT,
        (3, 13.0),
        [180.0, 180.0, 180.0, 175.0, 170.0],
        MAIN_1,
        [on(&[4], 13.5), on(&[4], 8.0), on(&[1, 2], 12.0), on(&[4], 5.0), on(&[5, 6], 8.0), None],
    ),
    product(
        "Roof Module",
        NORDLICHT,
        (3, 19.0),
        [90.0, 90.0, 95.0, 95.0, 95.0],
        &[("MAIN", 1, 1), ("LED", 1, 2)],
        [on(&[4, 5], 12.5), None, None, on(&[4], 6.0), on(&[6], 16.0), None],
    ),
    product(
        "Trailer Module",
        NORDLICHT,
        (3, 29.0),
        [38.0, 38.0, 38.0, 36.0, 36.0],
        MAIN_2,
        [on(&[3, 4], 19.0), on(&[3], 18.0), on(&[1, 2], 30.0), on(&[2], 9.0), on(&[3], 20.0), on(&[2], 17.0)],
    ),
    product(
        "Cluster C1",
        TINDRA,
        (2, 88.0),
        [120.0, 60.0, 0.0, 0.0, 0.0],
        &[("MAIN", 2, 1), ("HMI", 1, 1)],
        [on(&[1, 2], 20.0), on(&[4], 20.0), None, on(&[3, 4], 8.0), on(&[6], 27.0), on(&[4], 27.0)],
    ),
    product(
        "Cluster C2",
        TINDRA,
        (2, 91.0),
        [0.0, 40.0, 110.0, 125.0, 130.0],
        &[("MAIN", 2, 1), ("HMI", 1, 1)],
        [on(&[1, 2], 19.0), on(&[4], 19.0), None, on(&[3, 4], 8.0), on(&[6], 26.0), on(&[4], 25.0)],
    ),
    product(
        "Rear Camera",
        TINDRA_CAMERA,
        (2, 17.0),
        [300.0, 310.0, 320.0, 320.0, 320.0],
        MAIN_2,
        [on(&[8, 9], 9.0), on(&[6], 5.0), on(&[3], 5.0), on(&[3, 4], 3.0), on(&[6], 6.0), on(&[4], 7.0)],
    ),
    product(
        "Surround Camera",
        TINDRA_CAMERA,
        (2, 24.0),
        [140.0, 180.0, 220.0, 240.0, 250.0],
        MAIN_2,
        [on(&[8, 9], 10.0), on(&[6], 8.0), on(&[3], 5.0), on(&[3, 4], 3.0), on(&[6], 7.0), on(&[4], 8.0)],
    ),
    product(
        "Driver Display",
        TINDRA,
        (2, 118.0),
        [45.0, 60.0, 70.0, 75.0, 80.0],
        MAIN_2,
        [on(&[1, 2], 27.0), on(&[4], 24.0), None, on(&[3, 4], 8.0), on(&[6], 36.0), on(&[4], 34.0)],
    ),
    product(
        "Infusion Pump Board",
        HALDEN,
        (1, 143.0),
        [85.0, 90.0, 96.0, 104.0, 110.0],
        MAIN_2,
        [on(&[8, 9], 24.5), on(&[5], 25.0), on(&[3], 12.0), on(&[4], 8.0), on(&[4], 23.0), on(&[3], 21.0)],
    ),
    product(
        "Patient Monitor",
        HALDEN,
        (1, 310.0),
        [32.0, 34.0, 36.0, 38.0, 40.0],
        &[("MAIN", 2, 1), ("IO", 1, 1), ("DISP", 1, 1)],
        [on(&[8, 9], 22.5), on(&[5], 15.0), None, on(&[4], 9.0), on(&[4], 52.0), on(&[3], 49.0)],
    ),
    product(
        "Ventilator Board",
        HALDEN,
        (1, 265.0),
        [26.0, 28.0, 30.0, 33.0, 36.0],
        &[("MAIN", 2, 1), ("PWR", 1, 1)],
        [on(&[8, 9], 23.5), on(&[5], 25.0), on(&[3], 20.0), on(&[4], 10.0), on(&[4], 49.0), on(&[3], 43.0)],
    ),
    product(
        "Dosing Unit",
        HALDEN,
        (1, 74.0),
        [20.0, 22.0, 25.0, 28.0, 30.0],
        MAIN_1,
        [on(&[9], 27.0), on(&[5], 18.0), None, on(&[4], 7.0), on(&[4], 26.0), on(&[3], 21.0)],
    ),
    product(
        "Smart Meter E3",
        PIEDRA,
        (3, 23.0),
        [380.0, 400.0, 420.0, 420.0, 400.0],
        &[("MAIN", 1, 1), ("COM", 1, 1)],
        [on(&[4, 5], 10.0), on(&[6], 5.0), None, on(&[4], 5.0), on(&[5, 6], 8.0), on(&[4], 6.0)],
    ),
    product(
        "Smart Meter G1",
        PIEDRA,
        (3, 26.0),
        [160.0, 170.0, 180.0, 190.0, 200.0],
        MAIN_1,
        [on(&[5], 12.5), on(&[6], 9.0), None, on(&[4], 5.0), on(&[5, 6], 8.0), on(&[4], 6.0)],
    ),
    product(
        "Meter Gateway",
        PIEDRA,
        (3, 42.0),
        [50.0, 60.0, 70.0, 80.0, 90.0],
        MAIN_2,
        [on(&[5], 18.0), on(&[6], 15.0), None, on(&[4], 7.0), on(&[5], 17.0), on(&[4], 14.0)],
    ),
    product(
        "Climate Panel",
        VENTO,
        (3, 31.0),
        [95.0, 98.0, 100.0, 100.0, 100.0],
        &[("MAIN", 2, 1), ("KEY", 1, 1)],
        [on(&[4, 5], 15.5), on(&[6], 9.0), None, on(&[3], 8.0), on(&[6], 20.0), None],
    ),
    product(
        "Thermostat",
        VENTO,
        (3, 9.5),
        [210.0, 215.0, 220.0, 225.0, 230.0],
        MAIN_1,
        [on(&[8, 9], 11.0), None, None, on(&[3], 4.0), on(&[5], 5.0), None],
    ),
    product(
        "Heat Pump Control",
        VENTO,
        (3, 87.0),
        [30.0, 45.0, 60.0, 75.0, 90.0],
        POWER_AND_CONTROL,
        [on(&[7], 22.5), on(&[2, 3], 26.0), None, on(&[1], 12.0), on(&[2], 31.0), on(&[1], 28.0)],
    ),
    product(
        "PLC CPU",
        UMBRAL,
        (3, 190.0),
        [18.0, 18.0, 19.0, 19.0, 20.0],
        &[("MAIN", 2, 1), ("BUS", 1, 1)],
        [on(&[8], 29.0), on(&[6], 40.0), None, on(&[4], 10.0), on(&[2], 58.0), on(&[1], 56.0)],
    ),
    product(
        "PLC IO Card",
        UMBRAL,
        (3, 33.0),
        [140.0, 142.0, 145.0, 148.0, 150.0],
        MAIN_1,
        [on(&[8], 15.5), on(&[6], 12.0), None, on(&[4], 6.0), on(&[2], 8.0), None],
    ),
    product(
        "Servo Amplifier",
        UMBRAL,
        (3, 225.0),
        [22.0, 24.0, 26.0, 28.0, 30.0],
        &[("PWR", 2, 1), ("CTRL", 2, 1)],
        [on(&[7], 24.5), on(&[3], 40.0), on(&[3], 30.0), on(&[1], 14.0), on(&[1], 55.0), on(&[1], 49.0)],
    ),
    product(
        "Access Reader",
        UMBRAL,
        (3, 15.0),
        [75.0, 75.0, 75.0, 70.0, 65.0],
        MAIN_1,
        [on(&[9], 14.5), None, None, on(&[3], 4.0), on(&[2], 9.0), on(&[2], 6.0)],
    ),
];

/// A step of a product in an area: the row that shape B has for it.
pub(super) struct Part {
    /// Board, or the product's own name where it is whole.
    pub name: &'static str,
    /// `Top`, `Bottom`, or empty.
    pub side: &'static str,
    pub cycle_time_s: f64,
    /// Pieces in a finished product.
    pub pieces: u32,
}

impl Product {
    /// The steps in an area; every one is needed. The bottom side of a board takes a tenth less than its top side.
    pub(super) fn parts(&self, area: usize) -> Vec<Part> {
        let Some((_, seconds)) = self.needs[area] else { return Vec::new() };
        match area {
            0 => self.boards.iter().flat_map(|board| sides(board, seconds)).collect(),
            1 | 3 => {
                let part = |board: &Board| Part { name: board.0, side: "", cycle_time_s: seconds, pieces: board.2 };
                self.boards.iter().map(part).collect()
            }
            _ => vec![Part { name: self.name, side: "", cycle_time_s: seconds, pieces: 1 }],
        }
    }

    /// The lines that can do them, by index.
    pub(super) fn lines(&self, area: usize) -> Vec<usize> {
        let first = LINES.iter().position(|line| line.0 == area).unwrap_or(0);
        self.needs[area].map(|(numbers, _)| numbers.iter().map(|number| first + number - 1).collect()).unwrap_or_default()
    }
}

fn sides(board: &Board, seconds: f64) -> Vec<Part> {
    let part = |side, cycle_time_s| Part { name: board.0, side, cycle_time_s, pieces: board.2 };
    match board.1 {
        1 => vec![part("Top", seconds)],
        _ => vec![part("Top", seconds), part("Bottom", (seconds * 9.0).round() / 10.0)],
    }
}
