//! Mail to people: written in the transaction that causes it, sent by a worker, tried again, and kept as a dead letter where it cannot be delivered.
//!
//! A context declares a [`Template`] and calls [`post()`] in its own transaction. A run ([`SEND`]) per organization writes each mail in the
//! language of whom it is for and hands it to the [`Mailer`]: a folder of files where nothing is configured, else a mail server.
//!
//! **Invariant:** nothing in the request path waits for a mail server; a mail that was committed is sent at least once, under the same Message-ID.
//! **Invariant:** one mail has one recipient, a person of the organization whose account is active when it is sent; addresses are never stored with mail.
//! **Invariant:** text of people reaches a header only as [`plain`] text and encoded; no line of theirs becomes a header.
//! **Invariant:** a link that works once is sealed while the mail waits, and gone from the database once it was sent.
//! **Invariant:** a mail server that does not answer is left alone, longer each time, and costs no mail an attempt.

mod http;
mod letter;
mod mailer;
mod outbox;
mod sender;
mod signer;

use crate::permission::{Permission, PermissionInfo};
use crate::runs::WorkKind;
use crate::secrets::SealedColumn;

pub use http::routes;
use letter::display_name;
pub use letter::{Attachment, Button, Letter, Section, plain};
pub(crate) use mailer::is_mailbox;
pub use mailer::{Failure, Folder, Mailer, Security, SmtpSettings};
pub use outbox::{Mail, MailState, NewMail, post, post_many};
pub use sender::{Occasion, Sender, Template, Templates};
pub use signer::Signer;

/// See what mail was sent, and how that went; never what it said.
pub const MAIL_READ: Permission = Permission("integration.mail.read");
/// Send a mail to try, and dead letters again.
pub const MAIL_UPDATE: Permission = Permission("integration.mail.update");

/// What roles can grant here.
pub const PERMISSIONS: &[PermissionInfo] = &[
    PermissionInfo::organization("integration.mail.read", "See what mail was sent to whom, not what it said"),
    PermissionInfo::organization("integration.mail.update", "Try the mail server, and send dead letters again"),
];

/// The column of links that work once, for the rotation of the key that seals it.
pub const SEALED: &[SealedColumn] = &[SECRET];

const SECRET: SealedColumn = SealedColumn { table: "mails", key: "id", column: "secret_sealed" };

/// Sends an organization's mail. Nobody's deed, so not in the trail: how it went is with the mail.
pub const SEND: WorkKind =
    WorkKind { attempts: 3, audited: false, limit: std::time::Duration::from_secs(600), ..WorkKind::new("mail.send", "mail") };
