//! The eight questions, and what follows from their answers.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use super::super::failure::Failure;
use super::answers::{self, Server, Source, Told, Way};
use super::dialogue::{Asker, Console, QUESTIONS, Question};
use super::files::NewFile;
use super::place::Place;
use super::roster::{self, Fault, Network, SupervisorRow};
use super::{Answers, Args, Both, Password, texts};
use crate::domain::language::Language;
use crate::domain::roster::Address;
use crate::domain::secret::Secret;
use crate::domain::web::is_this_machine;
use crate::mail::words::say;

/// Where anybody may have an address: nothing can be guessed from it.
const PUBLIC: [&str; 14] = [
    "qq.com",
    "foxmail.com",
    "163.com",
    "126.com",
    "yeah.net",
    "139.com",
    "189.cn",
    "sina.com",
    "sohu.com",
    "aliyun.com",
    "gmail.com",
    "outlook.com",
    "hotmail.com",
    "icloud.com",
];

/// Asks at the terminal, where there is one and nobody said `--yes`.
pub(super) fn gather(args: &Args, place: Place, language: Language) -> Result<Answers, Failure> {
    let terminal = io::stdin().is_terminal() && io::stderr().is_terminal() && !args.yes;
    let console = terminal.then(|| Console { input: Box::new(io::stdin().lock()), output: Box::new(io::stderr()) });
    let mut asker = Asker { language, console, defaults: args.yes, missing: Vec::new(), number: 0 };
    ask(args, place, &mut asker)
}

/// The same with whoever answers.
pub(super) fn ask(args: &Args, place: Place, asker: &mut Asker<'_>) -> Result<Answers, Failure> {
    let language = asker.language;
    let timezone = timezone(args, language)?;
    let boundary = boundary(args)?;
    begin(args, &place, asker)?;
    let name = asker.answer(&office_name(args, language), answers::name)?;
    let address = asker.answer(&office_address(args, language), answers::address)?;
    let office = address.as_ref();
    let desk = asker.answer(&desk(args, office), |text| answers::addresses(text, office))?;
    let network = asker.answer(&units(args), |text| table(text, office))?;
    let supervised = network.as_ref().is_some_and(Network::is_supervised);
    let supervisors = supervisors(args, asker, network.as_ref(), office, desk.as_deref())?;
    let source = asker.answer(&source(args, office), answers::source)?;
    let source = source.map(|source| with_login(source, office));
    let mailbox_password = mailbox_password(args, asker, &place, source.as_ref())?;
    let trust = asker.answer(&trust(args, source.as_ref()), answers::trust)?;
    let way = asker.answer(&outgoing(args, source.as_ref(), &place), answers::way)?;
    let way = way.map(|way| with_sender(way, source.as_ref(), office));
    let relay_password = relay_password(args, asker, &place, (way.as_ref(), source.as_ref()), &mailbox_password)?;
    let operators = args.operator.as_deref().map(|text| answers::addresses(text, office)).transpose();
    let operators = operators.map_err(|wrong| said("--operator", &wrong))?;
    let whole = (name, address, desk, network, source, trust, way);
    let (Some(name), Some(address), Some(desk), Some(network), Some(source), Some(trust), Some(way)) = whole else {
        return Err(missing(asker));
    };
    if supervisors.is_empty() && !supervised {
        return Err(missing(asker));
    }
    let source = match source {
        Source::Maildir(path) => Source::Maildir(place.seen(&path)),
        imap => imap,
    };
    let way = match way {
        Way::Folder(path) if path != Path::new(&place.outbox) => Way::Folder(place.seen(&path)),
        way => way,
    };
    let secrets = mailbox_password.1.into_iter().chain(relay_password.1).collect();
    let ca_file = args.ca_file.as_deref().map(|file| place.seen(file));
    let operators = operators.unwrap_or_else(|| desk.clone());
    let (mailbox_password, relay_password) = (mailbox_password.0, relay_password.0);
    Ok(Answers {
        language,
        timezone,
        name,
        address,
        desk,
        operators,
        network,
        supervisors,
        source,
        way,
        trust,
        boundary,
        mailbox_password,
        relay_password,
        ca_file,
        place,
        secrets,
    })
}

