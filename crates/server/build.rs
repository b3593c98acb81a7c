//! Embeds the built web app: for each file its address, kind and compressed bytes, as a table that `serve::web` includes.
//!
//! **Invariant:** without a built web app (`web/dist` holds no `index.html`) the table is empty and the server builds all the same.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let dist = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| io::Error::other("cargo sets CARGO_MANIFEST_DIR"))?)
        .join("../../web/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-changed=build.rs");
    let mut table = String::from("&[\n");
    if dist.join("index.html").exists() {
        let mut files = Vec::new();
        collect(&dist, &mut files)?;
        files.sort();
        for file in files {
            entry(&mut table, &dist, &file);
        }
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?);
    fs::write(out.join("web.rs"), table)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "br") {
            files.push(path);
        }
    }
    Ok(())
}

/// The build of the web app leaves each file twice, `.br` and `.gz`; those are what is embedded.
fn entry(table: &mut String, dist: &Path, brotli: &Path) {
    let plain = brotli.with_extension("");
    let address = plain.strip_prefix(dist).unwrap_or(&plain).to_string_lossy().replace('\\', "/");
    let gzip = format!("{}.gz", plain.display());
    let _ = writeln!(
        table,
        "    File {{ address: {address:?}, brotli: include_bytes!({:?}), gzip: include_bytes!({gzip:?}) }},",
        brotli.display().to_string()
    );
}
