package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	toolscache "k8s.io/client-go/tools/cache"
)

// syncCase is B1 and B2: from connecting until a handler was told of every object; then what stays in memory.
func syncCase(ctx context.Context, o options) error {
	began := wallMs()
	r, err := newRig(o)
	if err != nil {
		return err
	}
	informer, err := r.mgr.GetCache().GetInformer(ctx, r.kind())
	if err != nil {
		return err
	}
	var told atomic.Int64
	done := make(chan struct{})
	if _, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{AddFunc: func(any) {
		if told.Add(1) == int64(o.objects) {
			close(done)
		}
	}}); err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- r.mgr.Start(ctx) }()
	if err := within(ctx, done); err != nil {
		return err
	}
	var out report
	out.add("wall_ms", wallMs()-began)
	out.add("cpu_ms", cpuMs())
	out.addInt("peak_kb", statusKb("VmHWM"))
	out.addInt("objects", told.Load())
	select {
	case err := <-failed:
		return err
	case <-time.After(time.Duration(o.settle) * time.Second):
	}
	out.addInt("rss_kb", statusKb("VmRSS"))
	// The least that it can be brought to, which no process does by itself.
	debug.FreeOSMemory()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	out.addInt("rss_freed_kb", statusKb("VmRSS"))
	out.addInt("heap_kb", int64(memory.HeapAlloc/1024))
	out.print()
	runtime.KeepAlive(informer)
	return nil
}
