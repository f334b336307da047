#!/bin/sh
# What the tests need beside Python: PostgreSQL, Chromium, Chinese fonts and Node. As root they are installed
# with apt; otherwise a clear message says what is missing.
set -eu
export DEBIAN_FRONTEND=noninteractive
missing=""
has() { command -v "$1" >/dev/null 2>&1; }
can_install() { [ "$(id -u)" = 0 ] && has apt-get; }
has_package() { apt-cache show "$1" >/dev/null 2>&1; }

ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || has initdb || missing="$missing postgresql"
has fc-list && fc-list 2>/dev/null | grep -qi 'cjk' || missing="$missing fonts-noto-cjk fontconfig"
has node || missing="$missing nodejs"
has npm || missing="$missing npm"

# Chromium's shell without a window draws the same pages for half the work of the whole browser, which does where no package has the shell.
if ! has chromium-headless-shell; then
  if can_install && { has_package chromium-headless-shell || { apt-get update -qq || true; has_package chromium-headless-shell; }; }; then
    missing="$missing chromium-headless-shell"
  elif ! has chromium && ! has chromium-browser && ! has google-chrome; then
    missing="$missing chromium"
  fi
fi

[ -n "$missing" ] || exit 0
if ! can_install; then
  echo "The tests need these packages, please install them:$missing" >&2
  exit 1
fi
echo "Installing:$missing"
apt-get update -qq
# shellcheck disable=SC2086 — the list is meant to be split.
apt-get install -y -qq --no-install-recommends $missing >/dev/null
