//! Views of the notices about the office's own work: quarantine, questions, stalls, failed deliveries.

use minijinja::{Value, context};

use super::layout::Table;
use super::plain;
use super::view::View;
use crate::domain::notice::{
    About, FailingTransport, IntakeStalled, Quarantined, QuarantinedItem, Question, QuestionItem, Recipient, Undeliverable, UnitRef,
};
use crate::domain::table::CellFault;
use crate::mail::words::say;

/// Items that an hourly list shows; of a flood, the number is enough.
const LISTED: usize = 50;

impl View {
    pub(super) fn quarantined(&mut self, quarantined: &Quarantined) {
        let w = self.words;
        self.set("list", quarantined.list || quarantined.items.len() != 1);
        self.set("count", quarantined.items.len());
        self.set("more", quarantined.items.len().saturating_sub(LISTED));
        let items = quarantined.items.iter().take(LISTED).map(|item| {
            context! {
                number => item.number.to_string(), reason => self.line(&w.quarantine_reason(&item.reason)), from => self.title(&item.from),
                subject => self.title(&item.subject), arrival => w.moment(item.arrival), unit => item.unit.as_ref().map(|unit| self.unit_name(unit)),
            }
        });
        self.set("items", Value::from_iter(items));
        let rows = match quarantined.items.as_slice() {
            [item] if !quarantined.list => self.quarantined_rows(item),
            items => items.iter().take(LISTED).map(|item| (item.number.to_string(), self.quarantined_briefly(item))).collect(),
        };
        self.tables.push(Table { heading: "", rows });
    }

    fn quarantined_briefly(&self, item: &QuarantinedItem) -> String {
        let w = self.words;
        let (from, subject, arrival) = (self.as_written(&item.from), self.as_written(&item.subject), w.moment(item.arrival));
        let reason = self.line(&w.quarantine_reason(&item.reason));
        say!(w, format!("{from}：“{subject}”，{arrival}收到。{reason}。"), format!("{from}: “{subject}”, {arrival}; {reason}."))
    }

    fn quarantined_rows(&self, item: &QuarantinedItem) -> Vec<(String, String)> {
        let w = self.words;
        let mut rows = Vec::new();
        View::row(&mut rows, say!(w, "编号", "Number"), item.number.to_string());
        View::row(&mut rows, say!(w, "发件人", "From"), self.as_written(&item.from));
        View::row(&mut rows, say!(w, "主题", "Subject"), self.as_written(&item.subject));
        View::row(&mut rows, say!(w, "收到时间", "Arrived"), w.moment(item.arrival));
        View::row(&mut rows, say!(w, "原因", "Because"), self.line(&w.quarantine_reason(&item.reason)));
        View::row(&mut rows, say!(w, "所涉单位", "Unit"), item.unit.as_ref().map(|unit| self.unit_name(unit)));
        rows
    }

    pub(super) fn question(&mut self, question: &Question) {
        self.set("list", question.list || question.items.len() != 1);
        let of_a_table = |item: &QuestionItem| matches!(item.about, About::TableMissing { .. } | About::TableFaulty { .. });
        self.set("tables_alone", question.items.iter().all(of_a_table));
        self.set("count", question.items.len());
        self.set("more", question.items.len().saturating_sub(LISTED));
        let items: Vec<Value> = question.items.iter().take(LISTED).map(|item| self.question_values(item)).collect();
        self.set("items", Value::from(items));
        // A list says what matters of each in its sentence.
        if let [item] = question.items.as_slice()
            && !question.list
        {
            let rows = self.question_rows(item);
            self.tables.push(Table { heading: "", rows });
        }
    }