/// Says what is going to be asked, if anything is, and sees to it before that the answers will not have been for nothing.
fn begin(args: &Args, place: &Place, asker: &mut Asker<'_>) -> Result<(), Failure> {
    if asker.console.is_none() {
        return Ok(());
    }
    let given = [&args.name, &args.address, &args.desk, &args.units, &args.supervisor, &args.mailbox, &args.trust, &args.outgoing];
    let open = given.iter().filter(|given| given.is_none()).count();
    if open == 0 {
        // Whoever has said everything is not asked for a password either.
        asker.console = None;
        return Ok(());
    }
    if args.password_file.is_none() {
        place.without_password()?;
    }
    asker.say(match open {
        QUESTIONS => {
            say!(asker, "下面八个问题，直接按回车即取方括号中的值。", "Eight questions follow. Enter alone takes what stands in brackets.")
        }
        _ => say!(
            asker,
            "选项没有说明的，下面逐一询问；直接按回车即取方括号中的值。",
            "What the options do not say is asked now. Enter alone takes what stands in brackets."
        ),
    });
    Ok(())
}

fn said(flag: &str, wrong: &Both) -> Failure {
    Failure::usage(format!("{flag}：{}。", wrong.zh), format!("{flag}: {}.", wrong.en))
}

/// Nobody is there to ask, and not everything was said.
fn missing(asker: &Asker<'_>) -> Failure {
    let flags = asker.missing.join(" ");
    let (mut zh, mut en) = (String::new(), String::new());
    if !asker.defaults {
        zh = "能取默认值的，可加 --yes 一并取用。".to_owned();
        en = " With --yes, what has a default takes it.".to_owned();
    }
    Failure::usage(
        format!("这里没有终端可以询问，还缺这些选项：{flags}。{zh}各项含义见 zhibao init --help。"),
        format!("There is no terminal to ask at, and these options are missing: {flags}.{en} zhibao init --help says what each is."),
    )
}

fn office_name(args: &Args, language: Language) -> Question<'_> {
    let default = match language {
        Language::ZhCn => "信息科",
        Language::En => "Information office",
    };
    let ask = Both::new("办公室名称（每份通知的发件人名称）", "The office's name (every notice comes under it)");
    Question { flag: "--name", given: args.name.as_deref(), ask, default: Some(default.to_owned()) }
}

fn office_address(args: &Args, language: Language) -> Question<'_> {
    let local = match language {
        Language::ZhCn => "xinxi",
        Language::En => "office",
    };
    let ask = Both::new("办公室邮箱（信息报到这里，通知由此发出）", "The office's address (reports go to it, notices come from it)");
    Question { flag: "--address", given: args.address.as_deref(), ask, default: mail_domain().map(|domain| format!("{local}@{domain}")) }
}

/// The domain of this machine's mail, where it has one.
fn mail_domain() -> Option<String> {
    let read = |path: &str| std::fs::read_to_string(path).ok().map(|text| text.trim().to_lowercase());
    let full = |name: &String| name.contains('.') && !name.starts_with("localhost") && answers::host(name).is_some();
    let host = read("/proc/sys/kernel/hostname").filter(full).and_then(|name| name.split_once('.').map(|(_, domain)| domain.to_owned()));
    read("/etc/mailname").filter(full).or(host.filter(full))
}

fn desk<'a>(args: &'a Args, office: Option<&Address>) -> Question<'a> {
    let default = office.filter(|office| !PUBLIC.contains(&office.domain()) && office.local() != "postmaster");
    let ask = Both::new(
        "值班室邮箱（来历不明的来信、存疑之处由此人过目；可写多个，用逗号隔开）",
        "The duty desk's address (looks at mail of unknown origin, and at doubts; several with commas)",
    );
    let default = default.map(|office| format!("postmaster@{}", office.domain()));
    Question { flag: "--desk", given: args.desk.as_deref(), ask, default }
}

fn units(args: &Args) -> Question<'_> {
    let ask = Both::new(
        "单位和邮箱表（.csv 或 .xlsx，至少有“单位”“邮箱”两栏）",
        "The table of units and addresses (.csv or .xlsx, with the columns unit and address at least)",
    );
    Question { flag: "--units", given: args.units.as_deref(), ask, default: Some("units.csv".to_owned()) }
}

