//! API Gateway's nouns as a scan keeps them: links, REST APIs with what their stages run, HTTP and
//! WebSocket APIs.
//!
//! A reading that failed is `None`, never an empty list: the gap beside it says why.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::digest::Digest;
use crate::id::{
    DeploymentId, HttpApiId, HttpIntegrationId, LoadBalancerArn, Region, ResourceId, RestApiId,
    RouteId, SecurityGroupId, StageName, SubnetId, VpcLinkId,
};
use crate::template::Template;
use crate::text::{Text, shared};
use crate::uri::Uri;

/// Tags of one resource, by key.
pub type Tags = BTreeMap<Text, Text>;

/// A VPC link of either version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VpcLink {
    /// The link's id; unique within account, region and version.
    pub id: VpcLinkId,
    /// The link's region.
    pub region: Region,
    /// The name a person gave it.
    pub name: Text,
    /// What the link reaches, by version.
    pub reach: LinkReach,
    /// AWS's status word: `AVAILABLE`, `PENDING`, `DELETING`, `FAILED`, `INACTIVE`.
    pub status: Text,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
}

/// What a VPC link reaches: the difference between the versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LinkReach {
    /// Version 1: one Network Load Balancer (`targetArns`).
    V1 {
        /// The NLBs; AWS allows exactly one.
        targets: Vec<LoadBalancerArn>,
    },
    /// Version 2: whatever its subnets and security groups can reach.
    V2 {
        /// Subnets that hold the link's network interfaces.
        subnets: Vec<SubnetId>,
        /// Security groups of those interfaces.
        security_groups: Vec<SecurityGroupId>,
    },
}

/// An HTTP method as API Gateway names it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Verb {
    Any,
    Delete,
    Get,
    Head,
    Options,
    Patch,
    Post,
    Put,
}

/// The type of an integration.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum IntegrationType {
    /// A call of an AWS service.
    Aws,
    /// A Lambda function as proxy.
    AwsProxy,
    /// HTTP with mapped requests and responses.
    Http,
    /// HTTP passed through.
    HttpProxy,
    /// Answered by API Gateway itself.
    Mock,
}

/// A property of an integration that routing does not depend on and a move keeps byte-identical.
///
/// Names are those of the API model, so that a difference can be named in AWS's words.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum CarriedField {
    CacheKeyParameters,
    CacheNamespace,
    ContentHandling,
    Credentials,
    IntegrationResponses,
    PassthroughBehavior,
    RequestParameters,
    RequestTemplates,
    ResponseTransferMode,
    TimeoutInMillis,
    TlsConfig,
}

/// Digests of the properties that differ from AWS's default, sorted by property.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sealed<F>(Box<[(F, Digest)]>);

/// The properties of an integration that a move carries along.
pub type Carried = Sealed<CarriedField>;

impl<F> Default for Sealed<F> {
    fn default() -> Self {
        Self(Box::default())
    }
}

impl<F: Copy + Ord> Sealed<F> {
    /// The properties of this map.
    #[must_use]
    pub fn new(fields: BTreeMap<F, Digest>) -> Self {
        Self(fields.into_iter().collect())
    }

    /// The digest of one property; `None` when it holds AWS's default.
    #[must_use]
    pub fn get(&self, field: F) -> Option<Digest> {
        self.0.iter().find(|(f, _)| *f == field).map(|(_, d)| *d)
    }

    /// All properties, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (F, Digest)> + '_ {
        self.0.iter().copied()
    }

    /// The properties in which two differ, sorted.
    #[must_use]
    pub fn differing(&self, other: &Self) -> Vec<F> {
        let mut fields: Vec<F> = self.iter().chain(other.iter()).map(|(f, _)| f).collect();
        fields.sort_unstable();
        fields.dedup();
        fields.retain(|field| self.get(*field) != other.get(*field));
        fields
    }
}

impl<F> Sealed<F> {
    /// Whether every property holds AWS's default.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<F: Copy + Ord + Serialize> Serialize for Sealed<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, F: Copy + Ord + Deserialize<'de>> Deserialize<'de> for Sealed<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(Self::new)
    }
}

impl<F: JsonSchema> JsonSchema for Sealed<F> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Sealed_{}", F::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        BTreeMap::<F, Digest>::json_schema(generator)
    }
}

/// A property of a method that a deployment ships along with its integration.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum MethodField {
    ApiKeyRequired,
    AuthorizationScopes,
    AuthorizationType,
    MethodResponses,
    OperationName,
    RequestModels,
    RequestParameters,
}

/// Names something of the same API: the editable API says its id, an export its name.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ByIdOrName {
    /// Its id, while its name is not known.
    Id(Text),
    /// Its name.
    Name(Text),
}

/// What a method asks of its callers and promises them, besides its integration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MethodSettings {
    /// Its authorizer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorizer: Option<ByIdOrName>,
    /// Its request validator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator: Option<ByIdOrName>,
    /// Everything else.
    #[serde(default, skip_serializing_if = "Sealed::is_empty")]
    pub sealed: Sealed<MethodField>,
}

