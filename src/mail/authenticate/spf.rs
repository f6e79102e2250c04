//! Whether a message came from a host that its envelope's domain names (RFC 7208).

use mail_auth::hickory_resolver::proto::rr::{Name, RData};
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{MessageAuthenticator, SpfOutput, SpfResult};

use super::trace::Envelope;

/// Asks SPF of the envelope's sender; of the client's own name where that is null.
pub(super) async fn check(dns: &MessageAuthenticator, envelope: &Envelope) -> SpfOutput {
    let of = domain(envelope).to_owned();
    if is_ambiguous(dns, &of).await {
        return SpfOutput::new(of).with_result(SpfResult::PermError);
    }
    let parameters = if envelope.mail_from.is_empty() {
        SpfParameters::verify_ehlo(envelope.client, &envelope.helo, &envelope.by)
    } else {
        SpfParameters::verify_mail_from(envelope.client, &envelope.helo, &envelope.by, &envelope.mail_from)
    };
    dns.verify_spf(parameters).await
}

/// The domain that is asked about.
pub(super) fn domain(envelope: &Envelope) -> &str {
    envelope.mail_from.rsplit_once('@').map_or(envelope.helo.as_str(), |(_, domain)| domain)
}

/// More than one SPF record is an error (RFC 7208, 4.5); mail-auth takes the first that it understands.
async fn is_ambiguous(dns: &MessageAuthenticator, domain: &str) -> bool {
    let Ok(name) = Name::from_str_relaxed(format!("{}.", domain.trim_end_matches('.'))) else { return false };
    let Ok(found) = dns.resolver().txt_lookup(name).await else { return false };
    let is_spf = |data: &RData| match data {
        RData::TXT(text) => {
            let text: Vec<u8> = text.txt_data.iter().flat_map(|part| part.iter().copied()).collect();
            let version = text.split(|b| *b == b' ').next().unwrap_or_default();
            version.eq_ignore_ascii_case(b"v=spf1")
        }
        _ => false,
    };
    found.answers().iter().filter(|record| is_spf(&record.data)).count() > 1
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
