//! The feed over HTTP, as OData 4.0 wants it.

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::options::{Annotations, Form, Options, bad, form, page_size};
use super::schema::{Schema, Table};
use super::{FEED_EXPORT, Feed, address, metadata, rows};
use crate::caller::Caller;
use crate::database::Tx;
use crate::error::{Error, Result};
use crate::http::{App, OpenApiRouter, Path, Query, Restated, erased, routes};

const VERSION: HeaderName = HeaderName::from_static("odata-version");

/// The operations of the feed.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_feed))
        .routes(routes!(read_feed_metadata))
        .routes(routes!(read_feed_set))
        .routes(routes!(count_feed_set))
        .route("/odata/", get(erased(read_feed)))
        .layer(from_fn(as_odata))
}

/// What every answer of the feed has; refusals also as OData writes them, and with the sign-in that Excel and Power BI offer.
async fn as_odata(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(VERSION, HeaderValue::from_static("4.0"));
    if response.status().is_client_error() || response.status().is_server_error() {
        response.extensions_mut().insert(Restated(|problem| {
            let error = json!({ "code": problem["code"], "message": problem["detail"] });
            problem["error"] = error;
        }));
    }
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"gemba\", charset=\"UTF-8\""));
        response.headers_mut().append(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"gemba\""));
    }
    response
}

/// Where a request goes: the feed as its sender reaches it.
struct Root {
    root: String,
    headers: http::HeaderMap,
}

impl<S: Sync> FromRequestParts<S> for Root {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Root { root: address::root(parts), headers: parts.headers.clone() })
    }
}

/// The options of OData that a set knows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "for the document: they are read from the address as it is")]
struct FeedQuery {
    /// A condition: comparisons (`eq ne gt ge lt le in`), `and or not`, `contains startswith endswith tolower toupper trim length concat year month
    /// day date round floor ceiling`.
    #[serde(rename = "$filter")]
    #[param(example = "utilization_pct gt 95 and startswith(line,'SMT')")]
    filter: Option<String>,
    /// Properties wanted, with commas between.
    #[serde(rename = "$select")]
    #[param(example = "line,period,utilization_pct")]
    select: Option<String>,
    /// Properties to order by, each with `desc` where it falls.
    #[serde(rename = "$orderby")]
    #[param(example = "utilization_pct desc")]
    orderby: Option<String>,
    /// Rows wanted at most.
    #[serde(rename = "$top")]
    #[param(minimum = 0)]
    top: Option<i64>,
    /// Rows to leave out first.
    #[serde(rename = "$skip")]
    #[param(minimum = 0)]
    skip: Option<i64>,
    /// Whether to count all rows there are.
    #[serde(rename = "$count")]
    count: Option<bool>,
    /// Sums instead of rows: `[filter(…)/]groupby((property, …)[,aggregate(…)])` or `aggregate(property with sum as name, $count as n)`, with `sum`,
    /// `average`, `min`, `max`, `countdistinct`.
    #[serde(rename = "$apply")]
    #[param(example = "filter(is_constraint)/groupby((area),aggregate(hours_used with sum as hours,$count as n))")]
    apply: Option<String>,
    /// The form: `json`, or `application/json;odata.metadata=none`, `minimal`, `full`; for `$metadata` also `xml`.
    #[serde(rename = "$format")]
    format: Option<String>,
}

/// The sets of the feed.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "for the document: it is written as JSON")]
struct FeedService {
    /// The sets.
    value: Vec<FeedSet>,
}

/// A set of the feed.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "for the document: it is written as JSON")]
struct FeedSet {
    /// Its name.
    #[schema(example = "line_loads")]
    name: String,
    /// Always `EntitySet`.
    #[schema(example = "EntitySet")]
    kind: String,
    /// Its address, seen from this one.
    #[schema(example = "line_loads")]
    url: String,
}

/// Rows of a set.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "for the document: it is written as JSON")]
struct FeedPage {
    /// What this is.
    #[serde(rename = "@odata.context")]
    context: Option<String>,
    /// How many rows there are in all, where `$count` asked.
    #[serde(rename = "@odata.count")]
    count: Option<i64>,
    /// The rows.
    #[schema(value_type = Vec<Object>)]
    value: Vec<Value>,
    /// Where the next page is, if there is one.
    #[serde(rename = "@odata.nextLink")]
    next_link: Option<String>,
}

