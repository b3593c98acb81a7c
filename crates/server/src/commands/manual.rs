//! Shell completions and manual pages, made from the command line's own description.

use std::path::Path;

use clap::CommandFactory;

use crate::arguments::Arguments;
use crate::files;
use crate::outcome::{Failure, Outcome};

/// Prints completions for a shell.
pub fn completions(shell: clap_complete::Shell) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "gemba", &mut script);
    files::print(&String::from_utf8_lossy(&script))
}

/// Prints the manual page of the program, or writes a page for each command into a folder.
pub fn man(folder: Option<&Path>) -> Result<Outcome, Failure> {
    let mut command = Arguments::command();
    command.build();
    let Some(folder) = folder else {
        return files::print(&String::from_utf8_lossy(&page(command, "gemba")?));
    };
    if !folder.is_dir() {
        return Err(Failure::refused(format!("cannot write manual pages: there is no folder {}", folder.display())));
    }
    write_pages(&command, "gemba", folder)?;
    Ok(Outcome::Done)
}

fn write_pages(command: &clap::Command, name: &str, folder: &Path) -> Result<(), Failure> {
    files::write_output(&folder.join(format!("{name}.1")), &page(command.clone(), name)?)?;
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        write_pages(inner, &format!("{name}-{}", inner.get_name()), folder)?;
    }
    Ok(())
}

fn page(command: clap::Command, name: &str) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    let command = command.display_name(name.to_owned());
    clap_mangen::Man::new(command).title(name.to_uppercase()).render(&mut page).map_err(|error| Failure::refused(error.to_string()))?;
    Ok(page)
}
