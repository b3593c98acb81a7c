//! What is asked of a study, in the words of a planner, and the engine's question that it is.
//!
//! **Invariant:** everything that is wrong is told at once, each with its pointer.

use std::collections::{BTreeMap, BTreeSet};

use line_plan::Problem;
use line_plan::risk::{self, Distribution, Members, Quantity, RiskError, Together, Uncertain};
use platform::{Error, FieldError, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is asked of a study of risk. What is left open is as usual.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskAsked {
    /// What is uncertain; the usual inputs (volume ± 10 %, efficiency ± 3 %, short stops of lines) unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 100)]
    pub inputs: Option<Vec<UncertainInput>>,
    /// How many samples are drawn; 2,000 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 10, maximum = 100000, example = 2000)]
    pub samples: Option<i64>,
    /// Where the random numbers begin. The same seed meets every scenario with the same draws; 1 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 1)]
    pub seed: Option<i64>,
    /// Share of an item's demand in a period below which missing units do not count as short; 0.1 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100, example = 0.1)]
    pub tolerance_pct: Option<f64>,
    /// Utilisation above which lines and areas are over their target; 85 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 200, example = 85)]
    pub target_utilization_pct: Option<f64>,
    /// Areas with another target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub area_targets: Vec<AreaTarget>,
}

/// The target of an area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaTarget {
    /// The area's name.
    #[schema(example = "SMT")]
    pub area: String,
    /// Utilisation above which it or its lines are over.
    #[schema(minimum = 1, maximum = 200, example = 90)]
    pub target_utilization_pct: f64,
}

/// What is uncertain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UncertainQuantity {
    /// Demand, by period.
    Volume,
    /// Efficiency, for the whole horizon; never over 100 %.
    Efficiency,
    /// Cycle time, for the whole horizon.
    CycleTime,
    /// Share of its hours that a line runs, by period.
    Availability,
}

/// Who goes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RiskGroup {
    /// Each item or line by itself.
    Alone,
    /// All of them.
    All,
    /// Items of a family.
    Family,
    /// Items of a customer.
    Customer,
    /// Lines of an area.
    Area,
}

/// Which items or lines, by name; all of them where nothing is named. Several lists add up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UncertainOf {
    /// Items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Families of items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub families: Vec<String>,
    /// Customers of items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customers: Vec<String>,
    /// Lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// Areas of lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<String>,
}

impl UncertainOf {
    fn names(&self) -> usize {
        [&self.models, &self.families, &self.customers, &self.lines, &self.areas].map(Vec::len).iter().sum()
    }
}

/// How far something may be from what is planned, in percent of it: −10 is a tenth less. Of availability: −5 is a line that stands still for a
/// twentieth of its hours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum RiskDistribution {
    /// Normal, cut off at both ends: at four standard deviations unless said, and where it would make no sense any more.
    Normal {
        /// Mean; 0 unless given.
        #[serde(default)]
        mean_pct: f64,
        /// Standard deviation. Nine of ten draws lie within 1.645 of them.
        #[schema(minimum = 0, maximum = 1000, example = 6)]
        sd_pct: f64,
        /// Least.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        low_pct: Option<f64>,
        /// Most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        high_pct: Option<f64>,
    },
    /// Triangular.
    Triangular {
        /// Least.
        #[schema(example = -10)]
        low_pct: f64,
        /// Most likely.
        #[serde(default)]
        mode_pct: f64,
        /// Most.
        #[schema(example = 10)]
        high_pct: f64,
    },
    /// PERT (beta): like triangular, with less weight at the ends.
    Pert {
        /// Least.
        #[schema(example = -10)]
        low_pct: f64,
        /// Most likely.
        #[serde(default)]
        mode_pct: f64,
        /// Most.
        #[schema(example = 10)]
        high_pct: f64,
    },
    /// Uniform.
    Uniform {
        /// Least.
        #[schema(example = -10)]
        low_pct: f64,
        /// Most.
        #[schema(example = 10)]
        high_pct: f64,
    },
    /// Lognormal: never below nothing, with a long tail upwards.
    Lognormal {
        /// Mean; 0 unless given.
        #[serde(default)]
        mean_pct: f64,
        /// Standard deviation in percent of the mean.
        #[schema(minimum = 0, maximum = 1000, example = 10)]
        cv_pct: f64,
    },
    /// Some values with their weights.
    Discrete {
        /// The values.
        values: Vec<WeightedValue>,
    },
    /// What was seen: each value as likely as any other.
    Empirical {
        /// The values.
        values_pct: Vec<f64>,
    },
    /// Lines that fail and are repaired, times being exponential; only availability.
    Breakdowns {
        /// Mean time between failures: hours of running from a repair to the next failure.
        #[schema(minimum = 0, example = 120)]
        mtbf_h: f64,
        /// Mean time to repair.
        #[schema(minimum = 0, example = 3)]
        mttr_h: f64,
    },
}

