//! What an answer, or the lack of one, means for the letter.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::response::{Code, Response, Severity};

use super::{SmtpSettings, Stage};
use crate::transport::{LONGEST, SendError};

/// Of an answer, so much is kept.
const REPLY_CHARS: usize = 500;

/// What went wrong.
#[derive(Debug)]
pub(super) enum Trouble {
    /// An answer that is none of the wanted, or a fault of the connection.
    Smtp(Error),
    /// A positive answer that does not belong to the question.
    OutOfStep(String),
    /// No answer within this time.
    Silence(Duration),
    /// The letter was held back before its content went out.
    Held(SendError),
    /// The letter does not fit the relay.
    Unfit(String),
    /// Anything else, in words.
    Sentence(String),
}

impl Trouble {
    /// Whether the relay answered, and both sides know where they stand.
    pub(super) fn is_an_answer(&self) -> bool {
        matches!(self, Trouble::Smtp(error) if error.status().is_some_and(|code| number(code) != 421))
    }

    /// Whether a connection that was held open turned out to have ended: nothing has been said on it.
    pub(super) fn connection_had_ended(&self, stage: Stage) -> bool {
        let ended = match self {
            Trouble::Smtp(error) => error.status().is_none_or(|code| number(code) == 421),
            // A gateway in between may have forgotten it.
            Trouble::Silence(_) => true,
            _ => false,
        };
        stage == Stage::Mail && ended
    }
}

/// What a trouble at a stage means for the letter.
pub(super) fn judge(settings: &SmtpSettings, stage: Stage, trouble: Trouble) -> SendError {
    let verb = stage.verb();
    match trouble {
        Trouble::Held(error) => error,
        Trouble::Unfit(why) => SendError::Permanent { why: said(settings, why), names_recipient: false },
        Trouble::Sentence(why) => down(settings, why),
        Trouble::Smtp(error) => match error.status() {
            Some(code) => answered(settings, stage, code, &error),
            None if stage == Stage::Dot => {
                SendError::Indeterminate { why: said(settings, format!("the connection broke after the final dot: {}", root(&error))) }
            }
            // A relay, or what stands before it, that does not like a content breaks off so: it may like the next one.
            None if stage == Stage::Content => SendError::Temporary { why: said(settings, broken(settings, stage, &error)) },
            None => down(settings, broken(settings, stage, &error)),
        },
        Trouble::OutOfStep(answer) if stage == Stage::Dot => SendError::Indeterminate {
            why: said(settings, format!("the final dot was answered by “{answer}”, which is no answer to it")),
        },
        Trouble::OutOfStep(answer) => down(settings, format!("{verb} was answered by “{answer}”, which is no answer to it")),
        Trouble::Silence(limit) => silence(settings, stage, limit),
    }
}

/// The whole of the sending took too long. Where that was less than the relay may take, it is no fault of the relay.
pub(super) fn too_long(settings: &SmtpSettings, stage: Stage, within: Duration) -> SendError {
    match silence(settings, stage, within) {
        SendError::Down { why } if within < LONGEST => SendError::Temporary { why },
        error => error,
    }
}

fn silence(settings: &SmtpSettings, stage: Stage, limit: Duration) -> SendError {
    let verb = stage.verb();
    match stage {
        Stage::Dot => SendError::Indeterminate { why: said(settings, format!("no answer to the final dot within {} s", limit.as_secs())) },
        Stage::Content => down(settings, format!("it did not take the content within {} s", limit.as_secs())),
        _ => down(settings, format!("no answer to {verb} within {} s", limit.as_secs())),
    }
}

/// 4xx is for now, 5xx for good; but what is said before MAIL, or about who we are, is said of the relay and not of the letter. With
/// 421 a relay ends the connection: at MAIL because of its own state, later often because of the letter, which then waits alone.
fn answered(settings: &SmtpSettings, stage: Stage, code: Code, error: &Error) -> SendError {
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    let answer = short(&format!("{code} {text}"));
    let why = format!("{} was refused: {answer}", stage.verb());
    match (stage, number(code)) {
        (Stage::Login, 500..) => down(settings, format!("{why}. Check username and password_file")),
        (Stage::Connecting | Stage::StartTls | Stage::Login, _) => down(settings, why),
        (Stage::Mail, 421) => down(settings, why),
        (_, 530 | 534 | 535 | 538) => down(settings, format!("{why}. Give username and password_file")),
        _ if code.severity == Severity::PermanentNegativeCompletion => {
            SendError::Permanent { why: said(settings, why), names_recipient: names_recipient(stage, &text) }
        }
        _ => SendError::Temporary { why: said(settings, why) },
    }
}

