package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// idleCase is B6 and, with --seconds 0, B7: a manager with many kinds and controllers that have nothing to do.
func idleCase(ctx context.Context, o options) error {
	r, err := newRig(o)
	if err != nil {
		return err
	}
	nothing := reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) { return reconcile.Result{}, nil })
	for i := range o.controllers {
		builder := ctrl.NewControllerManagedBy(r.mgr).Named(fmt.Sprintf("bench%d", i)).For(r.kinds[i])
		for k := i + o.controllers; k < len(r.kinds); k += o.controllers {
			builder = builder.Watches(r.kinds[k], &handler.EnqueueRequestForObject{})
		}
		if err := builder.Complete(nothing); err != nil {
			return err
		}
	}
	for _, kind := range r.kinds { // before the start, so that there is something to wait for
		if _, err := r.mgr.GetCache().GetInformer(ctx, kind); err != nil {
			return err
		}
	}
	var synced atomic.Bool
	if err := r.mgr.AddReadyzCheck("caches", func(*http.Request) error {
		if !synced.Load() {
			return errors.New("not in sync")
		}
		return nil
	}); err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- r.mgr.Start(ctx) }()
	if !r.mgr.GetCache().WaitForCacheSync(ctx) {
		return errors.New("the caches did not come in sync")
	}
	synced.Store(true)
	if o.seconds == 0 {
		return <-failed
	}
	time.Sleep(2 * time.Second) // what starting still has to do
	before := cpuMs()
	time.Sleep(time.Duration(o.seconds) * time.Second)
	var out report
	out.add("cpu_s_per_hour", (cpuMs()-before)/1e3*3600/float64(o.seconds))
	out.addUsage()
	out.print()
	return nil
}