/// A value with its weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightedValue {
    /// The value.
    #[schema(example = -20)]
    pub value_pct: f64,
    /// How likely it is; weights are scaled to add up to 1.
    #[schema(minimum = 0, example = 0.25)]
    pub probability: f64,
}

/// An uncertain input: a quantity of some items or lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UncertainInput {
    /// What is uncertain.
    pub quantity: UncertainQuantity,
    /// Of what; of everything unless given. Efficiency and cycle time are those of lines, or of items where items are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<UncertainOf>,
    /// How far it may be from what is planned.
    pub distribution: RiskDistribution,
    /// Who shares a common factor: by family for volumes, by area for the rest unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together: Option<RiskGroup>,
    /// Correlation of two that go together; 0.5 for volumes, 0 for the rest unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1, example = 0.5)]
    pub correlation: Option<f64>,
    /// Correlation of a period with another; 0.8 for volumes, 0 for availability unless given. Efficiency and cycle time are one for all periods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1, example = 0.8)]
    pub persistence: Option<f64>,
    /// What is one bar of the tornado: families for volumes, lines for the rest unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bars: Option<RiskGroup>,
}

/// Samples where nothing is said.
const SAMPLES: i64 = 2000;
/// Samples there may be.
const FEWEST_AND_MOST: std::ops::RangeInclusive<i64> = 10..=100_000;
/// Most inputs.
const MOST_INPUTS: usize = 100;
/// Most names in all inputs.
const MOST_NAMES: usize = 50_000;
/// Most samples × (capabilities × periods + 1,000): about a quarter of an hour.
const MOST_WORK: f64 = 4e9;
/// The normal score that a twentieth lies above.
const TWENTIETH: f64 = 1.644_853_626_951_472_7;

/// The inputs where none are given.
pub fn usual_inputs() -> Vec<UncertainInput> {
    let input = |quantity, distribution| UncertainInput {
        quantity,
        of: None,
        distribution,
        together: None,
        correlation: None,
        persistence: None,
        bars: None,
    };
    let nine_of_ten_within = |percent: f64| RiskDistribution::Normal {
        mean_pct: 0.0,
        sd_pct: (1000.0 * percent / TWENTIETH).round() / 1000.0,
        low_pct: None,
        high_pct: None,
    };
    vec![
        input(UncertainQuantity::Volume, nine_of_ten_within(10.0)),
        input(UncertainQuantity::Efficiency, nine_of_ten_within(3.0)),
        input(UncertainQuantity::Availability, RiskDistribution::Pert { low_pct: -6.0, mode_pct: -1.0, high_pct: 0.0 }),
    ]
}

impl RiskAsked {
    /// The inputs it speaks of.
    pub fn inputs(&self) -> Vec<UncertainInput> {
        self.inputs.clone().unwrap_or_else(usual_inputs)
    }