fn answer(media: &'static str, body: impl IntoResponse) -> Response {
    ([(CONTENT_TYPE, media)], body).into_response()
}

fn as_json(of: Annotations, value: &Value) -> Response {
    answer(of.media(), value.to_string())
}

fn annotations(of: Form) -> Annotations {
    match of {
        Form::Json(annotations) => annotations,
        Form::Xml => Annotations::Minimal,
    }
}

async fn schema(app: &App, tx: &mut Tx) -> Result<std::sync::Arc<Schema>> {
    app.part::<Feed>()?.schema(tx).await
}

fn set<'a>(schema: &'a Schema, name: &str) -> Result<&'a Table> {
    schema.table(name).ok_or_else(|| Error::not_found("set; GET /api/v1/odata lists them"))
}

/// Sets for Excel, Power BI and other programs that speak OData 4; sign in there with an API key as the password, whatever the user's name.
#[utoipa::path(get, path = "/odata", tag = "Feed", responses((status = 200, body = FeedService)),
    extensions(("x-permission" = json!("insight.feed.export"))))]
async fn read_feed(State(app): State<App>, caller: Caller, at: Root, Query(said): Query<Vec<(String, String)>>) -> Result<Response> {
    caller.require_somewhere(FEED_EXPORT)?;
    let of = annotations(form(&said, &at.headers, Form::Json(Annotations::Minimal), false)?);
    let mut tx = app.read(&caller).await?;
    let schema = schema(&app, &mut tx).await?;
    tx.commit().await?;
    Ok(as_json(of, &metadata::service(&schema, &at.root, of != Annotations::None)))
}

/// What the sets hold: their model as CSDL, in XML, or in JSON where `Accept` or `$format` wants it.
#[utoipa::path(get, path = "/odata/$metadata", tag = "Feed",
    responses((status = 200, content((String = "application/xml"), (Object = "application/json")))),
    extensions(("x-permission" = json!("insight.feed.export"))))]
async fn read_feed_metadata(
    State(app): State<App>,
    caller: Caller,
    at: Root,
    Query(said): Query<Vec<(String, String)>>,
) -> Result<Response> {
    caller.require_somewhere(FEED_EXPORT)?;
    let form = form(&said, &at.headers, Form::Xml, true)?;
    let mut tx = app.read(&caller).await?;
    let schema = schema(&app, &mut tx).await?;
    tx.commit().await?;
    Ok(match form {
        Form::Xml => answer("application/xml", metadata::csdl_xml(&schema)),
        Form::Json(_) => answer("application/json", metadata::csdl_json(&schema).to_string()),
    })
}

/// Rows of a set, or one row by its key: `lines(0199d1a0-0000-7000-8000-000000000000)`. Pages follow each other by `@odata.nextLink`.
#[utoipa::path(get, path = "/odata/{set}", tag = "Feed",
    params(("set" = String, Path, description = "The set; with a key in parentheses, one row of it.", example = "line_loads"), FeedQuery),
    responses((status = 200, body = FeedPage)), extensions(("x-permission" = json!("insight.feed.export"))))]
async fn read_feed_set(
    State(app): State<App>,
    caller: Caller,
    at: Root,
    Path(segment): Path<String>,
    Query(said): Query<Vec<(String, String)>>,
) -> Result<Response> {
    caller.require_somewhere(FEED_EXPORT)?;
    let of = annotations(form(&said, &at.headers, Form::Json(Annotations::Minimal), false)?);
    let (name, key) = address::set_and_key(&segment);
    let mut tx = app.read(&caller).await?;
    let schema = schema(&app, &mut tx).await?;
    let table = set(&schema, name)?;
    let options = Options::read(table, &said)?;
    let context = context(&at.root, table, &options, key.is_some());
    if let Some(key) = key {
        if options.apply.is_some() {
            return Err(bad("$apply", "only of a whole set"));
        }
        let row = rows::one(&mut tx, table, key, &options, of).await?;
        tx.commit().await?;
        tell(&app, &caller, table, &options, 1).await?;
        return Ok(answer(of.media(), with_context(of, &context, &row)));
    }
    if let Some((apply, order)) = &options.apply {
        let (rows, all) = rows::applied(&mut tx, table, apply, order, &options).await?;
        tx.commit().await?;
        tell(&app, &caller, table, &options, rows.len()).await?;
        let head = Head { of, context: &context, all: options.count.then_some(all) };
        return Ok(answer(of.media(), head.followed_by(&rows) + "}"));
    }
    let (size, was_preferred) = page_size(&at.headers);
    let all = match options.count {
        true => Some(rows::count(&mut tx, table, options.filter).await?),
        false => None,
    };
    let part = rows::page(&mut tx, table, &options, size, of).await?;
    tx.commit().await?;
    // Of every page: whoever makes a cursor of their own begins behind the first.
    tell(&app, &caller, table, &options, part.rows.len()).await?;
    let mut text = Head { of, context: &context, all }.followed_by(&part.rows);
    if let Some(cursor) = &part.next {
        let left = options.top.map(|top| top - part.rows.len() as i64);
        text.push_str(&format!(",\"@odata.nextLink\":{}", json!(address::next(&at.root, name, &said, left, cursor))));
    }
    text.push('}');
    let mut response = answer(of.media(), text);
    if was_preferred && let Ok(applied) = HeaderValue::from_str(&format!("odata.maxpagesize={size}")) {
        response.headers_mut().insert("preference-applied", applied);
    }
    Ok(response)
}

