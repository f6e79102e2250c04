//! What the office keeps count of besides deadlines: adoptions and standings, kinds and fields, bulletins, the digest.
//!
//! These rules hold for what is reckoned from now on; deadlines and verdicts have rule sets of their own (`rules`).

use serde::{Deserialize, Serialize};

use super::ledger::{Outlet, Scope, StandingRules};
use super::roster::Address;

/// As configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reckoning {
    /// What adopts submissions, in file order.
    pub outlets: Vec<Outlet>,
    /// When and by what standings are assessed.
    pub standing: StandingRules,
    /// Bodies that circulars rank as a whole, in file order.
    pub scopes: Vec<Scope>,
    /// Kinds of submissions (中心工作, 问题…), in file order.
    pub kinds: Vec<Topic>,
    /// Fields of submissions (经济, 稳定…), in file order.
    pub fields: Vec<Topic>,
    /// Bulletins that the office itself puts out, in file order.
    pub bulletins: Vec<Bulletin>,
    /// How many units of each class are commended, in file order.
    pub awards: Vec<Award>,
    /// When the weekly digest is sent; five fields, office zone.
    pub digest_cron: String,
    /// When the monthly circular is sent; five fields, office zone.
    pub circular_cron: String,
    /// How often each unit's reporters are asked to confirm themselves, in seconds.
    pub verify_roster_seconds: i64,
}

impl Reckoning {
    /// The outlet with this id.
    pub fn outlet(&self, id: &str) -> Option<&Outlet> {
        self.outlets.iter().find(|outlet| outlet.id == id)
    }
}

/// A kind or a field, and the words by which a text is found to be of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// Its name; it is also what `栏目：` and `领域：` lines write.
    pub name: String,
    /// Any of them in subject or text is enough.
    pub words: Vec<String>,
}

/// One `[[bulletin]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bulletin {
    /// Short name, unique.
    pub id: String,
    /// Its title, as it stands on the first page: 阳泉信息.
    pub title: String,
    /// The outlet as whose adoptions its items are credited.
    pub outlet: String,
    /// Who gets each issue.
    pub readers: Vec<Address>,
}

/// One `[[award]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Award {
    /// A class of units.
    pub class: String,
    /// Units of it that are commended for a year.
    pub places: u32,
}
