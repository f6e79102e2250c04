//! What looks like something else to a person who glances at it: `rn` like `m`, Cyrillic `а` like Latin `a`, `0` like `o`.
//!
//! By the skeletons of Unicode's confusables (UTS 39), of text in one case, and some pairs of Latin letters that a narrow font
//! runs together.

use super::roster::Address;
use super::text;

/// How a text looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks {
    comparable: String,
    skeleton: String,
}

impl Looks {
    /// Of a name as a mail program shows it.
    pub fn of(text: &str) -> Looks {
        let comparable = text::comparable(text);
        let skeleton = skeleton(&comparable);
        Looks { comparable, skeleton }
    }

    /// Whether it shows something that looks like `name`.
    pub fn contain(&self, name: &str) -> bool {
        let name = text::comparable(name);
        !name.is_empty() && (self.comparable.contains(&name) || self.skeleton.contains(&skeleton(&name)))
    }

    /// Whether it may show an address at all: most names do not, and need not be held against every address that there is.
    pub fn may_hold_an_address(&self) -> bool {
        self.comparable.contains('@') || self.skeleton.contains('@')
    }

    /// Whether it shows nothing but what looks like `name`.
    pub fn are(&self, name: &str) -> bool {
        let name = text::comparable(name);
        !name.is_empty() && (self.comparable == name || self.skeleton == skeleton(&name))
    }
}

/// One form for everything that looks the same.
fn skeleton(text: &str) -> String {
    let folded: String = unicode_security::skeleton(&text.to_lowercase()).flat_map(char::to_lowercase).collect();
    let mut form = String::with_capacity(folded.len());
    for c in folded.chars() {
        match c {
            'w' => form.push_str("vv"),
            'd' => form.push_str("cl"),
            'm' => form.push_str("rn"),
            c => form.push(c),
        }
    }
    form
}

/// Whether one address may be taken for the other: it looks the same, or has the same local part at a domain, or the same domain
/// with a local part, that differs by one or two characters or goes on where the other ends.
pub fn look_alike(address: &Address, rostered: &Address) -> bool {
    let near = |a: &str, b: &str, shortest: usize| {
        let length = a.len().min(b.len());
        length >= shortest && strsim::osa_distance(a, b) <= if length >= 10 { 2 } else { 1 }
    };
    if address.domain() == rostered.domain() && near(address.local(), rostered.local(), 5) {
        return true;
    }
    if skeleton(address.local()) != skeleton(rostered.local()) {
        return false;
    }
    let seen = |address: &Address| skeleton(&idna::domain_to_unicode(address.domain()).0);
    let (domain, true_domain) = (seen(address), seen(rostered));
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let goes_on = || domain.len() > true_domain.len() && letters(&domain).starts_with(&letters(&true_domain));
    domain == true_domain || near(address.domain(), rostered.domain(), 6) || near(&domain, &true_domain, 6) || goes_on()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(text: &str, rostered: &str) -> bool {
        let address = |text: &str| Address::parse(text).expect(text);
        look_alike(&address(text), &address(rostered))
    }

    #[test]
    fn look_alikes_differ_by_a_character_or_two() {
        let rostered = "yuxian@yangquan.example";
        assert!(alike("yuxian@yangquon.example", rostered));
        assert!(alike("yuxiam@yangquan.example", rostered));
        assert!(!alike("fire@yangquan.example", rostered));
        assert!(!alike("jiaoqu@elsewhere.example", rostered));
    }

    #[test]
    fn look_alikes_of_other_scripts_and_of_letters_run_together() {
        assert!(alike("yuxian@yangqu\u{430}n.example", "yuxian@yangquan.example"), "Cyrillic а, IDN");
        assert!(alike("info@rnodern-office.example", "info@modern-office.example"));
        assert!(alike("inf0@office.example", "info@office.example"));
        assert!(alike("bi1l@0ffice.example", "bill@office.example"));
        assert!(alike("info@vvater.example", "info@water.example"));
        assert!(alike("yuxian@yangquan.example.evil.test", "yuxian@yangquan.example"));
        assert!(alike("yuxian@yangquan-example.test", "yuxian@yangquan.example"));
        assert!(!alike("yuxian@mail.example", "yuxian@yangquan.example"));
        assert!(!alike("bob@office.example", "bill@office.example"));
    }

    #[test]
    fn names_that_look_the_same() {
        let shown = Looks::of("盂\u{200b}县信息员");
        assert!(shown.contain("盂县") && shown.are("盂县信息员") && !shown.are("盂县"));
        assert!(Looks::of("Dеputy Sеcretary").are("Deputy Secretary"), "Cyrillic е");
        assert!(Looks::of("ADMIN 0ffice").are("admin office"));
        assert!(!Looks::of("").contain("") && !Looks::of("x").contain(""));
    }
}
