//! A TCP proxy that cuts, stalls and corrupts what the server says, and what it hears, at byte offsets that its seed decides.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::Dice;

/// What happens to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Both directions end.
    Cut,
    /// Nothing comes through any more, and nothing ends.
    Stall,
    /// One bit is turned, and all goes on.
    Corrupt,
}

/// Decides by its dice what happens to a connection, and after how many bytes from the server.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What may happen, in equal parts.
    pub faults: Vec<Fault>,
    /// At the latest after so many bytes.
    pub within: u64,
    /// Of a hundred connections, so many go through unharmed.
    pub unharmed: u64,
    /// What the client says is harmed as often as what the server says.
    pub both_ways: bool,
    /// A stalled connection ends after so long; without it, when the client goes.
    pub stalled_for: Option<Duration>,
}

/// How often each thing has happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Harm {
    pub cuts: usize,
    pub stalls: usize,
    pub corrupted: usize,
}

/// A running proxy; it ends with the test.
pub struct Proxy {
    pub port: u16,
    pub connections: Arc<AtomicUsize>,
    pub harmed: Arc<AtomicUsize>,
    pub harm: Arc<Mutex<Harm>>,
    pub bytes: Arc<AtomicU64>,
    calm: Arc<AtomicBool>,
    frozen: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    /// Stands between a free port and `upstream`.
    pub fn start(upstream: u16, seed: u64, plan: Plan) -> Proxy {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let proxy = Proxy {
            port: listener.local_addr().expect("an address").port(),
            connections: Arc::default(),
            harmed: Arc::default(),
            harm: Arc::default(),
            bytes: Arc::default(),
            calm: Arc::default(),
            frozen: Arc::default(),
            open: Arc::default(),
        };
        let (connections, calm, open) = (proxy.connections.clone(), proxy.calm.clone(), proxy.open.clone());
        let way = Way {
            fault: None,
            stalled_for: plan.stalled_for,
            harmed: proxy.harmed.clone(),
            harm: proxy.harm.clone(),
            bytes: proxy.bytes.clone(),
            frozen: proxy.frozen.clone(),
        };
        thread::spawn(move || {
            let mut dice = Dice::new(seed);
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                connections.fetch_add(1, Ordering::SeqCst);
                let unharmed = dice.roll(100) < plan.unharmed || plan.faults.is_empty();
                let fault = plan.faults.get(dice.roll(plan.faults.len() as u64) as usize).copied();
                // Low offsets as often as high ones: the greeting breaks as well as the middle of a long message.
                let most = 1 << dice.roll(64 - u64::from(plan.within.leading_zeros())).min(40);
                let at = dice.roll(most);
                let up = plan.both_ways && dice.roll(2) == 0;
                let fault = if unharmed || calm.load(Ordering::SeqCst) { None } else { fault.map(|fault| (at, fault)) };
                let Ok(server) = TcpStream::connect(("127.0.0.1", upstream)) else { continue };
                for end in [&client, &server] {
                    let _ = end.set_nodelay(true);
                    open.lock().expect("unbroken").extend(end.try_clone());
                }
                let (up_from, up_to) = (client.try_clone().expect("a handle"), server.try_clone().expect("a handle"));
                let upward = Way { fault: fault.filter(|_| up), bytes: Arc::default(), ..way.clone() };
                thread::spawn(move || copy(up_from, up_to, &upward));
                let downward = Way { fault: fault.filter(|_| !up), ..way.clone() };
                thread::spawn(move || copy(server, client, &downward));
            }
        });
        proxy
    }

    /// Nothing happens to connections that are made from now on.
    pub fn calm(&self) {
        self.calm.store(true, Ordering::SeqCst);
    }

    /// Nothing comes through any more, in either direction, and no connection ends: a cable is cut.
    pub fn freeze(&self, frozen: bool) {
        self.frozen.store(frozen, Ordering::SeqCst);
    }

    /// Cuts every connection.
    pub fn cut(&self) {
        for end in self.open.lock().expect("unbroken").drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
    }
}

/// One direction of one connection.
#[derive(Clone)]
struct Way {
    fault: Option<(u64, Fault)>,
    stalled_for: Option<Duration>,
    harmed: Arc<AtomicUsize>,
    harm: Arc<Mutex<Harm>>,
    bytes: Arc<AtomicU64>,
    frozen: Arc<AtomicBool>,
}

impl Way {
    fn count(&self, fault: Fault) {
        self.harmed.fetch_add(1, Ordering::SeqCst);
        let mut harm = self.harm.lock().expect("unbroken");
        match fault {
            Fault::Cut => harm.cuts += 1,
            Fault::Stall => harm.stalls += 1,
            Fault::Corrupt => harm.corrupted += 1,
        }
    }

    /// Held open, and silent, for as long as it is to last, or until whoever waits on this way goes.
    fn stall(&self, waiting: &TcpStream) {
        if let Some(limit) = self.stalled_for {
            thread::sleep(limit);
            return;
        }
        while waiting.peek(&mut [0]).is_ok_and(|length| length > 0) {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, way: &Way) {
    let mut passed = 0;
    let mut buffer = [0; 16 << 10];
    loop {
        let read = from.read(&mut buffer).unwrap_or(0);
        if read == 0 {
            break;
        }
        while way.frozen.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(5));
        }
        let mut part = &mut buffer[..read];
        if let Some((at, fault)) = way.fault
            && passed <= at
            && at < passed + read as u64
        {
            way.count(fault);
            let here = (at - passed) as usize;
            match fault {
                Fault::Corrupt => part[here] ^= 0x10,
                Fault::Cut => part = &mut part[..here],
                Fault::Stall => {
                    let _ = to.write_all(&part[..here]);
                    way.stall(&to);
                    break;
                }
            }
            if to.write_all(part).is_err() || fault == Fault::Cut {
                break;
            }
        } else if to.write_all(part).is_err() {
            break;
        }
        passed += read as u64;
        way.bytes.fetch_add(read as u64, Ordering::Relaxed);
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
