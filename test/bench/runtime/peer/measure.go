package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// cpuMs is the user and system time of this process.
func cpuMs() float64 {
	var used unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &used)
	ms := func(t unix.Timeval) float64 { return float64(t.Sec)*1e3 + float64(t.Usec)/1e3 }
	return ms(used.Utime) + ms(used.Stime)
}

// monotonicNs is the clock that the server stamps events with.
func monotonicNs() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return t.Nano()
}

func wallMs() float64 { return float64(monotonicNs()) / 1e6 }

func statusKb(key string) int64 {
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, key+":"); found {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n
		}
	}
	return 0
}

type report struct{ pairs []string }

func (r *report) add(key string, value float64) {
	r.pairs = append(r.pairs, fmt.Sprintf("%s=%.3f", key, value))
}
func (r *report) addInt(key string, value int64) {
	r.pairs = append(r.pairs, fmt.Sprintf("%s=%d", key, value))
}
func (r *report) addText(pairs string) { r.pairs = append(r.pairs, pairs) }
func (r *report) print()               { fmt.Println("RESULT", strings.Join(r.pairs, " ")) }

func (r *report) addUsage() {
	r.addInt("rss_kb", statusKb("VmRSS"))
	r.addInt("peak_kb", statusKb("VmHWM"))
	r.addInt("threads", statusKb("Threads"))
	entries, _ := os.ReadDir("/proc/self/fd")
	r.addInt("fds", int64(len(entries))-1)
}

func quantile(samples []float64, p float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	slices.Sort(samples)
	at := int(math.Ceil(p*float64(len(samples)))) - 1
	return samples[min(max(at, 0), len(samples)-1)]
}
