//! What a report says outside its fields. All of it is for people to read and for "is it said at all"; nobody is made to owe
//! a report by it.

use std::iter::successors;
use std::sync::LazyLock;

use regex::{Captures, Match, Regex};

/// How long an excerpt is, in characters.
const EXCERPT: usize = 120;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant expression that the tests compile")
}

/// A pattern with the words of which every match holds one at least. They are plain literals, which are looked for many times
/// faster than the pattern is, and most prose has none of them.
struct Gated {
    words: Regex,
    pattern: Regex,
}

impl Gated {
    fn new(words: &str, text: &str) -> Gated {
        Gated { words: pattern(words), pattern: pattern(text) }
    }

    /// The pattern, where `prose` can match it at all.
    fn for_prose(&self, prose: &str) -> Option<&Regex> {
        self.words.is_match(prose).then_some(&self.pattern)
    }
}

/// The leftmost match of any of them from `at` on; of two that begin together, that of the earlier pattern: as one pattern with
/// all of them as its alternatives would match.
fn leftmost<'p>(patterns: &[&Regex], prose: &'p str, at: usize) -> Option<Match<'p>> {
    patterns.iter().filter_map(|pattern| pattern.find_at(prose, at)).min_by_key(|found| found.start())
}

fn excerpt(text: &str) -> String {
    text.trim().chars().take(EXCERPT).collect()
}

/// 发生在X, 发生于X; 在X发生; a clause that begins with a place and goes on with 发生.
static PLACES: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    [
        pattern(r"[发發]生(?:在|于|於)\s*([^\s,。;:!?、()\d][^\s,。;:!?()]{1,29})"),
        pattern(r"在([^\s,。;:!?、()\d][^,。;:!?\n]{1,29}?)\s*(?:突然|突|又|先后|附近|一带)?[发發]生"),
        pattern(concat!(
            r"(?:^|[\s,。;:])(?:[^\s,。;:!?]{0,12}?(?:许|許|左右|时|時|分|日|点|點|晨|午|晚))?",
            r"((?:我)?[^\s,。;:!?、()\d在于]{1,12}?(?:省|市|县|縣|区|區|镇|鎮|乡|鄉|村|街道|路|街|矿|礦|厂|廠|站|桥|橋|隧道|水库|水庫|学校|小区|公司|医院|医院)",
            r"[^\s,。;:!?]{0,16}?)(?:突然|突)?[发發]生",
        )),
    ]
});

/// in Yu County, at the Dongshan Mine: capitalised words after in, at or near.
static ENGLISH_PLACE: LazyLock<Gated> = LazyLock::new(|| {
    Gated::new(
        r"(?:in|at|near|In|At|Near)\s",
        r"\b(?:in|at|near|In|At|Near)\s+((?:the\s+)?(?:No\.\s?\d+\s+)?[A-Z][A-Za-z'’-]*(?:\s+(?:of\s+|the\s+)?(?:No\.\s?\d+\s+)?[A-Z][A-Za-z'’-]*){0,5})",
    )
});

/// Words after in and at that are times, not places.
const NOT_PLACES: [&str; 24] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "noon",
    "beijing time",
    "total",
    "present",
    "addition",
];

/// The first match of a pattern that ends with 发生: it is looked for just before each, because most prose holds much else that such
/// a pattern can begin with.
fn before_happening<'p>(pattern: &Regex, prose: &'p str) -> Option<Captures<'p>> {
    const LONGEST: usize = 80;
    let happens = prose.char_indices().filter(|(_, c)| matches!(c, '发' | '發')).map(|(at, c)| (at, at + c.len_utf8()));
    let mut ends = happens.filter(|(_, next)| prose[*next..].starts_with('生')).map(|(at, next)| (at, next + '生'.len_utf8()));
    ends.find_map(|(at, end)| {
        let from = prose[..at].char_indices().rev().nth(LONGEST).map_or(0, |(from, _)| from);
        pattern.captures_at(&prose[..end], from)
    })
}

