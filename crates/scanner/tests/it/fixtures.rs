//! One small snapshot for each finding, in `fixtures/findings`: written by a scan of the smallest
//! account that shows it, read back from the file, so that old files must go on loading.

use unbridge_model::finding::FindingCode;
use unbridge_model::quota::Pace;
use unbridge_model::snapshot::Outcome;
use unbridge_model::snapshot::read::read;
use unbridge_model::snapshot::write::SnapshotWriter;
use unbridge_sim::build::Situation;

use crate::common::{assessed, estate, golden, header, options, repository, scanned};

#[test]
fn every_finding_has_a_snapshot_that_shows_it() {
    for code in FindingCode::ALL {
        let file = format!("fixtures/findings/{code}.jsonl");
        let account = Situation::of(*code)
            .add(estate(), "sample", 80)
            .build()
            .expect("an account");
        let options = options(&account, Pace::FULL);
        let mut writer = SnapshotWriter::begin(Vec::new(), &header(&options)).expect("memory");
        for record in scanned(account).records {
            writer.record(record).expect("memory");
        }
        let bytes = writer.finish(Outcome::Finished).expect("memory");
        golden(&file, std::str::from_utf8(&bytes).expect("JSON"));
        let kept = std::fs::read(repository(&file)).expect("the fixture");
        let assessment = assessed(&read(kept.as_slice()).expect("a snapshot"));
        let of_nlbs = assessment.nlbs.iter().flat_map(|nlb| &nlb.findings);
        let shown = of_nlbs
            .chain(assessment.unattached.iter().map(|one| &one.finding))
            .any(|finding| finding.code() == *code);
        assert!(shown, "{file} does not show {code}");
    }
}
