//! Faults of what lets others see that the daemon works.

use super::{Said, said};

/// A key of `[http]`, `[heartbeat]` or `[canary]` makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchingFault {
    /// No address with a port.
    Listen {
        /// As written.
        text: String,
    },
    /// An address that others can reach.
    Elsewhere {
        /// The address.
        address: String,
    },
    /// An address that is not https; it may hold a secret, and is not shown.
    Url,
    /// A heartbeat without an address.
    NoUrl,
    /// A duration that is too short or too long.
    Span {
        /// In seconds.
        least: i64,
        /// In seconds.
        most: i64,
    },
    /// A mailbox that may not be looked into before a canary is missed.
    Seldom {
        /// Its name.
        mailbox: String,
        /// Its `poll`, in seconds.
        poll: i64,
    },
    /// A canary where nothing goes out by mail.
    NoRelay,
}

impl WatchingFault {
    pub(super) fn said(&self) -> Said {
        match self {
            WatchingFault::Listen { text } => said(
                format!("“{text}” is no address with a port"),
                "write it like \"127.0.0.1:9797\" or \"[::1]:9797\"",
                format!("“{text}”不是带端口的地址"),
                "请写成 \"127.0.0.1:9797\" 或 \"[::1]:9797\" 的样子",
            ),
            WatchingFault::Elsewhere { address } => said(
                format!("{address} can be reached from other machines, and whoever asks there is not asked who he is"),
                "write an address of this machine, like \"127.0.0.1:9797\"; others come through a proxy or an SSH tunnel of yours",
                format!("{address} 可从其他机器访问，而此处不核对访问者的身份"),
                "请写本机地址，例如 \"127.0.0.1:9797\"；别处要看，请另设代理或 SSH 隧道",
            ),
            WatchingFault::Url => said(
                "is no https address",
                "write the address that the monitoring service gave you, like \"https://…\"; http is for this machine alone",
                "不是 https 地址",
                "请写监控服务给出的地址，形如 \"https://…\"；http 仅限本机",
            ),
            WatchingFault::NoUrl => said(
                "is missing",
                "add url_file = \"heartbeat.url\" (whoever has the address can ping in your stead, so a file of its own is best), or url = \"https://…\"",
                "缺少此项",
                "请加上 url_file = \"heartbeat.url\"（持有地址者可冒充报平安，宜另存为文件），或 url = \"https://…\"",
            ),
            WatchingFault::Span { least, most } => said(
                "is out of range",
                format!("write a duration from {least}s to {most}s"),
                "超出范围",
                format!("请写 {least}s 至 {most}s 之间的时长"),
            ),
            WatchingFault::Seldom { mailbox, poll } => said(
                format!(
                    "is not longer than the poll of the mailbox “{mailbox}” ({poll}s): a canary may be called missing before anybody looks"
                ),
                "write a longer time here, or a shorter poll there",
                format!("不长于邮箱“{mailbox}”的 poll（{poll}s），可能还没有查看就判定巡检信未到"),
                "请把此处改长，或把该邮箱的 poll 改短",
            ),
            WatchingFault::NoRelay => said(
                "is in use, and no transport has kind = \"smtp\": a canary that goes into a folder never comes back",
                "add a [[transport]] of kind \"smtp\", or leave [canary] out",
                "已启用，但没有 kind = \"smtp\" 的发信通道，写入文件夹的巡检信不会返回",
                "请添加 kind 为 \"smtp\" 的 [[transport]]，或去掉 [canary]",
            ),
        }
    }
}
