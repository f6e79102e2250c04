//! Real mail, there and back: the built daemon reads an account at a Dovecot and sends through a Postfix, which hands mail on
//! to the same Dovecot, where people, programs that answer for them, and other offices have their mailboxes.

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
#[path = "post/town.rs"]
mod town;
