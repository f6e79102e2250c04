//! Configuration → transports, webhooks, and the signature under what goes out.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, SmtpConfig, TransportConfig, TransportKind, WebhookConfig};
use crate::domain::secret::{Secret, SecretPlace};
use crate::mail::sign::Signer;
use crate::secrets;
use crate::steps::WebhookSetup;
use crate::transport::smtp::{Limits, Login, SmtpSettings};
use crate::transport::webhook::WebhookSettings;
use crate::transport::{FileTransport, SmtpTransport, Transport, Webhook};

/// Letters under way to relays at one time, each over a connection of its own.
const CONNECTIONS: usize = 3;

/// A robot answers within this, or not at all.
const POST_WITHIN: Duration = Duration::from_secs(20);

/// How many letters may be under way at one time.
pub(super) fn connections(config: &Config) -> usize {
    let relays = config.transports.iter().any(|transport| matches!(transport.kind, TransportKind::Smtp(_)));
    if relays { CONNECTIONS } else { 1 }
}

/// The transports that carry mail, in order, once for each letter that may be under way at one time.
pub(super) fn transports(config: &Config) -> Vec<Vec<Box<dyn Transport>>> {
    (0..connections(config)).map(|_| config.transports.iter().filter_map(|transport| open(config, transport)).collect()).collect()
}

/// One transport that carries mail; a webhook is none.
pub fn open(config: &Config, transport: &TransportConfig) -> Option<Box<dyn Transport>> {
    match &transport.kind {
        TransportKind::File { path } => Some(Box::new(FileTransport::new(&transport.name, path))),
        TransportKind::Smtp(smtp) => Some(Box::new(relay(config, &transport.name, smtp))),
        TransportKind::Webhook(_) => None,
    }
}

/// A relay, by the name that the operator gave it.
pub fn relay(config: &Config, name: &str, relay: &SmtpConfig) -> SmtpTransport {
    SmtpTransport::new(settings(config, name, relay))
}

fn settings(config: &Config, name: &str, relay: &SmtpConfig) -> SmtpSettings {
    let login = relay.login.as_ref().map(|login| Login {
        username: login.username.clone(),
        proof: login.proof,
        secret: reader(login.secret.clone()),
    });
    SmtpSettings {
        name: name.to_owned(),
        host: relay.host.clone(),
        port: relay.port,
        security: relay.tls,
        ca_file: relay.ca_file.clone(),
        hello: relay.hello.clone().unwrap_or_else(|| config.roster.office.address.domain().to_owned()),
        login,
        instead_of_null: relay.from_envelope.clone().filter(|_| !relay.null_sender),
        bounces_to: relay.from_envelope.clone(),
        limits: Limits::default(),
    }
}

/// Reads a secret afresh each time.
fn reader(place: SecretPlace) -> Box<dyn Fn() -> Result<Secret, String> + Send> {
    Box::new(move || secrets::read(&place).map_err(|missing| missing.to_string()))
}

fn webhook_configs(config: &Config) -> impl Iterator<Item = (&str, &WebhookConfig)> {
    config.transports.iter().filter_map(|transport| match &transport.kind {
        TransportKind::Webhook(webhook) => Some((transport.name.as_str(), webhook.as_ref())),
        _ => None,
    })
}

/// The webhooks.
pub fn webhooks(config: &Config) -> Vec<Webhook> {
    webhook_configs(config)
        .map(|(name, webhook)| {
            let url = match &webhook.url {
                Some(url) => {
                    let url = Secret::new(url.clone());
                    Box::new(move || Ok(url.clone())) as Box<dyn Fn() -> Result<Secret, String> + Send>
                }
                None => reader(webhook.secret_url.clone()),
            };
            Webhook::new(WebhookSettings {
                name: name.to_owned(),
                url,
                form: webhook.form.clone(),
                secret: webhook.secret.clone().map(reader),
                ca_file: webhook.ca_file.clone(),
                within: POST_WITHIN,
            })
        })
        .collect()
}

/// What the steps know of webhooks.
pub(super) fn webhook_setups(config: &Config) -> Vec<WebhookSetup> {
    let setup = |(name, webhook): (&str, &WebhookConfig)| WebhookSetup {
        name: name.to_owned(),
        kinds: webhook.kinds.clone(),
        always: webhook.always,
    };
    webhook_configs(config).map(setup).collect()
}

/// What signs notices, where `[dkim]` asks for it.
///
/// # Errors
/// A sentence that says why the key cannot be used, and what would help.
pub fn signer(config: &Config) -> Result<Option<Arc<Signer>>, String> {
    let Some(dkim) = &config.dkim else { return Ok(None) };
    let domain = dkim.domain.as_deref().unwrap_or(config.roster.office.address.domain());
    let signer = Signer::new(domain, &dkim.selector, &secrets::read(&dkim.key).map_err(|missing| missing.to_string())?);
    signer.map(|signer| Some(Arc::new(signer))).map_err(|why| {
        format!("the key holds {why}. Make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out dkim.pem")
    })
}
