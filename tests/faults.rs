//! Every fault and attack that was thought of, and the tests that try it.
//!
//! The rows have the numbers of the list of faults in the design. A row without a test, or with a part that has none, says why. That the
//! tests are there is looked up in their sources.

use std::collections::BTreeSet;
use std::path::Path;

/// A fault or attack.
struct Row {
    number: u32,
    what: &'static str,
    /// `file: test`; of a timeline, its file.
    tests: &'static [&'static str],
    /// What is not tried, and why.
    untried: &'static str,
}

const fn row(number: u32, what: &'static str, tests: &'static [&'static str], untried: &'static str) -> Row {
    Row { number, what, tests, untried }
}

const ROWS: [Row; 27] = [
    row(
        1,
        "killed at any system call",
        &[
            "syscalls.rs: killed_at_any_system_call_it_loses_nothing_and_doubles_only_what_was_in_doubt",
            "crash.rs: a_crash_before_any_commit_of_the_day_changes_nothing",
            "crash.rs: a_crash_after_any_commit_of_the_day_changes_nothing",
            "crash/forks.rs: a_death_before_any_commit_of_day_and_summer_leaves_the_store_as_it_would_be",
            "crash/forks.rs: a_death_after_any_commit_of_day_and_summer_leaves_the_store_as_it_would_be",
            "smtp/crashes.rs: a_crash_at_any_mark_loses_nothing_and_doubles_only_what_was_in_doubt",
            "simulation.rs: years_of_deployments_keep_every_invariant",
        ],
        "",
    ),
    row(
        2,
        "power loss, torn write",
        &["syscalls/power.rs: the_files_of_any_instant_open_whole_and_a_torn_end_of_the_log_costs_only_what_nobody_was_told"],
        "",
    ),
    row(3, "fsync error", &["syscalls/errors.rs: an_error_of_fsync_ends_the_daemon_which_says_so_and_never_tries_it_again"], ""),
    row(
        4,
        "disk full, no descriptors",
        &[
            "syscalls/errors.rs: a_disk_without_room_ends_the_daemon_which_says_so",
            "syscalls/errors.rs: a_disk_that_fills_and_is_given_room_loses_nothing",
            "syscalls/errors.rs: a_process_without_descriptors_says_so_and_goes_on_when_there_are_some",
            "store/disk.rs: a_full_disk_stops_the_step_and_loses_nothing",
            "daemon/hostile.rs: a_full_disk_ends_the_daemon_with_a_clear_sentence_and_after_a_restart_nothing_is_lost_or_doubled",
        ],
        "",
    ),
    row(
        5,
        "relay answers 4xx, 5xx, 421, stalls, accepts then cuts",
        &[
            "smtp/verbs.rs: every_answer_at_every_verb_means_what_it_says",
            "smtp/verbs.rs: a_stall_or_a_cut_before_the_dot_is_not_sent_and_after_it_nobody_knows",
            "smtp/crashes.rs: one_answer_that_is_lost_makes_one_copy_more_and_is_counted",
            "smtp/relayed.rs: postfixs_own_test_server_misbehaves_in_every_way_it_can",
        ],
        "",
    ),
    row(
        6,
        "relay down for five days",
        &[
            "smtp/outages.rs: five_days_without_the_first_relay_cost_nobody_a_letter",
            "smtp/outages.rs: five_days_without_any_relay_keep_every_letter_and_say_so",
        ],
        "",
    ),
    row(
        7,
        "bounce after 250",
        &[
            "post/returned.rs: whom_the_next_server_does_not_know_comes_back_and_the_next_person_is_told",
            "bounces.rs: a_bounce_of_any_shape_is_known_by_its_envelope",
        ],
        "",
    ),
    row(
        8,
        "IMAP cut at any byte; IDLE stalls; server restarts",
        &[
            "imap/broken.rs: connections_that_are_cut_and_stalled_lose_and_double_nothing",
            "imap/odd.rs: a_dead_idle_is_noticed_without_anybody_asking",
            "imap/real.rs: a_server_that_is_killed_and_started_again_in_mid_fetch_costs_nothing",
        ],
        "",
    ),
    row(
        9,
        "UIDVALIDITY changes; UIDNEXT rewinds",
        &[
            "imap/real.rs: a_mailbox_that_is_counted_anew_is_fetched_again_and_answered_no_second_time",
            "imap/odd.rs: a_rewound_uidnext_and_a_gap_lose_nothing",
        ],
        "",
    ),
    row(
        10,
        "forged, reused, missing Message-ID",
        &["timelines/duplicate-message-id-proves-nothing.toml", "corpora/ends.rs: every_message_ends_in_one_disposition"],
        "",
    ),
    row(
        11,
        "clock steps back or forward; DST",
        &[
            "daemon/hostile.rs: a_clock_that_is_set_back_by_a_day_stops_nothing_and_sends_nothing_twice",
            "simulation.rs: years_of_deployments_keep_every_invariant",
            "timelines/duty-due-in-the-gap-moves-to-the-first-instant-after-it.toml",
            "timelines/duty-due-twice-counts-once-the-first.toml",
        ],
        "",
    ),
    row(
        12,
        "a step hangs",
        &[
            "daemon.rs: the_service_manager_hears_of_start_reload_watchdog_and_end",
            "daemon.rs: a_daemon_that_stands_still_is_silent_and_begun_anew_it_has_lost_and_doubled_nothing",
            "../src/daemon/watchdog.rs: a_mailbox_that_is_read_does_not_hide_one_that_hangs",
            "post/several.rs: accounts_that_are_silent_gone_or_locked_hold_up_no_other",
            "imap/daemon.rs: the_end_does_not_wait_for_a_server_that_stalls",
        ],
        "that systemd kills a daemon whose watchdog is silent is systemd's own deed; no systemd runs where the tests do. A daemon that \
         stands still is missed after its 30 s (WatchdogSec); one step that hangs by itself is called so after 90 s, since a large mail on a \
         slow disk is no hang, and a restart would only begin it anew",
    ),
    row(13, "old backup restored", &["keep.rs: an_old_backup_sends_nothing_until_somebody_says_go"], ""),
    row(
        14,
        "killed in a migration",
        &[
            "store/fixture.rs: a_store_of_the_first_version_is_sound_and_goes_on",
            "store/second.rs: a_store_of_the_second_version_is_sound_and_goes_on",
            "syscalls/migration.rs: killed_at_any_write_of_a_migration_the_store_opens_and_is_brought_to_this_version",
        ],
        "",
    ),
    row(
        15,
        "forged Authentication-Results, several From, parser ambiguity, DKIM l= and replay",
        &[
            "authenticate/results.rs: what_anybody_may_have_written_is_not",
            "authenticate/results.rs: headers_that_can_be_read_in_two_ways_are_refused",
            "authenticate/signed.rs: a_signature_over_a_part_of_the_text_is_not_believed",
            "authenticate/signed.rs: a_replayed_letter_with_a_header_put_before_is_not_believed",
            "timelines/mail-several-from-headers-are-quarantined.toml",
        ],
        "",
    ),
    row(
        16,
        "display name or look-alike address of a rostered person",
        &["timelines/mail-imitated-display-name-is-quarantined.toml", "timelines/mail-look-alike-address-is-quarantined.toml"],
        "",
    ),
    row(
        17,
        "header injection, SMTP smuggling in what we send",
        &[
            "notices.rs: lines_end_in_crlf_and_are_short_enough_for_every_server",
            "notices.rs: the_headers_say_what_the_notice_is_about",
            "smtp/verbs.rs: bytes_that_some_relay_could_read_otherwise_are_never_sent",
        ],
        "",
    ),
    row(
        18,
        "mail loops, vacation replies, two daemons answering each other",
        &[
            "post/settle.rs: two_offices_responders_and_a_forwarder_settle",
            "post/settle.rs: they_settle_though_the_way_to_them_takes_away_every_mark",
            "loops.rs: two_offices_that_cannot_know_each_other_settle",
        ],
        "",
    ),
    row(
        19,
        "MIME, zip, xlsx bombs; 50,000 nested tags; PDF panics",
        &[
            "search/bombs.rs: no_bomb_takes_more_than_its_share",
            "search/bombs.rs: messages_with_bombs_are_filed_and_what_was_not_read_is_said",
            "search/helper.rs: whatever_becomes_of_the_process_the_file_is_left_unread_in_time",
        ],
        "",
    ),
    row(
        20,
        "path traversal, symlinks, XML entities in attachments",
        &["../src/archive/text/tests.rs: entities_of_the_file_itself_are_not_resolved"],
        "no attachment is ever written to a file, and no name in one is opened: there is no path that could lead anywhere",
    ),
    row(
        21,
        "HTML in submissions shown in digest or console",
        &["notices.rs: strangers_markup_is_text_in_html"],
        "the console is of a later version, and its browser tests with it",
    ),
    row(
        22,
        "cells that begin with = + - @ in our .csv and .xlsx",
        &[
            "cli/standings.rs: a_file_gets_every_row_and_no_cell_is_a_formula",
            "../src/cli/export.rs: no_cell_becomes_a_formula_and_nothing_is_lost",
        ],
        "",
    ),
    row(
        23,
        "mail scanners that follow links",
        &[],
        "what this version sends holds no links to itself, and it serves no page that does anything",
    ),
    row(
        24,
        "action tokens replayed, altered, forwarded to another person",
        &[
            "notices.rs: a_reply_by_any_of_three_ways_carries_a_token_that_verifies",
            "timelines/command-token-of-another-person-is-returned.toml",
            "timelines/command-without-a-token-does-nothing.toml",
        ],
        "",
    ),
    row(25, "slow patterns in configuration", &[], "the configuration takes words and no patterns: there is nothing that could be slow"),
    row(
        26,
        "a flood of mails from one sender, or all at once",
        &[
            "soak.rs: every_message_has_one_disposition_and_every_letter_arrives_whatever_breaks",
            "notices.rs: of_a_flood_the_list_shows_some_and_the_number",
        ],
        "a million messages and the alert in the midst of them are measured by benches (tests/bench), which are run by hand",
    ),
    row(
        27,
        "roster or rules edited badly",
        &[
            "config.rs: every_mistake_is_answered_with_its_place_and_its_mend",
            "daemon.rs: a_bad_roster_is_refused_on_reload_and_the_old_one_kept",
        ],
        "",
    ),
];

#[test]
fn every_fault_has_its_test_or_says_why_not() {
    let numbers: Vec<u32> = ROWS.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=27).collect::<Vec<_>>());
    for row in &ROWS {
        assert!(!row.what.is_empty());
        assert!(!row.tests.is_empty() || row.untried.len() > 40, "{} {}: it has no test, and does not say why", row.number, row.what);
    }
}

