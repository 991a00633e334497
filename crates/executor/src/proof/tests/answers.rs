//! What two answers show.

use proptest::prelude::*;
use unbridge_model::apigateway::Verb;
use unbridge_model::id::{Sha256, StageName};
use unbridge_model::text::Text;

use crate::proof::choose::Chosen;
use crate::proof::compare::{Answers, COMPARED, compare};
use crate::proof::{Answer, Bodies, Found};

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let header = |(name, value): &(&str, &str)| (Text::new(name), Text::new(value));
    Answer {
        status,
        headers: headers.iter().map(header).collect(),
        body: Sha256::of(body.as_bytes()),
    }
}

fn get(status: Option<u16>) -> Chosen {
    Chosen {
        verb: Verb::Get,
        path: Text::new("/orders"),
        headers: Vec::new(),
        status,
        bodies: Bodies::Equal,
    }
}

fn shown(chosen: &Chosen, live: &Answer, again: Option<&Answer>, new: &Answer) -> Found {
    let stage = |name| StageName::new(name).expect("a stage");
    let answers = Answers { live, again, new };
    compare(chosen, &answers, (&stage("ub-7f3a"), &stage("prod")))
}

fn told(chosen: &Chosen, live: &Answer, new: &Answer) -> String {
    shown(chosen, live, Some(live), new).to_string()
}

#[test]
fn the_status_counts_first() {
    let live = answer(200, &[], "a");
    let new = answer(404, &[], "a");
    assert_eq!(
        told(&get(None), &live, &new),
        "it is answered 404, and 200 before"
    );
    assert_eq!(
        told(&get(Some(200)), &live, &new),
        "it is answered 404, and 200 before"
    );
    assert_eq!(told(&get(Some(200)), &live, &live), "the same");
    // What a person expects has to hold on the live stage, or the probe says nothing.
    let found = shown(&get(Some(201)), &live, None, &live);
    assert!(matches!(found, Found::Unusable { .. }), "{found}");
}

#[test]
fn what_api_gateway_answers_by_itself_is_no_evidence_and_never_like_a_backends() {
    let by_itself = |status, word| answer(status, &[("x-amzn-errortype", word)], "m");
    let forbidden = by_itself(403, "ForbiddenException");
    let found = shown(&get(None), &forbidden, None, &forbidden);
    assert!(matches!(found, Found::Nothing { .. }), "{found}");
    let backends = answer(403, &[], "m");
    assert_eq!(
        told(&get(None), &backends, &forbidden),
        "it is answered 403 by API Gateway itself (ForbiddenException), and 403 before"
    );
    let other = by_itself(403, "MissingAuthenticationTokenException");
    assert!(matches!(
        shown(&get(None), &forbidden, None, &other),
        Found::Differs { .. }
    ));
    let broken = answer(502, &[], "m");
    assert!(matches!(
        shown(&get(None), &broken, None, &broken),
        Found::Nothing { .. }
    ));
}

#[test]
fn headers_that_matter_have_to_agree() {
    let live = answer(
        200,
        &[("content-type", "application/json"), ("date", "1")],
        "a",
    );
    let dated = answer(
        200,
        &[("content-type", "application/json"), ("date", "2")],
        "a",
    );
    assert_eq!(told(&get(None), &live, &dated), "the same");
    let html = answer(200, &[("content-type", "text/html")], "a");
    assert_eq!(
        told(&get(None), &live, &html),
        "its header content-type is \"text/html\", and \"application/json\" before"
    );
    let bare = answer(200, &[], "a");
    assert_eq!(
        told(&get(None), &live, &bare),
        "its header content-type is absent, and \"application/json\" before"
    );
}

#[test]
fn what_the_live_stage_does_not_repeat_is_not_compared() {
    let live = answer(200, &[("vary", "a")], "one");
    let again = answer(200, &[("vary", "b")], "two");
    let new = answer(200, &[("vary", "c")], "three");
    assert_eq!(shown(&get(None), &live, Some(&again), &new), Found::Same);
    let found = shown(
        &get(None),
        &live,
        Some(&live),
        &answer(200, &[("vary", "a")], "three"),
    );
    assert!(found.to_string().starts_with("its body differs"), "{found}");
    let any = Chosen {
        bodies: Bodies::Any,
        ..get(None)
    };
    assert_eq!(
        told(&any, &live, &answer(200, &[("vary", "a")], "three")),
        "the same"
    );
    // Of a request that changes something the live stage is asked once only.
    assert_eq!(
        shown(&get(None), &live, None, &answer(200, &[("vary", "a")], "x")),
        Found::Same
    );
    let unsteady = shown(&get(None), &live, Some(&answer(500, &[], "")), &live);
    assert!(matches!(unsteady, Found::Unusable { .. }), "{unsteady}");
}

#[test]
fn cookies_agree_by_name_and_addresses_but_for_the_stage() {
    let with = |cookie: &str, location: &str| {
        answer(302, &[("set-cookie", cookie), ("location", location)], "")
    };
    let live = with("session=1; Path=/", "https://h.example/prod/login?to=prod");
    let new = with(
        "session=2; Path=/",
        "https://h.example/ub-7f3a/login?to=prod",
    );
    assert_eq!(told(&get(None), &live, &new), "the same");
    for other in [
        with("other=1", "https://h.example/prod/login?to=prod"),
        with("session=1", "https://h.example/dev/login?to=prod"),
        with("session=1", "http://h.example/prod/login?to=prod"),
    ] {
        assert!(matches!(
            shown(&get(None), &live, None, &other),
            Found::Differs { .. }
        ));
    }
    let root = with("session=1", "/ub-7f3a?x=1");
    assert_eq!(
        told(&get(None), &with("session=1", "/prod?x=1"), &root),
        "the same"
    );
}

fn answers() -> impl Strategy<Value = Answer> {
    let header = (0..COMPARED.len(), "[a-c]{0,2}");
    let headers = proptest::collection::vec(header, 0..3);
    let status = prop_oneof![Just(200_u16), Just(301), Just(404), Just(500)];
    (status, headers, "[a-c]").prop_map(|(status, headers, body)| {
        let headers: Vec<_> = headers
            .iter()
            .map(|(at, value)| (COMPARED[*at], value.as_str()))
            .collect();
        answer(status, &headers, &body)
    })
}

proptest! {
    #[test]
    fn a_stage_is_never_unlike_itself(live in answers()) {
        let found = shown(&get(None), &live, Some(&live), &live);
        prop_assert!(!matches!(found, Found::Differs { .. }), "{}", found);
    }

    #[test]
    fn another_status_is_never_the_same(live in answers(), again in answers(), new in answers()) {
        let found = shown(&get(None), &live, Some(&again), &new);
        if new.status != live.status {
            prop_assert_ne!(found, Found::Same);
        }
    }

    #[test]
    fn knowing_how_the_live_stage_varies_only_takes_away(live in answers(), again in answers(), new in answers()) {
        let strict = shown(&get(None), &live, Some(&live), &new);
        let lenient = shown(&get(None), &live, Some(&again), &new);
        if strict == Found::Same && again.status == live.status {
            prop_assert_eq!(lenient, Found::Same);
        }
    }
}
