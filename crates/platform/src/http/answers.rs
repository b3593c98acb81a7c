//! The answers under way on one connection: whose turn it is with each, and whether the client behaves.
//!
//! **Invariant:** what an answer holds goes as the client takes it: a client that takes nothing for [`TAKEN_WITHIN`] loses the connection.
//! **Invariant:** whoever takes requests back faster than they are answered loses the connection: each costs the server more than the client.

use std::collections::BTreeMap;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use tokio::io::AsyncWrite;
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep};

/// How long a client may take for the next piece of an answer.
const TAKEN_WITHIN: Duration = Duration::from_secs(60);
/// How long a connection of HTTP/2 is kept on which nothing is asked.
const IDLE: Duration = Duration::from_secs(75);
/// Requests that a client may have taken back more than it let be answered. Leaving a page takes back what it was loading, so some is usual.
const TAKEN_BACK: u32 = 100;
/// The largest piece of an answer that is handed over at once (bytes): the next one is asked for when the client has room for it.
const PIECE: usize = 16 << 10;

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// The server stops: what was asked is answered first.
    Stopped,
    /// Nobody has asked anything for a while.
    Idle,
    /// Its client leaves an answer lying. Behind a proxy the others on the connection are not to blame: they are answered first.
    Left,
    /// Its client means harm.
    Abused,
}

/// The answers under way on one connection.
pub(super) struct Answers {
    state: Mutex<State>,
    suspicious: Notify,
}

struct State {
    begun: u64,
    /// By number; since when it is the client's turn to take a piece, or nothing while it is the server's to make one.
    under_way: BTreeMap<u64, Option<Instant>>,
    /// Since when there is none.
    idle: Instant,
    taken_back: u32,
}

impl Answers {
    /// None yet, on a connection that began `now`.
    pub fn new(now: Instant) -> Answers {
        let state = State { begun: 0, under_way: BTreeMap::new(), idle: now, taken_back: 0 };
        Answers { state: Mutex::new(state), suspicious: Notify::new() }
    }

    /// Something was asked.
    pub fn begin(self: &Arc<Self>) -> Answer {
        let mut state = self.state();
        state.begun += 1;
        let number = state.begun;
        state.under_way.insert(number, None);
        Answer { answers: self.clone(), number, is_given: false }
    }

    /// Whether the connection has lasted long enough.
    pub fn over(&self, now: Instant) -> Option<Over> {
        let state = self.state();
        if state.taken_back > TAKEN_BACK {
            return Some(Over::Abused);
        }
        let waits = |since: &Option<Instant>| since.is_some_and(|since| now.duration_since(since) >= TAKEN_WITHIN);
        if state.under_way.values().any(waits) {
            return Some(Over::Left);
        }
        (state.under_way.is_empty() && now.duration_since(state.idle) >= IDLE).then_some(Over::Idle)
    }

    /// Until it is worth asking whether it is over before the usual time.
    pub async fn suspicious(&self) {
        self.suspicious.notified().await;
    }

    fn turn(&self, number: u64, clients_since: Option<Instant>) {
        if let Some(turn) = self.state().under_way.get_mut(&number) {
            *turn = clients_since;
        }
    }