    fn question_values(&self, item: &QuestionItem) -> Value {
        let w = self.words;
        let units = |units: &[UnitRef]| w.list(&units.iter().map(|unit| self.unit_name(unit)).collect::<Vec<_>>());
        let common = context! {
            subject => self.title(&item.subject),
            submission => item.submission.map(|number| number.to_string()),
            unit => item.unit.as_ref().map(|unit| self.unit_name(unit)),
            lines => Vec::<String>::new(),
            unlisted => 0,
        };
        let own = match &item.about {
            About::LooksLikeEvent { words } => {
                let words: Vec<String> = words.iter().take(8).map(|word| plain::line(word, 20)).collect();
                context! { about => "looks-like-event", words => w.list(&words) }
            }
            About::MaybeSameEvent { opened, candidates } => {
                let numbered: Vec<String> = candidates.iter().take(10).map(|event| self.numbered(event)).collect();
                let first = candidates.first().map(|event| event.number.to_string());
                context! { about => "maybe-same-event", opened => opened.number.to_string(), candidates => Value::from_iter(numbered), first }
            }
            About::RivalPlace { opened, place, others } => {
                context! {
                    about => "rival-place", opened => opened.number.to_string(), title => self.title(&opened.title), place => self.line(place),
                    others => units(others),
                }
            }
            About::SeveralPlaces { opened, place, others } => {
                context! {
                    about => "several-places", opened => opened.number.to_string(), title => self.title(&opened.title), place => self.line(place),
                    others => units(others),
                }
            }
            About::ReportersTip { place } => context! { about => "reporters-tip", place => self.line(place) },
            About::WaitingQuarantine { number, owed, due, event, rung } => {
                context! {
                    about => "waiting-quarantine", number => number.to_string(), owed => self.owed(owed),
                    what => self.owed_of(owed, event.as_ref()), due => w.moment(*due), rung_word => w.rung(*rung),
                }
            }
            About::NearDuplicate { of, by } => context! { about => "near-duplicate", of => of.to_string(), by => self.unit_name(by) },
            About::TableMissing { .. } | About::TableFaulty { .. } => self.table_values(&item.about),
            About::NothingToCorrect => context! { about => "nothing-to-correct" },
            About::WhichRequisition { candidates } => {
                let numbers: Vec<String> = candidates.iter().take(10).map(ToString::to_string).collect();
                context! { about => "which-requisition", candidates => w.list(&numbers) }
            }
            About::RosterAnswer { said } => context! { about => "roster-answer", said => self.line(said) },
            About::LowerSeverity { event, has, reported } => {
                context! {
                    about => "lower-severity", event => event.number.to_string(), title => self.title(&event.title),
                    has => w.severity_full(*has), reported => w.severity_full(*reported), reported_mark => reported.as_str(),
                }
            }
        };
        // The first wins: a topic about a table has a subject of its own, and faults to list.
        context! { ..own, ..common }
    }

    /// What is asked about a table of adoptions.
    fn table_values(&self, about: &About) -> Value {
        let w = self.words;
        match about {
            About::TableMissing { month, as_of, outlets } => {
                let outlets: Vec<String> = outlets.iter().take(20).map(|outlet| plain::line(outlet, 40)).collect();
                let month = w.period(*month);
                context! { about => "table-missing", subject => month.as_str(), month => month.as_str(), as_of => as_of.map(|day| w.day(day)), outlets => w.list(&outlets) }
            }
            About::TableFaulty { from, file, faults, count, refused } => {
                let lines: Vec<String> = faults.iter().map(|fault| self.fault(fault)).collect();
                let unlisted = (*count as usize).saturating_sub(lines.len());
                let file = self.title(file);
                context! { about => "table-faulty", subject => file.as_str(), from => self.title(from), file => file.as_str(), count, refused, lines, unlisted }
            }
            _ => context! {},
        }
    }

    /// One fault of a table in a sentence; what stands in its cells is a stranger's.
    pub(super) fn fault(&self, fault: &CellFault) -> String {
        let short = |text: &str| plain::line(text, 40);
        let clean = CellFault { sheet: short(&fault.sheet), column: short(&fault.column), value: short(&fault.value), ..fault.clone() };
        self.line(&self.words.fault(&clean))
    }

    fn question_rows(&self, item: &QuestionItem) -> Vec<(String, String)> {
        let w = self.words;
        let mut rows = Vec::new();
        let opened = match &item.about {
            About::MaybeSameEvent { opened, .. } | About::RivalPlace { opened, .. } | About::SeveralPlaces { opened, .. } => Some(opened),
            About::LowerSeverity { event, .. } => Some(event),
            About::WaitingQuarantine { event, .. } => event.as_ref(),
            _ => None,
        };
        let place = match &item.about {
            About::RivalPlace { place, .. } | About::SeveralPlaces { place, .. } | About::ReportersTip { place } => Some(self.line(place)),
            _ => None,
        };
        View::row(&mut rows, say!(w, "报送编号", "Submission"), item.submission.map(|number| number.to_string()));
        View::row(&mut rows, say!(w, "单位", "Unit"), item.unit.as_ref().map(|unit| self.unit_name(unit)));
        let about_a_table = matches!(item.about, About::TableMissing { .. } | About::TableFaulty { .. });
        let subject = Some(self.as_written(&item.subject)).filter(|_| !about_a_table || !item.subject.trim().is_empty());
        View::row(&mut rows, say!(w, "主题", "Subject"), subject);
        View::row(&mut rows, say!(w, "事件", "Event"), opened.map(|event| self.numbered(event)));
        View::row(&mut rows, say!(w, "地点", "Place"), place);
        let at = match item.about {
            About::WaitingQuarantine { .. } => say!(w, "报送时限", "Due"),
            About::TableMissing { .. } => say!(w, "考核时间", "Assessed"),
            _ => say!(w, "收到时间", "Arrived"),
        };
        View::row(&mut rows, at, w.moment(item.at));
        rows
    }

