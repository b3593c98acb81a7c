//! The mail that identity writes, and what people are told of their own accounts.

use platform::database::Tx;
use platform::ids::UserId;
use platform::language::{Language, Words};
use platform::mail::{Button, Letter, NewMail, Occasion, Templates, plain, post};
use platform::notifications::{Audience, Notice};
use platform::secrets::Secrets;
use platform::{Error, Result};
use serde_json::json;
use uuid::Uuid;

use crate::sign_in::links::{PasswordLink, Purpose};

/// What people are told of their own accounts: always, whoever did it.
pub const NOTICES: &[Notice] = &[
    security(
        "session.new_place",
        &[Audience::Owner("user_id")],
        Words::new(
            "Somebody signed in to your account from a new place: {device}, {ip}",
            "Alguien ha entrado en tu cuenta desde un lugar nuevo: {device}, {ip}",
            "Jemand hat sich an einem neuen Ort mit deinem Konto angemeldet: {device}, {ip}",
        ),
    ),
    security(
        "user.password_changed",
        &[Audience::Owner("owner")],
        Words::new(
            "The password of your account was changed",
            "Se ha cambiado la contraseña de tu cuenta",
            "Das Passwort deines Kontos wurde geändert",
        ),
    ),
    security(
        "user.second_factor_added",
        OWN,
        Words::new(
            "A passkey or authenticator app was added to your account",
            "Se ha añadido una llave de acceso o una aplicación de códigos a tu cuenta",
            "Ein Passkey oder eine Code-App wurde zu deinem Konto hinzugefügt",
        ),
    ),
    security(
        "user.second_factor_removed",
        OWN,
        Words::new(
            "A passkey or authenticator app was removed from your account",
            "Se ha quitado una llave de acceso o una aplicación de códigos de tu cuenta",
            "Ein Passkey oder eine Code-App wurde aus deinem Konto entfernt",
        ),
    ),
    security(
        "user.second_factors_reset",
        OWN,
        Words::new(
            "All passkeys and authenticator apps were removed from your account",
            "Se han quitado todas las llaves de acceso y aplicaciones de códigos de tu cuenta",
            "Alle Passkeys und Code-Apps wurden aus deinem Konto entfernt",
        ),
    ),
];

const OWN: &[Audience] = &[Audience::Owner("id")];

const fn security(on: &'static str, to: &'static [Audience], says: Words) -> Notice {
    Notice { on, topic: "security", to, says }
}

/// The letters of identity, beside those there are.
pub fn templates(others: Templates) -> Templates {
    others.with("invitation", invitation).with("reset", reset).with("elsewhere", elsewhere)
}

/// Sends somebody their link, which then is in no answer; it is in the mail alone.
pub(crate) async fn send_link(tx: &mut Tx, secrets: &Secrets, user: UserId, purpose: Purpose, link: &PasswordLink) -> Result<Uuid> {
    let template = match purpose {
        Purpose::Invitation => "invitation",
        Purpose::Reset => "reset",
    };
    let new = NewMail { to: user, template, topic: None, data: json!({}), secret: Some(&link.link), expires_at: Some(link.expires_at) };
    post(tx, secrets, new).await
}

/// Tells somebody who forgot their password that they have none, because they sign in elsewhere.
pub(crate) async fn send_elsewhere(tx: &mut Tx, secrets: &Secrets, user: UserId) -> Result<Uuid> {
    let now = tx.now();
    let expires_at = now.checked_add(jiff::SignedDuration::from_hours(24)).map_err(Error::internal)?;
    post(tx, secrets, NewMail { to: user, template: "elsewhere", topic: None, data: json!({}), secret: None, expires_at: Some(expires_at) })
        .await
}

const INVITED: Words = Words::new("Your account at {organization}", "Tu cuenta en {organization}", "Dein Konto bei {organization}");
const WELCOME: Words = Words::new(
    "You were invited to {organization} in Gemba. Choose your password to begin; you sign in with {email}.",
    "Te han invitado a {organization} en Gemba. Elige tu contraseña para empezar; entrarás con {email}.",
    "Du wurdest bei {organization} in Gemba eingeladen. Wähle zum Anfang dein Passwort; du meldest dich mit {email} an.",
);
const RESET: Words = Words::new("Choose a new password", "Elige una contraseña nueva", "Wähle ein neues Passwort");
const FORGOT: Words = Words::new(
    "Somebody, you we hope, asked for a new password for your account at {organization} ({email}). If it was not you, do nothing: the old one still counts.",
    "Alguien, esperamos que tú, ha pedido una contraseña nueva para tu cuenta en {organization} ({email}). Si no has sido tú, no hagas nada: la anterior sigue valiendo.",
    "Jemand, hoffentlich du, hat ein neues Passwort für dein Konto bei {organization} ({email}) angefordert. Warst du es nicht, tu nichts: das alte gilt weiter.",
);
const CHOOSE: Words = Words::new("Choose a password", "Elegir contraseña", "Passwort wählen");
const ONCE: Words = Words::new(
    "The link works once and not for long. Give it to nobody, whoever asks.",
    "El enlace funciona una sola vez y por poco tiempo. No se lo des a nadie, lo pida quien lo pida.",
    "Der Link funktioniert einmal und nicht lange. Gib ihn niemandem, wer auch fragt.",
);
const ELSEWHERE: Words = Words::new(
    "Somebody, you we hope, asked for a new password for your account at {organization} ({email}). It has none: you sign in with your company's account.",
    "Alguien, esperamos que tú, ha pedido una contraseña nueva para tu cuenta en {organization} ({email}). No tiene ninguna: entras con la cuenta de tu empresa.",
    "Jemand, hoffentlich du, hat ein neues Passwort für dein Konto bei {organization} ({email}) angefordert. Es hat keins: du meldest dich mit dem Konto deiner Firma an.",
);
const SIGN_IN: Words = Words::new("Sign in", "Entrar", "Anmelden");

fn filled(words: Words, occasion: &Occasion<'_>, language: Language) -> String {
    words.fill(language, &[("organization", &plain(occasion.organization)), ("email", &occasion.person.email)])
}

fn with_link(subject: Words, says: Words, occasion: &Occasion<'_>, language: Language) -> Option<Letter> {
    let link = occasion.secret?;
    Some(Letter {
        subject: filled(subject, occasion, language),
        paragraphs: vec![filled(says, occasion, language)],
        button: Some(Button { label: CHOOSE.text(language).into(), address: format!("{}{link}", occasion.address) }),
        footer: vec![ONCE.text(language).into()],
        ..Letter::default()
    })
}

fn invitation(occasion: &Occasion<'_>, language: Language) -> Option<Letter> {
    with_link(INVITED, WELCOME, occasion, language)
}

fn reset(occasion: &Occasion<'_>, language: Language) -> Option<Letter> {
    with_link(RESET, FORGOT, occasion, language)
}

fn elsewhere(occasion: &Occasion<'_>, language: Language) -> Option<Letter> {
    Some(Letter {
        subject: filled(INVITED, occasion, language),
        paragraphs: vec![filled(ELSEWHERE, occasion, language)],
        button: Some(Button { label: SIGN_IN.text(language).into(), address: occasion.address.to_owned() }),
        footer: vec![plain(occasion.organization)],
        ..Letter::default()
    })
}