/// Whether a refusal for good is one of the recipient: at MAIL it is the sender who is refused, and after RCPT the content, unless the
/// relay says in so many digits that it is the address or its mailbox (RFC 3463).
fn names_recipient(stage: Stage, text: &str) -> bool {
    let of_sender = ["5.1.7", "5.1.8"].iter().any(|status| text.starts_with(status));
    match stage {
        Stage::Rcpt => !of_sender,
        Stage::Data | Stage::Content | Stage::Dot => !of_sender && (text.starts_with("5.1.") || text.starts_with("5.2.")),
        _ => false,
    }
}

/// What broke, and the mend.
fn broken(settings: &SmtpSettings, stage: Stage, error: &Error) -> String {
    let what = format!("{}: {}", stage.verb(), root(error));
    match (certificate(error), kind(error)) {
        (Some(mend), _) => format!("{what}. {mend}"),
        (None, Some(io::ErrorKind::ConnectionRefused)) => format!("{what}. Does the relay run, and is port {} right?", settings.port),
        (None, Some(io::ErrorKind::TimedOut)) => {
            format!("{what}. Is the host right, and does a firewall let port {} through?", settings.port)
        }
        (None, Some(io::ErrorKind::InvalidData)) if stage == Stage::Connecting => {
            format!("{what}. Does port {} speak TLS from the first byte? If not, give tls = \"starttls\"", settings.port)
        }
        (None, _) if stage == Stage::Connecting => format!("{what}. Check host, port and tls"),
        (None, _) => what,
    }
}

/// The mend where the certificate is at fault. There is none that switches the check off.
fn certificate(error: &Error) -> Option<&'static str> {
    use rustls::CertificateError as Cert;
    let rustls::Error::InvalidCertificate(fault) = tls_fault(error)? else { return None };
    Some(match fault {
        Cert::UnknownIssuer => {
            "The certificate's issuer is not known: give ca_file its issuer's certificate, or the relay one of a known issuer"
        }
        Cert::Expired | Cert::ExpiredContext { .. } => "The certificate has expired: have it renewed, and check this machine's clock",
        Cert::NotValidYet | Cert::NotValidYetContext { .. } => "The certificate is not valid yet: check this machine's clock",
        Cert::NotValidForName | Cert::NotValidForNameContext { .. } => {
            "The certificate is for another name: write that name as host, or have the certificate made for this one"
        }
        _ => "Have the relay's certificate put in order",
    })
}

/// The errors that an error stands on, itself first.
fn chain(error: &Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    fn below<'a>(error: &&'a (dyn std::error::Error + 'static)) -> Option<&'a (dyn std::error::Error + 'static)> {
        let error: &'a (dyn std::error::Error + 'static) = *error;
        error.source()
    }
    std::iter::successors(error.source(), below)
}

fn tls_fault(error: &Error) -> Option<&rustls::Error> {
    chain(error).find_map(|error| {
        let within = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        error.downcast_ref::<rustls::Error>().or_else(|| within?.downcast_ref::<rustls::Error>())
    })
}

fn kind(error: &Error) -> Option<io::ErrorKind> {
    chain(error).find_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind)
}

/// The innermost words.
fn root(error: &Error) -> String {
    chain(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn number(code: Code) -> u16 {
    code.into()
}

/// As it is kept: code and text, on one line.
pub(super) fn reply(response: &Response) -> String {
    short(&format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" ")))
}

fn short(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(REPLY_CHARS).collect()
}

fn said(settings: &SmtpSettings, why: String) -> String {
    format!("{}:{}: {why}", settings.host, settings.port)
}

/// The relay is at fault, and would be for any letter.
pub(super) fn down(settings: &SmtpSettings, why: String) -> SendError {
    SendError::Down { why: said(settings, why) }
}

impl Stage {
    fn verb(self) -> &'static str {
        match self {
            Stage::Connecting => "the connection",
            Stage::StartTls => "STARTTLS",
            Stage::Login => "the login",
            Stage::Mail => "MAIL FROM",
            Stage::Rcpt => "RCPT TO",
            Stage::Data => "DATA",
            Stage::Content => "the content",
            Stage::Dot => "the letter",
        }
    }
}
