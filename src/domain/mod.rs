//! The rules: functions of (facts, rules, now). No I/O, no async, no SQL, no clock.

pub mod backoff;
pub mod deadline;
pub mod duration;
pub mod duty;
pub mod event;
pub mod fields;
pub mod ids;
pub mod intake;
pub mod language;
pub mod message;
pub mod near;
pub mod notice;
pub mod obligation;
pub mod reply;
pub mod roster;
pub mod route;
pub mod rules;
pub mod schedule;
pub mod submission;
pub mod tags;
pub mod text;
pub mod times;
