//! Mail: what comes in is read, what goes out is written. Uses `domain` only.

pub mod authenticate;
pub mod charset;
pub mod chart;
pub mod compose;
pub mod opened;
pub mod parse;
pub mod sign;
pub mod table;
pub mod token;
pub mod verp;
pub mod words;
pub mod workbook;