/// The place of occurrence in folded prose.
pub(super) fn place(prose: &str) -> Option<String> {
    const NO_PLACE: [&str; 10] = ["时间", "我", "此", "其", "今", "昨", "该", "目前", "作业中", "生产中"];
    const TIMES: [&str; 16] =
        ["时间", "今", "昨", "前天", "当天", "当日", "当晚", "同日", "凌晨", "上午", "下午", "中午", "晚上", "夜", "周", "星期"];
    let happens = prose.contains("发生") || prose.contains("發生");
    let chinese = PLACES.iter().enumerate().filter(|_| happens).find_map(|(nth, pattern)| {
        let matched = if nth == 0 { pattern.captures(prose) } else { before_happening(pattern, prose) };
        let found = matched?.get(1)?.as_str().trim();
        let time = TIMES.iter().any(|word| found.starts_with(word));
        let right = found.chars().count() >= 2 && !NO_PLACE.contains(&found) && !time;
        right.then(|| excerpt(found))
    });
    chinese.or_else(|| {
        let found = ENGLISH_PLACE.for_prose(prose)?.captures_iter(prose).filter_map(|c| c.get(1)).map(|m| m.as_str());
        let mut places = found.filter(|place| {
            let first = place.to_lowercase();
            !NOT_PLACES.iter().any(|word| first.split_whitespace().next() == Some(word) || first == *word)
        });
        places.next().map(excerpt)
    })
}

/// The patterns with `\b` stand apart: on Chinese text they alone need the slowest engine.
static CASUALTIES: LazyLock<Gated> = LazyLock::new(|| {
    Gated::new(
        "伤亡|傷亡|死亡|遇难|遇難|身亡|丧生|喪生|罹难|受伤|受傷|重伤|重傷|轻伤|輕傷|被困|失踪|失蹤|失联|失聯|溺亡|中毒|送医|死",
        concat!(
            r"(?i)(?:尚|暂|目前|均|暫)?(?:无|無|没有|沒有|未造成|未发生|未發生|未发现|无一|没有造成|未出现)(?:人员|人員|任何人员|其他人员)?(?:的)?(?:伤亡|傷亡)",
            r"|(?:人员)?(?:伤亡|傷亡)(?:人数|人數|情况|情況)?(?:不明|不详|待查|待核实|正在(?:进一步)?(?:核实|統計|统计|核查|调查|核實))",
            r"|(?:死亡|遇难|遇難|受伤|受傷|重伤|重傷|轻伤|輕傷|被困|失踪|失蹤|失联|失聯|伤亡|傷亡)(?:人数)?(?:约|为|達|达)?[0-9一二三四五六七八九十两兩百]{1,5}(?:余|多)?(?:名|个|個)?人",
            r"|[0-9一二三四五六七八九十两兩百数數多]{1,5}(?:余|多|餘)?(?:名|个|個)?(?:人|(?:矿工|礦工|工人|群众|群眾|村民|学生|學生|乘客|人员|人員|职工|作业人员|司机|儿童|居民|旅客|师生))",
            r"(?:当场|不幸|中毒|因伤|不同程度|经抢救无效)?(?:死亡|遇难|遇難|身亡|丧生|喪生|罹难|受伤|受傷|重伤|重傷|轻伤|輕傷|被困|失踪|失蹤|失联|失聯|伤亡|傷亡|溺亡|中毒|送医)",
            r"|[0-9一二三四五六七八九十两兩]{1,4}死[0-9一二三四五六七八九十两兩]{1,4}[伤傷]",
        ),
    )
});

static ENGLISH_CASUALTIES: LazyLock<Gated> = LazyLock::new(|| {
    Gated::new(
        "(?i)casualties|injuries|deaths?|fatalities|hurt|injured|killed|dead|died|wounded|missing|trapped",
        concat!(
            r"(?i)\bno\s+(?:casualties|injuries|deaths|fatalities|one\s+(?:was\s+)?(?:hurt|injured|killed))\b|\bwithout\s+casualties\b",
            r"|\b(?:[0-9]{1,5}|one|two|three|four|five|six|seven|eight|nine|ten|several|dozens)\s+(?:people\s+|persons?\s+|miners\s+|workers\s+|men\s+)?",
            r"(?:were\s+|was\s+|are\s+|is\s+|have\s+been\s+)?(?:dead|killed|died|injured|hurt|wounded|missing|trapped|deaths?|fatalities|casualties|injuries)\b",
        ),
    )
});

