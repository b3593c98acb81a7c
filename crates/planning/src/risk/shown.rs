//! A study as readers see it: shares as percentages, names, sentences in their language; and as rows of a table.
//!
//! **Invariant:** nothing is worked out here that the study does not say; the table has the columns of the rows, in their order.

use line_plan::risk::{Bar, DriverKind, Figures, Histogram, Of, Probability, Quantity, Spread, ThingRisk, driver_in_words};
use line_plan::{Language, Weight};
use platform::Result;
use platform::resource::Sheet;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::asked::{AreaTarget, UncertainInput, UncertainQuantity};
use super::store::{Found, StudyEntry};

/// A study of risk. Amounts of weight are in the unit of `weight_unit`.
#[derive(Debug, Serialize, ToSchema)]
pub struct RiskStudy {
    /// The study.
    #[serde(flatten)]
    pub entry: StudyEntry,
    /// The plant.
    pub plant_id: Uuid,
    /// SHA-256 of the question: equal questions have equal answers.
    #[schema(example = "9b74c9897bac770ffc029102a200c5de9b74c9897bac770ffc029102a200c5de")]
    pub question_hash: String,
    /// Samples that were drawn.
    #[schema(example = 2000)]
    pub samples: u32,
    /// Where the random numbers began.
    #[schema(example = 1)]
    pub seed: u64,
    /// Share of an item's demand in a period below which missing units do not count as short.
    pub tolerance_pct: f64,
    /// Utilisation above which areas and their lines are over their target.
    pub targets: Vec<AreaTarget>,
    /// What was uncertain.
    pub inputs: Vec<UncertainInput>,
    /// Periods in their order.
    #[schema(example = json!(["2027", "2028"]))]
    pub periods: Vec<String>,
    /// What weight is counted in: standard hours, units, money.
    #[schema(example = "standard hours")]
    pub weight_unit: String,
    /// Integer decisions, frozen periods or campaigns were left out of the samples.
    pub simplified: bool,
    /// As planned.
    pub planned: RiskFigures,
    /// Every input at its median: where the bars begin.
    pub median: RiskFigures,
    /// That any demand is short.
    pub short: RiskProbability,
    /// Units that are missing in all.
    pub unmet_units: RiskSpread,
    /// Their weight.
    pub unmet_weight: RiskSpread,
    /// The highest utilisation of a line in a period.
    pub peak_utilization_pct: RiskSpread,
    /// How often how many units are missing.
    pub unmet_units_histogram: RiskHistogram,
    /// How often how much weight is missing.
    pub unmet_weight_histogram: RiskHistogram,
    /// How often the highest utilisation is what.
    pub peak_utilization_histogram: RiskHistogram,
    /// What one driver does by itself, the longest bar first; and how outcomes follow it in the samples.
    pub tornado: Vec<RiskBar>,
    /// Samples that the rank correlations are of.
    pub correlated_samples: u32,
    /// How the estimates settled.
    pub convergence: Vec<RiskCheckpoint>,
    /// Samples that the independent verifier has recomputed, and the largest relative error it found.
    pub verification: RiskVerification,
    /// What was noticed about the data.
    #[schema(value_type = Vec<Object>)]
    pub findings: Value,
    /// The study in a few sentences.
    #[schema(example = json!(["Line CC-01 is short in 37.0 % of the samples, most often in 2030 (31.2 %); what moves it most is the volume of family Body."]))]
    pub explanations: Vec<String>,
}

/// What a plan comes to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct RiskFigures {
    /// Units that are missing.
    pub unmet_units: f64,
    /// Their weight.
    pub unmet_weight: f64,
    /// The highest utilisation of a line in a period.
    pub peak_utilization_pct: f64,
}

/// A probability as far as the samples tell it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct RiskProbability {
    /// Share of the samples.
    #[schema(example = 37.0)]
    pub pct: f64,
    /// Lower end of its 95 % confidence interval (Wilson).
    pub low_pct: f64,
    /// Upper end.
    pub high_pct: f64,
    /// Standard error.
    pub standard_error_pct: f64,
}

/// Where values lie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct RiskSpread {
    /// Mean.
    pub mean: f64,
    /// A twentieth of the samples is at most this.
    pub p5: f64,
    /// Half of the samples is at most this.
    pub p50: f64,
    /// All but a twentieth of the samples is at most this.
    pub p95: f64,
    /// Mean of the worst twentieth (expected shortfall, CVaR 95).
    pub cvar95: f64,
}

/// How often which amounts came.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RiskHistogram {
    /// Samples with nothing at all.
    pub zero: u32,
    /// The others.
    pub bins: Vec<RiskBin>,
}

