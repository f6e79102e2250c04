//! Who is warned of a zero, a fall, a circular's rank or a silence, and who is not.

use super::*;

mod zeros {
    use super::*;
    use crate::domain::standing::zero::{Facts, comparison, completed_months, zero};

    fn scored(window: &str, whole: i64, items: u64) -> Scored {
        Scored { window: window.parse().unwrap(), points: points(whole), items }
    }

    fn facts(now: i64) -> Facts {
        Facts {
            unit: "yuxian".into(),
            window: Period::YearThrough(2003, 1),
            days: 31,
            months: 1,
            points: points(now),
            same_span: scored("2002-01..2002-01", 0, 0),
            last_year: scored("2002", 11, 2),
            ever: true,
            submissions: 5,
            submissions_before: 70,
            ranked: None,
            falls: Vec::new(),
            made_up: false,
        }
    }

    #[test]
    fn the_transition_is_told_to_level_1_with_the_doubt_beside_it() {
        let said = zero(facts(0), None, &rules()).say.unwrap();
        assert_eq!((said.level, said.warned_before, said.chance_per_mille, said.months), (1, 0, Some(846), 1));
        assert_eq!(said.before, Some(scored("2002", 11, 2)));
    }

    #[test]
    fn still_zero_is_told_one_level_higher_each_time_and_over_new_year() {
        let mut state = None;
        let mut levels = Vec::new();
        for _ in 0..4 {
            let decided = zero(facts(0), state.as_ref(), &rules());
            levels.push(decided.say.map(|said| said.level));
            state = decided.state;
        }
        let mut next_year = facts(0);
        next_year.last_year = scored("2003", 0, 0);
        let said = zero(next_year, state.as_ref(), &rules()).say.unwrap();
        assert_eq!(levels, [Some(1), Some(2), Some(3), Some(3)]);
        assert_eq!((said.level, said.warned_before, said.chance_per_mille), (3, 4, None));
    }

    #[test]
    fn points_end_the_stretch_and_the_next_one_begins_anew() {
        let state = zero(facts(0), None, &rules()).state;
        let ended = zero(facts(2), state.as_ref(), &rules());
        assert_eq!((ended.say, ended.state.clone()), (None, None));
        assert_eq!(zero(facts(0), ended.state.as_ref(), &rules()).say.unwrap().level, 1);
    }

    #[test]
    fn deductions_do_not_hide_a_zero() {
        assert!(zero(facts(-2), None, &rules()).say.is_some());
    }

    #[test]
    fn who_had_none_before_has_not_dropped() {
        let mut none = facts(0);
        none.last_year = scored("2002", 0, 0);
        assert_eq!(zero(none, None, &rules()), Decided { say: None, state: None });
    }

    #[test]
    fn who_never_had_any_figure_is_named_once() {
        let mut never = facts(0);
        (never.ever, never.last_year) = (false, scored("2002", 0, 0));
        let first = zero(never.clone(), None, &rules());
        let said = first.say.unwrap();
        assert_eq!((said.never_reported, said.before, said.level), (true, None, 1));
        assert_eq!(zero(never, first.state.as_ref(), &rules()).say, None);
    }

    #[test]
    fn days_in_force_must_be_enough_and_28_are() {
        let mut young = facts(0);
        young.days = 27;
        assert_eq!(zero(young.clone(), None, &rules()).say, None);
        young.days = 28;
        assert!(zero(young, None, &rules()).say.is_some());
    }

    #[test]
    fn the_same_span_is_compared_with_where_it_had_points() {
        let (span, year) = (scored("2002-01..2002-02", 3, 1), scored("2002", 11, 2));
        assert_eq!(comparison(span, year), span);
        assert_eq!(comparison(scored("2002-01..2002-02", 0, 0), year), year);
    }

    #[test]
    fn completed_months_count_from_the_first_whole_one_in_force() {
        let day = |month, day| NaiveDate::from_ymd_opt(2003, month, day);
        let count = |since| completed_months(Period::YearThrough(2003, 5), since);
        assert_eq!((count(None), count(day(3, 1)), count(day(3, 2)), count(day(5, 20)), count(day(7, 1))), (5, 3, 2, 0, 0));
        assert_eq!(completed_months(Period::Year(2003), NaiveDate::from_ymd_opt(1995, 1, 1)), 12);
    }
}

mod rank_falls {
    use super::*;
    use crate::domain::standing::fall::{ABOUT, fall, in_bottom};

    fn like(rank: u32, tied: u32, of: u32, window: &str) -> Earlier {
        Earlier { ranked: ranked(rank, tied, of, window), unlike: false }
    }

    #[test]
    fn windows_are_alike_within_a_year_to_date_and_over_the_same_span() {
        let alike = |one: &str, other: &str| alike(one.parse().unwrap(), other.parse().unwrap());
        assert!(alike("2003-01..2003-03", "2003-01..2003-02") && alike("2003-01..2003-03", "2002-01..2002-03"));
        assert!(alike("2003", "2002") && alike("2003", "2003-01..2003-11") && alike("2003-03", "2003-02"));
        assert!(!alike("2003-01..2003-03", "2002") && !alike("2003-03", "2003-01..2003-02") && !alike("2003-Q1", "2003-H1"));
    }

