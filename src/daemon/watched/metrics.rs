//! The text format of Prometheus. Names begin with the program's and end with their unit; counters end with `_total`.
//!
//! Source: Prometheus, "Exposition formats" (text format 0.0.4) and "Metric and label naming".

use std::fmt::Write;
use std::fs;
use std::sync::atomic::Ordering;

use super::health::{What, carriers, stands_still};
use super::pages::{Seen, Sight};
use crate::domain::rules::Instant;

/// A text that grows family by family.
#[derive(Default)]
struct Text(String);

/// Labels and value of one sample.
type Sample<'a> = (Vec<(&'static str, &'a str)>, f64);

impl Text {
    /// A family of several samples; nothing where there is none.
    fn family(&mut self, name: &str, kind: &str, help: &str, samples: &[Sample<'_>]) {
        if samples.is_empty() {
            return;
        }
        // Writing into a String does not fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for (labels, value) in samples {
            let labels: Vec<String> = labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let value = if value.is_infinite() { "+Inf".to_owned() } else { value.to_string() };
            let _ = writeln!(self.0, "{name}{labels} {value}");
        }
    }

    fn gauge(&mut self, name: &str, help: &str, value: Option<f64>) {
        let samples: Vec<Sample<'_>> = value.into_iter().map(|value| (Vec::new(), value)).collect();
        self.family(name, "gauge", help, &samples);
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, "counter", help, &[(Vec::new(), value as f64)]);
    }
}

/// A label's value as it stands between quotes.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn truth(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

fn moment(at: Option<Instant>) -> Option<f64> {
    at.map(|at| at.timestamp() as f64)
}

/// Everything that is shown.
pub(super) fn text(sight: &Sight<'_>) -> String {
    let mut text = Text::default();
    process(&mut text, sight);
    steps(&mut text, sight);
    if let Ok(seen) = &sight.facts {
        mail(&mut text, sight, seen);
        outbox(&mut text, sight, seen);
        watched(&mut text, sight, seen);
    }
    text.gauge("zhibao_store_free_bytes", "Room left to us on the disk of the store.", sight.room.map(|bytes| bytes as f64));
    let size = |path| fs::metadata(path).ok().map(|file| file.len() as f64);
    text.gauge("zhibao_store_bytes", "Size of the store's file.", size(&sight.config.store_path));
    text.0
}

fn process(text: &mut Text, sight: &Sight<'_>) {
    let build: Vec<Sample<'_>> = vec![(vec![("version", env!("CARGO_PKG_VERSION"))], 1.0)];
    text.family("zhibao_build_info", "gauge", "Always 1; its label is the version.", &build);
    text.gauge("process_start_time_seconds", "Start of the daemon, in Unix seconds.", moment(Some(sight.started)));
    let resident = fs::read_to_string("/proc/self/status").ok().and_then(|status| {
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()
    });
    text.gauge("process_resident_memory_bytes", "Memory in use.", resident.map(|kib| kib * 1024.0));
    let open = fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as f64);
    text.gauge("process_open_fds", "Open file descriptors.", open);
    text.gauge("zhibao_healthy", "Whether /healthz finds nothing wrong.", Some(truth(sight.troubles.is_empty())));
    let count = |kind: What| sight.troubles.iter().filter(|trouble| trouble.what == kind).count() as f64;
    let troubles = What::ALL.map(|kind| (vec![("what", kind.word())], count(kind)));
    text.family("zhibao_troubles", "gauge", "Things that /healthz finds wrong, by what they are.", &troubles);
}

fn steps(text: &mut Text, sight: &Sight<'_>) {
    let ages = sight.shared.beats.ages();
    let sample = |age: &super::watchdog::Age| age.seconds.unwrap_or(f64::INFINITY);
    let samples: Vec<Sample<'_>> = ages.iter().map(|age| (vec![("step", age.step.word()), ("of", age.of.as_str())], sample(age))).collect();
    let help = "Seconds since each step last went round; of is the mailbox, or the number of the connection.";
    text.family("zhibao_step_age_seconds", "gauge", help, &samples);
}