/// Samples with more than `from`, up to `to`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct RiskBin {
    /// Lower end.
    pub from: f64,
    /// Upper end.
    pub to: f64,
    /// How many samples.
    pub count: u32,
}

/// A driver moved by itself.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RiskBar {
    /// In words, in the reader's language.
    #[schema(example = "the volume of family Body")]
    pub driver: String,
    /// Index of its input.
    pub input: usize,
    /// What is uncertain.
    pub quantity: UncertainQuantity,
    /// What its name names: model, line, family, customer, area, all, rest.
    #[schema(example = "family")]
    pub kind: String,
    /// Its name; empty for all.
    #[schema(example = "Body")]
    pub name: String,
    /// How many items or lines it is.
    pub members: usize,
    /// How far it is from what is planned at its 10th percentile.
    pub low_pct: f64,
    /// At its 90th percentile.
    pub high_pct: f64,
    /// The plan at its 10th percentile, all else at the median.
    pub low: RiskFigures,
    /// The plan at its 90th percentile.
    pub high: RiskFigures,
    /// Spearman's rank correlation with the missing weight; null where either does not vary.
    pub correlation_unmet: Option<f64>,
    /// With the highest utilisation.
    pub correlation_peak: Option<f64>,
}

/// What is known after so many samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct RiskCheckpoint {
    /// Samples.
    pub samples: u32,
    /// That any demand is short.
    pub short: RiskProbability,
    /// Mean of the missing weight.
    pub unmet_weight: f64,
    /// Half of its 95 % confidence interval.
    pub half_width: f64,
}

/// What the verifier saw.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct RiskVerification {
    /// Samples.
    pub samples: u32,
    /// The largest relative error.
    pub worst_error: f64,
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RiskOf {
    /// A line.
    Line,
    /// An area.
    Area,
    /// A customer.
    Customer,
    /// An item.
    Model,
}

impl RiskOf {
    fn of(of: Of) -> RiskOf {
        match of {
            Of::Line => RiskOf::Line,
            Of::Area => RiskOf::Area,
            Of::Customer => RiskOf::Customer,
            Of::Model => RiskOf::Model,
        }
    }
}

/// The risk of a line, area, customer or item in a period, or over all of them. Members without a meaning for it are null.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RiskRow {
    /// What it is.
    pub of: RiskOf,
    /// Its name.
    #[schema(example = "CC-01")]
    pub name: String,
    /// Area of a line.
    #[schema(example = "Conformal")]
    pub area: Option<String>,
    /// The period; null for all of them: short or over in any, amounts added up, the highest utilisation.
    #[schema(example = "2030")]
    pub period: Option<String>,
    /// How likely demand is missing: of an item or customer; because of an area; at a line that is full while demand is missing that it could make.
    #[schema(example = 37.0)]
    pub short_pct: f64,
    /// Lower end of its 95 % confidence interval.
    pub short_low_pct: f64,
    /// Upper end.
    pub short_high_pct: f64,
    /// Its standard error.
    pub short_error_pct: f64,
    /// How likely it is fuller than its target.
    pub over_target_pct: Option<f64>,
    /// Lower end of its 95 % confidence interval.
    pub over_target_low_pct: Option<f64>,
    /// Upper end.
    pub over_target_high_pct: Option<f64>,
    /// How full it is as planned.
    pub planned_utilization_pct: Option<f64>,
    /// How full it is: mean.
    pub utilization_mean_pct: Option<f64>,
    /// How full it is: 5th percentile.
    pub utilization_p5_pct: Option<f64>,
    /// How full it is: median.
    pub utilization_p50_pct: Option<f64>,
    /// How full it is: 95th percentile.
    pub utilization_p95_pct: Option<f64>,
    /// Units that are missing as planned.
    pub planned_unmet_units: f64,
    /// Units that are missing: mean. Lines that limit the same units have them all, so lines do not add up.
    pub unmet_units_mean: f64,
    /// Units that are missing: 5th percentile.
    pub unmet_units_p5: f64,
    /// Units that are missing: median.
    pub unmet_units_p50: f64,
    /// Units that are missing: 95th percentile.
    pub unmet_units_p95: f64,
    /// Units that are missing: mean of the worst twentieth.
    pub unmet_units_cvar95: f64,
    /// Their weight: mean.
    pub unmet_weight_mean: f64,
    /// Their weight: 5th percentile.
    pub unmet_weight_p5: f64,
    /// Their weight: median.
    pub unmet_weight_p50: f64,
    /// Their weight: 95th percentile.
    pub unmet_weight_p95: f64,
    /// Their weight: mean of the worst twentieth.
    pub unmet_weight_cvar95: f64,
    /// What moves it most, in words; of lines and areas over all periods.
    #[schema(example = "the volume of family Body")]
    pub mover: Option<String>,
    /// Rank correlation with it.
    pub mover_correlation: Option<f64>,
}

