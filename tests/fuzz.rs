//! The fuzzer's corpora, and what it found before, replayed: whatever the bytes, nothing panics and no promise is broken.
//! `tests/fuzz/run` fuzzes.

#[path = "fuzz/targets.rs"]
mod targets;

use std::fs;
use std::path::Path;

#[test]
fn every_corpus_is_taken_without_a_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    for (name, target) in targets::ALL {
        let files = fs::read_dir(folder.join(name)).unwrap_or_else(|error| panic!("the corpus of {name}: {error}"));
        let mut count = 0;
        for file in files.flatten().map(|file| file.path()) {
            let bytes = fs::read(&file).expect("a readable file");
            // So that a failure names its file.
            let taken = std::panic::catch_unwind(|| target(&bytes));
            assert!(taken.is_ok(), "{name} panics on {}", file.display());
            count += 1;
        }
        assert!(count > 3, "the corpus of {name} has {count} files");
        println!("{name}: {count} files");
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
