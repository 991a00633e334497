//! `unbridge explain`

use unbridge_model::assessment::{Assessment, NlbAssessment};
use unbridge_model::finding::FindingCode;
use unbridge_model::id::AccountId;
use unbridge_report::explain::{KnownApi, explain_api, explain_code, explain_nlb, known_apis};

use crate::args::ExplainArgs;
use crate::error::Failure;
use crate::exit::Done;
use crate::input::Single;
use crate::near::near;
use crate::{terminal, terraform};

pub(crate) fn run(args: &ExplainArgs) -> Result<Done, Failure> {
    let look = terminal::look(args.width);
    let mut text = String::new();
    if let Ok(code) = args.what.parse::<FindingCode>() {
        explain_code(code, look, &mut text).map_err(Failure::unexpected)?;
        terminal::put(&text)?;
        return Ok(Done::Clean);
    }
    let Some(path) = &args.snapshot else {
        return Err(no_code(&args.what));
    };
    // An ARN says whose it is.
    let of_arn = || AccountId::new(args.what.split(':').nth(4)?).ok();
    let account = args.account.clone().or_else(of_arn);
    let single = Single::read(path, account.as_ref(), args.date)?;
    let terraform = terraform::states(&args.terraform_states)?;
    let assessment = single.assessed(&terraform)?;
    let apis = known_apis(&single.snapshot);
    match find(&assessment, &apis, &args.what)? {
        Found::Nlbs(nlbs) => {
            for (nth, nlb) in nlbs.into_iter().enumerate() {
                if nth > 0 {
                    text.push('\n');
                }
                explain_nlb(&assessment, nlb, look, &mut text).map_err(Failure::unexpected)?;
            }
        }
        Found::Apis(apis) => {
            for (nth, api) in apis.into_iter().enumerate() {
                if nth > 0 {
                    text.push('\n');
                }
                explain_api(&assessment, api, look, &mut text).map_err(Failure::unexpected)?;
            }
        }
    }
    let done = if single.is_complete(&assessment) {
        Done::Clean
    } else {
        Done::Incomplete
    };
    done.once(terminal::put(&text))
}

enum Found<'a> {
    /// NLBs of one name, one a region, or the one with this ARN.
    Nlbs(Vec<&'a NlbAssessment>),
    /// The API with this name, or those with this id, one a region.
    Apis(Vec<&'a KnownApi<'a>>),
}

fn find<'a>(
    assessment: &'a Assessment,
    known: &'a [KnownApi<'a>],
    what: &str,
) -> Result<Found<'a>, Failure> {
    let nlbs: Vec<&NlbAssessment> = assessment
        .nlbs
        .iter()
        .filter(|nlb| nlb.name == *what || nlb.arn.as_str() == what)
        .collect();
    let by_id = |known: &&KnownApi<'_>| known.api.id == *what;
    let by_name = |known: &&KnownApi<'_>| known.api.name == *what;
    let mut apis: Vec<&KnownApi<'_>> = known.iter().filter(by_id).collect();
    let is_told_apart = !apis.is_empty();
    if apis.is_empty() {
        apis = known.iter().filter(by_name).collect();
    }
    match (nlbs.as_slice(), apis.as_slice()) {
        ([], []) => Err(unknown(assessment, known, what)),
        ([], apis_of_it) if is_told_apart || apis_of_it.len() == 1 => Ok(Found::Apis(apis)),
        (_, []) => Ok(Found::Nlbs(nlbs)),
        _ => Err(ambiguous(&nlbs, &apis, what)),
    }
}

fn no_code(what: &str) -> Failure {
    let codes = FindingCode::ALL.iter().map(|code| (*code).into());
    let like = near(what, codes);
    let failure = Failure::usage(format!(
        "{what} is no finding's code, and no snapshot is given to look for an NLB or an API"
    ));
    if like.is_empty() {
        failure.hint(format!("unbridge explain {what} --snapshot FILE"))
    } else {
        failure.hint(format!(
            "one of the codes {}, or unbridge explain {what} --snapshot FILE",
            like.join(", ")
        ))
    }
}

