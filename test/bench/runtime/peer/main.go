// Command peer is what bench_client is, with controller-runtime: the same cases, flags and RESULT lines.
//
//	peer --case sync|latency|throughput|idle|queue --kubeconfig FILE [--mode typed|typed-strip|unstructured|unstructured-strip] [--kinds N] [--objects N] ...
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
)

type options struct {
	kubeconfig, mode, health                              string
	kinds, objects, settle, rate, seconds, workers, batch int
	controllers                                           int
}

func main() {
	var o options
	// A set of its own: controller-runtime puts --kubeconfig into the common one.
	flags := flag.NewFlagSet("peer", flag.ExitOnError)
	name := flags.String("case", "", "sync, latency, throughput, idle or queue")
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "where the server is")
	flags.StringVar(&o.mode, "mode", "typed", "typed, typed-strip, unstructured or unstructured-strip (strip: managedFields are dropped by a transform)")
	flags.StringVar(&o.health, "health", "0", "address of /readyz")
	flags.IntVar(&o.kinds, "kinds", 0, "0: Pods; else that many kinds of the mock server")
	flags.IntVar(&o.objects, "objects", 0, "how many the server has of a kind")
	flags.IntVar(&o.settle, "settle", 0, "seconds between the sync and the measurement of memory")
	flags.IntVar(&o.rate, "rate", 200, "events a second")
	flags.IntVar(&o.seconds, "seconds", 10, "how long; 0 in idle: until a signal")
	flags.IntVar(&o.workers, "workers", 1, "concurrent reconciles")
	flags.IntVar(&o.controllers, "controllers", 10, "in idle")
	flags.IntVar(&o.batch, "batch", 1, "keys that wait together in the queue")
	_ = flags.Parse(os.Args[1:])

	ctrl.SetLogger(logr.Discard())
	cases := map[string]func(context.Context, options) error{
		"sync": syncCase, "latency": latencyCase, "throughput": throughputCase, "idle": idleCase, "queue": queueCase,
	}
	run, known := cases[*name]
	if !known {
		fmt.Fprintln(os.Stderr, "no such case:", *name)
		os.Exit(2)
	}
	if err := run(ctrl.SetupSignalHandler(), o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// within ends the wait for a case that does not come to its end.
func within(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(5 * time.Minute):
		return fmt.Errorf("not done within five minutes")
	}
}
