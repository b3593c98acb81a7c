//! What a study says in sentences, with the numbers, in each language.
//!
//! **Invariant:** a sentence names at most one line, area or customer and one driver; the lists of the study are complete.

use super::inputs::{Driver, DriverKind, Quantity};
use super::study::{Study, ThingRisk};
use super::tally::Of;
use crate::language::Language;
use crate::say;

/// Lines, and customers, that sentences are about.
const TOP: usize = 3;
/// Shares below which nothing is said.
const WORTH_SAYING: f64 = 0.005;
/// Half of a confidence interval above which more samples are recommended.
const UNSURE: f64 = 0.025;

impl Study {
    /// The study in a few sentences.
    pub fn sentences(&self, l: Language) -> Vec<String> {
        let mut said = vec![self.overall(l)];
        said.extend(self.as_planned(l));
        let whole = |of: Of| self.things.iter().filter(move |thing| thing.of == of && thing.period.is_none());
        let mut lines: Vec<&ThingRisk> = whole(Of::Line).filter(|line| line.short.share >= WORTH_SAYING).collect();
        lines.sort_by(|a, b| b.short.share.total_cmp(&a.short.share).then(b.unmet_weight.mean.total_cmp(&a.unmet_weight.mean)));
        said.extend(lines.iter().take(TOP).map(|line| self.line(line, l)));
        if lines.is_empty() {
            let over = |line: &ThingRisk| line.over_target.map_or(0.0, |over| over.share);
            let fullest = whole(Of::Line).max_by(|a, b| over(a).total_cmp(&over(b)));
            said.extend(fullest.filter(|line| over(line) >= WORTH_SAYING).map(|line| self.over_target(line, l)));
        }
        let mut customers: Vec<&ThingRisk> = whole(Of::Customer).filter(|customer| customer.short.share >= WORTH_SAYING).collect();
        customers.sort_by(|a, b| b.unmet_units.mean.total_cmp(&a.unmet_units.mean));
        said.extend(customers.iter().take(TOP).map(|customer| customer_short(customer, l)));
        said.extend(self.longest_bar(l));
        if self.simplified {
            said.push(
                l.of(&[
                    "Minimum lots, openings, frozen periods and changeovers by campaign are left out of the samples, so more may be missing than is said here.",
                    "Las muestras no consideran lotes mínimos, aperturas, periodos congelados ni cambios por campaña: puede faltar más de lo que aquí se dice.",
                    "Mindestlose, Öffnungen, eingefrorene Perioden und Rüsten nach Kampagnen sind in den Stichproben nicht enthalten; es kann also mehr fehlen als hier gesagt.",
                ])
                .to_owned(),
            );
        }
        said.extend(self.unsure(l));
        said
    }

    fn overall(&self, l: Language) -> String {
        let samples = l.whole(f64::from(self.samples));
        if self.short.share <= 0.0 {
            let most = share(l, self.short.high);
            return say!(
                l,
                "In none of {samples} samples is demand short (95 % sure: in at most {most} of all cases).",
                "En ninguna de {samples} muestras falta demanda (con 95 % de confianza: en {most} de los casos como máximo).",
                "In keiner von {samples} Stichproben fehlt Bedarf (zu 95 % sicher: in höchstens {most} der Fälle)."
            );
        }
        let (likely, low, high) = (share(l, self.short.share), share(l, self.short.low), share(l, self.short.high));
        let (mean, worst) = (l.units(self.unmet_units.mean), l.units(self.unmet_units.cvar95));
        say!(
            l,
            "Demand is short in {likely} of {samples} samples ({low} to {high} with 95 % confidence): {mean} units are missing on average, {worst} in the worst twentieth.",
            "Falta demanda en {likely} de {samples} muestras (de {low} a {high} con 95 % de confianza): faltan {mean} unidades en promedio y {worst} en el peor 5 %.",
            "Bedarf fehlt in {likely} von {samples} Stichproben ({low} bis {high} bei 95 % Konfidenz): im Mittel fehlen {mean} Stück, im schlechtesten Zwanzigstel {worst}."
        )
    }

    fn as_planned(&self, l: Language) -> Option<String> {
        let planned = l.units(self.planned.unmet_units);
        match (self.planned.unmet_units > 0.0, self.short.share > 0.0) {
            (false, true) => Some(say!(
                l,
                "As planned nothing is missing: what is short comes from the uncertainty alone.",
                "Según lo planeado no falta nada: lo que falta viene sólo de la incertidumbre.",
                "Wie geplant fehlt nichts: was fehlt, kommt allein aus der Unsicherheit."
            )),
            (true, _) => Some(say!(
                l,
                "As planned {planned} units are missing already.",
                "Según lo planeado ya faltan {planned} unidades.",
                "Schon wie geplant fehlen {planned} Stück."
            )),
            (false, false) => None,
        }
    }

    fn line(&self, line: &ThingRisk, l: Language) -> String {
        let (name, likely) = (&line.name, share(l, line.short.share));
        let periods = self.things.iter().filter(|other| other.of == Of::Line && other.period.is_some());
        let own = periods.filter(|other| other.name == line.name && other.plant == line.plant);
        // The first of equally likely periods.
        let worst = own.reduce(|worst, other| if other.short.share > worst.short.share { other } else { worst });
        let when = worst.filter(|_| self.periods.len() > 1).and_then(|worst| Some((worst.period.as_deref()?, share(l, worst.short.share))));
        let first = match when {
            Some((period, most)) => say!(
                l,
                "Line {name} is short in {likely} of the samples, most often in {period} ({most})",
                "La línea {name} se queda corta en {likely} de las muestras, sobre todo en {period} ({most})",
                "Linie {name} reicht in {likely} der Stichproben nicht, am häufigsten in {period} ({most})"
            ),
            None => say!(
                l,
                "Line {name} is short in {likely} of the samples",
                "La línea {name} se queda corta en {likely} de las muestras",
                "Linie {name} reicht in {likely} der Stichproben nicht"
            ),
        };
        match self.mover(line, l) {
            Some(mover) => {
                say!(
                    l,
                    "{first}; what moves it most is {mover}.",
                    "{first}; lo que más influye es {mover}.",
                    "{first}; am meisten bewegt sie {mover}."
                )
            }
            None => format!("{first}."),
        }
    }

