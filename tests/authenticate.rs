//! Who wrote this? The checks of senders against an RFC's suite, against mail signed here and by others, and against forgers.
//! Nothing leaves the machine: the DNS is a server on loopback.

#[path = "authenticate/dns.rs"]
mod dns;
#[path = "authenticate/results.rs"]
mod results;
#[path = "authenticate/rfc7208.rs"]
mod rfc7208;
#[path = "authenticate/signed.rs"]
mod signed;
#[path = "authenticate/signers.rs"]
mod signers;
#[path = "authenticate/waiting.rs"]
mod waiting;
