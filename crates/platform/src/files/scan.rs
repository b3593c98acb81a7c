//! Having a file looked at before anybody gets it: by clamd or whatever speaks its protocol, or by a command.
//!
//! **Invariant:** only a clear word lets a file through; no answer, half an answer and an error mean that it is looked at again later.
//! **Invariant:** a file never becomes a file of this machine for the scanner's sake: its bytes go through a pipe.

use std::path::PathBuf;
use std::process::Stdio;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::process::Command;

use crate::error::{Error, Result};

/// How long looking at one file may take.
const LIMIT: Duration = Duration::from_secs(300);
/// The longest answer that is read (bytes).
const ANSWER: u64 = 4_096;
/// Bytes of one piece in clamd's protocol.
const PIECE: usize = 64 << 10;

/// Who looks at files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanner {
    /// Whatever speaks clamd's protocol at this address, `host:port`.
    Network(String),
    /// The same at a socket of this machine.
    Socket(PathBuf),
    /// A program with its arguments: gets the file on standard input, ends with 0 for clean and 1 for a finding, whose name it prints.
    Program(PathBuf, Vec<String>),
}

/// What came of looking at a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found.
    Clean,
    /// Something was found, by this name.
    Found(String),
}

impl FromStr for Scanner {
    type Err = ();

    /// `clamd://host:port`, `clamd:/run/clamav/clamd.ctl`, or `command:/usr/bin/scan --some argument`.
    fn from_str(text: &str) -> Result<Self, ()> {
        if let Some(address) = text.strip_prefix("clamd://") {
            let (host, port) = address.rsplit_once(':').ok_or(())?;
            return if host.is_empty() || port.parse::<u16>().is_err() { Err(()) } else { Ok(Scanner::Network(address.into())) };
        }
        if let Some(path) = text.strip_prefix("clamd:") {
            return if path.starts_with('/') { Ok(Scanner::Socket(path.into())) } else { Err(()) };
        }
        let mut words = text.strip_prefix("command:").ok_or(())?.split_whitespace().map(str::to_owned);
        let program = words.next().filter(|program| program.starts_with('/')).ok_or(())?;
        Ok(Scanner::Program(program.into(), words.collect()))
    }
}

impl Scanner {
    /// Looks at a file.
    ///
    /// # Errors
    /// 503 `scanner_down` where there is no clear word; what the file's own store refused.
    pub async fn look(&self, file: BoxStream<'static, Result<Bytes>>) -> Result<Verdict> {
        let looking = async {
            match self {
                Scanner::Network(address) => ask_clamd(TcpStream::connect(address).await.map_err(|cause| away(&cause))?, file).await,
                Scanner::Socket(path) => ask_clamd(UnixStream::connect(path).await.map_err(|cause| away(&cause))?, file).await,
                Scanner::Program(program, arguments) => ask_program(program, arguments, file).await,
            }
        };
        tokio::time::timeout(LIMIT, looking).await.unwrap_or_else(|_| Err(away(&"it took too long")))
    }
}

fn away(why: &dyn std::fmt::Display) -> Error {
    Error::unavailable("scanner_down", "files cannot be looked at for viruses at the moment", 30).because(format!("the scanner: {why}"))
}

/// clamd's INSTREAM: pieces with their length before each, an empty one at the end.
async fn ask_clamd<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, mut file: BoxStream<'static, Result<Bytes>>) -> Result<Verdict> {
    let told = async {
        stream.write_all(b"zINSTREAM\0").await.map_err(|cause| away(&cause))?;
        while let Some(bytes) = file.try_next().await? {
            for piece in bytes.chunks(PIECE) {
                let length = (piece.len() as u32).to_be_bytes();
                stream.write_all(&length).await.map_err(|cause| away(&cause))?;
                stream.write_all(piece).await.map_err(|cause| away(&cause))?;
            }
        }
        stream.write_all(&[0; 4]).await.map_err(|cause| away(&cause))?;
        stream.flush().await.map_err(|cause| away(&cause))
    }
    .await;
    // One that has seen enough hangs up on the rest, and has said why.
    let mut answer = Vec::new();
    let heard = (&mut stream).take(ANSWER).read_to_end(&mut answer).await;
    match verdict(&answer) {
        Some(Verdict::Clean) => told.map(|()| Verdict::Clean),
        Some(found) => Ok(found),
        // Why it hung up says more than that it did.
        None if !answer.is_empty() => Err(away(&format!("it said “{}”", name_of(&String::from_utf8_lossy(&answer))))),
        None => {
            told?;
            heard.map_err(|cause| away(&cause))?;
            Err(away(&"it said nothing"))
        }
    }
}

/// `stream: OK`, `stream: Eicar-Test-Signature FOUND`; anything else is no verdict.
fn verdict(answer: &[u8]) -> Option<Verdict> {
    let text = std::str::from_utf8(answer).ok()?.trim_end_matches(['\0', '\n', ' ']);
    let said = text.strip_prefix("stream: ")?;
    match said.strip_suffix(" FOUND") {
        Some(name) => Some(Verdict::Found(name_of(name))),
        None => (said == "OK").then_some(Verdict::Clean),
    }
}

/// What was found, as it can be shown.
fn name_of(said: &str) -> String {
    let name: String = said.chars().filter(|letter| !letter.is_control()).take(200).collect();
    if name.trim().is_empty() { "something without a name".into() } else { name.trim().into() }
}

