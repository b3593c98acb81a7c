//! The archive of an environment: the configuration and data of an organization or one of its plants as one archive, for another installation or organization.
//!
//! An archive is a zip: `manifest.json`, and for each kind of record a file of JSON lines, one record each, in an order in which each refers only
//! to earlier ones (docs/environments.md). Records keep their identifiers; where the other side has one with the same natural key (a unit,
//! an item number), that one is meant, and what refers to it follows.
//!
//! **Invariant:** bringing the same archive twice changes nothing the second time. **Invariant:** an archive is believed only as far as its
//! checksums go, and every record is written by the record engine with the caller's rights.
//! **Invariant:** accounts, secrets, the trail and results are not in it: they belong to where they came about.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{Cursor, Read, Write};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::caller::Scope;
use crate::database::{Tx, migrate};
use crate::error::{Error, FieldError, Kind as Family, Result};
use crate::http::IfMatch;
use crate::ids::PlantId;
use crate::resource::{Asked, How, Kind, Kinds, Type, Whole, Within, batch, save};

/// What an archive says it is.
pub const SCHEMA: &str = "gemba.environment/1";

/// Contexts whose records are configuration and data; others' are about this installation.
const CONTEXTS: [&str; 4] = ["records", "identity", "factory", "planning"];
const MANIFEST: &str = "manifest.json";
/// Bytes that an archive may unpack to.
const UNPACKED: u64 = 1 << 30;
const MOST_PARTS: usize = 1_000;
/// Records that are written together.
const AT_ONCE: usize = 2_000;
/// Mistakes named in a refusal at most.
const MOST_TOLD: usize = 50;

/// What an archive holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: String,
    /// The program that made it: `gemba 0.1.0`.
    pub program: String,
    /// The shape of the database that it came from.
    pub database_version: i32,
    /// When it was made.
    pub made_at: Timestamp,
    /// The plant that it is of; absent for a whole organization.
    pub plant: Option<String>,
    /// Its files, in the order in which they are brought in.
    pub parts: Vec<Part>,
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Its path in the archive.
    pub path: String,
    /// The kind of its records.
    pub kind: String,
    /// How many there are.
    pub records: usize,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// What bringing an archive in did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// New records, by kind.
    pub created: BTreeMap<&'static str, usize>,
    /// Changed ones.
    pub updated: BTreeMap<&'static str, usize>,
    /// Those that were so already.
    pub unchanged: BTreeMap<&'static str, usize>,
}

/// Whether the bytes are an archive: a zip with a manifest.
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") && ZipArchive::new(Cursor::new(bytes)).is_ok_and(|mut archive| archive.by_name(MANIFEST).is_ok())
}

/// The kinds that an archive has, in an order in which each refers only to earlier ones or to itself.
fn kinds_of(kinds: &Kinds) -> Vec<&'static Kind> {
    let mut open: Vec<&'static Kind> = kinds.iter().filter(|kind| CONTEXTS.contains(&kind.context())).collect();
    let names: HashSet<&str> = open.iter().map(|kind| kind.name).collect();
    let mut done: Vec<&'static Kind> = Vec::new();
    while !open.is_empty() {
        let ready = |kind: &&'static Kind| {
            let mut refers = kind.fields.iter().flat_map(|field| targets(&field.ty));
            refers.all(|target| target == kind.name || !names.contains(target) || done.iter().any(|kind| kind.name == target))
        };
        let at = open.iter().position(ready).unwrap_or(0);
        done.push(open.remove(at));
    }
    done
}

/// The kinds that values of a type refer to.
fn targets(ty: &Type) -> Vec<&'static str> {
    match ty {
        Type::Reference(kind) => vec![kind],
        Type::List(of) => targets(of),
        Type::Object(fields) => fields.iter().flat_map(|field| targets(&field.ty)).collect(),
        _ => Vec::new(),
    }
}

