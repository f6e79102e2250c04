//! Who is asked what, what he is told, and what becomes of his files.

use std::sync::{Arc, Mutex};

use super::*;

/// What was said to a person.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_person_is_asked_eight_questions_and_told_at_once_what_does_not_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let units = folder.path().join("u.csv");
    fs::write(&units, "单位,邮箱\n盂县,坏地址\n").expect("written");
    let mended = folder.path().join("mended.csv");
    fs::write(&mended, "单位,邮箱\n盂县,yuxian@a.example\n").expect("written");
    let typed = format!(
        "信息科\n不是地址\nxinxi@city.example\nxinxi@city.example\n\nno-such.csv\n{}\n{}\n王主任 <chief@city.example>\n/nowhere/\n\nkou ling\nauthserv\n\n\n\n",
        units.display(),
        mended.display()
    );
    let screen = Screen::default();
    let console = Console { input: Box::new(Cursor::new(typed.into_bytes())), output: Box::new(screen.clone()) };
    let mut asker = Asker { language: Language::ZhCn, console: Some(console), defaults: false, missing: Vec::new(), number: 0 };
    let answers = ask(&Args::default(), place(folder.path()), &mut asker).expect("answered");
    let shown = String::from_utf8(screen.0.lock().expect("nobody panicked").clone()).expect("UTF-8");
    for part in [
        "1/8  ",
        "8/8  ",
        "“不是地址”不是邮箱地址",
        "不给自己写信",
        "没有 no-such.csv 这个文件",
        "u.csv:2：",
        "不是邮件目录",
        "authserv 之后请写",
        "[imap.city.example]",
    ] {
        assert!(shown.contains(part), "no {part} in {shown}");
    }
    assert!(!shown.contains("9/8") && !shown.contains("kou ling"), "{shown}");
    assert_eq!(answers.supervisors[0].name.as_deref(), Some("王主任"));
    assert_eq!(answers.desk[0].as_str(), "postmaster@city.example");
    let made = files_of(&answers);
    without_fault(&answers, &made).expect("loads");
    let secrets: Vec<&NewFile> = made.iter().filter(|file| file.bytes == b"kou ling\n").collect();
    assert_eq!((secrets.len(), secrets[0].mode), (1, 0o600), "one password for both");
    assert!(made.iter().filter(|file| file.mode != 0o600).all(|file| !String::from_utf8_lossy(&file.bytes).contains("kou ling")));
}

/// Options that answer every question, about a folder with a table and a password.
fn all_options(folder: &Path) -> Args {
    let text = |text: &str| Some(text.to_owned());
    let units = folder.join("u.csv");
    fs::write(&units, "单位,邮箱\n盂县,yuxian@a.example\n").expect("written");
    fs::write(folder.join("pw"), "kou ling\n").expect("written");
    Args {
        name: text("Office"),
        units: Some(units.display().to_string()),
        supervisor: text("chief@city.example"),
        trust: text("verify"),
        outgoing: text("smtp.city.example"),
        password_file: Some(folder.join("pw")),
        ..usual()
    }
}

/// The answers of a person who types this, and what the screen showed.
fn asked(folder: &Path, args: &Args, typed: &str) -> (Result<Answers, Failure>, String) {
    let screen = Screen::default();
    let console = Console { input: Box::new(Cursor::new(typed.as_bytes().to_vec())), output: Box::new(screen.clone()) };
    let mut asker = Asker { language: Language::En, console: Some(console), defaults: false, missing: Vec::new(), number: 0 };
    let answers = ask(args, place(folder), &mut asker);
    drop(asker);
    let shown = String::from_utf8(screen.0.lock().expect("nobody panicked").clone()).expect("UTF-8");
    (answers, shown)
}

#[test]
fn who_has_said_everything_is_asked_nothing_at_a_terminal_either() {
    let folder = tempfile::tempdir().expect("a folder");
    let (answers, shown) = asked(folder.path(), &all_options(folder.path()), "");
    let answers = answers.expect("nothing was asked");
    assert_eq!((&answers.mailbox_password, &shown), (&Password::File(folder.path().join("pw")), &String::new()));
    assert_eq!(answers.relay_password, answers.mailbox_password);
    // Without a file of the password it is handed over.
    let (answers, shown) = asked(folder.path(), &Args { password_file: None, ..all_options(folder.path()) }, "");
    let answers = answers.expect("nothing was asked");
    assert!(matches!((answers.mailbox_password, answers.relay_password), (Password::Handed { .. }, Password::Handed { .. })));
    assert_eq!(shown, "");
}

#[test]
fn who_has_said_some_of_it_is_asked_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let (answers, shown) = asked(folder.path(), &Args { name: None, ..all_options(folder.path()) }, "Our office\n");
    let answers = answers.expect("one answer was enough");
    assert_eq!((answers.name.as_str(), &answers.relay_password), ("Our office", &answers.mailbox_password));
    assert!(shown.starts_with("What the options do not say is asked now.") && shown.contains("1/8"), "{shown}");
    assert!(!shown.contains("Eight") && !shown.contains("Password of"), "{shown}");
}

