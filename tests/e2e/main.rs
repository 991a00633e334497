//! End-to-end tests of the real `unbridge` binary, over an emulator of AWS and over files.
//!
//! One emulator process serves them all; every test takes an account of its own. What only code can
//! show (routes, verdicts, pages) has unit tests beside it; here stands what a person would see.

mod harness;

#[test]
fn probe() {
    use harness::*;
    let account = emulator().account("reference", serde_json::json!({}));
    let desk = Desk::new();
    let t = std::time::Instant::now();
    let out = desk.scan(&account, &[]).run();
    std::fs::write("/tmp/probe.json", &out.stdout).expect("w");
    std::fs::write("/tmp/probe.seed", account.seeded.to_string()).expect("w");
    println!("{:?} {} {}", t.elapsed(), out.code(), out.stderr);
    for (name, row) in out.report().rows() { println!("{name} {row:?}"); }
    for gap in out.report().gaps() { println!("{gap}"); }
    for c in account.calls() { println!("{c:?}"); }
}
