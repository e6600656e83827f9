#!/usr/bin/env bash
# Proves the Dockerfile without a registry of images: builds it for real on a base that is made here (debootstrap, the
# Node of node_modules, npm), runs the result as its own user, and sees it probe, serve, obey SIGTERM and be small.
# Needs Debian, root, buildah, debootstrap. Everything lives in one temporary folder and is removed at the end.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
export STORAGE_DRIVER=overlay
B=(buildah --root "$work/store" --runroot "$work/run")
clean() {
  "${B[@]}" rm -a >/dev/null 2>&1 || true
  "${B[@]}" rmi -a -f >/dev/null 2>&1 || true
  rm -rf "$work" 2>/dev/null || true
}
trap clean EXIT
fail() { echo "container: $*" >&2; exit 1; }
# quietly NAME COMMAND...: shows what it printed only when it fails.
quietly() { local name=$1; shift; "$@" >"$work/$name.log" 2>&1 || { tail -n 40 "$work/$name.log" >&2; fail "$name failed"; }; }
bud() { quietly "$1" "${B[@]}" bud --pull-never --isolation chroot --format docker "${@:2}"; }

# The local stand-in for the official Node image: a minimal Debian, this machine's certificates, our Node and npm.
mirror=$(apt-get indextargets --format '$(SITE)' 2>/dev/null | head -n 1)
quietly debootstrap debootstrap --variant=minbase "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$work/rootfs" "${mirror:?no Debian mirror is configured}"
mkdir -p "$work/base"
tar -C "$work/rootfs" -cf "$work/base/rootfs.tar" .
cp node_modules/node/bin/node "$work/base/node"
npm_cli=$(readlink -f "${npm_execpath:-$(command -v npm)}")
cp -r "$(dirname "$(dirname "$npm_cli")")" "$work/base/npm"
cat /etc/ssl/certs/ca-certificates.crt ${NODE_EXTRA_CA_CERTS:+"$NODE_EXTRA_CA_CERTS"} >"$work/base/ca.crt"
cat >"$work/base/Dockerfile" <<'BASE'
FROM scratch
ADD rootfs.tar /
COPY ca.crt /etc/ssl/certs/ca-certificates.crt
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt npm_config_cafile=/etc/ssl/certs/ca-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && useradd -m -u 1000 node && npm --version
BASE
bud base -t localhost/node:24 "$work/base"
rm -rf "$work/rootfs" "$work/base"

# The project's own Dockerfile, unchanged; only its base is given.
bud image --build-arg NODE_IMAGE=localhost/node:24 -t localhost/holter:test .

"${B[@]}" inspect --type image localhost/holter:test >"$work/image.json"
node - "$work/image.json" <<'CHECK' || fail "the image's configuration is not as promised"
const config = JSON.parse(require('node:fs').readFileSync(process.argv[2], 'utf8')).Docker.config;
const wanted = [
  ['runs as 1000', config.User === '1000:1000'],
  ['has a health check without a shell', config.Healthcheck?.Test?.[0] === 'CMD'],
  ['has an entry point without a shell', config.Entrypoint?.[0] === 'node'],
  ['declares its one writable place', '/data' in (config.Volumes ?? {})],
];
for (const [what, holds] of wanted) if (!holds) { console.error(`container: not so: ${what}`); process.exitCode = 1; }
CHECK

# Size: what the project adds to the base.
size() { "${B[@]}" images --format '{{.Size}}' "$1"; }
echo "container: base $(size localhost/node:24), image $(size localhost/holter:test)"

container=$("${B[@]}" from --pull-never localhost/holter:test)
mount=$("${B[@]}" mount "$container")
[ ! -e "$mount/app/node_modules/typescript" ] || fail 'development packages are in the image'
[ ! -e "$mount/app/src" ] || fail 'sources are in the image'
port=$(node -e "const s=require('net').createServer().listen(0,'127.0.0.1',()=>{console.log(s.address().port);s.close()})")
cat >"$mount/etc/holter/holter.yaml" <<YAML
system: Image test
services:
  self:
    endpoints:
      metrics: { probe: http, url: "http://127.0.0.1:$port/healthz", every: 1s, timeout: 500ms }
YAML
"${B[@]}" run --isolation chroot --user 1000:1000 "$container" -- \
  node --enable-source-maps dist/src/cli/main.js run -c /etc/holter --data /data --listen "127.0.0.1:$port" >"$work/run.log" 2>&1 &
running=$!
answers() { node -e "fetch('http://127.0.0.1:$port$1').then(async (r) => { const t = await r.text(); process.exit(r.ok && t.includes('$2') ? 0 : 1) }, () => process.exit(1))"; }
for _ in $(seq 100); do answers /metrics 'probe_success{' && break; sleep 0.2; done
answers /healthz '' || { cat "$work/run.log" >&2; fail 'the daemon in the image does not answer'; }
answers /metrics 'probe_success{' || { cat "$work/run.log" >&2; fail 'the daemon in the image does not probe'; }
"${B[@]}" run --isolation chroot --user 1000:1000 "$container" -- sh -c 'test "$(id -u)" = 1000 && ! touch /app/x 2>/dev/null && test -s /data/holter.db' ||
  fail 'not the user it should be, or its program can be written to, or its store is not in /data'
kill -TERM "$running"
for _ in $(seq 50); do kill -0 "$running" 2>/dev/null || break; sleep 0.2; done
answers /healthz '' && fail 'SIGTERM did not end the daemon'
echo 'container: built, probed, served, ended'
