//! Text in the form in which we compare: one width, one script, one case.
//!
//! Everything here is linear in its input and works on whole characters. What people wrote is kept elsewhere as they
//! wrote it; these forms are for reading and matching only.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// `text` in one width: full-width digits, letters and punctuation become half-width (`：` → `:`, `，` → `,`), `Ⅱ` → `II`,
/// `①` → `1`; `。` and `、`, which have no ASCII form that means the same, stay. Zero-width characters, byte order marks and
/// direction marks go, every kind of space becomes U+0020, every kind of line end `\n`. No line is joined or split.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    each_folded(text, |c| folded.push(c));
    folded
}

/// Hands each character of the folded text to `take`.
fn each_folded(text: &str, mut take: impl FnMut(char)) {
    let mut after_cr = false;
    for c in text.chars() {
        let was_cr = std::mem::replace(&mut after_cr, c == '\r');
        match c {
            '\n' if was_cr => {}
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => take('\n'),
            '\t' => take(' '),
            ' '..='~' => take(c),
            '\u{4e00}'..='\u{9fff}' | '。' | '、' | '【' | '】' | '《' | '》' | '“' | '”' | '—' => take(c),
            '\u{ff01}'..='\u{ff5e}' => take(ascii_of_full_width(c)),
            '\u{3000}' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{1680}' => take(' '),
            '∶' | '︰' | '꞉' => take(':'),
            '−' | '‐' | '‑' => take('-'),
            c if is_invisible(c) || c.is_control() => {}
            c => fold_rare(c, &mut take),
        }
    }
}

/// The compatibility form (NFKC) of one character, its spaces and invisible parts made ours.
fn fold_rare(c: char, take: &mut impl FnMut(char)) {
    for part in std::iter::once(c).nfkc() {
        match part {
            part if part.is_whitespace() => take(' '),
            part if is_invisible(part) => {}
            part => take(part),
        }
    }
}

