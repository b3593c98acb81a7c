//! Worked examples of key figures, ours and published ones, and the laws that hold for all of them.

use jiff::Timestamp;
use kpi::delivery::{Order, Orders};
use kpi::{Blocks, Figures, TimeClass};
use proptest::prelude::*;
use rust_decimal::Decimal;

const MINUTE_US: i64 = 60_000_000;

fn near(found: Option<f64>, expected: f64) {
    let found = found.expect("a figure");
    assert!((found - expected).abs() < 5e-5, "{found} is not {expected}");
}

/// What is published as A, P, Q and OEE, of a shift in minutes: planned, running, seconds a piece, pieces, bad pieces.
fn shift(planned_min: i64, running_min: i64, ideal_s: &str, pieces: i64, bad: i64) -> Figures {
    let blocks = Blocks {
        production_us: running_min * MINUTE_US,
        delay_us: (planned_min - running_min) * MINUTE_US,
        good: (pieces - bad).into(),
        scrapped: bad.into(),
        first_pass: (pieces - bad).into(),
        ideal_s: ideal_s.parse::<Decimal>().expect("a number") * Decimal::from(pieces),
        ..Blocks::default()
    };
    Figures::of(&blocks)
}

/// Vorne Industries, "Calculate OEE" (oee.com): 480 min less 60 min of breaks, 47 min of stops, 1.0 s a piece, 19,271 pieces, 423 rejected.
#[test]
fn the_example_of_vorne() {
    let figures = shift(420, 373, "1.0", 19_271, 423);
    near(figures.availability, 0.8881);
    near(figures.effectiveness, 0.8611);
    near(figures.quality_ratio, 0.9780);
    near(figures.oee, 0.7479);
}

/// S. Nakajima, "Introduction to TPM" (1988): 460 min loading, 60 min of stops, 400 pieces at 0.5 min, 2 % bad: availability 87 %, performance 50 %,
/// OEE 42.6 % (with availability rounded up to 87 %).
#[test]
fn the_example_of_nakajima() {
    let figures = shift(460, 400, "30", 400, 8);
    near(figures.availability, 0.8696);
    near(figures.effectiveness, 0.5);
    near(figures.quality_ratio, 0.98);
    near(figures.oee, 0.4261);
}

/// A shift of our own, by hand: 480 min, of them 30 break and 20 preventive maintenance; 40 min setup, 25 min failure (2), 15 min without material,
/// 10 min nothing to do. 340 min are left. 600 produced at 30 s: 582 good, 12 scrap, 6 to rework.
#[test]
fn a_shift_by_hand() {
    let blocks = Blocks {
        production_us: 340 * MINUTE_US,
        setup_us: 40 * MINUTE_US,
        delay_us: 15 * MINUTE_US,
        failure_us: 25 * MINUTE_US,
        down_us: 10 * MINUTE_US,
        planned_us: 30 * MINUTE_US,
        preventive_us: 20 * MINUTE_US,
        failures: 2,
        good: 582.into(),
        scrapped: 12.into(),
        reworked: 6.into(),
        first_pass: 582.into(),
        ideal_s: 18_000.into(),
        planned_scrap: 10.into(),
        worked_us: 880 * MINUTE_US,
        attended_us: 960 * MINUTE_US,
        ..Blocks::default()
    };
    assert_eq!(blocks.pot_us(), 480 * MINUTE_US);
    assert_eq!(blocks.pbt_us(), 430 * MINUTE_US);
    assert_eq!(blocks.aubt_us(), 420 * MINUTE_US);
    let figures = Figures::of(&blocks);
    near(figures.availability, 340.0 / 430.0);
    near(figures.effectiveness, 300.0 / 340.0);
    near(figures.quality_ratio, 0.97);
    near(figures.oee, 300.0 * 0.97 / 430.0);
    near(figures.nee, 380.0 / 430.0 * 300.0 / 340.0 * 0.97);
    near(figures.allocation_efficiency, 420.0 / 430.0);
    near(figures.utilization_efficiency, 340.0 / 420.0);
    near(figures.technical_efficiency, 340.0 / 380.0);
    near(figures.setup_ratio, 40.0 / 380.0);
    near(figures.scrap_ratio, 0.02);
    near(figures.actual_to_planned_scrap, 1.2);
    near(figures.rework_ratio, 0.01);
    near(figures.first_pass_yield, 0.97);
    near(figures.worker_efficiency, 880.0 / 960.0);
    near(figures.corrective_maintenance_ratio, 25.0 / 45.0);
    near(figures.mtbf_s, 190.0 * 60.0);
    near(figures.mttf_s, 170.0 * 60.0);
    near(figures.mttr_s, 12.5 * 60.0);
    near(figures.pieces_per_hour, 600.0 / (340.0 / 60.0));
}

#[test]
fn nothing_divided_by_nothing_is_not_known() {
    assert_eq!(Figures::of(&Blocks::default()), Figures::default());
    // A line that stood all day was not available; how fast and how well it works nobody knows.
    let figures = Figures::of(&Blocks::of_time(TimeClass::Failure, 480 * MINUTE_US));
    assert_eq!((figures.availability, figures.effectiveness, figures.quality_ratio, figures.oee), (Some(0.0), None, None, None));
    // Without a planned run time there is no effectiveness, and so no OEE; the rest is known.
    let figures = shift(480, 400, "0", 100, 0);
    assert_eq!((figures.effectiveness, figures.oee, figures.quality_ratio), (None, None, Some(1.0)));
    // Made and all scrapped is known, and zero.
    assert_eq!(shift(480, 400, "30", 100, 100).oee, Some(0.0));
}

