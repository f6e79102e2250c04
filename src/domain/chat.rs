//! What chat robots are told: a JSON text made of a template and the facts of a notice.

use std::collections::BTreeMap;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

use super::rules::words;

/// Robots whose form is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Robot {
    /// 企业微信群机器人.
    WeCom,
    /// 钉钉群机器人.
    DingTalk,
    /// 飞书群机器人.
    Feishu,
    /// Slack, and what takes its form.
    Slack,
}

words!(Robot, Robot::WeCom => "wecom", Robot::DingTalk => "dingtalk", Robot::Feishu => "feishu", Robot::Slack => "slack");

impl Robot {
    fn template(self) -> &'static str {
        match self {
            Robot::WeCom | Robot::DingTalk => r#"{"msgtype": "text", "text": {"content": {{ text }}}}"#,
            Robot::Feishu => {
                r#"{ {% if sign %}"timestamp": {{ timestamp }}, "sign": {{ sign }}, {% endif %}"msg_type": "text", "content": {"text": {{ text }}}}"#
            }
            Robot::Slack => r#"{"text": {{ text }}}"#,
        }
    }
}

/// The form of what is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Of a robot.
    Robot(Robot),
    /// A template of the operator's own. Its values stand as JSON: `{{ title }}` brings its quotes along.
    Own(String),
}

const TEMPLATE: &str = "post.json";

/// The variables of a template.
pub const VARIABLES: [&str; 11] = ["title", "reasons", "text", "kind", "number", "unit", "event", "office", "at", "timestamp", "sign"];

/// The values of a template, by name.
pub type Facts<'a> = BTreeMap<&'a str, Value>;

/// Whether `template` can be read, uses known variables alone, and gives JSON; else why not.
pub fn check_template(template: &str) -> Result<(), String> {
    let form = Form::Own(template.to_owned());
    let facts: Facts<'_> = VARIABLES.iter().map(|name| (*name, Value::from("“a” \"b\"\nc"))).collect();
    let rendered = form.render(facts)?;
    serde_json::from_str::<serde_json::Value>(&rendered).map(|_| ()).map_err(|error| format!("what it makes is no JSON: {error}"))
}

impl Form {
    /// The body of a post.
    ///
    /// # Errors
    /// Where the template cannot be read, or asks for what is not there.
    pub fn render(&self, facts: Facts<'_>) -> Result<String, String> {
        let template = match self {
            Form::Robot(robot) => robot.template(),
            Form::Own(template) => template,
        };
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::Json);
        let rendered = environment.add_template(TEMPLATE, template).and_then(|()| environment.get_template(TEMPLATE)?.render(facts));
        rendered.map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_robot_gets_json_whatever_the_text() {
        for robot in [Robot::WeCom, Robot::DingTalk, Robot::Feishu, Robot::Slack] {
            check_template(robot.template()).unwrap_or_else(|why| panic!("{robot}: {why}"));
        }
        assert!(check_template(r#"{"a": "{{ text }}"}"#).is_err(), "quotes twice");
        assert!(check_template(r#"{"a": {{ token }}}"#).is_err(), "no such variable");
        assert!(check_template("{% if %}").is_err());
    }
}
