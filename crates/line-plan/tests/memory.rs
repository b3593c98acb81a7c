//! Memory stays in proportion to the input, also with several periods, finished units and stock.
//!
//! A program of its own, because it counts what is allocated.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use line_plan::*;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: passes everything on to the system's allocator and only counts beside it.
#[expect(unsafe_code, reason = "the trait of allocators is unsafe")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        MOST.fetch_max(NOW.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PERIODS: usize = 4;

/// Cells of ten lines and thirty models in each of two areas; demand rises from period to period beyond what there is.
fn plant(cells: usize) -> Problem {
    let mut problem = Problem::default();
    for t in 0..PERIODS {
        problem.periods.push(Period { name: format!("2026-{:02}", t + 1), operating_days: 20.0 });
    }
    for area in 0..2 {
        problem.areas.push(Area { name: ["SMT", "Assembly"][area].to_owned(), order: area as u32, predecessors: Vec::new() });
        for l in 0..10 * cells {
            problem.lines.push(Line {
                name: format!("{area}-{l:05}"),
                plant: "Reynosa".to_owned(),
                area,
                hours_per_day: 20.0,
                overtime_hours_per_day: 0.0,
                operating_days: vec![20.0; PERIODS],
                maintenance_hours: Vec::new(),
                opening_cost: 0.0,
            });
        }
    }
    for m in 0..30 * cells {
        problem.models.push(Model {
            name: format!("M{m:05}"),
            customer: String::new(),
            program: String::new(),
            family: String::new(),
            weight: 1.0 + (m % 3) as f64,
            tier: 1,
            unit_value: None,
            currency: String::new(),
            life: Window::ALWAYS,
        });
        for area in 0..2 {
            problem.steps.push(Step { model: m, area, name: String::new(), passes: 1.0 });
            for k in 0..4 {
                problem.capabilities.push(Capability {
                    step: problem.steps.len() - 1,
                    line: area * 10 * cells + m / 30 * 10 + (m * 7 + k * (1 + m % 3)) % 10,
                    cycle_time_s: 40.0 + (m * 31 + k * 17) as f64 % 23.0,
                    efficiency: 0.85,
                    first_pass_yield: 1.0,
                    pieces_per_panel: 1.0,
                    priority: 1 + k as u32,
                    minimum_lot: 0.0,
                    approved: Window::ALWAYS,
                });
            }
        }
        for period in 0..PERIODS {
            let units = (8_000.0 + 1_900.0 * period as f64) * (0.4 + (m * 13 % 11) as f64 / 10.0);
            problem.demand.push(Demand { model: m, period, units: units.round() });
        }
    }
    problem
}

/// The most that solving allocates at once beyond the problem itself (bytes), and whether demand is lost.
fn peak(problem: &Problem, model: PlanModel) -> (usize, bool) {
    let options = Options { model, gains: 0, prebuild_cover: 0.5, ..Options::default() };
    let before = NOW.load(Relaxed);
    MOST.store(before, Relaxed);
    let plan = solve(problem, &options, &NoClock).expect("a well-formed problem");
    let error = plan.verification.demand_error.max(plan.verification.capacity_error).max(plan.verification.route_error);
    assert!(error < 1e-6, "{model:?}: {:?}", plan.verification);
    (MOST.load(Relaxed) - before, !plan.unmet.is_empty())
}

#[test]
fn memory_grows_with_the_input_and_no_faster() {
    for model in [PlanModel::Area, PlanModel::Finished, PlanModel::Prebuild] {
        let (small, large) = (plant(4), plant(16));
        let (few, short) = peak(&small, model);
        let (many, _) = peak(&large, model);
        assert!(short, "{model:?}: demand that fits everywhere would prove little");
        assert!(many < 5 * few, "{model:?}: four times the input took {many} bytes where {few} were enough");
        // About 100 numbers for each capability and period.
        let cells = large.capabilities.len() * PERIODS;
        assert!(many < 800 * cells, "{model:?}: {many} bytes for {cells} capabilities and periods");
    }
}