    #[test]
    fn three_places_are_a_fall_and_two_are_not() {
        let of = |now| falls(ranked(now, 1, 49, "2003-01..2003-03"), &[like(4, 1, 49, "2003-01..2003-02")], &rules());
        assert_eq!(of(6), []);
        assert!(matches!(of(7)[..], [Fall::Places { by: 3, .. }]));
    }

    #[test]
    fn two_who_share_the_48th_place_of_49_are_at_the_bottom() {
        assert!(in_bottom(ranked(48, 2, 49, "2003"), 1) && in_bottom(ranked(49, 1, 49, "2003"), 1));
        assert!(!in_bottom(ranked(48, 1, 49, "2003"), 1) && in_bottom(ranked(48, 1, 49, "2003"), 2));
        assert!(!in_bottom(ranked(1, 49, 49, "2003"), 1) && !in_bottom(ranked(48, 1, 0, "2003"), 1));
    }

    #[test]
    fn windows_of_different_kinds_tell_of_bottom_and_top_but_not_of_places() {
        let whole = Earlier { ranked: ranked(9, 1, 49, "2002"), unlike: true };
        let found = falls(ranked(48, 2, 49, "2003-01..2003-03"), &[whole], &rules());
        assert!(matches!(found[..], [Fall::Bottom { unlike: true, .. }, Fall::Top { unlike: true, .. }]), "{found:?}");
    }

    #[test]
    fn who_was_at_the_bottom_has_not_fallen_into_it() {
        assert_eq!(falls(ranked(49, 1, 49, "2003-03"), &[like(48, 2, 49, "2003-02")], &rules()), []);
    }

    #[test]
    fn a_fall_is_told_once_at_a_rank_again_at_a_worse_one_and_anew_after_a_climb() {
        let unit = UnitId::from("yuxian");
        let before = [like(10, 1, 49, "2002-01..2002-03")];
        let mut state = None;
        let mut told = Vec::new();
        for now in [20, 20, 19, 30, 9, 20] {
            let now = ranked(now, 1, 49, "2003-01..2003-03");
            let decided = fall(&unit, ABOUT, now, &falls(now, &before, &rules()), state.as_ref());
            told.push(decided.say.map(|told| told.level));
            state = decided.state;
        }
        assert_eq!(told, [Some(1), None, None, Some(2), None, Some(1)]);
    }

    #[test]
    fn an_unchanged_rank_that_no_test_fails_any_more_has_not_climbed_back() {
        let unit = UnitId::from("yuxian");
        let now = ranked(20, 1, 49, "2003-01..2003-03");
        let state = fall(&unit, ABOUT, now, &falls(now, &[like(10, 1, 49, "2003-01..2003-02")], &rules()), None).state;
        assert!(fall(&unit, ABOUT, now, &[], state.as_ref()).state.is_some());
        assert!(fall(&unit, ABOUT, ranked(18, 1, 49, "2003-01..2003-04"), &[], state.as_ref()).state.is_none());
    }
}

mod circulars {
    use super::*;
    use crate::domain::ledger::ExternalRow;
    use crate::domain::standing::external::{Facts, Figure, Outcome, Said, read};
    use crate::domain::warning::List;

    fn figure(period: &str, total: i64, rank: u32, tied: u32) -> Figure {
        let row = ExternalRow {
            subject: "yuxian".into(),
            adopted: None,
            points: None,
            total: Some(points(total)),
            rank: Some(rank),
            of: Some(49),
        };
        Figure { period: period.parse().unwrap(), row, tied }
    }

    fn facts(now: Figure, before: Option<Figure>, last_year: Option<Figure>) -> Facts {
        Facts { unit: "yuxian".into(), by: "province".into(), now, before, year_before: None, last_year, own_zero: false }
    }

    fn told(outcome: &Outcome) -> &str {
        match &outcome.say {
            None => "nothing",
            Some(Said::Zero(_)) => "zero",
            Some(Said::RankFall(fall)) if fall.zero => "rank-fall with zero",
            Some(Said::RankFall(_)) => "rank-fall",
        }
    }

    #[test]
    fn a_point_that_was_eighth_and_is_48th_with_nothing_gets_one_notice_and_none_at_the_same_rank() {
        let last_year = Some(figure("2002", 11, 8, 1));
        let march = facts(figure("2003-03", 0, 48, 2), None, last_year.clone());
        let first = read(&march, None, None, &rules());
        assert_eq!(told(&first), "rank-fall with zero");
        let Some(Said::RankFall(said)) = &first.say else { panic!("{first:?}") };
        assert!(said.now.last && said.now.window == Period::YearThrough(2003, 3));
        assert_eq!((said.level, &said.list), (1, &List::Circular { by: "province".into() }));
        let april = facts(figure("2003-04", 0, 48, 2), Some(figure("2003-03", 0, 48, 2)), last_year);
        assert_eq!(told(&read(&april, first.rank.as_ref(), first.zero.as_ref(), &rules())), "nothing");
    }

