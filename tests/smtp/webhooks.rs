//! Chat robots: told once of what must wake somebody, beside the mail; their refusals are read.

use std::time::Duration;

use chrono::TimeDelta;
use zhibao::domain::chat::{Form, Robot};
use zhibao::domain::secret::Secret;
use zhibao::steps::posts;
use zhibao::store::PostRow;
use zhibao::transport::memory::Fault;
use zhibao::transport::webhook::{Webhook, WebhookSettings};
use zhibao::transport::{MemoryTransport, Transport};

use crate::desk::Desk;
use crate::http_script::{Answer, ScriptedRobot};

const ROBOT: &str = "[[transport]]\nname = \"robot\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:1/send?key=1\"\ntemplate = \"wecom\"\n";

fn webhook(robot: &ScriptedRobot, form: Robot, secret: Option<&'static str>) -> Webhook {
    Webhook::new(settings(robot, form, secret))
}

fn settings(robot: &ScriptedRobot, form: Robot, secret: Option<&'static str>) -> WebhookSettings {
    let url = format!("http://127.0.0.1:{}/send?key=sesame", robot.port);
    WebhookSettings {
        name: "robot".into(),
        url: Box::new(move || Ok(Secret::new(url.clone()))),
        form: Form::Robot(form),
        secret: secret.map(|secret| Box::new(move || Ok(Secret::new(secret))) as _),
        ca_file: None,
        within: Duration::from_secs(1),
    }
}

fn rows(desk: &Desk) -> Vec<PostRow> {
    desk.world.store.read(|books| books.post_rows(true, 100)).expect("readable")
}

fn post_all(desk: &Desk, webhook: &mut Webhook) {
    while posts::step(&desk.world, webhook, desk.now).expect("nothing stops it") {}
}

#[test]
fn an_alert_is_told_once_and_an_answer_is_not() {
    let robot = ScriptedRobot::new();
    let desk = Desk::with(ROBOT);
    desk.queue_alert("a@b.example");
    desk.queue_answer("r@b.example");
    post_all(&desk, &mut webhook(&robot, Robot::WeCom, None));
    let posted = robot.posted();
    assert_eq!(posted.len(), 1);
    let text = posted[0].1["text"]["content"].as_str().expect("a text").to_owned();
    let number = rows(&desk)[0].notice.to_string();
    assert!(text.contains(&number) && text.contains("信息科") && text.contains("2026-03-02 09:00"), "{text}");
    assert!(!text.contains(&format!("{number}.")), "no token: {text}");
    assert_eq!(posted[0].1["msgtype"], "text");
    assert_eq!(rows(&desk)[0].state, "accepted");
    assert!(desk.letters().iter().all(|letter| letter.state == "pending"), "it takes the place of no mail");
}

#[test]
fn an_address_out_of_a_file_that_is_not_safe_is_not_posted_to() {
    let robot = ScriptedRobot::new();
    let desk = Desk::with(ROBOT);
    desk.queue_alert("a@b.example");
    let url = Secret::new("http://localhost:x@robot.example/send?key=sesame");
    let mut webhook = Webhook::new(WebhookSettings { url: Box::new(move || Ok(url.clone())), ..settings(&robot, Robot::WeCom, None) });
    post_all(&desk, &mut webhook);
    let failing = desk.world.store.read(|books| books.failing()).expect("readable");
    assert!(failing[0].error.contains("is no https address") && !failing[0].error.contains("sesame"), "{failing:?}");
}

#[test]
fn a_refusal_with_status_200_is_read_and_tried_again_after_a_rest() {
    let robot = ScriptedRobot::new();
    let mut desk = Desk::with(ROBOT);
    robot.answers([Answer::Say("200 OK", "{\"errcode\":45009,\"errmsg\":\"api freq out of limit\"}"), Answer::Say("502 Bad Gateway", "")]);
    for nth in 0..3 {
        desk.queue_alert(&format!("a{nth}@b.example"));
    }
    let mut webhook = webhook(&robot, Robot::WeCom, None);
    post_all(&desk, &mut webhook);
    assert_eq!(robot.posted().len(), 1, "it rests");
    let failing = desk.world.store.read(|books| books.failing()).expect("readable");
    assert!(failing[0].error.contains("45009") && !failing[0].error.contains("sesame"), "{failing:?}");
    for _ in 0..10 {
        desk.now += TimeDelta::seconds(60);
        post_all(&desk, &mut webhook);
    }
    assert!(rows(&desk).iter().all(|post| post.state == "accepted"), "{:?}", rows(&desk));
    assert_eq!(robot.posted().len(), 5);
    assert!(desk.world.store.read(|books| books.failing()).expect("readable").is_empty());
}

