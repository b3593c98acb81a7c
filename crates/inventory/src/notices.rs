//! What people are told of materials.

use platform::language::Words;
use platform::notifications::Audience::{Holders, Named};
use platform::notifications::{MailWhen, Notice, Topic};

use crate::STOCK_ADJUST;

/// What people decide about how they are told.
pub const TOPICS: &[Topic] = &[Topic {
    name: "stock_counts",
    title: Words::new(
        "Counts that wait for a decision, and what became of yours",
        "Recuentos que esperan una decisión y qué fue de los suyos",
        "Zählungen, die auf eine Entscheidung warten, und was aus Ihren wurde",
    ),
    in_app: true,
    mail: MailWhen::Off,
    is_fixed: false,
}];

/// What people are told of materials: who decides, and whoever counted of the decision.
pub const NOTICES: &[Notice] = &[
    Notice {
        on: "stock_count.waiting",
        topic: "stock_counts",
        to: &[Holders(STOCK_ADJUST)],
        says: Words::new(
            "{actor} counted {place}, and it differs: somebody else decides",
            "{actor} contó {place} y hay diferencias: decide otra persona",
            "{actor} hat {place} gezählt, und es weicht ab: jemand anderes entscheidet",
        ),
    },
    Notice {
        on: "stock_count.approved",
        topic: "stock_counts",
        to: &[Named("counted_person")],
        says: Words::new(
            "{actor} approved what you counted at {place}",
            "{actor} aprobó lo que contó en {place}",
            "{actor} hat genehmigt, was Sie an {place} gezählt haben",
        ),
    },
    Notice {
        on: "stock_count.rejected",
        topic: "stock_counts",
        to: &[Named("counted_person")],
        says: Words::new(
            "{actor} rejected what you counted at {place}: stock stays as it was",
            "{actor} rechazó lo que contó en {place}: las existencias quedan como estaban",
            "{actor} hat abgelehnt, was Sie an {place} gezählt haben: der Bestand bleibt, wie er war",
        ),
    },
];
