//! The Rust crate's side of the runs, one a process: prints the seconds of the work itself, without preparation, as
//! SideBySide.java and peers.py do.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use memmap2::Mmap;
use safetensors::tensor::{serialize_to_file, TensorView};
use safetensors::SafeTensors;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let seconds = match words[..] {
        ["write", model, out] => write(model, out, false)?,
        ["write", model, out, "durable"] => write(model, out, true)?,
        ["touch", model, passes] => touch(model, passes.parse()?)?,
        ["load", model] => load(model)?,
        ["open", file] => open(&[file.into()])?,
        ["open-all", folder] => open(&files(folder)?)?,
        ["open-all", folder, passes] => {
            let files = files(folder)?;
            (0..passes.parse::<u32>()?).try_fold(0.0, |_, _| open(&files))?
        }
        _ => return Err("usage: write MODEL OUT [durable] | touch MODEL PASSES | load MODEL | open FILE | open-all FOLDER [PASSES]".into()),
    };
    println!("{{\"seconds\": {seconds:.6}}}");
    Ok(())
}

fn map(path: &Path) -> Result<Mmap> {
    // Sound as long as nobody changes the file meanwhile.
    Ok(unsafe { Mmap::map(&File::open(path)?)? })
}

/// Writes all tensors of a model from memory. The crate renames the file into place, and does not wait for the disk.
fn write(model: &str, out: &str, durable: bool) -> Result<f64> {
    let bytes = fs::read(model)?;
    let tensors: Vec<(String, TensorView)> = SafeTensors::deserialize(&bytes)?.tensors();
    let start = Instant::now();
    serialize_to_file(tensors, None, Path::new(out))?;
    if durable {
        File::open(out)?.sync_all()?;
    }
    Ok(start.elapsed().as_secs_f64())
}

/// Adds up every byte of every tensor through the mapping, eight at a time. The last pass counts.
fn touch(model: &str, passes: usize) -> Result<f64> {
    let mut start = Instant::now();
    let mut seconds = 0.0;
    let bytes = map(Path::new(model))?;
    let tensors = SafeTensors::deserialize(&bytes)?;
    for pass in 0..passes {
        if pass > 0 {
            start = Instant::now();
        }
        let sum = tensors.iter().fold(0u64, |sum, (_, tensor)| sum.wrapping_add(add(tensor.data())));
        std::hint::black_box(sum);
        seconds = start.elapsed().as_secs_f64();
    }
    Ok(seconds)
}

fn add(bytes: &[u8]) -> u64 {
    let words = bytes.chunks_exact(8);
    let rest = words.remainder().iter().fold(0u64, |sum, byte| sum + u64::from(*byte));
    words.fold(rest, |sum, word| sum.wrapping_add(u64::from_le_bytes(word.try_into().unwrap())))
}

/// The whole file into memory of the process's own; the tensors are views of it.
fn load(model: &str) -> Result<f64> {
    let start = Instant::now();
    let bytes = fs::read(model)?;
    let tensors = SafeTensors::deserialize(&bytes)?;
    let total: usize = tensors.iter().map(|(_, tensor)| tensor.data().len()).sum();
    std::hint::black_box(total);
    Ok(start.elapsed().as_secs_f64())
}

fn open(files: &[PathBuf]) -> Result<f64> {
    let start = Instant::now();
    for file in files {
        let bytes = map(file)?;
        if SafeTensors::deserialize(&bytes)?.names().is_empty() {
            return Err(format!("{}: no tensors", file.display()).into());
        }
    }
    Ok(start.elapsed().as_secs_f64())
}

fn files(folder: &str) -> Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}
