//! Chinese and English times in prose.
