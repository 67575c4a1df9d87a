#!/bin/sh
# Builds the image of the Dockerfile without a Docker engine, tells its size, starts it and asks it whether it is well.
#
# The base image is made here with debootstrap, from Debian's own packages, under the name that the Dockerfile gives.
# Needs root, Debian's `buildah` and `debootstrap`, and the Debian and PyPI servers (or mirrors) that this machine uses.
# Variables: IMAGE (name of the image), WORK (folder for what is built), PORT (where the trial listens), SUITE.
set -eu
cd "$(dirname "$0")/.."
IMAGE=${IMAGE:-localhost/ccs-gateway:latest}
WORK=${WORK:-$PWD/var/image}
PORT=${PORT:-8099}
SUITE=${SUITE:-bookworm}
MIRROR=${MIRROR:-http://deb.debian.org/debian}
BASE=docker.io/library/debian:$SUITE-slim
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot

for program in buildah debootstrap curl; do
  command -v "$program" >/dev/null || { echo "not installed: apt-get install $program" >&2; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo "debootstrap and chroot need root" >&2; exit 1; }
mkdir -p "$WORK"

echo "== the base: $BASE by debootstrap"
if ! buildah inspect --type image "$BASE" >/dev/null 2>&1; then
  [ -d "$WORK/base/usr" ] || debootstrap --variant=minbase "$SUITE" "$WORK/base" "$MIRROR" >"$WORK/debootstrap.log"
  rm -rf "$WORK"/base/var/cache/apt/archives/*.deb "$WORK"/base/var/lib/apt/lists/* "$WORK"/base/var/log/* \
    "$WORK"/base/usr/share/doc/* "$WORK"/base/usr/share/man/* "$WORK"/base/usr/share/locale/*
  container=$(buildah from scratch)
  buildah add -q "$container" "$WORK/base" /
  buildah config --cmd /bin/sh "$container"
  buildah commit -q --rm "$container" "$BASE"
fi

# The certificates that this machine trusts are lent to pip while it builds: a mirror may have its own. None of it is
# in the image.
printf '[global]\ncert = /run/trusted.crt\n' >"$WORK/pip.conf"
lent="--volume $WORK/pip.conf:/etc/pip.conf:ro --volume /etc/ssl/certs/ca-certificates.crt:/run/trusted.crt:ro"

echo "== $IMAGE by buildah, chroot isolation"
# Words on purpose: each option is one.
# shellcheck disable=SC2086
buildah build --format docker --pull-never --build-arg "BASE=$BASE" $lent --tag "$IMAGE" . >"$WORK/build.log" 2>&1 ||
  { tail -20 "$WORK/build.log" >&2; exit 1; }

rm -rf "$WORK/compressed"
buildah push -q --compression-format gzip "$IMAGE" "oci:$WORK/compressed" 2>/dev/null || buildah push -q "$IMAGE" "oci:$WORK/compressed"
container=$(buildah from --pull-never "$IMAGE")
root=$(buildah mount "$container")
compressed=$(du -sb "$WORK/compressed/blobs" | cut -f 1)
unpacked=$(du -sb "$root" | cut -f 1)
echo "compressed $((compressed / 1000000)) MB, unpacked $((unpacked / 1000000)) MB"

echo "== started from its filesystem: root read-only, user 10001"
trial=$WORK/trial
IMAGE_ROOT=$root TRIAL=$trial PORT=$PORT sh deploy/try_image.sh
status=$?
buildah umount "$container" >/dev/null
buildah rm "$container" >/dev/null
exit $status