#[test]
fn a_password_that_is_there_already_is_told_of_before_the_first_question() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = folder.path().join("mailbox.password");
    fs::write(&old, "old\n").expect("written");
    let open = Args { name: None, password_file: None, ..all_options(folder.path()) };
    let (answers, shown) = asked(folder.path(), &open, "");
    let failure = answers.err().expect("refused");
    assert_eq!(shown, "", "before anything is asked");
    for (language, mend) in [(Language::En, "add --password-file "), (Language::ZhCn, "请加 --password-file ")] {
        let said = failure.sentence(language);
        assert!(said.contains("mailbox.password") && said.contains(mend), "{said}");
    }
    let (answers, _) = asked(folder.path(), &Args { password_file: Some(old.clone()), ..open }, "Office\n");
    assert_eq!(answers.expect("it may be used").mailbox_password, Password::File(old));
}

#[test]
fn a_password_goes_to_no_other_provider() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = |host: &str| Args { outgoing: Some(host.to_owned()), ..all_options(folder.path()) };
    let (answers, _) = asked(folder.path(), &relay("smtp.sendgrid.net"), "");
    let answers = answers.expect("nothing was asked");
    assert!(matches!(answers.relay_password, Password::Handed { .. }), "{:?}", answers.relay_password);
    assert!(remarks(&answers).concat().contains("the password of the relay was not given"));
    assert!(
        !String::from_utf8_lossy(&files_of(&answers)[1].bytes).split("[[transport]]").nth(1).expect("a relay").contains("password_file")
    );
    // A person is not offered what would send it there.
    let (answers, shown) = asked(folder.path(), &Args { name: None, ..relay("smtp.sendgrid.net") }, "Office\n\n");
    assert!(matches!(answers.expect("answered").relay_password, Password::Handed { .. }));
    assert!(shown.contains("at smtp.sendgrid.net (not shown; Enter alone if it is handed over otherwise)"), "{shown}");
}

#[test]
fn hosts_are_of_one_provider_only_where_that_is_sure() {
    for (one, other) in [
        ("imap.city.example", "smtp.city.example"),
        ("imap.qq.com", "smtp.qq.com"),
        ("imap.189.cn", "smtp.189.cn"),
        ("imap.exmail.qq.com", "smtp.exmail.qq.com"),
        ("imap.yq.gov.cn", "smtp.yq.gov.cn"),
        ("mail.city.example", "mail.city.example"),
        ("127.0.0.1", "127.0.0.1"),
    ] {
        assert!(answers::of_one_provider(one, other), "{one} {other}");
    }
    for (one, other) in [
        ("imap.city.example", "smtp.sendgrid.net"),
        ("city.com", "sendgrid.com"),
        ("city.com.cn", "other.com.cn"),
        ("city.sx.cn", "other.sx.cn"),
        ("city.co.uk", "other.co.uk"),
        ("city.info.pl", "other.info.pl"),
        ("192.168.0.1", "10.168.0.1"),
        ("mail", "relay"),
        ("city.example", "smtp.city.example"),
        ("imap.city.example", "city.example"),
        ("imap.mail.city.example", "smtp.city.example"),
    ] {
        assert!(!answers::of_one_provider(one, other), "{one} {other}");
    }
}

#[test]
fn whoever_leaves_is_told_that_nothing_was_written() {
    let console = Console { input: Box::new(Cursor::new(b"x\n".to_vec())), output: Box::new(Screen::default()) };
    let mut asker = Asker { language: Language::En, console: Some(console), defaults: false, missing: Vec::new(), number: 0 };
    let failure = ask(&Args::default(), place(Path::new(".")), &mut asker).err().expect("left");
    assert!(failure.sentence(Language::En).contains("nothing was written"));
}

#[test]
fn the_sample_goes_with_no_option_of_init_and_with_those_of_every_command() {
    let command = <Args as clap::Args>::augment_args(clap::Command::new("init"));
    let mut tried = 0;
    for option in command.get_arguments().filter(|option| option.get_id() != "sample") {
        let flag = format!("--{}", option.get_long().expect("a long name"));
        let value = option.get_action().takes_values().then_some("word");
        let line = ["init", "--sample", "s.csv", flag.as_str()].into_iter().chain(value);
        let error = command.clone().try_get_matches_from(line).expect_err(&flag);
        assert_eq!(error.kind(), clap::error::ErrorKind::ArgumentConflict, "{flag}: {error}");
        tried += 1;
    }
    assert_eq!(tried, OTHERS.len());
}

#[test]
fn a_file_that_comes_between_is_left_alone_and_the_others_are_taken_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| NewFile { path: folder.path().join(name), bytes: b"new".to_vec(), mode: 0o640, owner: (None, None) };
    fs::write(folder.path().join("b"), "old").expect("written");
    let unmade = files::make_all(&[file("a"), file("b")]).expect_err("refused");
    assert_eq!((unmade.path, unmade.error.kind()), (folder.path().join("b"), std::io::ErrorKind::AlreadyExists));
    assert!(unmade.left.is_empty(), "{:?}", unmade.left);
    assert_eq!(fs::read_to_string(folder.path().join("b")).expect("there"), "old");
    assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 1, "nothing else is left");
}
