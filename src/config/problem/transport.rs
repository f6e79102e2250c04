//! Faults of transports.

use super::{Said, said};

/// A transport makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportFault {
    /// Mail in the clear to another machine.
    PlainElsewhere {
        /// The machine.
        host: String,
    },
    /// None of the transports carries mail.
    WebhooksAlone,
    /// An address that is not https; it is a secret, and not shown.
    Url,
    /// A template that cannot be used.
    Template {
        /// Why, in the words of the template engine.
        why: String,
    },
    /// A password without anybody whose it is.
    Nobody,
    /// A webhook without an address.
    NoUrl,
    /// A sender in place of the null sender, and none given.
    NoSender,
}

impl TransportFault {
    pub(super) fn said(&self) -> Said {
        match self {
            TransportFault::PlainElsewhere { host } => said(
                format!("mail would go to {host} in the clear"),
                "write \"implicit\" or \"starttls\"; \"none\" is for a relay on this machine (localhost, 127.0.0.1, ::1)",
                format!("邮件会以明文发往 {host}"),
                "请写 \"implicit\" 或 \"starttls\"；\"none\" 仅限本机的中继（localhost、127.0.0.1、::1）",
            ),
            TransportFault::WebhooksAlone => said(
                "every transport is a webhook, and none carries mail",
                "add a [[transport]] with kind = \"smtp\" or \"file\"; a webhook only tells a chat group as well",
                "发信通道全是 webhook，没有一个能发邮件",
                "请另加一个 kind = \"smtp\" 或 \"file\" 的 [[transport]]；webhook 只是同时通知群聊",
            ),
            TransportFault::Url => said(
                "is no https address",
                "write the address that the robot was given, like \"https://…\"; http is for this machine alone",
                "不是 https 地址",
                "请写机器人的地址，形如 \"https://…\"；http 仅限本机",
            ),
            TransportFault::Template { why } => said(
                format!("the template cannot be used: {why}"),
                "write \"wecom\", \"dingtalk\", \"feishu\" or \"slack\", or a JSON text like '{\"text\": {{ text }}}' (values bring their quotes along)",
                format!("模板无法使用：{why}"),
                "请写 \"wecom\"、\"dingtalk\"、\"feishu\"、\"slack\" 之一，或 '{\"text\": {{ text }}}' 样的 JSON（值自带引号）",
            ),
            TransportFault::Nobody => said(
                "a password needs the name of its account",
                "add username = \"…\", or take this key out",
                "写了密码而没有写账号",
                "请加上 username = \"…\"，或删去这一项",
            ),
            TransportFault::NoUrl => said(
                "is missing",
                "add url_file = \"robot.url\" (the address lets anybody post, so a file of its own is best), or url = \"https://…\"",
                "缺少此项",
                "请加上 url_file = \"robot.url\"（持有地址者均可发言，宜另存为文件），或 url = \"https://…\"",
            ),
            TransportFault::NoSender => said(
                "without the null sender another one is needed",
                "add from_envelope = \"…\": the account's own address, as a rule",
                "不用空发件人时须另有发件人",
                "请加上 from_envelope = \"…\"，一般为该账号自己的地址",
            ),
        }
    }
}
