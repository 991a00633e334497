//! What each way of spoiling makes of a good plan, at every place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use unbridge_model::id::{PlanId, Region, Sha256};
use unbridge_model::plan::{Body, ObjectRef, Plan};
use unbridge_planner::{ById, seen_as};

use super::worlds::{REGION, World};
use super::{Mutant, Mutation};

fn steps(body: &Value) -> &Vec<Value> {
    body["steps"].as_array().expect("steps")
}

fn steps_mut(body: &mut Value) -> &mut Vec<Value> {
    body["steps"].as_array_mut().expect("steps")
}

fn id(step: &Value) -> String {
    step["id"].as_str().expect("an id").to_owned()
}

/// The plan with this body and its names as they are; `None` for what is no body.
fn sealed(world: &World, body: Value) -> Option<Plan> {
    let body: Body = serde_json::from_value(body).ok()?;
    Some(Plan::new(world.plan.tool_version.clone(), body))
}

/// The plan with this body, and with every name and tag that follows from its objects and choices.
fn renamed(world: &World, body: Value) -> Option<Plan> {
    let once = sealed(world, body)?;
    let (old, new) = (&world.plan.plan_id, &once.plan_id);
    let text = serde_json::to_string(&once.body).ok()?;
    let text = text.replace(old.as_str(), new.as_str());
    let text = text.replace(old.short(), new.short());
    sealed(world, serde_json::from_str(&text).ok()?)
}