/// A kind of setting of a REST API that a deployment ships along with its methods.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum SettingKind {
    ApiKeySource,
    Authorizer,
    BinaryMediaTypes,
    GatewayResponse,
    MinimumCompressionSize,
    Model,
    RequestValidator,
    ResourcePolicy,
}

/// One setting of a REST API: its name where there can be several, and a digest of what it says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// What it is.
    pub kind: SettingKind,
    /// Its name, or a gateway response's type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// What it says.
    pub digest: Digest,
}

/// A deployment of a REST API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// When it was made, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Text>,
}

/// A custom domain name and what it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DomainName {
    /// The name.
    pub name: Text,
    /// Its region.
    pub region: Region,
    /// What it leads to; `None` when not readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mappings: Option<Vec<ApiMapping>>,
}

/// One mapping of a custom domain name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiMapping {
    /// The API's id, of any type.
    pub api: Text,
    /// The stage's name.
    pub stage: Text,
    /// The first part of the path; empty for the whole name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Text>,
}

/// Where API Gateway sends a request: the routing fields in clear, the rest as digests.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Integration {
    /// The integration's type.
    #[serde(rename = "type")]
    pub kind: IntegrationType,
    /// Method used towards the backend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_method: Option<Verb>,
    /// The backend's address without query string; may name stage variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<Uri>,
    /// Digest of the uri's query string and user information, where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri_rest: Option<Digest>,
    /// `connectionId` of a private integration (`connectionType` is `VPC_LINK`); `None` means
    /// the internet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_link: Option<Template>,
    /// `integrationTarget`: the load balancer a version 2 link goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Template>,
    /// The `Host` header set by parameter mapping: a static text in quotes or a source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_mapping: Option<Template>,
    /// Everything else.
    #[serde(default, skip_serializing_if = "Sealed::is_empty")]
    pub carried: Carried,
}

/// One method of an API and where it goes. In HTTP APIs the path is the route key's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// The resource's path, such as `/orders/{id}`.
    pub path: Text,
    /// The method.
    pub verb: Verb,
    /// The resource's id; an export does not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceId>,
    /// The integration; a method without one cannot be deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<Arc<Integration>>,
    /// What else a deployment ships with it; `None` when all of it is AWS's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Arc<MethodSettings>>,
}

/// The methods of a draft or a stage, sorted by path and method once a snapshot is whole.
///
/// A clone shares them until it is changed: most stages run what their draft says, and are given
/// the draft's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Methods(Arc<Vec<Method>>);

impl<'de> Deserialize<'de> for Methods {
    /// A large account repeats few integrations very often: one that was read before, letter by
    /// letter, is not taken apart again.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Vec::<WrittenMethod<'de>>::deserialize(deserializer)?;
        let jsons: Vec<_> = written
            .iter()
            .map(|method| method.integration.map(RawValue::get))
            .collect();
        let integrations = shared(&jsons).map_err(serde::de::Error::custom)?;
        let methods = written.into_iter().zip(integrations);
        let methods = methods.map(|(written, integration)| Method {
            path: written.path,
            verb: written.verb,
            resource: written.resource,
            integration,
            settings: written.settings,
        });
        Ok(Self(Arc::new(methods.collect())))
    }
}

/// A [`Method`] whose integration is not read yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMethod<'m> {
    path: Text,
    verb: Verb,
    #[serde(default)]
    resource: Option<ResourceId>,
    #[serde(borrow)]
    integration: Option<&'m RawValue>,
    #[serde(default)]
    settings: Option<Arc<MethodSettings>>,
}

impl Methods {
    /// Whether both are one list in memory.
    #[must_use]
    pub fn is_shared_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether both say the same; an export does not tell the ids of resources.
    fn says_the_same(&self, other: &Self) -> bool {
        let same = |a: &Method, b: &Method| {
            a.path == b.path
                && a.verb == b.verb
                && a.integration == b.integration
                && a.settings == b.settings
        };
        self.len() == other.len() && self.iter().zip(other.iter()).all(|(a, b)| same(a, b))
    }

    fn put_in_order(&mut self) {
        let methods = Arc::make_mut(&mut self.0);
        if !methods.is_sorted_by(|a, b| (&a.path, a.verb) <= (&b.path, b.verb)) {
            methods.sort_by(|a, b| (&a.path, a.verb).cmp(&(&b.path, b.verb)));
        }
    }
}

impl From<Vec<Method>> for Methods {
    fn from(methods: Vec<Method>) -> Self {
        Self(Arc::new(methods))
    }
}

impl Deref for Methods {
    type Target = Vec<Method>;

    fn deref(&self) -> &Vec<Method> {
        &self.0
    }
}

impl DerefMut for Methods {
    fn deref_mut(&mut self) -> &mut Vec<Method> {
        Arc::make_mut(&mut self.0)
    }
}

impl<'m> IntoIterator for &'m Methods {
    type Item = &'m Method;
    type IntoIter = std::slice::Iter<'m, Method>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'m> IntoIterator for &'m mut Methods {
    type Item = &'m mut Method;
    type IntoIter = std::slice::IterMut<'m, Method>;

    fn into_iter(self) -> Self::IntoIter {
        Arc::make_mut(&mut self.0).iter_mut()
    }
}

