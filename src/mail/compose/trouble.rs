//! What the operators are told about an account at a mail server, and about mail that does not come round.

use super::layout::Table;
use super::plain;
use super::view::View;
use crate::domain::notice::{AccountFault, AccountTrouble, Canary, CanaryLetter, CanaryMissing};
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
    pub(super) fn canary(&mut self, canary: &Canary) {
        let back_by = self.words.moment(canary.back_by);
        self.set("back_by", back_by);
    }

    pub(super) fn canary_missing(&mut self, missing: &CanaryMissing) {
        let w = self.words;
        let letter = match missing.letter {
            CanaryLetter::Waiting => "waiting",
            CanaryLetter::Taken => "taken",
            CanaryLetter::Failed => "failed",
            CanaryLetter::Unsure => "unsure",
        };
        self.set("trouble", "canary");
        self.set("letter", letter);
        self.set("canary", missing.canary.to_string());
        self.set("since", w.moment(missing.sent));
        self.set("back_by", w.moment(missing.back_by));
        self.set("unfiled", missing.unfiled);
        let mut rows = Vec::new();
        View::row(&mut rows, say!(w, "巡检信", "Canary"), missing.canary.to_string());
        View::row(&mut rows, say!(w, "发出时间", "Sent"), w.moment(missing.sent));
        let said = Some(self.line(&missing.said)).filter(|said| !said.is_empty());
        View::row(&mut rows, say!(w, "发信通道", "Transport"), said);
        for mailbox in &missing.mailboxes {
            let read = self.moment(mailbox.last_read).unwrap_or_else(|| say!(w, "从未成功", "never").to_owned());
            let read = say!(w, format!("最近一次读取：{read}"), format!("last read: {read}"));
            let error = mailbox.error.as_deref().map(|error| self.line(error));
            let state = error.map_or(read.clone(), |error| say!(w, format!("{read}；{error}"), format!("{read}; {error}")));
            View::row(&mut rows, &plain::line(&mailbox.name, 40), state);
        }
        self.tables.push(Table { heading: "", rows });
    }
}
