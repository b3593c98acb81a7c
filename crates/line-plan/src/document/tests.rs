//! The document of a small plant whose plan is written down by hand.

use super::*;
use crate::options::Options;
use crate::plan::*;
use crate::problem::*;

/// Two ICT lines and one SMT line, two models, one year; ICT has 100 h, MX-200 needs 150 h there.
fn plant() -> (Problem, Plan) {
    let line = |name: &str, area, hours_per_day| Line {
        name: name.to_owned(),
        plant: "Puebla".to_owned(),
        area,
        hours_per_day,
        overtime_hours_per_day: 0.0,
        operating_days: vec![10.0],
        maintenance_hours: Vec::new(),
        opening_cost: 0.0,
    };
    let model = |name: &str| Model {
        name: name.to_owned(),
        customer: "Nordlicht".to_owned(),
        program: String::new(),
        family: "MX".to_owned(),
        weight: 1.0,
        tier: 1,
        unit_value: None,
        currency: String::new(),
        life: Window::ALWAYS,
    };
    let step = |model, area| Step { model, area, name: String::new(), passes: 1.0 };
    let capability = |step, line| Capability {
        step,
        line,
        cycle_time_s: 36.0,
        efficiency: 1.0,
        first_pass_yield: 1.0,
        pieces_per_panel: 1.0,
        priority: 1,
        minimum_lot: 0.0,
        approved: Window::ALWAYS,
    };
    let problem = Problem {
        released: Vec::new(),
        shift_patterns: Vec::new(),
        areas: vec![
            Area { name: "ICT".to_owned(), order: 2, predecessors: vec![1] },
            Area { name: "SMT".to_owned(), order: 1, predecessors: vec![] },
        ],
        lines: vec![line("ICT-1", 0, 5.0), line("ICT-2", 0, 5.0), line("SMT-1", 1, 20.0)],
        models: vec![model("MX-200"), model("MX-300")],
        periods: vec![Period { name: "2028".to_owned(), operating_days: 10.0 }],
        steps: vec![step(0, 0), step(0, 1), step(1, 0)],
        capabilities: vec![capability(0, 0), capability(0, 1), capability(1, 2)],
        demand: vec![Demand { model: 0, period: 0, units: 15_000.0 }, Demand { model: 1, period: 0, units: 400.0 }],
        changeovers: Vec::new(),
    };
    let load = |line, hours_available: f64, hours_used: f64, hour_price| LineLoad {
        shift_pattern: None,
        line,
        period: 0,
        hours_available,
        hours_used,
        changeover_hours: 0.0,
        overtime_hours: 0.0,
        hour_price,
        open: true,
    };
    let unmet = |model, units: f64, reason, limiting_lines| Unmet {
        model,
        area: 0,
        period: 0,
        units,
        weight: units * 0.02,
        reason,
        limiting_lines,
    };
    let finished = |model, demand, finished| Finished { model, period: 0, demand, finished, delivered: finished, stock: 0.0 };
    let plan = Plan {
        options: Options::default(),
        priority_reading: PriorityReading::Preference,
        status: Status::Optimal,
        allocations: vec![
            Allocation { capability: 0, period: 0, units: 5_000.0, hours: 50.0 },
            Allocation { capability: 1, period: 0, units: 5_000.0, hours: 50.0 },
            Allocation { capability: 2, period: 0, units: 10_000.0, hours: 100.0 },
        ],
        unmet: vec![unmet(0, 5_000.0, Reason::Capacity, vec![1, 0]), unmet(1, 400.0, Reason::NoCapability, vec![])],
        lines: vec![load(0, 50.0, 50.0, 2.0), load(1, 50.0, 50.0, 2.0), load(2, 200.0, 100.0, 0.0)],
        finished: vec![finished(0, 15_000.0, 10_000.0), finished(1, 400.0, 0.0)],
        constraints: vec![Constraint {
            area: 0,
            period: 0,
            lines: vec![1, 0],
            models: vec![0],
            hours_needed: 150.0,
            hours_available: 100.0,
            short: true,
        }],
        gains: vec![Gain::Shift { line: 0, period: 0, hours: 80.0, units: 5_000.0, weight: 100.0 }],
        stages: vec![Stage { name: "unmet weight, tier 1".to_owned(), value: 108.0, bound: 108.0 }],
        verification: Verification::default(),
        timing: Timing { prepare_s: 0.001, solve_s: 0.002, explain_s: 0.0, verify_s: 0.0 },
    };
    (problem, plan)
}

