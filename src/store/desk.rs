//! Questions and quarantine notices for the desk: the first ten of an hour singly, the rest in one list.

use super::Books;
use super::rows::{Result, from_json, instant_opt, json};
use crate::domain::notice::NoticeKind;
use crate::domain::rules::Instant;

impl Books<'_> {
    /// How many of this kind went out singly after `since`; `None`: one is held back already. A flood is not counted anew for each of it.
    pub fn desk_load(&self, kind: NoticeKind, since: Instant) -> Result<Option<u64>> {
        let held = "SELECT EXISTS (SELECT 1 FROM desk_item WHERE kind = ?1 AND listed = 0)";
        if self.count(held, [kind.as_str()])? > 0 {
            return Ok(None);
        }
        let singly = "SELECT count(*) FROM desk_item WHERE kind = ?1 AND at > ?2 AND listed = 1";
        self.count(singly, (kind.as_str(), since.timestamp())).map(Some)
    }

    /// Notes an item that went out singly, or one that is held for the list.
    pub fn put_desk_item<T: serde::Serialize>(&self, kind: NoticeKind, at: Instant, item: &T, sent: bool) -> Result<()> {
        let sql = "INSERT INTO desk_item (kind, at, item, listed) VALUES (?1, ?2, ?3, ?4)";
        self.insert(sql, (kind.as_str(), at.timestamp(), json(item), sent))?;
        Ok(())
    }

    /// When the hour began whose items are held for a list: with the first item within an hour before the oldest held one.
    pub fn held_since(&self, kind: NoticeKind) -> Result<Option<Instant>> {
        let sql =
            "SELECT min(at) FROM desk_item WHERE kind = ?1 AND at > (SELECT min(at) - 3600 FROM desk_item WHERE kind = ?1 AND listed = 0)";
        Ok(self.one(sql, [kind.as_str()], |row| instant_opt(row.get(0)?))?.flatten())
    }

    /// Takes every held item of a kind for the list.
    pub fn take_held<T: serde::de::DeserializeOwned>(&self, kind: NoticeKind) -> Result<Vec<T>> {
        let items = self.all("SELECT item FROM desk_item WHERE kind = ?1 AND listed = 0 ORDER BY id", [kind.as_str()], |row| {
            from_json("desk item", &row.get::<_, String>(0)?)
        })?;
        self.run("UPDATE desk_item SET listed = 2 WHERE kind = ?1 AND listed = 0", [kind.as_str()])?;
        Ok(items)
    }
}