/// Several things have this name: each is told apart by what only it has.
fn ambiguous(nlbs: &[&NlbAssessment], apis: &[&KnownApi<'_>], what: &str) -> Failure {
    const SHOWN: usize = 10;
    let nlbs = nlbs.iter().map(|nlb| nlb.arn.to_string());
    let apis = apis
        .iter()
        .map(|known| format!("{} ({} in {})", known.api.id, known.api.kind, known.region));
    let all: Vec<String> = nlbs.chain(apis).collect();
    let more = if all.len() > SHOWN { ", ..." } else { "" };
    let shown = all[..all.len().min(SHOWN)].join(", ");
    Failure::usage(format!(
        "{} NLBs and APIs of the snapshot are called {what}",
        all.len()
    ))
    .hint(format!("the ARN or id of one: {shown}{more}"))
}

fn unknown(assessment: &Assessment, known: &[KnownApi<'_>], what: &str) -> Failure {
    const SHOWN: usize = 20;
    let nlbs = assessment.nlbs.iter().map(|nlb| nlb.name.as_str());
    let apis = known
        .iter()
        .flat_map(|known| [known.api.name.as_str(), known.api.id.as_str()]);
    let codes = FindingCode::ALL.iter().map(|code| (*code).into());
    let failure = Failure::usage(format!(
        "the snapshot has no NLB and no API {what}, and no finding has that code"
    ));
    let like = near(what, nlbs.clone().chain(apis).chain(codes));
    if !like.is_empty() {
        return failure.hint(format!("one of: {}", like.join(", ")));
    }
    let mut names: Vec<&str> = nlbs.collect();
    names.sort_unstable();
    names.dedup();
    let more = if names.len() > SHOWN { ", ..." } else { "" };
    names.truncate(SHOWN);
    if names.is_empty() {
        failure
    } else {
        failure.hint(format!("one of the NLBs {}{more}", names.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use unbridge_model::assessment::{ApiAccess, Scanned};
    use unbridge_model::finding::{ApiRef, ApiType, Verdict};
    use unbridge_model::id::{AccountId, LoadBalancerArn, Region};
    use unbridge_model::snapshot::{FORMAT, FORMAT_VERSION, Header};

    use super::*;

    fn region() -> Region {
        Region::new("eu-west-1").expect("a region")
    }

    fn account() -> AccountId {
        AccountId::new("111122223333").expect("an account")
    }

    fn nlb(name: &str) -> NlbAssessment {
        let arn = format!(
            "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/{name}/50dc6c495c0c9188"
        );
        NlbAssessment {
            arn: LoadBalancerArn::new(arn).expect("an ARN"),
            name: name.into(),
            account: account(),
            region: region(),
            tags: None,
            verdict: Verdict::Removable,
            reasons: Vec::new(),
            findings: Vec::new(),
            chains: Vec::new(),
            comparison: None,
        }
    }

    fn assessment(nlbs: &[&str]) -> Assessment {
        Assessment {
            scanned: Scanned::from(Header {
                format: FORMAT.into(),
                format_version: FORMAT_VERSION,
                tool_version: "0.1.0".into(),
                account: account(),
                caller: "".into(),
                regions: vec![region()],
                started_at: "2026-01-01T00:00:00Z".into(),
                digest_key: "".into(),
            }),
            gaps: Vec::new(),
            nlbs: nlbs.iter().map(|name| nlb(name)).collect(),
            links: Vec::new(),
            private_integrations: Vec::new(),
            unattached: Vec::new(),
        }
    }

    fn api<'a>(region: &'a Region, id: &str, name: &str) -> KnownApi<'a> {
        KnownApi {
            api: ApiRef {
                kind: ApiType::Rest,
                id: id.into(),
                name: name.into(),
            },
            region,
            access: ApiAccess::Public,
            stages: None,
        }
    }

    /// What is found, or what is said instead.
    fn told(what: &str) -> String {
        let region = region();
        let apis = [
            api(&region, "a1", "orders"),
            api(&region, "b2", "carts"),
            api(&region, "c3", "carts"),
            api(&region, "d4", "billing"),
        ];
        match find(&assessment(&["orders", "billing-nlb"]), &apis, what) {
            Ok(Found::Nlbs(nlbs)) => format!("NLB {}", nlbs[0].name),
            Ok(Found::Apis(apis)) => format!("API {}", apis[0].api.id),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn what_only_one_thing_has_finds_it() {
        assert_eq!(told("billing-nlb"), "NLB billing-nlb");
        assert_eq!(told(nlb("orders").arn.as_str()), "NLB orders");
        assert_eq!(told("billing"), "API d4");
        assert_eq!(told("c3"), "API c3");
    }

    #[test]
    fn a_name_of_several_things_is_refused_with_what_tells_them_apart() {
        let both = told("orders");
        assert!(both.starts_with("error: 2 NLBs and APIs"), "{both}");
        assert!(both.contains("loadbalancer/net/orders/"), "{both}");
        assert!(both.contains("a1 (REST in eu-west-1)"), "{both}");
        let two = told("carts");
        assert!(
            two.contains("b2 (REST") && two.contains("c3 (REST"),
            "{two}"
        );
    }

    #[test]
    fn a_name_of_nothing_gets_those_that_look_alike() {
        assert!(told("ordres").ends_with("one of: orders"));
        assert!(told("mixed-nbl").ends_with("one of: mixed-nlb"));
        let far = told("payments");
        assert!(
            far.ends_with("one of the NLBs billing-nlb, orders"),
            "{far}"
        );
    }
}
