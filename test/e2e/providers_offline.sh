#!/usr/bin/env bash
# Provider commands without a cluster and without a network: a bundle made of a local repository, and used; and what is refused, with which sentence.
set -euo pipefail
: "${SLIPWAY:?the slipway binary}"
work=$(mktemp -d "${TMPDIR:-/tmp}/slipway-e2e.XXXXXX")
trap 'rm -rf "$work"' EXIT
export HOME=$work/home XDG_CONFIG_HOME=$work/home/.config XDG_CACHE_HOME=$work/home/.cache KUBECONFIG=$work/no-cluster
export https_proxy=http://127.0.0.1:1 HTTPS_PROXY=http://127.0.0.1:1 GOPROXY=off  # whoever asks the network is refused
mkdir -p "$HOME"
cd "$work"

checks=0
pass() { checks=$((checks + 1)); echo "ok $checks - $*"; }
die() { echo "not ok - $*"; exit 1; }
equal() { [ "$1" = "$2" ] && pass "$3" || die "$3: expected '$2', got '$1'"; }
contains() { case $1 in *"$2"*) pass "$3" ;; *) die "$3: '$2' is not in: $1" ;; esac; }
lacks() { case $1 in *"$2"*) die "$3: '$2' is in: $1" ;; *) pass "$3" ;; esac; }
# refused CODE "sentence" "name" slipway-args...
refused() {
  local want=$1 sentence=$2 name=$3 code=0 out; shift 3
  out=$("$SLIPWAY" "$@" 2>&1) || code=$?
  [ "$code" = "$want" ] || die "$name: exit code $code, expected $want: $out"
  contains "$out" "$sentence" "$name"
}

# provider LABEL FILE VERSION NAMESPACE IMAGE: a components file of one Deployment
provider() {
  mkdir -p "repository/$1/$3"
  cat >"repository/$1/$3/$2" <<YAML
apiVersion: v1
kind: Namespace
metadata: {name: $4}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: controller-manager, namespace: $4}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec: {containers: [{name: manager, image: "$5"}]}
YAML
  cat >"repository/$1/$3/metadata.yaml" <<YAML
apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3
kind: Metadata
releaseSeries: [{major: 1, minor: 13, contract: v1beta2}, {major: 1, minor: 14, contract: v1beta2}]
YAML
}
provider cluster-api core-components.yaml v1.13.0 capi-system registry.example/capi/core:v1.13.0
provider cluster-api core-components.yaml v1.14.2 capi-system registry.example/capi/core:v1.14.2
provider bootstrap-kubeadm bootstrap-components.yaml v1.14.2 cabpk-system registry.example/capi/bootstrap:v1.14.2
provider control-plane-kubeadm control-plane-components.yaml v1.14.2 kcp-system registry.example/capi/kcp:v1.14.2
# A $ in what follows is the components' own.
# shellcheck disable=SC2016
provider infrastructure-mine infrastructure-components.yaml v1.14.0 mine-system 'registry.example/mine/${MINE_IMAGE:=manager}:v1.14.0'
# shellcheck disable=SC2016
cat >>repository/infrastructure-mine/v1.14.0/infrastructure-components.yaml <<'YAML'
---
apiVersion: v1
kind: Secret
metadata: {name: credentials, namespace: mine-system}
stringData: {user: "${MINE_USER}", password: "${MINE_PASSWORD}"}
YAML
mkdir -p repository/cert-manager/v1.21.1
sed 's/capi-system/cert-manager/; s#registry.example/capi/core:v1.13.0#quay.io/jetstack/controller:v1.21.1#' repository/cluster-api/v1.13.0/core-components.yaml \
  >repository/cert-manager/v1.21.1/cert-manager.yaml

cat >clusterctl.yaml <<YAML
cert-manager: {url: "file://$work/repository/cert-manager/latest/cert-manager.yaml"}
providers:
- {type: CoreProvider, name: cluster-api, url: "$work/repository/cluster-api/latest/core-components.yaml"}
- {type: BootstrapProvider, name: kubeadm, url: "$work/repository/bootstrap-kubeadm/latest/bootstrap-components.yaml"}
- {type: ControlPlaneProvider, name: kubeadm, url: "$work/repository/control-plane-kubeadm/latest/control-plane-components.yaml"}
- {type: InfrastructureProvider, name: mine, url: "$work/repository/infrastructure-mine/latest/infrastructure-components.yaml"}
YAML
images='quay.io/jetstack/controller:v1.21.1
registry.example/capi/bootstrap:v1.14.2
registry.example/capi/core:v1.14.2
registry.example/capi/kcp:v1.14.2
registry.example/mine/manager:v1.14.0'

