//! Faults of mailboxes at a server.

use super::{Said, said};

/// An account makes no sense, or is not safe.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // `text` is the value as written
pub enum MailboxFault {
    /// No TLS, and the server is not this machine.
    PlainAbroad { host: String },
    /// Messages would go where they come from.
    SameFolder { folder: String },
    /// A password and a token.
    TwoProofs,
    /// No address of a page, or one over which secrets must not go.
    Url { text: String },
}

impl MailboxFault {
    pub(super) fn said(&self) -> Said {
        match self {
            MailboxFault::PlainAbroad { host } => said(
                format!("the password would go to {host} in the clear"),
                "write \"implicit\" (port 993) or \"starttls\" (port 143); \"none\" is for a server on this machine",
                format!("密码将以明文发往 {host}"),
                "请写 \"implicit\"（端口 993）或 \"starttls\"（端口 143）；\"none\" 只用于本机的服务器",
            ),
            MailboxFault::SameFolder { folder } => said(
                format!("“{folder}” is the folder that is read"),
                "name another folder, or \"\" to leave messages where they are",
                format!("“{folder}”就是收信的文件夹"),
                "请另写一个文件夹，或写 \"\" 让来信留在原处",
            ),
            MailboxFault::TwoProofs => {
                said("stands beside oauth2", "keep one of the two: a password, or oauth2", "与 oauth2 同时出现", "密码与 oauth2 只能留一种")
            }
            MailboxFault::Url { text } => said(
                format!("“{text}” is no address over which a secret may go"),
                "write it like \"https://login.office.example/token\"; http is for this machine only",
                format!("“{text}”不是可以传送密码的网址"),
                "请写成 \"https://login.office.example/token\" 的样子；http 只用于本机",
            ),
        }
    }
}
