//! The openspf test suite for RFC 7208, read in place when it is there. Its zones are served on loopback.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use yaml_rust2::{Yaml, YamlLoader};
use zhibao::mail::authenticate::{Authenticator, spf_result};

use super::dns::{Data, Dns, Zone};

fn suite() -> Option<String> {
    let folder = std::env::var_os("ZHIBAO_CORPORA").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"));
    std::fs::read_to_string(folder.join("pyspf/test/rfc7208-tests.yml")).ok()
}

fn bytes(text: &str) -> Vec<u8> {
    // The suite writes bytes as characters up to U+00FF.
    text.chars().flat_map(|c| u8::try_from(u32::from(c)).map_or_else(|_| c.to_string().into_bytes(), |byte| vec![byte])).collect()
}

fn text(value: &Yaml) -> String {
    match value {
        Yaml::String(text) | Yaml::Real(text) => text.clone(),
        Yaml::Integer(number) => number.to_string(),
        _ => String::new(),
    }
}

fn texts(value: &Yaml) -> Vec<Vec<u8>> {
    match value {
        Yaml::Array(parts) => parts.iter().map(|part| bytes(&text(part))).collect(),
        one => vec![bytes(&text(one))],
    }
}

fn records(entries: &[Yaml]) -> Vec<Data> {
    let mut found = Vec::new();
    let has_txt = entries.iter().any(|entry| !entry["TXT"].is_badvalue());
    for entry in entries {
        if entry.as_str() == Some("TIMEOUT") {
            found.push(Data::Silence(None));
        }
        let Some(pairs) = entry.as_hash() else { continue };
        for (kind, value) in pairs {
            let (kind, plain) = (kind.as_str().unwrap_or_default(), text(value));
            if plain == "TIMEOUT" {
                let number = ["A", "MX", "TXT", "AAAA"].iter().zip([1, 15, 16, 28]).find(|(name, _)| **name == kind);
                found.extend(number.map(|(_, number)| Data::Silence(Some(number))));
                continue;
            }
            found.extend(match kind {
                "A" => plain.parse().ok().map(Data::A),
                "AAAA" => plain.parse().ok().map(Data::Aaaa),
                "PTR" => Some(Data::Ptr(plain)),
                "CNAME" => Some(Data::Cname(plain)),
                "MX" => Some(Data::Mx(value[0].as_i64().unwrap_or(0) as u16, text(&value[1]))),
                "TXT" if plain == "NONE" => None,
                "TXT" => Some(Data::Txt(texts(value))),
                // A type that is no more: what stands there stands as TXT too, unless other TXT does.
                "SPF" if !has_txt => Some(Data::Txt(texts(value))),
                _ => None,
            });
        }
    }
    found
}

fn zone(document: &Yaml) -> Zone {
    let names = document["zonedata"].as_hash().expect("a zone");
    names.iter().map(|(name, entries)| (text(name).to_lowercase(), records(entries.as_vec().unwrap_or(&Vec::new())))).collect()
}

#[test]
fn the_suite_of_rfc_7208_passes() {
    let Some(suite) = suite() else {
        println!("the suite is not here, nothing was asked");
        return;
    };
    let (mut tests, mut faults) = (0, Vec::new());
    for document in YamlLoader::load_from_str(&suite).expect("it is YAML") {
        let dns = Dns::serve(zone(&document));
        let authenticator = Authenticator::new(&dns.settings());
        for (name, test) in document["tests"].as_hash().expect("tests") {
            let (name, client) = (text(name), text(&test["host"]).parse::<IpAddr>().expect("an address"));
            let found = spf_result(&authenticator, client, &text(&test["helo"]), &text(&test["mailfrom"]));
            let wanted: Vec<String> = match &test["result"] {
                Yaml::Array(several) => several.iter().map(text).collect(),
                one => vec![text(one)],
            };
            tests += 1;
            if !wanted.iter().any(|wanted| wanted == found) {
                faults.push(format!("{name}: {found}, not {wanted:?}"));
            }
        }
    }
    println!("RFC 7208: {tests} tests, {} as written, {} otherwise", tests - faults.len(), faults.len());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(tests > 190, "only {tests} tests");
}
