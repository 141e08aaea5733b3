#!/usr/bin/env bash
# hack/realkube itself: what the suites on a real API server stand on.
. "$(dirname "$0")/lib.sh"
[ -x "$assets/realkube" ] || { echo "skipped: there is no real kube-apiserver in $assets; hack/realkube/build makes one"; exit 77; }
echo 'static-token,robot,1,"robots"' >"$work/tokens.csv"
"$assets/realkube" up --dir "$work/real/one" --token-file "$work/tokens.csv" --etcd-compaction-interval 0 --audit >"$work/up.log" 2>&1 || { cat "$work/up.log"; exit 1; }
KUBECONFIG=$(tail -n 1 "$work/up.log")
real() { local command=$1; shift; "$assets/realkube" "$command" --dir "$work/real/one" "$@"; }
contains "$(k version)" "Server Version: $(k version --client | sed -n 's/^Client Version: //p')" "it says the version that it was built from"
contains "$(real up)" "$KUBECONFIG" "a second up finds it running"
sed -E 's/user: \{client-certificate-data.*/user: {token: static-token}/' "$KUBECONFIG" >"$work/robot.kubeconfig"
equal "$("$KUBECTL" --kubeconfig "$work/robot.kubeconfig" auth whoami -o 'jsonpath={.status.userInfo.username}')" robot "static tokens are known"

k create configmap -n default kept --from-literal=a=b >/dev/null
k create namespace gone >/dev/null
k delete namespace gone --timeout=60s >/dev/null
pass "namespaces are deleted by a controller"
k create configmap owner >/dev/null
owner=$(k get configmap owner -o 'jsonpath={.metadata.uid}')
k create -f - >/dev/null <<YAML
apiVersion: v1
kind: ConfigMap
metadata: {name: owned, ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: owner, uid: $owner}]}
YAML
k delete configmap owner >/dev/null
k wait --for=delete configmap/owned --timeout=60s >/dev/null
pass "what lost its owner is collected"

alice=$(real user alice --group devs)
equal "$("$KUBECTL" --kubeconfig "$alice" auth can-i get secrets || true)" no "a user with a certificate may do nothing by itself"
k create clusterrolebinding devs --clusterrole=view --group=devs >/dev/null
equal "$("$KUBECTL" --kubeconfig "$alice" auth can-i list configmaps)" yes "until RBAC says so, by its group"

before=$(k get configmap kept -o 'jsonpath={.metadata.resourceVersion}')
k label configmap kept x=y >/dev/null
revision=$(real compact)
[ "$revision" -gt "$before" ] && pass "etcd is compacted at revision $revision" || die "compacted only at $revision, before $before"

k create service clusterip guard --tcp=9443 >/dev/null
"$assets/realkube" webhook --dir "$work/real/one" --deny "the guard says no" default/guard >"$work/webhook.log" 2>&1 &
world_pid=$!
until_line 60 '^ready$' tail -n +1 -f "$work/webhook.log"
k create -f - >/dev/null <<YAML
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: guard}
webhooks:
- name: guard.example.com
  sideEffects: None
  admissionReviewVersions: [v1]
  rules: [{apiGroups: [""], apiVersions: [v1], resources: [limitranges], operations: [CREATE]}]
  clientConfig: {caBundle: $(base64 -w0 "$work/real/one/pki/ca.crt"), service: {namespace: default, name: guard, port: 9443}}
YAML
limits() { echo '{apiVersion: v1, kind: LimitRange, metadata: {name: none}, spec: {limits: []}}' | k create -f - 2>&1; }
# kube-apiserver hears of a configuration a moment after it has accepted it.
for ((i = 0; i < 100; i++)); do ! limits >"$work/limits.out" || k delete limitrange none >/dev/null; grep -q "no$" "$work/limits.out" && break; done
contains "$(cat "$work/limits.out")" 'admission webhook "guard.example.com" denied the request: the guard says no' "a webhook is called at its Service's ClusterIP"
k delete validatingwebhookconfiguration guard >/dev/null

k label configmap kept clusterctl.cluster.x-k8s.io= >/dev/null
equal "$("$assets/realkube" snapshot --kubeconfig "$KUBECONFIG")" \
  '{"apiVersion":"v1","data":{"a":"b"},"kind":"ConfigMap","metadata":{"labels":{"clusterctl.cluster.x-k8s.io":"","x":"y"},"name":"kept","namespace":"default"}}' \
  "a snapshot has what was asked for, and nothing of what the server made up"
before=$(real requests --user-agent kubectl | tail -n 1)
k get configmap kept --v=0 -o name >/dev/null
after=$(real requests --user-agent kubectl | tail -n 1)
equal "$((${after#total } - ${before#total }))" 1 "the requests of a program are counted"
asked=$("$assets/realkube" requests --kubeconfig "$KUBECONFIG")
[ "$(sed -n 's/^total //p' <<<"$asked")" -gt "${after#total }" ] && pass "and those of all" || die "the server tells of fewer requests than kubectl alone made: $asked"

real kill9
k get --raw /livez --request-timeout 10s >/dev/null 2>&1 && die "kube-apiserver answers after kill9" || pass "kill9 kills kube-apiserver"
port=$(grep -oE '127.0.0.1:[0-9]+' "$KUBECONFIG")
real restart-apiserver >/dev/null
equal "$(k get configmap kept -o 'jsonpath={.data.a}')" b "after a restart it has its data"
equal "$(grep -oE '127.0.0.1:[0-9]+' "$KUBECONFIG")" "$port" "on the port that it had"
real down
[ ! -e "$work/real/one" ] && pass "down leaves nothing" || die "down left $(ls "$work/real/one")"
equal "$(pgrep -cf "$work/real/one/" || true)" 0 "and no process"
