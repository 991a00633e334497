//! Custom domain names: under which Host callers reach an API.
//!
//! Costs one call a page of names and one call a name and page of its mappings, out of API
//! Gateway's bucket. AWS offers no way to ask for the names of one API, so a region with any API in
//! play pays for all of its names, and one without pays nothing.

use futures::StreamExt;
use futures::channel::oneshot;
use unbridge_model::apigateway::DomainName;
use unbridge_model::call::Call;
use unbridge_model::port::{Reader, Timer};
use unbridge_model::snapshot::Record;

use super::ask::{Asker, listed};

/// Names at the same time: few, so that APIs are hardly delayed.
const NAMES_AT_ONCE: usize = 8;

/// Reads them as soon as an API is known to be in play, and not at all when none is.
pub(super) async fn read<R: Reader, T: Timer>(
    asker: &Asker<'_, R, T>,
    in_play: oneshot::Receiver<()>,
) {
    if in_play.await.is_err() {
        return;
    }
    let names = asker
        .listing(Call::GetDomainNames, listed!(DomainNames))
        .await
        .once(|domain| domain.name.clone());
    let one = async |domain: DomainName| {
        let call = Call::GetApiMappings {
            domain: domain.name.clone(),
        };
        let mappings = asker.list(call, listed!(ApiMappings)).await;
        asker.put(Record::DomainName(DomainName { mappings, ..domain }));
    };
    futures::stream::iter(names.items)
        .for_each_concurrent(NAMES_AT_ONCE, one)
        .await;
}
