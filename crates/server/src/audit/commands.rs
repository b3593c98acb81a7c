//! What the commands of the trail do.

use std::fs::File;
use std::future::Future;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use platform::audit::chain::{self, Head, PublicKey, Signer, Verified};
use platform::audit::verification::{self, Auditor};
use platform::audit::{export as taking, keys, witness};
use platform::error::Kind;
use platform::postgres::Visit;
use platform::{Context, Error};
use uuid::Uuid;

use crate::audit::{ExportRequest, Format, HeadRequest, Source, VerifyRequest};
use crate::commands::running;
use crate::files;
use crate::outcome::{Failure, Outcome};
use crate::terminal;

/// Prints the signed end of each chain.
pub(super) fn head(request: &HeadRequest) -> Result<Outcome, Failure> {
    let heads = at(&request.source, async |trail| {
        let organization = trail.organization(request.organization.as_deref()).await?;
        verification::heads(&trail.auditor, organization).await
    })?;
    let mut text = String::new();
    for head in heads {
        text.push_str(&json(&head)?);
        text.push('\n');
    }
    files::print(&text)
}

/// Verifies a bundle or the database.
pub(super) fn verify(request: &VerifyRequest) -> Result<Outcome, Failure> {
    let keys = trusted(&request.key)?;
    let witness = request.witness.as_deref().map(heads).transpose()?.unwrap_or_default();
    let verified = match &request.bundle {
        Some(bundle) => vec![check(bundle, &keys, &witness)?],
        None => at(&request.source, async |trail| {
            let organization = trail.organization(request.organization.as_deref()).await?;
            let asked = verification::Request { organization, keys: keys.clone(), witness };
            verification::verify(&trail.auditor, &asked).await
        })?,
    };
    let text = if request.json { json(&verified)? + "\n" } else { verified.iter().map(told).collect() };
    files::print(&text)?;
    if keys.is_empty() {
        let signed: std::collections::BTreeSet<_> = verified.iter().flat_map(|chain| &chain.keys).collect();
        for key in signed {
            terminal::complain(&format!(
                "signed with {key}; whether that is the operator's key only you can know: compare, or give it with --key"
            ));
        }
    }
    Ok(if verified.iter().all(Verified::sound) { Outcome::Done } else { Outcome::Refused })
}

/// Writes an organization's trail.
pub(super) fn export(request: &ExportRequest) -> Result<Outcome, Failure> {
    let out: Box<dyn Write> = match &request.output {
        Some(path) => Box::new(BufWriter::new(File::create(path).map_err(|cause| unusable(path, &cause))?)),
        None => Box::new(BufWriter::new(std::io::stdout())),
    };
    let exported = at(&request.source, async |trail| {
        let asked = taking::Request {
            organization: trail.one(&request.organization).await?,
            from: request.from,
            to: request.to,
            by: "database:gemba_auditor".into(),
            at: Context::system().now(),
        };
        match request.format {
            Format::Bundle => {
                let signer = signer(request.key_file.as_deref().or(trail.key.as_deref()))?;
                taking::bundle(&trail.auditor, &asked, &signer, out).await
            }
            Format::Csv => taking::csv(&trail.auditor, &asked, out).await,
            Format::Jsonl => taking::json_lines(&trail.auditor, &asked, out).await,
        }
    })?;
    if let Some(path) = &request.output {
        files::print(&format!("{}: {} entries\n", path.display(), exported.entries))?;
    }
    Ok(Outcome::Done)
}

fn check(bundle: &Path, keys: &[PublicKey], witness: &[Head]) -> Result<Verified, Failure> {
    let file = File::open(bundle).map_err(|cause| unusable(bundle, &cause))?;
    let checked = chain::check(BufReader::new(file), keys, witness).map_err(|cause| unusable(bundle, &cause))?;
    Ok(checked.verified)
}

