//! A DNS server on loopback that knows what it is told: the resolver under test asks it as it would ask any other.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use zhibao::domain::authentic::ResolverSettings;

/// What stands at a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Txt(Vec<Vec<u8>>),
    Mx(u16, String),
    Ptr(String),
    Cname(String),
    /// Questions of this type are not answered; of every type that nothing else stands for, if `None`.
    Silence(Option<u16>),
}

const CNAME: u16 = 5;

impl Data {
    fn kind(&self) -> u16 {
        match self {
            Data::A(_) => 1,
            Data::Cname(_) => CNAME,
            Data::Ptr(_) => 12,
            Data::Mx(..) => 15,
            Data::Txt(_) => 16,
            Data::Aaaa(_) => 28,
            Data::Silence(_) => 0,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Data::A(ip) => ip.octets().to_vec(),
            Data::Aaaa(ip) => ip.octets().to_vec(),
            Data::Txt(parts) => {
                if parts.is_empty() {
                    return vec![0];
                }
                let mut out = Vec::new();
                for part in parts {
                    let chunks: Vec<&[u8]> = if part.is_empty() { vec![&[]] } else { part.chunks(255).collect() };
                    for chunk in chunks {
                        out.push(u8::try_from(chunk.len()).expect("at most 255"));
                        out.extend_from_slice(chunk);
                    }
                }
                out
            }
            Data::Mx(preference, host) => [preference.to_be_bytes().to_vec(), wire_name(host)].concat(),
            Data::Ptr(host) | Data::Cname(host) => wire_name(host),
            Data::Silence(_) => Vec::new(),
        }
    }
}

fn wire_name(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for label in name.trim_end_matches('.').split('.').filter(|label| !label.is_empty()) {
        let label = &label.as_bytes()[..label.len().min(63)];
        out.push(label.len() as u8);
        out.extend_from_slice(label);
    }
    out.push(0);
    out
}

/// Names, lower case and without the last dot, and what stands there.
pub type Zone = BTreeMap<String, Vec<Data>>;

/// A running server.
pub struct Dns {
    at: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    silent: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    end: Arc<AtomicBool>,
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.end.store(true, Ordering::SeqCst);
    }
}

impl Dns {
    /// Serves a zone. `Silence` is answered with SERVFAIL, which comes to the same and takes no time.
    pub fn serve(zone: Zone) -> Dns {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a deadline");
        let at = socket.local_addr().expect("it is bound");
        let (zone, end) = (Arc::new(Mutex::new(zone)), Arc::new(AtomicBool::new(false)));
        let (silent, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let dns = Dns { at, zone: zone.clone(), silent: silent.clone(), asked: asked.clone(), end: end.clone() };
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while !end.load(Ordering::SeqCst) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                asked.fetch_add(1, Ordering::SeqCst);
                if silent.load(Ordering::SeqCst) {
                    continue;
                }
                let answer = answer(&buffer[..length], &zone.lock().expect("no panic"));
                let _ = answer.map(|answer| socket.send_to(&answer, from));
            }
        });
        dns
    }

    /// A server of TXT records.
    pub fn of_txt(records: &[(&str, &str)]) -> Dns {
        let dns = Dns::serve(Zone::new());
        records.iter().for_each(|(name, text)| dns.put(name, Data::Txt(vec![text.as_bytes().to_vec()])));
        dns
    }

    /// Adds a record.
    pub fn put(&self, name: &str, data: Data) {
        self.zone.lock().expect("no panic").entry(name.to_lowercase()).or_default().push(data);
    }

    /// Answers nothing any more, or again.
    pub fn be_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }

    /// Questions that came.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// A resolver that asks here.
    pub fn settings(&self) -> ResolverSettings {
        ResolverSettings { servers: vec![self.at.to_string()], timeout_ms: 2_000, retries: 1, patience_seconds: 7_200 }
    }

    /// One that does not wait long.
    pub fn hasty(&self) -> ResolverSettings {
        ResolverSettings { timeout_ms: 200, retries: 0, ..self.settings() }
    }
}

fn answer(query: &[u8], zone: &Zone) -> Option<Vec<u8>> {
    let (mut labels, mut at) = (Vec::new(), 12);
    while let length @ 1.. = usize::from(*query.get(at)?) {
        labels.push(String::from_utf8_lossy(query.get(at + 1..at + 1 + length)?).to_lowercase());
        at += 1 + length;
    }
    let question = query.get(12..at + 5)?;
    let kind = u16::from_be_bytes([*query.get(at + 1)?, *query.get(at + 2)?]);
    let (mut name, mut answers, mut code) = (labels.join("."), Vec::new(), 0);
    for _ in 0..12 {
        let Some(found) = zone.get(&name) else {
            code = if name.starts_with("error.") { 2 } else { 3 };
            break;
        };
        let fits = |data: &&Data| data.kind() == kind;
        let alias = found.iter().find_map(|data| match data {
            Data::Cname(target) if kind != CNAME => Some((data, target)),
            _ => None,
        });
        if found.contains(&Data::Silence(Some(kind))) || (found.contains(&Data::Silence(None)) && !found.iter().any(|data| fits(&data))) {
            code = 2;
        }
        match alias {
            None => {
                answers.extend(found.iter().filter(fits).map(|data| record(&name, data)));
                break;
            }
            Some((data, target)) => {
                answers.push(record(&name, data));
                name = target.trim_end_matches('.').to_lowercase();
            }
        }
    }
    let count = if code == 2 { 0 } else { u16::try_from(answers.len()).ok()? };
    let is_void = code != 2 && !answers.iter().any(|record| !record.is_empty());
    let mut out = query.get(..2)?.to_vec();
    out.extend([0x81, 0x80 | code, 0, 1]);
    out.extend(count.to_be_bytes());
    out.extend([0, u8::from(is_void), 0, 0]);
    out.extend_from_slice(question);
    if count > 0 {
        answers.iter().for_each(|record| out.extend_from_slice(record));
    }
    if is_void {
        out.extend_from_slice(NOTHING_FOR_A_MINUTE);
    }
    Some(out)
}

/// The start of authority that says for how long it may be remembered that there is nothing.
const NOTHING_FOR_A_MINUTE: &[u8] =
    &[0, 0, 6, 0, 1, 0, 0, 0, 60, 0, 22, 0, 0, 0, 0, 0, 1, 0, 0, 0, 60, 0, 0, 0, 60, 0, 0, 0, 60, 0, 0, 0, 60];

fn record(name: &str, data: &Data) -> Vec<u8> {
    let bytes = data.bytes();
    let mut out = wire_name(name);
    out.extend(data.kind().to_be_bytes());
    out.extend([0, 1, 0, 0, 0, 60]);
    out.extend(u16::try_from(bytes.len()).expect("a short record").to_be_bytes());
    out.extend(bytes);
    out
}