fn document() -> PlanDocument {
    let (problem, plan) = plant();
    PlanDocument::new(&problem, &plan, &DocumentContext::default())
}

#[test]
fn sentences_say_what_limits_the_plant_with_the_numbers() {
    assert_eq!(
        document().explanations,
        [
            "10,000 of 15,400 units demanded in 2028 can be finished (64.9 %); 5,400 units cannot.",
            "ICT in 2028: lines ICT-1 and ICT-2 together need 150 h and have 100 h, 50 h too few; 5,000 units of 1 model are lost.",
            "400 units of MX-300 in 2028 cannot be made: no line of ICT can make it.",
            "The most valuable hour is on ICT-1 (ICT) in 2028: one more saves demand worth 2 standard hours.",
            "8 more hours a day on ICT-1 (ICT), 80 h in 2028, would deliver 5,000 units more.",
        ]
    );
}

#[test]
fn areas_stand_in_routing_order_with_demand_made_and_unmet() {
    let document = document();
    assert_eq!(document.areas, ["SMT", "ICT"]);
    let loads: Vec<_> =
        document.area_loads.iter().map(|l| (l.area.as_str(), l.hours_used, l.demand_units, l.made_units, l.unmet_units)).collect();
    assert_eq!(loads, [("SMT", 100.0, 15_000.0, 10_000.0, 0.0), ("ICT", 100.0, 15_400.0, 10_000.0, 5_400.0)]);
    assert_eq!(document.area_loads[0].utilization_pct, 50.0);
}

#[test]
fn names_replace_indices_and_lists_are_ordered() {
    let document = document();
    assert_eq!(document.unmet[0].limiting_lines, ["ICT-1", "ICT-2"]);
    assert_eq!((document.unmet[0].plant.as_str(), document.unmet[1].plant.as_str()), ("Puebla", ""));
    assert_eq!(document.lines.iter().map(|line| line.constraint).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(document.summary.unmet_units, 5_400.0);
    assert_eq!((document.status.as_str(), document.gap), ("optimal", Some(0.0)));
    assert_eq!((document.timing_ms.build, document.timing_ms.solve), (1.0, 2.0));
}

#[test]
fn what_is_lost_and_what_comes_after_it_have_a_gap_each() {
    let stage = |name: &str, value: f64, bound: f64| StageEntry { name: name.to_owned(), value, bound };
    let mut stopped = PlanDocument { status: "limit_reached".to_owned(), gap: Some(1.0), ..document() };
    stopped.stages = vec![stage("unmet weight, tier 1", 1000.0, 975.0), stage("models assigned to lines", 880.0, 0.0)];
    assert_eq!(stopped.gap_in_words().as_deref(), Some("2.5 % of what is lost, 100.0 % of the goals after it"));
    stopped.stages[1].bound = 880.0;
    stopped.gap = Some(0.025);
    assert_eq!(stopped.gap_in_words().as_deref(), Some("2.5 %"));
    assert_eq!(document().gap_in_words(), None, "what is proven has no gap");
}

#[test]
fn the_baseline_is_compared_by_finished_units() {
    let (problem, plan) = plant();
    let mut rule = plan.clone();
    rule.status = Status::Heuristic;
    rule.finished[0].delivered = 8_000.0;
    let document = PlanDocument::new(&problem, &plan, &DocumentContext { baseline: Some(&rule), ..DocumentContext::default() });
    let comparison = document.comparison.expect("a baseline was given");
    assert_eq!(comparison.finished_units_gained, 2_000.0);
    assert_eq!(
        comparison.explanation,
        "Filled line by line in sheet order, the same lines would finish 8,000 units (51.9 %); this plan finishes 2,000 units more with the same hours."
    );
}

#[test]
fn a_plan_without_loss_says_so_and_names_the_fullest_line() {
    let (problem, mut plan) = plant();
    plan.unmet.clear();
    plan.gains.clear();
    plan.finished[0].delivered = 15_000.0;
    plan.finished[1].delivered = 400.0;
    plan.constraints[0] = Constraint { hours_needed: 90.0, short: false, ..plan.constraints[0].clone() };
    plan.lines.iter_mut().for_each(|line| line.hour_price = 0.0);
    let document = PlanDocument::new(&problem, &plan, &DocumentContext::default());
    assert_eq!(
        document.explanations,
        [
            "All 15,400 units demanded in 2028 can be made. The fullest line is ICT-1 (ICT) in 2028 at 100.0 %.",
            "ICT in 2028: lines ICT-1 and ICT-2 together have 100 h; the model that no other line can make needs at least 90 h of them (90.0 %).",
        ]
    );
}

#[test]
fn the_same_plan_gives_the_same_bytes_and_json_reads_back() {
    let text = serde_json::to_string(&document()).expect("finite numbers");
    assert_eq!(text, serde_json::to_string(&document()).expect("finite numbers"));
    assert_eq!(serde_json::from_str::<PlanDocument>(&text).expect("our own schema"), document());
}

#[test]
fn the_published_schema_holds_for_a_real_document() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../../docs/plan-result.schema.json")).expect("the schema is JSON");
    let value = serde_json::to_value(document()).expect("finite numbers");
    schema_holds(&schema, &schema, &value, "$");
}

