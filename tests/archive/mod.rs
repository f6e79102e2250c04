//! An office for tests of the archive: a folder with a configuration and a store, the built binary, and files of many kinds.

#![allow(dead_code)] // each test program uses its part

use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use data_encoding::BASE64_MIME;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const OFFICE: &str = include_str!("../sample/office.toml");

const ROSTER: &str = r#"
[[unit]]
id = "donghe"
name = "东河县"
class = "county"
places = ["东河"]
[[unit.reporter]]
name = "东河信息员"
address = "donghe@office.example"
role = "full-time"

[[unit]]
id = "xiling"
name = "西岭县"
class = "county"
places = ["西岭"]
[[unit.reporter]]
name = "西岭信息员"
address = "xiling@office.example"
role = "full-time"

[[supervisor]]
name = "科长"
address = "chief@office.example"
level = 1
"#;

/// The office; its daemon ends with it.
pub struct Office {
    pub folder: tempfile::TempDir,
    daemon: Option<Child>,
    delivered: u32,
}

impl Drop for Office {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Office {
    /// With an empty store, in which the rules are in force.
    pub fn new() -> Office {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = OFFICE.replace("trust = \"mailbox\"", "trust = \"mailbox\"\npoll = \"1s\"");
        fs::write(folder.path().join("zhibao.toml"), config).expect("the configuration");
        fs::write(folder.path().join("network.toml"), ROSTER).expect("the roster");
        for part in ["new", "cur", "tmp"] {
            fs::create_dir_all(folder.path().join("mail").join(part)).expect("a Maildir");
        }
        let mut office = Office { folder, daemon: None, delivered: 0 };
        office.start();
        office.stop();
        office
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhibao"));
        command.args(words).args(["--lang", "en"]).arg("--config").arg(self.path("zhibao.toml"));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Runs a command that must be done.
    pub fn run(&self, words: &[&str]) -> String {
        let done = self.command(words).output().expect("it runs");
        assert!(done.status.success(), "{words:?}: {}{}", text(&done.stdout), text(&done.stderr));
        text(&done.stdout)
    }

    /// Runs a command that must fail, and gives what it complained of.
    pub fn refused(&self, words: &[&str]) -> (i32, String) {
        let done: Output = self.command(words).output().expect("it runs");
        assert!(!done.status.success(), "{words:?}: {}", text(&done.stdout));
        (done.status.code().expect("it ended of itself"), text(&done.stderr))
    }

    pub fn json(&self, words: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.run(&[words, &["--json"]].concat())).expect("JSON")
    }

    /// What a search finds: numbers and subjects, best first.
    pub fn found(&self, words: &[&str]) -> Vec<String> {
        let answer = self.json(&[&["search"], words].concat());
        answer["results"].as_array().expect("results").iter().map(|hit| hit["subject"].as_str().expect("a subject").to_owned()).collect()
    }

    pub fn start(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.path("log")).expect("a log file");
        let mut command = self.command(&["run"]);
        command.stdout(Stdio::null()).stderr(log);
        let before = self.log().matches("running").count();
        self.daemon = Some(command.spawn().expect("the daemon starts"));
        self.wait_for("the daemon runs", |office| office.log().matches("running").count() > before);
    }

    pub fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = Command::new("kill").args(["-TERM", &daemon.id().to_string()]).status();
            let _ = daemon.wait();
        }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    pub fn wait_for(&self, what: &str, mut holds: impl FnMut(&Office) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < Duration::from_secs(60), "waited for: {what}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Puts a message into the mailbox.
    pub fn deliver(&mut self, mail: &[u8]) {
        self.delivered += 1;
        let seconds = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
        let name = format!("{seconds}.M{}.host", self.delivered);
        fs::write(self.path("mail/tmp").join(&name), mail).expect("written");
        fs::rename(self.path("mail/tmp").join(&name), self.path("mail/new").join(&name)).expect("delivered");
    }

    /// Runs the daemon until all that was delivered has been filed.
    pub fn file_all(&mut self) {
        self.start();
        let delivered = u64::from(self.delivered);
        self.wait_for("all is filed", |office| {
            rusqlite::Connection::open_with_flags(office.path("zhibao.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
                .and_then(|db| db.query_row("SELECT count(*) FROM delivery WHERE disposition IS NOT NULL", [], |row| row.get::<_, i64>(0)))
                .is_ok_and(|filed| filed.unsigned_abs() >= delivered)
        });
        self.stop();
    }

    /// The text of the notices that went out, of one kind.
    pub fn notices(&self, kind: &str) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.path("outbox")) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
        paths.sort();
        let letters = paths.iter().map(|path| fs::read(path).unwrap_or_default());
        let of_kind = letters.filter(|letter| text(letter).contains(&format!("X-Zhibao-Notice: {kind}\r\n")));
        of_kind.map(|letter| zhibao::mail::opened::open(&letter).text).collect()
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A message with files.
pub fn mail(from: &str, subject: &str, body: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut mail = format!(
        "From: <{from}>\r\nTo: <office@office.example>\r\nSubject: {subject}\r\nMessage-ID: <{}@test>\r\nDate: Thu, 2 Jan 2003 10:00:00 +0800\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=-b\"\r\n\r\n--=-b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n",
        subject.len() * 31 + body.len()
    )
    .into_bytes();
    for (name, content) in files {
        let part = format!(
            "--=-b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n"
        );
        mail.extend_from_slice(part.as_bytes());
        mail.extend_from_slice(BASE64_MIME.encode(content).as_bytes());
        mail.extend_from_slice(b"\r\n");
    }
    mail.extend_from_slice(b"--=-b--\r\n");
    mail
}

pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).compression_level(Some(6));
        zip.start_file(*name, options).expect("a file");
        zip.write_all(content).expect("written");
    }
    zip.finish().expect("a zip").into_inner()
}

pub fn docx(paragraphs: &[&str]) -> Vec<u8> {
    let body: String = paragraphs.iter().map(|text| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")).collect();
    let document = format!("<?xml version=\"1.0\"?><w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>");
    zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", document.as_bytes())])
}

pub fn xlsx(rows: &[&[&str]]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            sheet.write_string(row as u32, column as u16, *cell).expect("a cell");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

/// A .pdf of one page. Its font is one of those that every reader has, by an encoding of Adobe's, as Chinese printers write it.
pub fn pdf(line: &str) -> Vec<u8> {
    let hex: String = line.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    let content = format!("BT /F1 16 Tf 72 700 Td <{hex}> Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>".to_owned(),
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> \
         /FontDescriptor 7 0 R >>"
            .to_owned(),
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 /Descent -200 \
         /CapHeight 700 /StemV 80 >>"
            .to_owned(),
    ];
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (nth, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", nth + 1).as_bytes());
    }
    let table = file.len();
    file.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes());
    for place in places {
        file.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
    }
    file.extend_from_slice(format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1).as_bytes());
    file
}
