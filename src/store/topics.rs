//! Kinds and fields of submissions.

use super::Books;
use super::rows::{Result, word};
use crate::domain::ids::SubmissionNo;
use crate::domain::topics::{Sort, TopicOf};

impl Books<'_> {
    /// Puts the topics of a submission on record.
    pub fn put_topics(&self, submission: SubmissionNo, topics: &[TopicOf]) -> Result<()> {
        if topics.is_empty() {
            return Ok(());
        }
        let number = submission.to_string();
        let sql = "INSERT INTO topic (submission, sort, name, by) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
        for topic in topics {
            self.run(sql, (&number, topic.sort.as_str(), &topic.name, &topic.by))?;
        }
        Ok(())
    }

    /// Takes a topic from a submission. `false`: it had no such topic.
    pub fn take_topic(&self, submission: SubmissionNo, sort: Sort, name: &str) -> Result<bool> {
        let sql = "DELETE FROM topic WHERE submission = ?1 AND sort = ?2 AND name = ?3";
        Ok(self.run(sql, (submission.to_string(), sort.as_str(), name))? > 0)
    }

    /// The topics of a submission, kinds first.
    pub fn topics_of(&self, submission: SubmissionNo) -> Result<Vec<TopicOf>> {
        let sql = "SELECT sort, name, by FROM topic WHERE submission = ?1 ORDER BY sort = 'field', name";
        self.all(sql, [submission.to_string()], |row| {
            Ok(TopicOf { sort: word("sort of topic", &row.get::<_, String>(0)?)?, name: row.get(1)?, by: row.get(2)? })
        })
    }
}
