//! Measures live streams: how much memory each one costs the server, and how soon an event is with everybody.
//!
//! The server is a process of its own (this program, started again with `serve`), so that its memory is its own.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and stops at the first surprise")]

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use platform::events::{Catalogue, KINDS, publish};
use platform::http::{App, Settings, listen};
use platform::resource::Kinds;
use platform::streams::Hub;
use testkit::tokens::Tokens;
use testkit::{TestDatabase, new_id};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::Instant;

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve"] => serve().await,
        [] => measure(10_000).await,
        ["--streams", number] => measure(number.parse().unwrap()).await,
        _ => panic!("expected --streams N"),
    }
}

/// The server; each line of its input makes something happen.
async fn serve() {
    let test = TestDatabase::with_pool(16).await;
    let tenant = test.organization("Bench", 0).await;
    let reader = tenant.person(&["integration.event.read", "identity.region.read"]);
    let tokens = Tokens::default().with("reader", reader);
    let kinds = Kinds::new(platform::places::kinds());
    let catalogue = Catalogue::new(&kinds, KINDS.iter().copied());
    publish(&test.database).await.unwrap();
    let hub = Hub::new(test.database.clone(), catalogue, Arc::new(tokens.clone()));
    tokio::spawn(hub.clone().keep(std::future::pending()));
    let settings = Settings { requests_per_hour: u32::MAX, ..Settings::default() };
    let app = App::new(test.database.clone(), Arc::new(tokens), settings).with(hub.clone());
    let (routes, _) = platform::streams::routes().split_for_parts();
    let router = platform::http::surround(&app, routes, axum::Router::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    // The hub is ready a moment after it was started.
    tokio::time::sleep(Duration::from_secs(1)).await;
    println!("{}", listener.local_addr().unwrap());
    std::io::stdout().flush().unwrap();
    tokio::spawn(async move { listen(listener, &app, router, std::future::pending()).await });
    let (told, mut lines) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || std::io::stdin().lines().map_while(Result::ok).all(|line| told.send(line).is_ok()));
    while let Some(name) = lines.recv().await {
        let mut tx = test.database.begin(&tenant.system()).await.unwrap();
        let insert = "insert into regions (organization_id, id, name) values ($1, $2, $3)";
        tx.execute(insert, &[&tenant.organization, &new_id(), &name]).await.unwrap();
        tx.commit().await.unwrap();
        publish(&test.database).await.unwrap();
    }
}

async fn measure(streams: usize) {
    let own = std::env::current_exe().unwrap();
    let mut child = tokio::process::Command::new(own)
        .arg("serve")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let address = BufReader::new(output).lines().next_line().await.unwrap().unwrap();
    let process = child.id().unwrap();
    let got = Arc::new(AtomicUsize::new(0));
    let open = Arc::new(AtomicUsize::new(0));
    // The first few warm up what every process has once.
    let mut before = 0;
    for number in 0..streams + 100 {
        if number == 100 {
            wait(&open, 100).await;
            before = memory_kib(process);
        }
        let (address, got, open, opened) = (address.clone(), got.clone(), open.clone(), open.clone());
        tokio::spawn(async move { follow(&address, &got, &open).await });
        if number % 50 == 0 {
            wait(&opened, number.saturating_sub(50)).await;
        }
    }
    wait(&open, streams + 100).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle = memory_kib(process);
    println!("| what | measured | goal |\n|---|---:|---:|");
    println!("| memory of an idle stream, {streams} of them | {:.1} KiB | at most 40 KiB |", (idle - before) as f64 / streams as f64);
    let mut spreads = Vec::new();
    for round in 1..=5 {
        let began = Instant::now();
        input.write_all(format!("event {round}\n").as_bytes()).await.unwrap();
        wait(&got, (streams + 100) * round).await;
        spreads.push(began.elapsed().as_millis());
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    spreads.sort_unstable();
    println!("| an event, from its writing to the last of them: median of five | {} ms | |", spreads[2]);
    println!("| memory of a stream after that | {:.1} KiB | at most 40 KiB |", (memory_kib(process) - before) as f64 / streams as f64);
    let _ = child.kill().await;
}

async fn wait(counter: &AtomicUsize, number: usize) {
    let began = Instant::now();
    while counter.load(Ordering::Relaxed) < number {
        assert!(began.elapsed() < Duration::from_secs(60), "{} of {number}", counter.load(Ordering::Relaxed));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Opens a stream and counts its events.
async fn follow(address: &str, got: &AtomicUsize, open: &AtomicUsize) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /stream HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer reader\r\n\r\n").await.unwrap();
    let (mut buffer, mut is_open) = (vec![0; 4096], false);
    loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        if read == 0 {
            return;
        }
        let text = String::from_utf8_lossy(&buffer[..read]);
        if !is_open && text.contains("retry: ") {
            is_open = true;
            open.fetch_add(1, Ordering::Relaxed);
        }
        got.fetch_add(text.matches("\ndata: ").count(), Ordering::Relaxed);
    }
}

fn memory_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