/// A chain as a person reads it.
fn told(chain: &Verified) -> String {
    let mut text = format!("organization {}: {} entries in {} seals", chain.organization, chain.entries, chain.seals);
    for (count, what) in [(chain.removed, "removed by retention"), (chain.unsealed, "not sealed yet"), (chain.witnessed, "heads witnessed")]
    {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    text.push_str(if chain.sound() { ": sound\n" } else { ": NOT SOUND\n" });
    for finding in &chain.findings {
        text.push_str(&format!("  {finding}\n"));
    }
    if chain.further > 0 {
        text.push_str(&format!("  and {} more\n", chain.further));
    }
    text
}

/// Where the trail lies, as the auditor reaches it.
struct Trail {
    auditor: Auditor,
    /// The key of a private installation that seals its trail.
    key: Option<PathBuf>,
}

impl Trail {
    async fn organization(&self, named: Option<&str>) -> Result<Option<Uuid>, Error> {
        match named {
            Some(named) => self.one(named).await.map(Some),
            None => Ok(None),
        }
    }

    /// The organization with this short name or identifier.
    async fn one(&self, named: &str) -> Result<Uuid, Error> {
        if let Ok(id) = named.parse() {
            return Ok(id);
        }
        let found = verification::organization(&self.auditor, named).await?;
        let missing =
            || Error::new(Kind::NotFound, "no_such_organization", format!("there is no organization with the short name '{named}'"));
        found.ok_or_else(missing)
    }
}

/// Does the work where the trail lies: in the database named, or in the private one, which is started for it where it does not run.
fn at<T>(source: &Source, work: impl AsyncFnOnce(&Trail) -> Result<T, Error>) -> Result<T, Failure> {
    if let Some(url) = &source.database {
        return block_on(async { work(&Trail { auditor: verification::connect(url).await?, key: None }).await });
    }
    let data_dir = source.data_dir.iter().map(|folder| ("data_dir", "--data-dir", folder.clone())).collect();
    let settings = running::settings(None, data_dir)?;
    if settings.database.url.is_some() {
        return Err(Failure::usage(
            "name the database with --database or GEMBA_DATABASE_AUDITOR_URL, as the role gemba_auditor; or verify a bundle",
        ));
    }
    block_on(async {
        let visit = Visit::open(&settings.data_folder, &settings.postgres).await?;
        let done = async {
            let auditor = verification::connect(&visit.urls().auditor).await?;
            let key = settings.audit.key.clone().unwrap_or_else(|| visit.folder().secret_path("audit.key"));
            work(&Trail { auditor, key: Some(key) }).await
        };
        let done = done.await;
        visit.end().await;
        done
    })
}

/// Keys given as such, or in files.
fn trusted(given: &[String]) -> Result<Vec<PublicKey>, Failure> {
    let mut all = Vec::new();
    for key in given {
        match key.parse() {
            Ok(key) => all.push(key),
            Err(_) => {
                let path = Path::new(key);
                let text = std::fs::read_to_string(path).map_err(|cause| unusable(path, &cause))?;
                all.extend(keys::public_keys(&text).map_err(|wrong| Failure::refused(format!("{key}: {wrong}")))?);
            }
        }
    }
    Ok(all)
}

fn heads(path: &Path) -> Result<Vec<Head>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|cause| unusable(path, &cause))?;
    witness::read(&text).map_err(|wrong| Failure::refused(format!("{}: {wrong}", path.display())))
}

fn signer(path: Option<&Path>) -> Result<Signer, Error> {
    let missing = || {
        let detail = "a bundle is signed: name the file with the secret key with --key-file, or choose --format csv or jsonl";
        Error::new(Kind::Invalid, "key_missing", detail)
    };
    keys::open(path.ok_or_else(missing)?)
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|cause| Failure::refused(format!("cannot be written as JSON: {cause}")))
}

fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| Failure::refused(format!("cannot start: {cause}")))?;
    runtime.block_on(work).map_err(|error| Failure::refused(sentence(&error)))
}

/// What went wrong and, for a fault of ours, why.
fn sentence(error: &Error) -> String {
    let mut text = error.detail.clone();
    let mut cause = std::error::Error::source(error);
    while let Some(reason) = cause {
        text = format!("{text}\n  because: {reason}");
        cause = reason.source();
    }
    text
}

fn unusable(path: &Path, cause: &std::io::Error) -> Failure {
    Failure::refused(format!("{}: {cause}", path.display()))
}
