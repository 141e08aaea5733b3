package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"
)

// standIn plays the programs that an installer's objects ask for and that nothing here runs, until it is ended:
//   - every Service that a webhook configuration or a CRD's conversion names is answered for, as `webhook` does, from when it exists;
//   - the CA of those answers is injected into these configurations and CRDs, as cert-manager's CA injector would;
//   - Deployments become Available at their generation, Issuers and Certificates Ready. No Pod and no Secret is made.
//
// It looks four times a second, and at a CRD as a whole only when that has changed.
func standIn(o options, out io.Writer) error {
	s, err := load(o)
	if err != nil {
		return err
	}
	server, err := connect(s.kubeconfig())
	if err != nil {
		return err
	}
	ca, err := s.pki.authority()
	if err != nil {
		return err
	}
	actor := &actor{s: s, api: server, ca: ca.pem, out: out, answered: map[string]bool{}, crds: map[string]string{}}
	fmt.Fprintln(out, "ready")
	for {
		if err := actor.round(); err != nil && !isCode(err, http.StatusNotFound) && !isCode(err, http.StatusConflict) {
			fmt.Fprintln(out, err) // kube-apiserver may be down for a while: the next round tries again
		}
		time.Sleep(250 * time.Millisecond)
	}
}

type serviceName struct{ Namespace, Name string }

type actor struct {
	s        *server
	api      *api
	ca       []byte
	out      io.Writer
	services map[serviceName]string // to ClusterIPs
	answered map[string]bool        // by ClusterIP: a Service that is deleted and made again has another
	crds     map[string]string      // name to the resourceVersion that was looked at
}

