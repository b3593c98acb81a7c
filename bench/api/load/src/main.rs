//! Sends requests at a fixed rate, whether or not the answers come, and tells how long they took.
//!
//! The load is *open*: requests are due at fixed instants, and a request's latency counts from the instant it was due, also when it could not
//! be sent yet because all connections were busy. A closed load (the next request after the last answer) slows down with the server and hides
//! what users would wait ("coordinated omission").
//!
//! With `--capacity`, the highest rate is searched at which the 95th percentile stays within the limit and fewer than 0.1 % fail.
//!
//! **Invariant:** only loopback addresses are loaded.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// Loads one address on loopback at a fixed rate.
#[derive(Clone, Parser)]
struct Options {
    /// Host and port on loopback.
    #[arg(long)]
    address: SocketAddr,
    /// A file of requests, one per line: METHOD PATH [BODY]; taken in turns. `{n}` becomes a running number.
    #[arg(long)]
    requests: std::path::PathBuf,
    /// A header of every request, 'name: value'.
    #[arg(long = "header")]
    headers: Vec<String>,
    /// A second set of headers, used for every other request: a second organization.
    #[arg(long = "also-header")]
    also_headers: Vec<String>,
    /// The requests of the second set of headers; the first file's when absent.
    #[arg(long)]
    also_requests: Option<std::path::PathBuf>,
    /// Requests per second.
    #[arg(long, default_value_t = 1000.0)]
    rate: f64,
    /// Seconds.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Connections.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Search the highest rate within the limit instead, beginning at --rate.
    #[arg(long)]
    capacity: bool,
    /// Limit of the 95th percentile in ms.
    #[arg(long, default_value_t = 100.0)]
    limit_ms: f64,
}

#[derive(Default)]
struct Measured {
    latencies_ms: Vec<f64>,
    failed: usize,
    first_failure: Option<String>,
    seconds: f64,
}

impl Measured {
    fn percentile(&self, share: f64) -> f64 {
        match self.latencies_ms.len() {
            0 => f64::INFINITY,
            many => self.latencies_ms[((many as f64 * share).ceil() as usize).clamp(1, many) - 1],
        }
    }

    fn answered(&self) -> usize {
        self.latencies_ms.len()
    }

    fn holds(&self, rate: f64, limit_ms: f64) -> bool {
        let total = self.answered() + self.failed;
        self.percentile(0.95) <= limit_ms && self.failed * 1000 < total.max(1) && self.answered() as f64 / self.seconds >= 0.97 * rate
    }

    fn json(&self, rate: f64) -> serde_json::Value {
        serde_json::json!({
            "rate": rate,
            "answered_per_s": (self.answered() as f64 / self.seconds).round(),
            "failed": self.failed,
            "first_failure": self.first_failure,
            "p50_ms": self.percentile(0.5),
            "p95_ms": self.percentile(0.95),
            "p99_ms": self.percentile(0.99),
        })
    }
}

struct Plan {
    method: Method,
    path: String,
    body: String,
    headers: Vec<(String, String)>,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    let options = Options::parse();
    assert!(options.address.ip().is_loopback(), "only loopback addresses are loaded");
    let plans = Arc::new(plans(&options));
    assert!(!plans.is_empty(), "the file of requests is empty");
    // A short round first: connections, prepared statements and caches are there when it counts.
    measure(&options, &plans, (options.rate / 2.0).max(50.0), 1.0).await;
    if !options.capacity {
        println!("{}", measure(&options, &plans, options.rate, options.seconds).await.json(options.rate));
        return;
    }
    let (mut holds, mut best, mut fails, mut rate) = (0.0, None, f64::INFINITY, options.rate);
    while fails / f64::max(holds, 1.0) > 1.06 && rate >= 10.0 {
        let measured = measure(&options, &plans, rate, options.seconds).await;
        eprintln!("{}", measured.json(rate));
        if measured.holds(rate, options.limit_ms) {
            holds = rate;
            best = Some(measured.json(rate));
        } else {
            fails = rate;
        }
        rate = match (holds > 0.0, fails.is_finite()) {
            (true, true) => (holds * fails).sqrt(),
            (true, false) => holds * 1.6,
            _ => rate / 1.6,
        };
    }
    println!("{}", best.unwrap_or_else(|| serde_json::json!({ "rate": 0 })));
}