# What is there.
contains "$("$SLIPWAY" --help)" "providers" "the help names the commands"
contains "$("$SLIPWAY" providers list --available --config clusterctl.yaml)" "InfrastructureProvider     mine " "the catalog has the config file's entries"
contains "$("$SLIPWAY" providers list --available -o json)" '"name": "vsphere"' "and Slipway's own, for programs too"
equal "$("$SLIPWAY" providers images --config clusterctl.yaml -i mine)" "$images" "images are listed from the newest versions, without a cluster and without variables"
contains "$("$SLIPWAY" providers images --config clusterctl.yaml --core cluster-api:v1.13.0 -o json)" '"registry.example/capi/core:v1.13.0"' "a version can be named"
equal "$(MINE_IMAGE=other "$SLIPWAY" providers images --config clusterctl.yaml -i mine | tail -n 1)" registry.example/mine/other:v1.14.0 "the environment's values are used"
equal "$("$SLIPWAY" providers images --config clusterctl.yaml --bootstrap - -c - | wc -l)" 2 "a dash leaves the default of a type out"
{ cat clusterctl.yaml; echo 'images: {all: {repository: mirror.example/all}, cert-manager: {tag: v9}}'; } >mirror.yaml
equal "$("$SLIPWAY" providers images --config mirror.yaml --bootstrap=- --control-plane=-)" 'mirror.example/all/controller:v9
mirror.example/all/core:v1.14.2' "image overrides are applied"
mkdir -p "$XDG_CONFIG_HOME/cluster-api"; cp clusterctl.yaml "$XDG_CONFIG_HOME/cluster-api/"
equal "$("$SLIPWAY" providers images -i mine)" "$images" "the config file is found where clusterctl looks for it"
rm -r "$XDG_CONFIG_HOME"

# A bundle.
out=$(MINE_PASSWORD=hunter2 "$SLIPWAY" bundle create --config clusterctl.yaml -i mine -o mine.tgz 2>notes)
equal "$out" "mine.tgz sha256:$(sha256sum mine.tgz | cut -d ' ' -f 1)" "a bundle is made, and its digest is its file's"
contains "$(cat notes)" "slipway init --bundle mine.tgz --core cluster-api:v1.14.2 --bootstrap kubeadm:v1.14.2 --control-plane kubeadm:v1.14.2 --infrastructure mine:v1.14.0" \
  "and how to install from it is said"
"$SLIPWAY" bundle create --config clusterctl.yaml -i mine -o again.tgz >/dev/null 2>&1
cmp -s mine.tgz again.tgz && pass "made again, it is the same byte for byte" || die "two bundles of the same contents differ"
shown=$("$SLIPWAY" bundle show mine.tgz)
contains "$shown" "infrastructure-mine     v1.14.0   infrastructure-components.yaml, metadata.yaml" "its contents are shown"
contains "$shown" "  registry.example/mine/manager:v1.14.0" "and its images"
lacks "$(tar xzOf mine.tgz)" "$work" "nothing in it says where it was made"
lacks "$(tar xzOf mine.tgz)" hunter2 "and it holds no value of a variable"
contains "$("$SLIPWAY" bundle show mine.tgz -o json)" "\"digest\": \"sha256:$(sha256sum mine.tgz | cut -d ' ' -f 1)\"" "programs can read it too"
mv repository elsewhere
equal "$("$SLIPWAY" providers images --bundle mine.tgz -i mine)" "$images" "images come from the bundle alone, also of providers that no catalog knows"

# Signatures.
openssl ecparam -name prime256v1 -genkey -noout -out key.pem 2>/dev/null; openssl ec -in key.pem -pubout -out key.pub 2>/dev/null
openssl ecparam -name prime256v1 -genkey -noout -out other.pem 2>/dev/null; openssl ec -in other.pem -pubout -out other.pub 2>/dev/null
sign() { openssl dgst -sha256 -sign key.pem "$1" | base64 -w 0 >"$1.sig"; }
refused 1 "has no signature, and a public key asks for one" "a bundle that is not signed is refused where a key is given" \
  providers images --bundle mine.tgz --bundle-public-key key.pub -i mine