impl RestApi {
    /// Puts methods in order, gives stages that run what the draft says the draft's own list, and
    /// gives back the memory that lists grew into.
    pub(crate) fn put_in_order(&mut self) {
        self.endpoint_types.shrink_to_fit();
        self.deployments.iter_mut().for_each(Vec::shrink_to_fit);
        self.stages.iter_mut().for_each(Vec::shrink_to_fit);
        self.draft.iter_mut().for_each(Methods::put_in_order);
        for stage in self.stages.iter_mut().flatten() {
            let Some(deployed) = &mut stage.deployed else {
                continue;
            };
            deployed.put_in_order();
            if let Some(draft) = self
                .draft
                .as_ref()
                .filter(|draft| draft.says_the_same(deployed))
            {
                *deployed = draft.clone();
            }
        }
    }
}

/// The value of a stage variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VariableValue {
    /// An integration's address, link or Host names this variable, or its value is a link's id.
    Clear(Text),
    /// Nothing that routes a request reads it.
    Sealed(Digest),
}

/// Variables of a stage, by name.
pub type Variables = BTreeMap<Text, VariableValue>;

/// A canary release on a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Canary {
    /// The deployment that canary requests run.
    pub deployment: DeploymentId,
    /// Percent of requests, 0 to 100.
    pub percent: f64,
    /// Variables that differ for canary requests.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overrides: Variables,
}

/// A stage of a REST API and what it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// The stage's name.
    pub name: StageName,
    /// The deployment it runs.
    pub deployment: DeploymentId,
    /// A canary release, when one is in progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
    /// Stage variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: Variables,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
    /// The certificate that the stage shows to its backends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<Text>,
    /// The size of its cache in GB, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<Text>,
    /// The methods the stage runs, from its export; `None` when they could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed: Option<Methods>,
    /// The settings the stage runs, from its export, sorted; `None` when they could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Vec<Setting>>,
}

/// Whether an API answers at `https://<id>.execute-api.<region>.amazonaws.com`.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultEndpoint {
    /// It does.
    #[default]
    Answers,
    /// It was disabled: only custom domain names lead to the API.
    Disabled,
}

impl DefaultEndpoint {
    fn answers(&self) -> bool {
        *self == Self::Answers
    }
}

/// A REST API: the editable draft and its stages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestApi {
    /// The API's id.
    pub id: RestApiId,
    /// The API's region.
    pub region: Region,
    /// The API's name; not unique.
    pub name: Text,
    /// `EDGE`, `REGIONAL`, `PRIVATE`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoint_types: Vec<Text>,
    /// Its own address.
    #[serde(default, skip_serializing_if = "DefaultEndpoint::answers")]
    pub default_endpoint: DefaultEndpoint,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
    /// The editable methods; `None` when they could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<Methods>,
    /// The editable settings, sorted; `None` when not in play. A kind that could not be read is a
    /// gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Vec<Setting>>,
    /// Its deployments, by id; `None` when not in play or not readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployments: Option<Vec<Deployment>>,
    /// The stages; `None` when they could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stages: Option<Vec<Stage>>,
}

/// The protocol of an API of the second generation.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum Protocol {
    /// An HTTP API.
    Http,
    /// A WebSocket API; its private integrations need a version 1 link.
    Websocket,
}

/// An integration of an HTTP or WebSocket API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpIntegration {
    /// The integration's id.
    pub id: HttpIntegrationId,
    /// Where it goes. For a private integration of an HTTP API the uri is a listener's ARN.
    pub integration: Integration,
}

/// A route of an HTTP or WebSocket API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpRoute {
    /// The route's id; older snapshots do not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<RouteId>,
    /// The route key: `GET /orders`, `$default`, `$connect`.
    pub key: Text,
    /// The integration it goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<HttpIntegrationId>,
}

/// What a stage of an HTTP or WebSocket API runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HttpDeployed {
    /// Every edit is live at once: the routes and integrations of the API itself.
    Auto,
    /// What `ExportApi` told.
    Routes(Vec<ExportedRoute>),
    /// It could not be read; for WebSocket APIs AWS offers no way to read it.
    Unread,
}

/// A route as a stage runs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportedRoute {
    /// The route key.
    pub key: Text,
    /// Where it goes.
    pub integration: Integration,
}

/// A stage of an HTTP or WebSocket API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpStage {
    /// The stage's name.
    pub name: StageName,
    /// The deployment it runs; `None` when AWS names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<DeploymentId>,
    /// Stage variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: Variables,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
    /// What it runs.
    pub deployed: HttpDeployed,
}

/// An HTTP or WebSocket API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpApi {
    /// The API's id.
    pub id: HttpApiId,
    /// The API's region.
    pub region: Region,
    /// The API's name.
    pub name: Text,
    /// HTTP or WebSocket.
    pub protocol: Protocol,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
    /// Integrations; `None` when they could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integrations: Option<Vec<HttpIntegration>>,
    /// Routes; read only where an integration is private, `None` otherwise or on failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes: Option<Vec<HttpRoute>>,
    /// Stages; `None` when they could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stages: Option<Vec<HttpStage>>,
}
