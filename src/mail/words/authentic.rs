//! Who wrote this, in words.

use super::{Words, say};
use crate::domain::authentic::{Authentication, Doubt, Evidence, Finding, Outcome, Proof};

impl Words {
    /// What checking a sender came to, as a sentence.
    pub fn authentication(self, found: &Authentication) -> String {
        let sender = found.sender.as_ref().map(ToString::to_string).unwrap_or_default();
        match &found.outcome {
            Outcome::Authentic { by } => {
                let by = self.proof(by);
                say!(self, format!("发件人 {sender} 已证实：{by}。"), format!("Its sender {sender} was authenticated: {by}."))
            }
            Outcome::NotAuthentic { why } => {
                let why = self.doubt(why);
                say!(self, format!("发件人 {sender} 未能证实：{why}。"), format!("Its sender {sender} could not be authenticated: {why}."))
            }
            Outcome::Unanswered { about } => say!(
                self,
                format!("发件人 {sender} 尚未核实：域名服务器对 {about} 没有答复，稍后再问。"),
                format!("Its sender {sender} is not checked yet: the DNS did not answer about {about}; it is asked again.")
            ),
            Outcome::NotNeeded => {
                say!(self, "发件人不在名单内，没有核实。".to_owned(), "Its sender is on no roster and was not checked.".to_owned())
            }
        }
    }

    fn proof(self, proof: &Proof) -> String {
        match proof {
            Proof::Dkim { domain } => say!(self, format!("{domain} 的 DKIM 签名有效"), format!("the DKIM signature of {domain} holds")),
            Proof::Spf { domain, client } => {
                say!(
                    self,
                    format!("来信主机 {client} 是 {domain} 所列"),
                    format!("it came from {client}, a host that {domain} names (SPF)")
                )
            }
            Proof::Arc { sealer } => {
                say!(self, format!("{sealer} 以 ARC 封签作证"), format!("{sealer} vouches for it by its ARC seal"))
            }
            Proof::Authserv { authserv_id, method } => {
                let method = method.to_uppercase();
                say!(self, format!("{authserv_id} 已核验（{method}）"), format!("{authserv_id} has checked it ({method})"))
            }
            Proof::Replay => say!(
                self,
                "回放时不查域名，凡能投进者均认可".to_owned(),
                "a replay asks no DNS and believes whoever could deliver".to_owned()
            ),
        }
    }

    /// Why a sender is not believed; a part of a sentence.
    pub fn doubt(self, doubt: &Doubt) -> String {
        match doubt {
            Doubt::NothingVouches { domain } => say!(
                self,
                format!("来信没有 {domain} 的签名，也不来自 {domain} 所列的主机"),
                format!("it bears no signature of {domain}, nor did it come from a host that {domain} names")
            ),
            Doubt::BadSignature { domain, finding } => {
                let finding = self.finding(*finding);
                say!(self, format!("{domain} 的签名无效（{finding}）"), format!("the signature of {domain} does not hold: {finding}"))
            }
            Doubt::NotAligned { others, domain } => {
                let others = self.list(others);
                say!(
                    self,
                    format!("只有 {others} 签名，不是发件地址的域名 {domain}"),
                    format!("it is signed by {others}, not by {domain}, the domain of its From")
                )
            }
            Doubt::WrongHost { domain, client } => say!(
                self,
                format!("来信主机 {client} 不是 {domain} 所列"),
                format!("it came from {client}, which is no host that {domain} names")
            ),
            Doubt::NoResults { authserv_id, beyond } => self.no_results(authserv_id, beyond.as_deref()),
            Doubt::ResultsDeny { authserv_id, says } => {
                say!(self, format!("{authserv_id} 的核验没有通过（{says}）"), format!("{authserv_id} does not vouch for it ({says})"))
            }
            Doubt::ResultsDiffer { authserv_id } => say!(
                self,
                format!("以 {authserv_id} 之名写有互相矛盾的核验结果"),
                format!("it has results in the name of {authserv_id} that contradict one another")
            ),
            Doubt::Doubled { header } => say!(
                self,
                format!("{header} 头域写了两次，所见的未必是核验过的"),
                format!("it has two {header} headers, so that what is seen need not be what was checked")
            ),
            Doubt::Ambiguous { header } => say!(
                self,
                format!("信头有歧义（{header}），不同的程序会读出不同的内容"),
                format!("its headers can be read in two ways ({header})")
            ),
            Doubt::DnsSilent { about, seconds } => {
                let span = self.span(*seconds);
                say!(
                    self,
                    format!("域名服务器在{span}内没有答复，{about} 无从核实；是否伪造，不能断定"),
                    format!("the DNS has not answered about {about} for {span}, so that it could be neither confirmed nor refuted")
                )
            }
            Doubt::MailboxGone { mailbox } => say!(
                self,
                format!("收到它的邮箱“{mailbox}”已不在配置中，无从得知该信谁"),
                format!("its mailbox “{mailbox}” is no longer in the configuration, so that nothing says whom to believe")
            ),
            Doubt::CheckFailed => say!(
                self,
                "核验程序在这封邮件上出错；是否伪造，不能断定",
                "the check itself fails on this message, so that it could be neither confirmed nor refuted"
            )
            .to_owned(),
        }
    }