    /// The engine's question about this problem.
    ///
    /// # Errors
    /// 422 with everything that is wrong.
    pub fn question(&self, problem: &Problem) -> Result<risk::Question> {
        let mut wrong = Vec::new();
        let samples = self.samples.unwrap_or(SAMPLES);
        if !FEWEST_AND_MOST.contains(&samples) {
            wrong.push(FieldError::new("/samples", "out_of_range", "expected 10 to 100,000"));
        }
        let seed = self.seed.unwrap_or(1);
        if !(0..=9_007_199_254_740_991).contains(&seed) {
            wrong.push(FieldError::new("/seed", "out_of_range", "expected 0 to 9,007,199,254,740,991"));
        }
        let mut within = |pointer: String, value: f64, range: std::ops::RangeInclusive<f64>| {
            if !range.contains(&value) {
                wrong.push(FieldError::new(pointer, "out_of_range", format!("expected {} to {}", range.start(), range.end())));
            }
        };
        let tolerance = self.tolerance_pct.unwrap_or(0.1);
        within("/tolerance_pct".into(), tolerance, 0.0..=100.0);
        let target = self.target_utilization_pct.unwrap_or(85.0);
        within("/target_utilization_pct".into(), target, 1.0..=200.0);
        for (index, own) in self.area_targets.iter().enumerate() {
            within(format!("/area_targets/{index}/target_utilization_pct"), own.target_utilization_pct, 1.0..=200.0);
        }
        let mut targets = vec![target / 100.0; problem.areas.len()];
        for (index, own) in self.area_targets.iter().enumerate() {
            match problem.areas.iter().position(|area| same(&area.name, &own.area)) {
                Some(area) => targets[area] = own.target_utilization_pct / 100.0,
                None => wrong.push(unknown(format!("/area_targets/{index}/area"), "unknown_area", &own.area)),
            }
        }
        let inputs = self.inputs();
        if inputs.len() > MOST_INPUTS {
            wrong.push(FieldError::new("/inputs", "too_many", format!("expected at most {MOST_INPUTS}")));
            return Err(Error::invalid(wrong));
        }
        let named: usize = inputs.iter().filter_map(|input| input.of.as_ref()).map(UncertainOf::names).sum();
        if named > MOST_NAMES {
            wrong.push(FieldError::new("/inputs", "too_many", format!("they name {named}, expected at most {MOST_NAMES} in all")));
            return Err(Error::invalid(wrong));
        }
        let inputs: Vec<Uncertain> = inputs.iter().enumerate().map(|(index, input)| input.uncertain(index, problem, &mut wrong)).collect();
        let work = samples as f64 * ((problem.capabilities.len() * problem.periods.len()) as f64 + 1000.0);
        if wrong.is_empty() && work > MOST_WORK {
            let most = (samples as f64 * MOST_WORK / work).floor();
            wrong.push(FieldError::new(
                "/samples",
                "study_too_large",
                format!("a plant of this size takes at most {most} samples in one study"),
            ));
        }
        let question = risk::Question {
            inputs,
            samples: u32::try_from(samples).unwrap_or(1).max(1),
            seed: seed.unsigned_abs(),
            tolerance: tolerance / 100.0,
            targets,
        };
        if wrong.is_empty() {
            wrong.extend(question.wrong(problem).into_iter().map(told));
        }
        if wrong.is_empty() { Ok(question) } else { Err(Error::invalid(wrong)) }
    }
}

/// What the engine says is wrong, where the planner wrote it.
fn told(wrong: RiskError) -> FieldError {
    let RiskError::Wrong { input, member, code, message } = wrong else {
        return FieldError::new("", "invalid", wrong.to_string());
    };
    let place = match member {
        "low" | "high" | "mode" | "mean" | "sd" | "cv" => format!("/distribution/{member}_pct"),
        "values" | "mtbf_h" | "mttr_h" => format!("/distribution/{member}"),
        "members" => "/of".to_owned(),
        other => format!("/{other}"),
    };
    FieldError::new(input.map_or(place.clone(), |input| format!("/inputs/{input}{place}")), code, message)
}

impl UncertainInput {
    fn uncertain(&self, index: usize, problem: &Problem, wrong: &mut Vec<FieldError>) -> Uncertain {
        let place = format!("/inputs/{index}");
        let members = self.members(&place, problem, wrong);
        let of_models = matches!(members, Members::Models(_));
        let (usual_group, usual_bars) = if of_models { (Together::Family, Together::Family) } else { (Together::Area, Together::Alone) };
        let is_volume = self.quantity == UncertainQuantity::Volume;
        let quantity = match self.quantity {
            UncertainQuantity::Volume => Quantity::Volume,
            UncertainQuantity::Efficiency => Quantity::Efficiency,
            UncertainQuantity::CycleTime => Quantity::CycleTime,
            UncertainQuantity::Availability => Quantity::Availability,
        };
        Uncertain {
            quantity,
            distribution: self.distribution.factor(quantity, &format!("{place}/distribution"), wrong),
            members,
            together: self.together.map_or(usual_group, RiskGroup::together),
            correlation: self.correlation.unwrap_or(if is_volume { 0.5 } else { 0.0 }),
            persistence: self.persistence.unwrap_or(if is_volume { 0.8 } else { 0.0 }),
            bars: self.bars.map_or(usual_bars, RiskGroup::together),
        }
    }

