//! Which slides there are, and what stands on each.

use std::ops::Range;

use super::shapes::{ALARM, At, HAIR, HIGH, INK, SIDE, SOFT, Slide, TableCell, Type, WASH, WIDE, at, bold, plain};
use crate::Story;
use crate::story::Cell;

/// Rows on a slide; what is beyond stands in the PDF.
const ROWS: usize = 7;

/// Periods side by side; those beyond stand on a slide of their own.
const PERIODS: usize = 12;

/// All slides, in order; `logo` is the width of the logo by its height, where there is one.
pub fn all(story: &Story, logo: Option<f64>) -> Vec<String> {
    let colour = story.brand.colour.trim_start_matches('#').to_ascii_uppercase();
    let deck = Deck { story, colour, logo };
    let parts = || (0..story.periods.len().max(1)).step_by(PERIODS).map(|from| from..(from + PERIODS).min(story.periods.len()));
    let mut slides = vec![deck.cover()];
    slides.extend(parts().map(|part| deck.demand(part)));
    slides.push(deck.constraints());
    slides.extend(parts().map(|part| deck.areas(part)));
    if !story.unmet.is_empty() {
        slides.push(deck.unmet());
    }
    if !story.gains.is_empty() {
        slides.push(deck.gains());
    }
    slides.push(deck.trust());
    let count = slides.len();
    slides.into_iter().enumerate().map(|(number, slide)| deck.finish(slide, number, count)).collect()
}

struct Deck<'a> {
    story: &'a Story,
    colour: String,
    logo: Option<f64>,
}

const ROOM: i64 = WIDE - 2 * SIDE;
const TOP: i64 = 1_340_000;

/// Fill and letters of a band of utilisation.
fn of_band(cell: &Cell) -> (&'static str, &'static str) {
    match cell.band {
        "idle" => ("DBE7F3", INK),
        "easy" => ("D3EAD6", INK),
        "busy" => ("FAEDB8", INK),
        "tight" => ("F9CFA0", INK),
        _ => (ALARM, "FFFFFF"),
    }
}

