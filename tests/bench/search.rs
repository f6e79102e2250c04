//! Search over 100,000 messages, one or two Chinese characters, and words that stand in a known share of them (P6).
//!
//! `cargo bench --bench search`; `ZHIBAO_BENCH_MESSAGES=10000` makes fewer. Each question is asked as `zhibao search` asks it: candidates,
//! weighing, what became of each, and the line on which it stands.

#[path = "words.rs"]
mod words;

use std::collections::BTreeMap;

use chrono::{TimeDelta, TimeZone, Utc};
use sha2::{Digest, Sha256};
use words::{Draw, PLANTED, prose};
use zhibao::archive::search::{Asked, search};
use zhibao::clock::Stopwatch;
use zhibao::domain::attached::Document;
use zhibao::domain::search::Question;
use zhibao::store::{CommitPoint, Durability, Indexed, NewArchived, SearchIndex, Span, Store, StoreError};

const QUESTIONS: usize = 500;

fn main() {
    // `cargo test --all-targets` starts benches too, without this word.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let messages = std::env::var("ZHIBAO_BENCH_MESSAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("zhibao.db");
    let store = Store::open(&path, Durability::Full).expect("it opens");
    let index = SearchIndex::open(&path).expect("it opens");
    let watch = Stopwatch::start();
    let (texts, bytes) = fill(&store, &index, messages);
    let size = |name: &str| std::fs::metadata(folder.path().join(name)).map_or(0, |about| about.len()) as f64 / 1e6;
    println!(
        "made:   {messages} messages, {:.0} MB of text, in {:.1} s; index {:.0} MB",
        bytes as f64 / 1e6,
        watch.seconds(),
        size("zhibao.search")
    );
    let mut draw = Draw::new(77);
    let mut questions: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for length in [1, 2] {
        let kind = if length == 1 { "one character" } else { "two characters" };
        let of_kind = questions.entry(kind).or_default();
        while of_kind.len() < QUESTIONS {
            let text = &texts[draw.below(texts.len() as u64) as usize];
            let characters: Vec<char> = text.chars().collect();
            let at = draw.below((characters.len() - length) as u64) as usize;
            let word: String = characters[at..at + length].iter().collect();
            if word.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) {
                of_kind.push(word);
            }
        }
    }
    questions.insert("planted words", PLANTED.iter().cycle().take(QUESTIONS).map(|(word, _)| (*word).to_owned()).collect());
    questions
        .insert("common words", ["信息", "工作", "报送", "情况"].iter().cycle().take(QUESTIONS).map(|word| (*word).to_owned()).collect());
    let mut all = Vec::new();
    for (kind, asked) in &questions {
        let mut took: Vec<f64> = asked.iter().map(|word| ask(&store, &index, word)).collect();
        if !kind.starts_with("common") && !kind.starts_with("planted") {
            all.extend_from_slice(&took);
        }
        tell(kind, &mut took);
    }
    tell("one or two characters", &mut all);
    println!("P6:     99th percentile {:.1} ms; target 50, stretch 10", percentile(&all, 99));
}

/// Texts of some of the messages, and the bytes of all.
fn fill(store: &Store, index: &SearchIndex, messages: usize) -> (Vec<String>, usize) {
    let start = Utc.with_ymd_and_hms(2003, 1, 1, 0, 0, 0).single().expect("a moment");
    let (mut texts, mut bytes) = (Vec::new(), 0);
    for group in (0..messages).collect::<Vec<_>>().chunks(1_000) {
        let documents: Vec<(String, String)> = group
            .iter()
            .map(|nth| {
                let mut draw = Draw::new(*nth as u64 + 1);
                let characters = 300 + draw.below(1_400) as usize;
                (prose(&mut draw, 16).replace('\n', ""), prose(&mut draw, characters))
            })
            .collect();
        let ids = store.write(CommitPoint::Console, |books| {
            let put = |(nth, (subject, text)): (&usize, &(String, String))| {
                let raw = format!("Subject: {subject}\n\n{nth} {text}");
                let sha256: [u8; 32] = Sha256::digest(&raw).into();
                let at = start + TimeDelta::minutes(*nth as i64);
                let new = NewArchived { raw: raw.as_bytes(), sha256: &sha256, source: "bench", at };
                Ok::<_, StoreError>((books.put_archived(&new, at)?.expect("each is different"), at))
            };
            group.iter().zip(&documents).map(put).collect::<Result<Vec<_>, _>>()
        });
        let indexed = ids.expect("written").into_iter().zip(documents).map(|((id, at), (subject, text))| {
            bytes += text.len();
            if id % 50 == 0 {
                texts.push(text.clone());
            }
            let from = "信息员 <a@office.example>".to_owned();
            Indexed::new(id, at, Document { subject, text, from, sender: "a@office.example".into(), ..Document::default() })
        });
        index.put(&indexed.collect::<Vec<_>>(), None, None).expect("written");
    }
    (texts, bytes)
}

/// Milliseconds.
fn ask(store: &Store, index: &SearchIndex, word: &str) -> f64 {
    let asked = Asked { question: Question::read(word).expect("a word"), span: Span::default(), unit: None, limit: 20 };
    let watch = Stopwatch::start();
    let answer = search(store, index, &asked).expect("it is answered");
    let took = watch.seconds() * 1e3;
    assert!(answer.hits.iter().all(|hit| !hit.line.place.is_empty()), "{word}");
    took
}

fn tell(kind: &str, took: &mut [f64]) {
    took.sort_by(f64::total_cmp);
    println!(
        "{:7} {:5.1} ms median, {:5.1} ms 99th percentile, {:5.1} ms at most: {} questions, {kind}",
        "search:",
        percentile(took, 50),
        percentile(took, 99),
        percentile(took, 100),
        took.len()
    );
}

fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
}
