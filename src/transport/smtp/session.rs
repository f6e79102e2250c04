//! One letter over one connection, verb by verb.

use std::cell::Cell;
use std::future::Future;
use std::net::ToSocketAddrs;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::time::timeout;

use super::verdict::{Trouble, down, judge, reply};
use super::{FAREWELL, Login, Parcel, Seen, SmtpSettings, SmtpTransport, Stage};
use crate::domain::relay::{ProofKind, Security};
use crate::transport::{Accepted, SendError};

/// The last word before the step that cannot be taken back.
type Mark<'a> = dyn FnMut() -> Result<(), SendError> + 'a;

impl SmtpTransport {
    /// Sends one letter, over the connection that is open or a new one. The connection stays open if the relay accepted the letter.
    pub(super) async fn attempt(&mut self, parcel: &Parcel<'_>, stage: &Cell<Stage>, mark: &mut Mark<'_>) -> Result<Accepted, SendError> {
        if let Some(mut connection) = self.open.take() {
            match transaction(&self.settings, &mut connection, parcel, stage, mark).await {
                // The relay may have closed it meanwhile, as is its right. Nothing was said on it yet: a new one is opened.
                Err(trouble) if trouble.connection_had_ended(stage.get()) => {}
                done => return self.conclude(connection, stage.get(), done).await,
            }
        }
        stage.set(Stage::Connecting);
        let mut connection = self.connect(stage).await?;
        let done = transaction(&self.settings, &mut connection, parcel, stage, mark).await;
        self.conclude(connection, stage.get(), done).await
    }

    /// Keeps a connection that ended cleanly, and drops every other.
    async fn conclude(
        &mut self,
        mut connection: AsyncSmtpConnection,
        stage: Stage,
        done: Result<Response, Trouble>,
    ) -> Result<Accepted, SendError> {
        match done {
            Ok(response) => {
                self.open = Some(connection);
                Ok(Accepted { reply: reply(&response) })
            }
            Err(trouble) => {
                if trouble.is_an_answer() {
                    // It stands at a known place, so it can be told good-bye; the next letter gets a new one all the same.
                    let _ = timeout(FAREWELL, connection.quit()).await;
                }
                Err(judge(&self.settings, stage, trouble))
            }
        }
    }

    pub(super) async fn connect(&mut self, stage: &Cell<Stage>) -> Result<AsyncSmtpConnection, SendError> {
        let tls = match self.settings.security {
            Security::Plain => None,
            Security::Implicit | Security::StartTls => Some(self.tls_parameters()?),
        };
        let settings = &self.settings;
        let hello = ClientId::Domain(settings.hello.clone());
        let opened = timed(settings.limits.greet, open(settings, &hello, tls.clone())).await;
        let mut connection = opened.map_err(|trouble| judge(settings, stage.get(), trouble))?;
        if let (Security::StartTls, Some(tls)) = (settings.security, tls) {
            stage.set(Stage::StartTls);
            if !connection.server_info().supports_feature(Extension::StartTls) {
                let mend = "Nothing is sent without TLS: give tls = \"implicit\" and its port (usually 465), or have STARTTLS switched on";
                return Err(down(settings, format!("it offers no STARTTLS. {mend}")));
            }
            let upgraded = timed(settings.limits.verb, connection.starttls(tls, &hello)).await;
            upgraded.map_err(|trouble| judge(settings, stage.get(), trouble))?;
        }
        if let Some(login) = &settings.login {
            stage.set(Stage::Login);
            log_in(settings, login, &mut connection).await?;
        }
        Ok(connection)
    }

    fn tls_parameters(&mut self) -> Result<TlsParameters, SendError> {
        if let Some(tls) = &self.tls {
            return Ok(tls.clone());
        }
        let settings = &self.settings;
        let mut builder = TlsParameters::builder(settings.host.clone());
        if let Some(path) = &settings.ca_file {
            let unusable = |what: String| down(settings, format!("ca_file {}: {what}. Give it the certificate in PEM", path.display()));
            let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
            builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| unusable(error.to_string()))?);
        }
        let tls = builder.build().map_err(|error| down(settings, format!("TLS cannot be set up: {error}")))?;
        self.tls = Some(tls.clone());
        Ok(tls)
    }
}

