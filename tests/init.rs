//! `zhibao init` through the built binary: what it writes, what it refuses, and that the daemon can be started on it.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const UNITS: &str = "单位,邮箱,姓名,辖区\n盂县,yuxian@a.example,李某,盂县\n平定县,pingding@b.example,,平定\n";

fn zhibao(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhibao"));
    command.current_dir(folder).args(["--config", "zhibao.toml"]).args(args).stdin(Stdio::null());
    command.env_remove("LC_ALL").env_remove("LC_MESSAGES").env("LANG", "en_US.UTF-8").env_remove("TZ");
    command
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn run(folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    said(&zhibao(folder, args).output().expect("run"))
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("units.csv"), UNITS).expect("written");
    fs::create_dir_all(folder.path().join("mail/new")).expect("made");
    fs::create_dir_all(folder.path().join("mail/cur")).expect("made");
    folder
}

const USUAL: [&str; 8] = ["init", "--yes", "--address", "xinxi@city.example", "--desk", "desk@city.example", "--timezone", "Asia/Shanghai"];

/// Beside what `check` says of this machine: whether PDF can be read here.
fn warnings(err: &str) -> Vec<&str> {
    err.lines().filter(|line| !line.contains("pdftotext")).collect()
}

#[test]
fn from_an_empty_folder_to_a_receipt() {
    let folder = folder();
    let at = folder.path();
    let (code, out, err) = run(at, &USUAL);
    assert_eq!((code, warnings(&err)), (Some(0), Vec::new()), "{out}");
    for part in [
        "zhibao.toml",
        "the roster: 2 units, 2 reporters, 1 supervisor",
        "can be used (2 files read)",
        "Next:",
        "  zhibao check --online\n",
        "  zhibao run\n",
    ] {
        assert!(out.contains(part), "no “{part}” in {out}");
    }
    let (code, out, err) = run(at, &["check"]);
    assert_eq!((code, warnings(&err)), (Some(0), Vec::new()), "{out}");
    // As the daemon would: the mail of a reporter is answered.
    let mail = "From: yuxian@a.example\r\nTo: xinxi@city.example\r\nSubject: =?UTF-8?B?44CQ6Zu25oql5ZGK44CR55uC5Y6/?=\r\nMessage-ID: <1@a.example>\r\n\r\n.\r\n";
    fs::write(at.join("mail/new/1772000000.1.host"), mail).expect("delivered");
    let (code, out, err) = run(at, &["--json", "replay", "--from", "2026-02-25", "--until", "2026-02-27", "--dir", "try"]);
    assert_eq!(code, Some(0), "{err}");
    let counts: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&counts["filed"], &counts["notices"]["receipt"]), (&Value::from(1), &Value::from(1)), "{out}");
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    for name in ["zhibao.toml", "network.toml"] {
        let folder = folder();
        fs::write(folder.path().join(name), "mine").expect("written");
        let (code, out, err) = run(folder.path(), &USUAL);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
        assert!(err.contains(&format!("{name} is there already, and was left alone")), "{err}");
        assert_eq!(fs::read_to_string(folder.path().join(name)).expect("there"), "mine");
        let files = fs::read_dir(folder.path()).expect("there").count();
        assert_eq!(files, 3, "nothing was added");
    }
}

#[test]
fn without_a_terminal_it_says_what_is_missing() {
    let folder = folder();
    let (code, _, err) = run(folder.path(), &["init", "--name", "Office"]);
    assert_eq!(code, Some(2));
    for flag in ["--address", "--desk", "--units", "--supervisor", "--mailbox", "--trust", "--outgoing", "--yes", "init --help"] {
        assert!(err.contains(flag), "no {flag} in {err}");
    }
    assert!(!err.contains("--name "), "{err}");
    assert!(!folder.path().join("zhibao.toml").exists());
}

#[test]
fn a_mistake_is_told_with_file_line_and_mend_in_either_language() {
    let folder = folder();
    fs::write(folder.path().join("units.csv"), "单位,邮箱\n盂县,yuxian\n平定县,p@b.example\n郊区,p@b.example\n").expect("written");
    let (code, _, err) = run(folder.path(), &USUAL);
    assert_eq!(code, Some(2));
    assert!(
        err.contains("units.csv:2: “yuxian” is no email address") && err.contains("units.csv:4: p@b.example stands on line 3"),
        "{err}"
    );
    let (_, _, err) = said(&zhibao(folder.path(), &USUAL).env("LANG", "zh_CN.UTF-8").output().expect("run"));
    assert!(
        err.contains("units.csv:2：“yuxian”不是邮箱地址；请写成") && err.contains("units.csv:4：p@b.example 在第 3 行已用于“平定县”"),
        "{err}"
    );
}

