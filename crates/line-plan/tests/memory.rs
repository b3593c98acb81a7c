//! Memory stays in proportion to the input, also with several periods, finished units and stock.
//!
//! A program of its own, because it counts what is allocated.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use line_plan::*;

#[path = "it/cells.rs"]
mod cells;
use cells::cells;

/// Bytes for each capability and period that are enough: about 100 numbers.
const ENOUGH: usize = 800;

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

/// Nothing else may run while memory is counted, so this is one test.
#[test]
fn memory_grows_with_the_input_and_no_faster() {
    for model in [PlanModel::Area, PlanModel::Finished, PlanModel::Prebuild] {
        let (small, large) = (cells(4, 4), cells(16, 4));
        let (few, short) = peak(&small, model);
        let (many, _) = peak(&large, model);
        assert!(short, "{model:?}: demand that fits everywhere would prove little");
        assert!(many < 5 * few, "{model:?}: four times the input took {many} bytes where {few} were enough");
        let places = large.capabilities.len() * 4;
        assert!(many < ENOUGH * places, "{model:?}: {many} bytes for {places} capabilities and periods");
    }
    let plant = cells(500, 2);
    assert_eq!(plant.lines.len(), 10_000);
    let (bytes, short) = peak(&plant, PlanModel::Prebuild);
    let places = plant.capabilities.len() * 2;
    assert!(short && bytes < ENOUGH * places, "10,000 lines with stock: {bytes} bytes for {places} capabilities and periods");
}
