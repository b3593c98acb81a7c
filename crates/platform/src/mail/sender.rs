//! Sends an organization's mail: a run that writes what is due, hands it over, and notes what became of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use lettre::message::header::ContentType;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart};
use lettre::{Address, Message};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::database::Tx;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::language::{Language, Words};
use crate::mail::outbox::{self, Due, Outcome};
use crate::mail::{Failure, Letter, Mailer, SECRET, Signer, display_name, plain};
use crate::notifications::{People, Person};
use crate::runs::{Running, Work};
use crate::secrets::Secrets;

/// Mail taken up at a time: what was handed over and not yet noted when a worker dies comes twice.
const BATCH: i64 = 20;
/// Mail handed over at the same time.
const AT_ONCE: usize = 4;

/// What a letter is written for.
pub struct Occasion<'a> {
    /// For whom.
    pub person: &'a Person,
    /// The organization's name.
    pub organization: &'a str,
    /// What it is written from.
    pub data: &'a Value,
    /// The link that works once, if it has one.
    pub secret: Option<&'a str>,
    /// Where links lead, without a slash at the end.
    pub address: &'a str,
    /// Signs links.
    pub signer: &'a Signer,
    /// The preference it obeys.
    pub topic: Option<&'a str>,
}

/// Writes one kind of letter.
pub trait Template: Send + Sync {
    /// The letter in the person's language; nothing where nobody would read it any more.
    ///
    /// # Errors
    /// What the database refused.
    fn write<'a>(&'a self, tx: &'a mut Tx, occasion: &'a Occasion<'a>) -> BoxFuture<'a, Result<Option<Letter>>>;
}