func (a *actor) round() error {
	for _, step := range []func() error{a.addresses, a.configurations, a.conversions, a.deployments, a.certificates} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

const (
	mergePatch     = "application/merge-patch+json"
	strategicPatch = "application/strategic-merge-patch+json"
)

type clientConfig struct {
	CABundle []byte       `json:"caBundle"`
	Service  *serviceName `json:"service"`
}

type named struct {
	Metadata struct {
		Name, Namespace, ResourceVersion string
		Generation                       int64
	}
}

func (a *actor) addresses() error {
	var list struct {
		Items []struct {
			named
			Spec struct{ ClusterIP string }
		}
	}
	if err := a.api.getJSON("/api/v1/services", plain, &list); err != nil {
		return err
	}
	services := map[serviceName]string{}
	for _, item := range list.Items {
		services[serviceName{item.Metadata.Namespace, item.Metadata.Name}] = item.Spec.ClusterIP
	}
	if !maps.Equal(services, a.services) {
		a.services = services
		clear(a.crds)
	}
	return nil
}

func (a *actor) configurations() error {
	for _, resource := range []string{"validatingwebhookconfigurations", "mutatingwebhookconfigurations"} {
		path := "/apis/admissionregistration.k8s.io/v1/" + resource
		var list struct {
			Items []struct {
				named
				Webhooks []struct {
					Name         string
					ClientConfig clientConfig
				}
			}
		}
		if err := a.api.getJSON(path, plain, &list); err != nil {
			return err
		}
		for _, item := range list.Items {
			var change []any
			for _, hook := range item.Webhooks {
				if a.serve(hook.ClientConfig.Service) && string(hook.ClientConfig.CABundle) != string(a.ca) {
					change = append(change, map[string]any{"name": hook.Name, "clientConfig": map[string]any{"caBundle": a.ca}})
				}
			}
			if change == nil {
				continue
			}
			if err := a.api.patch(path+"/"+item.Metadata.Name, strategicPatch, map[string]any{"webhooks": change}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *actor) conversions() error {
	const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	var list struct{ Items []named }
	if err := a.api.getJSON(path, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", &list); err != nil {
		return err
	}
	for _, item := range list.Items {
		name := item.Metadata.Name
		if a.crds[name] == item.Metadata.ResourceVersion {
			continue
		}
		var crd struct {
			Spec struct {
				Conversion struct {
					Webhook struct{ ClientConfig clientConfig }
				}
			}
		}
		if err := a.api.getJSON(path+"/"+name, plain, &crd); err != nil {
			return err
		}
		config := crd.Spec.Conversion.Webhook.ClientConfig
		if config.Service != nil && !a.serve(config.Service) {
			continue // its Service comes later: it is looked at again
		}
		if config.Service != nil && string(config.CABundle) != string(a.ca) {
			change := nest(a.ca, "spec", "conversion", "webhook", "clientConfig", "caBundle")
			if err := a.api.patch(path+"/"+name, mergePatch, change); err != nil {
				return err
			}
		}
		a.crds[name] = item.Metadata.ResourceVersion
	}
	return nil
}

// serve says whether the Service is answered for; where it is there, it is from now on.
func (a *actor) serve(name *serviceName) bool {
	if name == nil || a.services[*name] == "" {
		return false
	}
	address := a.services[*name]
	if !a.answered[address] {
		err := a.s.answer(a.api, name.Namespace, name.Name, reviewer{}, a.out)
		if err != nil && !isCode(err, http.StatusNotFound) {
			fmt.Fprintln(a.out, err)
		}
		a.answered[address] = err == nil
	}
	return a.answered[address]
}

func (a *actor) deployments() error {
	const path = "/apis/apps/v1"
	var list struct {
		Items []struct {
			named
			Spec   struct{ Replicas int }
			Status struct{ ObservedGeneration int64 }
		}
	}
	if err := a.api.getJSON(path+"/deployments", plain, &list); err != nil {
		return err
	}
	for _, item := range list.Items {
		if item.Status.ObservedGeneration == item.Metadata.Generation {
			continue
		}
		status := map[string]any{"observedGeneration": item.Metadata.Generation, "conditions": []any{condition("Available", true), condition("Progressing", true)}}
		for _, field := range []string{"replicas", "readyReplicas", "updatedReplicas", "availableReplicas"} {
			status[field] = item.Spec.Replicas
		}
		target := fmt.Sprintf("%s/namespaces/%s/deployments/%s/status", path, item.Metadata.Namespace, item.Metadata.Name)
		if err := a.api.patch(target, mergePatch, map[string]any{"status": status}); err != nil {
			return err
		}
	}
	return nil
}

func (a *actor) certificates() error {
	for _, resource := range []string{"issuers", "certificates"} {
		const path = "/apis/cert-manager.io/v1"
		var list struct {
			Items []struct {
				named
				Status struct {
					Conditions []struct {
						Type, Status       string
						ObservedGeneration int64
					}
				}
			}
		}
		if err := a.api.getJSON(path+"/"+resource, plain, &list); err != nil {
			return err // 404 until cert-manager's CRDs are there
		}
		for _, item := range list.Items {
			if c := item.Status.Conditions; len(c) > 0 && c[0].ObservedGeneration == item.Metadata.Generation {
				continue
			}
			ready := condition("Ready", false)
			maps.Copy(ready, map[string]any{"observedGeneration": item.Metadata.Generation})
			target := strings.Join([]string{path, "namespaces", item.Metadata.Namespace, resource, item.Metadata.Name, "status"}, "/")
			if err := a.api.patch(target, mergePatch, map[string]any{"status": map[string]any{"conditions": []any{ready}}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// condition is a true one; only those of the built-in kinds have a lastUpdateTime.
func condition(name string, builtin bool) map[string]any {
	now := time.Now().UTC().Format(time.RFC3339)
	fields := map[string]any{"type": name, "status": "True", "reason": "StandIn", "message": "nothing runs: realkube stand-in says so", "lastTransitionTime": now}
	if builtin {
		fields["lastUpdateTime"] = now
	}
	return fields
}

// nest gives {"a": {"b": value}} for value, "a", "b".
func nest(value any, keys ...string) any {
	for i := len(keys) - 1; i >= 0; i-- {
		value = map[string]any{keys[i]: value}
	}
	return value
}
