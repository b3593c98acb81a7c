//! A session answers as a fresh solve does, whatever was solved before.

use line_plan::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use crate::instances::{cases, recipes};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_edited_session_answers_like_a_fresh_solve(recipe in recipes(), edits in prop::collection::vec((any::<prop::sample::Index>(), 0u8..4), 1..5)) {
        for model in [PlanModel::Area, PlanModel::Finished, PlanModel::Prebuild] {
            let options = Options { model, ..Options::default() };
            let mut session = Session::new(recipe.problem());
            session.solve(&options, &NoClock).expect("a well-formed problem");
            for (place, kind) in &edits {
                let problem = session.problem_mut();
                match kind {
                    0 if !problem.demand.is_empty() => {
                        let n = place.index(problem.demand.len());
                        problem.demand[n].units *= 1.3;
                    }
                    1 => {
                        let n = place.index(problem.lines.len());
                        problem.lines[n].hours_per_day *= 0.8;
                    }
                    2 if !problem.capabilities.is_empty() => {
                        let n = place.index(problem.capabilities.len());
                        problem.capabilities[n].cycle_time_s *= 1.2;
                    }
                    _ => {
                        let n = place.index(problem.models.len());
                        problem.models[n].weight *= 3.0;
                    }
                }
                let edited = session.solve(&options, &NoClock).expect("still well-formed");
                let fresh = solve(session.problem(), &options, &NoClock).expect("still well-formed");
                prop_assert_eq!(edited, fresh);
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(24))]

    /// Volumes go up, down, away and back, so that plans are stretched, blocks are taken again and what was too much fits again.
    #[test]
    fn volumes_may_change_in_any_way(
        recipe in recipes(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(vec![0.0, 0.5, 0.9, 1.1, 1.6])), 1..10),
    ) {
        let problem = recipe.problem();
        prop_assume!(!problem.demand.is_empty());
        let planned = problem.demand.clone();
        for (model, balance) in [
            (PlanModel::Area, Balance::Leximin),
            (PlanModel::Finished, Balance::Leximin),
            (PlanModel::Finished, Balance::Max),
            (PlanModel::Prebuild, Balance::Leximin),
        ] {
            let options = Options { model, balance, ..Options::default() };
            let mut session = Session::new(problem.clone());
            session.solve(&options, &NoClock).expect("a well-formed problem");
            for (place, factor) in &edits {
                let cell = place.index(planned.len());
                session.demand_mut()[cell].units = planned[cell].units * factor;
                let edited = session.solve(&options, &NoClock).expect("still well-formed");
                let fresh = solve(session.problem(), &options, &NoClock).expect("still well-formed");
                prop_assert_eq!(edited, fresh);
            }
        }
    }
}

/// What is asked changes between edits, and an edit is taken back: nothing remembered of one question may answer another.
#[test]
fn other_questions_between_edits_are_answered_afresh() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..12 {
        let recipe = recipes().new_tree(&mut runner).expect("recipes are never refused").current();
        let mut session = Session::new(recipe.problem());
        let asked = [
            Options::default(),
            Options { weight: Weight::Units, ..Options::default() },
            Options { balance: Balance::Max, ..Options::default() },
            Options { changeovers: ChangeoverCharging::Mix, ..Options::default() },
            Options { model: PlanModel::Area, preference: false, ..Options::default() },
        ];
        for round in 0..3 {
            for (place, options) in asked.iter().enumerate() {
                let problem = session.problem_mut();
                if let Some(last) = problem.demand.len().checked_sub(1) {
                    let cell = (7 * round + place) % (last + 1);
                    problem.demand[cell].units =
                        if round == 2 { problem.demand[cell].units / 1.25 } else { problem.demand[cell].units * 1.25 };
                }
                let edited = session.solve(options, &NoClock).expect("well formed");
                let fresh = solve(session.problem(), options, &NoClock).expect("well formed");
                assert_eq!(edited, fresh, "round {round}, question {place}");
            }
        }
    }
}

/// A session that knows its problem checks of an edit what the edit can break.
#[test]
fn an_edit_that_breaks_the_demand_is_a_defect_and_can_be_mended() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let recipe = recipes().new_tree(&mut runner).expect("recipes are never refused").current();
    let mut problem = recipe.problem();
    problem.demand.push(Demand { model: 0, period: 0, units: 5.0 });
    let mut session = Session::new(problem);
    let options = Options::default();
    let before = session.solve(&options, &NoClock).expect("well formed");
    let last = session.problem().demand.len() - 1;
    for broken in [f64::NAN, -1.0, f64::INFINITY] {
        session.problem_mut().demand[last].units = broken;
        assert!(matches!(session.solve(&options, &NoClock), Err(PlanError::Defects { .. })), "{broken}");
    }
    session.problem_mut().demand[last] = Demand { model: usize::MAX, period: 0, units: 1.0 };
    assert!(matches!(session.solve(&options, &NoClock), Err(PlanError::Defects { .. })));
    session.problem_mut().demand[last] = Demand { model: 0, period: 0, units: 5.0 };
    assert_eq!(session.solve(&options, &NoClock).expect("well formed again"), before);
}
