//! What people are told of the shop floor.

use platform::language::Words;
use platform::notifications::Audience::{Holders, HoldersIf, NamedAll};
use platform::notifications::{MailWhen, Notice, Topic};

use crate::terminal::andon::{ANDON_ACKNOWLEDGE, ANDON_ESCALATED};
use crate::terminal::sync::TERMINAL_RESOLVE;

/// What people decide about how they are told.
pub const TOPICS: &[Topic] = &[
    Topic {
        name: "floor",
        title: Words::new(
            "Calls for help and what terminals could not do",
            "Llamadas de ayuda y lo que los terminales no pudieron hacer",
            "Hilferufe und was Terminals nicht tun konnten",
        ),
        in_app: true,
        mail: MailWhen::Off,
        is_fixed: false,
    },
    // Whoever is told of these is not at the line, and may not be at a screen.
    Topic {
        name: "floor_escalated",
        title: Words::new(
            "Calls for help that nobody answers",
            "Llamadas de ayuda a las que nadie acude",
            "Hilferufe, auf die niemand kommt",
        ),
        in_app: true,
        mail: MailWhen::AtOnce,
        is_fixed: false,
    },
];

/// What people are told of the shop floor: who may come, who is told when nobody does, and who decides.
pub const NOTICES: &[Notice] = &[
    Notice {
        on: "andon_call.called",
        topic: "floor",
        to: &[Holders(ANDON_ACKNOWLEDGE)],
        says: Words::new("{line} calls for help: {kind}", "{line} pide ayuda: {kind}", "{line} ruft um Hilfe: {kind}"),
    },
    Notice {
        on: "andon_call.escalated",
        topic: "floor_escalated",
        to: &[NamedAll("recipients"), HoldersIf(ANDON_ESCALATED, "everybody")],
        says: Words::new(
            "{line} has waited {minutes} min for help: {kind}",
            "{line} lleva {minutes} min esperando ayuda: {kind}",
            "{line} wartet seit {minutes} min auf Hilfe: {kind}",
        ),
    },
    Notice {
        on: "terminal.action_refused",
        topic: "floor",
        to: &[Holders(TERMINAL_RESOLVE)],
        says: Words::new(
            "{record} could not do something: {says}",
            "{record} no ha podido hacer algo: {says}",
            "{record} konnte etwas nicht tun: {says}",
        ),
    },
];
