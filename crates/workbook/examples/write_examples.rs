//! Writes the example workbooks into a folder: `cargo run -p workbook --example write_examples -- examples`.

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("expected a folder")?);
    for (name, bytes) in workbook::example_workbooks()? {
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}
