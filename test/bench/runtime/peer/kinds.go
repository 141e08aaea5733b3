package main

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Custom kinds with a Pod's fields. A scheme wants a Go type for each: a type parameter tells them apart.
type kind[T any] struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              corev1.PodSpec   `json:"spec,omitempty"`
	Status            corev1.PodStatus `json:"status,omitempty"`
}

type kindList[T any] struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []kind[T] `json:"items"`
}

func (k *kind[T]) deepCopyInto(out *kind[T]) {
	out.TypeMeta = k.TypeMeta
	k.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	k.Spec.DeepCopyInto(&out.Spec)
	k.Status.DeepCopyInto(&out.Status)
}

func (k *kind[T]) DeepCopyObject() runtime.Object {
	out := new(kind[T])
	k.deepCopyInto(out)
	return out
}

func (l *kindList[T]) DeepCopyObject() runtime.Object {
	out := &kindList[T]{TypeMeta: l.TypeMeta, Items: make([]kind[T], len(l.Items))}
	l.ListMeta.DeepCopyInto(&out.ListMeta)
	for i := range l.Items {
		l.Items[i].deepCopyInto(&out.Items[i])
	}
	return out
}

type prototypes struct {
	scheme *runtime.Scheme
	all    []client.Object
}

func register[T any](p *prototypes) {
	gvk := schema.GroupVersionKind{Group: "bench.slipway.dev", Version: "v1", Kind: fmt.Sprintf("Kind%03d", len(p.all))}
	p.scheme.AddKnownTypeWithName(gvk, &kind[T]{})
	gvk.Kind += "List"
	p.scheme.AddKnownTypeWithName(gvk, &kindList[T]{})
	p.all = append(p.all, &kind[T]{})
}

const maxKinds = 20

// customKinds registers all of them and returns the first n.
func customKinds(scheme *runtime.Scheme, n int) ([]client.Object, error) {
	if n > maxKinds {
		return nil, fmt.Errorf("--kinds %d: there are %d here", n, maxKinds)
	}
	p := &prototypes{scheme: scheme}
	for _, add := range []func(*prototypes){
		register[[0]int], register[[1]int], register[[2]int], register[[3]int], register[[4]int],
		register[[5]int], register[[6]int], register[[7]int], register[[8]int], register[[9]int],
		register[[10]int], register[[11]int], register[[12]int], register[[13]int], register[[14]int],
		register[[15]int], register[[16]int], register[[17]int], register[[18]int], register[[19]int],
	} {
		add(p)
	}
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Group: "bench.slipway.dev", Version: "v1"})
	return p.all[:n], nil
}