/// Makes an archive of the caller's organization, or of what one plant of it needs.
///
/// # Errors
/// 403 without the right to export one of its kinds; 404 where there is no such plant.
pub async fn export(tx: &mut Tx, kinds: &Kinds, plant: Option<PlantId>) -> Result<Vec<u8>> {
    let organization = tx.caller().organization;
    let code = match plant {
        None => None,
        Some(plant) => {
            let row = tx.query_opt("select code from plants where organization_id = $1 and id = $2", &[&organization, &plant]).await?;
            Some(row.ok_or_else(|| Error::not_found("plant"))?.get::<_, String>(0))
        }
    };
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut parts = Vec::new();
    for kind in kinds_of(kinds) {
        let place = match plant {
            Some(plant) if kind.within.has_plant() => Scope::Plant(plant),
            _ => Scope::Organization,
        };
        if !(tx.caller().may(kind.verbs.export, place) || place == Scope::Organization && tx.caller().may_somewhere(kind.verbs.export)) {
            return Err(tx.caller().refusal(kind.verbs.export, place));
        }
        let mut records = batch::all(tx, kind, None).await?;
        records.retain(|record| belongs(kind, record, plant));
        if records.is_empty() {
            continue;
        }
        let mut lines = Vec::new();
        for record in &records {
            serde_json::to_writer(&mut lines, &written(kind, record)).map_err(Error::internal)?;
            lines.push(b'\n');
        }
        let path = format!("records/{}.jsonl", kind.path);
        writer.start_file(&path, options).map_err(Error::internal)?;
        writer.write_all(&lines).map_err(Error::internal)?;
        parts.push(Part { path, kind: kind.name.into(), records: records.len(), sha256: hex(&lines) });
    }
    let count: usize = parts.iter().map(|part| part.records).sum();
    let manifest = Manifest {
        schema: SCHEMA.into(),
        program: concat!("gemba ", env!("CARGO_PKG_VERSION")).into(),
        database_version: migrate::newest(),
        made_at: tx.now(),
        plant: code,
        parts,
    };
    writer.start_file(MANIFEST, options).map_err(Error::internal)?;
    serde_json::to_writer_pretty(&mut writer, &manifest).map_err(Error::internal)?;
    let detail = serde_json::json!({ "records": count, "plant": manifest.plant });
    tx.query("select gemba.audit('environment.exported', 'environment', null, $1, 'success', $2)", &[&plant, &detail]).await?;
    Ok(writer.finish().map_err(Error::internal)?.into_inner())
}

/// Whether a record is in an archive of this plant, or of the whole organization.
fn belongs(kind: &Kind, record: &Map<String, Value>, plant: Option<PlantId>) -> bool {
    let Some(plant) = plant else { return true };
    let member = if kind.within == Within::Itself { "id" } else { "plant_id" };
    match record.get(member).and_then(Value::as_str) {
        Some(of) => of == plant.0.to_string(),
        None => true,
    }
}

/// A record as an archive has it: what it says, without when and by whom it was said.
fn written(kind: &Kind, record: &Map<String, Value>) -> Value {
    let mut line = Map::new();
    for name in ["id", "plant_id"] {
        if let Some(value) = record.get(name) {
            line.insert(name.into(), value.clone());
        }
    }
    for field in kind.fields.iter().filter(|field| !field.read_only && !is_of_somebody(&field.ty)) {
        let value = record.get(field.name).cloned().unwrap_or(Value::Null);
        line.insert(field.name.into(), value);
    }
    if let Some(Value::Object(fields)) = record.get("fields").filter(|fields| fields.as_object().is_some_and(|fields| !fields.is_empty())) {
        line.insert("fields".into(), Value::Object(fields.clone()));
    }
    if record.get("archived_at").is_some_and(|at| !at.is_null()) {
        line.insert("archived".into(), Value::Bool(true));
    }
    Value::Object(line)
}

