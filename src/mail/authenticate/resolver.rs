//! The DNS: asked through a resolver that is made at the first question, with a cache of its own.
//!
//! mail-auth's own caches stay unused: they keep one parsed record a name, so that a stranger's SPF record that names a key of
//! another domain would spoil it for everybody. Answers are kept raw, by the resolver, as long as they say.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mail_auth::MessageAuthenticator;
use mail_auth::hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::hickory_resolver::system_conf::read_system_conf;
use tokio::runtime::Runtime;

use crate::domain::authentic::ResolverSettings;

/// Answers kept.
const CACHED: u64 = 4_096;

/// A refusal is asked again after an hour at the latest: a key that was forgotten may have been published since.
const LONGEST_REFUSAL: Duration = Duration::from_secs(3_600);

/// The resolver, and the runtime on which it waits.
pub(super) struct Resolver {
    settings: ResolverSettings,
    open: Mutex<Option<Open>>,
}

struct Open {
    dns: MessageAuthenticator,
    runtime: Option<Runtime>,
}

impl Drop for Open {
    fn drop(&mut self) {
        // A configuration is reloaded in asynchronous code, where a runtime may not be waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Resolver {
    pub fn new(settings: &ResolverSettings) -> Resolver {
        Resolver { settings: settings.clone(), open: Mutex::new(None) }
    }

    /// Waits for what `ask` asks, for `longest` at most. `Err`: what kept it from an answer.
    pub fn run<T, F: Future<Output = T>>(&self, longest: Duration, ask: impl FnOnce(MessageAuthenticator) -> F) -> Result<T, String> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() {
            *open = Some(self.open()?);
        }
        let Some(Open { dns, runtime: Some(runtime) }) = &*open else { return Err("DNS".to_owned()) };
        let answered = runtime.block_on(async { tokio::time::timeout(longest, ask(dns.clone())).await });
        answered.map_err(|_| format!("DNS: {} s", longest.as_secs()))
    }

    fn open(&self) -> Result<Open, String> {
        let (config, mut options) = match &self.settings.servers[..] {
            [] => read_system_conf().map_err(|error| format!("resolv.conf: {error}"))?,
            servers => {
                let servers = servers.iter().filter_map(|text| text.parse::<SocketAddr>().ok()).map(server).collect();
                (ResolverConfig::from_parts(None, Vec::new(), servers), ResolverOpts::default())
            }
        };
        options.timeout = Duration::from_millis(self.settings.timeout_ms);
        options.attempts = self.settings.retries;
        options.cache_size = CACHED;
        options.negative_max_ttl = Some(LONGEST_REFUSAL);
        options.ndots = 0;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        let dns = runtime.block_on(async { MessageAuthenticator::new(config, options) }).map_err(|error| error.to_string())?;
        Ok(Open { dns, runtime: Some(runtime) })
    }
}

fn server(at: SocketAddr) -> NameServerConfig {
    let on_port = |mut connection: ConnectionConfig| {
        connection.port = at.port();
        connection
    };
    NameServerConfig::new(at.ip(), true, vec![on_port(ConnectionConfig::udp()), on_port(ConnectionConfig::tcp())])
}
