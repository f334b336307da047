#!/bin/sh
# Locks what pyproject.toml asks for: exact versions with hashes, nothing about where they come from.
set -eu
options="--quiet --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --allow-unsafe --upgrade"
# shellcheck disable=SC2086 — the options are meant to be split.
{
python -m piptools compile $options -o requirements/run.txt pyproject.toml
python - <<'EOT' > requirements/dev.in
import tomllib
groups = tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]
print("-c run.txt")
for name in ("test", "lint", "docs"):
    print(*groups[name], sep="\n")
EOT
python -m piptools compile $options -o requirements/dev.txt requirements/dev.in
}
