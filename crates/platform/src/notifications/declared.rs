//! What people are told of the platform's own things, and the topics that all contexts share.

use crate::language::Words;
use crate::notifications::Audience::{Answered, Asker, Holders, Mentioned, Named, Watchers};
use crate::notifications::{MailWhen, Notice, Topic};

const fn topic(name: &'static str, title: Words, mail: MailWhen) -> Topic {
    Topic { name, title, in_app: true, mail, is_fixed: false }
}

/// The topics, in the order in which people see them.
pub const TOPICS: &[Topic] = &[
    topic(
        "mentions",
        Words::new("Somebody names or answers you", "Alguien te menciona o te responde", "Jemand nennt dich oder antwortet dir"),
        MailWhen::AtOnce,
    ),
    topic(
        "approvals",
        Words::new(
            "Decisions you are asked for, or wait for",
            "Decisiones que te piden o que esperas",
            "Entscheidungen, um die man dich bittet oder auf die du wartest",
        ),
        MailWhen::AtOnce,
    ),
    topic("watching", Words::new("Records you watch", "Registros que sigues", "Datensätze, die du beobachtest"), MailWhen::Daily),
    topic("runs_failed", Words::new("Your runs that failed", "Tus ejecuciones fallidas", "Deine fehlgeschlagenen Läufe"), MailWhen::AtOnce),
    topic("runs_done", Words::new("Your runs that are done", "Tus ejecuciones terminadas", "Deine fertigen Läufe"), MailWhen::Off),
    topic(
        "integrations",
        Words::new("Connections that stopped working", "Conexiones que han dejado de funcionar", "Anbindungen, die nicht mehr arbeiten"),
        MailWhen::AtOnce,
    ),
    Topic {
        is_fixed: true,
        ..topic(
            "security",
            Words::new("The safety of your account", "La seguridad de tu cuenta", "Die Sicherheit deines Kontos"),
            MailWhen::AtOnce,
        )
    },
];

/// What happens to a watched record and is declared by nobody, by the last word of the entry.
pub(super) const WATCHED: &[(&str, Words)] = &[
    ("updated", Words::new("{actor} changed {record}", "{actor} ha cambiado {record}", "{actor} hat {record} geändert")),
    ("archived", Words::new("{actor} archived {record}", "{actor} ha archivado {record}", "{actor} hat {record} archiviert")),
    (
        "restored",
        Words::new(
            "{actor} took {record} back into use",
            "{actor} ha recuperado {record}",
            "{actor} hat {record} wieder in Gebrauch genommen",
        ),
    ),
    ("deleted", Words::new("{actor} deleted {record}", "{actor} ha eliminado {record}", "{actor} hat {record} gelöscht")),
    ("", Words::new("{actor} did something with {record}", "{actor} ha hecho algo con {record}", "{actor} hat etwas mit {record} gemacht")),
];

const ANSWERED: Words = Words::new(
    "{actor} answered you on {record}: {excerpt}",
    "{actor} te ha respondido en {record}: {excerpt}",
    "{actor} hat dir bei {record} geantwortet: {excerpt}",
);
const COMMENTED: Words = Words::new(
    "{actor} commented on {record}: {excerpt}",
    "{actor} ha comentado {record}: {excerpt}",
    "{actor} hat {record} kommentiert: {excerpt}",
);
const MENTIONED: Words = Words::new(
    "{actor} mentioned you on {record}: {excerpt}",
    "{actor} te ha mencionado en {record}: {excerpt}",
    "{actor} hat dich bei {record} erwähnt: {excerpt}",
);

/// What people are told of the platform's own things.
pub const NOTICES: &[Notice] = &[
    Notice { on: "comment.created", topic: "mentions", to: &[Mentioned], says: MENTIONED },
    Notice { on: "comment.created", topic: "mentions", to: &[Answered], says: ANSWERED },
    Notice { on: "comment.created", topic: "watching", to: &[Watchers], says: COMMENTED },
    Notice { on: "comment.updated", topic: "mentions", to: &[Mentioned], says: MENTIONED },
    Notice {
        on: "run.failed",
        topic: "runs_failed",
        to: &[Asker],
        says: Words::new("{record} failed ({error})", "{record} ha fallado ({error})", "{record} ist fehlgeschlagen ({error})"),
    },
    Notice {
        on: "run.succeeded",
        topic: "runs_done",
        to: &[Asker],
        says: Words::new("{record} is done", "{record} ha terminado", "{record} ist fertig"),
    },
    Notice {
        on: "webhook.disabled",
        topic: "integrations",
        to: &[Named("owner"), Holders(crate::webhooks::WEBHOOK_UPDATE)],
        says: Words::new(
            "Gemba gave up on the webhook {record}: {why}",
            "Gemba ha dejado de llamar al webhook {record}: {why}",
            "Gemba hat den Webhook {record} aufgegeben: {why}",
        ),
    },
    Notice {
        on: "mail.failed",
        topic: "integrations",
        to: &[Holders(crate::mail::MAIL_UPDATE)],
        says: Words::new(
            "A mail could not be delivered ({template})",
            "No se ha podido entregar un correo ({template})",
            "Eine Nachricht konnte nicht zugestellt werden ({template})",
        ),
    },
];
