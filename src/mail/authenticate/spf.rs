//! Whether a message came from a host that its envelope's domain names (RFC 7208).
//!
//! Ours, over mail-auth's resolver: the check of mail-auth 0.13.3 answers 46 of the 200 tests of the RFC's suite otherwise, some
//! with a pass (a prefix length of 33 is taken, the first of several records too, limits are passed over).

mod macros;
mod record;

use std::net::IpAddr;
use std::pin::Pin;

use mail_auth::hickory_resolver::TokioResolver;
use mail_auth::hickory_resolver::proto::rr::{Name, RData, RecordType};
use mail_auth::{MessageAuthenticator, SpfResult};

use super::trace::Envelope;
use macros::{Spec, Values};
use record::{Lengths, Mechanism, Qualifier, Record, is_spf};

/// Terms that ask the DNS, in one check (RFC 7208, 4.6.4).
const MOST_LOOKUPS: u32 = 10;

/// Questions that nothing answers to, in one check.
const MOST_VOIDS: u32 = 2;

/// Hosts of one `mx` or `ptr`.
const MOST_HOSTS: usize = 10;

/// Asks SPF of the envelope's sender; of the client's own name where that is null.
pub(super) async fn check(dns: &MessageAuthenticator, envelope: &Envelope) -> SpfResult {
    let of = domain(envelope);
    let local = envelope.mail_from.rsplit_once('@').map_or("", |(local, _)| local);
    let client = envelope.client.to_canonical();
    let local = if local.is_empty() { "postmaster" } else { local };
    if !is_domain(of) {
        return SpfResult::None;
    }
    let mut asking = Asking { dns: dns.resolver(), client, local, sender_domain: of, helo: &envelope.helo, lookups: 0, voids: 0 };
    match asking.host(of.to_owned()).await {
        Ok(result) | Err(result) => result,
    }
}

/// The domain that is asked about.
pub(super) fn domain(envelope: &Envelope) -> &str {
    envelope.mail_from.rsplit_once('@').map_or(envelope.helo.as_str(), |(_, domain)| domain)
}

/// More than one label, none empty or too long.
fn is_domain(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    text.len() <= 253 && text.contains('.') && text.split('.').all(|label| (1..=63).contains(&label.len())) && !text.starts_with('[')
}

/// One check under way.
struct Asking<'a> {
    dns: &'a TokioResolver,
    client: IpAddr,
    local: &'a str,
    sender_domain: &'a str,
    helo: &'a str,
    lookups: u32,
    voids: u32,
}

/// `Err`: a result that ends the whole check.
type Answer<T> = Result<T, SpfResult>;

