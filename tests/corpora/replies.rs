//! What a person wrote himself, in the replies of email_reply_parser: its visible part, quotations within it aside.

use std::fs;

use zhibao::domain::reply::own_text;

use super::{corpora, messages};

type Own = (&'static str, &'static [(usize, usize)], &'static str);

/// The lines that stay, counted from 1, of each message; quoted lines among them and blank ones at their end are not the
/// sender's own. The last column says why ours differs from what email_reply_parser shows, where it does.
#[rustfmt::skip] // a table
const OWN: [Own; 22] = [
    ("correct_sig.txt", &[(1, 1)], ""),
    ("email_1_1.txt", &[(1, 13)], "a list's footer below a line of underscores and a name after one dash are no quotation: nothing above the first is ever cut"),
    ("email_1_2.txt", &[(1, 1), (9, 34), (48, 51)], "the quotation within the answer goes, with the line that introduces it; the list's footer stays"),
    ("email_1_3.txt", &[(1, 5), (52, 55)], "a name after one dash and the list's footer stay"),
    ("email_1_4.txt", &[(1, 1)], ""),
    ("email_1_5.txt", &[(1, 15)], ""),
    ("email_1_6.txt", &[(1, 3)], "“Sent from a magnificent torch of pixels” is what he wrote, as far as anybody can tell"),
    ("email_1_7.txt", &[(1, 1)], ""),
    ("email_1_8.txt", &[(13, 13), (19, 19), (36, 37)], "the quotations between the answers go; a signature is one after two dashes and a space"),
    ("email_2_1.txt", &[(1, 1)], ""),
    ("email_2_2.txt", &[(1, 1)], ""),
    ("email_2_3.txt", &[(1, 1)], ""),
    ("email_BlackBerry.txt", &[(1, 1)], ""),
    ("email_bullets.txt", &[(1, 9)], ""),
    ("email_iPhone.txt", &[(1, 1)], ""),
    ("email_long_quote.txt", &[(1, 4), (6, 16)], "the one quoted line goes; a list's footer and a name after one dash stay"),
    ("email_multi_word_sent_from_my_mobile_device.txt", &[(1, 1)], ""),
    ("email_one_is_not_on.txt", &[(1, 5)], ""),
    ("email_sent_from_my_not_signature.txt", &[(1, 3)], ""),
    ("email_sig_delimiter_in_middle_of_line.txt", &[(1, 7)], ""),
    ("greedy_on.txt", &[(1, 6)], ""),
    ("pathological.txt", &[(1, 2)], ""),
];

#[test]
fn the_visible_part_of_replies_is_what_we_read() {
    let Some(folder) = corpora() else { return };
    let folder = folder.join("email_reply_parser/test/emails");
    let (mut agreed, mut faults) = (0, Vec::new());
    for (name, ranges, why) in OWN {
        let text = fs::read_to_string(folder.join(name)).expect("a readable reply");
        let lines: Vec<&str> = text.lines().collect();
        let own: Vec<&str> = ranges.iter().flat_map(|(from, to)| &lines[from - 1..(*to).min(lines.len())]).copied().collect();
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let ours = own_text(&text);
        if squeezed(&ours) == squeezed(&own.join("\n")) {
            agreed += 1;
        } else {
            faults.push(format!("{name}: expected {:?}, read {:?}", own.join("\n"), ours.chars().take(600).collect::<String>()));
        }
        if !why.is_empty() {
            println!("email_reply_parser/{name}: ours is not its visible part: {why}");
        }
    }
    let same = OWN.iter().filter(|(.., why)| why.is_empty()).count();
    println!("replies: {agreed} of {} read as listed; {same} are exactly its visible part", OWN.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(messages(&folder).len(), OWN.len(), "every reply of the corpus is listed");
}