/// Whether it names an account, which is where it is.
fn is_of_somebody(ty: &Type) -> bool {
    matches!(ty, Type::Reference("user"))
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unreadable(why: impl std::fmt::Display) -> Error {
    Error::new(Family::Invalid, "archive_unreadable", format!("the archive cannot be used: {why}"))
}

/// The manifest of an archive and its files, each held against its checksum.
///
/// # Errors
/// 422 `archive_unreadable`.
pub fn open(bytes: &[u8]) -> Result<(Manifest, Vec<Vec<u8>>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    if archive.len() > MOST_PARTS {
        return Err(unreadable(format!("it has {} files, expected at most {MOST_PARTS}", archive.len())));
    }
    let mut left = UNPACKED;
    let mut read = |path: &str| -> Result<Vec<u8>> {
        let part = archive.by_name(path).map_err(|_| unreadable(format!("it has no {path}")))?;
        let mut content = Vec::new();
        part.take(left + 1).read_to_end(&mut content).map_err(unreadable)?;
        left = left.checked_sub(content.len() as u64).ok_or_else(|| unreadable("it unpacks to more than 1 GiB"))?;
        Ok(content)
    };
    let manifest: Manifest = serde_json::from_slice(&read(MANIFEST)?).map_err(|why| unreadable(format!("its manifest is none: {why}")))?;
    if manifest.schema != SCHEMA {
        return Err(unreadable(format!("it is {}, expected {SCHEMA}", manifest.schema)));
    }
    let mut contents = Vec::new();
    for part in &manifest.parts {
        let content = read(&part.path)?;
        if hex(&content) != part.sha256 {
            return Err(unreadable(format!("{} is not what the manifest says; it was damaged or changed", part.path)));
        }
        contents.push(content);
    }
    Ok((manifest, contents))
}

/// Brings an archive into the caller's organization.
///
/// # Errors
/// 422 `archive_unreadable`; 422 with what is wrong with its records; 403 without the rights.
pub async fn import(tx: &mut Tx, kinds: &Kinds, bytes: &[u8], progress: &(dyn Fn(f64, &str) + Send + Sync)) -> Result<Outcome> {
    let (manifest, contents) = open(bytes)?;
    let mut bringing = Bringing::default();
    let count = manifest.parts.len().max(1);
    let mut files: HashMap<&str, (&Part, &[u8])> = HashMap::new();
    for (part, content) in manifest.parts.iter().zip(&contents) {
        if kinds.find(&part.kind).is_none() {
            return Err(unreadable(format!("it has records of the kind {}, which this version does not know", part.kind)));
        }
        files.insert(&part.kind, (part, content));
    }
    let all = kinds_of(kinds);
    for (number, kind) in all.iter().enumerate() {
        let Some((part, content)) = files.get(kind.name) else { continue };
        progress(number as f64 / count.max(all.len()) as f64, &format!("bringing {}", kind.plural.to_lowercase()));
        bringing.kind(tx, kinds, kind, part, content).await?;
    }
    // What is archived is archived at the end, when nothing refers to it any more that is yet to come.
    for kind in all.iter().rev() {
        if let Some(ids) = bringing.archived.get(kind.name) {
            batch::set_archived(tx, kind, ids, true).await?;
        }
    }
    let Bringing { outcome, .. } = bringing;
    let detail = serde_json::json!({ "made_at": manifest.made_at, "plant": manifest.plant, "outcome": outcome });
    tx.query("select gemba.audit('environment.imported', 'environment', null, null, 'success', $1)", &[&detail]).await?;
    Ok(outcome)
}

#[derive(Default)]
struct Bringing {
    /// Identifiers in the archive whose record here has another one.
    here: HashMap<String, String>,
    archived: HashMap<&'static str, Vec<Uuid>>,
    outcome: Outcome,
}

/// A record of an archive on its way.
struct Line {
    number: usize,
    id: Uuid,
    body: Map<String, Value>,
    archived: bool,
}

impl Bringing {
    async fn kind(&mut self, tx: &mut Tx, kinds: &Kinds, kind: &'static Kind, part: &Part, content: &[u8]) -> Result<()> {
        let mut open = lines(part, content)?;
        let stored = batch::all(tx, kind, None).await?;
        let by_id: HashMap<String, &Map<String, Value>> =
            stored.iter().filter_map(|record| Some((record.get("id")?.as_str()?.to_owned(), record))).collect();
        let by_key: HashMap<String, &Map<String, Value>> =
            stored.iter().filter_map(|record| Some((key_of(kind, record)?, record))).collect();
        // Records that refer to others of their kind wait for those.
        while !open.is_empty() {
            let waiting: HashSet<String> = open.iter().map(|line| line.id.to_string()).collect();
            let own = |line: &Line| {
                kind.fields.iter().filter(|field| targets(&field.ty).contains(&kind.name)).any(|field| {
                    let text = line.body.get(field.name).map(Value::to_string).unwrap_or_default();
                    waiting.iter().any(|id| *id != line.id.to_string() && text.contains(id.as_str()))
                })
            };
            let (later, now): (Vec<Line>, Vec<Line>) = open.into_iter().partition(own);
            if now.is_empty() {
                return Err(unreadable(format!("{} refers to itself in a circle", part.path)));
            }
            for some in chunks(now, AT_ONCE) {
                self.some(tx, kinds, kind, part, some, &by_id, &by_key).await?;
            }
            open = later;
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "what is there is looked up once for all of a kind")]
    async fn some(
        &mut self,
        tx: &mut Tx,
        kinds: &Kinds,
        kind: &'static Kind,
        part: &Part,
        lines: Vec<Line>,
        by_id: &HashMap<String, &Map<String, Value>>,
        by_key: &HashMap<String, &Map<String, Value>>,
    ) -> Result<()> {
        let (mut asked, mut restored) = (Vec::new(), Vec::new());
        for Line { number, id, mut body, archived } in lines {
            for value in body.values_mut() {
                self.follow(value);
            }
            self.versions(tx, kind, &mut body).await?;
            let found = by_id.get(&id.to_string()).or_else(|| key_of(kind, &body).and_then(|key| by_key.get(&key))).copied();
            let there = found.and_then(|record| record.get("id")?.as_str()?.parse::<Uuid>().ok());
            let record = there.unwrap_or(id);
            if record != id {
                self.here.insert(id.to_string(), record.to_string());
            }
            if archived {
                self.archived.entry(kind.name).or_default().push(record);
            }
            if found.is_some_and(|record| record.get("archived_at").is_some_and(|at| !at.is_null())) {
                restored.push(record);
            }
            if found.is_some() {
                // What is set once stays as it is here.
                body.retain(|name, _| name != "plant_id" && kind.field(name).is_none_or(|field| !field.immutable));
            }
            let how = if there.is_some() { How::Merge(record) } else { How::CreateAs(record) };
            asked.push(Asked { at: format!("/{}/{number}", part.path), body, how, meant: IfMatch::Any });
        }
        batch::set_archived(tx, kind, &restored, false).await?;
        let mut wrong: Vec<FieldError> = Vec::new();
        for saved in save(tx, kinds, kind, asked, Whole::All, Some(kind.verbs.import)).await? {
            match saved {
                Ok(saved) => {
                    let counts = match saved.change {
                        crate::resource::Change::Created => &mut self.outcome.created,
                        crate::resource::Change::Updated => &mut self.outcome.updated,
                        crate::resource::Change::Unchanged => &mut self.outcome.unchanged,
                    };
                    *counts.entry(kind.name).or_default() += 1;
                }
                Err(errors) => wrong.extend(errors),
            }
        }
        wrong.truncate(MOST_TOLD);
        if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
    }

    /// References follow the records that have other identifiers here.
    fn follow(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(here) = self.here.get(text.as_str()) {
                    *text = here.clone();
                }
            }
            Value::Array(entries) => entries.iter_mut().for_each(|entry| self.follow(entry)),
            Value::Object(members) => members.values_mut().for_each(|member| self.follow(member)),
            _ => {}
        }
    }

    /// A clone starts from a version of its base that is there: here it has another history.
    async fn versions(&self, tx: &mut Tx, kind: &Kind, body: &mut Map<String, Value>) -> Result<()> {
        let Some(base) = body.get("base_id").and_then(Value::as_str).and_then(|id| id.parse::<Uuid>().ok()) else { return Ok(()) };
        if kind.field("base_version").is_some()
            && let Some((version, _)) = batch::versions(tx, kind, &[base]).await?.get(&base)
        {
            body.insert("base_version".into(), Value::from(*version));
        }
        Ok(())
    }
}