#[test]
fn a_robot_that_is_gone_is_given_up_after_a_day_and_the_operators_hear_of_it_by_mail() {
    let robot = ScriptedRobot::new();
    let mut desk = Desk::with(ROBOT);
    robot.answers(std::iter::repeat_n(Answer::Say("404 Not Found", "no such robot"), 10_000));
    desk.queue_alert("a@b.example");
    let (mut webhook, outbox) = (webhook(&robot, Robot::Slack, None), MemoryTransport::new("outbox"));
    let mut transports: Vec<Box<dyn Transport>> = vec![Box::new(outbox.clone())];
    for _ in 0..26 * 12 {
        desk.now += TimeDelta::minutes(5);
        post_all(&desk, &mut webhook);
        desk.send_all(&mut transports).expect("nothing stops it");
    }
    assert!(rows(&desk).iter().any(|post| post.state == "failed"), "{:?}", rows(&desk));
    let told = outbox.sent().iter().filter(|letter| letter.to == "ops@office.example").count();
    assert_eq!(told, 1, "once for the outage");
}

#[test]
fn what_got_no_answer_is_posted_again_a_few_times_and_counted() {
    for silence in [Answer::Cut, Answer::Stall] {
        let robot = ScriptedRobot::new();
        let mut desk = Desk::with(ROBOT);
        robot.answers([silence]);
        desk.queue_alert("a@b.example");
        let mut webhook = webhook(&robot, Robot::Feishu, None);
        post_all(&desk, &mut webhook);
        assert_eq!((rows(&desk)[0].state.as_str(), rows(&desk)[0].indeterminate), ("pending", 1));
        desk.now += TimeDelta::minutes(2);
        post_all(&desk, &mut webhook);
        assert_eq!(rows(&desk)[0].state, "accepted");
    }
}

#[test]
fn a_crash_while_posting_posts_again() {
    let robot = ScriptedRobot::new();
    let mut desk = Desk::with(ROBOT);
    desk.queue_alert("a@b.example");
    let claimed = desk.world.store.write(zhibao::store::CommitPoint::Claim, |books| books.claim_post("robot", desk.now)).expect("written");
    assert!(claimed.is_some());
    desk.restart(None);
    post_all(&desk, &mut webhook(&robot, Robot::WeCom, None));
    assert_eq!((rows(&desk)[0].state.as_str(), rows(&desk)[0].indeterminate), ("accepted", 1));
}

#[test]
fn with_when_failing_it_is_told_only_while_no_mail_goes_out() {
    let robot = ScriptedRobot::new();
    let mut desk = Desk::with(&format!("{ROBOT}when = \"failing\"\nkinds = [\"intake-stalled\"]\n"));
    let outbox = MemoryTransport::new("outbox");
    let mut transports: Vec<Box<dyn Transport>> = vec![Box::new(outbox.clone())];
    let mut webhook = webhook(&robot, Robot::DingTalk, Some("SEC1"));
    desk.queue_alert("a@b.example");
    desk.send_all(&mut transports).expect("nothing stops it");
    post_all(&desk, &mut webhook);
    assert!(robot.posted().is_empty(), "mail works");
    outbox.script([Fault::Down, Fault::Down]);
    desk.queue_alert("b@b.example");
    desk.send_all(&mut transports).expect("nothing stops it");
    post_all(&desk, &mut webhook);
    assert_eq!(robot.posted().len(), 1);
    assert!(robot.posted()[0].0.contains("&timestamp=1772413200000&sign="), "{:?}", robot.posted()[0].0);
    desk.now += TimeDelta::minutes(10);
    desk.send_all(&mut transports).expect("nothing stops it");
    desk.now += TimeDelta::minutes(10);
    desk.send_all(&mut transports).expect("nothing stops it");
    post_all(&desk, &mut webhook);
    assert_eq!((outbox.sent().len(), robot.posted().len()), (2, 1), "the mail follows, and the robot is told once");
}

#[test]
fn with_when_failing_it_is_told_also_of_what_is_not_even_tried_because_all_rests() {
    let robot = ScriptedRobot::new();
    let desk = Desk::with(&format!("{ROBOT}when = \"failing\"\nkinds = [\"intake-stalled\"]\n"));
    let outbox = MemoryTransport::new("outbox");
    let mut transports: Vec<Box<dyn Transport>> = vec![Box::new(outbox.clone())];
    outbox.script([Fault::Down, Fault::Down]);
    for who in ["a", "b", "c"] {
        desk.queue_alert(&format!("{who}@b.example"));
    }
    desk.queue_answer("r@b.example");
    desk.send_all(&mut transports).expect("nothing stops it");
    desk.queue_alert("d@b.example");
    desk.send_all(&mut transports).expect("nothing stops it");
    assert_eq!(outbox.attempts(), 1, "it rests");
    assert_eq!(rows(&desk).len(), 4, "each alert, tried or not: {:?}", rows(&desk));
    post_all(&desk, &mut webhook(&robot, Robot::WeCom, None));
    assert_eq!(robot.posted().len(), 4);
}
