#!/bin/sh
# Installs the servers and the browser that tests use, where it may; what is missing afterwards is skipped by name.
set -u
missing=""
command -v redis-server >/dev/null || command -v valkey-server >/dev/null || missing="$missing redis-server"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || missing="$missing postgresql"
{ command -v bearerbox >/dev/null || [ -x /usr/sbin/bearerbox ]; } || missing="$missing kannel"
[ -x /usr/lib/kannel/test/fakesmsc ] || missing="$missing kannel-extras"
command -v promtool >/dev/null || missing="$missing prometheus"
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing="$missing chromium"
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null; then
  echo "not installed:$missing (no apt-get here; the tests that need them are skipped)"
  exit 0
fi
sudo=""
if [ "$(id -u)" != 0 ]; then
  sudo -n true 2>/dev/null || { echo "not installed:$missing (run: sudo apt-get install$missing)"; exit 0; }
  sudo="sudo -n"
fi
echo "installing$missing for the tests"
$sudo apt-get update -qq >/dev/null 2>&1
# Words on purpose: each package is one.
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 ||
  echo "not installed:$missing (apt-get refused; run: apt-get install$missing)"
exit 0
