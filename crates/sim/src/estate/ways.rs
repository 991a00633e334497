//! Ways through load balancers by chance: every kind of bridge, rule, address and stage.

use unbridge_model::apigateway::Verb;
use unbridge_model::template::Template;

use crate::build::{Estate, RestApiBuilder, RuleBuilder};
use crate::random::Random;

/// How an API reaches its ALB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Over a version 1 link, an NLB and a group of type `alb`.
    Bridge,
    /// The same with the ALB's addresses in a group of type `ip`.
    ByAddress,
    /// The same with two ALBs and weights.
    Weighted,
    /// Over a version 2 link.
    Direct,
    /// Over a version 2 link and an NLB.
    DirectToNlb,
    /// Over the version 1 link that a stage variable names, one of two.
    ByVariable,
    /// Over an NLB that ends the encryption.
    Tls,
}

const WAYS: [Way; 7] = [
    Way::Bridge,
    Way::ByAddress,
    Way::Weighted,
    Way::Direct,
    Way::DirectToNlb,
    Way::ByVariable,
    Way::Tls,
];

/// Ports of an NLB's listener and of the ALB's listener behind it.
const PORTS: [(u16, u16); 4] = [(80, 80), (80, 8080), (8443, 80), (9000, 9001)];

const PATHS: [(Verb, &str); 8] = [
    (Verb::Any, "/"),
    (Verb::Get, "/items"),
    (Verb::Post, "/items"),
    (Verb::Any, "/items/{id}"),
    (Verb::Get, "/items/special"),
    (Verb::Get, "/items/{id}/parts/{part}"),
    (Verb::Any, "/files/{proxy+}"),
    (Verb::Any, "/{proxy+}"),
];

/// Adds an API of its own with everything behind it.
pub(super) fn add(estate: Estate, random: &mut Random, number: usize) -> Estate {
    let way = random.pick(&WAYS).copied().unwrap_or(Way::Bridge);
    let (port, alb_port) = random.pick(&PORTS).copied().unwrap_or((80, 80));
    let plan = Plan {
        way,
        name: format!("way-{number}"),
        port,
        alb_port,
    };
    let mut estate = plan.balancers(estate);
    for alb in plan.albs() {
        estate = rules(estate, random, &alb, plan.alb_port());
    }
    estate.rest_api(&plan.name, |api| plan.api(api, random))
}

struct Plan {
    way: Way,
    name: String,
    port: u16,
    alb_port: u16,
}

impl Plan {
    fn of(&self, what: &str) -> String {
        format!("{}-{what}", self.name)
    }

    fn albs(&self) -> Vec<String> {
        match self.way {
            Way::Weighted | Way::ByVariable => vec![self.of("alb"), self.of("alb-2")],
            Way::Bridge | Way::ByAddress | Way::Direct | Way::DirectToNlb | Way::Tls => {
                vec![self.of("alb")]
            }
        }
    }

    fn alb_port(&self) -> u16 {
        match self.way {
            Way::Tls => 443,
            _ => self.alb_port,
        }
    }

    fn balancers(&self, estate: Estate) -> Estate {
        let [nlb, alb, link] = &["nlb", "alb", "link"].map(|what| self.of(what));
        let (two, port, alb_port) = (self.of("alb-2"), self.port, self.alb_port());
        let albs = self.albs();
        let estate = albs
            .iter()
            .fold(estate, |estate, alb| estate.alb(alb, alb_port));
        match self.way {
            Way::Bridge => estate
                .nlb(nlb)
                .forward(nlb, port, alb, alb_port)
                .link(link, nlb),
            Way::ByAddress => estate
                .nlb(nlb)
                .forward_by_address(nlb, port, alb, alb_port)
                .link(link, nlb),
            Way::Weighted => estate
                .nlb(nlb)
                .forward_weighted(nlb, port, &[(alb, alb_port, 1), (&two, alb_port, 0)])
                .link(link, nlb),
            Way::Direct => estate.v2_link(link),
            Way::DirectToNlb => estate
                .nlb(nlb)
                .forward(nlb, port, alb, alb_port)
                .v2_link(link),
            Way::ByVariable => {
                let nlb_two = self.of("nlb-2");
                estate
                    .nlb(nlb)
                    .forward(nlb, port, alb, alb_port)
                    .link(link, nlb)
                    .nlb(&nlb_two)
                    .forward(&nlb_two, port, &two, alb_port)
                    .link(&self.of("link-2"), &nlb_two)
            }
            Way::Tls => {
                let certificate = self.of("cert");
                estate
                    .certificate(&certificate, &["*.example"])
                    .https(alb, 443, &[&certificate])
                    .nlb(nlb)
                    .forward_tls(nlb, 443, alb, 443, &certificate)
                    .link(link, nlb)
            }
        }
    }

    /// The address without path that integrations name.
    fn address(&self, random: &mut Random) -> String {
        let (scheme, port) = match self.way {
            Way::Tls => ("https", 443),
            Way::Direct => ("http", self.alb_port),
            Way::Bridge | Way::ByAddress | Way::Weighted | Way::DirectToNlb | Way::ByVariable => {
                ("http", self.port)
            }
        };
        let host = match random.below(4) {
            0 => "${stageVariables.host}".to_owned(),
            1 => "api.shop.example".to_owned(),
            2 => "Shop.example".to_owned(),
            _ => format!("{}.example", self.name),
        };
        match (scheme, port) {
            ("http", 80) | ("https", 443) if random.percent(50) => format!("{scheme}://{host}"),
            _ => format!("{scheme}://{host}:{port}"),
        }
    }