    fn no_results(self, authserv_id: &str, beyond: Option<&str>) -> String {
        match beyond.filter(|host| !host.is_empty()) {
            Some(host) => say!(
                self,
                format!("在外来主机 {host} 的 Received 之上没有 {authserv_id} 写下的核验结果；如该主机属本方，请列入 boundary"),
                format!(
                    "{authserv_id} has written no result above the Received of {host}, which is not one of our hosts; if it is, name it in boundary"
                )
            ),
            None => say!(self, format!("没有 {authserv_id} 写下的核验结果"), format!("it has no result written by {authserv_id}")),
        }
    }

    /// What became of a signature; a part of a sentence.
    pub fn finding(self, finding: Finding) -> &'static str {
        match finding {
            Finding::Holds => say!(self, "有效", "it holds"),
            Finding::TextChanged => say!(self, "正文在签名后被改动", "the text was changed after it was signed"),
            Finding::HeadersChanged => {
                say!(self, "信头在签名后被改动，或签名是伪造的", "the headers were changed after it was signed, or it is forged")
            }
            Finding::Expired => say!(self, "签名已过期", "it had run out when the mail came"),
            Finding::NoKey => say!(self, "查不到可用的公钥", "there is no usable key for it"),
            Finding::TestKey => say!(self, "该域名尚在试用", "its domain says that it only tries things out"),
            Finding::PartOfText => say!(self, "只签了正文的一部分", "it covers a part of the text only"),
            Finding::SenderNotSigned => say!(self, "没有签发件人", "it does not cover the sender"),
            Finding::SubjectNotSigned => say!(self, "没有签主题", "it does not cover the subject"),
            Finding::Weak => say!(self, "所用算法已不安全", "its algorithm is no longer safe"),
            Finding::Malformed => say!(self, "写得不合规范", "it is malformed"),
            Finding::OtherDomain => say!(self, "属别的域名", "it is of another domain"),
            Finding::Unanswered => say!(self, "域名服务器没有答复", "the DNS did not answer"),
        }
    }

    /// One thing that was looked at, as a line.
    pub fn evidence(self, evidence: &Evidence) -> String {
        match evidence {
            Evidence::Dkim { domain, selector, finding } => {
                let finding = self.finding(*finding);
                let who = if domain.is_empty() { "?".to_owned() } else { format!("{domain} ({selector})") };
                say!(self, format!("DKIM {who}：{finding}"), format!("DKIM {who}: {finding}"))
            }
            Evidence::Spf { domain, client, result } => {
                say!(self, format!("SPF {domain}，{client}：{result}"), format!("SPF {domain}, {client}: {result}"))
            }
            Evidence::Dmarc { domain, policy: Some(policy), result } => {
                say!(self, format!("DMARC {domain}（p={policy}）：{result}"), format!("DMARC {domain} (p={policy}): {result}"))
            }
            Evidence::Dmarc { domain, policy: None, result: _ } => {
                say!(self, format!("DMARC {domain}：没有公布"), format!("DMARC {domain}: none is published"))
            }
            Evidence::Arc { sealers, finding } => {
                let (sealers, finding) = (sealers.join(" → "), self.finding(*finding));
                say!(self, format!("ARC {sealers}：{finding}"), format!("ARC {sealers}: {finding}"))
            }
            Evidence::Results { says } => format!("Authentication-Results: {says}"),
        }
    }
}