async fn ask_program(program: &std::path::Path, arguments: &[String], mut file: BoxStream<'static, Result<Bytes>>) -> Result<Verdict> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(|cause| away(&cause))?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else { return Err(away(&"it has no pipes")) };
    let tell = async {
        while let Some(bytes) = file.try_next().await? {
            // One that has seen enough stops reading; what it says at its end counts.
            if input.write_all(&bytes).await.is_err() {
                return Ok(Told::Part);
            }
        }
        drop(input);
        Ok::<_, Error>(Told::All)
    };
    let hear = async {
        let (mut said, mut output) = (Vec::new(), output);
        let heard = (&mut output).take(ANSWER).read_to_end(&mut said).await;
        // The rest is read away, so that the program is not kept waiting.
        let _ = tokio::io::copy(&mut output, &mut tokio::io::sink()).await;
        heard.map(|_| said)
    };
    let (told, said) = tokio::join!(tell, hear);
    let (told, said) = (told?, said.map_err(|cause| away(&cause))?);
    let ended = child.wait().await.map_err(|cause| away(&cause))?;
    match (ended.code(), told) {
        (Some(0), Told::All) => Ok(Verdict::Clean),
        (Some(1), _) => Ok(Verdict::Found(name_of(String::from_utf8_lossy(&said).lines().next().unwrap_or_default()))),
        _ => Err(away(&format!("it ended with {ended}"))),
    }
}

/// How much of a file somebody took.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    All,
    Part,
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};
    use tokio::net::TcpListener;

    use super::*;

    fn file(bytes: &'static [u8]) -> BoxStream<'static, Result<Bytes>> {
        stream::iter(bytes.chunks(7).map(|piece| Ok(Bytes::from_static(piece)))).boxed()
    }

    /// Speaks clamd's protocol at a port of its own: finds the word, if it is there; says `answer` instead where there is one.
    async fn clamd(word: &'static str, answer: Option<&'static [u8]>) -> Scanner {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut command = [0; 10];
            stream.read_exact(&mut command).await.unwrap();
            assert_eq!(&command, b"zINSTREAM\0");
            let mut file = Vec::new();
            loop {
                let length = stream.read_u32().await.unwrap() as usize;
                if length == 0 {
                    break;
                }
                let from = file.len();
                file.resize(from + length, 0);
                stream.read_exact(&mut file[from..]).await.unwrap();
            }
            let found = String::from_utf8_lossy(&file).contains(word);
            let said: &[u8] = if found { b"stream: Test-Word FOUND\0" } else { b"stream: OK\0" };
            stream.write_all(answer.unwrap_or(said)).await.unwrap();
        });
        Scanner::Network(address)
    }

    #[tokio::test]
    async fn only_a_clear_word_lets_a_file_through() {
        assert_eq!(clamd("evil", None).await.look(file(b"a good plan of many bytes")).await.unwrap(), Verdict::Clean);
        assert_eq!(clamd("evil", None).await.look(file(b"an evil plan")).await.unwrap(), Verdict::Found("Test-Word".into()));
        let unclear: [&[u8]; 6] = [b"", b"stream: ", b"stream: OK but", b"INSTREAM size limit exceeded. ERROR\0", b"\xff\xfe", b"OK\0"];
        for answer in unclear {
            let refused = clamd("evil", Some(answer)).await.look(file(b"a good plan")).await.unwrap_err();
            assert_eq!(refused.code, "scanner_down", "{answer:?}");
        }
        let nobody = Scanner::Network("127.0.0.1:1".into());
        assert_eq!(nobody.look(file(b"a good plan")).await.unwrap_err().code, "scanner_down");
    }

    #[tokio::test]
    async fn a_program_says_what_it_thinks_by_how_it_ends() {
        let program = |script: &str| Scanner::Program("/bin/sh".into(), vec!["-c".into(), script.into()]);
        let looks = program("if grep -q evil; then echo Test-Word; exit 1; fi");
        assert_eq!(looks.look(file(b"a good plan")).await.unwrap(), Verdict::Clean);
        assert_eq!(looks.look(file(b"an evil plan")).await.unwrap(), Verdict::Found("Test-Word".into()));
        for script in ["cat >/dev/null; exit 2", "kill -9 $$", "exec 0<&-; exit 0"] {
            let big = stream::iter((0..64).map(|_| Ok(Bytes::from(vec![b'x'; 1 << 20])))).boxed();
            let refused = program(script).look(big).await.unwrap_err();
            assert_eq!(refused.code, "scanner_down", "{script}");
        }
        assert_eq!(Scanner::Program("/nowhere/scan".into(), vec![]).look(file(b"x")).await.unwrap_err().code, "scanner_down");
    }

    #[test]
    fn scanners_are_named_by_their_address() {
        assert_eq!("clamd://10.0.0.7:3310".parse(), Ok(Scanner::Network("10.0.0.7:3310".into())));
        assert_eq!("clamd:/run/clamav/clamd.ctl".parse(), Ok(Scanner::Socket("/run/clamav/clamd.ctl".into())));
        assert_eq!(
            "command:/usr/bin/scan --quiet -".parse(),
            Ok(Scanner::Program("/usr/bin/scan".into(), vec!["--quiet".into(), "-".into()]))
        );
        for wrong in ["", "clamd", "clamd://host", "clamd://:7", "clamd:relative", "command:", "command:scan", "http://host"] {
            assert_eq!(wrong.parse::<Scanner>(), Err(()), "{wrong}");
        }
    }
}
