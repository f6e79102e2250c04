//! Charsets, decided from raw bytes.