/// Reads the table; everything that is wrong with it is one answer.
fn table(text: &str, office: Option<&Address>) -> Result<Network, Both> {
    let (path, bytes) = answers::table(text)?;
    roster::read(&path.to_string_lossy(), &bytes, office).map_err(|faults| {
        let lines = |language| {
            let lines: Vec<String> = faults.iter().map(|fault| line(&path, fault, language)).collect();
            match (lines.len(), language) {
                (1, _) => lines.concat(),
                (many, Language::ZhCn) => format!("表中有 {many} 处要改：\n{}", lines.join("\n")),
                (many, Language::En) => format!("the table has {many} things to mend:\n{}", lines.join("\n")),
            }
        };
        Both::new(lines(Language::ZhCn), lines(Language::En))
    })
}

/// `units.csv:12: …`, as editors like it.
fn line(path: &Path, fault: &Fault, language: Language) -> String {
    let place = fault.line.map_or_else(|| path.display().to_string(), |line| format!("{}:{line}", path.display()));
    match language {
        Language::ZhCn => format!("{place}：{}。", fault.said.zh),
        Language::En => format!("{place}: {}.", fault.said.en),
    }
}

/// Who hears of breaches, beside those in the table.
fn supervisors(
    args: &Args,
    asker: &mut Asker<'_>,
    network: Option<&Network>,
    office: Option<&Address>,
    desk: Option<&[Address]>,
) -> Result<Vec<Told>, Failure> {
    let supervised = network.is_some_and(Network::is_supervised);
    let ask = Both::new(
        "督办人邮箱（迟报即告知；再写第二、三人，则依次从漏报起、只在不报时告知）",
        "The supervisor's address (hears of late reports; a second one hears from omitted on, a third of unreported only)",
    );
    let in_table = say!(asker, "表中所列", "those in the table");
    let default = match supervised {
        true => Some(in_table.to_owned()),
        false => desk.and_then(|desk| desk.first()).map(ToString::to_string),
    };
    let question = Question { flag: "--supervisor", given: args.supervisor.as_deref(), ask, default };
    if supervised && asker.console.is_none() && args.supervisor.is_none() {
        asker.number += 1;
        return Ok(Vec::new());
    }
    let answer = asker.answer(&question, |text| {
        if supervised && text == in_table {
            return Ok(Vec::new());
        }
        let mut told = answers::supervisors(text, office)?;
        let known: Vec<&SupervisorRow> = network.into_iter().flat_map(|network| &network.supervisors).collect();
        // Who is said to be what the table says as well is in it already.
        told.retain(|told| !known.iter().any(|known| known.address == told.address && known.level == told.level && known.units.is_none()));
        match known.iter().find(|known| told.iter().any(|told| told.address == known.address)) {
            None => Ok(told),
            Some(known) => Err(twice(known, supervised)),
        }
    })?;
    Ok(answer.unwrap_or_default())
}

/// Somebody cannot be a supervisor in two ways.
fn twice(known: &SupervisorRow, supervised: bool) -> Both {
    let (zh, en) = match supervised {
        true => ("", ""),
        false => ("，而有的单位还没有一级督办人", ", and units are left without one of level 1"),
    };
    let (address, line) = (&known.address, known.line);
    Both::new(
        format!("{address} 在表中第 {line} 行已是督办人{zh}；请改表，或另写一人"),
        format!("{address} is a supervisor on line {line} of the table already{en}; change the table, or name another"),
    )
}

fn source<'a>(args: &'a Args, office: Option<&Address>) -> Question<'a> {
    let ask = Both::new(
        "从哪里收信（邮件服务器的主机名，或本机的邮件目录）",
        "Where mail comes from (the host of a mail server, or a Maildir on this machine)",
    );
    let home = std::env::home_dir().map(|home| home.join("Maildir"));
    let is_maildir = |path: &PathBuf| path.join("new").is_dir() && path.join("cur").is_dir();
    let here = [Some(PathBuf::from("./mail")), home].into_iter().flatten().find(is_maildir).map(|path| path.display().to_string());
    let default = here.or_else(|| office.map(|office| format!("imap.{}", office.domain())));
    Question { flag: "--mailbox", given: args.mailbox.as_deref(), ask, default }
}