/// `Ａ` → `A`. The block U+FF01–U+FF5E mirrors U+0021–U+007E.
fn ascii_of_full_width(c: char) -> char {
    u8::try_from(u32::from(c) - 0xfee0).map_or(c, char::from)
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

/// Traditional characters, each followed by its simplified form. Not a dictionary: the characters of labels, tags,
/// commands, time words, severities, numerals, administrative units and the usual words for events and measures.
/// `後` → `后` and `於` → `于` are in, because nothing here depends on the difference.
const TRADITIONAL: &str = "\
    發发時时間间點点級级別别單单傷伤員员聯联繫系絡络電电話话報报續续終终結结關关緊紧較较約约採采擇择稱称東东車车軌轨鐵铁橋桥樓楼廠厂礦矿縣县區区鎮镇鄉乡達达號号兩两個个鐘钟幾几週周禮礼萬万億亿無无處处責责\
    應应預预啟启動动啓启組组織织搶抢險险隊队輛辆醫医療疗護护離离轉转復复覆复開开閉闭閘闸門门災灾燬毁毀毁燒烧滅灭煙烟霧雾氣气氫氢洩泄體体滲渗濟济濱滨灣湾溝沟壩坝庫库壓压墜坠墮堕斷断傾倾側侧壞坏損损壯壮據据\
    擊击擴扩撲扑擬拟調调詢询請请讀读設设計计記记許许訊讯認认識识說说該该詳详誤误談谈論论證证讓让變变貨货貿贸費费資资質质賠赔購购運运過过還还進进遠远適适選选遲迟遺遗難难雞鸡雖虽雙双響响頁页項项順顺領领頭头\
    題题顯显風风飛飞飯饭館馆餘余馬马駕驾駛驶驗验驚惊魚鱼鹽盐麥麦黃黄齊齐齡龄龍龙龐庞學学實实寫写寬宽對对導导將将專专屬属層层島岛嶺岭帶带師师幹干廣广張张強强彈弹當当從从後后徑径態态慘惨懷怀戰战戶户拋抛換换\
    掃扫掛挂摯挚攔拦擋挡擔担敗败數数斬斩斃毙於于晝昼暈晕暫暂曆历會会條条極极構构樣样標标機机檢检權权歲岁歷历殘残殺杀沒没況况決决淚泪淨净渦涡測测湧涌溫温準准滯滞滬沪滾滚漁渔漲涨潔洁潰溃澇涝濁浊濃浓為为爭争\
    爾尔牆墙狀状獨独獲获現现產产畢毕異异癥症盜盗監监盤盘眾众碼码確确礎础禍祸種种稅税積积穩稳窩窝竄窜競竞筆笔築筑簡简簽签籌筹糧粮糾纠紀纪紅红納纳純纯紙纸細细統统經经綜综維维網网線线緩缓編编緝缉縱纵總总績绩\
    繼继罰罚罷罢義义習习聞闻職职聽听肅肃腦脑臨临與与興兴舉举舊旧艙舱艦舰節节範范莊庄華华蓋盖藍蓝藥药蘭兰虛虚衝冲術术衛卫補补裝装裡里裏里製制規规視视覺觉觀观觸触訂订討讨訓训託托訪访評评詐诈試试誠诚誰谁課课\
    謠谣譯译議议譽誉負负財财貧贫販贩貫贯貴贵買买貸贷賀贺賊贼賓宾賞赏賣卖賭赌賴赖贈赠趙赵趕赶跡迹踐践軍军軟软軸轴載载輕轻輔辅輪轮輸输辦办農农遊游違违遞递遷迁邊边郵邮鄭郑醜丑釋释針针鈉钠鉛铅銀银銅铜鋼钢錄录\
    錢钱錯错鍋锅鍵键鎖锁鏈链鑒鉴鑽钻長长陣阵陰阴陳陈陸陆陽阳隕陨階阶際际隨随隱隐隻只雜杂靜静韓韩頻频顆颗額额類类飲饮養养餓饿駐驻騎骑騙骗騷骚鬆松鬥斗鬧闹鳥鸟麗丽黨党陝陕晉晋吳吴孫孙楊杨劉刘呂吕蘇苏葉叶鄧邓\
    馮冯譚谭錫锡鄰邻內内兒儿凍冻劃划劇剧勞劳勢势勝胜務务勸劝匯汇協协卻却參参叢丛問问啞哑喪丧嗎吗嚴严國国圍围園园圓圆圖图團团執执場场塊块塵尘墊垫夠够夢梦奪夺奮奋婦妇媽妈嬰婴寧宁審审屍尸岡冈峽峡崗岗巖岩嶽岳\
    幣币廳厅彎弯徵征恆恒惡恶慮虑慶庆憂忧憑凭憲宪懸悬戲戏挾挟搖摇撥拨擁拥擠挤擾扰攜携攝摄敵敌斂敛顧顾書书業业樹树橫横歐欧歡欢殲歼毆殴涼凉減减滿满漢汉潛潜瀉泻灑洒灘滩煉炼煩烦熱热燈灯營营爐炉牽牵犧牺狹狭獎奖\
    盧卢碩硕磚砖禦御窮穷竊窃籃篮籠笼聖圣聲声膠胶臟脏艱艰蟲虫袞衮複复褲裤覽览詞词併并佈布傳传價价優优債债傑杰們们僅仅備备舖铺鋪铺夾夹嚨咙塗涂壟垄櫃柜欄栏濕湿緻致縮缩羣群蹤踪診诊貯贮瀕濒躍跃鬍胡擱搁鑿凿錐锥\
    陞升昇升霽霁靈灵稜棱滙汇彙汇佔占係系徹彻恥耻闢辟闖闯閃闪閥阀閱阅閣阁闊阔闆板颱台颶飓颳刮鐮镰銷销鉅巨釘钉錶表鑼锣鈔钞銳锐鋸锯鍾钟";

/// Indexed by code point from U+4E00; 0 where the character stays as it is. Direct, because it is asked for every character.
static SIMPLIFIED: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let mut table = vec![0_u16; 0xa000 - 0x4e00];
    let mut pairs = TRADITIONAL.chars().filter(|c| !c.is_whitespace());
    while let (Some(traditional), Some(simple)) = (pairs.next(), pairs.next()) {
        let index = (u32::from(traditional) as usize).checked_sub(0x4e00);
        if let (Some(slot), Ok(simple)) = (index.and_then(|i| table.get_mut(i)), u16::try_from(u32::from(simple))) {
            *slot = simple;
        }
    }
    table
});

