//! Tags, which tell who owns a thing.

use unbridge_model::text::Text;

use super::{BuildError, Estate};

impl Estate {
    /// Tags a load balancer.
    #[must_use]
    pub fn tag(self, name: &str, key: &str, value: &str) -> Self {
        self.here(|site| {
            let tags = site.find_mut(name)?.tags.get_or_insert_default();
            tags.insert(Text::new(key), Text::new(value));
            Ok(())
        })
    }

    /// Tags a link.
    #[must_use]
    pub fn tag_link(self, name: &str, key: &str, value: &str) -> Self {
        self.here(|site| {
            let mut links = site.state.links.iter_mut();
            let link = links.find(|link| link.name == name);
            let link = link.ok_or_else(|| BuildError::missing("link", name))?;
            link.tags.insert(Text::new(key), Text::new(value));
            Ok(())
        })
    }

    /// Tags a target group.
    #[must_use]
    pub fn tag_group(self, name: &str, key: &str, value: &str) -> Self {
        self.here(|site| {
            let mut groups = site.state.target_groups.iter_mut();
            let group = groups.find(|group| group.name == name);
            let group = group.ok_or_else(|| BuildError::missing("target group", name))?;
            let tags = group.tags.get_or_insert_default();
            tags.insert(Text::new(key), Text::new(value));
            Ok(())
        })
    }

    /// Tags every load balancer with its security groups, every target group, link, API and stage
    /// of the region whose name begins like this.
    #[must_use]
    pub fn tag_all(self, prefix: &str, key: &str, value: &str) -> Self {
        self.here(|site| {
            let (key, value) = (Text::new(key), Text::new(value));
            let tag = |tags: &mut unbridge_model::apigateway::Tags| {
                tags.insert(key.clone(), value.clone());
            };
            let mut groups_of = Vec::new();
            for lb in &mut site.state.load_balancers {
                if lb.name.starts_with(prefix) {
                    tag(lb.tags.get_or_insert_default());
                    groups_of.extend(lb.security_groups.iter().cloned());
                }
            }
            let groups = site.state.vpcs.iter_mut();
            for group in groups.flat_map(|vpc| vpc.security_groups.iter_mut().flatten()) {
                if groups_of.contains(&group.id) {
                    tag(&mut group.tags);
                }
            }
            for group in &mut site.state.target_groups {
                if group.name.starts_with(prefix) {
                    tag(group.tags.get_or_insert_default());
                }
            }
            for link in &mut site.state.links {
                if link.name.starts_with(prefix) {
                    tag(&mut link.tags);
                }
            }
            for api in &mut site.state.rest_apis {
                if api.api.name.starts_with(prefix) {
                    tag(&mut api.api.tags);
                    api.stages.iter_mut().for_each(|stage| tag(&mut stage.tags));
                }
            }
            for api in &mut site.state.http_apis {
                if api.api.name.starts_with(prefix) {
                    tag(&mut api.api.tags);
                }
            }
            Ok(())
        })
    }
}