    fn api<'e>(&self, api: RestApiBuilder<'e>, random: &mut Random) -> RestApiBuilder<'e> {
        let mut api = self.methods(api, random, &PATHS);
        api = api.deploy("prod").promote("prod", "dev");
        for stage in ["prod", "dev"] {
            let host = random.pick(&["blue.example", "green.example"]);
            api = api.variable(stage, "host", host.copied().unwrap_or_default());
        }
        if self.way == Way::ByVariable {
            let [one, two] = [self.of("link"), self.of("link-2")];
            let (prod, dev) = if random.percent(50) {
                (&one, &two)
            } else {
                (&two, &one)
            };
            api = api
                .link_variable("prod", "link", prod)
                .link_variable("dev", "link", dev);
        }
        if random.percent(40) {
            api = self.canary(api, random);
        }
        api
    }

    fn canary<'e>(&self, api: RestApiBuilder<'e>, random: &mut Random) -> RestApiBuilder<'e> {
        let api = match random.below(2) {
            0 => api.leftover_canary("prod", 10.0),
            _ => self.methods(api, random, &PATHS[..3]).canary("prod", 20.0),
        };
        let api = api.canary_variable("prod", "host", "canary.example");
        match self.way {
            Way::ByVariable => api.canary_link("prod", "link", &self.of("link-2")),
            _ => api,
        }
    }

    fn methods<'e>(
        &self,
        mut api: RestApiBuilder<'e>,
        random: &mut Random,
        paths: &[(Verb, &str)],
    ) -> RestApiBuilder<'e> {
        for (verb, path) in paths {
            if random.percent(25) {
                continue;
            }
            let address = self.address(random);
            api = match self.way {
                Way::Direct => {
                    api.direct_at(*verb, path, &self.of("link"), &self.of("alb"), &address)
                }
                Way::DirectToNlb => {
                    api.direct_at(*verb, path, &self.of("link"), &self.of("nlb"), &address)
                }
                Way::ByVariable => api.at(*verb, path, &self.of("link"), &address).edit(
                    *verb,
                    path,
                    |integration| {
                        integration.vpc_link = Some(Template::new("${stageVariables.link}"));
                    },
                ),
                Way::Bridge | Way::ByAddress | Way::Weighted | Way::Tls => {
                    api.at(*verb, path, &self.of("link"), &address)
                }
            };
            let mapping = match random.below(8) {
                0 => "'mapped.example'",
                1 => "'Mapped.example:8080'",
                2 => "stageVariables.host",
                _ => continue,
            };
            api = api.map_host(*verb, path, mapping);
        }
        api.mock("/items")
    }
}

fn rules(mut estate: Estate, random: &mut Random, alb: &str, port: u16) -> Estate {
    for rule in 1..=random.below(6) {
        let priority = u32::try_from(rule * 10).unwrap_or(1);
        estate = estate.alb_rule(alb, port, priority, |rule| {
            let rule = condition(rule, random);
            let rule = match random.percent(30) {
                true => condition(rule, random),
                false => rule,
            };
            end(rule, random, alb)
        });
    }
    estate
}

fn condition(rule: RuleBuilder, random: &mut Random) -> RuleBuilder {
    match random.below(13) {
        0 => rule.host(&["*.example"]),
        1 => rule.host(&["MAPPED.example", "canary.example"]),
        2 => rule.host_regex("^(blue|green)\\.example$"),
        3 => rule.path(&["/items", "/items/*"]),
        4 => rule.path(&["/files/a?/*"]),
        5 => rule.path_regex("^/items/[a-z]+[0-9]*$"),
        6 => rule.method(&["POST", "PUT"]),
        7 => rule.source(&["10.0.0.0/16"]),
        8 => rule.source(&["192.0.2.0/24"]),
        9 => rule.header("X-Tenant", &["gold*", "silver"]),
        10 => rule.header_regex("x-tenant", "^(gold|bronze).*$"),
        11 => rule.query(&["version=2", "=beta"]),
        _ => rule.path(&["*"]),
    }
}

/// Only what is forwarded is transformed: AWS does not say what a redirect sees.
fn transform(rule: RuleBuilder, random: &mut Random) -> RuleBuilder {
    match random.below(6) {
        0 => rule.rewrite_host("^(.+)\\.example$", "$1.internal"),
        1 => rule.rewrite_url("^/items/(.*)$", "/v2/$1"),
        2 => rule.rewrite_url("^/files/([^?]*)(\\?.*)?$", "/store.php?name=$1"),
        _ => rule,
    }
}

fn end(rule: RuleBuilder, random: &mut Random, alb: &str) -> RuleBuilder {
    let [blue, green] = ["blue", "green"].map(|color| format!("{alb}-{color}"));
    let rule = match random.below(9) {
        0 => return rule.redirect("www.#{host}", "443", "/new/#{path}"),
        1 => return rule.redirect("#{host}", "#{port}", "/#{path}/moved"),
        2 => return rule.respond("404"),
        3 => rule.forward(&[(&blue, 1)]),
        4 => rule.forward(&[(&blue, 90), (&green, 10)]),
        5 => rule.forward(&[(&blue, 100), (&green, 0)]),
        6 => rule
            .authenticate("authenticate-oidc")
            .forward(&[(&green, 1)]),
        _ => rule,
    };
    transform(rule, random)
}
