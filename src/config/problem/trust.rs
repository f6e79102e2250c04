//! Faults of what tells who is believed.

use super::{Said, said};

/// A key about trust makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustFault {
    /// A key that another kind of trust reads.
    OnlyWith {
        /// That kind.
        trust: &'static str,
    },
    /// No name under which a server writes its results.
    AuthservId {
        /// As written.
        text: String,
    },
    /// No address of a DNS server.
    Server {
        /// As written.
        text: String,
    },
    /// A time for one answer that is too short or too long.
    Timeout {
        /// In seconds.
        least: i64,
        /// In seconds.
        most: i64,
    },
}

impl TrustFault {
    pub(super) fn said(&self) -> Said {
        match self {
            TrustFault::OnlyWith { trust } => said(
                format!("is read only where trust = \"{trust}\""),
                format!("write trust = \"{trust}\", or take the key out"),
                format!("只在 trust = \"{trust}\" 时有用"),
                format!("请写 trust = \"{trust}\"，或删去此项"),
            ),
            TrustFault::AuthservId { text } => said(
                format!("“{text}” is no name under which a server writes Authentication-Results"),
                "write it exactly as the server does, up to the first semicolon, like \"mx.office.example\"",
                format!("“{text}”不是服务器写在 Authentication-Results 中的名称"),
                "请照抄该头域第一个分号之前的名称，例如 \"mx.office.example\"",
            ),
            TrustFault::Server { text } => said(
                format!("“{text}” is no address of a DNS server"),
                "write an IP address, with a port where it is not 53, like \"192.0.2.53\" or \"127.0.0.1:5353\"",
                format!("“{text}”不是域名服务器的地址"),
                "请写 IP 地址，端口不是 53 的一并写上，例如 \"192.0.2.53\" 或 \"127.0.0.1:5353\"",
            ),
            TrustFault::Timeout { least, most } => said(
                "is out of range",
                format!("write a duration from {least}s to {most}s"),
                "超出范围",
                format!("请写 {least}s 至 {most}s 之间的时长"),
            ),
        }
    }
}