    pub(super) fn intake_stalled(&mut self, stalled: &IntakeStalled) {
        let w = self.words;
        let names: Vec<String> = stalled.mailboxes.iter().map(|mailbox| plain::line(&mailbox.name, 40)).collect();
        self.set("trouble", "");
        self.set("mailboxes", w.list(&names));
        self.set("unfiled", stalled.unfiled);
        self.set("waiting", stalled.waiting);
        self.set("since", w.moment(stalled.since));
        self.set("escalated", stalled.escalated);
        let mut rows = Vec::new();
        View::row(&mut rows, say!(w, "起始时间", "Since"), w.moment(stalled.since));
        for (mailbox, name) in stalled.mailboxes.iter().zip(names) {
            let read = self.moment(mailbox.last_read).unwrap_or_else(|| say!(w, "从未成功", "never").to_owned());
            let read = say!(w, format!("最近一次读取：{read}"), format!("last read: {read}"));
            let error = mailbox.error.as_deref().map(|error| self.line(error));
            let state = error.map_or(read.clone(), |error| say!(w, format!("{read}；{error}"), format!("{read}; {error}")));
            View::row(&mut rows, &name, state);
        }
        let counted = |count: u32, zh: &str| (count > 0).then(|| say!(w, format!("{count}{zh}"), count.to_string()));
        View::row(&mut rows, say!(w, "已读未登记", "Read, not filed"), counted(stalled.unfiled, "封"));
        View::row(&mut rows, say!(w, "到期未判定", "Due, not judged"), counted(stalled.waiting, "项"));
        self.tables.push(Table { heading: "", rows });
    }

    pub(super) fn undeliverable(&mut self, undeliverable: &Undeliverable) {
        let w = self.words;
        self.set("notice", undeliverable.notice.to_string());
        self.set("notice_word", w.notice(undeliverable.kind));
        self.set("recipient", undeliverable.to.as_str());
        self.set("given_up", undeliverable.given_up);
        self.set("failing", false);
        self.set("others", undeliverable.others);
        self.set("attempts", undeliverable.attempts);
        self.set("bounced", undeliverable.bounced);
        self.set("meaning", undeliverable.status.as_deref().and_then(|status| w.mail_status(status)));
        let people: Vec<String> = undeliverable.went_on_to.iter().map(|person| self.person(person)).collect();
        self.set("went_on_to", (!people.is_empty()).then(|| w.list(&people)));
        let mut rows = Vec::new();
        View::row(&mut rows, say!(w, "通知编号", "Notice"), undeliverable.notice.to_string());
        View::row(&mut rows, say!(w, "类别", "Kind"), w.notice(undeliverable.kind).to_owned());
        View::row(&mut rows, say!(w, "主题", "Subject"), self.title(&undeliverable.subject));
        View::row(&mut rows, say!(w, "收件人", "To"), undeliverable.to.to_string());
        View::row(&mut rows, say!(w, "状态码", "Status"), undeliverable.status.clone());
        View::row(&mut rows, say!(w, "对方答复", "The server said"), self.line(&undeliverable.error));
        View::row(
            &mut rows,
            say!(w, "已投递", "Attempts"),
            say!(w, format!("{}次", undeliverable.attempts), undeliverable.attempts.to_string()),
        );
        self.tables.push(Table { heading: "", rows });
    }

    pub(super) fn failing(&mut self, failing: &FailingTransport) {
        let w = self.words;
        self.set("failing", true);
        self.set("transport", self.title(&failing.transport));
        self.set("since", w.moment(failing.since));
        self.set("meanwhile", failing.meanwhile.as_deref().map(|name| self.title(name)));
        self.set("webhook", failing.webhook);
        let mut rows = Vec::new();
        View::row(&mut rows, say!(w, "通道", "Transport"), self.title(&failing.transport));
        View::row(&mut rows, say!(w, "不通始于", "Failing since"), w.moment(failing.since));
        View::row(&mut rows, say!(w, "最近一次", "Last error"), self.line(&failing.error));
        self.tables.push(Table { heading: "", rows });
    }

    /// Name and address, or the address alone.
    fn person(&self, person: &Recipient) -> String {
        let name = self.line(&person.name);
        if name.is_empty() { person.address.to_string() } else { format!("{name} <{}>", person.address) }
    }
}