/// Whoever is not named logs in as the office.
fn with_login(source: Source, office: Option<&Address>) -> Source {
    match source {
        Source::Imap(server) => {
            let username = server.username.or_else(|| office.map(ToString::to_string));
            Source::Imap(Server { username, ..server })
        }
        maildir => maildir,
    }
}

fn trust<'a>(args: &'a Args, source: Option<&Source>) -> Question<'a> {
    let ask = Both::new(
        "以何为准认定发件人\n     verify   由本程序核验 DKIM、SPF、DMARC，未证实的隔离\n     authserv 加服务器名称：以本方服务器写下的核验结果为准，例如 authserv mx.example.net\n     mailbox  凡能投进此处者均可信，只宜用于外人投不进的信箱",
        "By what a sender is believed\n     verify    DKIM, SPF and DMARC are checked here; what does not pass is quarantined\n     authserv  and the name of your server: its word counts, as in authserv mx.example.net\n     mailbox   whoever can deliver is believed; only where strangers cannot",
    );
    let default = match source {
        Some(Source::Maildir(_)) => "mailbox",
        _ => "verify",
    };
    Question { flag: "--trust", given: args.trust.as_deref(), ask, default: source.map(|_| default.to_owned()) }
}

fn outgoing<'a>(args: &'a Args, source: Option<&Source>, place: &Place) -> Question<'a> {
    let ask = Both::new(
        "通知往哪里发（邮件服务器的主机名；写目录则只写成文件，先不发出）",
        "Where notices go (the host of a mail server; into a folder they are written, and not sent)",
    );
    let default = source.map(|source| match source {
        Source::Maildir(_) => place.outbox.clone(),
        Source::Imap(server) => server.host.strip_prefix("imap.").map_or(server.host.clone(), |rest| format!("smtp.{rest}")),
    });
    Question { flag: "--outgoing", given: args.outgoing.as_deref(), ask, default }
}

/// Whoever is not named logs in as at the mailbox, else as the office; nobody at a relay of this machine.
fn with_sender(way: Way, source: Option<&Source>, office: Option<&Address>) -> Way {
    match way {
        Way::Relay(server) if server.username.is_none() && !is_this_machine(&server.host) => {
            let same = match source {
                Some(Source::Imap(mailbox)) => mailbox.username.clone(),
                _ => None,
            };
            let username = same.or_else(|| office.map(ToString::to_string));
            Way::Relay(Server { username, ..server })
        }
        way => way,
    }
}

type Kept = (Password, Option<NewFile>);

/// What may be done in place of typing a password.
const OTHERWISE: (&str, &str) = ("密码另行提供的，直接按回车", "Enter alone if it is handed over otherwise");

fn mailbox_password(args: &Args, asker: &mut Asker<'_>, place: &Place, source: Option<&Source>) -> Result<Kept, Failure> {
    let Some(Source::Imap(Server { host, username: Some(username), .. })) = source else { return Ok((Password::Nobody, None)) };
    if let Some(file) = &args.password_file {
        return Ok((named("--password-file", file, place)?, None));
    }
    let (zh, en) = OTHERWISE;
    let typed = asker.password(&Both::new(
        format!("{username} 在 {host} 的密码或授权码（不显示；{zh}）"),
        format!("Password of {username} at {host} (not shown; {en})"),
    ))?;
    let name = texts::MAILBOX;
    let handed = Password::Handed {
        credential: format!("zhibao.mailbox.{name}"),
        variable: format!("ZHIBAO_MAILBOX_{}_PASSWORD", name.to_uppercase()),
    };
    kept(typed, place.mailbox_password(), place, handed)
}