#[test]
fn a_password_is_named_or_handed_over_and_never_in_the_configuration() {
    let folder = folder();
    let at = folder.path();
    fs::write(at.join("secret"), "hunter2\n").expect("written");
    let server = ["--mailbox", "imaps://boxes@imap.city.example:1993", "--password-file", "secret"];
    let (code, out, err) = run(at, &[&USUAL[..], &server[..]].concat());
    assert_eq!((code, warnings(&err)), (Some(0), Vec::new()), "{out}");
    let text = fs::read_to_string(at.join("zhibao.toml")).expect("written");
    assert!(text.contains("password_file = \"secret\"") && text.contains("username = \"boxes\"") && text.contains("port = 1993"), "{text}");
    assert!(!text.contains("hunter2") && !out.contains("hunter2"));
    assert_eq!(fs::metadata(at.join("zhibao.toml")).expect("there").permissions().mode() & 0o7777, 0o640);

    fs::remove_file(at.join("zhibao.toml")).expect("removed");
    fs::remove_file(at.join("network.toml")).expect("removed");
    let (code, out, _) = run(at, &[&USUAL[..], &["--mailbox", "imap.city.example"]].concat());
    assert_eq!(code, Some(0));
    assert!(out.contains("ZHIBAO_MAILBOX_REPORTS_PASSWORD") && out.contains("ZHIBAO_RELAY_PASSWORD"), "{out}");
    let (code, _, err) = run(at, &[&USUAL[..], &["--mailbox", "imap.city.example", "--password-file", "absent"]].concat());
    assert!(code == Some(1) || err.contains("absent"), "{err}");
}

#[test]
fn at_a_terminal_it_asks_and_does_not_show_the_password() {
    let folder = folder();
    let at = folder.path();
    let typed = "信息科\nxinxi@city.example\ndesk@city.example\n\n\nimap.city.example\nhunter2\n\n\n\n";
    let program = format!("{} --config zhibao.toml --lang zh-CN init", env!("CARGO_BIN_EXE_zhibao"));
    // `script` gives it a terminal.
    let mut child = Command::new("script")
        .args(["-qec", &program, "/dev/null"])
        .current_dir(at)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("script");
    let mut input = child.stdin.take().expect("a pipe");
    for line in typed.split_inclusive('\n') {
        // As a person types: one line after the other, when it is asked for.
        std::thread::sleep(std::time::Duration::from_millis(300));
        input.write_all(line.as_bytes()).expect("typed");
    }
    let (code, out, err) = said(&child.wait_with_output().expect("ended"));
    drop(input);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("1/8") && out.contains("8/8") && out.contains("接下来："), "{out}");
    assert!(!out.contains("hunter2"), "{out}");
    let secret = at.join("mailbox.password");
    assert_eq!(fs::read_to_string(&secret).expect("written"), "hunter2\n");
    assert_eq!(fs::metadata(&secret).expect("there").permissions().mode() & 0o7777, 0o600);
    let text = fs::read_to_string(at.join("zhibao.toml")).expect("written");
    assert!(text.contains("language = \"zh-CN\"") && text.matches("mailbox.password").count() == 2, "{text}");
    assert!(!text.contains("hunter2"));
    let (code, out, err) = run(at, &["--lang", "en", "check"]);
    assert_eq!((code, warnings(&err)), (Some(0), Vec::new()), "{out}");
}

#[test]
fn the_sample_is_a_table_that_init_takes() {
    let folder = folder();
    let at = folder.path();
    let (code, out, _) = run(at, &["init", "--sample", "sample.csv"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("zhibao init --units sample.csv"), "{out}");
    let (code, out, err) = run(at, &[&USUAL[..], &["--units", "sample.csv"]].concat());
    assert_eq!((code, warnings(&err)), (Some(0), Vec::new()), "{out}");
    assert!(out.contains("3 units, 4 reporters, 2 supervisors"), "{out}");
    assert!(fs::read_to_string(at.join("network.toml")).expect("written").contains("# beneath Liuwan County (level 2)"));
    let (code, _, err) = run(at, &["init", "--sample", "sample.csv"]);
    assert!(code == Some(1) && err.contains("there already"), "{err}");
    // Options of every command go with it, those of init do not.
    let (code, out, err) = run(at, &["--lang", "zh-CN", "init", "--sample", "样表.csv"]);
    assert!(code == Some(0) && out.contains("样表写在 样表.csv"), "{out}{err}");
    let (code, out, err) = run(at, &["init", "--sample", "s.csv", "--lang", "en", "--json"]);
    assert_eq!(code, Some(0), "{err}");
    let facts: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&facts["written"][0], &facts["next"][0]), (&Value::from("s.csv"), &Value::from("zhibao init --units s.csv")));
    let (code, _, err) = run(at, &["init", "--sample", "t.csv", "--yes"]);
    assert!(code == Some(2) && err.contains("cannot be used with") && !at.join("t.csv").exists(), "{err}");
}