#[test]
fn the_page_of_the_schema_names_every_field() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../../docs/plan-result.schema.json")).expect("the schema is JSON");
    let page = include_str!("../../../../docs/plan-result.md");
    let objects = std::iter::once(&schema).chain(schema["$defs"].as_object().expect("definitions").values());
    for field in objects.filter_map(|object| object["properties"].as_object()).flat_map(|properties| properties.keys()) {
        assert!(page.contains(&format!("`{field}`")), "docs/plan-result.md does not explain `{field}`");
    }
}

/// The part of JSON Schema that ours uses: type, required, properties, additionalProperties, items, const, enum, $ref.
fn schema_holds(root: &serde_json::Value, schema: &serde_json::Value, value: &serde_json::Value, path: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        return schema_holds(root, root.pointer(reference.trim_start_matches('#')).expect("the reference exists"), value, path);
    }
    if let Some(constant) = schema.get("const") {
        assert_eq!(value, constant, "{path}");
    }
    if let Some(choices) = schema["enum"].as_array() {
        assert!(choices.contains(value), "{path}: {value} is none of {choices:?}");
    }
    let names: Vec<&str> = match &schema["type"] {
        serde_json::Value::String(name) => vec![name],
        serde_json::Value::Array(names) => names.iter().filter_map(serde_json::Value::as_str).collect(),
        _ => vec![],
    };
    let found = match value {
        serde_json::Value::Null => "null",
        serde_json::Value::Bool(_) => "boolean",
        serde_json::Value::Number(number) if number.is_u64() && names.contains(&"integer") => "integer",
        serde_json::Value::Number(_) => "number",
        serde_json::Value::String(_) => "string",
        serde_json::Value::Array(_) => "array",
        serde_json::Value::Object(_) => "object",
    };
    assert!(names.is_empty() || names.contains(&found), "{path}: {found} instead of {names:?}");
    if let Some(object) = value.as_object() {
        for field in schema["required"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str) {
            assert!(object.contains_key(field), "{path}.{field} is missing");
        }
        for (field, inner) in object {
            let described = schema["properties"].get(field);
            assert!(described.is_some(), "{path}.{field} is not in the schema");
            schema_holds(root, &schema["properties"][field], inner, &format!("{path}.{field}"));
        }
    }
    for (index, inner) in value.as_array().into_iter().flatten().enumerate() {
        schema_holds(root, &schema["items"], inner, &format!("{path}[{index}]"));
    }
}
