//! `[[transport]]` and `[dkim]`: where mail goes, and under whose signature.

use std::net::IpAddr;
use std::path::PathBuf;

use super::clashes::single;
use super::files::plain;
use super::problem::{Fault, Noun, Shape, ShapeFault, TransportFault};
use super::reader::{At, Table};
use super::secrets;
use super::service::{needed, same_folder};
use super::tree::{Node, Value};
use super::values;
use crate::domain::chat::{Form, check_template};
use crate::domain::notice::NoticeKind;
use crate::domain::relay::{ProofKind, Security};
use crate::domain::roster::Address;
use crate::domain::secret::SecretPlace;
use crate::domain::web;

/// One `[[transport]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportConfig {
    /// Unique.
    pub name: String,
    /// How it sends.
    pub kind: TransportKind,
}

/// How a transport sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportKind {
    /// Writes each message as an `.eml` file.
    File {
        /// The folder.
        path: PathBuf,
    },
    /// Hands each message to a relay.
    Smtp(Box<SmtpConfig>),
    /// Tells a chat group of some notices, beside the mail and never instead of it.
    Webhook(Box<WebhookConfig>),
}

/// A relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpConfig {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the way is protected; `Plain` for this machine alone.
    pub tls: Security,
    /// Certificates that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Who logs in.
    pub login: Option<SmtpLogin>,
    /// Where bounces go, the base of return addresses; `None`: the office's address.
    pub from_envelope: Option<Address>,
    /// Whether the relay takes the null sender `<>`; if not, `from_envelope` is there and stands in for it.
    pub null_sender: bool,
    /// What we call ourselves; `None`: the domain of the office's address.
    pub hello: Option<String>,
}

/// Who logs in at a relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpLogin {
    /// The account.
    pub username: String,
    /// How it is proved.
    pub proof: ProofKind,
    /// The password or token.
    pub secret: SecretPlace,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookConfig {
    /// The address where it stands in the file; else it comes from `secret_url`.
    pub url: Option<String>,
    /// The address as a secret.
    pub secret_url: SecretPlace,
    /// What is posted.
    pub form: Form,
    /// Signs each post.
    pub secret: Option<SecretPlace>,
    /// The notices that it gets.
    pub kinds: Vec<NoticeKind>,
    /// It gets a copy of each of them; else of those alone that no transport could send at once.
    pub always: bool,
    /// Certificates that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// `[dkim]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DkimConfig {
    /// The domain that signs; `None`: that of the office's address.
    pub domain: Option<String>,
    /// The name of the key in the domain's DNS.
    pub selector: String,
    /// The private key, PEM.
    pub key: SecretPlace,
}

const KEYS: [&str; 18] = [
    "path",
    "host",
    "port",
    "tls",
    "username",
    "password_file",
    "auth",
    "from_envelope",
    "null_sender",
    "hello",
    "ca_file",
    "url",
    "url_file",
    "template",
    "secret_file",
    "kinds",
    "when",
    "name",
];

/// Reads `[[transport]]`. `folders` and `secrets` are those of the mailboxes, and get those of transports as well.
pub(super) fn read(top: &Table<'_>, folders: &mut Vec<At<PathBuf>>, secrets: &mut Vec<At<SecretPlace>>) -> Vec<TransportConfig> {
    needed(top, "transport", "[[transport]]");
    let mut names = Vec::new();
    let mut transports = Vec::new();
    let (mut tables, mut webhooks) = (0, Vec::new());
    for table in top.tables("transport") {
        tables += 1;
        let name = table.need("name", "name = \"outbox\"", values::text);
        let shown = name.as_ref().map_or("", |name| name.value.as_str());
        let kind: Option<At<String>> = table.need("kind", "kind = \"smtp\"", values::word(&["file", "smtp", "webhook"]));
        let kind = match kind.as_ref().map(|kind| kind.value.as_str()) {
            Some("file") => folder(&table, folders),
            Some("smtp") => smtp(&table, shown, secrets),
            Some(_) => {
                webhooks.push(table.place());
                webhook(&table, shown)
            }
            None => {
                table.accept(&KEYS);
                None
            }
        };
        table.finish();
        names.extend(name.clone());
        transports.extend(name.zip(kind).map(|(name, kind)| TransportConfig { name: name.value, kind }));
    }
    if let Some(first) = webhooks.first().filter(|_| webhooks.len() == tables) {
        top.notes().fault(first.clone(), TransportFault::WebhooksAlone);
    }
    single(top.notes(), Noun::Transport, names.iter());
    transports
}

fn folder(table: &Table<'_>, folders: &mut Vec<At<PathBuf>>) -> Option<TransportKind> {
    table.need("path", "path = \"outbox\"", values::text)?;
    let path = table.path("path")?;
    same_folder(table.notes(), folders, &path);
    folders.push(At { value: plain(&path.value), place: path.place });
    Some(TransportKind::File { path: path.value })
}

