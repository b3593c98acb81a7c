//! Which lines can make which models: the part that makes an instance easy or hard.

use super::plant::{Offer, PlantDraft, hundredths};
use super::random::Random;
use super::{Scale, Shape, names};

/// Share of the models that pass each area; everything is assembled, not everything is coated.
const ON_ROUTE: [f64; 5] = [0.97, 0.90, 0.62, 0.70, 0.98];

/// Draws the offers of every area.
pub(super) fn draw(draft: &mut PlantDraft, scale: Scale, shape: Shape, random: &mut Random) {
    let routes: Vec<Vec<bool>> = draft.models.iter().map(|_| draw_route(random)).collect();
    for area in 0..names::AREAS.len() {
        let models: Vec<(usize, f64)> = (0..routes.len())
            .filter(|model| routes[*model][area])
            .map(|model| (model, random.log_normal_within(72.0, 0.75, 6.0, 420.0)))
            .collect();
        match shape {
            Shape::Mixed => draw_mixed(draft, scale, area, &models, random),
            Shape::Plant => draw_cells(draft, scale, area, &models, random),
        }
    }
}

/// The areas a model passes, at least the last one.
fn draw_route(random: &mut Random) -> Vec<bool> {
    let mut route: Vec<bool> = ON_ROUTE.iter().map(|share| random.chance(*share)).collect();
    if !route.contains(&true) {
        route[ON_ROUTE.len() - 1] = true;
    }
    route
}

/// Every model chooses its own lines: shared ones evenly, dedicated ones mostly by their own family.
fn draw_mixed(draft: &mut PlantDraft, scale: Scale, area: usize, models: &[(usize, f64)], random: &mut Random) {
    const EFFICIENCIES: [f64; 9] = [85.0, 85.0, 85.0, 85.0, 77.0, 80.0, 82.0, 88.0, 90.0];
    let lines = draft.lines_of(area);
    for &(model, base_cycle_s) in models {
        let family = draft.models[model].family;
        let weights: Vec<f64> = lines.iter().map(|line| attraction(draft.lines[*line].dedicated_to, family)).collect();
        let count = random.log_normal_within(scale.lines_per_model, 0.45, 1.0, lines.len() as f64).round() as usize;
        let chosen = random.weighted_subset(&weights, count);
        let primary = random.below(chosen.len());
        for (place, at) in chosen.into_iter().enumerate() {
            let line = lines[at];
            let own_setup = if random.chance(0.35) { random.between(0.88, 1.15) } else { 1.0 };
            let priority = 1 + random.weighted(&[0.55, 0.15, 0.05, 0.25]) as u32;
            draft.offers.push(Offer {
                area,
                model,
                line,
                cycle_time_s: hundredths(base_cycle_s * draft.lines[line].slowness * own_setup),
                efficiency_pct: EFFICIENCIES[random.below(EFFICIENCIES.len())],
                priority: if place == primary { 1 } else { priority },
            });
        }
    }
}

fn attraction(dedicated_to: Option<usize>, family: usize) -> f64 {
    match dedicated_to {
        None => 1.0,
        Some(own) if own == family => 4.0,
        Some(_) => 0.15,
    }
}

/// Families choose among the sets that the area's cells make up; nearly all alternatives take the same time.
fn draw_cells(draft: &mut PlantDraft, scale: Scale, area: usize, models: &[(usize, f64)], random: &mut Random) {
    let lines = draft.lines_of(area);
    let (sets, weights) = line_sets(lines.len(), random);
    let choices: Vec<[usize; 2]> = (0..scale.families()).map(|_| [random.weighted(&weights), random.weighted(&weights)]).collect();
    for &(model, base_cycle_s) in models {
        let family = draft.models[model].family;
        let chosen = if random.chance(0.06) {
            vec![random.below(lines.len())]
        } else {
            sets[choices[family][usize::from(random.chance(0.25))]].clone()
        };
        // Heavy models first: the priority ranks models, seldom lines.
        let rank = match draft.models[model].weight {
            w if w >= 4.0 => 1,
            w if w >= 2.0 => 2,
            _ => 4,
        };
        let varied_priority = random.chance(0.2);
        let varied_cycle = random.chance(0.07);
        for at in chosen {
            let factor = if varied_cycle { random.between(0.9, 1.12) } else { 1.0 };
            let lower = u32::from(varied_priority && random.chance(0.5));
            let cycle_time_s = hundredths(base_cycle_s * factor);
            draft.offers.push(Offer { area, model, line: lines[at], cycle_time_s, efficiency_pct: 85.0, priority: rank + lower });
        }
    }
}

/// The sets of lines in use, with how often they are: each cell, its first half, the whole area, two neighbouring cells and one
/// set that crosses them.
fn line_sets(lines: usize, random: &mut Random) -> (Vec<Vec<usize>>, Vec<f64>) {
    let cells = cells(lines, random);
    let mut sets = Vec::new();
    for cell in &cells {
        sets.push((cell.clone(), 3.0 * cell.len() as f64));
        sets.push((cell[..cell.len().div_ceil(2)].to_vec(), 1.0 * cell.len() as f64));
    }
    sets.push(((0..lines).collect(), 0.6 * lines as f64));
    if cells.len() > 2 {
        sets.push(([cells[0].as_slice(), &cells[1]].concat(), 0.7 * lines as f64));
    }
    sets.push((random.weighted_subset(&vec![1.0; lines], (lines / 2).max(2)), 0.5 * lines as f64));
    sets.into_iter().unzip()
}

/// Consecutive lines cut into cells of eight or so.
fn cells(lines: usize, random: &mut Random) -> Vec<Vec<usize>> {
    let cuts = random.weighted_subset(&vec![1.0; lines.saturating_sub(1)], (lines / 8).max(1));
    let mut cells = Vec::new();
    let mut start = 0;
    for end in cuts.into_iter().map(|cut| cut + 1).chain([lines]) {
        cells.push((start..end).collect());
        start = end;
    }
    cells
}