/// How many rows a set has, or would with a filter.
#[utoipa::path(get, path = "/odata/{set}/$count", tag = "Feed",
    params(("set" = String, Path, description = "The set.", example = "line_loads"),
        ("$filter" = Option<String>, Query, description = "A condition.", example = "utilization_pct gt 95")),
    responses((status = 200, content((String = "text/plain", example = json!("128"))))), extensions(("x-permission" = json!("insight.feed.export"))))]
async fn count_feed_set(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(said): Query<Vec<(String, String)>>,
) -> Result<Response> {
    caller.require_somewhere(FEED_EXPORT)?;
    let mut tx = app.read(&caller).await?;
    let schema = schema(&app, &mut tx).await?;
    let table = set(&schema, &name)?;
    let options = Options::read(table, &said)?;
    if options.apply.is_some() {
        return Err(bad("$apply", "not together with /$count; $count=true counts what comes out of it"));
    }
    let count = rows::count(&mut tx, table, options.filter).await?;
    tx.commit().await?;
    Ok(answer("text/plain", count.to_string()))
}

/// What stands before the rows.
struct Head<'a> {
    of: Annotations,
    context: &'a str,
    all: Option<i64>,
}

impl Head<'_> {
    /// The answer up to and with its rows; what follows them, and the closing brace, are still missing.
    fn followed_by(&self, rows: &[String]) -> String {
        let mut text = String::from("{");
        if self.of != Annotations::None {
            text.push_str(&format!("\"@odata.context\":{},", json!(self.context)));
        }
        if let Some(all) = self.all {
            text.push_str(&format!("\"@odata.count\":{all},"));
        }
        text.push_str("\"value\":[");
        text.push_str(&rows.join(","));
        text.push(']');
        text
    }
}

/// What an answer is, in the words of OData.
fn context(root: &str, table: &Table, options: &Options<'_>, is_single: bool) -> String {
    let selected = options.select.iter().flatten().map(|column| column.name.as_str());
    let names: Vec<&str> = selected.chain(options.apply.iter().flat_map(|(apply, _)| apply.names())).collect();
    let selected = if names.is_empty() { String::new() } else { format!("({})", names.join(",")) };
    format!("{root}/$metadata#{}{selected}{}", table.set.name, if is_single { "/$entity" } else { "" })
}

fn with_context(of: Annotations, context: &str, row: &str) -> String {
    match row.strip_prefix('{') {
        Some(rest) if of != Annotations::None => format!("{{\"@odata.context\":{},{rest}", json!(context)),
        _ => row.to_owned(),
    }
}

/// Tells the trail what is read. Reading itself is for a replica, where there is one.
async fn tell(app: &App, caller: &Caller, table: &Table, options: &Options<'_>, rows: usize) -> Result<()> {
    let filter = options.filter.or_else(|| options.apply.as_ref()?.0.filter);
    let detail = json!({ "set": table.set.name, "filter": filter, "rows": rows });
    let mut tx = app.begin(caller).await?;
    tx.query("select gemba.audit('feed.exported', null, null, null, 'success', $1)", &[&detail]).await?;
    tx.commit().await
}