#[test]
fn the_tests_of_the_faults_are_there() {
    let missing: BTreeSet<String> = ROWS
        .iter()
        .flat_map(|row| row.tests.iter().map(move |test| (row.number, *test)))
        .filter(|(_, test)| !is_there(test))
        .map(|(number, test)| format!("{number}: {test}"))
        .collect();
    assert!(missing.is_empty(), "no such test: {missing:#?}");
}

#[test]
fn a_test_that_is_not_there_is_noticed() {
    assert!(is_there("faults.rs: a_test_that_is_not_there_is_noticed"));
    for test in ["faults.rs: is_there", "faults.rs: no_such_test", "no_such_file.rs: test", "timelines/no-such.toml"] {
        assert!(!is_there(test), "{test}");
    }
}

/// Whether the source has a function of this name with `#[test]` above it; or whether there is such a timeline.
fn is_there(test: &str) -> bool {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let Some((file, name)) = test.split_once(": ") else { return tests.join(test).is_file() };
    let Ok(source) = std::fs::read_to_string(tests.join(file)) else { return false };
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let declared = format!("fn {name}(");
    lines.iter().enumerate().any(|(at, line)| {
        let above = lines[..at].iter().rev().take_while(|above| above.starts_with("#[") || above.starts_with("///"));
        line.starts_with(&declared) && above.into_iter().any(|above| *above == "#[test]")
    })
}