/// Every call of a kind fails once, and then the next one, until none is left to fail.
fn with_faults(calls: &str, inject: &str) -> usize {
    let mut nth = 0;
    loop {
        nth += 1;
        let folder = folder();
        let mut command = Command::new("strace");
        command.current_dir(folder.path()).args(["-qq", "-o", "trace", "-e", &format!("trace={calls}")]);
        command.arg("-e").arg(format!("inject={calls}:{inject}:when={nth}")).arg(env!("CARGO_BIN_EXE_zhibao"));
        command.args(["--config", "zhibao.toml"]).args(USUAL).stdin(Stdio::null()).env("LANG", "en_US.UTF-8").env_remove("LC_ALL");
        let (code, out, err) = said(&command.output().expect("strace"));
        let injected = fs::read_to_string(folder.path().join("trace")).expect("a trace").contains("INJECTED");
        if !injected {
            assert_eq!(code, Some(0), "{out}{err}");
            return nth - 1;
        }
        assert!(code == Some(1) && err.contains("cannot be written") && err.contains("Nothing was written."), "{nth}: {out}{err}");
        let mut names: Vec<_> = fs::read_dir(folder.path()).expect("there").map(|entry| entry.expect("there").file_name()).collect();
        names.sort();
        assert_eq!(names, ["mail", "trace", "units.csv"], "{nth}");
    }
}

#[test]
fn whatever_of_the_disk_fails_nothing_is_left_where_that_is_said() {
    // Of each of two files, its content and its folder.
    assert_eq!(with_faults("fsync", "error=EIO"), 4);
    assert_eq!(with_faults("?link,linkat", "error=ENOSPC"), 2);
    // Its removal under the first name, which is tried once more.
    assert_eq!(with_faults("?unlink,unlinkat", "error=EIO"), 2);
}

#[test]
fn what_could_not_be_taken_back_is_named() {
    let folder = folder();
    let mut command = Command::new("strace");
    command.current_dir(folder.path()).args(["-qq", "-o", "/dev/null", "-e", "inject=?unlink,unlinkat:error=EPERM"]);
    command.arg(env!("CARGO_BIN_EXE_zhibao")).args(["--config", "zhibao.toml"]).args(USUAL).stdin(Stdio::null());
    let (code, _, err) = said(&command.env("LANG", "en_US.UTF-8").env_remove("LC_ALL").output().expect("strace"));
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("remove it by hand: .") && err.contains("network.toml.") && !err.contains("Nothing was written"), "{err}");
    assert!(folder.path().join("network.toml").exists());
}

#[test]
fn files_that_are_named_are_looked_at() {
    let folder = folder();
    let at = folder.path();
    let remarks = |lang: &str, more: &[&str]| {
        for name in ["zhibao.toml", "network.toml"] {
            let _ = fs::remove_file(at.join(name));
        }
        let (code, out, err) = run(at, &[&["--json", "--lang", lang], &USUAL[..], &["--mailbox", "imap.city.example"], more].concat());
        assert_eq!(code, Some(0), "{err}");
        serde_json::from_str::<Value>(&out).expect("JSON")["remarks"].as_array().expect("a list").clone()
    };
    fs::write(at.join("pw"), "hunter2\n").expect("written");
    fs::write(at.join("ca.pem"), "").expect("written");
    let mode = |mode| fs::set_permissions(at.join("pw"), fs::Permissions::from_mode(mode)).expect("set");
    let given = ["--password-file", "pw", "--ca-file", "ca.pem"];
    mode(0o640);
    assert_eq!(remarks("en", &given), Vec::<Value>::new());
    mode(0o644);
    let said = remarks("en", &given);
    assert!(said.len() == 1 && said[0].as_str().is_some_and(|said| said.contains("everybody") && said.contains("chmod o= pw")), "{said:?}");
    assert!(remarks("zh-CN", &given)[0].as_str().is_some_and(|said| said.contains("密码文件 pw 本机人人可读")));
    mode(0o600);
    fs::write(at.join("pw"), "user: boxes\nhunter2\n").expect("written");
    let said = remarks("en", &given);
    assert!(said.len() == 1 && said[0].as_str().is_some_and(|said| said.contains("pw has several lines")), "{said:?}");
    assert!(!said[0].to_string().contains("hunter2"));
    assert!(remarks("zh-CN", &given)[0].as_str().is_some_and(|said| said.contains("密码文件 pw 不止一行")));
    fs::write(at.join("pw"), "hunter2\n").expect("written");
    let given = ["--password-file", "pw", "--ca-file", "absent.pem"];
    let said = remarks("en", &given);
    assert!(said.len() == 1 && said[0].as_str().is_some_and(|said| said.contains("no file of certificates absent.pem")), "{said:?}");
    assert!(remarks("zh-CN", &given)[0].as_str().is_some_and(|said| said.contains("没有证书文件 absent.pem")));
}

#[test]
fn a_script_gets_facts() {
    let folder = folder();
    let (code, out, _) = run(folder.path(), &[&["--json"], &USUAL[..]].concat());
    assert_eq!(code, Some(0));
    let facts: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(facts["written"].as_array().map(Vec::len), Some(2));
    assert_eq!(facts["next"][0], "zhibao check --online");
}