    fn over_target(&self, line: &ThingRisk, l: Language) -> String {
        let (name, likely) = (&line.name, share(l, line.over_target.map_or(0.0, |over| over.share)));
        let target = self.targets.iter().find(|target| target.area == line.area).map_or(0.0, |target| target.utilization);
        let target = share(l, target);
        say!(
            l,
            "Line {name} is over its target of {target} in {likely} of the samples.",
            "La línea {name} supera su objetivo de {target} en {likely} de las muestras.",
            "Linie {name} liegt in {likely} der Stichproben über ihrem Ziel von {target}."
        )
    }

    fn mover(&self, thing: &ThingRisk, l: Language) -> Option<String> {
        let mover = thing.mover?;
        Some(driver(&self.bars.get(mover.bar)?.driver, l))
    }

    fn longest_bar(&self, l: Language) -> Option<String> {
        let bar = self.bars.first().filter(|bar| bar.swing() > 0.0)?;
        let (name, low, high) = (driver(&bar.driver, l), l.units(bar.low.unmet_units), l.units(bar.high.unmet_units));
        let (from, to) = (factor(l, bar.factor_low), factor(l, bar.factor_high));
        Some(say!(
            l,
            "Moved by itself, nothing changes unmet demand as much as {name}: from {from} to {to} of what is planned, {low} turn into {high} missing units.",
            "Por separado, nada cambia tanto la demanda no cubierta como {name}: de {from} a {to} de lo planeado, las unidades faltantes pasan de {low} a {high}.",
            "Für sich allein bewegt nichts den fehlenden Bedarf so sehr wie {name}: von {from} bis {to} des Geplanten werden aus {low} fehlenden Stück {high}."
        ))
    }

    fn unsure(&self, l: Language) -> Option<String> {
        let half = (self.short.high - self.short.low) / 2.0;
        if half <= UNSURE {
            return None;
        }
        // A standard error falls with the root of the samples.
        let wanted = f64::from(self.samples) * (half / 0.01).powi(2);
        let samples = l.whole(10.0_f64.powf(wanted.max(1.0).log10().ceil()));
        Some(say!(
            l,
            "The probabilities are rough: about {samples} samples would tell them to a percentage point.",
            "Las probabilidades son aproximadas: unas {samples} muestras las darían con un punto porcentual de precisión.",
            "Die Wahrscheinlichkeiten sind grob: etwa {samples} Stichproben nennen sie auf einen Prozentpunkt genau."
        ))
    }
}

fn customer_short(customer: &ThingRisk, l: Language) -> String {
    let (name, likely) = (&customer.name, share(l, customer.short.share));
    let (mean, worst) = (l.units(customer.unmet_units.mean), l.units(customer.unmet_units.cvar95));
    say!(
        l,
        "Customer {name} is not fully supplied in {likely} of the samples: {mean} units are missing on average, {worst} in the worst twentieth.",
        "El cliente {name} no se surte completo en {likely} de las muestras: faltan {mean} unidades en promedio y {worst} en el peor 5 %.",
        "Kunde {name} wird in {likely} der Stichproben nicht voll beliefert: im Mittel fehlen {mean} Stück, im schlechtesten Zwanzigstel {worst}."
    )
}

/// A driver as it stands in a sentence.
pub fn driver(driver: &Driver, l: Language) -> String {
    let Driver { quantity, kind, name, .. } = driver;
    let what = match quantity {
        Quantity::Volume => l.of(&["the volume", "el volumen", "das Volumen"]),
        Quantity::Efficiency => l.of(&["the efficiency", "la eficiencia", "der Wirkungsgrad"]),
        Quantity::CycleTime => l.of(&["the cycle time", "el tiempo de ciclo", "die Taktzeit"]),
        Quantity::Availability => l.of(&["the availability", "la disponibilidad", "die Verfügbarkeit"]),
    };
    match kind {
        DriverKind::Model => say!(l, "{what} of {name}", "{what} de {name}", "{what} von {name}"),
        DriverKind::Line => say!(l, "{what} of line {name}", "{what} de la línea {name}", "{what} der Linie {name}"),
        DriverKind::Family => say!(l, "{what} of family {name}", "{what} de la familia {name}", "{what} der Familie {name}"),
        DriverKind::Customer => say!(l, "{what} of customer {name}", "{what} del cliente {name}", "{what} des Kunden {name}"),
        DriverKind::Area => say!(l, "{what} of area {name}", "{what} del área {name}", "{what} des Bereichs {name}"),
        DriverKind::All => say!(l, "{what} of all together", "{what} de todo en conjunto", "{what} von allem zusammen"),
        DriverKind::Rest => say!(l, "{what} of the rest", "{what} del resto", "{what} vom Rest"),
    }
}

/// A share as a percentage, which is 0 % and 100 % only where it is.
fn share(l: Language, share: f64) -> String {
    let text = match 100.0 * share {
        percent if percent > 0.0 && percent < 0.1 => format!("< {}", l.percent(0.1)),
        percent => l.percent(percent),
    };
    format!("{text} %")
}

fn factor(l: Language, factor: f64) -> String {
    format!("{} %", l.percent(100.0 * factor))
}