fn mail(text: &mut Text, sight: &Sight<'_>, seen: &Seen) {
    let gauges = &seen.facts.gauges;
    let of = |letter: &str| gauges.issued.get(letter).copied().unwrap_or(0);
    text.counter("zhibao_messages_total", "Messages put on record.", gauges.messages);
    text.counter("zhibao_submissions_total", "Numbers of submissions issued; a restore leaves a gap.", of("S"));
    text.counter("zhibao_events_total", "Numbers of events issued; a restore leaves a gap.", of("E"));
    text.counter("zhibao_notices_total", "Numbers of notices issued; a restore leaves a gap.", of("N"));
    text.gauge("zhibao_messages_unfiled", "Messages on record that are not filed yet.", Some(gauges.unfiled as f64));
    text.gauge("zhibao_messages_quarantined", "Messages that wait for the desk.", Some(gauges.quarantined as f64));
    let help = "Obligations called late, omitted or unreported that are neither filed nor ended.";
    text.gauge("zhibao_obligations_unmet", help, Some(gauges.breached as f64));
    let mut last_read: Vec<Sample<'_>> = Vec::new();
    let mut stalled: Vec<Sample<'_>> = Vec::new();
    for mailbox in &sight.config.mailboxes {
        let state = seen.facts.mailboxes.iter().find(|(name, ..)| *name == mailbox.name);
        let read = state.and_then(|(_, at, _)| *at);
        let labels = vec![("mailbox", mailbox.name.as_str())];
        last_read.extend(moment(read).map(|at| (labels.clone(), at)));
        stalled.push((labels, truth(stands_still(read, mailbox.poll_seconds, sight.now))));
    }
    text.family("zhibao_mailbox_last_read_timestamp_seconds", "gauge", "Start of the last reading that succeeded.", &last_read);
    text.family("zhibao_mailbox_stalled", "gauge", "Whether a mailbox has not been read for too long.", &stalled);
}

fn outbox(text: &mut Text, sight: &Sight<'_>, seen: &Seen) {
    let gauges = &seen.facts.gauges;
    text.gauge("zhibao_letters_pending", "Letters that wait to be sent.", Some(gauges.pending as f64));
    text.gauge("zhibao_letters_failed", "Letters that were given up.", Some(gauges.failed as f64));
    let oldest = gauges.oldest_pending.map_or(0.0, |at| (sight.now - at).num_seconds().max(0) as f64);
    text.gauge("zhibao_letters_oldest_pending_seconds", "Age of the oldest letter that waits; 0 where none does.", Some(oldest));
    text.gauge("zhibao_posts_pending", "Notices that wait for a webhook.", Some(gauges.posts as f64));
    text.gauge("zhibao_addresses_failing", "Addresses at which mail fails.", Some(gauges.failing_addresses as f64));
    text.gauge("zhibao_sending_held", "Whether sending is held after a restore.", Some(truth(seen.facts.held.is_some())));
    let carriers = carriers(sight.config);
    let failing = |name: &str| truth(seen.facts.failing.iter().any(|each| each.transport == name));
    let samples: Vec<Sample<'_>> = carriers.iter().map(|name| (vec![("transport", *name)], failing(name))).collect();
    text.family("zhibao_transport_failing", "gauge", "Whether a transport is failing.", &samples);
}

/// The heartbeat and the canary, where they are in use.
fn watched(text: &mut Text, sight: &Sight<'_>, seen: &Seen) {
    if sight.config.watching.heartbeat.is_some() {
        let pings = &sight.shared.pings;
        let count = |result, count: &std::sync::atomic::AtomicU64| (vec![("result", result)], count.load(Ordering::Relaxed) as f64);
        let samples: Vec<Sample<'_>> = vec![count("answered", &pings.answered), count("failed", &pings.failed)];
        text.family("zhibao_heartbeat_pings_total", "counter", "Pings of the heartbeat address since the start.", &samples);
        let last = Some(pings.last_answered.load(Ordering::Relaxed)).filter(|at| *at > 0).map(|at| at as f64);
        text.gauge("zhibao_heartbeat_last_answer_timestamp_seconds", "When the heartbeat address last answered.", last);
        let failing = truth(seen.heartbeat_failing.is_some());
        text.gauge("zhibao_heartbeat_failing", "Whether the heartbeat address does not answer.", Some(failing));
    }
    if sight.config.watching.canary.is_some() {
        let canary = seen.canary.as_ref();
        let missing = canary.is_some_and(|row| row.missing_since.is_some());
        let help = "Whether a canary did not come back in time, and none has since.";
        text.gauge("zhibao_canary_missing", help, Some(truth(missing)));
        let sent = moment(canary.map(|row| row.sent));
        text.gauge("zhibao_canary_last_sent_timestamp_seconds", "When the last canary went out.", sent);
        let back = moment(canary.and_then(|row| row.last_back));
        text.gauge("zhibao_canary_last_return_timestamp_seconds", "When a canary last came back.", back);
        let took = canary.and_then(|row| row.last_took_seconds).map(|seconds| seconds as f64);
        text.gauge("zhibao_canary_round_trip_seconds", "How long the canary took that last came back.", took);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_written_as_prometheus_reads_it() {
        let mut text = Text::default();
        text.family("a_seconds", "gauge", "Ages.", &[(vec![("of", "“x\"\\\n")], 1.5), (vec![("of", "y")], f64::INFINITY)]);
        text.gauge("absent", "Nothing.", None);
        text.counter("b_total", "Counted.", 7);
        let expected = "# HELP a_seconds Ages.\n# TYPE a_seconds gauge\na_seconds{of=\"“x\\\"\\\\\\n\"} 1.5\na_seconds{of=\"y\"} +Inf\n\
                        # HELP b_total Counted.\n# TYPE b_total counter\nb_total 7\n";
        assert_eq!(text.0, expected);
    }
}
