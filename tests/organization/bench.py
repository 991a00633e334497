"""Fifty accounts over the wire: the bound of docs/performance.md, asserted.

    .venv/bin/python tests/organization/bench.py

The emulator answers at AWS's rates and with a delay. The largest account is read alone first; then all
of them at once, which may take little longer. The pace is low, so that AWS's rates decide how long it
takes and not the emulator, which has one processor to answer fifty accounts.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ACCOUNTS = [str(400_000_000_000 + number) for number in range(50)]
REGIONS = ["us-east-1", "eu-west-1"]
LATENCY_MS = 20
PACE = 10
# The one with the most load balancers.
LARGEST = ACCOUNTS[0]
# All accounts over the largest one.
MOST = 1.5


def asked(url: str, path: str, body: dict) -> dict:
    request = urllib.request.Request(f"{url}/_lab/{path}", json.dumps(body).encode())
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def scan(program: str, url: str, home: Path, accounts: list[str]) -> tuple[float, int]:
    """Seconds, and the most memory in bytes."""
    environment = {
        "HOME": str(home), "PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": url, "AWS_REGION": REGIONS[0],
        "AWS_ACCESS_KEY_ID": "AKIA399999999999TEST", "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with tempfile.TemporaryDirectory() as tree:
        command = [program, "scan", "--accounts", ",".join(accounts), "--assume-role", "audit",
                   "-o", f"{tree}/", "--output", "json", "--pace", str(PACE)]
        command += [word for region in REGIONS for word in ("--region", region)]
        start = time.monotonic()
        child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        told = child.stderr.read().decode()
        _, status, usage = os.wait4(child.pid, 0)
        took = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"the scan of {len(accounts)} accounts failed:\n{told}")
    return took, usage.ru_maxrss * 1024


def main() -> None:
    subprocess.run(["cargo", "build", "--workspace"], cwd=ROOT, check=True)
    target = json.loads(subprocess.run(["cargo", "metadata", "--format-version", "1", "--no-deps"], cwd=ROOT,
                                       check=True, stdout=subprocess.PIPE).stdout)["target_directory"]
    program = f"{target}/debug/unbridge"
    emulator = subprocess.Popen(
        [sys.executable, ROOT / "tests/emulator/launcher.py", "--port", "0", "--exit-with-stdin",
         "--throttle", "aws", "--latency-ms", str(LATENCY_MS)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with emulator, tempfile.TemporaryDirectory() as home:
        url = json.loads(emulator.stdout.readline())["ready"]
        asked(url, "seed", {"scenario": "light", "accounts": ACCOUNTS, "regions": REGIONS})
        alone, least = scan(program, url, Path(home), [LARGEST])
        together, most = scan(program, url, Path(home), ACCOUNTS)
        emulator.stdin.close()
    times = together / alone
    print(f"the largest account alone {alone:.1f} s, {least >> 20} MB; {len(ACCOUNTS)} accounts together "
          f"{together:.1f} s ({times:.2f} x), {most >> 20} MB")
    if times > MOST:
        sys.exit(f"missed: {times:.2f} x the slowest account, at most {MOST}")


if __name__ == "__main__":
    main()