fn plans(options: &Options) -> Vec<Plan> {
    let read = |path: &std::path::Path, headers: &[String]| -> Vec<Plan> {
        let text = std::fs::read_to_string(path).expect("the file of requests");
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|line| line.split_once(':').map(|(name, value)| (name.trim().into(), value.trim().into())).expect("name: value"))
            .collect();
        text.lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| {
                let mut parts = line.splitn(3, ' ');
                let method = parts.next().and_then(|method| method.parse().ok()).expect("a method");
                let path = parts.next().expect("a path").to_owned();
                Plan { method, path, body: parts.next().unwrap_or_default().to_owned(), headers: headers.clone() }
            })
            .collect()
    };
    let first = read(&options.requests, &options.headers);
    if options.also_headers.is_empty() {
        return first;
    }
    let second = read(options.also_requests.as_deref().unwrap_or(&options.requests), &options.also_headers);
    // In turns, so that neither organization has a quiet server to itself.
    let mut second = second.into_iter();
    first.into_iter().flat_map(|plan| [Some(plan), second.next()]).flatten().collect()
}

async fn measure(options: &Options, plans: &Arc<Vec<Plan>>, rate: f64, seconds: f64) -> Measured {
    let total = (rate * seconds) as usize;
    let next = Arc::new(AtomicUsize::new(0));
    let begin = Instant::now() + Duration::from_millis(20);
    // Whoever waits longer than this is counted as failed, so that a run ends.
    let patience = Duration::from_secs(5);
    let (send, mut receive) = mpsc::unbounded_channel();
    let mut workers = Vec::new();
    for _ in 0..options.connections {
        let (plans, next, send, options) = (plans.clone(), next.clone(), send.clone(), options.clone());
        workers.push(tokio::spawn(async move {
            let mut connection = None;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= total {
                    return;
                }
                let due = begin + Duration::from_secs_f64(number as f64 / rate);
                tokio::time::sleep_until(due.into()).await;
                if due.elapsed() > patience {
                    let _ = send.send(Err("not sent within 5 s".to_owned()));
                    continue;
                }
                let plan = &plans[number % plans.len()];
                let answer = match tokio::time::timeout(patience, ask(&mut connection, &options, plan)).await {
                    Ok(answer) => answer,
                    Err(_) => {
                        connection = None;
                        Err("no answer within 5 s".to_owned())
                    }
                };
                let _ = send.send(answer.map(|()| due.elapsed().as_secs_f64() * 1000.0));
            }
        }));
    }
    drop(send);
    let mut measured = Measured::default();
    while let Some(answer) = receive.recv().await {
        match answer {
            Ok(latency) => measured.latencies_ms.push(latency),
            Err(why) => {
                measured.failed += 1;
                measured.first_failure.get_or_insert(why);
            }
        }
    }
    measured.seconds = begin.elapsed().as_secs_f64();
    measured.latencies_ms.sort_by(f64::total_cmp);
    measured
}

async fn ask(connection: &mut Option<SendRequest<Full<Bytes>>>, options: &Options, plan: &Plan) -> Result<(), String> {
    if connection.as_ref().is_none_or(SendRequest::is_closed) {
        let stream = TcpStream::connect(options.address).await.map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (sender, driver) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        tokio::spawn(driver);
        *connection = Some(sender);
    }
    let sender = connection.as_mut().ok_or("no connection")?;
    sender.ready().await.map_err(|error| error.to_string())?;
    // It goes on from round to round: what one round made, the next must not make again.
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let turn = TURN.fetch_add(1, Ordering::Relaxed).to_string();
    let mut request = Request::builder().method(plan.method.clone()).uri(plan.path.replace("{n}", &turn)).header(header::HOST, options.address.to_string());
    for (name, value) in &plan.headers {
        request = request.header(name, value.replace("{n}", &turn));
    }
    if !plan.body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = Full::new(Bytes::from(plan.body.replace("{n}", &turn)));
    let request = request.body(body).map_err(|error| error.to_string())?;
    let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let body = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    if status.is_success() {
        Ok(())
    } else {
        Err(format!("{status}: {}", String::from_utf8_lossy(&body[..body.len().min(300)])))
    }
}