impl RiskStudy {
    /// Of what was found.
    pub fn new(found: &Found, language: Language) -> RiskStudy {
        let study = &found.study;
        let probability = RiskProbability::of;
        RiskStudy {
            entry: found.entry.clone(),
            plant_id: found.plant.0,
            question_hash: found.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            samples: study.samples,
            seed: study.seed,
            tolerance_pct: percent(study.tolerance),
            targets: study
                .targets
                .iter()
                .map(|target| AreaTarget { area: target.area.clone(), target_utilization_pct: percent(target.utilization) })
                .collect(),
            inputs: found.said.inputs(),
            periods: study.periods.clone(),
            weight_unit: match found.options.weight {
                Weight::Hours => "standard hours",
                Weight::Units => "units",
                Weight::Money => "money",
            }
            .to_owned(),
            simplified: study.simplified,
            planned: RiskFigures::of(study.planned),
            median: RiskFigures::of(study.median),
            short: probability(study.short),
            unmet_units: RiskSpread::of(study.unmet_units, 1.0),
            unmet_weight: RiskSpread::of(study.unmet_weight, 1.0),
            peak_utilization_pct: RiskSpread::of(study.peak_utilization, 100.0),
            unmet_units_histogram: RiskHistogram::of(&study.units_histogram, 1.0),
            unmet_weight_histogram: RiskHistogram::of(&study.weight_histogram, 1.0),
            peak_utilization_histogram: RiskHistogram::of(&study.peak_histogram, 100.0),
            tornado: study.bars.iter().map(|bar| RiskBar::of(bar, language)).collect(),
            correlated_samples: study.correlated_samples,
            convergence: study
                .convergence
                .iter()
                .map(|point| RiskCheckpoint {
                    samples: point.samples,
                    short: probability(point.short),
                    unmet_weight: point.unmet_weight,
                    half_width: point.half_width,
                })
                .collect(),
            verification: RiskVerification { samples: study.checked.samples, worst_error: study.checked.worst_error },
            findings: found.findings.clone(),
            explanations: study.sentences(language),
        }
    }
}

impl RiskFigures {
    fn of(figures: Figures) -> RiskFigures {
        let Figures { unmet_units, unmet_weight, peak_utilization } = figures;
        RiskFigures { unmet_units, unmet_weight, peak_utilization_pct: percent(peak_utilization) }
    }
}

impl RiskProbability {
    fn of(probability: Probability) -> RiskProbability {
        let Probability { share, low, high, standard_error } = probability;
        RiskProbability { pct: percent(share), low_pct: percent(low), high_pct: percent(high), standard_error_pct: percent(standard_error) }
    }
}

impl RiskSpread {
    fn of(spread: Spread, scale: f64) -> RiskSpread {
        let Spread { mean, p5, p50, p95, cvar95 } = spread;
        RiskSpread { mean: mean * scale, p5: p5 * scale, p50: p50 * scale, p95: p95 * scale, cvar95: cvar95 * scale }
    }
}

impl RiskHistogram {
    fn of(histogram: &Histogram, scale: f64) -> RiskHistogram {
        let bins = histogram.bins.iter().map(|bin| RiskBin { from: bin.from * scale, to: bin.to * scale, count: bin.count });
        RiskHistogram { zero: histogram.zero, bins: bins.collect() }
    }
}

impl RiskBar {
    fn of(bar: &Bar, language: Language) -> RiskBar {
        let driver = &bar.driver;
        RiskBar {
            driver: driver_in_words(driver, language),
            input: driver.input,
            quantity: match driver.quantity {
                Quantity::Volume => UncertainQuantity::Volume,
                Quantity::Efficiency => UncertainQuantity::Efficiency,
                Quantity::CycleTime => UncertainQuantity::CycleTime,
                Quantity::Availability => UncertainQuantity::Availability,
            },
            kind: match driver.kind {
                DriverKind::Model => "model",
                DriverKind::Line => "line",
                DriverKind::Family => "family",
                DriverKind::Customer => "customer",
                DriverKind::Area => "area",
                DriverKind::All => "all",
                DriverKind::Rest => "rest",
            }
            .to_owned(),
            name: driver.name.clone(),
            members: driver.members,
            low_pct: percent(bar.factor_low - 1.0),
            high_pct: percent(bar.factor_high - 1.0),
            low: RiskFigures::of(bar.low),
            high: RiskFigures::of(bar.high),
            correlation_unmet: bar.correlation_unmet,
            correlation_peak: bar.correlation_peak,
        }
    }
}