fn smtp(table: &Table<'_>, name: &str, secrets: &mut Vec<At<SecretPlace>>) -> Option<TransportKind> {
    let host = table.need("host", "host = \"smtp.office.example\"", server);
    let tls = table.get_or("tls", Security::Implicit, values::word(&["implicit", "starttls", "none"]));
    let port = table.get_or("port", tls.usual_port(), values::whole(1, 65_535));
    let username = table.get("username", values::text).map(|at| at.value);
    let password_file = table.path("password_file");
    let proof = table.get_or("auth", ProofKind::Password, values::word(&["password", "xoauth2"]));
    let from_envelope = table.get("from_envelope", values::address).map(|at| at.value);
    let null_sender = table.get_or("null_sender", true, values::truth);
    let hello = table.get("hello", values::host).map(|at| at.value);
    let ca_file = table.path("ca_file").map(|path| path.value);
    if let (None, Some(file)) = (&username, &password_file) {
        table.notes().fault(file.place.clone(), TransportFault::Nobody);
    }
    if !null_sender && from_envelope.is_none() {
        table.notes().fault(table.place_of("null_sender"), TransportFault::NoSender);
    }
    let host = host?.value;
    if tls == Security::Plain && !web::is_this_machine(&host) {
        table.notes().fault(table.place_of("tls"), TransportFault::PlainElsewhere { host: host.clone() });
    }
    let secret = secrets::place(password_file.map(|path| path.value), name, "password");
    if username.is_some() {
        secrets.push(At { value: secret.clone(), place: table.place_of("password_file") });
    }
    let login = username.map(|username| SmtpLogin { username, proof, secret });
    Some(TransportKind::Smtp(Box::new(SmtpConfig { host, port, tls, ca_file, login, from_envelope, null_sender, hello })))
}

fn webhook(table: &Table<'_>, name: &str) -> Option<TransportKind> {
    let url = table.get("url", url).map(|at| at.value);
    let url_file = table.path("url_file").map(|path| path.value);
    let form = table.need("template", "template = \"wecom\"", form);
    let secret_file = table.path("secret_file").map(|path| path.value);
    let when: String = table.get_or("when", "always".to_owned(), values::word(&["always", "failing"]));
    let word = |node: &Node| values::word::<NoticeKind>(&KINDS)(node);
    let kinds = table.list("kinds", "[\"late\", \"omitted\"]", word);
    let kinds = kinds.map_or_else(waking, |kinds| kinds.into_iter().map(|at| at.value).collect());
    let ca_file = table.path("ca_file").map(|path| path.value);
    if !table.has("url") && !table.has("url_file") {
        table.notes().fault(table.place_of("url_file"), TransportFault::NoUrl);
    }
    Some(TransportKind::Webhook(Box::new(WebhookConfig {
        url,
        secret_url: secrets::place(url_file, name, "url"),
        form: form?.value,
        secret: secret_file.map(SecretPlace::File),
        kinds,
        always: when == "always",
        ca_file,
    })))
}

/// Reads `[dkim]`; nothing is signed without it.
pub(super) fn dkim(top: &Table<'_>, secrets: &mut Vec<At<SecretPlace>>) -> Option<DkimConfig> {
    if !top.has("dkim") {
        return None;
    }
    let table = top.section("dkim");
    let selector = table.need("selector", "selector = \"zhibao\"", values::id);
    let domain = table.get("domain", values::host).map(|at| at.value);
    let key_file = table.path("key_file").map(|path| path.value);
    let place = table.place_of("key_file");
    table.finish();
    let key = secrets::place(key_file, "dkim", "key");
    secrets.push(At { value: key.clone(), place });
    Some(DkimConfig { domain, selector: selector?.value, key })
}

/// The usual choice of a webhook.
fn waking() -> Vec<NoticeKind> {
    NoticeKind::ALL.into_iter().filter(|kind| kind.wakes()).collect()
}

/// Every kind that a webhook can be told of, as it is written.
static KINDS: [&str; NoticeKind::ALL.len()] = {
    let mut words = [""; NoticeKind::ALL.len()];
    let mut at = 0;
    while at < words.len() {
        words[at] = NoticeKind::ALL[at].as_str();
        at += 1;
    }
    words
};

/// A host name or an address of a machine.
fn server(node: &Node) -> Result<String, Fault> {
    match &node.value {
        Value::Text(text) if text.trim().parse::<IpAddr>().is_ok() => Ok(text.trim().to_owned()),
        _ => values::host(node),
    }
}

/// An address to post to.
fn url(node: &Node) -> Result<String, Fault> {
    let text = values::text(node)?;
    if web::safe_host(&text).is_some() { Ok(text) } else { Err(TransportFault::Url.into()) }
}

/// A robot's name, or a template.
fn form(node: &Node) -> Result<Form, Fault> {
    let Value::Text(text) = &node.value else {
        return Err(ShapeFault::WrongShape { found: node.shape(), wanted: Shape::Text, example: "\"wecom\"".into() }.into());
    };
    if let Ok(robot) = text.trim().parse() {
        return Ok(Form::Robot(robot));
    }
    check_template(text).map_err(|why| TransportFault::Template { why: values::shown(&why) })?;
    Ok(Form::Own(text.clone()))
}

impl WebhookConfig {
    /// The host that is posted to, where the file says it: all else of the address is a secret.
    pub fn host(&self) -> Option<&str> {
        self.url.as_deref().and_then(web::safe_host)
    }
}