sign mine.tgz
equal "$("$SLIPWAY" providers images --bundle mine.tgz --bundle-public-key key.pub -i mine)" "$images" "a signed one is used"
refused 1 "bundle mine.tgz" "another's signature is refused" providers images --bundle mine.tgz --bundle-public-key other.pub -i mine
mv elsewhere repository
refused 1 "core-components.yaml" "components that are not signed are refused where a key is given" providers images --config clusterctl.yaml --public-key key.pub
for file in repository/*/*/*components.yaml repository/cert-manager/*/cert-manager.yaml; do sign "$file"; done
equal "$("$SLIPWAY" providers images --config clusterctl.yaml --public-key key.pub -i mine)" "$images" "signed ones are used"
"$SLIPWAY" bundle create --config clusterctl.yaml -i mine -o signed.tgz >/dev/null 2>&1
equal "$("$SLIPWAY" providers images --bundle signed.tgz --public-key key.pub -i mine)" "$images" "a bundle takes their signatures along"
echo "# more" >>repository/infrastructure-mine/v1.14.0/infrastructure-components.yaml
refused 1 "InfrastructureProvider mine v1.14.0: infrastructure-components.yaml" "and what was changed after it was signed is refused" \
  providers images --config clusterctl.yaml --public-key key.pub -i mine
rm -r repository/*/*/*.sig

# Damage.
head -c 300 mine.tgz >cut.tgz
refused 1 "bundle cut.tgz" "a truncated bundle is refused" bundle show cut.tgz
mkdir tampered; tar xzf mine.tgz -C tampered; echo "# more" >>tampered/cluster-api/v1.14.2/core-components.yaml
tar czf tampered.tgz -C tampered slipway-bundle.json $(cd tampered && find . -type f ! -name slipway-bundle.json | sed 's#^\./##')
refused 1 "is damaged or was altered: " "a file that does not have the digest of the index is refused" providers images --bundle tampered.tgz -i mine
tar czf other.tgz -C tampered cluster-api
refused 1 "is no bundle of Slipway" "another archive is no bundle" bundle show other.tgz
refused 1 "nowhere.tgz" "a bundle that is not there is named" providers images --bundle nowhere.tgz

# What cannot be meant.
refused 1 'did you mean InfrastructureProvider vsphere?' "a misspelt provider is answered with what was probably meant" providers images --config clusterctl.yaml -i vshpere
refused 1 "bundle mine.tgz has no infrastructure-vsphere; it has" "a provider that the bundle lacks is not fetched elsewhere" providers images --bundle mine.tgz -i vsphere
refused 1 "v9.9.9" "a version that is not there is named" providers images --config clusterctl.yaml -i mine:v9.9.9
refused 2 "with one colon and a version after it" "half a version is wrong usage" providers images -i mine:
refused 2 'CoreProvider "-": the core provider cannot be left out' "and so is no core provider" providers images --core -
refused 2 "InfrastructureProvider mine is named twice" "a provider is named once" providers images -i mine,mine:v1.14.0
refused 2 "--nonsense" "a flag that there is not is wrong usage" providers images --nonsense
refused 2 "-o" "a bundle needs a file" bundle create
refused 2 "table" "an output that there is not is wrong usage" providers list -o wide
refused 2 "or --all" "what is to be deleted is said" providers delete
refused 2 "either a contract" "what to upgrade to is said" providers upgrade
refused 2 "must be at most 63 of a-z" "a namespace that cannot be one is wrong usage" init -i mine -n Mine
refused 2 "name the version" "an upgrade names its version" providers upgrade --core cluster-api
refused 2 "a subcommand is needed; there are list, images, plan, upgrade, delete" "a command is needed" providers
refused 2 'there is no subcommand "foo"; there are list, images, plan, upgrade, delete' "one that there is not is answered with those that there are" providers foo
refused 2 "--timeout: must be a duration" "a duration is a duration" providers images --timeout soon
lacks "$("$SLIPWAY" providers images --timeout soon 2>&1 || true)" "--timeout: --timeout" "and its flag is named once"
refused 1 "there is no folder $work/nowhere; make it first" "a bundle's folder is looked at before anything is fetched" \
  bundle create --config no/clusterctl.yaml -i mine -o "$work/nowhere/mine.tgz"
refused 1 "is a folder; name a file in it" "and so is a folder in the place of the file" bundle create --config no/clusterctl.yaml -i mine -o "$work"
refused 1 "clusterctl.yaml" "a config file that is not there is named" providers images --config no/clusterctl.yaml
echo 'images: {all: {repo: x}}' >broken.yaml
refused 1 "broken.yaml: images.all.repo: is no field here" "a config file that is wrong is named with the field" providers images --config broken.yaml
refused 1 "no-cluster" "without a cluster nothing is installed" init --config clusterctl.yaml -i mine

# A cluster that is not there, and variables that are missing.
cat >kubeconfig <<'YAML'
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
current-context: c
YAML
refused 1 "127.0.0.1:1" "a cluster that does not answer is named" providers list --kubeconfig kubeconfig
# shellcheck disable=SC2016
sed -i 's#image: ".*"#image: "registry.example/${MINE_USER}/${MINE_PASSWORD}:v1"#' repository/infrastructure-mine/v1.14.0/infrastructure-components.yaml
refused 1 "InfrastructureProvider mine: its images are made of variables, of which these have no value: MINE_PASSWORD, MINE_USER" \
  "images that are made of variables need their values, named all at once" providers images --config clusterctl.yaml -i mine
contains "$(MINE_USER=a MINE_PASSWORD=b "$SLIPWAY" providers images --config clusterctl.yaml -i mine)" registry.example/a/b:v1 "and are made of them"
echo "1..$checks"
