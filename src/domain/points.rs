//! Points: exact decimals of at most three places, kept in thousandths.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An amount of points; may be negative (a reversal, a deduction).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Points(i64);

/// A text that is no amount of points.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no number of points such as 5 or 2.5, with at most three decimals")]
pub struct NotPoints(String);

impl Points {
    /// None at all.
    pub const ZERO: Points = Points(0);

    /// From thousandths of a point.
    pub const fn from_thousandths(thousandths: i64) -> Points {
        Points(thousandths)
    }

    /// In thousandths of a point, as the store keeps them.
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// Whether there are none.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `self` in `parts` shares that add up to it; what does not divide goes to the first ones, a thousandth each.
    pub fn split(self, parts: usize) -> Vec<Points> {
        let count = i64::try_from(parts).unwrap_or(i64::MAX).max(1);
        let (each, rest) = (self.0.div_euclid(count), self.0.rem_euclid(count));
        (0..count).map(|index| Points(each + i64::from(index < rest))).take(parts).collect()
    }

    /// `self` as a share of `total` in tenths of a percent, half up; `None` at a total that is not positive.
    pub fn share_of(self, total: Points) -> Option<i64> {
        // Half up: (2·1000·a + b) / 2b, floored.
        let (part, whole) = (i128::from(self.0), i128::from(total.0));
        (whole > 0).then(|| i64::try_from((2000 * part + whole).div_euclid(2 * whole)).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.unsigned_abs() / 1000, self.0.unsigned_abs() % 1000);
        let text = match rest {
            0 => format!("{sign}{whole}"),
            _ => format!("{sign}{whole}.{rest:03}").trim_end_matches('0').to_owned(),
        };
        f.pad(&text)
    }
}

impl FromStr for Points {
    type Err = NotPoints;

    /// Reads `5`, `2.5`, `-0.125`; neither exponents nor thousands separators nor units.
    fn from_str(text: &str) -> Result<Points, NotPoints> {
        let wrong = || NotPoints(text.to_owned());
        let (negative, digits) = match text.trim().strip_prefix(['-', '−']) {
            Some(rest) => (true, rest),
            None => (false, text.trim()),
        };
        let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let rest = rest.trim_end_matches('0');
        if whole.is_empty() || whole.len() > 12 || !plain(whole) || !plain(rest) || rest.len() > 3 || digits.ends_with('.') {
            return Err(wrong());
        }
        let thousandths: i64 = format!("{whole}{rest:0<3}").parse().map_err(|_| wrong())?;
        Ok(Points(if negative { -thousandths } else { thousandths }))
    }
}

impl Add for Points {
    type Output = Points;
    fn add(self, other: Points) -> Points {
        Points(self.0.saturating_add(other.0))
    }
}

impl Sub for Points {
    type Output = Points;
    fn sub(self, other: Points) -> Points {
        Points(self.0.saturating_sub(other.0))
    }
}

impl Neg for Points {
    type Output = Points;
    fn neg(self) -> Points {
        Points(self.0.saturating_neg())
    }
}

impl AddAssign for Points {
    fn add_assign(&mut self, other: Points) {
        *self = *self + other;
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Points>>(iter: I) -> Points {
        iter.fold(Points::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_read_back_as_they_are_printed() {
        for text in ["0", "5", "2.5", "0.125", "-3", "-0.5", "313", "1000000.001"] {
            assert_eq!(text.parse::<Points>().map(|points| points.to_string()).as_deref(), Ok(text), "{text}");
        }
        assert_eq!("2.500".parse(), Ok(Points(2500)));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "5分", "五", "1e3", "1,000", "0.0001", ".5", "5.", "--1", "1 2", "NaN", "9999999999999"] {
            assert!(text.parse::<Points>().is_err(), "{text}");
        }
    }

    #[test]
    fn shares_add_up_whatever_the_number_of_parts() {
        assert_eq!(Points(5000).split(3), [Points(1667), Points(1667), Points(1666)]);
        assert_eq!(Points(-1).split(2).into_iter().sum::<Points>(), Points(-1));
        assert_eq!(Points(5000).split(0), []);
    }

    #[test]
    fn a_share_is_rounded_half_up_and_missing_at_a_total_of_zero() {
        let share = |part: i64, whole: i64| Points(part * 1000).share_of(Points(whole * 1000));
        assert_eq!((share(313, 373), share(7, 373), share(11, 373), share(42, 373)), (Some(839), Some(19), Some(29), Some(113)));
        assert_eq!((share(1, 2000), share(1, 2001), share(0, 0), share(0, 5)), (Some(1), Some(0), None, Some(0)));
    }
}
