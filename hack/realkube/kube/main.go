// One binary for etcd, kube-apiserver, kube-controller-manager, kubectl and clusterctl: they share most of their packages, so that one link and one
// file do for five. It is what the name that it was started by says (hack/realkube/build makes the links).
package main

import (
	"fmt"
	"os"
	"path/filepath"
	_ "time/tzdata"

	"go.etcd.io/etcd/server/v3/etcdmain"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	clusterctl "sigs.k8s.io/cluster-api/cmd/clusterctl/cmd"
)

func main() {
	switch name := filepath.Base(os.Args[0]); name {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(controllermanager.NewControllerManagerCommand()))
	case "kubectl":
		kubectl()
	case "clusterctl":
		clusterctl.Execute()
	case "helm-template":
		chart()
	case "etcd-compact":
		compact()
	default:
		fmt.Fprintf(os.Stderr, "%s: start me by one of the names etcd, kube-apiserver, kube-controller-manager, kubectl, clusterctl, helm-template, etcd-compact\n", name)
		os.Exit(2)
	}
}

func kubectl() {
	logs.GlogSetter(cmd.GetLogVerbosity(os.Args)) //nolint:errcheck // a wrong -v is told by the command itself
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
}