fn chunks(lines: Vec<Line>, most: usize) -> Vec<Vec<Line>> {
    let mut chunks = Vec::new();
    for line in lines {
        match chunks.last_mut() {
            Some(last) if Vec::len(last) < most => last.push(line),
            _ => chunks.push(vec![line]),
        }
    }
    chunks
}

fn lines(part: &Part, content: &[u8]) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for (number, line) in content.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
        let wrong = |why: String| unreadable(format!("{}, line {}: {why}", part.path, number + 1));
        let mut body: Map<String, Value> = serde_json::from_slice(line).map_err(|why| wrong(why.to_string()))?;
        let id = body.remove("id").and_then(|id| id.as_str()?.parse().ok()).ok_or_else(|| wrong("it has no identifier".into()))?;
        let archived = body.remove("archived") == Some(Value::Bool(true));
        lines.push(Line { number: number + 1, id, body, archived });
    }
    Ok(lines)
}

/// The natural key of a record, with its plant where that is part of it.
fn key_of(kind: &Kind, record: &Map<String, Value>) -> Option<String> {
    let key = kind.unique.first()?;
    let mut values: Vec<Value> = Vec::new();
    for name in *key {
        values.push(record.get(*name).filter(|value| !value.is_null())?.clone());
    }
    if kind.within.has_plant() && kind.within != Within::Itself {
        values.push(record.get("plant_id").cloned().unwrap_or(Value::Null));
    }
    Some(Value::Array(values).to_string())
}
