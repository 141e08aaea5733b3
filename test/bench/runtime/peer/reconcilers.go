package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// recorder is what a case's reconciler notes.
type recorder struct {
	mu                  sync.Mutex
	startUs             []float64
	reconciles, wanted  int
	firstMs, firstCPUMs float64
	all                 chan struct{} // closed when as many as wanted are done
}

func (r *recorder) started(stamp int64) {
	now := monotonicNs()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.firstMs == 0 {
		r.firstMs, r.firstCPUMs = wallMs(), cpuMs()
	}
	if stamp != 0 {
		r.startUs = append(r.startUs, float64(now-stamp)/1e3)
	}
}

func (r *recorder) ended() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reconciles++; r.reconciles == r.wanted {
		close(r.all)
	}
}

func patchStatus(ctx context.Context, c client.Client, object client.Object, status string) error {
	return c.Status().Patch(ctx, object, client.RawPatch(types.MergePatchType, []byte(`{"status":`+status+`}`)))
}

func (r *rig) startController(ctx context.Context, workers int, reconciler reconcile.Func) (<-chan error, error) {
	err := ctrl.NewControllerManagedBy(r.mgr).Named("bench").For(r.kind()).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers}).Complete(reconciler)
	if err != nil {
		return nil, err
	}
	failed := make(chan error, 1)
	go func() { failed <- r.mgr.Start(ctx) }()
	return failed, nil
}

// latencyCase is B3: an event's way to the reconciler and back as a status patch.
func latencyCase(ctx context.Context, o options) error {
	r, err := newRig(o)
	if err != nil {
		return err
	}
	notes := &recorder{wanted: o.objects, all: make(chan struct{})}
	_, err = r.startController(ctx, 1, func(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
		object := fresh(r.kind())
		if err := r.mgr.GetClient().Get(ctx, request.NamespacedName, object); err != nil {
			return reconcile.Result{}, client.IgnoreNotFound(err)
		}
		text := object.GetAnnotations()["bench.slipway.dev/stamp"]
		stamp, _ := strconv.ParseInt(text, 10, 64)
		notes.started(stamp)
		defer notes.ended()
		return reconcile.Result{}, patchStatus(ctx, r.mgr.GetClient(), object, `{"stamp":"`+text+`"}`)
	})
	if err != nil {
		return err
	}
	if err := within(ctx, notes.all); err != nil {
		return err
	}
	notes.mu.Lock()
	notes.startUs = nil // of the objects as they were found
	cpuBefore, before := cpuMs(), notes.reconciles
	notes.mu.Unlock()
	if _, err := r.call(http.MethodPost, fmt.Sprintf("/bench/start?rate=%d&seconds=%d", o.rate, o.seconds)); err != nil {
		return err
	}
	loop, err := r.call(http.MethodGet, "/bench/result")
	if err != nil {
		return err
	}
	notes.mu.Lock()
	defer notes.mu.Unlock()
	var out report
	out.addText(loop)
	out.add("reconcile_p50_us", quantile(notes.startUs, 0.5))
	out.add("reconcile_p99_us", quantile(notes.startUs, 0.99))
	out.addInt("reconciles", int64(notes.reconciles-before))
	out.add("cpu_ms", cpuMs()-cpuBefore)
	out.print()
	return nil
}

// throughputCase is B4: reconciles a second, each with a cached get, a list by index and a status patch.
func throughputCase(ctx context.Context, o options) error {
	r, err := newRig(o)
	if err != nil {
		return err
	}
	byOwner := func(object client.Object) []string { return []string{object.GetLabels()["owner"]} }
	if err := r.mgr.GetFieldIndexer().IndexField(ctx, r.kind(), "owner", byOwner); err != nil {
		return err
	}
	notes := &recorder{wanted: o.objects, all: make(chan struct{})}
	_, err = r.startController(ctx, o.workers, func(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
		notes.started(0)
		object := &corev1.Pod{}
		if err := r.mgr.GetClient().Get(ctx, request.NamespacedName, object); err != nil {
			return reconcile.Result{}, client.IgnoreNotFound(err)
		}
		var children corev1.PodList
		if err := r.mgr.GetClient().List(ctx, &children, client.MatchingFields{"owner": object.Labels["owner"]}); err != nil {
			return reconcile.Result{}, err
		}
		defer notes.ended()
		return reconcile.Result{}, patchStatus(ctx, r.mgr.GetClient(), object, fmt.Sprintf(`{"children":%d}`, len(children.Items)))
	})
	if err != nil {
		return err
	}
	if err := within(ctx, notes.all); err != nil {
		return err
	}
	notes.mu.Lock()
	defer notes.mu.Unlock()
	reconciles := float64(notes.reconciles)
	var out report
	out.addInt("reconciles", int64(notes.reconciles))
	out.add("us_per_reconcile", (wallMs()-notes.firstMs)*1e3/reconciles)
	out.add("cpu_us_per_reconcile", (cpuMs()-notes.firstCPUMs)*1e3/reconciles)
	out.print()
	return nil
}

// call asks the mock server for what is not Kubernetes.
func (r *rig) call(method, path string) (string, error) {
	http1, err := rest.HTTPClientFor(r.config)
	if err != nil {
		return "", err
	}
	request, err := http.NewRequest(method, strings.TrimSuffix(r.config.Host, "/")+path, nil)
	if err != nil {
		return "", err
	}
	response, err := http1.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s", method, path, response.Status)
	}
	return string(text), err
}
