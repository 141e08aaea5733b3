package main

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// rig is a manager as kubebuilder sets it up, without metrics and leader election, and the kinds that a case watches.
type rig struct {
	config *rest.Config
	mgr    ctrl.Manager
	kinds  []client.Object
}

func newRig(o options) (*rig, error) {
	config, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1 // no limiter in the client, which is controller-runtime's own default with GetConfig
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	kinds := []client.Object{&corev1.Pod{}}
	if o.kinds > 0 {
		if kinds, err = customKinds(scheme, o.kinds); err != nil {
			return nil, err
		}
	}
	if strings.HasPrefix(o.mode, "unstructured") {
		for i := range kinds {
			gvks, _, err := scheme.ObjectKinds(kinds[i])
			if err != nil {
				return nil, err
			}
			u := &unstructured.Unstructured{}
			u.SetGroupVersionKind(gvks[0])
			kinds[i] = u
		}
	} else if !strings.HasPrefix(o.mode, "typed") {
		return nil, fmt.Errorf("no such mode: %s", o.mode)
	}
	managerOptions := ctrl.Options{Scheme: scheme, HealthProbeBindAddress: o.health, Metrics: metricsserver.Options{BindAddress: "0"}}
	if strings.HasSuffix(o.mode, "-strip") {
		managerOptions.Cache.DefaultTransform = cache.TransformStripManagedFields()
	}
	mgr, err := ctrl.NewManager(config, managerOptions)
	if err != nil {
		return nil, err
	}
	return &rig{config: config, mgr: mgr, kinds: kinds}, nil
}

func (r *rig) kind() client.Object { return r.kinds[0] }

func fresh(prototype client.Object) client.Object { return prototype.DeepCopyObject().(client.Object) }
