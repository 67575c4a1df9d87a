#!/bin/sh
# Starts the gateway from an image's filesystem in a mount namespace of its own and shows that it answers.
# IMAGE_ROOT is that filesystem, TRIAL a folder for the mounts, PORT where it listens. Called by build_image.sh.
set -eu
if [ -z "${INSIDE:-}" ]; then
  INSIDE=1 exec unshare --mount sh "$0"
fi
mkdir -p "$TRIAL"
mount --bind "$IMAGE_ROOT" "$TRIAL"
mount -o remount,bind,ro "$TRIAL"
mount -t proc proc "$TRIAL/proc"
mount -t tmpfs tmpfs "$TRIAL/tmp"
mount -t tmpfs -o "mode=700,uid=10001,gid=$(stat -c %g "$IMAGE_ROOT/data")" tmpfs "$TRIAL/data"
mount --bind /dev "$TRIAL/dev"

# Takes the place of the shell that calls it, so that a signal reaches the gateway: call it in a shell of its own.
inside() {
  exec chroot --userspec="10001:$(stat -c %g "$IMAGE_ROOT/data")" "$TRIAL" /usr/bin/env -i \
    PATH=/opt/ccs/bin:/usr/bin:/bin LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 HOST=127.0.0.1 PORT="$PORT" \
    DATA_DIR=/data WEBHOOK_TOKEN=trial sh -c "cd /app && exec $1"
}

(inside "touch /app/written") 2>/dev/null && { echo "the root can be written to" >&2; exit 1; }
inside "gateway up" >"$TRIAL.log" 2>&1 &
gateway=$!
trap 'kill "$gateway" 2>/dev/null; wait "$gateway" 2>/dev/null || true' EXIT
waited=0
until grep -q '^ready$' "$TRIAL.log"; do
  kill -0 "$gateway" 2>/dev/null && [ "$waited" -lt 90 ] || { cat "$TRIAL.log" >&2; exit 1; }
  sleep 1
  waited=$((waited + 1))
done
echo "ready after ${waited} s"
echo "user      $(inside 'id -u')"
echo "/readyz   $(curl -fsS "http://127.0.0.1:$PORT/readyz")"
echo "USSD      $(curl -fsS -d sessionId=t1 -d phoneNumber=+22370001001 -d 'serviceCode=*384*223#' -d text= \
  "http://127.0.0.1:$PORT/hooks/trial/africastalking/ussd" | head -1)"
for part in ready web worker timetable; do (inside "python -m gateway.healthcheck $part"); done
echo "healthchecks of all parts: well"