fn relay_password(
    args: &Args,
    asker: &mut Asker<'_>,
    place: &Place,
    (way, source): (Option<&Way>, Option<&Source>),
    mailbox: &Kept,
) -> Result<Kept, Failure> {
    let Some(Way::Relay(Server { host, username: Some(username), .. })) = way else { return Ok((Password::Nobody, None)) };
    if let Some(file) = &args.relay_password_file {
        return Ok((named("--relay-password-file", file, place)?, None));
    }
    let is_same = |server: &Server| server.username.as_ref() == Some(username) && answers::of_one_provider(&server.host, host);
    // A password is for whom it was given for: another provider never sees it.
    let same = matches!(source, Some(Source::Imap(server)) if is_same(server)).then_some(&mailbox.0);
    let same = same.filter(|password| matches!(password, Password::File(_))).cloned();
    if let (Some(_), Some(password)) = (&args.password_file, &same) {
        return Ok((password.clone(), None));
    }
    let (zh, en) = match same {
        Some(_) => ("与收信相同的，直接按回车", "Enter alone if it is the same as the mailbox's"),
        None => OTHERWISE,
    };
    let typed = asker.password(&Both::new(
        format!("{username} 在 {host} 的密码或授权码（不显示；{zh}）"),
        format!("Password of {username} at {host} (not shown; {en})"),
    ))?;
    let name = texts::RELAY;
    let handed = Password::Handed { credential: format!("{name}.password"), variable: format!("ZHIBAO_{}_PASSWORD", name.to_uppercase()) };
    kept(typed, place.config.with_file_name("relay.password"), place, same.unwrap_or(handed))
}

/// A password that was typed has a file of its own; else it is where `otherwise` says.
fn kept(typed: Option<Secret>, path: PathBuf, place: &Place, otherwise: Password) -> Result<Kept, Failure> {
    let Some(secret) = typed else { return Ok((otherwise, None)) };
    if path.symlink_metadata().is_ok() {
        return Err(super::place::there_already(&path));
    }
    let bytes = format!("{}\n", secret.expose()).into_bytes();
    Ok((
        Password::File(path.file_name().map(PathBuf::from).unwrap_or_default()),
        Some(NewFile { path, bytes, mode: 0o600, owner: place.secret_owner }),
    ))
}

/// A file that is named, and must hold something.
fn named(flag: &str, file: &Path, place: &Place) -> Result<Password, Failure> {
    let shown = file.display();
    match std::fs::read_to_string(file) {
        Ok(text) if !text.trim_end_matches(['\r', '\n']).is_empty() => Ok(Password::File(place.seen(file))),
        Ok(_) => Err(Failure::usage(
            format!("{flag}：{shown} 是空的。请把密码写进去，只写密码。"),
            format!("{flag}: {shown} is empty. Write the password into it, alone."),
        )),
        Err(error) => Err(Failure::usage(
            format!("{flag}：读不了 {shown}（{error}）。请建好这个文件，只让运行 zhibao 的用户可读。"),
            format!("{flag}: {shown} cannot be read ({error}). Make the file, readable for the user that runs zhibao alone."),
        )),
    }
}

fn boundary(args: &Args) -> Result<Vec<String>, Failure> {
    let mut hosts = Vec::new();
    for text in &args.boundary {
        let host = answers::host(text).ok_or_else(|| {
            Failure::usage(
                format!("--boundary：“{text}”不是主机名；请写成 mx.example.net 的样子。"),
                format!("--boundary: “{text}” is no host name; write it like mx.example.net."),
            )
        })?;
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    Ok(hosts)
}

/// What `--timezone` says; else this machine's zone. A machine that keeps to UTC tells nothing of where its office is.
fn timezone(args: &Args, language: Language) -> Result<Tz, Failure> {
    if let Some(text) = &args.timezone {
        return text.trim().parse().map_err(|_| {
            Failure::usage(
                format!("--timezone：没有时区“{text}”；请写成 Asia/Shanghai 的样子。"),
                format!("--timezone: there is no time zone “{text}”; write it like Asia/Shanghai."),
            )
        });
    }
    let variable = std::env::var("TZ").ok().map(|text| text.trim_start_matches(':').to_owned());
    let file = std::fs::read_to_string("/etc/timezone").ok().map(|text| text.trim().to_owned());
    let link = std::fs::read_link("/etc/localtime").ok();
    let link = link.and_then(|path| path.to_string_lossy().split_once("zoneinfo/").map(|(_, zone)| zone.to_owned()));
    let zone: Option<Tz> = [variable, file, link].into_iter().flatten().find_map(|name| name.parse().ok());
    let tells = |zone: &Tz| !["UTC", "Etc/UTC", "Etc/GMT", "GMT"].contains(&zone.name());
    Ok(zone.filter(tells).unwrap_or(match language {
        Language::ZhCn => Tz::Asia__Shanghai,
        Language::En => Tz::UTC,
    }))
}