/// Every statement about casualties in folded prose, at most four.
pub(super) fn casualties(prose: &str) -> Option<String> {
    let patterns: Vec<&Regex> = [&CASUALTIES, &ENGLISH_CASUALTIES].into_iter().filter_map(|gated| gated.for_prose(prose)).collect();
    let next = |before: &Match<'_>| leftmost(&patterns, prose, before.end());
    let found: Vec<&str> = successors(leftmost(&patterns, prose, 0), next).take(4).map(|found| found.as_str().trim()).collect();
    (!found.is_empty()).then(|| excerpt(&found.join("、")))
}

static CAUSES: LazyLock<[Gated; 4]> = LazyLock::new(|| {
    [
        Gated::new(
            "原因",
            r"(?:事故|事件|事发|起火|初步|具体|具體|发生|發生)?原因(?:尚|仍|目前)?(?:正在|有待|还在|待|不明|尚未|未明|不详)[^,。;\n]{0,20}",
        ),
        Gated::new(
            "原因",
            r"(?:事故|事件|事发|起火|初步|初步判断|发生)?原因(?:初步)?(?:判断|判定|分析|认定|查明)?(?:为|是|系|係)[^,。;\n]{2,60}",
        ),
        Gated::new(
            "引发|引發|引起|导致|導致|造成|所致|发生|發生",
            r"(?:系|係)?(?:因|由于|由於)([^,。;\n]{2,40}?)(?:引发|引發|引起|导致|導致|造成|所致|[发發]生)",
        ),
        Gated::new(
            "(?i)cause|due to",
            r"(?i)\b(?:caused by|due to|because of|the cause (?:is|was)|cause (?:is )?(?:under investigation|unknown|not yet known))[^,.;\n]{0,60}",
        ),
    ]
});

/// The cause as folded prose gives it.
pub(super) fn cause(prose: &str) -> Option<String> {
    CAUSES.iter().find_map(|gated| gated.for_prose(prose)?.find(prose)).map(|found| excerpt(found.as_str()))
}

static MEASURES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:已|正|正在|立即|迅速|紧急|緊急|第一时间|第一時間|目前|随即|隨即|现场)[^,。;!?\n]{0,24}?",
        r"(?:组织|組織|启动|啟動|出动|出動|派出|开展|開展|赶赴|趕赴|赶到|疏散|撤离|撤離|转移|轉移|救援|抢险|搶險|抢修|搶修|救治|扑救|撲救|处置|處置|处理|處理|封闭|封锁|管控|排查|搜救|搜寻|送医|送往)",
        r"[^,。;!?\n]{0,40}",
        r"|(?:启动|啟動)[^,。;!?\n]{0,12}(?:应急|應急)(?:预案|預案|响应|響應)",
        r"|(?:组织|組織|出动|出動|派出|开展|開展)[^,。;!?\n]{0,20}(?:救援|抢险|搶險|抢修|扑救|撲救|搜救|疏散|消防车|救护车|人员|处置)",
    ))
});

static ENGLISH_MEASURES: LazyLock<Gated> = LazyLock::new(|| {
    Gated::new(
        "(?i)rescue|evacuat|firefight|repair|search|fire brigade|police|ambulance|emergency plan|sealed off",
        concat!(
            r"(?i)\b(?:rescue|evacuation|firefighting|repair|search)\b[^.;\n]{0,40}\b(?:under\s?way|in progress|began|begun|started|continues?|on site|dispatched)\b",
            r"|\b(?:rescuers|firefighters|fire brigade|police|ambulances?|rescue teams?)\b[^.;\n]{0,30}\b(?:sent|dispatched|on site|arrived|deployed|are|were)\b",
            r"|\b(?:evacuated|evacuating|emergency plan activated|sealed off)\b",
        ),
    )
});

/// The first measure that folded prose names.
pub(super) fn measures(prose: &str) -> Option<String> {
    let patterns: Vec<&Regex> = std::iter::once(&*MEASURES).chain(ENGLISH_MEASURES.for_prose(prose)).collect();
    leftmost(&patterns, prose, 0).map(|found| excerpt(found.as_str()))
}
