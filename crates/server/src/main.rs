//! The one binary of Gemba: `gemba up` and `gemba serve` run the server, `gemba optimize` answers a workbook.
//!
//! **Invariant:** standard output carries what was asked for and nothing else; progress and complaints go to standard error.
//! **Invariant:** exit code 0 is done, 1 a refused input or output, 2 wrong usage, 3 a limit reached without proof.

use std::process::ExitCode;

use clap::Parser;

mod arguments;
mod audit;
mod clock;
mod commands;
mod files;
mod outcome;
mod report;
mod terminal;

use arguments::demo::DemoCommand;
use arguments::installation::ConfigCommand;
use arguments::{Arguments, Command, WorkbookCommand};
use outcome::{Failure, Outcome};

/// Requests make and drop thousands of small things on every thread; the C library's allocator spends a tenth of a request's time on them and
/// gives little memory back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Up(request) => commands::up::run(&request),
        Command::Serve(request) => commands::serve::run(&request),
        Command::Work(request) => commands::work::run(&request),
        Command::Doctor(request) => commands::doctor::run(&request),
        Command::Migrate(request) => commands::migrate::run(&request),
        Command::Admin(request) => commands::admin::run(&request),
        Command::Export(request) => commands::export::run(&request),
        Command::Import(request) => commands::import::run(&request),
        Command::Demo { command: DemoCommand::Run(request) } => commands::demo::run(&request),
        Command::Config { command: ConfigCommand::Show(request) } => commands::config::show(&request),
        Command::Optimize(request) => commands::optimize::run(&request),
        Command::Workbook { command: WorkbookCommand::Check(request) } => commands::workbook::check(&request),
        Command::Workbook { command: WorkbookCommand::Template(request) } => commands::workbook::template(&request),
        Command::Workbook { command: WorkbookCommand::Generate(request) } => commands::workbook::generate(&request),
        Command::Audit { command } => audit::run(&command),
        Command::Completions { shell } => commands::manual::completions(shell),
        Command::Man { folder } => commands::manual::man(folder.as_deref()),
    };
    outcome.unwrap_or_else(complain).into()
}

fn complain(failure: Failure) -> Outcome {
    terminal::complain(&failure.message);
    failure.outcome
}
