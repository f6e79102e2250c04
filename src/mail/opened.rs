//! A composed notice taken apart again, to be looked at without a mail reader.

use data_encoding::BASE64;
use mail_parser::{MessageParser, MimeHeaders};

/// What a mail reader would show, and what it would offer to save.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// The text part.
    pub text: String,
    /// The HTML part, its pictures within it: a browser opens it as it is.
    pub html: String,
    /// Names and bytes of what is attached.
    pub attachments: Vec<(String, Vec<u8>)>,
}

/// Opens a message of our own. A message without the parts that ours have gives empty ones.
pub fn open(message: &[u8]) -> Opened {
    let Some(message) = MessageParser::default().parse(message) else { return Opened::default() };
    let mut opened = Opened {
        text: message.body_text(0).map(|text| text.into_owned()).unwrap_or_default().replace("\r\n", "\n"),
        html: message.body_html(0).map(|html| html.into_owned()).unwrap_or_default().replace("\r\n", "\n"),
        attachments: Vec::new(),
    };
    for part in message.attachments() {
        match (part.content_id(), part.attachment_name()) {
            (Some(id), name) if opened.html.contains(&cid(id)) || name.is_none() => {
                let kind = part.content_type().map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("octet-stream")));
                let kind = kind.unwrap_or_else(|| "application/octet-stream".to_owned());
                let within = format!("data:{kind};base64,{}", BASE64.encode(part.contents()));
                opened.html = opened.html.replace(&cid(id), &within);
            }
            (_, Some(name)) => opened.attachments.push((name.to_owned(), part.contents().to_vec())),
            (_, None) => {}
        }
    }
    opened
}

fn cid(id: &str) -> String {
    format!("cid:{}", id.trim_matches(['<', '>']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_within_the_page_and_tables_beside_it() {
        let message = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n\
            --m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
            --a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n正文\r\n\
            --a\r\nContent-Type: multipart/related; boundary=r\r\n\r\n\
            --r\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<img src=\"cid:c1@office\">\r\n\
            --r\r\nContent-Type: image/png\r\nContent-ID: <c1@office>\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--r--\r\n\
            --a--\r\n\
            --m\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"t.xlsx\"\r\n\
            Content-Transfer-Encoding: base64\r\n\r\nAwQ=\r\n--m--\r\n";
        let opened = open(message.as_bytes());
        assert_eq!(opened.text.trim(), "正文");
        assert_eq!(opened.html.trim(), "<img src=\"data:image/png;base64,AAEC\">");
        assert_eq!(opened.attachments, [("t.xlsx".to_owned(), vec![3, 4])]);
        assert_eq!(open(b""), Opened::default());
    }
}