/// Which rows are wanted; all where nothing is said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// What they are about.
    pub of: Option<RiskOf>,
    /// Its name.
    pub name: Option<String>,
    /// The area of lines, and areas so called.
    pub area: Option<String>,
    /// The period; `all` for those over all of them.
    pub period: Option<String>,
    /// At least so likely short or over the target.
    pub at_least_pct: Option<f64>,
}

impl Rows {
    /// The rows of a study, lines first, each over all periods first.
    pub fn of(&self, found: &Found, language: Language) -> Vec<RiskRow> {
        let wanted = |thing: &&ThingRisk| {
            let is = |own: &str, asked: &Option<String>| asked.as_ref().is_none_or(|asked| own.eq_ignore_ascii_case(asked.trim()));
            let area = if thing.of == Of::Area { &thing.name } else { &thing.area };
            let likely = 100.0 * thing.short.share.max(thing.over_target.map_or(0.0, |over| over.share));
            self.of.is_none_or(|of| of == RiskOf::of(thing.of))
                && is(&thing.name, &self.name)
                && is(area, &self.area)
                && is(thing.period.as_deref().unwrap_or("all"), &self.period)
                && self.at_least_pct.is_none_or(|least| likely >= least)
        };
        found.study.things.iter().filter(wanted).map(|thing| RiskRow::of(thing, found, language)).collect()
    }
}

impl RiskRow {
    fn of(thing: &ThingRisk, found: &Found, language: Language) -> RiskRow {
        let (units, weight) = (thing.unmet_units, thing.unmet_weight);
        let over = thing.over_target.map(RiskProbability::of);
        let short = RiskProbability::of(thing.short);
        let level = |of: fn(&Spread) -> f64| thing.utilization.as_ref().map(|spread| percent(of(spread)));
        let mover =
            thing.mover.and_then(|mover| Some((driver_in_words(&found.study.bars.get(mover.bar)?.driver, language), mover.correlation)));
        let (mover, mover_correlation) = mover.unzip();
        RiskRow {
            of: RiskOf::of(thing.of),
            name: thing.name.clone(),
            area: Some(thing.area.clone()).filter(|area| !area.is_empty()),
            period: thing.period.clone(),
            short_pct: short.pct,
            short_low_pct: short.low_pct,
            short_high_pct: short.high_pct,
            short_error_pct: short.standard_error_pct,
            over_target_pct: over.map(|over| over.pct),
            over_target_low_pct: over.map(|over| over.low_pct),
            over_target_high_pct: over.map(|over| over.high_pct),
            planned_utilization_pct: thing.planned_utilization.map(percent),
            utilization_mean_pct: level(|spread| spread.mean),
            utilization_p5_pct: level(|spread| spread.p5),
            utilization_p50_pct: level(|spread| spread.p50),
            utilization_p95_pct: level(|spread| spread.p95),
            planned_unmet_units: thing.planned_unmet_units,
            unmet_units_mean: units.mean,
            unmet_units_p5: units.p5,
            unmet_units_p50: units.p50,
            unmet_units_p95: units.p95,
            unmet_units_cvar95: units.cvar95,
            unmet_weight_mean: weight.mean,
            unmet_weight_p5: weight.p5,
            unmet_weight_p50: weight.p50,
            unmet_weight_p95: weight.p95,
            unmet_weight_cvar95: weight.cvar95,
            mover,
            mover_correlation,
        }
    }
}

/// Rows as a table, with the columns of [`RiskRow`].
///
/// # Errors
/// None in practice: rows are values of JSON.
pub fn table<T: Serialize>(rows: &[T]) -> Result<Sheet> {
    let mut sheet = Sheet { columns: Vec::new(), rows: Vec::new() };
    for row in rows {
        let Value::Object(members) = serde_json::to_value(row).map_err(platform::Error::internal)? else { continue };
        let flat = flat(String::new(), members);
        if sheet.columns.is_empty() {
            sheet.columns = flat.iter().map(|(column, _)| column.clone()).collect();
        }
        sheet.rows.push(flat.into_iter().map(|(_, text)| text).collect());
    }
    Ok(sheet)
}

/// Members of members as columns of their own: `low.unmet_units`.
fn flat(before: String, members: serde_json::Map<String, Value>) -> Vec<(String, String)> {
    let column = |(name, value): (String, Value)| {
        let name = if before.is_empty() { name } else { format!("{before}.{name}") };
        match value {
            Value::Object(members) => flat(name, members),
            Value::Null => vec![(name, String::new())],
            Value::String(text) => vec![(name, text)],
            other => vec![(name, other.to_string())],
        }
    };
    members.into_iter().flat_map(column).collect()
}

/// Share as a percentage, without the noise of the last bits.
fn percent(share: f64) -> f64 {
    (share * 1e8).round() / 1e6
}