/// What writes letters, by name. Cheap to clone.
#[derive(Clone, Default)]
pub struct Templates(Arc<BTreeMap<&'static str, Arc<dyn Template>>>);

impl Templates {
    /// Also the letters called `name`.
    pub fn with(self, name: &'static str, template: impl Template + 'static) -> Templates {
        let mut all = Arc::unwrap_or_clone(self.0);
        all.insert(name, Arc::new(template));
        Templates(Arc::new(all))
    }
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// Sends mail: the work of [`SEND`](crate::mail::SEND). Cheap to clone.
#[derive(Clone)]
pub struct Sender(Arc<Parts>);

struct Parts {
    mailer: Mailer,
    signer: Signer,
    secrets: Secrets,
    templates: Templates,
    people: Arc<dyn People>,
}

const GREETING: Words = Words::new("Hello {name},", "Hola, {name}:", "Hallo {name},");
const TRIAL: Words = Words::new("Mail works", "El correo funciona", "Die Post funktioniert");
const TRIAL_BODY: Words = Words::new(
    "This is the mail you asked for to try whether Gemba can send any.",
    "Este es el correo que pediste para probar si Gemba puede enviarlos.",
    "Das ist die Nachricht, die du angefordert hast, um zu prüfen, ob Gemba welche verschicken kann.",
);

impl Sender {
    /// Sends through `mailer` what `templates` write, to whom `people` knows.
    pub fn new(mailer: Mailer, signer: Signer, secrets: Secrets, templates: Templates, people: Arc<dyn People>) -> Sender {
        Sender(Arc::new(Parts { mailer, signer, secrets, templates, people }))
    }

    /// Where mail goes, for people.
    pub(super) fn place(&self) -> String {
        self.0.mailer.place()
    }

    async fn empty(&self, run: Running) -> Result<Value> {
        let mut sent = 0;
        while !run.is_cancelled() {
            let mut tx = run.begin().await?;
            let due = outbox::due(&mut tx, BATCH).await?;
            tx.commit().await?;
            if due.is_empty() {
                return Ok(json!({ "sent": sent }));
            }
            let outcomes = self.hand_over(&run, due).await?;
            sent += outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Sent)).count();
            let broken = outcomes.iter().find_map(|(_, outcome)| match outcome {
                Outcome::Failed(Failure::Server(why)) => Some(why.clone()),
                _ => None,
            });
            let mut tx = run.begin().await?;
            outbox::note(&mut tx, &outcomes).await?;
            let now = tx.now();
            // Whoever got something through, or was refused for the mail's own sake, has met a mail server that works.
            if broken.is_some() || outcomes.iter().any(|(_, outcome)| !matches!(outcome, Outcome::Dropped(_))) {
                tx.query("select gemba.rest_mail($1, $2)", &[&now, &broken]).await?;
            }
            run.commit(tx).await?;
            if let Some(why) = broken {
                tracing::warn!(place = self.0.mailer.place(), why, "mail cannot be sent at the moment; it waits");
                return Ok(json!({ "sent": sent, "waiting_because": why }));
            }
        }
        Err(run.cancelled())
    }

    /// Writes and hands over mail, a few at a time; returns what became of each.
    async fn hand_over(&self, run: &Running, due: Vec<Due>) -> Result<Vec<(Due, Outcome)>> {
        let organization = run.caller().organization;
        let ids: Vec<UserId> = due.iter().map(|mail| mail.to).collect();
        let people: BTreeMap<UserId, Person> =
            self.0.people.of(organization, &ids).await?.into_iter().map(|person| (person.id, person)).collect();
        let mut tx = run.read().await?;
        let name: String = tx.query_one("select name from organizations where organization_id = $1", &[&organization]).await?.get(0);
        let (mut outcomes, mut messages) = (Vec::new(), Vec::new());
        for mail in due {
            let written = match people.get(&mail.to) {
                None => Err(Outcome::Dropped("the account is closed")),
                Some(_) if mail.expires_at.is_some_and(|expires| expires <= tx.now()) => {
                    Err(Outcome::Dropped("the link in it has expired"))
                }
                Some(person) => self.write(&mut tx, &mail, person, &name).await?,
            };
            match written {
                Ok(message) => messages.push((mail, message)),
                Err(outcome) => outcomes.push((mail, outcome)),
            }
        }
        tx.commit().await?;
        let is_broken = std::sync::atomic::AtomicBool::new(false);
        let send = async |(mail, message): (Due, Message)| {
            // A mail server that does not answer one mail is not asked for the others.
            if is_broken.load(std::sync::atomic::Ordering::Relaxed) {
                return None;
            }
            let outcome = match self.0.mailer.send(&mail.id.to_string(), message).await {
                Ok(()) => Outcome::Sent,
                Err(failure) => {
                    is_broken.fetch_or(matches!(failure, Failure::Server(_)), std::sync::atomic::Ordering::Relaxed);
                    Outcome::Failed(failure)
                }
            };
            Some((mail, outcome))
        };
        let sent = futures_util::stream::iter(messages.into_iter().map(send)).buffer_unordered(AT_ONCE);
        outcomes.extend(sent.collect::<Vec<_>>().await.into_iter().flatten());
        Ok(outcomes)
    }

    async fn write(&self, tx: &mut Tx, mail: &Due, person: &Person, organization: &str) -> Result<std::result::Result<Message, Outcome>> {
        let clear = match &mail.sealed {
            Some(sealed) => Some(self.0.secrets.open(&SECRET.of(tx.caller().organization, mail.id), sealed).await?),
            None => None,
        };
        let secret = clear.as_ref().map(|clear| clear.expose_text()).transpose()?;
        let Some(template) = self.0.templates.0.get(mail.template.as_str()).cloned() else {
            return Ok(Err(Outcome::Failed(Failure::Later(format!("this program does not know how to write {}", mail.template)))));
        };
        let occasion = Occasion {
            person,
            organization,
            data: &mail.data,
            secret,
            address: self.0.mailer.address(),
            signer: &self.0.signer,
            topic: mail.topic.as_deref(),
        };
        let Some(letter) = template.write(tx, &occasion).await? else {
            return Ok(Err(Outcome::Dropped("there is nothing to say any more")));
        };
        Ok(self.message(mail.id, person, organization, &letter).map_err(Outcome::Failed))
    }

    /// Sends a mail to try, now; how that went.
    pub(super) async fn attempt(&self, id: Uuid, person: &Person, organization: &str) -> std::result::Result<(), Failure> {
        let letter = Letter {
            subject: TRIAL.text(person.language).into(),
            paragraphs: vec![TRIAL_BODY.text(person.language).into()],
            footer: vec![plain(organization)],
            ..Letter::default()
        };
        let message = self.message(id, person, organization, &letter)?;
        self.0.mailer.send(&id.to_string(), message).await
    }

    /// A letter as a message. Its identifier is the mail's, so that one sent twice is known as one.
    fn message(&self, id: Uuid, person: &Person, organization: &str, letter: &Letter) -> std::result::Result<Message, Failure> {
        let never = |cause: &dyn std::fmt::Display| Failure::Never(format!("the mail cannot be written: {cause}"));
        let address: Address = person.email.parse().map_err(|cause| never(&cause))?;
        let name = display_name(&person.name);
        let domain = self.0.mailer.domain();
        let raw = |name: &'static str, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
        let mut message = Message::builder()
            .from(self.0.mailer.from(organization))
            .to(Mailbox::new(name, address))
            .subject(plain(&letter.subject))
            .message_id(Some(format!("<{id}@{domain}>")))
            // Nobody's holiday notice answers, and mailing lists leave it alone (RFC 3834).
            .raw_header(raw("Auto-Submitted", "auto-generated".into()))
            .raw_header(raw("X-Auto-Response-Suppress", "All".into()));
        if let Some(thread) = &letter.thread {
            let thread: String =
                thread.chars().map(|letter| if letter.is_ascii_alphanumeric() || "-_".contains(letter) { letter } else { '.' }).collect();
            message = message.references(format!("<{thread}@{domain}>"));
        }
        if let Some(address) = &letter.unsubscribe {
            message = message
                .raw_header(raw("List-Unsubscribe", format!("<{}>", plain_address(address))))
                .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()));
        }
        let greeting = GREETING.fill(person.language, &[("name", &plain(&person.name))]);
        let both = MultiPart::alternative_plain_html(
            letter.text(&greeting, person.language),
            letter.html(&greeting, &plain(organization), person.language),
        );
        if letter.attachments.is_empty() {
            return message.multipart(both).map_err(|cause| never(&cause));
        }
        let mut whole = MultiPart::mixed().multipart(both);
        for file in &letter.attachments {
            let media = ContentType::parse(&file.media_type).map_err(|cause| never(&cause))?;
            whole = whole.singlepart(Attachment::new(plain(&file.name)).body(file.bytes.clone(), media));
        }
        message.multipart(whole).map_err(|cause| never(&cause))
    }
}

/// An address without what could end it in a header; ours have none of it.
fn plain_address(address: &str) -> String {
    address.chars().filter(|letter| letter.is_ascii_graphic() && !"<>".contains(*letter)).collect()
}

impl Work for Sender {
    fn carry_out(&self, run: Running) -> BoxFuture<'static, Result<Value>> {
        let own = self.clone();
        Box::pin(async move { own.empty(run).await })
    }
}

/// A letter that is written from its data alone.
impl<F> Template for F
where
    F: Fn(&Occasion<'_>, Language) -> Option<Letter> + Send + Sync,
{
    fn write<'a>(&'a self, _tx: &'a mut Tx, occasion: &'a Occasion<'a>) -> BoxFuture<'a, Result<Option<Letter>>> {
        let letter = self(occasion, occasion.person.language);
        Box::pin(std::future::ready(Ok::<_, Error>(letter)))
    }
}
