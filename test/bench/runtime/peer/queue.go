package main

import (
	"context"
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// queueCase is B5: what one key costs on its way through the workqueue, nobody else being there. --mode typed: controller-runtime's priority queue, which is its
// default; --mode unstructured: client-go's queue, which it used before.
func queueCase(_ context.Context, o options) error {
	keys := make([]reconcile.Request, 1000)
	for i := range keys {
		keys[i] = reconcile.Request{NamespacedName: types.NamespacedName{Namespace: "namespace", Name: fmt.Sprintf("object-%d", 100000+i)}}
	}
	var queue workqueue.TypedRateLimitingInterface[reconcile.Request]
	limiter := workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]()
	if o.mode == "typed" {
		queue = priorityqueue.New("bench", func(opts *priorityqueue.Opts[reconcile.Request]) { opts.RateLimiter = limiter })
	} else {
		queue = workqueue.NewTypedRateLimitingQueue(limiter)
	}
	defer queue.ShutDown()
	cpuBefore, operations := 0.0, 0
	result := testing.Benchmark(func(b *testing.B) {
		cpuBefore, operations = cpuMs(), b.N
		for i := 0; i < b.N; i += o.batch {
			for k := range o.batch {
				queue.Add(keys[(i+k)%len(keys)])
			}
			for range o.batch {
				key, _ := queue.Get()
				queue.Done(key)
			}
		}
	})
	var out report
	out.add("ns_per_op", float64(result.T.Nanoseconds())/float64(result.N))
	out.add("cpu_ns_per_op", (cpuMs()-cpuBefore)*1e6/float64(operations))
	out.print()
	return nil
}
