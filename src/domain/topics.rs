//! Kinds and fields of a submission: by its 栏目 and 领域 lines, else by configured words.
//!
//! Source: rules.md, "Tags, bulletins, requisitions, awards".

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use serde::{Deserialize, Serialize};

use super::reckoning::Topic;
use super::rules::words;
use super::text::comparable;

/// What a topic is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// 中心工作, 问题, 经验…
    Kind,
    /// 经济, 稳定, 党建…
    Field,
}

words!(Sort, Sort::Kind => "kind", Sort::Field => "field");

/// `by` of a topic that was found by its words.
pub const BY_WORDS: &str = "words";
/// `by` of a topic that a 栏目 or 领域 line names.
pub const BY_LABEL: &str = "label";

/// One topic of a submission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TopicOf {
    /// Kind or field.
    pub sort: Sort,
    /// As configured.
    pub name: String,
    /// `words`, `label`, or the address of the person who gave it.
    pub by: String,
}

/// Finds topics in texts. Made once for a configuration: one pass over a text finds every word of every topic.
#[derive(Debug)]
pub struct TopicReader {
    topics: Vec<(Sort, String)>,
    words: Option<AhoCorasick>,
    /// Of each word, the topic that it belongs to.
    means: Vec<usize>,
}

impl TopicReader {
    /// A reader for these kinds and fields.
    pub fn new(kinds: &[Topic], fields: &[Topic]) -> TopicReader {
        let all = || kinds.iter().map(|topic| (Sort::Kind, topic)).chain(fields.iter().map(|topic| (Sort::Field, topic)));
        let (mut patterns, mut means) = (Vec::new(), Vec::new());
        for (index, (_, topic)) in all().enumerate() {
            for word in topic.words.iter().map(|word| comparable(word)).filter(|word| !word.is_empty()) {
                patterns.push(word);
                means.push(index);
            }
        }
        // Words are short and few: an automaton that is too large to be built cannot come out of a configuration file.
        let words = AhoCorasick::new(&patterns).ok().filter(|_| !patterns.is_empty());
        TopicReader { topics: all().map(|(sort, topic)| (sort, topic.name.clone())).collect(), words, means }
    }

    /// The topics of a text: per sort those that its lines name, or, where they name none that is configured, those of which
    /// any word stands in `said`, which is the title and the text in comparable form. In the order of the configuration.
    pub fn topics_of(&self, said: &str, kinds: &[String], fields: &[String]) -> Vec<TopicOf> {
        let mut found: BTreeSet<(usize, &'static str)> = BTreeSet::new();
        let mut labelled = Vec::new();
        for (sort, names) in [(Sort::Kind, kinds), (Sort::Field, fields)] {
            let named: Vec<usize> = names.iter().filter_map(|name| self.index(sort, name)).collect();
            if !named.is_empty() {
                labelled.push(sort);
            }
            found.extend(named.into_iter().map(|index| (index, BY_LABEL)));
        }
        for hit in self.words.iter().flat_map(|words| words.find_overlapping_iter(said)) {
            let index = self.means[hit.pattern().as_usize()];
            if !labelled.contains(&self.topics[index].0) {
                found.insert((index, BY_WORDS));
            }
        }
        let topic =
            |(index, by): (usize, &str)| TopicOf { sort: self.topics[index].0, name: self.topics[index].1.clone(), by: by.to_owned() };
        found.into_iter().map(topic).collect()
    }

    /// The configured topic that goes by `name`, whatever its script and case.
    pub fn named(&self, sort: Sort, name: &str) -> Option<&str> {
        self.index(sort, name).map(|index| self.topics[index].1.as_str())
    }

    /// Every configured name of a sort, in file order.
    pub fn names(&self, sort: Sort) -> impl Iterator<Item = &str> {
        self.topics.iter().filter(move |(of, _)| *of == sort).map(|(_, name)| name.as_str())
    }

    fn index(&self, sort: Sort, name: &str) -> Option<usize> {
        let name = comparable(name);
        self.topics.iter().position(|(of, known)| *of == sort && comparable(known) == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str, words: &[&str]) -> Topic {
        Topic { name: name.into(), words: words.iter().map(|word| (*word).to_owned()).collect() }
    }

    fn reader() -> TopicReader {
        let kinds = [topic("问题", &["问题", "困难"]), topic("经验", &["做法"]), topic("综合", &[])];
        TopicReader::new(&kinds, &[topic("经济", &["经济", "Economy"]), topic("农村", &["农村", "春耕"])])
    }

    fn names(said: &str, kinds: &[&str], fields: &[&str]) -> Vec<(String, String)> {
        let owned = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let found = reader().topics_of(&comparable(said), &owned(kinds), &owned(fields));
        found.into_iter().map(|topic| (topic.name, topic.by)).collect()
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, by)| ((*name).to_owned(), (*by).to_owned())).collect()
    }

    #[test]
    fn words_find_any_number_of_kinds_and_fields() {
        let found = names("春耕備耕的做法和困難：農村經濟\n困难", &[], &[]);
        assert_eq!(found, pairs(&[("问题", "words"), ("经验", "words"), ("经济", "words"), ("农村", "words")]));
        assert_eq!(names("the ECONOMY", &[], &[]), pairs(&[("经济", "words")]));
        assert_eq!(names("今日无事", &[], &[]), []);
    }

    #[test]
    fn a_line_of_one_sort_stands_in_the_place_of_that_sorts_words_alone() {
        let found = names("农村经济存在的问题", &["綜合", "经验"], &[]);
        assert_eq!(found, pairs(&[("经验", "label"), ("综合", "label"), ("经济", "words"), ("农村", "words")]));
    }

    #[test]
    fn a_line_without_any_configured_name_changes_nothing() {
        assert_eq!(names("存在的问题", &["简讯"], &["天文"]), pairs(&[("问题", "words")]));
    }

    #[test]
    fn a_topic_without_words_is_found_by_its_line_alone() {
        assert_eq!(names("综合情况", &[], &[]), []);
        assert_eq!(names("", &["综合"], &[]), pairs(&[("综合", "label")]));
    }

    #[test]
    fn without_any_topic_nothing_is_found() {
        assert_eq!(TopicReader::new(&[], &[]).topics_of("问题", &["问题".into()], &[]), []);
    }
}
