package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
)

// snapshot prints what a server holds, without what differs between two servers that were told the same: `diff` of two snapshots is then the difference
// between what was asked of them.
func snapshot(o options, out io.Writer) error {
	if !slices.Contains([]string{"lines", "pretty", "names"}, o.output) {
		return fmt.Errorf("--output is lines, pretty or names, not %q", o.output)
	}
	server, err := connect(o.kubeconfig)
	if err != nil {
		return err
	}
	paths, err := server.listable()
	if err != nil {
		return err
	}
	var all []map[string]any
	for _, path := range paths {
		found, err := server.list(path, o.selector)
		if err != nil {
			return err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b map[string]any) int { return strings.Compare(sortKey(a), sortKey(b)) })
	for _, object := range all {
		if o.output == "names" {
			fmt.Fprintln(out, strings.Join(identity(object), " "))
			continue
		}
		normalise(object)
		dropMarks(object, o.without)
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		if o.output == "pretty" {
			encoder.SetIndent("", "  ")
		}
		if err := encoder.Encode(object); err != nil {
			return err
		}
	}
	return nil
}

// listable gives the path of every kind that can be listed, once: in the version that its group prefers.
func (a *api) listable() ([]string, error) {
	const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
	var paths []string
	for _, root := range []string{"/api", "/apis"} {
		var groups struct {
			Items []struct {
				Metadata struct{ Name string }
				Versions []struct {
					Version   string
					Resources []struct {
						Resource string
						Verbs    []string
					}
				}
			}
		}
		if err := a.getJSON(root, accept, &groups); err != nil {
			return nil, err
		}
		for _, group := range groups.Items {
			seen := map[string]bool{}
			for _, version := range group.Versions {
				for _, r := range version.Resources {
					// The two that are not kept but made up, or that tell of what happened and not of what is.
					if seen[r.Resource] || !slices.Contains(r.Verbs, "list") || r.Resource == "componentstatuses" || r.Resource == "events" {
						continue
					}
					seen[r.Resource] = true
					paths = append(paths, strings.Join(slices.DeleteFunc([]string{root, group.Metadata.Name, version.Version, r.Resource}, isEmpty), "/"))
				}
			}
		}
	}
	return paths, nil
}

func isEmpty(s string) bool { return s == "" }

func (a *api) list(path, selector string) ([]map[string]any, error) {
	var all []map[string]any
	for next := ""; ; {
		query := url.Values{"limit": {"500"}, "labelSelector": {selector}, "continue": {next}}
		var page struct {
			APIVersion, Kind string
			Metadata         struct{ Continue string }
			Items            []map[string]any
		}
		if err := a.getJSON(path+"?"+query.Encode(), plain, &page); err != nil {
			return nil, err
		}
		for _, item := range page.Items { // items of a list of a built-in kind do not say what they are
			item["apiVersion"], item["kind"] = page.APIVersion, strings.TrimSuffix(page.Kind, "List")
		}
		all = append(all, page.Items...)
		if next = page.Metadata.Continue; next == "" {
			return all, nil
		}
	}
}

func identity(object map[string]any) []string {
	meta, _ := object["metadata"].(map[string]any)
	var parts []string
	for _, part := range []any{object["apiVersion"], object["kind"], meta["namespace"], meta["name"]} {
		text, _ := part.(string)
		if text == "" {
			text = "-"
		}
		parts = append(parts, text)
	}
	return parts
}

func sortKey(object map[string]any) string { return strings.Join(identity(object), "\x00") }

// normalise drops what the server itself made up. Labels, annotations, finalizers and every field that a client may set stay.
func normalise(object map[string]any) {
	delete(object, "status")
	if meta, ok := object["metadata"].(map[string]any); ok {
		for _, field := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"} {
			delete(meta, field)
		}
		owners, _ := meta["ownerReferences"].([]any)
		for _, owner := range owners {
			if owner, ok := owner.(map[string]any); ok {
				delete(owner, "uid")
			}
		}
	}
	switch object["kind"] {
	case "Service":
		if spec, ok := object["spec"].(map[string]any); ok {
			for _, field := range []string{"clusterIP", "clusterIPs", "healthCheckNodePort"} {
				if spec[field] != "None" {
					delete(spec, field)
				}
			}
			ports, _ := spec["ports"].([]any)
			for _, port := range ports {
				if port, ok := port.(map[string]any); ok {
					delete(port, "nodePort")
				}
			}
		}
	case "ServiceAccount":
		delete(object, "secrets")
	case "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration":
		hooks, _ := object["webhooks"].([]any)
		for _, hook := range hooks {
			dropBundle(hook)
		}
	case "CustomResourceDefinition":
		spec, _ := object["spec"].(map[string]any)
		conversion, _ := spec["conversion"].(map[string]any)
		dropBundle(conversion["webhook"])
	}
}

// dropMarks takes away the labels and annotations that begin with the prefix: what an installer notes for itself.
func dropMarks(object map[string]any, prefix string) {
	meta, ok := object["metadata"].(map[string]any)
	if !ok || prefix == "" {
		return
	}
	for _, field := range []string{"labels", "annotations"} {
		marks, _ := meta[field].(map[string]any)
		for key := range marks {
			if strings.HasPrefix(key, prefix) {
				delete(marks, key)
			}
		}
		if len(marks) == 0 {
			delete(meta, field)
		}
	}
}

// dropBundle takes away the CA that was injected, for every server has its own.
func dropBundle(hook any) {
	fields, _ := hook.(map[string]any)
	if config, ok := fields["clientConfig"].(map[string]any); ok {
		delete(config, "caBundle")
	}
}