    /// The items or lines that are named.
    fn members(&self, place: &str, problem: &Problem, wrong: &mut Vec<FieldError>) -> Members {
        let nothing = UncertainOf::default();
        let of = self.of.as_ref().unwrap_or(&nothing);
        let (of_models, of_lines) =
            (!(of.models.is_empty() && of.families.is_empty() && of.customers.is_empty()), !(of.lines.is_empty() && of.areas.is_empty()));
        let models = match self.quantity {
            UncertainQuantity::Volume => true,
            UncertainQuantity::Availability => false,
            UncertainQuantity::Efficiency | UncertainQuantity::CycleTime => of_models,
        };
        if models && of_lines || !models && of_models {
            wrong.push(FieldError::new(
                format!("{place}/of"),
                "wrong_members",
                "volumes are of models, families or customers, availability of lines or areas, efficiency and cycle time of one of both",
            ));
        }
        let mut chosen = BTreeSet::new();
        let mut choose = |list: &str, code: &'static str, names: &[String], called: Vec<&str>| {
            if names.is_empty() {
                return;
            }
            let mut known: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for (one, name) in called.into_iter().enumerate() {
                known.entry(folded(name)).or_default().push(one);
            }
            for (index, name) in names.iter().enumerate() {
                match known.get_mut(&folded(name)) {
                    // Named once more, it is there already.
                    Some(found) if !name.trim().is_empty() => chosen.extend(found.drain(..)),
                    _ => wrong.push(unknown(format!("{place}/of/{list}/{index}"), code, name)),
                }
            }
        };
        let (items, lines) = (problem.models.len(), problem.lines.len());
        choose("models", "unknown_model", &of.models, problem.models.iter().map(|model| model.name.as_str()).collect());
        choose("families", "unknown_family", &of.families, problem.models.iter().map(|model| model.family.as_str()).collect());
        choose("customers", "unknown_customer", &of.customers, problem.models.iter().map(|model| model.customer.as_str()).collect());
        choose("lines", "unknown_line", &of.lines, problem.lines.iter().map(|line| line.name.as_str()).collect());
        let areas = problem.lines.iter().map(|line| problem.areas[line.area].name.as_str()).collect();
        choose("areas", "unknown_area", &of.areas, areas);
        let all = 0..if models { items } else { lines };
        let members = if of_models || of_lines { chosen.into_iter().filter(|one| all.contains(one)).collect() } else { all.collect() };
        if models { Members::Models(members) } else { Members::Lines(members) }
    }
}

impl RiskGroup {
    fn together(self) -> Together {
        match self {
            RiskGroup::Alone => Together::Alone,
            RiskGroup::All => Together::All,
            RiskGroup::Family => Together::Family,
            RiskGroup::Customer => Together::Customer,
            RiskGroup::Area => Together::Area,
        }
    }
}

impl RiskDistribution {
    /// The distribution of the factor. A normal one is cut off where the quantity would make no sense.
    fn factor(&self, quantity: Quantity, place: &str, wrong: &mut Vec<FieldError>) -> Distribution {
        let of = |percent: f64| 1.0 + percent / 100.0;
        let (least, most) = match quantity {
            Quantity::Volume => (0.0, f64::INFINITY),
            Quantity::Efficiency | Quantity::CycleTime => (0.01, f64::INFINITY),
            Quantity::Availability => (0.0, 1.0),
        };
        match *self {
            RiskDistribution::Normal { mean_pct, sd_pct, low_pct, high_pct } => {
                let (mean, sd) = (of(mean_pct), sd_pct / 100.0);
                let (low, high) = (low_pct.map_or(mean - 4.0 * sd, of), high_pct.map_or(mean + 4.0 * sd, of));
                // What was said explicitly is not mended but refused.
                let low = if low_pct.is_none() { low.max(least) } else { low };
                let high = if high_pct.is_none() { high.min(most) } else { high };
                Distribution::Normal { mean, sd, low, high }
            }
            RiskDistribution::Triangular { low_pct, mode_pct, high_pct } => {
                Distribution::Triangular { low: of(low_pct), mode: of(mode_pct), high: of(high_pct) }
            }
            RiskDistribution::Pert { low_pct, mode_pct, high_pct } => {
                Distribution::Pert { low: of(low_pct), mode: of(mode_pct), high: of(high_pct) }
            }
            RiskDistribution::Uniform { low_pct, high_pct } => Distribution::Uniform { low: of(low_pct), high: of(high_pct) },
            RiskDistribution::Lognormal { mean_pct, cv_pct } => Distribution::Lognormal { mean: of(mean_pct), cv: cv_pct / 100.0 },
            RiskDistribution::Discrete { ref values } => {
                few_enough(values.len(), format!("{place}/values"), wrong);
                Distribution::Discrete { values: values.iter().map(|one| (of(one.value_pct), one.probability)).collect() }
            }
            RiskDistribution::Empirical { ref values_pct } => {
                few_enough(values_pct.len(), format!("{place}/values_pct"), wrong);
                if values_pct.is_empty() {
                    wrong.push(FieldError::new(format!("{place}/values_pct"), "no_values", "expected what was seen, one value at least"));
                }
                Distribution::Discrete { values: values_pct.iter().map(|value| (of(*value), 1.0)).collect() }
            }
            RiskDistribution::Breakdowns { mtbf_h, mttr_h } => Distribution::Breakdowns { mtbf_h, mttr_h },
        }
    }
}

