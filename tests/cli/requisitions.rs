//! Requisitions at the console.

use super::*;

/// An office whose store has begun.
fn begun() -> Office {
    let office = Office::new();
    office.deliver(&["deliver"], message("ann@north.example", "Roads", "All clear.").as_bytes()).done();
    office.file();
    office
}

fn open(office: &Office, words: &[&str]) -> Said {
    office.run(&[&["requisition", "open", "--topic", "Harvest", "--due", "2999-06-30"], words].concat())
}

#[test]
fn a_requisition_is_opened_answered_and_closed() {
    let office = begun();
    let opened = open(&office, &["--unit", "north", "--unit", "South County", "--details", "Tons, prices", "--json"]).json();
    let number = opened["number"].as_str().expect("a number").to_owned();
    assert_eq!(opened["units"].as_array().map(Vec::len), Some(2));
    assert!(opened["due"].as_str().is_some_and(|due| due.starts_with("2999-06-30T15:59:59")), "a bare day lasts to its end: {opened}");
    let letters = office.run(&["outbox", "list", "--all"]).done();
    assert!(letters.contains("Requisition: Harvest"), "{letters}");

    office.deliver(&["deliver"], message("bob@south.example", &format!("About {number}"), "Eighty percent is in.").as_bytes()).done();
    office.file();
    let shown = office.run(&["requisition", "show", &number, "--json"]).json();
    let verdict = |unit: usize| shown["obligations"][unit]["verdict"].as_str().unwrap_or_default().to_owned();
    assert_eq!((verdict(0), verdict(1)), ("open".into(), "on-time".into()));
    let said = office.run(&["requisition", "show", &number]).done();
    assert!(said.contains("Tons, prices") && said.contains("South County S-"), "{said}");
    assert_eq!(office.run(&["requisition", "list", "--json"]).json()[0]["answered"], 1);

    let said = office.run(&["requisition", "close", &number, "--reason", "enough"]).done();
    assert!(said.contains("closed"), "{said}");
    let after = office.run(&["requisition", "show", &number, "--json"]).json();
    assert_eq!((&after["obligations"][0]["verdict"], &after["obligations"][1]["verdict"]), (&"void".into(), &"on-time".into()));
    assert!(office.run(&["requisition", "list"]).done().contains("No requisition is open"));
    assert!(office.run(&["requisition", "list", "--all", "--lang", "zh-CN"]).done().contains("已结束"));
}

#[test]
fn the_desk_says_which_requisition_a_submission_answers() {
    let office = begun();
    let opened = open(&office, &["--class", "county", "--json"]).json();
    let number = opened["number"].as_str().expect("a number").to_owned();
    let filed = office.run(&["submission", "list", "--json"]).json();
    let submission = filed[0]["number"].as_str().expect("a number").to_owned();
    let said = office.run(&["requisition", "answer", &number, &submission]).done();
    assert!(said.contains(&submission) && said.contains("on time"), "{said}");
    office.run(&["requisition", "answer", &number, &submission]).refused(1, &["Nothing changed"]);
}

#[test]
fn what_a_requisition_lacks_is_told() {
    let office = begun();
    open(&office, &[]).refused(2, &["--unit"]);
    open(&office, &["--unit", "west"]).refused(1, &["west"]);
    open(&office, &["--class", "bureau"]).refused(1, &["bureau"]);
    office.run(&["requisition", "open", "--topic", "Harvest", "--due", "2003-06-30", "--unit", "north"]).refused(1, &["past"]);
    office.run(&["requisition", "open", "--topic", "Harvest", "--due", "soon", "--unit", "north"]).refused(2, &["--due", "soon"]);
    office.run(&["requisition", "show", "R-2003-0009"]).refused(1, &["R-2003-0009"]);
    office.run(&["requisition", "close", "R-2003-0009"]).refused(1, &["R-2003-0009"]);
}
