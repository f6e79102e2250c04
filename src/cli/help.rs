//! The overview of commands, in groups.

use std::fmt::Write;

use clap::Command;

const GROUPS: [(&str, &[&str]); 6] = [
    ("Service", &["init", "run", "check", "login", "deliver", "status"]),
    ("Keeping", &["backup", "restore", "verify"]),
    ("Try", &["demo", "replay"]),
    ("Facts and decisions", &["explain", "event", "obligation", "submission", "unit", "quarantine", "outbox", "search", "import"]),
    ("Standings", &["adoption", "standing", "digest", "circular", "bulletin", "requisition", "commendation"]),
    ("The program itself", &["man", "completions"]),
];

/// The same command line, its help listing the commands by group; one without a group comes last.
pub fn grouped(command: Command) -> Command {
    let all: Vec<(String, String)> = command
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set())
        .map(|sub| (sub.get_name().to_owned(), sub.get_about().map(ToString::to_string).unwrap_or_default()))
        .collect();
    let width = all.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut list = |heading: &str, commands: Vec<&(String, String)>| {
        if commands.is_empty() {
            return;
        }
        let _ = writeln!(text, "{heading}:");
        for (name, about) in commands {
            let _ = writeln!(text, "  {name:width$}  {about}");
        }
        text.push('\n');
    };
    for (heading, names) in GROUPS {
        list(heading, names.iter().filter_map(|name| all.iter().find(|(known, _)| known == name)).collect());
    }
    let grouped = |name: &String| GROUPS.iter().any(|(_, names)| names.contains(&name.as_str()));
    list("Others", all.iter().filter(|(name, _)| !grouped(name)).collect());
    command.help_template(format!("{{about}}\n\n{{usage-heading}} {{usage}}\n\n{text}Everywhere:\n{{options}}"))
}