#[test]
fn orders_are_on_time_late_or_open() {
    let at = |hour: i64| Timestamp::from_second(1_900_000_000 + hour * 3600).ok();
    let order =
        |released, started, completed, due| Order { released_at: released, started_at: started, completed_at: completed, due_at: due };
    let (from, now) = (at(0).expect("an instant"), at(100).expect("an instant"));
    let all = [
        order(at(0), at(4), at(24), at(30)),
        order(at(0), at(10), at(40), at(30)),
        order(at(50), at(60), None, at(90)),
        order(at(50), None, None, at(190)),
        order(at(1), at(2), at(3), None),
    ];
    let sums = all.iter().map(|order| Orders::of(order, from, now)).fold(Orders::default(), Orders::and);
    assert_eq!((sums.orders, sums.completed, sums.completed_with_due, sums.on_time, sums.overdue), (5, 3, 2, 1, 1));
    near(sums.on_time_delivery(), 0.5);
    near(sums.lead_time_s(), (24.0 + 40.0 + 2.0) / 3.0 * 3600.0);
    // 20 + 30 + 40 + 1 hours of execution.
    near(sums.throughput_per_h(910.into()), 10.0);
    near(sums.production_process_ratio(&Blocks::of_time(TimeClass::Production, 60 * 60 * MINUTE_US)), 60.0 / 91.0);
    // Asked for from the 20th hour on, 4 + 20 + 40 hours of execution lie within: what began earlier is not divided by.
    let later = all.iter().map(|order| Orders::of(order, at(20).expect("an instant"), now)).fold(Orders::default(), Orders::and);
    near(later.throughput_per_h(640.into()), 10.0);
    assert_eq!(later.lead_us, sums.lead_us, "a lead time is an order's own, however much of it is asked for");
    assert_eq!((Orders::default().on_time_delivery(), Orders::default().lead_time_s()), (None, None));
}

fn blocks() -> impl Strategy<Value = Blocks> {
    let time = 0i64..50_000_000_000;
    let count = || (0u32..5_000).prop_map(|count| Decimal::new(i64::from(count), 2));
    (proptest::collection::vec(time, 10), proptest::collection::vec(0i64..9, 3), (count(), count(), count(), count())).prop_map(
        |(times, events, (good, scrapped, reworked, ideal))| Blocks {
            production_us: times[0],
            setup_us: times[1],
            delay_us: times[2],
            failure_us: times[3],
            down_us: times[4],
            planned_us: times[5],
            preventive_us: times[6],
            off_us: times[7],
            worked_us: times[8].min(times[9]),
            attended_us: times[9],
            stops: events[0],
            micro_stops: events[1],
            failures: events[2],
            good,
            scrapped,
            reworked,
            first_pass: good,
            ideal_s: ideal,
            ..Blocks::default()
        },
    )
}

proptest! {
    /// However hours are put together to shifts, lines and plants, the whole is the same, and so is every figure.
    #[test]
    fn a_roll_up_of_parts_is_the_whole(parts in proptest::collection::vec(blocks(), 1..30), cut in 0usize..30) {
        let whole: Blocks = parts.iter().copied().sum();
        let (left, right) = parts.split_at(cut.min(parts.len()));
        let rolled = right.iter().copied().sum::<Blocks>() + left.iter().rev().copied().sum::<Blocks>();
        prop_assert_eq!(whole, rolled);
        prop_assert_eq!(Figures::of(&whole), Figures::of(&rolled));
        prop_assert_eq!(whole - left.iter().copied().sum::<Blocks>(), right.iter().copied().sum::<Blocks>());
    }

    /// The time model adds up, shares of time are shares, and OEE is never above NEE.
    #[test]
    fn the_time_model_adds_up(blocks in blocks()) {
        prop_assert_eq!(blocks.pot_us(), blocks.pbt_us() + blocks.pdot_us());
        prop_assert_eq!(blocks.pbt_us(), blocks.aubt_us() + blocks.down_us);
        prop_assert_eq!(blocks.aubt_us(), blocks.production_us + blocks.setup_us + blocks.adet_us());
        let figures = Figures::of(&blocks);
        let shares = [figures.availability, figures.allocation_efficiency, figures.utilization_efficiency, figures.technical_efficiency,
            figures.setup_ratio, figures.scrap_ratio, figures.rework_ratio, figures.first_pass_yield, figures.quality_ratio,
            figures.worker_efficiency, figures.corrective_maintenance_ratio];
        for share in shares.into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&share), "{}", share);
        }
        if let (Some(oee), Some(nee)) = (figures.oee, figures.nee) {
            prop_assert!(oee <= nee * (1.0 + 1e-12));
        }
        if let (Some(allocation), Some(utilization), Some(availability)) =
            (figures.allocation_efficiency, figures.utilization_efficiency, figures.availability) {
            prop_assert!((allocation * utilization - availability).abs() < 1e-9);
        }
    }

    /// Outside the calendar and in breaks nothing is lost, and no time disappears.
    #[test]
    fn what_stands_when_nobody_works_is_no_loss(blocks in blocks()) {
        let outside = blocks.outside();
        prop_assert_eq!(outside.covered_us(), blocks.covered_us());
        prop_assert_eq!(outside.pot_us(), blocks.aupt_us());
        let rest = blocks.at_rest();
        prop_assert_eq!(rest.covered_us(), blocks.covered_us());
        prop_assert_eq!((rest.pbt_us(), rest.pot_us()), (blocks.aupt_us(), blocks.pot_us()));
    }
}
