//! Mail from IMAP: against a real Dovecot, a scripted server, and a proxy that breaks connections. Whatever happens, each message
//! is on record exactly once in the end.

#[path = "imap/broken.rs"]
mod broken;
#[path = "imap/daemon.rs"]
mod daemon;
#[path = "imap/odd.rs"]
mod odd;
#[path = "imap/office.rs"]
mod office;
#[path = "imap/real.rs"]
mod real;
#[path = "servers/mod.rs"]
mod servers;
#[path = "imap/tokens.rs"]
mod tokens;
