//! Nearly the same text from two units: SimHash over pairs of characters.

use sha2::{Digest, Sha256};

use super::text;

/// Texts shorter than this say too little to be compared.
const SHORTEST: usize = 30;

/// A message is a copy of another with its fingerprint where less than so many days lie between the two (rules.md, duplicate).
pub const COPY_DAYS: i64 = 1;

/// The desk is asked about nearly the same text from another unit where less than so many days lie between the two.
pub const NEAR_COPY_DAYS: i64 = 3;

/// Bits that may differ between two copies of one text.
const NEAR_BITS: u32 = 3;

/// The hash of a text in comparable form; `None` where it is too short to tell.
pub fn simhash(body: &str) -> Option<u64> {
    let signs: Vec<char> = body.chars().filter(|c| text::is_sign(*c)).take(20_000).collect();
    if signs.len() < SHORTEST {
        return None;
    }
    // Eight bits are counted at once, each in a byte of its own: bit b in byte b / 8 of column b % 8.
    const EACH: u64 = 0x0101_0101_0101_0101;
    let mut ones = [0_usize; 64];
    for pairs in signs.windows(2).collect::<Vec<_>>().chunks(255) {
        let mut columns = [0_u64; 8];
        for pair in pairs {
            let hash = pair_hash(pair[0], pair[1]);
            for (nth, column) in columns.iter_mut().enumerate() {
                *column += hash >> nth & EACH;
            }
        }
        for (bit, ones) in ones.iter_mut().enumerate() {
            *ones += usize::from((columns[bit % 8] >> (bit / 8 * 8)) as u8);
        }
    }
    let pairs = signs.len() - 1;
    Some(ones.iter().enumerate().filter(|(_, ones)| **ones * 2 > pairs).fold(0, |hash, (bit, _)| hash | 1 << bit))
}

/// Whether two hashes are of nearly the same text.
pub fn near(a: u64, b: u64) -> bool {
    (a ^ b).count_ones() <= NEAR_BITS
}

/// Four bands of the hash, each with the bit at which it begins: two hashes that are near have at least one band in common.
pub fn bands(hash: u64) -> [(u32, u16); 4] {
    [0, 16, 32, 48].map(|shift| (shift, (hash >> shift) as u16))
}

/// SplitMix64 of the pair: stable across versions and machines.
fn pair_hash(a: char, b: char) -> u64 {
    let mut z = (u64::from(u32::from(a)) << 32 | u64::from(u32::from(b))).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The fingerprint by which a message sent twice is known: sender, kind, subject, body in comparable form, attachments.
pub fn fingerprint(sender: &str, kind: &str, subject: &str, body: &str, attachments: &[super::message::Attachment]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [sender, kind, &text::normalised_subject(subject), body] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    for attachment in attachments {
        hash.update(attachment.sha256);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "全县已备化肥三千吨，良种八十万斤，农机检修完成九成以上，春灌面积达到十二万亩，各乡镇组织技术人员下乡指导。";

    #[test]
    fn a_copy_with_another_greeting_is_near() {
        let copy = format!("{TEXT}特此报告");
        assert!(near(simhash(TEXT).unwrap(), simhash(TEXT).unwrap()));
        assert!((simhash(TEXT).unwrap() ^ simhash(&copy).unwrap()).count_ones() < 16);
    }

    #[test]
    fn the_hash_of_a_text_never_changes() {
        // They are kept in stores.
        let long = TEXT.repeat(40);
        let slowly = |body: &str| {
            let signs: Vec<char> = body.chars().filter(|c| c.is_alphanumeric()).collect();
            let hashes: Vec<u64> = signs.windows(2).map(|pair| pair_hash(pair[0], pair[1])).collect();
            let majority = |bit: &u32| hashes.iter().filter(|hash| *hash >> bit & 1 == 1).count() * 2 > hashes.len();
            (0..64).filter(majority).fold(0_u64, |hash, bit| hash | 1 << bit)
        };
        assert_eq!((simhash(TEXT), simhash(&long)), (Some(slowly(TEXT)), Some(slowly(&long))));
    }

    #[test]
    fn another_text_is_not() {
        let other = "昨日夜间部分乡镇遭遇冰雹，三百余亩果园受损，民政部门已经组织查灾核灾，保险公司提前介入理赔工作。";
        assert!(!near(simhash(TEXT).unwrap(), simhash(other).unwrap()));
    }

    #[test]
    fn near_ones_share_a_band() {
        const { assert!((NEAR_BITS as usize) < 4, "as many bits as bands could hide the likeness in each") };
        let hash = simhash(TEXT).unwrap();
        for bits in [0, 1 << 63 | 1 << 20 | 1, 1 << 16 | 1 << 17 | 1 << 32] {
            assert!(near(hash, hash ^ bits));
            assert!(bands(hash).iter().any(|band| bands(hash ^ bits).contains(band)));
        }
    }

    #[test]
    fn a_short_text_is_not_compared() {
        assert_eq!(simhash("今日无疫情。"), None);
    }
}