/// Every place of a value, with the keys that lead there.
fn places(value: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    found.push((at.to_owned(), value.clone()));
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                places(value, &format!("{at}/{}", key.replace('/', "~1")), found);
            }
        }
        Value::Array(all) => {
            for (number, value) in all.iter().enumerate() {
                places(value, &format!("{at}/{number}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The plans that differ from the good one at one place of one step.
fn each_place(
    world: &World,
    mutation: Mutation,
    change: impl Fn(&Value, &str, &Value) -> Option<Value>,
) -> Vec<Mutant> {
    let body = world.body();
    let mut mutants = Vec::new();
    for (number, step) in steps(&body).iter().enumerate() {
        let mut found = Vec::new();
        places(step, "", &mut found);
        for (at, value) in found {
            let Some(new) = change(step, &at, &value) else {
                continue;
            };
            let mut body = body.clone();
            *steps_mut(&mut body)[number]
                .pointer_mut(&at)
                .expect("a place") = new.clone();
            mutants.extend(sealed(world, body).map(|plan| Mutant {
                mutation,
                step: id(step),
                detail: format!("{at}: {value} to {new}"),
                plan,
            }));
        }
    }
    mutants
}

/// The mutants of which the body is changed step by step.
fn each_step(
    world: &World,
    mutation: Mutation,
    change: impl Fn(usize, &mut Vec<Value>) -> Vec<String>,
) -> Vec<Mutant> {
    let body = world.body();
    let mut mutants = Vec::new();
    for (number, step) in steps(&body).iter().enumerate() {
        let mut body = body.clone();
        for detail in change(number, steps_mut(&mut body)) {
            mutants.extend(sealed(world, body.clone()).map(|plan| Mutant {
                mutation,
                step: id(step),
                detail,
                plan,
            }));
        }
    }
    mutants
}

fn swapped(world: &World) -> Vec<Mutant> {
    let body = world.body();
    let all = steps(&body);
    let mut mutants = Vec::new();
    for (one, step) in all.iter().enumerate() {
        let name = json!(id(step));
        for (other, later) in all.iter().enumerate().skip(one + 1) {
            let mut found = Vec::new();
            places(later, "", &mut found);
            let depends = found.iter().any(|(_, value)| *value == name);
            if other != one + 1 && !depends {
                continue;
            }
            let mut body = body.clone();
            steps_mut(&mut body).swap(one, other);
            mutants.extend(sealed(world, body).map(|plan| Mutant {
                mutation: Mutation::Swap,
                step: id(step),
                detail: format!("with {}", id(later)),
                plan,
            }));
        }
    }
    mutants
}

/// Ids and names of one kind, by kind.
fn pools(world: &World) -> Vec<Vec<String>> {
    let region = Region::new(REGION).expect("a region");
    let facts = &world.snapshot.regions[&region];
    let mut pools: Vec<BTreeSet<String>> = Vec::new();
    let mut pool = |all: Vec<String>| pools.push(all.into_iter().collect());
    let rest = facts.rest_apis.iter();
    pool(rest.clone().map(|api| api.id.to_string()).collect());
    pool(
        facts
            .load_balancers
            .keys()
            .map(ToString::to_string)
            .collect(),
    );
    let listeners = facts
        .load_balancers
        .values()
        .flat_map(|lb| lb.listeners.iter().flatten());
    pool(listeners.map(|listener| listener.arn.to_string()).collect());
    let vpcs = || facts.vpcs.values();
    let groups = vpcs().flat_map(|vpc| vpc.security_groups.iter().flatten());
    pool(groups.map(|group| group.id.to_string()).collect());
    let subnets = vpcs().flat_map(|vpc| vpc.subnets.iter().flatten());
    let elsewhere = "subnet-0123456789abcdef0".to_owned();
    pool(
        subnets
            .map(|subnet| subnet.id.to_string())
            .chain([elsewhere])
            .collect(),
    );
    pool(
        vpcs()
            .map(|vpc| vpc.id.to_string())
            .chain(["vpc-0123456789abcdef0".to_owned()])
            .collect(),
    );
    let links = facts.v1_links.keys().chain(facts.v2_links.keys());
    pool(
        links
            .map(ToString::to_string)
            .chain(["anotherone".to_owned()])
            .collect(),
    );
    let http = facts.http_apis.iter();
    pool(
        http.clone()
            .map(|api| api.id.to_string())
            .chain(["anotherapi".to_owned()])
            .collect(),
    );
    for api in http {
        let integrations = api.integrations.iter().flatten();
        pool(integrations.map(|one| one.id.to_string()).collect());
        let routes = api
            .routes
            .iter()
            .flatten()
            .filter_map(|one| one.id.as_ref());
        pool(routes.map(ToString::to_string).collect());
        let stages = api.stages.iter().flatten();
        pool(stages.map(|stage| stage.name.to_string()).collect());
    }
    let deployments = rest.clone().flat_map(|api| api.stages.iter().flatten());
    pool(
        deployments
            .map(|stage| stage.deployment.to_string())
            .collect(),
    );
    let methods = || {
        rest.clone()
            .flat_map(|api| api.draft.iter().flat_map(|all| all.iter()))
    };
    let resources = methods().filter_map(|method| method.resource);
    pool(
        resources
            .map(|resource| resource.as_str().to_owned())
            .collect(),
    );
    pool(methods().map(|method| method.path.to_string()).collect());
    pool(["GET", "ANY", "POST"].map(str::to_owned).into());
    pools.push(["ingress", "egress"].map(str::to_owned).into());
    // Stages of REST APIs, temporary ones among them; and what each kind of step makes.
    let mut stages: BTreeSet<String> = ["dev", "prod"].map(str::to_owned).into();
    let mut makers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for step in steps(&world.body()) {
        let operation = &step["operation"];
        if operation["kind"] == "create-stage" {
            stages.insert(operation["stage"].as_str().expect("a name").to_owned());
        }
        let kind = operation["kind"].as_str().expect("a kind").to_owned();
        makers.entry(kind).or_default().insert(id(step));
    }
    pools.push(stages);
    pools.extend(makers.into_values());
    pools
        .into_iter()
        .map(|pool| pool.into_iter().collect())
        .collect()
}

/// What is changed by pointing elsewhere.
fn retargeted(world: &World) -> Vec<Mutant> {
    let pools = pools(world);
    each_place(world, Mutation::Retarget, |_, at, value| {
        let parts = [
            "/operation",
            "/undo",
            "/preconditions",
            "/verification",
            "/gate",
        ];
        if !parts.iter().any(|part| at.starts_with(part)) || at.contains("/tags/") {
            return None;
        }
        if at.ends_with("/port") {
            return Some(json!(value.as_u64()? + 1));
        }
        let text = value.as_str()?;
        let pool = pools
            .iter()
            .find(|pool| pool.iter().any(|one| one == text))?;
        let at = pool.iter().position(|one| one == text)?;
        let next = &pool[(at + 1) % pool.len()];
        (next != text).then(|| json!(next))
    })
}

fn without_a_check(world: &World) -> Vec<Mutant> {
    let body = world.body();
    let mut mutants = Vec::new();
    for (number, step) in steps(&body).iter().enumerate() {
        for list in ["/preconditions", "/verification", "/undo/only_if"] {
            let all = step.pointer(list).and_then(Value::as_array);
            for place in 0..all.map_or(0, Vec::len) {
                let mut body = body.clone();
                let list_of = steps_mut(&mut body)[number].pointer_mut(list);
                let removed = list_of
                    .and_then(Value::as_array_mut)
                    .expect("a list")
                    .remove(place);
                mutants.extend(sealed(world, body).map(|plan| Mutant {
                    mutation: Mutation::DropCheck,
                    step: id(step),
                    detail: format!("{list} {}", removed["kind"]),
                    plan,
                }));
            }
        }
        if step.get("gate").is_some() {
            let mut body = body.clone();
            steps_mut(&mut body)[number]
                .as_object_mut()
                .expect("a step")
                .remove("gate");
            mutants.extend(sealed(world, body).map(|plan| Mutant {
                mutation: Mutation::DropCheck,
                step: id(step),
                detail: format!("gate {}", step["gate"]["kind"]),
                plan,
            }));
        }
    }
    mutants
}

fn untagged(world: &World) -> Vec<Mutant> {
    let body = world.body();
    let mut mutants = Vec::new();
    for (number, step) in steps(&body).iter().enumerate() {
        let tags = step.pointer("/operation/tags").and_then(Value::as_object);
        for tag in tags.into_iter().flat_map(|tags| tags.keys()) {
            let mut body = body.clone();
            let tags = steps_mut(&mut body)[number].pointer_mut("/operation/tags");
            tags.and_then(Value::as_object_mut)
                .expect("tags")
                .remove(tag);
            mutants.extend(sealed(world, body).map(|plan| Mutant {
                mutation: Mutation::DropTag,
                step: id(step),
                detail: tag.clone(),
                plan,
            }));
        }
    }
    mutants
}

fn wrong_digests(world: &World) -> Vec<Mutant> {
    let mutant = |detail: &str, plan: Plan| Mutant {
        mutation: Mutation::WrongDigest,
        step: String::new(),
        detail: detail.to_owned(),
        plan,
    };
    let mut edited = world.plan.clone();
    edited.body_digest = Sha256::of(b"another body");
    let mut other = world.plan.clone();
    let digest = Sha256::of(b"made from something else");
    other.plan_id = PlanId::from_digest(digest);
    let mut mutants = vec![mutant("of the body", edited), mutant("of the name", other)];
    for (number, seen) in world.plan.body.objects.iter().enumerate() {
        let mut body = world.body();
        let digest = Sha256::of(b"something else");
        body["objects"][number]["digest"] = json!(digest);
        let plan = renamed(world, body);
        mutants.extend(plan.map(|plan| mutant(&format!("of {}", seen.object), plan)));
    }
    mutants
}

/// A step besides, which changes something that was not asked for.
fn besides(world: &World, phase: &str, operation: Value) -> Option<Plan> {
    let mut body = world.body();
    steps_mut(&mut body).push(json!({
        "id": "besides", "phase": phase, "forward": "Something besides.",
        "backward": "Nothing.", "operation": operation, "undo": {"kind": "nothing"},
    }));
    sealed(world, body)
}

fn widened(world: &World) -> Vec<Mutant> {
    let region = Region::new(REGION).expect("a region");
    let facts = &world.snapshot.regions[&region];
    let mut mutants = Vec::new();
    let mut add = |detail: String, plan: Option<Plan>| {
        mutants.push(Mutant {
            mutation: Mutation::WidenScope,
            step: String::new(),
            detail,
            plan: plan.expect("a plan"),
        });
    };
    for api in &facts.rest_apis {
        for stage in api.stages.iter().flatten() {
            let (api, stage) = (&api.id, &stage.name);
            let delete = json!({"kind": "delete-stage", "api": api, "stage": stage});
            add(
                format!("deletes {api}/{stage}"),
                besides(world, "tidy-up", delete),
            );
        }
    }
    for balancer in facts.load_balancers.keys() {
        let delete = json!({"kind": "delete-load-balancer", "load_balancer": balancer});
        add(
            format!("deletes {balancer}"),
            besides(world, "retire", delete),
        );
    }
    for group in facts
        .vpcs
        .values()
        .flat_map(|vpc| vpc.security_groups.iter().flatten())
    {
        let rule = json!({"direction": "ingress", "port": 22, "peer": {"known": group.id}});
        let open = json!({
            "kind": "authorize-rule", "group": {"known": group.id}, "rule": rule,
        });
        add(
            format!("opens {}", group.id),
            besides(world, "prepare", open),
        );
    }
    // Less was asked for than is done.
    for api in &facts.rest_apis {
        let stages = api.stages.iter().flatten();
        for stage in stages.filter(|_| world.body()["steps"].to_string().contains(api.id.as_str()))
        {
            let mut body = world.body();
            let chosen = json!([{"api": api.id, "stage": stage.name}]);
            body["choices"]["selection"]["stages"] = chosen;
            add(
                format!("selects {}/{}", api.id, stage.name),
                renamed(world, body),
            );
        }
    }
    // More was looked at than is changed.
    let known: BTreeSet<&ObjectRef> = world
        .plan
        .body
        .objects
        .iter()
        .map(|seen| &seen.object)
        .collect();
    let by_id = ById::of(facts);
    for arn in facts.load_balancers.keys() {
        let object = ObjectRef::LoadBalancer(arn.clone());
        if !known.contains(&object) {
            let digest = seen_as(&by_id, &object).expect("a digest");
            let mut body = world.body();
            let objects = body["objects"].as_array_mut().expect("objects");
            objects.push(json!({"object": object, "digest": digest}));
            add(format!("looks at {arn}"), renamed(world, body));
        }
    }
    mutants
}

pub(super) fn mutants(world: &World, mutation: Mutation) -> Vec<Mutant> {
    match mutation {
        Mutation::Drop => each_step(world, mutation, |number, steps| {
            steps.remove(number);
            vec![String::new()]
        }),
        Mutation::Duplicate => each_step(world, mutation, |number, steps| {
            let mut again = steps[number].clone();
            again["id"] = json!(format!("again-{number}"));
            steps.insert(number + 1, again);
            vec![String::new()]
        }),
        Mutation::Swap => swapped(world),
        Mutation::Retarget => retargeted(world),
        Mutation::ChangePercent => each_place(world, mutation, |_, at, value| {
            let percent = value.as_u64().filter(|_| at.ends_with("/percent"))?;
            Some(json!(if percent < 100 {
                percent + 1
            } else {
                percent - 1
            }))
        }),
        Mutation::DropTag => untagged(world),
        Mutation::DropUndo => each_place(world, mutation, |_, at, value| {
            let operation = at == "/undo" && value["kind"] == "operation";
            operation.then(|| json!({"kind": "nothing"}))
        }),
        Mutation::DropCheck => without_a_check(world),
        Mutation::WrongDigest => wrong_digests(world),
        Mutation::WidenScope => widened(world),
    }
}
