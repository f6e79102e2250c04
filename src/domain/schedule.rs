//! cron + zone + calendar → due times and periods.
pub struct Cron;
impl Cron { pub fn parse(_: &str) -> Result<Cron, String> { Ok(Cron) } pub fn next_after(&self, after: super::rules::Instant, _z: chrono_tz::Tz) -> Option<super::rules::Instant> { Some(after) } }
