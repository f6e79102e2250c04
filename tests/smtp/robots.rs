//! Each robot in its own form, over TLS as all of them are.

use std::time::Duration;

use serde_json::Value;
use zhibao::domain::chat::{Form, Robot};
use zhibao::domain::secret::Secret;
use zhibao::steps::posts;
use zhibao::transport::webhook::{Webhook, WebhookSettings};

use crate::desk::Desk;
use crate::http_script::{Answer, ScriptedRobot};
use crate::smtp_script::certified;

const ROBOT: &str = "[[transport]]\nname = \"robot\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:1/send?key=1\"\ntemplate = \"wecom\"\n";

/// Posts one alert to a robot over TLS; yields what the robot got, and why it is down, if it is.
fn posted(form: Form, secret: Option<&'static str>, believed: bool, answer: Option<Answer>) -> (Vec<(String, Value)>, Option<String>) {
    let (certificate, server) = certified("localhost");
    let robot = ScriptedRobot::with_tls(server);
    robot.answers(answer);
    let desk = Desk::with(ROBOT);
    let ca_file = desk.folder.path().join("robot.pem");
    std::fs::write(&ca_file, certificate).expect("written");
    desk.queue_alert("a@b.example");
    let url = format!("https://localhost:{}/send?key=sesame", robot.port);
    let mut webhook = Webhook::new(WebhookSettings {
        name: "robot".into(),
        url: Box::new(move || Ok(Secret::new(url.clone()))),
        form,
        secret: secret.map(|secret| Box::new(move || Ok(Secret::new(secret))) as _),
        ca_file: believed.then_some(ca_file),
        within: Duration::from_secs(10),
    });
    posts::step(&desk.world, &mut webhook, desk.now).expect("nothing stops it");
    let failing = desk.world.store.read(|books| books.failing()).expect("readable");
    (robot.posted(), failing.first().map(|each| each.error.clone()))
}

#[test]
fn each_robot_gets_what_its_maker_asks_for() {
    let own = Form::Own("{\"headline\": {{ title }}, \"about\": [{{ number }}, {{ kind }}]}".into());
    let cases = [
        (Form::Robot(Robot::WeCom), None, "/text/content"),
        (Form::Robot(Robot::DingTalk), Some("SEC1"), "/text/content"),
        (Form::Robot(Robot::Feishu), Some("open"), "/content/text"),
        (Form::Robot(Robot::Slack), None, "/text"),
        (own, None, "/headline"),
    ];
    for (form, secret, text) in cases {
        let (posted, down) = posted(form.clone(), secret, true, None);
        assert_eq!((posted.len(), down), (1, None), "{form:?}");
        let (path, body) = &posted[0];
        println!("{form:?}: {path} {body}");
        let said = body.pointer(text).and_then(Value::as_str).unwrap_or_else(|| panic!("{form:?}: {body}"));
        assert!(!said.is_empty() && path.starts_with("/send?key=sesame"), "{form:?}: {path} {body}");
        match form {
            Form::Robot(Robot::WeCom) => assert_eq!(body["msgtype"], "text"),
            Form::Robot(Robot::DingTalk) => {
                assert_eq!(body["msgtype"], "text");
                assert!(path.contains("&timestamp=") && path.contains("&sign="), "{path}");
            }
            Form::Robot(Robot::Feishu) => {
                assert_eq!(body["msg_type"], "text");
                assert!(body["sign"].is_string() && body["timestamp"].is_string(), "{body}");
            }
            Form::Robot(Robot::Slack) => assert_eq!(body.as_object().map(serde_json::Map::len), Some(1)),
            Form::Own(_) => assert_eq!(body["about"][1], "intake-stalled"),
        }
    }
}

#[test]
fn a_robot_of_an_unknown_certificate_gets_nothing_and_the_mend_is_said_without_its_address() {
    let (posted, down) = posted(Form::Robot(Robot::WeCom), None, false, None);
    let down = down.expect("it is down");
    println!("{down}");
    assert_eq!(posted.len(), 0);
    assert!(down.contains("certificate") && down.contains("ca_file") && !down.contains("sesame"), "{down}");
}

#[test]
fn slack_says_no_with_a_status_and_feishu_with_a_number() {
    for (form, answer, said) in [
        (Robot::Slack, Answer::Say("404 Not Found", "no_service"), "no_service"),
        (Robot::Feishu, Answer::Say("200 OK", "{\"code\":19021,\"msg\":\"sign match fail\"}"), "19021"),
        (Robot::DingTalk, Answer::Say("200 OK", "{\"errcode\":310000,\"errmsg\":\"keywords not in content\"}"), "310000"),
    ] {
        let (posted, down) = posted(Form::Robot(form), None, true, Some(answer));
        assert_eq!(posted.len(), 1);
        assert!(down.as_deref().is_some_and(|why| why.contains(said)), "{form:?}: {down:?}");
    }
}
