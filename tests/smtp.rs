//! Letters to relays: what each answer, stall and cut means, marks and crashes, outages, and a real Postfix.

#[path = "smtp/crashes.rs"]
mod crashes;
#[path = "smtp/daemon.rs"]
mod daemon;
#[path = "smtp/desk.rs"]
mod desk;
#[path = "servers/http_script.rs"]
mod http_script;
#[path = "smtp/outages.rs"]
mod outages;
#[path = "servers/postfix.rs"]
mod postfix;
#[path = "smtp/relayed.rs"]
mod relayed;
#[path = "smtp/robots.rs"]
mod robots;
#[path = "servers/smtp_script.rs"]
mod smtp_script;
#[path = "smtp/verbs.rs"]
mod verbs;
#[path = "smtp/webhooks.rs"]
mod webhooks;