    fn end(&self, number: u64, is_given: bool, now: Instant) {
        let mut state = self.state();
        state.under_way.remove(&number);
        if state.under_way.is_empty() {
            state.idle = now;
        }
        state.taken_back = if is_given { state.taken_back.saturating_sub(1) } else { state.taken_back.saturating_add(1) };
        if state.taken_back > TAKEN_BACK {
            self.suspicious.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One answer, from the question to its last piece. Dropped before it was given: the client has taken the question back.
pub(super) struct Answer {
    answers: Arc<Answers>,
    number: u64,
    is_given: bool,
}

impl Answer {
    /// The answer is there, and goes as the client takes it.
    pub fn given(mut self, response: Response) -> Response {
        self.is_given = true;
        let (parts, body) = response.into_parts();
        let body = if body.is_end_stream() { body } else { Body::new(Given { body, rest: Bytes::new(), answer: self }) };
        Response::from_parts(parts, body)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.answers.end(self.number, self.is_given, Instant::now());
    }
}

/// The body of an answer, in pieces of which each waits until it is asked for.
struct Given {
    body: Body,
    /// What of the last piece from inside is not handed over yet.
    rest: Bytes,
    answer: Answer,
}

impl http_body::Body for Given {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let turn = |since| this.answer.answers.turn(this.answer.number, since);
        if this.rest.is_empty() {
            match Pin::new(&mut this.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                other => {
                    turn(None);
                    return other;
                }
            }
        }
        turn(Some(Instant::now()));
        let piece = match this.rest.len() {
            // A copy: what waits to be sent would keep the whole in memory otherwise.
            length if length > PIECE => Bytes::copy_from_slice(&this.rest.split_to(PIECE)),
            _ => std::mem::take(&mut this.rest),
        };
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (inside, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        if let Some(upper) = inside.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(inside.lower().saturating_add(rest));
        hint
    }
}

/// What is written to a connection: one that takes nothing for [`TAKEN_WITHIN`] breaks.
pub(super) struct Written<W> {
    to: W,
    within: Duration,
    /// Ends when it has waited long enough; none while it does not wait.
    waits: Option<Pin<Box<Sleep>>>,
}

impl<W: AsyncWrite + Unpin> Written<W> {
    /// To this connection.
    pub fn new(to: W) -> Written<W> {
        Written { to, within: TAKEN_WITHIN, waits: None }
    }

    fn in_time<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.waits = None;
            return polled;
        }
        let within = self.within;
        let waits = self.waits.get_or_insert_with(|| Box::pin(sleep(within)));
        waits.as_mut().poll(cx).map(|()| Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")))
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Written<W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.to).poll_write(cx, bytes);
        self.in_time(cx, polled)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.to).poll_write_vectored(cx, slices);
        self.in_time(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.to.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.to).poll_flush(cx);
        self.in_time(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.to).poll_shutdown(cx);
        self.in_time(cx, polled)
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use futures_util::future::poll_fn;
    use http_body_util::BodyExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn answers() -> (Arc<Answers>, Instant) {
        let now = Instant::now();
        (Arc::new(Answers::new(now)), now)
    }

    #[tokio::test]
    async fn an_answer_goes_piece_by_piece_and_whole() {
        let (answers, _) = answers();
        let long: Vec<u8> = (0..100_000_u32).map(|number| number as u8).collect();
        let response = answers.begin().given(long.clone().into_response());
        assert_eq!(response.body().size_hint().exact(), Some(100_000));
        let mut body = response.into_body();
        let mut heard = Vec::new();
        while let Some(piece) = body.frame().await {
            let piece = piece.unwrap().into_data().unwrap();
            assert!(piece.len() <= PIECE);
            heard.extend_from_slice(&piece);
            assert_eq!(body.size_hint().exact(), Some((100_000 - heard.len()) as u64));
        }
        assert!(heard == long && body.is_end_stream());
        drop(body);
        assert!(answers.state().under_way.is_empty());
    }

    #[tokio::test]
    async fn whoever_does_not_take_an_answer_loses_the_connection_and_whoever_waits_for_one_does_not() {
        let (answers, began) = answers();
        let asked = answers.begin();
        let late = began + TAKEN_WITHIN * 100;
        assert_eq!(answers.over(late), None, "it is the server that takes its time");
        let mut body = asked.given(vec![0; 3 * PIECE].into_response()).into_body();
        assert_eq!(answers.over(late), None, "it is not begun");
        body.frame().await.unwrap().unwrap();
        assert_eq!(answers.over(Instant::now() + TAKEN_WITHIN / 2), None);
        assert_eq!(answers.over(Instant::now() + TAKEN_WITHIN), Some(Over::Left));
        drop(body);
        assert_eq!(answers.over(Instant::now() + IDLE / 2), None);
        assert_eq!(answers.over(Instant::now() + IDLE), Some(Over::Idle));
    }

    #[tokio::test]
    async fn taking_back_now_and_then_is_usual_and_nothing_else_is_abuse() {
        let (answers, now) = answers();
        for _ in 0..10 * TAKEN_BACK {
            drop(answers.begin());
            drop(answers.begin().given("done".into_response()));
        }
        assert_eq!(answers.over(now), None);
        for _ in 0..=TAKEN_BACK {
            assert_eq!(answers.over(now), None);
            drop(answers.begin());
        }
        answers.suspicious().await;
        assert_eq!(answers.over(now), Some(Over::Abused));
    }

    #[tokio::test]
    async fn writing_to_somebody_who_takes_nothing_ends() {
        let (ours, mut theirs) = tokio::io::duplex(1_000);
        let mut written = Written::new(ours);
        written.write_all(&[1; 1_000]).await.unwrap();
        assert!(poll_fn(|cx| Poll::Ready(Pin::new(&mut written).poll_write(cx, b"more").is_pending())).await);
        theirs.read_exact(&mut [0; 500]).await.unwrap();
        written.write_all(&[1; 500]).await.unwrap();
        written.within = Duration::ZERO;
        assert_eq!(written.write_all(b"more").await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
