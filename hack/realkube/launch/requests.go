package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// requests prints how many requests a server has answered since it started, by verb. What is between two calls is what was asked in that time, by everyone:
// the server's own clients and kube-controller-manager too. With --user-agent it is only what programs asked whose name starts so, from the audit log.
func requests(o options, out io.Writer) error {
	count := fromMetrics
	if o.userAgent != "" {
		count = fromAudit
	}
	counts, err := count(o)
	if err != nil {
		return err
	}
	total := 0
	for _, verb := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintln(out, verb, counts[verb])
		total += counts[verb]
	}
	fmt.Fprintln(out, "total", total)
	return nil
}

var requestTotal = regexp.MustCompile(`^apiserver_request_total\{.*\bverb="([A-Z]+)".*\} ([0-9.e+]+)$`)

func fromMetrics(o options) (map[string]int, error) {
	server, err := connect(o.kubeconfig)
	if err != nil {
		return nil, err
	}
	text, err := server.get("/metrics", "text/plain")
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	return counts, eachLine(bytes.NewReader(text), func(line []byte) error {
		match := requestTotal.FindSubmatch(line)
		if match == nil {
			return nil
		}
		value, err := strconv.ParseFloat(string(match[2]), 64)
		counts[string(match[1])] += int(value)
		return err
	})
}

const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
`

func (s *server) auditLog() string { return filepath.Join(s.dir, "logs", "audit.log") }

// A request that is answered bit by bit, as a watch, has a line for its start and one for its end.
func fromAudit(o options) (map[string]int, error) {
	s, err := load(o)
	if err != nil {
		return nil, err
	}
	log, err := os.Open(s.auditLog())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s was not started with --audit", s.dir)
	}
	if err != nil {
		return nil, err
	}
	defer log.Close()
	counts, seen := map[string]int{}, map[string]bool{}
	return counts, eachLine(log, func(line []byte) error {
		var event struct{ AuditID, Verb, UserAgent string }
		err := json.Unmarshal(line, &event)
		if err == nil && strings.HasPrefix(event.UserAgent, o.userAgent) && !seen[event.AuditID] {
			seen[event.AuditID] = true
			counts[event.Verb]++
		}
		return err
	})
}

func eachLine(in io.Reader, do func([]byte) error) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := do(lines.Bytes()); err != nil {
			return err
		}
	}
	return lines.Err()
}
