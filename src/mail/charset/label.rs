//! What the names of charsets mean in mail, as opposed to what they mean on the web.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, REPLACEMENT, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

/// A charset that we can decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// One of encoding_rs.
    Known(&'static Encoding),
    /// US-ASCII: a claim that there are no high bytes.
    Ascii,
    /// HZ-GB-2312 (RFC 1843).
    Hz,
    /// UTF-7 (RFC 2152).
    Utf7,
}

impl Charset {
    /// The charset of this name; `None` when there is none or it says nothing (`unknown-8bit`, `default`).
    pub fn from_label(label: &str) -> Option<Charset> {
        let label = label.trim().trim_matches(['"', '\'', ' ', '<', '>']);
        // RFC 2231: `charset*language` in encoded words.
        let label = label.split('*').next().unwrap_or(label).trim().to_ascii_lowercase();
        let squeezed: String = label.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let known = match squeezed.as_str() {
            "" => return None,
            "usascii" | "ascii" | "ansix341968" | "ansix341986" | "iso646us" | "isoir6" | "us" | "cp367" | "7bit" => {
                return Some(Charset::Ascii);
            }
            "hzgb2312" | "hz" => return Some(Charset::Hz),
            "utf7" | "unicode11utf7" | "xunicode20utf7" => return Some(Charset::Utf7),
            "gb2312" | "gb231280" | "gbk" | "xgbk" | "cp936" | "ms936" | "windows936" | "936" | "gb18030" | "gb180302000"
            | "gb180302005" | "gb180302022" | "euccn" | "xeuccn" | "chinese" | "csgb2312" | "csgbk" | "iso58gb231280"
            | "csiso58gb231280" | "isoir58" | "gb" | "gb1988" | "chinesegb" | "xgb2312" | "chinesegb2312" | "gb2312raw"
            | "simplifiedchinese" | "chinesesimplified" => GB18030,
            "utf8" | "utf" | "unicode11utf8" | "utf8n" | "cp65001" | "xutf8" | "utf8mb4" => UTF_8,
            "utf16" | "utf16le" | "ucs2" | "unicode" => UTF_16LE,
            "utf16be" => UTF_16BE,
            "big5" | "big5hkscs" | "big5eten" | "cp950" | "ms950" | "windows950" | "950" | "cnbig5" | "xbig5" | "xxbig5" | "csbig5"
            | "chinesebig5" | "traditionalchinese" | "big5plus" => BIG5,
            "ksc56011987" | "ksc5601" | "cp949" | "ms949" | "uhc" | "windows949" => EUC_KR,
            "cp932" | "ms932" | "sjis" | "shiftjis" | "xsjis" | "windows31j" => SHIFT_JIS,
            "ujis" | "eucjp" | "xeucjp" | "eucjpms" => EUC_JP,
            "iso2022jp" | "iso2022jp1" | "iso2022jp2" | "iso2022jpms" | "iso2022jp3" | "cp50220" | "cp50221" => encoding_rs::ISO_2022_JP,
            _ => by_web_name(&label, &squeezed)?,
        };
        Some(Charset::Known(known))
    }

    /// Whether ASCII bytes can mean something else.
    pub(crate) fn is_stateful(self) -> bool {
        match self {
            Charset::Known(encoding) => !encoding.is_ascii_compatible(),
            Charset::Ascii => false,
            Charset::Hz | Charset::Utf7 => true,
        }
    }

    /// Whether any bytes at all decode.
    pub(crate) fn fits_anything(self) -> bool {
        match self {
            Charset::Known(encoding) => encoding.is_single_byte(),
            Charset::Ascii => true,
            Charset::Hz | Charset::Utf7 => false,
        }
    }
}

/// The names that browsers know, and the ways in which mail programs misspell them.
fn by_web_name(label: &str, squeezed: &str) -> Option<&'static Encoding> {
    let respelled = [
        label.to_owned(),
        label.replace('_', "-"),
        label.strip_prefix("x-").unwrap_or(label).to_owned(),
        squeezed.strip_prefix("iso8859").map(|n| format!("iso-8859-{n}")).unwrap_or_default(),
        squeezed
            .strip_prefix("windows")
            .or_else(|| squeezed.strip_prefix("cp"))
            .or_else(|| squeezed.strip_prefix("win"))
            .map(|n| format!("windows-{n}"))
            .unwrap_or_default(),
        squeezed.strip_prefix("latin").map(|n| format!("latin{n}")).unwrap_or_default(),
    ];
    let found = respelled.iter().find_map(|name| Encoding::for_label(name.as_bytes()))?;
    // `REPLACEMENT` is the web's way to refuse a charset; GBK's superset reads what GBK cannot.
    match found {
        found if found == REPLACEMENT => None,
        found if found == GBK => Some(GB18030),
        found => Some(found),
    }
}
