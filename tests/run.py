"""`make test`: two lanes side by side, PostgreSQL on the one, SQLite and then the browser tests on the other.

pytest arguments are passed on: `python tests/run.py tests/enrollment -k seats`.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHOSEN = {  # real processes cost seconds each: they race on PostgreSQL, on SQLite where its taking turns is what is tested
    "sqlite": "not browser and (not parallel or serialized)",
    "postgresql": "not browser",
}
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import find_or_install  # noqa: E402 - the path comes first


def _pytest(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "pytest", *arguments, *sys.argv[1:]]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _finish(name: str, run: "subprocess.Popen[str]") -> bool:
    output, _ = run.communicate()
    print(f"\n== {name}\n{output}", flush=True)
    return run.returncode in (0, 5)  # 5: the given arguments select nothing here


def main() -> int:
    """Run everything; 0 when all of it passed."""
    began = time.monotonic()
    runs = {name: _pytest("--db", name, "-m", chosen) for name, chosen in CHOSEN.items()}
    passed = [_finish("sqlite", runs["sqlite"])]
    browser = find_or_install()
    if browser:
        passed.append(_finish("browser", _pytest("-m", "browser")))
    else:
        print("== browser\nno Chromium was found and none could be installed; the browser tests did not run", flush=True)
        passed.append(os.environ.get("CI") != "true")
    passed.append(_finish("postgresql", runs["postgresql"]))
    print(f"{'passed' if all(passed) else 'FAILED'} in {time.monotonic() - began:.0f} s")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
