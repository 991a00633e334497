# One command each; every one does its own set-up. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
TOOLS ?= $(CURDIR)/.tools
VENV := $(CURDIR)/.venv
CARGO_DENY := $(TOOLS)/bin/cargo-deny
CARGO_MUTANTS := $(TOOLS)/bin/cargo-mutants

.PHONY: help setup demo test check bench audit mutants clean

help: ## list the commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup: $(VENV)/.ready ## install what the tests need beyond Rust (tests/emulator/requirements.txt)

$(VENV)/.ready: tests/emulator/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

demo: ## the main job on an embedded sample account: no AWS, no SDK built
	cargo run --quiet --package unbridge --no-default-features -- demo

test: setup ## every test, over an AWS emulator of its own
	cargo test --workspace

check: $(CARGO_DENY) ## format, lints, licences and sources of dependencies
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	$(CARGO_DENY) check bans licenses sources

bench: ## speed and memory at a million methods; fails when a bound of docs/performance.md is missed
	cargo bench --package unbridge --no-default-features --bench scale

audit: $(CARGO_DENY) ## known vulnerabilities in dependencies (needs a network)
	$(CARGO_DENY) check advisories

mutants: $(CARGO_MUTANTS) ## change routes and verdicts one by one: does a test notice?
	$(CARGO_MUTANTS) mutants --package unbridge-scanner --config .cargo/mutants.toml

$(CARGO_DENY):
	cargo install --locked --root $(TOOLS) cargo-deny@0.20.2

$(CARGO_MUTANTS):
	cargo install --locked --root $(TOOLS) cargo-mutants@27.1.0

clean: ## remove everything that was built or installed here
	cargo clean
	rm -rf $(VENV) $(TOOLS)
