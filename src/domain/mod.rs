//! The rules: functions of (facts, rules, now). No I/O, no async, no SQL, no clock.

pub mod fields;
pub mod ids;
pub mod language;
pub mod message;
pub mod notice;
pub mod roster;
pub mod rules;
pub mod schedule;
pub mod submission;
pub mod text;
pub mod times;