/// Most values of a distribution.
const MOST_VALUES: usize = 10_000;

fn few_enough(count: usize, pointer: String, wrong: &mut Vec<FieldError>) {
    if count > MOST_VALUES {
        wrong.push(FieldError::new(pointer, "too_many", format!("expected at most {MOST_VALUES}")));
    }
}

fn unknown(pointer: String, code: &'static str, name: &str) -> FieldError {
    FieldError::new(pointer, code, format!("the plan has nothing called {name}"))
}

fn same(a: &str, b: &str) -> bool {
    !b.trim().is_empty() && folded(a) == folded(b)
}

/// Names are the same whatever their case and what stands around them.
fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// As many as a request holds, in a plant of 5,000 items: each name is looked up, not searched for among all.
    #[test]
    fn names_are_found_whatever_their_case_and_too_many_are_refused() {
        let model = |nth: usize| line_plan::Model {
            name: format!("Model {nth}"),
            customer: String::new(),
            program: String::new(),
            family: String::new(),
            weight: 1.0,
            tier: 1,
            unit_value: None,
            currency: String::new(),
            life: line_plan::Window::ALWAYS,
        };
        let problem = Problem { models: (0..5_000).map(model).collect(), ..Problem::default() };
        let input = |models: Vec<String>| json!({ "quantity": "volume", "of": { "models": models }, "distribution": { "kind": "normal", "sd_pct": 5.0 } });
        let ask = |inputs: Vec<serde_json::Value>| {
            let said: RiskAsked = serde_json::from_value(json!({ "inputs": inputs })).expect("well formed");
            let mut wrong = Vec::new();
            let found: Vec<Uncertain> =
                said.inputs().iter().enumerate().map(|(nth, one)| one.uncertain(nth, &problem, &mut wrong)).collect();
            (found, wrong)
        };
        let (found, wrong) = ask(vec![input((0..10_000).map(|nth| format!(" mODEL {}", nth % 5_000)).collect()); 5]);
        assert!(wrong.is_empty() && found.iter().all(|one| matches!(&one.members, Members::Models(all) if all.len() == 5_000)));
        let (_, wrong) = ask(vec![input(vec!["Model 7".into(), String::new(), "Model 5000".into()])]);
        let told: Vec<_> = wrong.iter().map(|one| (one.pointer.as_str(), one.code)).collect();
        assert_eq!(told, [("/inputs/0/of/models/1", "unknown_model"), ("/inputs/0/of/models/2", "unknown_model")]);
        let said: RiskAsked = serde_json::from_value(json!({ "inputs": vec![input(vec!["x".into(); 600]); 100] })).expect("well formed");
        let refused = said.question(&problem).expect_err("too many names");
        assert_eq!(refused.fields.iter().map(|one| (one.pointer.as_str(), one.code)).collect::<Vec<_>>(), [("/inputs", "too_many")]);
    }

    #[test]
    fn the_usual_inputs_are_within_their_shares_in_nine_of_ten_cases() {
        let RiskDistribution::Normal { sd_pct, .. } = usual_inputs()[0].distribution else { panic!("volumes are normal") };
        assert!((sd_pct * TWENTIETH - 10.0).abs() < 0.01);
        let said: RiskAsked = serde_json::from_str("{}").expect("everything is optional");
        assert_eq!(said, RiskAsked::default());
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_with_its_pointer() {
        let said: RiskAsked = serde_json::from_value(serde_json::json!({
            "samples": 5, "seed": -1, "tolerance_pct": 101.0, "area_targets": [{ "area": "Nowhere", "target_utilization_pct": 0.0 }],
            "inputs": [
                { "quantity": "volume", "of": { "families": ["None"], "lines": ["SMT-01"] }, "distribution": { "kind": "uniform", "low_pct": 0.0, "high_pct": 1.0 } },
                { "quantity": "availability", "distribution": { "kind": "empirical", "values_pct": [] } },
            ],
        }))
        .expect("well formed");
        let error = said.question(&Problem::default()).expect_err("much is wrong");
        let told = format!("{error:?}");
        for pointer in [
            "/samples",
            "/seed",
            "/tolerance_pct",
            "/area_targets/0/area",
            "/area_targets/0/target_utilization_pct",
            "/inputs/0/of/families/0",
            "/inputs/0/of/lines/0",
            "/inputs/1/distribution/values_pct",
        ] {
            assert!(told.contains(&format!("\"{pointer}\"")), "{pointer} in {told}");
        }
    }
}
