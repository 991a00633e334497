//! What a report is made from: one snapshot, or a tree of them, judged.

use std::path::Path;

use jiff::civil::Date;
use tokio::runtime::Runtime;
use unbridge_cost::estimates;
use unbridge_model::assessment::Assessment;
use unbridge_model::id::AccountId;
use unbridge_model::snapshot::Snapshot;
use unbridge_scanner::assess::assess_among;
use unbridge_scanner::siblings::Siblings;
use unbridge_scanner::terraform::TerraformState;

use crate::error::Failure;
use crate::files;
use crate::tree::read::{Chosen, Judged, With, judge, single};
use crate::tree::{Kept, Tree, TreeAt};

/// Judges what is kept there: in a tree, of every account the newest day, or one day.
pub(crate) fn judged(path: &Path, date: Option<Date>, with: &With<'_>) -> Result<Judged, Failure> {
    match (Kept::at(path), date) {
        (Kept::Tree(at), date) => {
            let (runtime, tree) = reached(at)?;
            judged_tree(&runtime, &tree, date, with)
        }
        (Kept::File(path), None) => {
            let single = Single::read(&path, None, None)?;
            let assessment = single.assessed(with.terraform)?;
            Ok(Judged {
                estimates: estimates(&assessment, &single.snapshot, with.prices),
                assessment,
                organization: None,
            })
        }
        (Kept::File(path), Some(_)) => Err(of_one_day(&path)),
    }
}

fn of_one_day(path: &Path) -> Failure {
    let what = format!("{} is one snapshot, and has one day alone", path.display());
    Failure::usage(what).hint("a day is chosen of a tree")
}

/// Judges a tree that is open.
pub(crate) fn judged_tree(
    runtime: &Runtime,
    tree: &Tree,
    date: Option<Date>,
    with: &With<'_>,
) -> Result<Judged, Failure> {
    let chosen = runtime.block_on(Chosen::of(tree, date))?;
    judge(runtime, tree, chosen, with)
}

/// One account, and what is known of others that may lead to it.
pub(crate) struct Single {
    pub(crate) snapshot: Snapshot,
    siblings: Siblings,
}

impl Single {
    /// Reads a snapshot; or of a tree the account that is named, on its newest day or on one day.
    pub(crate) fn read(
        path: &Path,
        account: Option<&AccountId>,
        date: Option<Date>,
    ) -> Result<Self, Failure> {
        let at = match Kept::at(path) {
            Kept::File(path) if date.is_some() => return Err(of_one_day(&path)),
            Kept::File(path) => {
                return Ok(Self {
                    snapshot: files::load(&path)?,
                    siblings: Siblings::default(),
                });
            }
            Kept::Tree(at) => at,
        };
        let Some(account) = account else {
            let what = format!("{at} holds many accounts, and none is named");
            return Err(Failure::usage(what).hint("--account ID"));
        };
        let (runtime, tree) = reached(at)?;
        let chosen = runtime.block_on(Chosen::of(&tree, date))?;
        let (snapshot, siblings) = single(&runtime, &tree, chosen, account)?;
        Ok(Self { snapshot, siblings })
    }

    /// Whether everything was seen that could change a verdict, in other accounts too.
    pub(crate) fn is_complete(&self, assessment: &Assessment) -> bool {
        let account = &self.snapshot.header.account;
        assessment.is_complete() && self.siblings.are_seen_by(account)
    }

    /// Judges it.
    pub(crate) fn assessed(&self, terraform: &TerraformState) -> Result<Assessment, Failure> {
        assess_among(&self.snapshot, terraform, &self.siblings).map_err(|bug| {
            Failure::unexpected(format!("{bug}; please report this bug with the snapshot"))
        })
    }
}

/// Opens a tree that is there.
pub(crate) fn reached(at: TreeAt) -> Result<(Runtime, Tree), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::io("no asynchronous runtime", &error))?;
    let tree = match at {
        TreeAt::Folder(folder) if folder.is_dir() => Tree::in_folder(&folder)?,
        TreeAt::Folder(folder) => {
            let what = format!("there is no folder {}", folder.display());
            return Err(Failure::usage(what).hint("a tree that `unbridge scan -o DIR/` wrote"));
        }
        bucket @ TreeAt::Bucket { .. } => runtime.block_on(in_bucket(bucket))?,
    };
    Ok((runtime, tree))
}

#[cfg(feature = "aws")]
async fn in_bucket(at: TreeAt) -> Result<Tree, Failure> {
    let session = crate::cmd::scan::any_session().await?;
    Tree::open(at, &session).await
}

#[cfg(not(feature = "aws"))]
async fn in_bucket(at: TreeAt) -> Result<Tree, Failure> {
    let what = format!("{at} cannot be reached: this build knows no AWS");
    Err(Failure::usage(what).hint("copy the tree into a folder"))
}
