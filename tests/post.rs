//! Real mail, there and back: the built daemon reads an account at a Dovecot and sends through a Postfix, which hands mail on
//! to the same Dovecot, where people, programs that answer for them, and other offices have their mailboxes.

#[path = "post/canary.rs"]
mod canary;
#[path = "authenticate/dns.rs"]
#[allow(dead_code)]
mod dns;
#[path = "post/online.rs"]
mod online;
#[path = "servers/postfix.rs"]
mod postfix;
#[path = "post/returned.rs"]
mod returned;
#[path = "servers/mod.rs"]
mod servers;
#[path = "post/settle.rs"]
mod settle;
#[path = "post/several.rs"]
mod several;
#[path = "post/signed.rs"]
mod signed;
#[path = "authenticate/signers.rs"]
#[allow(dead_code)]
mod signers;
#[path = "post/town.rs"]
mod town;
