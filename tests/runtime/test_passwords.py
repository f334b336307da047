"""Passwords: what the product keeps of them is slow to guess, whatever the tests themselves hash with."""

from __future__ import annotations

import subprocess
import sys

from argon2 import Type, extract_parameters

ASKED = "from builder.runtime.passwords import hash_password; print(hash_password('Right-Horse-7-Battery'))"


def test_a_hash_takes_the_memory_and_the_passes_that_owasp_asks_for() -> None:
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)
    found = extract_parameters(done.stdout.strip())
    assert found.type is Type.ID
    assert found.memory_cost >= 19 * 1024
    assert found.time_cost >= 2