/// The simplified form of one character, where our table has it.
pub fn simplify_char(c: char) -> char {
    let Some(index) = (u32::from(c) as usize).checked_sub(0x4e00) else { return c };
    match SIMPLIFIED.get(index) {
        Some(&simple) if simple != 0 => char::from_u32(u32::from(simple)).unwrap_or(c),
        _ => c,
    }
}

/// `text` with the traditional characters of our small table made simplified.
pub fn simplify(text: &str) -> String {
    text.chars().map(simplify_char).collect()
}

/// `text` in one width, one script, one case, lines kept: what the readers of times and fields scan.
pub fn readable(text: &str) -> String {
    let mut readable = String::with_capacity(text.len());
    each_readable(text, |c| readable.push(c));
    readable
}

fn each_readable(text: &str, mut take: impl FnMut(char)) {
    each_folded(text, |c| match c {
        c if c.is_ascii() => take(c.to_ascii_lowercase()),
        '\u{3007}'..='\u{9fff}' => take(simplify_char(c)),
        c => c.to_lowercase().for_each(&mut take),
    });
}

/// `text` in one width, one script, one case, with every run of white space (line ends too) one space, none at the ends.
/// Two texts that a person would call the same have the same comparable form.
pub fn comparable(text: &str) -> String {
    let mut comparable = String::with_capacity(text.len());
    let mut after_space = false;
    each_readable(text, |c| {
        if c.is_whitespace() {
            after_space = true;
            return;
        }
        if std::mem::take(&mut after_space) && !comparable.is_empty() {
            comparable.push(' ');
        }
        comparable.push(c);
    });
    comparable
}

/// What mail programs put before the subject of a reply or a forward, in comparable form.
const REPLY_PREFIXES: [&str; 12] = ["回复", "答复", "转发", "转寄", "回信", "fwd", "fw", "re", "aw", "wg", "tr", "sv"];

/// The length in bytes of one `Re:`, `RE[2]:`, `Fw：`, `回复：`, `答復:` … at the start of `subject`; `None` where there is none.
fn reply_prefix_len(subject: &str) -> Option<usize> {
    let colon = subject.char_indices().take(12).find(|(_, c)| matches!(c, ':' | '：' | '∶'))?;
    let word = comparable(&subject[..colon.0]);
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')' | '^' | ' '));
    REPLY_PREFIXES.contains(&word).then_some(colon.0 + colon.1.len_utf8())
}

/// `subject` as written, without the `Re:`, `Fw:`, `回复：`, `答复：`, `转发：` … before it, however many.
pub fn without_reply_prefixes(subject: &str) -> &str {
    let mut rest = subject.trim();
    while let Some(length) = reply_prefix_len(rest) {
        rest = rest[length..].trim_start();
    }
    rest
}

/// The comparable form of a subject without its reply and forward prefixes.
pub fn normalised_subject(subject: &str) -> String {
    comparable(without_reply_prefixes(subject))
}

/// Whether `c` is a Chinese character.
pub fn is_cjk(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' | '〇')
}

/// Whether `c` is a letter, a Chinese character or a digit. Most here are common Chinese characters, which the general table takes longest to find.
pub fn is_sign(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}') || c.is_alphanumeric()
}

/// How alike two texts are, 0 to 1: Dice over pairs of neighbouring Chinese characters and over whole Latin words and
/// numbers, after `comparable`. A text without any of these is like nothing.
pub fn similarity(a: &str, b: &str) -> f64 {
    let (a, b) = (comparable(a), comparable(b));
    let (a, b) = (features(&a), features(&b));
    let total = a.values().sum::<usize>() + b.values().sum::<usize>();
    let shared: usize = a.iter().filter_map(|(feature, n)| b.get(feature).map(|m| n.min(m))).sum();
    if shared == 0 { 0.0 } else { 2.0 * shared as f64 / total as f64 }
}