    #[test]
    fn a_fall_by_one_place_within_the_top_is_none() {
        let jiaoqu = facts(figure("2003-03", 14, 4, 1), None, Some(figure("2002", 42, 3, 1)));
        assert_eq!(read(&jiaoqu, None, None, &rules()), Outcome { say: None, rank: None, zero: None });
    }

    #[test]
    fn a_zero_without_a_fall_is_a_zero_of_that_list() {
        let was_last = facts(figure("2003-03", 0, 49, 1), None, Some(figure("2002", 2, 49, 1)));
        assert_eq!(told(&read(&was_last, None, None, &rules())), "zero");
    }

    #[test]
    fn what_our_own_ledger_has_said_of_a_zero_is_not_said_again() {
        let mut known = facts(figure("2003-03", 0, 49, 1), None, Some(figure("2002", 2, 49, 1)));
        known.own_zero = true;
        assert_eq!(told(&read(&known, None, None, &rules())), "nothing");
        known.last_year = Some(figure("2002", 2, 8, 1));
        assert_eq!(told(&read(&known, None, None, &rules())), "rank-fall");
    }

    #[test]
    fn a_list_of_another_number_of_points_is_shown_and_not_compared() {
        let mut longer = facts(figure("2003-03", 5, 48, 2), None, Some(figure("2002", 11, 8, 1)));
        longer.now.row.of = Some(50);
        assert_eq!(told(&read(&longer, None, None, &rules())), "nothing");
    }

    #[test]
    fn a_first_circular_has_nothing_to_fall_from() {
        assert_eq!(told(&read(&facts(figure("2002", 0, 49, 1), None, None), None, None, &rules())), "nothing");
    }
}

mod silences {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::rules::Instant;
    use crate::domain::standing::silent::{Rate, next, silent};

    fn last() -> Instant {
        "2003-03-01T04:00:00Z".parse().unwrap()
    }

    fn rate(counted: u64, over: i64) -> Rate {
        Rate { last: last(), counted, first: last() - TimeDelta::days(over) }
    }

    fn told(rate: &Rate, days: i64, state: Option<&WarningState>) -> Decided<Silent> {
        let now = last() + TimeDelta::days(days);
        silent(&"yuxian".into(), rate, 10, state, (last().date_naive(), now.date_naive()), now)
    }

    use crate::domain::warning::Silent;

    #[test]
    fn one_a_week_is_silent_after_33_days_and_again_at_the_square_and_the_cube_of_the_limit() {
        let weekly = rate(52, 364);
        assert_eq!([1, 2, 3].map(|times| weekly.days_until(10, times)), [Some(33), Some(65), Some(97)]);
        assert_eq!(told(&weekly, 32, None).say, None);
        let first = told(&weekly, 33, None);
        let said = first.say.unwrap();
        assert_eq!((said.level, said.days, said.chance_per_mille, said.counted, said.over_days), (1, 33, 8, 52, 364));
        assert_eq!(told(&weekly, 64, first.state.as_ref()).say, None);
        let second = told(&weekly, 65, first.state.as_ref());
        assert_eq!(second.say.unwrap().level, 2);
        let third = told(&weekly, 97, second.state.as_ref());
        assert_eq!(third.say.unwrap().level, 3);
        assert_eq!(told(&weekly, 900, third.state.as_ref()).say, None);
        assert_eq!(next(&weekly, 10, third.state.as_ref(), last().date_naive()), None);
    }

    #[test]
    fn a_unit_of_which_little_is_known_is_never_silent() {
        assert_eq!((rate(11, 365).days_until(10, 1), rate(400, 55).days_until(10, 1)), (None, None));
        assert!(rate(12, 56).days_until(10, 1).is_some());
        assert_eq!(told(&rate(11, 365), 5000, None).say, None);
    }

    #[test]
    fn mail_after_the_warning_ends_the_stretch() {
        let old = told(&rate(52, 364), 33, None).state;
        let written_since = Rate { last: last() + TimeDelta::days(34), counted: 52, first: last() - TimeDelta::days(330) };
        let day = |days| (last() + TimeDelta::days(days)).date_naive();
        let quiet = silent(&"yuxian".into(), &written_since, 10, old.as_ref(), (day(34), day(40)), last() + TimeDelta::days(40));
        assert_eq!((quiet.say, quiet.state), (None, None));
    }

    proptest! {
        #[test]
        fn the_day_for_which_the_step_is_woken_is_the_day_on_which_it_warns(counted in 12u64..2000, over in 56i64..400, times in 0u32..3) {
            let rate = rate(counted, over);
            let state = (times > 0).then(|| WarningState {
                unit: "yuxian".into(), about: "silent".into(), times, rank: None, through: last().date_naive() + chrono::Days::new(1),
            });
            let at = next(&rate, 10, state.as_ref(), last().date_naive()).unwrap();
            let days = (at - last()).num_days();
            prop_assert!(told(&rate, days, state.as_ref()).say.is_some());
            prop_assert!(days == 1 || told(&rate, days - 1, state.as_ref()).say.is_none());
        }
    }
}