impl Deck<'_> {
    fn begin(&self, title: &str) -> Slide {
        let mut slide = Slide::new();
        slide.title(at(SIDE, 380_000, ROOM - 1_900_000, 560_000), title, bold(2_600, INK));
        slide.bar(at(SIDE, 1_020_000, ROOM, 28_000), &self.colour);
        self.mark(&mut slide, at(WIDE - SIDE - 1_700_000, 420_000, 1_700_000, 480_000));
        slide
    }

    fn mark(&self, slide: &mut Slide, place: At) {
        if let Some(aspect) = self.logo {
            let wide = ((place.h as f64 * aspect) as i64).min(place.w);
            let high = ((wide as f64 / aspect) as i64).clamp(1, place.h);
            slide.logo(at(place.x + place.w - wide, place.y + (place.h - high) / 2, wide, high), &self.story.brand.name);
        } else {
            slide.text_in_the_middle(place, &[(&self.story.brand.name, bold(1_200, &self.colour).to_the_right())]);
        }
    }

    fn finish(&self, mut slide: Slide, number: usize, count: usize) -> String {
        let words = &self.story.words;
        let page = format!("{} {} {} {count}", words.page, number + 1, words.of);
        slide.text(at(SIDE, HIGH - 330_000, ROOM / 2, 200_000), &[(&self.story.footer, plain(900, SOFT))]);
        slide.text(at(WIDE / 2, HIGH - 330_000, ROOM / 2, 200_000), &[(&page, plain(900, SOFT).to_the_right())]);
        slide.finish()
    }

    fn cover(&self) -> Slide {
        let story = self.story;
        let mut slide = Slide::new();
        slide.bar(at(0, 0, 200_000, HIGH), &self.colour);
        slide.text(at(SIDE, 700_000, ROOM, 260_000), &[(story.kicker, plain(1_200, SOFT))]);
        let size = fitting(&story.title, &[(36, 3_600), (80, 2_400), (usize::MAX, 1_600)]);
        slide.title(at(SIDE, 960_000, ROOM - 2_000_000, 900_000), &cut(&story.title, 160), bold(size, INK));
        slide.text(at(SIDE, 1_930_000, ROOM, 300_000), &[(&cut(&story.subtitle, 120), plain(1_400, SOFT))]);
        self.mark(&mut slide, at(WIDE - SIDE - 1_900_000, 700_000, 1_900_000, 620_000));
        let hero = format!("{} %", story.hero.value);
        slide.text(
            at(SIDE, 2_600_000, 3_300_000, 1_250_000),
            &[(&hero, bold(5_400, &self.colour)), (story.hero.caption, plain(1_200, SOFT))],
        );
        slide.text_in_the_middle(
            at(SIDE + 3_600_000, 2_650_000, ROOM - 3_600_000, 1_150_000),
            &[(&story.headline, plain(fitting(&story.headline, &[(220, 2_000), (400, 1_500), (usize::MAX, 1_100)]), INK))],
        );
        let gap = 130_000;
        let count = story.figures.len().max(1) as i64;
        let wide = (ROOM - gap * (count - 1)) / count;
        for (number, figure) in story.figures.iter().enumerate() {
            let x = SIDE + number as i64 * (wide + gap);
            slide.bar(at(x, 4_350_000, wide, 1_250_000), WASH);
            slide.text(
                at(x + 110_000, 4_450_000, wide - 220_000, 1_050_000),
                &[(figure.name, plain(1_100, SOFT)), (&figure.value, bold(2_000, INK)), (&figure.unit, plain(1_000, SOFT))],
            );
        }
        slide
    }

    fn demand(&self, part: Range<usize>) -> Slide {
        let (story, words) = (self.story, &self.story.words);
        let mut slide = self.begin(words.demand);
        let tallest = story.demand.iter().map(|demand| demand.demand.max(demand.finished)).fold(1.0, f64::max);
        let (floor, high) = (HIGH - 1_500_000, 3_350_000);
        let shown = story.demand.get(part).unwrap_or_default();
        let wide = ROOM / shown.len().max(1) as i64;
        for (number, demand) in shown.iter().enumerate() {
            let x = SIDE + number as i64 * wide;
            for (units, from, colour) in [(demand.demand, 15, HAIR), (demand.finished, 51, self.colour.as_str())] {
                let tall = ((units / tallest) * high as f64).max(12_000.0) as i64;
                slide.bar(at(x + wide * from / 100, floor - tall, wide * 34 / 100, tall), colour);
            }
            let lost = if demand.lost { bold(1_100, ALARM) } else { plain(1_100, SOFT) };
            let said = [
                (demand.period.as_str(), bold(1_300, INK).centred()),
                (demand.finished_text.as_str(), plain(1_100, INK).centred()),
                (demand.lost_text.as_str(), lost.centred()),
            ];
            slide.text(at(x, floor + 60_000, wide, 620_000), &said);
        }
        slide.bar(at(SIDE, floor, ROOM, 12_000), SOFT);
        let mut x = SIDE;
        for (colour, name) in [(HAIR, words.demanded), (self.colour.as_str(), words.finished)] {
            slide.bar(at(x, HIGH - 640_000, 160_000, 130_000), colour);
            slide.text(at(x + 230_000, HIGH - 670_000, 3_000_000, 200_000), &[(name, plain(1_100, SOFT))]);
            x += 3_000_000;
        }
        slide
    }

    fn constraints(&self) -> Slide {
        let (story, words) = (self.story, &self.story.words);
        let mut slide = self.begin(words.constraint);
        if story.constraints.iter().all(|constraint| !constraint.short) {
            slide.text(at(SIDE, TOP, ROOM, 400_000), &[(words.no_constraint, plain(1_800, INK))]);
        }
        for (number, constraint) in story.constraints.iter().enumerate() {
            let y = TOP + 450_000 + number as i64 * 1_050_000;
            let colour = if constraint.short { ALARM } else { SOFT };
            slide.text(at(SIDE, y, 1_700_000, 700_000), &[(&constraint.utilization, bold(3_000, colour))]);
            let size = fitting(&constraint.text, &[(260, 1_600), (420, 1_300), (usize::MAX, 1_000)]);
            slide.text(at(SIDE + 1_900_000, y + 60_000, ROOM - 1_900_000, 900_000), &[(&cut(&constraint.text, 700), plain(size, INK))]);
        }
        slide
    }

    fn areas(&self, part: Range<usize>) -> Slide {
        let (story, words) = (self.story, &self.story.words);
        let mut slide = self.begin(words.areas);
        let first = 2_600_000;
        let periods = story.periods.get(part.clone()).unwrap_or_default();
        let wide = (ROOM - first) / periods.len().max(1) as i64;
        let widths: Vec<i64> = std::iter::once(first).chain(periods.iter().map(|_| wide)).collect();
        let quiet = plain(1_200, SOFT);
        let mut rows = vec![
            std::iter::once(head(words.area, quiet)).chain(periods.iter().map(|period| head(period, quiet.centred()))).collect::<Vec<_>>(),
        ];
        for row in story.areas.iter().take(14) {
            let name = row.group.as_ref().map_or_else(|| row.name.clone(), |group| format!("{group} · {}", row.name));
            let name = cut(&name, 40);
            let cells = row.cells.get(part.clone()).unwrap_or_default().iter().map(|cell| {
                let (fill, letters) = of_band(cell);
                TableCell { text: cell.text.clone(), kind: plain(1_400, letters).centred(), fill: Some(fill) }
            });
            rows.push(std::iter::once(TableCell { text: name, kind: plain(1_400, INK), fill: None }).chain(cells).collect());
        }
        let high = (4_400_000 / rows.len().max(1) as i64).clamp(300_000, 520_000);
        slide.table(at(SIDE, TOP, ROOM, high * rows.len() as i64), &widths, &rows, high);
        let mut x = SIDE;
        for (band, text) in words.bands {
            let (fill, _) = of_band(&Cell { text: String::new(), band });
            slide.bar(at(x, HIGH - 640_000, 160_000, 130_000), fill);
            slide.text(at(x + 230_000, HIGH - 670_000, 1_600_000, 200_000), &[(text, plain(1_100, SOFT))]);
            x += 1_750_000;
        }
        slide
    }

    fn unmet(&self) -> Slide {
        let (story, words) = (self.story, &self.story.words);
        let mut slide = self.begin(words.unmet);
        let widths = [1_000_000, 2_900_000, 1_300_000, ROOM - 5_200_000];
        let quiet = plain(1_200, SOFT);
        let names = [words.unmet_head[0], words.unmet_head[1], words.unmet_head[2], words.unmet_head[4]];
        let mut rows = vec![
            names.iter().enumerate().map(|(at, name)| head(name, if at == 2 { quiet.to_the_right() } else { quiet })).collect::<Vec<_>>(),
        ];
        for unmet in story.unmet.iter().take(ROWS) {
            let model = if unmet.customer.is_empty() { unmet.model.clone() } else { format!("{} · {}", unmet.model, unmet.customer) };
            rows.push(vec![
                TableCell { text: unmet.period.clone(), kind: plain(1_200, INK), fill: None },
                TableCell { text: cut(&model, 60), kind: plain(1_200, INK), fill: None },
                TableCell { text: unmet.units.clone(), kind: bold(1_200, ALARM).to_the_right(), fill: None },
                TableCell { text: cut(&unmet.reason, 170), kind: plain(1_100, INK), fill: None },
            ]);
        }
        slide.table(at(SIDE, TOP, ROOM, 560_000 * rows.len() as i64), &widths, &rows, 560_000);
        slide
    }

    fn gains(&self) -> Slide {
        let (story, words) = (self.story, &self.story.words);
        let mut slide = self.begin(words.gains);
        for (number, gain) in story.gains.iter().take(6).enumerate() {
            let y = TOP + number as i64 * 720_000;
            slide.text_in_the_middle(at(SIDE, y, 5_700_000, 600_000), &[(&cut(&gain.text, 210), plain(1_300, INK))]);
            slide.text_in_the_middle(at(SIDE + 5_800_000, y, 1_300_000, 600_000), &[(&gain.units, bold(1_400, INK).to_the_right())]);
            let whole = ROOM - 7_300_000;
            slide.bar(at(SIDE + 7_300_000, y + 200_000, whole, 200_000), WASH);
            slide.bar(at(SIDE + 7_300_000, y + 200_000, ((gain.share / 100.0) * whole as f64).max(12_000.0) as i64, 200_000), &self.colour);
        }
        slide.text(at(SIDE, HIGH - 670_000, ROOM, 220_000), &[(words.gains_note, plain(1_100, SOFT))]);
        slide
    }

    fn trust(&self) -> Slide {
        let (story, words) = (self.story, &self.story.words);
        let mut slide = self.begin(words.trust);
        let said = story.trust.iter().map(|line| (line.as_str(), plain(1_800, INK)));
        let mut y = TOP;
        for line in said {
            slide.text(at(SIDE, y, ROOM, 620_000), &[line]);
            y += 720_000;
        }
        if !story.comparison.is_empty() {
            let said = [(words.comparison, bold(1_800, INK)), (story.comparison.as_str(), plain(1_800, INK))];
            slide.text(at(SIDE, y + 300_000, ROOM, 1_400_000), &said);
        }
        slide
    }
}

/// The first so many letters, with a sign where there are more: a slide has an end. The PDF has all of them.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// The size of letters for a text: of the first room that is long enough for it.
fn fitting(text: &str, rooms: &[(usize, u32)]) -> u32 {
    let long = text.chars().count();
    rooms.iter().find(|(most, _)| long <= *most).map_or(1_000, |(_, size)| *size)
}

fn head<'a>(text: &str, kind: Type<'a>) -> TableCell<'a> {
    TableCell { text: text.to_owned(), kind, fill: None }
}