/// What `similarity` counts: pairs within runs of Chinese characters (a lone character stands for itself), and words.
fn features(comparable: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    let kind = |c: char| if is_cjk(c) { 2 } else { u8::from(c.is_alphanumeric()) };
    let mut rest = comparable;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|c| kind(c) != kind(first)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(length);
        rest = after;
        match kind(first) {
            0 => {}
            1 => *counts.entry(run).or_default() += 1,
            _ => {
                let starts: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
                for pair in starts.windows(3) {
                    *counts.entry(&run[pair[0]..pair[2]]).or_default() += 1;
                }
                if starts.len() == 2 {
                    *counts.entry(run).or_default() += 1;
                }
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_makes_one_width_and_keeps_lines() {
        assert_eq!(fold("１４：３０，ＡＢＣ（Ⅱ）"), "14:30,ABC(II)");
        assert_eq!(fold("地点：盂县。\r\n级别\u{3000}重大\u{feff}\u{200b}、\r下"), "地点:盂县。\n级别 重大、\n下");
        assert_eq!(fold("①②㈠"), "12(一)");
        assert_eq!(fold("a\tb\u{a0}c\0d"), "a b cd");
    }

    #[test]
    fn the_table_is_made_of_pairs_that_lead_to_a_fixed_point() {
        let characters: Vec<char> = TRADITIONAL.chars().filter(|c| !c.is_whitespace()).collect();
        assert_eq!(characters.len() % 2, 0);
        for pair in characters.chunks(2) {
            assert_eq!(simplify_char(pair[0]), pair[1], "{}{} stands twice with different meanings", pair[0], pair[1]);
            assert_eq!(simplify_char(pair[1]), pair[1], "{}{} goes on", pair[0], pair[1]);
        }
    }

    #[test]
    fn traditional_words_become_simplified() {
        for (traditional, simple) in [
            ("發生時間", "发生时间"),
            ("事發地點", "事发地点"),
            ("級別：特別重大", "级别：特别重大"),
            ("責任單位", "责任单位"),
            ("聯繫人", "联系人"),
            ("聯絡人", "联络人"),
            ("人員傷亡", "人员伤亡"),
            ("處置措施", "处置措施"),
            ("續報", "续报"),
            ("終報", "终报"),
            ("結案", "结案"),
            ("合併", "合并"),
        ] {
            assert_eq!(simplify(traditional), simple);
        }
    }

    #[test]
    fn what_a_person_calls_the_same_compares_equal() {
        assert_eq!(comparable("  盂縣　煤礦\n透水 "), comparable("盂县 煤矿 透水"));
        assert_eq!(comparable("Mine FLOOD"), "mine flood");
    }

    #[test]
    fn reply_prefixes_go_from_subjects() {
        for subject in [
            "盂县透水",
            "Re: 盂县透水",
            "RE：Fw: 盂县透水",
            "回复：盂县透水",
            "答復: 轉發：盂縣透水",
            "Re[2]: 盂县透水",
            "Fwd: 回覆：盂县透水",
        ] {
            assert_eq!(normalised_subject(subject), "盂县透水", "{subject}");
        }
        assert_eq!(normalised_subject("Report: flood"), "report: flood");
        assert_eq!(normalised_subject("关于：回复"), "关于:回复");
    }

    #[test]
    fn similarity_runs_from_nothing_to_everything() {
        assert_eq!(similarity("盂县某煤矿透水", "盂縣某煤礦透水"), 1.0);
        assert_eq!(similarity("盂县某煤矿透水", "平定火灾"), 0.0);
        assert_eq!(similarity("", ""), 0.0);
        let near = similarity("盂县某煤矿发生透水事故", "盂县一煤矿透水事故");
        assert!((0.4..0.9).contains(&near), "{near}");
        assert_eq!(similarity("mine flood", "FLOOD mine"), 1.0);
    }
}
