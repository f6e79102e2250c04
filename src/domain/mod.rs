//! The rules: functions of (facts, rules, now). No I/O, no async, no SQL, no clock.

pub mod duration;
pub mod fields;
pub mod ids;
pub mod language;
pub mod message;
pub mod notice;
pub mod reply;
pub mod roster;
pub mod rules;
pub mod schedule;
pub mod submission;
pub mod tags;
pub mod text;
pub mod times;
pub mod deadline;
pub mod duty;
pub mod event;
pub mod intake;
pub mod obligation;
pub mod near;
pub mod route;
pub mod backoff;