impl Asking<'_> {
    /// `check_host()` of RFC 7208, 4; of an included or redirected domain too.
    fn host(&mut self, domain: String) -> Pin<Box<dyn Future<Output = Answer<SpfResult>> + '_>> {
        Box::pin(async move {
            let Some(record) = self.record(&domain).await? else { return Ok(SpfResult::None) };
            for directive in &record.directives {
                if self.matches(&directive.mechanism, &domain).await? {
                    return Ok(match directive.qualifier {
                        Qualifier::Pass => SpfResult::Pass,
                        Qualifier::Fail => SpfResult::Fail,
                        Qualifier::SoftFail => SpfResult::SoftFail,
                        Qualifier::Neutral => SpfResult::Neutral,
                    });
                }
            }
            let Some(redirect) = record.redirect else { return Ok(SpfResult::Neutral) };
            self.count()?;
            let target = self.expand(Some(&redirect), &domain).await;
            match self.host(target).await? {
                SpfResult::None => Err(SpfResult::PermError),
                result => Ok(result),
            }
        })
    }

    /// The one record of a domain.
    async fn record(&self, domain: &str) -> Answer<Option<Record>> {
        let texts = self.ask(domain, RecordType::TXT).await?.into_iter().filter_map(|data| match data {
            RData::TXT(text) => Some(text.txt_data.iter().flat_map(|part| part.iter().copied()).collect::<Vec<u8>>()),
            _ => None,
        });
        let records: Vec<Vec<u8>> = texts.filter(|text| is_spf(text)).collect();
        match &records[..] {
            [] => Ok(None),
            [one] => Record::parse(one).map(Some).ok_or(SpfResult::PermError),
            _ => Err(SpfResult::PermError),
        }
    }

    async fn matches(&mut self, mechanism: &Mechanism, domain: &str) -> Answer<bool> {
        if !matches!(mechanism, Mechanism::All | Mechanism::Ip4(..) | Mechanism::Ip6(..)) {
            self.count()?;
        }
        match mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Ip4(net, length) => {
                Ok(matches!(self.client, IpAddr::V4(ip) if same_prefix(ip.to_bits().into(), net.to_bits().into(), 32 - length)))
            }
            Mechanism::Ip6(net, length) => {
                Ok(matches!(self.client, IpAddr::V6(ip) if same_prefix(ip.to_bits(), net.to_bits(), 128 - length)))
            }
            Mechanism::Include(spec) => {
                let target = self.expand(Some(spec), domain).await;
                match self.host(target).await? {
                    SpfResult::Pass => Ok(true),
                    SpfResult::None => Err(SpfResult::PermError),
                    _ => Ok(false),
                }
            }
            Mechanism::A(spec, lengths) => {
                let target = self.expand(spec.as_ref(), domain).await;
                self.has_client(&target, *lengths).await
            }
            Mechanism::Mx(spec, lengths) => self.mx(spec.as_ref(), *lengths, domain).await,
            Mechanism::Ptr(spec) => {
                let target = self.expand(spec.as_ref(), domain).await;
                Ok(self.validated(&target).await.is_some_and(|name| is_below(&name, &target)))
            }
            Mechanism::Exists(spec) => {
                let target = self.expand(Some(spec), domain).await;
                let found = self.ask(&target, RecordType::A).await?;
                self.not_void(found.is_empty())?;
                Ok(!found.is_empty())
            }
        }
    }

    async fn mx(&mut self, spec: Option<&Spec>, lengths: Lengths, domain: &str) -> Answer<bool> {
        let target = self.expand(spec, domain).await;
        let found = self.ask(&target, RecordType::MX).await?;
        self.not_void(found.is_empty())?;
        let mut hosts: Vec<(u16, String)> = found
            .into_iter()
            .filter_map(|data| match data {
                RData::MX(mx) => Some((mx.preference, dotted(&mx.exchange))),
                _ => None,
            })
            .collect();
        if hosts.len() > MOST_HOSTS {
            return Err(SpfResult::PermError);
        }
        hosts.sort();
        for (_, host) in hosts {
            if self.has_client(&host, lengths).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the client's address, shortened, is one of a host's.
    async fn has_client(&mut self, host: &str, lengths: Lengths) -> Answer<bool> {
        let found = self.addresses(host).await?;
        self.not_void(found.is_empty())?;
        Ok(found.iter().any(|address| match (address, self.client) {
            (IpAddr::V4(a), IpAddr::V4(b)) => same_prefix(a.to_bits().into(), b.to_bits().into(), 32 - lengths.v4),
            (IpAddr::V6(a), IpAddr::V6(b)) => same_prefix(a.to_bits(), b.to_bits(), 128 - lengths.v6),
            _ => false,
        }))
    }

    /// The client's name as the DNS confirms it: that of `target` or below it, if there is one, else any. No answer is none.
    async fn validated(&self, target: &str) -> Option<String> {
        let name = Name::from(self.client).to_ascii();
        let found = self.ask(&name, RecordType::PTR).await.ok()?;
        let mut confirmed: Vec<String> = Vec::new();
        let names = found.into_iter().filter_map(|data| match data {
            RData::PTR(name) => Some(name.0.to_ascii().trim_end_matches('.').to_lowercase()),
            _ => None,
        });
        for name in names.take(MOST_HOSTS) {
            if self.addresses(&name).await.is_ok_and(|found| found.contains(&self.client)) {
                confirmed.push(name);
            }
        }
        confirmed.iter().find(|name| is_below(name, target)).or(confirmed.first()).cloned()
    }

    async fn addresses(&self, host: &str) -> Answer<Vec<IpAddr>> {
        let kind = if self.client.is_ipv4() { RecordType::A } else { RecordType::AAAA };
        let found = self.ask(host, kind).await?;
        let address = |data| match data {
            RData::A(a) => Some(IpAddr::V4(a.0)),
            RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
            _ => None,
        };
        Ok(found.into_iter().filter_map(address).collect())
    }

    /// What stands at a name; nothing at one that cannot be asked for.
    async fn ask(&self, name: &str, kind: RecordType) -> Answer<Vec<RData>> {
        let plain = name.strip_suffix('.').unwrap_or(name);
        // Any byte may stand in a label: `foo:bar/baz.example` can be asked for.
        let askable = plain.len() <= 253 && plain.split('.').all(|label| (1..=63).contains(&label.len()));
        let labels = plain.split('.').map(str::as_bytes);
        let Some(name) = askable.then(|| Name::from_labels(labels).ok()).flatten() else { return Ok(Vec::new()) };
        match self.dns.lookup(name, kind).await {
            Ok(found) => Ok(found.answers().iter().map(|record| record.data.clone()).filter(|data| data.record_type() == kind).collect()),
            Err(error) if error.is_no_records_found() => Ok(Vec::new()),
            Err(_) => Err(SpfResult::TempError),
        }
    }

    async fn expand(&self, spec: Option<&Spec>, domain: &str) -> String {
        let Some(spec) = spec else { return domain.to_owned() };
        let validated = if spec.wants_validated() { self.validated(domain).await } else { None };
        spec.expand(&Values {
            client: self.client,
            local: self.local,
            sender_domain: self.sender_domain,
            domain,
            helo: self.helo,
            validated: validated.as_deref().unwrap_or("unknown"),
        })
    }

    fn count(&mut self) -> Answer<()> {
        self.lookups += 1;
        if self.lookups > MOST_LOOKUPS { Err(SpfResult::PermError) } else { Ok(()) }
    }

    fn not_void(&mut self, is_void: bool) -> Answer<()> {
        self.voids += u32::from(is_void);
        if self.voids > MOST_VOIDS { Err(SpfResult::PermError) } else { Ok(()) }
    }
}

fn is_below(name: &str, target: &str) -> bool {
    let (name, target) = (name.to_lowercase(), target.trim_end_matches('.').to_lowercase());
    name == target || name.strip_suffix(&target).is_some_and(|below| below.ends_with('.'))
}

/// Whether two addresses agree but for their last `rest` bits.
fn same_prefix(one: u128, other: u128, rest: u32) -> bool {
    one.checked_shr(rest).unwrap_or(0) == other.checked_shr(rest).unwrap_or(0)
}

/// The word of RFC 8601.
pub(super) fn word(result: SpfResult) -> &'static str {
    match result {
        SpfResult::Pass => "pass",
        SpfResult::Fail => "fail",
        SpfResult::SoftFail => "softfail",
        SpfResult::Neutral => "neutral",
        SpfResult::TempError => "temperror",
        SpfResult::PermError => "permerror",
        SpfResult::None => "none",
    }
}
/// A name as it is asked for: printed, its unusual characters would be masked.
fn dotted(name: &Name) -> String {
    name.iter().map(String::from_utf8_lossy).collect::<Vec<_>>().join(".")
}
