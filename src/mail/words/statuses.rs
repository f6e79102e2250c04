//! What another mail server means by its status (RFC 3463) or its SMTP code.

use super::{Words, say};

impl Words {
    /// What a status or SMTP code says, as a part of a sentence. `None` where it says no more than that it failed.
    pub fn mail_status(self, status: &str) -> Option<&'static str> {
        let detail = status.split_once('.').map_or(status, |(_, detail)| detail);
        Some(match detail {
            "1.1" | "1.10" | "1.0" => say!(self, "没有这个邮箱", "there is no such mailbox"),
            "1.2" | "4.4" if !status.starts_with('4') => say!(self, "没有这个邮件域名", "there is no such mail domain"),
            "1.6" => say!(self, "邮箱已迁走", "the mailbox has moved"),
            "1.8" | "7.1" | "7.0" | "7.26" | "7.23" | "7.25" => {
                say!(self, "对方按其规定拒收我方来信", "the other side refuses our mail by its policy")
            }
            "2.1" => say!(self, "邮箱已停用", "the mailbox is disabled"),
            "2.2" | "3.1" | "522" | "552" => say!(self, "邮箱已满", "the mailbox is full"),
            "2.3" | "3.4" => say!(self, "信件过大", "the message is too large for it"),
            "4.1" | "4.2" | "4.7" => say!(self, "连接不上对方服务器", "its mail server cannot be reached"),
            "4.6" => say!(self, "信件在对方系统中循环", "the message went round in a loop there"),
            "550" | "551" | "553" => say!(self, "对方不认这个地址", "the other side does not know the address"),
            "554" => say!(self, "对方拒收", "the other side refuses it"),
            "421" | "450" | "451" | "452" => say!(self, "对方服务器暂时不收", "its mail server takes nothing for now"),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::Words;
    use crate::domain::language::Language;

    #[test]
    fn usual_statuses_have_words_and_unusual_ones_none() {
        let words = Words::new(Language::En, Tz::UTC);
        assert_eq!(words.mail_status("5.1.1"), Some("there is no such mailbox"));
        assert_eq!(words.mail_status("4.2.2"), Some("the mailbox is full"));
        assert_eq!(words.mail_status("4.4.4"), None);
        assert_eq!(words.mail_status("550"), Some("the other side does not know the address"));
        assert_eq!(words.mail_status("5.0.0"), None);
        assert_eq!(words.mail_status(""), None);
    }
}
