//! The network of Yangquan (阳泉市), in either language: real names of places and offices, made-up people and addresses.

use crate::domain::language::Language;

/// The office's own address, where reports go.
pub const OFFICE: &str = "xinxi@yangquan.example";
/// Every reporter writes from here.
pub const DOMAIN: &str = "yangquan.example";
/// Whose circulars rank the direct-report points and the city.
pub const PROVINCE: &str = "province@shanxi.example";
/// Whose circular ranks the city among the points of the whole country.
pub const CENTRAL: &str = "central@beijing.example";

/// The first line of a `zhibao.toml` that a demo wrote.
pub const MARK: &str = "# zhibao demo: only the figures are real, all else is made up 除数字外均为编造";

/// How the first lines of the demos of earlier versions begin, whose folders are a demo's too.
pub const MARKS_BEFORE: &str = "# zhibao demo: ";

/// The units whose events the script tells of, and those that write routinely: id, how tables and titles call it, the fields
/// that it writes about, and how many routine mails it writes a month in 2002 and in 2003, by quarter.
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    /// As in the roster.
    pub id: &'static str,
    /// In Chinese, as tables write it.
    pub name: &'static str,
    /// What stands at the head of its titles.
    pub place: &'static str,
    /// Fields of `words/topics.txt`, the commonest first; empty: all.
    pub fields: &'static [&'static str],
    /// Routine mails a month, by quarter from the first of 2002 on.
    pub monthly: [u32; 6],
}

/// How submissions slid in the two counties is made up; that they slid is not.
pub const WRITERS: [Writer; 14] = [
    Writer { id: "office", name: "市委办公厅", place: "我市", fields: &[], monthly: [26, 27, 26, 28, 28, 30] },
    Writer {
        id: "pingding",
        name: "平定县",
        place: "平定县",
        fields: &["农村", "经济", "煤炭", "党建", "稳定"],
        monthly: [8, 6, 5, 3, 3, 2],
    },
    Writer {
        id: "yuxian", name: "盂县", place: "盂县", fields: &["煤炭", "农村", "企业", "教育", "稳定"], monthly: [7, 6, 4, 3, 2, 2]
    },
    Writer {
        id: "jiaoqu",
        name: "郊区",
        place: "郊区",
        fields: &["农村", "企业", "社区", "经济", "党建"],
        monthly: [10, 11, 11, 12, 12, 13],
    },
    Writer {
        id: "chengqu", name: "城区", place: "城区", fields: &["社区", "市场", "稳定", "教育"], monthly: [7, 7, 8, 7, 7, 8]
    },
    Writer {
        id: "kuangqu", name: "矿区", place: "矿区", fields: &["煤炭", "社区", "企业", "稳定"], monthly: [7, 7, 6, 7, 6, 7]
    },
    Writer { id: "gongan", name: "市公安局", place: "我市公安机关", fields: &["稳定"], monthly: [4, 4, 4, 4, 4, 4] },
    Writer { id: "weisheng", name: "市卫生局", place: "我市卫生系统", fields: &["卫生"], monthly: [3, 3, 4, 4, 4, 8] },
    Writer { id: "meitan", name: "市煤炭局", place: "我市煤炭系统", fields: &["煤炭"], monthly: [5, 5, 5, 5, 5, 4] },
    Writer { id: "jiaoyu", name: "市教育局", place: "我市教育系统", fields: &["教育"], monthly: [3, 4, 3, 4, 3, 3] },
    Writer {
        id: "xiaofang", name: "市消防支队", place: "我市消防部队", fields: &["稳定", "社区"], monthly: [3, 3, 3, 3, 3, 3]
    },
    Writer { id: "jingmao", name: "市经贸委", place: "我市", fields: &["企业", "经济", "市场"], monthly: [5, 5, 5, 5, 5, 5] },
    Writer { id: "nongye", name: "市农业局", place: "我市农业系统", fields: &["农村"], monthly: [5, 5, 5, 4, 4, 4] },
    Writer { id: "keji", name: "市科技局", place: "我市", fields: &["科技"], monthly: [3, 3, 3, 3, 3, 3] },
];

/// The roster, as `network.toml`.
pub fn roster(language: Language) -> &'static str {
    match language {
        Language::ZhCn => include_str!("network/zh-CN.toml"),
        Language::En => include_str!("network/en.toml"),
    }
}

/// The kinds of which the speech gives shares: 中心工作, 问题, 综合, as the configuration names them.
pub fn kinds(language: Language) -> [&'static str; 3] {
    match language {
        Language::ZhCn => ["中心工作", "问题", "综合"],
        Language::En => ["central work", "problems", "composite"],
    }
}

/// Fields, in Chinese and English, and the words by which a mail is found to be of one.
const FIELDS: [(&str, &str, &[&str]); 9] = [
    ("经济", "economy", &["财政总收入", "固定资产投资", "工业增加值"]),
    ("稳定", "stability", &["信访", "来信", "纠纷", "治安"]),
    ("党建", "party", &["党员", "支部", "廉政"]),
    ("企业", "firms", &["改制", "企业职工", "技术改造"]),
    ("学校", "schools", &["学校", "教师", "高考"]),
    ("社区", "communities", &["社区", "居委会", "低保"]),
    ("农村", "villages", &["农村", "农民", "春播"]),
    ("市场", "market", &["粮油", "成品油", "农贸市场"]),
    ("科技", "science", &["科技", "专利"]),
];

/// `zhibao.toml`, marked as a demo's.
pub fn settings(language: Language) -> String {
    let [central, problem, composite] = kinds(language);
    let words = match language {
        Language::ZhCn => {
            ["阳泉市委办公厅信息科", "防治非典零报告", "经验", "动态", "阳泉市", "阳泉市（中办直报点）", "阳泉市委办公厅（采用率）"]
        }
        Language::En => [
            "Yangquan Information Section",
            "SARS zero report",
            "experience",
            "news",
            "Yangquan city",
            "Yangquan, a point of the central office",
            "City office, adoption rate",
        ],
    };
    let fields = FIELDS.map(|(chinese, english, words)| {
        let name = if language == Language::ZhCn { chinese } else { english };
        format!("[[field]]\nname = \"{name}\"\nwords = {words:?}\n")
    });
    let marks = ["OFFICE_NAME", "DUTY_NAME", "KIND_EXPERIENCE", "KIND_NEWS", "SCOPE_CITY", "SCOPE_CENTRAL", "SCOPE_RATE"];
    let mut settings = include_str!("network/zhibao.toml")
        .replace("LANGUAGE", language.as_str())
        .replace("OFFICE_ADDRESS", OFFICE)
        .replace("KIND_CENTRAL", central)
        .replace("KIND_PROBLEM", problem)
        .replace("KIND_COMPOSITE", composite)
        .replace("FIELDS", &fields.concat());
    for (mark, word) in marks.iter().zip(words) {
        // An alias is no other name than the name itself.
        settings =
            settings.replace(&format!("name = \"{mark}\"\naliases = [\"{word}\"]\n"), &format!("name = \"{word}\"\n")).replace(mark, word);
    }
    format!("{MARK}\n{settings}")
}
