//! Made-up Chinese prose: words of the trade among characters drawn as unevenly as a language draws them. The same for a seed.

#![allow(dead_code)] // each bench uses its part

const DOMAIN: [&str; 36] = [
    "信息",
    "报送",
    "通知",
    "截止",
    "反馈",
    "专报",
    "单位",
    "部门",
    "工作",
    "情况",
    "汇总",
    "数据",
    "统计",
    "上报",
    "材料",
    "落实",
    "会议",
    "方案",
    "领导",
    "批示",
    "报告",
    "及时",
    "准确",
    "要求",
    "填报",
    "系统",
    "联系人",
    "电话",
    "附件",
    "办公室",
    "重点",
    "约稿",
    "采用",
    "季度",
    "防汛",
    "值班",
];

/// Words that stand in a known share of the messages.
pub const PLANTED: [(&str, u64); 6] = [("督办", 33), ("舆情", 20), ("貔貅", 1_000), ("直报点", 100), ("应急演练", 50), ("断面水质", 200)];

/// Draws numbers, the same for a seed.
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Draw {
        Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A character: the commonest of some three thousand many times as often as the rarest.
    pub fn character(&mut self) -> char {
        let share = self.below(1_000_000) as f64 / 1_000_000.0;
        let rank = (3_000_f64.powf(share) - 1.0) as u32;
        char::from_u32(0x4e00 + (rank * 2_654_435 % 20_000)).unwrap_or('的')
    }
}

/// A text of about `characters` characters.
pub fn prose(draw: &mut Draw, characters: usize) -> String {
    let mut text = String::with_capacity(characters * 3);
    let mut count = 0;
    while count < characters {
        if draw.below(100) < 20 {
            let word = DOMAIN[draw.below(DOMAIN.len() as u64) as usize];
            text.push_str(word);
            count += word.chars().count();
        } else {
            text.push(draw.character());
            count += 1;
        }
        if draw.below(18) == 0 {
            text.push_str(if draw.below(4) == 0 { "。\n" } else { "，" });
        }
    }
    for (word, one_in) in PLANTED {
        if draw.below(one_in) == 0 {
            text.push_str(&format!("抓好{word}事项。\n"));
        }
    }
    text
}
