//! A session answers as a fresh solve does, whatever was solved before.

use line_plan::*;
use proptest::prelude::*;

use crate::instances::recipes;

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
