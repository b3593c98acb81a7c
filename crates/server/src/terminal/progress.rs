//! A line on standard error that says what is being done, once it takes longer than a second and somebody is watching.

use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Shown until it is dropped.
pub struct Progress {
    stages: Option<Sender<&'static str>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts with reading; shows nothing where standard error is no terminal.
    pub fn start() -> Progress {
        if !std::io::stderr().is_terminal() {
            return Progress { stages: None, thread: None };
        }
        let (stages, received) = channel();
        let thread = std::thread::spawn(move || {
            let mut stage = "reading";
            // The first second is quiet: a line that flashes by disturbs more than it says.
            let bar = loop {
                match received.recv_timeout(Duration::from_secs(1)) {
                    Ok(next) => stage = next,
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => break ProgressBar::new_spinner(),
                }
            };
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar.set_message(stage);
            while let Ok(next) = received.recv() {
                bar.set_message(next);
            }
            bar.finish_and_clear();
        });
        Progress { stages: Some(stages), thread: Some(thread) }
    }

    /// Says what is being done now.
    pub fn say(&self, stage: &'static str) {
        if let Some(stages) = &self.stages {
            // The thread ends before us only if it failed, and then there is no line to change.
            let _ = stages.send(stage);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stages = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
