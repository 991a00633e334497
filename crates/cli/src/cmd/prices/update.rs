//! `unbridge prices update`: asks the Price List of AWS, writes the table that it makes of the one
//! in force, and tells what is another now.

use std::cell::Cell;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, interval_at};
use unbridge_aws::{PriceList, Session, Settings};
use unbridge_cost::price_list::{self, Listing, Market, Query, Update};
use unbridge_model::gap::GapClass;
use unbridge_model::id::Region;
use unbridge_model::port::ReadError;
use unbridge_report::safe::printable;

use crate::args::PricesUpdateArgs;
use crate::cmd::scan::advice;
use crate::error::{Failure, chain};
use crate::exit::Done;
use crate::today::today;
use crate::{costs, output, place, terminal};

/// How long nothing is said, and how often something is from then on.
const SILENCE: Duration = Duration::from_secs(2);
/// Names that stand for stdout.
const STDOUT: &str = "-";
/// Problems that are told one by one; of the rest, how many there are.
const MOST: usize = 10;

const NAME_A_PLACE: &str = "name a writable place with -o FILE, or -o - for stdout";

pub(crate) fn run(args: &PricesUpdateArgs) -> Result<Done, Failure> {
    let before = costs::prices(args.prices.as_deref())?;
    let today = today()?;
    let out = Some(args.output_file.as_path()).filter(|path| *path != Path::new(STDOUT));
    if let Some((path, why)) = out.and_then(|path| Some((path, place::refusal(path)?))) {
        let what = format!("prices {} cannot be written: {why}", path.display());
        return Err(Failure::unexpected(what).hint(NAME_A_PLACE));
    }
    let mut regions = args.regions.clone();
    regions.sort();
    regions.dedup();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::io("no asynchronous runtime", &error))?;
    let listing = runtime.block_on(ask(args.profile.as_deref(), &regions))?;
    let update = price_list::merge(&before, &listing, &regions, today);
    let update = update.map_err(Failure::unexpected)?;
    if !update.has_answer() {
        tell(&update, &listing);
        let what = "the Price List told no price that was asked for; nothing was written";
        return Err(Failure::unexpected(what).hint("check the names of the regions"));
    }
    write(out, &update.table.to_toml())?;
    tell(&update, &listing);
    Ok(if update.is_complete() && listing.refused.is_empty() {
        Done::Clean
    } else {
        Done::Incomplete
    })
}

/// Asks every question, and says how far it is when that takes long.
async fn ask(profile: Option<&str>, regions: &[Region]) -> Result<Listing, Failure> {
    let session = open(profile).await?;
    let home = session.home().map_or(Market::Commercial, Market::of);
    let mut listing = Listing::default();
    let pages = Cell::new(0_u32);
    for query in Query::about(regions, home) {
        let reading = read(&session, &query, |page| {
            pages.set(pages.get() + 1);
            page.iter().for_each(|product| listing.add(product));
        });
        let mut reading = std::pin::pin!(reading);
        let mut ticks = interval_at(Instant::now() + SILENCE, SILENCE);
        let done = loop {
            tokio::select! {
                done = &mut reading => break done,
                _ = ticks.tick() => {
                    terminal::tell(&format!("asking the Price List: {} pages read", pages.get()));
                }
            }
        };
        done.map_err(|error| not_read(&error, &query, session.home()))?;
    }
    Ok(listing)
}

/// A session whose credentials can be fetched even where nothing names a region.
async fn open(profile: Option<&str>) -> Result<Session, Failure> {
    let settings = Settings {
        profile: profile.map(str::to_owned),
    };
    let failed = |error| {
        let hint = "AWS_REGION=us-east-1, or another profile";
        Failure::usage(chain(&error)).hint(hint)
    };
    let session = Session::open(&settings, None).await.map_err(failed)?;
    if session.home().is_some() {
        return Ok(session);
    }
    let home = Region::new(Market::Commercial.endpoint()).ok();
    Session::open(&settings, home).await.map_err(failed)
}

async fn read(
    session: &Session,
    query: &Query,
    take: impl FnMut(&[String]),
) -> Result<(), ReadError> {
    let endpoint = Region::new(query.market.endpoint());
    let endpoint =
        endpoint.map_err(|error| ReadError::new(GapClass::Refused, error.to_string()))?;
    let list = PriceList::at(session, &endpoint);
    list.products(price_list::SERVICE, &query.filters(), take)
        .await
}

fn not_read(error: &ReadError, query: &Query, home: Option<&Region>) -> Failure {
    let endpoint = query.market.endpoint();
    let what = format!("the Price List in {endpoint} cannot be read: {error}");
    let refused = matches!(error.class, GapClass::Credentials | GapClass::Denied);
    let is_of = |partition: &str| {
        let mut regions = query.region.iter().chain(home);
        regions.any(|region| region.as_str().starts_with(partition))
    };
    let hint = match query.market {
        Market::China if refused => {
            "prices of China are told to accounts in China: --profile, and pricing:GetProducts"
        }
        Market::Commercial if refused && is_of("us-gov-") => {
            "prices of GovCloud are in the commercial Price List, which is told to commercial \
             accounts: --profile"
        }
        Market::Commercial if refused && is_of("cn-") => {
            "the commercial Price List is told to commercial accounts: --profile"
        }
        Market::Commercial | Market::China => match error.class {
            GapClass::Denied => "allow this identity pricing:GetProducts",
            GapClass::Throttled => "wait, and try again",
            class => advice(class),
        },
    };
    Failure::unexpected(what).hint(hint)
}

/// Puts the table into its place, whole or not at all.
fn write(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    let Some(path) = path else {
        return terminal::put(text);
    };
    let unwritable = |error: &io::Error| {
        let what = format!("prices {} cannot be written", path.display());
        Failure::io(what, error).hint(NAME_A_PLACE)
    };
    let file = place::beside(path, &mut output::as_others_may_read());
    let mut file = file.map_err(|error| unwritable(&error))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .map_err(|error| unwritable(&error))?;
    file.persist(path)
        .map_err(|refused| unwritable(&refused.error))?;
    terminal::tell(&format!("prices: {}", path.display()));
    Ok(())
}

/// Says what is another now, and what is not known.
fn tell(update: &Update, listing: &Listing) {
    let Update {
        table: _,
        new,
        changed,
        same,
        kept,
        disputed,
        unanswered,
    } = update;
    terminal::tell(&format!(
        "{} new, {} changed, {same} the same; {kept} stay as they were",
        new.len(),
        changed.len(),
    ));
    for one in changed {
        let (before, after) = (one.before, one.after);
        terminal::tell(&format!(
            "changed: {} in {}: {before} -> {after}",
            one.item, one.region
        ));
    }
    each("no answer", unanswered.iter(), |(region, item)| {
        format!("{item} in {region}; it is unknown, or as it was")
    });
    each("refused", disputed.iter(), |one| {
        let told = one.told.iter();
        let told = told.map(|(sku, amount)| format!("{amount} in sku {sku}"));
        let told: Vec<_> = told.collect();
        format!("{} in {}: {}", one.item, one.region, told.join(", "))
    });
    each("refused", listing.refused.iter(), |one| {
        format!("{}: {}", one.product, one.problem)
    });
}

/// A line for each, but not for more than a person reads.
fn each<T>(what: &str, all: impl ExactSizeIterator<Item = T>, words: impl Fn(T) -> String) {
    let left = all.len().saturating_sub(MOST);
    for one in all.take(MOST) {
        terminal::tell(&format!("{what}: {}", printable(&words(one))));
    }
    if left > 0 {
        terminal::tell(&format!("{what}: {left} more"));
    }
}
