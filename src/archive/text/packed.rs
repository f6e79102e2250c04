//! The files in a .zip, one level deep: an archive within an archive is named and not opened.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{FILE_BYTES, TEXT_BYTES, office, read_one};
use crate::domain::attached::{FileText, Lack};
use crate::mail::charset::decode_unlabelled;
use crate::mail::table::directory_entries;

/// Files of an archive that are looked at, and those that its directory may have.
const FILES: usize = 200;
const DIRECTORY: usize = 20_000;

/// All files of an archive, unpacked.
const UNPACKED_BYTES: u64 = 32 << 20;

/// Reads the files of an archive. `None`: it is a document or a workbook, to be read as one.
pub(super) fn read(name: &str, bytes: &[u8]) -> Option<Vec<FileText>> {
    let whole = |lacks| Some(vec![FileText::without(name, lacks)]);
    if bytes.len() > FILE_BYTES || directory_entries(bytes) > DIRECTORY {
        return whole(Lack::TooLarge);
    }
    let mut zip = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(zip) => zip,
        Err(_) => return whole(Lack::Damaged),
    };
    if zip.file_names().flatten().any(|name| name.eq_ignore_ascii_case("[content_types].xml")) {
        return None;
    }
    let mut found = vec![FileText::named(name)];
    let (mut unpacked, mut text_bytes, mut lacks) = (UNPACKED_BYTES, TEXT_BYTES, (zip.len() > FILES).then_some(Lack::TooLarge));
    for index in 0..zip.len().min(FILES) {
        let file = one(&mut zip, index, name, &mut unpacked);
        if let Some(file) = file {
            // The texts of an archive together are no longer than that of a file.
            text_bytes = text_bytes.saturating_sub(file.text.len());
            found.push(if text_bytes == 0 { FileText { text: String::new(), lacks: Some(Lack::TooLarge), ..file } } else { file });
        }
        if unpacked == 0 || text_bytes == 0 {
            lacks = Some(Lack::TooLarge);
            break;
        }
    }
    if let Some(archive) = found.first_mut() {
        archive.lacks = lacks;
    }
    Some(found)
}

/// One file of an archive; `None`: a folder.
fn one(zip: &mut ZipArchive<Cursor<&[u8]>>, index: usize, archive: &str, unpacked: &mut u64) -> Option<FileText> {
    // Windows writes Chinese names in GBK, unlabelled.
    let (name, is_folder) =
        zip.by_index_raw(index).map(|file| (decode_unlabelled(file.name_raw()).text, file.is_dir())).unwrap_or_default();
    if is_folder {
        return None;
    }
    let name = format!("{archive}/{name}");
    let file = match zip.by_index(index) {
        Ok(file) => file,
        Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => return Some(FileText::without(&name, Lack::Protected)),
        Err(_) => return Some(FileText::without(&name, Lack::Damaged)),
    };
    let mut content = Vec::new();
    let room = (*unpacked).min(FILE_BYTES as u64 + 1);
    let read = file.take(room).read_to_end(&mut content);
    *unpacked -= (content.len() as u64).min(*unpacked);
    Some(match read {
        _ if content.len() as u64 == room => FileText::without(&name, Lack::TooLarge),
        Err(_) => FileText::without(&name, Lack::Damaged),
        Ok(_) if is_archive(&content) => FileText::named(&name),
        Ok(_) => read_one(&name, "", &content),
    })
}

/// Whether a zip is neither a document nor a workbook.
fn is_archive(bytes: &[u8]) -> bool {
    let office =
        || ZipArchive::new(Cursor::new(bytes)).is_ok_and(|zip| zip.file_names().flatten().any(|name| name == "[Content_Types].xml"));
    bytes.starts_with(b"PK\x03\x04") && (directory_entries(bytes) > office::MEMBERS || !office())
}
