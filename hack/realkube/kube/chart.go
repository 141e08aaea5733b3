package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/releaseutil"
	"helm.sh/helm/v3/pkg/strvals"
)

// chart prints what a chart renders to, without a cluster: helm-template CHART-FOLDER NAME NAMESPACE VERSION KUBERNETES-VERSION [KEY=VALUE ...].
func chart() {
	if len(os.Args) < 6 {
		fmt.Fprintln(os.Stderr, "usage: helm-template CHART-FOLDER NAME NAMESPACE VERSION KUBERNETES-VERSION [KEY=VALUE ...]")
		os.Exit(2)
	}
	text, err := renderChart(os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "helm-template:", err)
		os.Exit(1)
	}
	fmt.Print(text)
}

// The version is the chart's own and that of the application: in a source tree both are placeholders until a release is cut.
func renderChart(folder, name, namespace, version, kube string, settings []string) (string, error) {
	loaded, err := loader.Load(folder)
	if err != nil {
		return "", err
	}
	loaded.Metadata.Version, loaded.Metadata.AppVersion = version, version
	values := map[string]any{}
	for _, setting := range settings {
		if err := strvals.ParseInto(setting, values); err != nil {
			return "", fmt.Errorf("%s: %w", setting, err)
		}
	}
	kubeVersion, err := chartutil.ParseKubeVersion(kube)
	if err != nil {
		return "", err
	}
	capabilities := chartutil.DefaultCapabilities.Copy()
	capabilities.KubeVersion = *kubeVersion
	release := chartutil.ReleaseOptions{Name: name, Namespace: namespace, Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(loaded, values, release, capabilities)
	if err != nil {
		return "", err
	}
	files, err := engine.Render(loaded, all)
	if err != nil {
		return "", err
	}
	for file := range files {
		if strings.HasSuffix(file, "NOTES.txt") {
			delete(files, file)
		}
	}
	hooks, manifests, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return "", err
	}
	if len(hooks) > 0 {
		return "", errors.New(hooks[0].Path + " is a hook, which nothing but Helm would run: turn it off by a value")
	}
	var out strings.Builder
	for _, manifest := range manifests {
		fmt.Fprintf(&out, "---\n%s\n", strings.TrimSpace(manifest.Content))
	}
	return out.String(), nil
}
