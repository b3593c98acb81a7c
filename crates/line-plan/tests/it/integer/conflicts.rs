//! Wishes that contradict each other are named, and only those.

use line_plan::integer::{Block, Limits, Rule, Slot, Wish, conflicts, infeasible};
use line_plan::{NoClock, PlanError};

/// Radio and Sensor, 80 h each at most, on a line of 100 h and one of 50 h; only Radio may use the second, in lots of 60.
fn two_models() -> Block {
    let mut block = Block::default();
    for hours in [100.0, 50.0] {
        block.add_slot(Slot { period: 0, hours, overtime: 0.0, ..Slot::default() });
    }
    block.add_item(80.0);
    block.add_step(Some(1));
    block.add_arc(0, 1.0, 0.0, 0.0);
    block.add_arc(1, 1.0, 60.0, 0.0);
    block.add_item(80.0);
    block.add_step(None);
    block.add_arc(0, 1.0, 0.0, 0.0);
    block
}

fn wishes() -> Vec<Wish> {
    let wish = |sentence: &str, rule: Rule| Wish { sentence: sentence.to_owned(), rule };
    vec![
        wish("at least 60 Radio are made", Rule::AtLeast { item: 0, units: 60.0 }),
        wish("Radio on S1 stays between 10 and 20", Rule::Frozen { arc: 0, least: 10.0, most: 20.0 }),
        wish("at least 30 Sensor are made", Rule::AtLeast { item: 1, units: 30.0 }),
        wish("Radio is made in lots of 60 on S2", Rule::MinimumLots(vec![1])),
        wish("Radio is made on one line", Rule::MostLines(vec![0])),
        wish("S2 makes nothing", Rule::Closed(vec![1])),
        wish("at least 70 Sensor are made", Rule::AtLeast { item: 1, units: 70.0 }),
    ]
}

fn found(kept: &[usize]) -> Option<Vec<String>> {
    let wishes: Vec<Wish> = kept.iter().map(|i| wishes()[*i].clone()).collect();
    let found = conflicts(&two_models(), &wishes, &Limits::new(&NoClock)).unwrap()?;
    let PlanError::Infeasible { conflicts } = infeasible(&wishes, &found) else { panic!("an infeasibility") };
    Some(conflicts)
}

#[test]
fn wishes_that_hold_together_are_no_conflict() {
    assert_eq!(found(&[]), None);
    assert_eq!(found(&[0, 1, 2]), None);
    assert_eq!(found(&[1, 2, 3, 4, 5]), None);
}

#[test]
fn only_the_wishes_that_contradict_each_other_are_named() {
    // 60 Radio with at most 20 on S1 need 40 on S2, which its closing, its lot or the single line forbid.
    let radio = "at least 60 Radio are made";
    let frozen = "Radio on S1 stays between 10 and 20";
    assert_eq!(found(&[0, 1, 2, 5]), Some(vec![radio.to_owned(), frozen.to_owned(), "S2 makes nothing".to_owned()]));
    assert_eq!(found(&[0, 1, 2, 3]), Some(vec![radio.to_owned(), frozen.to_owned(), "Radio is made in lots of 60 on S2".to_owned()]));
    assert_eq!(found(&[2, 0, 4, 1]), Some(vec![radio.to_owned(), "Radio is made on one line".to_owned(), frozen.to_owned()]));
    // Hours of S1: 60 Radio and 70 Sensor when S2 is closed.
    assert_eq!(found(&[2, 6, 5, 0]).map(|c| c.len()), Some(3));
}

#[test]
fn a_wish_beyond_the_demand_contradicts_itself() {
    let wish = Wish { sentence: "at least 90 Radio are made".to_owned(), rule: Rule::AtLeast { item: 0, units: 90.0 } };
    assert_eq!(conflicts(&two_models(), &[wish], &Limits::new(&NoClock)), Ok(Some(vec![0])));
}
