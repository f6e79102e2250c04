//! What the operators are told about an account at a mail server.

use super::layout::Table;
use super::plain;
use super::view::View;
use crate::domain::notice::{AccountFault, AccountTrouble};
use crate::mail::words::say;

impl View {
    pub(super) fn account_trouble(&mut self, trouble: &AccountTrouble) {
        let w = self.words;
        let name = plain::line(&trouble.mailbox, 40);
        let word = match trouble.trouble {
            AccountFault::Refused => "refused",
            AccountFault::ListedAnew => "listed-anew",
            AccountFault::Full => "full",
            AccountFault::Withheld => "withheld",
        };
        self.set("trouble", word);
        self.set("mailboxes", name.clone());
        self.set("since", w.moment(trouble.at));
        self.set("unfiled", 0);
        self.set("waiting", 0);
        self.set("escalated", false);
        let mut rows = Vec::new();
        View::row(&mut rows, say!(w, "邮箱", "Mailbox"), Some(name));
        View::row(&mut rows, say!(w, "发现时间", "Noticed"), w.moment(trouble.at));
        let said = Some(self.line(&trouble.said)).filter(|said| !said.is_empty());
        View::row(&mut rows, say!(w, "说明", "Details"), said);
        self.tables.push(Table { heading: "", rows });
    }
}
