# One command each; every one does its own set-up. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
TOOLS ?= $(CURDIR)/.tools
VENV := $(CURDIR)/.venv
CARGO_DENY := $(TOOLS)/bin/cargo-deny
CARGO_MUTANTS := $(TOOLS)/bin/cargo-mutants

NEEDS := tests/needs.txt
# What the list names of one kind, without its comments.
needs = $(shell sed -n 's/ *\#.*//; s/^$(1) //p' $(NEEDS))

.PHONY: help setup debian demo test test-long check bench audit mutants fuzz clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup: debian $(VENV)/.ready ## install what the tests need beyond Rust (tests/needs.txt)

debian:
	@missing=$$(for package in $(call needs,debian); do \
	  dpkg-query --show --showformat='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' \
	    || echo $$package; done); \
	if [ -n "$$missing" ]; then \
	  root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$root apt-get update --quiet=2 && \
	  DEBIAN_FRONTEND=noninteractive $$root apt-get install --quiet=2 --yes --no-install-recommends $$missing; \
	fi

$(VENV)/.ready: $(NEEDS)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check $(call needs,python)
	touch $@

demo: ## the main job on an embedded sample account: no AWS, no SDK built
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT; \
	unbridge() { cargo run --quiet --package unbridge --no-default-features -- "$$@"; }; \
	account=$$folder/account.jsonl.zst; \
	unbridge demo -o "$$account" || exit; \
	for did in "plan --snapshot $$account --nlb orders-nlb --edit c65npcywlk --edit c65npcywlk/prod --edit c65npcywlk/staging -o $$folder/orders.plan.json" \
	    "rehearse fixtures/plans/blind.plan.json --snapshot $$account"; do \
	  echo && echo "\$$ unbridge $${did//$$folder\//}" && echo; \
	  unbridge $$did || [ $$? = 5 ] || exit; \
	done

test: setup ## every test, over an AWS emulator of its own
	cargo test --workspace

test-long: setup ## 100000 runs in which several things go wrong at random (SEEDS of them), plans of 10000 accounts (PLANNED), and migrations at AWS's rates (20 min)
	SEEDS=$(or $(SEEDS),100000) cargo test --release --package unbridge-rehearsal --test it -- whatever_goes_wrong
	PLANNED=$(or $(PLANNED),10000) cargo test --workspace --test e2e -- every_plan_of_a_generated_account
	AWS_RATES=1 cargo test --workspace --test e2e -- --nocapture apply::rates

check: $(CARGO_DENY) $(VENV)/.ready ## format, lints, licences and sources of dependencies, what docs/deploy holds
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	$(CARGO_DENY) check bans licenses sources
	$(VENV)/bin/python tests/deploy/check.py

bench: setup ## speed and memory at a million methods and 5000 NLBs, what costs add, rehearsals of 1000 methods, many accounts; fails when a bound of docs/performance.md is missed
	cargo bench --package unbridge --no-default-features --bench scale
	cargo bench --package unbridge-rehearsal
	$(VENV)/bin/python tests/browser/bench.py
	cargo bench --package unbridge-scanner
	cargo bench --package unbridge --no-default-features --bench tree
	$(VENV)/bin/python tests/organization/bench.py

audit: $(CARGO_DENY) ## known vulnerabilities in dependencies (needs a network)
	$(CARGO_DENY) check advisories

fuzz: ## mutated snapshots, CASES of them, of SEED (any other each time): refused or written, no panic
	FUZZ_CASES=$(or $(CASES),500000) FUZZ_SEED=$(or $(SEED),$(shell date +%s)) \
	  cargo test --workspace --test e2e -- --nocapture fuzz::

mutants: $(CARGO_MUTANTS) ## change routes and verdicts one by one: does a test notice?
	$(CARGO_MUTANTS) mutants --package unbridge-scanner --config .cargo/mutants.toml

$(CARGO_DENY):
	cargo install --locked --root $(TOOLS) cargo-deny@0.20.2

$(CARGO_MUTANTS):
	cargo install --locked --root $(TOOLS) cargo-mutants@27.1.0

clean: ## remove everything that was built or installed here
	cargo clean
	rm -rf $(VENV) $(TOOLS)
