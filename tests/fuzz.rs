//! The fuzzer's corpora, and what it found before, replayed: whatever the bytes, nothing panics and no promise is broken.
//! `tests/fuzz/run` fuzzes.

#[path = "fuzz/targets.rs"]
mod targets;

use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

/// What the fuzzer began with and what it learned, by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let mut corpus = Vec::new();
    for file in fs::read_dir(here.join("seeds").join(target)).expect("seeds").flatten().map(|file| file.path()) {
        corpus.push((file.display().to_string(), fs::read(&file).expect("a readable file")));
    }
    let learned = fs::read(here.join(format!("corpus/{target}.zip"))).expect("a corpus");
    let mut learned = zip::ZipArchive::new(Cursor::new(learned)).expect("a zip");
    for index in 0..learned.len() {
        let mut file = learned.by_index(index).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("whole");
        corpus.push((format!("no. {index} of corpus/{target}.zip"), bytes));
    }
    corpus
}

#[test]
fn every_corpus_is_taken_without_a_panic() {
    for (name, target) in targets::ALL {
        let corpus = corpus(name);
        assert!(corpus.len() > 100, "the corpus of {name} has {} inputs", corpus.len());
        for (input, bytes) in &corpus {
            // So that a failure names its input.
            let taken = std::panic::catch_unwind(|| target(bytes));
            assert!(taken.is_ok(), "{name} panics on {input}");
        }
        println!("{name}: {} inputs", corpus.len());
    }
}

#[test]
fn every_target_has_a_program() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
    for (name, _) in targets::ALL {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is not in tests/fuzz/Cargo.toml");
        let program = fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs"))).expect(name);
        assert!(program.contains(&format!("targets::{name}(data)")), "{name} fuzzes another target");
    }
}