/// What the last EHLO showed.
pub(super) fn seen(connection: &AsyncSmtpConnection) -> Seen {
    let info = connection.server_info();
    let known = [
        (Extension::EightBitMime, "8BITMIME"),
        (Extension::SmtpUtfEight, "SMTPUTF8"),
        (Extension::StartTls, "STARTTLS"),
        (Extension::Authentication(Mechanism::Plain), "AUTH PLAIN"),
        (Extension::Authentication(Mechanism::Login), "AUTH LOGIN"),
        (Extension::Authentication(Mechanism::Xoauth2), "AUTH XOAUTH2"),
    ];
    let offers = known.into_iter().filter(|(extension, _)| info.supports_feature(*extension)).map(|(_, name)| name).collect();
    Seen { name: info.name().to_owned(), offers }
}

async fn open(settings: &SmtpSettings, hello: &ClientId, tls: Option<TlsParameters>) -> Result<AsyncSmtpConnection, Trouble> {
    let connect = Some(settings.limits.connect);
    let opened = match settings.security {
        Security::Implicit => AsyncSmtpConnection::connect_tokio1((settings.host.as_str(), settings.port), connect, hello, tls, None).await,
        Security::StartTls => {
            AsyncSmtpConnection::connect_tokio1((settings.host.as_str(), settings.port), connect, hello, None, None).await
        }
        Security::Plain => {
            // The name may mean another machine than when the configuration was checked.
            let found = (settings.host.as_str(), settings.port).to_socket_addrs();
            let ours = found.map_err(|error| Trouble::Sentence(error.to_string()))?.filter(|address| address.ip().is_loopback());
            let ours: Vec<_> = ours.collect();
            if ours.is_empty() {
                return Err(Trouble::Sentence(
                    "it is another machine, and mail without TLS goes to this one alone. Give tls = \"implicit\" or \"starttls\"".into(),
                ));
            }
            AsyncSmtpConnection::connect_tokio1(ours.as_slice(), connect, hello, None, None).await
        }
    };
    Ok(opened?)
}

async fn log_in(settings: &SmtpSettings, login: &Login, connection: &mut AsyncSmtpConnection) -> Result<(), SendError> {
    let secret = (login.secret)().map_err(|why| down(settings, why))?;
    let mechanisms: &[Mechanism] = match login.proof {
        ProofKind::Password => &[Mechanism::Plain, Mechanism::Login],
        ProofKind::Token => &[Mechanism::Xoauth2],
    };
    let credentials = Credentials::new(login.username.clone(), secret.expose().to_owned());
    let done = timed(settings.limits.verb, connection.auth(mechanisms, &credentials)).await;
    done.map(|_| ()).map_err(|trouble| judge(settings, Stage::Login, trouble))
}

/// MAIL, RCPT, DATA, the mark, the content and its dot.
async fn transaction(
    settings: &SmtpSettings,
    connection: &mut AsyncSmtpConnection,
    parcel: &Parcel<'_>,
    stage: &Cell<Stage>,
    mark: &mut Mark<'_>,
) -> Result<Response, Trouble> {
    stage.set(Stage::Mail);
    let limits = settings.limits;
    let mut options = Vec::new();
    if !parcel.content.is_ascii() {
        if !connection.server_info().supports_feature(Extension::EightBitMime) {
            return Err(Trouble::Unfit("the letter has bytes beyond ASCII, and the relay takes none".into()));
        }
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    expect(2, timed(limits.verb, connection.command(Mail::new(parcel.from.clone(), options))).await?)?;
    stage.set(Stage::Rcpt);
    expect(2, timed(limits.verb, connection.command(Rcpt::new(parcel.to.clone(), Vec::new()))).await?)?;
    stage.set(Stage::Data);
    expect(3, timed(limits.verb, connection.command(Data)).await?)?;
    mark().map_err(Trouble::Held)?;
    stage.set(Stage::Content);
    // Asked for the part after the last one, it knows that all of the content is out: what follows is the dot.
    let mut parts = std::iter::once(parcel.content);
    let content = std::iter::from_fn(|| {
        let part = parts.next();
        if part.is_none() {
            stage.set(Stage::Dot);
        }
        part
    });
    let answered = timed(limits.content + limits.dot, connection.message_iter(content)).await?;
    expect(2, answered)
}

/// An answer of the class that the verb has; any other positive answer means that the two sides are out of step.
fn expect(class: u8, response: Response) -> Result<Response, Trouble> {
    if response.code().severity as u8 == class { Ok(response) } else { Err(Trouble::OutOfStep(reply(&response))) }
}

async fn timed<T, E>(limit: Duration, work: impl Future<Output = Result<T, E>>) -> Result<T, Trouble>
where
    Trouble: From<E>,
{
    match timeout(limit, work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(Trouble::Silence(limit)),
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Smtp(error)
    }
}
