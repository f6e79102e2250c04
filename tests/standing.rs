//! Assessments, circulars and silence by the steps themselves: rows are put on the ledger and mail on file, mornings pass, and what was
//! said is read back from the store.

#[path = "standing/office.rs"]
mod office;

#[path = "standing/assessments.rs"]
mod assessments;
#[path = "standing/circulars.rs"]
mod circulars;
#[path = "standing/properties.rs"]
mod properties;
#[path = "standing/silences.rs"]
mod silences;
